"""Tables of the sample service."""

from alembic import op

from myschool_kit.migrate import create_kit_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_kit_tables(op)
    op.execute("CREATE TABLE counter (key text PRIMARY KEY, value int NOT NULL, seen text[] NOT NULL DEFAULT '{}')")
