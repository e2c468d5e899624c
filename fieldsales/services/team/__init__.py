"""The manager's figures: progress, coverage, the summary and its deliveries."""
