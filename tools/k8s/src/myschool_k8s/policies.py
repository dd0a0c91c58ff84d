"""House rules over the objects of an overlay. Each yields sentences that name the object; none means all is well."""

import re
from collections.abc import Callable, Iterable, Iterator

from myschool_k8s import secrets
from myschool_k8s.render import Object, of_kind, pod_template, said, selects

Rule = Callable[[list[Object]], Iterator[str]]
RULES: list[Rule] = []
_PLAIN = re.compile(r"://[^:/\s]*:[^@$\s]+@|-----BEGIN [A-Z ]*PRIVATE KEY")
_SECRET_NAME = re.compile(r"PASSWORD|SECRET|TOKEN", re.IGNORECASE)
_SERVING = ("Deployment", "StatefulSet")


def rule(check: Rule) -> Rule:
    """Adds a rule to the list."""
    RULES.append(check)
    return check


def faults(items: list[Object], *names: str) -> list[str]:
    """What all rules say, or those of these names."""
    return [f"{check.__name__}: {sentence}" for check in RULES if not names or check.__name__ in names for sentence in check(items)]


def workloads(items: Iterable[Object]) -> Iterator[tuple[Object, Object]]:
    """Objects that start pods, with their templates."""
    for item in items:
        template = pod_template(item)
        if template is not None:
            yield item, template


def _serving(items: list[Object]) -> Iterator[tuple[Object, Object]]:
    return ((item, template) for item, template in workloads(items) if item["kind"] in _SERVING)


def _containers(items: list[Object]) -> Iterator[tuple[Object, Object]]:
    for item, template in workloads(items):
        for container in template["spec"].get("initContainers", []) + template["spec"]["containers"]:
            yield item, container


@rule
def disruption(items: list[Object]) -> Iterator[str]:
    """Whoever serves has exactly one PodDisruptionBudget."""
    budgets = of_kind(items, "PodDisruptionBudget")
    for item, template in _serving(items):
        labels = template["metadata"]["labels"]
        if sum(selects(budget["spec"]["selector"], labels) for budget in budgets) != 1:
            yield f"{said(item)} needs one PodDisruptionBudget"


@rule
def probes(items: list[Object]) -> Iterator[str]:
    """Startup, readiness, liveness, and a pause before the stop."""
    for item, template in _serving(items):
        for container in template["spec"]["containers"]:
            for name in ("startupProbe", "readinessProbe", "livenessProbe"):
                if name not in container:
                    yield f"{said(item)} has no {name}"
            if "preStop" not in container.get("lifecycle", {}):
                yield f"{said(item)} has no preStop"


@rule
def limits(items: list[Object]) -> Iterator[str]:
    """Requests for both, a limit of memory, none of CPU (a throttled event loop answers nobody)."""
    for item, container in _containers(items):
        resources = container.get("resources", {})
        if {"cpu", "memory"} - resources.get("requests", {}).keys() or set(resources.get("limits", {})) != {"memory"}:
            yield f"{said(item)}: requests of cpu and memory and a limit of memory alone"


@rule
def restricted(items: list[Object]) -> Iterator[str]:
    """The `restricted` profile, and a root file system that nobody can write."""
    for item, template in workloads(items):
        pod = template["spec"]
        context = pod.get("securityContext", {})
        if not context.get("runAsNonRoot") or context.get("seccompProfile", {}).get("type") != "RuntimeDefault":
            yield f"{said(item)} does not run as nobody with the default seccomp profile"
        on_disk = any("hostPath" in volume for volume in pod.get("volumes", []))
        if on_disk or any(name in pod for name in ("hostNetwork", "hostPID", "hostIPC")):
            yield f"{said(item)} reaches into its host"
    for item, container in _containers(items):
        context = container.get("securityContext", {})
        wanted = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
        if {name: context.get(name) for name in wanted} != wanted:
            yield f"{said(item)}: container {container['name']} is not locked down"


@rule
def accounts(items: list[Object]) -> Iterator[str]:
    """An account of its own that exists, and no token in the pod."""
    known = {item["metadata"]["name"] for item in of_kind(items, "ServiceAccount")}
    for item, template in workloads(items):
        if template["spec"].get("serviceAccountName") not in known:
            yield f"{said(item)} has no account of its own"
        if template["spec"].get("automountServiceAccountToken") is not False:
            yield f"{said(item)} gets a token it does not need"


@rule
def drain(items: list[Object]) -> Iterator[str]:
    """The grace period holds the pause and the drain, with seconds to spare."""
    shared = _settings(items)
    for item, template in _serving(items):
        for container in template["spec"]["containers"]:
            own = {entry["name"]: entry.get("value") for entry in container.get("env", [])}
            seconds = float(own.get("MYSCHOOL_DRAIN_SECONDS") or shared.get("MYSCHOOL_DRAIN_SECONDS") or 0)
            serves = any(port["name"] in {"grpc", "http"} for port in container.get("ports", []))
            pause = container.get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
            if template["spec"]["terminationGracePeriodSeconds"] < pause + seconds * serves + 5:
                yield f"{said(item)} is killed while it drains"


@rule
def spread(items: list[Object]) -> Iterator[str]:
    """Deployments and consumers lie over zones and hosts, by their own labels."""
    for item, template in _serving(items):
        spec = template["spec"]
        if item["spec"].get("replicas") == 1 and not _scaled(items, item):
            continue
        keys = {
            entry["topologyKey"]
            for entry in spec.get("topologySpreadConstraints", [])
            if selects(entry["labelSelector"], template["metadata"]["labels"]) and entry["labelSelector"]["matchLabels"].keys() >= _OWN
        }
        if keys != {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}:
            yield f"{said(item)} is not spread over zones and hosts"


