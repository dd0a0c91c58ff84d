"""Which nodes a start consists of."""

from myschool_stack import jobs
from myschool_stack.errors import StackError
from myschool_stack.layout import SERVICES, Profile
from myschool_stack.parts.application import Service, Web
from myschool_stack.parts.base import Node
from myschool_stack.parts.kafka import Kafka
from myschool_stack.parts.keycloak import Keycloak
from myschool_stack.parts.mail import Mail
from myschool_stack.parts.postgres import Postgres
from myschool_stack.parts.valkey import Valkey

_DEMO_NEEDS = (*SERVICES, "gateway", "bridge", "esia", "keycloak", "realm")


def everything(profile: Profile) -> list[Node]:
    """All parts and jobs of the whole stack; parts that run elsewhere are still in the list."""
    return [
        Postgres(profile),
        Valkey(profile),
        Kafka(profile),
        Mail(profile),
        jobs.keycloak_tree(profile),
        Keycloak(profile),
        jobs.Job(profile, "page", jobs.build_page),
        jobs.Job(profile, "migrate", jobs.migrate, ("postgres",)),
        jobs.Job(profile, "realm", jobs.realm, ("keycloak",)),
        *(Service(profile, name) for name in SERVICES),
        Web(profile, "esia", "myschool_esia_simulator"),
        Web(profile, "bridge", "myschool_identity", ("bridge",), ("postgres", "valkey", "migrate")),
        Web(profile, "gateway", "myschool_gateway", (), ("valkey", "page")),
        jobs.Job(profile, "demo", jobs.demo_once, _DEMO_NEEDS),
    ]


def chosen(profile: Profile, names: list[str] | None) -> list[Node]:
    """The nodes to start: all, or the named ones with the jobs they cannot do without; given parts fall out."""
    nodes = everything(profile)
    if names is not None:
        known = {node.name for node in nodes}
        if unknown := [name for name in names if name not in known]:
            raise StackError(f"There is no part {', '.join(unknown)}.", f"Parts: {', '.join(sorted(known))}.")
        wanted = set(names) | ({"keycloak-build"} if "keycloak" in names else set())
        nodes = [node for node in nodes if node.name in wanted]
    skipped = set(profile.given) | ({"keycloak-build"} if "keycloak" in profile.given else set())
    nodes = [node for node in nodes if node.name not in skipped]
    present = {node.name for node in nodes}
    for node in nodes:
        node.needs = tuple(name for name in node.needs if name in present)
    return nodes
