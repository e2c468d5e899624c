"""Documents as files: PDF with its own Japanese font."""

from fieldsales.adapters.documents.pdf import write_pdf

__all__ = ["write_pdf"]
