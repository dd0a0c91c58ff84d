"""A real API server with `restricted` enforced: every overlay is admitted whole, what must be refused is refused."""

import shlex
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from myschool_k8s import control_plane, layout, render, schemas, secrets
from myschool_k8s.control_plane import ControlPlane, ControlPlaneError

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3600)]
OVERLAYS = {path.name: path for path in layout.overlays()}
NAMESPACES = {"dev": "myschool-dev", "region-template": "myschool", "federal": "myschool-federal"}


def said(text: str) -> None:
    sys.stderr.write(f"test-cluster: {text}\n")


def until(what: str, found: Callable[[], object], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while wrong := found():
        if time.monotonic() > deadline:
            pytest.fail(f"{what}: {wrong}")
        time.sleep(0.5)


@pytest.fixture(scope="module")
def plane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    with ControlPlane(tmp_path_factory.mktemp("plane"), said) as running:
        running.apply(control_plane.nodes(6))
        running.apply(yaml.safe_dump_all(schemas.definitions()))
        done = running.kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s")
        assert done.returncode == 0, done.stderr
        yield running
        said(f"memory in MiB {running.memory()}")


def page_commands(section: str) -> list[str]:
    """The kubectl lines of the first block of a section of docs/deploy.md."""
    page = (layout.ROOT / "docs/deploy.md").read_text("utf-8")
    block = page.partition(section)[2].partition("```")[2].partition("```")[0]
    return [line for line in block.splitlines() if line.startswith("kubectl ")]


def namespace_of(name: str) -> str:
    (item,) = render.of_kind(render.objects(OVERLAYS[name]), "Namespace")
    return item["metadata"]["name"]


@pytest.fixture(scope="module")
def applied(plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> ControlPlane:
    keys = tmp_path_factory.mktemp("keys")
    for name, folder in OVERLAYS.items():
        space = namespace_of(name)
        plane.apply((folder / "namespace.yaml").read_text())
        made = secrets.manifests(keys / name, demo=True)
        plane.apply(yaml.safe_dump_all(made), "-n", space)
        plane.apply(yaml.safe_dump_all([volume(space)]))
        began = time.monotonic()
        plane.apply(render.text(folder))
        said(f"{name}: {len(render.objects(folder))} objects applied in {time.monotonic() - began:.1f} s")
    return plane


def volume(space: str) -> render.Object:
    claim = {"namespace": space, "name": "data-valkey-0"}
    spec = {"capacity": {"storage": "8Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/nowhere"}, "claimRef": claim}
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": f"valkey-{space}"}, "spec": spec}


def unready(plane: ControlPlane, space: str) -> list[str]:
    found = plane.get("deployments,statefulsets", "-n", space)
    waiting = []
    for item in found:
        status = item.get("status", {})
        fresh = status.get("observedGeneration", 0) >= item["metadata"]["generation"]
        wanted = item["spec"].get("replicas", 1)
        if not fresh or status.get("readyReplicas", 0) != wanted or status.get("updatedReplicas", 0) != wanted:
            waiting.append(render.said(item))
    return waiting


@pytest.mark.parametrize("name", sorted(OVERLAYS))
def test_overlay_when_applied_then_every_object_is_stored(name: str, applied: ControlPlane) -> None:
    wanted = {(item["kind"], item["metadata"]["name"]) for item in render.objects(OVERLAYS[name])}
    kinds = {
        f"{definition['spec']['names']['plural']}.{definition['spec']['group']}"
        for definition in schemas.definitions()
        if definition["spec"]["names"]["kind"] in {kind for kind, _ in wanted}
    }
    kinds |= {
        "deployments",
        "statefulsets",
        "jobs",
        "cronjobs",
        "services",
        "configmaps",
        "serviceaccounts",
        "hpa",
        "pdb",
        "networkpolicies",
    }
    stored = {(item["kind"], item["metadata"]["name"]) for item in applied.get(",".join(sorted(kinds)), "-n", namespace_of(name))}
    assert wanted - stored == {("Namespace", namespace_of(name))}


@pytest.mark.parametrize("name", sorted(OVERLAYS))
def test_overlay_when_applied_then_all_pods_are_admitted_and_ready(name: str, applied: ControlPlane) -> None:
    space = namespace_of(name)
    began = time.monotonic()
    until(f"{name}: not ready", lambda: unready(applied, space))
    until(
        f"{name}: jobs not done",
        lambda: [render.said(job) for job in applied.get("jobs", "-n", space) if not job["status"].get("succeeded")],
    )
    refused = [event["message"] for event in applied.get("events", "-n", space) if event["reason"] == "FailedCreate"]
    assert refused == []
    pods = applied.get("pods", "-n", space)
    said(f"{name}: {len(pods)} pods ready after {time.monotonic() - began:.1f} s more")
    assert {pod["metadata"]["labels"].get("app.kubernetes.io/name") for pod in pods} >= {*layout.SERVICES, "gateway", "valkey"}


@pytest.mark.parametrize("name", sorted(OVERLAYS))
def test_budgets_when_pods_run_then_each_allows_one_to_go(name: str, applied: ControlPlane) -> None:
    space = namespace_of(name)
    until("not ready", lambda: unready(applied, space))

    def wrong() -> list[str]:
        budgets = [item for item in applied.get("pdb", "-n", space) if item["metadata"]["name"] != "keycloak"]
        return [item["metadata"]["name"] for item in budgets if item["status"]["disruptionsAllowed"] != 1]

    until("budgets", wrong)


def test_services_when_pods_run_then_their_addresses_fill(applied: ControlPlane) -> None:
    until("not ready", lambda: unready(applied, "myschool"))

    def empty() -> list[str]:
        slices = applied.get("endpointslices", "-n", "myschool")
        full = {item["metadata"]["labels"]["kubernetes.io/service-name"] for item in slices if item.get("endpoints")}
        return sorted({item["metadata"]["name"] for item in applied.get("services", "-n", "myschool")} - full)

    until("services without pods", empty)


def test_first_start_when_watched_as_the_page_says_then_every_command_ends_well(applied: ControlPlane) -> None:
    for command in page_commands("## 5. Apply"):
        words = shlex.split(command)[1:]
        if "apply" in words or any(word.startswith(("cluster/", "kafka/", "keycloak/")) for word in words):
            continue  # the apply is the fixture's, and only an operator makes its resources ready
        done = applied.kubectl(*words)
        assert done.returncode == 0, f"{command}: {done.stderr}"


def test_realm_when_its_job_is_started_by_hand_then_the_pod_is_admitted(applied: ControlPlane) -> None:
    done = applied.kubectl("-n", "myschool", "create", "job", "--from=cronjob/identity-realm", "realm-again")
    assert done.returncode == 0, done.stderr
    until("job", lambda: [job for job in applied.get("job", "realm-again", "-n", "myschool") if not job["status"].get("succeeded")])


def test_upgrade_when_done_as_the_page_says_then_pods_change_and_go_back(applied: ControlPlane) -> None:
    former = render.text(OVERLAYS["region-template"])
    until("not ready", lambda: unready(applied, "myschool"))

    def images() -> set[str]:
        pods = applied.get("pods", "-n", "myschool", "-l", "app.kubernetes.io/component in (serve, relay, consume)")
        return {pod["spec"]["containers"][0]["image"].rpartition(":")[2] for pod in pods if not pod["metadata"].get("deletionTimestamp")}

    for text, version in ((former.replace(":0.1.0", ":0.2.0"), "0.2.0"), (former, "0.1.0")):
        with pytest.raises(ControlPlaneError, match="immutable"):
            applied.apply(text)
        commands = page_commands("## 6. Upgrade")
        assert [command.split()[3 if "-n" in command else 1] for command in commands] == ["delete", "apply", "rollout", "rollout"]
        for command in commands:
            if " apply " in command:
                applied.apply(text)
            else:
                done = applied.kubectl(*shlex.split(command)[1:])
                assert done.returncode == 0, f"{command}: {done.stderr}"
        until("rollout", lambda: unready(applied, "myschool"))
        until("former pods", lambda version=version: images() - {version}, 180)


def test_one_service_when_it_is_scaled_then_no_other_changes(applied: ControlPlane) -> None:
    def replicas() -> dict[str, int]:
        return {item["metadata"]["name"]: item["spec"]["replicas"] for item in applied.get("deployments", "-n", "myschool-federal")}

    before = replicas()
    applied.kubectl("-n", "myschool-federal", "scale", "deployment", "analytics-serve", "--replicas=9")
    until("not ready", lambda: unready(applied, "myschool-federal"))
    assert {name for name, count in replicas().items() if count != before[name]} == {"analytics-serve"}


def pod(**security: object) -> str:
    container = {"name": "x", "image": "registry.example/x:1", "securityContext": security}
    return yaml.safe_dump({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x"}, "spec": {"containers": [container]}})


def test_privileged_pod_when_sent_then_pod_security_refuses_it_and_nothing_else_does(applied: ControlPlane) -> None:
    with pytest.raises(ControlPlaneError, match='violates PodSecurity "restricted'):
        applied.apply(pod(privileged=True), "-n", "myschool")
    applied.kubectl("create", "namespace", "open")
    applied.apply(pod(privileged=True), "-n", "open", "--dry-run=server")


def test_root_when_a_deployment_asks_for_it_then_its_pods_are_refused(applied: ControlPlane) -> None:
    template = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "x", "image": "registry.example/x:1"}]}}
    spec = {"selector": {"matchLabels": {"a": "b"}}, "template": template}
    applied.apply(
        yaml.safe_dump({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "loose"}, "spec": spec}), "-n", "myschool-dev"
    )
    refusals = lambda: [event["message"] for event in applied.get("events", "-n", "myschool-dev") if event["reason"] == "FailedCreate"]  # noqa: E731
    until("no refusal", lambda: not any("violates PodSecurity" in message for message in refusals()))
    applied.kubectl("-n", "myschool-dev", "delete", "deployment", "loose")


