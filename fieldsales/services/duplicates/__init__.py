"""Customers that are one twice: found, merged, parted again."""
