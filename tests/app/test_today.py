"""The day's screen: whom to turn to, with one tap to call, to navigate and to log; what waits; whose day it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from streamlit.testing.v1 import AppTest

from fieldsales.bootstrap import Runtime
from fieldsales.db.models import Customer, User
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.team_options import TeamOptions
from fieldsales.domain.visit_answers import VisitAnswers
from fieldsales.domain.words import Outcome, Period, RequestKind
from fieldsales.services.customers import requests
from fieldsales.services.customers.requests import RequestInput
from fieldsales.services.options import read_options, save_options
from fieldsales.services.reports.report_comments import add_comment
from fieldsales.services.reports.reports import submit_report
from fieldsales.services.visits import visit_drafts
from fieldsales.services.visits.visits import record_visit
from fieldsales.ui.today.today_rows import FIRST
from tests.conftest import CustomerFactory

OpenApp = Callable[..., AppTest]
PLACE = {"lat": 34.3401, "lon": 134.0434}
STRANGE = "<script>alert(1)</script> **b** :smile:"


def words_of(app: AppTest) -> str:
    shown = [*app.markdown, *app.caption, *app.info, *app.error, *app.title, *app.subheader, *app.success]
    said = [element.value for element in shown] + [element.proto.body for element in app.get("html")] + [b.label for b in app.button]
    return "\n".join(said).replace("\\", "").replace("\u2060", "")


def keys_of(app: AppTest, *starts: str) -> list[str]:
    elements = [*app.button, *app.get("link_button")]
    keys = [getattr(element, "key", None) or element.proto.id for element in elements]
    return [key for key in keys if any(start in key for start in starts)]


def links_of(app: AppTest) -> list[str]:
    return [element.proto.url for element in app.get("link_button")]


def test_every_line_offers_to_open_call_navigate_and_log(
    open_app: OpenApp, aiko: User, make_customer: CustomerFactory, today: date
) -> None:
    reachable = make_customer("高松食品", owner=aiko, next_on=today - timedelta(days=2), phone="087-0000-1111", **PLACE)
    bare = make_customer("丸亀商店", owner=aiko, next_on=today - timedelta(days=1))
    app = open_app(aiko, "today")
    assert not app.exception
    for customer in (reachable, bare):
        assert app.button(key=f"row_overdue_{customer.id}").label
        assert app.button(key=f"log_overdue_{customer.id}").label == "Log a visit"
    links = links_of(app)
    assert links.count("tel:08700001111") == 2  # in its line, and in the card of who is next
    assert sum("destination=34.340100" in link for link in links) == 2
    assert "2 days overdue" in words_of(app)


def test_logging_opens_the_form_over_the_day_and_saving_takes_the_line_away(
    open_app: OpenApp, aiko: User, make_customer: CustomerFactory, today: date
) -> None:
    customer = make_customer("高松食品", owner=aiko, next_on=today - timedelta(days=2))
    app = open_app(aiko, "today")
    app.button(key=f"log_overdue_{customer.id}").click().run()
    app.button(key="save_visit").click().run()
    app.run()
    assert not app.exception
    assert not keys_of(app, f"row_overdue_{customer.id}")
    assert "1 visit today" in words_of(app)


def test_a_line_leads_to_the_customer(open_app: OpenApp, aiko: User, make_customer: CustomerFactory, today: date) -> None:
    customer = make_customer("高松食品", owner=aiko, next_on=today)
    app = open_app(aiko, "today")
    app.button(key=f"row_appointments_{customer.id}").click().run()
    assert not app.exception
    assert app.query_params["id"] == str(customer.id)


def test_next_is_the_coming_appointment_with_its_time(open_app: OpenApp, aiko: User, make_customer: CustomerFactory, today: date) -> None:
    make_customer("遅れ", owner=aiko, next_on=today - timedelta(days=9))
    make_customer("午後の約束", owner=aiko, next_on=today, next_time=time(14, 30), next_action="見積を持参")
    app = open_app(aiko, "today")
    card = next(element.proto.body for element in app.get("html") if "fs-next" in element.proto.body)
    assert "午後の約束" in card
    assert "14:30" in card
    assert "見積を持参" in card
    app.button(key="log_visit").click().run()
    assert not app.exception
    assert any(button.key == "save_visit" for button in app.button)


def test_long_lists_show_the_first_lines_and_count_the_rest(
    open_app: OpenApp, aiko: User, make_customer: CustomerFactory, today: date
) -> None:
    for number in range(25):
        make_customer(f"late {number}", owner=aiko, next_on=today - timedelta(days=1))
    app = open_app(aiko, "today")
    assert len(keys_of(app, "row_overdue_")) == FIRST
    assert app.button(key="more_overdue").label == "Show 22 more"
    app.button(key="more_overdue").click().run()
    assert len(keys_of(app, "row_overdue_")) == 20
    assert "and 5 more" in words_of(app)


def test_drafts_are_continued_or_thrown_away_from_here(
    open_app: OpenApp, runtime: Runtime, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer, reference = make_customer("高松食品", owner=aiko), uuid4()
    with runtime.database.write() as session:
        visit_drafts.open_draft(session, aiko, customer_id=customer.id, client_ref=reference, now=now)
        visit_drafts.save_draft(
            session, aiko, customer_id=customer.id, client_ref=reference, answers=VisitAnswers(note="途中まで"), now=now
        )
    assert not keys_of(open_app(botan, "today"), "draft_")
    app = open_app(aiko, "today")
    assert "途中まで" in words_of(app)
    (discard,) = keys_of(app, "discard_draft_")
    (again,) = keys_of(app, "continue_draft_")
    app.button(key=again).click().run()
    assert not app.exception
    assert any(button.key == "save_visit" for button in app.button)
    app = open_app(aiko, "today")
    app.button(key=discard).click().run()
    assert not app.exception
    assert not keys_of(app, "discard_draft_")
    with runtime.database.read() as session:
        assert visit_drafts.list_drafts(session, aiko) == ()


def test_of_two_drafts_for_one_customer_the_one_that_is_tapped_goes_on(
    open_app: OpenApp, runtime: Runtime, aiko: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer, references = make_customer("高松食品", owner=aiko), (uuid4(), uuid4())
    with runtime.database.write() as session:
        for reference in references:
            visit_drafts.open_draft(session, aiko, customer_id=customer.id, client_ref=reference, now=now)
            answers = VisitAnswers(note=str(reference))
            visit_drafts.save_draft(session, aiko, customer_id=customer.id, client_ref=reference, answers=answers, now=now)
        ids = {draft.client_ref: draft.id for draft in visit_drafts.list_drafts(session, aiko)}
    for reference in references:
        app = open_app(aiko, "today")
        app.button(key=f"continue_draft_{ids[reference]}").click().run()
        assert str(reference) in app.query_params["visit"]


def test_a_complaint_waits_for_whom_it_is_given_to_and_opens_for_its_answer(
    open_app: OpenApp, runtime: Runtime, aiko: User, botan: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    customer = make_customer("高松食品", owner=aiko, phone="087-0000-1111", **PLACE)
    with runtime.database.write() as session:
        asked = RequestInput(kind=RequestKind.COMPLAINT, text="納品が遅れた", due_on=today)
        opened = requests.open_request(session, aiko, customer_id=customer.id, values=asked, client_ref=uuid4(), now=now, today=today)
        request_id = opened.id
    assert not keys_of(open_app(botan, "today"), "request_")
    app = open_app(aiko, "today")
    assert "納品が遅れた" in words_of(app)
    assert "Complaint" in words_of(app)
    assert "tel:08700001111" in links_of(app)
    app.button(key=f"row_request_{request_id}").click().run()
    assert not app.exception
    assert app.query_params["record"] == f"request.{request_id}"


def test_a_reply_to_ones_report_leads_to_that_report(
    open_app: OpenApp, runtime: Runtime, aiko: User, chie: User, now: datetime, today: date
) -> None:
    with runtime.database.write() as session:
        zone = runtime.settings.zone
        report = submit_report(session, aiko, period=Period.DAY, starts_on=today, comment="順調", zone=zone, now=now)
        add_comment(session, chie, report_id=report.id, text="**次**はいつ<b>", client_ref=uuid4(), now=now)
    assert not keys_of(open_app(chie, "today"), "row_reply_")
    app = open_app(aiko, "today")
    [key] = keys_of(app, "row_reply_")
    assert "Chie" in app.button(key=key).label
    assert "**次**" not in app.button(key=key).label
    app.button(key=key).click().run()
    assert not app.exception
    assert (app.query_params["who"], app.query_params["on"]) == (str(aiko.id), today.isoformat())


def test_what_lies_on_the_way_names_the_stop_and_the_distance(
    open_app: OpenApp, aiko: User, make_customer: CustomerFactory, now: datetime, today: date
) -> None:
    make_customer("訪問先", owner=aiko, next_on=today, **PLACE)
    make_customer("ついで", owner=aiko, likelihood=Likelihood.A, last_visited_at=now - timedelta(days=12), **PLACE | {"lat": 34.345})
    said = words_of(open_app(aiko, "today"))
    assert "540 m · unseen for 12 days · near 訪問先" in said


def test_managers_see_the_team_with_its_owners_or_their_own(
    open_app: OpenApp, aiko: User, chie: User, make_customer: CustomerFactory, today: date
) -> None:
    theirs = make_customer("Aikoの客先", owner=aiko, next_on=today - timedelta(days=1))
    own = make_customer("Chieの客先", owner=chie, team_id=aiko.team_id, next_on=today - timedelta(days=1))
    app = open_app(chie, "today")
    assert set(keys_of(app, "row_overdue_")) == {f"row_overdue_{theirs.id}", f"row_overdue_{own.id}"}
    assert "Aiko" in app.button(key=f"row_overdue_{theirs.id}").label
    app = open_app(chie, "today", whose="mine")
    assert keys_of(app, "row_overdue_") == [f"row_overdue_{own.id}"]
    app = open_app(aiko, "today", whose="team")
    assert keys_of(app, "row_overdue_") == [f"row_overdue_{theirs.id}"]
    assert not open_app(chie, "today", whose="nonsense").exception


def test_the_ring_closes_at_the_target_and_is_not_there_without_one(
    open_app: OpenApp, runtime: Runtime, aiko: User, dai: User, make_customer: CustomerFactory, now: datetime
) -> None:
    customer = make_customer(owner=aiko)
    with runtime.database.write() as session:
        record_visit(
            session,
            aiko,
            customer_id=customer.id,
            visited_at=now,
            outcome=Outcome.MET,
            client_ref=uuid4(),
            now=now,
            zone=runtime.settings.zone,
        )
    assert 'class="fs-ring"' not in words_of(open_app(aiko, "today"))
    with runtime.database.write() as session:
        save_options(session, dai, options=TeamOptions(visits_per_day=4), now=now)
    said = words_of(open_app(aiko, "today"))
    assert "1 of 4 visits today" in said
    assert "--fs-share:25%" in said


def test_whatever_people_typed_is_shown_as_text(open_app: OpenApp, aiko: User, make_customer: CustomerFactory, today: date) -> None:
    customer = make_customer(STRANGE, owner=aiko, next_on=today, next_time=time(18), next_action=STRANGE)
    app = open_app(aiko, "today")
    assert not app.exception
    card = next(element.proto.body for element in app.get("html") if "fs-next" in element.proto.body)
    assert "<script>" not in card
    label = app.button(key=f"row_appointments_{customer.id}").label
    assert "<script>" not in label.replace("\\<", "")
    assert "**b**" not in label


def test_an_address_of_the_calendar_is_shown_once_and_ends_when_switched_off(open_app: OpenApp, runtime: Runtime, aiko: User) -> None:
    app = open_app(aiko, "account")
    app.button(key="renew_calendar").click().run()
    assert not app.exception
    (address,) = [element.value for element in app.code]
    assert "/calendar/" in address
    app.button(key="calendar_done").click().run()
    assert not app.code
    app.button(key="renew_calendar").click().run()
    assert [element.value for element in app.code] != [address]
    assert not open_app(aiko, "account").code
    app.button(key="revoke_calendar").click().run()
    assert not app.exception
    assert not app.code
    assert not keys_of(app, "revoke_calendar")


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("option_cadence_days.A", 7, {"cadence": 7}),
        ("option_half_life_days.A", 0, {"half_life": None}),
        ("option_visits_per_day", 8, {"visits": 8}),
        ("option_coarsen_after_days", 90, {"coarsen": 90}),
    ],
)
def test_the_administrator_sets_rhythm_and_target(
    open_app: OpenApp, runtime: Runtime, dai: User, key: str, value: int, expected: dict[str, Any]
) -> None:
    app = open_app(dai, "admin", tab="options")
    app.number_input(key=key).set_value(value)
    app.button(key="save_options").click().run()
    assert not app.exception
    with runtime.database.read() as session:
        options = read_options(session)
    found = {
        "cadence": options.cadence_days[Likelihood.A],
        "half_life": options.half_life_days.get(Likelihood.A),
        "visits": options.visits_per_day,
        "coarsen": options.coarsen_after_days,
    }
    assert {name: found[name] for name in expected} == expected


def test_a_refused_option_is_said_beside_its_field(open_app: OpenApp, runtime: Runtime, dai: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldsales.ui.admin.admin_options.MAX_DAYS", 10_000)
    app = open_app(dai, "admin", tab="options")
    app.number_input(key="option_cadence_days.B").set_value(9_999)
    app.button(key="save_options").click().run()
    assert not app.exception
    assert ["9999" in error.value for error in app.error] == [True]
    with runtime.database.read() as session:
        assert read_options(session) == TeamOptions()


def test_a_card_says_how_old_a_faded_likelihood_is(open_app: OpenApp, aiko: User, make_customer: CustomerFactory, now: datetime) -> None:
    def page_of(customer: Customer) -> str:
        return words_of(open_app(aiko, "customer", id=str(customer.id)))

    seen = {"owner": aiko, "likelihood": Likelihood.A}
    old = make_customer("古い確度", last_visited_at=now - timedelta(days=45), **seen)
    fresh = make_customer("新しい確度", last_visited_at=now - timedelta(days=29), **seen)
    assert "Last visit Wed, Oct 7, likelihood 45 days old" in page_of(old)
    assert "days old" not in page_of(fresh)
