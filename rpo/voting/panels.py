"""A panel: which pairs are judged, what raters are asked, who they are. The votes are in `session` and `events`.

Of the pairs there are, as many as wanted are drawn, seeded and stratified by slice. Their prompts are reserved in the same
transaction, so that no run trains on them.
"""

import random
import secrets
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, delete, func, insert, select, update

from rpo import storage
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences.holdout import reserve
from rpo.voting.assignment import rater_name, repeated
from rpo.voting.database import rows
from rpo.voting.database.schema import COMPARISONS, EVENTS, INVITATIONS, PANELS, PRACTICE, SHOWN
from rpo.voting.guidance import practice
from rpo.voting.guidance.guideline import check_guideline
from rpo.voting.guidance.practice import PracticePair, check_practice
from rpo.voting.types import Answer, Comparison, NoRaterVerdict, check_margin

PANEL_PROMPTS, REPEATS = 200, 5
EXAMPLE = "example"  # the id of the one example that a database can hold
RUBRIC = "Which answer is of more help to the person who asked?"  # what raters look for, unless another question is given


@dataclass(frozen=True)
class Options:
    """How a panel is set up.

    `prompts` pairs are drawn with `seed`. With `raters` named, only they vote; with `overlap` each pair goes to that many of
    them, else to all. `sealed`: a rater sees no results before having finished. `repeats` pairs come twice to a rater, fewer in
    a small panel. `tags` are what a rater may attach to a vote. `margin`: by how much of the score the candidate may be worse and
    still count as not worse (0.05: five points), agreed on here, before anyone votes.

    Besides the pairs raters get: a `guideline` in markdown, pairs to `practice` on, a second question
    (`second_rubric`), the `strength` of a preference, and whether they may have the `differences` between answers marked.
    """

    prompts: int = PANEL_PROMPTS
    seed: int = 0
    raters: Sequence[str] = ()
    overlap: int | None = None
    sealed: bool = True
    repeats: int = REPEATS
    tags: Sequence[str] = ()
    margin: float | None = None
    guideline: str = ""
    practice: Sequence[PracticePair] = ()
    second_rubric: str = ""
    strength: bool = False
    differences: bool = False

    def __post_init__(self) -> None:
        named = len(set(map(rater_name, self.raters)))
        if self.prompts < 1 or self.repeats < 0:
            raise RpoError(f"a panel needs prompts ≥ 1 and repeats ≥ 0, got {self.prompts} and {self.repeats}; choose others")
        if self.overlap is not None and not 1 <= self.overlap <= named:
            raise RpoError(
                f"overlap must be 1 to the number of named raters, got {self.overlap} of {named}; name the raters or leave it out"
            )
        if self.margin is not None:
            check_margin(self.margin)
        check_guideline(self.guideline)
        check_practice(self.practice)


@dataclass(frozen=True)
class Panel:
    """A set of pairs of one baseline and one candidate. `comparisons` were drawn of `pool`; raters see `title`, not `name`.

    `same` pairs are ties and `empty` ones won by the other side without a rater. An `example` came with the package, with votes
    that rules have cast.
    """

    id: str
    name: str
    baseline: str
    candidate: str
    rubric: str
    created: float
    comparisons: int
    same: int
    empty: int = 0
    pool: int = 0
    seed: int = 0
    raters: tuple[str, ...] = ()
    overlap: int | None = None
    sealed: bool = True
    repeats: int = 0
    tags: tuple[str, ...] = ()
    margin: float | None = None
    title: str = ""
    released: float | None = None
    example: bool = False
    guideline: str = ""
    second_rubric: str = ""
    strength: bool = False
    differences: bool = False

    @property
    def twice(self) -> tuple[int, int]:
        """How many pairs come twice to a rater, the least and the most: fewer than `repeats` where a rater has few pairs."""
        judged = self.comparisons - self.same - self.empty
        least, more = divmod(judged * self.overlap, len(self.raters)) if self.overlap and self.raters else (judged, 0)
        return repeated(least, self.repeats), repeated(least + bool(more), self.repeats)


@dataclass(frozen=True)
class Unrated:
    """A pair that no rater has to see, and why."""

    comparison: str
    prompt: str
    slice: str
    verdict: NoRaterVerdict
    baseline: str
    candidate: str

    def outcome(self, author: str) -> float:
        """1 if that author's answer won, 0.5 for a tie, 0 if it lost."""
        if author not in (self.baseline, self.candidate):
            raise RpoError(f"the author must be {self.baseline!r} or {self.candidate!r}, got {author!r}")
        if self.verdict.tie:
            return 0.5
        return float((self.verdict is NoRaterVerdict.SECOND_EMPTY) == (author == self.baseline))


def draw_pairs(comparisons: Sequence[Comparison], count: int, seed: int) -> list[Comparison]:
    """`count` of them, each slice with its share (largest remainders), in the order they came."""
    groups: dict[str, list[str]] = defaultdict(list)
    for one in comparisons:
        groups[one.slice].append(one.id)
    count, total, chance = min(count, len(comparisons)), len(comparisons), random.Random(seed)
    shares = {name: divmod(count * len(group), total) for name, group in sorted(groups.items())}
    left = count - sum(whole for whole, _ in shares.values())
    favoured = sorted(shares, key=lambda name: (-shares[name][1], chance.random()))[:left]
    chosen = {one for name, (whole, _) in shares.items() for one in chance.sample(groups[name], whole + (name in favoured))}
    return [one for one in comparisons if one.id in chosen]


