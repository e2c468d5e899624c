"""Drawing on a map with finger or mouse, as the tests do it."""

from __future__ import annotations

import math

from playwright.sync_api import CDPSession, Frame, Page

from tests.browser.steps import MAP, map_frame

ACT = "/team?view=customers"


def open_lasso(page: Page) -> Frame:
    page.goto(ACT)
    frame = map_frame(page)
    frame.wait_for_selector(".fs-tool-draw")
    return frame


def circle(frame: Frame, *, share: float = 0.42, corners: int = 40) -> list[tuple[float, float]]:
    """Return the places on the screen of a stroke around the middle of the map."""
    box = frame.locator(MAP).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    radius = share * min(box["width"], box["height"])
    angles = [2 * math.pi * corner / corners for corner in range(corners + 1)]
    return [(x + radius * math.cos(angle), y + radius * math.sin(angle)) for angle in angles]


def draw_with_mouse(page: Page, places: list[tuple[float, float]]) -> None:
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)
    page.mouse.up()


def draw_with_finger(page: Page, places: list[tuple[float, float]]) -> None:
    session: CDPSession = page.context.new_cdp_session(page)

    def touch(kind: str, *at: tuple[float, float]) -> None:
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in at]})

    touch("touchStart", places[0])
    for place in places[1:]:
        touch("touchMove", place)
    touch("touchEnd")


def rings(frame: Frame) -> int:
    return int(frame.evaluate("() => Number(document.querySelector('#map_div').dataset.rings)"))


def centre(frame: Frame) -> list[float]:
    found: list[float] = frame.evaluate("() => { const c = window.map.getCenter(); return [c.lat, c.lng] }")
    return found


def zoom_out(frame: Frame) -> None:
    """Look at so much that there are customers around the middle."""
    frame.evaluate("() => window.map.setZoom(window.map.getZoom() - 1, {animate: false})")
    map_frame(frame.page)
