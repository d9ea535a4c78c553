"""`rpo.show` without a browser: what a batch may be, what its traits say, and what is refused."""

import sys

import numpy as np
import orjson
import pandas as pd
import pytest
import torch
from datasets import Dataset

import rpo
from rpo import tuning
from rpo.errors import RpoError
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, load
from rpo.tuning import Point, Sample

PROMPTS = [f"Why {n}?" for n in range(6)]
GOOD, BAD = [f"Because of {n}." for n in range(6)], [f"No idea about {n}." for n in range(6)]
COLUMNS = {"prompt": PROMPTS, "chosen": GOOD, "rejected": BAD, "split": ["train"] * 6}


def vectors_of(count, width=24):
    return np.random.default_rng(0).normal(size=(count, width))


@pytest.fixture
def stub_embed(monkeypatch):
    """Seeded vectors in place of an encoder."""

    def embed(prompts, encoder, view):
        drawn = vectors_of(len(prompts)).astype(np.float32)
        return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)

    monkeypatch.setattr("rpo.embeddings.embed", embed)


def head(widget):
    """What the browser is given of a batch."""
    raw = widget.get_state()["_batch"]
    return orjson.loads(raw[4 : 4 + int.from_bytes(raw[:4], "little")])


BATCHES = {
    "texts": lambda: rpo.show(PROMPTS, GOOD, BAD),
    "an array of texts": lambda: rpo.show(np.array(PROMPTS), pd.Series(GOOD), np.array(BAD)),
    "columns": lambda: rpo.show(COLUMNS),
    "a data frame": lambda: rpo.show(pd.DataFrame(COLUMNS)),
    "rows of a data set": lambda: rpo.show(Dataset.from_dict(COLUMNS)),
    "texts and their vectors": lambda: rpo.show(PROMPTS, GOOD, BAD, vectors=vectors_of(6)),
    "a batch": lambda: rpo.show(Sample(tuple(PROMPTS), tuple(PROMPTS), True, (0.0,) * 6, (0.0,) * 6, tuple(GOOD), tuple(BAD))),
}


@pytest.mark.weights
@pytest.mark.parametrize("kind", BATCHES)
def test_a_batch_may_be(kind, stub_embed):
    shown = head(BATCHES[kind]())
    assert [shown[part] for part in ("rows", "columns", "liked", "disliked")] == [PROMPTS, PROMPTS, GOOD, BAD]


@pytest.mark.parametrize("made", [np.asarray, torch.tensor, lambda rows: torch.tensor(rows, dtype=torch.bfloat16)])
def test_vectors_of_any_length_make_a_batch_without_texts(made):
    scales = np.arange(1, 7)[:, None]
    widget = rpo.show(made(vectors_of(6) * scales))
    assert head(widget)["rows"][:2] == ["prompt 1", "prompt 2"]
    unit = vectors_of(6) / np.linalg.norm(vectors_of(6), axis=1, keepdims=True)
    assert np.allclose(widget.cosines, unit @ unit.T, atol=0.02)
    assert np.allclose(widget.weights.sum(1), 1)


def test_the_batches_of_the_data_are_shown_as_they_are(stub_embed):
    pairs = load(EMBEDDED).train[:8]
    assert head(rpo.show(pairs))["liked"][0] == " ".join(pairs["chosen"][0].split())
    judged = load(EMBEDDED_LOG).train[:12]
    widget = rpo.show(judged)
    assert widget.cosines.shape == (sum(judged["liked"]), 12 - sum(judged["liked"]))
    assert head(widget)["rows"] == [one for one, liked in zip(judged["prompt"], judged["liked"], strict=True) if liked]


def test_the_traits_say_what_the_point_comes_to():
    widget = rpo.show(vectors_of(8), point=0.25)
    plain = tuning.shares_at(Point(tau=0.25), widget.cosines, True)
    assert (widget.tau, widget.own_share, widget.likeness) == (0.25, plain.own, plain.others)
    assert widget.picked is None
    free = rpo.show(vectors_of(8), point=Point.dials(0.4))
    assert (free.tau, free.own_share, free.likeness) == (None, 0.4, 7)


