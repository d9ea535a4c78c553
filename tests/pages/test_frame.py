"""What we put into the head of Streamlit's page, over what Streamlit really serves."""

from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.testclient import TestClient

from pages.serving.first_points import first_points
from pages.serving.frame import HEAD, PARTS, Frame, early
from pages.shared.here import access
from rpo.voting import LOCAL, SEAL

STATIC = Path(streamlit.__file__).parent / "static"
PAGE = (STATIC / "index.html").read_bytes()
NAVIGATES = {"accept": "text/html,application/xhtml+xml"}


async def in_pieces(_asked):
    return StreamingResponse(iter([PAGE[:100], PAGE[100:5000], PAGE[5000:]]), media_type="text/html")


async def headless(_asked):
    return Response(b"<p>No head</p>", media_type="text/html")


ROUTES = [
    *(Route(path, in_pieces) for path in ("/pieces", "/explore", "/tune")),
    Route("/headless", headless),
    Route("/json", lambda _: JSONResponse({"a": 1}, headers={"etag": "x"})),
    Route("/away", lambda _: RedirectResponse("/headless", 303)),
    Mount("/", StaticFiles(directory=STATIC, html=True)),
]


@pytest.fixture(scope="module")
def client():
    return TestClient(Starlette(routes=ROUTES, middleware=[Middleware(Frame), Middleware(GZipMiddleware)]))


@pytest.mark.parametrize("path", ["/", "/pieces"])
def test_a_page_gets_our_lines_at_the_end_of_its_head(client, path):
    answer = client.get(path, headers=NAVIGATES)
    assert answer.content == PAGE.replace(b"</head>", HEAD + b"</head>")
    assert answer.headers["content-length"] == str(len(answer.content))


def test_a_browser_with_a_page_of_an_older_version_gets_the_new_one(client):
    known = StaticFiles(directory=STATIC, html=True)
    plain = TestClient(Starlette(routes=[Mount("/", known)])).get("/").headers
    answer = client.get("/", headers={**NAVIGATES, "if-none-match": plain["etag"], "if-modified-since": plain["last-modified"]})
    assert answer.status_code == 200
    assert HEAD in answer.content
    assert {"etag", "last-modified"}.isdisjoint(answer.headers)


@pytest.mark.parametrize(
    ("path", "headers", "said"),
    [
        ("/headless", NAVIGATES, b"<p>No head</p>"),
        ("/json", NAVIGATES, b'{"a":1}'),
        ("/away", NAVIGATES, b""),
        ("/", {"accept": "*/*"}, PAGE),
    ],
)
def test_all_else_is_passed_on_as_it_is(client, path, headers, said):
    answer = client.get(path, headers=headers, follow_redirects=False)
    assert answer.content == said


LOCAL_USER = {**NAVIGATES, LOCAL: SEAL}


@pytest.mark.parametrize(
    ("path", "headers", "there"),
    [
        ("/", LOCAL_USER, True),
        ("/explore", LOCAL_USER, True),
        ("/explore?data=embedded&colour=topic", LOCAL_USER, False),
        ("/tune", LOCAL_USER, False),
        ("/", NAVIGATES, False),
        ("/", {**LOCAL_USER, "cookie": "other=1; {owner}=key"}, False),
        ("/", {**LOCAL_USER, "cookie": "other=1"}, True),
        ("/", {**LOCAL_USER, "accept": "*/*"}, False),
    ],
)
def test_points_stand_in_the_page_of_a_newcomer_to_explore_alone(client, rpo_home, path, headers, there):
    headers = {name: value.replace("{owner}", access().cookie) for name, value in headers.items()}
    page = client.get(path, headers=headers).content
    assert page.count(first_points().encode()) == there
    assert (b'id="first-points"' in page) == there


def test_the_scripts_that_are_asked_for_early_exist_in_this_version_of_streamlit():
    assert early().count("modulepreload") == len(PARTS)
