"""Every overlay: schemas, house rules, settings that load, keys that fit, edges that the code dials."""

import os
import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from myschool_cluster.health import LIVE, READY
from myschool_gateway.clients import NAMES
from myschool_k8s import edges, generate, layout, network, policies, processes, render, schemas, sizes
from myschool_kit.topics import registry


def test_objects_when_held_against_their_schemas_then_nothing_is_unknown(items: list[render.Object]) -> None:
    assert schemas.faults(items) == []


def test_objects_when_held_against_the_house_rules_then_all_keep_them(items: list[render.Object]) -> None:
    assert policies.faults(items) == []


def test_objects_when_counted_then_no_two_share_a_name(items: list[render.Object]) -> None:
    names = Counter((item["apiVersion"], render.said(item)) for item in items)
    assert [name for name, count in names.items() if count > 1] == []


def test_settings_when_a_process_loads_them_then_each_variable_is_known_and_valid(
    items: list[render.Object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("MYSCHOOL_")]:
        monkeypatch.delenv(name)
    known = {f"MYSCHOOL_{field.upper()}" for kind in processes.CLASSES.values() for field in kind.model_fields}
    found = list(processes.of(items))
    assert len(found) >= 24
    for process in found:
        ours = {name: value for name, value in process.environment.items() if name.startswith("MYSCHOOL_")}
        assert ours.keys() <= known, process.said
        with monkeypatch.context() as inside:
            for name, value in ours.items():
                inside.setenv(name, value)
            loaded = processes.CLASSES[process.service]()
        assert "$(" not in "".join(ours.values()), process.said
        if process.command == "serve" and process.service in layout.SERVICES:
            assert loaded.address_of(process.service) == f"0.0.0.0:{edges.GRPC}"


def test_probes_when_they_ask_then_by_the_names_and_at_the_port_where_health_answers(items: list[render.Object]) -> None:
    asked = 0
    for process in processes.of(items):
        kind, name = process.said.split()
        template = render.pod_template(next(item for item in items if render.said(item) == f"{kind} {name}"))
        container = template["spec"]["containers"][0] if template else {}
        probes = {
            part: container[f"{part}Probe"]["grpc"]
            for part in ("startup", "readiness", "liveness")
            if "grpc" in container.get(f"{part}Probe", {})
        }
        if probes:
            asked += 1
            assert {part: probe["service"] for part, probe in probes.items()} == {"startup": LIVE, "readiness": READY, "liveness": LIVE}
            port = int(process.environment["MYSCHOOL_HEALTH_ADDRESS"].rpartition(":")[2])
            assert {probe["port"] for probe in probes.values()} == {port}
    federal = sum(process.command == "federal" for process in processes.of(items))
    assert asked == len(layout.SERVICES) + len(edges.producers()) + len(edges.consumers()) + federal


@pytest.mark.parametrize("name", ["region-template", "federal", "dev"])
def test_certificates_when_processes_prove_themselves_then_by_the_name_that_is_dialled(name: str) -> None:
    items = render.objects(layout.MANIFESTS / "overlays" / name)
    first = {
        item["spec"]["secretName"]: item["spec"]["dnsNames"][0]
        for item in render.of_kind(items, "Certificate")
        if not item["spec"].get("isCA")
    }
    proving = {process.service for process in processes.of(items) if "MYSCHOOL_TLS_DIR" in process.environment} - {"seed"}
    assert proving == {*NAMES, "gateway"}
    for service in proving:
        template = render.pod_template(next(item for item in items if render.said(item) == f"Deployment {service}-serve"))
        assert template is not None
        (volume,) = (volume for volume in template["spec"]["volumes"] if volume["name"] == "tls")
        assert first[volume["secret"]["secretName"]] == service


def test_loader_when_it_calls_the_services_then_its_certificate_holds_the_names_that_may(dev: list[render.Object]) -> None:
    job = next(item for item in dev if render.said(item) == "Job demo-region")
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    folder = next(entry["value"] for entry in container["env"] if entry["name"] == "MYSCHOOL_TLS_DIR")
    (mount,) = (mount for mount in container["volumeMounts"] if mount["mountPath"] == folder)
    (volume,) = (volume for volume in pod["volumes"] if volume["name"] == mount["name"])
    (names,) = (
        item["spec"]["dnsNames"]
        for item in render.of_kind(dev, "Certificate")
        if item["spec"]["secretName"] == volume["secret"]["secretName"]
    )
    assert set(names) == {"operator", "gateway"}
    issuers = {item["metadata"]["name"] for item in render.of_kind(dev, "Issuer")}
    assert {item["spec"]["issuerRef"]["name"] for item in render.of_kind(dev, "Certificate")} - {"public"} <= issuers


def test_consumers_when_started_then_each_pod_is_a_member_of_its_own(items: list[render.Object]) -> None:
    sets = {item["metadata"]["name"]: item for item in render.of_kind(items, "StatefulSet") if item["metadata"]["name"] != "valkey"}
    assert sets.keys() - {"analytics-federal-consume"} == {f"{service}-consume" for service in edges.consumers()}
    for item in sets.values():
        env = {entry["name"]: entry for entry in item["spec"]["template"]["spec"]["containers"][0]["env"]}
        assert env["MYSCHOOL_INSTANCE"]["valueFrom"] == {"fieldRef": {"apiVersion": "v1", "fieldPath": "metadata.name"}} or env[
            "MYSCHOOL_INSTANCE"
        ]["valueFrom"] == {"fieldRef": {"fieldPath": "metadata.name"}}
        assert len(f"{item['metadata']['name']}-11") <= 50


def test_relays_when_listed_then_each_producer_has_one(items: list[render.Object]) -> None:
    relays = {item["metadata"]["name"] for item in render.of_kind(items, "Deployment") if item["metadata"]["name"].endswith("-relay")}
    assert relays == {f"{service}-relay" for service in edges.producers()}


def test_keys_when_mounted_then_they_are_those_the_code_of_the_process_asks_for(items: list[render.Object]) -> None:
    differing = {
        process.said: process.keys ^ processes.asked(process.service, process.command)
        for process in processes.of(items)
        if process.keys != processes.asked(process.service, process.command)
    }
    assert differing == {}


def test_network_when_read_back_then_it_allows_what_the_code_dials_and_nothing_else(items: list[render.Object]) -> None:
    out, into = network.read([item for item in render.of_kind(items, "NetworkPolicy") if item["metadata"]["name"] not in _EXTRA])
    ours = {edge for edge in edges.wanted() if "/" in edge.client}
    shifted = {edges.Edge(edge.client, "public", 10443) for edge in ours if edge.server == "public"}
    assert out == ours | shifted
    guarded = {edge for edge in edges.wanted() if edge.server not in {"kafka", "public", "internet"}}
    operators = {edge for edge in into if edge.client in {"cnpg-system", network.MONITORING} or edge.client == edge.server}
    assert into - operators == guarded


def test_network_when_compared_with_the_source_then_each_dial_is_an_edge() -> None:
    dials = {("gateway", name) for name in NAMES}
    for path in (layout.ROOT / "services").glob("*/src/**/*.py"):
        service = path.relative_to(layout.ROOT).parts[1]
        dials |= {(service, other) for other in re.findall(r"\.channel\([\"'](\w+)[\"']\)", path.read_text("utf-8"))}
    found = {(edge.client.split("/")[0], edge.server.split("/")[0]) for edge in edges.wanted() if edge.port == edges.GRPC}
    assert found == dials
    assert ("roles", "identity") in dials


def test_network_when_workloads_are_listed_then_each_has_a_policy(items: list[render.Object]) -> None:
    named = {
        tuple(template["metadata"]["labels"].get(f"app.kubernetes.io/{part}", "") for part in ("name", "component"))
        for _, template in policies.workloads(items)
    }
    guarded = {
        tuple(policy["spec"]["podSelector"].get("matchLabels", {}).get(f"app.kubernetes.io/{part}", "") for part in ("name", "component"))
        for policy in render.of_kind(items, "NetworkPolicy")
    }
    assert named - guarded == set()


def test_network_when_a_process_has_an_address_of_a_part_then_it_may_reach_it(items: list[render.Object]) -> None:
    for process in processes.of(items):
        name = "identity/realm" if process.command == "realm" else f"{process.service}/{process.command}"
        reach = {edge.server for edge in edges.wanted() if edge.client == name}
        assert ("postgres" in reach) == ("MYSCHOOL_POSTGRES_URL" in process.environment), process.said
        assert ("valkey/store" in reach) == ("MYSCHOOL_REDIS_URL" in process.environment), process.said


def test_generated_when_the_code_is_asked_again_then_the_files_are_the_same() -> None:
    stale = [str(path.relative_to(layout.ROOT)) for path, text in generate.files().items() if path.read_text("utf-8") != text]
    assert stale == [], "run `python -m myschool_k8s generate`"


def test_topics_when_made_by_the_operator_then_the_services_would_make_the_same(region: list[render.Object]) -> None:
    config = next(item for item in render.of_kind(region, "ConfigMap") if item["metadata"]["name"].startswith("myschool"))
    made = {item["metadata"]["name"]: item["spec"]["partitions"] for item in render.of_kind(region, "KafkaTopic")}
    assert made == {name + end: int(config["data"]["MYSCHOOL_TOPIC_PARTITIONS"]) for name in registry() for end in ("", ".dlq")}


def test_consumers_when_scaled_by_lag_then_never_beyond_the_partitions(region: list[render.Object]) -> None:
    scaled = render.of_kind(region, "ScaledObject")
    assert {item["metadata"]["name"] for item in scaled} == {f"{service}-consume" for service in edges.consumers()}
    for item in scaled:
        service = item["metadata"]["name"].removesuffix("-consume")
        assert item["spec"]["minReplicaCount"] >= 1
        assert item["spec"]["maxReplicaCount"] <= generate.PARTITIONS
        assert [trigger["metadata"]["topic"] for trigger in item["spec"]["triggers"]] == edges.consumers()[service]


@pytest.mark.parametrize("name", ["region-template", "federal"])
def test_sizes_when_one_service_is_to_grow_then_it_has_a_place_of_its_own(name: str) -> None:
    sizes = render.load((layout.MANIFESTS / "overlays" / name / "sizes.yaml").read_text("utf-8"))
    assert {item["metadata"]["name"] for item in sizes} == {f"{service}-serve" for service in (*layout.SERVICES, "gateway")}


def test_federal_when_mirrors_are_read_then_no_topic_with_personal_data_leaves_a_region() -> None:
    found = render.objects(layout.MANIFESTS / "overlays" / "federal")
    mirrors = render.of_kind(found, "KafkaMirrorMaker2")
    register = yaml.safe_load(next(item for item in found if render.said(item).startswith("ConfigMap cells-"))["data"]["cells.yaml"])
    assert {item["metadata"]["name"] for item in mirrors} == {row["code"] for row in register}
    for mirror in (entry for item in mirrors for entry in item["spec"]["mirrors"]):
        crossing = {name for topic in registry() for name in (topic, f"{topic}.dlq") if re.fullmatch(mirror["topicsPattern"], name)}
        assert crossing == {"analytics.aggregates"}
        assert not any(registry()[name].personal_data for name in crossing)
    assert [process.said for process in processes.of(found) if process.command == "federal"] == ["StatefulSet analytics-federal-consume"]


def test_federal_user_when_it_reads_a_region_then_its_rights_end_with_the_same_list(region: list[render.Object]) -> None:
    (user,) = render.of_kind(region, "KafkaUser")
    acls = user["spec"]["authorization"]["acls"]
    assert {acl["resource"]["name"] for acl in acls if acl["resource"]["type"] == "topic"} == set(generate.shared())
    assert {operation for acl in acls for operation in acl["operations"]} <= {"Read", "Describe", "DescribeConfigs"}


def test_alerts_when_they_fire_then_a_runbook_is_there(region: list[render.Object]) -> None:
    rules = render.of_kind(region, "PrometheusRule")
    alerts = [rule for one in rules for group in one["spec"]["groups"] for rule in group["rules"] if "alert" in rule]
    assert len(alerts) >= 24
    for alert in alerts:
        assert (layout.ROOT / alert["annotations"]["runbook"]).is_file(), alert["alert"]
        assert f"`{alert['alert']}`" in (layout.ROOT / alert["annotations"]["runbook"]).read_text("utf-8"), alert["alert"]


@pytest.mark.parametrize("component", ["mtls", "otel", "livekit", "restore", "esia-test", "esia-signer", "mail", "demo-region"])
def test_component_when_no_overlay_has_it_yet_then_it_still_fits_the_base(component: str, composed) -> None:
    found = composed(component)
    assert schemas.faults(found) == []
    ignored = ("images", "namespaces", *(("references",) if component == "livekit" else ()))
    assert [fault for fault in policies.faults(found) if not fault.startswith(ignored)] == []


def test_bridge_when_a_signing_service_keeps_the_key_then_it_may_reach_it_and_nobody_else_may(composed) -> None:
    found = composed("esia-signer")
    (policy,) = [one for one in render.of_kind(found, "NetworkPolicy") if one["metadata"]["name"] == "to-esia-signer"]
    bridges = [one for one in processes.of(found) if one.command == "bridge"]
    assert {one.environment["MYSCHOOL_ESIA_SIGNER"] for one in bridges} == {"remote"}
    labels = policy["spec"]["podSelector"]["matchLabels"]
    assert labels == {"app.kubernetes.io/name": "identity", "app.kubernetes.io/component": "bridge"}


def test_mail_when_a_region_sends_it_then_only_who_serves_identity_has_the_password_and_the_way(composed) -> None:
    found = composed("mail")
    (policy,) = [one for one in render.of_kind(found, "NetworkPolicy") if one["metadata"]["name"] == "to-mail-server"]
    labels = policy["spec"]["podSelector"]["matchLabels"]
    assert labels == {"app.kubernetes.io/name": "identity", "app.kubernetes.io/component": "serve"}
    holders = [render.said(item) for item, template in policies.workloads(found) if "mail-server" in str(template)]
    assert holders == ["Deployment identity-serve"]


@pytest.mark.parametrize("name", ["region-template", "dev"])
def test_docs_when_they_say_what_an_overlay_needs_then_it_is_the_sum_of_its_requests(name: str) -> None:
    page = (layout.ROOT / "docs/deploy.md").read_text("utf-8")
    assert sizes.in_words(render.objects(layout.MANIFESTS / "overlays" / name)) in page


def test_docs_when_they_tell_what_is_not_encrypted_then_the_manifests_agree(region: list[render.Object]) -> None:
    page = (layout.ROOT / "docs/deploy.md").read_text("utf-8")
    (kafka,) = render.of_kind(region, "Kafka")
    listeners = {listener["name"]: listener["tls"] for listener in kafka["spec"]["kafka"]["listeners"]}
    (keycloak,) = render.of_kind(region, "Keycloak")
    environments = [process.environment for process in processes.of(region)]
    said = {
        "relay, consumer → Kafka": listeners["plain"],
        "every process → Valkey": all(
            one["MYSCHOOL_REDIS_URL"].startswith("rediss:") for one in environments if "MYSCHOOL_REDIS_URL" in one
        ),
        "public gateway → page, providers and Keycloak inside the cluster": not keycloak["spec"]["http"]["httpEnabled"],
    }
    for way, encrypted in said.items():
        assert (f"| {way} | **no** |" in page) is not encrypted, way
    assert listeners["federal"] and "the federal mirror | yes" in page
    assert {one["PGSSLMODE"] for one in environments if "PGSSLMODE" in one} == {"verify-full"}


def test_docs_when_they_name_a_path_then_it_is_there() -> None:
    for page in (layout.ROOT / "docs/deploy.md", layout.MANIFESTS / "README.md"):
        for path in re.findall(r"`((?:deploy|docs|overlays|components|base|tools)/[\w./-]+)`", page.read_text("utf-8")):
            assert any((root / path).exists() for root in (layout.ROOT, layout.MANIFESTS)) or "<" in path, f"{page.name}: {path}"


_EXTRA = {"esia-test", "to-esia-signer", "to-mail-server", "to-collector", "livekit", "demo-region", "from-demo-region"}
assert Path(layout.MANIFESTS).is_dir()
