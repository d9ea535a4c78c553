"""What votes say: scores with intervals, tests, agreement, raters, power. Votes in, figures out; no database."""

from rpo.statistics.agreement import Agreement, Coefficient, Disagreement, agreement, disagreements
from rpo.statistics.board import Rank, ScoreDifference, rank_authors, score_differences
from rpo.statistics.counted import Counted, counted
from rpo.statistics.effects import RATERS, RaterSpread, rater_spread
from rpo.statistics.ending import Ending, ending
from rpo.statistics.equivalence import Closeness, closeness, prompts_for_margin
from rpo.statistics.intervals import Interval, Looks
from rpo.statistics.order.held import OrderHeld, OrderPart, order_held
from rpo.statistics.order.words import odds_words, order_words
from rpo.statistics.power import Power, power
from rpo.statistics.prediction import (
    PlannedWithJudge,
    PredictionPowered,
    plans_with_judge,
    power_with_judge,
    prediction_powered,
    verdicts_worth_their_price,
)
from rpo.statistics.raters import OwnAgreement, RaterStats, Share, own_agreement, rater_stats
from rpo.statistics.result import Result
from rpo.statistics.score import FEW_PROMPTS, Leader, Reading, Standings, by_slice, standings
from rpo.statistics.style import (
    Effect,
    Feature,
    LengthAdjusted,
    Style,
    StyleControlled,
    length_adjusted,
    style_controlled,
    style_of,
)

__all__ = [
    "FEW_PROMPTS",
    "RATERS",
    "Agreement",
    "Closeness",
    "Coefficient",
    "Counted",
    "Disagreement",
    "Effect",
    "Ending",
    "Feature",
    "Interval",
    "Leader",
    "LengthAdjusted",
    "Looks",
    "OrderHeld",
    "OrderPart",
    "OwnAgreement",
    "PlannedWithJudge",
    "Power",
    "PredictionPowered",
    "Rank",
    "RaterSpread",
    "RaterStats",
    "Reading",
    "Result",
    "ScoreDifference",
    "Share",
    "Standings",
    "Style",
    "StyleControlled",
    "agreement",
    "by_slice",
    "closeness",
    "counted",
    "disagreements",
    "ending",
    "length_adjusted",
    "odds_words",
    "order_held",
    "order_words",
    "own_agreement",
    "plans_with_judge",
    "power",
    "power_with_judge",
    "prediction_powered",
    "prompts_for_margin",
    "rank_authors",
    "rater_spread",
    "rater_stats",
    "score_differences",
    "standings",
    "style_controlled",
    "style_of",
    "verdicts_worth_their_price",
]
