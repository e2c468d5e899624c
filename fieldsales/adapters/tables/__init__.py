"""Lists as files: CSV in the encodings of this world, XLSX, and uploads kept between the steps of an import."""

from fieldsales.adapters.tables.reading import open_sheet
from fieldsales.adapters.tables.uploads import Upload, UploadStore
from fieldsales.adapters.tables.writing import sheet_bytes, write_sheet

__all__ = ["Upload", "UploadStore", "open_sheet", "sheet_bytes", "write_sheet"]
