"""What every run of `migrate` leaves behind: the application's own login with the rights it needs and no more.

The owner of a database changes its schema; the login `<owner>_app`, where there is one, serves. It reads and writes rows, but can
neither change nor delete a row of the record of reads, nor touch the schema.
"""

from alembic import context
from sqlalchemy import Connection

from myschool_kit import migrate
from myschool_privacy.audit.tables import RIGHTS

# Besides the record: the log of before it, and the schema's own version.
_RIGHTS = {**RIGHTS, "access_log": "SELECT, INSERT", "alembic_version": "SELECT"}
_APP = "quote_ident(current_user || '_app')"
_GRANT = f"""
DO $do$
DECLARE
    app text := {_APP};
    guarded record;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = current_user || '_app') THEN
        RETURN;
    END IF;
    EXECUTE 'GRANT USAGE ON SCHEMA public TO ' || app;
    EXECUTE 'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ' || app;
    EXECUTE 'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO ' || app;
    EXECUTE 'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ' || app;
    EXECUTE 'ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO ' || app;
    FOR guarded IN SELECT name, rights FROM (VALUES {", ".join(f"('{table}', '{rights}')" for table, rights in _RIGHTS.items())})
            AS given (name, rights) WHERE to_regclass(name) IS NOT NULL LOOP
        EXECUTE format('REVOKE ALL ON TABLE %I FROM %s', guarded.name, app);
        EXECUTE format('GRANT %s ON TABLE %I TO %s', guarded.rights, guarded.name, app);
    END LOOP;
END $do$
"""


def run_env() -> None:
    """The whole of a service's migrations/env.py."""
    migrate.run_env()
    connection: Connection = context.config.attributes["connection"]
    connection.exec_driver_sql(_GRANT)  # committed by the caller, as the versions are
