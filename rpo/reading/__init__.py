"""A panel read after its votes: its pairs with who said what, what differs between the sides, and where which side wins."""

from rpo.reading.comparator import comparator_json
from rpo.reading.differences import SideRate, SidesApart, TraitDifference, sides_differ
from rpo.reading.exploration import Exploration, explore
from rpo.reading.found import GroupFound, Grouping, WinsFound
from rpo.reading.narrowed import PairFilter, PairKind, kind_counts, narrow
from rpo.reading.pairs import PairStanding, ReadPair, RulingRead, VoteRead, read_pairs
from rpo.reading.places import WhenFound, when_found
from rpo.reading.reasons import reasons_found
from rpo.reading.traits import TRAITS, Trait, expression

__all__ = [
    "TRAITS",
    "Exploration",
    "GroupFound",
    "Grouping",
    "PairFilter",
    "PairKind",
    "PairStanding",
    "ReadPair",
    "RulingRead",
    "SideRate",
    "SidesApart",
    "Trait",
    "TraitDifference",
    "VoteRead",
    "WhenFound",
    "WinsFound",
    "comparator_json",
    "explore",
    "expression",
    "kind_counts",
    "narrow",
    "read_pairs",
    "reasons_found",
    "sides_differ",
    "when_found",
]
