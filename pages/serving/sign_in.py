"""How a browser shows who sits at it: the owner's secret, the link that was printed at the start, a rater's invitation.

Plain HTTP, so that a stranger never gets a connection to a page. Each ends in a cookie that no script reads and no other site
sends; `rpo.voting.access` reads it.
"""

import asyncio
import logging
from collections import Counter, defaultdict
from html import escape
from urllib.parse import parse_qs, quote, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from pages.shared.here import access, by_organisation
from rpo.errors import RpoError
from rpo.hosts import FORWARDED, origin_fits, public_url
from rpo.voting import LASTS, Visit, Who

LOG = logging.getLogger("rpo")
SEAT_LASTS = 180 * 86_400  # seconds that a rater's cookie lasts; the invitation may end sooner
ORGANISATION = "_streamlit_user"  # the cookie of the organisation's sign-in
FORM = 10_000  # bytes of a sign-in form
WAITING = 4  # guesses of one address that may wait at a time
LONGEST = 10.0  # seconds that one waits
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title} · rpo</title><style>
:root {{ color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }}
body {{ max-width: 26rem; margin: 18vh auto 0; padding: 0 1rem }}
input, button {{ font: inherit; padding: .5rem .75rem; margin: .25rem 0; width: 100%; box-sizing: border-box }}
input, button {{ border-radius: .5rem; border: 1px solid #8886 }}
button {{ background: #4f46e5; color: #fff; border: 0; cursor: pointer }}
.trouble {{ color: #c0392b }}
</style><h1>{title}</h1>{body}</html>"""


def page(title: str, body: str, status: int = 200) -> Response:
    """A small page of our own; `body` is HTML, with everything from outside escaped."""
    return HTMLResponse(PAGE.format(title=escape(title), body=body), status)


def sign_in_page(to: str = "/", trouble: str = "", status: int = 200) -> Response:
    """Where a stranger says who they are."""
    said = f'<p class="trouble">{escape(trouble)}</p>' if trouble else ""
    form = (
        f'<form method="post" action="/sign-in"><input type="hidden" name="to" value="{escape(to)}">'
        "<label>The owner's secret<input type='password' name='secret' autofocus required></label>"
        "<button>Sign in</button></form>"
    )
    other = '<p><a href="/">Sign in with your organisation</a></p>' if by_organisation() else ""
    link = "On the machine itself, the link that was printed when the app started lets you in."
    more = f"<p>Raters open the link that they were sent. {link}</p>"
    return page("Sign in", said + form + other + more, status)


async def sign_in(request: Request) -> Response:
    """The owner's secret for a cookie; a wrong one makes the next wait longer."""
    if request.method == "GET":
        return sign_in_page(request.query_params.get("to", "/"))
    given = await form(request)
    to, peer = given.get("to", "/"), address(request)
    if WAITS[peer] >= WAITING:
        return sign_in_page(to, "Too many guesses wait for an answer; try again in a minute.", 429)
    if (secret := given.get("secret", "")) and await guessed(peer, secret):
        return admitted(request, await run_in_threadpool(access().ballots.owner.sign_in), to)
    return sign_in_page(to, "That is not the owner's secret.", 403)


async def form(request: Request) -> dict[str, str]:
    """The fields of a small form."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > FORM:
            return {}
    return {name: values[0] for name, values in parse_qs(body.decode("utf-8", "replace")).items()}


FAILED: Counter[str] = Counter()
WAITS: Counter[str] = Counter()
TURNS: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)


async def guessed(peer: str, secret: str) -> bool:
    """Whether this is the owner's secret. Guesses of one address are looked at one by one, each wrong one doubles the wait."""
    WAITS[peer] += 1
    try:
        async with TURNS[peer]:
            await asyncio.sleep(min(LONGEST, 0.25 * 2 ** FAILED[peer]) if FAILED[peer] else 0.0)
            right = await run_in_threadpool(access().ballots.owner.knows, secret)
            FAILED[peer] = 0 if right else FAILED[peer] + 1
    finally:
        WAITS[peer] -= 1
    if not right:
        LOG.warning("sign-in: a wrong owner's secret from %s, %d in a row", peer, FAILED[peer])
    return right


def address(request: Request) -> str:
    """Whose guesses count together: the peer. Whom a proxy names is believed only where the public URL says that there is one."""
    trusted = public_url() or not any(name in request.headers for name in FORWARDED)
    return request.client.host if request.client and trusted else "a proxy"


def admitted(request: Request, key: str, to: str) -> Response:
    """The owner's cookie, and on to a page of ours."""
    return with_cookie(RedirectResponse(ours(to), 303), request, access().cookie, key, LASTS)


def with_cookie(answer: Response, request: Request, name: str, key: str, age: int) -> Response:
    """A cookie that no script reads and no other site sends."""
    secure = urlsplit(public_url()).scheme == "https" or request.url.scheme == "https"
    answer.set_cookie(name, key, max_age=age, httponly=True, samesite="strict", secure=secure)
    return answer


def ours(to: str) -> str:
    """A path of this server, "/" for anything else."""
    return to if to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() else "/"


async def enter(request: Request) -> Response:
    """The word that was printed at the start, or a page's ticket, for the owner's cookie; it leaves the address bar."""
    key = await run_in_threadpool(access().redeem, request.query_params.get("token", ""))
    if key is None:
        return sign_in_page("/", "This link has ended. The newest one was printed when the app started.", 403)
    return admitted(request, key, request.query_params.get("to", "/"))


async def invite(request: Request) -> Response:
    """A rater's link for the cookie of their seat. One for a single browser waits for a press: programs look at links too."""
    try:
        return await run_in_threadpool(seated, request)
    except RpoError as error:
        return page("Invitation", f'<p class="trouble">{escape(str(error))}</p>', 403)


def seated(request: Request) -> Response:
    """The seat that a link opens, as a cookie; the owner goes to that seat without one."""
    token, door = request.path_params["token"], access()
    if request.method == "GET" and door.ballots.invitations.needs_a_press(token):
        return page(
            "Invitation",
            '<p>This link works in the browser that opens it first.</p><form method="post"><button>Start</button></form>',
        )
    held = next((key for name, key in request.cookies.items() if key.startswith(f"{token}.")), "")
    found = door.ballots.invitations.enter(token, held)
    if door.visitor(Visit(False, request.cookies)).who is Who.OWNER:
        return RedirectResponse(f"/vote?panel={quote(found.seat.panel)}&rater={quote(found.seat.rater)}", 303)
    answer = RedirectResponse(f"/?seat={found.name}", 303)
    return with_cookie(answer, request, door.seat_cookie(found.name), found.key, SEAT_LASTS)


async def sign_out(request: Request) -> Response:
    """End what this browser's cookies open, after a press of ours."""
    if request.method == "GET" or not origin_fits(request.headers.get("origin", ""), request.headers.get("host", "")):
        return page("Sign out", '<form method="post" action="/sign-out"><button>Sign out of this browser</button></form>')
    door, answer = access(), RedirectResponse("/sign-in", 303)
    if key := request.cookies.get(door.cookie):
        await run_in_threadpool(door.ballots.owner.sign_out, key)
    for name in request.cookies:
        if name.startswith((door.cookie, ORGANISATION)):
            answer.delete_cookie(name, httponly=True, samesite="strict")
    return answer


async def moved(request: Request) -> Response:
    """From an address of an older version to the page's address of today, which no browser keeps for other apps on this port."""
    to = MOVED[request.url.path.strip("/")]
    return RedirectResponse(f"/{to}?{request.url.query}" if request.url.query else f"/{to}", 307)


MOVED = {"convene": "panels", "start": "setup"}
ROUTES = (
    *(Route(f"/{name}{end}", moved) for name in MOVED for end in ("", "/")),
    Route("/sign-in", sign_in, methods=["GET", "POST"]),
    Route("/sign-out", sign_out, methods=["GET", "POST"]),
    Route("/enter", enter),
    Route("/invite/{token:path}", invite, methods=["GET", "POST"]),
)
