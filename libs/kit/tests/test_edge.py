"""What the edge promises: errors cross intact, one transaction per write, one effect per request id."""

import asyncio
from uuid import uuid4

import orjson
import pytest

from myschool.messaging.v1 import messaging_pb2 as pb
from myschool.messaging.v1 import messaging_pb2_grpc
from myschool_kit.client import call
from myschool_kit.errors import Kind, RemoteError
from myschool_kit.principal import Principal, PrincipalSigner
from myschool_kit.testing import Harness, a_principal, token_of

CHAT = "0192d3b2-8a64-7000-8000-00000000c4a7"


def post(body: str = "hello", chat_id: str = CHAT) -> pb.PostMessageRequest:
    return pb.PostMessageRequest(chat_id=chat_id, client_message_id=str(uuid4()), body=body)


async def value(harness: Harness, token: str) -> int:
    stub = messaging_pb2_grpc.ChatServiceStub(harness.channel)
    reply = await call(stub.ListMessages, pb.ListMessagesRequest(chat_id=CHAT), token=token)
    return orjson.loads(reply.body)["value"]


async def test_write_when_it_ends_well_then_state_and_event_are_there(sample: Harness) -> None:
    stub = messaging_pb2_grpc.ChatServiceStub(sample.channel)
    token = token_of(a_principal("TEACHER"))
    assert (await call(stub.PostMessage, post(), token=token)).seq == 1
    events = await sample.outbox()
    assert [(row["topic"], row["key"], row["type"]) for row in events] == [
        ("messaging.chats", CHAT, "myschool.messaging.events.v1.MessagePosted")
    ]


@pytest.mark.parametrize(
    ("body", "kind", "reason"),
    [("stale", Kind.STALE, "MARK_CHANGED"), ("rule", Kind.RULE_BROKEN, "CLOSED"), ("bug", Kind.INTERNAL, "INTERNAL")],
)
async def test_write_when_it_fails_then_nothing_is_kept(sample: Harness, body: str, kind: Kind, reason: str) -> None:
    stub = messaging_pb2_grpc.ChatServiceStub(sample.channel)
    token = token_of(a_principal("TEACHER"))
    with pytest.raises(RemoteError) as caught:
        await call(stub.PostMessage, post(body), token=token)
    assert (caught.value.remote_kind, caught.value.reason, caught.value.domain) == (kind, reason, "messaging.myschool")
    assert await value(sample, token) == 0
    assert await sample.outbox() == []
    if body == "stale":
        assert caught.value.params == {"current_value": "4"}
    if body == "rule":
        assert [(item.field, item.message) for item in caught.value.violations] == [("body", "say less")]
    if body == "bug":
        assert "Zero" not in caught.value.detail


async def test_write_when_repeated_20_times_at_once_then_one_effect(sample: Harness) -> None:
    stub = messaging_pb2_grpc.ChatServiceStub(sample.channel)
    token = token_of(a_principal("TEACHER"))
    request = post()
    replies = await asyncio.gather(*[call(stub.PostMessage, request, token=token, request_id="r-1") for _ in range(20)])
    assert {(reply.seq, reply.message_id) for reply in replies} == {(1, request.client_message_id)}
    assert await value(sample, token) == 1


async def test_write_when_the_request_id_comes_with_another_body_then_invalid(sample: Harness) -> None:
    stub = messaging_pb2_grpc.ChatServiceStub(sample.channel)
    token = token_of(a_principal("TEACHER"))
    await call(stub.PostMessage, post(), token=token, request_id="r-1")
    with pytest.raises(RemoteError) as caught:
        await call(stub.PostMessage, post("other"), token=token, request_id="r-1")
    assert caught.value.reason == "IDEMPOTENCY_KEY_REUSED"


async def test_call_when_no_principal_or_a_foreign_one_then_unauthenticated(sample: Harness) -> None:
    stub = messaging_pb2_grpc.ChatServiceStub(sample.channel)
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    foreign = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for token in ("", "x.y.z", PrincipalSigner(foreign).sign(Principal("p", "n", "TEACHER"))):
        with pytest.raises(RemoteError) as caught:
            await call(stub.PostMessage, post(), token=token)
        assert caught.value.remote_kind is Kind.UNAUTHENTICATED


async def test_call_when_fields_are_bad_then_each_is_named(sample: Harness) -> None:
    stub = messaging_pb2_grpc.ChatServiceStub(sample.channel)
    token = token_of(a_principal("TEACHER"))
    with pytest.raises(RemoteError) as caught:
        await call(stub.PostMessage, pb.PostMessageRequest(chat_id="x", client_message_id=str(uuid4()), body=""), token=token)
    assert caught.value.remote_kind is Kind.INVALID
    assert {item.field for item in caught.value.violations} == {"chat_id", "body"}


async def test_call_when_the_deadline_passes_then_the_work_is_undone(sample: Harness) -> None:
    stub = messaging_pb2_grpc.ChatServiceStub(sample.channel)
    token = token_of(a_principal("TEACHER"))
    with pytest.raises(RemoteError) as caught:
        await call(stub.PostMessage, post("slow"), token=token, timeout=0.3)
    assert caught.value.remote_kind is Kind.DEADLINE
    await asyncio.sleep(0.2)
    assert await value(sample, token) == 0


async def test_read_costs_one_statement(sample: Harness) -> None:
    token = token_of(a_principal("TEACHER"))
    with sample.statements.counted() as seen:
        await value(sample, token)
    assert len(seen) == 1
