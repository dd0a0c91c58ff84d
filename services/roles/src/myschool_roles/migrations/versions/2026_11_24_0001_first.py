"""People, organisations, student groups, structural roles, guardianship, imports."""

from alembic import op

from myschool_kit.migrate import create_kit_tables

revision = "2026_11_24_0001"
down_revision = None
branch_labels = None
depends_on = None

_TABLES = (
    """
    CREATE TABLE organisation (
        id uuid PRIMARY KEY,
        ogrn text NOT NULL UNIQUE,
        full_name text NOT NULL,
        short_name text NOT NULL,
        region_code text NOT NULL,
        time_zone text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX organisation_region ON organisation (region_code, short_name, id)",
    """
    CREATE TABLE person (
        id uuid PRIMARY KEY,
        family_name text NOT NULL,
        given_name text NOT NULL,
        middle_name text NOT NULL DEFAULT '',
        full_name text NOT NULL,
        search text GENERATED ALWAYS AS (replace(lower(full_name COLLATE "pg_c_utf8"), 'ё', 'е')) STORED
    )
    """,
    # Keyed hashes only: СНИЛС itself is never stored here (DESIGN §4, privacy).
    "CREATE TABLE person_key (hash bytea PRIMARY KEY, person_id uuid NOT NULL)",
    "CREATE INDEX person_key_person ON person_key (person_id)",
    """
    CREATE TABLE student_group (
        id uuid PRIMARY KEY,
        organisation_id uuid NOT NULL REFERENCES organisation (id),
        name text NOT NULL,
        grade int NOT NULL,
        kind text NOT NULL,
        homeroom_teacher_id uuid,
        UNIQUE (organisation_id, name)
    )
    """,
    "CREATE INDEX student_group_homeroom ON student_group (homeroom_teacher_id)",
    """
    CREATE TABLE enrolment (
        id uuid PRIMARY KEY,
        organisation_id uuid NOT NULL,
        group_id uuid NOT NULL REFERENCES student_group (id),
        student_id uuid NOT NULL,
        from_day date NOT NULL,
        last_day date
    )
    """,
    "CREATE UNIQUE INDEX enrolment_live ON enrolment (student_id, organisation_id) WHERE last_day IS NULL",
    "CREATE INDEX enrolment_group ON enrolment (group_id) WHERE last_day IS NULL",
    "CREATE INDEX enrolment_organisation ON enrolment (organisation_id) WHERE last_day IS NULL",
    """
    CREATE TABLE teaching (
        id uuid PRIMARY KEY,
        organisation_id uuid NOT NULL,
        group_id uuid NOT NULL REFERENCES student_group (id),
        subject text NOT NULL,
        teacher_id uuid NOT NULL,
        from_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz
    )
    """,
    "CREATE UNIQUE INDEX teaching_live ON teaching (group_id, subject, teacher_id) WHERE ended_at IS NULL",
    "CREATE INDEX teaching_teacher ON teaching (teacher_id) WHERE ended_at IS NULL",
    "CREATE INDEX teaching_organisation ON teaching (organisation_id) WHERE ended_at IS NULL",
    """
    CREATE TABLE guardianship (
        id uuid PRIMARY KEY,
        guardian_id uuid NOT NULL,
        student_id uuid NOT NULL,
        established_at timestamptz NOT NULL DEFAULT now(),
        ended_at timestamptz
    )
    """,
    "CREATE UNIQUE INDEX guardianship_live ON guardianship (guardian_id, student_id) WHERE ended_at IS NULL",
    "CREATE INDEX guardianship_student ON guardianship (student_id) WHERE ended_at IS NULL",
    """
    CREATE TABLE structural_role (
        id uuid PRIMARY KEY,
        person_id uuid NOT NULL,
        type text NOT NULL,
        organisation_id uuid REFERENCES organisation (id),
        region_code text NOT NULL DEFAULT '',
        status text NOT NULL,
        version int NOT NULL DEFAULT 1,
        changed_at timestamptz NOT NULL DEFAULT now(),
        deleted_at timestamptz
    )
    """,
    # One live role of a kind per person and place: leftovers and doubles are the best-known complaint (domain.md §12).
    """
    CREATE UNIQUE INDEX structural_role_live ON structural_role (person_id, type, organisation_id, region_code) NULLS NOT DISTINCT
    WHERE status IN ('PENDING', 'ACTIVE', 'SUSPENDED') AND deleted_at IS NULL
    """,
    "CREATE INDEX structural_role_person ON structural_role (person_id) WHERE deleted_at IS NULL",
    "CREATE INDEX structural_role_organisation ON structural_role (organisation_id, type) WHERE deleted_at IS NULL",
    """
    CREATE TABLE role_change (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        role_id uuid NOT NULL,
        person_id uuid NOT NULL,
        type text NOT NULL,
        organisation_id uuid,
        old_status text NOT NULL,
        new_status text NOT NULL,
        version int NOT NULL,
        reason text NOT NULL,
        author_id text NOT NULL,
        author_role text NOT NULL,
        at timestamptz NOT NULL DEFAULT now()
    )
    """,
    "CREATE INDEX role_change_role ON role_change (role_id)",
    """
    CREATE TABLE import (
        id uuid PRIMARY KEY,
        organisation_id uuid NOT NULL REFERENCES organisation (id),
        format text NOT NULL,
        file_name text NOT NULL,
        status text NOT NULL,
        sealed bytea NOT NULL,
        author_id text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        done_at timestamptz
    )
    """,
    """
    CREATE TABLE access_log (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        reader_id text NOT NULL,
        reader_role text NOT NULL,
        object_kind text NOT NULL,
        object_id text NOT NULL,
        trace_id text NOT NULL,
        at timestamptz NOT NULL DEFAULT now()
    )
    """,
    # Facts stay: nobody rewrites history, not even by mistake in code.
    """
    CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION 'rows of % are append-only', TG_TABLE_NAME;
    END $$
    """,
    "CREATE TRIGGER role_change_append_only BEFORE UPDATE OR DELETE ON role_change FOR EACH ROW EXECUTE FUNCTION refuse_change()",
)
_NAMES = (
    "access_log",
    "import",
    "role_change",
    "structural_role",
    "guardianship",
    "teaching",
    "enrolment",
    "student_group",
    "person_key",
    "person",
    "organisation",
)


def upgrade() -> None:
    create_kit_tables(op)
    for statement in _TABLES:
        op.execute(statement)


def downgrade() -> None:
    for name in _NAMES:
        op.drop_table(name)
    op.execute("DROP FUNCTION refuse_change()")
    for name in ("outbox", "request_log", "inbox", "parked"):
        op.drop_table(name)
