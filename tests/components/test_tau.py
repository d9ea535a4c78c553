"""The instrument's JavaScript against Python: every weight, the shares of every row, and the sentence."""

import base64
from pathlib import Path

import numpy as np
import orjson
import pytest
import torch

from rpo import tuning
from rpo.components import tau as instrument
from rpo.tuning import Point, Sample

pytestmark = pytest.mark.browser
RUN = """([script, data, points, mass]) => {
  const { header, prepare, room, weigh, sentence, average } = new Function(script + '; return { header, prepare, room, weigh, sentence, average };')();
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0)), head = header(bytes), batch = prepare(head, bytes), out = room(batch);
  return points.map((point) => {
    weigh(batch, point, mass, out);
    const raw = new Uint8Array(out.weights.buffer);
    let text = '';
    for (let at = 0; at < raw.length; at += 30000) text += String.fromCharCode(...raw.subarray(at, at + 30000));
    const own = batch.paired ? average(out.own) : null, others = average(out.others);
    return { weights: btoa(text), own, others: Array.from(out.others), near: average(out.near), against: out.against, missed: out.missed, counts: Array.from(out.counts, (n, i) => n + out.ownIn[i]),
      said: sentence(batch.words, own, others, batch.others) };
  });
}"""  # noqa: E501


MATHS = Path(instrument.__file__).with_name("maths.js").read_text()
NAMES = "header, prepare, room, weigh, tauFor, unrelated, short, percent"
READY = f"""([script, data, more]) => {{
  const maths = new Function(script + '; return {{ {NAMES} }};')();
  if (!data) return WHAT(maths, more);
  const bytes = Uint8Array.from(atob(data), (one) => one.charCodeAt(0)), batch = maths.prepare(maths.header(bytes), bytes);
  return WHAT({{ ...maths, batch, out: maths.room(batch) }}, more);
}}"""


class Maths:
    """The browser's maths of a batch."""

    def __init__(self, page):
        self.page = page

    def evaluate(self, what, more, data=""):
        return self.page.evaluate(READY.replace("WHAT", f"({what})"), [MATHS, data, more])

    def goals(self, cosines, goals):
        what = "({ tauFor, batch, out }, goals) => goals.map((goal) => tauFor(batch, goal, out.rest))"
        return self.evaluate(what, goals, sent(cosines))

    def unrelated(self, cosines, point, floor):
        what = "({ weigh, unrelated, batch, out }, [point, floor]) => { batch.floor = floor; weigh(batch, point, 1, out); return unrelated(batch, out); }"  # noqa: E501
        return self.evaluate(what, [orjson.loads(orjson.dumps(point)), floor], sent(cosines))

    def __call__(self, cosines, points, paired=True, mass=1.0, scores=((), ())):
        """What the browser makes of cosines at these points."""
        asked = [orjson.loads(orjson.dumps(point)) for point in points]
        found = self.page.evaluate(RUN, [MATHS, sent(cosines, paired, scores), asked, mass])
        for one in found:
            one["weights"] = np.frombuffer(base64.b64decode(one["weights"]), "<f4").reshape(cosines.shape)
        return found


def sent(cosines, paired=True, scores=((), ())):
    """A batch of these cosines as the browser gets it."""
    rows, columns = cosines.shape
    named = tuple("r" * rows), tuple("c" * columns)
    batch = Sample(*named, paired, (0.0,) * rows, (0.0,) * columns, (), (), *scores, "score" if scores[0] else "")
    return base64.b64encode(instrument.tau_data(batch, cosines, 0.1).at(Point(), 1)).decode()


@pytest.fixture(scope="module")
def seen(chromium):
    page = chromium.new_page()
    yield Maths(page)
    page.close()


def cosines_of(count, width=24, floor=0.0, seed=0):
    drawn = np.random.default_rng(seed).normal(size=(count, width))
    unit = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
    return (floor + (1 - floor) * unit @ unit.T).astype(np.float32)


def with_duplicates(count):
    """Prompts that stand there twice and three times, and one all alike with everybody."""
    cosines = cosines_of(count, seed=1)
    order = np.r_[0, 0, 0, 1, 1, 2 : count - 3]
    return cosines[np.ix_(order, order)]


def nearly_tied(count):
    """Others that lead by less, and by a little more, than float32 can tell apart."""
    cosines = np.full((count, count), 0.2, dtype=np.float32)
    cosines[:, 1], cosines[:, 2], cosines[:, 3] = 0.5, 0.5 - 2e-7, 0.5 - 5e-6
    np.fill_diagonal(cosines, 1)
    return cosines


BATCHES = {
    "eight": cosines_of(8),
    "eight of a dull encoder": cosines_of(8, floor=0.8),
    "duplicates": with_duplicates(9),
    "nearly tied": nearly_tied(7),
    "all alike": np.ones((5, 5), dtype=np.float32),
    "two": cosines_of(2),
    "one": np.ones((1, 1), dtype=np.float32),
    "256": cosines_of(256, width=48, seed=2),
    "512": cosines_of(512, width=48, seed=3),
}


