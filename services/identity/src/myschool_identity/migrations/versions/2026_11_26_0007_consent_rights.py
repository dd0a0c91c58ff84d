"""Until when a guardian may consent for a pupil."""

from alembic import op

revision = "2026_11_26_0007"
down_revision = "2026_11_26_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE guardianship ADD COLUMN ends_at timestamptz")


def downgrade() -> None:
    op.execute("ALTER TABLE guardianship DROP COLUMN ends_at")
