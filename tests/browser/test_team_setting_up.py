"""What a manager sets up: targets on the page and by file, territories, the balance of the work, reports that are read, deliveries."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.browser.conftest import PHONE, OpenPage, Record, log_in
from tests.browser.product import Product, serving
from tests.browser.steps import map_frame, until
from tests.browser.strokes import circle, draw_with_finger, rings
from tests.browser.test_team_acting import choose, owners_of, take_back
from tests.mail import Postbox, mail_server

MANAGER, REP = "manager@demo.example", "rep5@demo.example"
FAR_MONTH = "2031-05"  # without a target, and of no importance to any other test


def stored_targets(page: Page) -> list[dict[str, str]]:
    """Return the file of the month that is open on the page."""
    page.locator(".st-key-team_targets_csv button").click()
    with page.expect_download() as download:
        page.locator(".st-key-team_targets_csv_utf8 button").click()
    page.keyboard.press("Escape")
    return list(csv.DictReader(io.StringIO(download.value.path().read_text(encoding="utf-8-sig"))))


def as_file(rows: list[dict[str, str]]) -> FilePayload:
    made = io.StringIO()
    writer = csv.DictWriter(made, rows[0].keys())
    writer.writeheader()
    writer.writerows(rows)
    return {"name": "targets.csv", "mimeType": "text/csv", "buffer": made.getvalue().encode("utf-8-sig")}


def test_a_target_that_is_set_on_the_page_is_what_the_progress_is_held_against(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER, locale="en-US")
    page.goto(f"/team?targets={FAR_MONTH}")
    expect(page.locator(".st-key-team_filters"), "two rows that turn months would be one too many").to_be_hidden()
    person = page.locator("[class*=st-key-team_target_open_u]").filter(has_text="佐藤 健太")
    expect(person).to_contain_text("No target")
    person.locator("button").click()
    visits = page.locator("[data-testid=stForm] [class*=_visits] input").first
    visits.fill("37")
    page.locator("[class*=st-key-team_target_save_] button").click()
    expect(person).to_contain_text(" 37")

    page.goto(f"/team?period={FAR_MONTH}")
    expect(page.locator(".st-key-team_people")).to_contain_text("0 / 37")
    page.goto(f"/team?targets={FAR_MONTH}")
    person.locator("button").click()
    visits.fill("")
    page.locator("[class*=st-key-team_target_save_] button").click()
    expect(person).to_contain_text("No target")


def test_of_a_file_with_wrong_lines_each_is_refused_with_its_number_and_only_the_others_are_saved(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER, locale="en-US")
    page.goto(f"/team?targets={FAR_MONTH}")
    page.locator(".st-key-team_targets_file summary").click()
    rows = stored_targets(page)
    people = [row for row in rows if row["Month"] == FAR_MONTH and row["Name"]][:6]
    wrong = [{"Visits": "plenty"}, {"Visits": "-5"}, {"Name": "Nobody", "E-mail": "nobody@example.com"}, {"Month": "yesterday"}]
    lines = [row | mistake for row, mistake in zip(people, wrong, strict=False)]
    right = [people[4] | {"Visits": "41"}, people[5] | {"Month": "2031-06", "Orders": "3"}]
    page.locator(".st-key-team_targets_file input[type=file]").set_input_files(as_file([*lines, *right]))

    refused = page.locator(".fs-refused li")
    expect(refused).to_have_count(len(wrong))
    for number, words in enumerate(("“plenty”", "“-5”", "nobody@example.com", "“yesterday”")):
        expect(refused.nth(number)).to_contain_text(f"Line {number + 2}")
        expect(refused.nth(number)).to_contain_text(words.strip("“”"))
    cell = page.locator(".st-key-team_targets_file td").first
    assert cell.evaluate("e => getComputedStyle(e).fontWeight") == "400"
    page.locator(".st-key-team_targets_import button").click()
    expect(page.get_by_test_id("stToast")).to_contain_text("Targets saved.")

    now = {(row["Month"], row["E-mail"]): row for row in stored_targets(page)}
    assert [now[(FAR_MONTH, row["E-mail"])]["Visits"] for row in people] == ["", "", "", "", "41", ""]
    assert now[("2031-06", people[5]["E-mail"])]["Orders"] == "3"
    undone = [right[0] | {"Visits": "-"}, right[1] | {"Orders": "-"}]
    page.locator(".st-key-team_targets_file input[type=file]").set_input_files(as_file(undone))
    page.locator(".st-key-team_targets_import button").click()
    expect(page.locator(".fs-refused")).to_have_count(0)


def test_a_territory_is_drawn_with_a_finger_found_in_the_list_and_retired(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER, locale="en-US")
    page.goto("/team?view=territories")
    add = page.locator(".st-key-territory_add button")
    expect(add, "the way to a new one needs no scrolling").to_be_in_viewport(ratio=0.99)
    add.click()
    page.locator(".st-key-territory_typed_name input").fill("Finger’s width")
    page.locator(".st-key-territory_typed_name input").press("Enter")
    choose(page, "territory_typed_owner", "田中 翔")
    frame = map_frame(page)
    page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
    frame.locator(".fs-tool-draw").evaluate("e => e.click()")
    expect(page.locator(".st-key-territory_lasso iframe"), "the map to draw on comes into sight").to_be_in_viewport(ratio=0.99)
    draw_with_finger(page, circle(frame, share=0.3))
    until(page, lambda: rings(frame) == 1, what="the area on the map")
    page.locator(".st-key-territory_save button").click()

    row = page.locator("[class*=st-key-row_territory_]").filter(has_text="Finger’s width")
    expect(row).to_contain_text("田中 翔 · Drawn")
    row.locator("button").click()
    page.locator(".st-key-territory_retire button").click()
    expect(page.locator(".st-key-territory_retired")).to_contain_text("1 territory out of use")


def test_a_territory_by_postal_code_is_refused_until_it_can_be_read_and_says_with_whom_it_overlaps(open_page: OpenPage) -> None:
    page = open_page(PHONE, email=MANAGER)
    page.goto("/team?view=territories&territory=new")
    page.locator(".st-key-territory_typed_name input").fill("横浜港")
    page.locator(".st-key-territory_typed_kind button").nth(2).click()
    codes = page.locator(".st-key-territory_typed_codes textarea")
    for typed in ("231 abc", "２３１"):
        codes.fill(typed)
        codes.press("Control+Enter")
        page.locator(".st-key-territory_save button").click()
        if typed == "231 abc":
            expect(page.get_by_text("「abc」は郵便番号として読めません")).to_be_visible()
    page.locator(".st-key-territory_overlaps summary").click()
    expect(page.locator(".st-key-territory_overlaps")).to_contain_text("神奈川と横浜港")
    page.locator("[class*=st-key-row_territory_]").filter(has_text="横浜港").locator("button").click()
    page.locator(".st-key-territory_retire button").click()
    expect(page.locator(".st-key-territory_overlaps")).to_have_count(0)


def test_a_part_of_the_proposals_is_accepted_and_taken_back(open_page: OpenPage, product: Product) -> None:
    page = open_page(PHONE, email=MANAGER, locale="en-US")
    before = owners_of(product)
    page.goto("/team?view=territories")
    page.locator(".st-key-territory_balance summary").click()
    after = page.locator(".st-key-territory_balance th").filter(has_text="After the proposals").first
    after.scroll_into_view_if_needed()
    expect(after, "hours before and after stand side by side on a phone").to_be_in_viewport(ratio=0.99)
    proposals = page.locator("[class*=st-key-territory_move_]:not([class*=every]):not([class*=show])")
    expect(proposals.first).to_be_visible()
    count = proposals.count()
    proposals.first.locator("label").click()
    accept = page.locator(".st-key-territory_accept button")
    expect(accept).to_be_enabled()
    wanted = int(accept.inner_text().split("Hand over ")[1].split()[0])
    accept.click()
    expect(page.locator("[class*=st-key-undo_bar]")).to_contain_text("handed over")
    assert len([1 for old, new in zip(before, owners_of(product), strict=True) if old != new]) == wanted
    expect(proposals).not_to_have_count(count)
    take_back(page)
    until(page, lambda: owners_of(product) == before, what="everybody as before")


def test_a_report_is_handed_in_read_commented_confirmed_and_its_author_sees_it(open_page: OpenPage) -> None:
    rep, manager = open_page(PHONE, email=REP), open_page(PHONE, email=MANAGER)
    rep.goto("/reports")
    rep.locator(".st-key-report_comment textarea").fill("午後の商談は来週に延期。")
    rep.locator(".st-key-report_submit button").click()
    expect(rep.get_by_test_id("stToast")).to_be_visible()

    manager.goto("/reports")
    manager.locator("[class*=st-key-report] button").filter(has_text="伊藤 彩").first.click()  # the newest
    expect(manager.get_by_text("午後の商談は来週に延期。")).to_be_visible()
    manager.locator(".st-key-report_answer textarea").fill("来週の商談に同行します。")
    manager.locator(".st-key-report_send button").click()
    expect(manager.locator(".fs-report-talk")).to_contain_text("来週の商談に同行します。")
    manager.locator(".st-key-report_confirm button").click()
    expect(manager.locator(".st-key-report_unconfirm")).to_be_visible()

    rep.reload()
    expect(rep.locator(".fs-report-talk")).to_contain_text("小林 真由美")
    expect(rep.locator(".fs-report-talk")).to_contain_text("来週の商談に同行します。")
    expect(rep.get_by_text("小林 真由美さんが確認済み")).to_be_visible()


def test_a_summary_is_sent_by_mail_and_into_the_folder_says_who_was_refused_and_is_stopped_and_set_up_again(
    browser: Browser, record: Record, tmp_path: Path
) -> None:
    postbox, folder = Postbox(), tmp_path / "reports"
    postbox.refused.add("gone@example.com")
    folder.mkdir()
    with mail_server(postbox) as port:
        ways = {
            "FIELDSALES_SMTP_URL": f"smtp://127.0.0.1:{port}",
            "FIELDSALES_MAIL_FROM": "fieldsales@example.com",
            "FIELDSALES_REPORTS_DIR": str(folder),
        }
        with serving(tmp_path / "data", customers=40, **ways) as product:
            context = browser.new_context(**PHONE, locale="en-US", timezone_id="Asia/Tokyo", base_url=product.base)
            page = context.new_page()
            record.watch(page)
            log_in(page, MANAGER)
            page.goto("/team?view=summary")
            page.locator(".st-key-team_summary_deliveries summary").click()
            page.locator(".st-key-team_delivery_add button").click()
            addresses, save = page.locator(".st-key-delivery_typed_new_to textarea"), page.locator(".st-key-team_delivery_save button")
            save.click()
            expect(page.get_by_text("Choose the folder, or enter at least one e-mail address.")).to_be_visible()
            addresses.fill("boss@example.com\ngone@example.com")
            addresses.press("Control+Enter")
            page.locator(".st-key-delivery_typed_new_folder label").click()
            save.click()
            delivery = page.locator("[class*=st-key-team_delivery_]").filter(has_text="boss@").first
            expect(delivery).to_contain_text("Not sent yet")
            page.locator("[class*=st-key-team_delivery_send_] button").click()
            expect(page.get_by_test_id("stToast").filter(has_text="within a minute")).to_be_visible()

            assert postbox.arrived.wait(timeout=90), "no mail within a minute and a half"
            assert {address for address, _ in postbox.mails} == {"boss@example.com"}
            until(page, lambda: list(folder.glob("*.pdf")), what="the file in the folder")
            page.reload()
            page.locator(".st-key-team_summary_deliveries summary").click()
            expect(page.locator(".st-key-team_deliveries [data-testid=stAlert]")).to_contain_text("550")

            page.locator("[class*=st-key-team_delivery_stop_] button").click()
            expect(page.locator("[class*=st-key-team_delivery_stop_]")).to_have_count(0)
            page.locator(".st-key-undo_record button").click()
            expect(page.locator(".st-key-team_deliveries")).to_contain_text("boss@")
            context.close()
