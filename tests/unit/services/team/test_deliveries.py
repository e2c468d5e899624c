"""Who may have summaries sent, where to and when; refusals beside their fields; two who change the same one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, update

from fieldsales.db.database import Database
from fieldsales.db.models import AuditEvent, Delivery, Team, User
from fieldsales.domain.words import DeliveryFormat, DeliveryState
from fieldsales.errors import BadChoice, BadEmail, FieldSalesError, NotAllowed, NotFound
from fieldsales.services.team import deliveries
from fieldsales.services.team.deliveries import (
    DeliveryChanged,
    DeliveryInput,
    DeliveryRow,
    NoFolder,
    NoMail,
    NowhereToDeliver,
    TooManyDeliveries,
    TooManyRecipients,
    Ways,
)

BOTH = Ways(folder=True, mail=True)
SUNDAY_NIGHT = datetime(2026, 11, 22, 23, 0, tzinfo=UTC)  # Monday at eight in Tokyo


def team_id(database: Database, name: str = "East") -> int:
    with database.read() as session:
        found = session.scalar(select(Team.id).where(Team.name == name))
        assert found is not None
        return found


@pytest.fixture
def asked(database: Database, people: dict[str, User]) -> DeliveryInput:
    """East's week, on Mondays at eight in Tokyo, as PDF, by mail."""
    return DeliveryInput(team_id(database), DeliveryFormat.PDF, 0, time(8), "Asia/Tokyo", "ja", False, False, ("chie@example.com",))


def save(database: Database, actor: User, asked: DeliveryInput, now: datetime, ref: UUID | None = None, **values: Any) -> Delivery:
    with database.write() as session:
        return deliveries.save_delivery(session, actor, asked=asked, client_ref=ref or uuid4(), **({"ways": BOTH, "now": now} | values))


def rows(database: Database, actor: User) -> tuple[DeliveryRow, ...]:
    with database.read() as session:
        return deliveries.list_deliveries(session, actor)


def test_a_manager_sets_one_up_and_sees_when_it_is_made_and_of_which_week(
    database: Database, chie: User, asked: DeliveryInput, now: datetime
) -> None:
    save(database, chie, asked, now)
    (row,) = rows(database, chie)
    assert (row.asked, row.team, row.maker, row.mine) == (asked, "East", "Chie", True)
    assert (row.next_at, str(row.week), row.state) == (SUNDAY_NIGHT, "2026-11-16", DeliveryState.WAITING)
    with database.read() as session:
        assert session.scalars(select(AuditEvent.action)).all() == ["delivery_added"]


def test_the_same_form_sent_twice_sets_up_one(database: Database, chie: User, asked: DeliveryInput, now: datetime) -> None:
    ref = uuid4()
    assert save(database, chie, asked, now, ref).id == save(database, chie, asked, now, ref).id
    assert len(rows(database, chie)) == 1


def test_nobody_takes_a_reference_of_somebody_else(database: Database, chie: User, dai: User, asked: DeliveryInput, now: datetime) -> None:
    ref = uuid4()
    save(database, dai, replace(asked, team_id=None), now, ref)
    with pytest.raises(NotFound):
        save(database, chie, asked, now, ref)


def test_only_who_leads_and_may_export_has_summaries_sent(
    database: Database, aiko: User, botan: User, chie: User, dai: User, asked: DeliveryInput, now: datetime
) -> None:
    for rep in (aiko, botan):
        with pytest.raises(NotAllowed):
            save(database, rep, asked, now)
        with pytest.raises(NotAllowed):
            rows(database, rep)
    chie.may_export = False
    with pytest.raises(NotAllowed):
        save(database, chie, asked, now)
    dai.disabled_at = now
    with pytest.raises(NotAllowed):
        save(database, dai, asked, now)
    with database.read() as session:
        assert session.scalar(select(func.count(Delivery.id))) == 0


def test_a_team_that_somebody_does_not_lead_does_not_exist_for_them(
    database: Database, chie: User, asked: DeliveryInput, now: datetime
) -> None:
    for team in (team_id(database, "West"), 999_999):
        with pytest.raises(NotFound):
            save(database, chie, replace(asked, team_id=team), now)
    with database.read() as session:
        assert deliveries.teams_to_deliver(session, chie) == {team_id(database): "East"}


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        ({"recipients": ("not an address",)}, BadEmail),
        ({"recipients": ("a@example.com\nBcc: b@example.com",)}, BadEmail),
        ({"recipients": ("Chie <chie@example.com>",)}, BadEmail),
        ({"recipients": ("千恵@example.com",)}, BadEmail),
        ({"recipients": tuple(f"p{n}@example.com" for n in range(21))}, TooManyRecipients),
        ({"recipients": ()}, NowhereToDeliver),
        ({"recipients": (" ", "")}, NowhereToDeliver),
        ({"weekday": 7}, BadChoice),
        ({"zone": "Tokyo"}, BadChoice),
        ({"locale": "tlh"}, BadChoice),
    ],
)
def test_what_cannot_be_sent_is_refused_beside_its_field(
    database: Database, chie: User, asked: DeliveryInput, now: datetime, wrong: dict[str, Any], error: type[FieldSalesError]
) -> None:
    with pytest.raises(error) as refused:
        save(database, chie, replace(asked, **wrong), now)
    assert refused.value.field == ("recipients" if "recipients" in wrong else next(iter(wrong)))
    assert rows(database, chie) == ()


