"""What the edge promises: errors cross intact, one transaction per write, one effect per request id."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid4

import grpc
import orjson
import pytest

from myschool.library.v1 import library_pb2
from myschool.messaging.v1 import messaging_pb2 as pb
from myschool.messaging.v1 import messaging_pb2_grpc
from myschool_kit import context, status
from myschool_kit.client import call, open_channel
from myschool_kit.errors import Forbidden, Kind, RemoteError
from myschool_kit.interceptors import describe, require
from myschool_kit.principal import Principal, PrincipalSigner
from myschool_testing import Harness, a_principal, token_of

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


class Flaky(grpc.GenericRpcHandler):
    """Fails with the given codes one after the other, then answers."""

    def __init__(self, *codes: grpc.StatusCode) -> None:
        self.codes = list(codes)
        self.calls: list[float | None] = []

    def service(self, _details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler:
        async def serve(_request: object, context: grpc.aio.ServicerContext) -> pb.PostMessageResponse:
            self.calls.append(context.time_remaining())
            if self.codes:
                await context.abort(self.codes.pop(0), "told by the transport at 10.0.0.7:9101")
            return pb.PostMessageResponse(seq=7)

        return grpc.unary_unary_rpc_method_handler(serve, pb.PostMessageRequest.FromString, pb.PostMessageResponse.SerializeToString)


@asynccontextmanager
async def served(flaky: Flaky) -> AsyncIterator["messaging_pb2_grpc.ChatServiceAsyncStub"]:
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((flaky,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with open_channel(f"127.0.0.1:{port}") as channel:
        yield messaging_pb2_grpc.ChatServiceStub(channel)
    await server.stop(None)


async def test_call_when_unavailable_twice_then_the_third_attempt_answers() -> None:
    flaky = Flaky(grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.UNAVAILABLE)
    async with served(flaky) as stub:
        assert (await call(stub.PostMessage, post())).seq == 7
    assert len(flaky.calls) == 3


@pytest.mark.parametrize("code", [grpc.StatusCode.INTERNAL, grpc.StatusCode.ABORTED, grpc.StatusCode.DEADLINE_EXCEEDED])
async def test_call_when_it_fails_otherwise_then_it_is_not_repeated(code: grpc.StatusCode) -> None:
    flaky = Flaky(code)
    async with served(flaky) as stub:
        with pytest.raises(RemoteError) as caught:
            await call(stub.PostMessage, post())
    assert len(flaky.calls) == 1
    assert caught.value.detail == ""


async def test_call_when_made_inside_a_call_then_it_gets_the_time_that_is_left_less_a_little() -> None:
    flaky = Flaky()
    loop = asyncio.get_running_loop()
    async with served(flaky) as stub:
        with context.serving(context.Call("outer", "", a_principal(), deadline=loop.time() + 0.5)):
            await call(stub.PostMessage, post(), timeout=5)
        with context.serving(context.Call("outer", "", a_principal(), deadline=loop.time() + 0.01)), pytest.raises(status.Expired):
            await call(stub.PostMessage, post(), timeout=5)
    assert len(flaky.calls) == 1
    assert flaky.calls[0] is not None and 0 < flaky.calls[0] <= 0.48


def test_permission_when_the_role_lacks_it_then_forbidden_by_name() -> None:
    method = describe(f"/{library_pb2.DESCRIPTOR.services_by_name['LibraryService'].full_name}/DecideItem")
    require(method, a_principal("EXPERT"))
    for role_type in ("TEACHER", "PERSON", "SYSTEM", ""):
        with pytest.raises(Forbidden) as refused:
            require(method, a_principal(role_type))
        assert (refused.value.reason, refused.value.params) == ("PERMISSION_MISSING", {"permission": "item.review"})


def test_method_when_it_has_no_permission_then_it_is_not_served() -> None:
    with pytest.raises(LookupError):
        describe("/grpc.health.v1.Health/Check")
