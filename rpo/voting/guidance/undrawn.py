"""Pairs of the same answers that a panel does not draw: what an organiser may let raters practise on."""

from collections.abc import Sequence

from rpo.voting.guidance.practice import MOST_PRACTICE
from rpo.voting.panels import draw_pairs
from rpo.voting.types import Comparison


def undrawn(comparisons: Sequence[Comparison], count: int, seed: int, most: int = MOST_PRACTICE) -> list[dict[str, str]]:
    """Up to `most` pairs beside the `count` that a panel draws with this seed, as rows for `practice_from_rows`.

    The answer that sorts first is A, whoever wrote it, so that neither the organiser nor a rater sees which side is whose.
    """
    distinct = list({one.id: one for one in comparisons}.values())
    drawn = {one.prompt for one in draw_pairs(distinct, count, seed)}
    beside = [one for one in distinct if one.prompt not in drawn and one.verdict is None]
    found = list[dict[str, str]]()
    for one in beside[:most]:
        a, b = sorted((one.first.text, one.second.text))
        found.append({"prompt": one.prompt, "A": a, "B": b, "better": "", "reason": ""})
    return found
