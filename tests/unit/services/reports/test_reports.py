"""A report is written, submitted once, answered; it keeps its numbers, and only those may read it who should."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer, Report, ReportComment, User, Visit
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.reports import Figure
from fieldsales.domain.words import Outcome, Period
from fieldsales.errors import NotAllowed, NotFound, TextTooLong
from fieldsales.services.reports.report_comments import MAX_COMMENT, EmptyComment, ReportNotSubmitted, add_comment, find_answer, save_answer
from fieldsales.services.reports.reports import (
    ReportCommented,
    ReportInFuture,
    ReportSubmitted,
    ReportView,
    build_facts,
    read_comment,
    read_report,
    save_comment,
    submit_report,
    withdraw_report,
)

TOKYO = ZoneInfo("Asia/Tokyo")
DAY = date(2026, 11, 20)
Make = Callable[..., Customer]


@pytest.fixture
def visit(database: Database, aiko: User, make_customer: Make) -> Visit:
    """Aiko's visit of Friday morning."""
    at = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
    visit = Visit(
        client_ref=uuid4(),
        customer_id=make_customer(owner=aiko).id,
        user_id=aiko.id,
        outcome=Outcome.MET,
        visited_at=at,
        note="秘密の話",
        likelihood_before=Likelihood.B,
        likelihood_after=Likelihood.B,
        created_at=at,
    )
    with database.write() as session:
        session.add(visit)
    return visit


def read(database: Database, actor: User, user: User, now: datetime, *, on: date = DAY, period: Period = Period.DAY) -> ReportView:
    with database.read() as session:
        return read_report(session, actor, user_id=user.id, period=period, starts_on=on, zone=TOKYO, now=now)


def write(database: Database, actor: User, comment: str, now: datetime, **values: Any) -> None:
    with database.write() as session:
        save_comment(session, actor, period=Period.DAY, starts_on=DAY, comment=comment, zone=TOKYO, now=now, **values)


def submit(database: Database, actor: User, now: datetime, comment: str | None = None, on: date = DAY) -> Report:
    with database.write() as session:
        return submit_report(session, actor, period=Period.DAY, starts_on=on, comment=comment, zone=TOKYO, now=now)


def say(database: Database, actor: User, report: Report, text: str, now: datetime, **values: Any) -> ReportComment:
    with database.write() as session:
        return add_comment(session, actor, report_id=report.id, text=text, now=now, **{"client_ref": uuid4()} | values)


def withdraw(database: Database, actor: User) -> None:
    with database.write() as session:
        withdraw_report(session, actor, period=Period.DAY, starts_on=DAY)


def count(database: Database, model: type[Any]) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def disabled(database: Database, user: User, now: datetime) -> User:
    with database.write() as session:
        session.get_one(User, user.id).disabled_at = now
    with database.read() as session:
        return session.get_one(User, user.id)


# Who reads whose


def test_a_comment_is_sent_beside_what_another_device_is_just_writing(database: Database, aiko: User, chie: User, now: datetime) -> None:
    report = submit(database, aiko, now)
    with database.write() as session:
        reference = find_answer(session, chie, report_id=report.id).client_ref
        save_answer(session, chie, report_id=report.id, text="from the phone", client_ref=reference, base="", now=now)
    sent = say(database, chie, report, "from the desk", now, client_ref=reference, base="")
    assert (sent.text, sent.sent_at) == ("from the desk", now)
    with database.read() as session:
        assert "from the phone" in find_answer(session, chie, report_id=report.id).text


def test_a_report_is_read_by_its_author_their_manager_and_the_admin(
    database: Database, people: dict[str, User], visit: Visit, now: datetime
) -> None:
    for reader in ("aiko", "chie", "dai"):
        view = read(database, people[reader], people["aiko"], now)
        assert [fact.note for fact in view.facts.visits] == ["秘密の話"]
        assert view.own is (reader == "aiko")