_OWN = {"app.kubernetes.io/name", "app.kubernetes.io/component"}


@rule
def images(items: list[Object]) -> Iterator[str]:
    """By version or digest, in pods and in what operators start."""
    named = [(item, container["image"]) for item, container in _containers(items)]
    named += [(item, item["spec"]["image"]) for item in of_kind(items, "Keycloak")]
    named += [(item, item["spec"]["imageName"]) for item in of_kind(items, "Cluster")]
    for item, image in named:
        _, _, tag = image.rpartition("/")[2].partition(":")
        if "@sha256:" not in image and (not tag or tag == "latest"):
            yield f"{said(item)}: image {image} has no version"


@rule
def plain_secrets(items: list[Object]) -> Iterator[str]:
    """No Secret with content, no password in an environment or a file."""
    for item in of_kind(items, "Secret"):
        yield f"{said(item)} stands in the manifests: use `myschool_k8s secrets` or a vault"
    for item in of_kind(items, "ConfigMap"):
        if any(_PLAIN.search(value) for value in item.get("data", {}).values()):
            yield f"{said(item)} holds a password or a private key"
    for item, container in _containers(items):
        for entry in container.get("env", []):
            if "value" in entry and (_SECRET_NAME.search(entry["name"]) or _PLAIN.search(entry["value"])):
                yield f"{said(item)}: {entry['name']} holds its value in plain"


@rule
def references(items: list[Object]) -> Iterator[str]:
    """Secrets and ConfigMaps that pods name are known or made here."""
    config = {item["metadata"]["name"] for item in of_kind(items, "ConfigMap")}
    given = (
        secrets.names()
        | set(secrets.MADE_BY_OPERATORS)
        | set(secrets.CHOSEN)
        | {made["spec"]["secretName"] for made in of_kind(items, "Certificate")}
    )
    for item, template in workloads(items):
        for kind, name in _named(template["spec"]):
            if name not in (config if kind == "ConfigMap" else given):
                yield f"{said(item)} names {kind} {name}, which nobody makes"


def _named(pod: Object) -> Iterator[tuple[str, str]]:
    for container in pod["containers"]:
        yield from (("ConfigMap", entry["configMapRef"]["name"]) for entry in container.get("envFrom", []))
        for entry in container.get("env", []):
            if "secretKeyRef" in entry.get("valueFrom", {}):
                yield "Secret", entry["valueFrom"]["secretKeyRef"]["name"]
    for volume in pod.get("volumes", []):
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]
        if "secret" in volume:
            yield "Secret", volume["secret"]["secretName"]
        yield from (("Secret", source["secret"]["name"]) for source in volume.get("projected", {}).get("sources", []))


@rule
def scaling(items: list[Object]) -> Iterator[str]:
    """Scalers aim at what exists; what is scaled fixes no number itself."""
    by_name = {(item["kind"], item["metadata"]["name"]): item for item in items}
    for scaler in of_kind(items, "HorizontalPodAutoscaler", "ScaledObject"):
        aim = scaler["spec"]["scaleTargetRef"]
        target = by_name.get((aim["kind"], aim["name"]))
        if target is None:
            yield f"{said(scaler)} aims at nothing"
        elif "replicas" in target["spec"]:
            yield f"{said(target)} fixes the number that {said(scaler)} decides"
    for item in of_kind(items, "Deployment"):
        if "replicas" not in item["spec"] and not _scaled(items, item):
            yield f"{said(item)} has neither a number of pods nor a scaler"


def _scaled(items: list[Object], target: Object) -> bool:
    aims = [scaler["spec"]["scaleTargetRef"] for scaler in of_kind(items, "HorizontalPodAutoscaler", "ScaledObject")]
    return any((aim["kind"], aim["name"]) == (target["kind"], target["metadata"]["name"]) for aim in aims)


@rule
def ways_in(items: list[Object]) -> Iterator[str]:
    """Services select pods and name ports that these have; routes lead to Services and their ports."""
    templates = [template for _, template in workloads(items)]
    ports = {("keycloak-service", 8080)}
    for service in of_kind(items, "Service"):
        selector = {"matchLabels": service["spec"]["selector"]}
        chosen = [template["spec"] for template in templates if selects(selector, template["metadata"]["labels"])]
        offered = {port["name"] for pod in chosen for container in pod["containers"] for port in container.get("ports", [])}
        for port in service["spec"]["ports"]:
            ports.add((service["metadata"]["name"], port["port"]))
            if port["targetPort"] not in offered:
                yield f"{said(service)}: no pod offers port {port['targetPort']}"
    for route in of_kind(items, "HTTPRoute"):
        for entry in route["spec"]["rules"]:
            for backend in entry.get("backendRefs", []):
                if (backend["name"], backend["port"]) not in ports:
                    yield f"{said(route)} leads to {backend['name']}:{backend['port']}, which is not there"


@rule
def namespaces(items: list[Object]) -> Iterator[str]:
    """Everything lies in the overlay's own namespace, and that enforces `restricted`."""
    own = next(iter(of_kind(items, "Namespace")), None)
    if own is None:
        yield "there is no Namespace"
        return
    if own["metadata"]["labels"].get("pod-security.kubernetes.io/enforce") != "restricted":
        yield f"{said(own)} does not enforce restricted"
    for item in items:
        if item is not own and item["metadata"].get("namespace") != own["metadata"]["name"]:
            yield f"{said(item)} lies outside {own['metadata']['name']}"


def _settings(items: list[Object]) -> dict[str, str]:
    return next((item["data"] for item in of_kind(items, "ConfigMap") if item["metadata"]["name"].startswith("myschool")), {})
