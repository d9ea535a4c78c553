"""The app as Streamlit serves it: its script, its routes, its gate, and the owner's link that is printed at the start."""

import os
import sys
import webbrowser
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from threading import Thread, Timer

import streamlit as st
from starlette.middleware import Middleware

from pages.serving import alive, sign_in, texts
from pages.serving.frame import Frame
from pages.serving.gate import Gate
from pages.shared.here import access
from rpo import example, preferences, storage, weights
from rpo.errors import RpoError
from rpo.hosts import LOOPBACK, public_url
from rpo.voting import Ballots

BROWSER = "RPO_BROWSER"  # set where a browser is to be opened
FIRST_CLICK = 4.0  # seconds after which somebody who saw the map clicks on it
SCRIPT = Path(__file__).parent / "pages" / "front.py"


@asynccontextmanager
async def opened(_app: st.App) -> AsyncGenerator[None]:
    """Print the link that lets the owner in, and open it where `rpo` asked for a browser."""
    try:
        link = f"{root()}/enter?token={access().start}"
        shut = access().shut
    except RpoError as error:
        sys.stdout.write(f"\n  rpo: {error}\n\n")
        yield
        return
    bring_example()
    sys.stdout.write(f"\n  The owner's link, for this start of the app alone: {link}\n\n")
    sys.stdout.flush()
    if os.environ.get(BROWSER):
        warm()
    if os.environ.get(BROWSER) and not st.get_option("server.headless"):
        Thread(target=webbrowser.open, args=(handed(link) if shut else root(),), daemon=True).start()
    yield


def bring_example() -> None:
    """A new home gets the example run and panel; where that fails the app goes on without them."""
    try:
        example.install(Ballots.here())
    except RpoError as error:
        sys.stdout.write(f"\n  rpo: the app goes on without its example: {error}\n\n")


def warm() -> None:
    """Import what the first page needs before a browser is opened on it, and behind it what the first click needs."""
    for name in ("pages.parts.explore.drawer", "rpo.charts.prompt_map", "scipy.ndimage", "datasets"):
        import_module(name)
    preferences.load(preferences.EMBEDDED)
    later = Timer(FIRST_CLICK, weights.library, ("torch",))
    later.daemon = True
    later.start()


def handed(link: str) -> str:
    """The address of a file that only we can read and that leads on: other logins see what a browser was started with."""
    path = storage.folder("door") / "open.html"
    page = f'<meta http-equiv="refresh" content="0; url={link}">'.encode()
    storage.write_with(path, lambda file: file.write(page))
    return path.as_uri()


def root() -> str:
    """The address at which this server is reached."""
    if public := public_url():
        return public
    scheme, host = "https" if st.get_option("server.sslCertFile") else "http", st.get_option("server.address")
    name = f"[{host}]" if ":" in str(host) else host
    return f"{scheme}://{'localhost' if host in (None, '0.0.0.0', '::', *LOOPBACK) else name}:{st.get_option('server.port')}"


ROUTES = (*sign_in.ROUTES, *alive.ROUTES, *texts.ROUTES)
AROUND = [Middleware(Gate), Middleware(Frame)]
app = st.App(SCRIPT, routes=ROUTES, middleware=AROUND, lifespan=opened)
