"""Alembic environment: everything stands in the kit."""

from myschool_kit.migrate import run_env

run_env()
