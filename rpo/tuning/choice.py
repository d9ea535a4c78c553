"""One batch to look at before any run: which data, seen by which encoder, of what size, with whose margins.

It knows its own address, so that a colleague opens the same batch, and the draft of the run that would meet it. Not a run's spec:
the point of the plane (τ, or own share and likeness) is not in it, it moves while the batch stays.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rpo.errors import RpoError
from rpo.glossary import quantity, these
from rpo.preferences import View, load
from rpo.runs.run import Records, all_runs
from rpo.spec import DEFAULTS, Batching, Objective
from rpo.tuning.point import Point
from rpo.tuning.pool import Picked, Pool
from rpo.tuning.sample import Sample, cosines, first_batch, picked, ratios_of

if TYPE_CHECKING:
    from rpo.teaching.toy import Toy

BATCH_SIZES = (2, 4, 8, 16, 32, 64, 128, 256, 512)
WINDOW = (0.01, 10.0)  # of the whole range of tau (`rpo.settings.range_of`) the part that a slider shows
TOY, TOY_MARGINS = "toy (eight prompts)", "the toy after 60 steps of RPO"
UNTRAINED_MARGINS = "an untrained policy"


WORD_OF = {
    "source": "data",
    "encoder": "encoder",
    "view": "reads",
    "size": "M",
    "batching": "batches",
    "seed": "seed",
    "beta": "beta",
    "sees": "margins",
    "rows": "rows",
    "picked_for": "picked",
}
"""The word of an address for each field of a `Tuning`."""


@dataclass(frozen=True)
class Tuning:
    """What was chosen. `rows` number the prompts of `source` that were picked on a map, `picked_for` what they are for."""

    source: str
    encoder: str
    view: View
    size: int
    batching: Batching
    seed: int
    beta: float
    sees: str = UNTRAINED_MARGINS
    rows: tuple[int, ...] = ()
    picked_for: Picked = Picked.LOOK

    @property
    def toy(self) -> bool:
        """Whether the batch is the toy's."""
        return self.source == TOY

    @property
    def looks(self) -> bool:
        """Whether the picked prompts themselves are the batch, which no run composes."""
        return bool(self.rows) and self.picked_for is Picked.LOOK

    @property
    def pool(self) -> Pool:
        """The rows that a run's batches are drawn from."""
        return Pool(self.source, self.rows if self.picked_for is Picked.TRAIN else ())

    @property
    def of_batches(self) -> "Tuning":
        """The same without what the cosines of its batches do not depend on, so that these can be kept by it."""
        return replace(self, beta=DEFAULTS.beta, sees=self.sees if self.looks else UNTRAINED_MARGINS)

    @property
    def words(self) -> str:
        """The batch in a phrase, without M where the picked prompts say it: "8 random prompts of embedded, …, seed 0"."""
        more = [] if self.view is DEFAULTS.view else [f"reads the {self.view}"]
        more += [] if self.looks else [f"seed {self.seed}"]
        more += [] if self.beta == DEFAULTS.beta else [f"β {self.beta:g}"]
        more += [] if self.sees == UNTRAINED_MARGINS else [f"margins of {self.sees}"]
        return ", ".join([self._which, *([] if self.toy else [self.encoder, *more])])

    @property
    def _which(self) -> str:
        if self.toy:
            return self.source
        if self.looks:
            return f"{these(len(self.rows), 'prompt')} of {self.source}".capitalize()
        of = self.source if self.picked_for is not Picked.TRAIN or not self.rows else f"{these(len(self.rows), 'picked prompt')}"
        near = "random" if self.batching is Batching.RANDOM else "near"
        return f"{quantity(self.size, f'{near} prompt')} of {of}"

    def address(self, point: Point) -> dict[str, str]:
        """The words of an address that `from_address` and `point_of` read, with data and encoder beside them."""
        said = {**point.address, **{word: _said(getattr(self, name)) for name, word in WORD_OF.items()}}
        unsaid = {"margins": self.sees == UNTRAINED_MARGINS, "rows": not self.rows, "picked": not self.rows}
        return {word: text for word, text in said.items() if not unsaid.get(word)}

    def batch(self) -> tuple[Sample, np.ndarray]:
        """The batch and the cosines (M, N) of its prompts. Raises `RpoError` where the data cannot give one."""
        if self.toy:
            from rpo.teaching.toy import Toy

            return toy_sample(Toy(), self.sees != UNTRAINED_MARGINS)
        found = self._drawn()
        return found, cosines(found, load(self.source), self.encoder, self.view)

    def _drawn(self) -> Sample:
        data = self.pool.data()
        run = next((run for run in all_runs() if run.name == self.sees), None)
        ratios = ratios_of(run, data) if run else None
        if self.looks:
            return picked(data, Pool(self.source, self.rows).prompts, self.seed, ratios)
        vectors = self.pool.vectors(self.encoder, self.view) if self.batching is Batching.NEIGHBOURHOOD else None
        return first_batch(data, self.size, self.seed, self.batching, vectors, ratios)

    def draft(self, point: Point, size: int, paired: bool) -> dict[str, Any]:
        """Fields of a `RunSpec` that would train on such batches of `size`; picked prompts are kept as a data file for it."""
        if self.looks:
            raise RpoError(
                f"a run must draw its batches, {these(len(self.rows), 'picked prompt')} are looked at as one; "
                "train on them instead"
            )
        return {
            "data": self.pool.kept(),
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


def margins_of(source: str) -> list[str]:
    """Whose margins a batch of this data can show: an untrained policy's, the toy's, those a run saved."""
    if source == TOY:
        return [UNTRAINED_MARGINS, TOY_MARGINS]
    saved = (run for run in all_runs() if (run.folder / Records.LOGRATIOS).exists() and run.spec.data == source)
    return [UNTRAINED_MARGINS, *(run.name for run in saved)]


def _said(value: Any) -> str:
    """A field's value as an address says it."""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return f"{value:g}" if isinstance(value, float) else str(value)
