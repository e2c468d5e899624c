"""What sales people write after a visit, and what they keep about a customer: invented, in their own tone."""

from __future__ import annotations

from random import Random

from fieldsales.domain.words import Outcome

_GOODS = [
    "新型機",
    "保守契約",
    "省エネプラン",
    "複合機の入替",
    "在庫管理システム",
    "業務用エアコン",
    "年間契約",
    "追加ライセンス",
    "リース更新",
    "消耗品の定期便",
]
_PEOPLE = ["担当者", "総務課長", "工場長", "社長", "店長", "購買担当", "事務長", "専務"]
_SEASONS = ["月末", "年度末", "来週中", "来月初め", "決算後", "連休明け", "次の会議"]

_FIRST: dict[Outcome, tuple[str, ...]] = {
    Outcome.MET: (
        "{who}と面談。{what}に関心あり。",
        "{who}に{what}を説明。反応は良い。",
        "近況を伺う。設備の更新時期は{when}とのこと。",
        "{who}と打ち合わせ。現在は他社製品を利用中、不満は納期。",
        "ごあいさつ。{what}の資料を置いてきた。",
        "{who}に課題をヒアリング。人手不足で手が回らないとのこと。",
        "立ち話で5分ほど。{when}に改めて時間をいただける。",
        "デモを実施。操作が簡単だと好評。",
        "価格よりも対応の早さを重視している様子。",
        "{who}が異動。後任をご紹介いただいた。",
        "前回の宿題に回答。納得していただけた。",
        "現場を見学させていただいた。老朽化が進んでいる。",
    ),
    Outcome.ABSENT: (
        "{who}不在。名刺と資料を受付に預けた。",
        "不在。{when}に出直す。",
        "外出中とのこと。夕方に電話する。",
        "定休日だった。次回は平日の午前に。",
        "会議中で会えず。メールで用件を送る。",
    ),
    Outcome.REFUSED: (
        "今は間に合っているとのこと。時期を改める。",
        "新規の取引は控えているとのお話。",
        "受付で断られた。紹介経由が良さそう。",
        "予算がなく今期は見送り。",
    ),
    Outcome.APPOINTMENT: (
        "{when}の打ち合わせを約束。{who}も同席予定。",
        "{what}のデモ日程を決めた。",
        "{who}と次回の約束。見積を持参する。",
        "現場調査の日程をいただいた。",
    ),
    Outcome.QUOTE: (
        "{what}の見積を提出。{when}に返事をいただける。",
        "見積を再提出。値引きは5%まで。",
        "3案で見積。中間の案が有力。",
        "{who}に見積を説明。競合は2社。",
        "概算見積を希望。台数は10台前後。",
    ),
    Outcome.ORDER: (
        "{what}を受注。納品は{when}。",
        "注文書をいただいた。設置日を調整する。",
        "受注。決め手は保守対応とのこと。",
        "{who}の決裁が下りて受注。",
    ),
    Outcome.LOST: (
        "他社に決定。価格差が理由。",
        "計画が白紙になり失注。半年後に再訪する。",
        "既存業者の継続に決まった。",
        "本社一括購入に変わり、対象外となった。",
    ),
}
_SECOND = (
    "次回は{who}にも声をかける。",
    "{when}に連絡。",
    "見積は概算で可。",
    "駐車場は裏手に2台。",
    "午前中の訪問を希望。",
    "カタログを郵送する。",
    "競合の提案書を見せていただいた。",
    "導入事例を探しておく。",
    "技術担当の同行を手配。",
    "支払条件は月末締め翌月末払い。",
)
_MEMOS = (
    "駐車場は建物の裏。受付は2階。",
    "水曜定休。訪問は午前中が良い。",
    "社長は釣りが趣味。話が早い。",
    "紹介元: 商工会の懇親会。",
    "展示会で名刺交換。更新時期は来春。",
    "入館時に受付票の記入が必要。",
    "FAXでの連絡を希望。",
    "決裁は本社。窓口は総務。",
    "前任からの引き継ぎ先。請求は毎月20日締め。",
    "繁忙期(3月・12月)は訪問を避ける。",
)


def write_note(rng: Random, outcome: Outcome) -> str:
    """Return a note about a visit with this outcome, of one or two sentences."""
    text = rng.choice(_FIRST[outcome])
    if rng.random() < 0.35:
        text += rng.choice(_SECOND)
    return text.format(who=rng.choice(_PEOPLE), what=rng.choice(_GOODS), when=rng.choice(_SEASONS))


def write_memo(rng: Random) -> str:
    """Return what a team keeps about a customer."""
    return rng.choice(_MEMOS)
