"""Watch shows what a run's folder says, whatever state it is in, and never a traceback."""

import json
import re

import pytest

from rpo import export, jobs, preferences, runs, storage, tokens, weights
from rpo.jsonl import append_line
from rpo.spec import Objective, RunSpec
from rpo.voting import Answer, Ballots, Comparison
from tests.pages.conftest import button, drawn, named, words

pytestmark = pytest.mark.weights  # together they take seconds


@pytest.fixture
def run(rpo_home, tiny_model):
    """A run's folder as the process leaves it after three steps, adapter and answers aside."""
    folder = storage.folder("runs", "20260102-030405-rpo-paired-abcd")
    storage.write_json(folder / "spec.json", RunSpec(model=str(tiny_model), steps=3).as_dict())
    for step in (1, 2, 3):
        append_line(folder / "metrics.jsonl", {"step": step, "loss": 0.7, "chosen_reward": 0.0, "margin": 0.1 * step})
    return runs.Run(folder)


def end(run, **state):
    storage.write_json(run.folder / "state.json", {"progress": 1.0, "message": "", **state})


def test_a_finished_run_shows_before_and_after(visit, run):
    end(run, status="done")
    figures = {"accuracy": 0.5, "margin": 0.0, "kl": 0.0, "rule": 0.2, "answers": 4, "n": 6}
    after = {**figures, "accuracy": 0.75, "rule": None}
    summary = {"device": "CPU", "seed": 0, "seconds": {"train": 60.0, "answers": 60.0}, "before": figures, "after": after}
    summary["estimated"] = {"least": 70.0, "most": 200.0}
    storage.write_json(run.folder / "summary.json", summary)
    append_line(run.folder / "evaluations.jsonl", {"step": 3, **after})
    at = visit("watch", run=run.name)
    assert {metric.label: metric.value for metric in at.metric} == {
        "Held-out accuracy": "0.750",
        "Held-out margin": "0.000",
        "KL, nats a token": "0.000",
        "Loss": "0.700",
    }
    assert at.metric[0].delta == "0.5 before, 6 held-out pairs"
    assert named(at.markdown, "finished", "3 steps", "2.0 min", "1 to 4 min")
    assert named(at.caption, "seed 0", "CPU")
    assert [one.proto.label for one in at.get("download_button")] == ["Settings as YAML", "Settings as JSON"]
    assert at.selectbox(key="watched").options == [run.title]


def test_a_run_whose_best_was_earlier_offers_it_as_a_run_of_its_own(visit, run):
    end(run, status="done")
    for step, loss in ((1, 0.5), (3, 0.6)):
        append_line(
            run.folder / "evaluations.jsonl", {"step": step, "loss": loss, "accuracy": 0.5, "margin": 0.0, "kl": 0.0, "n": 6}
        )
    (run.folder / "best-1").mkdir()
    (run.folder / "best-1" / "adapter_model.safetensors").write_bytes(b"an adapter")
    at = visit("watch", run=run.name)
    button(at, "The best: step 1").click().run()
    assert at.selectbox(key="watched").value == f"{run.name}-step1"
    assert named(drawn(at).markdown, "best at step 1")
    assert "The best" not in " ".join(one.label for one in at.button)


@pytest.mark.parametrize(
    ("state", "says"),
    [
        ({"status": "failed", "message": "the disk is full"}, "the disk is full"),
        ({"status": "running", "message": "step 3"}, "process"),
    ],
)
def test_a_run_that_ended_badly_says_so(visit, run, state, says):
    end(run, **state)
    assert says in words(visit("watch", run=run.name).error)


def test_a_run_at_work_is_watched(visit, run):
    storage.write_json(run.folder / "spec.json", {**run.spec.as_dict(), "steps": 6})
    with jobs.work(run.folder) as report:
        report(0.5, "step 3 of 6")
        report.write()
        at = visit("watch", run=run.name)
        assert named(at.markdown, "running", 3, 6)
        button(at, "Stop").click().run()
        assert (run.folder / "stop").exists()
        assert named(drawn(at).markdown, "stopping")
        assert button(at, "Stopping").disabled


@pytest.mark.parametrize(
    ("file", "content", "about"),
    [
        ("spec.json", b'{"steps": -1}', ["steps", 0, 1000000, -1]),
        ("spec.json", b'{"colour": 1}', ["colour"]),
        ("spec.json", b"{", ["JSON"]),
        ("state.json", b"\x00", ["JSON"]),
        ("metrics.jsonl", b'{"step": 1}\nnonsense\n{"step": 2}\n', [2]),
        ("summary.json", b"[", ["JSON"]),
    ],
)
def test_a_broken_file_in_a_run_is_named(visit, run, file, content, about):
    end(run, status="done")
    (run.folder / file).write_bytes(content)
    assert named(visit("watch", run=run.name).error, file, *about)


