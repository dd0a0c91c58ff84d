"""Each event has a topic, an example and consumers that take it; bytes of yesterday are understood tomorrow."""

import importlib
import inspect
import json
from pathlib import Path

import contracts
import pytest
from google.protobuf import json_format
from google.protobuf.message_factory import GetMessageClass

from myschool_kit.topics import registry

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "proto" / "examples"
TOPICS = registry()
TYPES = contracts.event_types()
FORBIDDEN_FIELDS = {"snils", "phone", "email", "birth_date", "body", "token"}


def test_types_when_declared_then_each_is_in_exactly_one_topic() -> None:
    registered = [name for topic in TOPICS.values() for name in topic.types]
    assert sorted(registered) == sorted(TYPES)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_type_when_it_has_fields_then_none_carries_a_secret(name: str) -> None:
    assert FORBIDDEN_FIELDS.isdisjoint(field.name for field in TYPES[name].fields)


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.name)
def test_topic_when_registered_then_its_key_is_a_field_of_every_type(topic) -> None:
    assert topic.name.startswith(topic.producer + ".")
    for name in topic.types:
        assert topic.key in TYPES[name].fields_by_name, name


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.name)
def test_examples_when_decoded_then_complete_and_unchanged(topic) -> None:
    found = {path.stem for path in (EXAMPLES / topic.name).glob("*.json")}
    assert found == {name.rsplit(".", 1)[-1] for name in topic.types}
    for name in topic.types:
        text = (EXAMPLES / topic.name / f"{name.rsplit('.', 1)[-1]}.json").read_text("utf-8")
        message = json_format.Parse(text, GetMessageClass(TYPES[name])())
        again = json_format.MessageToDict(
            GetMessageClass(TYPES[name]).FromString(message.SerializeToString()), preserving_proto_field_name=True
        )
        assert again == json.loads(text)


@pytest.mark.parametrize("topic", TOPICS.values(), ids=lambda topic: topic.name)
def test_consumers_when_named_in_the_registry_then_they_subscribe(topic) -> None:
    for service in topic.consumers:
        source = inspect.getsource(importlib.import_module(f"myschool_{service}.consumers"))
        assert f'"{topic.name}"' in source, f"{service} does not read {topic.name}"


def test_topic_when_it_leaves_the_region_then_without_personal_data_and_ids() -> None:
    leaving = [topic for topic in TOPICS.values() if topic.leaves_region]
    assert [topic.name for topic in leaving] == ["analytics.aggregates"]
    parts = {
        field.message_type.full_name: field.message_type for name in leaving[0].types for field in TYPES[name].fields if field.message_type
    }
    for message in (*(TYPES[name] for name in leaving[0].types), *parts.values()):
        assert not [field.name for field in message.fields if field.name.endswith(("_id", "_ids", "person", "full_name", "title"))]
    assert not any(topic.personal_data for topic in leaving)


def test_registry_when_copied_for_the_packages_then_the_same() -> None:
    for path in (ROOT / "proto" / "topics").glob("*.yaml"):
        assert path.read_bytes() == (ROOT / "proto/gen/python/myschool/topics" / path.name).read_bytes()
