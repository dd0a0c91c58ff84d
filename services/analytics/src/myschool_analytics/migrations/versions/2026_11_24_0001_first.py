"""Projections of the events of all services."""

import re

from alembic import op

from myschool_kit.migrate import create_kit_tables

revision = "0001"
down_revision = None

_TABLES = """
CREATE TABLE organisation (organisation_id uuid PRIMARY KEY, short_name text NOT NULL, time_zone text NOT NULL);
CREATE TABLE structural_role (
    role_id uuid PRIMARY KEY, person_id uuid NOT NULL, display_name text NOT NULL, role_type text NOT NULL,
    organisation_id uuid, status text NOT NULL, version int NOT NULL
);
CREATE INDEX structural_role_organisation ON structural_role (organisation_id, role_type);
CREATE TABLE enrolment (group_id uuid, student_id uuid, organisation_id uuid NOT NULL, PRIMARY KEY (group_id, student_id));
CREATE TABLE gradebook (
    gradebook_id uuid PRIMARY KEY, organisation_id uuid NOT NULL, group_id uuid NOT NULL, group_name text NOT NULL,
    subject text NOT NULL, teacher_ids uuid[] NOT NULL
);
CREATE INDEX gradebook_group ON gradebook (group_id);
CREATE TABLE lesson (
    lesson_id uuid PRIMARY KEY, gradebook_id uuid NOT NULL, organisation_id uuid NOT NULL, day date NOT NULL,
    number int, teacher_id uuid, placed boolean NOT NULL DEFAULT false,
    marks int NOT NULL DEFAULT 0, attendance int NOT NULL DEFAULT 0,
    has_topic boolean NOT NULL DEFAULT false, has_homework boolean NOT NULL DEFAULT false
);
CREATE INDEX lesson_organisation_day ON lesson (organisation_id, day);
CREATE INDEX lesson_teacher_day ON lesson (teacher_id, day);
CREATE INDEX lesson_gradebook ON lesson (gradebook_id);
CREATE TABLE acknowledgement (
    student_id uuid, guardian_id uuid, week date, organisation_id uuid NOT NULL, day date NOT NULL,
    PRIMARY KEY (student_id, guardian_id, week)
);
CREATE INDEX acknowledgement_organisation ON acknowledgement (organisation_id, day);
CREATE TABLE act (
    person_id uuid, day date, kind text, organisation_id uuid, acts int NOT NULL, last_at timestamptz NOT NULL,
    PRIMARY KEY (person_id, day, kind, organisation_id)
);
CREATE INDEX act_organisation_day ON act (organisation_id, day);
CREATE TABLE content_item (
    item_id uuid PRIMARY KEY, provider_id text NOT NULL, status text NOT NULL, decided_by text NOT NULL DEFAULT ''
);
CREATE TABLE freshness (only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row), occurred_at timestamptz NOT NULL);
"""


def upgrade() -> None:
    """Creates the kit's tables and the projections."""
    create_kit_tables(op)
    for statement in filter(str.strip, _TABLES.split(";")):
        op.execute(statement)


def downgrade() -> None:
    """Drops everything, the latest first."""
    names = re.findall(r"CREATE TABLE (\w+)", _TABLES)
    for name in (*reversed(names), *("parked", "inbox", "request_log", "outbox")):
        op.drop_table(name)
