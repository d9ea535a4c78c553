"""The figures of votes the plain way, a loop over votes each: what the quick ways are held against, to the last digit."""

from collections import Counter, defaultdict
from itertools import combinations
from math import nan
from statistics import median

import numpy as np
from sqlalchemy import select

from rpo.voting import Choice, Vote
from rpo.voting.database.schema import COMPARISONS, PANELS
from rpo.voting.events import rater_states


def table(cells, settled=()):
    """Outcomes (P, R) of (prompt, rater, outcome)."""
    prompts = {prompt: number for number, prompt in enumerate(sorted({prompt for prompt, _, _ in cells}))}
    raters = {rater: number for number, rater in enumerate(sorted({rater for _, rater, _ in cells}))}
    width = max(1, len(raters))
    sums, counts = (np.zeros((len(prompts), width)) for _ in range(2))
    for prompt, rater, outcome in cells:
        sums[prompts[prompt], raters[rater]] += outcome
        counts[prompts[prompt], raters[rater]] += 1
    seen = np.divide(sums, counts, out=np.full_like(sums, nan), where=counts > 0)
    return np.concatenate([seen, np.tile(np.reshape(settled, (-1, 1)), width)])


def first(votes):
    return [vote for vote in votes if vote.repeat == 0]


def grid(votes, candidate):
    return table([(vote.comparison, vote.rater, vote.outcome(candidate)) for vote in first(votes)])


def counts(votes, candidate):
    """What `standings` counts: wins, ties, losses, raters, both bad."""
    outcomes = [vote.outcome(candidate) for vote in first(votes)]
    raters = {vote.rater for vote in first(votes)}
    return *map(outcomes.count, (1.0, 0.5, 0.0)), len(raters), sum(vote.both_bad for vote in first(votes))


def rater_figures(votes):
    """For all and then each rater: name, votes, (k, n) of left, of same again, of both bad, and the median seconds."""
    names = sorted({vote.rater for vote in votes})
    return [_rater_figures("", votes), *(_rater_figures(name, [vote for vote in votes if vote.rater == name]) for name in names)]


def _rater_figures(name, votes):
    sides = [vote.choice is Choice.LEFT for vote in votes if vote.choice is not Choice.TIE]
    before = {(vote.rater, vote.comparison): _winner(vote) for vote in first(votes)}
    again = [((vote.rater, vote.comparison), _winner(vote)) for vote in votes if vote.repeat > 0]
    same = [before[key] == winner for key, winner in again if key in before]
    seconds = [vote.seconds for vote in votes if vote.seconds is not None]
    shares = ((sum(one), len(one)) for one in (sides, same, [vote.both_bad for vote in votes]))
    return name, len(votes), *shares, float(median(seconds)) if seconds else nan


def _winner(vote):
    return None if vote.choice is Choice.TIE else vote.left if vote.choice is Choice.LEFT else vote.right


def disagreements(votes, candidate):
    groups = defaultdict(list)
    for vote in first(votes):
        groups[vote.comparison].append(vote)
    split = [_split(group, candidate) for group in groups.values()]
    return sorted((one for one in split if one[-1] > 0), key=lambda one: (-one[-1], -sum(map(len, one[3:6])), one[0]))


def _split(group, candidate):
    won, lost, tied = (
        tuple(sorted(vote.rater for vote in group if vote.outcome(candidate) == outcome)) for outcome in (1.0, 0.0, 0.5)
    )
    pairs = len(group) * (len(group) - 1) / 2
    about = group[0]
    return about.comparison, about.prompt, about.slice, won, lost, tied, len(won) * len(lost) / max(pairs, 1)


def verdicts(votes, candidate):
    """How many votes of each verdict each prompt has, (P, 3)."""
    outcomes = np.rint(2 * grid(votes, candidate))
    return np.stack([(outcomes == verdict).sum(axis=1) for verdict in (0, 1, 2)], axis=1)


def bootstrapped(each, figure, draw, resamples=1000):
    """The ends of `percent` or `ac1` over prompts, drawn one resample after another."""
    again = [figure(each[draw.integers(0, len(each), len(each))]) for _ in range(resamples)]
    return np.quantile(again, [0.025, 0.975])


def wilson(values):
    """Wilson's interval of the mean of figures in [0, 1], one a prompt, for as many prompts as they are worth."""
    from scipy.stats import t

    size, mean = len(values), sum(values) / len(values)
    spread = mean * (1 - mean)
    variance = sum((value - mean) ** 2 for value in values) / max(size - 1, 1) / size
    most = max(size, 4 * spread * size**2)
    worth = most if variance * most <= spread else spread / variance
    pull = t.ppf(0.975, max(size - 1, 1)) ** 2 / worth
    middle, half = (mean + pull / 2) / (1 + pull), (pull * spread + pull**2 / 4) ** 0.5 / (1 + pull)
    return max(0.0, middle - half), min(1.0, middle + half)


