"""The raters' score made sharper by a judge's verdicts on more prompts, and still the raters': prediction-powered inference.

PPI++ with power tuning (Angelopoulos, Duchi and Zrnic 2023, arXiv 2311.01453, sections 2 and 6; for win rates arXiv 2601.05420).
score = mean of the raters' + λ (judge's mean on prompts without votes − judge's mean on the prompts with votes): whatever the
judge gets wrong, it gets wrong in both means, so it cancels. λ is what makes the variance least, within [0, 1]; 0 leaves the
raters alone, to the last digit. Small samples, chosen by simulation (tests/bench/bench_together.py): λ costs a degree of freedom,
and the variance is that with one more prompt on which judge and raters differ, since a judge that was right 50 times is not
always right; without it a judge of 95 % that errs to one side covers 91 % at n = 50. Where this is no gain, λ is 0.
It holds if the prompts with votes are as if drawn by chance from all. Axes: P prompts with votes, R raters, N prompts without.
"""

from dataclasses import dataclass

import numpy as np

from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.statistics.intervals import Interval, from_variance, means, same_raters, variance_of
from rpo.statistics.result import Result

FEWEST_VERDICTS = 10  # prompts with votes and verdict below which no λ is estimated
QUESTION = "With these raters: what if they had judged other prompts like these, as far as the judge can stand in for them?"
SLIGHT = 0.02  # part more prompts below which the judge is called no help


@dataclass(frozen=True)
class PredictionPowered(Result):
    """Raters and judge together; `weight` is λ, from 0 (the raters alone) to 1, and `raters` their score alone.

    `prompts` have votes, `verdicts` of them the judge's too, `more` the judge's alone. `worth` is how many prompts with votes
    would be as certain without a judge: prompts · variance of the raters' score / variance of this one.
    """

    score: float
    interval: Interval
    weight: float
    worth: float
    raters: float
    prompts: int
    verdicts: int
    more: int
    question: str = "How often would raters prefer the candidate's answer, a tie counted half, by their votes and the judge's?"

    @property
    def helps(self) -> bool:
        """Whether the judge makes the score noticeably more certain."""
        return self.weight > 0 and self.worth > (1 + SLIGHT) * self.prompts

    @property
    def words(self) -> str:
        """What the judge adds, in a sentence."""
        voted = quantity(self.prompts, "prompt")
        if self.helps:
            added = f"With the judge's verdicts on {self.more} more, the {voted} with votes are worth about {round(self.worth)}"
            return f"{added}; what the judge gets wrong is measured beside the raters and taken off."
        if not self.more:
            return "The judge has a verdict on no prompt without votes, so it adds nothing: this is the raters' score."
        if self.verdicts < FEWEST_VERDICTS:
            known = f"The judge has a verdict on {self.verdicts} of the {voted} with votes"
            return f"{known}; below {FEWEST_VERDICTS} λ cannot be estimated, so this is the raters' score."
        if self.weight == 0:
            return "This judge is no guide to what these raters say: λ is 0, and this is the raters' score."
        return f"This judge says little of what these raters say: λ is {self.weight:.2f}, and it adds hardly anything."


def prediction_powered(outcomes: np.ndarray, judge: np.ndarray, more: np.ndarray) -> PredictionPowered:
    """Join the raters' outcomes (P, R) with a judge's on the same prompts (P,), NaN where it has none, and on others (N,).

    All are the candidate's part of the win, from 0 to 1.
    """
    _check(outcomes, judge, more)
    scores = means(outcomes)
    said = ~np.isnan(judge)
    weight = power_tuned(scores[said], judge[said], more) if said.sum() >= FEWEST_VERDICTS else 0.0
    if weight == 0:
        return _alone(outcomes, judge, more)
    ahead = np.where(said, np.nan_to_num(judge) - more.mean(), 0.0)  # beyond its mean; without a verdict it corrects nothing
    score = float(np.clip((scores - weight * ahead).mean(), 0, 1))
    variance = _variance(scores - weight * ahead, weight) + _of_more(judge[said], more, weight * float(said.mean()))
    if variance >= variance_of(scores):
        return _alone(outcomes, judge, more)
    low, high = from_variance(score, variance, len(scores), len(scores) - 2)
    return PredictionPowered(
        score=score,
        interval=Interval(low, high, len(scores), QUESTION),
        weight=weight,
        worth=len(scores) * variance_of(scores) / variance,
        raters=float(scores.mean()),
        prompts=len(scores),
        verdicts=int(said.sum()),
        more=len(more),
    )


def power_tuned(scores: np.ndarray, judge: np.ndarray, more: np.ndarray) -> float:
    """λ of the least variance, within [0, 1]: cov(raters, judge) / ((1 + n/N) var(judge)); arXiv 2311.01453, section 6."""
    spread = float(np.concatenate([judge, more]).var(ddof=1)) if len(more) else 0.0
    if spread < 1e-12:
        return 0.0
    together = float(np.cov(scores, judge)[0, 1])
    return float(np.clip(together / spread / (1 + len(judge) / len(more)), 0, 1))


def _check(outcomes: np.ndarray, judge: np.ndarray, more: np.ndarray) -> None:
    if not len(outcomes) or judge.shape != (len(outcomes),):
        raise RpoError(
            f"raters and judge need a prompt with a vote, and a place for the judge's verdict on each such prompt; got "
            f"{quantity(len(outcomes), 'prompt')} and {quantity(len(judge), 'place')}; vote first"
        )
    if np.isnan(more).any():
        raise RpoError("a prompt without votes needs the judge's verdict, got NaN; leave prompts without either out")


def _alone(outcomes: np.ndarray, judge: np.ndarray, more: np.ndarray) -> PredictionPowered:
    """The raters without the judge."""
    score, prompts, verdicts = float(means(outcomes).mean()), len(outcomes), int((~np.isnan(judge)).sum())
    return PredictionPowered(score, same_raters(outcomes), 0.0, float(prompts), score, prompts, verdicts, len(more))


def _variance(rectified: np.ndarray, weight: float) -> float:
    """Of the mean, (P,): as if judge and raters differed on one prompt more, and a degree of freedom less for λ."""
    squares = float(((rectified - rectified.mean()) ** 2).sum()) + weight**2
    return squares / (len(rectified) - 2) / len(rectified)


def _of_more(judge: np.ndarray, more: np.ndarray, weight: float) -> float:
    """What the judge's mean on prompts without votes adds to the variance; its spread is that of all its verdicts."""
    return weight**2 * float(np.concatenate([judge, more]).var(ddof=1)) / len(more)