MOVES = {  # from τ 0.5: what the browser says or a person sets, and where the point is then
    "dragged to a free point": (
        lambda w: w.set_state({"_point": {"weighting": "dials", "tau": 0.5, "own_share": 0.3, "likeness": 2.5}}),
        Point.dials(0.3, 2.5),
    ),
    "dragged to all others": (
        lambda w: w.set_state({"_point": {"weighting": "dials", "tau": 0.5, "own_share": 0.3, "likeness": 0}}),
        Point.dials(0.3, 0),
    ),
    "dragged along the curve": (
        lambda w: w.set_state({"_point": {"weighting": "contrast", "tau": 0.1, "own_share": 0.5, "likeness": 0}}),
        Point(tau=0.1),
    ),
    "tau": (lambda w: setattr(w, "tau", 2), Point(tau=2)),
    "both dials, one after the other": (
        lambda w: (setattr(w, "likeness", 3), setattr(w, "own_share", 0.6)),
        Point.dials(0.6, 3),
    ),
    "all others": (lambda w: (setattr(w, "own_share", 0.6), setattr(w, "likeness", 7)), Point.dials(0.6, 0)),
    "a dial and back to tau": (lambda w: (setattr(w, "likeness", 3), setattr(w, "tau", 0.3)), Point(tau=0.3)),
    "a point": (lambda w: setattr(w, "point", Point.dials(0.2, 4)), Point.dials(0.2, 4)),
    "a likeness from another slider": (lambda w: w.set_state({"likeness": 3.5}), None),
}


@pytest.mark.weights
@pytest.mark.parametrize("move", MOVES)
def test_a_move_of_either_side_is_the_point_of_both(move):
    widget = rpo.show(vectors_of(8))
    act, expected = MOVES[move]
    seen = []
    widget.observe(lambda change: seen.append(change["name"]), ["tau", "own_share", "likeness"])
    act(widget)
    point = widget.point
    assert expected is None or (point.by_tau, point.tau if point.by_tau else (point.own_share, point.likeness)) == (
        expected.by_tau, expected.tau if expected.by_tau else (expected.own_share, expected.likeness),
    )  # fmt: skip
    plain = tuning.shares_at(point, widget.cosines, True)
    assert widget.tau == (point.tau if point.by_tau else None)
    assert (widget.own_share, widget.likeness) == pytest.approx((plain.own, plain.others), abs=1e-6)
    assert Point.read(widget.get_state()["_point"]) == point
    assert seen
    assert np.allclose(widget.weights, point.weights(torch.tensor(widget.cosines), True))


def test_a_pinned_cell_comes_back_and_can_be_set():
    widget = rpo.show(vectors_of(4))
    widget.set_state({"picked": [1, 3]})
    assert widget.picked == (1, 3)
    widget.picked = (0, 0)
    assert widget.get_state()["picked"] == (0, 0)
    widget.picked = None


def test_leaving_the_curve_stays_at_the_place():
    widget = rpo.show(vectors_of(8))
    before = widget.own_share, widget.likeness
    widget.tau = None
    assert (widget.point.own_share, widget.point.likeness) == before


REFUSED_MOVES = [
    ("tau", -0.1, "tau .*0.001 .*-0.1"),
    ("tau", float("nan"), "tau .*nan"),
    ("own_share", 1.5, "own_share .*1.5"),
    ("own_share", None, "own_share .*None"),
    ("likeness", 7.5, "likeness .*7, got 7.5"),
    ("likeness", 0.5, "likeness .*0.5"),
    ("picked", (8, 0), "picked .*8 × 8.*8, 0"),
    ("picked", (0, -1), "picked .*-1"),
]


@pytest.mark.weights
@pytest.mark.parametrize(("name", "value", "words"), REFUSED_MOVES)
def test_what_no_point_can_be_is_refused_and_changes_nothing(name, value, words):
    widget = rpo.show(vectors_of(8))
    before = widget.tau, widget.own_share, widget.likeness, widget.picked, widget.point
    with pytest.raises(RpoError, match=words):
        setattr(widget, name, value)
    assert (widget.tau, widget.own_share, widget.likeness, widget.picked, widget.point) == before


