"""Texts that people or files bring, as words in Streamlit's markdown: they are read, never rendered.

Streamlit takes labels, captions, messages, progress texts, tooltips and metrics for markdown, and an image in it is fetched by
the visitor's browser. Not needed where Streamlit shows letters as they are: `st.text`, `st.code`, the cells of `st.dataframe`,
and the options of `st.selectbox` and `st.multiselect`. Pictures by Plotly have a helper of their own, `rpo.charts.letters`.
"""

import re
from collections.abc import Callable

import streamlit as st

JOINER = "\u2060"  # word joiner: no width, and no line breaks at it

SPECIAL = re.compile(r"[\\`*\[\]<&$~|]|(?<![^\W_])_|_(?![^\W_])|:(?! )|^[#>+-]|^\d{1,9}[.)](?=\s|$)")
LATE = re.compile(
    r"(?<=http):(?=//)|(?<=https):(?=//)"  # http://…
    r"|(?<=www)(?=\.|$)|@(?=[\w-])"  # www.…, somebody@…
    r"|:(?=[\w+-]+(?::|$)|material/)"  # :smile:, :material/home:
    r"|(?<![^\s\ufeff])[<>~-](?=[>=-](?:[>\s\ufeff]|$))",  # ->, <-, <->, --, >=, <=, ~=
    re.IGNORECASE,
)
SPACE = re.compile(r"[\t\n\r]|^ +| +$")


def plain(text: str) -> str:
    """Markdown that Streamlit shows as exactly these letters; line breaks and tabs become spaces, as in any HTML.

    Specials get a backslash, line breaks and outer spaces become character references. That is not enough for what Streamlit's
    browser part looks for after backslashes are gone: addresses of pages and people, emoji and icon names, typed arrows. A word
    joiner (U+2060), which has no width, takes these apart; whoever copies such an address from the page copies the joiner too.
    """
    parted = LATE.sub(lambda found: found[0] + JOINER, text)
    escaped = SPECIAL.sub(lambda found: f"{found[0][:-1]}\\{found[0][-1]}", parted)
    return SPACE.sub(lambda found: "".join(f"&#{ord(letter)};" for letter in found[0]), escaped)


def trouble(error: Exception | str, show: Callable[[str], object] = st.error) -> None:
    """Show what is wrong in words, whose value may be anybody's: by `st.error`, or another way of the same kind."""
    show(plain(str(error)))
