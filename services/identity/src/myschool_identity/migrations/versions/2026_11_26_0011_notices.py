"""Addresses to which a person wants to be told of their account, and the letters that wait to be sent."""

from alembic import op

revision = "2026_11_26_0011"
down_revision = "2026_11_26_0010"
branch_labels = None
depends_on = None

_STATEMENTS = (
    # A removed address keeps the times of its codes for a day (they count against its owner) and nothing of itself.
    """
    CREATE TABLE notice_address (
        id uuid PRIMARY KEY,
        person_id uuid NOT NULL REFERENCES person (id),
        sealed bytea,
        kinds text[] NOT NULL,
        codes int NOT NULL DEFAULT 0,
        code_times timestamptz[] NOT NULL DEFAULT '{}',
        tries int NOT NULL DEFAULT 0,
        created_at timestamptz NOT NULL,
        confirmed_at timestamptz,
        failed_at timestamptz,
        removed_at timestamptz,
        version int NOT NULL DEFAULT 1,
        CHECK ((sealed IS NULL) = (removed_at IS NOT NULL))
    )
    """,
    "CREATE INDEX notice_address_person ON notice_address (person_id)",
    """
    CREATE TABLE letter (
        id uuid PRIMARY KEY,
        address_id uuid NOT NULL REFERENCES notice_address (id),
        person_id uuid NOT NULL,
        act text NOT NULL,
        facts jsonb NOT NULL,
        created_at timestamptz NOT NULL,
        due_at timestamptz NOT NULL,
        tries int NOT NULL DEFAULT 0,
        sent_at timestamptz,
        given_up_at timestamptz
    )
    """,
    "CREATE INDEX letter_due ON letter (due_at) WHERE sent_at IS NULL AND given_up_at IS NULL",
    "CREATE INDEX letter_address ON letter (address_id)",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_table("letter")
    op.drop_table("notice_address")
