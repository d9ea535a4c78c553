"""How many texts a spec's lengths cut is counted, proposed for, recorded with the run and read back."""

import json

import pytest

from rpo import runs
from rpo.errors import RpoError
from rpo.runs.launch import new_folder
from rpo.spec import Objective, RunSpec
from rpo.tokens import Cuts
from rpo.tokens.cuts import Drawn, recorded_cuts
from rpo.tokens.types import Sizes

TWENTY = Drawn(tuple(Sizes(10 * n, (n, 20 * n)) for n in range(1, 21)), 20)


def test_what_is_longer_than_the_lengths_is_cut():
    cuts = Cuts.of(RunSpec(prompt_tokens=150, answer_tokens=100), TWENTY)
    assert (cuts.seen, cuts.rows, cuts.prompts, cuts.answers, cuts.texts) == (20, 20, 5, 15, 40)
    assert cuts.words == "These lengths cut 25 % of the prompts and 38 % of the answers of the 20 rows."
    assert (cuts.prompt_tokens, cuts.answer_tokens) == (192, 384)  # 190 and 380 cut 5 %
    longer = cuts.longer(RunSpec(prompt_tokens=150, answer_tokens=100))
    assert (longer.prompt_tokens, longer.answer_tokens) == (192, 384)
    again = Cuts.of(longer, TWENTY)
    assert again.prompts <= 0.05 * again.seen
    assert again.answers <= 0.05 * again.texts
    assert again.proposed(longer) == ""


@pytest.mark.parametrize(
    ("prompt", "answer", "words"),
    [
        (150, 100, "192 prompt and 384 answer tokens"),
        (192, 100, "384 answer tokens"),
        (150, 380, "192 prompt tokens"),
        (190, 380, ""),
    ],
)
def test_longer_lengths_are_proposed_where_more_than_a_twentieth_is_cut(prompt, answer, words):
    spec = RunSpec(prompt_tokens=prompt, answer_tokens=answer)
    assert Cuts.of(spec, TWENTY).proposed(spec) == words
    assert Cuts.of(spec, TWENTY, positions=500).proposed(spec) == ""  # 192 + 384 are more


def test_a_sample_says_so_and_so_do_few_cuts_and_none():
    sample = Drawn((Sizes(9, (9,)),) * 499 + (Sizes(300, (9,)),), 90_000, ready=3, quoting=1)
    cuts = Cuts.of(RunSpec(), sample)
    assert "less than 1 % of the prompts and 0 % of the answers of a sample of 500 of the 90,000 rows" in cuts.words
    assert cuts.marks.startswith(
        "3 of a sample of 500 prompts carry the model's own control tokens and are taken as they are. 1 "
    )
    assert "cut no prompt and no answer of the 20 rows" in Cuts.of(RunSpec(answer_tokens=500), TWENTY).words
    assert Cuts.of(RunSpec(), TWENTY).marks == ""


def pairs(path, count, prompt="Name {n}.", answer="a"):
    rows = [{"prompt": prompt.replace("{n}", str(n)), "chosen": answer, "rejected": "b"} for n in range(count)]
    path.write_text("\n".join(map(json.dumps, rows)))
    return str(path)


def test_data_are_counted_in_the_models_tokens(tiny_model, tmp_path):
    own = "<end>[user]Name {n}.<end>[assistant]"
    data = pairs(tmp_path / "own.jsonl", 40, own, "a" * 60)
    cuts = runs.need(RunSpec(model=str(tiny_model), data=data, objective=Objective.DPO, answer_tokens=50)).cuts
    assert (cuts.seen, cuts.ready, cuts.quoting, cuts.prompts) == (cuts.rows, cuts.rows, 0, 0)
    assert (cuts.answers, cuts.texts, cuts.answer_tokens) == (cuts.rows, 2 * cuts.rows, 64)


def test_they_are_recorded_with_the_run(rpo_home):
    spec = RunSpec(answer_tokens=100)
    cuts = Cuts.of(spec, TWENTY)
    assert new_folder(spec, cuts=cuts).cuts == cuts
    run = new_folder(spec)
    assert run.cuts is None
    (run.folder / "cuts.json").write_text('{"seen": "many"}')
    with pytest.raises(RpoError, match="must say seen as a whole number"):
        recorded_cuts(run.folder)
