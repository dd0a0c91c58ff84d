"""Hashes know the generation of their key; the record of reads is a chain, and what was logged before it is taken over; retention and erasure."""

from alembic import op

from myschool_privacy.audit.tables import create_audit_tables, drop_audit_tables
from myschool_privacy.subject.tables import create_subject_tables, drop_subject_tables

revision = "2026_11_26_0005"
down_revision = "2026_11_26_0004"
branch_labels = None
depends_on = None

_PERSON = "'^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$'"
# A search named up to ten people in one row; now each has a row. Readers that were no person (the platform itself) are left out.
_COPY = f"""
INSERT INTO access_entry (at, reader_id, reader_name, role_type, organisation_id, what, permission, subject_id, object_id, request)
SELECT l.at, l.reader_id::uuid, coalesce(p.full_name, ''), l.reader_role, NULL,
    CASE l.object_kind WHEN 'search' THEN 'people.search' ELSE 'group.roster' END, '',
    CASE l.object_kind WHEN 'search' THEN one::uuid END, CASE l.object_kind WHEN 'group' THEN one::uuid END, l.trace_id
FROM access_log l CROSS JOIN LATERAL string_to_table(l.object_id, ',') AS one
LEFT JOIN person p ON p.id::text = l.reader_id
WHERE l.reader_id ~ {_PERSON} AND one ~ {_PERSON} ORDER BY l.id
"""


def upgrade() -> None:
    # A constant default rewrites nothing; hashes of other generations are few until a key is replaced.
    op.execute("ALTER TABLE person_key ADD COLUMN generation int NOT NULL DEFAULT 1")
    create_audit_tables(op)
    create_subject_tables(op)
    op.execute(_COPY)


def downgrade() -> None:
    drop_subject_tables(op)
    drop_audit_tables(op)
    op.execute("ALTER TABLE person_key DROP COLUMN generation")
