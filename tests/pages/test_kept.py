"""Fields that keep what was typed: each kind, over another page, over a reload, and against odd addresses."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.pages.conftest import drawn

FORM = """
import streamlit as st
from pages.shared import kept

def form():
    text = kept.text(st, "Title", "title", "Round 1")
    number = kept.number(st, "Pairs", "pairs", (1, 9), 5)
    price = kept.number(st, "Price", "price", (0.0, None), 0.4)
    flag = kept.flag(st, "Sealed", "sealed", True)
    choice = kept.choice(st.segmented_control, "From", "from", ["a run", "a file"], required=True)
    st.session_state["shown"] = [text, number, price, flag, choice]

def other():
    st.title("Another page")

st.navigation([st.Page(form, default=True), st.Page(other)], position="hidden").run()
"""
BEGUN, CHANGED = ["Round 1", 5, 0.4, True, "a run"], ["Round 2", 7, 1.5, False, "a file"]
WORDS = {"title": "Round 2", "pairs": "7", "price": "1.5", "sealed": "false", "from": "a file"}


def opened(**words):
    at = AppTest.from_string(FORM, default_timeout=30)
    for word, said in words.items():
        at.query_params[word] = said
    return drawn(at.run())


def typed(at, values):
    text, number, price, flag, choice = values
    at.text_input[0].set_value(text)
    at.number_input[0].set_value(number)
    at.number_input[1].set_value(price)
    at.toggle[0].set_value(flag)
    at.segmented_control[0].set_value(choice)
    return drawn(at.run())


def test_the_address_says_what_was_changed_and_nothing_else():
    at = opened()
    assert (at.session_state["shown"], dict(at.query_params)) == (BEGUN, {})
    at = typed(at, CHANGED)
    assert (at.session_state["shown"], dict(at.query_params)) == (CHANGED, WORDS)
    at = typed(at, BEGUN)
    assert (at.session_state["shown"], dict(at.query_params)) == (BEGUN, {})


def test_a_reload_finds_it_and_goes_on_from_there():
    at = opened(**WORDS)
    assert (at.session_state["shown"], dict(at.query_params)) == (CHANGED, WORDS)
    assert typed(at, BEGUN).session_state["shown"] == BEGUN


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("said", ["", " ", "0", "-1", "nan", "inf", "1e999", "x" * 5000, "\u0663", "True", "[]"])
def test_what_an_address_says_besides_is_as_if_it_said_nothing(word, said):
    shown = opened(**{word: said}).session_state["shown"]
    place = list(WORDS).index(word)
    assert [one for at, one in enumerate(shown) if at != place] == [one for at, one in enumerate(BEGUN) if at != place]
    if word != "title":
        assert shown[place] in (BEGUN[place], 0.0, 3)


def test_no_address_says_where_a_secret_is_sent():
    for name in ("ask.py", "__init__.py"):
        code = (Path(__file__).parents[2] / "pages" / "parts" / "judge" / name).read_text(encoding="utf-8")
        assert "kept.text" not in code
        assert "asked(" not in code.replace("def asked(", "")
