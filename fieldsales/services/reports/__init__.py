"""Reports (日報): gathered, commented, submitted, read."""
