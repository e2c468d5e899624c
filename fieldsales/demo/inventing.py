"""Invented customers, one after another, each with the whole of its story; the same seed and day tell the same."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import accumulate
from random import Random

from fieldsales.demo.names import CompanyName, PersonName, invent_building, invent_company, invent_person
from fieldsales.demo.odds import Odds
from fieldsales.demo.past import recall
from fieldsales.demo.people import FORMER, LEFT_DAYS, NEGLECTED_AREA, Habits, habits_of, rep_for
from fieldsales.demo.phones import invent_phone
from fieldsales.demo.phrases import write_memo
from fieldsales.demo.places import Spot, choose_spot
from fieldsales.demo.story import WINDOW_DAYS, Encounter, Plot, tell
from fieldsales.demo.towns import Town, read_towns
from fieldsales.domain.likelihood import Likelihood
from fieldsales.domain.words import Kind, Stage

SEED = 2026
MOST_VISITS = 150_000
MOST_OF_THE_PAST = 30_000  # visits before the story: a demo of very many remembers those of a few
_VISITS_OF_THE_PAST = 9  # per customer
_SEEN_BEFORE = 0.5  # of those whom the story leaves alone; the others nobody has ever visited
TAGS = ("重点", "紹介", "展示会", "Web問い合わせ", "年度末商談", "競合あり", "休眠掘り起こし")
_SHARED_ADDRESS = 0.06
_WITHOUT_OWNER = 0.01
_GOALS = Odds({
    Likelihood.A: 9, Likelihood.B: 17, Likelihood.C: 26, Likelihood.D: 15,
    Likelihood.LOST: 8, Likelihood.UNRATED: 13,
})  # fmt: skip
_NEGLECTED_GOALS = Odds({Likelihood.A: 40, Likelihood.B: 35, Likelihood.C: 15, Likelihood.UNRATED: 10})
_CLOSED = frozenset({Likelihood.WON, Likelihood.LOST})


@dataclass(frozen=True, slots=True)
class Invented:
    """A customer before it is stored; `rep` is the owner's account or empty, `created_on` the day it was entered."""

    number: int
    name: str
    kana: str
    kind: Kind
    stage: Stage
    likelihood: Likelihood
    amount: int | None
    phone: str
    email: str
    contact: str
    memo: str
    rep: str
    tags: tuple[str, ...]
    created_on: date
    spot: Spot
    encounters: tuple[Encounter, ...]
    custom: Mapping[str, str] = field(default_factory=dict)


def invent_customers(count: int, *, today: date) -> Iterator[Invented]:
    """Yield `count` customers."""
    rng = Random(SEED)
    towns = read_towns()
    draws = list(accumulate(town.draw for town in towns))
    # Three hundred keep to their town; a hundred thousand spread over the land around it, so that few share a point.
    spread_m = min(2_000.0, 120.0 * max(1.0, math.sqrt(count / 300)) ** 0.75)
    busy = min(1.0, MOST_VISITS / (count * 3.0)) if count else 1.0
    remembered = min(1.0, MOST_OF_THE_PAST / (count * _VISITS_OF_THE_PAST)) if count else 1.0
    last: Spot | None = None
    for number in range(1, count + 1):
        town = rng.choices(towns, cum_weights=draws)[0]
        if last is not None and last.town is not None and last.located and rng.random() < _SHARED_ADDRESS:
            spot = replace(last, floor=last.floor + 1, building=last.building or invent_building(rng))
            town = last.town
        else:
            spot = choose_spot(rng, town, spread_m=spread_m)
        last = spot
        invented = _invent(rng, number, town, spot, busy=busy, today=today)
        yield _with_a_past(invented, remembered=remembered, today=today)


