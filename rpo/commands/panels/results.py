"""`rpo results`: what a panel's votes say, in the sentence and figures of Results; without a panel: the panels there are."""

import json
from argparse import ArgumentParser, Namespace
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from rpo import storage
from rpo.commands.terminal import print_columns
from rpo.commands.verb import Verb
from rpo.errors import RpoError
from rpo.glossary import quantity

if TYPE_CHECKING:
    from rpo.statistics import Ending, Interval, Standings
    from rpo.voting import Ballots, Panel


def _options(parser: ArgumentParser) -> None:
    action = parser.add_argument("panel", metavar="PANEL", nargs="?", help="a panel's id or title (default: list the panels)")
    action.completer = _panel_names  # pyright: ignore[reportAttributeAccessIssue] - as argcomplete asks it
    parser.add_argument("--peek", action="store_true", help="look at a sealed panel before all have finished")
    parser.add_argument("--json", action="store_true", help="print one JSON object, or a list of the panels")


def _results(choice: Namespace) -> int:
    from rpo.voting import Ballots

    ballots = Ballots.here()
    if not choice.panel:
        return _listed(choice, ballots)
    panel = _panel_of(choice.panel, ballots)
    sentence, one, end = _read(ballots, panel, choice.peek)
    print(json.dumps(_record(panel, sentence, one, end)) if choice.json else _text(sentence, one, end))
    return 0


def _read(ballots: "Ballots", panel: "Panel", peek: bool) -> "tuple[str, Standings, Ending]":
    from rpo import runs, statistics
    from rpo.reporting import first_sentence

    votes, end = ballots.columns(panel.id), statistics.ending(ballots.attendance(panel.id))
    if not len(votes):
        raise RpoError(f"a result needs votes, nobody has voted on {panel.id} yet; the page Vote takes them")
    if panel.sealed and end.late and not peek:
        late = f"{', '.join(end.late)} {'has' if len(end.late) == 1 else 'have'} not"
        step = "wait, or add --peek, which goes by the interval that is valid at every look"
        raise RpoError(f"a sealed panel is read when all have finished, {late}; {step}")
    one = statistics.standings(votes, panel.candidate, ballots.unrated(panel.id))
    return first_sentence(panel, one, end, runs.titles()), one, end


def _text(sentence: str, one: "Standings", end: "Ending") -> str:
    named = {"these raters": one.same_raters, "raters like these": one.other_raters, "at every look": one.peeking}
    lines = [f"95 % interval, {name + ':':<19} {_span(found)}  {found.question}" for name, found in named.items()]
    counts = f"{quantity(one.votes, 'vote')} on {quantity(one.prompts, 'prompt')}; both bad: {one.both_bad}"
    return "\n".join([sentence, "", *lines, counts, end.why])


def _span(found: "Interval") -> str:
    return "undefined" if found.low != found.low else f"{found.low:.1%} to {found.high:.1%}"


def _record(panel: "Panel", sentence: str, one: "Standings", end: "Ending") -> dict[str, Any]:
    found = one.reading(end.look)
    goes_by = {"look": found.look.value, "low": found.interval.low, "high": found.interval.high, "p": found.p}
    about = {"panel": panel.id, "title": panel.title, "candidate": panel.candidate, "baseline": panel.baseline}
    return {**about, "sentence": sentence, "leader": found.leader.value, "goes_by": goes_by, "late": end.late, **one.as_row()}


def _listed(choice: Namespace, ballots: "Ballots") -> int:
    panels = ballots.panels()
    rows = [(one.id, one.title or one.name, one.comparisons, *_turnout(ballots, one)) for one in panels]
    if choice.json:
        print(json.dumps([dict(zip(("panel", "title", "pairs", "votes", "of"), row, strict=True)) for row in rows]))
    elif rows:
        print_columns(("panel", "title", "pairs", "votes"), [(a, b, str(c), f"{d} of {e}") for a, b, c, d, e in rows])
    else:
        print("No panel yet; `rpo panel RUN` makes one of a run's answers.")
    return 0


def _turnout(ballots: "Ballots", panel: "Panel") -> tuple[int, int]:
    turnout = ballots.turnout(panel.id).values()
    return sum(done for done, _ in turnout), sum(total for _, total in turnout)


def _panel_of(word: str, ballots: "Ballots") -> "Panel":
    known = ballots.panels()
    found = [one for one in known if word in (one.id, one.title, one.name)]
    if len(found) == 1:
        return found[0]
    if found:
        raise RpoError(f"{word!r} must name one panel, it names {', '.join(one.id for one in found)}; give the id")
    close = get_close_matches(word, [text for one in known for text in (one.id, one.title, one.name)], 1)
    near = f"the nearest is {close[0]}, " if close else ""
    raise RpoError(f"there is no panel {word!r}; {near}`rpo results` lists them")


def _panel_names(prefix: str = "", **_: object) -> list[str]:
    """The panels that begin so, for a shell to complete; no database is made for it."""
    if not (storage.home() / "votes").is_dir():
        return []
    from rpo.voting import Ballots

    return [one.id for one in Ballots.here().panels() if one.id.startswith(prefix)]


VERB = Verb("results", "print what a panel's votes say, with intervals; sealed results stay sealed", _results, _options)
