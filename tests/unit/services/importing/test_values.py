"""Cells as people write them become values, or a sentence that repeats the cell."""

from __future__ import annotations

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.matching import phone_key
from fieldsales.domain.words import Kind, Stage
from fieldsales.errors import FieldSalesError
from fieldsales.services.importing import values as read


@pytest.mark.parametrize(
    ("cells", "likelihood"),
    [
        ("A Ａ a 80% ８０％ 0.8 80 100% 1.0 高 見込A 見込みA Aランク 確度A A(80%以上)", Likelihood.A),
        ("B Ｂ 50% 0.65 79 中 50％程度", Likelihood.B),
        ("C 20% 0.2 35 低", Likelihood.C),
        ("D 10% 0.1 0% 0 1", Likelihood.D),
        ("受注 受注済み 成約 Won closed_won", Likelihood.WON),
        ("失注 lost Closed-Lost", Likelihood.LOST),
        ("未定 - unrated", Likelihood.UNRATED),
    ],
)
def test_a_likelihood_is_read_however_it_is_written(cells: str, likelihood: Likelihood) -> None:
    assert {cell: read.read_likelihood(cell) for cell in cells.split()} == dict.fromkeys(cells.split(), likelihood)


@pytest.mark.parametrize("cell", ["検討中", "120%", "E", "-5", "８０点"])
def test_what_is_no_likelihood_is_said_with_the_cell(cell: str) -> None:
    with pytest.raises(FieldSalesError, match=cell):
        read.read_likelihood(cell)


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("1,000,000", 1_000_000),
        ("¥1,000", 1_000),
        ("￥１，０００円", 1_000),
        ("100万円", 1_000_000),
        ("１００千円", 100_000),
        ("1億2,000万", 120_000_000),
        ("1.5億", 150_000_000),
        ("△1,000", -1_000),
        ("▲5", -5),
        ("(1,000)", -1_000),
        ("-20", -20),
        ("1000.00", 1_000),
        ("0", 0),
    ],
)
def test_an_amount_is_read_however_it_is_written(cell: str, amount: int) -> None:
    assert read.read_amount(cell) == amount


def test_the_unit_in_the_heading_counts_for_bare_numbers_only() -> None:
    assert read.read_amount("150", factor=10_000) == 1_500_000
    assert read.read_amount("150万円", factor=10_000) == 1_500_000
    assert read.read_amount("1.5", factor=1_000) == 1_500


@pytest.mark.parametrize("cell", ["応相談", "12.5", "1,00", "3,5", "1000円くらい", "--", "1e9999"])
def test_what_is_no_amount_is_said(cell: str) -> None:
    with pytest.raises(FieldSalesError):
        read.read_amount(cell)


@pytest.mark.parametrize(
    "cell",
    [
        "2026/11/21",
        "2026-11-21",
        "2026.11.21",
        "２０２６／１１／２１",
        "2026年11月21日",
        "2026年11月21日(土)",
        "令和8年11月21日",
        "R8.11.21",
        "r8/11/21",
        "20261121",
        "46347",
        "2026-11-21T09:00:00",
    ],
)
def test_a_date_is_read_however_it_is_written(cell: str) -> None:
    assert read.read_date(cell) == date(2026, 11, 21)


def test_older_eras_and_first_years_are_read() -> None:
    assert (read.read_date("令和元年5月1日"), read.read_date("H31.4.30"), read.read_date("昭和64年1月7日")) == (
        date(2019, 5, 1),
        date(2019, 4, 30),
        date(1989, 1, 7),
    )


@pytest.mark.parametrize("cell", ["11/21", "来週", "2026/13/1", "2026/2/30", "99999999", "2026/11/21ごろ"])
def test_what_is_no_date_is_said(cell: str) -> None:
    with pytest.raises(FieldSalesError):
        read.read_date(cell)


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        ("312345678", "0312345678"),
        ("9012345678", "09012345678"),
        ("03-1234-5678", "03-1234-5678"),
        ("０３（１２３４）５６７８", "０３（１２３４）５６７８"),
        ("+81 3-1234-5678", "+81 3-1234-5678"),
        ("12345678", "12345678"),
        ("4155550123", "4155550123"),
    ],
)
def test_a_phone_is_kept_as_typed_and_gets_back_a_zero_only_when_that_is_certain(cell: str, phone: str) -> None:
    assert read.read_phone(cell) == phone


def test_one_phone_in_three_spellings_is_one() -> None:
    assert {phone_key(p) for p in ("03-1234-5678", "０３１２３４５６７８", "+81 3-1234-5678", "+81-(0)3-1234-5678")} == {"0312345678"}
    assert phone_key("内線12") == ""


def test_a_postal_code_gets_its_zeros_back_only_for_a_japanese_address() -> None:
    assert read.read_postal_code("600001", "北海道札幌市") == "0600001"
    assert read.read_postal_code("〒060-0001", "北海道札幌市") == "060-0001"
    assert read.read_postal_code("60601", "Chicago, IL") == "60601"


def test_kinds_and_stages_are_read_in_both_languages() -> None:
    assert [read.read_kind(c) for c in ("法人", "個人", "Company", "person")] == [Kind.COMPANY, Kind.PERSON, Kind.COMPANY, Kind.PERSON]
    assert [read.read_stage(c) for c in ("見込み", "取引先", "休眠", "Client")] == [
        Stage.PROSPECT,
        Stage.CLIENT,
        Stage.DORMANT,
        Stage.CLIENT,
    ]


def test_parts_of_an_address_join_and_repeated_ones_count_once() -> None:
    assert read.join_address("香川県", "高松市", "番町", "1-1", "第一ビル") == "香川県高松市番町1-1 第一ビル"
    assert read.join_address("香川県", "高松市", "", "香川県高松市番町1-1", "") == "香川県高松市番町1-1"
    assert read.join_address("香川県", "", "", "高松市番町1-1", "") == "香川県高松市番町1-1"
    assert read.join_address("IL", "Chicago", "", "12 High Street", "Suite 3") == "Suite 3, 12 High Street, Chicago, IL"


@given(st.text(max_size=40))
def test_no_cell_whatever_breaks_a_reader(cell: str) -> None:
    for reader in (read.read_likelihood, read.read_amount, read.read_date, read.read_kind, read.read_stage):
        with contextlib.suppress(FieldSalesError):
            reader(cell)
    read.read_phone(cell), phone_key(cell), read.read_degrees(cell), read.read_tags(cell)
