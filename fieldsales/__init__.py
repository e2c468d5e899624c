"""FieldSales: a self-hosted field-sales map."""

__version__ = "0.1.0"
USER_AGENT = f"FieldSales/{__version__} (self-hosted field sales map)"
