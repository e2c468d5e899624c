"""Three taps from a pin or from the today page to a saved visit, counted in a browser; and nothing typed is lost on the way."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.steps import CARD, Feature, lone_customer, map_frame, point_of, until

MOST_TAPS = 3
CONFIRMED = "[class*=st-key-undo_bar]"
NOTE = ".st-key-visit_note textarea"
STORED = ".st-key-visit_note [role=status]"
COUNT_TAPS = "addEventListener('pointerdown', (event) => { if (event.isTrusted) window.countTap(); }, true);"


def counting_taps(page: Page) -> Callable[[], int]:
    """Count from now on every touch of this page and its frames, and return the function that says how many there were."""
    taps: list[str] = []
    page.context.expose_binding("countTap", lambda source: taps.append(source["frame"].url))
    page.context.add_init_script(COUNT_TAPS)
    return lambda: len(taps)


def open_deal(feature: Feature) -> bool:
    return feature["properties"]["likelihood"] in "ABCD"


def tap_pin(page: Page, customer: Feature) -> Locator:
    """Touch the pin once and return the card."""
    x, y = point_of(map_frame(page), customer)
    page.wait_for_timeout(500)  # as a person who looks before they touch: the map has just been moved under them
    page.touchscreen.tap(x, y)
    card = page.locator(CARD)
    expect(card.locator(".st-key-log_visit button")).to_be_visible()
    return card


def height_of(button: Locator) -> float:
    box = button.bounding_box()
    assert box is not None
    return box["height"]


def open_sheet(page: Page, customer: Feature) -> Locator:
    """Open the form of a customer over a quiet screen and return its note, ready to be typed into."""
    page.goto(f"/account?visit=new&visit_of={customer['properties']['id']}")
    note = page.locator(NOTE)
    expect(note).to_be_visible()
    return note


def throw_away(page: Page) -> None:
    page.locator(".st-key-discard_visit button").tap()
    expect(page.locator(CONFIRMED)).to_be_visible()


def test_from_a_pin_to_a_saved_visit_in_three_taps(open_page: OpenPage) -> None:
    page = open_page(PHONE, locale="ja-JP", email="rep4@demo.example")
    taps = counting_taps(page)
    page.goto("/map")
    map_frame(page)
    card = tap_pin(page, lone_customer(page, open_deal))
    card.locator(".st-key-log_visit button").tap()
    save = card.locator(".st-key-save_visit button")
    expect(save).to_be_in_viewport(ratio=0.99)
    save.tap()
    expect(page.locator(CONFIRMED)).to_be_visible()
    assert 0 < taps() <= MOST_TAPS


def test_from_the_today_page_to_a_saved_visit_in_two_taps(open_page: OpenPage) -> None:
    page = open_page(PHONE, locale="ja-JP", email="rep4@demo.example")
    taps = counting_taps(page)
    page.goto("/today")
    page.locator(".st-key-log_visit button").tap()
    page.locator(".st-key-save_visit button").tap()
    expect(page.locator(CONFIRMED)).to_be_visible()
    assert 0 < taps() <= MOST_TAPS - 1


def test_every_key_of_the_form_is_big_enough_for_a_thumb(open_page: OpenPage) -> None:
    page = open_page(PHONE, locale="ja-JP", email="rep4@demo.example")
    page.goto("/map")
    open_sheet(page, lone_customer(page, open_deal))
    for row in ("visit_outcome", "visit_likelihood", "visit_next", "visit_extras", "visit_buttons"):
        buttons = page.locator(f".st-key-{row} button").all()
        assert buttons
        assert min(height_of(button) for button in buttons) >= 44, row
    first = page.locator(".st-key-visit_outcome button").first.bounding_box()
    assert first is not None
    assert first["y"] > PHONE["viewport"]["height"] / 3  # the whole form lies in the lower two thirds


def test_a_note_typed_on_a_phone_that_dies_is_there_on_another(open_page: OpenPage) -> None:
    page = open_page(PHONE, locale="ja-JP", email="rep5@demo.example")
    page.goto("/map")
    customer = lone_customer(page, open_deal)
    note = open_sheet(page, customer)
    note.press_sequentially("部長と面談。")
    note.press_sequentially("来週までに見積。", delay=40)  # the runs that store it must not disturb who types
    expect(note).to_have_value("部長と面談。来週までに見積。")
    expect(page.locator(STORED)).not_to_be_empty()
    page.context.close()
    other = open_page(PHONE, locale="ja-JP", email="rep5@demo.example")
    expect(open_sheet(other, customer)).to_have_value("部長と面談。来週までに見積。")
    throw_away(other)


def test_what_was_not_sent_yet_survives_a_reload_and_leaves_the_phone_once_it_is_stored(open_page: OpenPage) -> None:
    page = open_page(PHONE, locale="en-US", email="rep5@demo.example")
    page.goto("/map")
    customer = lone_customer(page, open_deal)
    note = open_sheet(page, customer)
    kept = "() => Object.keys(localStorage).filter((key) => key.startsWith('fieldsales.note.')).length"
    page.evaluate("() => { const send = WebSocket.prototype.send; WebSocket.prototype.send = function () { void send; }; }")  # no signal
    note.press_sequentially("Typed without signal")
    assert page.evaluate(kept) == 1
    page.reload()
    expect(page.locator(NOTE)).to_have_value("Typed without signal")
    expect(page.locator(STORED)).not_to_be_empty()
    until(page, lambda: page.evaluate(kept) == 0, what="no copy on the phone any more")
    throw_away(page)


def test_a_word_that_is_being_converted_is_not_sent_half_done(open_page: OpenPage) -> None:
    page = open_page(PHONE, locale="ja-JP", email="rep5@demo.example")
    page.goto("/map")
    note = open_sheet(page, lone_customer(page, open_deal))
    note.focus()
    input_method = page.context.new_cdp_session(page)
    input_method.send("Input.imeSetComposition", {"text": "めんだ", "selectionStart": 3, "selectionEnd": 3})
    page.wait_for_timeout(1500)  # longer than the pause after which a finished text is sent
    expect(note).to_have_value("めんだ")
    expect(page.locator(STORED)).to_be_empty()
    input_method.send("Input.insertText", {"text": "面談"})
    expect(note).to_have_value("面談")
    expect(page.locator(STORED)).not_to_be_empty()
    throw_away(page)


def test_a_tap_on_save_takes_the_last_letter_with_it(open_page: OpenPage) -> None:
    page = open_page(PHONE, locale="en-US", email="rep5@demo.example")
    page.goto("/map")
    map_frame(page)
    card = tap_pin(page, lone_customer(page, open_deal))
    card.locator(".st-key-log_visit button").tap()
    page.locator(NOTE).press_sequentially("To the very last letter")
    card.locator(".st-key-save_visit button").tap()
    expect(page.locator(CONFIRMED)).to_be_visible()
    expect(card.get_by_text("To the very last letter").first).to_be_visible()
