"""Every request that names an expected version has a test with writers at once: an update must not be lost (DESIGN §4)."""

from pathlib import Path

import contracts
import pytest
from google.protobuf.descriptor_pool import Default

ROOT = Path(__file__).parents[2]


def versioned() -> list[tuple[str, str]]:
    """(service, request) of every request with an expected_version."""
    found = []
    for file in contracts.load_generated():
        for message in Default().FindFileByName(file).message_types_by_name.values():
            if "expected_version" in message.fields_by_name:
                found.append((message.full_name.split(".")[1], message.name))
    return sorted(found)


@pytest.mark.parametrize(("service", "request_name"), versioned())
def test_versioned_request_when_declared_then_written_at_once_by_a_test(service: str, request_name: str) -> None:
    texts = [path.read_text("utf-8") for path in (ROOT / "services" / service / "tests").rglob("test_*.py")]
    assert any(request_name in text and "gather(" in text for text in texts)


def test_versioned_requests_when_counted_then_none_is_overlooked() -> None:
    assert len(versioned()) >= 7
