"""The index of the search: every run of three characters of each customer's search text, see `db.text_search`; and the index that counts whom one sees."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Without content of its own the table holds the runs alone, so what is taken out must be said as it was put in.
SQLITE = (
    "CREATE VIRTUAL TABLE customer_search USING fts5("
    "search_text, content='', columnsize=0, detail=none, tokenize='trigram case_sensitive 1')",
    "CREATE VIRTUAL TABLE customer_search_terms USING fts5vocab(customer_search, 'row')",
    "INSERT INTO customer_search (rowid, search_text) SELECT id, search_text || char(10, 10) FROM customers",
    # Whoever makes SQLite copy the table `customers` (batch mode) has to make these three anew.
    "CREATE TRIGGER customers_search_added AFTER INSERT ON customers BEGIN "
    "INSERT INTO customer_search (rowid, search_text) VALUES (new.id, new.search_text || char(10, 10)); END",
    "CREATE TRIGGER customers_search_changed AFTER UPDATE OF search_text ON customers WHEN old.search_text <> new.search_text BEGIN "
    "INSERT INTO customer_search (customer_search, rowid, search_text) VALUES ('delete', old.id, old.search_text || char(10, 10)); "
    "INSERT INTO customer_search (rowid, search_text) VALUES (new.id, new.search_text || char(10, 10)); END",
    "CREATE TRIGGER customers_search_removed AFTER DELETE ON customers BEGIN "
    "INSERT INTO customer_search (customer_search, rowid, search_text) VALUES ('delete', old.id, old.search_text || char(10, 10)); END",
)
# Cut into threes from the first, second and third character on, the text falls into all its runs. A tsvector holds a
# megabyte: what stands behind 50,000 characters is not indexed. Statistics would let the planner read the whole table for
# a word that most texts have, and cut up each text anew: 2.5 s in place of 0.2.
POSTGRESQL = (
    r"""CREATE FUNCTION customer_search_runs(searched text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
    SELECT array_to_tsvector(array_remove(string_to_array(
        regexp_replace(left(searched, 50000) || E'\n\n', '(...)', E'\\1\x01', 'g') || E'\x01' ||
        regexp_replace(substr(left(searched, 50000), 2) || E'\n\n', '(...)', E'\\1\x01', 'g') || E'\x01' ||
        regexp_replace(substr(left(searched, 50000), 3) || E'\n\n', '(...)', E'\\1\x01', 'g'), E'\x01'), '')) $$""",
    "CREATE INDEX ix_customers_search ON customers USING gin (customer_search_runs(search_text))",
    "ALTER INDEX ix_customers_search ALTER COLUMN 1 SET STATISTICS 0",
)


def upgrade() -> None:
    # As the driver takes them: a colon or per cent sign in them is no parameter.
    connection = op.get_bind()
    for statement in SQLITE if connection.dialect.name == "sqlite" else POSTGRESQL:
        connection.exec_driver_sql(statement)
    op.drop_index("ix_customers_team_id", "customers")
    op.create_index("ix_customers_team_id_owner_id_archived_at", "customers", ["team_id", "owner_id", "archived_at"])
