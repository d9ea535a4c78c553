"""When: the candidate's win rate by slice, by topic of its data's map, and by likeness to the prompts that it was trained on.

Topics and likeness need the vectors of the run's data. Only those that lie on this machine are read: nothing here opens an
encoder or asks a hub, and what is not here is said in words.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import isnan

import numpy as np

from rpo.embeddings import embed, name_topics, needs_no_encoder
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences import PreferenceSet, at_hand, load
from rpo.reading.found import GroupFound, Grouping, groups_found
from rpo.reading.pairs import ReadPair
from rpo.runs import all_runs
from rpo.spec import RunSpec
from rpo.statistics import Looks

THIRDS = ("like them: the nearest third", "between: the middle third", "unlike them: the farthest third")
FEWEST_IN_THIRDS = 9  # prompts with a known distance
BLOCK = 256  # prompts whose cosines are worked out at once


@dataclass(frozen=True)
class WhenFound:
    """Win rates by what a prompt is like; `missing` says what could not be looked at, and why."""

    groups: tuple[GroupFound, ...]
    missing: str = ""


@dataclass(frozen=True)
class Surroundings:
    """Of prompts that a run's data hold: their topics, and the cosine to the nearest prompt that was trained on."""

    topics: dict[str, str]
    likeness: dict[str, float]


def when_found(pairs: Sequence[ReadPair], candidate: str, look: Looks) -> WhenFound:
    """Win rates by slice, topic and likeness, of the pairs with a score, for the run of this name."""
    scored = [pair for pair in pairs if not isnan(pair.score)]
    slices = _grouped(scored, [pair.pair.slice for pair in scored])
    found = groups_found(Grouping.SLICE, slices, look) if len(slices) > 1 else ()
    try:
        around = surroundings(candidate, tuple(pair.pair.prompt for pair in scored))
    except RpoError as error:
        return WhenFound(found, f"Topics and the likeness to the training prompts are not looked at: {error}.")
    topics = _grouped(scored, [around.topics.get(pair.pair.prompt) for pair in scored])
    thirds = _grouped(scored, _thirds([around.likeness.get(pair.pair.prompt) for pair in scored]))
    near = {name: thirds[name] for name in THIRDS if name in thirds}
    groups = (*found, *groups_found(Grouping.TOPIC, topics, look), *groups_found(Grouping.DISTANCE, near, look))
    return WhenFound(groups, _unknown(len(scored) - len(around.likeness), len(scored)))


def surroundings(candidate: str, prompts: tuple[str, ...]) -> Surroundings:
    """Topics and likeness of those of these prompts that the run's data hold.

    Refuses where the candidate is no run of this machine, or its data or their vectors are not here.
    """
    spec = next((run.spec for run in all_runs(examples=True) if run.name == candidate), None)
    if spec is None:
        raise RpoError("they need the candidate's run, which is not here")
    if not at_hand(spec.data):
        raise RpoError(f"they need the run's data {spec.data}, which are not here; open them on Data")
    data = load(spec.data)
    if not needs_no_encoder(data.prompts, spec.encoder, spec.view):
        raise RpoError(f"they need the vectors of {spec.data} by {spec.encoder}, which are not here; draw the map on Explore")
    vectors = embed(data.prompts, spec.encoder, spec.view)
    place = {prompt: row for row, prompt in enumerate(data.prompts)}
    known = [prompt for prompt in prompts if prompt in place]
    topics = _topics(_Named(data, spec, vectors))
    trained = np.array([place[prompt] for prompt in dict.fromkeys(data.train["prompt"][:])], int)
    near = _nearest(vectors, np.array([place[prompt] for prompt in known], int), trained)
    return Surroundings({prompt: topics[place[prompt]] for prompt in known}, dict(zip(known, near, strict=True)))


@dataclass(frozen=True, eq=False)
class _Named:
    """Data with their vectors, known by what the topics depend on."""

    data: PreferenceSet
    spec: RunSpec
    vectors: np.ndarray

    @property
    def key(self) -> tuple[str, str, str]:
        return self.data.stamp, self.spec.encoder, str(self.spec.view)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Named) and self.key == other.key


@lru_cache(maxsize=4)
def _topics(one: _Named) -> tuple[str, ...]:
    """The topic of each prompt of the data, as the map names them."""
    return name_topics(one.vectors, [one.spec.view.of(prompt) for prompt in one.data.prompts])


def _nearest(vectors: np.ndarray, rows: np.ndarray, trained: np.ndarray) -> list[float]:
    """The largest cosine of each row to the rows that were trained on, in blocks that fit into memory."""
    if not len(trained):
        return []
    seen = np.asarray(vectors[trained])
    blocks = [vectors[rows[start : start + BLOCK]] @ seen.T for start in range(0, len(rows), BLOCK)]
    return [float(cosine) for block in blocks for cosine in block.max(axis=1)]


def _thirds(likeness: Sequence[float | None]) -> list[str | None]:
    """In which third each prompt lies, the likest first; None where nothing is known."""
    known = [place for place, one in enumerate(likeness) if one is not None]
    third: list[str | None] = [None] * len(likeness)
    if len(known) < FEWEST_IN_THIRDS:
        return third
    order = sorted(known, key=lambda place: -(likeness[place] or 0.0))
    for rank, place in enumerate(order):
        third[place] = THIRDS[rank * 3 // len(order)]
    return third


def _grouped(pairs: Sequence[ReadPair], names: Iterable[str | None]) -> dict[str, list[float]]:
    groups: dict[str, list[float]] = defaultdict(list)
    for pair, name in zip(pairs, names, strict=True):
        if name is not None:
            groups[name or "(none)"].append(pair.score)
    return dict(sorted(groups.items()))


def _unknown(count: int, of: int) -> str:
    if not count:
        return ""
    return f"Of {quantity(of, 'prompt')} {count} are not among the run's data: their topic and likeness are not known."