def test_unpaired_data_have_no_own_share(stub_embed):
    widget = rpo.show({"prompt": PROMPTS, "answer": GOOD, "liked": [True, False] * 3})
    assert widget.own_share is None
    with pytest.raises(RpoError, match="own_share .*unpaired.*0.5"):
        widget.own_share = 0.5
    widget.likeness = 2
    assert (widget.tau, widget.own_share, widget.point.likeness) == (None, None, 2)
    assert np.allclose(widget.weights.sum(1), 1)


NAN = vectors_of(6)
NAN[3, 1] = np.nan
UNIT = vectors_of(6) / np.linalg.norm(vectors_of(6), axis=1, keepdims=True)
REFUSED = {
    "one pair": (lambda: rpo.show(PROMPTS[:1], GOOD[:1], BAD[:1]), "2 to 512 pairs, got 1"),
    "none": (lambda: rpo.show([]), "got 0"),
    "one vector": (lambda: rpo.show(vectors_of(1)), "got 1"),
    "too many": (lambda: rpo.show(vectors_of(513)), "512 pairs, got 513"),
    "one side": (lambda: rpo.show({"prompt": PROMPTS, "answer": GOOD, "liked": [True] * 6}), "6 chosen and 0 rejected"),
    "vectors that are not numbers": (lambda: rpo.show(NAN), "finite.*row 3"),
    "infinite vectors": (lambda: rpo.show(np.where(np.isnan(NAN), np.inf, NAN)), "finite.*row 3"),
    "a zero vector": (lambda: rpo.show(vectors_of(6) * (np.arange(6) != 2)[:, None]), "zero.*row 2"),
    "vectors of texts": (lambda: rpo.show(np.array([PROMPTS, GOOD])), "numbers .*<U"),
    "three axes": (lambda: rpo.show(np.ones((3, 4, 5))), r"\(M, D\).*\(3, 4, 5\)"),
    "cosines": (lambda: rpo.show(UNIT @ UNIT.T), "embeddings .*cosines"),
    "fewer vectors": (lambda: rpo.show(PROMPTS, vectors=vectors_of(5)), "5 for 6"),
    "fewer chosen": (lambda: rpo.show(PROMPTS, GOOD[:5], BAD), "6, 5 and 6"),
    "one side's answers": (lambda: rpo.show(PROMPTS, GOOD), "6, 6 and 0"),
    "a single text": (lambda: rpo.show("Why?"), "list of texts.*4 characters"),
    "a missing answer": (lambda: rpo.show(PROMPTS, GOOD, [*BAD[:5], None]), "rejected .*NoneType at place 5"),
    "a list of vectors": (lambda: rpo.show([[0.1, 0.2], [0.3, 0.4]]), "list at place 0.*array"),
    "other columns": (lambda: rpo.show({"question": PROMPTS, "best": GOOD}), "prompt, chosen, rejected.*question, best"),
    "columns and answers": (lambda: rpo.show(COLUMNS, GOOD, BAD), "not both"),
    "unpaired with vectors": (
        lambda: rpo.show({"prompt": PROMPTS, "answer": GOOD, "liked": [True, False] * 3}, vectors=vectors_of(6)),
        "unpaired",
    ),
    "a τ outside": (lambda: rpo.show(vectors_of(6), point=0), "tau .*got 0"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_batch_is_refused_in_words(kind):
    make, words = REFUSED[kind]
    with pytest.raises(RpoError, match=words):
        make()


def test_the_identity_is_a_batch_of_vectors():
    assert rpo.show(np.eye(4)).likeness == pytest.approx(3)


def test_without_anywidget_the_words_say_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == "anywidget" or name == "rpo.components.widget"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "anywidget", None)
    with pytest.raises(RpoError, match=r'pip install "rpo\[notebook\]"'):
        rpo.show(vectors_of(4))


@pytest.mark.weights
def test_the_encoder_is_asked_where_no_vectors_are_given(real_weights):
    pairs = load(EMBEDDED).train[:8]
    widget = rpo.show(pairs["prompt"], pairs["chosen"], pairs["rejected"])
    plain = rpo.contrast_weights(*[torch.tensor(rpo.embed(pairs["prompt"], rpo.spec.DEFAULTS.encoder))] * 2, 0.5)
    assert np.allclose(widget.weights, plain.numpy(), atol=1e-6)
