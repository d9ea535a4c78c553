"""Explore with its map: every control, the real encoder, and selections that go on to Tune, Train and a map of their own."""

import json
import re
import time
from dataclasses import replace

import numpy as np
import orjson
import pytest

from rpo import embeddings, jobs, preferences, storage, weights
from rpo.charts import colour_by
from rpo.preferences import View
from rpo.preferences.cache import keep_from_hub
from rpo.spec import RunSpec
from tests.pages.conftest import button, drawn, named

pytestmark = pytest.mark.weights


@pytest.fixture
def explore(visit, mapped):
    """`explore(prompt="5")`: the page with its map drawn."""
    return lambda **parameters: visit("explore", **parameters)


def box(at, label):
    return next(one for one in at.selectbox if one.label == label)


def choose(at, label, value):
    return drawn(box(at, label).set_value(value).run())


def picked_in_tune(at):
    """The rows that Tune took over to be looked at, as its address says them."""
    assert drawn(at).radio(key="picked_for").value == "look"
    return [int(row) for row in at.query_params["rows"].split(",")]


def test_the_first_look_is_calm_and_counts_all(explore):
    at = explore()
    assert named(at.caption, 260, "UMAP", weights.ENCODER)
    assert {"Colour by", "Only this slice"} <= {one.label for one in at.selectbox}
    assert named(at.caption, "Click a point")
    assert not at.text  # no prompt is picked
    assert len(at.metric) == len(at.dataframe) == 0  # what costs time is folded


@pytest.mark.parametrize("kind", ["topic", "length", "density", "kept neighbours"])
def test_colours_keep_all_prompts(explore, kind):
    at = choose(explore(), "Colour by", kind)
    assert named(at.caption, 260, "UMAP")
    assert ("Only this topic" in [one.label for one in at.selectbox]) == (kind == "topic")


def test_one_slice_is_coloured_and_can_be_used(explore):
    at = choose(explore(), "Only this slice", "pets")
    assert named(at.caption, 260, 13, "coloured")
    button(at, "Use these 13 prompts in Tune").click().run()
    assert picked_in_tune(at) == [row for row, name in enumerate(preferences.load("embedded").slices) if name == "pets"]


@pytest.fixture
def rated(mapped):
    """`rated("ann/one", 1.0, 5.0)`: the embedded pairs with these scores in turn, as if the hub had given them."""

    def keep(name, *scores):
        data = preferences.load("embedded")
        chosen = [scores[number % len(scores)] for number in range(len(data.rows))]
        rows = data.rows.add_column("score_chosen", chosen).add_column("score_rejected", [2.0] * len(chosen))
        keep_from_hub(name, (), replace(data, name=name, rows=rows, scale="rating"))
        return name

    return keep


def limit(at, label):
    return next(one for one in at.number_input if one.label == label)


def ends(at):
    """The smallest and the largest value, as the empty fields of the range show them."""
    return [limit(at, label).proto.placeholder for label in ("Only from", "to")]


SCORED = {"score of chosen", "score of rejected", "score margin"}


def test_scores_are_offered_where_the_data_have_them(explore, rated):
    assert set(box(explore(), "Colour by").options).isdisjoint(colour_by.OF_THE_ANSWERS)
    at = choose(explore(data=rated("ann/one", 1.0, None, 4.5), prompt="2"), "Colour by", "score of chosen")
    assert set(box(at, "Colour by").options) & set(colour_by.OF_THE_ANSWERS) == SCORED
    assert named(at.caption, 173, 260)
    assert named(at.markdown, "chosen", "rating", 4.5)
    assert named(at.markdown, "rejected", "rating", 2)
    box(at, "Data").set_value("embedded").run()
    assert box(drawn(at), "Colour by").value == "slice"


def test_data_with_the_same_prompts_show_their_own_scores(explore, rated):
    first, second = rated("ann/one", 1.0, 5.0), rated("ann/two", 10.0, 20.0, 30.0)
    for source, kind, seen in [
        (first, "score of chosen", ["1", "5"]),
        (second, "score of chosen", ["10", "30"]),
        (second, "score margin", ["8", "28"]),
        (first, "score margin", ["-1", "3"]),
        (first, "score of chosen", ["1", "5"]),
    ]:
        assert ends(choose(explore(data=source), "Colour by", kind)) == seen


def test_a_range_of_values_can_be_used(explore, rated):
    at = choose(explore(data=rated("ann/one", 1.0, 2.0, 4.0, 5.0, None)), "Colour by", "score of chosen")
    assert not any(one.label.startswith("Use these") for one in at.button)
    drawn(limit(at, "Only from").set_value(4).run())
    assert named(at.caption, 260, 104, "coloured")
    assert button(at, "Use these 104 prompts in Tune")
    drawn(limit(at, "to").set_value(4.5).run())
    button(at, "Use these 52 prompts in Tune").click().run()
    assert picked_in_tune(at)[:3] == [2, 7, 12]


