"""Command line of the service: serve, relay, consume, migrate, check-config, replay."""

from myschool_kit.service import command_line
from myschool_roles.app import SERVICE

if __name__ == "__main__":
    command_line(SERVICE)()
