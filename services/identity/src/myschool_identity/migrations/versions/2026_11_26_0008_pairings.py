"""Codes and devices by which a child under 14 signs in, as a guardian decides."""

from alembic import op

revision = "2026_11_26_0008"
down_revision = "2026_11_26_0007"
branch_labels = None
depends_on = None

_TABLES = (
    # Code and device secret only as hashes: who reads the table can sign in as nobody.
    """
    CREATE TABLE pairing (
        id uuid PRIMARY KEY,
        child_id uuid NOT NULL REFERENCES person (id),
        guardian_id uuid NOT NULL,
        device_name text NOT NULL,
        code_hash bytea NOT NULL UNIQUE,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        secret_hash bytea UNIQUE,
        browser text NOT NULL DEFAULT '',
        paired_at timestamptz,
        used_at timestamptz,
        revoked_at timestamptz
    )
    """,
    "CREATE INDEX pairing_child ON pairing (child_id, created_at DESC)",
    "CREATE INDEX pairing_guardian ON pairing (guardian_id)",
    "CREATE TABLE pairing_session (session_id uuid PRIMARY KEY, pairing_id uuid NOT NULL, opened_at timestamptz NOT NULL)",
    "CREATE INDEX pairing_session_pairing ON pairing_session (pairing_id, opened_at DESC)",
    # Without a foreign key: the facts stay where the devices of an erased profile go.
    """
    CREATE TABLE pairing_fact (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        pairing_id uuid NOT NULL,
        child_id uuid NOT NULL,
        act text NOT NULL CHECK (act IN ('CREATED', 'PAIRED', 'OPENED', 'REVOKED', 'FORGOTTEN')),
        actor_id uuid NOT NULL,
        at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX pairing_fact_child ON pairing_fact (child_id, id)",
    "CREATE INDEX pairing_fact_actor ON pairing_fact (actor_id, id)",
    """
    CREATE TRIGGER pairing_fact_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON pairing_fact
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)


def upgrade() -> None:
    for statement in _TABLES:
        op.execute(statement)


def downgrade() -> None:
    for table in ("pairing_fact", "pairing_session", "pairing"):
        op.drop_table(table)
