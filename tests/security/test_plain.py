"""Texts that people and files bring are read on every page and rendered on none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pages.shared.plain import JOINER, plain
from tests.security.hostile import ATTACKS

OTHERS = (
    *(
        "**bold**",
        "_it_",
        "~~gone~~",
        "~gone~",
        "`code`",
        "``` code",
        "# title",
        "- item",
        "+ item",
        "* item",
        "1. one",
        "1) one",
    ),
    *("> quote", "---", "***", "___", "===", "    indented", "\tindented", "| a | b |", "a\nb", "a\r\n\r\n# b", "\n- a\n- b"),
    *("&lt;b&gt; &#35; &copy;", "\\", "\\\\*", "a  \nb", "[a][b]\n\n[b]: x", "[^1]", "$x$", "$$x$$", "<b>", "<!-- x -->"),
    *(
        "<http://leak.test>",
        "HTTPS://leak.test",
        "x.www.leak.test",
        "see:http://leak.test",
        "mailto:a@leak.test",
        ":::red",
        "::x",
    ),
    *(":+1:", ":-1:", ":material_home:", ":small[x]", ":color[x]{foreground=red}", ":smile", "www", "http:", "a ->", "-> b"),
    *(
        "a -- b",
        "<->",
        "x <- y",
        "a >= b",
        "a <= b",
        "a ~= b",
        "- [ ] task",
        "\ufeff-> x",
        "\u00a0-- ",
        "12:30:45",
        "",
        " ",
        " x ",
    ),
)
HARMLESS = {"paragraph_open", "paragraph_close", "inline", "text", "text_special", "softbreak"}


COMMON_MARK = MarkdownIt("gfm-like", {"linkify": False})


def read(text):
    """What CommonMark with tables, strikethrough and plain addresses makes of it: the kinds of its tokens, and its letters."""
    tokens = COMMON_MARK.parse(text)
    parts = [token for one in tokens for token in (one.children or [one])]
    return {token.type for token in parts}, "".join(token.content for token in parts)


def shown(text):
    """The letters as a reader sees them: joiners have no width, and white space is one space."""
    return re.sub(r"[\t\r\n]", " ", text.replace(JOINER, ""))


@pytest.mark.weights
@pytest.mark.parametrize("text", [*ATTACKS, *OTHERS])
@pytest.mark.parametrize("around", ["{}", "**{}**", "*{}*: 3 of 5", "- {}", "“{}”", ":red[{}]", "left, both bad: {}"])
def test_a_text_is_only_letters(text, around):
    before, after = around.split("{}")
    kinds, letters = read(f"x {plain(text)} y")
    assert kinds <= HARMLESS
    assert shown(letters) == f"x {shown(text)} y"
    asked, _ = read(f"{before}word{after}")
    assert read(f"{before}{plain(text or 'word')}{after}")[0] <= asked | HARMLESS


@pytest.mark.parametrize("text", [*ATTACKS, *OTHERS])
def test_nothing_is_left_for_what_streamlit_finds_after_markdown(text):
    """The expressions of its browser part: addresses, people, emoji, icons, arrows, on texts whose backslashes are gone."""
    _, letters = read(plain(text))
    assert not re.search(r"(?i)(https?://|www(?=\.))([-.\w]+)", letters)
    assert not re.search(r"(?a)([-.\w+]+)@([-\w]+(?:\.[-\w]+)+)", letters)
    assert not re.search(r"(?a):\+1:|:-1:|:[\w-]+:|:material_(\w+):", letters)
    assert not re.search(r"(^|\s|\ufeff)(<->|->|<-|--|>=|<=|~=)(\s|\ufeff|$)", letters)
    assert ":material/" not in plain(text)


@given(st.lists(st.sampled_from([*"![]()<>*_`~#-+.:$&\\|@/= \n\t1aw", "www", "http", "://", *ATTACKS, *OTHERS])))
def test_nor_is_any_mixture_more_than_letters(parts):
    text = "".join(parts)
    kinds, letters = read(f"x{plain(text)}y")
    assert kinds <= HARMLESS
    assert shown(letters) == f"x{shown(text)}y"
