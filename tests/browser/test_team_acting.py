"""What a manager changes for many customers at once: drawn around or filtered, looked at, done, taken back, by two at the same time."""

from __future__ import annotations

import csv
import io
import sqlite3
from contextlib import closing

from playwright.sync_api import Page, expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage
from tests.browser.product import Product
from tests.browser.steps import features, until
from tests.browser.strokes import ACT, circle, draw_with_finger, open_lasso, zoom_out

MANAGER, ADMIN = "manager@demo.example", "admin@demo.example"
TAKER, OTHER_TAKER = "伊藤 彩", "田中 翔"
Owners = list[tuple[int, int | None, int | None]]


def owners_of(product: Product) -> Owners:
    """Return whose each customer is, as it is stored."""
    with closing(sqlite3.connect(product.data_dir / "fieldsales.sqlite3")) as connection:
        return connection.execute("SELECT id, owner_id, team_id FROM customers ORDER BY id").fetchall()


def choose(page: Page, key: str, name: str) -> None:
    """Choose a name in a select box."""
    box, option = page.locator(f".st-key-{key} [role=combobox]"), page.get_by_role("option", name=name)

    def opened() -> bool:
        if not option.is_visible():  # what is drawn anew closes a list that has just been opened: a person taps again
            box.click()
            option.wait_for(timeout=2_000)
        return True

    until(page, opened, what=f"{name} among those to choose from")
    option.click()
    expect(box).to_have_value(name)


def keep_only(page: Page, words: str) -> int:
    """Switch off every likelihood but one, and return how many customers have it."""
    groups = page.locator(".st-key-bulk_likelihoods button")
    expect(groups.first).to_be_visible()
    for label in [label for label in groups.all_inner_texts() if not label.startswith(words)]:
        groups.filter(has_text=label).click()
        expect(groups.filter(has_text=label)).to_have_attribute("aria-pressed", "false")
    count = int(groups.filter(has_text=words).inner_text().split()[-1])
    expect(page.get_by_text(f"{count} customers chosen")).to_be_visible()
    return count


def look(page: Page) -> None:
    page.locator(".st-key-bulk_preview button").click()
    expect(page.locator(".st-key-bulk_preview_card")).to_be_visible()


def take_back(page: Page) -> None:
    page.locator(".st-key-undo_record button").click()
    expect(page.locator("[class*=st-key-undo_bar]")).to_have_count(0)


def test_who_was_drawn_around_goes_to_somebody_else_and_comes_back_from_the_history_after_a_reload(
    open_page: OpenPage, product: Product
) -> None:
    page = open_page(PHONE, email=MANAGER, locale="en-US")
    before = owners_of(product)
    frame = open_lasso(page)
    zoom_out(frame)
    frame.click(".fs-tool-draw")
    draw_with_finger(page, circle(frame))
    expect(page.get_by_text("customers chosen")).to_be_visible()
    switches = page.locator(".st-key-bulk_owners [data-testid=stButtonGroup]")
    assert switches.evaluate("e => e.scrollHeight <= e.clientHeight"), "an owner's switch is cut off"
    expect(page.locator(".st-key-bulk_preview button"), "nobody has said who is to get them").to_be_disabled()

    keep_only(page, "B")
    page.locator(".st-key-bulk_listed summary").click()
    page.locator("[class*=st-key-bulk_tick_] label").first.click()
    expect(page.get_by_text("unticked")).to_be_visible()
    choose(page, "bulk_owner", TAKER)
    look(page)
    for part in (".st-key-bulk_preview_card", ".st-key-bulk_apply button"):
        expect(page.locator(part), "what would change and the tap that does it are seen together").to_be_in_viewport(ratio=0.99)
    assert owners_of(product) == before

    page.locator(".st-key-bulk_apply button").click()
    expect(page.locator("[class*=st-key-undo_bar]")).to_contain_text("changed.")
    changed = [new for old, new in zip(before, owners_of(product), strict=True) if old != new]
    assert changed
    assert len({owner for _, owner, _ in changed}) == 1

    page.goto(f"{ACT}&by=history")
    newest = page.locator("[class*=st-key-bulk_done_]").first
    expect(newest).to_contain_text(f"New owner: {TAKER} · {len(changed)} customers")
    newest.get_by_role("button", name="Undo").click()
    expect(newest).to_contain_text("Undone")
    assert owners_of(product) == before


