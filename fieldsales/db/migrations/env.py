"""Alembic's entry: runs migrations on the engine that `Database` hands over."""

from alembic import context

from fieldsales.db import models  # noqa: F401  (registers the tables)
from fieldsales.db.base import Base
from fieldsales.db.text_search import in_models

engine = context.config.attributes["engine"]
with engine.connect() as connection:
    batch = connection.dialect.name == "sqlite"
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=batch, include_name=in_models)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