def test_a_range_becomes_a_file_with_its_scores(explore, rated):
    at = choose(explore(data=rated("ann/one", 1.0, 4.0, 5.0)), "Colour by", "score margin")
    at, name = slicing(drawn(limit(at, "to").set_value(-1).run()))
    assert re.search("^one.*rating.*-1$", name.value)
    button(at, "Train on it").click().run()
    lines = (storage.folder("data") / drawn(at).session_state["draft"]["data"]).read_bytes().splitlines()
    assert {(row["score_chosen"], row["score_rejected"]) for row in map(orjson.loads, lines)} == {(1.0, 2.0)}
    assert len(lines) == 87


@pytest.mark.parametrize("kind", ["length", "density", "kept neighbours"])
def test_every_measure_has_a_range_which_another_colour_resets(explore, kind):
    at = choose(explore(), "Colour by", kind)
    low, high = (float(end) for end in ends(at))
    drawn(limit(at, "Only from").set_value((low + high) / 2).run())
    assert named(at.caption, "coloured")
    choose(choose(at, "Colour by", "topic"), "Colour by", kind)
    assert limit(at, "Only from").value is None
    assert not named(at.caption, "coloured")


def test_a_range_that_leaves_nothing_says_so(explore):
    at = choose(explore(), "Colour by", "length")
    drawn(limit(at, "Only from").set_value(500).run())
    assert named(at.warning, 500)
    assert not any(one.label.startswith("Use these") for one in at.button)
    choose(at, "Colour by", "density")
    assert limit(at, "Only from").value is None
    assert not at.warning


LASSO = [3, 5, 8]


def test_colour_group_lasso_and_prompt_stay_over_another_page_and_a_reload(explore):
    at = choose(explore(), "Colour by", "topic")
    assert dict(at.query_params) == {"data": "embedded", "colour": "topic"}
    at = explore(colour="topic", lasso="3.5.8", prompt="5")
    assert box(at, "Colour by").value == "topic"
    assert (at.session_state["lasso"], links(at)["at"] is not None) == (LASSO, True)
    at = drawn(at.switch_page("setup.py").run())
    for word in list(at.query_params):  # the menu leads on without them
        del at.query_params[word]
    at = drawn(at.switch_page("explore.py").run())
    assert (box(at, "Colour by").value, at.session_state["lasso"], links(at)["at"] is not None) == ("topic", LASSO, True)
    assert dict(at.query_params) == {"data": "embedded", "colour": "topic", "prompt": "5", "lasso": "3.5.8"}


@pytest.mark.parametrize("lasso", ["", "x", "1.x.2", "-1", "999999", "9" * 5000, "\u0663", "1..2"])
def test_an_odd_lasso_in_an_address_does_no_harm(explore, lasso):
    assert not explore(lasso=lasso).error


def links(at):
    """What the component of the links was sent."""
    sent = [json.loads(one.proto.json) for one in at.get("bidi_component")]
    return next(one for one in sent if "ends" in one)


def test_the_links_of_a_prompt_follow_tau(explore):
    at = explore(prompt="5")
    table = at.dataframe[0].value
    assert list(table.columns) == ["cosine", "weight", "prompt"]
    assert (len(table), table["weight"].is_monotonic_decreasing) == (10, True)
    vectors = embeddings.embed(preferences.load("embedded").prompts, weights.ENCODER)
    _, cosines = embeddings.neighbours(vectors, 5, 10)
    expected = np.exp((np.array([1, *cosines]) - 1) / 0.05)
    assert links(at)["tau"] == 0.5
    at.session_state["link_tau"] = 0.05, 0.5
    at.run()
    assert links(at)["tau"] == 0.05
    assert np.allclose(drawn(at).dataframe[0].value["weight"], expected[1:] / expected.sum(), atol=1e-4)
    assert named(at.caption, f"{1 / expected.sum():.2f}")


def test_the_tau_of_tune_is_the_tau_of_the_links(explore):
    at = explore()
    at.session_state["tau"] = 0.2
    at.query_params["prompt"] = "5"
    assert links(drawn(at.run()))["tau"] == 0.2
    at.session_state["link_tau"] = 0.05, 0.2
    assert links(drawn(at.run()))["tau"] == 0.05
    at.session_state["tau"] = 0.3  # Tune is the last word again
    assert links(drawn(at.run()))["tau"] == 0.3


def test_prompts_are_found_by_words_and_by_meaning(explore):
    at = explore()
    field = next(one for one in at.text_input if one.label == "Find prompts")
    drawn(field.set_value("COFFEE").run())
    part = preferences.load("embedded").slice_of
    assert all("coffee" in f"{prompt} {part(prompt)}".lower() for prompt in at.dataframe[0].value["prompt"])
    assert not all("coffee" in prompt.lower() for prompt in at.dataframe[0].value["prompt"])  # slices are looked through too
    drawn(field.set_value("my loaf stays flat").run())
    assert not at.dataframe
    assert named(at.caption, "my loaf stays flat")
    drawn(at.segmented_control(key="way").set_value("meaning").run())
    assert named(at.caption, 10, 260)
    assert preferences.load("embedded").slice_of(at.dataframe[0].value["prompt"][0]) == "baking"


