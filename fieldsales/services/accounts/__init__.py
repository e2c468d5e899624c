"""Who may log in, on which devices, with which password."""
