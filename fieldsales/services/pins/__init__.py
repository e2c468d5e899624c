"""Where addresses lie: the queue to locate them, what is wrong with a pin, and what to do about it."""
