"""Alembic environment: the whole of it is the kit's."""

from myschool_kit.migrate import run_env

run_env()
