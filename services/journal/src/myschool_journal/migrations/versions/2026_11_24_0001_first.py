"""The journal's first schema: roster projection, year, lessons, marks, attendance, homework, «ознакомлен», access log."""

import re

from alembic import op

from myschool_kit.migrate import create_kit_tables

revision = "2026_11_24_0001"
down_revision = None

# The roster is a projection of events that arrive in any order across topics: no foreign keys between its tables.
_ROSTER = """
CREATE TABLE organisation (
    id uuid PRIMARY KEY,
    short_name text NOT NULL,
    time_zone text NOT NULL
);
CREATE TABLE student_group (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL,
    name text NOT NULL DEFAULT '',
    grade int NOT NULL DEFAULT 0,
    homeroom_teacher_id uuid
);
CREATE INDEX student_group_organisation ON student_group (organisation_id);
CREATE INDEX student_group_homeroom ON student_group (homeroom_teacher_id) WHERE homeroom_teacher_id IS NOT NULL;
CREATE TABLE student (
    id uuid PRIMARY KEY,
    full_name text NOT NULL
);
CREATE TABLE teacher (
    id uuid PRIMARY KEY,
    full_name text NOT NULL
);
CREATE TABLE enrolment (
    group_id uuid NOT NULL,
    student_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    from_day date NOT NULL,
    last_day date,
    PRIMARY KEY (group_id, student_id, from_day)
);
CREATE INDEX enrolment_student ON enrolment (student_id);
CREATE TABLE teaching (
    group_id uuid NOT NULL,
    subject text NOT NULL,
    teacher_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    PRIMARY KEY (group_id, subject, teacher_id)
);
CREATE INDEX teaching_teacher ON teaching (teacher_id);
CREATE TABLE guardianship (
    guardian_id uuid NOT NULL,
    student_id uuid NOT NULL,
    guardian_name text NOT NULL,
    PRIMARY KEY (guardian_id, student_id)
);
CREATE INDEX guardianship_student ON guardianship (student_id);
"""

_PLANNING = """
CREATE TABLE school_year (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    organisation_id uuid NOT NULL,
    year int NOT NULL,
    UNIQUE (organisation_id, year)
);
CREATE TABLE period (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    year_id uuid NOT NULL REFERENCES school_year,
    organisation_id uuid NOT NULL,
    name text NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    closed boolean NOT NULL DEFAULT false,
    UNIQUE (year_id, name),
    CHECK (first_day <= last_day)
);
CREATE INDEX period_days ON period (organisation_id, first_day, last_day);
CREATE TABLE holiday (
    year_id uuid NOT NULL REFERENCES school_year,
    day date NOT NULL,
    PRIMARY KEY (year_id, day)
);
CREATE TABLE bell (
    organisation_id uuid NOT NULL,
    year_id uuid NOT NULL REFERENCES school_year,
    number int NOT NULL,
    starts_at text NOT NULL,
    ends_at text NOT NULL,
    PRIMARY KEY (year_id, number)
);
CREATE TABLE gradebook (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    organisation_id uuid NOT NULL,
    year_id uuid NOT NULL REFERENCES school_year,
    group_id uuid NOT NULL,
    subject text NOT NULL,
    UNIQUE (year_id, group_id, subject)
);
CREATE INDEX gradebook_group ON gradebook (group_id, subject);
CREATE TABLE timetable_slot (
    gradebook_id uuid NOT NULL REFERENCES gradebook,
    year_id uuid NOT NULL,
    weekday int NOT NULL CHECK (weekday BETWEEN 1 AND 7),
    number int NOT NULL,
    teacher_id uuid NOT NULL,
    room text NOT NULL,
    PRIMARY KEY (gradebook_id, weekday, number)
);
CREATE INDEX timetable_slot_year ON timetable_slot (year_id);
CREATE TABLE lesson (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    gradebook_id uuid NOT NULL REFERENCES gradebook,
    year_id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    group_id uuid NOT NULL,
    day date NOT NULL,
    number int NOT NULL,
    teacher_id uuid NOT NULL,
    room text NOT NULL,
    topic text NOT NULL DEFAULT '',
    work_type smallint NOT NULL DEFAULT 0,
    version int NOT NULL DEFAULT 0,
    off_timetable boolean NOT NULL DEFAULT false,
    changed_by_name text NOT NULL DEFAULT '',
    changed_at timestamptz,
    UNIQUE (gradebook_id, day, number)
);
CREATE INDEX lesson_group_day ON lesson (group_id, day);
CREATE INDEX lesson_teacher_day ON lesson (teacher_id, day);
"""

