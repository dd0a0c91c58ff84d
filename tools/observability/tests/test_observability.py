"""Alerts and dashboards hold against the code: every figure exists, every runbook is there, every alarm rings when it should and no sooner."""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from myschool_cluster.metrics import FAMILIES
from myschool_observability import alerts, dashboards, objectives
from myschool_observability.__main__ import FOLDER, files
from myschool_stack import promtool

ROOT = Path(__file__).parents[3]
# What Prometheus' client and Prometheus itself add.
ADDED = {"process_cpu_seconds_total", "process_resident_memory_bytes"}
SUFFIXES = {"histogram": ("_bucket", "_count", "_sum"), "counter": ("",), "gauge": ("",)}
RECORDED = {rule["record"] for group in alerts.rules()["spec"]["groups"] for rule in group["rules"] if "record" in rule}
METRIC = re.compile(r"(?<![\w.\"])((?:myschool[:_]|process_)[\w:]+)(?!\")")


@pytest.fixture(scope="module")
def tool() -> str:
    path = promtool.found()
    if not path:
        pytest.skip("no promtool: `make test` fetches it where apt is")
    return path


def every_rule() -> list[dict]:
    """Of all rule files that are delivered, whoever wrote them."""
    found = []
    for path in sorted((ROOT / "deploy").rglob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text("utf-8")) if "PrometheusRule" in path.read_text("utf-8") else ():
            if document and document.get("kind") == "PrometheusRule":
                found += [rule for group in document["spec"]["groups"] for rule in group["rules"]]
    return found


def expressions() -> list[str]:
    """Of all alerts and charts of ours."""
    rules = [rule["expr"] for group in alerts.rules()["spec"]["groups"] for rule in group["rules"]]
    return rules + [
        target["expr"] for board in dashboards.all_dashboards().values() for panel in board["panels"] for target in panel["targets"]
    ]


def test_files_when_looked_at_then_they_are_as_the_code_says() -> None:
    for path, text in files().items():
        assert (FOLDER / path).read_text("utf-8") == text, f"{path}: make gen"


def test_expressions_when_they_name_a_figure_then_the_code_has_it() -> None:
    known = {family.name + suffix for family in FAMILIES for suffix in SUFFIXES[family.kind]} | RECORDED | ADDED
    named = {name for expression in expressions() for name in METRIC.findall(expression)}
    assert len(named) > 15
    assert named <= known, named - known
    # And no figure is gathered that nobody looks at.
    seen = {family.name for family in FAMILIES for name in named if name.startswith(family.name)}
    assert seen == {family.name for family in FAMILIES}


def test_alerts_when_they_ring_then_their_runbook_exists_and_names_them_apart() -> None:
    rules = [rule for rule in every_rule() if "alert" in rule]
    assert len(rules) >= 14
    for rule in rules:
        runbook = ROOT / rule["annotations"]["runbook"]
        assert runbook.is_file(), rule
        assert f"({runbook.name})" in (runbook.parent / "README.md").read_text("utf-8"), (
            f"README of the runbooks does not name {runbook.name}"
        )
        assert f"`{rule['alert']}`" in runbook.read_text("utf-8"), f"{runbook.name} does not name {rule['alert']}"
        assert rule["labels"]["severity"] in {"page", "ticket"}
    names = [rule["alert"] for rule in rules]
    assert len(names) == len(set(names)), names


def test_calls_named_in_charts_when_held_against_the_contracts_then_they_exist() -> None:
    methods = set()
    for path in (ROOT / "proto" / "myschool").rglob("*.proto"):
        service = ""
        for line in path.read_text("utf-8").splitlines():
            if found := re.match(r"service (\w+)", line):
                service = found[1]
            if found := re.match(r"\s+rpc (\w+)", line):
                methods.add(f"{service}/{found[1]}")
    for _title, pattern, _by in dashboards._DEEDS:
        assert any(re.fullmatch(pattern, method) for method in methods), pattern


def test_dashboards_when_read_then_grafana_can_place_every_panel() -> None:
    for path in (FOLDER / "dashboards").glob("*.json"):
        board = json.loads(path.read_text("utf-8"))
        assert board["uid"] and board["schemaVersion"] >= 39 and board["panels"]
        assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
        squares = [
            (x, y)
            for panel in board["panels"]
            for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
            for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
        ]
        assert len(squares) == len(set(squares)) and max(x for x, _ in squares) < 24
        variables = {item["name"] for item in board["templating"]["list"]} | {"__rate_interval"}
        assert set(re.findall(r"\$\{?(\w+)", json.dumps(board["panels"]))) <= variables