def test_what_the_installation_cannot_do_is_refused(database: Database, chie: User, asked: DeliveryInput, now: datetime) -> None:
    with pytest.raises(NoMail):
        save(database, chie, asked, now, ways=Ways(folder=True, mail=False))
    with pytest.raises(NoFolder):
        save(database, chie, replace(asked, to_folder=True), now, ways=Ways(folder=False, mail=True))


def test_an_address_given_twice_gets_one_mail(database: Database, chie: User, asked: DeliveryInput, now: datetime) -> None:
    save(database, chie, replace(asked, recipients=(" a@example.com ", "a@example.com", "", "b@example.com")), now)
    assert rows(database, chie)[0].asked.recipients == ("a@example.com", "b@example.com")


def test_changing_one_makes_it_due_anew(database: Database, chie: User, asked: DeliveryInput, now: datetime) -> None:
    delivery = save(database, chie, asked, now)
    friday = replace(asked, weekday=4, at=time(18), running_week=True, zone="Europe/Berlin")
    save(database, chie, friday, now, delivery_id=delivery.id, version=delivery.version)
    (row,) = rows(database, chie)
    assert row.asked == friday
    assert (row.next_at, str(row.week)) == (datetime(2026, 11, 27, 17, 0, tzinfo=UTC), "2026-11-23")


def test_the_second_of_two_who_change_it_is_told(database: Database, chie: User, dai: User, asked: DeliveryInput, now: datetime) -> None:
    delivery = save(database, chie, asked, now)
    save(database, dai, replace(asked, weekday=2), now, delivery_id=delivery.id, version=delivery.version)
    with pytest.raises(DeliveryChanged):
        save(database, chie, replace(asked, weekday=3), now, delivery_id=delivery.id, version=delivery.version)
    assert rows(database, chie)[0].asked.weekday == 2


def test_others_who_lead_the_team_see_it_and_only_its_maker_and_admins_change_it(
    database: Database, chie: User, dai: User, asked: DeliveryInput, now: datetime
) -> None:
    delivery = save(database, dai, asked, now)
    (row,) = rows(database, chie)
    assert (row.maker, row.mine) == ("Dai", False)
    with pytest.raises(NotAllowed):
        save(database, chie, asked, now, delivery_id=delivery.id)
    for act in (deliveries.stop_delivery, deliveries.send_again):
        with pytest.raises(NotAllowed), database.write() as session:
            act(session, chie, delivery_id=delivery.id, now=now)
    save(database, dai, replace(asked, team_id=None), now)
    assert len(rows(database, chie)) == 1  # what is sent of everybody is not Chie's to see
    assert len(rows(database, dai)) == 2


def test_a_stopped_one_is_gone_and_stopping_again_changes_nothing(
    database: Database, chie: User, asked: DeliveryInput, now: datetime
) -> None:
    delivery = save(database, chie, asked, now)
    for _ in range(2):
        with database.write() as session:
            deliveries.stop_delivery(session, chie, delivery_id=delivery.id, now=now)
    assert rows(database, chie) == ()
    with pytest.raises(NotFound), database.write() as session:
        deliveries.send_again(session, chie, delivery_id=delivery.id, now=now)
    with database.read() as session:
        assert session.scalars(select(AuditEvent.action).order_by(AuditEvent.id)).all() == ["delivery_added", "delivery_retired"]


def test_what_stopped_while_it_was_being_changed_is_not_saved_as_if_it_went_on(
    database: Database, chie: User, dai: User, asked: DeliveryInput, now: datetime
) -> None:
    delivery = save(database, chie, asked, now)
    with database.write() as session:  # as the worker does when the maker has left: without a new version
        session.execute(update(Delivery).values(retired_at=now, trouble="maker_left"))
    with pytest.raises(DeliveryChanged):
        save(database, dai, asked, now, delivery_id=delivery.id, version=delivery.version)
    (row,) = rows(database, dai)
    assert (row.stopped, row.trouble is not None) == (True, True)


def test_sending_now_makes_it_due_at_once_and_says_of_which_week(
    database: Database, chie: User, asked: DeliveryInput, now: datetime
) -> None:
    delivery = save(database, chie, asked, now)
    with database.write() as session:
        week = deliveries.send_again(session, chie, delivery_id=delivery.id, now=now)
    assert str(week) == "2026-11-09"  # of the Monday before: last week is not over on Saturday
    assert rows(database, chie)[0].next_at == now
    with database.read() as session:
        asked_for = session.scalars(select(AuditEvent).where(AuditEvent.action == "delivery_asked_for")).one()
        assert asked_for.actor_id == chie.id


def test_there_is_an_end_to_how_many_one_may_have(
    database: Database, chie: User, asked: DeliveryInput, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "MAX_DELIVERIES", 2)
    for _ in range(2):
        save(database, chie, asked, now)
    with pytest.raises(TooManyDeliveries):
        save(database, chie, asked, now)
