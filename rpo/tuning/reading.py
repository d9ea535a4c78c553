"""What a point of the plane means, in one sentence: the thresholds and words that Python and the browser share.

The browser gets `SENTENCE` and `LIMITS` and composes the sentence while the hand moves; a test holds both to the same words.
"""

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rpo.contrast import Shares

LIMITS = {"dpo": 0.98, "uniform": 0.95, "alone": 1.05}
"""Own share from which a row is nearly DPO; part of all others from which it is nearly uniform; others up to which it is one."""
SENTENCE = {
    "one": "One pair alone: nothing is contrasted, which is DPO.",
    "dpo": "{own} % to the own answer: nearly DPO, the others hardly count.",
    "paired": "{own} % to the own answer, the rest spread over {others} of {count} others: {kind}.",
    "unpaired": "Each row is spread over {others} of {count} answers: {kind}.",
    "uniform": "nearly uniform, likeness plays no part",
    "selective": "selective, likeness decides",
    "alone": "the nearest alone",
}


def sentence(own: float | None, others: float, count: int) -> str:
    """What `own` share (None for unpaired data) and effective `others`, of `count` that there are, amount to."""
    if count == 0:
        return SENTENCE["one"]
    words = {"own": f"{rounded(100 * (own or 0), 0):.0f}", "others": f"{rounded(others, 1):.1f}", "count": count}
    if own is not None and own >= LIMITS["dpo"]:
        return SENTENCE["dpo"].format(**words)
    kind = "uniform" if others >= LIMITS["uniform"] * count else "alone" if others <= LIMITS["alone"] else "selective"
    return SENTENCE["unpaired" if own is None else "paired"].format(**words, kind=SENTENCE[kind])


def in_figures(found: "Shares", count: int) -> str:
    """The two figures of a matrix with `count` others a row, as a caption says them."""
    if found.own is None:
        return f"{found.others:.2f} effective contrasts of {count}"
    others = f"{found.others:.2f} effective others of {count}" if count else "no others"
    return f"own share {found.own:.2f}, {others}"


def rounded(value: float, digits: int) -> float:
    """Half upwards, as the browser rounds."""
    return math.floor(value * 10**digits + 0.5) / 10**digits
