"""What votes say: scores with intervals, tests, agreement, raters, power. Votes in, figures out; no database."""

from rpo.statistics.agreement import Agreement, Coefficient, Disagreement, agreement, disagreements
from rpo.statistics.counted import Counted, counted
from rpo.statistics.ending import Ending, ending
from rpo.statistics.intervals import Interval, Look
from rpo.statistics.leaderboard import Place, board
from rpo.statistics.lengths import LengthAdjusted, length_adjusted
from rpo.statistics.power import Power, power
from rpo.statistics.raters import Habits, Share, habits
from rpo.statistics.result import Result
from rpo.statistics.score import FEW, Leader, Reading, Standings, by_slice, standings

__all__ = [
    "FEW",
    "Agreement",
    "Coefficient",
    "Counted",
    "Disagreement",
    "Ending",
    "Habits",
    "Interval",
    "Leader",
    "LengthAdjusted",
    "Look",
    "Place",
    "Power",
    "Reading",
    "Result",
    "Share",
    "Standings",
    "agreement",
    "board",
    "by_slice",
    "counted",
    "disagreements",
    "ending",
    "habits",
    "length_adjusted",
    "power",
    "standings",
]
