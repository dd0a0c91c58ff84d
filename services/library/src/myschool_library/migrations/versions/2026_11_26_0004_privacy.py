"""Retention and erasure."""

from alembic import op

from myschool_privacy.subject.tables import create_subject_tables, drop_subject_tables

revision = "2026_11_26_0004"
down_revision = "2026_11_24_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_subject_tables(op)


def downgrade() -> None:
    drop_subject_tables(op)
