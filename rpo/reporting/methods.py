"""The paragraph on methods: what was compared, how it was judged and how it was counted, as a reviewer asks for it.

It states what the panel records and nothing else. What the models are, how raters were found and what they were paid, the authors
must add: `datasheet` lists it. Plain text, not markdown.
"""

from collections import Counter
from importlib.metadata import version

from rpo.glossary import quantity
from rpo.judging import Endpoint, Imported
from rpo.reporting.findings import Findings, JudgeFound
from rpo.reporting.numbers import day, figure_words, listed, percent, span
from rpo.statistics import Coefficient, Looks
from rpo.voting import NoRaterVerdict

HOW_SCORED = (
    "The score is the candidate's share of wins with ties counted half, averaged first over the votes on a prompt and then over "
    "prompts."
)
TEST = {
    Looks.ONCE: (
        "Since the list of raters was closed and all had finished, results are read once, at the end: by the exact two-sided "
        "sign-flip test over prompts (the sign test where each prompt has one vote) at the 5 % level, and by a Wilson interval "
        "over prompt means that agrees with it"
    ),
    Looks.ALWAYS: (
        "Since votes could be looked at before a fixed end, results are read by a confidence sequence over prompt means, which "
        "stays valid at every look, at the 5 % level"
    ),
}
SCORED_AS = {
    NoRaterVerdict.IDENTICAL: "with identical answers as ties",
    NoRaterVerdict.BOTH_EMPTY: "with two empty answers as ties",
    NoRaterVerdict.FIRST_EMPTY: "with one empty answer as lost by that side",
    NoRaterVerdict.SECOND_EMPTY: "with one empty answer as lost by that side",
}


def methods_of(found: Findings) -> str:
    """How the panel was made, judged and evaluated, in one paragraph."""
    sentences = (
        what_was_compared(found),
        without_raters(found),
        who_judged(found),
        task(found),
        checks(found),
        HOW_SCORED,
        tested(found),
        margin(found),
    )
    judges = [judge_words(found, one) for one in found.judges]
    return " ".join(filter(None, (*sentences, agreed(found), *judges, f"Computed with rpo {version('rpo')}.")))


def what_was_compared(found: Findings) -> str:
    """What was compared on which prompts, and how these were drawn."""
    panel = found.panel
    what = f"We compared answers of “{found.candidate}” (candidate) with answers of “{found.baseline}” (baseline)"
    if panel.pool > panel.comparisons:
        strata = ", stratified by slice," if found.slices else ""
        drawn = f"drawn at random{strata} from {panel.pool:,} (seed {panel.seed})"
        return f"{what} on {quantity(panel.comparisons, 'prompt')}, {drawn}."
    every = "all " * (panel.pool == panel.comparisons)  # a panel of an early version does not know its pool
    return f"{what} on {every}{quantity(panel.comparisons, 'prompt')}."


def without_raters(found: Findings) -> str:
    """The pairs that no rater saw, and how they count."""
    if not found.settled:
        return ""
    counts = Counter(SCORED_AS[one.verdict] for one in found.settled)
    scored = listed([f"{quantity(count, 'pair')} {words}" for words, count in counts.items()])
    return f"Without being shown to a rater, we scored {scored}; they are part of the score."


def who_judged(found: Findings) -> str:
    """Who judged how many pairs, and how many of the pairs that were to be judged have a vote."""
    panel, one = found.panel, found.score
    who = quantity(one.raters, "automatic rule" if panel.example else "rater")
    each = (
        f"each pair went to {panel.overlap} of {quantity(len(panel.raters), 'rater')}" if panel.overlap else "each was given all"
    )
    voted, asked = one.prompts - one.unrated, panel.comparisons - panel.same - panel.empty
    all_of_it = f"on {quantity(voted, 'pair')}" if voted == asked else f"on {voted:,} of {quantity(asked, 'pair')} so far"
    made = "" if panel.example else f" The panel was set up on {day(panel.created)}."
    return f"{who} cast {quantity(one.votes, 'vote')} {all_of_it}; {each}.{made}"


def task(found: Findings) -> str:
    """What raters saw, were asked and could answer."""
    panel = found.panel
    tags = f", attach tags ({', '.join(f'“{tag}”' for tag in panel.tags)})" if panel.tags else ""
    seal = "Results were sealed until a rater had finished." if panel.sealed else "Raters could see results before they finished."
    if panel.example:
        return "A rule compares the two texts and does not know who wrote them."
    asked = f" They were asked: “{panel.rubric}”" if panel.rubric else ""
    asked += f" A second question does not count in the score: “{panel.second_rubric}”" if panel.second_rubric else ""
    asked += practised(found)
    asked += " A written guideline could be opened at any time." if panel.guideline else ""
    return (
        "Raters saw a prompt with both answers side by side, authors hidden, the order of pairs and the sides drawn at random "
        f"for each rater and the sides balanced.{asked} They could vote for a side or a tie, mark "
        f"both answers as bad{tags}{more(found)} and give a reason. {seal}"
    )


