"""Customers on the screen: the list, one of them, the forms of what is written down."""
