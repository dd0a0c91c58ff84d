"""Edges as NetworkPolicies, and NetworkPolicies read back as edges."""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet

from myschool_k8s.edges import Edge
from myschool_k8s.render import Object

OURS = {"app.kubernetes.io/part-of": "myschool"}
DOOR = "envoy-gateway-system"
MONITORING = "monitoring"
_PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"]
# What is not a workload of ours, by the labels that its operator gives; None cannot be the subject of a policy here.
PARTS: dict[str, dict[str, str] | None] = {
    "postgres": {"cnpg.io/cluster": "postgres"},
    "kafka": {"strimzi.io/cluster": "kafka", "strimzi.io/kind": "Kafka"},
    "keycloak": {"app": "keycloak", "app.kubernetes.io/instance": "keycloak"},
    "public": None,
    "internet": None,
}
# The gateway's own pods listen on shifted ports; what the Service calls 443 is 10443 there.
_DOOR_PORTS = (443, 10443)


def labels_of(end: str) -> dict[str, str]:
    """The pod labels of a workload or of an operator's part."""
    if "/" in end:
        name, component = end.split("/")
        return {"app.kubernetes.io/name": name, "app.kubernetes.io/component": component}
    found = PARTS[end]
    if found is None:
        message = f"{end} has no pods in the cell"
        raise ValueError(message)
    return found


def policies(edges: AbstractSet[Edge]) -> Iterator[Object]:
    """Default deny, DNS, and one policy for each end with what it may do."""
    yield _policy("default-deny", {}, {"policyTypes": ["Ingress"]})
    rule = {"to": [_namespace("kube-system", {"k8s-app": "kube-dns"})], "ports": _ports(53, "UDP") + _ports(53)}
    # Egress is denied to our own pods alone: operators' pods talk to the API server, whose address no policy can name.
    yield _policy("own-pods-ask-dns-only", OURS, {"policyTypes": ["Egress"], "egress": [rule]})
    ends = {edge.client for edge in edges} | {edge.server for edge in edges}
    for end in sorted(ends - {name for name, labels in PARTS.items() if labels is None} - {"kafka"}):
        yield _of_end(end, edges)


def _of_end(end: str, edges: AbstractSet[Edge]) -> Object:
    incoming = [_rule("from", edge.client, edge.port) for edge in sorted(edges) if edge.server == end]
    outgoing = [_rule("to", edge.server, edge.port) for edge in sorted(edges) if edge.client == end]
    spec: Object = {"policyTypes": ["Ingress"], "ingress": incoming + _of_operators(end)}
    if "/" in end:
        spec |= {"policyTypes": ["Ingress", "Egress"], "egress": outgoing}
    return _policy(end.replace("/", "-"), labels_of(end), spec)


def _of_operators(end: str) -> list[Object]:
    """What an operator's pods need among themselves, from their operator and from monitoring."""
    if end == "postgres":
        itself = {"podSelector": {"matchLabels": labels_of(end)}}
        return [
            {"from": [itself], "ports": _ports(5432) + _ports(8000)},
            {"from": [_namespace("cnpg-system")], "ports": _ports(8000) + _ports(5432)},
            {"from": [_namespace(MONITORING)], "ports": _ports(9187)},
        ]
    if end == "keycloak":
        itself = {"podSelector": {"matchLabels": labels_of(end)}}
        return [{"from": [itself], "ports": _ports(7800) + _ports(57800)}, {"from": [_namespace(MONITORING)], "ports": _ports(9000)}]
    return []


def _rule(direction: str, end: str, port: int) -> Object:
    if end == "public":
        ports = [item for number in _DOOR_PORTS for item in _ports(number)] if direction == "to" else _ports(port)
        return {direction: [_namespace(DOOR)], "ports": ports}
    if end == "internet":
        return {direction: [{"ipBlock": {"cidr": "0.0.0.0/0", "except": _PRIVATE}}], "ports": _ports(port)}
    return {direction: [{"podSelector": {"matchLabels": labels_of(end)}}], "ports": _ports(port)}


def _namespace(name: str, pods: dict[str, str] | None = None) -> Object:
    peer: Object = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}
    return peer | ({"podSelector": {"matchLabels": pods}} if pods else {})


def _ports(number: int, protocol: str = "TCP") -> list[Object]:
    return [{"protocol": protocol, "port": number}]


def _policy(name: str, labels: dict[str, str], spec: Object) -> Object:
    selector = {"matchLabels": labels} if labels else {}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name},
        "spec": {"podSelector": selector, **spec},
    }


def read(items: list[Object]) -> tuple[set[Edge], set[Edge]]:
    """The edges that policies in force allow: by what clients may open, and by what servers let in."""
    out, into = set(), set()
    for policy in items:
        end = _end_of(policy["spec"]["podSelector"].get("matchLabels", {}))
        if policy["kind"] == "NetworkPolicy" and end:
            for rule in policy["spec"].get("egress", []):
                out |= {Edge(end, other, port) for other, port in _allowed(rule, "to")}
            for rule in policy["spec"].get("ingress", []):
                into |= {Edge(other, end, port) for other, port in _allowed(rule, "from")}
    return out, into


def _end_of(labels: dict[str, str]) -> str:
    """The inverse of labels_of; empty for a selector that is no single end."""
    if labels.keys() == {"app.kubernetes.io/name", "app.kubernetes.io/component"}:
        return f"{labels['app.kubernetes.io/name']}/{labels['app.kubernetes.io/component']}"
    return next((name for name, known in PARTS.items() if known == labels), "")


def _allowed(rule: Object, direction: str) -> Iterator[tuple[str, int]]:
    for peer in rule[direction]:
        namespace = peer.get("namespaceSelector", {}).get("matchLabels", {}).get("kubernetes.io/metadata.name")
        other = "internet" if "ipBlock" in peer else _end_of(peer.get("podSelector", {}).get("matchLabels", {}))
        other = "public" if namespace == DOOR else other or namespace or "anybody"
        yield from ((other, port["port"]) for port in rule["ports"])