@pytest.mark.parametrize(("reader", "whose"), [("botan", "aiko"), ("aiko", "botan"), ("aiko", "chie"), ("chie", "botan"), ("chie", "dai")])
def test_for_others_it_does_not_exist(
    database: Database, people: dict[str, User], visit: Visit, now: datetime, reader: str, whose: str
) -> None:
    submit(database, people["aiko"], now)
    with pytest.raises(NotFound):
        read(database, people[reader], people[whose], now)
    with pytest.raises(NotFound), database.read() as session:
        build_facts(session, people[reader], user_id=people[whose].id, period=Period.DAY, starts_on=DAY, zone=TOKYO, now=now)


def test_reps_of_one_team_read_their_own_only(database: Database, people: dict[str, User], visit: Visit, now: datetime) -> None:
    with database.write() as session:
        session.get_one(User, people["botan"].id).team_id = people["aiko"].team_id
    with database.read() as session:
        botan = session.get_one(User, people["botan"].id)
    with pytest.raises(NotFound):
        read(database, botan, people["aiko"], now)


def test_somebody_who_was_disabled_neither_reads_nor_writes(database: Database, aiko: User, visit: Visit, now: datetime) -> None:
    report = submit(database, aiko, now)
    gone = disabled(database, aiko, now)
    for attempt in (
        lambda: read(database, gone, gone, now),
        lambda: write(database, gone, "x", now),
        lambda: submit(database, gone, now),
        lambda: withdraw(database, gone),
        lambda: say(database, gone, report, "x", now),
    ):
        with pytest.raises(NotAllowed):
            attempt()


def test_a_manager_reads_on_when_somebody_has_left(database: Database, aiko: User, chie: User, visit: Visit, now: datetime) -> None:
    submit(database, aiko, now, "最後の日報")
    disabled(database, aiko, now)
    assert read(database, chie, aiko, now).comment == "最後の日報"


def test_a_report_of_tomorrow_is_refused(database: Database, aiko: User, now: datetime) -> None:
    for attempt in (
        lambda: read(database, aiko, aiko, now, on=date(2026, 11, 22)),
        lambda: submit(database, aiko, now, on=date(2026, 11, 22)),
    ):
        with pytest.raises(ReportInFuture):
            attempt()
    assert count(database, Report) == 0


# Writing and submitting


def test_reading_a_report_stores_nothing(database: Database, aiko: User, visit: Visit, now: datetime) -> None:
    assert read(database, aiko, aiko, now).id is None
    assert count(database, Report) == 0


def test_what_is_typed_is_kept_to_the_letter_and_for_the_author_alone(database: Database, aiko: User, chie: User, now: datetime) -> None:
    write(database, aiko, "書きかけ \n", now)
    with database.read() as session:
        assert read_comment(session, aiko, period=Period.DAY, starts_on=DAY) == "書きかけ \n"
    assert read(database, aiko, aiko, now).comment == "書きかけ \n"
    assert read(database, chie, aiko, now).comment == ""
    write(database, aiko, "", now, base="書きかけ \n")
    assert read(database, aiko, aiko, now).comment == ""


def test_two_devices_that_write_at_once_lose_no_word(database: Database, aiko: User, now: datetime) -> None:
    write(database, aiko, "電話から", now, base="")
    write(database, aiko, "机から", now, base="")
    assert read(database, aiko, aiko, now).comment == "電話から\n机から"
    write(database, aiko, "電話から、続き\n机から", now, base="電話から\n机から")
    assert read(database, aiko, aiko, now).comment == "電話から、続き\n机から"


def test_a_comment_has_an_end(database: Database, aiko: User, now: datetime) -> None:
    write(database, aiko, "字" * MAX_COMMENT, now)
    with pytest.raises(TextTooLong) as refused:
        write(database, aiko, "字" * (MAX_COMMENT + 1), now)
    assert refused.value.field == "report_comment"


