"""Visits and check-ins on the screen."""
