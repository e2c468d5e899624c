"""The 47 prefectures, and the prefectures that a postal code may lie in."""

from __future__ import annotations

PREFECTURES = (
    *("北海道", "青森県", "岩手県", "宮城県", "秋田県", "山形県", "福島県"),
    *("茨城県", "栃木県", "群馬県", "埼玉県", "千葉県", "東京都", "神奈川県"),
    *("新潟県", "富山県", "石川県", "福井県", "山梨県", "長野県", "岐阜県", "静岡県", "愛知県"),
    *("三重県", "滋賀県", "京都府", "大阪府", "兵庫県", "奈良県", "和歌山県"),
    *("鳥取県", "島根県", "岡山県", "広島県", "山口県", "徳島県", "香川県", "愛媛県", "高知県"),
    *("福岡県", "佐賀県", "長崎県", "熊本県", "大分県", "宮崎県", "鹿児島県", "沖縄県"),
)


def short_name(prefecture: str) -> str:
    """Return the prefecture without its 都府県; 北海道 has no shorter form."""
    return prefecture if prefecture == "北海道" else prefecture[:-1]


# Which prefecture the first two digits of a postal code belong to, in the order of the codes (Japan Post, 2026-10).
_RUNS = (
    "北海道1 秋田県1 岩手県1 青森県1 北海道6 東京都11 神奈川県5 千葉県4 茨城県2 栃木県1 埼玉県4 群馬県1 長野県2 山梨県1 静岡県3 "
    "愛知県6 岐阜県1 三重県1 滋賀県1 大阪府7 京都府3 奈良県1 和歌山県1 兵庫県3 鳥取県1 島根県1 岡山県2 広島県2 山口県2 香川県1 "
    "徳島県1 高知県1 愛媛県1 福岡県4 佐賀県1 長崎県1 熊本県1 大分県1 宮崎県1 鹿児島県1 沖縄県1 福井県1 石川県1 富山県1 新潟県2 "
    "福島県2 宮城県1 山形県1"
)
# Three digits that reach over a prefecture's border, or lie beyond it altogether.
_BORDERS = (
    "018秋田県青森県 100東京都埼玉県千葉県 121東京都埼玉県 174東京都埼玉県 220神奈川県東京都 247神奈川県東京都 311茨城県栃木県 "
    "349埼玉県栃木県 370群馬県埼玉県東京都 384長野県群馬県 389長野県群馬県新潟県 431静岡県愛知県 498愛知県三重県 520滋賀県京都府 "
    "539大阪府兵庫県 563大阪府兵庫県 618京都府大阪府 630奈良県大阪府 647和歌山県三重県奈良県 648和歌山県奈良県 684鳥取県島根県 "
    "685島根県 811福岡県長崎県 817長崎県 839福岡県大分県 848佐賀県長崎県 871大分県福岡県 922石川県福井県 939富山県石川県 "
    "949新潟県長野県"
)


def _read_runs() -> list[str]:
    return [run.rstrip("0123456789") for run in _RUNS.split() for _ in range(int(run.lstrip("".join(PREFECTURES))))]


def _read_borders() -> dict[str, frozenset[str]]:
    return {entry[:3]: frozenset(name for name in PREFECTURES if name in entry) for entry in _BORDERS.split()}


_BY_TWO_DIGITS = _read_runs()
_BY_THREE_DIGITS = _read_borders()


def prefectures_of(postal_code: str) -> frozenset[str]:
    """Return the prefectures that a postal code of seven digits may lie in, empty for anything else."""
    if len(postal_code) != 7 or not postal_code.isascii() or not postal_code.isdigit():
        return frozenset()
    return _BY_THREE_DIGITS.get(postal_code[:3]) or frozenset({_BY_TWO_DIGITS[int(postal_code[:2])]})
