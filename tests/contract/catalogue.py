"""What a database consists of, by its catalogue, and what of it a change takes away from code that was written before."""

from collections.abc import Mapping
from dataclasses import dataclass

import asyncpg

# Extensions bring functions and types of their own; alembic_version says where we are, not what there is.
_OURS = "NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = {}.oid AND d.deptype = 'e')"
_COLUMNS = """
SELECT c.relname AS of, a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS required,
  (a.atthasdef AND a.attgenerated = '') OR a.attidentity <> '' AS filled,
  concat(a.attgenerated, a.attidentity, ' ', pg_get_expr(f.adbin, f.adrelid), ' ', (SELECT collname FROM pg_collation WHERE oid = a.attcollation)) AS more
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
  AND c.relname <> 'alembic_version'
"""
_REST = f"""
SELECT 'constraint' AS kind, conrelid::regclass::text AS of, conname::text AS name, pg_get_constraintdef(oid) AS said FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND contype <> 'n' AND conrelid::regclass::text <> 'alembic_version'
UNION ALL
SELECT 'index', tablename, indexname, indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
UNION ALL
SELECT 'trigger', tgrelid::regclass::text, tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL
SELECT 'function', '', p.oid::regprocedure::text, pg_get_functiondef(p.oid) FROM pg_proc p
WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND {_OURS.format("p")}
UNION ALL
SELECT 'type', '', t.typname, concat(t.typtype, (SELECT string_agg(e.enumlabel, ',' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid))
FROM pg_type t WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('d', 'e') AND {_OURS.format("t")}
UNION ALL
SELECT 'view', '', viewname, definition FROM pg_views WHERE schemaname = 'public'
UNION ALL
SELECT 'sequence', '', sequencename, data_type::text FROM pg_sequences WHERE schemaname = 'public'
UNION ALL
SELECT 'options', '', relname, coalesce(reloptions::text, '') FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
  AND relname <> 'alembic_version'
"""
_BOUND = """
SELECT c.conrelid::regclass::text AS of, c.conname::text AS name, array_agg(a.attname::text) AS columns
FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
WHERE c.connamespace = 'public'::regnamespace AND c.contype = 'c' GROUP BY c.oid
"""


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its type, whether a row must have a value, and whether the database gives one by itself."""

    type: str
    required: bool
    filled: bool
    more: str


@dataclass(frozen=True)
class Catalogue:
    """Columns by (table, name), everything else by (kind, table, name), and the columns each check looks at by (table, name)."""

    columns: Mapping[tuple[str, str], Column]
    rest: Mapping[tuple[str, str, str], str]
    bound: Mapping[tuple[str, str], frozenset[str]]

    @property
    def tables(self) -> set[str]:
        """Tables and views."""
        return {table for table, _name in self.columns}


async def read(connection: asyncpg.Connection) -> Catalogue:
    """The catalogue of schema public as it is now; the order of columns does not count."""
    columns = {
        (row["of"], row["name"]): Column(row["type"], row["required"], row["filled"], row["more"])
        for row in await connection.fetch(_COLUMNS)
    }
    rest = {(row["kind"], row["of"], row["name"]): row["said"] for row in await connection.fetch(_REST)}
    bound = {(row["of"], row["name"]): frozenset(row["columns"]) for row in await connection.fetch(_BOUND)}
    return Catalogue(columns, rest, bound)


def taken_away(before: Catalogue, after: Catalogue) -> list[str]:
    """What code written for `before` can no longer count on: names that are gone, other types, more that a write must give or keep to."""
    found = [f"table {table} is gone" for table in sorted(before.tables - after.tables)]
    for (table, name), old in before.columns.items():
        new = after.columns.get((table, name))
        if table not in after.tables:
            continue
        if new is None:
            found.append(f"column {table}.{name} is gone")
            continue
        if new.type != old.type:
            found.append(f"column {table}.{name} was {old.type} and is {new.type}")
        if new.required and not old.required and not new.filled:
            found.append(f"column {table}.{name} must have a value now")
        if old.filled and not new.filled and new.required:
            found.append(f"column {table}.{name} is no longer filled by itself")
    for (table, name), new in after.columns.items():
        if table in before.tables and (table, name) not in before.columns and new.required and not new.filled:
            found.append(f"new column {table}.{name} must have a value")
    old_functions = {key for key in before.rest if key[0] in {"function", "view", "type"}}
    found += [f"{kind} {name} is gone" for kind, _table, name in sorted(old_functions - after.rest.keys())]
    for (kind, table, name), said in after.rest.items():
        looked_at = after.bound.get((table, name))
        if looked_at and all((table, column) not in before.columns for column in looked_at):
            continue  # only at columns that the code before does not write
        narrower = kind == "constraint" or (kind == "index" and " UNIQUE " in said)
        if narrower and table in before.tables and (kind, table, name) not in before.rest and said not in before.rest.values():
            found.append(f"{kind} {name} on {table} refuses what was allowed: {said}")
    return found
