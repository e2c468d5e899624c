"""Every rule of the normaliser, each as somebody writes an address."""

from __future__ import annotations

import math

import pytest

from fieldsales.domain.places import Level, LocateReason, LocateStatus

from .conftest import TOWNS, Asking

OK, APPROXIMATE, AMBIGUOUS, FAILED = LocateStatus.OK, LocateStatus.APPROXIMATE, LocateStatus.AMBIGUOUS, LocateStatus.FAILED


@pytest.mark.parametrize(("pref", "city", "town", "koaza", "lat", "lon"), [row for row in TOWNS if row[4] is not None])
def test_every_entry_of_the_gazetteer_finds_itself(
    pref: str, city: str, town: str, koaza: str, lat: float, lon: float, ask: Asking
) -> None:
    place = ask(f"{pref}{city}12" if town == "（大字なし）" else f"{pref}{city}{town}{koaza}")
    assert place.status is OK
    assert (place.lat, place.lon) == pytest.approx((lat, lon))
    assert place.matched == f"{pref}{city}{town}{koaza}".replace("（大字なし）", "")


@pytest.mark.parametrize(
    ("address", "matched", "rest"),
    [
        ("香川県高松市番町１丁目８番１５号", "香川県高松市番町一丁目", "８番１５号"),
        ("香川県高松市番町一丁目八番十五号", "香川県高松市番町一丁目", "八番十五号"),
        ("香川県高松市番町1-8-15", "香川県高松市番町一丁目", "8-15"),
        ("香川県高松市番町1ー8ー15", "香川県高松市番町一丁目", "8ー15"),
        ("香川県高松市番町1の8の15", "香川県高松市番町一丁目", "の8の15"),
        ("香川県高松市番町3", "香川県高松市番町三丁目", ""),
        ("香川県高松市番町 3 丁目 2", "香川県高松市番町三丁目", "2"),
        ("高松市新田町乙８番地", "香川県高松市新田町", "乙８番地"),
        ("高松市木太町六区12", "香川県高松市木太町六区", "12"),
        ("香川高松市新田町1", "香川県高松市新田町", "1"),
        ("札幌市中央区北3西1-2", "北海道札幌市中央区北三条西一丁目", "2"),
        ("札幌市中央区北3条西1", "北海道札幌市中央区北三条西一丁目", ""),
        ("札幌市中央区宮の森4条7丁目1-25", "北海道札幌市中央区宮の森四条七丁目", "1-25"),
        ("札幌市中央区宮の森4-7-1-25", "北海道札幌市中央区宮の森四条七丁目", "1-25"),
        ("札幌市中央区旭ヶ丘3-5", "北海道札幌市中央区旭ケ丘三丁目", "5"),
        ("札幌市北3西1", "北海道札幌市中央区北三条西一丁目", ""),
        ("旭川市4条通9丁目左1号", "北海道旭川市四条通九丁目", "左1号"),
        ("旭川市4条9丁目", "北海道旭川市四条通九丁目", ""),
        ("紋別郡滝上町字サクル-原野1605番地", "北海道紋別郡滝上町字サクルー原野", "1605番地"),
        ("滝上町サクルー原野1605", "北海道紋別郡滝上町字サクルー原野", "1605"),
        ("北海道泊村茅沼村12", "北海道古宇郡泊村大字茅沼村", "12"),
        ("堺市堺区緑町4-1-2", "大阪府堺市堺区緑町四丁", "1-2"),
        ("堺市堺区緑町4丁1番2号", "大阪府堺市堺区緑町四丁", "1番2号"),
        ("堺市堺区緑町4丁目1番", "大阪府堺市堺区緑町四丁", "1番"),
        ("和歌山市七番町23", "和歌山県和歌山市七番丁", "23"),
        ("和歌山市7番丁23", "和歌山県和歌山市七番丁", "23"),
        ("岩手町五日市第10地割85", "岩手県岩手郡岩手町大字五日市第十地割", "85"),
        ("岩手郡岩手町大字五日市10-5", "岩手県岩手郡岩手町大字五日市第十地割", "5"),
        ("長野市鶴賀上千歳町1112", "長野県長野市大字鶴賀上千歳町", "1112"),
        ("長野市上千歳町1112", "長野県長野市大字鶴賀上千歳町", "1112"),
        ("神崎郡神河町栗12", "兵庫県神崎郡神河町栗", "12"),
        ("鎌倉市雪の下1-2", "神奈川県鎌倉市雪ノ下一丁目", "2"),
        ("鎌倉市雪下1-2", "神奈川県鎌倉市雪ノ下一丁目", "2"),
        ("横浜市西区三ッ沢上町5", "神奈川県横浜市西区三ツ沢上町", "5"),
        ("横浜市三ツ沢上町5", "神奈川県横浜市西区三ツ沢上町", "5"),
        ("大阪府北区梅田1-1", "大阪府大阪市北区梅田一丁目", "1"),
        ("いわき市平字梅本21番地", "福島県いわき市平字梅本", "21番地"),
        ("いわき市平字無名21番地", "福島県いわき市平", "字無名21番地"),
        ("いの町1700-1", "高知県吾川郡いの町", "1700-1"),
        ("東京都八丈島八丈町大賀郷2551", "東京都八丈町大賀郷", "2551"),
        ("東京都千代田区霞ケ関2-1-2", "東京都千代田区霞が関二丁目", "1-2"),
        ("北海道札幌市北海道札幌市中央区北3条西1", "北海道札幌市中央区北三条西一丁目", ""),
    ],
)
def test_an_address_finds_its_town_and_keeps_the_rest(address: str, matched: str, rest: str, ask: Asking) -> None:
    place = ask(address)
    assert (place.matched, place.rest, place.status) == (matched, rest, OK)


