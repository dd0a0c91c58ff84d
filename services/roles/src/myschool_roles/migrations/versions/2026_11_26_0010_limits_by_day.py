"""Limits of courts by their last day. On its own: the index reads the whole table, and the columns before it lock it."""

from alembic import op

revision = "2026_11_26_0010"
down_revision = "2026_11_26_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "CREATE INDEX guardianship_limited_until ON guardianship (limited_until) WHERE limited_until IS NOT NULL AND ended_at IS NULL"
    )


def downgrade() -> None:
    op.execute("DROP INDEX guardianship_limited_until")
