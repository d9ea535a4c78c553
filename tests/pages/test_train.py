"""Train: the form becomes a spec, what cannot fit is refused with what does, a grid becomes a sweep."""

import json
import re

import pytest

from rpo import runs
from rpo.preferences import EMBEDDED, load
from rpo.spec import Objective, RunSpec
from rpo.voting import Answer, Ballots, Comparison
from tests.pages.conftest import button, drawn, named, words
from tests.resources.test_checks import LLAMA, REFUSED
from tests.tokens.test_tokens import STRICT

pytestmark = pytest.mark.weights  # together they take seconds


@pytest.fixture
def started(monkeypatch):
    """What the page starts, instead of a process."""
    seen = []

    def start(spec, processes=1, place=runs.THIS_MACHINE):
        seen.append((spec, processes, place))
        return runs.Run(runs.launch.new_folder(spec).folder)

    monkeypatch.setattr("rpo.runs.start", start)
    return seen


def of_tiny(at, tiny_model):
    """The form with the tiny model in it."""
    return drawn(field(at.text_input, "Model").set_value(str(tiny_model)).run())


def sent(at, draft, name="From Tune"):
    """What `to_train` keeps for the page."""
    at.session_state["draft"], at.session_state["draft_name"], at.session_state["form_turn"] = draft, name, 1


def field(elements, label):
    return next(one for one in elements if one.label == label)


def test_the_form_drafts_what_tune_sent(visit, tiny_model, started):
    at = visit("train")
    sent(at, {"tau": 0.3, "contrast_size": 16, "encoder": "some/encoder"})
    at = of_tiny(drawn(at.run()), tiny_model)
    button(at, "Start the run").click().run()
    ((spec, processes, place),) = started
    assert (spec.tau, spec.contrast_size, spec.encoder, processes, place) == (0.3, 16, "some/encoder", 1, runs.THIS_MACHINE)
    assert RunSpec.from_dict(spec.as_dict()) == spec
    assert [title.value for title in drawn(at).title] == ["Watch"]


def test_a_run_begins_from_pasted_settings_after_a_mistake_is_named(visit, tiny_model, started):
    at = visit("train")
    at.session_state["fitted"] = RunSpec(tau=0.9)  # what fitted before is no part of what is brought
    for text in ("taus: 0.3", f"tau: 0.3\nmodel: {tiny_model}\nlr: 1e-5"):
        field(drawn(at.run()).text_area, "or paste it").set_value(text).run()
        button(at, "Begin from it").click().run()
        assert bool(re.search(r"taus.*\btau\b", words(at.error))) == (text == "taus: 0.3")
    button(drawn(at), "Start the run").click().run()
    ((spec, *_),) = started
    assert spec == RunSpec(tau=0.3, model=str(tiny_model), lr=1e-5)


def test_a_draft_is_called_as_its_page_says(visit):
    at = visit("train")
    sent(at, {"data": "embedded"}, "With the votes")
    assert next(one for one in drawn(at.run()).segmented_control if one.label == "Start from").options[0] == "With the votes"


def test_a_draft_that_comes_later_is_not_changed_by_what_was_typed_before(visit):
    at = visit("train")
    field(at.number_input, "τ").set_value(0.4).run()
    field(at.number_input, "Steps").set_value(17).run()
    at.session_state["draft"], at.session_state["form_turn"] = (
        {"tau": 0.5, "steps": 24, "beta": 0.2},
        1,
    )  # as `to_train` sets them
    at = drawn(at.run())
    assert [field(at.number_input, name).value for name in ("τ", "Steps", "β")] == [0.5, 24, 0.2]


@pytest.mark.parametrize(("draft", "about"), [({"tau": 5000.0}, (0.001, 1000, "5000.0")), ({"beta": 0.0}, ("0.0",))])
def test_a_draft_that_makes_no_run_is_refused_in_words_and_the_form_stays(visit, draft, about):
    at = visit("train")
    sent(at, draft)
    at = drawn(at.run())
    assert named(at.warning, *draft, *about)
    assert field(at.number_input, "τ").value == 0.5


