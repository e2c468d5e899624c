"""The progress view: one sentence, four numbers, people by need, moves and why; a rep sees their own; targets set by tap and by file."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from urllib.parse import parse_qsl
from uuid import UUID

import pytest
from streamlit.testing.v1 import AppTest

from fieldsales.db.database import Database
from fieldsales.db.models import CustomerChange, Target, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import ChangeCause, Outcome, TargetKind
from fieldsales.ui.team.team_state import TeamView
from tests.app.conftest import OpenApp
from tests.conftest import CustomerFactory

NOVEMBER = date(2026, 11, 1)
NASTY = "<script>alert(1)</script> **太字** 😀"


@pytest.fixture
def visits(database: Database, aiko: User, make_customer: CustomerFactory, now: datetime) -> None:
    """Ten visits of Aiko's this month, a target of twenty, and a deal lost last week."""
    customer = make_customer(NASTY, owner=aiko, likelihood=Likelihood.LOST)
    made = [
        Visit(
            client_ref=UUID(int=n), customer_id=customer.id, user_id=aiko.id, outcome=Outcome.LOST, visited_at=now - timedelta(days=n),
            note="他社に決定 <b>", likelihood_before=Likelihood.B, likelihood_after=Likelihood.LOST, created_at=now,
        )
        for n in range(1, 11)
    ]  # fmt: skip
    with database.write() as session:
        session.add_all(made)
        session.add(Target(month=NOVEMBER, kind=TargetKind.VISITS, user_id=aiko.id, value=20, set_by_id=aiko.id, set_at=now))
        session.flush()
        session.add(
            CustomerChange(
                customer_id=customer.id, changed_by_id=aiko.id, changed_at=now - timedelta(days=1), cause=ChangeCause.VISIT,
                visit_id=made[0].id, before={"likelihood": "B"}, after={"likelihood": "lost"},
            )
        )  # fmt: skip


def drawn(app: AppTest) -> str:
    """Return all HTML on the screen."""
    return "".join(block.proto.body for block in app.get("html"))


def key(app: AppTest, name: str) -> bool:
    return any(button.key == name for button in app.button)


@pytest.mark.usefixtures("visits")
def test_the_first_sentence_says_whether_the_target_will_be_reached(open_app: OpenApp, chie: User) -> None:
    app = open_app(chie, "team")
    assert not app.exception
    html = drawn(app)
    assert "At this pace 0 of 1 targets are reached by Mon, Nov 30." in html
    assert "14 of 19 working days are over" in html
    assert "<b>10</b><span> / 20</span>" in html
    assert "Forecast 67%" in html  # 10 in 14 of 19 days


@pytest.mark.usefixtures("visits")
def test_a_lost_deal_says_why_and_user_text_stays_text(open_app: OpenApp, chie: User) -> None:
    html = drawn(open_app(chie, "team"))
    assert "Lost, and why" in html
    assert "他社に決定 &lt;b&gt;" in html
    assert "<script>" not in html


@pytest.mark.usefixtures("visits")
def test_a_tap_on_a_person_leads_to_them_by_the_address_and_back(open_app: OpenApp, dai: User, aiko: User) -> None:
    app = open_app(dai, "team")
    app.button(key=f"team_person_open_{aiko.id}").click().run()
    assert app.query_params["rep"] == str(aiko.id)
    assert "Aiko" in [heading.value for heading in app.subheader]
    app.button(key="team_whose_all").click().run()
    assert "rep" not in app.query_params


@pytest.mark.usefixtures("visits")
def test_the_people_are_sorted_by_the_figure_that_the_address_names(open_app: OpenApp, dai: User) -> None:
    app = open_app(dai, "team", figure="orders")
    assert not app.exception
    assert drawn(app).index("Aiko") < drawn(app).index("Botan")
    assert not open_app(dai, "team", figure="nonsense").exception


def test_without_data_or_targets_each_part_says_so(open_app: OpenApp, chie: User) -> None:
    app = open_app(chie, "team")
    assert not app.exception
    assert "No target is set for this period." in drawn(app)
    said = " ".join(caption.value for caption in app.caption)
    for sentence in ("No likelihood has moved", "No deal is open", "No plan was accepted", "Nothing was recorded"):
        assert sentence in said


@pytest.mark.usefixtures("visits")
def test_a_rep_sees_their_own_and_nobody_elses_whatever_the_address_asks(open_app: OpenApp, botan: User, aiko: User, dai: User) -> None:
    app = open_app(aiko, "team")
    assert "<b>10</b><span> / 20</span>" in drawn(app)
    assert not key(app, "team_targets_open")
    for query in ({"rep": str(aiko.id)}, {"targets": "2026-11"}, {"view": "coverage", "rep": str(dai.id)}):
        app = open_app(botan, "team", **query)
        assert not app.exception
        assert "Aiko" not in drawn(app)
        assert "/ 20" not in drawn(app)
        assert not key(app, "team_targets_close")


