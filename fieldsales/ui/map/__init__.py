"""The map, and drawing on it."""
