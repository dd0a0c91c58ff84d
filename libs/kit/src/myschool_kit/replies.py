"""Read models as ready JSON."""

from typing import Any

import orjson

from myschool.common.v1 import json_pb2


def json_reply(body: Any, etag: str = "") -> json_pb2.JsonReply:
    """The body as JSON bytes; ids and days as text (asyncpg's own UUID class is unknown to orjson)."""
    return json_pb2.JsonReply(body=orjson.dumps(body, default=str), etag=etag)
