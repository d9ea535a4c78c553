"""The limitations that follow from the data: each a rule over the findings that gives a sentence where it holds, "" elsewhere.

To add one, write a rule and its line of `EVERY_LIMITATION`. No rater is named, as a paper names none. Not what no panel can know,
who the raters are for example: see `datasheet`.
"""

from collections.abc import Callable
from math import isnan

from rpo.glossary import quantity
from rpo.judging import Endpoint, Imported
from rpo.reporting.findings import Findings
from rpo.reporting.numbers import day, figure_words, listed, percent, points, span
from rpo.statistics import FEW_PROMPTS, Leader, Looks

FEW_RATERS = 2
MANY_TIES = 1 / 3  # of all votes
MANY_BOTH_BAD = 1 / 5  # of all votes
NAMED = 4  # slices that are named one by one
MANY_CUT = 1 / 20  # of all pairs, from which cut answers may move a score by points
LITTLE_AGREEMENT = 0.2  # of a coefficient beyond chance: "slight" at most (Landis and Koch 1977)


def limitations_of(found: Findings) -> tuple[str, ...]:
    """What a reader must keep in mind, one sentence or two each, in the order of `EVERY_LIMITATION`."""
    return tuple(words for rule in EVERY_LIMITATION if (words := rule(found)))


def example(found: Findings) -> str:
    """Votes that no person cast."""
    return "No person voted: the votes are those of fixed rules, so they say nothing of what people prefer." * found.panel.example


def prompts(found: Findings) -> str:
    """Too few prompts."""
    count = found.score.prompts
    few = f"Only {quantity(count, 'prompt')} stand behind the score, so only large differences could be found."
    return few * (count < FEW_PROMPTS)


def without_votes(found: Findings) -> str:
    """Pairs without a vote."""
    lacking = found.panel.comparisons - found.score.prompts
    if lacking <= 0:
        return ""
    have = "has" if lacking == 1 else "have"
    return f"{quantity(lacking, 'pair')} of {found.panel.comparisons:,} {have} no vote; they may differ from those that have one."


def few_raters(found: Findings) -> str:
    """One rater or two, and what then cannot be known."""
    count = found.score.raters
    if count > FEW_RATERS or found.panel.example:
        return ""
    who = "One rater voted" if count == 1 else f"{quantity(count, 'rater')} voted"
    alone = " How far raters agree is not known." if count == 1 else ""
    return f"{who}: the result is theirs, and nothing can be said of other raters.{alone}"


def raters_like_these(found: Findings) -> str:
    """Whether the result holds for other raters like these."""
    one = found.score.other_raters
    if found.score.raters <= FEW_RATERS or found.panel.example:
        return ""
    if not one.known:
        return f"For other raters like these no interval can be given ({one.note.rstrip('.')})."
    opens = found.reading.leader is not Leader.NEITHER and one.holds(0.5)
    so = ": for them the difference is not shown" if opens else ""
    return f"The interval speaks of these raters. For other raters like these it is {span(one.low, one.high)}{so}."


def no_overlap(found: Findings) -> str:
    """Several raters who share no prompt."""
    apart = found.score.raters > 1 and not found.agreement.prompts
    return "No two raters saw the same prompt, so how far they agree is not known." * apart


def little_agreement(found: Findings) -> str:
    """Raters who agree little beyond chance."""
    one = found.agreement.ac1
    if not one.known or one.value >= LITTLE_AGREEMENT:
        return ""
    who = "The rules agree" if found.panel.example else "Raters agree"
    ends = f"95 %: {figure_words(one.low)} to {figure_words(one.high)}"
    return f"{who} little beyond chance (Gwet's AC1 {figure_words(one.value)}, {ends})."


def late(found: Findings) -> str:
    """Raters who have not finished."""
    count = len(found.end.late)
    have = "has" if count == 1 else "have"
    return f"{quantity(count, 'rater')} {have} not finished: this is an interim result." if count else ""


def open_list(found: Findings) -> str:
    """A list of raters without an end, though nobody is late."""
    opened = found.end.look is Looks.ALWAYS and not found.end.late and not found.panel.example
    return "Voting had no end that was fixed beforehand; the interval allows for looks in between and is wider for it." * opened


