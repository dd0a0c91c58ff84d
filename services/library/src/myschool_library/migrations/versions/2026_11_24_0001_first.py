"""Providers, items with their versions, verdicts, the search table and its vocabulary."""

from alembic import op

from myschool_kit.migrate import create_kit_tables

revision = "2026_11_24_0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    # pg_trgm is a trusted extension: the database's owner may create it.
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    """
    CREATE TABLE provider (
        id text PRIMARY KEY,
        name text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    # latest: number of the newest content version; published: number of the one that readers see.
    # status tells about the latest version, version counts every change of this row.
    """
    CREATE TABLE item (
        id uuid PRIMARY KEY,
        provider_id text NOT NULL REFERENCES provider,
        external_id text NOT NULL,
        version integer NOT NULL DEFAULT 0,
        latest integer NOT NULL DEFAULT 0,
        published integer,
        status text NOT NULL DEFAULT 'SUBMITTED' CHECK (status IN ('SUBMITTED', 'APPROVED', 'REJECTED')),
        content_hash bytea NOT NULL DEFAULT '',
        submitted_at timestamptz NOT NULL DEFAULT now(),
        published_at timestamptz,
        UNIQUE (provider_id, external_id)
    )
    """,
    "CREATE INDEX item_waiting ON item (submitted_at, id) WHERE status = 'SUBMITTED'",
    """
    CREATE TABLE item_version (
        item_id uuid NOT NULL REFERENCES item,
        number integer NOT NULL,
        title text NOT NULL,
        summary text NOT NULL,
        subject text NOT NULL,
        grades smallint[] NOT NULL,
        kind text NOT NULL,
        body_html text NOT NULL,
        content_url text NOT NULL,
        duration_minutes integer NOT NULL,
        keywords text[] NOT NULL,
        content_hash bytea NOT NULL,
        lemmas tsvector NOT NULL,
        submitted_at timestamptz NOT NULL,
        PRIMARY KEY (item_id, number)
    )
    """,
    """
    CREATE TABLE verdict (
        item_id uuid NOT NULL,
        number integer NOT NULL,
        approved boolean NOT NULL,
        comment text NOT NULL,
        expert_id text NOT NULL,
        expert_name text NOT NULL,
        at timestamptz NOT NULL,
        PRIMARY KEY (item_id, number),
        FOREIGN KEY (item_id, number) REFERENCES item_version
    )
    """,
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$
    """,
    """
    CREATE TRIGGER verdict_is_a_fact BEFORE UPDATE OR DELETE ON verdict
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
    """
    CREATE TRIGGER item_version_is_a_fact BEFORE UPDATE OR DELETE ON item_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change()
    """,
    # Only what ranking, filters and cards need: the heap stays small, and every match is read from it to rank.
    """
    CREATE TABLE item_search (
        item_id uuid PRIMARY KEY,
        provider_id text NOT NULL,
        title text NOT NULL,
        summary text NOT NULL,
        subject text NOT NULL,
        grades smallint[] NOT NULL,
        kind text NOT NULL,
        duration_minutes integer NOT NULL,
        published_at timestamptz NOT NULL,
        lemmas tsvector NOT NULL
    )
    """,
    "CREATE INDEX item_search_lemmas ON item_search USING gin (lemmas)",
    "CREATE INDEX item_search_newest ON item_search (published_at DESC, item_id DESC)",
    # sound: the word letter for letter in ASCII, because trigrams of Cyrillic depend on the server's locale.
    "CREATE TABLE vocabulary (word text PRIMARY KEY, sound text NOT NULL)",
    "CREATE INDEX vocabulary_sound ON vocabulary USING gin (sound gin_trgm_ops)",
)


def upgrade() -> None:
    create_kit_tables(op)
    for statement in _TABLES:
        op.execute(statement)


def downgrade() -> None:
    for table in ("vocabulary", "item_search", "verdict", "item_version", "item", "provider"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change")
    for table in ("outbox", "request_log", "inbox", "parked"):
        op.drop_table(table)
