"""What a person does with the map, said once: look for a customer, tap it, see what the card and the pin say."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image
from playwright.sync_api import Error, Frame, Locator, Page

MAP = "#map_div"
DRAWN = "() => { const d = document.querySelector('#map_div')?.dataset; return !!d && Number(d.features) > 0 && d.loading === '0' }"
CARD = ".st-key-customer_card"
Feature = dict[str, Any]
BBOX_OF_JAPAN = "122,24,146,46"


def until(page: Page, question: Callable[[], Any], *, what: str, limit_s: float = 30) -> Any:
    """Ask `question` again and again until its answer is true, and return it; an element that is being replaced counts as not yet."""
    end = time.monotonic() + limit_s
    while True:
        try:
            answer = question()
        except Error:
            answer = None
        if answer:
            return answer
        assert time.monotonic() < end, f"not within {limit_s:.0f} s: {what}"
        page.wait_for_timeout(50)


def map_frame(page: Page) -> Frame:
    """Return the map's frame once pins are drawn and nothing is being fetched."""

    def ready() -> Frame | None:
        frame = next((frame for frame in page.frames if "streamlit_folium" in frame.url), None)
        return frame if frame is not None and frame.evaluate(DRAWN) else None

    found: Frame = until(page, ready, what="pins on the map")
    return found


def features(page: Page, *, bbox: str = BBOX_OF_JAPAN, zoom: int = 18, **parameters: str) -> list[Feature]:
    """Return what the map would draw, from the same address, as the person who is logged in on `page`."""
    answer = page.request.get("/api/map/features", params={"bbox": bbox, "zoom": zoom, **parameters})
    assert answer.ok, answer.text()
    return list(json.loads(answer.text())["features"])


def customers_around(page: Page, feature: Feature) -> list[Feature]:
    """Return the customers near a cluster or customer, as drawn when one looks closely."""
    lon, lat = feature["geometry"]["coordinates"]
    near = features(page, bbox=f"{lon - 0.02},{lat - 0.02},{lon + 0.02},{lat + 0.02}")
    return [found for found in near if found["properties"]["kind"] == "customer"]


def lone_customer(page: Page, fits: Callable[[Feature], bool]) -> Feature:
    """Return a customer that fits and has no neighbour that would be drawn over it."""
    for seen in features(page, zoom=9):
        near = customers_around(page, seen)
        for found in near:
            if fits(found) and not any(_close(found, other) for other in near if other is not found):
                return found
    raise AssertionError("no such customer on the map")


def _close(one: Feature, other: Feature) -> bool:
    (lon1, lat1), (lon2, lat2) = one["geometry"]["coordinates"], other["geometry"]["coordinates"]
    return abs(lon1 - lon2) < 0.0006 and abs(lat1 - lat2) < 0.0006


def point_of(frame: Frame, feature: Feature) -> tuple[float, float]:
    """Move the map there, closely, wait until it is drawn, and return the place on the screen."""
    lon, lat = feature["geometry"]["coordinates"]
    frame.evaluate("(place) => window.map.setView(place, 18, {animate: false})", [lat, lon])
    map_frame(frame.page)
    box = frame.locator(MAP).bounding_box()
    assert box is not None
    at = frame.evaluate("(place) => { const p = window.map.latLngToContainerPoint(place); return [p.x, p.y]; }", [lat, lon])
    return box["x"] + at[0], box["y"] + at[1]


def tap_customer(page: Page, feature: Feature) -> Locator:
    """Tap (or click) a customer's pin and return its card."""
    x, y = point_of(map_frame(page), feature)
    card, name = page.locator(CARD), without_controls(feature["properties"]["name"])[:20]

    def shown() -> bool:
        return card.count() > 0 and name in without_controls(card.inner_text(timeout=500))

    # The frame may still be waiting for the first look of the map to be drawn: a person would tap again.
    for _attempt in range(3):
        if page.evaluate("() => matchMedia('(pointer: coarse)').matches"):
            page.touchscreen.tap(x, y)
        else:
            page.mouse.click(x, y)
        try:
            until(page, shown, what="the card", limit_s=8)
            return card
        except AssertionError:
            continue
    raise AssertionError(f"no card after tapping {feature['properties']['name']}")


def without_controls(text: str) -> str:
    """Return the text without the invisible characters that set directions or hold words together."""
    return re.sub("[\u202a-\u202e\u2060-\u2069]", "", text)


def share_of_colour(page: Page, at: tuple[float, float], colour: str, *, around: int = 12) -> float:
    """Return how much of the square around a point on the screen has about this colour (#rrggbb), 0 to 1."""
    clip = {"x": at[0] - around, "y": at[1] - around, "width": 2 * around, "height": 2 * around}
    picture = np.asarray(Image.open(io.BytesIO(page.screenshot(clip=clip))).convert("RGB"), dtype=int)  # type: ignore[arg-type]
    wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
    return float((np.abs(picture - wanted) <= 12).all(axis=2).mean())
