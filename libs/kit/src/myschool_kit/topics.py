"""The topic registry: proto/topics/*.yaml, shipped with the contracts; topics are made from it, never by chance."""

from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import TopicAlreadyExistsError, for_code

from myschool_kit.settings import Settings


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of the registry."""

    name: str
    key: str
    producer: str
    consumers: tuple[str, ...]
    types: tuple[str, ...]
    personal_data: bool
    retention_days: int
    # Only figures of groups of people may (docs/federal.md); the federal plane mirrors exactly these topics.
    leaves_region: bool = False


def registry() -> dict[str, Topic]:
    """All topics by name."""
    found: dict[str, Topic] = {}
    for entry in resources.files("myschool").joinpath("topics").iterdir():
        if entry.name.endswith(".yaml"):
            for name, data in yaml.safe_load(entry.read_text("utf-8")).items():
                found[name] = _topic(name, data)
    return found


def _topic(name: str, data: dict[str, Any]) -> Topic:
    """Fields stand in the registry under their own names; an unknown or missing one is a fault of the file."""
    fields: dict[str, Any] = {field: tuple(value) if isinstance(value, list) else value for field, value in data.items()}
    return Topic(name, **fields)


async def ensure(settings: Settings, names: set[str]) -> None:
    """Creates the topics, and their dead-letter twins, that do not exist yet. A mirror puts its cell's name before the topic's own."""
    known = registry()
    wanted = [
        NewTopic(
            settings.topic(name + suffix),
            num_partitions=settings.topic_partitions,
            replication_factor=settings.topic_copies or (1 if settings.kafka.startswith(("127.", "localhost")) else 3),
            topic_configs={"retention.ms": str(known[".".join(name.split(".")[-2:])].retention_days * 86_400_000)},
        )
        for name in sorted(names)
        for suffix in ("", ".dlq")
    ]
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.kafka)
    await admin.start()
    try:
        existing = set(await admin.list_topics())
        missing = [topic for topic in wanted if topic.name not in existing]
        if missing:
            answer = await admin.create_topics(missing)
            for _name, code, *_rest in answer.topic_errors:
                error = for_code(code)
                # Two processes that start together both try; the second one finds the topic there.
                if code and error is not TopicAlreadyExistsError:
                    raise error
    finally:
        await admin.close()
