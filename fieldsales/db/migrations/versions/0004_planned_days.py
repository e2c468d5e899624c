"""Planned days: plans with their stops, places and learned travel times; a customer's opening hours and how long a visit takes."""

import sqlalchemy as sa
from alembic import op

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('learned_travel',
    sa.Column('mode', sa.Enum('car', 'bicycle', 'walk', 'train', name='travelmode', native_enum=False, length=32), nullable=False),
    sa.Column('source', sa.Enum('estimate', 'roads', name='travelsource', native_enum=False, length=32), nullable=False),
    sa.Column('area', sa.String(length=32), nullable=False),
    sa.Column('hour', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('factor', sa.Double(), nullable=False),
    sa.Column('spread', sa.Double(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('learned_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('mode', 'source', 'area', 'hour', name=op.f('pk_learned_travel'))
    )
    op.create_table('places',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.Enum('home', 'office', 'station', 'other', name='placekind', native_enum=False, length=32), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('address', sa.String(length=1000), nullable=False),
    sa.Column('lat', sa.Double(), nullable=False),
    sa.Column('lon', sa.Double(), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_places_owner_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_places'))
    )
    op.create_index(op.f('ix_places_owner_id'), 'places', ['owner_id'], unique=False)
    op.create_table('plans',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('client_ref', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('created_by_id', sa.Integer(), nullable=False),
    sa.Column('changed_by_id', sa.Integer(), nullable=False),
    sa.Column('day', sa.Date(), nullable=False),
    sa.Column('zone', sa.String(length=64), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('state', sa.Enum('draft', 'accepted', 'set_aside', name='planstate', native_enum=False, length=32), nullable=False),
    sa.Column('goal', sa.Enum('value', 'driving', 'early', name='plangoal', native_enum=False, length=32), nullable=False),
    sa.Column('rules', sa.JSON(), nullable=False),
    sa.Column('outcome', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('accepted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['changed_by_id'], ['users.id'], name=op.f('fk_plans_changed_by_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['users.id'], name=op.f('fk_plans_created_by_id')),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_plans_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plans')),
    sa.UniqueConstraint('client_ref', name=op.f('uq_plans_client_ref'))
    )
    op.create_index('ix_plans_user_id_day', 'plans', ['user_id', 'day'], unique=False)
    op.create_index('uq_plans_accepted', 'plans', ['user_id', 'day'], unique=True, postgresql_where=sa.text("state = 'accepted' AND deleted_at IS NULL"), sqlite_where=sa.text("state = 'accepted' AND deleted_at IS NULL"))
    op.create_table('work_days',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('rules', sa.JSON(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_work_days_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_work_days'))
    )
    op.create_table('place_links',
    sa.Column('from_id', sa.Integer(), nullable=False),
    sa.Column('to_id', sa.Integer(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['from_id'], ['places.id'], name=op.f('fk_place_links_from_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['to_id'], ['places.id'], name=op.f('fk_place_links_to_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('from_id', 'to_id', name=op.f('pk_place_links'))
    )
    op.create_index(op.f('ix_place_links_to_id'), 'place_links', ['to_id'], unique=False)
    op.create_table('plan_changes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('client_ref', sa.Uuid(), nullable=True),
    sa.Column('changed_by_id', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('action', sa.String(length=32), nullable=False),
    sa.Column('detail', sa.JSON(), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['changed_by_id'], ['users.id'], name=op.f('fk_plan_changes_changed_by_id')),
    sa.ForeignKeyConstraint(['plan_id'], ['plans.id'], name=op.f('fk_plan_changes_plan_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_changes')),
    sa.UniqueConstraint('client_ref', name=op.f('uq_plan_changes_client_ref'))
    )
    op.create_index('ix_plan_changes_plan_id_id', 'plan_changes', ['plan_id', 'id'], unique=False)
    op.create_table('plan_shares',
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['plan_id'], ['plans.id'], name=op.f('fk_plan_shares_plan_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_plan_shares_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('plan_id', 'user_id', name=op.f('pk_plan_shares'))
    )
    op.create_index(op.f('ix_plan_shares_user_id'), 'plan_shares', ['user_id'], unique=False)
    op.create_table('plan_stops',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('plan_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('origin', sa.Enum('proposed', 'added', 'inserted', name='stoporigin', native_enum=False, length=32), nullable=False),
    sa.Column('choice', sa.Enum('open', 'locked', 'excluded', name='stopchoice', native_enum=False, length=32), nullable=False),
    sa.Column('fixed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('pin', sa.Enum('first', 'last', 'time', name='stoppin', native_enum=False, length=32), nullable=True),
    sa.Column('visit_minutes', sa.Integer(), nullable=True),
    sa.Column('value', sa.Double(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=True),
    sa.Column('arrives_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('starts_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('leaves_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('travel_s', sa.Integer(), nullable=True),
    sa.Column('travel_m', sa.Integer(), nullable=True),
    sa.Column('wait_s', sa.Integer(), nullable=False),
    sa.Column('slack_s', sa.Integer(), nullable=False),
    sa.Column('late_s', sa.Integer(), nullable=False),
    sa.Column('error_s', sa.Integer(), nullable=True),
    sa.Column('why', sa.JSON(), nullable=False),
    sa.Column('left_out', sa.JSON(), nullable=False),
    sa.Column('promised_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('progress', sa.Enum('ahead', 'arrived', 'done', 'skipped', name='stopprogress', native_enum=False, length=32), nullable=False),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('done_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('visit_id', sa.Integer(), nullable=True),
    sa.Column('skip_reason', sa.String(length=500), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_plan_stops_customer_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['plan_id'], ['plans.id'], name=op.f('fk_plan_stops_plan_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_plan_stops_visit_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_plan_stops')),
    sa.UniqueConstraint('plan_id', 'customer_id', name=op.f('uq_plan_stops_plan_id_customer_id'))
    )
    op.create_index(op.f('ix_plan_stops_customer_id'), 'plan_stops', ['customer_id'], unique=False)
    op.create_index(op.f('ix_plan_stops_visit_id'), 'plan_stops', ['visit_id'], unique=False)
    op.add_column('customers', sa.Column('opening_hours', sa.String(length=500), nullable=False, server_default=''))
    op.add_column('customers', sa.Column('visit_minutes', sa.Integer(), nullable=True))