def test_submitting_freezes_the_numbers_and_says_when_they_differ(
    database: Database, aiko: User, chie: User, visit: Visit, now: datetime
) -> None:
    write(database, aiko, " 順調です。 ", now)
    submit(database, aiko, now)
    with database.write() as session:
        stored = session.get_one(Visit, visit.id)
        stored.deleted_at, stored.deleted_reason = now, "間違い"
    for reader in (aiko, chie):
        view = read(database, reader, aiko, now + timedelta(days=9))
        assert (view.facts.visit_count, view.comment, view.submitted_at) == (1, "順調です。", now)
        assert [(d.figure, d.before, d.after) for d in view.changed] == [(Figure.VISITS, 1, 0)]


def test_an_edited_visit_is_told_too(database: Database, aiko: User, visit: Visit, now: datetime) -> None:
    submit(database, aiko, now)
    assert read(database, aiko, aiko, now).changed == ()
    with database.write() as session:
        session.get_one(Visit, visit.id).note = "書き直した"
    view = read(database, aiko, aiko, now)
    assert view.facts.visits[0].note == "秘密の話"
    assert [(d.figure, d.after) for d in view.changed] == [(Figure.CONTENT, 1)]


def test_submitting_again_changes_nothing(database: Database, aiko: User, visit: Visit, now: datetime) -> None:
    first = submit(database, aiko, now, "一度だけ")
    later = now + timedelta(hours=1)
    again, bare = submit(database, aiko, later, "一度だけ"), submit(database, aiko, later)
    assert {first.id, again.id, bare.id} == {first.id}
    assert again.version == bare.version == first.version
    assert read(database, aiko, aiko, later).submitted_at == now