def test_expressions_when_prometheus_parses_them_then_none_is_wrong(tool: str, tmp_path: Path) -> None:
    filled = [text.replace("$__rate_interval", "5m").replace("$cell", ".*").replace("$service", ".*") for text in expressions()]
    rules = {"groups": [{"name": "all", "rules": [{"record": f"r{number}", "expr": text} for number, text in enumerate(filled)]}]}
    (tmp_path / "rules.yaml").write_text(yaml.safe_dump(rules))
    done = subprocess.run([tool, "check", "rules", str(tmp_path / "rules.yaml")], check=False, capture_output=True, text=True)
    assert done.returncode == 0 and f"{len(filled)} rules" in done.stdout, done.stdout + done.stderr


API = 'service="gateway",method="GET",route="/api/v1/day"'
RPC = 'service="journal",method="GradebookService/GetGradebookPage"'


def http(status: str, per_minute: str) -> dict:
    return {"series": f'myschool_http_seconds_count{{{API},status="{status}"}}', "values": per_minute}


def rpc(outcome: str, per_minute: str) -> dict:
    return {"series": f'myschool_rpc_seconds_count{{{RPC},outcome="{outcome}"}}', "values": per_minute}


def within(seconds: str, per_minute: str) -> dict:
    return {"series": f'myschool_rpc_seconds_bucket{{{RPC},outcome="OK",le="{seconds}"}}', "values": per_minute}


def gauge(series: str, values: str) -> dict:
    return {"series": series, "values": values}


RELAYS = [gauge(f'myschool_outbox_waiting{{service="{name}"}}', "0x400") for name in objectives.producers()]

# What happens, what Prometheus saw of it minute by minute, when it is asked, which alerts ring then.
CASES: list[tuple[str, list[dict], str, list[tuple[str, dict]]]] = [
    ("all is well", [http("200", "0+600x400"), http("500", "0+0x400"), *RELAYS], "5h", []),
    (
        "2 % of the API fails: both promises of speed of burning are broken",
        [http("200", "0+588x400"), http("500", "0+12x400"), *RELAYS],
        "6h30m",
        [
            ("AvailabilityBurnsFast", {"service": "gateway", "promise": "availability"}),
            ("AvailabilityBurns", {"service": "gateway", "promise": "availability"}),
        ],
    ),
    (
        "1 % of calls fails: the slow alarm alone",
        [rpc("OK", "0+594x400"), rpc("INTERNAL", "0+6x400"), *RELAYS],
        "6h30m",
        [("AvailabilityBurns", {"service": "journal", "promise": "availability"})],
    ),
    (
        "a burst that is just over: the short window has ended the quick alarm",
        [rpc("OK", "0+600x400"), rpc("UNAVAILABLE", "0+300x30 9000+0x370"), *RELAYS],
        "50m",
        [("AvailabilityBurns", {"service": "journal", "promise": "availability"})],
    ),
    ("a burst that is long over", [rpc("OK", "0+600x400"), rpc("UNAVAILABLE", "0+300x30 9000+0x370"), *RELAYS], "65m", []),
    (
        "half of the calls are refused: that is the callers' affair",
        [rpc("OK", "0+600x400"), rpc("NOT_FOUND", "0+600x400"), *RELAYS],
        "6h30m",
        [],
    ),
    ("one failure in a quiet hour", [rpc("OK", "0+0x100 1+0x300"), rpc("INTERNAL", "0+0x380 1+0x20"), *RELAYS], "6h30m", []),
    (
        "a third of the calls takes longer than a quarter of a second",
        [rpc("OK", "0+600x400"), within("0.25", "0+400x400"), *RELAYS],
        "6h30m",
        [
            ("LatencyBurnsFast", {"service": "journal", "promise": "latency"}),
            ("LatencyBurns", {"service": "journal", "promise": "latency"}),
        ],
    ),
    ("calls are quick", [rpc("OK", "0+600x400"), within("0.25", "0+599x400"), *RELAYS], "6h30m", []),
    (
        "events wait",
        [gauge('myschool_outbox_oldest_seconds{service="journal",pod="a"}', "0x5 70+60x20"), *RELAYS],
        "10m",
        [("OutboxOld", {"service": "journal"})],
    ),
    ("events wait for a moment", [gauge('myschool_outbox_oldest_seconds{service="journal"}', "0x5 70+0x1 0x20"), *RELAYS], "10m", []),
    ("a relay is gone", RELAYS[:-1], "10m", [("RelayMissing", {"service": "roles"})]),
    (
        "an event is parked",
        [gauge('myschool_parked_events{service="analytics"}', "0x3 1x20"), *RELAYS],
        "10m",
        [("EventsParked", {"service": "analytics"})],
    ),
    (
        "a consumer is behind on several pods together",
        [gauge(f'myschool_consumer_lag{{service="analytics",topic="journal.gradebook",pod="{pod}"}}', "3000x60") for pod in "ab"] + RELAYS,
        "30m",
        [("ConsumerLags", {"service": "analytics", "topic": "journal.gradebook"})],
    ),
    (
        "no gateway reaches Valkey",
        [gauge('myschool_part_up{part="sessions"}', "1x3 0x20"), *RELAYS],
        "10m",
        [("SessionStoreAway", {"part": "sessions"})],
    ),
    (
        "one of two gateways reaches Valkey",
        [gauge('myschool_part_up{part="sessions",pod="a"}', "0x20"), gauge('myschool_part_up{part="sessions",pod="b"}', "1x20"), *RELAYS],
        "10m",
        [],
    ),
    ("Keycloak is away", [gauge('myschool_part_up{part="sign-in"}', "0x20"), *RELAYS], "10m", [("SignInAway", {"part": "sign-in"})]),
    ("a service is away", [gauge('myschool_part_up{part="library"}', "0x20"), *RELAYS], "10m", [("ServiceAway", {"part": "library"})]),
    (
        "a certificate was not renewed",
        [gauge('myschool_certificate_end_seconds{service="journal"}', "200000x60"), *RELAYS],
        "30m",
        [("CertificateNotRenewed", {"service": "journal"})],
    ),
    (
        "all connections are in use",
        [gauge(f'myschool_database_connections{{service="journal",pool="reads",state="{state}"}}', "5x60") for state in ("used", "most")]
        + RELAYS,
        "30m",
        [("PoolFull", {"service": "journal", "pool": "reads"})],
    ),
]
SEVERITIES = {
    rule["alert"]: rule["labels"]["severity"] for group in alerts.rules()["spec"]["groups"] for rule in group["rules"] if "alert" in rule
}


