"""Which answer is better: comparisons, blind ballots, standings.

The database lives one door further, in `rpo.voting.ballots`, so that a chart of standings need not wait for SQLAlchemy.
"""

from rpo.voting.comparison import Answer, Choice, Comparison, Vote, comparisons_from_jsonl, comparisons_from_rows
from rpo.voting.export import as_csv, as_jsonl, pair_rows, vote_rows
from rpo.voting.panel import Ballot, Panel, Progress, rater_name
from rpo.voting.showing import PAUSE, quoted, readable
from rpo.voting.standings import Standings, standings

__all__ = [
    "PAUSE",
    "Answer",
    "Ballot",
    "Choice",
    "Comparison",
    "Panel",
    "Progress",
    "Standings",
    "Vote",
    "as_csv",
    "as_jsonl",
    "comparisons_from_jsonl",
    "comparisons_from_rows",
    "pair_rows",
    "quoted",
    "rater_name",
    "readable",
    "standings",
    "vote_rows",
]
