"""What every page says of the example, and the two rules that cast its votes: plain counts of words, the same at every call.

Neither rule knows which answer is good, and both lean to short ones. They are there so that Results has votes to show.
"""

import re
from collections.abc import Mapping

from rpo.voting.by_rule import Preferring

A_WORD = re.compile(r"\w+")

ABOUT_RUN = (
    "**Example**: a real run of the preset *First run*, trained on another machine. It comes without its adapter; start that "
    "preset on Train to get one, 4 to 7 minutes on 2 CPU cores."
)
ABOUT_VOTES = "**Example**: the votes that it came with were cast by two rules, not by people."
ABOUT_RULES = (
    "*Fewer words* prefers the answer with fewer words, *closer to the prompt* the one with the larger share of words from the "
    "prompt; where both are equal it is a tie."
)


def fewer_words(_prompt: str, first: str, second: str) -> int:
    """How many more words, by blanks, the second answer has than the first."""
    return len(second.split()) - len(first.split())


def closer_to_the_prompt(prompt: str, first: str, second: str) -> float:
    """By how much the prompt's words make up a larger share of the first answer's words than of the second's.

    Words are runs of letters and digits, each once, whatever its case.
    """
    wanted = _words(prompt)
    return _share(wanted, _words(first)) - _share(wanted, _words(second))


def _share(wanted: set[str], found: set[str]) -> float:
    return len(wanted & found) / len(found) if found else 0.0


def _words(text: str) -> set[str]:
    return set(A_WORD.findall(text.lower()))


RULES: Mapping[str, Preferring] = {
    "Rule: fewer words": fewer_words,
    "Rule: closer to the prompt": closer_to_the_prompt,
}
"""The raters of the example by name, and what each prefers."""
