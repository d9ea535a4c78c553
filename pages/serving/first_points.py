"""The map of the embedded data in the very page that a newcomer's browser asks for, until the app has one there.

Only where the app is sure to show exactly this: Explore without settings of its own in the address, asked by whoever sits at the
machine and is nobody in particular yet. `python -m tests.ship_map` writes the picture, and tests hold it to the map.
"""

from http.cookies import SimpleCookie
from pathlib import Path

from starlette.datastructures import Headers
from starlette.types import Scope

from pages.shared.here import access
from rpo.voting import LOCAL

FILE = Path(__file__).with_name("first_points.svg")
EXPLORE = ("/", "/explore")
STYLE = """
#first-points { position: fixed; z-index: 1; pointer-events: none; left: 1.25rem; right: 1.25rem; top: calc(8.1rem + 8px);
  height: max(22rem - 8px, 100vh - 11rem - 8px) }
#first-points svg { display: block; width: 100%; height: 100% }
"""  # where the style of Explore in `frame` puts the map
GONE = """{
  const there = '.first-points, .js-plotly-plot, .stMainBlockContainer h1:not(.st-key-map-bar h1), [data-testid=stAlert]'
  const over = () => document.querySelector(there) && (document.getElementById('first-points').remove(), seen.disconnect())
  const seen = new MutationObserver(over)
  seen.observe(document.body, {childList: true, subtree: true})
}"""


def newcomer(scope: Scope) -> bool:
    """Whether this asks for Explore as it is at first, for the machine's own user, who has not signed in."""
    if scope["path"] not in EXPLORE or scope["query_string"]:
        return False
    headers = Headers(scope=scope)
    return LOCAL in headers and access().cookie not in SimpleCookie(headers.get("cookie", ""))


def first_points() -> str:
    """HTML to stand before the app in its page: the points, where they go, and what takes them away."""
    return f'<style>{STYLE}</style><div id="first-points" aria-hidden="true">{FILE.read_text()}</div><script>{GONE}</script>'
