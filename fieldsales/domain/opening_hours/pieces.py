"""The pieces that a text of opening hours is made of: groups of days, spans of time, “closed”, “lunch”."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto

from fieldsales.domain.opening_hours.errors import BadOpeningHours, DaysUnclear, TimesUnclear
from fieldsales.domain.opening_hours.hours import ALL_DAY, MIDNIGHT, Span, Spans
from fieldsales.domain.opening_hours.tokens import HOLIDAY, Clock, Sign, Token

_EARLY = 6 * 60  # who writes 1-5 means the afternoon, or means it in earnest: better asked
_EVENING = 17 * 60  # from here on an earlier end is that of the next morning


class Kind(Enum):
    """What a piece speaks of."""

    DAYS = auto()
    TIMES = auto()
    CLOSED = auto()
    LUNCH = auto()


class Gap(Enum):
    """What stands before a piece."""

    NONE = auto()
    SPACE = auto()
    COMMA = auto()


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece from `start` to `end` of the text; `is_row` says that its days are several named at once (月～金, weekdays)."""

    kind: Kind
    start: int
    end: int
    gap: Gap = Gap.NONE
    days: frozenset[int] = frozenset()
    nth: frozenset[tuple[int, int]] = frozenset()
    is_row: bool = False
    no_holidays: bool = False
    spans: Spans = ()
    cuts: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Pieces that belong together: what stands between semicolons or in a bracket; `number` counts semicolons."""

    pieces: tuple[Piece, ...]
    number: int


def pieces_of(text: str, tokens: Sequence[Token]) -> list[Part]:
    """Return the pieces of a text, part by part; a bracket with something of its own to say is a part of its own.

    Raises:
        BadOpeningHours: a word in a place where it says nothing, a single time, an end before its beginning.
    """
    parts: list[Part] = []
    for number, between in enumerate(_split(tokens, Sign.PART)):
        aside: list[Part] = []
        pieces = _pieces(text, between, number, aside)
        parts += [Part(tuple(pieces), number)] if pieces else []
        parts += aside
    return parts


def _split(tokens: Sequence[Token], sign: Sign) -> Iterator[list[Token]]:
    between: list[Token] = []
    for token in tokens:
        if token.sign is sign:
            yield between
            between = []
        else:
            between.append(token)
    yield between


def _pieces(text: str, tokens: Sequence[Token], number: int, aside: list[Part]) -> list[Piece]:
    pieces: list[Piece] = []
    gap, position = Gap.NONE, 0
    is_list = False
    while position < len(tokens):
        token = tokens[position]
        if token.sign in (Sign.COMMA, Sign.LIST):
            is_list = token.sign is Sign.LIST and gap is not Gap.COMMA
            gap, position = Gap.COMMA, position + 1
            continue
        if token.sign is Sign.OPEN_BRACKET:
            end = _closing(tokens, position)
            inner = _pieces(text, tokens[position + 1 : end], number, aside)
            position = end + 1
            if len({piece.kind for piece in inner}) > 1:
                aside.append(Part(tuple(inner), number))
                continue
        elif token.sign is Sign.CLOSE_BRACKET:
            raise BadOpeningHours(piece=token.word)
        else:
            piece, position = _piece(text, tokens, position)
            inner = [piece]
        for piece in inner:
            _append(text, pieces, piece, gap, is_list=is_list)
            gap, is_list = piece.gap if piece is not inner[-1] else Gap.NONE, False
    return pieces


def _append(text: str, pieces: list[Piece], piece: Piece, gap: Gap, *, is_list: bool) -> None:
    before = pieces[-1] if pieces else None
    if before is not None and gap is not Gap.COMMA:
        gap = Gap.SPACE if any(character.isspace() for character in text[before.end : piece.start]) else Gap.NONE
    together = is_list or gap is Gap.NONE
    if before is not None and together and before.kind is piece.kind is Kind.DAYS:
        pieces[-1] = replace(
            before,
            end=piece.end,
            days=before.days | piece.days,
            nth=before.nth | piece.nth,
            is_row=before.is_row or piece.is_row,
            no_holidays=before.no_holidays or piece.no_holidays,
        )
    else:
        alike = before is not None and before.kind is piece.kind
        pieces.append(replace(piece, gap=Gap.NONE if is_list and alike else gap))


def _closing(tokens: Sequence[Token], opening: int) -> int:
    depth = 0
    for position in range(opening, len(tokens)):
        depth += (tokens[position].sign is Sign.OPEN_BRACKET) - (tokens[position].sign is Sign.CLOSE_BRACKET)
        if depth == 0:
            return position
    raise BadOpeningHours(piece=tokens[opening].word)


def _piece(text: str, tokens: Sequence[Token], position: int) -> tuple[Piece, int]:
    """Return the piece that begins with a token, and where the next one begins."""
    token = tokens[position]
    if token.sign is Sign.DAY:
        return _days(text, tokens, position)
    if token.sign is Sign.CLOSED:
        return Piece(Kind.CLOSED, token.start, token.end), position + 1
    if token.sign is Sign.LUNCH:
        return Piece(Kind.LUNCH, token.start, token.end), position + 1
    if token.sign is Sign.WHOLE:
        return Piece(Kind.TIMES, token.start, token.end, spans=ALL_DAY), position + 1
    if token.sign is Sign.HALF:
        return Piece(Kind.TIMES, token.start, token.end, cuts=(token.span,)), position + 1
    return _times(text, tokens, position)


def _at(tokens: Sequence[Token], position: int, *signs: Sign) -> Token | None:
    return tokens[position] if position < len(tokens) and tokens[position].sign in signs else None


def _days(text: str, tokens: Sequence[Token], position: int) -> tuple[Piece, int]:
    first = tokens[position]
    last = _at(tokens, position + 2, Sign.DAY) if _at(tokens, position + 1, Sign.RANGE) else None
    if last is None:
        is_row = first.is_wide
        return Piece(Kind.DAYS, first.start, first.end, Gap.NONE, first.days, first.nth, is_row, first.no_holidays), position + 1
    if len(first.days) != 1 or len(last.days) != 1 or HOLIDAY in first.days | last.days:
        raise DaysUnclear(piece=text[first.start : last.end])
    (begin,), (end,) = first.days, last.days
    days = frozenset((begin + n) % 7 for n in range((end - begin) % 7 + 1))
    until = _at(tokens, position + 3, Sign.UNTIL)
    return Piece(Kind.DAYS, first.start, last.end, days=days, is_row=True), position + (4 if until else 3)


def _times(text: str, tokens: Sequence[Token], position: int) -> tuple[Piece, int]:
    """Return a span of time, or the part of a day before or after a time."""
    token = tokens[position]
    following = _at(tokens, position + 1, Sign.RANGE, Sign.UNTIL, Sign.SINCE)
    if token.sign is not Sign.TIME:
        time = _at(tokens, position + 1, Sign.TIME)
        if time is None or time.clock is None or token.word == "-":
            raise BadOpeningHours(piece=text[token.start : time.end if time else token.end])
        cut = (time.clock.minutes % MIDNIGHT, MIDNIGHT) if token.sign is Sign.SINCE else (0, time.clock.minutes)
        return Piece(Kind.TIMES, token.start, time.end, cuts=(cut,)), position + 2
    end = _at(tokens, position + 2, Sign.TIME)
    if token.clock is None or following is None:
        raise BadOpeningHours(piece=token.word)
    if end is not None and end.clock is not None and (following.sign is Sign.RANGE or following.word.isascii()):
        words = text[token.start : end.end]
        until = _at(tokens, position + 3, Sign.UNTIL)
        followed_by_time = until is not None and until.word.isascii()
        return (
            Piece(Kind.TIMES, token.start, end.end, spans=(_span(token.clock, end.clock, words),)),
            position + (4 if until is not None and not followed_by_time else 3),
        )
    words = text[token.start : following.end]
    if following.word == "-":
        raise BadOpeningHours(piece=words)
    cut = (0, token.clock.minutes) if following.sign is Sign.UNTIL else (token.clock.minutes % MIDNIGHT, MIDNIGHT)
    return Piece(Kind.TIMES, token.start, following.end, cuts=(cut,)), position + 2


def _span(first: Clock, last: Clock, words: str) -> Span:
    """Return a span; an end that lacks its half of the day takes that of the beginning, and the other way round, where it fits."""
    begin, end = first.minutes % MIDNIGHT if first.minutes == MIDNIGHT else first.minutes, last.minutes
    if first.is_plain and last.half:
        same = begin % (12 * 60) + (12 * 60 if last.half == "pm" else 0)
        begin = same if same < end else begin
    if last.is_plain and first.half == "pm" and begin < end + 12 * 60:
        end += 12 * 60
    if first.is_plain and last.is_plain and begin < _EARLY:
        raise TimesUnclear(piece=words)
    if end > begin:
        return begin, end
    if begin == end or begin >= MIDNIGHT or (last.is_plain and begin < _EVENING) or (first.half == "am" and last.is_plain):
        raise TimesUnclear(piece=words)
    return begin, end + MIDNIGHT
