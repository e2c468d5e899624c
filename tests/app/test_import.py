"""The import screen: from a file as Excel writes it to counts that add up, and what nonsense is answered with."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import func, select
from streamlit.testing.v1 import AppTest

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import Customer, ImportMapping, User

OpenApp = Callable[..., AppTest]
LIST = (
    "顧客コード,会社名,郵便番号,住所,電話番号,担当者,受注確度,見込金額,業種,備考\r\n"
    '000001,㈱髙﨑商店,760-0017,香川県高松市番町1-8-15,087-123-4567,,Ａ,"1,000,000",食品,"改行\nあり"\r\n'
    "000002,,760-0017,香川県高松市番町1-8-16,087-123-4568,,B,,建設,\r\n"
    "000003,<script>alert(1)</script>,760-0017,,087-123-4569,,高,100万円,,\r\n"
).encode("cp932")


def upload(app: AppTest, content: bytes, name: str = "顧客一覧.csv") -> AppTest:
    app.file_uploader[0].set_value((name, content, "text/csv"))
    return app.run()


def texts(app: AppTest) -> str:
    return "\n".join(e.value for e in [*app.markdown, *app.caption, *app.error, *app.warning, *app.success, *app.info]).replace("\\", "")


def counts(app: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in app.metric}


def customers(runtime: Runtime) -> list[Customer]:
    with runtime.database.read() as session:
        return list(session.scalars(select(Customer).order_by(Customer.id)))


def check(app: AppTest) -> AppTest:
    return app.button(key="import_check").click().run()


def test_a_list_is_imported_in_three_steps_with_counts_that_add_up(open_app: OpenApp, runtime: Runtime, aiko: User) -> None:
    app = upload(open_app(aiko, "import"), LIST)
    assert not app.exception
    assert "Shift_JIS" in texts(app)
    assert "業種" in [column.label.split("“")[1].rstrip("”") for column in app.selectbox if "Meaning" in column.label]
    check(app)
    assert counts(app) == {"Rows": "3", "New": "2", "Updated": "0", "Unchanged": "0", "Not imported": "1"}
    assert customers(runtime) == []
    app.button(key="import_go").click().run()
    assert not app.exception
    assert counts(app) | {"Rows": "3", "New": "2", "Not imported": "1"} == counts(app)
    places = [int(counts(app)[label]) for label in ("Located", "Approximate", "Waiting", "Without a place")]
    assert sum(places) == 2
    first, second = customers(runtime)
    assert (first.name, first.code, first.memo, first.amount, first.owner_id) == ("㈱髙﨑商店", "000001", "改行\nあり", 1_000_000, aiko.id)
    assert first.custom == {"業種": "食品"}
    assert second.name == "<script>alert(1)</script>"


def test_the_result_survives_a_reload_and_offers_the_rejected_rows(open_app: OpenApp, runtime: Runtime, aiko: User) -> None:
    app = upload(open_app(aiko, "import"), LIST)
    check(app).button(key="import_go").click().run()
    again = open_app(aiko, "import", upload=app.query_params["upload"])
    assert counts(again)["New"] == "2"
    assert "A customer needs a name." in texts(again)
    again.button(key="import_next").click().run()
    assert again.file_uploader


def test_a_column_can_be_corrected_before_anything_is_saved(open_app: OpenApp, runtime: Runtime, aiko: User) -> None:
    app = upload(open_app(aiko, "import"), LIST)
    industry = next(box for box in app.selectbox if "業種" in box.label)
    industry.set_value("tags").run()
    check(app).button(key="import_go").click().run()
    with runtime.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Customer).where(Customer.tags.any(name="食品"))) == 1


def test_two_columns_for_one_field_are_answered_beside_the_columns(open_app: OpenApp, aiko: User) -> None:
    app = upload(open_app(aiko, "import"), LIST)
    next(box for box in app.selectbox if "業種" in box.label).set_value("name").run()
    assert "the same meaning" in texts(app)
    assert "import_check" not in [button.key for button in app.button]


def test_columns_are_remembered_for_the_next_list_of_the_same_shape(open_app: OpenApp, runtime: Runtime, aiko: User) -> None:
    app = upload(open_app(aiko, "import"), LIST)
    next(box for box in app.selectbox if "業種" in box.label).set_value("tags").run()
    check(app).text_input(key="import_mapping_name").set_value("経理の一覧").run()
    app.button(key="import_go").click().run()
    with runtime.database.read() as session:
        assert session.scalar(select(ImportMapping.name)) == "経理の一覧"
    app = upload(open_app(aiko, "import"), LIST)
    assert next(box for box in app.selectbox if "業種" in box.label).value == "tags"


def test_likely_duplicates_wait_for_a_decision(
    open_app: OpenApp, runtime: Runtime, aiko: User, make_customer: Callable[..., Customer]
) -> None:
    make_customer("髙﨑商店", owner=aiko, address="香川県高松市扇町9-9-9", code="X1")
    app = check(upload(open_app(aiko, "import"), LIST))
    assert "may be a customer already known" in texts(app)
    assert counts(app)["New"] == "2"
    app.segmented_control(key="import_duplicates").set_value("skip").run()
    assert counts(app) == {"Rows": "3", "New": "1", "Updated": "0", "Unchanged": "0", "Not imported": "2"}
    app.segmented_control(key="import_duplicates").set_value("new").run()
    decision = next(box for box in app.selectbox if (box.key or "").startswith("import_decision_"))
    decision.set_value(next(option for option in ("c1",))).run()
    assert counts(app)["Updated"] == "1"
    app.button(key="import_go").click().run()
    assert [c.name for c in customers(runtime)] == ["㈱髙﨑商店", "<script>alert(1)</script>"]


def test_what_was_chosen_for_one_list_is_not_chosen_for_the_next_that_the_menu_led_to(
    open_app: OpenApp, aiko: User, chie: User, make_customer: Callable[..., Customer]
) -> None:
    make_customer("髙﨑商店", owner=aiko, address="香川県高松市扇町9-9-9", code="X1")
    app = check(upload(open_app(chie, "import"), LIST))
    app.toggle(key="import_erase").set_value(True).run()
    app.selectbox(key="import_owner").set_value(aiko.id).run()
    app.text_input(key="import_mapping_name").set_value("経理の一覧").run()
    app.selectbox(key="import_decision_2").set_value("c1").run()
    app.button(key="import_go").click().run()
    assert not app.exception
    app.query_params.clear()  # the menu's link to the same screen
    app.run()
    upload(app, LIST.replace("㈱髙﨑商店".encode("cp932"), "髙﨑の店".encode("cp932")))
    assert app.toggle(key="import_erase").value is False
    assert app.selectbox(key="import_owner").value is None
    check(app)
    assert app.text_input(key="import_mapping_name").value == ""
    assert not [box for box in app.selectbox if (box.key or "").startswith("import_decision_") and box.value]


def test_a_decision_on_a_row_goes_with_its_question(open_app: OpenApp, aiko: User, make_customer: Callable[..., Customer]) -> None:
    make_customer("髙﨑商店", owner=aiko, address="香川県高松市扇町9-9-9", code="X1")
    app = check(upload(open_app(aiko, "import"), LIST))
    app.selectbox(key="import_decision_2").set_value("c1").run()
    for meaning in ("name", "custom"):
        next(box for box in app.selectbox if "業種" in box.label).set_value(meaning).run()
    assert not app.exception
    assert app.selectbox(key="import_decision_2").value == ""
    assert counts(app)["Updated"] == "0"


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "empty.csv", "empty"),
        (bytes(range(256)) * 50, "binary.csv", "not a table"),
        (b"PK\x03\x04" + b"\0" * 500, "bomb.xlsx", "damaged"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500, "old.xls", "old Excel format"),
        ("会社名,住所\r\n".encode("cp932"), "header.csv", "nothing below the headings"),
        (b"a,b\n\x81\xff,1\n", "odd.csv", "cannot be read"),
    ],
)
def test_a_wrong_file_gets_one_clear_sentence(open_app: OpenApp, aiko: User, content: bytes, name: str, sentence: str) -> None:
    app = upload(open_app(aiko, "import"), content, name)
    assert not app.exception
    assert sentence in texts(app)


def test_somebody_elses_upload_is_of_no_use(open_app: OpenApp, aiko: User, botan: User) -> None:
    app = upload(open_app(aiko, "import"), LIST)
    other = open_app(botan, "import", upload=app.query_params["upload"])
    assert "no longer kept" in texts(other)
    assert "商店" not in texts(other)


@pytest.mark.parametrize("asked", ["..", "../../etc/passwd", "x" * 400, "<script>"])
def test_a_made_up_upload_leads_back_to_the_file(open_app: OpenApp, aiko: User, asked: str) -> None:
    app = open_app(aiko, "import", upload=asked)
    assert not app.exception
    assert app.file_uploader


def test_the_export_is_offered_only_to_those_who_may(
    open_app: OpenApp, aiko: User, chie: User, make_customer: Callable[..., Customer]
) -> None:
    make_customer("客", owner=aiko)

    def offered(user: User) -> list[str]:
        return [b.proto.label for b in open_app(user, "customers").get("download_button")]

    assert offered(aiko) == []
    assert len(offered(chie)) == 3
