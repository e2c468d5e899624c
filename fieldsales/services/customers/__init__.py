"""Customers and everything written down about them: found, edited, kept in their history."""
