"""What can colour a prompt map: slice, topic, length, density, faithfulness of the picture, what a run learned of each prompt.

Not drawn here and not kept: pages cache them. A group or a number for each of N prompts, none or NaN where there is none.
"""

from collections.abc import Callable

import numpy as np

from rpo.charts.colours import Colours, Groups, Measure
from rpo.jobs import Status
from rpo.preferences import Kind, PreferenceSet
from rpo.prompts import Scene, density, faithfulness, name_topics
from rpo.training import Run, runs


def slices(scene: Scene) -> Groups:
    """What the data say that a prompt belongs to."""
    return Groups("slice", tuple(name or "(no slice)" for name in scene.data.slices))


def topics(scene: Scene) -> Groups:
    """Clusters of the vectors, named by their words."""
    return Groups("topic", name_topics(scene.drawn.vectors, scene.texts))


def length(scene: Scene) -> Measure:
    """Words of what the encoder reads."""
    return Measure("words", np.array([len(text.split()) for text in scene.texts], dtype=float))


def crowding(scene: Scene) -> Measure:
    """Mean cosine to the nearest prompts; nothing until they are found."""
    if scene.graph is None:
        return nothing(len(scene.drawn.prompts))
    distances = scene.graph[1]
    return Measure(f"mean cosine to the {distances.shape[1] - 1} nearest", density(distances))


def kept(scene: Scene) -> Measure:
    """The share of a prompt's true neighbours that are its neighbours on the picture too; nothing until they are found."""
    if scene.graph is None:
        return nothing(len(scene.drawn.prompts))
    return Measure("true neighbours kept", faithfulness(scene.graph, scene.drawn.points))


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


def of_runs() -> dict[tuple[str, str], str]:
    """The runs that have ended, each with either split of its rows: (name, split) -> what to call it."""
    done = [run for run in runs() if run.state.status in (Status.DONE, Status.STOPPED)]
    return {(run.name, split): f"{run.title}, {split} rows" for run in done for split in ("held-out", "train")}


def run_of(name: str) -> Run:
    """The run of that name."""
    return next(run for run in runs() if run.name == name)


OF_THE_MAP: dict[str, Callable[[Scene], Colours]] = {
    "slice": slices,
    "topic": topics,
    "length": length,
    "density": crowding,
    "kept neighbours": kept,
}
OF_THE_NEAREST = ("density", "kept neighbours")  # what is known only once they are found
OF_A_RUN: dict[str, Callable[[Run, str, PreferenceSet], Measure]] = {"margin of a run": margins, "loss of a run": losses}


def _judged(rows: object) -> bool:
    return "liked" in getattr(rows, "column_names", ())