@pytest.mark.parametrize(
    ("name", "path", "value", "words"),
    [
        ("Deployment journal-serve", ("spec", "template", "spec", "containers", 0, "readynessProbe"), {}, "not declared in schema"),
        ("Kafka kafka", ("spec", "kafka", "listner"), [], "not declared in schema"),
        ("Kafka kafka", ("spec", "kafka", "listeners", 0, "type"), "inside", "Unsupported value"),
        ("ScaledObject journal-consume", ("spec", "maxReplicas"), 3, "not declared in schema"),
        ("KafkaTopic roles.roles", ("spec", "partitions"), 0, "greater than or equal"),
        ("Certificate public", ("spec", "privateKey", "algorithm"), "DSA", "Unsupported value"),
        ("Gateway public", ("spec", "listeners", 0, "tls"), {"mode": "Terminate"}, "tls must not be specified"),
        ("PodDisruptionBudget journal-serve", ("spec", "minAvailable"), 1, "cannot be both set"),
        ("NetworkPolicy default-deny", ("spec", "policyTypes"), ["Inwards"], "Unsupported value"),
    ],
)
def test_wrong_field_when_sent_then_the_server_names_it(
    name: str, path: tuple[str | int, ...], value: object, words: str, applied: ControlPlane
) -> None:
    item = yaml.safe_load(yaml.safe_dump(next(item for item in render.objects(OVERLAYS["region-template"]) if render.said(item) == name)))
    place = item
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    with pytest.raises(ControlPlaneError, match=words):
        applied.apply(yaml.safe_dump(item), "--dry-run=server")


def test_namespaces_when_overlays_are_listed_then_each_is_known_here() -> None:
    assert {name: namespace_of(name) for name in OVERLAYS} == NAMESPACES
    assert Path(layout.MANIFESTS).is_dir()
