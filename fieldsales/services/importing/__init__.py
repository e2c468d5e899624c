"""Customer lists in: headings guessed, rows parsed, customers matched, everything in one transaction."""

from fieldsales.services.importing.columns import (
    Column,
    Columns,
    Heading,
    check_columns,
    columns_from,
    data_rows,
    guess_columns,
    mapping_of,
    parse_column,
    read_heading,
)
from fieldsales.services.importing.fields import FIELD_NAMES, REASON_HEADINGS, Field
from fieldsales.services.importing.likeness import Likeness
from fieldsales.services.importing.mappings import fitting_mapping, list_mappings, save_mapping
from fieldsales.services.importing.people import People, find_people
from fieldsales.services.importing.rejects import reason_of, reasons_by_count, rejects_header, rejects_rows
from fieldsales.services.importing.results import Fate, ImportResult, LikelyDuplicate, Reject, count_places, places_as_counts
from fieldsales.services.importing.rows import Note, ParsedRow, RowReader
from fieldsales.services.importing.run import NEW, SKIP, UPDATE, ImportOptions, import_rows

__all__ = [
    "FIELD_NAMES",
    "NEW",
    "REASON_HEADINGS",
    "SKIP",
    "UPDATE",
    "Column",
    "Columns",
    "Fate",
    "Field",
    "Heading",
    "ImportOptions",
    "ImportResult",
    "LikelyDuplicate",
    "Likeness",
    "Note",
    "ParsedRow",
    "People",
    "Reject",
    "RowReader",
    "check_columns",
    "columns_from",
    "count_places",
    "data_rows",
    "find_people",
    "fitting_mapping",
    "guess_columns",
    "import_rows",
    "list_mappings",
    "mapping_of",
    "parse_column",
    "places_as_counts",
    "read_heading",
    "reason_of",
    "reasons_by_count",
    "rejects_header",
    "rejects_rows",
    "save_mapping",
]
