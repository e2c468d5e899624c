"""Which line of a printed card is what: the name by its size and place, the rest by how it is written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fieldsales.domain.business_cards import BusinessCard, is_mobile, make_card


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One line as a reader saw it: its text and its box, in pixels from the upper left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """How tall it is printed."""
        return self.bottom - self.top


_MAIL = re.compile(r"[\w.+\-]+\s?@\s?[\w\-]+(?:\s?\.\s?[A-Za-z0-9\-]+)+")
_PHONE = re.compile(r"(?<![\d\-])(?:\+81|0)[\d\-(). ]{8,15}\d(?![\d\-])")
_POSTAL = re.compile(r"(?<![\d\-])\d{3}-\d{4}(?![\d\-])")
_FAX = re.compile(r"(?i)(?:fax|ファックス|ファクス|\bf[.:])[^\d+]*$")
_URL = re.compile(r"(?i)https?://\S+|(?<![@\w.])www\.\S+")
_COMPANY = re.compile(
    r"(?i)(?:株式|有限|合同|合資|合名)会[社杜]|\((?:株|有|同|医|社|財|学)\)|法人|協同組合|事務所|銀行|信用金庫|大学|病院|クリニック"
    r"|\b(?:co\.?,?\s*ltd|inc|ltd|llc|gmbh|corp(?:oration)?|company|k\.k)\b"
)
_PREFECTURE = re.compile(r"北海道|東京都|京都府|大阪府|神奈川県|和歌山県|鹿児島県|[^\s\d]{2}県")
_POSTAL_MARK = re.compile(r"^\s*[〒〶T]?\s*")  # the mark is often read as a T
_LOT = re.compile(r"[市区町村郡].*\d|\d+(?:丁目|番地)|\d-\d+(?:-\d+)?")
_BUILDING = re.compile(r"ビル|タワー|ハイツ|マンション|プラザ|センター|会館|号室|\d+\s?[F階]")
_UNIT = re.compile(
    r"[部課室局]$|支店|支社|営業所|事業所|本部|本店|工場|グループ|チーム|(?i:\bdept|\bdivision|\bdepartment|\bbranch|\bgroup)"
)
_TITLE = re.compile(
    r"代表取締役(?:社長|会長)?|(?:専務|常務)?取締役|執行役員"
    r"|(?:副|統括)?(?:社長|会長|部長|課長|係長|室長|支店長|支社長|店長|所長|工場長|院長|理事長|理事|校長)(?:代理|補佐)?"
    r"|主任|主査|主事|次長|参事|マネ[ー一]ジャ[ー一]|リ[ー一]ダ[ー一]|エンジニア|コンサルタント|デザイナ[ー一]|アドバイザ[ー一]|営業担当|担当"
    r"|(?i:\b(?:president|ceo|cto|coo|(?:general |sales |deputy )?manager|director|engineer|chief|consultant|representative|executive)\b)"
)
_KANJI_NAME = re.compile(r"[々〆\u3400-\u9fff\uf900-\ufaffァ-ヶーぁ-ん]{2,8}")
_KANA = re.compile(r"[ぁ-んァ-ヶー・]{3,16}")
_ROMAN = re.compile(r"[A-Za-z][A-Za-z.\-']+(?: [A-Za-z][A-Za-z.\-']*){1,3}|[A-Z][a-z]+[A-Z]{3,}|[A-Z][a-z]+[A-Z][a-z]+")
_BARE_LABEL = re.compile(r"(?i)^(?:(?:e-?mail|mail|url|tel|fax|phone|mobile|携帯(?:電話)?|電話|直通|代表|[tfme])[\s.:/|]*)+$")
_LABEL = re.compile(r"(?i)^(?:e-?mail|mail|url|tel|phone|mobile|携帯(?:電話)?|電話|住所|直通|代表)\s*[.:：]?\s*")


def read_printed(lines: Sequence[PrintedLine]) -> BusinessCard:
    """Return what a printed card says, as far as it can be told; `note` holds the lines that found no place.

    Everything is a proposal for a person to check: names are told from other short lines by their size alone.
    """
    reading = _Reading([_Line(unicodedata.normalize("NFKC", line.text).strip(), line) for line in lines])
    reading.take_numbers()
    reading.take_places()
    reading.take_company()
    reading.take_roles()
    reading.take_name()
    return reading.card()


@dataclass(slots=True)
class _Line:
    text: str
    box: PrintedLine

    @property
    def bare(self) -> str:
        return re.sub(r"\s+", "", self.text)


class _Reading:
    """The lines that are left, and what has been taken of them so far."""

    def __init__(self, lines: list[_Line]) -> None:
        self._left = [line for line in lines if line.text]
        self._said: dict[str, str] = {}
        self._notes: list[str] = []

    def card(self) -> BusinessCard:
        """Return what has been found, the rest as a note."""
        return make_card(**self._said, note="\n".join([*self._notes, *(line.text for line in self._left)]))

    def take_numbers(self) -> None:
        """Take mail and web addresses and telephone numbers, wherever in a line they stand."""
        for line in self._left:
            line.text = self._cut(line.text, _MAIL, lambda found, _: self._once("email", re.sub(r"\s", "", found)))
            line.text = self._cut(line.text, _URL, lambda found, _: self._notes.append(found))
            line.text = self._cut(line.text, _PHONE, self._take_phone)
            line.text = _BARE_LABEL.sub("", line.text.strip(" /|:"))
        self._left = [line for line in self._left if line.bare]

    def take_places(self) -> None:
        """Take the postal code and the address with a building's name below it."""
        for index, line in enumerate(self._left):
            if _POSTAL.search(line.text):
                line.text = _POSTAL_MARK.sub("", self._cut(line.text, _POSTAL, lambda found, _: self._once("postal_code", found)))
            if "address" not in self._said and (_PREFECTURE.search(line.text) or _LOT.search(line.text)) and not _COMPANY.search(line.text):
                address, line.text = _LABEL.sub("", line.text), ""
                below = next((other for other in self._left[index + 1 :] if other.bare), None)
                if below is not None and _BUILDING.search(below.text) and _beneath(line.box, below.box) and not _COMPANY.search(below.text):
                    address, below.text = f"{address} {below.text}", ""
                self._said["address"] = address
        self._left = [line for line in self._left if line.bare]

    def take_company(self) -> None:
        """Take the tallest line that says what a company is."""
        named = [line for line in self._left if _COMPANY.search(line.text)]
        if named:
            chosen = max(named, key=lambda line: line.box.height)
            self._said["company"] = chosen.text.replace("会杜", "会社")  # a slip of every reader
            self._left.remove(chosen)

    def take_roles(self) -> None:
        """Take departments and titles, also one that stands before the name in its line."""
        roles = []
        for line in self._left:
            title = _TITLE.search(line.text)
            if title and line.text[title.end() :].strip() and _KANJI_NAME.fullmatch(re.sub(r"\s+", "", line.text[title.end() :])):
                roles.append(line.text[: title.end()].strip())
                line.text = line.text[title.end() :].strip()
            elif title or _UNIT.search(line.text):
                roles.append(line.text)
                line.text = ""
        self._left = [line for line in self._left if line.bare]
        if roles:
            self._said["role"] = " ".join(roles)

    def take_name(self) -> None:
        """Take the tallest line that may be a name, and the reading that stands nearest to it."""
        names = [line for line in self._left if _KANJI_NAME.fullmatch(line.bare) and not _KANA.fullmatch(line.bare)]
        names = names or [line for line in self._left if _KANJI_NAME.fullmatch(line.bare)]
        names = names or [line for line in self._left if _ROMAN.fullmatch(line.text)]
        if not names:
            return
        chosen = max(names, key=lambda line: line.box.height)
        self._left.remove(chosen)
        self._said["name"] = chosen.text
        readings = [line for line in self._left if _KANA.fullmatch(line.bare)]
        if readings:
            reading = min(readings, key=lambda line: abs(line.box.top - chosen.box.top) + abs(line.box.left - chosen.box.left))
            self._left.remove(reading)
            self._said["name_kana"] = reading.text

    def _cut(self, text: str, pattern: re.Pattern[str], take: Callable[[str, str], None]) -> str:
        """Hand every match, with what stands before it, to `take`, and return the text without them."""
        for match in pattern.finditer(text):
            take(match.group(), text[: match.start()])
        return pattern.sub(" ", text)

    def _take_phone(self, found: str, before: str) -> None:
        number = re.sub(r"\s+", "", found).strip("-.")
        if not 9 <= len(re.sub(r"\D", "", number)) <= 13:
            return
        if _FAX.search(before.split("  ")[-1]):
            self._notes.append(f"FAX {number}")
        else:
            self._once("mobile" if is_mobile(number) else "phone", number)

    def _once(self, name: str, value: str) -> None:
        if name in self._said:
            self._notes.append(value)
        else:
            self._said[name] = value


def _beneath(above: PrintedLine, below: PrintedLine) -> bool:
    return 0 <= below.top - above.top <= 2.5 * above.height
