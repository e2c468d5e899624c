"""Drawing around customers with finger and mouse: one stroke chooses, the map moves as ever between strokes, all of it is taken back."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.steps import MAP, map_frame, until
from tests.browser.strokes import centre, circle, draw_with_finger, draw_with_mouse, open_lasso, rings, zoom_out

ADMIN = "admin@demo.example"


def test_a_finger_draws_around_customers_and_they_are_counted(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=ADMIN, locale="en-US")
    frame = open_lasso(page)
    zoom_out(frame)
    before = centre(frame)
    frame.click(".fs-tool-draw")
    draw_with_finger(page, circle(frame))

    expect(page.get_by_text("customers chosen")).to_be_visible()
    until(page, lambda: rings(frame) == 1, what="the area on the map")
    assert centre(frame) == before, "the map moved under the stroke"
    assert page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollTop") == 0, "the page scrolled under the stroke"
    expect(page.locator(".st-key-bulk_preview button")).to_contain_text("Look at what would change")


def test_a_mouse_draws_several_areas_which_are_taken_back_one_by_one(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, email=ADMIN, locale="en-US")
    frame = open_lasso(page)
    zoom_out(frame)
    for number, share in enumerate((0.44, 0.2), start=1):
        frame.click(".fs-tool-draw")
        draw_with_mouse(page, circle(frame, share=share))
        until(page, lambda wanted=number: rings(frame) == wanted, what=f"{number} areas")  # type: ignore[misc]
    frame.click(".fs-tool-back")
    until(page, lambda: rings(frame) == 1, what="one area")
    frame.click(".fs-tool-clear")
    until(page, lambda: rings(frame) == 0, what="no area")
    expect(page.locator(".st-key-bulk_preview")).to_have_count(0)


def test_a_slip_of_the_finger_draws_nothing_and_escape_puts_the_pencil_away(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, email=ADMIN)
    frame = open_lasso(page)
    frame.click(".fs-tool-draw")
    draw_with_mouse(page, circle(frame, share=0.01, corners=6))
    assert rings(frame) == 0
    assert frame.locator(".fs-tool-draw").get_attribute("aria-pressed") == "true"
    frame.locator(".fs-tool-draw").press("Escape")
    assert frame.locator(".fs-tool-draw").get_attribute("aria-pressed") == "false"
    before = centre(frame)
    box = frame.locator(MAP).bounding_box()
    assert box is not None
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    draw_with_mouse(page, [middle, *((middle[0] + 12 * step, middle[1]) for step in range(1, 8))])
    until(page, lambda: centre(frame) != before, what="the map moves again")
    assert rings(frame) == 0


def test_areas_stay_when_one_looks_at_something_else_and_comes_back(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, email=ADMIN, locale="en-US")
    frame = open_lasso(page)
    zoom_out(frame)
    frame.click(".fs-tool-draw")
    draw_with_mouse(page, circle(frame))
    expect(page.get_by_text("customers chosen")).to_be_visible()
    page.locator(".st-key-bulk_by").get_by_text("By filter").click()
    expect(page.locator(".st-key-bulk_map")).to_have_count(0)
    page.locator(".st-key-bulk_by").get_by_text("Draw on the map").click()
    frame = map_frame(page)
    until(page, lambda: rings(frame) == 1, what="the area is there again")
