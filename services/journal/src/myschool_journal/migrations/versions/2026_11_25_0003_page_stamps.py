"""A stamp of each class and school, renewed by whatever changes what its pages show (docs/adr/0009)."""

from alembic import op

revision = "2026_11_25_0003"
down_revision = "2026_11_24_0002"

# No unique key: a writer who finds the row of a class held by another adds a row of its own instead of waiting, so that
# stamps make nobody wait and cannot deadlock. There are never more rows of a class than it had writers at one moment.
_TABLE = """
CREATE TABLE page_stamp (
    scope uuid NOT NULL,
    stamp bigint NOT NULL
) WITH (fillfactor = 50)
"""
_INDEX = "CREATE INDEX page_stamp_scope ON page_stamp (scope)"
# Random and not counted: after a failover or a restore a number could come a second time, for other content.
_TOUCH = """
CREATE FUNCTION touch_pages(scopes uuid[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    fresh bigint;
    touched uuid;
    place tid;
BEGIN
    FOREACH touched IN ARRAY coalesce(scopes, '{}') LOOP
        fresh := random('-9223372036854775808'::bigint, 9223372036854775807);
        SELECT ctid INTO place FROM page_stamp WHERE scope = touched LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF FOUND THEN
            UPDATE page_stamp SET stamp = fresh WHERE ctid = place;
        ELSE
            INSERT INTO page_stamp (scope, stamp) VALUES (touched, fresh);
        END IF;
    END LOOP;
END $$
"""
_OF_GROUP = "SELECT group_id FROM changed"
_OF_SCHOOL = "SELECT organisation_id FROM changed"
_OF_CELL = "SELECT g.group_id FROM changed c JOIN gradebook g ON g.id = c.gradebook_id"
_OF_STUDENT = "SELECT e.group_id FROM enrolment e JOIN {} c ON c.id = e.student_id"
_OF_TEACHER = """SELECT t.group_id FROM teaching t JOIN {0} c ON c.id = t.teacher_id
    UNION SELECT l.group_id FROM lesson l JOIN {0} c ON c.id = l.teacher_id"""
# Each event of the roster tells a name again; only another one changes a page.
_RENAMED = "(SELECT n.id FROM changed n JOIN before b ON b.id = n.id WHERE n.full_name <> b.full_name)"
# Whose pages a changed row shows on. What places a row (its class, school, lesson) never changes, so an update has one scope.
_SCOPES = {
    "student_group": "SELECT id FROM changed",
    "enrolment": _OF_GROUP,
    "teaching": _OF_GROUP,
    "gradebook": _OF_GROUP,
    "lesson": _OF_GROUP,
    "homework": _OF_GROUP,
    "period": _OF_SCHOOL,
    "bell": _OF_SCHOOL,
    "mark": _OF_CELL,
    "attendance": _OF_CELL,
    "student": _OF_STUDENT.format("changed"),
    "teacher": _OF_TEACHER.format("changed"),
}
_RENAMES = {"student": _OF_STUDENT.format(_RENAMED), "teacher": _OF_TEACHER.format(_RENAMED)}


def upgrade() -> None:
    for statement in (_TABLE, _INDEX, _TOUCH):
        op.execute(statement)
    for table, scopes in _SCOPES.items():
        _watch(table, "INSERT", "NEW TABLE AS changed", scopes)
        _watch(table, "UPDATE", "OLD TABLE AS before NEW TABLE AS changed", _RENAMES.get(table, scopes))
        _watch(table, "DELETE", "OLD TABLE AS changed", scopes)


def _watch(table: str, event: str, referencing: str, scopes: str) -> None:
    name = f"{table}_{event.lower()}_touches_pages"
    op.execute(
        f"""CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            PERFORM touch_pages(ARRAY(SELECT DISTINCT scope FROM ({scopes}) s (scope)));
            RETURN NULL;
        END $$"""
    )
    op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} REFERENCING {referencing} FOR EACH STATEMENT EXECUTE FUNCTION {name}()")


def downgrade() -> None:
    for table in _SCOPES:
        for event in ("insert", "update", "delete"):
            name = f"{table}_{event}_touches_pages"
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")
    op.execute("DROP FUNCTION touch_pages(uuid[])")
    op.drop_table("page_stamp")
