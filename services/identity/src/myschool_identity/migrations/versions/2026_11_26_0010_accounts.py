"""Who may not sign in and why; merges that can be taken back."""

from alembic import op

revision = "2026_11_26_0010"
down_revision = "2026_11_26_0008"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
    CREATE TABLE account_block (
        person_id uuid PRIMARY KEY REFERENCES person (id),
        blocked boolean NOT NULL,
        reason text NOT NULL,
        version int NOT NULL,
        changed_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX account_block_now ON account_block (changed_at DESC, person_id) WHERE blocked",
    """
    CREATE TABLE account_block_change (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        person_id uuid NOT NULL REFERENCES person (id),
        version int NOT NULL,
        act text NOT NULL CHECK (act IN ('BLOCKED', 'UNBLOCKED')),
        reason text NOT NULL,
        words text NOT NULL,
        author_id text NOT NULL,
        author_name text NOT NULL,
        author_role text NOT NULL,
        at timestamptz NOT NULL,
        UNIQUE (person_id, version)
    )
    """,
    """
    CREATE TRIGGER account_block_change_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON account_block_change
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
    # Which accounts came with which merge: what is taken back when it was a mistake. СНИЛС went over with every merge of before.
    "ALTER TABLE person_merge ADD COLUMN snils_moved boolean NOT NULL DEFAULT true",
    """
    CREATE TABLE person_merge_account (
        merge_id uuid NOT NULL,
        esia_oid text NOT NULL,
        PRIMARY KEY (merge_id, esia_oid)
    )
    """,
    "CREATE INDEX person_merge_account_oid ON person_merge_account (esia_oid)",
    """
    INSERT INTO person_merge_account (merge_id, esia_oid)
    SELECT m.id, a.esia_oid FROM person_merge m JOIN account a ON a.person_id = m.person_id AND a.created_at <= m.at
    """,
    "CREATE INDEX person_merge_merged ON person_merge (merged_id, at DESC)",
    """
    CREATE TABLE person_separation (
        merge_id uuid PRIMARY KEY,
        author_id text NOT NULL,
        author_role text NOT NULL,
        at timestamptz NOT NULL
    )
    """,
    """
    CREATE TRIGGER person_separation_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON person_separation
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_merge_change()
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in ("person_separation", "person_merge_account", "account_block_change", "account_block"):
        op.drop_table(table)
    op.execute("DROP INDEX person_merge_merged")
    op.drop_column("person_merge", "snils_moved")