def practised(found: Findings) -> str:
    """What raters practised on, with a blank before it."""
    pairs = f" They first judged {quantity(found.practice, 'practice pair')} and read the organiser's answer (not counted)."
    return pairs * bool(found.practice)


def more(found: Findings) -> str:
    """What raters could do beyond a verdict, if the panel has it."""
    strength = ", say how much better an answer is (not counted in the score)" * found.panel.strength
    return strength + ", have the differences between the answers marked" * found.panel.differences


def checks(found: Findings) -> str:
    """What was done to see whether raters follow the answers."""
    who = "rule" if found.panel.example else "rater"
    same, left = found.together.consistent, found.together.left
    if not same.n:
        return f"Left won {percent(left.value)} of decided votes ({left.k} of {left.n})." if left.n else ""
    again = f"{quantity(same.n, 'pair')} came back to the same {who} with sides exchanged (not counted in the score)"
    lean = f"; left won {percent(left.value)} of decided votes ({left.k} of {left.n})" if left.n else ""
    return f"As a check, {again}; {same.k} of {same.n} got the same verdict{lean}."


def tested(found: Findings) -> str:
    """The test and the interval that the panel goes by."""
    who = "rules" if found.panel.example else "raters"
    slices = f" The p values of {quantity(len(found.slices), 'slice')} are corrected after Holm; their intervals are not."
    same = f"Test and interval speak of other prompts like these and of the same {who}."
    return f"{TEST[found.end.look]}. {same}{slices * bool(found.slices)}"


def margin(found: Findings) -> str:
    """The margin that was agreed on before the first vote."""
    if found.panel.margin is None:
        return ""
    points = f"{found.panel.margin * 100:g} {'point' if found.panel.margin == 0.01 else 'points'}"
    return f"A margin of {points} of the score was set before the first vote: inside it the candidate counts as not worse."


def agreed(found: Findings) -> str:
    """How far raters agree; that it cannot be known is one of the limitations."""
    one = found.agreement
    if not one.prompts:
        return ""
    who = "rules" if found.panel.example else "raters"
    beyond = [f"{name} {coefficient(figure)}" for name, figure in (("Krippendorff's α", one.alpha), ("Gwet's AC1", one.ac1))]
    alike = f"{percent(one.percent.value)} (95 %: {span(one.percent.low, one.percent.high)})"
    return f"Two {who} gave the same verdict {alike} of the time on {quantity(one.prompts, 'prompt')}; {', '.join(beyond)}."


def coefficient(one: Coefficient) -> str:
    """A coefficient with its interval."""
    if not one.known:
        return "undefined (all votes are alike)"
    return f"{figure_words(one.value)} (95 %: {figure_words(one.low)} to {figure_words(one.high)})"


def judge_words(found: Findings, one: JudgeFound) -> str:
    """Who judged beside the raters, when, how it was asked and how far it agrees."""
    said = f"{judge_described(one)} judged {quantity(one.score.prompts - one.score.unrated, 'pair')}{when(one)}"
    reading = one.score.reading(Looks.ONCE)
    score = (
        f"its score for the candidate is {percent(one.score.score)} (95 %: {span(reading.interval.low, reading.interval.high)})"
    )
    if one.raters is None:
        return f"{said}; {score}; it shares no prompt with the raters."
    same = one.raters.agree
    alike = f"{percent(same.value)} (95 %: {span(same.low, same.high)}) of {quantity(one.raters.prompts, 'shared prompt')}"
    who = "most rules" if found.panel.example else "most raters"
    return f"{said}; {score}; it gave the verdict of {who} on {alike}. Its verdicts are not part of the score above."


def judge_described(one: JudgeFound) -> str:
    """The judge with what decides its answers."""
    if isinstance(one.judge, Endpoint):
        how = f"temperature {one.judge.temperature:g}, instruction {one.judge.instruction.name} {one.judge.instruction.version}"
        return f"The language model “{one.judge.model}” ({how}), asked in both orders and counted as a tie where these differ,"
    if isinstance(one.judge, Imported):
        return f"The judge “{one.judge.annotator}”, whose annotations were imported and made in one order only,"
    return "A rule, not a model, that prefers the more direct answer,"


def when(one: JudgeFound) -> str:
    """On which days its opinions were kept."""
    if not one.last:
        return ""
    first, last = day(one.first), day(one.last)
    kept = "imported" if isinstance(one.judge, Imported) else "asked"
    return f" ({kept} on {first})" if first == last else f" ({kept} {first} to {last})"