def test_a_run_that_was_stopped_can_be_resumed(visit, run, monkeypatch):
    end(run, status="stopped")
    resumed = []
    monkeypatch.setattr("rpo.runs.resume", resumed.append)
    button(visit("watch", run=run.name), "Resume").click().run()
    assert resumed == [run]


@pytest.mark.parametrize("steps", [3, 8])
def test_a_stopped_run_says_how_far_it_came_and_no_time(visit, run, steps):
    storage.write_json(run.folder / "spec.json", {**run.spec.as_dict(), "steps": steps})
    end(run, status="stopped", message=f"step 3 of {steps}, under a minute of steps left · cpu")
    said = visit("watch", run=run.name).markdown
    assert named(said, "stopped", 3, steps)
    assert not named(said, "minute")


def test_a_run_that_was_stopped_before_it_began_says_that(visit, run):
    (run.folder / "metrics.jsonl").unlink()
    end(run, status="stopped", message="embedding 6 of 20 prompts, about 3 min left")
    said = visit("watch", run=run.name).markdown
    assert named(said, "stopped", "step")
    assert not named(said, "3 min")


@pytest.mark.parametrize(("data", "count"), [("embedded", 200), ("small.jsonl", 3), ("gone.jsonl", None)])
def test_a_run_offers_as_many_answers_as_there_are_prompts(visit, run, tmp_path, data, count):
    if data == "small.jsonl":
        rows = [{"prompt": f"Why {n}?", "chosen": "a", "rejected": "b", "split": "test" if n < 3 else "train"} for n in range(9)]
        (tmp_path / data).write_text("".join(json.dumps(row) + "\n" for row in rows))
    name = data if data == "embedded" else str(tmp_path / data)
    storage.write_json(run.folder / "spec.json", {**run.spec.as_dict(), "data": name})
    (run.folder / "adapter").mkdir()
    (run.folder / "adapter" / "adapter_model.safetensors").touch()
    end(run, status="done")
    at = visit("watch", run=run.name)
    there = runs.askable(run)
    assert (there == count) if count != 3 else 0 < there < 9
    assert re.findall(r"\d+", button(at, "Write answers to").label) == ([str(there)] if there else [])


def test_a_run_whose_data_changed_says_so_at_the_click(visit, run, tmp_path):
    data = tmp_path / "pairs.jsonl"
    rows = [{"prompt": f"Why {n}?", "chosen": "So.", "rejected": "No."} for n in range(9)]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows))
    storage.write_json(run.folder / "spec.json", {**run.spec.as_dict(), "data": str(data), "contrast_size": 2})
    runs.inputs.note(run)
    data.write_text("".join(json.dumps(row) + "\n" for row in rows[1:]))
    end(run, status="stopped")
    at = visit("watch", run=run.name)
    button(at, "Resume").click().run()
    assert named(drawn(at).error, "pairs.jsonl", "1 row gone")
    assert "stopped" in words(at.markdown)


def test_a_run_that_noted_nothing_says_that_it_could_not_be_checked(visit, run):
    end(run, status="stopped")
    said = runs.unchecked(run)
    assert said in words(visit("watch", run=run.name).caption)
    end(run, status="done")
    assert (runs.unchecked(run), said in words(visit("watch", run=run.name).caption)) == ("", False)


def test_a_run_of_a_model_that_an_older_version_scored_wrongly_says_so(visit, run, tmp_path):
    (tmp_path / "gemma").mkdir()
    (tmp_path / "gemma" / "config.json").write_text(json.dumps({"model_type": "gemma2"}))
    (tmp_path / "gemma" / "model.safetensors").touch()
    storage.write_json(run.folder / "spec.json", RunSpec(model=str(tmp_path / "gemma"), steps=3).as_dict())
    end(run, status="done")
    assert named(visit("watch", run=run.name).warning, "gemma2")


def test_a_run_says_how_its_rows_were_laid_out(visit, run):
    opened = {"layout": "packed, one mask", "writing": "padded batches", "tokens": "1", "numbers": "torch.float32"}
    storage.write_json(run.folder / "opened.json", {**opened, "unchecked": 0})
    end(run, status="done")
    assert named(visit("watch", run=run.name).caption, opened["layout"])


