"""Why a list or a row cannot be imported; every leaf becomes a sentence beside the row or the column."""

from __future__ import annotations

from fieldsales.errors import N_, Conflict, FixTheInput


class NoRows(FixTheInput):
    code = "no_rows"
    message = N_("The file holds no customers: there is nothing below the headings.")
    field = "file"


class NoNameColumn(FixTheInput):
    code = "no_name_column"
    message = N_("No column holds the customer's name. Please choose it.")
    field = "name"


class TwoColumnsOneField(FixTheInput):
    code = "two_columns_one_field"
    message = N_("“{first}” and “{second}” are given the same meaning. Each meaning can be chosen once.")


class UnknownField(FixTheInput):
    code = "unknown_field"
    message = N_("“{value}” in the mapping is not a field. Use one of: {choices}")
    field = "mapping"


class UnusableMapping(FixTheInput):
    code = "unusable_mapping"
    message = N_("The mapping must be a JSON object of column headings and fields.")
    field = "mapping"


class MappingNameTaken(FixTheInput):
    code = "mapping_name_taken"
    message = N_("Somebody else has saved a mapping as “{value}”. Please choose another name.")
    field = "mapping_name"


class MissingMappingName(FixTheInput):
    code = "missing_mapping_name"
    message = N_("A mapping needs a name.")
    field = "mapping_name"


class BadLikelihood(FixTheInput):
    code = "bad_likelihood"
    message = N_("“{value}” is not a likelihood. Use A to D, a percentage, won or lost.")
    field = "likelihood"


class BadAmount(FixTheInput):
    code = "bad_amount"
    message = N_("“{value}” is not an amount.")
    field = "amount"


class BadKind(FixTheInput):
    code = "bad_kind"
    message = N_("“{value}” is neither a company nor a person.")
    field = "kind"


class BadStage(FixTheInput):
    code = "bad_stage"
    message = N_("“{value}” is not a relation. Use prospect, client or dormant.")
    field = "stage"


class BadTime(FixTheInput):
    code = "bad_time"
    message = N_("“{value}” is not a time of day.")
    field = "next_time"


class FormulaWithoutResult(FixTheInput):
    code = "formula_without_result"
    message = N_("This cell holds a formula without its result. Open the file in Excel, save it and try again.")


class ErrorValue(FixTheInput):
    code = "error_value"
    message = N_("This cell shows the error {value}.")


class TooManyCells(FixTheInput):
    code = "too_many_cells"
    message = N_("This row has more cells than there are headings. Perhaps an amount with commas lacks quotation marks.")


class CodeOfOthers(FixTheInput):
    code = "code_of_others"
    message = N_("The code “{value}” belongs to another team's customer.")
    field = "code"


class CodeTwiceInList(FixTheInput):
    code = "code_twice_in_list"
    message = N_("Row {line} of this list has the code “{value}” too, with another name.")
    field = "code"


class OwnerNotYours(FixTheInput):
    code = "owner_not_yours"
    message = N_("Only a manager may give a customer to somebody else ({value}).")
    field = "owner"


class LeftOutAsDuplicate(FixTheInput):
    code = "left_out_as_duplicate"
    message = N_("Left out: this may be “{name}”, who is already among the customers.")


class ImportCollided(Conflict):
    code = "import_collided"
    message = N_("Somebody changed the same customers while the import ran. Nothing was imported; please try again.")
