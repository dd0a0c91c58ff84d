"""python -m myschool_journal: serve, relay, consume, migrate, check-config, replay."""

from myschool_journal.app import SERVICE
from myschool_kit.service import command_line

if __name__ == "__main__":
    command_line(SERVICE)()
