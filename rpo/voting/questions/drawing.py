"""Which chosen answer stands beside which rejected one: seeded, balanced over how near the two prompts are, no text twice.

Two prompts drawn at random are hardly ever alike. So the first is drawn uniformly, and the second by its rank among all others
from the nearest to the farthest, which is cut where the logarithm of the rank passes a quarter, a half and three quarters of its
range: of 1,000 prompts ranks 1 to 6, 7 to 32, 33 to 178 and the rest. Each part gets as many questions as any other, or one more.
Prompts that a panel asks blind are left out, as a rater would see answers to them.
"""

import random
from collections.abc import Collection, Iterator, Sequence

import numpy as np

from rpo.embeddings import embed_some
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences import Kind, load
from rpo.preferences.holdout import asked_by_panels
from rpo.voting.questions.types import CROSS_MOST, AskedOf, CrossQuestion, Nearness

MOST_PROMPTS = 2000  # that questions are drawn from, themselves drawn by the seed: so many are embedded within a minute or two
PROMPTS_A_QUESTION = 3  # two are used; the third leaves a choice


def draw_questions(of: AskedOf, count: int, seed: int = 0, leave_out: Collection[str] = ()) -> tuple[CrossQuestion, ...]:
    """So many questions in an order of chance, their prompts embedded first if they are new to this encoder.

    `leave_out`: prompts that the panel itself asks. Raises `RpoError` for data without pairs, or with too few prompts.
    """
    if not 1 <= count <= CROSS_MOST:
        raise RpoError(f"questions must number 1 to {CROSS_MOST}, got {count}; ask for another number")
    everything, rows = _rows(of, seed, leave_out)
    if len(rows) < PROMPTS_A_QUESTION * count:
        need = f"{quantity(PROMPTS_A_QUESTION * count, 'prompt')} with both answers that no panel asks"
        raise RpoError(f"{quantity(count, 'question')} need {need}, {of.data} has {len(rows)}; ask fewer, or take other data")
    vectors = embed_some([row["prompt"] for row in rows], everything, of.encoder, of.reads)
    chance = random.Random(f"{seed}/questions")
    drawn = list(_drawn(rows, np.asarray(vectors), of, count, chance))
    if len(drawn) < count:
        raise RpoError(f"{of.data} gives {len(drawn)} of {quantity(count, 'question')} without a text twice; ask fewer")
    return tuple(chance.sample(drawn, count))


def questions_a_part(count: int) -> dict[Nearness, int]:
    """How many questions each part gets: equally many, or one more for the nearer ones."""
    least, more = divmod(count, len(Nearness))
    return {part: least + (place < more) for place, part in enumerate(Nearness)}


def edges(others: int) -> list[int]:
    """Where the ranks of so many others are cut: part k holds those from `edges[k]` up to `edges[k + 1]`, counted from 0."""
    cuts = [0, *(round(others ** (part / len(Nearness))) for part in range(1, len(Nearness))), others]
    return [max(cut, place) if place < len(Nearness) else cut for place, cut in enumerate(cuts)]


def _rows(of: AskedOf, seed: int, leave_out: Collection[str]) -> tuple[Sequence[str], list[dict[str, str]]]:
    """All prompts of the data; and one row for each of those that may be asked, in an order of chance."""
    data = load(of.data)
    if data.kind is not Kind.PAIRED:
        raise RpoError(f"questions need pairs of a chosen and a rejected answer, {of.data} has single answers; take other data")
    chance = random.Random(f"{seed}/prompts")
    some = chance.sample(data.prompts, min(MOST_PROMPTS, len(data.prompts)))
    fenced = {*asked_by_panels(some), *leave_out}
    return data.prompts, [chance.choice(data.about(prompt)) for prompt in some if prompt not in fenced]


def _drawn(
    rows: Sequence[dict[str, str]], vectors: np.ndarray, of: AskedOf, count: int, chance: random.Random
) -> Iterator[CrossQuestion]:
    used, cuts = set[str](), edges(len(rows) - 1)
    for place, (part, wanted) in enumerate(questions_a_part(count).items()):  # the nearest first, which have the least choice
        for first in chance.sample(range(len(rows)), len(rows)):
            if wanted == 0:
                break
            cosines = vectors @ vectors[first]
            ranked = np.argsort(-cosines, kind="stable")
            others = ranked[ranked != first][cuts[place] : cuts[place + 1]].tolist()
            fitting = [other for other in others if _fresh(_texts(rows[first], rows[other]), used)]
            if fitting:
                second = chance.choice(fitting)
                texts = _texts(rows[first], rows[second])
                used |= set(texts)
                wanted -= 1
                yield CrossQuestion(*texts, float(cosines[second]), part, of)


def _fresh(texts: Sequence[str], used: Collection[str]) -> bool:
    """Whether these texts differ from one another, and none was used."""
    return len(set(texts)) == len(texts) and not any(text in used for text in texts)


def _texts(chosen: dict[str, str], rejected: dict[str, str]) -> tuple[str, str, str, str]:
    return chosen["prompt"], chosen["chosen"], rejected["prompt"], rejected["rejected"]
