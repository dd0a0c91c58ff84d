"""People, accounts, ESIA profiles, consents, sessions."""

from alembic import op

from myschool_kit.migrate import create_kit_tables

revision = "2026_11_24_0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    # СНИЛС stands only as keyed hash (to find a person) and as ciphertext (DESIGN §4, privacy).
    """
    CREATE TABLE person (
        id uuid PRIMARY KEY,
        family_name text NOT NULL,
        given_name text NOT NULL,
        middle_name text NOT NULL DEFAULT '',
        birth_date date,
        snils_hash bytea UNIQUE,
        snils_sealed bytea,
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    # `sealed` holds contacts, СНИЛС, children and organisations of the person as one ciphertext.
    """
    CREATE TABLE esia_profile (
        esia_oid text PRIMARY KEY,
        family_name text NOT NULL,
        given_name text NOT NULL,
        middle_name text NOT NULL,
        birth_date date,
        gender text NOT NULL,
        level text NOT NULL,
        trusted boolean NOT NULL,
        has_email boolean NOT NULL,
        snils_hash bytea,
        sealed bytea NOT NULL,
        updated_at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE account (
        esia_oid text PRIMARY KEY REFERENCES esia_profile (esia_oid),
        person_id uuid NOT NULL REFERENCES person (id),
        created_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX account_person ON account (person_id)",
    """
    CREATE TABLE consent (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        person_id uuid NOT NULL REFERENCES person (id),
        purpose text NOT NULL,
        version text NOT NULL,
        text_hash bytea NOT NULL,
        session_id text NOT NULL,
        given_at timestamptz NOT NULL,
        UNIQUE (person_id, purpose, version)
    )
    """,
    """
    CREATE TABLE session (
        id uuid PRIMARY KEY,
        person_id uuid NOT NULL REFERENCES person (id),
        device text NOT NULL,
        opened_at timestamptz NOT NULL,
        ended_at timestamptz,
        end_reason text
    )
    """,
    "CREATE INDEX session_open ON session (person_id, opened_at DESC) WHERE ended_at IS NULL",
)


def upgrade() -> None:
    create_kit_tables(op)
    for statement in _TABLES:
        op.execute(statement)


def downgrade() -> None:
    for table in ("session", "consent", "account", "esia_profile", "person", "parked", "inbox", "request_log", "outbox"):
        op.drop_table(table)
