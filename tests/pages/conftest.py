"""The script that `app.py` serves, without a server and a browser: who is here is what the server would have found."""

import html
import re
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.shared.plain import JOINER
from rpo.voting.access import LOCAL, SEAL


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
    """`visit("vote", rater="Ann")`: that page drawn with these query parameters; no page may show a traceback."""
    st.cache_data.clear()

    def go(name, **parameters):
        at = AppTest.from_file(str(APP), default_timeout=60).run()
        for key, value in parameters.items():
            at.query_params[key] = value
        return drawn(at.switch_page(f"{name}.py").run())

    return go


def drawn(at):
    assert [problem.value for problem in at.exception] == []
    return at


def words(elements):
    """What elements say, as a reader sees it: without the backslashes and joiners that keep texts from being rendered."""
    said = " | ".join(str(element.value) for element in elements).replace(JOINER, "")
    return html.unescape(re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", said))


def button(at, label):
    return next(one for one in at.button if one.label.startswith(label))
