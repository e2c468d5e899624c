"""Why a customer has no good pin, in words."""

from __future__ import annotations

from fieldsales.domain.places import LocateReason
from fieldsales.errors import N_
from fieldsales.services.pins.fix_list import ROUGH, WAITING

# In the order in which the filter offers them: first what a person can put right by reading the address again.
SHORT: dict[str, str] = {
    LocateReason.NO_ADDRESS: N_("No address"),
    LocateReason.NOT_AN_ADDRESS: N_("Unreadable address"),
    LocateReason.UNKNOWN_MUNICIPALITY: N_("Unknown municipality"),
    LocateReason.SEVERAL_MUNICIPALITIES: N_("Several municipalities"),
    LocateReason.SEVERAL_TOWNS: N_("Several towns"),
    LocateReason.UNKNOWN_TOWN: N_("Unknown town"),
    LocateReason.POSTAL_CODE_DISAGREES: N_("Postal code disagrees"),
    LocateReason.POSTAL_CODE_ONLY: N_("Postal code only"),
    LocateReason.ADDRESS_CHANGED: N_("Address changed"),
    LocateReason.OUTSIDE_JAPAN: N_("Outside Japan"),
    LocateReason.GAZETTEER_MISSING: N_("Municipality only"),
    ROUGH: N_("Approximate"),
    LocateReason.SERVICE_BUSY: N_("Service busy"),
    LocateReason.SERVICE_REFUSED: N_("Service refuses"),
    WAITING: N_("Being looked up"),
}
SENTENCES: dict[str, str] = {
    LocateReason.NO_ADDRESS: N_("There is no address. Enter one, or tap the map."),
    LocateReason.NOT_AN_ADDRESS: N_("This does not read like an address in Japan. Correct it, or tap the map."),
    LocateReason.UNKNOWN_MUNICIPALITY: N_("No municipality of this name was found. Check the beginning of the address."),
    LocateReason.SEVERAL_MUNICIPALITIES: N_("Several municipalities have this name. Add the prefecture or the postal code."),
    LocateReason.SEVERAL_TOWNS: N_("Several towns fit. Add the ward or the postal code."),
    LocateReason.UNKNOWN_TOWN: N_("The municipality was found, the town in it was not."),
    LocateReason.POSTAL_CODE_DISAGREES: N_("Address and postal code name different places. One of them is wrong."),
    LocateReason.POSTAL_CODE_ONLY: N_("Only the postal code could be placed."),
    LocateReason.ADDRESS_CHANGED: N_("The address was changed after the pin had been placed by hand. Is the pin still right?"),
    LocateReason.OUTSIDE_JAPAN: N_("The address seems to lie outside Japan, where no geocoder is set up. Tap the map."),
    LocateReason.GAZETTEER_MISSING: N_("Without the address data only the municipality is known."),
    ROUGH: N_("Only the surroundings are known."),
    LocateReason.SERVICE_BUSY: N_("The address service is busy. It is asked again by itself."),
    LocateReason.SERVICE_REFUSED: N_(
        "The address service refuses to answer; an administrator has to check its settings. It is asked again by itself."
    ),
    WAITING: N_("The address is being looked up. There is nothing to do."),
}
