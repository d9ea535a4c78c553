"""What can colour a prompt map: slice, topic, length, density, faithfulness of the picture, scores, what a run learned.

Not drawn here and not kept: pages cache them. A group or a number for each of N prompts, none or NaN where there is none.
"""

from collections.abc import Callable

import numpy as np

from rpo.charts.colours import ColourMeasure, Colours, Groups
from rpo.embeddings import Scene, density, faithfulness
from rpo.jobs import Status
from rpo.preferences import SCORES, PreferenceSet
from rpo.runs import Run, all_runs, as_learned


def slices(scene: Scene) -> Groups:
    """What the data say that a prompt belongs to."""
    return Groups("slice", tuple(name or "(no slice)" for name in scene.data.slices))


def topics(scene: Scene) -> Groups:
    """Clusters of the vectors, named by their words; nobody has one until they are named."""
    return Groups("topic", scene.topics[0] if scene.topics else ("",) * len(scene.drawn.prompts))


def length(scene: Scene) -> ColourMeasure:
    """Words of what the encoder reads."""
    return ColourMeasure("words", np.array([len(text.split()) for text in scene.texts], dtype=float))


def crowding(scene: Scene) -> ColourMeasure:
    """Mean cosine to the nearest prompts; nothing until they are found."""
    if scene.graph is None:
        return nothing(len(scene.drawn.prompts))
    distances = scene.graph[1]
    return ColourMeasure(f"mean cosine to the {distances.shape[1] - 1} nearest", density(distances))


def runs_of_data(scene: Scene) -> ColourMeasure:
    """The share of a prompt's true neighbours that are its neighbours on the picture too; nothing until they are found."""
    if scene.graph is None:
        return nothing(len(scene.drawn.prompts))
    return ColourMeasure("true neighbours kept", faithfulness(scene.graph, scene.drawn.points))


def nothing(count: int) -> ColourMeasure:
    """No value for any of so many prompts."""
    return ColourMeasure("", np.full(count, np.nan))


def scores_of_chosen(data: PreferenceSet) -> ColourMeasure:
    """The mean score of a prompt's chosen answers."""
    return ColourMeasure(f"{data.score_name} of chosen", _mean(data, _column(data, "score_chosen")))


def scores_of_rejected(data: PreferenceSet) -> ColourMeasure:
    """The mean score of a prompt's rejected answers."""
    return ColourMeasure(f"{data.score_name} of rejected", _mean(data, _column(data, "score_rejected")))


def score_margins(data: PreferenceSet) -> ColourMeasure:
    """Score of chosen less score of rejected, the mean over a prompt's pairs that have both."""
    differences = _column(data, "score_chosen") - _column(data, "score_rejected")
    return ColourMeasure(f"{data.score_name} margin, chosen − rejected", _mean(data, differences))


def strengths(data: PreferenceSet) -> ColourMeasure:
    """The mean strength of a prompt's preferences."""
    return ColourMeasure(data.strength_name, _mean(data, _column(data, "strength")))


def score_colours(data: PreferenceSet) -> ColourMeasure:
    """The mean score of a prompt's judged answers."""
    return ColourMeasure(data.score_name, _mean(data, _column(data, "score")))


def of_the_answers(data: PreferenceSet) -> tuple[str, ...]:
    """Which of `OF_THE_ANSWERS` these data have values for."""
    columns = [name for name in SCORES if name in data.rows.column_names]
    there = {name for name in columns if data.rows.data.column(name).null_count < len(data.rows)}
    return tuple(kind for kind, (needed, _) in OF_THE_ANSWERS.items() if needed <= there)


def margins(run: Run, split: str, data: PreferenceSet) -> ColourMeasure:
    """β (c − r) in nats, the mean over a prompt's pairs; of judged answers β times the log-ratio, turned round if disliked."""
    rows = as_learned(data, run.spec).rows
    signs = {name: 1 if liked else -1 for name, liked in zip(rows["id"], rows["liked"], strict=True)} if _judged(rows) else {}
    known = run.logratios(split)
    sums, counts = dict.fromkeys(data.prompts, 0.0), dict.fromkeys(data.prompts, 0)
    for name, prompt in zip(rows["id"], rows["prompt"], strict=True):
        if name in known:
            first, *second = known[name]
            sums[prompt] += run.spec.beta * (first - second[0] if second else signs[name] * first)
            counts[prompt] += 1
    values = [sums[prompt] / counts[prompt] if counts[prompt] else np.nan for prompt in data.prompts]
    return ColourMeasure("margin, nats", np.array(values))


def losses(run: Run, split: str, data: PreferenceSet) -> ColourMeasure:
    """DPO's loss −log σ(margin) of these margins, whatever the run itself minimised."""
    found = margins(run, split, data).values
    with np.errstate(invalid="ignore"):  # NaN stays NaN
        return ColourMeasure("loss −log σ(margin)", np.logaddexp(0, -found))


def of_runs() -> dict[tuple[str, str], str]:
    """The runs that have ended, each with the splits of its rows that it knows: (name, split) -> what to call it."""
    done = [run for run in all_runs() if run.state.status in (Status.DONE, Status.STOPPED)]
    return {(run.name, split): f"{run.title}, {split} rows" for run in done for split in run.splits}


def run_of(name: str) -> Run:
    """The run of that name."""
    return next(run for run in all_runs() if run.name == name)


OF_THE_MAP: dict[str, Callable[[Scene], Colours]] = {
    "slice": slices,
    "topic": topics,
    "length": length,
    "density": crowding,
    "kept neighbours": runs_of_data,
}
OF_THE_NEAREST = ("density", "kept neighbours")  # what is known only once they are found
OF_THE_ANSWERS: dict[str, tuple[set[str], Callable[[PreferenceSet], ColourMeasure]]] = {  # with the columns that each needs
    "score of chosen": ({"score_chosen"}, scores_of_chosen),
    "score of rejected": ({"score_rejected"}, scores_of_rejected),
    "score margin": ({"score_chosen", "score_rejected"}, score_margins),
    "strength": ({"strength"}, strengths),
    "score": ({"score"}, score_colours),
}
OF_A_RUN: dict[str, Callable[[Run, str, PreferenceSet], ColourMeasure]] = {"margin of a run": margins, "loss of a run": losses}


def _judged(rows: object) -> bool:
    return "liked" in getattr(rows, "column_names", ())


def _column(data: PreferenceSet, name: str) -> np.ndarray:
    """A column of numbers, NaN where a row has none."""
    return np.array(data.rows[name][:], dtype=float)


def _mean(data: PreferenceSet, values: np.ndarray) -> np.ndarray:
    """The mean over each of N prompts' rows that have a finite value, NaN where none has."""
    place = {prompt: number for number, prompt in enumerate(data.prompts)}
    rows, known = np.array([place[prompt] for prompt in data.rows["prompt"][:]]), np.isfinite(values)
    counts, sums = (np.bincount(rows[known], weights, len(place)) for weights in (None, values[known]))
    return np.divide(sums, counts, out=np.full(len(place), np.nan), where=counts > 0)
