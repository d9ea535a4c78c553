"""What is drawn of tokens shows every blank, is never taken for text, and can neither run in a browser nor steer a terminal."""

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpo.charts.reading import BEGIN, BETWEEN, END_MARK, VISIBLE_MARKS, WHITE, printable, reading_html, reading_lines
from rpo.charts.report import report_lines
from rpo.tokens import DataReport, Part, TokenPiece, report
from tests.security.hostile import ATTACKS
from tests.tokens.test_report import pairs

STEER = "\x1b[31mred\x1b[0m \u202eturned\u2066 \x07\x9b1m"


def part(*texts, **more):
    found = tuple(TokenPiece(text, control=text.startswith("<|")) for text in texts)
    return Part("chosen", found, len(found), **more)


def seen(drawn):
    """The letters of what a browser shows of HTML, its marks left out."""
    return html.unescape(
        re.sub(r"<[^>]*>", "", re.sub(r"<i>.*?</i>", "", re.sub(r"<(header|style).*?</\1>", "", drawn, flags=re.DOTALL)))
    )


@given(st.lists(st.text() | st.sampled_from([*ATTACKS, *VISIBLE_MARKS, STEER])))
def test_every_letter_is_there_and_none_is_a_tag(texts):
    drawn = reading_html((part(*texts),))
    wanted = "".join(letter for letter in "".join(texts) if letter.isprintable() and letter != " ")
    assert seen(drawn) == wanted
    tags = set(re.findall(r"<(/?\w+)", re.sub(r"<style.*?</style>", "", drawn, flags=re.DOTALL)))
    assert tags <= {one for name in ("div", "header", "span", "i", "br", "wbr") for one in (name, f"/{name}")}


@given(st.lists(st.text() | st.sampled_from([*ATTACKS, *VISIBLE_MARKS, STEER, "a b\n", "\\"])))
def test_in_a_terminal_no_letter_is_taken_for_a_mark(texts):
    head, *lines = reading_lines(part(*texts)).split("\n")
    marked = "\n".join(line[2:] for line in lines)
    assert all(letter.isprintable() for line in (head, *lines) for letter in line)
    assert marked.count("·") == "".join(texts).count(" ")
    assert marked.count("↵") == "".join(texts).count("\n")
    breaks = sum(text.endswith("\n") for text in texts[:-1])
    assert marked.count(BETWEEN) == max(0, len(texts) - 1) - breaks


@pytest.mark.parametrize(
    ("texts", "more", "lines"),
    [
        (["<|im_start|>", "user", "\n", "How", " are"], {}, ["⟦<|im_start|>⟧│user│↵", "How│·are"]),
        (["a", "<|im_end|>"], {"end": "<|im_end|>"}, ["a│⟦<|im_end|>⟧"]),
        (["·", "⟦x⟧", "│", "\t", "\u200b"], {}, ["\\u00b7│\\u27e6x\\u27e7│\\u2502│→│\\u200b"]),
        (["<|bos|>", "end"], {"cut": 1234, "cut_after": 1}, ["⟦<|bos|>⟧│[1,234 tokens are cut here]│end"]),
        (["begin"], {"cut": 7, "cut_after": 1}, ["begin│[7 tokens are cut here]"]),
    ],
)
def test_lines_for_a_terminal(texts, more, lines):
    head, *drawn = reading_lines(part(*texts, **more)).split("\n")
    assert drawn == [f"  {line}" for line in lines]
    assert ("ends with" in head) == ("end" in more)


def test_a_cut_and_a_control_token_can_be_seen_on_a_page():
    drawn = reading_html((part("<|bos|>", "a b", cut=5, cut_after=1),))
    assert (
        '<span class="control">&lt;|bos|&gt;</span><wbr><mark>5 tokens are cut here</mark><wbr><span>a<i>·</i>b</span>' in drawn
    )


def test_marks_are_single_letters_that_a_terminal_prints():
    assert {*WHITE.values(), BEGIN, END_MARK, BETWEEN} == VISIBLE_MARKS
    assert all(len(mark) == 1 and mark.isprintable() for mark in VISIBLE_MARKS)


def test_a_report_cannot_steer_a_terminal(rpo_home):
    said = report_lines(report(pairs(f"{STEER}\n\tHi", **{STEER: STEER, "chosen": f"yes {STEER}"})))
    assert all(letter.isprintable() or letter in "\n\t" for letter in said)
    assert "\\u001b[31mred" in said
    assert printable("a\nb\tc") == "a\nb\tc"


def test_a_report_says_all_that_it_has(rpo_home):
    found = report(pairs("one?", "two?", note="a note of several words"), texts=("note",))
    said = report_lines(found)
    assert isinstance(found, DataReport)
    for words in (found.form, found.counts, "note", found.lacking, "one?", "Row 1 of 2"):
        assert words in said
