"""Tables of retention and erasure, made by a service's migration; the same in every service."""

from typing import Any

_TABLES = """
CREATE TABLE retention_rule (
    part text PRIMARY KEY, kept boolean NOT NULL, reason text NOT NULL, set_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE erasure (
    request_id uuid PRIMARY KEY, person_id uuid NOT NULL, done_at timestamptz NOT NULL DEFAULT now(), parts jsonb NOT NULL
);
"""


def create_subject_tables(op: Any) -> None:
    """`retention_rule`: legal holds on parts that would be erased by default. `erasure`: what was done, once per request."""
    for statement in filter(str.strip, _TABLES.split(";\n")):
        op.execute(statement)


def drop_subject_tables(op: Any) -> None:
    """The way back."""
    for table in ("erasure", "retention_rule"):
        op.drop_table(table)
