"""Requests of families to schools; rights, ends and limits of guardians; invitations. Each step is a fact."""

from alembic import op

revision = "2026_11_26_0004"
down_revision = "2026_11_24_0002"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    CREATE TABLE family_request (
        id uuid PRIMARY KEY,
        kind text NOT NULL CHECK (kind IN ('SELF', 'CHILD')),
        person_id uuid NOT NULL,
        organisation_id uuid NOT NULL REFERENCES organisation (id),
        record_id uuid,
        child_name text NOT NULL DEFAULT '',
        child_birth_day date,
        group_name text NOT NULL DEFAULT '',
        status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'CONFIRMED', 'REFUSED', 'WITHDRAWN')),
        reason text NOT NULL DEFAULT '',
        version int NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL,
        decided_at timestamptz
    )
    """,
    # The same question is open once, however often the button is pressed.
    """
    CREATE UNIQUE INDEX family_request_open ON family_request (person_id, organisation_id, kind, lower(child_name COLLATE "pg_c_utf8"))
    WHERE status = 'PENDING'
    """,
    "CREATE INDEX family_request_person ON family_request (person_id, created_at DESC)",
    "CREATE INDEX family_request_waiting ON family_request (organisation_id, created_at, id) WHERE status = 'PENDING'",
    "CREATE INDEX family_request_decided ON family_request (organisation_id, decided_at DESC, id DESC) WHERE decided_at IS NOT NULL",
    """
    CREATE TABLE family_request_change (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        family_request_id uuid NOT NULL REFERENCES family_request (id),
        status text NOT NULL,
        version int NOT NULL,
        record_id uuid,
        reason text NOT NULL,
        author_id text NOT NULL,
        author_role text NOT NULL,
        at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX family_request_change_request ON family_request_change (family_request_id)",
    """
    CREATE TRIGGER family_request_change_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON family_request_change
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)
_GUARDIANS = (
    # Known from imports; an age decides when the access of guardians ends.
    "ALTER TABLE person ADD COLUMN birth_date date",
    # What was granted, until when; what a court has limited; and what follows: `denied` and `ends_at` are what every reader looks at.
    """
    ALTER TABLE guardianship
        ADD COLUMN kind text NOT NULL DEFAULT 'FULL' CHECK (kind IN ('FULL', 'TRUSTED')),
        ADD COLUMN rights text[] NOT NULL DEFAULT '{SEE,SIGN,CHAT,CONSENT}',
        ADD COLUMN until_day date,
        ADD COLUMN extended_day date,
        ADD COLUMN limited text[] NOT NULL DEFAULT '{}',
        ADD COLUMN denied text[] NOT NULL DEFAULT '{}',
        ADD COLUMN ends_at timestamptz,
        ADD COLUMN version int NOT NULL DEFAULT 1
    """,
    """
    CREATE TABLE guardianship_change (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        guardianship_id uuid NOT NULL REFERENCES guardianship (id),
        act text NOT NULL,
        version int NOT NULL,
        rights text[] NOT NULL DEFAULT '{}',
        day date,
        basis text NOT NULL DEFAULT '',
        author_id text NOT NULL,
        author_role text NOT NULL,
        at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX guardianship_change_guardianship ON guardianship_change (guardianship_id, id)",
    """
    CREATE TRIGGER guardianship_change_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON guardianship_change
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    # The code itself is not stored: it is the id with a keyed signature.
    """
    CREATE TABLE invitation (
        id uuid PRIMARY KEY,
        student_id uuid NOT NULL,
        created_by uuid NOT NULL,
        rights text[] NOT NULL,
        last_day date NOT NULL,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        used_at timestamptz,
        used_by uuid,
        revoked_at timestamptz
    )
    """,
    "CREATE INDEX invitation_open ON invitation (created_by, student_id) WHERE used_at IS NULL AND revoked_at IS NULL",
)
_COLUMNS = ("kind", "rights", "until_day", "extended_day", "limited", "denied", "ends_at", "version")


def upgrade() -> None:
    for statement in (*_STATEMENTS, *_GUARDIANS):
        op.execute(statement)


def downgrade() -> None:
    for name in ("invitation", "guardianship_change", "family_request_change", "family_request"):
        op.drop_table(name)
    for column in _COLUMNS:
        op.drop_column("guardianship", column)
    op.drop_column("person", "birth_date")
