"""The script that `app.py` serves, without a server and a browser: who is here is what the server would have found."""

import html
import json
import re
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.proto.WidgetStates_pb2 import WidgetState
from streamlit.testing.v1 import AppTest

from pages.shared.plain import JOINER
from rpo.voting.access import LOCAL, SEAL

# each AppTest looks through all installed packages for components of others, as a server does once when it starts
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(autouse=True)
def own_main(monkeypatch):
    """AppTest leaves the page as `__main__`, which a process that a later test spawns would run again."""
    monkeypatch.setitem(sys.modules, "__main__", sys.modules["__main__"])


@pytest.fixture(autouse=True)
def browser(monkeypatch):
    """What a server knows of this visitor: alone on the machine, without a cookie, until a test says otherwise."""
    known = SimpleNamespace(headers=[(LOCAL, SEAL)], cookies={})
    monkeypatch.setattr("streamlit.runtime.context._get_client_context", lambda: known)
    return known


APP = Path(__file__).parent.parent.parent / "pages" / "front.py"


@pytest.fixture
def visit(rpo_home):
    """`visit("vote", rater="Ann")`: that address opened first, with these query parameters; no page may show a traceback."""
    st.cache_data.clear()

    def go(name, **parameters):
        at = AppTest.from_file(str(APP), default_timeout=60).switch_page(f"{name}.py")
        for key, value in parameters.items():
            at.query_params[key] = value
        return drawn(at.run())

    return go


def drawn(at):
    assert [problem.value for problem in at.exception] == []
    return at


def words(elements):
    """What elements say, as a reader sees it: without the backslashes and joiners that keep texts from being rendered."""
    said = " | ".join(str(element.value) for element in elements).replace(JOINER, "")
    return html.unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", said))


@dataclass(frozen=True)
class Named:
    """Whether something was named, and what was said instead where a test fails."""

    found: bool
    said: tuple[str, ...]

    def __bool__(self):
        return self.found


def named(elements, *terms):
    """Whether one of these elements names all of these terms, each as a word or a figure of its own; its sentence is free."""
    parts = [re.compile(rf"(?<!\w){re.escape(str(term))}(?!\w|[.,]\d)", re.IGNORECASE) for term in terms]
    said = tuple(words([one]) for one in elements)
    return Named(any(all(part.search(one) for part in parts) for one in said), said)


def button(at, label):
    return next(one for one in at.button if one.label.startswith(label))


def paper(at):
    """What the voting component was sent."""
    (one,) = at.get("bidi_component")
    return json.loads(one.proto.json)


PRESSES = {  # a button's words to what the component says when it is pressed
    "Left is better": {"act": "vote", "choice": "left"},
    "Right is better": {"act": "vote", "choice": "right"},
    "Tie": {"act": "vote", "choice": "tie"},
    "Both bad": {"act": "vote", "choice": "tie", "bothBad": True},
    "Skip": {"act": "skip"},
    "Undo": {"act": "undo"},
}


def said(sent, label, **more):
    """The component's message for this button, of the pair that it was sent."""
    about = {name: sent[name] for name in ("showing", "revision", "last_event")}
    return {**about, "bothBad": False, "tags": [], "reason": "", **PRESSES[label], **more}


def press(at, *messages):
    """Let the voting component say these messages, labels of its buttons or whole ones, all before the script runs again."""
    (one,) = at.get("bidi_component")
    whole = [said(paper(at), message) if isinstance(message, str) else message for message in messages]
    events = json.dumps([{"event": "said", "value": message} for message in whole])
    state = WidgetState(id=f"$$STREAMLIT_INTERNAL_KEY_{one.proto.id}__events", json_trigger_value=events)
    tree, real = at._tree, at._tree.get_widget_states

    def states():
        found = real()
        found.widgets.append(state)
        return found

    tree.get_widget_states = states
    return at.run()
