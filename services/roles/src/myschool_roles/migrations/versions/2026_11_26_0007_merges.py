"""What a merge of two records moved, so that it can be undone; pairs judged to be different people; people by name."""

from alembic import op

revision = "2026_11_26_0007"
down_revision = "2026_11_26_0006"
branch_labels = None
depends_on = None

_STATEMENTS = (
    # Who has the same name, and a region's people in the order of names.
    "CREATE INDEX person_search ON person (search, id)",
    """
    CREATE TABLE merge (
        id uuid PRIMARY KEY,
        person_id uuid NOT NULL,
        merged_id uuid NOT NULL,
        merged_at timestamptz NOT NULL,
        separated_at timestamptz
    )
    """,
    "CREATE INDEX merge_person ON merge (person_id)",
    "CREATE INDEX merge_merged ON merge (merged_id)",
    "CREATE INDEX merge_latest ON merge (merged_at DESC, id DESC)",
    """
    CREATE TABLE merge_change (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        merge_id uuid NOT NULL,
        act text NOT NULL CHECK (act IN ('MERGED', 'SEPARATED')),
        author_id text NOT NULL,
        author_role text NOT NULL,
        at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX merge_change_merge ON merge_change (merge_id, id)",
    # One row for each row that went over or was ended: `version`, `before`, `day` and `at` tell later whether it is unchanged since.
    """
    CREATE TABLE merge_move (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        merge_id uuid NOT NULL,
        what text NOT NULL CHECK (what IN ('KEY', 'ROLE', 'GUARDIANSHIP', 'ENROLMENT', 'TEACHING', 'HOMEROOM')),
        ended boolean NOT NULL,
        row_id uuid,
        hash bytea,
        from_id uuid NOT NULL,
        to_id uuid NOT NULL,
        version int NOT NULL DEFAULT 0,
        before text NOT NULL DEFAULT '',
        day date,
        at timestamptz NOT NULL DEFAULT now(),
        CHECK (num_nonnulls(row_id, hash) = 1)
    )
    """,
    "CREATE INDEX merge_move_merge ON merge_move (merge_id, id)",
    """
    CREATE TABLE merge_return (
        move_id bigint PRIMARY KEY,
        merge_id uuid NOT NULL,
        returned boolean NOT NULL,
        at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX merge_return_merge ON merge_return (merge_id)",
    *(
        f"""
        CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}
        FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
        """
        for table in ("merge_change", "merge_move", "merge_return")
    ),
    """
    CREATE TABLE duplicate_verdict (
        first_id uuid NOT NULL,
        second_id uuid NOT NULL,
        different boolean NOT NULL,
        author_id text NOT NULL,
        author_role text NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (first_id, second_id),
        CHECK (first_id < second_id)
    )
    """,
    "CREATE INDEX duplicate_verdict_second ON duplicate_verdict (second_id)",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table in ("duplicate_verdict", "merge_return", "merge_move", "merge_change", "merge"):
        op.drop_table(table)
    op.execute("DROP INDEX person_search")
