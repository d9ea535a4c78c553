"""Votes as data for the next run: majorities, provenance, both files, and the way back through the shelf."""

import csv
import io

import orjson
import pytest
from pyarrow import parquet

from rpo import preferences
from rpo.errors import RpoError
from rpo.preferences import Kind
from rpo.preferences.holdout import reserved
from rpo.storage import digest
from rpo.voting import (
    Answer,
    Ballots,
    Choice,
    Comparison,
    Options,
    Seat,
    Strength,
    VoteContent,
    export,
    origin,
    to_shelf,
    votes_csv,
)
from tests.voting.conftest import comparisons

SAID = {  # of each prompt, by rater: who is better
    "Question 0?": ("tuned", "tuned", "base"),
    "Question 1?": ("base", "tie", "tie"),
    "Question 2?": ("tuned", "base", "tie"),
    "Question 3?": ("bad", "bad", "tie"),
    "Question 4?": ("tuned", "tuned", "tuned"),
}


@pytest.fixture
def voted(tmp_path):
    ballots = Ballots(f"sqlite:///{tmp_path / 'votes.db'}")
    panel = ballots.make_panel("a panel", comparisons(5, same=1), "Which is kinder?")
    for place, rater in enumerate(("Ann", "Bob", "Eve")):
        rater_session = ballots.rater_session(Seat(panel, rater))
        while (ballot := rater_session.next()) is not None:
            better = SAID[ballot.prompt][place]
            tuned_left = ballot.left.startswith("after")
            side = "tie" if better in ("tie", "bad") else "left" if (better == "tuned") is tuned_left else "right"
            rater_session.cast(ballot, side, both_bad=better == "bad")
    return ballots, panel


def test_pairs_follow_the_majority_and_equal_is_left_out(voted):
    rows = [orjson.loads(line) for line in export(*voted).splitlines()]
    assert {row["prompt"]: (row["chosen"], row["rejected"]) for row in rows} == {
        "Question 0?": ("after 0", "before 0"),
        "Question 1?": ("before 1", "after 1"),
        "Question 4?": ("after 4", "before 4"),
    }
    (first,) = (row for row in rows if row["prompt"] == "Question 0?")
    assert (first["for"], first["against"], first["ties"], first["slice"]) == (2, 1, 0, "a")
    assert {row["prompt"]: row["strength"] for row in rows} == {"Question 0?": 1, "Question 1?": 1, "Question 4?": 3}
    assert (first["chosen_author"], first["rejected_author"]) == (digest("tuned"), digest("base"))
    (lost,) = (row for row in rows if row["prompt"] == "Question 1?")
    assert (lost["for"], lost["against"], lost["ties"]) == (1, 0, 2)
    assert (first["from_panel"], first["from_raters"], first["from_seed"]) == (voted[1], 3, 0)


def test_the_origin_says_what_was_left_out(voted):
    found = origin(*voted)
    assert (found.raters, found.votes, found.decided, found.equal, found.both_bad) == (3, 15, 3, 2, 1)
    assert (found.baseline, found.candidate, found.rubric) == (digest("base"), digest("tuned"), digest("Which is kinder?"))


def test_unpaired_has_both_answers_each_with_its_label(voted):
    rows = [orjson.loads(line) for line in export(*voted, Kind.UNPAIRED).splitlines()]
    assert {(row["completion"], row["label"]) for row in rows if row["prompt"] == "Question 1?"} == {
        ("before 1", True),
        ("after 1", False),
    }
    assert len(rows) == 6


@pytest.mark.parametrize("kind", list(Kind))
def test_parquet_holds_the_same_rows_and_where_they_come_from(voted, kind):
    table = parquet.read_table(io.BytesIO(export(*voted, kind, ".parquet")))
    assert table.to_pylist() == [orjson.loads(line) for line in export(*voted, kind).splitlines()]
    assert orjson.loads(table.schema.metadata[b"rpo"])["panel"] == voted[1]


@pytest.mark.parametrize(("name", "kind", "rows"), [("votes.jsonl", Kind.PAIRED, 3), ("votes.parquet", Kind.UNPAIRED, 6)])
def test_the_shelf_takes_them_as_data_for_the_next_run(voted, name, kind, rows):
    assert len(reserved(SAID)) == 5
    added = to_shelf(*voted, name, kind)
    assert (added.kind, len(added.rows), added.broken) == (kind, rows, ())
    assert preferences.load(name).rows["slice"][:] == added.rows["slice"][:]
    assert reserved(SAID) == ()


