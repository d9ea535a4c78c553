"""AlpacaEval's weighted preferences keep their numbers: our figures are its leaderboard's, by its definitions."""

import json
import random
import re
import statistics

import pytest
from sqlalchemy import text

from rpo.errors import RpoError
from rpo.judging import (
    Imported,
    Opinion,
    Outcome,
    command,
    judge_votes,
    judge_vs_humans,
    orders,
    pair_verdicts,
    take_in,
    unsaid,
    weighted,
    win_rate,
)
from rpo.statistics import length_adjusted, standings
from rpo.voting import Ballots, Options, Seat
from tests.bench import bench_alpaca
from tests.judging.test_alpaca import archive, row
from tests.voting.conftest import vote_all

JUDGE = Imported("weighted_alpaca_eval_gpt4_turbo")


def preferences(count, seed):
    """Mostly sure, some in between, as GPT-4's log-probabilities are."""
    chance = random.Random(seed)
    return [1 + chance.betavariate(0.3, 0.4) for _ in range(count)]


FILES = {
    "fractions": preferences(60, 0),
    "nearly sure": [1.000001, 1.999999, 1.4999999, 1.5000001] * 5,
    "whole numbers": [1, 2, 2, 1.5, 1, 2],
    "older ties": [0, 1.2, 0.0, 1.9],
    "failed calls": [1.2, None, float("nan"), -1, 1.9, 1.75],
    "all alike": [1.8] * 7,
    "one": [1.3],
}


def defined(said):
    """win_rate, standard_error and discrete_win_rate of alpaca_eval 0.6.6 (metrics/helpers.py), as shares."""
    ties = [1.5 if one == 0 else one for one in said if one is not None]
    kept = [one - 1 for one in ties if 1 <= one <= 2]
    error = statistics.stdev(kept) / len(kept) ** 0.5 if len(kept) > 1 else float("nan")
    return statistics.fmean(kept), error, statistics.fmean(0.5 if one == 0.5 else float(one > 0.5) for one in kept), len(kept)


def taken(said, **more):
    rows = [row(number, preference, **more) for number, preference in enumerate(said)]
    return take_in(archive(), "annotations.json", json.dumps(rows).encode())


def ruled(said, **more):
    panel = Ballots.here().make_panel("theirs", taken(said, **more).pairs, options=Options(prompts=len(said), repeats=0))
    return panel, pair_verdicts(archive(), JUDGE, list(Ballots.here().comparisons(panel).values()))


@pytest.mark.weights
@pytest.mark.parametrize("kind", FILES)
def test_the_figures_are_those_of_the_leaderboard(kind):
    rate, error, discrete, count = defined(FILES[kind])
    _, found = ruled(FILES[kind])
    mine = win_rate(weighted(found, JUDGE), "our-run")
    assert (mine.n, mine.unknown) == (count, 0)
    assert [mine.win_rate, mine.standard_error, mine.discrete_win_rate] == pytest.approx([rate, error, discrete], nan_ok=True)
    alone = standings(weighted(found, JUDGE), "our-run")
    assert alone.score == pytest.approx(rate)
    assert (alone.same_raters.low, alone.same_raters.high) == (mine.interval.low, mine.interval.high)
    assert (alone.wins, alone.losses) == tuple(
        sum(1 for one in FILES[kind] if one and lower < one <= upper) for lower, upper in ((1.5, 2), (0.9, 1.4999999999))
    )


@pytest.mark.parametrize(("seed", "count"), [(0, 200), *(pytest.param(seed, 400, marks=pytest.mark.weights) for seed in (1, 2))])
def test_the_interval_is_that_of_the_published_standard_error(seed, count):
    said = preferences(count, seed)
    rate, error, _, _ = defined(said)
    mine = win_rate(weighted(ruled(said)[1], JUDGE), "our-run").interval
    assert mine.high - mine.low == pytest.approx(2 * 1.96 * error, rel=0.02)
    assert (mine.low, mine.high) == pytest.approx((rate - 1.96 * error, rate + 1.96 * error), abs=0.01)


def test_a_panel_with_the_sides_turned_gets_the_other_part_of_the_win():
    said = preferences(9, 1)
    panel, _ = ruled(said)
    turned = [one.swap() for one in Ballots.here().comparisons(panel).values()]
    found = pair_verdicts(archive(), JUDGE, turned)
    assert win_rate(weighted(found, JUDGE), "our-run").win_rate == pytest.approx(defined(said)[0])
    assert win_rate(weighted(found, JUDGE), "gpt4_1106_preview").win_rate == pytest.approx(1 - defined(said)[0])


def test_what_needs_no_rater_counts_as_the_annotator_said():
    """Published figures hold the judge's word on empty and on identical answers too."""
    rows = [row(0, 1.9, output_2=""), row(1, 1.1, output_2="reference 1"), row(2, 1.25), row(3, None, output_2="")]
    pairs = take_in(archive(), "annotations.json", json.dumps(rows).encode()).pairs
    panel = Ballots.here().make_panel("theirs", pairs, options=Options(repeats=0))
    settled = Ballots.here().unrated(panel)
    said = weighted(pair_verdicts(archive(), JUDGE, list(Ballots.here().comparisons(panel).values())), JUDGE)
    assert win_rate(said, "our-run").win_rate == pytest.approx((0.9 + 0.1 + 0.25) / 3)
    assert [one.prompt for one in unsaid(settled, said)] == ["Do 3"]
    assert standings(said, "our-run", unsaid(settled, said)).score == pytest.approx((0.9 + 0.1 + 0.25 + 0) / 4)


