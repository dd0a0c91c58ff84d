"""What the contract tests look at: all methods, all event types, all handlers."""

import importlib
import pkgutil
from collections.abc import Iterator

from google.protobuf.descriptor import Descriptor, MethodDescriptor, ServiceDescriptor
from google.protobuf.descriptor_pool import Default

import myschool


def load_generated() -> list[str]:
    """Imports every generated module; answers the names of the proto files they came from."""
    files = []
    for module in pkgutil.walk_packages(myschool.__path__, "myschool."):
        if module.name.endswith("_pb2"):
            files.append(importlib.import_module(module.name).DESCRIPTOR.name)
    return files


def services() -> Iterator[ServiceDescriptor]:
    for file in load_generated():
        yield from Default().FindFileByName(file).services_by_name.values()


def methods() -> list[MethodDescriptor]:
    return [method for service in services() for method in service.methods]


def full_name(method: MethodDescriptor) -> str:
    return f"/{method.containing_service.full_name}/{method.name}"


def event_types() -> dict[str, Descriptor]:
    """Top-level messages of the event files that are events (nested parts of events are used by another message)."""
    found = {
        message.full_name: message
        for file in load_generated()
        if "/events/" in file
        for message in Default().FindFileByName(file).message_types_by_name.values()
    }
    parts = {field.message_type.full_name for message in found.values() for field in message.fields if field.message_type}
    return {name: message for name, message in found.items() if name not in parts}