def make(
    connection: Connection, name: str, comparisons: Sequence[Comparison], rubric: str, options: Options, *, example: bool = False
) -> str:
    """Draw and store a panel and reserve its prompts; returns its id. Those of an `example` stay free: no person judges by it."""
    distinct = list({comparison.id: comparison for comparison in comparisons}.values())
    authors = {(comparison.first.author, comparison.second.author) for comparison in distinct}
    if not name.strip() or len(authors) != 1:
        couples = quantity(len(authors), "couple")
        raise RpoError(f"a panel needs a name and comparisons of one baseline with one candidate, got {couples}")
    ((baseline, candidate),) = authors
    panel = EXAMPLE if example else storage.digest(name, str(time.time_ns()))
    chosen = draw_pairs(distinct, options.prompts, options.seed)
    record = {**asdict(options), "id": panel, "name": name.strip(), "baseline": baseline, "candidate": candidate}
    record |= {"title": name.strip(), "secret": secrets.token_hex(32)}
    record |= {"rubric": rubric.strip(), "created": time.time(), "pool": len(distinct), "tags": list(options.tags)}
    record["raters"] = list(dict.fromkeys(map(rater_name, options.raters)))
    record |= {"example": example, "released": record["created"] if example else None}
    record |= {name: getattr(options, name).strip() for name in ("guideline", "second_rubric")}
    del record["prompts"], record["practice"]
    connection.execute(insert(PANELS).values(record))
    connection.execute(insert(COMPARISONS), [_row(panel, place, one) for place, one in enumerate(chosen)])
    practice.store(connection, panel, options.practice)
    if not example:
        reserve([one.prompt for one in chosen], panel)
    return panel


def release(connection: Connection, panel: str) -> None:
    """Note when a panel's prompts were given free for training; the first time counts."""
    held = (PANELS.c.id == one(connection, panel).id) & PANELS.c.released.is_(None)
    connection.execute(update(PANELS).where(held).values(released=time.time()))


def remove_example(connection: Connection, panel: str) -> None:
    """Take an example away with its pairs and all votes on it; invitations to it end, and that there were some stays known."""
    if not one(connection, panel).example:
        raise RpoError(f"only the example can be removed, {panel} is for people's votes; make another panel beside it")
    for table in (EVENTS, SHOWN, PRACTICE, COMPARISONS):
        connection.execute(delete(table).where(table.c.panel == panel))
    connection.execute(delete(PANELS).where(PANELS.c.id == panel))
    live = (INVITATIONS.c.panel == panel) & INVITATIONS.c.revoked.is_(None)
    connection.execute(update(INVITATIONS).where(live).values(revoked=time.time()))


def _row(panel: str, position: int, one: Comparison) -> dict[str, object]:
    return {
        "panel": panel,
        "id": one.id,
        "position": position,
        "prompt": one.prompt,
        "slice": one.slice,
        "baseline": one.first.text,
        "candidate": one.second.text,
        "verdict": str(one.verdict or ""),
        "baseline_cut": one.first.cut,
        "candidate_cut": one.second.cut,
    }


def every(connection: Connection, only: str | None = None) -> tuple[Panel, ...]:
    """All panels, the newest first and an example last, or `only` the one of this id."""
    rows.check_rows(connection, (PANELS,), only)
    counts: dict[str, dict[str, int]] = defaultdict(dict)
    wanted, panels = select(COMPARISONS.c.panel, COMPARISONS.c.verdict, func.count().label("pairs")), select(PANELS)
    if only is not None:
        wanted, panels = wanted.where(COMPARISONS.c.panel == only), panels.where(PANELS.c.id == only)
    for row in connection.execute(wanted.group_by(COMPARISONS.c.panel, COMPARISONS.c.verdict)):
        counts[row.panel][row.verdict] = row.pairs
    found = connection.execute(panels.order_by(PANELS.c.example, PANELS.c.created.desc()))
    return tuple(_panel(dict(row._mapping), counts[row.id]) for row in found)


def _panel(record: dict[str, object], pairs: dict[str, int]) -> Panel:
    ties = sum(count for verdict, count in pairs.items() if verdict and NoRaterVerdict(verdict).tie)
    del record["secret"]
    record |= {name: tuple(record[name]) for name in ("raters", "tags")}  # pyright: ignore[reportArgumentType]
    return Panel(
        **record,  # pyright: ignore[reportArgumentType]
        comparisons=sum(pairs.values()),
        same=ties,
        empty=sum(pairs.values()) - ties - pairs.get("", 0),
    )


def one(connection: Connection, panel: str) -> Panel:
    """The panel of this id; an unknown one is refused."""
    found = every(connection, panel)
    if not found:
        raise RpoError(f"there must be a panel {panel!r}, there is none; choose another")
    return found[0]


def pairs_of(connection: Connection, panel: Panel) -> dict[str, Comparison]:
    """The panel's pairs by id, with authors, the baseline's answer first: for the owner's eyes."""
    rows.check_rows(connection, (COMPARISONS,), panel.id)
    found = connection.execute(select(COMPARISONS).where(COMPARISONS.c.panel == panel.id).order_by(COMPARISONS.c.position))
    made: dict[str, Comparison] = {}
    for row in found:
        baseline = Answer(row.baseline, panel.baseline, row.baseline_cut)
        made[row.id] = Comparison(row.prompt, baseline, Answer(row.candidate, panel.candidate, row.candidate_cut), row.slice)
    return made


def unrated(connection: Connection, panel: Panel) -> tuple[Unrated, ...]:
    """The pairs scored without a rater."""
    rows.check_rows(connection, (COMPARISONS,), panel.id)
    scored = select(COMPARISONS).where((COMPARISONS.c.panel == panel.id) & (COMPARISONS.c.verdict != ""))
    return tuple(
        Unrated(row.id, row.prompt, row.slice, NoRaterVerdict(row.verdict), panel.baseline, panel.candidate)
        for row in connection.execute(scored.order_by(COMPARISONS.c.position))
    )
