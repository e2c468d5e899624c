"""Places and the trains between them."""
