"""Customers without a good pin."""