def ties(found: Findings) -> str:
    """So many ties that half points carry the score."""
    one = found.score
    share = one.ties / one.votes if one.votes else 0.0
    return f"{percent(share)} of votes are ties; each pulls the score towards 50 %." if share >= MANY_TIES else ""


def both_bad(found: Findings) -> str:
    """Answers of which neither is usable."""
    one = found.score
    share = one.both_bad / one.votes if one.votes else 0.0
    many = f"In {percent(share)} of votes both answers were marked as bad: to be preferred there is not to be good."
    return many * (share >= MANY_BOTH_BAD)


def unseen_pairs(found: Findings) -> str:
    """Pairs that count without a vote."""
    count = len(found.settled)
    if not count:
        return ""
    share = percent(count / found.score.prompts)
    return f"{quantity(count, 'pair')} ({share} of those in the score) counted without a vote: alike, or one of them empty."


def cut_answers(found: Findings) -> str:
    """Answers that a limit of tokens ended."""
    if found.cut < MANY_CUT * found.panel.comparisons or not found.cut:
        return ""
    share = percent(found.cut / found.panel.comparisons)
    return f"In {quantity(found.cut, 'pair')} ({share}) a limit of tokens cut an answer; a longer limit may change the result."


def leaning(found: Findings) -> str:
    """Raters who prefer a side of the screen whatever stands there."""
    if found.panel.example:
        return ""
    rows = [one for one in found.each if one.leans]
    who = quantity(len(rows), "rater") if rows else "All raters together"
    rows = rows or [one for one in (found.together,) if one.leans]
    shares = [f"{percent(one.left.value)} of {quantity(one.left.n, 'decided vote')}" for one in rows]
    why = "more than chance explains; sides were balanced, so this adds noise and pulls the score towards 50 %"
    return f"{who} chose left in {listed(shares)}, away from one half by {why}." if rows else ""


def unlike_themselves(found: Findings) -> str:
    """No hidden repeats, by which one would see whether raters are consistent."""
    unknown = not found.together.consistent.n and not found.panel.example
    return "No pair was judged twice, so whether raters repeat their own verdicts is not known." * unknown


def one_kind(found: Findings) -> str:
    """Prompts of which nothing tells that they are of more than one kind."""
    alone = not found.slices
    return "The prompts are not divided into slices: whether the result holds for each kind of prompt was not looked at." * alone


def few_in_slices(found: Findings) -> str:
    """Slices with few prompts."""
    names = [f"“{one.slice}”" for one in found.slices if one.few]
    if len(names) > NAMED:
        names = [f"{quantity(len(names), 'slice')} of {len(found.slices)}"]
    fewer = f"fewer than {FEW_PROMPTS} prompts, so a slice without a difference is not one shown to be equal"
    few = sum(one.few for one in found.slices)
    return f"{listed(names)} {'has' if few == 1 else 'have'} {fewer}." if names else ""


def judges(found: Findings) -> str:
    """What a judge's figures rest on."""
    said = []
    for one in found.judges:
        if isinstance(one.judge, Endpoint):
            said.append(f"Verdicts of “{one.judge.model}” are of {day(one.last)}; the model behind that name may change.")
        if isinstance(one.judge, Imported):
            said.append(f"“{one.judge.annotator}” judged in one order only, so its lean to a position is not known.")
        if one.raters is not None and one.raters.parted:
            gap = one.raters.gap
            ends = f"95 %: {points(gap.low)} to {points(gap.high)}"
            said.append(f"In points of the score, “{one.judge.name}” is {points(gap.value)} apart from the raters ({ends}).")
    return " ".join(said)


def repeats(found: Findings) -> str:
    """Raters who contradict themselves on hidden repeats, as far as so few can show it."""
    same = found.together.consistent
    if not same.n or isnan(same.high) or same.high >= 0.9:
        return ""
    return f"Shown again with sides exchanged, pairs got the same verdict in {same.k} of {same.n} only."


EVERY_LIMITATION: tuple[Callable[[Findings], str], ...] = (
    example,
    prompts,
    without_votes,
    few_raters,
    raters_like_these,
    no_overlap,
    little_agreement,
    late,
    open_list,
    ties,
    both_bad,
    unseen_pairs,
    cut_answers,
    leaning,
    repeats,
    unlike_themselves,
    one_kind,
    few_in_slices,
    judges,
)
