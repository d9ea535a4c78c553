"""Which pairs of a panel are read: those of a kind, and those in which words are found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rpo.reading.pairs import PairStanding, ReadPair


class PairKind(StrEnum):
    """A kind of pair that one may want to read, named as pages name it."""

    WON = "Won"
    TIED = "Tied"
    LOST = "Lost"
    SPLIT = "Split"
    BOTH_BAD = "Both bad"
    DIFFERS = "Judge differs"

    def holds(self, pair: ReadPair) -> bool:
        """Whether the pair is of this kind."""
        return OF_KIND[self](pair)


OF_KIND: Mapping[PairKind, Callable[[ReadPair], bool]] = {
    PairKind.WON: lambda pair: pair.standing is PairStanding.WON,
    PairKind.TIED: lambda pair: pair.standing is PairStanding.TIED,
    PairKind.LOST: lambda pair: pair.standing is PairStanding.LOST,
    PairKind.SPLIT: lambda pair: pair.split,
    PairKind.BOTH_BAD: lambda pair: pair.both_bad > 0,
    PairKind.DIFFERS: lambda pair: pair.judge_differs,
}
OUTCOMES = frozenset((PairKind.WON, PairKind.TIED, PairKind.LOST))


@dataclass(frozen=True)
class PairFilter:
    """What a pair must be to be read: of one of the outcomes among `kinds` and of all other kinds, with all words of `search`.

    Words are looked for in the prompt, both answers and the reasons, whether small or capital.
    """

    kinds: frozenset[PairKind] = frozenset()
    search: str = ""

    def holds(self, pair: ReadPair) -> bool:
        """Whether the pair is to be read."""
        outcomes, others = self.kinds & OUTCOMES, self.kinds - OUTCOMES
        if outcomes and not any(kind.holds(pair) for kind in outcomes):
            return False
        return all(kind.holds(pair) for kind in others) and all(word in pair.searched for word in self.search.casefold().split())


def narrow(pairs: Sequence[ReadPair], wanted: PairFilter) -> tuple[ReadPair, ...]:
    """The pairs that the filter holds for, in their order."""
    return tuple(pair for pair in pairs if wanted.holds(pair))


def kind_counts(pairs: Sequence[ReadPair]) -> dict[PairKind, int]:
    """How many pairs are of each kind."""
    return {kind: sum(kind.holds(pair) for pair in pairs) for kind in PairKind}
