"""Why a file cannot be read; each leaf is one sentence that says what to do."""

from __future__ import annotations

from fieldsales.errors import N_, FixTheInput, NotFound


class UnusableFile(FixTheInput):
    """The file as a whole is of no use; nothing of it was taken."""

    code = "unusable_file"
    field = "file"


class FileMissing(UnusableFile):
    code = "file_missing"
    message = N_("There is no file “{name}”, or it cannot be read.")


class FileTooLarge(UnusableFile):
    code = "file_too_large"
    message = N_("The file is larger than {limit} MB. Please split it.")


class TooManyRows(UnusableFile):
    code = "too_many_rows"
    message = N_("The file has more than {limit} rows. Please split it.")


class TooManyColumns(UnusableFile):
    code = "too_many_columns"
    message = N_("The file has more than {limit} columns (row {line}). Is this a customer list?")


class EmptyFile(UnusableFile):
    code = "empty_file"
    message = N_("The file is empty.")


class NotATable(UnusableFile):
    code = "not_a_table"
    message = N_("This is not a table. Please choose a CSV or an Excel file (.xlsx).")


class WebPageNotTable(UnusableFile):
    code = "web_page_not_table"
    message = N_("This is a web page with the ending of a table. Open it in Excel and save it as .xlsx or CSV.")


class OldExcelFile(UnusableFile):
    code = "old_excel_file"
    message = N_("This is a file of the old Excel format (.xls). Open it in Excel and save it as .xlsx.")


class ProtectedExcelFile(UnusableFile):
    code = "protected_excel_file"
    message = N_("This Excel file is protected by a password. Remove the password in Excel and save it again.")


class OtherSpreadsheet(UnusableFile):
    code = "other_spreadsheet"
    message = N_("This kind of spreadsheet cannot be read. Please save it as .xlsx or CSV.")


class DamagedExcelFile(UnusableFile):
    code = "damaged_excel_file"
    message = N_("This Excel file is damaged. Open it in Excel, save it again and try once more.")


class ExcelFileTooLarge(UnusableFile):
    code = "excel_file_too_large"
    message = N_("This Excel file unpacks to far more than its size. Save the sheet with the customers as CSV instead.")


class UnknownEncoding(UnusableFile):
    code = "unknown_encoding"
    message = N_("The characters of this file cannot be read (near row {line}). Save it as CSV UTF-8 or as .xlsx.")


class CellTooLong(UnusableFile):
    code = "cell_too_long"
    message = N_("A cell near row {line} is longer than {limit} characters. Perhaps a quotation mark is not closed.")


class QuoteNotClosed(UnusableFile):
    code = "quote_not_closed"
    message = N_("The quotation mark that opens in row {line} is never closed.")


class UploadGone(NotFound):
    code = "upload_gone"
    message = N_("The uploaded file is no longer kept. Please choose it again.")


class CannotWriteFile(FixTheInput):
    code = "cannot_write_file"
    message = N_("The file “{name}” cannot be written.")
    field = "file"


class UnknownFileKind(FixTheInput):
    code = "unknown_file_kind"
    message = N_("The file name must end in .csv or .xlsx.")
    field = "file"
