"""`python -m myschool_messaging`: serve, relay, consume, migrate, check-config, replay, verify-audit."""

from myschool_kit.service import command_line
from myschool_messaging.app import SERVICE
from myschool_privacy.commands import add_verify_audit

cli = command_line(SERVICE)
add_verify_audit(cli, SERVICE)

if __name__ == "__main__":
    cli()
