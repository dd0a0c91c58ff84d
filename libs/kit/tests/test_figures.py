"""What the edge tells of calls: how each ended, by gRPC status, in figures and in spans; and nothing of who and what."""

import asyncio
import re
import socket
import urllib.request
from pathlib import Path
from uuid import uuid4

import pytest

from myschool.messaging.v1 import messaging_pb2 as pb
from myschool.messaging.v1 import messaging_pb2_grpc
from myschool_cluster import metrics, traces
from myschool_kit import figures
from myschool_kit.client import call
from myschool_kit.errors import RemoteError
from myschool_stack import collector
from myschool_stack.collector import Collector
from myschool_testing import Harness, a_principal, token_of

CHAT = str(uuid4())
SECRET = "112-233-445 95 eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0xx.abc +7 (900) 123-45-67"


def asked(address: str) -> str:
    with urllib.request.urlopen(f"http://{address}/metrics", timeout=10) as answer:
        return answer.read().decode()


async def call_all(sample: Harness) -> None:
    """One call per way to end."""
    stub, token = messaging_pb2_grpc.ChatServiceStub(sample.channel), token_of(a_principal("TEACHER"))
    for body in ("hello", "stale", "rule", "bug", SECRET):
        try:
            await call(stub.PostMessage, pb.PostMessageRequest(chat_id=CHAT, client_message_id=str(uuid4()), body=body), token=token)
        except RemoteError:
            assert body not in ("hello", SECRET)
    with pytest.raises(RemoteError):
        await call(stub.ListMessages, pb.ListMessagesRequest(chat_id="not an id"), token=token)
    slow = pb.PostMessageRequest(chat_id=CHAT, client_message_id=str(uuid4()), body="wait")
    with pytest.raises(RemoteError):
        await call(stub.PostMessage, slow, token=token, timeout=0.3)


async def test_calls_when_they_end_then_figures_and_spans_tell_how_and_nothing_else(sample: Harness, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    receiver = Collector(tmp_path / "spans").start()
    async with metrics.serving(address, "messaging"), traces.exporting(receiver.endpoint, "messaging"):
        figures.watch("messaging", sample.database, relay=True, consume=True)
        await call_all(sample)
        async with asyncio.timeout(20):
            while 'myschool_outbox_waiting{service="messaging"} 2.0' not in (text := await asyncio.to_thread(asked, address)):
                await asyncio.sleep(0.2)
    receiver.stop()
    counts = dict(re.findall(r'rpc_seconds_count\{method="ChatService/PostMessage",outcome="(\w+)",service="messaging"\} (\d+)', text))
    assert counts == {"OK": "2", "ABORTED": "1", "FAILED_PRECONDITION": "1", "INTERNAL": "1", "CANCELLED": "1"}
    assert 'rpc_seconds_count{method="ChatService/ListMessages",outcome="INVALID_ARGUMENT",service="messaging"} 1.0' in text
    assert 'myschool_parked_events{service="messaging"} 0.0' in text
    spans = collector.spans(tmp_path / "spans")
    ended = sorted(span.attributes["outcome"] for span in spans if span.name == "ChatService/PostMessage")
    assert ended == ["ABORTED", "CANCELLED", "FAILED_PRECONDITION", "INTERNAL", "OK", "OK"]
    servers = {span.id: span for span in spans if span.kind == "SERVER"}
    assert {servers[span.parent].name for span in spans if span.name == "unit of work"} == {"ChatService/PostMessage"}
    told = text.encode() + b"".join(collector.exports(tmp_path / "spans"))
    for word in (CHAT, SECRET, "Проверкина", "112-233", "eyJ"):
        assert word.encode() not in told, word
