"""Search that does not depend on the server's locale, previews that expire, an access log that nobody rewrites."""

from alembic import op

revision = "2026_11_24_0002"
down_revision = "2026_11_24_0001"
branch_labels = None
depends_on = None

_STATEMENTS = (
    # Databases made before 0001 was corrected hold lower() under the server's locale; under «C» it leaves Cyrillic as it is
    # and nobody is found. The new expression replaces whichever is there: words begin after a space, ё like е.
    """
    ALTER TABLE person ALTER COLUMN search
    SET EXPRESSION AS (' ' || translate(lower(full_name COLLATE "pg_c_utf8"), 'ё-', 'е '))
    """,
    "ALTER TABLE import ADD COLUMN fingerprint bytea NOT NULL DEFAULT ''",
    "CREATE INDEX import_waiting ON import (created_at) WHERE status = 'PREVIEW'",
    "CREATE TRIGGER role_change_kept BEFORE TRUNCATE ON role_change FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()",
    """
    CREATE TRIGGER access_log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()
    """,
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)


def downgrade() -> None:
    for table, trigger in (("access_log", "access_log_append_only"), ("role_change", "role_change_kept")):
        op.execute(f"DROP TRIGGER {trigger} ON {table}")
    op.execute("DROP INDEX import_waiting")
    op.drop_column("import", "fingerprint")
    op.execute("""ALTER TABLE person ALTER COLUMN search SET EXPRESSION AS (replace(lower(full_name COLLATE "pg_c_utf8"), 'ё', 'е'))""")