@pytest.mark.parametrize(
    ("written", "matched"),
    [
        ("高松市新田12-3", "香川県高松市新田町"),
        ("札幌市中央区旭ケ丘町3-5", "北海道札幌市中央区旭ケ丘三丁目"),
        ("高松市田12", "香川県高松市田町"),
    ],
)
def test_the_machi_of_a_town_is_optional_before_a_number(written: str, matched: str, ask: Asking) -> None:
    assert ask(written).matched == matched


def test_a_town_of_one_character_matches_only_before_a_number(ask: Asking) -> None:
    assert ask("兵庫県神河町栗12").level is Level.OAZA
    assert ask("兵庫県神河町栗山12").level is Level.CITY


@pytest.mark.parametrize("address", ["高松市番町126番地", "高松市番町1番地", "高松市番町2号", "高松市番町13-2"])
def test_a_lot_is_never_taken_for_a_chome(address: str, ask: Asking) -> None:
    assert ask(address).level is Level.OAZA


def test_the_first_number_is_a_chome_only_where_the_town_has_chome(ask: Asking) -> None:
    assert ask("高松市新田町1-2").level is Level.OAZA
    assert ask("高松市番町1-2").level is Level.CHOME


def test_a_chome_that_the_town_has_not_is_doubted(ask: Asking) -> None:
    place = ask("高松市番町9丁目1")
    assert (place.level, place.status, place.reason) == (Level.OAZA, APPROXIMATE, LocateReason.UNKNOWN_TOWN)


@pytest.mark.parametrize(
    ("address", "matched"),
    [
        ("京都市上京区今出川通烏丸東入玄武町601", "京都府京都市上京区玄武町"),
        ("京都市上京区今出川通烏丸東入る玄武町", "京都府京都市上京区玄武町"),
        ("京都市中京区寺町通御池上る上本能寺前町488番地", "京都府京都市中京区上本能寺前町"),
        ("京都市中京区寺町通御池上ル上本能寺前町488番地", "京都府京都市中京区上本能寺前町"),
        ("京都市中京区寺町通御池上がる上本能寺前町", "京都府京都市中京区上本能寺前町"),
        ("京都市中京区御池通寺町西入ル下る上本能寺前町", "京都府京都市中京区上本能寺前町"),
        ("京都市東山区三条通南二筋目白川筋西入ル二丁目北木之元町", "京都府京都市東山区北木之元町"),
        ("京都市中京区上本能寺前町（寺町通御池上る）", "京都府京都市中京区上本能寺前町"),
        ("京都市寺町通御池上る上本能寺前町488", "京都府京都市中京区上本能寺前町"),
    ],
)
def test_a_street_address_of_kyoto_is_found_by_the_town_after_the_last_direction(address: str, matched: str, ask: Asking) -> None:
    place = ask(address)
    assert (place.matched, place.status) == (matched, OK)


