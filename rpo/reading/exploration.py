"""When, why and how one side wins, all that is looked at together, with Holm's correction over all of it.

Exploratory: what is found here was not asked before the votes were seen. It suggests what to test next; it is no test of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isnan

from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.reading.differences import TraitDifference, sides_differ
from rpo.reading.found import GroupFound
from rpo.reading.pairs import ReadPair
from rpo.reading.places import WhenFound, when_found
from rpo.reading.reasons import reasons_found
from rpo.reading.traits import TRAITS, expression, openings
from rpo.statistics import Looks
from rpo.statistics.intervals import ERROR_RATE
from rpo.statistics.score import holm


@dataclass(frozen=True)
class Exploration:
    """Why (by tag and word of reasons), how (by trait) and when (by kind of prompt); `tests` is the number of p in all of it.

    `absent` are traits that no answer has, which are not tested; `refused` says why one's own expression was not looked for.
    """

    why: tuple[GroupFound, ...]
    how: tuple[TraitDifference, ...]
    when: WhenFound
    tests: int = 0
    refused: str = ""
    absent: tuple[str, ...] = ()

    @property
    def stand_out(self) -> tuple[str, ...]:
        """What is left at 5 % after the correction, in words."""
        groups = [_group_words(one) for one in (*self.why, *self.when.groups) if one.wins.holm <= ERROR_RATE]
        return (*(words for one in self.how for words in _difference_words(one)), *groups)


def _group_words(one: GroupFound) -> str:
    return f"{one.grouping} “{one.name}”: the candidate wins {one.wins.value:.0%} of {quantity(one.wins.n, 'prompt')}"


def _difference_words(one: TraitDifference) -> list[str]:
    """Whether the sides differ in it, and whether the side with more of it wins, each where it is beyond chance."""
    by = f"by {abs(one.apart.value):.1f} on average" if one.counted else f"in {abs(one.apart.value):.0%} more of its answers"
    more = "candidate" if one.apart.value > 0 else "baseline"
    apart = [f"{one.trait}: the {more} has more, {by}"] if one.apart.holm <= ERROR_RATE else []
    wins = f"{one.trait}: the side with more wins {one.wins.value:.0%} of the {quantity(one.wins.n, 'prompt')} where they differ"
    return [*apart, wins] if one.wins.holm <= ERROR_RATE else apart


def explore(pairs: Sequence[ReadPair], candidate: str, look: Looks, pattern: str = "") -> Exploration:
    """All looks at these pairs; `pattern` is a regular expression of one's own, empty for none. Refuses to read no pairs."""
    if not pairs:
        raise RpoError("there must be a pair to explore, there is none; make a panel of pairs")
    traits = (*TRAITS, *openings(pairs))
    how, refused = [sides_differ(trait, pairs, look) for trait in traits], ""
    if pattern:
        try:
            how.append(sides_differ(expression(pattern), pairs, look))
        except RpoError as error:
            refused = str(error)
    when = when_found(pairs, candidate, look)
    there, absent = tuple(one for one in how if one.seen), tuple(one.trait for one in how if not one.seen)
    return _corrected(Exploration(reasons_found(pairs, look), there, when, refused=refused, absent=absent))


def _corrected(one: Exploration) -> Exploration:
    """The same with Holm's correction over each p that is known."""
    ps = list[float]()
    _with_holm(one, lambda p: ps.append(p) or p)
    known = [p for p in ps if not isnan(p)]
    after = iter(holm(known))
    return replace(_with_holm(one, lambda p: p if isnan(p) else next(after)), tests=len(known))


def _with_holm(one: Exploration, corrected: Callable[[float], float]) -> Exploration:
    """Each p shown to `corrected`, in one order, and what that says kept beside it."""

    def group(found: GroupFound) -> GroupFound:
        return replace(found, wins=replace(found.wins, holm=corrected(found.wins.p)))

    def sides(found: TraitDifference) -> TraitDifference:
        apart = replace(found.apart, holm=corrected(found.apart.p))
        return replace(found, apart=apart, wins=replace(found.wins, holm=corrected(found.wins.p)))

    when = replace(one.when, groups=tuple(map(group, one.when.groups)))
    return replace(one, why=tuple(map(group, one.why)), how=tuple(map(sides, one.how)), when=when)
