"""The echo ceiling: FastAPI → one gRPC hop → ready JSON, with nothing of ours in between. Two small processes."""

import asyncio
import sys

import grpc
import uvicorn
import uvloop
from fastapi import FastAPI, Response

from myschool.common.v1 import json_pb2

METHOD = "/echo/Echo"
BODY = b'{"rows":[' + b",".join(b'{"id":"0192d3b2-8a64-7000-8000-%012d","value":"%d"}' % (n, n) for n in range(40)) + b"]}"


async def backend(port: int) -> None:
    """A gRPC server that answers 2 KB of ready JSON."""

    async def echo(_request: json_pb2.JsonReply, _context: object) -> json_pb2.JsonReply:
        return json_pb2.JsonReply(body=BODY)

    handler = grpc.unary_unary_rpc_method_handler(echo, json_pb2.JsonReply.FromString, json_pb2.JsonReply.SerializeToString)
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("echo", {"Echo": handler}),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    await server.start()
    await server.wait_for_termination()


def front(port: int, backend_port: int) -> None:
    """A FastAPI process that passes the bytes through."""
    app = FastAPI()
    opened: list[object] = []

    @app.get("/echo")
    async def echo() -> Response:
        if not opened:
            channel = grpc.aio.insecure_channel(f"127.0.0.1:{backend_port}")
            opened.append(
                channel.unary_unary(
                    METHOD, request_serializer=json_pb2.JsonReply.SerializeToString, response_deserializer=json_pb2.JsonReply.FromString
                )
            )
        reply = await opened[0](json_pb2.JsonReply(), timeout=2)
        return Response(reply.body, media_type="application/json")

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning", access_log=False)


if __name__ == "__main__":
    ports = [int(text) for text in sys.argv[2:]]
    if sys.argv[1] == "backend":
        uvloop.install()
        asyncio.run(backend(ports[0]))
    else:
        front(*ports)
