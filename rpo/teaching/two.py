"""Two real prompts with their answers: what the lesson begins with, and what the reader moves.

Prompt A and eight others of the embedded data, from far to near as all-MiniLM-L6-v2 sees them. The cosines are written down to
three digits so that the lesson needs no encoder; a test asks the vectors that come with the package.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Any

from rpo.preferences import EMBEDDED, load
from rpo.settings import from_text, misread

PROMPT_A = "How do I get a coffee stain out of a white shirt?"
OTHERS_OF_A = {
    "Is a 15 or a 30 year mortgage cheaper?": -0.153,
    "How do I make my phone battery last longer each day?": 0.079,
    "My dough has not risen after an hour. Is it ruined?": 0.164,
    "How do I take a cutting from a pothos?": 0.238,
    "How much ground coffee do I need for one mug?": 0.331,
    "How do I clean burnt food off a pan?": 0.402,
    "How do I get red wine out of a cotton tablecloth?": 0.532,
    "I spilled coffee on my shirt an hour ago. How do I remove the stain?": 0.865,
}
COSINES = tuple(OTHERS_OF_A.values())
FIRST_OTHER, FIRST_TAU = 2, 0.5
SIDES = tuple(Random(0).sample(range(2), 2))  # which of A's answers stands left and right: 0 the chosen, 1 the rejected one


@dataclass(frozen=True)
class Shown:
    """What the reader has on the screen: which other prompt, by its place from far to near, and the temperature."""

    other: int = FIRST_OTHER
    tau: float = FIRST_TAU

    @property
    def cosine(self) -> float:
        """The cosine of the two prompts."""
        return COSINES[self.other]

    @property
    def own(self) -> float:
        """W_AA, the weight of A's own rejected answer in its row; the rest, W_AB, is that of B's."""
        return 1 / (1 + math.exp((self.cosine - 1) / self.tau))

    @property
    def across(self) -> float:
        """W_AB."""
        return self.own * math.exp((self.cosine - 1) / self.tau)

    @property
    def address(self) -> dict[str, str]:
        """The words of an address that `shown_of` reads: what is not as when the lesson opens."""
        said = {"other": str(self.other), "at": f"{self.tau:g}"}
        usual = {"other": str(FIRST_OTHER), "at": f"{FIRST_TAU:g}"}
        return {word: value for word, value in said.items() if value != usual[word]}

    def at(self, other: int) -> "Shown":
        """The same temperature with another prompt."""
        return replace(self, other=other)


def shown_of(asked: Mapping[str, Any]) -> Shown:
    """What an address or the browser asks for; what is missing or nonsense is as when the lesson opens."""
    other, tau = str(asked.get("other")), from_text("tau", str(asked.get("at") or ""), FIRST_TAU)
    places = [str(place) for place in range(len(COSINES))]
    return Shown(places.index(other) if other in places else FIRST_OTHER, float(f"{tau:.3g}"))


def refused_shown(asked: Mapping[str, Any]) -> str:
    """Why the lesson does not open with the τ of an address, in words; "" where it does, or where none is asked for."""
    wrong = misread("tau", str(asked.get("at") or ""))
    return wrong and f"{wrong}; the lesson opens with {FIRST_TAU:g}"


@cache
def answers_of_two() -> dict[str, Any]:
    """A's prompt and answers in the order in which they are shown, and each other prompt with both answers and its cosine."""
    rows = {row["prompt"]: row for row in load(EMBEDDED).train.to_list() if row["prompt"] in {PROMPT_A, *OTHERS_OF_A}}
    both = rows[PROMPT_A]["chosen"], rows[PROMPT_A]["rejected"]
    others = [
        {"prompt": prompt, "chosen": rows[prompt]["chosen"], "rejected": rows[prompt]["rejected"], "cosine": cosine}
        for prompt, cosine in OTHERS_OF_A.items()
    ]
    return {"prompt": PROMPT_A, "answers": [both[side] for side in SIDES], "authors": SIDES.index(0), "others": others}


def rows_of_two(shown: Shown) -> tuple[int, int]:
    """The row numbers of both prompts in the embedded data."""
    prompts = list(load(EMBEDDED).prompts)
    return prompts.index(PROMPT_A), prompts.index(list(OTHERS_OF_A)[shown.other])
