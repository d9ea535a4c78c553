"""One batch to look at before any run: which data, seen by which encoder, of what size, with whose margins.

It knows its own address, so that a colleague opens the same batch, and the draft of the run that would meet it. Not a run's spec:
the point of the plane (τ, or own share and likeness) is not in it, it moves while the batch stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rpo.embeddings import embed
from rpo.preferences import View, load
from rpo.runs.run import Records, all_runs
from rpo.settings import from_text, misread
from rpo.spec import DEFAULTS, Batching, Objective
from rpo.tuning.point import Point, misread_point
from rpo.tuning.sample import Sample, cosines, first_batch, picked, ratios_of

if TYPE_CHECKING:
    from rpo.teaching.toy import Toy

BATCH_SIZES = (2, 4, 8, 16, 32, 64, 128, 256, 512)
WINDOW = (0.01, 10.0)  # of the whole range of tau (`rpo.settings.range_of`) the part that a slider shows
ADDRESS_WORDS = {"M": "contrast_size", "seed": "seed", "beta": "beta", "batches": "batching", "reads": "view"}
"""The words of an address, and the fields of a spec for which they stand; those of the point are `tuning.point.POINT_WORDS`."""
TOY, TOY_MARGINS = "toy (eight prompts)", "the toy after 60 steps of RPO"
UNTRAINED_MARGINS = "an untrained policy"


@dataclass(frozen=True)
class Tuning:
    """What was chosen. `rows` number the prompts of `source` that were picked on a map; without any, a run composes the batch."""

    source: str
    encoder: str
    view: View
    size: int
    batching: Batching
    seed: int
    beta: float
    margins: str = UNTRAINED_MARGINS
    rows: tuple[int, ...] = ()

    @property
    def toy(self) -> bool:
        """Whether the batch is the toy's."""
        return self.source == TOY

    def address(self, point: Point) -> dict[str, str]:
        """The words of an address that `from_address` and `point_of` read, with data and encoder beside them."""
        said = {**point.address, "M": str(self.size), "seed": str(self.seed), "beta": f"{self.beta:g}"}
        rows = {"rows": ",".join(map(str, self.rows))} if self.rows else {}
        return {**said, "batches": self.batching, "reads": self.view, "encoder": self.encoder, "data": self.source, **rows}

    def batch(self) -> tuple[Sample, np.ndarray]:
        """The batch and the cosines (M, N) of its prompts. Raises `RpoError` where the data cannot give one."""
        if self.toy:
            from rpo.teaching.toy import Toy

            return toy_sample(Toy(), self.margins != UNTRAINED_MARGINS)
        found = self._drawn()
        return found, cosines(found, load(self.source), self.encoder, self.view)

    def _drawn(self) -> Sample:
        data = load(self.source)
        run = next((run for run in all_runs() if run.name == self.margins), None)
        ratios = ratios_of(run, data) if run else None
        if self.rows:
            return picked(data, [data.prompts[row] for row in self.rows if row < len(data.prompts)], self.seed, ratios)
        vectors = embed(data.prompts, self.encoder, self.view) if self.batching is Batching.NEIGHBOURHOOD else None
        return first_batch(data, self.size, self.seed, self.batching, vectors, ratios)

    def draft(self, point: Point, size: int, paired: bool) -> dict[str, Any]:
        """Fields of a `RunSpec` that would train on such batches of `size`."""
        return {
            "data": self.source,
            "encoder": self.encoder,
            "view": str(self.view),
            "objective": str(Objective.RPO_PAIRED if paired else Objective.RPO_UNPAIRED),
            "batching": str(self.batching),
            **point.within(size - paired).settings(paired),
            "beta": self.beta,
            "contrast_size": size,
            "seed": self.seed,
        }


def toy_sample(toy: "Toy", trained: bool, tau: float = 0.5) -> tuple[Sample, np.ndarray]:
    """The toy's liked and disliked answers as a batch, with the log-ratios RPO leaves after 60 steps, or none; cosines (M, N)."""
    from rpo.teaching.toy import BAD, GOOD, PROMPT_NAMES, TOY_ANSWERS, Method, train_toy

    ratios = train_toy(toy, Method.RPO, tau).ratios[-1 if trained else 0]
    named = [f"prompt {name}, at {angle:g}°" for name, angle in zip(PROMPT_NAMES, toy.drawn[0], strict=True)]
    liked, disliked = list(toy.liked), list(toy.disliked)
    chosen, rejected = (tuple(named[prompt] for prompt in side) for side in (liked, disliked))
    said = [tuple(f"the {TOY_ANSWERS[one]} answer" for _ in side) for one, side in ((GOOD, liked), (BAD, disliked))]
    known = tuple(ratios[liked, GOOD].tolist()), tuple(ratios[disliked, BAD].tolist())
    sample = Sample(chosen, rejected, toy.paired, *known, said[0], said[1])
    return sample, (toy.vectors()[liked] @ toy.vectors()[disliked].T).numpy()


def from_address(words: Mapping[str, str]) -> dict[str, Any]:
    """What an address asks for; whatever it does not say is as in a new spec, and so is what `refused` names."""
    found = {name: from_text(name, words.get(word), getattr(DEFAULTS, name)) for word, name in ADDRESS_WORDS.items()}
    return {
        "size": found["contrast_size"] if found["contrast_size"] in BATCH_SIZES else DEFAULTS.contrast_size,
        **{name: found[name] for name in ("seed", "beta", "batching", "view")},
        "rows": tuple(int(row) for row in words.get("rows", "").split(",") if row.isdecimal() and len(row) < 10),
    }


def refused(words: Mapping[str, str]) -> tuple[str, ...]:
    """What an address asks for and does not get, in words: the rule, the value, and that the usual one stands in its place."""
    found = {word: misread(name, words.get(word)) for word, name in ADDRESS_WORDS.items()}
    if not found["M"] and words.get("M") and from_address(words)["size"] != int(words["M"]):
        found["M"] = f"M must be one of {', '.join(map(str, BATCH_SIZES))} here, got {words['M']}"
    faults = (*misread_point(words), *found.values())
    return tuple(f"{fault}; the address is read without it" for fault in faults if fault)


def margins_of(source: str) -> list[str]:
    """Whose margins a batch of this data can show: an untrained policy's, the toy's, those a run saved."""
    if source == TOY:
        return [UNTRAINED_MARGINS, TOY_MARGINS]
    saved = (run for run in all_runs() if (run.folder / Records.LOGRATIOS).exists() and run.spec.data == source)
    return [UNTRAINED_MARGINS, *(run.name for run in saved)]