def test_an_alarming_curve_gets_a_sentence(visit, run):
    end(run, status="done")
    for step in range(4, 20):
        append_line(run.folder / "metrics.jsonl", {"step": step, "loss": 0.7, "rivals": 1.01, "grad_norm": 1.0})
    said = visit("watch", run=run.name).warning
    assert named(said, 1.01, "effective contrasts", 0.5, 8, weights.ENCODER, "raise τ")


def test_answers_along_the_way_stand_side_by_side(visit, run):
    end(run, status="done")
    append_line(run.folder / "samples.jsonl", {"step": 2, "prompt": "Why?", "answer": "half"})
    append_line(runs.answers.baseline_file(run), {"prompt": "Why?", "answer": "first"})
    append_line(runs.answers.candidate_file(run), {"prompt": "Why?", "answer": "last"})
    at = visit("watch", run=run.name)
    (shown,) = (one.proto.body for one in at.get("html") if '<div class="changes">' in one.proto.body)
    assert [part in shown for part in (">Why?</div>", ">first</p>", ">last</p>")] == [True] * 3
    (table,) = (frame.value for frame in at.dataframe if "before" in frame.value)
    assert table.to_dict("records") == [{"prompt": "Why?", "before": "first", "step 2": "half", "after": "last"}]


def test_runs_are_compared_side_by_side(visit, run):
    end(run, status="done")
    other = runs.Run(storage.folder("runs", "20260102-040000-dpo-ffff"))
    storage.write_json(other.folder / "spec.json", {**run.spec.as_dict(), "objective": "dpo"})
    end(other, status="done")
    for one, accuracy in ((run, 0.9), (other, 0.8)):
        append_line(one.folder / "evaluations.jsonl", {"step": 3, "accuracy": accuracy, "margin": 1.0, "kl": 0.1, "n": 60})
    at = visit("watch", runs=f"{run.name},{other.name}")
    (every,) = (frame.value for frame in at.dataframe if "run" in frame.value and "state" in frame.value)
    assert every["Objective"].tolist() == ["dpo", "rpo-paired"]
    (table,) = (frame.value for frame in at.dataframe if "setting" in frame.value)
    assert sorted(zip(table["setting"], table["accuracy"], strict=True)) == [("dpo", "0.800"), ("rpo-paired", "0.900")]


def evaluated(run, *points):
    """Evaluations of four held-out pairs as (step, KL, pairs won)."""
    for step, kl, won in points:
        figures = {"accuracy": won / 4, "margin": 0.2 * (won - 2), "kl": kl, "n": 4, "loss": 0.6}
        append_line(run.folder / "evaluations.jsonl", {"step": step, **figures})
        ratios = [[1.0, 0.0] if pair < won else [0.0, 1.0] for pair in range(4)]
        append_line(run.folder / "logratios.jsonl", {"step": step, "split": "held-out", "ids": list("abcd"), "ratios": ratios})


@pytest.mark.parametrize("in_a_sweep", [False, True])
def test_compared_runs_are_read_at_equal_kl(visit, run, in_a_sweep):
    end(run, status="done")
    other = runs.Run(storage.folder("runs", "20260102-040000-dpo-ffff"))
    storage.write_json(other.folder / "spec.json", {**run.spec.as_dict(), "objective": "dpo"})
    end(other, status="done")
    evaluated(run, (1, 0.1, 2), (3, 0.3, 4))
    at = compared(visit, run, other, in_a_sweep)
    assert "1 run has no evaluation with a KL above 0" in words(at.info)
    evaluated(other, (3, 0.2, 3))
    at = compared(visit, run, other, in_a_sweep)
    assert "**At equal KL: 0.200 nats a token**" in words(at.markdown)
    assert "2 runs; held-out rows a point: n = 4" in words(at.caption)
    (table,) = (frame.value for frame in at.dataframe if "between steps" in frame.value)
    assert [one.split(" (")[0] for one in table["accuracy"]] == ["0.750", "0.750"]
    assert sorted(table["between steps"]) == ["1 and 3", "at 3"]
    assert any(chart.proto.id.endswith("frontier") for chart in at.get("plotly_chart"))


def compared(visit, run, other, in_a_sweep):
    if not in_a_sweep:
        return visit("watch", runs=f"{other.name},{run.name}")
    folder = storage.folder("sweeps", "20260102-050000-2-runs")
    storage.write_json(folder / "sweep.json", {"base": run.spec.as_dict(), "axes": {}, "runs": [run.name, other.name]})
    storage.write_json(folder / "state.json", {"status": "done", "message": "", "progress": 1.0})
    at = visit("watch")
    at.segmented_control[0].set_value("Sweeps").run()
    return drawn(at)


