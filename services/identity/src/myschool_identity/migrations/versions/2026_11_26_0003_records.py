"""Records of a school that become an account's person: looked up by name and day of birth, linked as facts."""

from alembic import op

revision = "2026_11_26_0003"
down_revision = "2026_11_26_0002"
branch_labels = None
depends_on = None

_STATEMENTS = (
    # No foreign key: a table with many rows would be read whole under a lock.
    "ALTER TABLE person ADD COLUMN merged_into uuid",
    # Who came without СНИЛС is few: the index stays small. ё like е, as people write their names either way.
    """
    CREATE INDEX person_without_snils ON person (birth_date,
        (translate(lower((family_name || ' ' || given_name || ' ' || middle_name) COLLATE "pg_c_utf8"), 'ё', 'е')))
    WHERE snils_hash IS NULL AND merged_into IS NULL
    """,
    """
    CREATE TABLE person_merge (
        id uuid PRIMARY KEY,
        merged_id uuid NOT NULL REFERENCES person (id),
        person_id uuid NOT NULL REFERENCES person (id),
        reason text NOT NULL,
        author_id text NOT NULL,
        author_role text NOT NULL,
        at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX person_merge_person ON person_merge (person_id)",
    """
    CREATE FUNCTION refuse_merge_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME;
    END $$
    """,
    """
    CREATE TRIGGER person_merge_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON person_merge
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_merge_change()
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    op.execute("DROP TABLE person_merge")
    op.execute("DROP FUNCTION refuse_merge_change()")
    op.execute("DROP INDEX person_without_snils")
    op.execute("ALTER TABLE person DROP COLUMN merged_into")
