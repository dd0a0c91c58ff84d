"""What an overlay asks of a cluster when every workload runs its least pods."""

from collections.abc import Iterator
from dataclasses import dataclass

from myschool_k8s.render import Object, of_kind

_MEBI = {"Mi": 1, "Gi": 1024}
# Kinds of operators and the field that says how many pods they start.
_COUNTED = {"Cluster": "instances", "KafkaNodePool": "replicas", "Keycloak": "instances", "KafkaMirrorMaker2": "replicas"}


@dataclass(frozen=True)
class Row:
    """One workload."""

    name: str
    pods: int
    cores: float
    mebibytes: int


def rows(items: list[Object]) -> Iterator[Row]:
    """Our workloads and what the operators start for us."""
    least = {
        (item["spec"]["scaleTargetRef"]["kind"], item["spec"]["scaleTargetRef"]["name"]): item["spec"].get("minReplicas")
        or item["spec"]["minReplicaCount"]
        for item in of_kind(items, "HorizontalPodAutoscaler", "ScaledObject")
    }
    for item in of_kind(items, "Deployment", "StatefulSet"):
        count = item["spec"].get("replicas") or least[item["kind"], item["metadata"]["name"]]
        yield _row(item, count, item["spec"]["template"]["spec"]["containers"][0]["resources"])
    for kind, field in (
        ("Cluster", "instances"),
        ("KafkaNodePool", "replicas"),
        ("Keycloak", "instances"),
        ("KafkaMirrorMaker2", "replicas"),
    ):
        for item in of_kind(items, kind):
            yield _row(item, item["spec"][field], item["spec"]["resources"])


def in_words(items: list[Object]) -> str:
    """The sum as the documentation says it."""
    found = list(rows(items))
    return f"{sum(row.cores for row in found):.1f} cores and {sum(row.mebibytes for row in found) / 1024:.0f} GiB"


def _row(item: Object, pods: int, resources: Object) -> Row:
    cpu, memory = str(resources["requests"]["cpu"]), resources["requests"]["memory"]
    cores = float(cpu.removesuffix("m")) / (1000 if cpu.endswith("m") else 1)
    return Row(f"{item['kind']} {item['metadata']['name']}", pods, pods * cores, pods * int(memory[:-2]) * _MEBI[memory[-2:]])
