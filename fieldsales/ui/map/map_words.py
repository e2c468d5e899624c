"""What the map's script says, in the user's language."""

from __future__ import annotations

from typing import Any

from fieldsales.domain.map_colours import ColourBy
from fieldsales.i18n import Text


def labels(text: Text) -> dict[str, Any]:
    """Return the sentences of the map's script by the names it knows them under."""
    _ = text.gettext
    return {
        "locate": _("Where am I"),
        "zoom_in": _("Zoom in"),
        "zoom_out": _("Zoom out"),
        "legend": _("Legend"),
        "map_only": _("These switches change the map alone."),
        "colours": {
            ColourBy.LIKELIHOOD.value: _("Likelihood"),
            ColourBy.CORRECTED.value: _("Likelihood, corrected by the record"),
            ColourBy.OWNER.value: _("Owner"),
            ColourBy.VISITED.value: _("Days since the last visit"),
            ColourBy.TAG.value: _("Tag"),
        },
        "approximate": _("Dashed ring: approximate place"),
        "overdue": _("Red dot: overdue"),
        "faded": _("Pale: likelihood not confirmed for long"),
        "same_spot": _("{count} customers at this place"),
        "more": _("Show more"),
        "retry": _("Try again"),
        "offline": _("No connection. The map shows what was loaded before."),
        "unreachable": _("The server does not answer."),
        "logged_out": _("You are logged out."),
        "log_in": _("Log in"),
        "empty": _("No customers in this part of the map."),
        "show_all": _("Show all"),
        "no_match": _("No customer on the map matches the filter."),
        "drag": _("Drag to the right place"),
        "gps_asking": _("Finding your position…"),
        "gps_found": _("You are here, within {metres}."),
        "gps_denied": _("The browser may not use your position. Allow it for this site in the browser's settings, then try again."),
        "gps_timeout": _("No position within 12 seconds. Outdoors or at a window it is faster."),
        "gps_unavailable": _("Your device cannot determine its position just now."),
        "gps_insecure": _("Your position is only available over HTTPS. Ask the administrator."),
        "gps_unsupported": _("This browser cannot determine positions."),
    }
