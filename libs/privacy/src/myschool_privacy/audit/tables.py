"""Tables of the record, made by a service's migration; the same in every service."""

from typing import Any

_TABLES = """
CREATE TABLE access_entry (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    reader_id uuid NOT NULL,
    reader_name text NOT NULL,
    role_type text NOT NULL,
    organisation_id uuid,
    what text NOT NULL,
    permission text NOT NULL,
    subject_id uuid,
    object_id uuid,
    request text NOT NULL
);
CREATE INDEX access_entry_subject ON access_entry (subject_id, at DESC, id DESC) WHERE subject_id IS NOT NULL;
CREATE INDEX access_entry_object ON access_entry (object_id, at DESC, id DESC) WHERE subject_id IS NULL;
CREATE INDEX access_entry_reader ON access_entry (reader_id, at);
CREATE TABLE access_seal (seq bigint PRIMARY KEY, entry_id bigint NOT NULL UNIQUE, hash bytea NOT NULL);
CREATE TABLE access_head (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), seq bigint NOT NULL, hash bytea NOT NULL, entry_id bigint NOT NULL
);
INSERT INTO access_head (seq, hash, entry_id) VALUES (0, '', 0);
"""
_REFUSE = """
CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
# The end of the chain moves on and never back, so that a cut tail shows.
_FORWARD = """
CREATE FUNCTION audit_head_moves_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.seq <= OLD.seq OR NOT EXISTS (SELECT FROM access_seal s WHERE s.seq = NEW.seq AND s.hash = NEW.hash) THEN
        RAISE EXCEPTION 'the end of the chain moves on only' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
_GUARDS = (
    *(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
        for table in ("access_entry", "access_seal")
    ),
    (
        "CREATE TRIGGER access_head_stays BEFORE INSERT OR DELETE OR TRUNCATE ON access_head "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
    ),
    "CREATE TRIGGER access_head_moves_on BEFORE UPDATE ON access_head FOR EACH ROW EXECUTE FUNCTION audit_head_moves_on()",
)
# What the application's own login may do with them; everything else needs the owner of the database.
RIGHTS = {"access_entry": "SELECT, INSERT", "access_seal": "SELECT, INSERT", "access_head": "SELECT, UPDATE"}


def create_audit_tables(op: Any) -> None:
    """Called by the migration that brings the record to a service."""
    for statement in filter(str.strip, _TABLES.split(";\n")):
        op.execute(statement)
    for statement in (_REFUSE, _FORWARD, *_GUARDS):
        op.execute(statement)


def drop_audit_tables(op: Any) -> None:
    """The way back."""
    for table in ("access_head", "access_seal", "access_entry"):
        op.drop_table(table)
    for function in ("refuse_audit_change", "audit_head_moves_on"):
        op.execute(f"DROP FUNCTION {function}()")