def test_what_was_typed_stays_over_another_page_and_a_reload(visit):
    at = visit("train")
    assert dict(at.query_params) == {}
    next(one for one in at.segmented_control if one.label == "Start from").set_value("DPO").run()
    field(at.number_input, "Steps").set_value(17)
    field(at.toggle, "Gradient checkpointing").set_value(True)
    field(at.text_input, "Seeds").set_value("1, 2")  # the sweep's
    at = drawn(at.run())
    assert dict(at.query_params) == {"objective": "dpo", "steps": "17", "checkpointing": "true"}
    at = drawn(drawn(at.switch_page("setup.py").run()).switch_page("train.py").run())
    assert (field(at.number_input, "Steps").value, field(at.selectbox, "Objective").value) == (17, "dpo")
    assert field(at.text_input, "Seeds").value == "1, 2"
    at = visit("train", steps="17", checkpointing="true")
    assert (field(at.number_input, "Steps").value, field(at.toggle, "Gradient checkpointing").value) == (17, True)
    at = drawn(field(at.number_input, "Steps").set_value(18).run())
    assert (field(at.number_input, "Steps").value, at.query_params["steps"]) == (18, "18")


@pytest.mark.parametrize(("word", "text"), [("steps", "-1"), ("tau", "warm"), ("checkpointing", "yes"), ("objective", "ppo")])
def test_what_an_address_says_wrongly_is_refused_in_words_and_the_form_stays(visit, word, text):
    at = visit("train", **{word: text})
    assert named(at.warning, word, text)
    assert field(at.number_input, "Steps").value == 24


def test_an_open_end_is_refused_in_words(visit):
    at = visit("train")
    field(at.number_input, "Learning rate").set_value(0.0).run()
    assert named(drawn(at).error, "lr", 0, 1, "0.0")


def test_every_choice_reaches_the_spec(visit, tiny_model, started):
    at = of_tiny(visit("train"), tiny_model)
    for kind, choices in {
        "selectbox": {"Batches": "neighbourhood", "Optimizer": "rmsprop", "Control": "shuffled weights", "Weight": "outside"},
        "number_input": {"Matrices a step": 4, "SFT steps": 7, "Top-p": 0.95, "Processes": 2, "of which along the way": 0},
        "toggle": {"Centred margins": True, "Gradient checkpointing": True},
    }.items():
        for label, value in choices.items():
            field(getattr(at, kind), label).set_value(value)
    button(drawn(at.run()), "Start the run").click().run()
    ((spec, processes, _),) = started
    assert (spec.batching, spec.optimizer, spec.control, spec.form) == ("neighbourhood", "rmsprop", "shuffled weights", "outside")
    assert (spec.contrasts, spec.sft_steps, spec.top_p, spec.probes, processes) == (4, 7, 0.95, 0, 2)
    assert spec.centred
    assert spec.checkpointing


def test_what_cannot_fit_is_refused_with_what_does(visit, tiny_model, monkeypatch):
    nearest = RunSpec(model=str(tiny_model), micro_batch=1)
    too_large = runs.Need(1e12, "", "a run must fit the memory; it fits with micro_batch 1", nearest)
    with monkeypatch.context() as patch:
        patch.setattr("rpo.runs.need", lambda spec, processes: too_large)
        at = of_tiny(visit("train"), tiny_model)
        assert "it fits with micro_batch 1" in words(at.warning)
        assert button(at, "Start the run").disabled
    button(at, "Use the setting that fits").click().run()
    assert field(drawn(at).number_input, "Micro-batch").value == 1


def test_the_setting_that_fits_wins_over_what_was_typed(visit, tiny_model, monkeypatch):
    nearest = RunSpec(model=str(tiny_model))  # with the value that the form began with
    too_large = runs.Need(1e12, "", "a run must fit the memory; it fits so", nearest)
    at = of_tiny(visit("train"), tiny_model)
    with monkeypatch.context() as patch:
        patch.setattr("rpo.runs.need", lambda spec, processes: too_large)
        at = drawn(field(at.number_input, "Micro-batch").set_value(nearest.micro_batch + 3).run())
    button(at, "Use the setting that fits").click().run()
    assert field(drawn(at).number_input, "Micro-batch").value == nearest.micro_batch


def test_what_a_run_needs_is_said_before_it_starts(visit, tiny_model):
    at = of_tiny(visit("train"), tiny_model)
    assert re.search(r"\d GB\b", words(at.caption))
    spec = RunSpec(model=str(tiny_model), tau=0.3)
    alone, swept = runs.need(spec).time, runs.sweep_time((spec,))  # which the page takes for a sweep of one run
    assert (swept.least, swept.most) == pytest.approx((alone.least, alone.most), rel=0.2)  # by how busy the machine was then
    assert re.search(r"\b1 run\b[^|.]*(second|minute|min|hour|h)\b", words(at.caption))
    assert not button(at, "Start the run").disabled


def test_ipo_says_which_of_its_two_forms_it_is(visit, tiny_model, started):
    for last in (Objective.IPO, Objective.KTO):  # which has no such form
        at = visit("train")
        assert "IPO" not in words(at.caption)
        field(at.selectbox, "Objective").set_value(Objective.IPO).run()
        assert named(drawn(at).caption, "IPO", "log-ratios")
        field(at.toggle, "Mean over an answer's tokens").set_value(True).run()
        field(at.selectbox, "Objective").set_value(last)
        button(of_tiny(at, tiny_model), "Start the run").click().run()
    assert [(spec.objective, spec.length_normalised) for spec, *_ in started] == [(Objective.IPO, True), (Objective.KTO, False)]


def test_each_objective_says_what_is_usual_and_only_simpo_has_a_target(visit, tiny_model, started):
    at = visit("train")
    for objective in Objective:
        field(at.selectbox, "Objective").set_value(objective).run()
        assert objective.entry.words in words(drawn(at).caption)
        assert ("γ (target margin)" in [one.label for one in at.number_input]) is ("gamma" not in objective.ignored)
    field(at.selectbox, "Objective").set_value(Objective.SIMPO).run()
    field(at.number_input, "γ (target margin)").set_value(0.5)
    field(at.number_input, "β").set_value(2.0)
    button(of_tiny(at, tiny_model), "Start the run").click().run()
    assert [(spec.objective, spec.beta, spec.gamma) for spec, *_ in started] == [(Objective.SIMPO, 2.0, 0.5)]


def test_a_ray_cluster_that_is_none_is_refused_in_words(visit, tiny_model):
    at = visit("train")
    field(at.text_input, "Where").set_value("cluster").run()
    assert named(drawn(at).error, "Ray", "dashboard", "cluster")
    field(at.text_input, "Where").set_value("http://127.0.0.1:9")
    button(of_tiny(at, tiny_model), "Start the run").click().run()
    assert named(drawn(at).error, "Ray", "http://127.0.0.1:9")
    assert runs.all_runs() == ()


def test_a_grid_becomes_a_sweep(visit, tiny_model, monkeypatch):
    asked = []
    monkeypatch.setattr("rpo.runs.start_sweep", lambda spec, axes: asked.append(axes) or runs.Sweep("x"))
    at = of_tiny(visit("train"), tiny_model)
    assert button(at, "Start the sweep").disabled
    field(at.multiselect, "Objectives").set_value([Objective.DPO, Objective.RPO_PAIRED])
    field(at.text_input, "Values of τ").set_value("0.1, 0.5")
    field(at.text_input, "Seeds").set_value("0 1 2")
    drawn(at.run())
    assert named(at.caption, 9, "runs")
    field(at.text_input, "Values of M").set_value("four").run()
    assert named(drawn(at).error, "contrast_size", "numbers", "four")


def test_prompts_that_a_panel_of_another_home_asks_are_said_and_nothing_starts(visit, tiny_model, monkeypatch, tmp_path):
    monkeypatch.setenv("RPO_VOTES_URL", f"sqlite:///{tmp_path / 'votes.db'}")
    prompt = load(EMBEDDED).train["prompt"][0]
    with monkeypatch.context() as patch:
        patch.setenv("RPO_HOME", str(tmp_path / "elsewhere"))
        Ballots().make_panel("theirs", [Comparison(prompt, Answer("before", "base"), Answer("after", "tuned"))])
    at = of_tiny(visit("train"), tiny_model)
    assert named(at.error, "blind panel", EMBEDDED, 1)
    assert button(at, "Start the run").disabled
    assert button(at, "Start the sweep").disabled


def test_nothing_can_be_started_without_weights(visit):
    at = visit("train")
    assert named(at.info, "Set up")
    assert button(at, "Start the run").disabled
    assert words(at.error) == ""


def test_unpaired_presets_bring_their_data_and_wrong_data_are_refused_in_words(visit, tiny_model):
    at = visit("train")
    at.segmented_control[0].set_value("RPO-Unpaired, τ 0.75").run()
    assert field(drawn(at).selectbox, "Data").value == "embedded-log"
    at = of_tiny(at, tiny_model)
    field(at.selectbox, "Objective").set_value(Objective.DPO).run()
    assert named(drawn(at).error, "dpo", "paired", "embedded-log", "unpaired")


def test_a_set_up_of_the_paper_says_what_it_needs_or_why_it_cannot_be_weighed(visit):
    at = visit("train")
    field(at.selectbox, "or from the paper's set-ups").select_index(0).run()
    assert field(drawn(at).number_input, "SFT steps").value == 2260
    assert named(at.error, "model", "configuration")  # the hub cannot be reached in tests


@pytest.mark.weights
@pytest.mark.parametrize(
    "kind", ["answers beyond the positions", "state spaces", "gptq", "a larger tokenizer", "not a language model"]
)
def test_what_cannot_work_is_said_and_the_page_stays(visit, model_folder, kind):
    config, _, _ = REFUSED[kind]
    at = visit("train")
    field(at.segmented_control, "Start from").set_value("DPO").run()
    at = of_tiny(at, model_folder(config))
    assert at.error
    assert button(at, "Start the run").disabled
    assert button(at, "Start the sweep").disabled
    field(at.text_input, "Adapted layers").set_value("in_proj").run()
    assert (words(drawn(at).error) == "") == (kind == "state spaces")


def test_a_template_that_takes_no_system_turn_keeps_the_page(visit, model_folder, tmp_path):
    rows = [{"prompt": [{"role": "system", "content": "Talk."}, {"role": "user", "content": f"{n}?"}]} for n in range(40)]
    answers = {"chosen": [{"role": "assistant", "content": "Yes"}], "rejected": [{"role": "assistant", "content": "No"}]}
    (tmp_path / "pairs.jsonl").write_text("\n".join(json.dumps(row | answers) for row in rows))
    at = visit("train")
    sent(at, {"data": str(tmp_path / "pairs.jsonl"), "objective": Objective.DPO})
    at = of_tiny(drawn(at.run()), model_folder(LLAMA, STRICT))
    assert words(at.error) == ""
    assert not button(at, "Start the run").disabled


def test_texts_that_are_cut_are_counted_and_longer_lengths_are_one_click_away(visit, tiny_model):
    at = of_tiny(visit("train"), tiny_model)
    field(at.number_input, "Answer tokens").set_value(32).run()
    assert named(drawn(at).caption, "100 %", 200)
    button(at, "Use ").click().run()
    wanted = field(drawn(at).number_input, "Answer tokens").value
    assert wanted > 128
    assert not [one for one in at.button if one.label.startswith("Use ")]


def test_prompts_with_the_templates_own_marks_are_counted(visit, tiny_model, tmp_path):
    own = {"prompt": "<end>[user]Say {n}<end>[assistant]", "chosen": "a<end>", "rejected": "b<end>"}
    rows = [{key: text.replace("{n}", str(n)) for key, text in own.items()} for n in range(40)]
    (tmp_path / "pairs.jsonl").write_text("\n".join(map(json.dumps, rows)))
    at = visit("train")
    sent(at, {"data": str(tmp_path / "pairs.jsonl"), "objective": Objective.DPO})
    at = of_tiny(drawn(at.run()), tiny_model)
    assert named(at.caption, len(load(str(tmp_path / "pairs.jsonl")).train), "control tokens")
