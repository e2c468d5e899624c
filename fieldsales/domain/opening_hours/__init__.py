"""When a customer may be visited: read from what people write, kept as compact text, asked for any day.

The text kept is a subset of OpenStreetMap's `opening_hours`: `Mo-Fr 09:00-12:00,13:00-17:30; Sa 09:00-12:00; PH off`.
"""

from fieldsales.domain.opening_hours.errors import BadOpeningHours
from fieldsales.domain.opening_hours.hours import ALL_DAY, OpeningHours, canonical
from fieldsales.domain.opening_hours.reading import parse, tidy

__all__ = ["ALL_DAY", "BadOpeningHours", "OpeningHours", "canonical", "parse", "tidy"]