def _invent(rng: Random, number: int, town: Town, spot: Spot, *, busy: float, today: date) -> Invented:
    rep = rep_for(town)
    habits, neglected = habits_of(rep), town.area == NEGLECTED_AREA
    unowned = rng.random() < _WITHOUT_OWNER
    goal = Likelihood.UNRATED if unowned else _goal(rng, habits, neglected=neglected)
    visits = 0 if unowned else _visits(rng, goal, habits, busy=busy)
    left_days = LEFT_DAYS if rep == FORMER.account else 0
    encounters = tell(rng, Plot(goal, habits, visits, neglected, left_days), today=today)
    kind = Kind.PERSON if rng.random() < 0.14 else Kind.COMPANY
    company, person = invent_company(rng), invent_person(rng)
    new = unowned or (goal is Likelihood.UNRATED and not encounters)
    age = rng.randint(1, 20) if new else rng.randint(WINDOW_DAYS + 31, WINDOW_DAYS + 900)
    return Invented(
        number=number,
        name=company.name if kind is Kind.COMPANY else person.name,
        kana=company.kana if kind is Kind.COMPANY else person.kana,
        kind=kind,
        stage=_stage(rng, goal),
        likelihood=goal,
        amount=_amount(rng, kind, goal, neglected=neglected),
        phone=invent_phone(rng, town, kind),
        email=f"info{number:05d}@example.jp" if rng.random() < 0.6 else "",
        contact=_contact(rng, person, company) if kind is Kind.COMPANY else "",
        memo=write_memo(rng) if rng.random() < 0.35 else "",
        rep="" if unowned else rep,
        tags=_tags(rng, goal, unowned=unowned),
        created_on=today - timedelta(days=age),
        spot=spot,
        encounters=encounters,
        custom={"業種": company.trade, "従業員数": str(_headcount(rng))} if kind is Kind.COMPANY else {},
    )


def _with_a_past(invented: Invented, *, remembered: float, today: date) -> Invented:
    """Return a customer with the deals of the years before its story; who bought then is a client unless lost since."""
    rng = Random(SEED * 1_000_003 - invented.number)  # of its own, so that the past changes nothing of the story
    story = invented.encounters
    if not invented.rep or rng.random() >= remembered * (1.0 if story else _SEEN_BEFORE):
        return invented
    first, until = (story[0].before, story[0].day) if story else (invented.likelihood, None)
    past = recall(rng, habits_of(invented.rep), first, since=invented.created_on, until=until, today=today)
    bought = any(encounter.after is Likelihood.WON for encounter in past)
    stage = Stage.CLIENT if bought and invented.stage is Stage.PROSPECT and invented.likelihood is not Likelihood.LOST else invented.stage
    return replace(invented, encounters=past + story, stage=stage)


def _goal(rng: Random, habits: Habits, *, neglected: bool) -> Likelihood:
    if neglected:
        return _NEGLECTED_GOALS.draw(rng)
    return Likelihood.WON if rng.random() < habits.wins else _GOALS.draw(rng)


def _visits(rng: Random, goal: Likelihood, habits: Habits, *, busy: float) -> int:
    if rng.random() >= busy:
        return 0
    usual = habits.visits * (0.5 if goal is Likelihood.UNRATED else 1.0)
    visits = min(8, round(rng.expovariate(1 / usual)))
    return max(visits, 1 if goal in _CLOSED or goal is Likelihood.A else 0)


def _stage(rng: Random, goal: Likelihood) -> Stage:
    if goal is Likelihood.WON:
        return Stage.CLIENT
    if goal is Likelihood.LOST:
        return Stage.DORMANT if rng.random() < 0.5 else Stage.PROSPECT
    return Stage.CLIENT if goal is not Likelihood.UNRATED and rng.random() < 0.25 else Stage.PROSPECT


def _amount(rng: Random, kind: Kind, goal: Likelihood, *, neglected: bool) -> int | None:
    if goal is Likelihood.UNRATED or rng.random() < 0.08:
        return None
    typical = 1_200_000 if kind is Kind.COMPANY else 180_000
    return max(3, round(typical * rng.lognormvariate(0.6 if neglected else 0.0, 0.8) / 10_000)) * 10_000


def _contact(rng: Random, person: PersonName, company: CompanyName) -> str:
    if company.trade == "医療・福祉":
        return f"{person.family} 院長" if rng.random() < 0.5 else f"事務長 {person.family}"
    title = rng.choice(("総務部", "購買課", "社長", "専務", "工場長", "店長", "営業部", ""))
    return f"{title} {person.name}".strip()


def _headcount(rng: Random) -> int:
    return max(1, round(rng.lognormvariate(3.0, 1.0)))


def _tags(rng: Random, goal: Likelihood, *, unowned: bool) -> tuple[str, ...]:
    if unowned:
        return ("Web問い合わせ",)
    tags = {rng.choice(TAGS[1:])} if rng.random() < 0.3 else set()
    if goal in (Likelihood.A, Likelihood.B) and rng.random() < 0.4:
        tags.add("重点")
    return tuple(sorted(tags))