def test_verdicts_stay_verdicts_beside_people_and_a_persons_vote_stays_win_tie_or_loss():
    said = [1.6, 1.4, 1.5, 1.99, 1.01, 1.55]
    panel, found = ruled(said)
    vote_all(Ballots.here().rater_session(Seat(panel, "Ann")), "left")
    people = Ballots.here().columns(panel)
    assert set(people.outcomes("our-run").tolist()) <= {0.0, 0.5, 1.0}
    plain = judge_votes(found, JUDGE)
    assert {vote.outcome("our-run") for vote in plain} == {0.0, 0.5, 1.0}
    alike = judge_vs_humans(plain, people, "our-run")
    assert sum(map(sum, alike.confusion)) == alike.prompts == 6
    assert alike.judge_score == pytest.approx(defined(said)[2])
    assert orders(found).missing == 0


def test_lengths_are_adjusted_from_the_numbers():
    said = preferences(80, 4)
    panel, found = ruled(said)
    sizes = {name: (10 + number % 7, 12) for number, name in enumerate(Ballots.here().comparisons(panel))}
    assert length_adjusted(weighted(found, JUDGE), "our-run", sizes).raw == pytest.approx(defined(said)[0])


def test_opinions_of_an_earlier_version_get_their_numbers_when_the_file_comes_again():
    said = [1.7, 1.2]
    _, before = ruled(said)
    with archive().database.engine.begin() as connection:
        connection.execute(text("UPDATE opinions SET preference = NULL"))
    pairs = [one.pair for one in before]
    old = win_rate(weighted(pair_verdicts(archive(), JUDGE, pairs), JUDGE), "our-run")
    assert (old.known, old.unknown, old.win_rate) == (False, 2, 0.5)
    assert (taken(said).new, taken(said).new) == (2, 0)
    new = win_rate(weighted(pair_verdicts(archive(), JUDGE, pairs), JUDGE), "our-run")
    assert (new.known, new.win_rate) == (True, pytest.approx(0.45))


def test_a_number_that_somebody_edited_is_refused_with_its_row():
    _, before = ruled([1.7, 1.2])
    with archive().database.engine.begin() as connection:
        connection.execute(text("UPDATE opinions SET preference = 17"))
    with pytest.raises(RpoError, match=r"preference.*17.*opinions"):
        pair_verdicts(archive(), JUDGE, [one.pair for one in before])


def test_a_judge_that_is_asked_gives_no_number():
    assert Opinion(Outcome.FIRST).preference is None


def test_the_command_names_a_metric_that_holds_for_any_prompts():
    words = command("ab12").split()
    named = dict(zip(words[1::2], words[2::2], strict=True))
    assert words[0] == "alpaca_eval"
    assert named == {
        "--model_outputs": "model_outputs-ab12.json",
        "--reference_outputs": "reference_outputs-ab12.json",
        "--fn_metric": "get_winrate",
        "--sort_by": "win_rate",
    }


@pytest.mark.parametrize(("shift", "ends"), [(0.0, 0), (0.01, 1)])
def test_the_script_compares_files_with_a_leaderboard(tmp_path, capsys, shift, ends):
    said = {"one-run": preferences(40, 5), "other-run": FILES["failed calls"]}
    lines = [",win_rate,standard_error,n_total,discrete_win_rate,length_controlled_winrate"]
    for name, numbers in said.items():
        rate, error, discrete, count = defined(numbers)
        lines.append(f"{name},{100 * rate + shift},{100 * error},{count},{100 * discrete},{100 * rate}")
        texts = [f"{number} " + "longer " * (number * 7 % 5) for number in range(len(numbers))]
        rows = [row(n, one, output_2=text, generator_2=name) for n, (one, text) in enumerate(zip(numbers, texts, strict=True))]
        (tmp_path / f"{name}.json").write_text(json.dumps(rows))
    (tmp_path / "unknown.json").write_text(json.dumps([row(0, 1.3, generator_2="unknown")]))
    (tmp_path / "itself.json").write_text(json.dumps([row(0, 1.3, generator_2="gpt4_1106_preview")]))
    (tmp_path / "board.csv").write_text("\n".join(lines))
    files = [str(tmp_path / f"{name}.json") for name in (*said, "unknown", "itself")]
    assert bench_alpaca.main([str(tmp_path / "board.csv"), *files]) == ends
    words = capsys.readouterr().out
    assert "one-run: win_rate " in words
    assert re.search("unknown.*leaderboard", words)
    assert re.search(r"one-run, length-controlled with difficulty: \d", words)
    assert re.search(r"length-controlled alone: mean difference \d.*n 1", words)  # the other has too few numbers
    assert "itself.json: refused" in words
