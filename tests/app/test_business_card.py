"""A business card as a screen: handed over, looked over, saved once to the right customer with its photo."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest

from fieldsales import bootstrap
from fieldsales.bootstrap import Runtime
from fieldsales.db.models import Attachment, Contact, Customer, User
from fieldsales.domain.words import AttachmentKind

OpenApp = Callable[..., AppTest]
MakeCustomer = Callable[..., Customer]
LINES = "N:佐藤;太郎\r\nFN:佐藤 太郎\r\nORG:株式会社讃岐製麺\r\nTITLE:課長\r\nTEL;TYPE=CELL:090-1111-2222\r\nEMAIL:taro@sanuki.example"
VCARD = f"BEGIN:VCARD\r\nVERSION:3.0\r\n{LINES}\r\nEND:VCARD\r\n"
REF = "11111111-1111-4111-8111-111111111111"


def photo(text: str = VCARD) -> bytes:
    code = Image.fromarray(np.array(zxingcpp.write_barcode_to_image(zxingcpp.create_barcode(text, zxingcpp.QRCode), scale=5)))
    packed = io.BytesIO()
    code.convert("RGB").save(packed, "PNG")
    return packed.getvalue()


def words_of(app: AppTest) -> str:
    shown = [*app.markdown, *app.caption, *app.info, *app.warning, *app.success, *app.error, *app.title]
    return "\n".join(element.value for element in shown).replace("\\", "").replace("\u2060", "")


def hand_over(app: AppTest, name: str, data: bytes) -> AppTest:
    return app.file_uploader(key="card_file_0").set_value((name, data, "application/octet-stream")).run()


def stored(runtime: Runtime) -> tuple[int, int, int]:
    with runtime.database.read() as session:
        return tuple(session.scalar(select(func.count(model.id))) or 0 for model in (Customer, Contact, Attachment))  # type: ignore[return-value]


def test_the_code_on_a_photo_becomes_a_new_customer_with_contact_and_picture(open_app: OpenApp, runtime: Runtime, aiko: User) -> None:
    app = open_app(aiko, "card", card=REF)
    hand_over(app, "名刺.png", photo())
    assert not app.exception
    assert app.text_input(key="card_word_name").value == "佐藤 太郎"
    assert app.radio(key="card_where").value == 0
    assert app.text_input(key="card_new_name").value == "株式会社讃岐製麺"
    app.text_input(key="card_word_role").set_value("部長")
    app.button(key="save_card").click().run()
    assert not app.exception
    assert stored(runtime) == (1, 1, 1)
    with runtime.database.read() as session:
        contact, picture = session.scalars(select(Contact)).one(), session.scalars(select(Attachment)).one()
        customer = session.scalars(select(Customer)).one()
    assert (contact.role, contact.mobile, customer.owner_id) == ("部長", "090-1111-2222", aiko.id)
    assert (picture.kind, picture.contact_id, picture.customer_id) == (AttachmentKind.CARD, contact.id, customer.id)


def test_the_same_card_saved_from_two_screens_is_one_contact(open_app: OpenApp, runtime: Runtime, aiko: User) -> None:
    for _ in range(2):
        app = open_app(aiko, "card", card=REF)
        hand_over(app, "card.png", photo())
        app.button(key="save_card").click().run()
        assert not app.exception
    assert stored(runtime) == (1, 1, 1)


def test_a_known_company_is_proposed_and_takes_the_contact(
    open_app: OpenApp, runtime: Runtime, make_customer: MakeCustomer, aiko: User, botan: User
) -> None:
    known = make_customer("讃岐製麺(株)", owner=aiko)
    make_customer("讃岐製麺の秘密", owner=botan, email="x@sanuki.example")
    app = open_app(aiko, "card", card=REF)
    hand_over(app, "taro.vcf", VCARD.encode())
    where = app.radio(key="card_where")
    assert where.value == known.id
    assert len(where.options) == 2
    assert "Same name" in where.options[0]
    app.button(key="save_card").click().run()
    assert stored(runtime) == (2, 1, 0)
    with runtime.database.read() as session:
        assert session.scalar(select(Contact.customer_id)) == known.id


def test_a_card_begun_at_a_customer_belongs_to_it_and_another_can_be_searched(
    open_app: OpenApp, runtime: Runtime, make_customer: MakeCustomer, aiko: User
) -> None:
    here, other = make_customer("ここの客", owner=aiko), make_customer("よその客", owner=aiko)
    app = open_app(aiko, "card", card=REF, customer=str(here.id))
    hand_over(app, "taro.vcf", VCARD.encode())
    assert app.radio(key="card_where").value == here.id
    app.text_input(key="card_search").set_value("よその").run()
    app.radio(key="card_where").set_value(other.id).run()
    app.button(key="save_card").click().run()
    assert not app.exception
    with runtime.database.read() as session:
        assert session.scalar(select(Contact.customer_id)) == other.id


def test_several_cards_of_one_file_are_looked_over_one_by_one(open_app: OpenApp, runtime: Runtime, aiko: User) -> None:
    second = VCARD.replace("佐藤;太郎", "鈴木;花子").replace("佐藤 太郎", "鈴木 花子").replace("taro@", "hanako@")
    app = open_app(aiko, "card", card=REF)
    hand_over(app, "two.vcf", (VCARD + second).encode())
    assert "2 cards in this file" in words_of(app)
    app.button(key="row_card_1").click().run()
    assert app.text_input(key="card_word_name").value == "鈴木 花子"
    app.button(key="save_card").click().run()
    assert app.button(key="row_card_1").disabled
    app.button(key="row_card_0").click().run()
    assert app.text_input(key="card_word_name").value == "佐藤 太郎"
    app.button(key="save_card").click().run()
    assert not app.exception
    assert stored(runtime) == (1, 2, 0)


@pytest.mark.parametrize(
    ("name", "data", "sentence"),
    [
        ("blank.png", photo("https://sanuki.example/"), "The code says “https://sanuki.example/”, which is no business card."),
        ("card.vcf", b"BEGIN:VCARD\r\nNOTE:nobody\r\nEND:VCARD", "This business card names nobody."),
        ("broken.vcf", b"BEGIN:VCARD\r\n\xff\xfe\x00", "This is no business card that can be read"),
        ("empty.vcf", b"", "“empty.vcf” is empty."),
        ("photo.jpg", b"PK\x03\x04zip", "This is no business card that can be read"),
    ],
)
def test_what_cannot_be_read_is_a_sentence_with_a_way_on(
    open_app: OpenApp, runtime: Runtime, aiko: User, name: str, data: bytes, sentence: str
) -> None:
    app = hand_over(open_app(aiko, "card", card=REF), name, data)
    assert not app.exception
    assert sentence in words_of(app)
    assert "Type it instead" in [link.proto.label for link in app.get("page_link")]
    assert stored(runtime) == (0, 0, 0)


def test_a_refused_value_is_said_beside_its_field_and_nothing_typed_is_lost(open_app: OpenApp, runtime: Runtime, aiko: User) -> None:
    app = open_app(aiko, "card", card=REF)
    hand_over(app, "taro.vcf", VCARD.encode())
    app.text_input(key="card_word_email").set_value("taro")
    app.text_input(key="card_word_name").set_value("佐藤😀<script>")
    app.button(key="save_card").click().run()
    assert "“taro” is not an e-mail address." in words_of(app)
    assert app.text_input(key="card_word_name").value == "佐藤😀<script>"
    assert stored(runtime) == (0, 0, 0)
    app.text_input(key="card_word_email").set_value("taro@sanuki.example")
    app.button(key="save_card").click().run()
    assert stored(runtime) == (1, 1, 0)


def test_another_card_starts_afresh(open_app: OpenApp, aiko: User) -> None:
    app = open_app(aiko, "card", card=REF)
    hand_over(app, "taro.vcf", VCARD.encode())
    app.button(key="card_again").click().run()
    assert not app.exception
    assert app.query_params["card"] != REF
    assert app.get("file_uploader")


def test_the_camera_is_off_again_at_the_next_card(open_app: OpenApp, aiko: User) -> None:
    app = open_app(aiko, "card", card=REF)
    app.toggle(key="card_camera_on").set_value(True).run()
    hand_over(app, "taro.vcf", VCARD.encode())
    app.button(key="card_again").click().run()
    assert not app.exception
    assert app.toggle(key="card_camera_on").value is False


def test_print_is_offered_only_where_it_is_switched_on_and_wants_a_look(open_app: OpenApp, runtime: Runtime, aiko: User) -> None:
    assert "A photo of the code (QR) on the card" in words_of(open_app(aiko, "card"))

    class PaperReader:
        def holds_file(self, data: bytes) -> bool:
            return False

        def read_picture(self, picture: bytes, original: bytes) -> object:
            from fieldsales.domain.business_cards import BusinessCard

            return (BusinessCard(name="佐藤太郎", company="讃岐製麺"),), True

    settings = replace(runtime.settings, card_ocr="on")
    bootstrap.use_runtime(replace(runtime, settings=settings, cards=PaperReader()))  # type: ignore[arg-type]
    app = hand_over(open_app(aiko, "card", card=REF), "card.png", photo())
    assert "Read off the paper: compare every field with the card." in words_of(app)
    assert app.text_input(key="card_word_name").value == "佐藤太郎"


def test_a_customer_one_may_not_see_takes_no_card(
    open_app: OpenApp, runtime: Runtime, make_customer: MakeCustomer, aiko: User, botan: User
) -> None:
    hers = make_customer("秘密の客", owner=botan)
    app = open_app(aiko, "card", card=REF, customer=str(hers.id))
    hand_over(app, "taro.vcf", VCARD.encode())
    assert "秘密の客" not in words_of(app)
    assert app.error
    assert stored(runtime) == (1, 0, 0)


def test_list_and_customer_lead_to_the_card(open_app: OpenApp, make_customer: MakeCustomer, aiko: User) -> None:
    customer = make_customer("甲", owner=aiko)
    for app, label in (
        (open_app(aiko, "customers"), "Add from a business card"),
        (open_app(aiko, "customer", id=str(customer.id)), "From a business card"),
    ):
        assert not app.exception
        assert label in [link.proto.label for link in app.get("page_link")]
