"""Votes as preferences for the next run, in TRL's formats: prompt, chosen, rejected, or unpaired prompt, completion, label.

A prompt counts as the majority of its raters said. Left out are prompts with as many for one answer as for the other, second
showings, and pairs that no rater saw. Each row says where it comes from. Not results: a majority hides how far raters agree.
"""

import io
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import orjson

from rpo import preferences
from rpo.errors import RpoError
from rpo.home import digest
from rpo.preferences import Kind, PreferenceSet
from rpo.preferences.fence import lift
from rpo.voting.ballots import Ballots
from rpo.voting.comparison import Comparison, Vote

Row = dict[str, Any]


@dataclass(frozen=True)
class Origin:
    """Where exported rows come from; authors, prompts and rubric as hashes, what was left out in counts of prompts."""

    panel: str
    baseline: str
    candidate: str
    prompts: str
    rubric: str
    seed: int
    raters: int
    votes: int
    decided: int
    equal: int
    both_bad: int
    rule: str = "majority of the raters; equal is left out"


def export(ballots: Ballots, panel: str, kind: Kind = Kind.PAIRED, suffix: str = ".jsonl") -> bytes:
    """The panel's votes as a file, `.jsonl` or `.parquet`, that `rpo.preferences.load` and TRL read."""
    if suffix not in WRITERS:
        raise RpoError(f"votes are written as {' or '.join(WRITERS)}, got {suffix!r}; choose one of them")
    votes, pairs = _votes(ballots, panel), ballots.comparisons(panel)
    source = origin(ballots, panel)
    rows = [row for name, said in votes.items() for row in _rows(pairs[name], said, kind, source)]
    if not rows:
        raise RpoError(f"an export needs a prompt on which most raters agree, got {source.votes} votes without one; vote first")
    return WRITERS[suffix](rows, source)


def to_shelf(ballots: Ballots, panel: str, name: str, kind: Kind = Kind.PAIRED) -> PreferenceSet:
    """Put the votes on the shelf as data for the next run, and give the panel's prompts free for training.

    Ask the next run other prompts: it will have learned from these.
    """
    suffix = next((known for known in WRITERS if name.endswith(known)), "")
    added = preferences.add(name, export(ballots, panel, kind, suffix))
    ballots.release(panel)  # where the votes are, for all homes
    lift(panel)
    return added


def origin(ballots: Ballots, panel: str) -> Origin:
    """Where the rows of an export come from, and what is left out of them."""
    about, pairs, votes = ballots.panel(panel), ballots.comparisons(panel), _votes(ballots, panel)
    leads = [_lead(said, about.candidate) for said in votes.values()]
    return Origin(
        panel=panel,
        baseline=digest(about.baseline),
        candidate=digest(about.candidate),
        prompts=digest(*sorted(pair.prompt for pair in pairs.values())),
        rubric=digest(about.rubric),
        seed=about.seed,
        raters=len({vote.rater for said in votes.values() for vote in said}),
        votes=sum(map(len, votes.values())),
        decided=sum(lead != 0 for lead in leads),
        equal=leads.count(0),
        both_bad=sum(2 * sum(vote.both_bad for vote in said) > len(said) for said in votes.values()),
    )


def _votes(ballots: Ballots, panel: str) -> dict[str, list[Vote]]:
    """The votes on each pair, without second showings."""
    found: dict[str, list[Vote]] = defaultdict(list)
    for vote in ballots.votes(panel):
        if not vote.repeat:
            found[vote.comparison].append(vote)
    return dict(found)


def _lead(votes: Sequence[Vote], author: str) -> int:
    """How many more raters preferred this author's answer than the other's."""
    return round(sum(2 * vote.outcome(author) - 1 for vote in votes))


def _rows(pair: Comparison, votes: Sequence[Vote], kind: Kind, source: Origin) -> list[Row]:
    lead = _lead(votes, pair.second.author)
    if lead == 0 or pair.verdict is not None:
        return []
    chosen, rejected = (pair.second, pair.first) if lead > 0 else (pair.first, pair.second)
    outcomes = [vote.outcome(chosen.author) for vote in votes]
    said = {"for": outcomes.count(1.0), "against": outcomes.count(0.0), "ties": outcomes.count(0.5)}
    told = {f"from_{name}": value for name, value in asdict(source).items() if name in ROW}
    common = {"slice": pair.slice, **said, **told}
    authors = {"chosen_author": digest(chosen.author), "rejected_author": digest(rejected.author)}
    if kind is Kind.PAIRED:
        return [{"prompt": pair.prompt, "chosen": chosen.text, "rejected": rejected.text, **authors, **common}]
    return [
        {"prompt": pair.prompt, "completion": one.text, "label": one is chosen, "author": digest(one.author), **common}
        for one in (chosen, rejected)
    ]


ROW = ("panel", "prompts", "rubric", "seed", "raters")  # what each row says of its origin


def _jsonl(rows: Sequence[Row], source: Origin) -> bytes:
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def _parquet(rows: Sequence[Row], source: Origin) -> bytes:
    import pyarrow
    from pyarrow import parquet

    table, file = pyarrow.Table.from_pylist(list(rows)), io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({b"rpo": orjson.dumps(asdict(source))}), file)
    return file.getvalue()


WRITERS: Mapping[str, Callable[[Sequence[Row], Origin], bytes]] = {".jsonl": _jsonl, ".parquet": _parquet}
