"""Acts and acknowledgements keep their instant, so that a day of the statistics is a day of the school and not of UTC."""

from alembic import op

revision = "0002"
down_revision = "0001"

# Rows that know only their UTC day stand at 08:00 UTC of it, which is the same day in every zone of Russia; `rebuild` makes them exact.
_STATEMENTS = (
    "ALTER TABLE act RENAME COLUMN day TO hour",
    "ALTER TABLE act ALTER COLUMN hour TYPE timestamptz USING (hour + time '08:00') AT TIME ZONE 'UTC'",
    "ALTER TABLE acknowledgement RENAME COLUMN day TO at",
    "ALTER TABLE acknowledgement ALTER COLUMN at TYPE timestamptz USING (at + time '08:00') AT TIME ZONE 'UTC'",
)
_BACK = (
    """
    CREATE TEMPORARY TABLE act_by_day ON COMMIT DROP AS
    SELECT person_id, (hour AT TIME ZONE 'UTC')::date AS day, kind, organisation_id, sum(acts)::int AS acts, max(last_at) AS last_at
    FROM act GROUP BY 1, 2, 3, 4
    """,
    "TRUNCATE act",
    "ALTER TABLE act ALTER COLUMN hour TYPE date USING (hour AT TIME ZONE 'UTC')::date",
    "ALTER TABLE act RENAME COLUMN hour TO day",
    "INSERT INTO act (person_id, day, kind, organisation_id, acts, last_at) SELECT * FROM act_by_day",
    "ALTER TABLE acknowledgement ALTER COLUMN at TYPE date USING (at AT TIME ZONE 'UTC')::date",
    "ALTER TABLE acknowledgement RENAME COLUMN at TO day",
)


def upgrade() -> None:
    """Changes both columns; their keys and indexes follow."""
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    """Days of UTC again; acts of one such day are added up."""
    for statement in _BACK:
        op.execute(statement)
