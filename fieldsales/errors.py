"""What can go wrong, sorted by what the person should do next.

Every leaf carries a `code` for programs, an English sentence for people (also the key of its translation, filled
with `params`) and, when one input is to blame, the name of that `field`. Nothing here knows a language.
"""

from __future__ import annotations

from typing import ClassVar


def N_(message: str) -> str:
    """Mark a sentence for translation; the translator meets it where it is shown."""
    return message


class FieldSalesError(Exception):
    """The root: catch this to show any of our sentences."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 400
    message: ClassVar[str] = N_("Something went wrong.")
    field: str | None = None

    def __init__(self, *, field: str | None = None, **params: object) -> None:
        self.params = params
        if field is not None:
            self.field = field
        super().__init__(self.message.format(**params) if params else self.message)


class FixTheInput(FieldSalesError):
    """The person can put it right: the sentence belongs next to `field`."""

    status = 422


class NotLoggedIn(FieldSalesError):
    """Nobody is logged in, or not any more."""

    code = "not_logged_in"
    status = 401
    message = N_("Please log in.")


class NotTheAuthor(FieldSalesError):
    """What is sent was entered by another person than the one who is logged in now."""

    code = "not_the_author"
    status = 401
    message = N_("Somebody else is logged in here now. What you entered waits until you log in again.")


class LoginRefused(FieldSalesError):
    """Says the same whether the account exists or not."""

    code = "login_refused"
    status = 401
    message = N_("E-mail address or password is wrong.")
    field = "password"


class FormExpired(FieldSalesError):
    """The form's token does not belong to this browser, or is too old."""

    code = "form_expired"
    status = 403
    message = N_("This form has expired. Please try again.")


class NotAllowed(FieldSalesError):
    """The actor may not do this; nobody is told whether the thing exists."""

    code = "not_allowed"
    status = 403
    message = N_("You are not allowed to do this.")


class NotFound(FieldSalesError):
    """There is no such thing among those the actor may see."""

    code = "not_found"
    status = 404
    message = N_("This does not exist, or you may not see it.")


class Conflict(FieldSalesError):
    """Somebody else was faster: show both and let the person choose."""

    status = 409


class TryLater(FieldSalesError):
    """Nothing is wrong with the input; waiting helps."""

    status = 503


class CallTheAdmin(FieldSalesError):
    """The installation is not set up for this."""

    status = 500


class CustomerNotFound(NotFound):
    code = "customer_not_found"
    message = N_("This customer does not exist, or you may not see it.")


class UserNotFound(NotFound):
    code = "user_not_found"
    message = N_("There is no such user.")


class MissingName(FixTheInput):
    code = "missing_name"
    message = N_("A customer needs a name.")
    field = "name"


class TextTooLong(FixTheInput):
    code = "text_too_long"
    message = N_("This is too long: at most {limit} characters.")


class BadNumber(FixTheInput):
    code = "bad_number"
    message = N_("“{value}” is not a number that fits here.")


class NumberOutside(BadNumber):
    code = "number_outside"
    message = N_("Enter a number from {lowest} to {highest}.")


class BadChoice(FixTheInput):
    code = "bad_choice"
    message = N_("“{value}” is not one of the choices.")


class BadDate(FixTheInput):
    code = "bad_date"
    message = N_("“{value}” is not a date.")


class BadCoordinate(FixTheInput):
    code = "bad_coordinate"
    message = N_("This is not a place on earth: latitude −90 to 90, longitude −180 to 180, and not 0, 0.")
    field = "lat"


class BadEmail(FixTheInput):
    code = "bad_email"
    message = N_("“{value}” is not an e-mail address.")
    field = "email"


class EmailTaken(FixTheInput):
    code = "email_taken"
    message = N_("Somebody with the e-mail address “{value}” exists already.")
    field = "email"


class MissingUserName(FixTheInput):
    code = "missing_user_name"
    message = N_("A user needs a name.")
    field = "name"


class PasswordTooShort(FixTheInput):
    code = "password_too_short"
    message = N_("A password needs at least {limit} characters.")
    field = "password"


class PasswordTooLong(FixTheInput):
    code = "password_too_long"
    message = N_("A password has at most {limit} characters.")
    field = "password"


class WrongPassword(FixTheInput):
    code = "wrong_password"
    message = N_("The current password is wrong.")
    field = "current_password"


class MissingTeamName(FixTheInput):
    code = "missing_team_name"
    message = N_("A team needs a name.")
    field = "team_name"


class TeamNameTaken(FixTheInput):
    code = "team_name_taken"
    message = N_("There is already a team “{value}”.")
    field = "team_name"


class LastAdmin(FixTheInput):
    code = "last_admin"
    message = N_("This is the last administrator. Appoint another one first.")
    field = "role"


class CodeTaken(FixTheInput):
    code = "code_taken"
    message = N_("Another customer already has the code “{value}”.")
    field = "code"


class EmptyFile(FixTheInput):
    code = "attachment_empty"
    message = N_("“{name}” is empty.")
    field = "files"


class FileTooLarge(FixTheInput):
    code = "attachment_too_large"
    message = N_("“{name}” is too large: at most {limit} MB.")
    field = "files"


class NotAPhoto(FixTheInput):
    code = "not_a_photo"
    message = N_("“{name}” is not a picture that can be read. Photos are JPEG, PNG, HEIC, WebP or GIF files.")
    field = "files"


class PhotoTooLarge(FixTheInput):
    code = "photo_too_large"
    message = N_("“{name}” has too many pixels: at most {limit} megapixels.")
    field = "files"


class NotAudio(FixTheInput):
    code = "not_audio"
    message = N_("“{name}” is not a recording that can be played.")
    field = "files"


class VisitInFuture(FixTheInput):
    code = "visit_in_future"
    message = N_("A visit cannot lie in the future.")
    field = "visited_at"


class NextDateInPast(FixTheInput):
    code = "next_date_in_past"
    message = N_("The next date cannot lie in the past.")
    field = "next_on"


class NotACardFile(FixTheInput):
    code = "not_a_card_file"
    message = N_("This is no business card that can be read: neither a vCard file (.vcf) nor a picture.")
    field = "card"


class CustomerChanged(Conflict):
    """`current` is the stored version as a plain mapping, to be shown beside the person's own."""

    code = "customer_changed"
    message = N_("{who} changed this customer in the meantime. Compare both versions and choose.")

    def __init__(self, *, who: str, current: dict[str, object], version: int) -> None:
        self.current = current
        self.version = version
        super().__init__(who=who)


class TooManyAttempts(TryLater):
    """Too many failed log-ins; the next one is considered after `retry_after_s` seconds."""

    code = "too_many_attempts"
    status = 429
    message = N_("Too many failed attempts. Please wait {seconds} seconds and try again.")

    def __init__(self, *, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(seconds=retry_after_s)


class DatabaseBusy(TryLater):
    code = "database_busy"
    message = N_("The database does not answer just now. Nothing was lost; please try again.")


class FileNotStored(TryLater):
    """The disk is full or does not answer; the log says which."""

    code = "file_not_stored"
    message = N_("The file could not be stored just now. Please try again, or tell your administrator.")
    field = "files"


class BadSetting(CallTheAdmin):
    code = "bad_setting"
    message = N_("The setting {name} is unusable: {why}")
