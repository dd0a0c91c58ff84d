"""The record of reads as a chain; what was logged before it is taken over, and the old table stays for a way back; retention and erasure."""

from alembic import op

from myschool_privacy.audit.tables import create_audit_tables, drop_audit_tables
from myschool_privacy.subject.tables import create_subject_tables, drop_subject_tables

revision = "2026_11_26_0005"
down_revision = "2026_11_26_0004"
branch_labels = None
depends_on = None

_COPY = """
INSERT INTO access_entry (at, reader_id, reader_name, role_type, organisation_id, what, permission, subject_id, object_id, request)
SELECT at, reader_id, reader_name, role_type, organisation_id, what, '', student_id, object_id, trace FROM access_log ORDER BY id
"""


def upgrade() -> None:
    create_audit_tables(op)
    create_subject_tables(op)
    op.execute(_COPY)


def downgrade() -> None:
    drop_subject_tables(op)
    drop_audit_tables(op)
