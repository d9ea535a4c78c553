"""Votes as preferences for the next run, in TRL's formats: prompt, chosen, rejected, or unpaired prompt, completion, label.

A prompt counts as the majority of its raters said. Left out are prompts with as many for one answer as for the other, second
showings, and pairs that no rater saw. Each row says where it comes from, a pair how many more raters were for it than against it:
its strength. What a panel asked besides goes along as counts of votes. Not results: a majority hides how far raters agree.
"""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import orjson

from rpo import preferences
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences import Kind, PreferenceSet
from rpo.preferences.holdout import lift
from rpo.storage import digest
from rpo.voting.ballots import Ballots
from rpo.voting.panels import Panel
from rpo.voting.types import Answer, Comparison, Strength, Vote

Row = dict[str, Any]
ROW = ("panel", "prompts", "rubric", "seed", "raters", "example")  # what each row says of its origin


@dataclass(frozen=True)
class Origin:
    """Where exported rows come from; authors, prompts and rubric as hashes, what was left out in counts of prompts.

    `example`: from the panel that comes with the package, on which rules have voted. `second_rubric` is empty where no second
    question was asked.
    """

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
    example: bool
    second_rubric: str = ""
    rule: str = "majority of the raters; equal is left out"


def export(ballots: Ballots, panel: str, kind: Kind = Kind.PAIRED, suffix: str = ".jsonl") -> bytes:
    """The panel's votes as a file, `.jsonl` or `.parquet`, that `rpo.preferences.load` and TRL read."""
    if suffix not in WRITERS:
        raise RpoError(f"votes are written as {' or '.join(WRITERS)}, got {suffix!r}; choose one of them")
    said, pairs = _said(ballots, panel), ballots.comparisons(panel)
    source = _origin(ballots.panel(panel), pairs, said)
    asked = _asked(ballots, panel)
    rows = [row for name, counts in said.counts.items() for row in _rows(pairs[name], counts, kind, source, asked(name, counts))]
    if not rows:
        votes = quantity(source.votes, "vote")
        raise RpoError(f"an export needs a prompt on which most raters agree, got {votes} without one; vote first")
    return WRITERS[suffix](rows, source)


def to_shelf(ballots: Ballots, panel: str, name: str, kind: Kind = Kind.PAIRED) -> PreferenceSet:
    """Put the votes in the data folder as data for the next run, and give the panel's prompts free for training.

    Ask the next run other prompts: it will have learned from these. The example's votes are refused: no person has cast them.
    """
    if ballots.panel(panel).example:
        raise RpoError(
            "data for a run must be what people prefer, the example's votes were cast by two rules; make a panel of a run of "
            "your own and vote on it, or download these votes to look at their format"
        )
    suffix = next((known for known in WRITERS if name.endswith(known)), "")
    added = preferences.add(name, export(ballots, panel, kind, suffix))
    ballots.release(panel)  # where the votes are, for all homes
    lift(panel)
    return added


def origin(ballots: Ballots, panel: str) -> Origin:
    """Where the rows of an export come from, and what is left out of them."""
    return _origin(ballots.panel(panel), ballots.comparisons(panel), _said(ballots, panel))


@dataclass(frozen=True)
class _Counts:
    """The votes on one pair: for the candidate, for the baseline, ties, and those that found both bad."""

    won: int
    lost: int
    ties: int
    both_bad: int

    @property
    def lead(self) -> int:
        """How many more raters preferred the candidate's answer than the baseline's."""
        return self.won - self.lost


@dataclass(frozen=True)
class _Said:
    """The counts of each pair with votes, in the order in which they got their first, without second showings."""

    raters: int
    counts: Mapping[str, _Counts]


def _said(ballots: Ballots, panel: str) -> _Said:
    votes = ballots.columns(panel).first
    outcomes, pairs = votes.outcomes(ballots.panel(panel).candidate), votes.comparison
    flags = (outcomes == 1.0, outcomes == 0.0, outcomes == 0.5, votes.both_bad)
    counted = np.stack([np.bincount(pairs.codes, flag, len(pairs.names)) for flag in flags], axis=1).astype(int).tolist()
    there, came = np.unique(pairs.codes, return_index=True)
    order = there[np.argsort(came)].tolist()
    return _Said(len(np.unique(votes.rater.codes)), {pairs.names[code]: _Counts(*counted[code]) for code in order})