def test_a_street_of_kyoto_without_a_town_is_no_town_that_begins_alike(ask: Asking) -> None:
    assert ask("京都市中京区烏丸通御池下る").level is Level.CITY


def test_a_ward_that_is_newer_than_the_gazetteer_is_searched_for_in_all_wards(ask: Asking) -> None:
    place = ask("静岡県浜松市中央区元城町103-2")
    assert (place.matched, place.rest, place.status) == ("静岡県浜松市中区元城町", "103-2", OK)


def test_the_wrong_ward_is_forgiven_but_doubted(ask: Asking) -> None:
    place = ask("札幌市北区宮の森4条7丁目")
    assert (place.matched, place.status) == ("北海道札幌市中央区宮の森四条七丁目", APPROXIMATE)


def test_a_town_that_several_wards_have_is_not_guessed(ask: Asking) -> None:
    place = ask("浜松市小松12")
    assert (place.level, place.status, place.reason) == (Level.CITY, APPROXIMATE, LocateReason.SEVERAL_TOWNS)


@pytest.mark.parametrize("address", ["府中市宮西町2-24", "伊達市梅本町", "中央区銀座1-1", "北区梅田1-1", "清水町伏見12"])
def test_a_municipality_of_several_prefectures_is_ambiguous_even_if_only_one_has_the_town(address: str, ask: Asking) -> None:
    place = ask(address)
    assert (place.status, place.reason) == (AMBIGUOUS, LocateReason.SEVERAL_MUNICIPALITIES)
    assert place.lat is None


@pytest.mark.parametrize(
    ("address", "postal_code", "matched"),
    [
        ("府中市宮西町2-24", "183-0022", "東京都府中市宮西町二丁目"),
        ("〒183-0022 府中市宮西町2-24", "", "東京都府中市宮西町二丁目"),
        ("伊達市梅本町12", "052-0024", "北海道伊達市梅本町"),
        ("伊達市保原町12", "9600634", "福島県伊達市保原町"),
    ],
)
def test_a_postal_code_settles_it(address: str, postal_code: str, matched: str, ask: Asking, ask_with_codes: Asking) -> None:
    for asking in (ask, ask_with_codes):
        place = asking(address, postal_code)
        assert (place.matched, place.status) == (matched, OK)


def test_a_postal_code_of_neither_settles_nothing(ask: Asking) -> None:
    assert ask("府中市宮西町2-24", "980-0001").status is AMBIGUOUS


@pytest.mark.parametrize(
    "wrapped",
    [
        "〒761-0102 香川県高松市新田町乙8番地",
        "日本、〒761-0102 香川県高松市新田町乙8番地",
        "住所：香川県高松市新田町乙8番地",
        "本社 香川県高松市新田町乙8番地",
        '"香川県\t高松市\t新田町乙8番地"',
        "「香川県高松市新田町乙8番地」",
        "香川県、高松市、新田町、乙8番地",
        "香川県 高松市　新田町　乙8番地",
        "株式会社山田 香川県高松市新田町乙8番地",
        "香川縣髙松市新田町乙8番地",
    ],
)
def test_wrapping_changes_nothing(wrapped: str, ask: Asking) -> None:
    place = ask(wrapped)
    assert (place.matched, place.rest, place.status) == ("香川県高松市新田町", "乙8番地", OK)


