"""What can be wrong with a territory that somebody wants to save."""

from __future__ import annotations

from fieldsales.errors import N_, Conflict, FixTheInput, NotFound


class TerritoryNotFound(NotFound):
    code = "territory_not_found"
    message = N_("This territory does not exist, or you may not see it.")


class MissingTerritoryName(FixTheInput):
    code = "missing_territory_name"
    message = N_("A territory needs a name.")
    field = "territory_name"


class TerritoryNameTaken(FixTheInput):
    code = "territory_name_taken"
    message = N_("There is already a territory “{value}” in this team.")
    field = "territory_name"


class NothingDrawn(FixTheInput):
    code = "nothing_drawn"
    message = N_("Draw around the territory on the map first.")
    field = "territory_rings"


class NoMunicipality(FixTheInput):
    code = "no_municipality"
    message = N_("Name at least one municipality.")
    field = "territory_areas"


class UnknownMunicipality(FixTheInput):
    code = "unknown_municipality"
    message = N_("“{value}” is no municipality that is known; write it with its prefecture, as in 東京都新宿区.")
    field = "territory_areas"


class NoPostalPrefix(FixTheInput):
    code = "no_postal_prefix"
    message = N_("Write at least one postal code or its first digits, as in 160 or 160-0022.")
    field = "territory_areas"


class BadPostalPrefix(FixTheInput):
    code = "bad_postal_prefix"
    message = N_("“{value}” is no beginning of a postal code: up to seven digits, as in 160 or 160-0022.")
    field = "territory_areas"


class TooManyTerritories(FixTheInput):
    code = "too_many_territories"
    message = N_("There are {limit} territories already; retire some first.")


class TooMuchInTerritory(FixTheInput):
    code = "too_much_in_territory"
    message = N_("One territory has at most {limit} parts. Make two of it.")
    field = "territory_areas"


class OwnerOfAnotherTeam(FixTheInput):
    code = "owner_of_another_team"
    message = N_("{name} does not belong to this team. Choose somebody of the team, or another team.")
    field = "territory_owner"


class TerritoryEdited(Conflict):
    code = "territory_edited"
    message = N_("{who} changed this territory in the meantime. Look at it again, then save.")
