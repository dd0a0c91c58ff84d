"""The echo ceiling of `make bench`: FastAPI, one gRPC hop, ready JSON; mounted only with MYSCHOOL_BENCH=1."""

from fastapi import APIRouter
from starlette.responses import Response

from myschool.journal.v1 import planning_pb2
from myschool_gateway.caller import Reader

router = APIRouter(prefix="/api/v1/bench", include_in_schema=False)


@router.get("/echo")
async def echo(caller: Reader) -> Response:
    """Whatever stands at the journal's address and answers ListPeriods with ready JSON."""
    return await caller.ready(caller.services.planning.ListPeriods, planning_pb2.ListPeriodsRequest())
