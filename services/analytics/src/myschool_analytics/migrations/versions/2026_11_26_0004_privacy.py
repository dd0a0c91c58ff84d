"""Who looked at whose activity: the record of reads as a chain; retention and erasure."""

from alembic import op

from myschool_privacy.audit.tables import create_audit_tables, drop_audit_tables
from myschool_privacy.subject.tables import create_subject_tables, drop_subject_tables

revision = "2026_11_26_0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_audit_tables(op)
    create_subject_tables(op)


def downgrade() -> None:
    drop_subject_tables(op)
    drop_audit_tables(op)
