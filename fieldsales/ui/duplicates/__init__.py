"""Duplicates and merging on the screen."""
