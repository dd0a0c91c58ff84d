"""Grafana's dashboards as JSON: requests, saturation, what people do, and the promises of all cells."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from myschool_cluster import metrics
from myschool_observability.objectives import ERRORS, FAULTS, OBJECTIVES

_SOURCE = {"type": "prometheus", "uid": "${source}"}
_WIDTH, _HEIGHT, _COLUMNS = 8, 8, 3
_RATE = "[$__rate_interval]"
_CELL = 'cell=~"$cell"'
_CHOSEN = f'{_CELL},service=~"$service"'
# What people do, read from the calls that do it: no counter of its own to keep true.
_DEEDS = (
    ("Sign-ins per hour, by outcome", "IdentityService/SignIn", "outcome"),
    ("Marks saved per hour", "GradebookService/(SetMark|SaveMarks)", "method"),
    ("Diary reads per hour", "DiaryService/.+", "method"),
    ("Messages sent per hour", "ChatService/PostMessage", "outcome"),
    ("Imports per hour", "RolesService/(PreviewImport|ConfirmImport)", "method"),
    ("Searches in the library per hour", "LibraryService/SearchItems", "outcome"),
    ("Statistics opened per hour", "StatisticsService/.+", "method"),
)


@dataclass(frozen=True)
class Panel:
    """One chart: title, expression with its legend, unit."""

    title: str
    expression: str
    legend: str
    unit: str = "short"


def all_dashboards() -> dict[str, dict[str, Any]]:
    """File name to dashboard."""
    return {
        "requests": _dashboard("requests", "Requests", _requests()),
        "saturation": _dashboard("saturation", "Saturation", _saturation()),
        "people": _dashboard("people", "What people do", _people()),
        "promises": _dashboard("promises", "Promises of all cells", _promises()),
    }


def _requests() -> list[Panel]:
    rpc, http = metrics.RPC.name, metrics.HTTP.name
    return [
        Panel("Requests of the API", f"sum by (route) (rate({http}_count{{{_CELL}}}{_RATE}))", "{{route}}", "reqps"),
        Panel("API failures", f'sum by (route, status) (rate({http}_count{{{_CELL},status=~"5.."}}{_RATE}))', "{{status}} {{route}}"),
        Panel("95 % of the API within", _quantile(0.95, f"{http}_bucket{{{_CELL}}}", "route"), "{{route}}", "s"),
        Panel("Calls", f"sum by (service, method) (rate({rpc}_count{{{_CHOSEN}}}{_RATE}))", "{{method}}", "reqps"),
        Panel(
            "Failures", f'sum by (method, outcome) (rate({rpc}_count{{{_CHOSEN},outcome=~"{FAULTS}"}}{_RATE}))', "{{outcome}} {{method}}"
        ),
        Panel("Refused calls", f'sum by (outcome) (rate({rpc}_count{{{_CHOSEN},outcome!~"OK|{FAULTS}"}}{_RATE}))', "{{outcome}}"),
        Panel("95 % of calls within", _quantile(0.95, f"{rpc}_bucket{{{_CHOSEN}}}", "method"), "{{method}}", "s"),
        Panel("Events sent", f"sum by (service, topic) (rate({metrics.SENT.name}{{{_CHOSEN}}}{_RATE}))", "{{topic}}"),
        Panel("Events taken", f"sum by (service, outcome) (rate({metrics.APPLIED.name}{{{_CHOSEN}}}{_RATE}))", "{{service}} {{outcome}}"),
    ]


def _saturation() -> list[Panel]:
    pool = metrics.DATABASE.name
    return [
        Panel("CPU", f"sum by (job) (rate(process_cpu_seconds_total{{{_CELL}}}{_RATE}))", "{{job}}", "percentunit"),
        Panel("Memory", f"sum by (job) (process_resident_memory_bytes{{{_CELL}}})", "{{job}}", "bytes"),
        Panel("99 % of timers late by", _quantile(0.99, f"{metrics.LOOP.name}_bucket{{{_CHOSEN}}}", "service"), "{{service}}", "s"),
        Panel("Connections in use", f'sum by (service, pool) ({pool}{{{_CHOSEN},state="used"}})', "{{service}} {{pool}}"),
        Panel("Connections at most", f'sum by (service, pool) ({pool}{{{_CHOSEN},state="most"}})', "{{service}} {{pool}}"),
        Panel("Open pages", f"sum by (cell) ({metrics.PAGES.name}{{{_CELL}}})", "{{cell}}"),
        Panel("Events waiting", f"max by (service) ({metrics.OUTBOX.name}{{{_CHOSEN}}})", "{{service}}"),
        Panel("Oldest event waiting", f"max by (service) ({metrics.OUTBOX_AGE.name}{{{_CHOSEN}}})", "{{service}}", "s"),
        Panel("Records not read yet", f"sum by (service, topic) ({metrics.LAG.name}{{{_CHOSEN}}})", "{{service}} {{topic}}"),
        Panel("Parked events", f"max by (service) ({metrics.PARKED.name}{{{_CHOSEN}}})", "{{service}}"),
        Panel("Parts that answer", f"max by (cell, part) ({metrics.PART.name}{{{_CELL}}})", "{{cell}} {{part}}"),
        Panel("Services asked by one call at a time", f"max by (cell, part) ({metrics.BREAKER.name}{{{_CELL}}})", "{{cell}} {{part}}"),
        Panel("Certificates end in", f"min by (service) ({metrics.CERTIFICATE.name}{{{_CHOSEN}}}) - time()", "{{service}}", "s"),
    ]


def _people() -> list[Panel]:
    rpc, http = f"{metrics.RPC.name}_count", f"{metrics.HTTP.name}_count"
    panels = [
        Panel(title, f'sum by ({by}) (increase({rpc}{{{_CELL},method=~"{method}"}}[1h]))', f"{{{{{by}}}}}") for title, method, by in _DEEDS
    ]
    uploads = f'sum by (status) (increase({http}{{{_CELL},service="library",route="/provider/v1/items"}}[1h]))'
    return [*panels, Panel("Uploads of providers per hour", uploads, "{{status}}")]


def _promises() -> list[Panel]:
    return [
        Panel(
            f"{objective.name.capitalize()}: budget used up over {window}, 1 = as fast as allowed",
            f'{ERRORS}{window}{{promise="{objective.name}",{_CHOSEN}}} / {objective.budget:g}',
            "{{cell}} {{service}}",
        )
        for objective in OBJECTIVES
        for window in ("1h", "6h")
    ]


def _quantile(share: float, bucket: str, by: str) -> str:
    return f"histogram_quantile({share}, sum by ({by}, le) (rate({bucket}{_RATE})))"


def _dashboard(uid: str, title: str, panels: Sequence[Panel]) -> dict[str, Any]:
    return {
        "uid": f"myschool-{uid}",
        "title": f"Моя школа: {title}",
        "tags": ["myschool"],
        "schemaVersion": 39,
        "timezone": "browser",
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [_SOURCE_VARIABLE, _variable("cell"), _variable("service")]},
        "panels": [_panel(number, panel) for number, panel in enumerate(panels)],
    }


_SOURCE_VARIABLE = {"name": "source", "type": "datasource", "query": "prometheus", "label": "Source"}


def _variable(label: str) -> dict[str, Any]:
    query = f"label_values({metrics.RPC.name}_count, {label})"
    # `.*` takes in a Prometheus of one cell, whose own figures carry no label of it.
    chosen = {"includeAll": True, "allValue": ".*", "multi": True, "current": {"text": "All", "value": "$__all"}, "refresh": 2}
    return {"name": label, "type": "query", "datasource": _SOURCE, "query": query, **chosen}


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    place = {"w": _WIDTH, "h": _HEIGHT, "x": number % _COLUMNS * _WIDTH, "y": number // _COLUMNS * _HEIGHT}
    return {
        "id": number + 1,
        "type": "timeseries",
        "title": panel.title,
        "datasource": _SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "targets": [
            {
                "refId": "A",
                "datasource": _SOURCE,
                "expr": panel.expression,
                "legendFormat": panel.legend,
                # A point of such a chart leads to a recorded trace.
                "exemplar": "seconds_bucket" in panel.expression,
            }
        ],
    }