def test_a_name_and_a_note_are_kept_beside_the_settings(visit, run):
    end(run, status="done")
    spec = (run.folder / "spec.json").read_bytes()
    at = visit("watch", run=run.name)
    at.text_input(key=f"name-{run.name}").set_value("the *first*")
    at.text_area(key=f"note-{run.name}").set_value("too high a rate")
    button(at, "Save").click().run()
    assert "the *first*" in words(drawn(at).markdown)
    assert "too high a rate" in words(at.text)
    assert (run.title, run.spec, (run.folder / "spec.json").read_bytes()) == ("the *first*", RunSpec(**run.spec.as_dict()), spec)
    assert at.selectbox(key="watched").options == ["the *first*"]


def test_runs_are_found_by_words_and_deleted_with_what_refers_to_them_said(visit, run):
    end(run, status="done")
    other = runs.Run(storage.folder("runs", "20260102-040000-dpo-ffff"))
    storage.write_json(other.folder / "spec.json", {**run.spec.as_dict(), "objective": "dpo"})
    end(other, status="stopped")
    Ballots.here().make_panel("Round 1", [Comparison("Why?", Answer("first", "baseline"), Answer("last", other.name))])
    at = visit("watch", runs=other.name)
    at.text_input(key="run_words").set_value("dpo stopped").run()
    (table,) = (frame.value for frame in drawn(at).dataframe if "state" in frame.value)
    assert table["run"].tolist() == [other.title]
    assert named(at.markdown, "Round 1")
    button(at, "Delete for good").click().run()
    drawn(at)
    assert (run.folder.exists(), other.folder.exists()) == (True, False)


@pytest.mark.weights
@pytest.mark.parametrize("objective", Objective)
def test_lines_that_are_no_log_ratios_are_said_to_be_none(visit, run, objective):
    end(run, status="done")
    storage.write_json(run.folder / "spec.json", run.spec.with_objective(objective).as_dict())
    said = visit("watch", run=run.name).caption
    assert bool(named(said, objective, "without a reference")) is not objective.entry.reference


@pytest.mark.weights
def test_a_sweep_is_followed_and_compared(visit, run):
    end(run, status="done")
    append_line(run.folder / "evaluations.jsonl", {"step": 3, "accuracy": 0.75, "margin": 1.0, "kl": 0.1, "loss": 0.6, "n": 60})
    folder = storage.folder("sweeps", "20260102-050000-1-runs")
    storage.write_json(folder / "sweep.json", {"base": run.spec.as_dict(), "axes": {}, "runs": [run.name]})
    storage.write_json(folder / "state.json", {"status": "running", "message": "run 1 of 1", "progress": 0.4})
    at = visit("watch")
    at.segmented_control[0].set_value("Sweeps").run()
    assert "interrupted" in words(drawn(at).markdown)
    assert button(at, "Go on")
    (table,) = (frame.value for frame in at.dataframe if "setting" in frame.value)
    assert table["accuracy"].tolist() == ["0.750"]


def test_a_stopped_sweep_says_how_many_runs_are_done_and_no_time(visit, run):
    end(run, status="done")
    folder = storage.folder("sweeps", "20260102-050000-1-runs")
    storage.write_json(folder / "sweep.json", {"base": run.spec.as_dict(), "axes": {}, "runs": [run.name]})
    storage.write_json(folder / "state.json", {"status": "stopped", "message": "run 1 of 2: step 2 of 3, about 9 min left"})
    at = visit("watch")
    at.segmented_control[0].set_value("Sweeps").run()
    assert named(drawn(at).markdown, "stopped", 1)
    assert not named(at.markdown, "9 min")


def test_runs_whose_titles_read_alike_are_told_apart(run):
    other = storage.folder("runs", "20260102-030405-rpo-paired-beef")
    storage.write_json(other / "spec.json", run.spec.as_dict())
    alone = storage.folder("runs", "20260102-040405-rpo-paired-cafe")
    storage.write_json(alone / "spec.json", run.spec.as_dict())
    for folder in (run.folder, other, alone):
        storage.write_json(folder / "state.json", {"status": "done", "message": "", "progress": 1.0})
    assert runs.titles() == {
        run.name: "rpo-paired, τ 0.5, M 8, 3 steps · 02.01. 03:04 (abcd)",
        other.name: "rpo-paired, τ 0.5, M 8, 3 steps · 02.01. 03:04 (beef)",
        alone.name: "rpo-paired, τ 0.5, M 8, 3 steps · 02.01. 04:04",
    }


