"""Claims of guardians that wait for the child's word; invitations of schools and students; what the school may lean on in a request."""

from alembic import op

revision = "2026_11_26_0006"
down_revision = "2026_11_26_0005"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    CREATE TABLE guardian_claim (
        id uuid PRIMARY KEY,
        guardian_id uuid NOT NULL,
        student_id uuid NOT NULL,
        organisation_id uuid NOT NULL REFERENCES organisation (id),
        source text NOT NULL CHECK (source IN ('ESIA', 'SCHOOL')),
        source_day date,
        student_name text NOT NULL,
        status text NOT NULL DEFAULT 'PENDING' CHECK (status IN ('PENDING', 'CONFIRMED', 'DECLINED', 'WITHDRAWN', 'EXPIRED')),
        version int NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        decided_at timestamptz
    )
    """,
    "CREATE UNIQUE INDEX guardian_claim_open ON guardian_claim (guardian_id, student_id) WHERE status = 'PENDING'",
    "CREATE INDEX guardian_claim_student ON guardian_claim (student_id) WHERE status = 'PENDING'",
    "CREATE INDEX guardian_claim_guardian ON guardian_claim (guardian_id, created_at DESC)",
    """
    CREATE TABLE guardian_claim_change (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        guardian_claim_id uuid NOT NULL REFERENCES guardian_claim (id),
        status text NOT NULL,
        version int NOT NULL,
        author_id text NOT NULL,
        author_role text NOT NULL,
        at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX guardian_claim_change_claim ON guardian_claim_change (guardian_claim_id)",
    """
    CREATE TRIGGER guardian_claim_change_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON guardian_claim_change
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    # What invites in full has a school; `last_day` is then the day the code ends on, which the code before this one never reaches.
    """
    ALTER TABLE invitation
        ADD COLUMN kind text NOT NULL DEFAULT 'TRUSTED' CHECK (kind IN ('TRUSTED', 'STUDENT', 'SCHOOL')),
        ADD COLUMN organisation_id uuid
    """,
    "CREATE INDEX invitation_student ON invitation (student_id, created_at DESC)",
    # Which of СНИЛС and certificate fitted, never the numbers; whether any was compared counts towards the day's limit.
    """
    ALTER TABLE family_request
        ADD COLUMN evidence text[] NOT NULL DEFAULT '{}',
        ADD COLUMN compared boolean NOT NULL DEFAULT false
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_column("family_request", "compared")
    op.drop_column("family_request", "evidence")
    op.execute("DROP INDEX invitation_student")
    op.drop_column("invitation", "organisation_id")
    op.drop_column("invitation", "kind")
    op.drop_table("guardian_claim_change")
    op.drop_table("guardian_claim")
