"""FieldSales: a self-hosted field-sales map."""

__version__ = "0.1.0"
