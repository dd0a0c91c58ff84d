"""Whose diary the family may not read for want of a consent, as identity tells it."""

from alembic import op

revision = "2026_11_26_0006"
down_revision = "2026_11_26_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE progress_withheld (student_id uuid PRIMARY KEY, at timestamptz NOT NULL)")


def downgrade() -> None:
    op.drop_table("progress_withheld")
