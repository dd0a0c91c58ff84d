"""The ledger of consents: for whom, by whom, by which text; and the roster that tells who may speak for whom."""

from alembic import op

revision = "2026_11_26_0004"
down_revision = "2026_11_26_0003"
branch_labels = None
depends_on = None

_TABLES = (
    # What was read, kept for as long as a fact names its hash.
    """
    CREATE TABLE consent_text (
        text_hash bytea PRIMARY KEY,
        purpose text NOT NULL,
        version text NOT NULL,
        title text NOT NULL,
        text text NOT NULL
    )
    """,
    """
    CREATE TABLE consent_fact (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        subject_id uuid NOT NULL REFERENCES person (id),
        purpose text NOT NULL,
        version text NOT NULL,
        text_hash bytea NOT NULL,
        act text NOT NULL CHECK (act IN ('GIVEN', 'DECLINED', 'WITHDRAWN')),
        actor_id uuid NOT NULL,
        actor_name text NOT NULL,
        session_id text NOT NULL,
        at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX consent_fact_latest ON consent_fact (subject_id, purpose, id DESC)",
    "CREATE TABLE school (id uuid PRIMARY KEY, time_zone text NOT NULL)",
    """
    CREATE TABLE enrolment (
        group_id uuid NOT NULL,
        student_id uuid NOT NULL,
        organisation_id uuid NOT NULL,
        from_day date NOT NULL,
        PRIMARY KEY (group_id, student_id)
    )
    """,
    "CREATE INDEX enrolment_student ON enrolment (student_id)",
    "CREATE TABLE guardianship (guardian_id uuid NOT NULL, student_id uuid NOT NULL, PRIMARY KEY (guardian_id, student_id))",
    "CREATE INDEX guardianship_student ON guardianship (student_id)",
)
_REFUSE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
_NAME = "concat_ws(' ', family_name, given_name, nullif(middle_name, ''))"
_COPY = f"""
INSERT INTO consent_fact (subject_id, purpose, version, text_hash, act, actor_id, actor_name, session_id, at)
SELECT c.person_id, c.purpose, c.version, c.text_hash, 'GIVEN', c.person_id, {_NAME}, c.session_id, c.given_at
FROM consent c JOIN person p ON p.id = c.person_id ORDER BY c.id
"""
# Processes of the version before may still write the old table while this one rolls out.
_CARRY = f"""
CREATE FUNCTION carry_consent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO consent_fact (subject_id, purpose, version, text_hash, act, actor_id, actor_name, session_id, at)
    SELECT NEW.person_id, NEW.purpose, NEW.version, NEW.text_hash, 'GIVEN', NEW.person_id, {_NAME}, NEW.session_id, NEW.given_at
    FROM person WHERE id = NEW.person_id;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    for statement in (*_TABLES, _COPY, _REFUSE, _CARRY):
        op.execute(statement)
    for table in ("consent_fact", "consent_text"):
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute("CREATE TRIGGER consent_carried AFTER INSERT ON consent FOR EACH ROW EXECUTE FUNCTION carry_consent()")


def downgrade() -> None:
    op.execute("DROP TRIGGER consent_carried ON consent")
    for table in ("guardianship", "enrolment", "school", "consent_fact", "consent_text"):
        op.drop_table(table)
    op.execute("DROP FUNCTION carry_consent()")
    op.execute("DROP FUNCTION refuse_change()")
