"""Names know when they were told, so that events of different classes may come in any order; facts cannot be rewritten."""

from alembic import op

revision = "2026_11_24_0002"
down_revision = "2026_11_24_0001"

_REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
_FACTS = ("mark_change", "attendance_change", "acknowledgement", "access_log")


def upgrade() -> None:
    for table in ("student", "teacher"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN named_at timestamptz NOT NULL DEFAULT '-infinity'")
    op.execute(_REFUSE)
    # The application owns its tables, so a privilege would not hold it; a trigger does.
    for table in _FACTS:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in _FACTS:
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute("DROP FUNCTION refuse_change()")
    for table in ("student", "teacher"):
        op.drop_column(table, "named_at")
