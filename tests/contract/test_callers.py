"""Who may call whom where processes prove themselves by certificates: the lists in proto are the calls in the code, no more."""

import re
from pathlib import Path

import contracts

from myschool.common.v1 import options_pb2
from myschool_gateway.clients import NAMES

ROOT = Path(__file__).parents[2]
DIAL = re.compile(r"\.channel\(\"(\w+)\"\)")
# Whoever sets a region up or mends it by hand: the seed, jobs.
BY_HAND = "operator"


def listed() -> set[tuple[str, str]]:
    """Caller and called service of every method's own list."""
    return {(caller, service) for service, access in accesses() for caller in access.callers}


def accesses() -> list[tuple[str, options_pb2.Access]]:
    return [
        (method.containing_service.full_name.split(".")[1], method.GetOptions().Extensions[options_pb2.access])
        for method in contracts.methods()
        # What every service answers about a person belongs to none of them.
        if not method.containing_service.full_name.startswith("myschool.common.")
    ]


def dialled() -> set[tuple[str, str]]:
    """Which service's composition dials which other one."""
    sources = [(name, path) for name in NAMES for path in (ROOT / f"services/{name}/src").rglob("*.py")]
    return {(name, called) for name, path in sources for called in DIAL.findall(path.read_text("utf-8"))}


def test_lists_when_compared_with_the_calls_in_the_code_then_the_same() -> None:
    assert dialled() == {(caller, service) for caller, service in listed() if caller not in {"gateway", BY_HAND}}
    assert {caller for caller, _service in listed()} <= {"gateway", BY_HAND, *NAMES}


def test_gateway_dials_every_service_and_may_call_something_of_each() -> None:
    open_to_gateway = {service for service, access in accesses() if not access.callers or "gateway" in access.callers}
    assert open_to_gateway == set(NAMES)
