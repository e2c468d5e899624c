"""One thing that a program or a phone said as JSON, read value by value, each refused by its name when it is not what it should be."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, TypeVar
from uuid import UUID

from fieldsales.errors import BadChoice, BadDate, BadNumber

Word = TypeVar("Word", bound=StrEnum)
_SHOWN = 50
_MOST = 2**31 - 1


class Said:
    """A JSON object; every reader raises the error of a wrong value with the value's name as its field."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values

    def get(self, name: str) -> Any:
        """Return a value as it is, None when there is none."""
        return self._values.get(name)

    def text(self, name: str) -> str:
        """Return a text, empty when there is none."""
        value = self.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise BadChoice(field=name, value=str(value)[:_SHOWN])
        return value

    def whole(self, name: str) -> int:
        """Return a number that an id can be."""
        value = self.get(name)
        if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _MOST:
            raise BadNumber(field=name, value=str(value)[:_SHOWN])
        return value

    def whole_or_none(self, name: str) -> int | None:
        """Return a number that an id can be, None when there is none."""
        return None if self.get(name) is None else self.whole(name)

    def ref(self, name: str) -> UUID:
        """Return a reference that a phone made up."""
        value = self.get(name)
        try:
            return UUID(value if isinstance(value, str) else "")
        except ValueError:
            raise BadChoice(field=name, value=str(value)[:_SHOWN]) from None

    def moment(self, name: str) -> datetime:
        """Return a moment with its offset, in UTC."""
        value = self.get(name)
        try:
            moment = datetime.fromisoformat(value if isinstance(value, str) else "")
            if moment.tzinfo is None:
                raise ValueError(value)
            return moment.astimezone(UTC)
        except (ValueError, OverflowError):
            raise BadDate(field=name, value=str(value)[:_SHOWN]) from None

    def day_or_none(self, name: str) -> date | None:
        """Return a day, None when there is none."""
        value = self.get(name)
        if value is None:
            return None
        try:
            return date.fromisoformat(value if isinstance(value, str) else "")
        except ValueError:
            raise BadDate(field=name, value=str(value)[:_SHOWN]) from None

    def word(self, name: str, words: type[Word]) -> Word:
        """Return one of a closed set of words."""
        value = self.get(name)
        if not isinstance(value, str) or value not in {word.value for word in words}:
            raise BadChoice(field=name, value=str(value)[:_SHOWN])
        return words(value)

    def word_or_none(self, name: str, words: type[Word]) -> Word | None:
        """Return one of a closed set of words, None when there is none."""
        return None if self.get(name) is None else self.word(name, words)

    def texts(self, name: str) -> dict[str, str]:
        """Return named texts, none when there are none."""
        value = self.get(name)
        if value is None:
            return {}
        if not isinstance(value, dict) or any(not isinstance(v, str) for v in value.values()):
            raise BadChoice(field=name, value=str(value)[:_SHOWN])
        return dict(value)

    def part(self, name: str) -> Said | None:
        """Return an object within, None when there is none."""
        value = self.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise BadChoice(field=name, value=str(value)[:_SHOWN])
        return Said(value)

    def plain(self) -> Mapping[str, Any]:
        """Return all values as they are."""
        return self._values
