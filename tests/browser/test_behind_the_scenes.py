"""What pages must not do: ask strangers, run what people typed, let visitors in, or depend on names that Streamlit has changed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import streamlit
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, OpenPage, Record
from tests.browser.product import ROOT, Product
from tests.browser.steps import features, map_frame, tap_customer, without_controls
from tests.browser.tiles import TileServer

ADMIN = "admin@demo.example"
SCREENS = sorted(path.stem for path in (ROOT / "pages").glob("*.py"))
NASTY = {
    "script": "<script>document.title='broken'</script> 商店",
    "picture": "<img src=x onerror=\"document.title='broken'\">",
    "markdown": "**太字** [こちら](https://example.com) :red[赤] $x^2$ `code`",
    "emoji and quotes": '🍣 O\'Brien "&amp;" ＜株＞ \\n',
    "right to left": "شركة التوريد ‮abc",
    "five hundred": "長" * 500,
}


@pytest.mark.parametrize("screen", SCREENS)
def test_a_visitor_is_sent_to_the_login_and_back_again(open_page: OpenPage, screen: str) -> None:
    page = open_page(PHONE)
    page.goto(f"/{screen}")
    assert "/login" in page.url
    expect(page.locator("input[name=password]")).to_be_visible()
    assert page.locator("[data-testid=stApp]").count() == 0


@pytest.mark.parametrize("device", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_no_page_asks_any_host_but_ours_and_the_tiles(
    open_page: OpenPage, record: Record, product: Product, tiles: TileServer, device: dict[str, object]
) -> None:
    page = open_page(device, email=ADMIN)
    for screen in SCREENS:
        page.goto(f"/{screen}")
        expect(page.locator(".st-key-nav")).to_be_visible()
    page.goto("/map")
    map_frame(page)
    ours = {product.base.removeprefix("http://"), tiles.host, ""}
    assert tiles.host in record.hosts
    assert record.hosts - ours == set()


def test_the_names_that_our_style_sheet_takes_from_streamlit_still_exist(open_page: OpenPage) -> None:
    style = (ROOT / "fieldsales/web/assets/style.css").read_text(encoding="utf-8")
    names = set(re.findall(r'data-testid="(\w+)"', style))
    assert "stMainBlockContainer" in names
    page = open_page(PHONE, email=ADMIN)
    page.goto("/map")
    map_frame(page)
    unseen = {name for name in names if page.locator(f'[data-testid="{name}"]').count() == 0}
    program = "".join(path.read_text(encoding="utf-8") for path in Path(streamlit.__file__).parent.glob("static/static/js/*.js"))
    assert {name for name in unseen if name not in program} == set()
    assert names - unseen >= {"stMainBlockContainer", "stBottom", "stBottomBlockContainer"}


@pytest.fixture(scope="package")
def nasty_customers(product: Product, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Customers with names that try to be something else, north of everybody, each at a place of its own."""
    path: Path = tmp_path_factory.mktemp("nasty") / "nasty.csv"
    rows = ["顧客コード,顧客名,緯度,経度,メモ"]
    for number, (kind, name) in enumerate(NASTY.items()):
        quoted = '"' + name.replace('"', '""') + '"'
        rows.append(f"nasty-{number},{quoted},{45.2 + number / 100},141.9,{kind}")
    path.write_text("\r\n".join(rows) + "\r\n", encoding="utf-8-sig")
    done = product.run("import", str(path), "--owner", "rep1@demo.example")
    assert done.returncode == 0, done.stdout + done.stderr
    return NASTY


@pytest.mark.parametrize("kind", NASTY)
def test_a_name_is_shown_as_text_on_map_card_and_list(open_page: OpenPage, nasty_customers: dict[str, str], kind: str) -> None:
    page = open_page(PHONE, locale="en-US", email=ADMIN)
    page.goto("/map")
    map_frame(page)
    found = features(page, bbox="141.8,45.1,142,45.5")
    name = without_controls(nasty_customers[kind])
    customer = next(f for f in found if without_controls(f["properties"].get("name", ""))[:40] == name[:40])
    card = tap_customer(page, customer)
    shown = card.locator("h2").inner_text()
    assert name[:40] in without_controls(shown)
    assert page.title() != "broken"
    page.goto(f"/customers?q={name[:12].split(' ')[0]}" if kind == "five hundred" else "/customers?q=nasty")
    expect(page.locator(".st-key-nav")).to_be_visible()
    expect(page.get_by_text(name[:8], exact=False).first).to_be_visible()
    assert page.title() != "broken"
    assert page.locator("img[src=x]").count() == 0
