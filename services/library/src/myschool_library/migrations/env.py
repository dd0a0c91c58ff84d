"""Alembic environment: everything is in kit."""

from myschool_kit.migrate import run_env

run_env()