def alike(each):
    """The share of equal pairs of votes on each prompt that has two."""
    return [float((row * (row - 1)).sum() / (row.sum() * (row.sum() - 1))) for row in each if row.sum() > 1]


def percent(each):
    total = each.sum(-1)
    pairs = total * (total - 1)
    alike = (each * (each - 1)).sum(-1) / np.maximum(pairs, 1)
    return alike.sum() / max((pairs > 0).sum(), 1)


def ac1(each, agreed=None):
    used = (each / each.sum(-1, keepdims=True)).mean(0)
    chance = (used * (1 - used)).sum() / 2
    return ((percent(each) if agreed is None else agreed) - chance) / (1 - chance)


def tally(votes):
    """Authors, pairs and counts (P, K, 3) of a board."""
    pairs = sorted({_pair(vote) for vote in votes})
    prompts = {prompt: number for number, prompt in enumerate(sorted({vote.prompt for vote in votes}))}
    on_comparison = defaultdict(int)
    for vote in votes:
        on_comparison[vote.comparison] += 1
    found = np.zeros((len(prompts), len(pairs), 3))
    for vote in votes:
        column = round(2 * (1 - vote.outcome(_pair(vote)[0])))
        found[prompts[vote.prompt], pairs.index(_pair(vote)), column] += 1 / on_comparison[vote.comparison]
    return tuple(sorted({name for pair in pairs for name in pair})), tuple(pairs), found


def _pair(vote):
    return min(vote.left, vote.right), max(vote.left, vote.right)


def beside(judge, humans, candidate):
    """Of the prompts that both have judged, by name: the judge, most humans, their mean, and the shares of equal verdicts."""
    said, rated = {vote.comparison: vote.outcome(candidate) for vote in judge}, defaultdict(list)
    for vote in first(humans):
        if vote.comparison in said:
            rated[vote.comparison].append(vote.outcome(candidate))
    names = sorted(rated)
    one = np.array([said[name] for name in names])
    mean = np.array([float(np.mean(rated[name])) for name in names])
    most = np.array([_plurality(rated[name]) for name in names])
    with_one = np.array([np.mean([said[name] == human for human in rated[name]]) for name in names])
    pairs = [list(combinations(rated[name], 2)) for name in names]
    ceiling = np.array([np.mean([a == b for a, b in own]) if own else nan for own in pairs])
    return one, most, mean, with_one, ceiling


def _plurality(outcomes):
    (first, often), *others = Counter(outcomes).most_common()
    return 0.5 if others and others[0][1] == often else first


def kappa(one, most):
    """Cohen's kappa, as scikit-learn has it."""
    from sklearn.metrics import cohen_kappa_score

    if len(np.unique(np.concatenate([one, most]))) < 2:
        return nan
    return float(cohen_kappa_score((2 * one).astype(int), (2 * most).astype(int)))


def confusion(one, most):
    """How often the judge says a verdict (rows: win, tie, loss) where most humans say one (columns)."""
    said = Counter(zip(one.tolist(), most.tolist(), strict=True))
    return tuple(tuple(said[row, column] for column in (1.0, 0.5, 0.0)) for row in (1.0, 0.5, 0.0))


def read(ballots, panel):
    """The votes from each rater's desk, every event folded in turn."""
    with ballots.database.reading() as connection:
        about = connection.execute(select(PANELS).where(PANELS.c.id == panel)).one()
        pairs = {row.id: row for row in connection.execute(select(COMPARISONS).where(COMPARISONS.c.panel == panel))}
        found = [
            (desk.state(place).number, _vote(desk, place, rater, pairs[place.pair], about))
            for rater, desk in rater_states(connection, panel).items()
            for place in desk.done
        ]
    return tuple(vote for _, vote in sorted(found, key=lambda one: one[0]))


def _vote(desk, place, rater, pair, about):
    state = desk.state(place)
    left, right = (about.candidate, about.baseline) if place.candidate_left else (about.baseline, about.candidate)
    said = {"reason": state.word.reason, "tags": state.word.tags, "repeat": place.repeat, "seconds": desk.seconds(place)}
    what = (state.word.choice, state.word.both_bad, left, right, state.cast, state.time)
    return Vote(place.pair, pair.prompt, pair.slice, rater, *what, **said)


def progress(ballots, panel):
    """How far each rater is: done, total, skipped, seconds left, last_event."""
    with ballots.database.reading() as connection:
        return {name: _progress(desk) for name, desk in rater_states(connection, panel).items()}


def _progress(desk):
    left, pace = desk.waiting, desk.pace
    skipped = sum(desk.state(place).skipped > 0 for place in left)
    seconds = pace * len(left) if left and pace is not None else None  # at the end no time is left
    return len(desk.done), len(desk.showings), skipped, seconds, desk.last_event
