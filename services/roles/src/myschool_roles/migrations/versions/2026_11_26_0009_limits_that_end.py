"""A court limits for good or until a day."""

from alembic import op

revision = "2026_11_26_0009"
down_revision = "2026_11_26_0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The last day of the limit on the school's date; empty until the school lifts it.
    op.execute("ALTER TABLE guardianship ADD COLUMN limited_until date")
    op.execute("ALTER TABLE guardianship_change ADD COLUMN until_day date")


def downgrade() -> None:
    op.drop_column("guardianship_change", "until_day")
    op.drop_column("guardianship", "limited_until")
