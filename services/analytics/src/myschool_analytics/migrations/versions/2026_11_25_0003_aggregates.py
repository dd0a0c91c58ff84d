"""Grades of student groups, what the region has exported, and what the federal plane has received."""

from alembic import op

revision = "0003"
down_revision = "0002"

_STATEMENTS = (
    "CREATE TABLE student_group (group_id uuid PRIMARY KEY, grade int NOT NULL)",
    """
    CREATE TABLE aggregate_export (
        first_day date, breakdown text, measure text, version int, names text[] NOT NULL, amounts bigint[] NOT NULL,
        least_people int NOT NULL, computed_at timestamptz NOT NULL, PRIMARY KEY (first_day, breakdown, measure, version)
    )
    """,
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
    """,
    """
    CREATE TRIGGER aggregate_export_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON aggregate_export
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TABLE federal_aggregate (
        cell text, first_day date, breakdown text, measure text, version int NOT NULL, names text[] NOT NULL, amounts bigint[] NOT NULL,
        computed_at timestamptz NOT NULL, received_at timestamptz NOT NULL, PRIMARY KEY (cell, first_day, breakdown, measure)
    )
    """,
)


def upgrade() -> None:
    """Creates the tables; the grades of groups formed earlier come with `rebuild`."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Drops the tables; what was exported stays in Kafka and at the federal plane."""
    for name in ("federal_aggregate", "aggregate_export", "student_group"):
        op.drop_table(name)
    op.execute("DROP FUNCTION refuse_change()")
