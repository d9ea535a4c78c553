"""The texts of one point of a map, for the browser that rests on it. The gate lets only the owner ask."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from rpo import embeddings
from rpo.errors import RpoError

ADDRESS = "/map-texts"


async def of_a_point(asked: Request) -> JSONResponse:
    """A list of [what it is, text]; 404 where there is no such map or row, or its data are others by now."""
    try:
        found = await run_in_threadpool(embeddings.texts_at, *named(asked))
    except (RpoError, OSError) as error:
        return JSONResponse({"trouble": str(error)}, 404)
    return JSONResponse(found, headers={"cache-control": "private, max-age=600"})


def named(asked: Request) -> tuple[str, str, int]:
    """The map, the data and the row of an address."""
    return asked.path_params["map"], asked.query_params.get("data", ""), asked.path_params["row"]


ROUTES = (Route(f"{ADDRESS}/{{map:str}}/{{row:int}}", of_a_point),)
