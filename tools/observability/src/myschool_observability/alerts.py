"""The alerts of a cell as PrometheusRule: burn rates of the promises, and states in which waiting makes it worse."""

from typing import Any

from myschool_cluster import metrics
from myschool_observability import objectives
from myschool_observability.objectives import BURNS, ERRORS, LEAST_PER_SECOND, OBJECTIVES, REQUESTS, WINDOWS

_RUNBOOKS = "docs/runbooks"
Rule = dict[str, Any]


def rules() -> dict[str, Any]:
    """The whole document."""
    groups = [
        {"name": "myschool-promises", "interval": "30s", "rules": [*_records(), *_burns()]},
        {"name": "myschool-events", "rules": _events()},
        {"name": "myschool-parts", "rules": _parts()},
        {"name": "myschool-saturation", "rules": _saturation()},
    ]
    return {
        "apiVersion": "monitoring.coreos.com/v1",
        "kind": "PrometheusRule",
        "metadata": {"name": "myschool"},
        "spec": {"groups": groups},
    }


def _alert(name: str, expression: str, waits: str, severity: str, summary: str, runbook: str) -> Rule:
    rule: Rule = {"alert": name, "expr": expression}
    if waits:
        rule["for"] = waits
    return rule | {"labels": {"severity": severity}, "annotations": {"summary": summary, "runbook": f"{_RUNBOOKS}/{runbook}.md"}}


def _records() -> list[Rule]:
    found: list[Rule] = [{"record": REQUESTS, "expr": f"sum by (service) ({objectives.all_requests('1h')})"}]
    for objective in OBJECTIVES:
        for window in WINDOWS:
            record = {"record": f"{ERRORS}{window}", "labels": {"promise": objective.name}, "expr": objectives.share(objective, window)}
            found.append(record)
    return found


def _burns() -> list[Rule]:
    found: list[Rule] = []
    for objective in OBJECTIVES:
        chosen = f'{{promise="{objective.name}"}}'
        for burn in BURNS:
            limit = f"{burn.factor:g} * {objective.budget:g}"
            expression = (
                f"{ERRORS}{burn.long}{chosen} > {limit} and {ERRORS}{burn.short}{chosen} > {limit}"
                f" and on (service) {REQUESTS} > {LEAST_PER_SECOND:g}"
            )
            summary = f"{{{{ $labels.service }}}} {objective.words}: {burn.spent}"
            name = f"{objective.name.capitalize()}{burn.name}"
            found.append(_alert(name, expression, "2m", burn.severity, summary, objective.runbook))
    return found


def _events() -> list[Rule]:
    silent = " or ".join(f'absent({metrics.OUTBOX.name}{{service="{name}"}})' for name in objectives.producers())
    return [
        _alert(
            "OutboxOld",
            f"max by (service) ({metrics.OUTBOX_AGE.name}) > 60",
            "2m",
            "page",
            "Events of {{ $labels.service }} have waited for more than a minute to be sent",
            "relay-backlog",
        ),
        _alert("RelayMissing", silent, "5m", "page", "No relay of {{ $labels.service }} shows its outbox", "relay-backlog"),
        _alert(
            "EventsParked",
            f"max by (service) ({metrics.PARKED.name}) > 0",
            "1m",
            "ticket",
            "{{ $labels.service }} could not apply events; figures or rosters of their keys are old",
            "parked-key",
        ),
        _alert(
            "ConsumerLags",
            f"sum by (service, topic) ({metrics.LAG.name}) > 5000",
            "10m",
            "page",
            "{{ $labels.service }} is more than 5,000 records behind in {{ $labels.topic }}",
            "kafka-down",
        ),
    ]


def _parts() -> list[Rule]:
    def away(chosen: str) -> str:
        return f"max by (part) ({metrics.PART.name}{{{chosen}}}) == 0"

    return [
        _alert("SessionStoreAway", away('part="sessions"'), "1m", "page", "No gateway reaches Valkey: nobody can work", "valkey-down"),
        _alert("SignInAway", away('part="sign-in"'), "2m", "page", "No gateway reaches Keycloak: nobody can sign in", "keycloak-down"),
        _alert(
            "ServiceAway", away('part!~"sessions|sign-in"'), "2m", "page", "No gateway finds {{ $labels.part }} ready", "postgresql-down"
        ),
        _alert(
            "CertificateNotRenewed",
            f"min by (service) ({metrics.CERTIFICATE.name}) - time() < 3 * 24 * 3600",
            "15m",
            "page",
            "The certificate that a process of {{ $labels.service }} holds ends within three days",
            "certificate-ends",
        ),
    ]


def _saturation() -> list[Rule]:
    pool = metrics.DATABASE.name
    lag = f"histogram_quantile(0.99, sum by (service, le) (rate({metrics.LOOP.name}_bucket[5m])))"
    used = f'max by (service, pool) ({pool}{{state="used"}} / ignoring(state) {pool}{{state="most"}})'
    return [
        _alert("LoopLags", f"{lag} > 0.25", "10m", "ticket", "Processes of {{ $labels.service }} are busy all the time", "slow-answers"),
        _alert(
            "PoolFull", f"{used} > 0.9", "10m", "ticket", "{{ $labels.service }} waits for connections ({{ $labels.pool }})", "slow-answers"
        ),
    ]
