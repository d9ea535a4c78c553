"""`rpo export`: the same call as the page's."""

import pytest

from rpo import export
from rpo.cli import main


@pytest.mark.parametrize("words", [(), ("--as", "adapter"), ("--as", "merged")])
def test_a_run_is_exported_and_its_folder_printed(run, tmp_path, capsys, words):
    assert main(["export", run.name, *words, "--to", str(tmp_path / "there")]) == 0
    assert capsys.readouterr().out.strip() == str(tmp_path / "there")
    assert (tmp_path / "there" / "README.md").exists()
    assert main(["export", run.name, *words, "--to", str(tmp_path / "there")]) == 1  # it holds something by now
    assert "empty" in capsys.readouterr().err


def test_a_kind_that_is_none_is_refused_with_those_there_are(run, capsys):
    assert main(["export", run.name, "--as", "onnx"]) == 1
    assert all(kind in capsys.readouterr().err for kind in ("onnx",))
    assert export.exports(run) == ()
