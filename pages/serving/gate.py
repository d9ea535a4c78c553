"""Around everything that Streamlit serves: allowed hosts and origins, who may come in at all, security headers.

Who is here is decided in `rpo.voting.access`. Whoever is a stranger gets the sign-in page and no connection, so what Streamlit
offers beside pages (uploads, media, metrics) is shut with them.
"""

from fnmatch import fnmatch
from html import escape
from urllib.parse import quote, urlsplit

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from pages.serving.sign_in import page, sign_in_page
from pages.shared.here import LOG, OWNERS_MATTER, access, by_organisation
from rpo.errors import RpoError
from rpo.hosts import LOOPBACK, local, name_of, origin_fits, public_url
from rpo.voting import LOCAL, SEAL, Visit, Who

FREE = {
    "/sign-in",
    "/sign-out",
    "/enter",
    "/auth/login",
    "/auth/logout",
    "/oauth2callback",
    "/healthz",
    "/_stcore/health",
    "/favicon.png",
}
FREE_BELOW = ("/static/", "/invite/")  # Streamlit's own scripts, which everybody can download elsewhere
OWNERS = ("/_stcore/upload_file", "/_stcore/metrics", "/map-texts")
POLICY = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; frame-ancestors 'self'; form-action 'self'; base-uri 'self'"
)
HEADERS = {
    "content-security-policy": POLICY,
    "x-frame-options": "SAMEORIGIN",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",  # with none at all a browser says of our own forms that they come from nowhere
}


class Gate:
    """Around everything that Streamlit serves: allowed hosts and origins, who is here, headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it ourselves."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        asked = HTTPConnection(scope)
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] != LOCAL.encode()]
        answer = unfit(asked)
        if answer is None and not free(scope["path"]):
            host = asked.headers.get("host", "")
            near = await run_in_threadpool(local, scope["client"], scope["server"][1], host, asked.headers)
            scope["headers"] += [(LOCAL.encode(), SEAL.encode())] if near else []
            answer = await run_in_threadpool(barred, asked, near)
        if answer is not None and scope["type"] == "websocket":
            answer = WebSocketClose(1008)
        await (answer or self.app)(scope, receive, with_headers(send))


def with_headers(send: Send) -> Send:
    """Whatever is answered over HTTP carries the security headers."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(HEADERS)
        await send(message)

    return sending


def free(path: str) -> bool:
    """Whether anybody may ask for this."""
    return path in FREE or path.startswith(FREE_BELOW)


def unfit(asked: HTTPConnection) -> Response | None:
    """The refusal of a request to a host that this server does not answer to, or of a connection by another page."""
    host, known = asked.headers.get("host", ""), st.get_option("server.allowedHosts") or LOOPBACK
    if not any(fnmatch(name_of(host), pattern.lower()) for pattern in [*known, urlsplit(public_url()).hostname or ""]):
        rule = f"This server answers to {', '.join(known)} only; start it with rpo --host or --public-url for others."
        return page("Unknown address", escape(rule), 400)
    if asked.scope["type"] == "websocket" and not origin_fits(asked.headers.get("origin", ""), host):
        return page("Another page", "A page of another address may not open a connection.", 403)
    return None


def barred(asked: HTTPConnection, near: bool) -> Response | None:
    """The answer to whoever may not open this path, None for whoever may."""
    path, query = asked.scope["path"], asked.scope["query_string"].decode("latin-1")
    if token := asked.query_params.get("invite"):  # a link of an older version
        return RedirectResponse(f"/invite/{quote(token, safe='')}", 303)
    try:
        visitor = access().visitor(Visit(near, asked.cookies))
    except RpoError as error:
        LOG.error("%s", error)
        said = str(error) if near else OWNERS_MATTER
        return page("The votes database", f'<p class="trouble">{escape(said)}</p>', 503)
    if visitor.who is Who.STRANGER and not by_organisation():
        return sign_in_page(f"{path}?{query}" if query else path, visitor.trouble, 403)
    if path.startswith(OWNERS) and not visitor.opens_all:
        return page("The owner's", "Only the owner may do this.", 403)
    return None
