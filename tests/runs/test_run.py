"""A run folder read back: half-written lines, edited files, states."""

import pytest

from rpo import storage
from rpo.errors import RpoError
from rpo.jobs import Status
from rpo.jsonl import append_line, read_lines
from rpo.runs.run import Run, all_runs
from rpo.spec import RunSpec


def made(name, spec=None):
    folder = storage.folder("runs", name)
    storage.write_json(folder / "spec.json", (spec or RunSpec()).as_dict())
    return Run(folder)


def test_runs_are_listed_newest_first_and_other_folders_are_not_runs():
    made("20260101-000000-dpo")
    made("20270101-000000-dpo")
    storage.folder("runs", "20280101-not-a-run")
    assert [run.name for run in all_runs()] == ["20270101-000000-dpo", "20260101-000000-dpo"]


def test_a_new_folder_has_nothing_to_tell():
    run = made("empty")
    assert run.state.status is Status.NEW
    assert (run.metrics, run.evaluations, run.summary, run.adapter, run.log()) == ([], [], None, None, "")


def test_a_line_that_is_still_being_written_is_not_a_record_yet():
    run = made("live")
    path = run.folder / "metrics.jsonl"
    append_line(path, {"step": 1})
    with path.open("ab") as file:
        file.write(b'{"step": 2, "lo')
    assert run.metrics == [{"step": 1}]


def test_a_broken_record_is_named():
    run = made("edited")
    (run.folder / "metrics.jsonl").write_text('{"step": 1}\n{oops}\n')
    with pytest.raises(RpoError, match=r"metrics\.jsonl.*\b2\b"):
        _ = run.metrics


def test_a_folder_without_spec_is_refused_in_words(tmp_path):
    with pytest.raises(RpoError, match=r"spec\.json"):
        _ = Run(tmp_path).spec


def test_the_log_gives_its_end():
    run = made("talkative")
    (run.folder / "log.txt").write_text("\n".join(f"line {n}" for n in range(1000)))
    assert run.log(3).splitlines() == ["line 997", "line 998", "line 999"]


def test_nan_is_written_as_null(tmp_path):
    append_line(tmp_path / "x.jsonl", {"a": float("nan")})
    assert read_lines(tmp_path / "x.jsonl") == [{"a": None}]


@pytest.mark.parametrize(("status", "resumes"), [("failed", False), ("stopped", True)])
def test_only_a_run_that_resuming_can_help_is_to_be_resumed(status, resumes):
    run = made("ended")
    storage.write_json(run.folder / "state.json", {"status": status, "message": "an unexpected error ended it", "progress": 0.5})
    with pytest.raises(RpoError, match=f"{status}.*an unexpected error ended it") as refused:
        run.wait()
    assert ("resume" in str(refused.value)) == resumes
