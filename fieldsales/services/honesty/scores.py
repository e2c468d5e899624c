"""The score: learned at night from the deals won and lost, kept, and asked for one customer; it advises and never changes a rank.

One score is learned from all teams' deals; it holds weights and counts, nothing of anybody. What somebody's record says of the ranks
they give (`services.honesty.calibration`) is reckoned the same night and kept beside it, for the map's corrected colours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select, true
from sqlalchemy.orm import Session

from fieldsales.db.models import ScoreModel, User
from fieldsales.domain.deals import open_since, to_micros, to_moment
from fieldsales.domain.likelihood import OPEN, Likelihood
from fieldsales.domain.scoring import (
    FEATURES,
    Feature,
    Reason,
    Score,
    TrainingTable,
    numbers_of,
    probability,
    rank_of,
    reasons_for,
    to_scale,
)
from fieldsales.domain.spans import Span, SpanKind
from fieldsales.domain.team_filter import TeamFilter
from fieldsales.services.access import find_customer, require_active
from fieldsales.services.honesty.calibration import reckon_corrections
from fieldsales.services.honesty.deals import CustomerDeal, read_moves
from fieldsales.services.honesty.kept_deals import count_deals, read_deals
from fieldsales.services.honesty.score_facts import DealMoment, read_known
from fieldsales.services.team.team_scope import read_scope, require_lead

LOOK_BACK = timedelta(days=5 * 365)
CORRECTED_BY = timedelta(days=2 * 365)
MOST_DEALS = 20_000
KEPT_SCORES = 30


@dataclass(frozen=True, slots=True)
class Learning:
    """What there is to learn from: the table, and the ranks that people's records contradict."""

    table: TrainingTable
    corrections: Mapping[int, Mapping[Likelihood, Likelihood]]


@dataclass(frozen=True, slots=True)
class KnownScore:
    """The newest score and when it was learned."""

    trained_at: datetime
    score: Score


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the score says of one open deal: a rank, the chance behind it, why; `stated` is what the rep says."""

    stated: Likelihood
    suggested: Likelihood
    chance: float
    reasons: tuple[Reason, ...]

    @property
    def agrees(self) -> bool:
        """True when the rep says the same."""
        return self.stated is self.suggested


def read_learning(session: Session, *, now: datetime) -> Learning:
    """Return the newest 20,000 decided deals of the last five years, as they stood before their decision, and the corrections."""
    deals = read_deals(session, true(), since=now - LOOK_BACK, until=now, newest=MOST_DEALS)
    table = read_table(session, [deal for deal in deals if deal.deal.stated is not None])
    return Learning(table, reckon_corrections(count_deals(session, true(), since=now - CORRECTED_BY, until=now)))


def read_table(session: Session, deals: Sequence[CustomerDeal]) -> TrainingTable:
    """Return deals as the numbers that were known when their rank was judged."""
    moments = [DealMoment(each.customer_id, each.deal.begun_at, each.deal.stated_at, each.deal.stated) for each in deals]
    rows = tuple(to_scale(numbers_of(known)) for known in read_known(session, moments))
    return TrainingTable(rows, tuple(each.deal.won for each in deals), tuple(each.customer_id for each in deals))


def keep_score(session: Session, score: Score, *, now: datetime) -> None:
    """Keep a score that was just learned; from now on it counts, and the oldest are forgotten."""
    session.add(ScoreModel(trained_at=now, facts=score.to_json()))
    session.flush()
    kept = select(ScoreModel.id).order_by(ScoreModel.trained_at.desc(), ScoreModel.id.desc()).limit(KEPT_SCORES)
    session.execute(delete(ScoreModel).where(ScoreModel.id.not_in(list(session.scalars(kept)))))


def read_score(session: Session, actor: User) -> KnownScore | None:
    """Return the score that counts, None when none was learned yet.

    Raises:
        NotAllowed: `actor` leads nobody.
    """
    require_lead(actor)
    return _newest(session)


def suggest_rank(session: Session, actor: User, *, customer_id: int, now: datetime) -> Suggestion | None:
    """Return what the score says of a customer's open deal.

    None when the deal is decided or archived, and as long as no score foretells better than ranks alone.

    Raises:
        CustomerNotFound: no such customer among those `actor` may see.
    """
    customer = find_customer(session, actor, customer_id)
    known = _newest(session)
    open_deal = customer.likelihood in (*OPEN, Likelihood.UNRATED) and customer.archived_at is None
    if not open_deal or known is None or known.score.trained is None or not known.score.foretells:
        return None
    moves, created = read_moves(session, [customer_id]).get(customer_id, []), to_micros(customer.created_at)
    since = open_since(created=created, moves=moves)
    rank = customer.likelihood if customer.likelihood in OPEN else None
    moment = DealMoment(customer_id, to_moment(created if since is None else since), now, rank)
    numbers = numbers_of(read_known(session, [moment])[0])
    weights = known.score.trained.weights
    chance = probability(weights, to_scale(numbers))
    return Suggestion(customer.likelihood, rank_of(chance), chance, reasons_for(weights, numbers))


def read_corrections(session: Session, actor: User, *, now: datetime) -> dict[int, Mapping[Likelihood, Likelihood]]:
    """Return, by owner, what the ranks of those whose records `actor` may look at stand for; a rep's are their own alone."""
    require_active(actor)
    known = _newest(session)
    if known is None or not known.score.corrections:
        return {}
    everybody = TeamFilter(Span.around(SpanKind.MONTH, now.date()))
    people = {person.id for person in read_scope(session, actor, team_filter=everybody).people}
    return {person_id: ranks for person_id, ranks in known.score.corrections.items() if person_id in people}


def weights_by_feature(score: Score) -> dict[Feature, float]:
    """Return how much each number weighs, by what one usual deviation of it adds to the log-odds; empty without weights."""
    return dict(zip(FEATURES, score.trained.weights.weight, strict=True)) if score.trained is not None else {}


def _newest(session: Session) -> KnownScore | None:
    newest = session.scalar(select(ScoreModel).order_by(ScoreModel.trained_at.desc(), ScoreModel.id.desc()).limit(1))
    return KnownScore(newest.trained_at, Score.from_json(newest.facts)) if newest is not None else None