def test_many_taps_at_once_submit_once(database: Database, aiko: User, visit: Visit, now: datetime) -> None:
    moments = [now + timedelta(seconds=n) for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        reports = list(pool.map(lambda moment: submit(database, aiko, moment, "同時"), moments))
    assert count(database, Report) == 1
    assert len({report.submitted_at for report in reports}) == 1


def test_a_second_phone_with_other_words_is_told_instead_of_overwriting(database: Database, aiko: User, now: datetime) -> None:
    submit(database, aiko, now, "一台目")
    for attempt in (lambda: submit(database, aiko, now, "二台目"), lambda: write(database, aiko, "二台目", now, base="")):
        with pytest.raises(ReportSubmitted):
            attempt()
    assert read(database, aiko, aiko, now).comment == "一台目"


def test_week_and_month_are_reports_of_their_own(database: Database, aiko: User, visit: Visit, now: datetime) -> None:
    for period, first in ((Period.WEEK, date(2026, 11, 16)), (Period.MONTH, date(2026, 11, 1))):
        with database.write() as session:
            submit_report(session, aiko, period=period, starts_on=DAY, comment=period.value, zone=TOKYO, now=now)
        view = read(database, aiko, aiko, now, period=period)
        assert (view.facts.starts_on, view.facts.visit_count, view.comment) == (first, 1, period.value)
        assert [c.visits for c in view.facts.customers] == [1]
    assert read(database, aiko, aiko, now).submitted_at is None


# Withdrawing


def test_an_author_takes_a_report_back_and_goes_on_with_it(database: Database, aiko: User, visit: Visit, now: datetime) -> None:
    submit(database, aiko, now, "早すぎた")
    withdraw(database, aiko)
    withdraw(database, aiko)
    view = read(database, aiko, aiko, now)
    assert (view.submitted_at, view.comment, view.may_withdraw) == (None, "早すぎた", False)
    submit(database, aiko, now + timedelta(hours=2), "今度こそ")
    assert read(database, aiko, aiko, now).submitted_at == now + timedelta(hours=2)


def test_a_report_that_was_commented_on_stays(database: Database, aiko: User, chie: User, now: datetime) -> None:
    report = submit(database, aiko, now)
    say(database, aiko, report, "追記です", now)
    assert read(database, aiko, aiko, now).may_withdraw
    say(database, chie, report, "読みました", now)
    assert not read(database, aiko, aiko, now).may_withdraw
    with pytest.raises(ReportCommented):
        withdraw(database, aiko)


def test_nobody_withdraws_for_others(database: Database, aiko: User, chie: User, dai: User, now: datetime) -> None:
    submit(database, aiko, now)
    for other in (chie, dai):
        assert not read(database, other, aiko, now).may_withdraw
        with pytest.raises(NotFound):
            withdraw(database, other)


# Comments and answers


def test_manager_and_author_talk(database: Database, aiko: User, chie: User, now: datetime) -> None:
    report = submit(database, aiko, now)
    say(database, chie, report, "次は同行します。\n<b>", now)
    say(database, aiko, report, " お願いします ", now + timedelta(minutes=1))
    told = read(database, aiko, aiko, now).comments
    assert [(c.who, c.own, c.text) for c in told] == [("Chie", False, "次は同行します。\n<b>"), ("Aiko", True, "お願いします")]


def test_a_comment_sent_twice_is_said_once_and_other_words_are_said_too(database: Database, aiko: User, chie: User, now: datetime) -> None:
    report = submit(database, aiko, now)
    with database.read() as session:
        reference = find_answer(session, chie, report_id=report.id).client_ref
    for text in ("了解", "了解", "別の端末から", "別の端末から"):
        say(database, chie, report, text, now, client_ref=reference)
    assert [c.text for c in read(database, chie, aiko, now).comments] == ["了解", "別の端末から"]


def test_many_taps_at_once_say_it_once(database: Database, aiko: User, chie: User, now: datetime) -> None:
    report, reference = submit(database, aiko, now), uuid4()
    with ThreadPoolExecutor(6) as pool:
        ids = {comment.id for comment in pool.map(lambda _: say(database, chie, report, "了解", now, client_ref=reference), range(6))}
    assert len(ids) == count(database, ReportComment) == 1


def test_an_answer_is_kept_while_it_is_written_and_seen_by_its_author_only(
    database: Database, aiko: User, chie: User, now: datetime
) -> None:
    report = submit(database, aiko, now)
    with database.read() as session:
        reference = find_answer(session, chie, report_id=report.id).client_ref
    for base, text in (("", "書き"), ("書き", "書きかけ "), ("", "もう一台")):
        with database.write() as session:
            save_answer(session, chie, report_id=report.id, text=text, client_ref=reference, base=base, now=now)
    view = read(database, chie, aiko, now)
    assert view.answer is not None
    assert (view.answer.client_ref, view.answer.text, view.comments) == (reference, "書きかけ \nもう一台", ())
    own = read(database, aiko, aiko, now)
    assert (own.comments, own.may_withdraw, own.answer is not None and own.answer.text) == ((), True, "")
    say(database, chie, report, "書きかけ \nもう一台", now, client_ref=reference)
    after = read(database, chie, aiko, now)
    assert [c.text for c in after.comments] == ["書きかけ \nもう一台"]
    assert after.answer is not None
    assert (after.answer.text, after.answer.client_ref != reference) == ("", True)


def test_what_cannot_be_said_is_refused(database: Database, aiko: User, botan: User, chie: User, now: datetime) -> None:
    report = submit(database, aiko, now)
    with pytest.raises(NotFound):
        say(database, botan, report, "のぞき見", now)
    with pytest.raises(EmptyComment):
        say(database, chie, report, " \n ", now)
    with pytest.raises(TextTooLong):
        say(database, chie, report, "字" * (MAX_COMMENT + 1), now)
    said = say(database, chie, report, "本物", now)
    with pytest.raises(NotFound):
        say(database, aiko, report, "乗っ取り", now, client_ref=said.client_ref)
    assert count(database, ReportComment) == 1


def test_nothing_is_said_about_a_report_that_is_not_there_yet(database: Database, aiko: User, chie: User, now: datetime) -> None:
    report = submit(database, aiko, now)
    withdraw(database, aiko)
    with pytest.raises(ReportNotSubmitted):
        say(database, chie, report, "早い", now)
