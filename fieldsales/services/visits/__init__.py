"""Visits, check-ins, and what today asks for."""
