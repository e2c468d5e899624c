"""Routes as GPX 1.1, which bicycle computers, hand-held receivers and map programs read."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import UTC, datetime

from fieldsales.domain.routes import Route, RoutePoint

_NAMESPACE = "http://www.topografix.com/GPX/1/1"
_SCHEMA = f"{_NAMESPACE} http://www.topografix.com/GPX/1/1/gpx.xsd"


def write_gpx(route: Route) -> bytes:
    """Return the route as a file: every point as a waypoint, and all of them in order as a route."""
    gpx = ET.Element(
        "gpx",
        {
            "version": "1.1",
            "creator": "FieldSales",
            "xmlns": _NAMESPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": _SCHEMA,
        },
    )
    metadata = ET.SubElement(gpx, "metadata")
    _add(metadata, "name", route.name)
    _add(metadata, "time", _written(route.changed_at))
    for point in route.points:
        _point(gpx, "wpt", point)
    line = ET.SubElement(gpx, "rte")
    _add(line, "name", route.name)
    for point in route.points:
        _point(line, "rtept", point)
    ET.indent(gpx)
    return bytes(ET.tostring(gpx, encoding="utf-8", xml_declaration=True))


def _point(parent: ET.Element, tag: str, point: RoutePoint) -> None:
    """Add a point; its parts stand in the order that the schema prescribes."""
    element = ET.SubElement(parent, tag, {"lat": f"{point.lat:.7f}", "lon": f"{point.lon:.7f}"})
    if point.at is not None:
        _add(element, "time", _written(point.at))
    _add(element, "name", point.name)
    if point.details:
        _add(element, "desc", point.details)


def _add(parent: ET.Element, tag: str, text: str) -> None:
    ET.SubElement(parent, tag).text = "".join(c for c in text if _may_stand(c))


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _may_stand(character: str) -> bool:
    """True for what XML 1.0 may hold: no controls, no halves of a surrogate pair, no noncharacters."""
    code = ord(character)
    return character in "\t\n" or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
