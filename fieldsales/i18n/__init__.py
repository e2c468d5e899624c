"""Japanese and English through gettext: sentences, dates, numbers and names by locale."""

from fieldsales.i18n.text import LOCALES, Text, negotiate_locale, text_for

__all__ = ["LOCALES", "Text", "negotiate_locale", "text_for"]
