"""The manager's page: targets, territories, changes of many at once, scores, deliveries, the audit log; moves of the likelihood to look for."""

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('score_models',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('trained_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_score_models'))
    )
    op.create_table('kept_deals',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('begun_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('stated', sa.Enum('A', 'B', 'C', 'D', 'won', 'lost', 'unrated', name='likelihood', native_enum=False, length=32), nullable=True),
    sa.Column('stated_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('stated_by_id', sa.Integer(), nullable=True),
    sa.Column('won', sa.Boolean(), nullable=False),
    sa.Column('decided_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_kept_deals_customer_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_kept_deals_owner_id')),
    sa.ForeignKeyConstraint(['stated_by_id'], ['users.id'], name=op.f('fk_kept_deals_stated_by_id')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_kept_deals_team_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_kept_deals'))
    )
    op.create_index('ix_kept_deals_counted', 'kept_deals', ['decided_at', 'stated_by_id', 'stated', 'won', 'owner_id', 'team_id', 'customer_id'], unique=False)
    op.create_index(op.f('ix_kept_deals_customer_id'), 'kept_deals', ['customer_id'], unique=False)
    op.create_index(op.f('ix_score_models_trained_at'), 'score_models', ['trained_at'], unique=False)
    op.create_table('audit_events',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('happened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Integer(), nullable=True),
    sa.Column('actor_name', sa.String(length=320), nullable=False),
    sa.Column('action', sa.String(length=64), nullable=False),
    sa.Column('subject_kind', sa.String(length=32), nullable=False),
    sa.Column('subject_id', sa.Integer(), nullable=True),
    sa.Column('subject', sa.String(length=500), nullable=False),
    sa.Column('details', sa.JSON(), nullable=False),
    sa.Column('address', sa.String(length=64), nullable=False),
    sa.Column('search_text', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['users.id'], name=op.f('fk_audit_events_actor_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_events'))
    )
    op.create_index('ix_audit_events_action_happened_at', 'audit_events', ['action', 'happened_at'], unique=False)
    op.create_index('ix_audit_events_actor_id_happened_at', 'audit_events', ['actor_id', 'happened_at'], unique=False)
    op.create_index('ix_audit_events_actor_id_action_happened_at', 'audit_events', ['actor_id', 'action', 'happened_at'], unique=False)
    op.create_index('ix_audit_events_happened_at', 'audit_events', ['happened_at'], unique=False)
    _guard_and_index_the_log()
    # Until now a manager's role alone let them delete what others recorded; the right that asks for from now on shall not surprise them.
    op.execute("UPDATE users SET may_delete = TRUE WHERE role = 'manager'")
    op.create_table('bulk_changes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_ref', sa.Uuid(), nullable=False),
    sa.Column('action', sa.Enum('reassign', 'tag', 'untag', 'cadence', name='bulkaction', native_enum=False, length=32), nullable=False),
    sa.Column('what', sa.JSON(), nullable=False),
    sa.Column('count', sa.Integer(), nullable=False),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('made_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('undone_by_id', sa.Integer(), nullable=True),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undone_count', sa.Integer(), nullable=True),
    sa.ForeignKeyConstraint(['made_by_id'], ['users.id'], name=op.f('fk_bulk_changes_made_by_id')),
    sa.ForeignKeyConstraint(['undone_by_id'], ['users.id'], name=op.f('fk_bulk_changes_undone_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_bulk_changes')),
    sa.UniqueConstraint('client_ref', name=op.f('uq_bulk_changes_client_ref'))
    )
    op.create_index(op.f('ix_bulk_changes_made_at'), 'bulk_changes', ['made_at'], unique=False)
    op.create_table('deliveries',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('client_ref', sa.Uuid(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('made_by_id', sa.Integer(), nullable=False),
    sa.Column('format', sa.Enum('pdf', 'csv', name='deliveryformat', native_enum=False, length=32), nullable=False),
    sa.Column('weekday', sa.Integer(), nullable=False),
    sa.Column('at', sa.Time(), nullable=False),
    sa.Column('zone', sa.String(length=64), nullable=False),
    sa.Column('locale', sa.String(length=16), nullable=False),
    sa.Column('to_folder', sa.Boolean(), nullable=False),
    sa.Column('recipients', sa.JSON(), nullable=False),
    sa.Column('running_week', sa.Boolean(), nullable=False),
    sa.Column('done', sa.JSON(), nullable=False),
    sa.Column('next_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.Enum('waiting', 'sent', 'failed', name='deliverystate', native_enum=False, length=32), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('trouble', sa.String(length=500), nullable=False),
    sa.Column('sent_for', sa.Date(), nullable=True),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['made_by_id'], ['users.id'], name=op.f('fk_deliveries_made_by_id')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_deliveries_team_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deliveries')),
    sa.UniqueConstraint('client_ref', name=op.f('uq_deliveries_client_ref'))
    )
    op.create_index(op.f('ix_deliveries_next_at'), 'deliveries', ['next_at'], unique=False)
    op.create_table('targets',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('kind', sa.Enum('visits', 'first_visits', 'orders', 'amount', name='targetkind', native_enum=False, length=32), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=True),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.Column('set_by_id', sa.Integer(), nullable=False),
    sa.Column('set_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('(user_id IS NULL) <> (team_id IS NULL)', name=op.f('ck_targets_one_aim')),
    sa.ForeignKeyConstraint(['set_by_id'], ['users.id'], name=op.f('fk_targets_set_by_id')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_targets_team_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_targets_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_targets'))
    )
    op.create_index('uq_targets_team', 'targets', ['month', 'kind', 'team_id'], unique=True, postgresql_where=sa.text('team_id IS NOT NULL'), sqlite_where=sa.text('team_id IS NOT NULL'))
    op.create_index('uq_targets_user', 'targets', ['month', 'kind', 'user_id'], unique=True, postgresql_where=sa.text('user_id IS NOT NULL'), sqlite_where=sa.text('user_id IS NOT NULL'))
    op.create_table('territories',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('client_ref', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('owner_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.Enum('drawn', 'municipalities', 'postal_codes', name='areakind', native_enum=False, length=32), nullable=False),
    sa.Column('rings', sa.JSON(), nullable=False),
    sa.Column('areas', sa.JSON(), nullable=False),
    sa.Column('changed_by_id', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['changed_by_id'], ['users.id'], name=op.f('fk_territories_changed_by_id')),
    sa.ForeignKeyConstraint(['owner_id'], ['users.id'], name=op.f('fk_territories_owner_id')),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_territories_team_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_territories')),
    sa.UniqueConstraint('client_ref', name=op.f('uq_territories_client_ref'))
    )
    op.create_index(op.f('ix_territories_team_id'), 'territories', ['team_id'], unique=False)
    op.create_index('uq_territories_name', 'territories', [sa.text('coalesce(team_id, 0)'), 'name'], unique=True, postgresql_where=sa.text('retired_at IS NULL'), sqlite_where=sa.text('retired_at IS NULL'))
    op.add_column('customer_changes', sa.Column('likelihood_before', sa.Enum('A', 'B', 'C', 'D', 'won', 'lost', 'unrated', name='likelihood', native_enum=False, length=32), nullable=True))
    op.add_column('customer_changes', sa.Column('likelihood_after', sa.Enum('A', 'B', 'C', 'D', 'won', 'lost', 'unrated', name='likelihood', native_enum=False, length=32), nullable=True))
    _copy_moves()
    op.execute('ALTER TABLE customer_changes ADD COLUMN bulk_id INTEGER REFERENCES bulk_changes (id)')
    op.create_index('ix_customer_changes_bulk_id', 'customer_changes', ['bulk_id'], unique=False, postgresql_where=sa.text('bulk_id IS NOT NULL'), sqlite_where=sa.text('bulk_id IS NOT NULL'))
    op.create_index('ix_customer_changes_moves', 'customer_changes', ['changed_at', 'id', 'customer_id', 'likelihood_before', 'likelihood_after', 'cause'], unique=False, postgresql_where=sa.text('likelihood_after IS NOT NULL'), sqlite_where=sa.text('likelihood_after IS NOT NULL'))
    op.create_index('ix_customer_changes_courses', 'customer_changes', ['customer_id', 'changed_at', 'id', 'likelihood_before', 'likelihood_after', 'cause', 'changed_by_id'], unique=False, postgresql_where=sa.text('likelihood_after IS NOT NULL'), sqlite_where=sa.text('likelihood_after IS NOT NULL'))
    op.create_index('ix_customer_changes_decisions', 'customer_changes', ['changed_at', 'customer_id'], unique=False, postgresql_where=sa.text("likelihood_after IN ('won', 'lost')"), sqlite_where=sa.text("likelihood_after IN ('won', 'lost')"))
    op.add_column('customers', sa.Column('area', sa.String(length=200), nullable=True))
    op.create_index(op.f('ix_customers_area'), 'customers', ['area'], unique=False)
    op.execute('ALTER TABLE reports ADD COLUMN reviewed_by_id INTEGER REFERENCES users (id)')
    op.add_column('reports', sa.Column('reviewed_at', sa.DateTime(timezone=True), nullable=True))
    op.create_index('ix_visits_visited_at', 'visits', ['visited_at'], unique=False)
    op.create_index('ix_customers_pipeline', 'customers', ['likelihood', 'team_id', 'owner_id', 'archived_at', 'amount'], unique=False)
    op.create_index('ix_visits_done', 'visits', ['user_id', 'kind', 'visited_at', 'customer_id', 'deleted_at'], unique=False, postgresql_where=sa.text('deleted_at IS NULL'), sqlite_where=sa.text('deleted_at IS NULL'))
    op.create_index('ix_visits_meetings', 'visits', ['customer_id', 'visited_at', 'user_id', 'kind', 'deleted_at'], unique=False, postgresql_where=sa.text("deleted_at IS NULL AND kind IN ('visit', 'online')"), sqlite_where=sa.text("deleted_at IS NULL AND kind IN ('visit', 'online')"))


def _copy_moves() -> None:
    """Repeat, in columns of their own, what the changes so far say of the likelihood."""
    dialect = op.get_bind().dialect.name
    of = "json_extract({}, '$.likelihood')" if dialect == 'sqlite' else "({} ->> 'likelihood')"
    before, after = of.format('before'), of.format('after')
    op.execute(f'UPDATE customer_changes SET likelihood_before = {before}, likelihood_after = {after} WHERE {after} IS NOT NULL')


# What an entry says is never changed; only who did it may be forgotten by a foreign key. Old entries are deleted by retention.
SAID = 'happened_at, actor_name, action, subject_kind, subject_id, subject, details, address, search_text'
LOG_ON_SQLITE = (
    "CREATE VIRTUAL TABLE audit_search USING fts5("
    "search_text, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1')",
    "CREATE VIRTUAL TABLE audit_search_terms USING fts5vocab(audit_search, 'row')",
    "CREATE TRIGGER audit_search_added AFTER INSERT ON audit_events BEGIN "
    "INSERT INTO audit_search (rowid, search_text) VALUES (new.id, new.search_text || char(10, 10)); END",
    "CREATE TRIGGER audit_search_removed AFTER DELETE ON audit_events BEGIN "
    "INSERT INTO audit_search (audit_search, rowid, search_text) VALUES ('delete', old.id, old.search_text || char(10, 10)); END",
    f"CREATE TRIGGER audit_events_unchangeable BEFORE UPDATE OF {SAID} ON audit_events BEGIN "
    "SELECT RAISE(ABORT, 'the audit log is never changed'); END",
)
LOG_ON_POSTGRESQL = (
    "CREATE INDEX ix_audit_events_search ON audit_events USING gin (customer_search_runs(search_text))",
    "ALTER INDEX ix_audit_events_search ALTER COLUMN 1 SET STATISTICS 0",
    "CREATE FUNCTION audit_events_unchangeable() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN RAISE EXCEPTION 'the audit log is never changed' USING ERRCODE = 'integrity_constraint_violation'; END $$",
    f"CREATE TRIGGER audit_events_unchangeable BEFORE UPDATE OF {SAID} ON audit_events "
    "FOR EACH ROW EXECUTE FUNCTION audit_events_unchangeable()",
)


def _guard_and_index_the_log() -> None:
    connection = op.get_bind()
    for statement in LOG_ON_SQLITE if connection.dialect.name == 'sqlite' else LOG_ON_POSTGRESQL:
        connection.exec_driver_sql(statement)