def _origin(about: Panel, pairs: Mapping[str, Comparison], said: _Said) -> Origin:
    each = said.counts.values()
    return Origin(
        panel=about.id,
        baseline=digest(about.baseline),
        candidate=digest(about.candidate),
        prompts=digest(*sorted(pair.prompt for pair in pairs.values())),
        rubric=digest(about.rubric),
        seed=about.seed,
        raters=said.raters,
        votes=sum(one.won + one.lost + one.ties for one in each),
        decided=sum(one.lead != 0 for one in each),
        equal=sum(one.lead == 0 for one in each),
        both_bad=sum(2 * one.both_bad > one.won + one.lost + one.ties for one in each),
        example=about.example,
        second_rubric=digest(about.second_rubric) if about.second_rubric else "",
    )


def _asked(ballots: Ballots, panel: str) -> Callable[[str, _Counts], Row]:
    """What a panel asked besides which answer is better, as counts of votes on a pair; without such questions nothing.

    `slightly` and `clearly` are of the votes for the chosen answer; `second_for` is how many name it on the second question.
    """
    about, votes = ballots.panel(panel), defaultdict[str, list[Vote]](list)
    if about.strength or about.second_rubric or about.differences:
        for vote in ballots.votes(panel):
            votes[vote.comparison] += [] if vote.repeat else [vote]

    def counted(pair: str, counts: _Counts) -> Row:
        chosen, row = about.candidate if counts.lead > 0 else about.baseline, Row()
        if about.strength:
            strong = Counter(vote.strength for vote in votes[pair] if vote.outcome(chosen) == 1)
            row |= {str(one): strong[one] for one in Strength}
        if about.second_rubric:
            second = Counter(vote.second_outcome(chosen) for vote in votes[pair])
            row |= {"second_for": second[1.0], "second_against": second[0.0], "second_ties": second[0.5]}
        return row | ({"marked": sum(vote.marked for vote in votes[pair])} if about.differences else {})

    return counted


def votes_csv(ballots: Ballots, panel: str) -> bytes:
    """All current votes on a panel with their authors, as CSV in UTF-8; outcomes are the candidate's, `example` the panel's."""
    about, text = ballots.panel(panel), io.StringIO(newline="")
    names = [field.name for field in fields(Vote)]
    writer = csv.writer(text)
    writer.writerow([*names, "outcome", "second_outcome", "example"])
    for vote in ballots.votes(panel):
        row = {**vars(vote), "tags": ", ".join(vote.tags)}
        outcomes = vote.outcome(about.candidate), vote.second_outcome(about.candidate)
        writer.writerow([*(row[name] for name in names), *outcomes, about.example])
    return text.getvalue().encode()


def _rows(pair: Comparison, counts: _Counts, kind: Kind, source: Origin, asked: Row) -> list[Row]:
    if counts.lead == 0 or pair.verdict is not None:
        return []
    chosen, rejected = (pair.second, pair.first) if counts.lead > 0 else (pair.first, pair.second)
    won, lost = (counts.won, counts.lost) if counts.lead > 0 else (counts.lost, counts.won)
    said = {"for": won, "against": lost, "ties": counts.ties}
    source_fields = {f"from_{name}": value for name, value in asdict(source).items() if name in ROW}
    common = {"slice": pair.slice, **said, **asked, **source_fields}
    if kind is Kind.PAIRED:
        about = {"chosen_author": digest(chosen.author), "rejected_author": digest(rejected.author)}
        about |= {"chosen_cut": chosen.cut, "rejected_cut": rejected.cut, "strength": won - lost}
        return [{"prompt": pair.prompt, "chosen": chosen.text, "rejected": rejected.text, **about, **common}]
    return [
        {"prompt": pair.prompt, "completion": one.text, "label": one is chosen, **_about(one), **common}
        for one in (chosen, rejected)
    ]


def _about(answer: Answer) -> Row:
    return {"author": digest(answer.author), "cut": answer.cut}


def _jsonl(rows: Sequence[Row], source: Origin) -> bytes:
    return b"".join(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)


def _parquet(rows: Sequence[Row], source: Origin) -> bytes:
    import pyarrow
    from pyarrow import parquet

    table, file = pyarrow.Table.from_pylist(list(rows)), io.BytesIO()
    parquet.write_table(table.replace_schema_metadata({b"rpo": orjson.dumps(asdict(source))}), file)
    return file.getvalue()


WRITERS: Mapping[str, Callable[[Sequence[Row], Origin], bytes]] = {".jsonl": _jsonl, ".parquet": _parquet}