# Alerts over what the parts of a cluster show, written by hand beside their scrapes.
CELL = 'namespace="myschool"'
CELL_CASES: list[tuple[str, list[dict], str, list[tuple[str, dict]]]] = [
    (
        "the last backup is two days old",
        [gauge(f"barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{{{CELL}}}", "0x2880")],
        "48h",
        [("BackupOld", {})],
    ),
    (
        "a backup was made tonight",
        [gauge(f"barman_cloud_cloudnative_pg_io_last_available_backup_timestamp{{{CELL}}}", "129600x2880")],
        "48h",
        [],
    ),
    (
        "a certificate ends in six days",
        [gauge(f'certmanager_certificate_expiration_timestamp_seconds{{{CELL},name="page"}}', f"{6 * 86400}x60")],
        "30m",
        [("CertificateEnds", {"name": "page", "namespace": "myschool"})],
    ),
    (
        "consumers are far behind",
        [gauge(f'kafka_consumergroup_lag{{{CELL},consumergroup="analytics",partition="{number}"}}', "40000x60") for number in range(2)],
        "30m",
        [("ConsumerBehind", {"consumergroup": "analytics"})],
    ),
]
WATCHED = {"BackupOld", "CertificateEnds", "ConsumerBehind"}


def asked(tool: str, folder: Path, rules: list[dict], names: set[str], series: list, at: str, ringing: list) -> str:
    """What is wrong with the alerts of these names: empty when exactly those of `ringing` ring."""
    severities = {rule["alert"]: rule["labels"]["severity"] for rule in rules if "alert" in rule}
    told = [{key: value for key, value in rule.items() if key != "annotations"} for rule in rules]  # their words are not the matter here
    tests = [
        {
            "alertname": alert,
            "eval_time": at,
            "exp_alerts": [{"exp_labels": labels | {"severity": severities[alert]}} for rung, labels in ringing if rung == alert],
        }
        for alert in sorted(names)
    ]
    unit = {
        "rule_files": ["rules.yaml"],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": series, "alert_rule_test": tests}],
    }
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": [{"name": "all", "rules": told}]}))
    (folder / "test.yaml").write_text(yaml.safe_dump(unit))
    done = subprocess.run([tool, "test", "rules", "test.yaml"], cwd=folder, check=False, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.parametrize(("name", "series", "at", "ringing"), CASES, ids=[case[0] for case in CASES])
def test_alerts_when_prometheus_sees_this_then_exactly_these_ring(
    tool: str, tmp_path: Path, name: str, series: list, at: str, ringing: list
) -> None:
    rules = [rule for group in alerts.rules()["spec"]["groups"] for rule in group["rules"]]
    assert asked(tool, tmp_path, rules, set(SEVERITIES), series, at, ringing) == "", name


@pytest.mark.parametrize(("name", "series", "at", "ringing"), CELL_CASES, ids=[case[0] for case in CELL_CASES])
def test_alerts_of_a_cluster_when_prometheus_sees_this_then_exactly_these_ring(
    tool: str, tmp_path: Path, name: str, series: list, at: str, ringing: list
) -> None:
    rules = [rule for rule in every_rule() if rule.get("alert") in WATCHED]
    assert asked(tool, tmp_path, rules, WATCHED, series, at, ringing) == "", name


def test_alert_cases_when_counted_then_every_alert_rings_in_one() -> None:
    rung = {alert for _name, _series, _at, ringing in CASES for alert, _labels in ringing}
    assert set(SEVERITIES) - rung == {"LoopLags"}
