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
    op.execute(
        "CREATE INDEX guardianship_limited_until ON guardianship (limited_until) WHERE limited_until IS NOT NULL AND ended_at IS NULL"
    )


def downgrade() -> None:
    op.execute("DROP INDEX guardianship_limited_until")
    op.drop_column("guardianship_change", "until_day")
    op.drop_column("guardianship", "limited_until")
