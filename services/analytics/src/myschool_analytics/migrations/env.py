"""Alembic environment: the kit's, and the rights of the application's own login."""

from myschool_privacy.migrations import run_env

run_env()
