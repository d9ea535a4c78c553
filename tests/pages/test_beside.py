"""Pages beside a run that was edited by hand: they say which and why, and the other run is there as ever."""

import random
import shutil

import pytest

from rpo import storage
from rpo.jobs import Status
from tests.pages.conftest import button, drawn, named, words
from tests.runs.test_edited import FILES, LINES, NAME, edit, made, not_ours, open_home

__all__ = ["open_home"]
OTHER = "20270101-000000-dpo-ffff"
PAGES = ("watch", "train", "panels", "tune", "explore", "results")


def offered(at, label):
    return next((one.options for one in at.selectbox if one.label == label), ())


def harmed(name, content):
    other, run = made(OTHER), made()
    if content is None:
        (run.folder / name).unlink()
    else:
        (run.folder / name).write_bytes(content)
    return other, run


CASES = {
    "from a newer version": ("spec.json", b'{"flux": 1}', ["flux"]),
    "no object": ("spec.json", b"[]", ["object"]),
    "without its spec": ("spec.json", None, ["must hold"]),
    "a state of a newer version": ("state.json", b'{"status": "paused"}', ["paused"]),
    "half a state": ("state.json", b'{"status": "do', ["JSON"]),
    "a metric in words": ("metrics.jsonl", b'{"step": 1, "loss": "low"}\n', [1, "loss", "number", "low"]),
    "no step": ("evaluations.jsonl", b'{"n": 1}\n', [1, "step"]),
    "half a summary": ("summary.json", b'{"before": {}}', ["device"]),
    "a launch of many": ("launch.json", b'{"processes": "many"}', ["processes", "whole number", "many"]),
    "answers without prompts": ("answers.jsonl", b'{"answer": "x"}\n', [1, "prompt"]),
}


@pytest.mark.weights
@pytest.mark.parametrize(("name", "content", "about"), CASES.values(), ids=CASES)
def test_watch_says_what_is_wrong_with_one_run_and_lists_both(visit, name, content, about):
    other, run = harmed(name, content)
    at = visit("watch", run=run.name)
    assert named(at.error, name, *about)
    assert len(offered(at, "Run")) == 2
    at.selectbox(key="watched").set_value(other.name).run()
    assert words(drawn(at).error) == ""
    assert at.metric[0].delta == "0.5 before, 6 held-out pairs"


@pytest.mark.weights
def test_the_other_pages_keep_the_other_run(visit):
    other, run = harmed("answers.jsonl", b"7\n")
    at = visit("panels")
    assert offered(at, "Run") == [other.title, run.title]
    assert words(at.error) == ""
    at.selectbox(key="run").set_value(run.name).run()
    assert named(drawn(at).error, "answers.jsonl", 1, "object")
    (run.folder / "spec.json").unlink()
    assert offered(visit("panels"), "Run") == [other.title]
    assert list(offered(visit("tune"), "Log-ratios from"))[1:] == [other.name]
    assert words(visit("train").error) == ""


def test_a_sweep_leaves_out_what_it_cannot_read(visit):
    other, run = harmed("spec.json", b"{")
    storage.write_json(storage.folder("sweeps", "1-a") / "sweep.json", {"axes": {}, "runs": [run.name, other.name]})
    at = visit("watch", sweep="1-a")
    assert named(drawn(at).warning, "spec.json", "JSON")
    (table,) = (frame.value for frame in at.dataframe if "setting" in frame.value)
    assert table["accuracy"].tolist() == ["0.750"]


def test_an_act_on_a_run_that_is_not_ours_is_refused_in_words(visit, open_home):
    run = made()
    for name in ("launch.json", "inputs.json"):  # on this machine, from an older version
        (run.folder / name).unlink()
    storage.write_json(run.folder / "state.json", {"status": "stopped"})
    at = visit("watch", run=run.name)
    with not_ours(open_home):
        button(at, "Resume").click().run()
    assert named(drawn(at).error, "state.json", "write")
    assert run.state.status is Status.STOPPED


@pytest.mark.weights
def test_the_map_stays_where_a_run_cannot_colour_it(visit, mapped):
    other, run = harmed("logratios.jsonl", b'{"step": 1, "split": "held-out", "ids": ["a"], "ratios": []}\n')
    at = visit("explore")
    next(one for one in at.selectbox if one.label == "Colour by").set_value("margin of a run").run()
    (box,) = (one for one in drawn(at).selectbox if one.label == "Run")
    box.set_value((run.name, "held-out")).run()
    assert named(drawn(at).warning, "logratios.jsonl", 1, "ratios")
    assert named(at.caption, 260, 0)
    assert offered(at, "Run")[0].startswith(other.title)


@pytest.mark.weights
def test_whatever_was_edited_no_page_shows_a_traceback(visit):
    draw = random.Random(0)
    made(OTHER)
    for _ in range(6):
        shutil.rmtree(storage.folder("runs") / NAME, ignore_errors=True)
        run = made()
        for name in draw.sample([*FILES, *LINES], 4):
            edit(draw, run.folder / name)
        for page in PAGES:
            visit(page, run=NAME)
