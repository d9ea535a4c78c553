"""The way to Train with a draft: fields of a run that another page brings, under a name, with words that say more."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.shared.session import session


def to_train(fields: Mapping[str, Any], name: str, words: str = "") -> None:
    """Open Train on this draft; what was typed there over an earlier starting point does not change it."""
    begin_from(fields, name, words)
    st.switch_page("train.py")


def begin_from(fields: Mapping[str, Any], name: str, words: str = "") -> None:
    """Let Train start from these fields."""
    session.draft, session.draft_name, session.draft_words = fields, name, words
    del session.fitted
    session.form_turn += 1
