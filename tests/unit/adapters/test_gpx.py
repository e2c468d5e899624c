"""GPX files: what a device reads is what was planned, whatever people typed."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

import pytest

from fieldsales.adapters.gpx import write_gpx
from fieldsales.domain.routes import Route, RoutePoint

GPX = {"g": "http://www.topografix.com/GPX/1/1"}
AT = datetime(2026, 11, 24, 0, 30, tzinfo=UTC)
DAY = Route(
    "訪問計画 11/24(火)",
    AT,
    (RoutePoint(35.68, 139.76, "本社"), RoutePoint(-35.0123456789, -179.9999999, "㈱高﨑 & <Co>", "09:30\n東京都", AT)),
)


def test_every_point_is_a_waypoint_and_a_point_of_the_route_in_order() -> None:
    root = ET.fromstring(write_gpx(DAY))
    assert (root.tag, root.get("version")) == (f"{{{GPX['g']}}}gpx", "1.1")
    for path in ("g:wpt", "g:rte/g:rtept"):
        points = root.findall(path, GPX)
        assert [point.findtext("g:name", None, GPX) for point in points] == ["本社", "㈱高﨑 & <Co>"]
        assert [(point.get("lat"), point.get("lon")) for point in points] == [
            ("35.6800000", "139.7600000"),
            ("-35.0123457", "-179.9999999"),
        ]
        assert points[1].findtext("g:time", None, GPX) == "2026-11-24T00:30:00Z"
        assert points[1].findtext("g:desc", None, GPX) == "09:30\n東京都"
    assert root.findtext("g:rte/g:name", None, GPX) == "訪問計画 11/24(火)"


def test_parts_stand_in_the_order_of_the_schema() -> None:
    root = ET.fromstring(write_gpx(DAY))
    assert [child.tag.partition("}")[2] for child in root] == ["metadata", "wpt", "wpt", "rte"]
    assert [child.tag.partition("}")[2] for child in root.findall("g:wpt", GPX)[1]] == ["time", "name", "desc"]


@pytest.mark.parametrize("typed", ["\x00\x0b\x1f", "\ud800", "\ufffe\uffff", "]]>", "😀 שלום", "<script>alert(1)</script>", "x" * 5_000])
def test_nothing_that_people_type_breaks_the_file(typed: str) -> None:
    root = ET.fromstring(write_gpx(Route(typed, AT, (RoutePoint(35.0, 139.0, typed, typed),))))
    kept = "".join(c for c in typed if c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")
    assert (root.findtext("g:wpt/g:name", None, GPX) or "") == kept


def test_a_day_without_stops_is_still_a_file() -> None:
    assert ET.fromstring(write_gpx(Route("", AT, ()))).findall("g:wpt", GPX) == []
