"""Places, and how long it takes from one to another."""
