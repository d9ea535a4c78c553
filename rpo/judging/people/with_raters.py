"""A panel's votes joined with a judge's verdicts: those on the same pairs, and those on pairs that nobody has voted on.

Pairs without votes are those of the panel that no rater has reached, and those of any other panel of the same two authors (a
judge's verdicts are kept by content, so a second, larger panel of the same answers can be asked without raters). They help only
if the pairs with votes are as if drawn from all by chance, which a panel's draw and each rater's own shuffled order see to.
The joining is `rpo.statistics.prediction`; here names of pairs become places of arrays.
"""

from collections.abc import Sequence

import numpy as np

from rpo.judging.cache import JudgementCache
from rpo.judging.judges import Known
from rpo.judging.people.vs_humans import Measured, judge_vs_humans
from rpo.judging.verdicts import both_orders, judge_votes, pair_verdicts
from rpo.judging.weighted import weighted
from rpo.statistics.intervals import vote_table
from rpo.statistics.prediction import PredictionPowered, prediction_powered
from rpo.statistics.score import ScoredPrompts
from rpo.voting import Ballots, Choice, Columns, Panel, Vote, Votes, columns


def with_raters(humans: Votes, judge: Sequence[Vote], candidate: str, settled: Sequence[ScoredPrompts] = ()) -> PredictionPowered:
    """One score of the votes and one judge's verdicts (`verdicts_on`), on pairs with votes and on others.

    `settled` pairs needed no rater: they count as in `standings`, and the judge adds nothing to them. Where the judge adds
    nothing at all, score and interval are those of `standings`, whose refusals hold here too.
    """
    first, outcomes = columns(humans).first, [pair.outcome(candidate) for pair in settled]
    said = {vote.comparison: vote.outcome(candidate) for vote in judge}
    voted = first.comparison.used().names
    beside = [*(said.get(name, np.nan) for name in voted), *(np.nan for _ in outcomes)]
    more = [said[name] for name in sorted(said.keys() - set(voted))]
    return prediction_powered(vote_table(first, candidate, outcomes), np.array(beside, float), np.array(more, float))


def verdicts_on(ballots: Ballots, judge: Known, *panels: str) -> tuple[Vote, ...]:
    """What the judge says, by its own numbers where it gave them, of all pairs of these panels that a rater is to judge."""
    pairs = {pair.id: pair for panel in panels for pair in ballots.comparisons(panel).values() if pair.verdict is None}
    return weighted(pair_verdicts(JudgementCache(ballots.database), judge, list(pairs.values())), judge)


def of_the_same(ballots: Ballots, panel: Panel) -> tuple[Panel, ...]:
    """The other panels of the same two authors: more prompts on which a judge can have been asked."""
    authors = panel.baseline, panel.candidate
    return tuple(one for one in ballots.panels() if one.id != panel.id and (one.baseline, one.candidate) == authors)


def measured_agreement(ballots: Ballots) -> Measured | None:
    """How often a judge and one rater who both named a winner named the same, on the newest panel of yours that has both."""
    archive = JudgementCache(ballots.database)
    for panel in ballots.panels():
        votes = ballots.columns(panel.id).first
        if panel.example or not len(votes):
            continue
        for judge, ruled in both_orders(archive, list(ballots.comparisons(panel.id).values())).items():
            if found := _winners(judge_votes(ruled, judge), votes.where(votes.side != 0), panel.candidate):
                return found
    return None


def _winners(judge: Sequence[Vote], humans: Columns, candidate: str) -> Measured | None:
    voted = set(humans.comparison.used().names)
    said = [vote for vote in judge if vote.choice is not Choice.TIE and vote.comparison in voted]
    return judge_vs_humans(said, humans, candidate).one_human if said else None
