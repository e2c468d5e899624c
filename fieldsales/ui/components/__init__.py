"""Our own parts of the page, for what Streamlit has no widget: each a Python function with its script and style beside it."""
