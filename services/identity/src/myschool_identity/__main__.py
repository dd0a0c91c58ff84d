"""Command line: serve, relay, consume, migrate, check-config, replay; bridge (second process) and realm."""

import typer

from myschool_identity.app import SERVICE
from myschool_identity.settings import IdentitySettings
from myschool_kit.service import command_line

cli = command_line(SERVICE)


@cli.command()
def bridge() -> None:
    """Serve the esia-bridge, the OpenID provider in front of Госуслуги."""
    from myschool_identity.bridge.app import run  # noqa: PLC0415  (the gRPC process does not load the web framework)

    run()


@cli.command()
def realm() -> None:
    """Bring the Keycloak realm to what this code describes; running it again changes nothing."""
    from myschool_identity.realm.reconcile import reconcile  # noqa: PLC0415  (only this command administers Keycloak)

    changes = reconcile(IdentitySettings())
    for change in changes or ["nothing to change"]:
        typer.echo(change)


if __name__ == "__main__":
    cli()
