"""Documents on paper: Japanese that any viewer shows and finds, on A4, over as many pages as it takes."""

from __future__ import annotations

import io
import re
from concurrent.futures import ThreadPoolExecutor

import pypdfium2
import pytest
from pypdf import PdfReader

from fieldsales.adapters.documents import write_pdf
from fieldsales.adapters.documents.fonts import drawable
from fieldsales.domain.documents import Block, Document, Figures, Heading, Prose, Row, Table


def document(*blocks: Block) -> Document:
    return Document("日報 11/20(金)", "髙﨑 愛子", "髙﨑 愛子 · 下書き", "FieldSales · 日報", "ja", blocks)


def read(*blocks: Block) -> PdfReader:
    return PdfReader(io.BytesIO(write_pdf(document(*blocks))))


def text_of(pdf: PdfReader) -> str:
    return "\n".join(page.extract_text() for page in pdf.pages)


def test_japanese_text_can_be_searched_and_copied() -> None:
    table = Table(("時刻", "顧客"), (Row(("09:05", "株式会社髙﨑商店"), "見積を依頼された。①㈱〜－"),), (1, 4))
    text = text_of(read(Figures((("受注", "¥1,280,000"),)), Heading("訪問"), table, Prose("𠮷野家さま")))
    for words in ("日報 11/20(金)", "髙﨑 愛子", "¥1,280,000", "株式会社髙﨑商店", "見積を依頼された。①㈱〜－", "𠮷野家さま"):
        assert words in text


def test_the_font_travels_with_the_file() -> None:
    pdf = read(Prose("日本語とEnglish"))
    fonts = [font.get_object() for page in pdf.pages for font in page["/Resources"]["/Font"].values()]  # type: ignore[index]
    assert fonts
    assert all("NotoSansJP" in font["/BaseFont"] for font in fonts)
    assert all("/FontFile2" in font["/FontDescriptor"] and "/ToUnicode" in font for font in fonts)


def test_ink_is_where_the_text_is() -> None:
    page = pypdfium2.PdfDocument(write_pdf(document(Prose("国" * 200))))[0]
    assert (round(page.get_width()), round(page.get_height())) == (595, 842)
    grey = page.render(scale=1).to_pil().convert("L")
    dark = sum(count for level, count in enumerate(grey.histogram()) if level < 128)
    assert dark > 2_000


def test_every_page_says_which_of_how_many_it_is() -> None:
    pdf = read(Prose("\n".join(f"{n}行目" for n in range(150))))
    assert len(pdf.pages) > 2
    assert [f"{n} / {len(pdf.pages)}" in page.extract_text() for n, page in enumerate(pdf.pages, start=1)] == [True] * len(pdf.pages)
    assert pdf.metadata is not None
    assert (pdf.metadata.title, pdf.metadata.author, pdf.trailer["/Root"]["/Lang"]) == ("日報 11/20(金)", "髙﨑 愛子", "ja")


def test_a_note_longer_than_a_page_flows_on_and_loses_no_letter() -> None:
    kanji = "".join(
        bytes((row, cell)).decode("euc_jp") for row in range(0xB0, 0xCF) for cell in range(0xA1, 0xFF)
    )  # those taught at school, and more
    note = kanji * 4
    pdf = read(Table(("時刻", "顧客"), (Row(("09:05", "長い"), note), Row(("10:00", "次の客"))), (1, 4)))
    assert len(pdf.pages) >= 4
    body = text_of(pdf).replace("\n", "")
    assert "次の客" in body
    assert kanji * 4 in re.sub(r"FieldSales · 日報\d / \d", "", body)


@pytest.mark.parametrize(
    "text", ["😀👨‍👩‍👧", "שלום", "한국어", "\x00\x07\ud800", "<b>&amp;</b> <para>", "a" * 5_000, "", "\n\n", "か\u3099"]
)
def test_nothing_that_people_type_breaks_the_file(text: str) -> None:
    row = Row((text[:500], text[:500]), text)
    assert len(read(Heading(text), Prose(text), Table(("a", "b"), (row,), (1, 1)), Figures(((text[:20], text[:20]),))).pages) >= 1


def test_what_the_font_lacks_is_marked_and_what_is_invisible_is_left_out() -> None:
    assert drawable("了解😀です") == "了解〓です"
    assert drawable("か\u3099\u200dき\ufe0f") == "がき"
    assert drawable("<b>&") == "<b>&"


def test_two_people_may_print_at_once() -> None:
    texts = [f"{n}番目の報告" + "字" * n for n in range(8)]
    with ThreadPoolExecutor(4) as pool:
        found = [text_of(PdfReader(io.BytesIO(data))) for data in pool.map(lambda t: write_pdf(document(Prose(t))), texts)]
    assert all(text in page for text, page in zip(texts, found, strict=True))


def ruled(*blocks: Block) -> int:
    """How many lines cross most of the first page."""
    page = pypdfium2.PdfDocument(write_pdf(document(*blocks)))[0]
    grey = page.render(scale=2).to_pil().convert("L")
    rows = (grey.crop((0, y, grey.width, y + 1)).histogram() for y in range(grey.height))
    return sum(sum(histogram[:250]) > grey.width * 0.7 for histogram in rows)


def test_lines_to_write_on_stay_with_what_they_are_about() -> None:
    pdf = read(Table(("番号", "顧客"), tuple(Row((f"{n}番", "顧客"), "理由。", lines=6) for n in range(1, 13)), (1, 4)))
    assert len(pdf.pages) > 1
    texts = [page.extract_text() for page in pdf.pages]
    assert [text.count("番\n") for text in texts] == [text.count("理由。") for text in texts]


def test_empty_lines_are_drawn_across_the_page() -> None:
    plain, lined = (Table(("a",), (Row(("b",), lines=lines),), (1,)) for lines in (0, 4))
    assert ruled(lined) - ruled(plain) >= 4
