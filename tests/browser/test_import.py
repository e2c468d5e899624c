"""A list as Japanese Excel writes it, through the page: file, columns, result, and the rows that did not fit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PHONE, OpenPage
from tests.browser.product import Product
from tests.browser.steps import until

ADMIN = "admin@demo.example"
HEADINGS = "顧客コード,顧客名,フリガナ,郵便番号,住所,電話番号,受注確度,金額,担当者,緯度,経度,業種"
LIST = [
    "0007,㈱髙﨑商店,タカサキショウテン,760-0017,香川県高松市番町1-8-15,087-839-2011,A,\"1,200,000円\",,,,食品①",
    "0008,有限会社 丸亀うどん,マルガメウドン,,香川県丸亀市大手町2-4-21,0877-23-2111,70%,,,,,飲食",
    "0009,〜なみの波工房〜,ナミノナミコウボウ,,香川県坂出市室町2-3-5,,C,,,,,工芸",
    "0010,座標つき商会,ザヒョウツキショウカイ,,,,D,,,34.35,134.05,卸",
    "0011,住所なし商会,ジュウショナシショウカイ,,,,,,,,,卸",
    "0012,,ナマエナシ,,香川県高松市番町2-1,,A,,,,,卸",
]  # fmt: skip
WRONG = {
    "empty.csv": b"",
    "picture.csv": bytes(range(256)) * 64,
    "headings.csv": (HEADINGS + "\r\n").encode("cp932"),
    "broken.xlsx": b"PK\x03\x04",
}


@pytest.fixture
def excel_list(tmp_path: Path) -> Path:
    """Six rows in Shift_JIS: four with a place, one without an address, one without a name."""
    path = tmp_path / "顧客一覧.csv"
    path.write_bytes("\r\n".join([HEADINGS, *LIST, ""]).encode("cp932"))
    return path


def numbers(container: Locator, count: int) -> list[int]:
    """Return the `count` numbers that a row of figures shows, in order, once they are all there."""
    figures = container.locator("[data-testid=stMetricValue]")

    def all_of_them() -> list[str] | None:
        texts = figures.all_inner_texts()  # fewer while they are being drawn anew
        return texts if len(texts) == count and all(texts) else None

    return [int(text.replace(",", "")) for text in until(container.page, all_of_them, what=f"{count} figures")]


def bring(page: Page, path: Path) -> None:
    page.goto("/import")
    page.locator("[class*=st-key-import_file_] input[type=file]").set_input_files(path)


def test_a_shift_jis_list_becomes_customers_and_the_rest_comes_back_with_a_reason(
    open_page: OpenPage, product: Product, excel_list: Path
) -> None:
    page = open_page(PHONE, locale="ja-JP", email=ADMIN)
    bring(page, excel_list)
    expect(page.get_by_text("Shift_JIS", exact=False)).to_be_visible()
    expect(page.locator("[data-testid=stDataFrame]")).to_be_visible()
    page.locator(".st-key-import_check button").click()
    rows, new, updated, unchanged, rejected = planned = numbers(page.locator(".st-key-import_counts"), 5)
    assert planned == [6, 5, 0, 0, 1]
    assert rows == new + updated + unchanged + rejected
    page.locator(".st-key-import_go button").click()
    expect(page.locator(".st-key-import_places")).to_be_visible()
    assert numbers(page.locator(".st-key-import_counts"), 5) == planned
    places = until(page, lambda: all_looked_up(page), what="every address looked up", limit_s=60)
    located, approximate, pending, unlocated = places
    assert (located + approximate, pending, unlocated) == (4, 0, 1)
    with page.expect_download() as download:
        page.locator(".st-key-import_rejects button").click()
    rejects = Path(download.value.path()).read_bytes().decode("cp932").splitlines()
    assert len(rejects) == 2
    assert "ナマエナシ" in rejects[1]
    assert len(rejects[0].split(",")) > len(HEADINGS.split(","))

    again = product.run("import", str(excel_list), "--json")
    counts = json.loads(again.stdout[again.stdout.index("{") :])
    assert again.returncode == 1
    assert [counts[name] for name in ("rows", "created", "updated", "unchanged", "rejected")] == [6, 0, 0, 5, 1]
    assert [counts[name] for name in ("located", "approximate", "pending", "unlocated")] == places

    page.goto("/customers?q=0007")
    expect(page.get_by_text("㈱髙﨑商店", exact=False).first).to_be_visible()


def all_looked_up(page: Page) -> list[int] | None:
    """Return the counts of places once none is waiting."""
    places = numbers(page.locator(".st-key-import_places"), 4)
    return places if places[2] == 0 else None


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_file_gets_one_sentence_on_the_page(open_page: OpenPage, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(WRONG[name])
    page = open_page(PHONE, locale="en-US", email=ADMIN)
    bring(page, path)
    expect(page.locator("[data-testid=stAlert]")).to_have_count(1)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    expect(page.locator(".st-key-import_go")).to_have_count(0)
