"""When, why and how one side wins, all that is looked at together, with Holm's correction over all of it.

Exploratory: what is found here was not asked before the votes were seen. It suggests what to test next; it is no test of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from math import isnan

from rpo.errors import RpoError
from rpo.reading.differences import Difference, sides_differ
from rpo.reading.found import GroupFound
from rpo.reading.pairs import ReadPair
from rpo.reading.places import WhenFound, when_found
from rpo.reading.reasons import reasons_found
from rpo.reading.traits import TRAITS, expression, openings
from rpo.statistics import Looks
from rpo.statistics.score import holm


@dataclass(frozen=True)
class Exploration:
    """Why (by tag and word of reasons), how (by trait) and when (by kind of prompt); `tests` is the number of p in all of it.

    `absent` are traits that no answer has, which are not tested; `refused` says why one's own expression was not looked for.
    """

    why: tuple[GroupFound, ...]
    how: tuple[Difference, ...]
    when: WhenFound
    tests: int = 0
    refused: str = ""
    absent: tuple[str, ...] = ()


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

    def sides(found: Difference) -> Difference:
        apart = replace(found.apart, holm=corrected(found.apart.p))
        return replace(found, apart=apart, wins=replace(found.wins, holm=corrected(found.wins.p)))

    when = replace(one.when, groups=tuple(map(group, one.when.groups)))
    return replace(one, why=tuple(map(group, one.why)), how=tuple(map(sides, one.how)), when=when)
