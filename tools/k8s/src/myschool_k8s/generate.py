"""Manifests that follow from the code: topics, network edges, consumers' scaling. Committed, and compared with the code by a test."""

from collections.abc import Iterable
from pathlib import Path

import yaml

from myschool_k8s import edges, network, secrets
from myschool_k8s.layout import MANIFESTS
from myschool_k8s.render import Object
from myschool_kit.topics import Topic, registry

PARTITIONS = 12
_HEAD = "# Made by `python -m myschool_k8s generate` from {source}. Do not edit.\n"
_DAY_MS = 86_400_000
# A consumer applies an event in about 160 µs (README, bench): a lag of 5,000 is one second of one process, 12 partitions spread it.
_LAG = 5_000


def files() -> dict[Path, str]:
    """Path → content of every generated file."""
    components = MANIFESTS / "components"
    return {
        MANIFESTS / "base/kafka/topics.yaml": _text("proto/topics", _topics(registry().values())),
        components / "network-policies/policies.yaml": _text("the clients in the code", network.policies(edges.wanted())),
        components / "keda/consumers.yaml": _text("proto/topics", _scaling(edges.consumers())),
        components / "external-secrets/secrets.yaml": _text("tools/k8s: secrets.py", secrets.external()),
        components / "federal-export/access.yaml": _text("proto/topics: leaves_region", [_mirror_user(shared())]),
        MANIFESTS / "overlays/federal/shared-topics.yaml": _text("proto/topics: leaves_region", [_shared_list(shared())]),
    }


def write() -> list[Path]:
    """Writes what is out of date; answers with the paths."""
    changed = [path for path, content in files().items() if not path.exists() or path.read_text("utf-8") != content]
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(files()[path], "utf-8")
    return changed


def shared() -> list[str]:
    """Topics that may leave a region, by the registry's own word."""
    return sorted(name for name, topic in registry().items() if topic.leaves_region)


def _text(source: str, items: Iterable[Object]) -> str:
    body = yaml.safe_dump_all(items, sort_keys=False, allow_unicode=True, width=140, default_flow_style=None)
    return _HEAD.format(source=source) + body


def _topics(topics: Iterable[Topic]) -> Iterable[Object]:
    for topic in sorted(topics, key=lambda item: item.name):
        for suffix in ("", ".dlq"):
            yield {
                "apiVersion": "kafka.strimzi.io/v1",
                "kind": "KafkaTopic",
                "metadata": {"name": topic.name + suffix, "labels": {"strimzi.io/cluster": "kafka"}},
                "spec": {"partitions": PARTITIONS, "replicas": 3, "config": {"retention.ms": topic.retention_days * _DAY_MS}},
            }


def _scaling(consumers: dict[str, list[str]]) -> Iterable[Object]:
    for service, topics in sorted(consumers.items()):
        yield {
            "apiVersion": "keda.sh/v1alpha1",
            "kind": "ScaledObject",
            "metadata": {"name": f"{service}-consume"},
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": f"{service}-consume"},
                # Never none: static membership would be lost. Never more than partitions: the rest would idle.
                "minReplicaCount": 1,
                "maxReplicaCount": PARTITIONS,
                "cooldownPeriod": 600,
                "triggers": [_trigger(service, topic) for topic in topics],
            },
        }


def _trigger(service: str, topic: str) -> Object:
    return {
        "type": "kafka",
        "metadata": {
            "bootstrapServers": "kafka-kafka-bootstrap:9092",
            "consumerGroup": service,
            "topic": topic,
            "lagThreshold": str(_LAG),
            "offsetResetPolicy": "earliest",
            "limitToPartitionsWithLag": "true",
            # A parked key must not keep twelve pods busy.
            "excludePersistentLag": "true",
        },
    }


def _mirror_user(topics: list[str]) -> Object:
    """What the federal plane may do in a region's Kafka: read these topics, nothing else."""
    read = [{"resource": {"type": "topic", "name": name, "patternType": "literal"}, "operations": ["Read", "Describe"]} for name in topics]
    # MirrorMaker describes groups and the cluster to plan its work; it keeps its offsets in the federal cluster.
    rest = [
        {"resource": {"type": "group", "name": "federal-", "patternType": "prefix"}, "operations": ["Read", "Describe"]},
        {"resource": {"type": "cluster"}, "operations": ["Describe", "DescribeConfigs"]},
        *({"resource": {"type": "topic", "name": name, "patternType": "literal"}, "operations": ["DescribeConfigs"]} for name in topics),
    ]
    return {
        "apiVersion": "kafka.strimzi.io/v1",
        "kind": "KafkaUser",
        "metadata": {"name": "federal", "labels": {"strimzi.io/cluster": "kafka"}},
        "spec": {"authentication": {"type": "tls"}, "authorization": {"type": "simple", "acls": read + rest}},
    }


def _shared_list(topics: list[str]) -> Object:
    """The allow-list as data, from which the federal overlay fills every mirror's pattern."""
    pattern = "|".join(name.replace(".", "\\.") for name in topics)
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "shared-topics", "annotations": {"config.kubernetes.io/local-config": "true"}},
        "data": {"pattern": pattern},
    }