@pytest.mark.parametrize("kind", list(Kind))
def test_a_cut_answer_is_known_all_the_way_to_the_export(tmp_path, kind):
    ballots = Ballots(f"sqlite:///{tmp_path / 'votes.db'}")
    pairs = [Comparison(f"Q {n}?", Answer(f"old {n}", "base", n == 0), Answer(f"new {n}", "tuned", n == 1)) for n in range(3)]
    panel = ballots.make_panel("cut", pairs, options=Options(repeats=0))
    assert {(a.text, a.cut) for one in ballots.comparisons(panel).values() for a in (one.first, one.second)} == {
        *(("old 0", True), ("new 0", False), ("old 1", False), ("new 1", True), ("old 2", False), ("new 2", False))
    }
    rater_session = ballots.rater_session(Seat(panel, "Ann"))
    while (ballot := rater_session.next()) is not None:
        assert {ballot.left: ballot.left_cut, ballot.right: ballot.right_cut}.items() <= {
            f"{who} {n}": (who, n) in (("old", 0), ("new", 1)) for who in ("old", "new") for n in range(3)
        }.items()
        rater_session.cast(ballot, "left" if ballot.left.startswith("new") else "right")
    rows = [orjson.loads(line) for line in export(ballots, panel, kind).splitlines()]
    if kind is Kind.PAIRED:
        said = {row[side]: row[f"{side}_cut"] for row in rows for side in ("chosen", "rejected")}
    else:
        said = {row["completion"]: row["cut"] for row in rows}
    assert {text for text, cut in said.items() if cut} == {"old 0", "new 1"}
    assert len(said) == 6
    assert len(to_shelf(ballots, panel, "votes.jsonl", kind).rows) == (3 if kind is Kind.PAIRED else 6)


def test_nothing_to_export_is_said(voted):
    ballots, _ = voted
    empty = ballots.make_panel("unvoted", comparisons(2))
    with pytest.raises(RpoError, match=r"\b0 votes"):
        export(ballots, empty)
    with pytest.raises(RpoError, match=r"\.jsonl.*\.parquet.*'\.csv'"):
        export(*voted, suffix=".csv")
    with pytest.raises(RpoError, match=r"\.jsonl.*\.parquet.*''"):
        to_shelf(*voted, "votes.txt")
    assert len(reserved(SAID)) == 5


def test_second_showings_are_not_exported(tmp_path):
    ballots = Ballots(f"sqlite:///{tmp_path / 'votes.db'}")
    panel = ballots.make_panel("twice", comparisons(11))
    rater_session = ballots.rater_session(Seat(panel, "Ann"))
    while (ballot := rater_session.next()) is not None:
        rater_session.cast(ballot, "left")
    assert (len(ballots.votes(panel)), origin(ballots, panel).votes, origin(ballots, panel).equal) == (12, 11, 0)


ASKED = {  # of the one pair, by rater: better by the first question, how much, better by the second, differences marked
    "Ann": ("tuned", Strength.CLEARLY, "base", True),
    "Ben": ("tuned", Strength.SLIGHTLY, "tie", False),
    "Cleo": ("base", Strength.CLEARLY, "base", False),
    "Dan": ("tie", None, "tuned", True),
    "Eve": ("tuned", None, None, False),
}


def asked_of_all(**options):
    """A panel with one pair on which five have said all of this, as far as it asks."""
    ballots = Ballots("sqlite://")
    panel = ballots.make_panel("asked", comparisons(1), options=Options(repeats=0, **options))
    for rater, (better, strength, second, marked) in ASKED.items():
        rater_session = ballots.rater_session(Seat(panel, rater))
        ballot = rater_session.next()
        sides = {"tie": Choice.TIE, None: None, "tuned": Choice.RIGHT, "base": Choice.LEFT}
        if ballot.left.startswith("after"):
            sides |= {"tuned": Choice.LEFT, "base": Choice.RIGHT}
        more = {"strength": strength, "second": sides[second], "marked": marked}
        wanted = {"strength": "strength", "second": "second_rubric", "marked": "differences"}
        rater_session.say(ballot, VoteContent(sides[better], **{name: more[name] for name in more if wanted[name] in options}))
    return ballots, panel


COUNTS = {
    "strength": (True, {"slightly": 1, "clearly": 1}),
    "second_rubric": ("Which is shorter?", {"second_for": 1, "second_against": 2, "second_ties": 1}),
    "differences": (True, {"marked": 2}),
}


@pytest.mark.parametrize("asked", [("strength",), ("second_rubric",), ("differences",), tuple(COUNTS), ()])
@pytest.mark.parametrize("kind", list(Kind))
def test_what_a_panel_asked_besides_goes_along_and_nothing_else_does(asked, kind):
    ballots, panel = asked_of_all(**{name: COUNTS[name][0] for name in asked})
    for row in map(orjson.loads, export(ballots, panel, kind).splitlines()):
        assert (row["for"], row["against"], row["ties"]) == (3, 1, 1)
        wanted = {key: count for name in asked for key, count in COUNTS[name][1].items()}
        assert {key: row[key] for _, counts in COUNTS.values() for key in counts if key in row} == wanted
    assert bool(origin(ballots, panel).second_rubric) == ("second_rubric" in asked)


def test_each_vote_says_in_csv_what_was_asked_besides():
    ballots, panel = asked_of_all(strength=True, second_rubric="Which is shorter?", differences=True)
    rows = {row["rater"]: row for row in csv.DictReader(io.StringIO(votes_csv(ballots, panel).decode()))}
    outcomes = {"tuned": "1.0", "base": "0.0", "tie": "0.5", None: ""}
    for rater, (better, strength, second, marked) in ASKED.items():
        row = rows[rater]
        assert (row["outcome"], row["second_outcome"]) == (outcomes[better], outcomes[second])
        assert (row["strength"], row["marked"]) == (strength or "", str(marked))
