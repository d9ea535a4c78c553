"""A visitor as raw as an attacker: Streamlit's own messages over a websocket, and HTTP with any header."""

import http.client
import json
import socket
import time
from hashlib import md5
from types import SimpleNamespace
from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.sync.client import connect


def ask(port, path="/", method="GET", body=None, cookies=None, **headers):
    """One HTTP request: `.status`, `.headers`, `.text`, and `.cookies` that it sets."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=90)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if cookies:
        named["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
    if isinstance(body, dict):
        body, named = urlencode(body), {"Content-Type": "application/x-www-form-urlencoded", **named}
    line.request(method, path, body, {"Host": f"localhost:{port}", **named})
    answer = line.getresponse()
    text = answer.read().decode("utf-8", "replace")
    line.close()
    kept = dict(value.split(";")[0].split("=", 1) for name, value in answer.getheaders() if name.lower() == "set-cookie")
    return SimpleNamespace(status=answer.status, headers=answer.headers, text=text, cookies=kept)


def script_hash(url_path):
    """What Streamlit calls the page of this address."""
    return md5(url_path.encode(), usedforsecurity=False).hexdigest()


class RefusedError(Exception):
    """The server took no connection."""


class Tab:
    """A connection to the app; a context manager."""

    def __init__(self, port, cookies=None, host=None, origin="", **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if cookies:
            named["Cookie"] = "; ".join(f"{name}={value}" for name, value in cookies.items())
        host = host or f"localhost:{port}"
        origin = f"http://{host}" if origin == "" else origin
        line = socket.create_connection(("127.0.0.1", port), timeout=90)
        try:
            self.line = connect(
                f"ws://{host}/_stcore/stream",
                sock=line,
                origin=origin,
                additional_headers=named,
                subprotocols=["streamlit"],
                max_size=None,
                open_timeout=90,
            )
        except (InvalidStatus, InvalidHandshake, ConnectionClosed, EOFError, OSError) as error:
            line.close()
            raise RefusedError(str(error)) from error

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.line.close()

    def send(self, query="", page="", name="", widgets=(), fragment=""):
        """Have the script run, as a page of this hash or name, with these widget states."""
        message = BackMsg()
        state = message.rerun_script
        state.query_string, state.page_script_hash, state.page_name, state.fragment_id = query, page, name, fragment
        state.widget_states.widgets.extend(widgets)
        self.line.send(message.SerializeToString())

    def read(self, patience=30.0):
        """The messages up to the end of the run, as bytes each."""
        found, until = [], time.monotonic() + patience
        while time.monotonic() < until:
            try:
                data = self.line.recv(timeout=max(0.1, until - time.monotonic()))
            except (TimeoutError, ConnectionClosed):
                break
            found.append(data)
            message = ForwardMsg.FromString(data)
            if message.WhichOneof("type") == "script_finished":
                break
        return found

    def run(self, **asked):
        """Send, and read all that comes of it as one text."""
        self.send(**asked)
        return b"".join(self.read()).decode("utf-8", "replace")


def forged(*names):
    """Widget states under names that no widget has."""
    return [WidgetState(id=name, string_value="x") for name in names] + [WidgetState(id=name, bool_value=True) for name in names]


def component(messages):
    """The component of a run, None where there is none: its id, and what it was sent."""
    for data in reversed(messages):
        message = ForwardMsg.FromString(data)
        if message.WhichOneof("type") == "delta" and message.delta.new_element.WhichOneof("type") == "bidi_component":
            found = message.delta.new_element.bidi_component
            return SimpleNamespace(id=found.id, sent=json.loads(found.json))
    return None


def pressed(component, **said):
    """The states by which a component says this."""
    events, name = json.dumps([{"event": "said", "value": said}]), f"$$STREAMLIT_INTERNAL_KEY_{component.id}__events"
    return [WidgetState(id=component.id, json_value="{}"), WidgetState(id=name, json_trigger_value=events)]
