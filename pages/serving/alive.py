"""What a load balancer or a monitor asks: whether this server and its votes answer. Anybody may ask, so it says no more."""

from importlib.metadata import version

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from pages.shared.here import LOG, access
from rpo.errors import RpoError


async def healthz(_asked: Request) -> JSONResponse:
    """200 where the votes database answers, else 503; the log says why."""
    try:
        await run_in_threadpool(lambda: access().ballots.owner.known)
    except (RpoError, OSError) as error:
        LOG.error("%s", error)
        return JSONResponse({"status": "the votes database does not answer"}, 503)
    return JSONResponse({"status": "ok", "version": version("rpo")})


ROUTES = (Route("/healthz", healthz),)