def test_a_lasso_becomes_a_batch_of_tune(explore):
    at = explore()
    at.session_state["lasso"] = [3, 1, 4]
    button(drawn(at.run()), "Use these 3 prompts in Tune").click().run()
    assert picked_in_tune(at) == [3, 1, 4]


def slicing(at, rows=None):
    """The page on which the prompts in the lasso, or those shown, become a file."""
    if rows:
        at.session_state["lasso"] = rows
        drawn(at.run())
    button(at, "Make a slice").click().run()
    assert [title.value for title in drawn(at).title] == ["Data"]
    drawn(at.switch_page("data.py").run())  # AppTest would run the page before again
    return at, next(one for one in at.text_input if one.label == "Its name")


def test_a_lasso_becomes_a_file_and_a_draft_of_a_run(explore):
    at, name = slicing(explore(), list(range(40)))
    assert re.search(r"^embedded\b.*\b40\b", name.value)
    file = f"{name.value}.jsonl"
    assert list(at.dataframe[0].value["prompt"]) == [one[:120] for one in preferences.load("embedded").prompts[:40]]
    button(at, "Train on it").click().run()
    drawn(at)
    assert at.session_state["draft"] == {"data": file}
    assert box(at, "Data").value == file
    part = preferences.load(file)
    assert part.prompts == preferences.load("embedded").prompts[:40]


def test_a_slice_has_a_map_of_its_own(explore):
    at, name = slicing(choose(explore(), "Only this slice", "pets"))
    assert name.value == "embedded, pets"
    drawn(name.set_value("only pets").run())
    button(at, "See its own map").click().run()
    assert named(drawn(at).caption, 13, "pairs")
    assert at.query_params["data"] == "only pets.jsonl"


def test_a_slice_under_a_name_that_is_taken_is_refused(explore):
    preferences.keep_part(preferences.load("embedded"), preferences.load("embedded").prompts[:9], "mine")
    at, name = slicing(explore(), [3, 1, 4])
    name.set_value("mine").run()
    button(at, "See its own map").click().run()
    assert named(drawn(at).error, "mine.jsonl", "name")


def test_a_lasso_is_not_of_other_data_and_a_slice_begun_is_forgotten_on_the_map(explore):
    at, _ = slicing(explore(), [3, 1, 4])
    at.switch_page("explore.py").run()
    assert button(drawn(at), "Use these 3 prompts in Tune")
    assert "part" not in at.session_state
    box(at, "Data").set_value("embedded-log").run()
    assert not drawn(at).session_state["lasso"]


def finished_run(data, count):
    """A run's folder as its process leaves it, with the log-ratios of some held-out rows."""
    folder = storage.folder("runs", "20260101-120000-aaaa")
    storage.write_json(folder / "spec.json", RunSpec().as_dict())
    storage.write_json(folder / "state.json", {"status": "done", "progress": 1.0, "message": "done"})
    record = {"step": 1, "split": "held-out", "ids": data.held_out["id"][:count], "ratios": [[1.0, -1.0]] * count}
    storage.write_with(folder / "logratios.jsonl", lambda file: file.write(orjson.dumps(record) + b"\n"))


@pytest.mark.parametrize("kind", ["margin of a run", "loss of a run"])
def test_what_a_run_learned_colours_the_prompts_it_knows(explore, kind):
    at = choose(explore(), "Colour by", kind)
    assert not [one for one in at.selectbox if one.label == "Run"]
    assert named(at.caption, 0, 260)
    finished_run(preferences.load("embedded"), 20)
    assert named(drawn(at.run()).caption, 20, 260)
    choose(at, "Run", ("20260101-120000-aaaa", "train"))
    assert named(at.caption, 0, 260)


def test_the_health_of_the_embedding_has_a_page(explore):
    at = explore()
    at.switch_page("health.py").run()
    assert named(drawn(at).success, "cosine")
    shown = {metric.label: metric.value for metric in at.metric}
    assert (shown["Duplicates"], shown["Cut"]) == ("0", "0")
    assert shown["Picture keeps"].endswith("%")
    assert list(at.dataframe[-1].value.columns) == ["lists", "prompt"]
    assert dict(at.query_params) == {"data": "embedded", "encoder": weights.ENCODER, "reads": "last turn"}


def test_what_the_encoder_reads_is_the_same_on_the_map_and_on_its_health(explore):
    folder = embeddings.request_map("embedded", weights.ENCODER, View.WHOLE)
    deadline = time.time() + 240
    while jobs.look(folder).active:
        assert time.time() < deadline, "the map was not drawn in four minutes"
        time.sleep(0.2)
    at = choose(explore(), "The encoder reads", "whole prompt")
    at.switch_page("health.py").run()
    assert box(drawn(at), "The encoder reads").value == "whole prompt"
    at.switch_page("explore.py").run()
    assert box(drawn(at), "The encoder reads").value == "whole prompt"
