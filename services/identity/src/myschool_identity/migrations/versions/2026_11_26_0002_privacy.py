"""The record of reads as a chain; retention and erasure."""

from alembic import op

from myschool_privacy.audit.tables import create_audit_tables, drop_audit_tables
from myschool_privacy.subject.tables import create_subject_tables, drop_subject_tables

revision = "2026_11_26_0002"
down_revision = "2026_11_24_0001"
branch_labels = None
depends_on = None

_REQUEST = """
CREATE TABLE erasure_request (
    id uuid PRIMARY KEY, person_id uuid NOT NULL REFERENCES person (id), requested_at timestamptz NOT NULL, due_at timestamptz NOT NULL,
    cancelled_at timestamptz, carried_out_at timestamptz, CHECK (cancelled_at IS NULL OR carried_out_at IS NULL)
)
"""
_ONE = "CREATE UNIQUE INDEX erasure_request_waiting ON erasure_request (person_id) WHERE cancelled_at IS NULL AND carried_out_at IS NULL"
_DUE = "CREATE INDEX erasure_request_due ON erasure_request (due_at) WHERE cancelled_at IS NULL AND carried_out_at IS NULL"


def upgrade() -> None:
    for statement in (_REQUEST, _ONE, _DUE):
        op.execute(statement)
    create_audit_tables(op)
    create_subject_tables(op)


def downgrade() -> None:
    op.drop_table("erasure_request")
    drop_subject_tables(op)
    drop_audit_tables(op)
