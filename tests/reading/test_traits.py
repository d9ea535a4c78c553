"""What is looked for in answers, and that an expression of one's own is refused in words and bounded in time."""

import time

import pytest

from rpo.errors import RpoError
from rpo.reading import TRAITS, expression
from rpo.reading.traits import LONGEST_EXPRESSION, opening, openings
from tests.reading.worlds import pair

BY_NAME = {trait.name: trait for trait in TRAITS}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("words", "one two\n three", 3),
        ("words", "", 0),
        ("list items", "- a\n* b\n1. c\ntext", 3),
        ("headings", "# a\n\n## b\n#c", 2),
        ("bold", "**a** and __b__ and * c *", 2),
        ("seems to refuse", "I’m sorry, but I cannot help with that.", 1),
        ("seems to refuse", "As an AI, I have no taste.", 1),
        ("seems to refuse", "Sorry to hear that! Use salt.", 0),
        ("seems to refuse", "Salt. " * 60 + "I cannot say more.", 0),  # not where it begins
        ("ends with a question", "Use salt. Which cloth is it?", 1),
        ("ends with a question", "**Which one?** \n", 1),
        ("ends with a question", "هل هو قطن؟", 1),
        ("ends with a question", "Which one? Use salt.", 0),
    ],
)
def test_a_trait_of_an_answer(name, text, value):
    assert BY_NAME[name].of(text) == value


def test_openings_are_the_most_frequent_first_words_of_all_answers():
    pairs = [pair(baseline="Sure, here it is", candidate="**Sure!** Here you go") for _ in range(3)] + [pair() for _ in range(2)]
    assert opening("**Sure!** Here you go") == "sure here"
    assert [trait.name for trait in openings(pairs)] == ["begins “sure here”"]  # the others begin fewer than four answers


def test_an_expression_of_ones_own_is_looked_for():
    found = expression(r"(?i)\bsalt\b")
    assert (found.of("Use Salt."), found.of("salty")) == (True, False)
    assert expression("^b").of("a\nb")


@pytest.mark.parametrize("pattern", ["[", "(", "*a", "a" * (LONGEST_EXPRESSION + 1), r"(?P<a>x)(?P<1>y)"])
def test_an_expression_that_is_none_is_refused(pattern):
    with pytest.raises(RpoError, match="expression"):
        expression(pattern)


@pytest.mark.weights
def test_an_expression_that_would_never_end_is_stopped():
    found, began = expression(r"(a|aa)+$", patience=0.5), time.monotonic()
    for _ in range(20):  # the limit is for all answers together
        with pytest.raises(RpoError, match=r"0\.5 s"):
            found.of("a" * 60 + "b")
    assert time.monotonic() - began < 8  # hours without a limit
