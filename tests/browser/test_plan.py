"""A day planned on a phone: one tap, a stop dragged by finger and by keys, a reload in the middle, a colleague's change on the screen."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from playwright.sync_api import FloatRect, Frame, Locator, Page, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.steps import until

STOP, NAME, GRIP = "ol.day li.stop", "ol.day li.stop .name", "ol.day li.stop .grip"
SOLVE, ACCEPT, SHEET = ".st-key-plan_solve button", ".st-key-plan_accept button", ".st-key-plan_sheet"
MANAGER = "manager@demo.example"
# A toast is gone after four seconds, which a busy machine may take to look: what they said is kept.
KEEP_TOASTS = """() => { window.toasts = []; new MutationObserver(() => {
  for (const toast of document.querySelectorAll("[data-testid=stToast]")) window.toasts.push(toast.innerText);
}).observe(document.body, { childList: true, subtree: true, characterData: true }); }"""


def working_day(number: int) -> str:
    """Return the `number`th working day from the day after tomorrow on, for which the demo has no plan."""
    days = (date.today() + timedelta(days=ahead) for ahead in range(2, 60))
    return [day for day in days if day.weekday() < 5][number].isoformat()


def open_day(page: Page, day: str) -> None:
    page.goto(f"/plan?day={day}")
    expect(page.locator("details.left, ol.day li.stop").first).to_be_visible()


def plan_day(page: Page, day: str) -> list[str]:
    """Plan a day and return the customers in order once the best plan is there."""
    open_day(page, day)
    if page.locator(STOP).count() == 0:
        page.locator(SOLVE).click()
    expect(page.locator(ACCEPT)).to_be_visible()
    expect(page.locator(STOP).first).to_be_visible()
    return names(page)


def names(page: Page) -> list[str]:
    return page.locator(NAME).all_inner_texts()


def map_of(page: Page) -> Frame:
    element = page.locator(".st-key-plan_map iframe").element_handle()
    frame = element.content_frame()
    assert frame is not None
    return frame


def numbered_pins(page: Page) -> int:
    return int(map_of(page).evaluate("Number(document.querySelector('#map_div')?.dataset.stops || 0)"))


def drag_with_finger(page: Page, grip: Locator, by: float) -> None:
    """Put a finger on the handle, move it down (or up) and lift it."""
    box = box_in_sight(grip)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = page.context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 21):
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": x, "y": y + by * step / 20}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def box_in_sight(element: Locator) -> FloatRect:
    """Scroll an element to the middle of the screen, where no bar lies over it, and return where it is."""
    element.evaluate("(found) => found.scrollIntoView({ block: 'center', behavior: 'instant' })")
    box = element.bounding_box()
    assert box is not None
    return box


def wait_until_still(page: Page) -> None:
    """Wait until the page no longer rolls on after a swipe."""
    position = "document.querySelector('[data-testid=stMain]').scrollTop"
    page.evaluate(
        f"() => new Promise((done) => {{ let last = -1; const look = () => {{ const now = {position}; "
        "if (now === last) done(); else { last = now; setTimeout(look, 150); } }; look(); })"
    )


def height_of_row(page: Page, number: int) -> float:
    box = page.locator(STOP).nth(number).bounding_box()
    assert box is not None
    return box["height"]


def test_one_tap_plans_the_day_and_a_reload_finds_it_as_it_was(open_page: OpenPage) -> None:
    page = open_page(PHONE, email="rep4@demo.example")
    planned = plan_day(page, working_day(0))
    assert len(planned) >= 3
    until(page, lambda: numbered_pins(page) == len(planned), what="a numbered pin for each stop")
    page.reload()
    expect(page.locator(STOP)).to_have_count(len(planned))
    assert names(page) == planned
    until(page, lambda: numbered_pins(page) == len(planned), what="the pins again")
    map_of(page).locator(".fs-stop-pin").last.tap(force=True)  # whichever of those that lie there is hit
    expect(page.locator("ol.day li.stop.selected")).to_have_count(1)
    page.locator(ACCEPT).tap()
    expect(page.locator(ACCEPT)).to_have_count(0)
    page.reload()
    expect(page.locator(".fs-plan-accepted")).to_be_visible()


def test_a_reload_in_the_middle_of_planning_loses_nothing(open_page: OpenPage) -> None:
    page = open_page(PHONE, email="rep4@demo.example")
    open_day(page, working_day(1))
    page.locator(SOLVE).tap()
    expect(page.locator(f"[data-test-script-state=running], {STOP}").first).to_be_attached()  # the server has heard of it
    page.reload()
    expect(page.locator(STOP).first).to_be_visible()
    expect(page.locator(ACCEPT)).to_be_visible()


def test_a_stop_is_dragged_with_a_finger_and_its_times_follow(open_page: OpenPage) -> None:
    page = open_page(PHONE, email="rep4@demo.example")
    planned = plan_day(page, working_day(2))
    by = height_of_row(page, 1) + 10
    drag_with_finger(page, page.locator(GRIP).first, by)
    moved = [planned[1], planned[0], *planned[2:]]
    until(page, lambda: names(page) == moved, what="the stop in its new place")
    expect(page.locator("ol.day.checking")).to_have_count(0)
    times = page.locator(f"{STOP} .time b").all_inner_texts()
    assert times == sorted(times)
    page.reload()
    expect(page.locator(STOP)).to_have_count(len(planned))
    assert names(page) == moved


def test_a_row_held_still_can_be_dragged_and_one_that_is_swiped_scrolls_the_page(open_page: OpenPage) -> None:
    page = open_page(PHONE, email="rep4@demo.example")
    planned = plan_day(page, working_day(2))
    row = page.locator(f"{STOP} .open").nth(1)
    box = box_in_sight(row)
    touch = page.context.new_cdp_session(page)
    at = {"x": box["x"] + 150, "y": box["y"] + 20}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    for step in range(1, 11):
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [{"x": at["x"], "y": at["y"] - 12 * step}]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert names(page) == planned
    wait_until_still(page)
    box = box_in_sight(row)
    at = {"x": box["x"] + 150, "y": box["y"] + 20}
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [at]})
    expect(page.locator("ol.day li.held")).to_have_count(1)
    for step in range(1, 21):
        up = {"x": at["x"], "y": at["y"] - (height_of_row(page, 0) + 30) * step / 20}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [up]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    moved = [planned[1], planned[0], *planned[2:]]
    until(page, lambda: names(page) == moved, what="the held row in its new place")
    expect(page.locator(SHEET)).to_have_count(0)


def test_arrows_move_a_stop_and_the_handle_keeps_the_focus(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, email="rep4@demo.example", locale="en-US")
    planned = plan_day(page, working_day(3))
    page.locator(GRIP).nth(1).focus()
    page.keyboard.press("ArrowUp")
    moved = [planned[1], planned[0], *planned[2:]]
    until(page, lambda: names(page) == moved, what="the stop one place earlier")
    expect(page.locator(".live")).to_have_text(f"{planned[1]} is now number 1")
    expect(page.locator("ol.day.checking")).to_have_count(0)
    page.keyboard.press("ArrowDown")
    until(page, lambda: names(page) == planned, what="the stop back in its place")
    page.locator("button.mode").click()
    down = page.locator(f"{STOP} .down").first
    expect(down).to_be_visible()
    box = until(page, down.bounding_box, what="the arrow's place")
    assert min(box["width"], box["height"]) >= 44
    down.click()
    until(page, lambda: names(page) == moved, what="the stop one place later")


def test_the_other_sees_a_change_within_seconds_and_an_open_sheet_stays_open(open_page: OpenPage) -> None:
    page, other = open_page(PHONE, email="rep4@demo.example"), open_page(DESKTOP, email=MANAGER)
    planned = plan_day(page, working_day(4))
    page.locator(".st-key-plan_tool_rules button").tap()
    expect(page.locator(SHEET)).to_be_visible()
    page.locator(".st-key-plan_pause_add button").tap()
    expect(page.locator("[class*=st-key-plan_pause_1] input").first).to_be_visible()
    other.goto(f"/plan?plan={page.locator('ol.day').get_attribute('data-plan')}")
    expect(other.locator(STOP)).to_have_count(len(planned))
    page.evaluate(KEEP_TOASTS)
    other.locator(f"{STOP} .open").last.click()
    other.locator(".st-key-plan_stop_remove button").click()
    expect(other.locator(STOP)).to_have_count(len(planned) - 1)
    expect(page.locator(STOP)).to_have_count(len(planned) - 1)
    until(page, lambda: any(planned[-1] in said for said in page.evaluate("window.toasts")), what="the colleague's change said")
    expect(page.locator(SHEET)).to_be_visible()
    expect(page.locator("[class*=st-key-plan_pause_1] input").first).to_be_visible()


@pytest.mark.parametrize("width", [360, 390])
def test_nothing_scrolls_sideways_and_everything_can_be_hit(open_page: OpenPage, width: int) -> None:
    page = open_page({**PHONE, "viewport": {"width": width, "height": 800}}, email="rep4@demo.example")
    plan_day(page, working_day(5))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for selector in (f"{STOP} .open", GRIP, ".st-key-plan_tools button", ".st-key-plan_primary button", ".st-key-plan_head button"):
        box = page.locator(selector).first.bounding_box()
        assert box is not None
        assert min(box["width"], box["height"]) >= 44, selector