def points_for(others):
    reachable = [k for k in (1, 1.01, 1.5, 2, 2.5, 3, 6.9, others / 3, others - 0.5, others - 1e-4, others) if 1 <= k <= others]
    by_dials = [Point.dials(own, k) for own, k in zip((0.0, 0.3, 0.5, 0.8, 1.0) * 3, [0.0, *reachable], strict=False)]
    return [*(Point(tau=tau) for tau in (0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 10.0, 1000.0)), *by_dials]


@pytest.mark.parametrize("name", BATCHES)
@pytest.mark.parametrize("paired", [True, False])
def test_the_browser_and_python_agree_in_every_weight(seen, name, paired):
    cosines = BATCHES[name]
    values, others = torch.tensor(cosines), cosines.shape[1] - paired
    points = points_for(others)
    for point, found in zip(points, seen(cosines, points, paired), strict=True):
        plain = point.weights(values, paired)
        assert np.abs(found["weights"] - plain.numpy()).max() < 1e-5, point
        shares = point.shares(values, paired)
        assert found["own"] == pytest.approx(shares.own, abs=1e-6)
        if others:
            assert np.mean(found["others"]) == pytest.approx(shares.others, rel=1e-6)
            assert found["near"] == pytest.approx(shares.cosine, abs=1e-6)
        assert found["said"] == tuning.sentence(shares.own, shares.others, others)


def test_an_unpaired_batch_need_not_be_square(seen):
    cosines = cosines_of(12, seed=4)[:5, 5:]
    points = [Point(tau=0.3), Point.dials(0.5, 2.5), Point.dials(0.5)]
    for point, found in zip(points, seen(cosines, points, paired=False), strict=True):
        assert np.abs(found["weights"] - point.weights(torch.tensor(cosines), False).numpy()).max() < 1e-5


def test_browser_and_python_agree_on_what_scores_contradict(seen):
    for paired, cosines in ((True, BATCHES["eight"]), (False, cosines_of(12, seed=4)[:5, 5:])):
        rows, columns = cosines.shape
        chosen = (*np.random.default_rng(0).integers(0, 5, rows - 1).tolist(), np.nan)
        rejected = (np.nan, *np.random.default_rng(1).integers(0, 5, columns - 1).tolist())
        names = ("r",) * rows, ("c",) * columns
        batch = Sample(*names, paired, (0.0,) * rows, (0.0,) * columns, (), (), chosen, rejected, "score")
        points = [Point(tau=0.3), Point.dials(0.5, 2.5), Point.dials(0.2)]
        for point, found in zip(points, seen(cosines, points, paired, scores=(chosen, rejected)), strict=True):
            share = tuning.contradictions(batch, cosines, point).weight.share
            assert 0.01 < share < 0.99
            assert found["against"] == pytest.approx(share, abs=1e-6)


def test_rows_whose_duplicates_leave_no_choice_are_counted(seen):
    (found, *_) = seen(BATCHES["duplicates"], [Point.dials(0.5, 1.0)])
    assert found["missed"] == 3  # the three that stand there thrice have two nearest others each
    assert sum(value == pytest.approx(2) for value in found["others"]) == 3


@pytest.mark.parametrize("own", [0.02, 0.3, 0.9])
def test_the_largest_weights_of_a_row_are_counted_with_the_own_pair_in_its_place(seen, own):
    cosines, point = BATCHES["eight"], Point.dials(own, 4.0)
    (found,) = seen(cosines, [point], mass=0.8)
    ordered = np.sort(point.weights(torch.tensor(cosines), True).numpy(), axis=1)[:, ::-1]
    assert found["counts"] == [int((row.cumsum() < 0.8).sum()) + 1 for row in ordered]


SHORT = [(0, "0"), (3e-11, "≈ 0"), (-3e-11, "≈ 0"), (0.0006, "0.001"), (0.0421, "0.04"), (-2.345, "-2.35"), (12.345, "12.3")]
PERCENT = [(0, "0 %"), (3e-11, "less than 0.1 %"), (0.0042, "0.4 %"), (0.06, "6 %"), (1, "100 %")]


@pytest.mark.parametrize(("name", "table"), [("short", SHORT), ("percent", PERCENT)])
def test_numbers_have_the_digits_that_they_mean(seen, name, table):
    numbers, said = zip(*table, strict=True)
    assert seen.evaluate(f"(maths, numbers) => numbers.map(maths.{name})", numbers) == list(said)


@pytest.mark.parametrize("name", ["eight", "eight of a dull encoder", "256"])
def test_the_tau_of_a_goal_gives_the_batch_that_mean(seen, name):
    cosines = BATCHES[name]
    goals = [float(goal) for goal in np.linspace(1.5, len(cosines) - 1.2, 4)]
    for goal, tau in zip(goals, seen.goals(cosines, goals), strict=True):
        assert Point(tau=tau).shares(torch.tensor(cosines), True).others == pytest.approx(goal, abs=2e-3)


def test_the_browser_and_python_put_as_much_on_unrelated_prompts(seen):
    cosines, point = BATCHES["eight"], Point(tau=0.3)
    plain = tuning.relatedness(tuning.BatchCosines(cosines[None], 0.1, True), point)
    assert seen.unrelated(cosines, point, 0.1) == pytest.approx(plain.under_floor, abs=1e-6)
