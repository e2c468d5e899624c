"""Links to navigation apps, phones and mail."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from fieldsales.domain.navigation_links import mail_link, navigation_links, phone_link
from fieldsales.domain.words import TravelMode


def test_each_app_is_told_the_coordinates() -> None:
    links = {link.app: link.url for link in navigation_links(34.342788, 134.046574, name="㈱高﨑 & <Co>")}
    assert parse_qs(urlsplit(links["Google Maps"]).query)["destination"] == ["34.342788,134.046574"]
    assert parse_qs(urlsplit(links["Apple Maps"]).query)["daddr"] == ["34.342788,134.046574"]
    yahoo = urlsplit(links["Yahoo!カーナビ"])
    assert (yahoo.scheme, yahoo.netloc, yahoo.path) == ("yjcarnavi", "navi", "/select")
    assert parse_qs(yahoo.query) == {"lat": ["34.342788"], "lon": ["134.046574"], "name": ["㈱高﨑 & <Co>"]}
    assert parse_qs(urlsplit(links["Waze"]).query) == {"ll": ["34.342788,134.046574"], "navigate": ["yes"]}


def test_who_goes_without_a_car_is_led_on_foot_and_by_no_app_for_cars() -> None:
    walking = {link.app: parse_qs(urlsplit(link.url).query) for link in navigation_links(35.0, 135.0, name="x", mode=TravelMode.WALK)}
    assert set(walking) == {"Google Maps", "Apple Maps"}
    assert (walking["Google Maps"]["travelmode"], walking["Apple Maps"]["dirflg"]) == (["walking"], ["w"])
    assert "travelmode=transit" in navigation_links(35.0, 135.0, name="x", mode=TravelMode.TRAIN)[0].url
    assert "dirflg" not in navigation_links(35.0, 135.0, name="x", mode=TravelMode.BICYCLE)[1].url


def test_a_name_of_500_characters_does_not_make_a_link_of_thousands() -> None:
    assert all(len(link.url) < 1200 for link in navigation_links(35.0, 135.0, name="長" * 500))


@pytest.mark.parametrize(
    ("typed", "link"),
    [
        ("03-1234-5678", "tel:0312345678"),
        ("+81 (0)3 1234", "tel:+81031234"),
        ("０３－１２３４－５６７８", "tel:0312345678"),
        ("＋81 90", "tel:+8190"),
        ("110", "tel:110"),
        ("なし", None),
        ("", None),
        ("1" * 21, None),
    ],
)
def test_a_phone_number_as_people_write_it_can_be_dialled(typed: str, link: str | None) -> None:
    assert phone_link(typed) == link


def test_a_mail_address_cannot_smuggle_a_subject_into_its_link() -> None:
    assert mail_link("a+b@example.com") == "mailto:a+b@example.com"
    assert mail_link("a@example.com?subject=x") == "mailto:a@example.com%3Fsubject%3Dx"
    assert mail_link("  ") is None
