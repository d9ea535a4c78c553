"""What the browser has before Streamlit's own scripts and our first message come: one step back a page, and no first jump.

Streamlit adds an entry to the browser's history for each change of an address, also where a page only completes its own, and it
leaves room for a sidebar until it knows that there is none. Both are settled in the head of its page.
"""

from pathlib import Path

import streamlit
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.serving.first_points import first_points, newcomer
from pages.shared import menu

HISTORY = """{
  const push = history.pushState.bind(history)
  history.pushState = (state, unused, address) => {
    const same = new URL(address, location.href).pathname === location.pathname
    same ? history.replaceState(state, unused, address) : push(state, unused, address)
  }
}"""
STYLE = """
.stApp .stMainBlockContainer { max-width: none; padding: 3.5rem clamp(1rem, 5vw, 5rem) 2rem }
.stApp h1 { padding: 0.25rem 0 0.5rem }
.stApp:not(:has(.st-key-map-bar)) [data-testid=stSkeleton] { height: 4.25rem } /* as high as a field with its label */
.stApp :is(.st-key-bar, .st-key-lesson-bar) [data-testid=stSkeleton] { height: 2.5rem !important }
.stApp .st-key-show [data-testid=stSkeleton] { height: 1.5rem !important }
.stApp .st-key-standing [data-testid=stSkeleton] { height: 6.75rem !important }
.stApp .st-key-sentence [data-testid=stSkeleton] { height: 5.25rem !important }
.stApp .st-key-sentence :is(pre, code) { font-family: inherit !important; font-size: 1rem }
.stApp [data-testid=stSidebar] { display: none }
.stApp [data-testid=stText] { unicode-bidi: plaintext; text-align: start } /* people's texts: each its own direction */
.stApp .st-key-tour { position: fixed; left: 1.25rem; bottom: 1rem; z-index: 9; width: min(25rem, calc(100vw - 2.5rem));
  padding: 0.7rem 1rem 0.2rem; gap: 0.2rem; background: Canvas; box-shadow: 0 4px 18px #0002 }
.stApp :has(> .st-key-tour), .stApp :has(> .st-key-fetching) { position: absolute }
.stApp .st-key-fetching { position: fixed; right: 1rem; bottom: 1rem; width: 24rem; z-index: 9; background: Canvas }
.stApp :focus-visible { outline: 2px solid Highlight; outline-offset: 2px }
"""
MAP_PAGE = """
.stApp:has(.st-key-map-bar) .stMainBlockContainer { padding: 3.25rem 1.25rem 0 }
.stApp:has(.st-key-map-bar) .stMainBlockContainer > [data-testid=stVerticalBlock] { gap: 0.6rem }
.stApp :has(> .st-key-map-bar), .stApp .st-key-map-bar { height: 4.25rem; flex: none }
.stApp .st-key-map-bar h1 { font-size: 1.5rem; padding: 0 0 0.4rem }
.stApp :has(> .st-key-map-stage), .stApp .st-key-map-stage { flex: none !important; height: calc(100vh - 11rem) !important;
  min-height: 22rem }
.stApp .st-key-map-stage { position: relative; overflow: visible }
.stApp :has(> .st-key-map-reading), .stApp .st-key-map-reading { position: absolute; z-index: 1 }
.stApp :has(> .st-key-map-first) { position: absolute; inset: 8px 0 0; height: auto; pointer-events: none }
.stApp .st-key-map-first, .stApp .st-key-map-first * { position: static; height: 100% !important; width: 100%; max-width: none }
.stApp .st-key-map-first [data-testid=stSkeleton] { visibility: hidden }
.stApp .first-points { object-fit: contain }
.stApp .st-key-map-stage:has(.js-plotly-plot .main-svg) .first-points { visibility: hidden }
.stApp .st-key-map .modebar { left: 2px !important; right: auto !important }
.stApp .st-key-drawer { position: absolute; top: 0; right: 0; width: 27rem; max-height: 100%; overflow-y: auto;
  background: Canvas; z-index: 2 }
"""  # of Explore, where the map takes the page
PARTS = (
    "BidiComponent",
    "Button",
    "ButtonGroup",
    "Checkbox",
    "FileUploader",
    "Html",
    "Metric",
    "NumberInput",
    "PageLink",
    "Progress",
    "Selectbox",
    "StreamlitMarkdown",
    "Text",
    "TextInput",
)
SCRIPTS = Path(streamlit.__file__).parent / "static" / "static" / "js"


def early() -> str:
    """Ask at once for what Streamlit fetches when the first such part is drawn, and has a grey bar for meanwhile."""
    found = [file.name for part in PARTS for file in SCRIPTS.glob(f"{part}.*.js")]
    links = "".join(f'<link rel="modulepreload" crossorigin href="./static/js/{name}">' for name in found)
    imports = "".join(f'import "./static/js/{name}";' for name in found)
    return f'{links}<script type="module">{imports}</script>'


HEAD = f"<script>{HISTORY}</script><style>{STYLE}{MAP_PAGE}{menu.STYLE}</style>{early()}".encode()
UNWANTED = {  # what a browser asks besides: its copy of an older version, and letters that we could not read
    b"if-none-match",
    b"if-modified-since",
    b"accept-encoding",
}


class Frame:
    """Around Streamlit: its page gets our lines in its head."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, and of what a browser opens as a page the whole body at once."""
        if scope["type"] != "http" or scope["method"] != "GET" or "text/html" not in Headers(scope=scope).get("accept", ""):
            await self.app(scope, receive, send)
            return
        scope["headers"] = [pair for pair in scope["headers"] if pair[0] not in UNWANTED]
        await self.app(scope, receive, Whole(send, first_points().encode() if newcomer(scope) else b""))


class Whole:
    """Holds a page's answer back until its body is whole, and puts our lines before the end of its head, `seen` into its body."""

    def __init__(self, send: Send, seen: bytes) -> None:
        self.send, self.seen = send, seen
        self.start: Message | None = None
        self.body = bytearray()

    async def __call__(self, message: Message) -> None:
        """Take what the application sends."""
        if message["type"] == "http.response.start" and is_page(message):
            self.start = message
        elif self.start is None or message["type"] != "http.response.body":
            await self.send(message)
        else:
            self.body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                whole = bytes(self.body).replace(b"</head>", HEAD + b"</head>", 1)
                await self.answer(self.start, whole.replace(b"<body>", b"<body>" + self.seen, 1))

    async def answer(self, start: Message, whole: bytes) -> None:
        """Send it on; what it is recognised by when it is asked for again is no longer true."""
        headers = MutableHeaders(raw=start["headers"])
        headers["content-length"] = str(len(whole))
        del headers["etag"], headers["last-modified"]
        await self.send(start)
        await self.send({"type": "http.response.body", "body": whole})


def is_page(start: Message) -> bool:
    """Whether this answer is a page whose letters can be read as they are."""
    headers = Headers(raw=start["headers"])
    return headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers
