"""Explore and Tune: data comes in, bad data is refused in words, and with the real encoder the map and the weights appear."""

import json
import re
import time

import pytest

from rpo import preferences, runs, storage, weights
from rpo.jsonl import append_line
from rpo.spec import RunSpec
from tests.once import draw_here
from tests.pages.conftest import button, drawn, named, words


def until(happens):
    deadline = time.time() + 240
    while not happens():
        assert time.time() < deadline, "waited four minutes in vain"
        time.sleep(1)


def jsonl(*rows):
    return "\n".join(json.dumps(row) for row in rows).encode()


def test_rows_left_out_are_named_with_their_rule(visit):
    good = {"prompt": "What is rain?", "chosen": "Water.", "rejected": "No idea."}
    preferences.add("mine.jsonl", jsonl(good, {**good, "rejected": "Water."}))
    assert named(visit("explore", data="mine.jsonl").caption, 1, 2, "left out")
    at = visit("data", data="mine.jsonl")
    ((line, rule),) = at.dataframe[0].value[["line", "rule"]].to_numpy()
    assert line == 2
    assert re.search("chosen.*rejected", rule)


def test_a_path_is_opened_and_one_that_leads_nowhere_is_refused(visit, tmp_path):
    at = visit("data")
    field = next(one for one in at.text_input if one.label.startswith("Or a Hugging Face id"))
    field.set_value("/nowhere/at/all.jsonl").run()
    button(at, "Open it").click().run()
    assert "all.jsonl" in words(drawn(at).error)
    (tmp_path / "own.jsonl").write_bytes(jsonl({"prompt": "What is rain?", "chosen": "Water.", "rejected": "No idea."}))
    field.set_value(str(tmp_path / "own.jsonl")).run()
    button(at, "Open it").click().run()
    assert at.query_params["data"] == str(tmp_path / "own.jsonl")
    assert named(drawn(at).caption, 1, "pair")


@pytest.mark.parametrize("name", ["/nowhere/at/all.jsonl", "all.jsonl" + "x" * 5000, "~nobody-of-that-name/all.jsonl"])
@pytest.mark.parametrize("page", ["explore", "data", "health"])
def test_data_that_is_not_there_is_said(visit, page, name):
    at = visit(page, data=name)
    assert "all.jsonl" in words(at.error)


NO_ENCODERS = {  # what is typed to what the refusal shows of it
    "": "''",
    "x" * 5000: "'xxxxxxxxxxxx",
    "~nobody-of-that-name/encoder": "'~nobody-of-that-name/encoder'",
    "/etc": "/etc",
    "/no/such/folder": "'/no/such/folder'",
    "a/b/c": "'a/b/c'",
}


@pytest.mark.weights
@pytest.mark.parametrize("encoder", NO_ENCODERS)
@pytest.mark.parametrize("page", ["explore", "health", "tune"])
def test_what_is_no_encoder_is_refused_with_its_name(visit, monkeypatch, page, encoder):
    monkeypatch.setattr("rpo.jobs.start", lambda module, folder, **more: pytest.fail("no job may start for it"))
    at = visit(page)
    next(field for field in at.text_input if field.label == "Encoder").set_value(encoder).run()
    (refusal,) = drawn(at).error
    assert re.search(rf"\b(model|encoder)\b.* must .*{re.escape(NO_ENCODERS[encoder])}", words([refusal]))


@pytest.mark.weights
def test_tune_shows_the_weights_of_a_batch(visit, mapped):
    at = visit("tune", tau="0.5", M="8")
    assert named(
        at.caption, "τ", 0.5, "M", 8, weights.ENCODER, "own share", 0.45, "effective others", "6.90", 7, "nearly uniform"
    )
    button(at, "RPO-Unpaired").click().run()
    assert (at.session_state["tau"], at.selectbox(key="tune_data").value) == (0.75, "embedded-log")
    assert named(drawn(at).caption, "τ", 0.75, "M", 8, weights.ENCODER, "effective contrasts")


@pytest.mark.weights
def test_tune_opens_a_point_by_dials_and_drafts_its_run(visit, mapped):
    at = visit("tune", alpha="0.5", k="3", M="8")
    assert named(at.caption, "own share", 0.5, "likeness", 3, "M", 8, weights.ENCODER, "effective others", "3.00", 7, "selective")
    assert (at.query_params["alpha"], at.query_params["k"], "tau" in at.query_params) == ("0.5", "3", False)
    at.segmented_control(key="closer").set_value("Two encoders").run()
    drawn(next(one for one in at.text_input if one.key == "other").set_value("no/encoder").run())
    assert named(at.error, "no/encoder")
    assert at.query_params["panel"] == "Two encoders"
    button(at, "Use this τ").click().run()
    spec = drawn(at).session_state["draft"]
    assert (spec["weighting"], spec["own_share"], spec["likeness"], spec["contrast_size"]) == ("dials", 0.5, 3.0, 8)


@pytest.mark.weights
@pytest.mark.parametrize(
    ("asked", "rule"),
    [({"alpha": "1.5"}, ("own_share", 1.5)), ({"k": "0.5"}, ("likeness", 0.5)), ({"k": "x"}, ("likeness", "x"))],
)
def test_a_point_that_no_spec_holds_is_refused_in_words(visit, mapped, asked, rule):
    at = visit("tune", **asked)
    assert named(at.warning, *rule)
    assert named(at.caption, "τ", 0.5)


@pytest.mark.weights
def test_a_likeness_of_more_than_the_batch_holds_is_that_of_all(visit, mapped):
    assert named(visit("tune", alpha="0.5", k="20", M="8").caption, "own share", 0.5, "likeness", "7 of 7", "M", 8)


@pytest.mark.weights
def test_tune_keeps_its_choices_and_an_address_can_be_shared(visit, mapped):
    asked = {"tau": "0.3217", "M": "16", "seed": "7", "beta": "0.25", "data": "embedded", "batches": "neighbourhood"}
    at = visit("tune", reads="whole prompt", **asked)
    assert (at.session_state["tau"], at.selectbox(key="size").value) == (0.3217, 16)
    assert (at.number_input(key="seed").value, at.number_input(key="beta").value) == (7, 0.25)
    assert (at.selectbox(key="batching").value, at.selectbox(key="view").value) == ("neighbourhood", "whole prompt")
    assert {name: at.query_params[name] for name in asked} == asked
    at.switch_page("learn.py").run()
    at.switch_page("tune.py").run()
    assert (drawn(at).session_state["tau"], at.number_input(key="seed").value) == (0.3217, 7)
    assert at.selectbox(key="batching").value == "neighbourhood"
    at.switch_page("learn.py").run()
    at.session_state["data"] = "embedded-log"  # chosen elsewhere meanwhile
    at.query_params.clear()  # as a browser does between pages
    at.switch_page("tune.py").run()
    assert (drawn(at).selectbox(key="tune_data").value, at.session_state["tau"]) == ("embedded-log", 0.3217)
    nonsense = visit("tune", tau="nan", M="1e400", seed="-5", beta="inf", batches="all", rows="a,-1,99999999")
    assert (nonsense.session_state["tau"], nonsense.number_input(key="seed").value) == (0.5, 0)


@pytest.mark.weights
def test_prompts_picked_elsewhere_are_not_asked_of_this_data(visit, mapped):
    here, log = preferences.load("embedded"), preferences.load("embedded-log")
    at = visit("tune")
    at.session_state["picked"] = list(log.prompts[:6])
    drawn(at.run())
    assert len(at.radio) == 0
    at.session_state["picked"] = list(here.prompts[:5])
    drawn(at.run())
    assert named(at.caption, "effective others of 4")
    assert at.query_params["rows"] == "0,1,2,3,4"
    assert named(visit("tune", rows="7,3,9").caption, "effective others of 2")


PICKED = {  # what picked prompts are for: M, the advice's batches, the button, and the draft's data, if there is one
    "look": (20, "these 20 prompts as one batch", "Train on these 20 prompts", None),
    "train": (8, "random batches of M = 8", "Use this τ", "embedded, 20 picked prompts"),
    "aside": (8, "random batches of M = 8", "Use this τ", "embedded"),
}


@pytest.mark.weights
@pytest.mark.parametrize("use", PICKED)
def test_batch_advice_and_draft_speak_of_the_same_prompts(visit, mapped, use):
    size, batches, action, data = PICKED[use]
    at = visit("tune", rows=",".join(map(str, range(20))), picked=use, panel="Which point?", tau="0.2")
    assert named(at.caption, "M", size, f"of {size - 1}")
    assert named(at.markdown, batches)
    button(at, action).click().run()
    if data is None:
        assert (drawn(at).radio(key="picked_for").value, at.query_params["picked"]) == ("train", "train")
        assert named(at.caption, "M", 8)
    else:
        draft = drawn(at).session_state["draft"]
        assert (draft["data"].startswith(data), draft["contrast_size"], draft["tau"]) == (True, 8, 0.2)


@pytest.mark.weights
def test_an_address_opens_the_same_batch_matrix_and_figures(visit, mapped):
    name = finished("embedded")
    rows = ",".join(map(str, range(0, 200, 2)))
    at = visit("tune", alpha="0.4", k="2", M="4", seed="3", beta="0.2", rows=rows, picked="train", panel="Batching")
    at.selectbox(key="margins-embedded").set_value(name).run()
    at.selectbox(key="batching").set_value("neighbourhood").run()
    again = visit("tune", **{word: at.query_params[word] for word in drawn(at).query_params})
    assert words(again.warning) == ""
    assert [shown(one) for one in (at, again)] == [shown(at)] * 2
    assert (words(again.caption), again.query_params) == (words(at.caption), at.query_params)
    assert shown(visit("tune")) != shown(at)


def finished(data):
    """The name of a run that saved log-ratios of its held-out rows."""
    run = runs.Run(storage.folder("runs", "20260101-000000-dpo"))
    storage.write_json(run.folder / "spec.json", RunSpec(data=data).as_dict())
    ids = list(preferences.load(data).held_out["id"])
    record = {"step": 1, "split": "held-out", "ids": ids, "ratios": [[1.0, -2.0]] * len(ids)}
    append_line(run.folder / "logratios.jsonl", record)
    return run.name


def shown(at):
    """What Tune's instrument was sent, but for how often the hand was sent somewhere."""
    raw = at.get("bidi_component")[0].proto.bytes
    head = json.loads(raw[4 : 4 + int.from_bytes(raw[:4], "little")])
    return {name: value for name, value in head.items() if name != "turn"}


@pytest.mark.weights
def test_tune_says_how_much_weight_scores_contradict(visit, real_weights):
    rows = [
        {"prompt": f"Question {n}?", "chosen": f"yes {n}", "rejected": "no", "rating_chosen": 1 + n % 5, "rating_rejected": n % 5}
        for n in range(12)
    ]
    preferences.add("rated.jsonl", jsonl(*rows))
    assert named(visit("tune", data="rated.jsonl", M="8").caption, "%", "contradicted", "rating", "cosine", "True contrasts only")
    assert not named(visit("tune", data="embedded", M="8").caption, "contradicted")


@pytest.mark.weights
def test_the_dpo_preset_drafts_a_dpo_run(visit, mapped):
    at = visit("tune")
    button(at, "DPO").click().run()
    assert named(drawn(at).caption, "DPO", "M", 1)
    assert named(at.caption, "nearly DPO")
    button(at, "Draft a DPO run").click().run()
    drawn(at)
    assert {box.label: str(box.value) for box in at.selectbox}["Objective"] == "dpo"


@pytest.mark.weights
def test_tune_looks_closer(visit, mapped):
    at = visit("tune")
    assert named(at.caption, "random", "batches")
    at.segmented_control(key="closer").set_value("Which point?").run()
    assert named(drawn(at).markdown, "No τ", weights.ENCODER, "M", 8, "random")
    button(at, "Set it").click().run()
    assert named(drawn(at).caption, "own share", 0.5, "likeness", "3 of 7", "M", 8)
    next(field for field in at.number_input if field.label.startswith("Effective others")).set_value(6.9).run()
    assert re.search("τ = 0.4.*own share 0.5", words(drawn(at).markdown))
    button(at, "Set it").click().run()
    assert re.search(r"τ = 0\.4\d", words(drawn(at).caption))
    at.segmented_control(key="closer").set_value("Batching").run()
    related = [float(metric.value) for metric in drawn(at).metric if metric.label == "Related prompts a row"]
    assert related[1] > related[0]
    at.segmented_control(key="closer").set_value("Two encoders").run()
    assert named(drawn(at).caption, "another encoder", "one")  # its prompts are of one turn, so both views read the same
    assert named(at.caption, 0, 8, "prompts")


@pytest.mark.weights
def test_tune_shows_what_the_loss_sees(visit, mapped):
    name = finished("embedded")
    at = visit("tune")
    at.selectbox(key="margins-embedded").set_value(name).run()
    assert named(drawn(at).caption, "effective others of 7")
    at.selectbox(key="size").set_value(512).run()
    assert named(at.error, "log-ratios", 512)
    at.selectbox(key="tune_data").set_value("toy (eight prompts)").run()
    assert named(drawn(at).caption, "toy", "effective contrasts")


@pytest.mark.weights
def test_a_prompt_that_is_none_is_not_shown(visit, mapped):
    for row in ("²", "-1", "9" * 30, "x"):
        at = visit("explore", prompt=row)
        assert named(at.caption, "Click a point")
        assert not at.text


@pytest.mark.weights
def test_a_huge_text_is_cut_and_many_rows_are_counted(visit, real_weights):
    rows = [{"prompt": "word " * 100_000, "chosen": f"answer {n}", "rejected": "no"} for n in range(7)]
    preferences.add("huge.jsonl", jsonl(*rows))
    draw_here("huge.jsonl")
    at = visit("explore", data="huge.jsonl", prompt="0")
    assert named(at.text, "500,000")
    assert max(len(text.value) for text in at.text) < 30_000
    assert named(at.caption, 5, 7)


@pytest.mark.weights
def test_explore_draws_the_map_in_the_background(visit, real_weights):
    at = visit("explore", prompt="5")
    until(lambda: named(drawn(at.run()).caption, "UMAP"))
    assert preferences.load(preferences.EMBEDDED).prompts[5] in words(at.text)
    assert len(at.dataframe[0].value) == 10
