"""One act on many customers: chosen, looked at, done, undone."""
