"""What is promised of the cell, and how fast a promise may be used up: several windows, so that an alarm is both quick and sure."""

from dataclasses import dataclass

from myschool_cluster.metrics import HTTP, RPC
from myschool_kit import topics

# What the answerer is to blame for; refusals and a caller who left are not.
FAULTS = "INTERNAL|UNKNOWN|UNAVAILABLE|DEADLINE_EXCEEDED|DATA_LOSS|UNIMPLEMENTED"
API = 'service="gateway",route=~"/api/.*"'
WINDOWS = ("5m", "30m", "1h", "6h")
ERRORS = "myschool:errors:ratio_rate"
REQUESTS = "myschool:requests:rate1h"
# In an hour of fewer requests one failure says nothing about a promise.
LEAST_PER_SECOND = 0.02


@dataclass(frozen=True)
class Objective:
    """A promise over 30 days: which share may fail, and what failing is, for the gateway and for a service."""

    name: str
    budget: float
    bad_http: str
    bad_rpc: str
    runbook: str
    words: str


OBJECTIVES = (
    Objective(
        "availability",
        0.001,
        f'rate({HTTP.name}_count{{{API},status=~"5.."}}[{{window}}])',
        f'rate({RPC.name}_count{{outcome=~"{FAULTS}"}}[{{window}}])',
        "errors-rise",
        "fails to answer",
    ),
    Objective(
        "latency",
        0.01,
        f'rate({HTTP.name}_count{{{API}}}[{{window}}]) - ignoring(le) rate({HTTP.name}_bucket{{{API},le="0.5"}}[{{window}}])',
        f'rate({RPC.name}_count[{{window}}]) - ignoring(le) rate({RPC.name}_bucket{{le="0.25"}}[{{window}}])',
        "slow-answers",
        "answers too slowly",
    ),
)


@dataclass(frozen=True)
class Burn:
    """Times as fast as the promise allows, seen in a long and in a short window."""

    name: str
    factor: float
    long: str
    short: str
    severity: str
    spent: str


BURNS = (
    Burn("BurnsFast", 14.4, "1h", "5m", "page", "2 % of a month's budget went in an hour"),
    Burn("Burns", 6.0, "6h", "30m", "page", "5 % of a month's budget went in six hours"),
)


def producers() -> list[str]:
    """Services that emit events by the registry of topics, and so have a relay that must run."""
    return sorted({topic.producer for topic in topics.registry().values()})


def share(objective: Objective, window: str) -> str:
    """PromQL: which share of requests broke the promise, by service; the gateway is one of them. No failure yet is a share of 0."""
    total = f"sum by (service) ({all_requests(window)})"
    bad_http, bad_rpc = (bad.replace("{window}", window) for bad in (objective.bad_http, objective.bad_rpc))
    return f"(sum by (service) ({bad_http} or {bad_rpc}) or 0 * {total}) / ({total} > 0)"


def all_requests(window: str) -> str:
    """PromQL: requests of the API and calls of services per second."""
    return f"rate({HTTP.name}_count{{{API}}}[{window}]) or rate({RPC.name}_count[{window}])"
