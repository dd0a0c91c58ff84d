"""Command line: serve, relay, consume, migrate, check-config, replay; bridge (second process) and realm."""

from myschool_identity.app import SERVICE
from myschool_kit.service import command_line

cli = command_line(SERVICE)


@cli.command()
def bridge() -> None:
    """Serve the esia-bridge, the OpenID provider in front of Госуслуги."""
    from myschool_identity.bridge.app import run  # noqa: PLC0415  (the gRPC process does not load the web framework)

    run()


if __name__ == "__main__":
    cli()
