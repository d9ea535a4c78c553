"""`rpo panel`: a blind panel of a run's answers against its baseline's or another run's, as Panels makes it."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rpo.commands.runs.named import run_named, takes_run
from rpo.commands.verb import Verb
from rpo.errors import RpoError
from rpo.glossary import quantity

if TYPE_CHECKING:
    from rpo.voting import Ballots, Comparison, Options

ADDRESS = "http://localhost:8501"  # of an app that was started without options
POINTS = 5  # of the score, which Panels proposes as the margin too


def _options(parser: ArgumentParser) -> None:
    takes_run(parser)
    parser.add_argument("--against", metavar="RUN", help="another run in the baseline's place")
    parser.add_argument("--title", help="its title, as raters see it (default: Round N)")
    parser.add_argument("--question", default="", help="what raters look for (default: which answer is of more help)")
    parser.add_argument("--raters", default="", help="their names with commas between (default: whoever says a name)")
    parser.add_argument("--overlap", type=int, metavar="N", help="raters a pair, where raters are named (default: all of them)")
    parser.add_argument("--pairs", type=int, default=200, help="pairs drawn of those there are (default 200)")
    parser.add_argument("--repeats", type=int, default=POINTS, help="pairs shown twice to each rater (default 5)")
    parser.add_argument("--tags", default="", help="tags raters may set, with commas between")
    parser.add_argument(
        "--margin", type=float, default=POINTS, help="points of the score that count as no loss (default 5; 0: none)"
    )
    parser.add_argument("--open", action="store_true", help="not sealed: raters may see results before all have finished")
    parser.add_argument("--days", type=float, help="days until the links end (default: never)")
    parser.add_argument("--public-url", default="", help=f"the address raters open (default {ADDRESS})")
    parser.add_argument("--json", action="store_true", help="print one JSON object: panel, pairs, links")


def _panel(choice: Namespace) -> int:
    from rpo.voting import Ballots

    ballots, pairs, options, root = Ballots.here(), _pairs(choice), _asked(choice), _root(choice)
    made = ballots.make_panel(choice.title or _next_title(ballots), pairs, choice.question, options)
    links = _links(root, choice.days, ballots, made, options.raters)
    if choice.json:
        print(json.dumps({"panel": made, "pairs": ballots.panel(made).comparisons, "links": links}))
        return 0
    print(
        f"Panel {made}: {quantity(ballots.panel(made).comparisons, 'pair')}. `rpo results {made}` reads it when all have voted."
    )
    for name, link in links.items():
        print(f"{name}: {link}")
    return 0


def _pairs(choice: Namespace) -> "list[Comparison]":
    """The pairs of which a panel is drawn; authors as Panels names them."""
    from rpo.runs import answer_pairs, pairs_of_two
    from rpo.voting import comparisons_from_rows

    run, other = run_named(choice.run), run_named(choice.against) if choice.against else None
    if run.example or (other and other.example):
        raise RpoError(f"a panel is made of a run of yours, {run.name} is the example, which has its panel; train one")
    found = pairs_of_two(other, run) if other else answer_pairs(run)
    if other == run or not found:
        why = "the two are the same" if other == run else f"{run.name} has none{' in common' * bool(other)}"
        raise RpoError(
            f"a panel needs answers of two authors to the same prompts, {why}; `rpo answers {run.name} --write` writes some"
        )
    baseline = other.name if other else f"{run.spec.model} (baseline)"
    return comparisons_from_rows([one.row for one in found], baseline, run.name)


def _asked(choice: Namespace) -> "Options":
    from rpo.voting import Options, names_in

    names, tags = names_in(choice.raters), names_in(choice.tags)
    overlap = choice.overlap or (len(names) or None)
    return Options(choice.pairs, 0, names, overlap, not choice.open, choice.repeats, tags, choice.margin / 100 or None)


def _next_title(ballots: "Ballots") -> str:
    return f"Round {1 + sum(not one.example for one in ballots.panels())}"


def _root(choice: Namespace) -> str:
    """Where raters reach the app; what makes no link is refused before a panel is made."""
    from rpo.hosts import public_host, public_url

    if choice.days is not None and not choice.days > 0:
        raise RpoError(f"links must last more than 0 days, got {choice.days:g}; choose more, or leave --days out")
    if choice.public_url:
        public_host(choice.public_url)
    return choice.public_url.rstrip("/") or public_url() or ADDRESS


def _links(root: str, days: float | None, ballots: "Ballots", panel: str, names: Sequence[str]) -> dict[str, str]:
    """A link for each named rater; while nobody owns the app it asks nobody who they are, and one address serves all."""
    if names and ballots.owner.known:
        tokens = ballots.invitations.invite_all(panel, names, days)
        return {name: f"{root}/invite/{token}" for name, token in tokens.items()}
    if names:
        print("rpo: links for one rater each need an owner; `rpo owner` makes one, then Panels invites", file=sys.stderr)
    return {"Vote": f"{root}/vote?panel={panel}"}


VERB = Verb("panel", "make a blind panel of a run's answers, and print its links", _panel, _options)