def test_of_two_managers_at_the_same_customers_the_second_is_told_and_each_takes_back_their_own(
    open_page: OpenPage, product: Product
) -> None:
    first, second = open_page(DESKTOP, email=ADMIN, locale="en-US"), open_page(PHONE, email=MANAGER, locale="en-US")
    before = owners_of(product)
    for page, taker in ((first, OTHER_TAKER), (second, TAKER)):
        page.goto(f"{ACT}&by=filter")
        keep_only(page, "Lost")
        choose(page, "bulk_owner", taker)
        look(page)
    first.locator(".st-key-bulk_apply button").click()
    expect(first.locator("[class*=st-key-undo_bar]")).to_contain_text("changed.")
    done = owners_of(product)

    second.locator(".st-key-bulk_apply button").click()
    expect(second.get_by_text("of these customers after your preview. Nothing was done yet")).to_be_visible()
    assert owners_of(product) == done
    second.locator(".st-key-bulk_apply button").click()
    expect(second.locator("[class*=st-key-undo_bar]")).to_contain_text("changed.")

    # Each takes back what they did, the later one first.
    take_back(second)
    until(second, lambda: owners_of(product) == done, what="what the first one did")
    first.goto(f"{ACT}&by=history")
    first.locator("[class*=st-key-bulk_done_]").filter(has_text=f"New owner: {OTHER_TAKER}").first.get_by_role(
        "button", name="Undo"
    ).click()
    expect(first.get_by_test_id("stToast")).to_contain_text("Taken back.")
    assert owners_of(product) == before


def test_a_line_that_crosses_itself_is_understood_and_an_empty_area_says_so(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER)
    frame = open_lasso(page)
    zoom_out(frame)
    places = circle(frame)
    half = len(places) // 2
    frame.click(".fs-tool-draw")
    draw_with_finger(page, [*places[:half], *reversed(places[half:-1]), places[0]])
    expect(page.get_by_text("線が交差しています。")).to_be_visible()
    expect(page.get_by_text("件を選択中")).to_be_visible()
    frame.click(".fs-tool-clear")
    expect(page.get_by_text("件を選択中")).to_have_count(0)
    frame.evaluate("() => window.map.setView([20, 160], 8, {animate: false})")  # the open sea
    until(page, lambda: frame.evaluate("() => document.querySelector('#map_div').dataset.loading === '0'"), what="the sea")
    frame.click(".fs-tool-draw")
    draw_with_finger(page, circle(frame))
    expect(page.get_by_text("この範囲に対象の顧客はありません。")).to_be_visible()


def test_the_map_to_draw_on_shows_only_the_customers_that_the_filter_leaves(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER, locale="en-US")
    page.goto(ACT)
    with page.expect_response(lambda answer: "/api/map/features" in answer.url and "area=" in answer.url) as asked:
        page.goto(f"{ACT}&area=香川県高松市")
    assert asked.value.ok
    wanted = features(page, area="香川県高松市")
    everybody = features(page)
    count = sum(found["properties"].get("count", 1) for found in wanted)
    assert 0 < count < sum(found["properties"].get("count", 1) for found in everybody)
    page.goto(f"{ACT}&by=filter&area=香川県高松市")
    expect(page.get_by_text(f"{count} customers chosen")).to_be_visible()


def test_customers_that_a_rep_may_not_see_are_refused_in_one_look_not_listed_by_the_hundred(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER, locale="en-US")
    page.goto(f"{ACT}&by=filter")
    page.locator(".st-key-bulk_what button").filter(has_text="Add to plan").click()
    choose(page, "bulk_plan_who", "佐藤 健太")
    page.locator(".st-key-bulk_plan_day button").nth(5).click()
    page.locator(".st-key-bulk_add_to_plan button").click()
    refusal = page.get_by_test_id("stAlert").filter(has_text="may not see these customers")
    expect(refusal).to_be_in_viewport(ratio=0.99)
    expect(refusal).to_contain_text("…")


def test_the_chosen_customers_come_as_a_file_and_no_others(open_page: OpenPage) -> None:
    page = open_page(DESKTOP, email=MANAGER, locale="en-US")
    page.goto(f"{ACT}&by=filter")
    count = keep_only(page, "Lost")
    page.locator(".st-key-bulk_what button").filter(has_text="Export").click()
    with page.expect_download() as download:
        page.locator(".st-key-bulk_csv button").click()
    rows = list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))
    assert len(rows) == count
    assert len({row["Likelihood"] for row in rows}) == 1


def test_somebody_who_left_is_handed_over_by_risk_and_the_first_calls_become_a_planned_day(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER, locale="en-US")
    page.goto(f"{ACT}&by=handover")
    page.locator(".st-key-handover_who [role=combobox]").click()
    page.get_by_role("option").filter(has_text="(left)").click()
    rows = page.locator("[class*=st-key-handover_row_]")
    expect(rows.first).to_contain_text("High risk")
    names = []
    for number in (0, 1):
        rows.nth(number).locator("label").click()
        names.append(rows.nth(number).locator("a strong").inner_text())
    choose(page, "handover_to", "渡辺 大輔")
    page.locator(".st-key-handover_day button").last.click()
    page.locator(".st-key-handover_plan button").click()
    page.wait_for_url("**/plan?**")
    for name in names:
        expect(page.get_by_text(name).first).to_be_visible()
