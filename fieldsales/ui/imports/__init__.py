"""The import in three steps."""
