"""Days planned, changed, shared, and driven."""
