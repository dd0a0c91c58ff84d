"""What a guardian may do and until when, as roles tells it."""

from alembic import op

revision = "2026_11_26_0004"
down_revision = "2026_11_25_0003"

# Rows of before have every right and no end: that is what their events say too.
_COLUMNS = """
ALTER TABLE guardianship
    ADD COLUMN may_see boolean NOT NULL DEFAULT true,
    ADD COLUMN may_sign boolean NOT NULL DEFAULT true,
    ADD COLUMN ends_at timestamptz
"""


def upgrade() -> None:
    op.execute(_COLUMNS)


def downgrade() -> None:
    for column in ("may_see", "may_sign", "ends_at"):
        op.drop_column("guardianship", column)