def test_a_reps_overdue_a_lead_to_exactly_these_customers(
    open_app: OpenApp, aiko: User, botan: User, now: datetime, make_customer: CustomerFactory
) -> None:
    long_ago = {"likelihood": Likelihood.A, "created_at": now - timedelta(days=60)}
    make_customer("期限切れ", owner=aiko, **long_ago)
    make_customer("ほかの担当者", owner=botan, **long_ago)
    make_customer("今日の登録", owner=aiko, likelihood=Likelihood.A, created_at=now)
    (link,) = [link for link in open_app(aiko, "team").get("page_link") if "overdue" in link.proto.label]
    assert link.proto.label == "1 customer rated A is overdue."
    query = dict(parse_qsl(link.proto.query_string))
    assert query == {"likelihood": "A", "owner": str(aiko.id), "due": "overdue"}
    listed = drawn(open_app(aiko, "customers", **query)) + " ".join(button.label for button in open_app(aiko, "customers", **query).button)
    assert "期限切れ" in listed
    assert "今日の登録" not in listed


@pytest.mark.usefixtures("visits")
def test_the_targets_are_what_is_to_be_tapped_only_while_some_are_missing(
    open_app: OpenApp, database: Database, chie: User, aiko: User, now: datetime
) -> None:
    def looks(app: AppTest) -> list[str]:
        return [button.proto.type for button in app.button if button.key == "team_targets_open"]

    assert looks(open_app(chie, "team")) == ["primary"]
    assert looks(open_app(chie, "team", tag="any")) == []
    with database.write() as session:
        rest = set(TargetKind) - {TargetKind.VISITS}
        session.add_all(Target(month=NOVEMBER, kind=kind, user_id=aiko.id, value=9, set_by_id=chie.id, set_at=now) for kind in rest)
    assert looks(open_app(chie, "team")) == ["secondary"]


def test_the_period_stands_only_over_what_it_decides(open_app: OpenApp, chie: User, aiko: User, make_customer: CustomerFactory) -> None:
    make_customer(owner=aiko, lat=34.34, lon=134.05)
    over = {view for view in TeamView if key(open_app(chie, "team", view=view.value), "team_span_before")}
    assert over == {TeamView.PROGRESS, TeamView.HONESTY, TeamView.SUMMARY}


def test_where_no_period_stands_the_filter_is_said_in_words(open_app: OpenApp, chie: User, aiko: User) -> None:
    def heads(**query: str) -> list[str]:
        return [text.value for text in open_app(chie, "team", view="activity", **query).markdown]

    assert "**Everybody**" in heads()
    assert "**Aiko**" in heads(rep=str(aiko.id))


def test_a_cleared_period_does_not_come_back_with_the_next_choice(
    open_app: OpenApp, chie: User, aiko: User, make_customer: CustomerFactory
) -> None:
    make_customer("甲", owner=aiko)
    app = open_app(chie, "team", period="2026-W47")
    app.get_by_key("team_view").set_value("customers").run()  # where no period is asked for
    app.button(key="team_filter_clear").click().run()
    app.multiselect(key="team_filter_people").set_value([aiko.id]).run()
    assert not app.exception
    assert ("period" in app.query_params, app.query_params["rep"]) == (False, str(aiko.id))


def test_a_cleared_tag_that_nobody_has_any_more_does_not_come_back(open_app: OpenApp, chie: User, aiko: User) -> None:
    app = open_app(chie, "team", tag="VIP")
    app.button(key="team_filter_clear").click().run()
    app.multiselect(key="team_filter_people").set_value([aiko.id]).run()
    assert ("tag" in app.query_params, app.query_params["rep"]) == (False, str(aiko.id))


def test_single_days_begin_with_the_period_that_is_shown(open_app: OpenApp, chie: User) -> None:
    app = open_app(chie, "team", period="2026-05-01..2026-05-03")
    app.get_by_key("team_filter_kind").set_value("month").run()
    app.button(key="team_span_after").click().run()
    app.get_by_key("team_filter_kind").set_value("days").run()
    assert app.date_input(key="team_filter_days").value == (date(2026, 6, 1), date(2026, 6, 30))


def test_a_filter_that_leaves_nobody_is_a_sentence(open_app: OpenApp, chie: User, botan: User) -> None:
    app = open_app(chie, "team", rep=str(botan.id))
    assert any("The filter leaves nobody" in info.value for info in app.info)


