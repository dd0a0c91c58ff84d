"""Each check finds what it is there for: one object is made worse, one sentence follows."""

import copy
from collections.abc import Callable

import pytest

from myschool_k8s import edges, network, policies, render, schemas


def find(items: list[render.Object], name: str) -> render.Object:
    return next(item for item in items if render.said(item) == name)


def pod(items: list[render.Object], name: str) -> render.Object:
    template = render.pod_template(find(items, name))
    assert template is not None
    return template["spec"]


def container(items: list[render.Object], name: str) -> render.Object:
    return pod(items, name)["containers"][0]


def drop(items: list[render.Object], name: str) -> None:
    items.remove(find(items, name))


JOURNAL = "Deployment journal-serve"
WORSE: dict[str, tuple[str, Callable[[list[render.Object]], object]]] = {
    "no budget": ("disruption", lambda items: drop(items, "PodDisruptionBudget journal-serve")),
    "no liveness": ("probes", lambda items: container(items, JOURNAL).pop("livenessProbe")),
    "no pause": ("probes", lambda items: container(items, JOURNAL).pop("lifecycle")),
    "no request": ("limits", lambda items: container(items, JOURNAL)["resources"]["requests"].pop("cpu")),
    "throttled": ("limits", lambda items: container(items, JOURNAL)["resources"]["limits"].update(cpu="1")),
    "root": ("restricted", lambda items: pod(items, JOURNAL)["securityContext"].update(runAsNonRoot=False)),
    "writes its root": ("restricted", lambda items: container(items, JOURNAL)["securityContext"].pop("readOnlyRootFilesystem")),
    "host path": ("restricted", lambda items: pod(items, JOURNAL)["volumes"].append({"name": "x", "hostPath": {"path": "/"}})),
    "capability": (
        "restricted",
        lambda items: container(items, "Job journal-migrate")["securityContext"]["capabilities"].update(add=["NET_RAW"]),
    ),
    "token": ("accounts", lambda items: pod(items, JOURNAL).pop("automountServiceAccountToken")),
    "someone's account": ("accounts", lambda items: pod(items, JOURNAL).update(serviceAccountName="default")),
    "killed": ("drain", lambda items: pod(items, JOURNAL).update(terminationGracePeriodSeconds=30)),
    "heaped": ("spread", lambda items: pod(items, JOURNAL)["topologySpreadConstraints"].pop()),
    "latest": ("images", lambda items: container(items, JOURNAL).update(image="registry.example/myschool/journal:latest")),
    "no version": ("images", lambda items: container(items, JOURNAL).update(image="registry.example:5000/myschool/journal")),
    "latest Keycloak": ("images", lambda items: find(items, "Keycloak keycloak")["spec"].update(image="myschool/keycloak")),
    "a Secret": ("plain_secrets", lambda items: items.append({"kind": "Secret", "metadata": {"name": "x", "namespace": "myschool"}})),
    "a password": ("plain_secrets", lambda items: container(items, JOURNAL)["env"].append({"name": "DB_PASSWORD", "value": "x"})),
    "a password in a URL": (
        "plain_secrets",
        lambda items: container(items, JOURNAL)["env"].append({"name": "URL", "value": "redis://:hunter2@valkey"}),
    ),
    "unknown Secret": (
        "references",
        lambda items: pod(items, JOURNAL)["volumes"].append({"name": "x", "secret": {"secretName": "nobodys"}}),
    ),
    "two masters": ("scaling", lambda items: find(items, JOURNAL)["spec"].update(replicas=3)),
    "aims at nothing": ("scaling", lambda items: drop(items, JOURNAL)),
    "lost port": ("ways_in", lambda items: container(items, "Deployment gateway-serve").update(ports=[])),
    "lost backend": ("ways_in", lambda items: drop(items, "Service library-http")),
    "baseline": (
        "namespaces",
        lambda items: find(items, "Namespace myschool")["metadata"]["labels"].update({"pod-security.kubernetes.io/enforce": "baseline"}),
    ),
    "elsewhere": ("namespaces", lambda items: find(items, JOURNAL)["metadata"].update(namespace="default")),
}


@pytest.mark.parametrize("worse", sorted(WORSE))
def test_rule_when_an_object_is_made_worse_then_it_says_so(worse: str, region: list[render.Object]) -> None:
    rule, change = WORSE[worse]
    items = copy.deepcopy(region)
    assert policies.faults(items, rule) == []
    change(items)
    assert policies.faults(items, rule) != []


def test_rules_when_listed_then_each_has_a_case() -> None:
    assert {rule for rule, _ in WORSE.values()} == {check.__name__ for check in policies.RULES}


MISSPELT: dict[str, tuple[str, Callable[[render.Object], object]]] = {
    "core": (JOURNAL, lambda item: item["spec"]["template"]["spec"]["containers"][0].update(readynessProbe={})),
    "Strimzi": ("Kafka kafka", lambda item: item["spec"]["kafka"].update(listner=[])),
    "Strimzi's enum": ("Kafka kafka", lambda item: item["spec"]["kafka"]["listeners"][0].update(type="inside")),
    "KEDA": ("ScaledObject journal-consume", lambda item: item["spec"].update(maxReplicas=3)),
    "Gateway API": ("HTTPRoute pages", lambda item: item["spec"]["rules"][0].update(backends=[])),
    "cert-manager": ("Certificate public", lambda item: item["spec"].pop("secretName")),
    "External Secrets": ("ExternalSecret valkey", lambda item: item["spec"].update(refresh="1h")),
    "Barman plugin": ("ObjectStore backups", lambda item: item["spec"]["configuration"].pop("destinationPath")),
    "Prometheus operator": ("PodMonitor kafka", lambda item: item["spec"].update(podMetricsEndpoint=[])),
    "CloudNativePG, our fields": ("Cluster postgres", lambda item: item["spec"].update(instance=3)),
    "Keycloak, our fields": ("Keycloak keycloak", lambda item: item["spec"]["http"].update(enabled=True)),
    "unknown kind": ("Keycloak keycloak", lambda item: item.update(apiVersion="k8s.keycloak.org/v1")),
}


@pytest.mark.parametrize("where", sorted(MISSPELT))
def test_schema_when_a_field_is_wrong_then_it_says_so(where: str, region: list[render.Object]) -> None:
    name, change = MISSPELT[where]
    item = copy.deepcopy(find(region, name))
    assert schemas.faults([item]) == []
    change(item)
    assert schemas.faults([item]) != []


def test_network_when_a_policy_is_loosened_by_hand_then_the_edges_differ(region: list[render.Object]) -> None:
    found = copy.deepcopy(render.of_kind(region, "NetworkPolicy"))
    policy = find(found, "NetworkPolicy library-serve")
    policy["spec"]["egress"].append(
        {"to": [{"podSelector": {"matchLabels": network.labels_of("journal/serve")}}], "ports": [{"port": 9100}]}
    )
    out, _ = network.read(found)
    assert edges.Edge("library/serve", "journal/serve", 9100) in out - edges.wanted()


def test_edges_when_a_service_dials_another_then_it_is_found(tmp_path) -> None:
    (tmp_path / "app.py").write_text('async def build(resources):\n    return await resources.channel("roles")\n')
    assert edges.dialled_by(tmp_path) == {"roles"}
