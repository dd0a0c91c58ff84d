"""Read models as ready JSON."""

from typing import Any

import orjson

from myschool.common.v1 import json_pb2


def json_body(body: Any) -> bytes:
    """The body as JSON; ids and days as text (asyncpg's own UUID class is unknown to orjson)."""
    return orjson.dumps(body, default=str)


def json_reply(body: Any, etag: str = "") -> json_pb2.JsonReply:
    """The reply with the body as JSON."""
    return json_pb2.JsonReply(body=json_body(body), etag=etag)
