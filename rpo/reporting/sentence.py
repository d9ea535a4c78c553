"""What a panel found in one or two sentences, to be copied into a message or a paper. Plain text, not markdown."""

from collections.abc import Mapping

from rpo.glossary import quantity
from rpo.statistics import Closeness, Ending, Leader, Looks, Reading, Standings, closeness
from rpo.voting import Panel

AHEAD = {
    Leader.CANDIDATE: "that is more than chance",
    Leader.BASELINE: "that is less than chance",
    Leader.NEITHER: "these votes do not tell the two apart",
}
INTERVAL = {Looks.ONCE: "95 %", Looks.ALWAYS: "95 % at every look"}
WITHIN = {
    Closeness.ALIKE: "The two differ by less than {margin}",
    Closeness.NOT_WORSE: "The first is not worse than the second by more than {margin}",
    Closeness.WORSE: "The first is worse than the second by more than {margin}",
    Closeness.OPEN: "Whether the first is worse than the second by more than {margin} stays open",
}


def first_sentence(panel: Panel, one: Standings, end: Ending, titles: Mapping[str, str]) -> str:
    """The score with the interval that this panel goes by, and what follows of it; `titles` name authors that are runs.

    Whether that is more than chance is `Reading.leader`, and nothing else. A margin that the panel was made with is spoken of
    unless the candidate is ahead by more; who has not finished is named, since then more looks will come.
    """
    found = one.reading(end.look)
    candidate, baseline = (titles.get(author, author) for author in (panel.candidate, panel.baseline))
    judges = quantity(one.raters, "rule" if panel.example else "rater")
    ends = f"{found.interval.low * 100:.1f} to {found.interval.high * 100:.1f} %"
    said = (
        f"On {quantity(one.prompts, 'prompt')}, {judges} preferred “{candidate}” to “{baseline}” {one.score * 100:.1f} % of the "
        f"time ({INTERVAL[found.look]}: {ends}; ties count half); {AHEAD[found.leader]}."
    )
    return " ".join(filter(None, (said, within(found, panel.margin), unfinished(found, end))))


def within(found: Reading, margin: float | None) -> str:
    """What the interval says of the margin that was agreed on; empty where there is none, or it is beside the point."""
    if margin is None:
        return ""
    close = closeness(found.interval, margin)
    if close is Closeness.NOT_WORSE and found.leader is Leader.CANDIDATE:
        return ""
    points = f"{margin * 100:g} {'point' if margin == 0.01 else 'points'} (the margin that was set before the first vote)"
    return f"{WITHIN[close].format(margin=points)}."


def unfinished(found: Reading, end: Ending) -> str:
    """Who has not finished, and what that means for whoever looks now."""
    if not end.late:
        return ""
    late = f"{', '.join(end.late)} {'has' if len(end.late) == 1 else 'have'} not finished"
    follows = "stop looking until then" if found.leader is Leader.NEITHER else "the interval allows for looks before the end"
    return f"{late}: {follows}."
