"""Whether a guardian may write in chats, and until when, as roles tells it."""

from alembic import op

revision = "2026_11_26_0004"
down_revision = "2026_11_24_0002"
branch_labels = None
depends_on = None

# Rows of before have every right and no end: that is what their events say too.
_STATEMENTS = (
    "ALTER TABLE roster_guardian ADD COLUMN may_chat boolean NOT NULL DEFAULT true, ADD COLUMN ends_at timestamptz",
    "ALTER TABLE member ADD COLUMN ends_at timestamptz",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.drop_column("member", "ends_at")
    op.drop_column("roster_guardian", "ends_at")
    op.drop_column("roster_guardian", "may_chat")
