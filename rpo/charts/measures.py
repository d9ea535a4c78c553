"""Numbers that can colour a prompt map: length, density, faithfulness of the picture, and what a run learned of each prompt.

Not drawn here and not kept: pages cache them. One number for each of N prompts, NaN where there is none.
"""

from collections.abc import Sequence

import numpy as np

from rpo.charts.colours import Measure
from rpo.preferences import Kind, PreferenceSet
from rpo.prompts import Health, density
from rpo.training import Run


def length(texts: Sequence[str]) -> Measure:
    """Words of what the encoder reads."""
    return Measure("words", np.array([len(text.split()) for text in texts], dtype=float))


def crowding(distances: np.ndarray) -> Measure:
    """Mean cosine to the nearest prompts, from a graph's distances (N, K)."""
    return Measure(f"mean cosine to the {distances.shape[1] - 1} nearest", density(distances))


def faithfulness(found: Health) -> Measure:
    """The share of a prompt's true neighbours that are its neighbours on the picture too."""
    return Measure("true neighbours kept", found.kept)


def nothing(count: int) -> Measure:
    """No value for any of so many prompts."""
    return Measure("", np.full(count, np.nan))


def margins(run: Run, split: str, data: PreferenceSet) -> Measure:
    """β (c − r) in nats, the mean over a prompt's pairs; of judged answers β times the log-ratio, turned round if disliked."""
    rows = data.unpaired().rows if run.spec.objective.kind is Kind.UNPAIRED else data.rows
    signs = {name: 1 if liked else -1 for name, liked in zip(rows["id"], rows["liked"], strict=True)} if _judged(rows) else {}
    known = run.logratios(split)
    sums, counts = dict.fromkeys(data.prompts, 0.0), dict.fromkeys(data.prompts, 0)
    for name, prompt in zip(rows["id"], rows["prompt"], strict=True):
        if name in known:
            first, *second = known[name]
            sums[prompt] += run.spec.beta * (first - second[0] if second else signs[name] * first)
            counts[prompt] += 1
    values = [sums[prompt] / counts[prompt] if counts[prompt] else np.nan for prompt in data.prompts]
    return Measure("margin, nats", np.array(values))


def losses(run: Run, split: str, data: PreferenceSet) -> Measure:
    """DPO's loss −log σ(margin) of these margins, whatever the run itself minimised."""
    found = margins(run, split, data).values
    with np.errstate(invalid="ignore"):  # NaN stays NaN
        return Measure("loss −log σ(margin)", np.logaddexp(0, -found))


def _judged(rows: object) -> bool:
    return "liked" in getattr(rows, "column_names", ())
