"""Two answers beside each other: marked are the words that only one has, in HTML that stays as harmless as it was rendered."""

import re

import pytest

from rpo.components.rendering import as_html
from rpo.components.side_by_side.changes import changes_html, marked
from rpo.components.zoom import zoom_of
from rpo.courses import BeforeAfter, Written

TEXTS = [
    ("Close the window now.", "Close the door now.", ["window"], ["door"]),
    ("**Bold** and *fine* words", "**Bold** and *good* words", ["fine"], ["good"]),
    ("1. one\n2. two", "1. one\n2. three", ["two"], ["three"]),
    ("one two three four", "one two four", ["three"], []),
    ("one two", "one big new two", [], ["big new"]),
    ("a <b>x</b> & c", "a <i>x</i> & c", ["&lt;b&gt;x&lt;/b&gt;"], ["&lt;i&gt;x&lt;/i&gt;"]),
    ("same words here", "same words here", [], []),
    ("قال المعلم نعم", "قال المعلم لا", ["نعم"], ["لا"]),
    ("value $x^2$ holds here", "value $x^3$ holds now", ["here"], ["now"]),  # inside a formula nothing is marked
]


@pytest.mark.parametrize(("before", "after", "gone", "new"), TEXTS)
def test_the_words_that_differ_are_marked(before, after, gone, new):
    first, second, alike = marked(before, after)
    assert alike
    assert (re.findall("<del>(.*?)</del>", first), re.findall("<ins>(.*?)</ins>", second)) == (gone, new)


@pytest.mark.parametrize(("before", "after"), [row[:2] for row in TEXTS])
def test_without_its_marks_it_is_what_was_rendered(before, after):
    first, second, _ = marked(before, after)
    assert re.sub("</?del>", "", first) == as_html(before)
    assert re.sub("</?ins>", "", second) == as_html(after)


def test_where_hardly_a_word_is_shared_none_is_marked_and_that_is_said():
    shown = [BeforeAfter("Why?", Written("one two three four", 0), Written("five six seven eight", 6, cut=True))]
    html = changes_html(shown, ("", ""))
    assert "<del>" not in html
    assert "none is marked" in html
    assert "limit of tokens" in html
    assert "at step 6" in html


def test_what_is_not_written_yet_says_when_it_comes_and_prompts_are_letters():
    html = changes_html([BeforeAfter("<img src=x>", Written("so", 0), None)], ("first", "after step 6 & then"))
    assert "after step 6 &amp; then" in html
    assert "<img" not in html


VIEW = {"about": "a run", "ranges": {"xaxis": [1, 4.5], "yaxis2": [0, 1]}}


@pytest.mark.parametrize(
    ("view", "about", "found"),
    [
        (VIEW, "a run", {"xaxis": [1.0, 4.5], "yaxis2": [0.0, 1.0]}),
        (VIEW, "another", {}),
        (None, "a run", {}),
        ({**VIEW, "ranges": [1]}, "a run", {}),
        ({**VIEW, "ranges": {"xaxis": [1]}}, "a run", {}),
        ({**VIEW, "ranges": {"xaxis": ["1", None]}}, "a run", {}),
        ({**VIEW, "ranges": {"xaxis": [1, float("inf")]}}, "a run", {}),
        ({**VIEW, "ranges": {"title": [1, 2], "xaxis": [1, 2]}}, "a run", {"xaxis": [1.0, 2.0]}),
    ],
)
def test_a_zoom_is_of_this_chart_and_of_numbers(view, about, found):
    assert zoom_of(view, about) == found
