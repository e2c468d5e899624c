"""The generated teams say the same of whom and what one sees as the product."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from fieldsales.db.database import Database
from fieldsales.db.models import Customer
from fieldsales.services.team import team_scope
from tests.teams import TeamRows, filters, load_user, owned, people_of, same_database, store_team, teams


@given(data=st.data(), rows=teams())
@same_database
def test_everybody_sees_the_people_and_customers_that_the_rows_say(database: Database, data: st.DataObject, rows: TeamRows) -> None:
    store_team(database, rows)
    active = [user for user in rows.users if user.disabled_at is None]
    asked = data.draw(filters(rows))
    for actor in active:
        with database.read() as session:
            user = load_user(session, actor.id)
            scope = team_scope.read_scope(session, user, team_filter=asked)
            customers = session.scalars(select(Customer.id).where(team_scope.owned_customers(user, scope, asked)))
            assert set(scope.user_ids) == people_of(rows, actor, asked)
            assert set(customers) == {customer.id for customer in owned(rows, actor, asked)}
