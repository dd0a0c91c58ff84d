"""Who read whose chats: the record of reads as a chain; retention and erasure."""

from alembic import op

from myschool_privacy.audit.tables import create_audit_tables, drop_audit_tables
from myschool_privacy.subject.tables import create_subject_tables, drop_subject_tables

revision = "2026_11_26_0005"
down_revision = "2026_11_26_0004"
branch_labels = None
depends_on = None

# The body's margin is that of the version before: going down leaves what stood there.
_FACTS = """
    CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        {}RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
    END $$
    """
# An erasure takes a person's words away and nothing else does; rows are never deleted, so that a chat stays dense.
_ERASING = """IF TG_OP = 'UPDATE' AND current_setting('myschool.erasing', true) = 'on' THEN
            RETURN NULL;
        END IF;
        """


def upgrade() -> None:
    op.execute(_FACTS.format(_ERASING))
    create_audit_tables(op)
    create_subject_tables(op)


def downgrade() -> None:
    op.execute(_FACTS.format(""))
    drop_subject_tables(op)
    drop_audit_tables(op)
