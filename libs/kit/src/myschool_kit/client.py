"""Calls to sibling services: deadline shaved, principal and trace passed on, errors rebuilt."""

import json
from typing import Any, TypeVar

import grpc
from google.protobuf.message import Message

from myschool_cluster import traces
from myschool_cluster.tls import Certificates
from myschool_kit import status
from myschool_kit.context import current_or_none

DEFAULT_S = 5.0
_SHAVE_S = 0.02
Reply = TypeVar("Reply", bound=Message)

# Only UNAVAILABLE is retried, and only a few times (platform.md §6). A write may have reached its handler after all:
# therefore every write of a page carries a request id, and those without one are repeatable by nature (SignIn, SignOut).
_RETRY = {"maxAttempts": 4, "initialBackoff": "0.1s", "maxBackoff": "0.5s", "backoffMultiplier": 2, "retryableStatusCodes": ["UNAVAILABLE"]}
_SERVICE_CONFIG = {
    "loadBalancingConfig": [{"round_robin": {}}],
    "methodConfig": [{"name": [{}], "retryPolicy": _RETRY}],
    "retryThrottling": {"maxTokens": 100, "tokenRatio": 0.1},
}
_OPTIONS = [
    ("grpc.service_config", json.dumps(_SERVICE_CONFIG)),
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.max_receive_message_length", 32 * 1024 * 1024),
    ("grpc.max_send_message_length", 32 * 1024 * 1024),
    ("grpc.max_reconnect_backoff_ms", 500),  # within what the retries above wait: a service that is back is found by the call under way
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.dns_min_time_between_resolutions_ms", 1_000),  # not 30 s: a replaced pod has another address
]


def open_channel(address: str, service: str = "", certificates: Certificates | None = None) -> Any:
    """One channel per called service and process; open it inside the running loop and close it at shutdown.

    With certificates the service must prove itself by its name, and this process proves itself too.
    """
    if certificates is not None:
        return certificates.channel(address, service, _OPTIONS)
    return grpc.aio.insecure_channel(address, options=_OPTIONS)


async def call(
    method: "grpc.aio.UnaryUnaryMultiCallable[Any, Reply]",
    request: Message,
    *,
    token: str = "",
    request_id: str = "",
    timeout: float = DEFAULT_S,
    traceparent: str = "",
) -> Reply:
    """One unary call. Inside a served call, its token, trace and remaining time are used. Raises RemoteError."""
    serving = current_or_none()
    if serving is not None:
        token = token or serving.token
        traceparent = traceparent or serving.traceparent
        left = serving.seconds_left()
        if left is not None:
            timeout = min(timeout, left - _SHAVE_S)
    if timeout <= 0:
        raise status.Expired("no time is left for the call")
    span = traces.begin("CLIENT", request.DESCRIPTOR.full_name.removesuffix("Request"), traceparent)
    metadata, outcome = [("x-principal", token), ("traceparent", span.traceparent)], "CANCELLED"
    if request_id:
        metadata.append(("x-request-id", request_id))
    try:
        reply = await method(request, timeout=timeout, metadata=metadata)
        outcome = "OK"
    except grpc.aio.AioRpcError as error:
        outcome = error.code().name
        raise status.error_of(error) from error
    finally:
        span.end(outcome)
    return reply
