"""Territories: who looks after which area."""
