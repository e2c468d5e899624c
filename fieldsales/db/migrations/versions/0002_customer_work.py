"""The tables of daily work: contacts, drafts, check-ins, requests, purchases, notes, files, reports, saved views, options."""

import sqlalchemy as sa
from alembic import op

from fieldsales.domain.matching import match_keys


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None

KEYS = ('name_key', 'address_key', 'phone_key', 'email_key')
CHUNK = 5_000


def upgrade() -> None:
    op.create_table('custom_fields',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('kind', sa.Enum('text', 'number', 'date', 'choice', 'yes_no', name='fieldkind', native_enum=False, length=32), nullable=False),
    sa.Column('choices', sa.JSON(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_custom_fields')),
    sa.UniqueConstraint('name', name=op.f('uq_custom_fields_name'))
    )
    op.create_table('outcome_templates',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('outcome', sa.Enum('met', 'absent', 'refused', 'appointment', 'quote', 'order', 'lost', name='outcome', native_enum=False, length=32), nullable=False),
    sa.Column('likelihood', sa.Enum('A', 'B', 'C', 'D', 'won', 'lost', 'unrated', name='likelihood', native_enum=False, length=32), nullable=True),
    sa.Column('next_days', sa.Integer(), nullable=True),
    sa.Column('required_fields', sa.JSON(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_outcome_templates')),
    sa.UniqueConstraint('name', name=op.f('uq_outcome_templates_name'))
    )
    op.create_table('calendar_feeds',
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('token_hash', sa.String(length=64), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('read_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_calendar_feeds_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('user_id', name=op.f('pk_calendar_feeds')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_calendar_feeds_token_hash'))
    )
    op.create_table('options',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('value', sa.JSON(), nullable=False),
    sa.Column('changed_by_id', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['changed_by_id'], ['users.id'], name=op.f('fk_options_changed_by_id')),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_options'))
    )
    op.create_table('reports',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('period', sa.Enum('day', 'week', 'month', name='period', native_enum=False, length=32), nullable=False),
    sa.Column('starts_on', sa.Date(), nullable=False),
    sa.Column('comment', sa.Text(), nullable=False),
    sa.Column('facts', sa.JSON(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_reports_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_reports')),
    sa.UniqueConstraint('user_id', 'period', 'starts_on', name=op.f('uq_reports_user_id_period_starts_on'))
    )
    with op.batch_alter_table('reports', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_reports_starts_on'), ['starts_on'], unique=False)

    op.create_table('saved_views',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('team_id', sa.Integer(), nullable=True),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('query', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['team_id'], ['teams.id'], name=op.f('fk_saved_views_team_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_saved_views_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_saved_views'))
    )
    with op.batch_alter_table('saved_views', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_saved_views_team_id'), ['team_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_saved_views_user_id'), ['user_id'], unique=False)

    op.create_table('contacts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_ref', sa.Uuid(), nullable=True),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('name', sa.String(length=200), nullable=False),
    sa.Column('name_kana', sa.String(length=200), nullable=False),
    sa.Column('role', sa.String(length=200), nullable=False),
    sa.Column('phone', sa.String(length=100), nullable=False),
    sa.Column('mobile', sa.String(length=100), nullable=False),
    sa.Column('email', sa.String(length=320), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_contacts_customer_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_contacts')),
    sa.UniqueConstraint('client_ref', name=op.f('uq_contacts_client_ref'))
    )
    with op.batch_alter_table('contacts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_contacts_customer_id'), ['customer_id'], unique=False)

    op.create_table('customer_merges',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('kept_id', sa.Integer(), nullable=False),
    sa.Column('merged_id', sa.Integer(), nullable=False),
    sa.Column('merged_by_id', sa.Integer(), nullable=False),
    sa.Column('merged_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('moved', sa.JSON(), nullable=False),
    sa.Column('undone_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['kept_id'], ['customers.id'], name=op.f('fk_customer_merges_kept_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['merged_by_id'], ['users.id'], name=op.f('fk_customer_merges_merged_by_id')),
    sa.ForeignKeyConstraint(['merged_id'], ['customers.id'], name=op.f('fk_customer_merges_merged_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer_merges'))
    )
    with op.batch_alter_table('customer_merges', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_customer_merges_kept_id'), ['kept_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_customer_merges_merged_id'), ['merged_id'], unique=False)

    op.create_table('customer_requests',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('client_ref', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.Enum('request', 'complaint', name='requestkind', native_enum=False, length=32), nullable=False),
    sa.Column('status', sa.Enum('open', 'answered', 'closed', name='requeststatus', native_enum=False, length=32), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('answer', sa.Text(), nullable=False),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('assigned_to_id', sa.Integer(), nullable=True),
    sa.Column('opened_by_id', sa.Integer(), nullable=False),
    sa.Column('opened_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('answered_by_id', sa.Integer(), nullable=True),
    sa.Column('answered_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_by_id', sa.Integer(), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['answered_by_id'], ['users.id'], name=op.f('fk_customer_requests_answered_by_id')),
    sa.ForeignKeyConstraint(['assigned_to_id'], ['users.id'], name=op.f('fk_customer_requests_assigned_to_id')),
    sa.ForeignKeyConstraint(['closed_by_id'], ['users.id'], name=op.f('fk_customer_requests_closed_by_id')),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_customer_requests_customer_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['opened_by_id'], ['users.id'], name=op.f('fk_customer_requests_opened_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_customer_requests')),
    sa.UniqueConstraint('client_ref', name=op.f('uq_customer_requests_client_ref'))
    )
    with op.batch_alter_table('customer_requests', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_customer_requests_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index('ix_customer_requests_status_assigned_to_id', ['status', 'assigned_to_id'], unique=False)
        batch_op.create_index('ix_customer_requests_opened_by_id_opened_at', ['opened_by_id', 'opened_at'], unique=False)
        batch_op.create_index('ix_customer_requests_answered_by_id_answered_at', ['answered_by_id', 'answered_at'], unique=False)

    op.create_table('not_duplicates',
    sa.Column('first_id', sa.Integer(), nullable=False),
    sa.Column('second_id', sa.Integer(), nullable=False),
    sa.Column('said_by_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['first_id'], ['customers.id'], name=op.f('fk_not_duplicates_first_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['said_by_id'], ['users.id'], name=op.f('fk_not_duplicates_said_by_id')),
    sa.ForeignKeyConstraint(['second_id'], ['customers.id'], name=op.f('fk_not_duplicates_second_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('first_id', 'second_id', name=op.f('pk_not_duplicates'))
    )
    op.create_table('notes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('client_ref', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('edited_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_notes_customer_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_notes_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_notes')),
    sa.UniqueConstraint('client_ref', name=op.f('uq_notes_client_ref'))
    )
    with op.batch_alter_table('notes', schema=None) as batch_op:
        batch_op.create_index('ix_notes_customer_id_created_at', ['customer_id', 'created_at'], unique=False)

    op.create_table('position_views',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('viewer_id', sa.Integer(), nullable=False),
    sa.Column('viewed_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=True),
    sa.Column('viewed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_position_views_customer_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['viewed_id'], ['users.id'], name=op.f('fk_position_views_viewed_id')),
    sa.ForeignKeyConstraint(['viewer_id'], ['users.id'], name=op.f('fk_position_views_viewer_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_position_views'))
    )
    with op.batch_alter_table('position_views', schema=None) as batch_op:
        batch_op.create_index('ix_position_views_viewed_id_viewed_at', ['viewed_id', 'viewed_at'], unique=False)

    op.create_table('purchases',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('client_ref', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('bought_on', sa.Date(), nullable=False),
    sa.Column('item', sa.String(length=500), nullable=False),
    sa.Column('amount', sa.BigInteger(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_purchases_customer_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_purchases_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_purchases')),
    sa.UniqueConstraint('client_ref', name=op.f('uq_purchases_client_ref'))
    )
    with op.batch_alter_table('purchases', schema=None) as batch_op:
        batch_op.create_index('ix_purchases_customer_id_bought_on', ['customer_id', 'bought_on'], unique=False)
        batch_op.create_index('ix_purchases_user_id_bought_on', ['user_id', 'bought_on'], unique=False)

    op.create_table('report_comments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_ref', sa.Uuid(), nullable=False),
    sa.Column('report_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('sent_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['report_id'], ['reports.id'], name=op.f('fk_report_comments_report_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_report_comments_user_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_comments')),
    sa.UniqueConstraint('client_ref', name=op.f('uq_report_comments_client_ref'))
    )
    with op.batch_alter_table('report_comments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_report_comments_report_id'), ['report_id'], unique=False)

    op.create_table('visit_drafts',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_ref', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('answers', sa.JSON(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_visit_drafts_customer_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_visit_drafts_user_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_drafts')),
    sa.UniqueConstraint('client_ref', name=op.f('uq_visit_drafts_client_ref'))
    )
    with op.batch_alter_table('visit_drafts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visit_drafts_customer_id'), ['customer_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_visit_drafts_user_id'), ['user_id'], unique=False)

    op.create_table('attachments',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_ref', sa.Uuid(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('visit_id', sa.Integer(), nullable=True),
    sa.Column('draft_ref', sa.Uuid(), nullable=True),
    sa.Column('contact_id', sa.Integer(), nullable=True),
    sa.Column('kind', sa.Enum('photo', 'card', 'voice', 'file', name='attachmentkind', native_enum=False, length=32), nullable=False),
    sa.Column('file_name', sa.String(length=255), nullable=False),
    sa.Column('media_type', sa.String(length=100), nullable=False),
    sa.Column('size', sa.Integer(), nullable=False),
    sa.Column('width', sa.Integer(), nullable=True),
    sa.Column('height', sa.Integer(), nullable=True),
    sa.Column('stored_name', sa.String(length=100), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('deleted_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['contact_id'], ['contacts.id'], name=op.f('fk_attachments_contact_id'), ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_attachments_customer_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_attachments_user_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_attachments_visit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attachments')),
    sa.UniqueConstraint('client_ref', name=op.f('uq_attachments_client_ref')),
    sa.UniqueConstraint('stored_name', name=op.f('uq_attachments_stored_name'))
    )
    with op.batch_alter_table('attachments', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_attachments_contact_id'), ['contact_id'], unique=False)
        batch_op.create_index('ix_attachments_customer_id_created_at', ['customer_id', 'created_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_attachments_draft_ref'), ['draft_ref'], unique=False)
        batch_op.create_index(batch_op.f('ix_attachments_visit_id'), ['visit_id'], unique=False)

    op.create_table('check_ins',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('client_ref', sa.Uuid(), nullable=False),
    sa.Column('user_id', sa.Integer(), nullable=False),
    sa.Column('customer_id', sa.Integer(), nullable=False),
    sa.Column('visit_id', sa.Integer(), nullable=True),
    sa.Column('checked_in_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('checked_out_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('lat', sa.Double(), nullable=True),
    sa.Column('lon', sa.Double(), nullable=True),
    sa.Column('accuracy_m', sa.Double(), nullable=True),
    sa.Column('distance_m', sa.Double(), nullable=True),
    sa.Column('pin_precision_m', sa.Double(), nullable=True),
    sa.Column('state', sa.Enum('verified', 'plausible', 'far', 'unknown', name='checkinstate', native_enum=False, length=32), nullable=False),
    sa.Column('reason', sa.String(length=64), nullable=False),
    sa.Column('coarsened_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['customer_id'], ['customers.id'], name=op.f('fk_check_ins_customer_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['user_id'], ['users.id'], name=op.f('fk_check_ins_user_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_check_ins_visit_id'), ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_check_ins')),
    sa.UniqueConstraint('client_ref', name=op.f('uq_check_ins_client_ref'))
    )
    with op.batch_alter_table('check_ins', schema=None) as batch_op:
        batch_op.create_index('ix_check_ins_customer_id_checked_in_at', ['customer_id', 'checked_in_at'], unique=False)
        batch_op.create_index('ix_check_ins_user_id_checked_in_at', ['user_id', 'checked_in_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_check_ins_visit_id'), ['visit_id'], unique=False)
    for name, column, unique, where in (
        ('uq_check_ins_open', 'user_id', True, 'closed_at IS NULL'),
        ('ix_check_ins_exact', 'checked_in_at', False, 'lat IS NOT NULL AND coarsened_at IS NULL'),
    ):
        op.create_index(name, 'check_ins', [column], unique=unique, postgresql_where=sa.text(where), sqlite_where=sa.text(where))

    op.create_table('visit_changes',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('visit_id', sa.Integer(), nullable=False),
    sa.Column('changed_by_id', sa.Integer(), nullable=False),
    sa.Column('changed_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.String(length=500), nullable=False),
    sa.Column('before', sa.JSON(), nullable=False),
    sa.Column('after', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['changed_by_id'], ['users.id'], name=op.f('fk_visit_changes_changed_by_id')),
    sa.ForeignKeyConstraint(['visit_id'], ['visits.id'], name=op.f('fk_visit_changes_visit_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_visit_changes'))
    )
    with op.batch_alter_table('visit_changes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_visit_changes_visit_id'), ['visit_id'], unique=False)

    # Plain ADD COLUMN, not batch mode: SQLite would copy and drop the table, and dropping it cascades to all that hangs on it.
    op.add_column('customers', sa.Column('next_time', sa.Time()))
    op.add_column('customers', sa.Column('next_action', sa.String(length=500), nullable=False, server_default=''))
    op.add_column('customers', sa.Column('close_month', sa.Date()))
    op.add_column('customers', sa.Column('cadence_days', sa.Integer()))
    op.add_column('customers', sa.Column('do_not_visit', sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column('customers', sa.Column('do_not_visit_reason', sa.String(length=500), nullable=False, server_default=''))
    op.add_column('customers', sa.Column('do_not_visit_until', sa.Date()))
    op.execute('ALTER TABLE customers ADD COLUMN merged_into_id INTEGER REFERENCES customers (id)')
    op.add_column('customers', sa.Column('pin_confirmed_at', sa.DateTime(timezone=True)))
    op.create_index('ix_customers_merged_into_id', 'customers', ['merged_into_id'])
    op.create_index('ix_customers_likelihood_seen', 'customers', ['likelihood', sa.text('coalesce(last_visited_at, created_at)')])
    may_lack_pin = sa.text("lat IS NULL OR locate_status <> 'ok' OR locate_due_at IS NOT NULL")
    op.create_index('ix_customers_pin', 'customers', ['locate_status'], postgresql_where=may_lack_pin, sqlite_where=may_lack_pin)
    has_cadence = sa.text('cadence_days IS NOT NULL')
    op.create_index('ix_customers_cadence_days', 'customers', ['cadence_days'], postgresql_where=has_cadence, sqlite_where=has_cadence)
    for name in KEYS:
        op.add_column('customers', sa.Column(name, sa.String(length=200), nullable=False, server_default=''))
    _fill_keys()
    for name in KEYS:
        op.create_index(f'ix_customers_{name}', 'customers', [name])
    op.add_column('visits', sa.Column('version', sa.Integer(), nullable=False, server_default='1'))
    op.execute('ALTER TABLE visits ADD COLUMN template_id INTEGER REFERENCES outcome_templates (id)')
    op.add_column('visits', sa.Column('deleted_at', sa.DateTime(timezone=True)))
    op.add_column('visits', sa.Column('deleted_reason', sa.String(length=500), nullable=False, server_default=''))
    op.drop_index('ix_visits_user_id', 'visits')
    op.create_index('ix_visits_user_id_visited_at', 'visits', ['user_id', 'visited_at'])
    op.drop_index('ix_customer_changes_customer_id', 'customer_changes')
    op.create_index('ix_customer_changes_customer_id_changed_at', 'customer_changes', ['customer_id', 'changed_at'])
    op.create_index('ix_customer_changes_changed_by_id_changed_at', 'customer_changes', ['changed_by_id', 'changed_at'])


def _fill_keys() -> None:
    """Give every customer stored so far the keys by which duplicates are found."""
    columns = ('id', 'name', 'address', 'phone', 'email', *KEYS)
    customers = sa.table('customers', *(sa.column(name) for name in columns))
    connection, last = op.get_bind(), 0
    change = sa.update(customers).where(customers.c.id == sa.bindparam('row_id')).values({name: sa.bindparam(f'new_{name}') for name in KEYS})
    while rows := connection.execute(
        sa.select(*(customers.c[name] for name in columns[:5])).where(customers.c.id > last).order_by(customers.c.id).limit(CHUNK)
    ).all():
        last = rows[-1].id
        keys = ((row.id, match_keys(row.name, row.address, row.phone, row.email)) for row in rows)
        connection.execute(change, [{'row_id': i} | {f'new_{name}': getattr(k, name) for name in KEYS} for i, k in keys])
