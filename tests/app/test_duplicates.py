"""Duplicates as a screen: pairs, two side by side, the merge with its choices, and every way back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import select
from streamlit.testing.v1 import AppTest

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import Customer, CustomerMerge, NotDuplicate, User
from fieldsales.services.duplicates import merging

OpenApp = Callable[..., AppTest]
MakeCustomer = Callable[..., Customer]
EVIL = "<script>alert(1)</script> **x** :smile: \"' مرحبا"


def words_of(app: AppTest) -> str:
    shown = [*app.markdown, *app.caption, *app.info, *app.warning, *app.success, *app.error, *app.title]
    drawn = [element.proto.body for element in app.get("html")]
    return "\n".join([element.value for element in shown] + drawn).replace("\\", "").replace("\u2060", "")


def rows_of(app: AppTest) -> list[str]:
    return [button.label for button in app.button if (button.key or "").startswith("row_duplicate_")]


def stored(runtime: Runtime, customer: Customer) -> Customer:
    with runtime.database.read() as session:
        return session.get_one(Customer, customer.id)


def make_pair(make_customer: MakeCustomer, owner: User) -> tuple[Customer, Customer]:
    one = make_customer("株式会社高松食品", owner=owner, phone="087-851-0000", address="高松市番町1-8-15", memo="先代から")
    return one, make_customer("高松食品", owner=owner, phone="087-851-0000", email="info@takamatsu.example", memo="火曜定休")


def test_a_pair_is_compared_merged_by_choice_and_separated_again(
    open_app: OpenApp, runtime: Runtime, make_customer: MakeCustomer, aiko: User
) -> None:
    one, two = make_pair(make_customer, aiko)
    app = open_app(aiko, "duplicates")
    assert not app.exception
    assert "1 pair may be one customer" in words_of(app)
    assert "Same phone number · Same name" in rows_of(app)[0]
    app.button(key=f"row_duplicate_{one.id}_{two.id}").click().run()
    assert "Probably one customer" in words_of(app)
    assert words_of(app).count("fs-pair fs-differs") == 4  # name, address, e-mail address, memo
    app.button(key="pair_merge").click().run()
    assert app.radio(key="merge_kept").value == one.id
    app.radio(key=f"merge_{one.id}_{two.id}_name").set_value("merged").run()
    app.button(key="merge_now").click().run()
    assert not app.exception
    kept, gone = stored(runtime, one), stored(runtime, two)
    assert (kept.name, kept.email, kept.memo) == ("高松食品", "info@takamatsu.example", "先代から\n\n火曜定休")
    assert gone.merged_into_id == kept.id
    assert "No customer looks like another one." in words_of(app)
    app.button(key="undo_duplicate").click().run()
    assert not app.exception
    assert stored(runtime, one).name == "株式会社高松食品"
    assert len(rows_of(app)) == 1


def test_the_other_one_can_stay_instead(open_app: OpenApp, runtime: Runtime, make_customer: MakeCustomer, aiko: User) -> None:
    one, two = make_pair(make_customer, aiko)
    app = open_app(aiko, "duplicates", pair=f"{one.id}-{two.id}", merge="1")
    app.radio(key="merge_kept").set_value(two.id).run()
    app.button(key="merge_now").click().run()
    assert not app.exception
    assert stored(runtime, one).merged_into_id == two.id


def test_who_stays_of_one_pair_says_nothing_about_the_next(open_app: OpenApp, make_customer: MakeCustomer, aiko: User) -> None:
    one, two = make_pair(make_customer, aiko)
    three = make_customer("高松食品", owner=aiko, phone="087-851-0000")
    proposed = open_app(aiko, "duplicates", pair=f"{two.id}-{three.id}", merge="1").radio(key="merge_kept").value
    other = three if proposed == two.id else two
    app = open_app(aiko, "duplicates", pair=f"{one.id}-{other.id}", merge="1")
    app.radio(key="merge_kept").set_value(other.id).run()
    app.query_params.clear()  # as the browser's way back leaves it
    app.run()
    app.button(key=f"row_duplicate_{two.id}_{three.id}").click().run()
    app.button(key="pair_merge").click().run()
    assert not app.exception
    assert app.radio(key="merge_kept").value == proposed


def test_two_customers_are_told_apart_and_put_together_again(
    open_app: OpenApp, runtime: Runtime, make_customer: MakeCustomer, aiko: User
) -> None:
    one, two = make_pair(make_customer, aiko)
    app = open_app(aiko, "duplicates", pair=f"{one.id}-{two.id}")
    app.button(key="pair_apart").click().run()
    with runtime.database.read() as session:
        assert session.scalar(select(NotDuplicate.first_id)) == one.id
    assert rows_of(app) == []
    app.button(key=f"together_{one.id}_{two.id}").click().run()
    assert not app.exception
    assert len(rows_of(app)) == 1


def test_later_leads_to_the_next_pair_and_after_the_last_to_the_list(open_app: OpenApp, make_customer: MakeCustomer, aiko: User) -> None:
    one, two = make_pair(make_customer, aiko)
    three, four = (make_customer("甲商店", owner=aiko, email="info@ko.example") for _ in range(2))
    app = open_app(aiko, "duplicates", pair=f"{one.id}-{two.id}")
    app.button(key="pair_later").click().run()
    assert app.query_params["pair"] == f"{three.id}-{four.id}"
    app.button(key="pair_later").click().run()
    assert "pair" not in app.query_params
    assert len(rows_of(app)) == 2


def test_a_rep_sees_a_colleagues_double_but_cannot_merge_it(open_app: OpenApp, make_customer: MakeCustomer, aiko: User, chie: User) -> None:
    one = make_customer("高松食品", owner=aiko, phone="087-851-0000")
    two = make_customer("高松食品", team_id=aiko.team_id, phone="087-851-0000")
    app = open_app(aiko, "duplicates", pair=f"{one.id}-{two.id}")
    assert "Only a manager, or the owner of both, may merge two customers." in words_of(app)
    assert app.button(key="pair_merge").disabled
    assert not open_app(chie, "duplicates", pair=f"{one.id}-{two.id}").button(key="pair_merge").disabled


def test_an_address_that_names_a_strangers_customer_says_nothing_of_it(
    open_app: OpenApp, make_customer: MakeCustomer, aiko: User, botan: User
) -> None:
    mine, hers = make_customer("甲", owner=aiko), make_customer("秘密の客", owner=botan)
    for query in ({"pair": f"{mine.id}-{hers.id}"}, {"pair": f"{mine.id}-{hers.id}", "merge": "1"}, {"pair": f"{mine.id}-{mine.id}"}):
        app = open_app(aiko, "duplicates", **query)
        assert not app.exception
        assert "秘密の客" not in words_of(app)
        assert app.error
    assert rows_of(open_app(aiko, "duplicates", pair="x-y")) == []


def test_what_a_customer_is_called_is_shown_as_text(open_app: OpenApp, make_customer: MakeCustomer, aiko: User) -> None:
    one = make_customer(EVIL, owner=aiko, phone="087-851-0000", memo="a")
    two = make_customer(EVIL, owner=aiko, phone="087-851-0000", memo="b")
    for query in ({}, {"pair": f"{one.id}-{two.id}"}, {"pair": f"{one.id}-{two.id}", "merge": "1"}):
        app = open_app(aiko, "duplicates", **query)
        assert not app.exception
        assert not any("<script>" in element.proto.body for element in app.get("html"))


def test_the_customer_page_hints_at_its_double_and_an_old_link_leads_to_the_kept_one(
    open_app: OpenApp, runtime: Runtime, make_customer: MakeCustomer, aiko: User
) -> None:
    one, two = make_pair(make_customer, aiko)
    hint = [link.proto.label for link in open_app(aiko, "customer", id=str(one.id)).get("page_link")]
    assert any("Perhaps the same as 高松食品" in label for label in hint)
    app = open_app(aiko, "duplicates", pair=f"{one.id}-{two.id}", merge="1")
    app.button(key="merge_now").click().run()
    app = open_app(aiko, "customer", id=str(two.id))
    assert not app.exception
    assert app.query_params["id"] == str(one.id)
    assert "The customer you asked for has been merged into this one." in words_of(app)
    with runtime.database.read() as session:
        merge_id = session.scalar(select(CustomerMerge.id))
    app.button(key=f"unmerge_{merge_id}").click().run()
    assert not app.exception
    assert stored(runtime, two).merged_into_id is None


def test_what_was_being_typed_while_a_colleague_merged_the_customer_is_offered_for_the_kept_one(
    open_app: OpenApp, runtime: Runtime, make_customer: MakeCustomer, aiko: User, chie: User, now: datetime
) -> None:
    one, two = make_pair(make_customer, aiko)
    app = open_app(aiko, "customer", id=str(two.id), edit="1")
    app.text_input(key="edit_next_action").set_value("見積を持参する")
    with runtime.database.write() as session:
        versions = merging.preview_merge(session, chie, kept_id=one.id, merged_id=two.id).versions
        merging.merge_customers(session, chie, kept_id=one.id, merged_id=two.id, choices={}, versions=versions, now=now)
    app.button(key="save_customer").click().run()
    assert not app.exception
    assert app.radio(key="conflict_next_action").value == "mine"
    assert app.radio(key="conflict_name").value == "theirs"  # what one did not touch stays as the merge left it
    app.button(key="conflict_save").click().run()
    assert not app.exception
    kept = stored(runtime, one)
    assert (kept.next_action, kept.name) == ("見積を持参する", "株式会社高松食品")
