"""The customers of the map in memory, kept fresh."""
