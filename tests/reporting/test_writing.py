"""A write-up of a panel: its numbers are those of the page, its limitations follow from the votes, its LaTeX holds any name."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from math import nan
from xml.etree import ElementTree

import pytest

from rpo.judging import Endpoint, Imported, JudgementCache, Opinion, Outcome, Question
from rpo.reporting import Vector, escaped, figure_of, find, heds_json, limitations_of, methods_of, table_of
from rpo.statistics import Coefficient, Ending, Looks, Share, agreement, by_slice, ending, standings
from rpo.voting import Answer, Ballots, Choice, Comparison, NoRaterVerdict, Options, Unrated

HOSTILE = r"50% of $x_1 & #2 \input{x} [a] ~^"
JUDGE = Endpoint("http://localhost:1/v1", "judge-7b")


@pytest.fixture(scope="module")
def ballots(tmp_path_factory):
    home = tmp_path_factory.mktemp("written")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RPO_HOME", str(home))
        yield Ballots(f"sqlite:///{home}/votes.db")


@pytest.fixture(scope="module")
def found(ballots):
    """36 prompts in two slices, three raters of whom two see each; Ann is for the candidate, Bob for the left, Cleo for ties."""
    made = [
        Comparison(
            f"Question {n}?",
            Answer(f"old {n}" if n else "same", "base", n % 9 == 1),
            Answer(f"new {n}" if n else "same", HOSTILE),
            ("maths", HOSTILE)[n % 2],
        )
        for n in range(40)
    ]
    options = Options(prompts=36, seed=7, raters=("Ann", "Bob", "Cleo"), overlap=2, tags=("Kind",), margin=0.05)
    panel = ballots.make_panel("made up", made, "Which helps?", options)
    for rater in options.raters:
        while ballot := ballots.next_ballot(panel, rater):
            new = Choice.LEFT if ballot.left.startswith("new") else Choice.RIGHT
            ballots.cast(ballot, {"Ann": new, "Bob": Choice.LEFT, "Cleo": Choice.TIE}[rater])
    archive = JudgementCache(ballots.database)
    archive.know(JUDGE)
    for pair in ballots.comparisons(panel).values():
        asked = Question(pair.prompt, pair.first.text, pair.second.text)
        both = [(asked.key, Opinion(Outcome.SECOND)), (asked.swap().key, Opinion(Outcome.FIRST))]
        archive.take(JUDGE.id, both)
    return found_of(ballots, panel)


def found_of(ballots, panel):
    one = next(one for one in ballots.panels() if one.id == panel)
    end = ending(ballots.attendance(panel))
    return find(ballots, one, ballots.columns(panel), ballots.unrated(panel), end, {HOSTILE: "tuned"})


def test_numbers_are_those_of_the_page(ballots, found):
    votes, settled = ballots.columns(found.panel.id), ballots.unrated(found.panel.id)
    assert found.score == standings(votes, HOSTILE, settled)
    assert found.slices == by_slice(votes, HOSTILE, settled)
    assert found.agreement == agreement(votes, HOSTILE)
    one, written = found.reading.interval, table_of(found)
    assert f"{found.score.score * 100:.1f} & {one.low * 100:.1f}--{one.high * 100:.1f}" in written
    assert f"{found.agreement.percent.value * 100:.1f} %" in methods_of(found)


@pytest.mark.parametrize(
    "words",
    [
        "36 prompts",
        "from 40",
        "seed 7",
        "“tuned”",
        "3 raters",
        "2 of 3 raters",
        "Which helps?",
        "“Kind”",
        "sealed",
        "5 points",
        "read once, at the end",
        "Holm",
        "Gwet's AC1",
        "came back",
        "judge-7b",
        "temperature 0",
        "both orders",
        "rpo ",
    ],
)
def test_methods_say(found, words):
    assert words in methods_of(found)


def test_methods_follow_the_way_of_looking(found):
    opened = replace(found, end=Ending(Looks.ALWAYS, "", ()))
    assert "confidence sequence" in methods_of(opened)
    assert "sign-flip" not in methods_of(opened)
    assert "at every look" in table_of(opened)


@pytest.mark.parametrize(("pool", "words"), [(36, "on all 36 prompts."), (0, " on 36 prompts."), (40, "from 40 (seed 7)")])
def test_methods_say_of_what_pairs_were_drawn(found, pool, words):
    assert words in methods_of(changed(found, {"panel": {"pool": pool}}))


ASKED_BESIDES = {
    "guideline": ("Be fair.", "written guideline"),
    "second_rubric": ("Which is safer?", "“Which is safer?”"),
    "strength": (True, "how much better"),
    "differences": (True, "differences between the answers marked"),
}


@pytest.mark.parametrize("field", ASKED_BESIDES)
def test_methods_say_what_else_raters_were_told_and_asked(found, field):
    value, words = ASKED_BESIDES[field]
    assert words not in methods_of(found)
    assert words in methods_of(changed(found, {"panel": {field: value}}))


def test_practice_is_told_in_methods_and_datasheet(found):
    some = replace(found, practice=3)
    assert all("3 practice pairs" in written for written in (methods_of(some), heds_json(some)))


CASES = {
    "an example": ({"panel": {"example": True}}, "No person voted"),
    "few prompts": ({"score": {"prompts": 29}}, "Only 29 prompts"),
    "one rater": ({"score": {"raters": 1}}, "One rater voted"),
    "two raters": ({"score": {"raters": 2}}, "2 raters voted"),
    "raters like these": ({}, "For other raters like these"),
    "pairs without votes": ({"panel": {"comparisons": 50}}, "14 pairs of 50 have no vote"),
    "no overlap": ({"agreement": {"prompts": 0}}, "No two raters saw the same"),
    "ties": ({"score": {"wins": 5, "ties": 5, "losses": 5}}, "33.3 % of votes are ties"),
    "both bad": ({"score": {"both_bad": 35}}, "both answers were marked as bad"),
    "little agreement": ({"agreement": {"ac1": Coefficient(0.1, -0.1, 0.3, 36, "")}}, "AC1 0.10, 95 %: −0.10 to 0.30"),
    "late": ({"end": {"late": ("Ann", "Bob")}}, "2 raters have not finished"),
    "an open list": ({"end": {"look": Looks.ALWAYS}}, "no end that was fixed"),
    "cut answers": ({"cut": 9}, "In 9 pairs (25.0 %) a limit of tokens"),
    "unrated": ({"settled": (Unrated("c", "p", "", NoRaterVerdict.IDENTICAL, "a", "b"),)}, "1 pair (2.8 %"),
    "a lean": ({}, "1 rater chose left in"),
    "one kind of prompt": ({"slices": ()}, "not divided into slices"),
    "small slices": ({}, "“maths” have fewer than 30 prompts"),
    "a judge's date": ({}, "Verdicts of “judge-7b” are of 20"),
    "a judge who parts": ({}, "apart from the raters"),
}


def changed(found, changes):
    """The findings with these fields, or fields of these fields, changed."""
    inner = {name: replace(getattr(found, name), **to) if isinstance(to, dict) else to for name, to in changes.items()}
    return replace(found, **inner)


@pytest.mark.parametrize(("changes", "words"), CASES.values(), ids=CASES)
def test_a_limitation_is_named(found, changes, words):
    assert words in "\n".join(limitations_of(changed(found, changes)))


def test_a_good_panel_is_not_told_of_limitations_it_has_not(found):
    fine = {"lean": 1.0}
    raters = tuple(replace(one, **fine) for one in found.raters)
    score = replace(found.score, ties=1, wins=100)
    whole = replace(found, cut=0, settled=(), judges=(), raters=raters, score=score, slices=(replace(found.score),) * 2)
    found = "\n".join(limitations_of(whole))
    assert not any(words in found for words in ("ties", "cut", "left", "without a vote", "slices", "judge", "finished", "Only"))


@pytest.mark.parametrize(
    ("same", "words"), [(Share(3, 9, 0.12, 0.65, ""), "in 3 of 9 only"), (Share(0, 0, nan, nan, ""), "No pair was judged twice")]
)
def test_what_hidden_repeats_show_is_named(found, same, words):
    raters = (replace(found.together, consistent=same), *found.each)
    assert words in "\n".join(limitations_of(replace(found, raters=raters)))


def test_a_lean_of_all_raters_together_is_named(found):
    raters = tuple(replace(one, lean=0.01 if one is found.together else 1.0) for one in found.raters)
    assert "All raters together chose left in" in "\n".join(limitations_of(replace(found, raters=raters)))


def test_an_imported_judge_has_one_order(found):
    judge = replace(found.judges[0], judge=Imported("gpt"))
    assert "one order only" in "\n".join(limitations_of(replace(found, judges=(judge,))))


def test_no_rater_is_named(found):
    late = replace(found, end=Ending(Looks.ALWAYS, "Ann has not finished", ("Ann",)))
    written = " ".join((methods_of(late), *limitations_of(late), table_of(late), heds_json(late)))
    assert not any(re.search(rf"\b{name}\b", written) for name in ("Ann", "Bob", "Cleo"))


LATEX = {
    "50% & #1_a $x$": r"50\% \& \#1\_a \$x\$",
    r"\input{x}": r"\textbackslash{}input\{x\}",
    "~^": r"\textasciitilde{}\textasciicircum{}",
    "[2ex] *": "{[}2ex{]} {*}",
    "a--b,,c``d": r"a-{}-b,{},c\textasciigrave{}\textasciigrave{}d",
    "a\nb\x07\u202ec": "a bc",
    "": "",
    "RPO τ 0.5 é": r"RPO $\tau$ 0.5 é",
}


@pytest.mark.parametrize(("text", "latex"), LATEX.items())
def test_latex_prints_what_was_typed(text, latex):
    assert escaped(text) == latex


def test_a_hostile_name_leaves_the_table_whole(found):
    written = table_of(replace(found, baseline=HOSTILE))
    assert r"\input" not in written
    rows = [line for line in written.splitlines() if line.endswith(r"\\") and "multicolumn" not in line]
    assert {len(re.findall(r"(?<!\\)&", row)) for row in rows} == {4, 5}
    assert written.count(r"\begin{") == written.count(r"\end{") == 3


def test_an_undefined_interval_has_a_place(found):
    nothing = replace(found.score, same_raters=replace(found.score.same_raters, low=nan, high=nan))
    assert "nan" not in table_of(replace(found, score=nothing))
    assert figure_of(replace(found, score=nothing), Vector.SVG)


def test_the_figure_is_a_vector_with_text_and_the_same_each_time(found):
    drawn = figure_of(found, Vector.SVG)
    text = " ".join(ElementTree.fromstring(drawn).itertext())
    assert "all prompts" in text
    assert HOSTILE[:20] in text
    assert drawn == figure_of(found, Vector.SVG)
    assert figure_of(found, Vector.PDF).startswith(b"%PDF")


def test_matplotlib_waits_until_a_figure_is_asked_for():
    ask = "import sys, rpo.reporting; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", ask], check=False).returncode == 0


def test_the_datasheet_names_what_it_does_not_know(found):
    read = json.loads(heds_json(found))
    answers = {one["number"]: one["answer"] for one in read["items"]}
    assert answers["3.1.1"] == 35  # one pair of 36 was identical
    assert answers["3.2.1"] == 3
    assert answers["4.3.7"] == "Which helps?"
    unknown = {number for number, answer in answers.items() if answer is None}
    assert {line.split()[0] for line in read["authors must answer"]} == unknown
    assert {"1.1", "2.3", "3.2.3", "5.1"} <= unknown


def test_rules_are_no_evaluators(found):
    items = json.loads(heds_json(changed(found, {"panel": {"example": True}})))["items"]
    assert next(one["answer"] for one in items if one["number"] == "3.2.1") == 0