def test_a_building_is_kept_as_the_rest(ask: Asking) -> None:
    assert ask("高松市番町1丁目8-15　第2﨑山ビル３Ｆ").rest == "8-15　第2﨑山ビル３Ｆ"


@pytest.mark.parametrize(
    "text",
    [
        "London, 10 Downing Street",
        "1-8-15 Bancho, Takamatsu, Kagawa, Japan",
        "Takamatsu",
        "asdf qwer",
        "北京市朝阳区建国路1号",
        "台北市中正區重慶南路1段122號",
        "서울특별시 중구 세종대로 110",
        "不明",
        "住所非公開",
        "町田市郎",
        "高松",
        "番町1-8-15",
        "1-8-15",
        "－",
        "0",
        "🏢",
        "港町",
        "\x00\x01",
        "字" * 500,
        "１" * 500,
    ],
)
def test_garbage_romaji_and_foreign_text_get_no_pin(text: str, ask: Asking, ask_without: Asking) -> None:
    for asking in (ask, ask_without):
        place = asking(text)
        assert place.status is FAILED
        assert place.lat is None
        assert place.rest == text.strip().strip("－ー") or place.rest in text


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", LocateReason.NO_ADDRESS),
        ("　", LocateReason.NO_ADDRESS),
        ("香川県", LocateReason.UNKNOWN_MUNICIPALITY),
        ("香川県無名市1-1", LocateReason.UNKNOWN_MUNICIPALITY),
        ("12 Rue de Rivoli, 75001 Paris", LocateReason.OUTSIDE_JAPAN),
        ("asdf", LocateReason.NOT_AN_ADDRESS),
    ],
)
def test_a_failure_says_why(text: str, reason: LocateReason, ask: Asking) -> None:
    assert ask(text).reason is reason


def test_an_unknown_town_is_at_least_in_its_city(ask: Asking) -> None:
    place = ask("香川県高松市無名町1-1")
    assert (place.level, place.status, place.reason) == (Level.CITY, APPROXIMATE, LocateReason.UNKNOWN_TOWN)
    assert place.rest == "無名町1-1"


def test_the_beginning_of_a_name_leads_to_the_middle_of_those_that_share_it(ask: Asking) -> None:
    place = ask("高松市塩江町上西字内場12")
    assert (place.matched, place.level, place.status) == ("香川県高松市塩江町上西", Level.OAZA, APPROXIMATE)


def test_a_town_without_a_coordinate_is_not_at_nought(ask: Asking) -> None:
    place = ask("山口県周南市久米中央一丁目1-1")
    assert not place.level.is_town
    assert place.lat is None or place.lat > 20


def test_a_place_never_lies_at_nought_and_always_has_a_radius(ask: Asking) -> None:
    for pref, city, town, koaza, *_ in TOWNS:
        place = ask(f"{pref}{city}{town}{koaza}1-2-3")
        if place.found:
            assert place.lat is not None
            assert place.lat > 20
            assert place.precision_m is not None
            assert math.isfinite(place.precision_m)
            assert place.precision_m >= 30


def test_a_postal_code_far_away_or_of_another_municipality_raises_doubt(ask_with_codes: Asking) -> None:
    for address, code in (("東京都府中市宮西町2-24", "760-0017"), ("香川県高松市塩江町上西甲1", "761-0104")):
        place = ask_with_codes(address, code)
        assert (place.status, place.reason) == (APPROXIMATE, LocateReason.POSTAL_CODE_DISAGREES)
        assert place.level.is_town


def test_a_postal_code_of_a_renamed_ward_raises_no_doubt(ask_with_codes: Asking) -> None:
    assert ask_with_codes("静岡県浜松市浜北区小松12", "434-0042").status is OK


def test_even_without_postal_codes_another_prefecture_raises_doubt(ask: Asking) -> None:
    assert ask("香川県高松市新田町1", "980-0001").reason is LocateReason.POSTAL_CODE_DISAGREES
    assert ask("香川県高松市新田町1", "761-0102").status is OK
