"""Answers, panels and results in a terminal: by the functions of Watch, Panels and Results, and as sealed as there."""

import json
import re

import pytest

from rpo import reporting, statistics
from rpo.jsonl import append_line
from rpo.preferences import EMBEDDED, load
from rpo.runs.answers import baseline_file, candidate_file
from rpo.voting import Ballots

NAME = "20260102-030405-dpo-abcd"


@pytest.fixture
def answered(made, tiny_model):
    """`answered(name)`: a run that has answered eight held-out prompts."""

    def make(name=NAME, says="Better", **spec):
        run = made(name, done=8, objective="dpo", model=str(tiny_model), **spec)
        for prompt in load(EMBEDDED).held_out_prompts[:8]:
            for path, text in ((baseline_file(run), "Well"), (candidate_file(run), says)):
                append_line(path, {"prompt": prompt, "answer": f"{text}: {prompt}", "cut": False})
        return run

    return make


def vote(panel, name, count=99):
    ballots = Ballots.here()
    while count and (ballot := ballots.next_ballot(panel, name)):
        ballots.cast(ballot, "left" if ballot.left.startswith("Better") else "right")
        count -= 1


def test_answers_are_printed_and_given_as_json_lines(rpo, answered):
    run = answered(says="Better \x1b[31m")
    code, said, _ = rpo("answers", NAME, "--first", "3", "--json")
    rows = [json.loads(line) for line in said.splitlines()]
    assert (code, len(rows)) == (0, 3)
    assert rows[0]["candidate"] == f"Better \x1b[31m: {rows[0]['prompt']}"
    code, said, _ = rpo("answers", NAME)
    assert said.count("[baseline]") == 8
    assert "\x1b" not in said
    candidate_file(run).unlink()
    assert "--write" in rpo("answers", NAME)[2]
    assert "adapter" in rpo("answers", NAME, "--write")[2]


def test_two_runs_differ_in_what_is_set_otherwise(rpo, answered, tmp_path):
    answered()
    answered("20260103-030405-dpo-abce", seed=4, micro_batch=2)
    code, said, _ = rpo("diff", NAME, "abce", "--json")
    assert (code, json.loads(said)) == (0, {"micro_batch": [8, 2], "seed": [0, 4]})
    (tmp_path / "mine.yaml").write_text(rpo("spec", NAME)[1])
    assert "alike" in rpo("diff", NAME, str(tmp_path / "mine.yaml"))[1]
    assert re.search(r"(?m)^seed +0 +4\b", rpo("diff", NAME, "abce")[1])


def test_a_panel_is_made_as_on_the_page_and_read_when_all_have_finished(rpo, answered):
    answered()
    code, said, _ = rpo("panel", NAME, "--raters", "Ann, Ben", "--pairs", "6", "--repeats", "1", "--json")
    made = json.loads(said)
    panel = Ballots.here().panel(made["panel"])
    assert (code, made["pairs"], panel.raters, panel.sealed, panel.margin) == (0, 6, ("Ann", "Ben"), True, 0.05)
    assert (panel.candidate, panel.title) == (NAME, "Round 1")
    assert "nobody has voted" in rpo("results", panel.id)[2]
    vote(panel.id, "Ann")
    vote(panel.id, "Ben", 2)
    code, said, err = rpo("results", panel.id)
    assert (code, said, "Ben has not" in err, "--peek" in err) == (1, "", True, True)
    peeked = json.loads(rpo("results", panel.id, "--peek", "--json")[1])
    assert (peeked["goes_by"]["look"], peeked["late"]) == (statistics.Looks.ALWAYS.value, ["Ben"])
    vote(panel.id, "Ben")
    end = statistics.ending(Ballots.here().attendance(panel.id))
    one = statistics.standings(Ballots.here().columns(panel.id), NAME, ())
    sentence = reporting.first_sentence(panel, one, end, {NAME: "dpo, 8 steps · 02.01. 03:04"})
    said = json.loads(rpo("results", "Round 1", "--json")[1])
    assert (said["sentence"], said["score"], said["leader"]) == (sentence, 1.0, "candidate")
    assert said["goes_by"]["low"] == one.reading(end.look).interval.low
    assert rpo("results", panel.id)[1].startswith(sentence)
    assert json.loads(rpo("results", "--json")[1]) == [{"panel": panel.id, "title": "Round 1", "pairs": 6, "votes": 12, "of": 12}]


def test_raters_of_an_owned_app_get_a_link_each(rpo, answered):
    answered()
    answered("20260103-030405-dpo-abce", says="Other")
    Ballots.here().owner.claim("correct horse battery")
    words = ("--raters", "Ann,Ben", "--public-url", "https://votes.team.example", "--json")
    made = json.loads(rpo("panel", "abce", "--against", NAME, *words)[1])
    assert set(made["links"]) == {"Ann", "Ben"}
    assert all(link.startswith("https://votes.team.example/invite/") for link in made["links"].values())
    assert Ballots.here().panel(made["panel"]).baseline == NAME


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("panel", NAME, "--against", NAME), "the same"),
        (("panel", NAME, "--pairs", "0"), "prompts.*0"),
        (("panel", NAME, "--raters", "Ann", "--overlap", "2"), "overlap.*2 of 1"),
        (("panel", NAME, "--margin", "80"), "margin"),
        (("panel", NAME, "--public-url", "votes"), "public URL.*'votes'"),
        (("panel", NAME, "--days", "0"), "days"),
        (("panel", "nobody"), "'nobody'"),
        (("results", "Round 7"), "'Round 7'.*rpo results"),
    ],
)
def test_a_panel_that_cannot_be_made_or_read_is_refused_and_none_is_made(rpo, answered, words, says):
    answered()
    code, out, err = rpo(*words)
    assert (code, out) == (1, "")
    assert re.search(says, err), err
    assert Ballots.here().panels() == ()
