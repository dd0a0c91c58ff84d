"""The first schema of messaging: kit tables, the roster as projected, chats, members, messages."""

import re

from alembic import op

from myschool_kit.migrate import create_kit_tables

revision = "2026_11_24_0001"
down_revision = None
branch_labels = None
depends_on = None

# No foreign keys between the roster's tables: events of different topics come in any order.
_TABLES = """
CREATE TABLE roster_organisation (
    id uuid PRIMARY KEY,
    short_name text NOT NULL
);
CREATE TABLE roster_group (
    id uuid PRIMARY KEY,
    organisation_id uuid NOT NULL,
    name text NOT NULL,
    is_class boolean NOT NULL
);
CREATE TABLE roster_student (
    group_id uuid NOT NULL,
    student_id uuid NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (group_id, student_id)
);
CREATE INDEX roster_student_student ON roster_student (student_id);
CREATE TABLE roster_teacher (
    group_id uuid NOT NULL,
    teacher_id uuid NOT NULL,
    subject text NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (group_id, teacher_id, subject)
);
CREATE TABLE roster_guardian (
    student_id uuid NOT NULL,
    guardian_id uuid NOT NULL,
    name text NOT NULL,
    PRIMARY KEY (student_id, guardian_id)
);
CREATE TABLE chat (
    id uuid PRIMARY KEY,
    group_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('GUARDIANS', 'STUDENTS')),
    organisation_id uuid NOT NULL,
    group_name text NOT NULL,
    members integer NOT NULL DEFAULT 0,
    last_seq bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    UNIQUE (group_id, kind)
) WITH (fillfactor = 50);
CREATE TABLE member (
    chat_id uuid NOT NULL REFERENCES chat (id),
    person_id uuid NOT NULL,
    side text NOT NULL CHECK (side IN ('TEACHER', 'GUARDIAN', 'STUDENT')),
    name text NOT NULL,
    present boolean NOT NULL DEFAULT true,
    read_seq bigint NOT NULL,
    PRIMARY KEY (chat_id, person_id, side)
) WITH (fillfactor = 70);
CREATE INDEX member_person ON member (person_id, side) WHERE present;
CREATE TABLE message (
    chat_id uuid NOT NULL REFERENCES chat (id),
    seq bigint NOT NULL,
    id uuid NOT NULL UNIQUE,
    author_id uuid NOT NULL,
    author_name text NOT NULL,
    author_role text NOT NULL,
    client_message_id uuid NOT NULL,
    body text NOT NULL,
    posted_at timestamptz NOT NULL,
    PRIMARY KEY (chat_id, seq),
    UNIQUE (chat_id, author_id, client_message_id)
);
CREATE INDEX message_author ON message (author_id, posted_at);
"""


def upgrade() -> None:
    create_kit_tables(op)
    for statement in _TABLES.split(";\n"):
        if statement.strip():
            op.execute(statement)


def downgrade() -> None:
    """Drops everything, the latest first."""
    names = re.findall(r"CREATE TABLE (\w+)", _TABLES)
    for name in (*reversed(names), *("parked", "inbox", "request_log", "outbox")):
        op.drop_table(name)
