"""What a column can mean, and the headings by which it is recognised in Japanese and English."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum

from fieldsales.errors import N_


class Field(StrEnum):
    """What a column holds. The values are those of a mapping file."""

    NAME = "name"
    NAME_KANA = "name_kana"
    CODE = "code"
    POSTAL_CODE = "postal_code"
    ADDRESS = "address"
    PREFECTURE = "prefecture"
    CITY = "city"
    TOWN = "town"
    LOT = "lot"
    BUILDING = "building"
    PHONE = "phone"
    EMAIL = "email"
    CONTACT = "contact_name"
    STAFF = "owner_or_contact"
    OWNER = "owner"
    LIKELIHOOD = "likelihood"
    AMOUNT = "amount"
    KIND = "kind"
    STAGE = "stage"
    CLOSE_MONTH = "close_month"
    NEXT_ON = "next_on"
    NEXT_TIME = "next_time"
    NEXT_ACTION = "next_action"
    CADENCE = "cadence_days"
    OPENING_HOURS = "opening_hours"
    VISIT_MINUTES = "visit_minutes"
    DO_NOT_VISIT = "do_not_visit"
    DO_NOT_VISIT_REASON = "do_not_visit_reason"
    DO_NOT_VISIT_UNTIL = "do_not_visit_until"
    TAGS = "tags"
    MEMO = "memo"
    LAT = "lat"
    LON = "lon"
    PRECISION = "precision_m"
    RECORD = "record"
    CUSTOM = "custom"
    IGNORE = "ignore"


ADDRESS_PARTS = (Field.PREFECTURE, Field.CITY, Field.TOWN, Field.LOT, Field.BUILDING)
# Fields that several columns may fill together.
SHARED_FIELDS = frozenset({*ADDRESS_PARTS, Field.CUSTOM, Field.IGNORE, Field.MEMO, Field.TAGS})

FIELD_NAMES = {
    Field.NAME: N_("Name"),
    Field.NAME_KANA: N_("Reading (kana)"),
    Field.CODE: N_("Customer code"),
    Field.POSTAL_CODE: N_("Postal code"),
    Field.ADDRESS: N_("Address"),
    Field.PREFECTURE: N_("Address: prefecture"),
    Field.CITY: N_("Address: municipality"),
    Field.TOWN: N_("Address: town"),
    Field.LOT: N_("Address: lot number"),
    Field.BUILDING: N_("Address: building"),
    Field.PHONE: N_("Phone"),
    Field.EMAIL: N_("E-mail address"),
    Field.CONTACT: N_("Contact person"),
    Field.STAFF: N_("Owner if a user, else contact person"),
    Field.OWNER: N_("Owner"),
    Field.LIKELIHOOD: N_("Likelihood"),
    Field.AMOUNT: N_("Expected amount (yen)"),
    Field.KIND: N_("Kind"),
    Field.STAGE: N_("Relation"),
    Field.CLOSE_MONTH: N_("Expected month"),
    Field.NEXT_ON: N_("Next date"),
    Field.NEXT_TIME: N_("Time of the next date"),
    Field.NEXT_ACTION: N_("Next action"),
    Field.CADENCE: N_("Cadence (days)"),
    Field.OPENING_HOURS: N_("Opening hours"),
    Field.VISIT_MINUTES: N_("Length of a visit (minutes)"),
    Field.DO_NOT_VISIT: N_("Do not visit"),
    Field.DO_NOT_VISIT_REASON: N_("Do not visit: reason"),
    Field.DO_NOT_VISIT_UNTIL: N_("Do not visit: until"),
    Field.TAGS: N_("Tags"),
    Field.MEMO: N_("Memo"),
    Field.LAT: N_("Latitude"),
    Field.LON: N_("Longitude"),
    Field.PRECISION: N_("Precision of the place (m)"),
    Field.RECORD: N_("FieldSales record"),
    Field.CUSTOM: N_("Field of our own"),
    Field.IGNORE: N_("Leave out"),
}

# The first heading of each field is the one that exports write, per language; the order is the order of preference.
EXPORT_HEADINGS: dict[Field, dict[str, str]] = {
    Field.RECORD: {"ja": "FieldSales番号", "en": "FieldSales record"},
    Field.CODE: {"ja": "顧客コード", "en": "Customer code"},
    Field.NAME: {"ja": "顧客名", "en": "Customer name"},
    Field.NAME_KANA: {"ja": "フリガナ", "en": "Reading"},
    Field.KIND: {"ja": "法人・個人", "en": "Company or person"},
    Field.STAGE: {"ja": "取引区分", "en": "Relation"},
    Field.LIKELIHOOD: {"ja": "受注確度", "en": "Likelihood"},
    Field.AMOUNT: {"ja": "見込金額", "en": "Expected amount"},
    Field.POSTAL_CODE: {"ja": "郵便番号", "en": "Postal code"},
    Field.ADDRESS: {"ja": "住所", "en": "Address"},
    Field.PHONE: {"ja": "電話番号", "en": "Phone"},
    Field.EMAIL: {"ja": "メールアドレス", "en": "E-mail"},
    Field.CONTACT: {"ja": "先方担当者", "en": "Contact person"},
    Field.OWNER: {"ja": "営業担当者", "en": "Owner"},
    Field.CLOSE_MONTH: {"ja": "受注予定月", "en": "Expected month"},
    Field.NEXT_ON: {"ja": "次回予定日", "en": "Next date"},
    Field.NEXT_TIME: {"ja": "次回予定時刻", "en": "Next time"},
    Field.NEXT_ACTION: {"ja": "次のアクション", "en": "Next action"},
    Field.CADENCE: {"ja": "訪問周期(日)", "en": "Cadence (days)"},
    Field.OPENING_HOURS: {"ja": "訪問可能時間", "en": "Opening hours"},
    Field.VISIT_MINUTES: {"ja": "訪問の所要時間(分)", "en": "Length of a visit (minutes)"},
    Field.DO_NOT_VISIT: {"ja": "訪問不可", "en": "Do not visit"},
    Field.DO_NOT_VISIT_REASON: {"ja": "訪問不可の理由", "en": "Do not visit: reason"},
    Field.DO_NOT_VISIT_UNTIL: {"ja": "訪問不可の期限", "en": "Do not visit: until"},
    Field.TAGS: {"ja": "タグ", "en": "Tags"},
    Field.MEMO: {"ja": "メモ", "en": "Memo"},
    Field.LAT: {"ja": "緯度", "en": "Latitude"},
    Field.LON: {"ja": "経度", "en": "Longitude"},
    Field.PRECISION: {"ja": "位置の精度(m)", "en": "Precision (m)"},
}
# Headings of custom fields that would be taken for one of ours get this in front.
CUSTOM_PREFIX = {"ja": "項目:", "en": "Field:"}
REASON_HEADINGS = {"ja": "取り込めなかった理由", "en": "Reason not imported"}

_SYNONYMS = {
    Field.NAME: """
        会社名 顧客名 企業名 取引先名 得意先名 お客様名 客先名 法人名 店舗名 施設名 事業所名 屋号 商号 社名 取引先 得意先
        顧客 お客様 会社 企業 氏名 名前 お名前 名称 姓名 name companyname company customername customer clientname client
        accountname account organization organisation businessname business fullname storename
    """,
    Field.NAME_KANA: """
        フリガナ ふりがな カナ かな 会社名カナ 会社名フリガナ 顧客名カナ 顧客名フリガナ 氏名カナ 氏名フリガナ 名称カナ ヨミ
        よみ 読み 読み方 ヨミガナ よみがな カナ名 カナ名称 kana reading furigana namekana phonetic
    """,
    Field.CODE: """
        顧客コード 顧客番号 顧客ID 得意先コード 得意先番号 取引先コード 取引先番号 会社コード 企業コード お客様コード
        お客様番号 お客様ID 会員番号 管理番号 コード customercode customerid customerno customernumber clientcode clientid
        accountcode accountid accountnumber code
    """,
    Field.POSTAL_CODE: """
        郵便番号 〒 郵便 郵便コード 〒番号 会社郵便番号 postalcode postcode zip zipcode zippostalcode
    """,
    Field.ADDRESS: """
        住所 所在地 会社住所 本社住所 本社所在地 店舗住所 施設住所 勤務先住所 自宅住所 届け先住所 住所1 ご住所 住所全部
        住所(全部) address fulladdress location streetaddress addressline1
    """,
    Field.PREFECTURE: """
        都道府県 都道府県名 県名 県 prefecture pref state province
    """,
    Field.CITY: """
        市区町村 市区町村名 市町村 市町村名 市区郡 市区 市 city municipality
    """,
    Field.TOWN: """
        町域 町名 町 大字 大字町丁目 大字町丁目名 町丁目 丁目 町域名 town district
    """,
    Field.LOT: """
        番地 番地等 丁目番地 町名番地 町域番地 番地号 地番 以降の住所 それ以降の住所 住所2 street street1 addressline2
    """,
    Field.BUILDING: """
        建物 建物名 ビル名 ビル マンション名 建物名等 建物名部屋番号 建物部屋番号 建物名階 方書 住所3 building buildingname
        suite apartment
    """,
    Field.PHONE: """
        電話番号 電話 TEL 会社電話 代表電話 代表番号 代表電話番号 電話番号1 固定電話 連絡先電話番号 連絡先 携帯電話番号
        携帯電話 携帯番号 携帯 お電話 phone telephone tel phonenumber telephonenumber mobile mobilephone cell cellphone
        workphone
    """,
    Field.EMAIL: """
        メールアドレス メール Eメール Eメールアドレス 電子メール Mail E-Mailアドレス mailアドレス email e-mail emailaddress
        mailaddress
    """,
    Field.CONTACT: """
        先方担当者 先方担当 先方担当者名 ご担当者 ご担当者名 ご担当者様 ご担当 お客様担当者 顧客担当者 客先担当者
        取引先担当者 窓口 窓口担当者 代表者 代表者名 contactperson contactname contact primarycontact
    """,
    Field.STAFF: """
        担当者 担当 担当者名 担当名 personincharge incharge
    """,
    Field.OWNER: """
        営業担当者 営業担当 営業担当者名 営業マン 営業員 営業 自社担当者 自社担当 弊社担当 弊社担当者 当社担当 当社担当者
        担当営業 担当営業マン 社内担当者 所有者 owner salesrep salesperson rep assignedto assignee accountowner
        accountmanager owneremail
    """,
    Field.LIKELIHOOD: """
        受注確度 確度 ランク 見込度 見込み度 見込ランク 見込みランク 受注確率 確率 受注見込 受注見込み 見込 見込み ヨミ確度
        顧客ランク 評価 成約確度 成約率 案件確度 likelihood probability rank rating winprobability chance
    """,
    Field.AMOUNT: """
        金額 見込金額 見込み金額 予定金額 受注金額 受注予定金額 受注見込金額 想定金額 案件金額 商談金額 見積金額 見積り金額
        売上見込 売上予定 予算 売上 年商 取引金額 amount expectedamount dealamount dealsize dealvalue value revenue budget
        expectedrevenue
    """,
    Field.KIND: """
        法人個人 法人個人区分 個人法人 個人法人区分 法人格区分 顧客種別 顧客タイプ kind companyorperson customertype
        accounttype type
    """,
    Field.STAGE: """
        取引区分 取引状況 取引ステータス 顧客区分 顧客ステータス 顧客状態 ステータス 状態 区分 relation stage status
        customerstatus lifecyclestage
    """,
    Field.NEXT_ON: """
        次回予定日 次回訪問日 次回訪問予定日 次回訪問予定 次回予定 次回アクション日 次回連絡日 次回対応日 次回 訪問予定日
        nextdate nextvisit nextvisitdate followup followupdate nextactiondate nexton
    """,
    Field.CLOSE_MONTH: """
        受注予定月 受注見込月 受注見込み月 受注予定日 受注予定年月 受注予定 成約予定月 成約予定日 クロージング月 クロージング予定 完了予定日
        expectedmonth closemonth closedate expectedclose expectedclosedate closingdate
    """,
    Field.NEXT_TIME: """
        次回予定時刻 次回時刻 次回時間 次回訪問時刻 次回訪問時間 訪問予定時刻 nexttime appointmenttime nextvisittime
    """,
    Field.NEXT_ACTION: """
        次回の用件 次回用件 次回アクション 次のアクション ネクストアクション 次回内容 次回予定内容 次回対応 nextaction nextstep nextsteps
        nextactivity
    """,
    Field.CADENCE: """
        訪問周期 訪問周期日 訪問周期(日) 訪問周期(日数) 訪問間隔 訪問間隔(日) 訪問頻度(日) 巡回周期 cadence
        cadencedays cadence(days) visitinterval
    """,
    Field.OPENING_HOURS: """
        訪問可能時間 営業時間 訪問可能時間帯 訪問可能日時 訪問時間帯 訪問可能な時間 営業日時 営業時間帯 営業時間定休日 診療時間 開店時間
        受付時間 対応可能時間 openinghours businesshours openingtimes opentimes visitinghours hours
    """,
    Field.VISIT_MINUTES: """
        訪問の所要時間 訪問所要時間 所要時間 所要時間(分) 訪問時間 訪問時間(分) 滞在時間 滞在時間(分) 商談時間 面談時間 平均訪問時間
        lengthofavisit visitminutes visitlength visitduration duration durationmin durationminutes servicetime
    """,
    Field.DO_NOT_VISIT: """
        訪問禁止 訪問禁止フラグ 訪問不可 訪問ng 訪問お断り 出入り禁止 donotvisit novisit novisits
    """,
    Field.DO_NOT_VISIT_REASON: """
        訪問禁止の理由 訪問禁止理由 訪問不可理由 訪問ng理由 donotvisitreason
    """,
    Field.DO_NOT_VISIT_UNTIL: """
        訪問禁止の期限 訪問禁止期限 訪問不可期限 訪問禁止解除日 donotvisituntil
    """,
    Field.TAGS: """
        タグ ラベル 分類 tags tag labels label
    """,
    Field.MEMO: """
        メモ 備考 備考欄 コメント 特記事項 摘要 ノート 注記 補足 memo notes note remarks remark comment comments description
    """,
    Field.LAT: """
        緯度 緯度(世界測地系) 北緯 lat latitude y座標(緯度)
    """,
    Field.LON: """
        経度 経度(世界測地系) 東経 lon lng long longitude x座標(経度)
    """,
    Field.PRECISION: """
        位置の精度 位置精度 precision
    """,
    Field.RECORD: """
        fieldsales番号 fieldsalesrecord
    """,
    Field.IGNORE: """
        取り込めなかった理由 reasonnotimported
    """,
}

_BRACKETS = re.compile(r"[(\[{【〔<][^)\]}】〕>]*[)\]}】〕>]")
_NOISE = re.compile(r"[\s\W_]+")
_ENDINGS = tuple(
    [
        "住所",
        "所在地",
        "電話番号",
        "メールアドレス",
        "会社名",
        "顧客名",
        "企業名",
        "取引先名",
        "郵便番号",
        "受注確度",
        "金額",
        "emailaddress",
        "address",
        "phone",
        "email",
    ]
)


def heading_key(heading: str, *, brackets: bool = False) -> str:
    """Return a heading for comparison: width and case alike, no marks; `brackets` keeps what stands inside them."""
    folded = unicodedata.normalize("NFKC", heading).casefold()
    bare = folded if brackets else _BRACKETS.sub("", folded)
    return _NOISE.sub("", bare or folded)


def _table() -> dict[str, tuple[Field, int]]:
    table: dict[str, tuple[Field, int]] = {}
    for field, languages in EXPORT_HEADINGS.items():
        for heading in languages.values():
            table[heading_key(heading)] = (field, -1)
    for field, words in _SYNONYMS.items():
        for rank, word in enumerate(words.split()):
            table.setdefault(heading_key(word, brackets=True), (field, rank))
    return table


_BY_HEADING = _table()
_NO_MATCH = 10_000


def field_of_heading(heading: str) -> tuple[Field, int] | None:
    """Return what a heading means and how sure that is (lower is surer), None when it says nothing to us."""
    if not heading.strip() or custom_name_of(heading):
        return None
    for key in (heading_key(heading, brackets=True), heading_key(heading)):
        if key in _BY_HEADING:
            return _BY_HEADING[key]
    key = heading_key(heading)
    for ending in _ENDINGS:
        if key.endswith(ending) and ending in _BY_HEADING:
            return _BY_HEADING[ending][0], _NO_MATCH
    return None


def custom_name_of(heading: str) -> str:
    """Return the name in a heading such as `項目:業種`, empty for other headings."""
    for prefix in CUSTOM_PREFIX.values():
        if heading.startswith(prefix):
            return heading[len(prefix) :].strip()
    return ""


def unit_of_heading(heading: str) -> int:
    """Return what an amount under this heading is multiplied by: 10,000 under 金額（万円）."""
    folded = unicodedata.normalize("NFKC", heading)
    for word, factor in (("百万円", 1_000_000), ("億円", 100_000_000), ("万円", 10_000), ("千円", 1_000)):
        if word in folded:
            return factor
    return 1


TAG_SEPARATOR = ";"
