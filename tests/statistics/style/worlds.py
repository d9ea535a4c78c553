"""Panels in which length, markup and prompts have known effects, and the votes on them."""

import numpy as np
from scipy.special import expit

from rpo.statistics import Feature, Style
from rpo.voting import Choice, Vote

SCALE = 400.0  # letters: the spread of the difference of lengths
CHOICES = {1.0: Choice.LEFT, 0.0: Choice.RIGHT, 0.5: Choice.TIE}


def votes_of(outcomes, author="tuned", start="c"):
    """One vote a prompt for the author's answers; what is between the choices is a judge's own number."""
    return [
        Vote(f"{start}{n}", f"prompt {n}", "", "Ann", *chosen(float(one), author), preference=preference(float(one)))
        for n, one in enumerate(outcomes)
    ]


def chosen(outcome, author):
    return CHOICES.get(outcome, Choice.LEFT if outcome > 0.5 else Choice.RIGHT), False, author, "base", 0, 0.0


def preference(outcome):
    return None if outcome in CHOICES else outcome


def lengths_of(differences, start="c", middle=2000.0):
    return {f"{start}{n}": (middle + d / 2, middle - d / 2) for n, d in enumerate(differences)}


def styles_of(counts, start="c"):
    """Each feature's counts (P, 2), the candidate's and the baseline's; a feature that is not named has none."""
    size = len(next(iter(counts.values())))
    all_counts = {one: counts.get(one, np.zeros((size, 2), dtype=int)).tolist() for one in Feature}
    return {
        f"{start}{n}": tuple(Style({one: both[n][side] for one, both in all_counts.items()}) for side in (0, 1))
        for n in range(size)
    }


def drawn(level, taste, longer, count=2000, ties=0.0, seed=0):
    """Votes and lengths, the candidate's answer longer by so many spreads on the mean."""
    draw = np.random.default_rng(seed)
    differences = SCALE * draw.normal(longer, 1, count)
    outcomes = (draw.random(count) < expit(level + taste * np.tanh(differences / SCALE))).astype(float)
    outcomes[draw.random(count) < ties] = 0.5
    return votes_of(outcomes), lengths_of(differences)


def swapped(measures):
    return {name: (b, a) for name, (a, b) in measures.items()}


def judged(level, longer, count=400, seed=0):
    """A judge's numbers, rounded, and lengths as answers of models have them: log-normal, those of one prompt alike."""
    draw = np.random.default_rng(seed)
    base = draw.lognormal(np.log(1500), 0.5, count).astype(int)
    own = (base * draw.lognormal(longer, 0.4, count)).astype(int)
    differences = (own - base) / (own - base).std(ddof=1)
    chances = expit(level + 1.5 * np.tanh(differences))
    numbers = draw.beta(0.4 * chances, 0.4 * (1 - chances)).round(4)
    return votes_of(numbers), {f"c{n}": (float(a), float(b)) for n, (a, b) in enumerate(zip(own, base, strict=True))}
