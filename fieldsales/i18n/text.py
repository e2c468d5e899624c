"""One object that speaks one language; catalogues are compiled from `messages.po` in memory, once a process."""

from __future__ import annotations

import gettext
import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import negotiate_locale as choose_locale
from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal

from fieldsales.errors import FieldSalesError

LOCALES = ("ja", "en")
_CATALOGUES = Path(__file__).parent / "locales"


@dataclass(frozen=True)
class Text:
    """Sentences, dates and numbers in one language; `gettext` and `ngettext` are the translators."""

    locale: str
    gettext: Callable[[str], str]
    ngettext: Callable[[str, str, int], str]

    def error(self, error: FieldSalesError) -> str:
        """Return the sentence of one of our errors."""
        return self.gettext(error.message).format(**error.params)

    def day(self, day: date, *, today: date) -> str:
        """Return a date as 11/21(土) or Sat, Nov 21; with its year when it is another than today's."""
        if self.locale == "ja":
            return format_date(day, "M/d(E)" if day.year == today.year else "y/M/d(E)", locale="ja")
        return format_date(day, "EEE, MMM d" if day.year == today.year else "EEE, MMM d, y", locale="en")

    def month(self, day: date) -> str:
        """Return the month of a day as 2027年1月 or Jan 2027."""
        return format_date(day, "y年M月" if self.locale == "ja" else "MMM y", locale=self.locale)

    def moment(self, moment: datetime, *, zone: ZoneInfo) -> str:
        """Return a moment as date and time in `zone`."""
        return format_datetime(moment.astimezone(zone), "y/MM/dd HH:mm" if self.locale == "ja" else "MMM d, y, HH:mm", locale=self.locale)

    def days_ago(self, days: int) -> str:
        """Return 今日, 昨日, 12日前 or today, yesterday, 12 days ago."""
        if days <= 0:
            return self.gettext("today")
        if days == 1:
            return self.gettext("yesterday")
        return self.ngettext("{count} day ago", "{count} days ago", days).format(count=self.number(days))

    def number(self, value: float) -> str:
        """Return a number with the locale's separators."""
        return str(format_decimal(value, locale=self.locale))

    def percent(self, percent: float) -> str:
        """Return a number of hundredths: 95 as 95%."""
        return f"{self.number(percent)}%"

    def paragraph(self, *sentences: str) -> str:
        """Return sentences one after the other, as the language sets them apart; empty ones are nothing."""
        return ("" if self.locale == "ja" else " ").join(sentence for sentence in sentences if sentence)

    def money(self, amount: int) -> str:
        """Return an amount of yen."""
        return str(format_currency(amount, "JPY", locale=self.locale, format="¥#,##0"))

    def metres(self, metres: float) -> str:
        """Return a distance as 120 m or 3.4 km."""
        if metres < 1000:
            return f"{self.number(round(metres, -1) if metres >= 100 else round(metres))} m"
        return f"{self.number(round(metres / 1000, 1))} km"


@lru_cache
def text_for(locale: str) -> Text:
    """Return the text of `locale`; English, whose sentences are the keys, for one that we do not speak."""
    path = _CATALOGUES / locale / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        plain = gettext.NullTranslations()
        return Text("en", plain.gettext, plain.ngettext)
    with path.open("rb") as source:
        catalogue = read_po(source, locale=Locale.parse(locale))
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    translations = gettext.GNUTranslations(compiled)
    return Text(locale, translations.gettext, translations.ngettext)


def negotiate_locale(accept_language: str, *, default: str) -> str:
    """Return the locale of `LOCALES` that an Accept-Language header prefers, else `default`."""
    wanted: list[tuple[float, str]] = []
    for part in accept_language.split(","):
        name, _, quality = part.strip().partition(";q=")
        try:
            wanted.append((float(quality or 1), name.replace("-", "_")))
        except ValueError:
            continue
    wanted.sort(key=lambda pair: -pair[0])
    return choose_locale([name for _, name in wanted if name], LOCALES) or default
