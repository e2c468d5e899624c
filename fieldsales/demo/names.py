"""Invented names with their kana: companies, people, buildings. No real company is meant."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class CompanyName:
    """A company's name, its reading without the legal form, and the trade that it follows."""

    name: str
    kana: str
    trade: str


@dataclass(frozen=True, slots=True)
class PersonName:
    """A person's family and given name with their readings."""

    family: str
    given: str
    family_kana: str
    given_kana: str

    @property
    def name(self) -> str:
        """Family and given name, a blank between them."""
        return f"{self.family} {self.given}"

    @property
    def kana(self) -> str:
        """The readings of both, a blank between them."""
        return f"{self.family_kana} {self.given_kana}"


def _pairs(table: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, kana) for name, _, kana in (entry.partition("=") for entry in table.split()))


_STEMS = _pairs("""
    瑞雲=ズイウン 千鳥橋=チドリバシ 白樺=シラカバ 八雲台=ヤクモダイ 風見=カザミ 常磐木=トキワギ 小春=コハル 朝霧=アサギリ
    若草=ワカクサ 星見=ホシミ 桐原=キリハラ 花水木=ハナミズキ 東雲=シノノメ 青嵐=セイラン 銀杏堂=イチョウドウ 翠松=スイショウ
    汐見=シオミ 月岡=ツキオカ 蒼天=ソウテン こもれび=コモレビ つばめ野=ツバメノ 三日月=ミカヅキ 七曲=ナナマガリ 柚子原=ユズハラ
    なのはな=ナノハナ 山吹=ヤマブキ ひばり野=ヒバリノ すずかけ=スズカケ 青磁=セイジ 彩雲=サイウン 清流=セイリュウ 深緑=シンリョク
    南風=ミナカゼ 北斗野=ホクトノ 西陽=セイヨウ あまの川=アマノガワ 流星=リュウセイ 角一=カクイチ 山喜=ヤマキ 大樟=オオクス
    竹取=タケトリ 桃里=モモザト 麦秋=バクシュウ 稲穂=イナホ 夕凪=ユウナギ 波止場=ハトバ 羅針=ラシン つわぶき=ツワブキ 楠葉=クスバ
    髙嶋田=タカシマダ 石渡=イシワタリ 鶴亀=ツルカメ 双葉台=フタバダイ 栄光台=エイコウダイ 潮風=シオカゼ 森永谷=モリナガヤ
    藤浪=フジナミ 雪椿=ユキツバキ 光洋台=コウヨウダイ みなと屋=ミナトヤ サンライト東=サンライトヒガシ ノースウィンド=ノースウィンド
    グリーンヒルズ=グリーンヒルズ アクア=アクア コスモス=コスモス オリーブ=オリーブ ブルーノート=ブルーノート リーフ=リーフ
""")
_TRADES: tuple[tuple[str, str, str], ...] = tuple(
    (word, kana, trade)
    for trade, table in {
        "製造": "電機=デンキ 製作所=セイサクショ 精機=セイキ 鉄工所=テッコウショ 化学=カガク 硝子=ガラス 繊維=センイ 紙業=シギョウ",
        "建設": "工務店=コウムテン 建設=ケンセツ 設備=セツビ 塗装=トソウ 造園=ゾウエン 住宅=ジュウタク",
        "食品": "食品=ショクヒン 製菓=セイカ 酒造=シュゾウ 水産=スイサン 農園=ノウエン フーズ=フーズ",
        "卸売・小売": "商事=ショウジ 商店=ショウテン 自動車=ジドウシャ 薬局=ヤッキョク 文具=ブング 家具=カグ",
        "運輸": "物流=ブツリュウ 運輸=ウンユ 倉庫=ソウコ",
        "サービス": "印刷=インサツ 不動産=フドウサン システム=システム デザイン=デザイン 会計事務所=カイケイジムショ 旅館=リョカン",
        "医療・福祉": "クリニック=クリニック 歯科医院=シカイイン 介護サービス=カイゴサービス 整形外科=セイケイゲカ",
    }.items()
    for word, kana in _pairs(table)
)
_FAMILIES = _pairs("""
    佐々木=ササキ 山口=ヤマグチ 松本=マツモト 井上=イノウエ 木村=キムラ 林=ハヤシ 清水=シミズ 山崎=ヤマザキ 池田=イケダ 阿部=アベ
    橋本=ハシモト 石川=イシカワ 前田=マエダ 藤田=フジタ 後藤=ゴトウ 岡田=オカダ 長谷川=ハセガワ 村上=ムラカミ 近藤=コンドウ
    石井=イシイ 坂本=サカモト 遠藤=エンドウ 青木=アオキ 藤井=フジイ 西村=ニシムラ 福田=フクダ 太田=オオタ 三浦=ミウラ 岡本=オカモト
    中川=ナカガワ 原田=ハラダ 小野=オノ 竹内=タケウチ 金子=カネコ 和田=ワダ 中山=ナカヤマ 髙木=タカギ 渡邊=ワタナベ 齋藤=サイトウ
    濱田=ハマダ
""")
_GIVENS = _pairs("""
    陽子=ヨウコ 浩=ヒロシ 恵子=ケイコ 誠=マコト 由美=ユミ 健一=ケンイチ 久美子=クミコ 隆=タカシ 直美=ナオミ 和也=カズヤ 智子=トモコ
    大樹=ダイキ 千尋=チヒロ 修=オサム 香織=カオリ 拓也=タクヤ 裕子=ユウコ 剛=ツヨシ 愛=アイ 亮=リョウ 典子=ノリコ 博之=ヒロユキ
    綾=アヤ 慎吾=シンゴ 美穂=ミホ 哲也=テツヤ 沙織=サオリ 康平=コウヘイ 理恵=リエ 洋介=ヨウスケ
""")
_BUILDINGS = [
    "第一ビル",
    "第二ビル",
    "中央ビル",
    "駅前ビル",
    "東ビル",
    "センタービル",
    "三和会館",
    "サンコート",
    "みどりビル",
    "ベイスクエア",
    "スカイビル",
    "本町ビル",
]
_FRONT, _BACK = ("株式会社", "有限会社", "合同会社"), ("株式会社", "株式会社", "有限会社")


def invent_company(rng: Random) -> CompanyName:
    """Return a company's name; about one in five carries no legal form or the abbreviated ㈱ of people's lists."""
    stem, stem_kana = rng.choice(_STEMS)
    word, word_kana, trade = rng.choice(_TRADES)
    name, kana = stem + word, stem_kana + word_kana
    form = rng.random()
    if trade == "医療・福祉":
        name = f"医療法人社団 {name}" if form < 0.4 else name
    elif word in ("会計事務所", "旅館", "商店", "農園") or form < 0.1:
        pass
    elif form < 0.2:
        name = f"㈱{name}"
    elif form < 0.65:
        name = rng.choice(_FRONT) + name
    else:
        name += rng.choice(_BACK)
    return CompanyName(name, kana, trade)


def invent_person(rng: Random) -> PersonName:
    """Return a person's name."""
    family, family_kana = rng.choice(_FAMILIES)
    given, given_kana = rng.choice(_GIVENS)
    return PersonName(family, given, family_kana, given_kana)


def invent_building(rng: Random) -> str:
    """Return a building's name without a floor."""
    return rng.choice(_STEMS)[0] + rng.choice(_BUILDINGS)
