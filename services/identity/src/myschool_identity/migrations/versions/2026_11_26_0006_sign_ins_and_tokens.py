"""Sign-ins of a person, ended ones too, newest first; personal tokens of families."""

from alembic import op

revision = "2026_11_26_0006"
down_revision = "2026_11_26_0004"
branch_labels = None
depends_on = None

# Only the hash of the secret: who reads the table can use no token.
_TABLE = """
CREATE TABLE family_token (
    id uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES person (id),
    role_id uuid NOT NULL,
    name text NOT NULL,
    token_hash bytea NOT NULL UNIQUE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    used_at timestamptz
)
"""


def upgrade() -> None:
    op.execute("CREATE INDEX session_sign_ins ON session (person_id, opened_at DESC, id DESC)")
    op.execute(_TABLE)
    op.execute("CREATE INDEX family_token_person ON family_token (person_id, created_at DESC)")


def downgrade() -> None:
    op.drop_table("family_token")
    op.execute("DROP INDEX session_sign_ins")
