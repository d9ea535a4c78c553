"""A judge's verdicts beside the raters' votes in one score: what both say together, and what a plan of both can find."""

from rpo.statistics.prediction.planning import PlannedWithJudge, plans_with_judge, power_with_judge, verdicts_worth_their_price
from rpo.statistics.prediction.powered import FEWEST_VERDICTS, PredictionPowered, prediction_powered

__all__ = [
    "FEWEST_VERDICTS",
    "PlannedWithJudge",
    "PredictionPowered",
    "plans_with_judge",
    "power_with_judge",
    "prediction_powered",
    "verdicts_worth_their_price",
]
