"""The demo's team: six reps with habits of their own, one who has left, their manager and the admin."""

from __future__ import annotations

from dataclasses import dataclass

from fieldsales.demo.towns import Town
from fieldsales.domain.words import Role

EAST, WEST = "東日本営業部", "西日本営業部"
DOMAIN = "demo.example"


@dataclass(frozen=True, slots=True)
class Member:
    """An account of the demo; `team` is empty for those who belong to none, `manages` names the teams looked after."""

    account: str
    name: str
    role: Role
    team: str = ""
    manages: tuple[str, ...] = ()

    @property
    def email(self) -> str:
        """The address to log in with."""
        return f"{self.account}@{DOMAIN}"


@dataclass(frozen=True, slots=True)
class Habits:
    """How a rep works: visits per customer in 120 days, share of visits noted, of dates missed, of deals won.

    `optimism` is by how much (0 to 1) the rep states a deal's chance above what it is worth.
    """

    visits: float = 2.6
    notes: float = 0.75
    misses_dates: float = 0.2
    wins: float = 0.09
    leaves_hot_deals: bool = False
    optimism: float = 0.0


MEMBERS = (
    Member("rep1", "佐藤 健太", Role.REP, EAST),
    Member("rep2", "鈴木 美咲", Role.REP, EAST),
    Member("rep3", "高橋 直樹", Role.REP, EAST),
    Member("rep4", "田中 翔", Role.REP, WEST),
    Member("rep5", "伊藤 彩", Role.REP, WEST),
    Member("rep6", "渡辺 大輔", Role.REP, WEST),
    Member("manager", "小林 真由美", Role.MANAGER, manages=(EAST, WEST)),
    Member("admin", "中村 恵", Role.ADMIN),
)
# Not among those who may log in, and still the owner of customers: somebody has to take them over.
FORMER = Member("former", "山本 亮", Role.REP, WEST)
LEFT_DAYS = 45
# The story: rep3 is ahead, rep4 lets dates pass, rep5 never writes a note, rep6 hopes for more than comes and leaves hot deals alone.
HABITS = {
    "rep1": Habits(optimism=0.02),
    "rep2": Habits(visits=2.4, optimism=-0.03),
    "rep3": Habits(visits=4.5, notes=0.9, misses_dates=0.05, wins=0.34, optimism=-0.06),
    "rep4": Habits(visits=2.0, misses_dates=0.6, wins=0.08, optimism=0.04),
    "rep5": Habits(notes=0.0),
    "rep6": Habits(visits=2.2, wins=0.08, leaves_hot_deals=True, optimism=0.28),
}
_FORMER_HABITS = Habits(visits=2.0, misses_dates=0.5, optimism=0.05)
# The story's other half: a city full of promise that nobody has been to for a quarter of a year.
NEGLECTED_AREA = "宮城県仙台市"
NEGLECTED_FOR_DAYS = 90

_BY_PREFECTURE = {
    "神奈川県": "rep1", "千葉県": "rep1",
    "埼玉県": "rep2", "宮城県": "rep2", "北海道": "rep2",
    "愛知県": "rep4", "石川県": "rep4", "静岡県": "rep4",
    "福岡県": FORMER.account, "熊本県": FORMER.account,
    "大阪府": "rep5", "京都府": "rep5", "兵庫県": "rep5",
}  # fmt: skip
_INNER_TOKYO = frozenset(
    ["千代田区", "中央区", "港区", "新宿区", "文京区", "品川区", "目黒区", "世田谷区", "渋谷区", "中野区", "杉並区", "豊島区"]
)


def rep_for(town: Town) -> str:
    """Return the account of the rep whose area holds a town."""
    if town.pref == "東京都":
        if town.city in _INNER_TOKYO:
            return "rep3"
        return "rep2" if town.city.endswith("区") else "rep1"
    return _BY_PREFECTURE.get(town.pref, "rep6")


def habits_of(account: str) -> Habits:
    """Return how a rep works, or worked."""
    return _FORMER_HABITS if account == FORMER.account else HABITS[account]