def test_a_run_whose_data_went_away_can_still_be_judged(visit, run):
    end(run, status="done")
    storage.write_json(run.folder / "spec.json", {**run.spec.as_dict(), "data": "gone.jsonl"})
    append_line(runs.answers.baseline_file(run), {"prompt": "Why?", "answer": "first"})
    append_line(runs.answers.candidate_file(run), {"prompt": "Why?", "answer": "last"})
    assert [pair.slice for pair in runs.answer_pairs(run)] == [""]
    assert words(visit("watch", run=run.name).error) == ""
    assert words(visit("vote").error) == ""


def test_a_run_says_how_many_texts_its_lengths_cut(visit, run):
    end(run, status="done")
    tokens.Cuts(seen=40, rows=40, prompts=2, answers=60, texts=80, prompt_tokens=256, answer_tokens=640).save(run.folder)
    at = visit("watch", run=run.name)
    assert named(at.caption, "5 %", "75 %", 40)


def test_a_tracker_that_lacks_records_is_said(visit, run):
    end(run, status="done")
    assert not named(visit("watch", run=run.name).caption, "Trackio")
    storage.write_json(run.folder / "tracker.json", {"tracker": "Trackio", "trouble": "No space left on device"})
    assert named(visit("watch", run=run.name).caption, "Trackio")


FEW = [{"prompt": f"Why {n}?", "chosen": f"Because of {n}.", "rejected": "Hard to say.", "split": "test"} for n in range(4)]


@pytest.fixture
def played(run, tmp_path):
    """The run with two evaluations of four held-out pairs, whose weights need no encoder."""
    data = tmp_path / "few.jsonl"
    data.write_text(
        "".join(
            json.dumps(row) + "\n"
            for row in [*FEW, *({**row, "prompt": f"And {row['prompt']}", "split": "train"} for row in FEW)]
        )
    )
    storage.write_json(
        run.folder / "spec.json", {**run.spec.as_dict(), "data": str(data), "contrast_size": 2, "weighting": "uniform"}
    )
    ids = list(preferences.load(str(data)).held_out["id"])
    for step, far in ((1, 2.0), (3, 12.0)):
        append_line(run.folder / "logratios.jsonl", {"step": step, "split": "held-out", "ids": ids, "ratios": [[far, -far]] * 4})
    end(run, status="done")
    return run


def open_matrix(visit, run):
    at = visit("watch", run=run.name)
    at.toggle(key="matrix-learns").set_value(True).run()
    return drawn(at)


def test_the_matrix_plays_over_training(visit, played):
    at = open_matrix(visit, played)
    assert named(at.markdown, "step", 3, "50%", "own pairs", "100%", "saturated")
    assert named(at.markdown, "embedded no prompts")
    assert named(at.caption, "2 × 2", "uniform", "M", 2)
    (chart,) = (one for one in at.get("plotly_chart") if one.proto.id.endswith("margins"))
    frames = json.loads(chart.proto.spec)["frames"]
    assert [frame["name"] for frame in frames] == ["0", "1", "3"]
    at.number_input(key="replayed").set_value(2).run()
    assert named(drawn(at).caption, "2 × 2")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"objective": "kto"}, ("kto", "each answer")),
        ({"objective": "simpo"}, ("simpo", "means", "tokens")),
    ],
)
def test_a_run_without_such_a_matrix_says_why(visit, played, change, said):
    spec = {**played.spec.as_dict(), **RunSpec().with_objective(change["objective"]).as_dict(), "data": played.spec.data}
    storage.write_json(played.folder / "spec.json", spec)
    assert named(open_matrix(visit, played).info, *said)


def test_a_run_of_an_older_version_says_that_it_kept_no_log_ratios(visit, played):
    (played.folder / "logratios.jsonl").unlink()
    assert named(open_matrix(visit, played).info, "log-ratios", played.name)


def test_a_run_is_taken_away_and_what_was_taken_is_listed_and_deleted(visit, run):
    end(run, status="done")
    assert not [one for one in visit("watch", run=run.name).button if one.label == "Export"]  # no adapter, nothing to take
    (run.folder / "adapter").mkdir()
    for name in ("adapter_model.safetensors", "adapter_config.json"):
        (run.folder / "adapter" / name).write_text("{}")
    export.write(run, export.ExportKind.ADAPTER)
    at = visit("watch", run=run.name)
    assert str(run.folder / "exports" / "adapter") in [one.value for one in at.code]
    at = drawn(at.button(key="delete-adapter").click().run())
    assert export.exports(run) == ()
    drawn(button(at, "Export").click().run())
    assert jobs.look(export.exporting(run)).status is not jobs.Status.NEW