# Facts hang on a lesson without cascade: a lesson that has any cannot be deleted at all, whoever tries.
_FACTS = """
CREATE TABLE mark (
    lesson_id uuid NOT NULL REFERENCES lesson,
    student_id uuid NOT NULL,
    gradebook_id uuid NOT NULL,
    value smallint CHECK (value BETWEEN 1 AND 5),
    previous_value smallint,
    version int NOT NULL,
    author_id uuid NOT NULL,
    author_name text NOT NULL,
    comment text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (lesson_id, student_id)
) WITH (fillfactor = 90);
CREATE INDEX mark_student ON mark (student_id, gradebook_id);
CREATE TABLE mark_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lesson_id uuid NOT NULL,
    student_id uuid NOT NULL,
    version int NOT NULL,
    old_value smallint,
    new_value smallint,
    author_id uuid NOT NULL,
    author_name text NOT NULL,
    author_role text NOT NULL,
    comment text NOT NULL,
    at timestamptz NOT NULL,
    trace text NOT NULL,
    UNIQUE (lesson_id, student_id, version)
);
CREATE TABLE attendance (
    lesson_id uuid NOT NULL REFERENCES lesson,
    student_id uuid NOT NULL,
    gradebook_id uuid NOT NULL,
    status smallint NOT NULL,
    previous_status smallint NOT NULL,
    minutes_late smallint NOT NULL,
    version int NOT NULL,
    author_id uuid NOT NULL,
    author_name text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (lesson_id, student_id)
) WITH (fillfactor = 90);
CREATE INDEX attendance_student ON attendance (student_id, gradebook_id);
CREATE TABLE attendance_change (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    lesson_id uuid NOT NULL,
    student_id uuid NOT NULL,
    version int NOT NULL,
    old_status smallint NOT NULL,
    new_status smallint NOT NULL,
    minutes_late smallint NOT NULL,
    author_id uuid NOT NULL,
    author_name text NOT NULL,
    author_role text NOT NULL,
    at timestamptz NOT NULL,
    trace text NOT NULL,
    UNIQUE (lesson_id, student_id, version)
);
CREATE TABLE homework (
    id uuid PRIMARY KEY DEFAULT uuidv7(),
    lesson_id uuid NOT NULL UNIQUE REFERENCES lesson,
    gradebook_id uuid NOT NULL,
    group_id uuid NOT NULL,
    due_lesson_id uuid NOT NULL REFERENCES lesson,
    due_day date NOT NULL,
    text text NOT NULL,
    minutes int NOT NULL,
    items jsonb NOT NULL,
    present boolean NOT NULL,
    version int NOT NULL,
    author_id uuid NOT NULL,
    author_name text NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX homework_due ON homework (due_lesson_id);
CREATE INDEX homework_load ON homework (group_id, due_day);
CREATE TABLE acknowledgement (
    student_id uuid NOT NULL,
    week date NOT NULL,
    guardian_id uuid NOT NULL,
    guardian_name text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (student_id, week, guardian_id)
);
CREATE TABLE access_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    reader_id uuid NOT NULL,
    reader_name text NOT NULL,
    role_type text NOT NULL,
    organisation_id uuid,
    what text NOT NULL,
    student_id uuid,
    object_id uuid,
    trace text NOT NULL
);
CREATE INDEX access_log_student ON access_log (student_id, at);
CREATE INDEX access_log_reader ON access_log (reader_id, at);
"""


def upgrade() -> None:
    create_kit_tables(op)
    for script in (_ROSTER, _PLANNING, _FACTS):
        for statement in script.split(";\n"):
            if statement.strip():
                op.execute(statement)


def downgrade() -> None:
    """Drops everything, the latest first."""
    names = re.findall(r"CREATE TABLE (\w+)", _ROSTER + _PLANNING + _FACTS)
    for name in (*reversed(names), *("parked", "inbox", "request_log", "outbox")):
        op.drop_table(name)
