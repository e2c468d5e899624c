"""What can go wrong with a gazetteer or on the way to one."""

from __future__ import annotations

from typing import ClassVar

from fieldsales.errors import N_, CallTheAdmin, FixTheInput, TryLater


class UnusableGazetteer(FixTheInput):
    """A source, or the installed file, cannot serve as a gazetteer; nothing was changed."""

    code: ClassVar[str] = "unusable_gazetteer"
    message: ClassVar[str] = N_("The gazetteer cannot be used.")


class UnknownGazetteerFormat(UnusableGazetteer):
    """None of the known headers."""

    code = "unknown_gazetteer_format"
    message = N_("{source} is none of the gazetteer formats we know. Its columns are: {columns}")


class NoUsableRows(UnusableGazetteer):
    """The right columns, but nothing in them."""

    code = "no_usable_rows"
    message = N_("{source} holds no usable address.")


class UnreadableSource(UnusableGazetteer):
    """Missing, damaged, cut short or not what its name says."""

    code = "unreadable_source"
    message = N_("{source} cannot be read. It may be missing, damaged or incomplete.")


class SourceTooLarge(UnusableGazetteer):
    """Unpacks to more than any gazetteer holds."""

    code = "source_too_large"
    message = N_("{source} unpacks to more than a gazetteer can hold.")


class DamagedGazetteer(UnusableGazetteer):
    """The installed file is no gazetteer of this version."""

    code = "damaged_gazetteer"
    message = N_("The installed gazetteer {path} is damaged. Delete it and install it again.")


class DownloadFailed(TryLater):
    """A source could not be fetched; the next attempt goes on where this one stopped."""

    code = "download_failed"
    message = N_("{url} could not be downloaded ({why}). Trying again continues where it stopped.")


class GeocodingServiceUnusable(CallTheAdmin):
    """A geocoding service is misconfigured: the admin has to act."""

    code = "geocoding_service_unusable"
    message = N_("The geocoding service {name} cannot be used: {why}")