@pytest.mark.usefixtures("visits")
def test_long_spans_and_bad_addresses_break_nothing(open_app: OpenApp, chie: User) -> None:
    for period in ("2017-01-01..2026-12-31", "2027-01", "2026-W47", "rubbish"):
        assert not open_app(chie, "team", period=period).exception
    assert not open_app(chie, "team", targets="rubbish").exception


def test_a_target_is_set_with_one_line_opened_at_a_time(open_app: OpenApp, database: Database, chie: User, aiko: User) -> None:
    app = open_app(chie, "team", targets="2026-11")
    code = f"u{aiko.id}"
    app.button(key=f"team_target_open_{code}").click().run()
    app.number_input(key=f"team_target_2026-11_{code}_visits").set_value(40)
    app.button(key=f"team_target_save_{code}").click().run()
    assert not app.exception
    with database.read() as session:
        (target,) = session.query(Target).all()
    assert (target.user_id, target.month, target.kind, target.value) == (aiko.id, NOVEMBER, TargetKind.VISITS, 40)


def test_a_manager_who_was_overtaken_sees_the_newest_value_and_saves_over_it(
    open_app: OpenApp, database: Database, chie: User, dai: User, aiko: User, now: datetime
) -> None:
    code = f"u{aiko.id}"
    app = open_app(chie, "team", targets="2026-11", aim=code)
    with database.write() as session:
        session.add(Target(month=NOVEMBER, kind=TargetKind.VISITS, user_id=aiko.id, value=30, set_by_id=dai.id, set_at=now))
    app.number_input(key=f"team_target_2026-11_{code}_visits").set_value(40)
    app.button(key=f"team_target_save_{code}").click().run()
    assert any("Somebody else has changed 1 of these targets" in error.value for error in app.error)
    assert any("Stored now: 30" in caption.value for caption in app.caption)
    assert app.number_input(key=f"team_target_2026-11_{code}_visits").value == 40  # what was typed is still there
    app.button(key=f"team_target_save_{code}").click().run()
    with database.read() as session:
        assert session.query(Target).one().value == 40


def test_a_line_opened_again_shows_what_was_stored_meanwhile(
    open_app: OpenApp, database: Database, chie: User, dai: User, aiko: User, now: datetime
) -> None:
    code = f"u{aiko.id}"
    app = open_app(chie, "team", targets="2026-11", aim=code)
    app.button(key=f"team_target_open_{code}").click().run()
    with database.write() as session:
        session.add(Target(month=NOVEMBER, kind=TargetKind.VISITS, user_id=aiko.id, value=30, set_by_id=dai.id, set_at=now))
    app.button(key=f"team_target_open_{code}").click().run()
    assert app.number_input(key=f"team_target_2026-11_{code}_visits").value == 30
    app.button(key=f"team_target_save_{code}").click().run()
    with database.read() as session:
        assert session.query(Target).one().value == 30


def test_last_months_targets_fill_the_empty_fields_at_one_tap(
    open_app: OpenApp, database: Database, chie: User, aiko: User, now: datetime
) -> None:
    with database.write() as session:
        session.add(Target(month=date(2026, 10, 1), kind=TargetKind.ORDERS, user_id=aiko.id, value=3, set_by_id=chie.id, set_at=now))
    app = open_app(chie, "team", targets="2026-11")
    app.button(key="team_targets_repeat").click().run()
    with database.read() as session:
        assert {target.month for target in session.query(Target)} == {date(2026, 10, 1), NOVEMBER}
    assert not key(app, "team_targets_repeat")


def test_a_file_is_looked_at_before_it_is_saved(open_app: OpenApp, database: Database, chie: User) -> None:
    app = open_app(chie, "team", targets="2026-11")
    content = "月,担当者,訪問\n2026-11,Aiko,40\n2026-11,Nobody,1\n".encode("cp932")
    app.file_uploader(key="team_target_upload_0").upload("targets.csv", content, "text/csv").run()
    assert any("1 targets would change, 0 lines change nothing, 1 lines are refused" in text.value for text in app.markdown)
    assert "“Nobody” is none of your people." in drawn(app)
    app.button(key="team_targets_import").click().run()
    assert not app.exception
    with database.read() as session:
        assert session.query(Target).one().value == 40


def test_a_file_that_is_no_table_is_a_sentence(open_app: OpenApp, chie: User) -> None:
    app = open_app(chie, "team", targets="2026-11")
    app.file_uploader(key="team_target_upload_0").upload("x.csv", b"%PDF-1.7 nonsense", "text/csv").run()
    assert not app.exception
    assert app.error
