"""What the health figures of an embedding mean for RPO, in plain sentences with what to do.

Not a measurement: `health` measures. Each threshold stands here with its reason; all are about the weights softmax(cos / tau).
"""

import math
from dataclasses import dataclass
from enum import StrEnum

from rpo.embeddings.health.figures import Health
from rpo.glossary import quantity

SPOKEN_TAU = 0.5  # the paper's tau for pairs, at which weights are spoken of
HIGH_FLOOR = 0.6  # unrelated pairs from here on: at TAU even a perfect twin weighs at most exp(0.4 / 0.5) = 2.2 times a stranger
RAISED = 0.4  # a floor from here on narrows what tau can tell apart, as of many retrieval encoders
SMALL_GAP = 0.15  # nearest less unrelated: below it a nearest prompt weighs at most 1.35 times a stranger at TAU
NO_GAP = 0.05  # a gap below it is within what two wordings of one question differ by: no tau makes related prompts of it
CLEARLY_NEARER = 3.0  # how many times the weight of an unrelated prompt a near one clearly needs
MANY_HUBS = 3.0  # skewness of how often prompts are listed; independent of direction it stays near 1 (Radovanovic et al. 2010)
ONE_AXIS = 0.3  # share of all variance in one direction: prompts then differ mostly by one thing
TWINS = 0.1  # share of prompts with a duplicate: a batch then holds the same prompt twice
CUT = 0.1  # share of prompts of which the encoder reads the beginning alone
FEW_KEPT = 0.3  # share of true neighbours kept: below it the picture must not be read for neighbourhoods


class Grade(StrEnum):
    """How far the encoder can be trusted with contrasts."""

    GOOD = "good"
    FAIR = "fair"
    POOR = "poor"


@dataclass(frozen=True)
class Finding:
    """One sentence on the whole, and further ones on what else to mind."""

    grade: Grade
    sentence: str
    notes: tuple[str, ...]


def judge(found: Health) -> Finding:
    """The verdict on these figures; the worst rule that holds gives the grade."""
    floor, gap = found.floor, found.nearest - found.floor
    seen = (
        f"unrelated prompts sit at cosine {floor:.2f}, the nearest one at {found.nearest:.2f}, so that at τ {SPOKEN_TAU:g} "
        f"the nearest weighs {found.lift(SPOKEN_TAU):.1f} × an unrelated one"
    )
    if found.count < 3:
        return Finding(Grade.FAIR, f"Too few prompts to judge: {found.count}. Add data.", ())
    if gap < SMALL_GAP and floor < RAISED:
        grade, said = Grade.POOR, f"No prompt has related prompts: {seen}. Use another encoder, or take RPO with uniform weights."
    elif floor >= HIGH_FLOOR or gap < SMALL_GAP:
        grade, said = Grade.POOR, f"Nearly all prompts look alike to it: {seen}. Use another encoder{_or_tau(gap)}."
    elif floor >= RAISED:
        grade, said = Grade.FAIR, f"Usable with care: {seen}. Compare another encoder{_or_tau(gap)}."
    else:
        grade, said = Grade.GOOD, f"Good for contrasts: {seen}."
    return Finding(grade, said, tuple(_notes(found)))


def findings(found: Health) -> dict[str, tuple[str, str]]:
    """Each figure as a person reads it: title -> (value, what it means)."""
    twins, many = found.duplicates + found.near_duplicates, f"Of {quantity(found.count, 'prompt')}"
    near = f"{found.duplicates:,} with the vector of another, {found.near_duplicates:,} more at a cosine from {found.near:.2f} on"
    return {
        "Unrelated": (f"{found.floor:.2f}", "Mean cosine of 10,000 random pairs: the floor from which likeness counts"),
        "Nearest": (f"{found.nearest:.2f}", "Median cosine of a prompt to its nearest"),
        f"Lift at τ {SPOKEN_TAU:g}": (
            f"{found.lift(SPOKEN_TAU):.1f} ×",
            "What the nearest prompt weighs against an unrelated one",
        ),
        "One axis": (f"{found.first_share:.0%}", "Share of all differences along the first principal component"),
        "Hubness": (
            f"{found.skew:.1f}",
            f"Skewness of how often prompts are nearest; above {MANY_HUBS:g} a few are everywhere",
        ),
        "Duplicates": (f"{twins:,}", f"{many}, {near}"),
        "Cut": (
            "?" if found.cut is None else f"{found.cut:,}",
            f"{many}, those longer than the encoder reads",
        ),
        "Picture keeps": (f"{found.kept.mean():.0%}", "Share of the true neighbours that are neighbours on the picture too"),
    }


def _or_tau(gap: float) -> str:
    if gap < NO_GAP:
        return "; no τ can tell them apart"
    return f", or a τ of at most {gap / math.log(CLEARLY_NEARER):.2g}, at which the nearest weighs {CLEARLY_NEARER:g} ×"


def _notes(found: Health) -> list[str]:
    of, rules = f"of {quantity(found.count, 'prompt')}", []
    twins, cut, kept = found.duplicates + found.near_duplicates, found.cut or 0, float(found.kept.mean())
    if found.skew > MANY_HUBS:
        rules.append(
            f"Hubs: one prompt is among the nearest of {quantity(found.hubs[0][1], 'other')}; it will pull weight from many "
            "rows. Read it, and leave it out if it says nothing."
        )
    if found.first_share > ONE_AXIS:
        rules.append(
            f"One direction holds {found.first_share:.0%} of all differences: colour by length and by slice to see what it is."
        )
    if twins > TWINS * found.count:
        have = quantity(twins, f"{of} has", f"{of} have")
        rules.append(f"{have} a duplicate: the two take each other's weight. Remove doubles.")
    if cut > CUT * found.count:
        are = quantity(cut, f"{of} is", f"{of} are")
        rules.append(f"{are} cut by the encoder. Let it read the last turn, or take a longer-sighted one.")
    if kept < FEW_KEPT:
        rules.append(f"The picture keeps {kept:.0%} of the true neighbours: trust the list of nearest prompts, not the picture.")
    return rules
