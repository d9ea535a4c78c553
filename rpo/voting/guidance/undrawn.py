"""Pairs of the same answers that a panel does not draw: what an organiser may let raters practise on."""

from collections.abc import Sequence

from rpo.storage import digest
from rpo.voting.guidance.practice import MOST_PRACTICE
from rpo.voting.panels import draw_pairs
from rpo.voting.types import Comparison


def undrawn(comparisons: Sequence[Comparison], count: int, seed: int, most: int = MOST_PRACTICE) -> list[dict[str, str]]:
    """Up to `most` pairs beside the `count` that a panel draws with this seed, as rows for `practice_from_rows`.

    Which answer is A follows from the texts and not from who wrote them, by a digest that mixes the sides.
    """
    distinct = list({one.id: one for one in comparisons}.values())
    drawn = {one.prompt for one in draw_pairs(distinct, count, seed)}
    beside = [one for one in distinct if one.prompt not in drawn and one.verdict is None]
    found = list[dict[str, str]]()
    for one in beside[:most]:
        texts = sorted((one.first.text, one.second.text))
        a, b = texts[:: 1 if int(digest(one.prompt, *texts), 16) % 2 else -1]
        found.append({"prompt": one.prompt, "A": a, "B": b, "better": "", "reason": ""})
    return found
