"""Judge and what Results makes of it, with a real background process and a server that fails as told."""

import json
import time

import pytest

from rpo.judging import judgings
from rpo.preferences import EMBEDDED, load
from rpo.voting import Answer, Ballots, Comparison, Options, Seat
from tests.judging.conftest import KEY, faulty, pairs  # noqa: F401 - a fixture
from tests.pages.conftest import button, drawn, words
from tests.voting.conftest import vote_all

pytestmark = pytest.mark.weights  # processes of their own


def rated(comparisons, choice="left"):
    """A panel on which Ann and Ben have voted."""
    panel = Ballots.here().make_panel("judged", comparisons, options=Options(repeats=0))
    for name in ("Ann", "Ben"):
        vote_all(Ballots.here().rater_session(Seat(panel, name)), choice)
    return panel


def field(at, label):
    return next(one for one in (*at.text_input, *at.number_input, *at.text_area) if one.label == label)


def finished(at, panel):
    """Wait for the background process, then draw the page again."""
    for _ in range(600):
        if not any(one.state.active for one in judgings(panel)):
            return drawn(at.run())
        time.sleep(0.1)
    return pytest.fail("the judging did not end in a minute")


def test_it_says_what_comes_first(visit):
    assert "No panel yet" in words(visit("judge").info)


def test_the_rule_judges_without_a_key_and_stands_beside_the_raters(visit):
    rows = load(EMBEDDED).held_out.to_list()[:12]
    told = [Comparison(row["prompt"], Answer(row["rejected"], "base"), Answer(row["chosen"], "cand")) for row in rows]
    panel = rated(told, "tie")
    at = visit("results", panel=panel, show="1")
    assert "The judge beside the raters" not in words(at.subheader)
    at = visit("judge", panel=panel)
    at.segmented_control[0].set_value("a rule, without a key").run()
    assert "A rule, not a model" in words(at.info)
    assert "**24 calls** (12 pairs in both orders), **free**" in words(at.markdown)
    button(at, "Ask the judge").click().run()
    at = finished(at, panel)
    assert "directness (a rule, not a model)**: all asked" in words(at.markdown)
    (row,) = at.dataframe[0].value.to_dict("records")
    assert (row["pairs ruled"], row["not asked"], row["refused"]) == ("12 of 12", 0, 0)
    assert row["flips"].startswith("0% of 12")
    at = visit("results", panel=panel, show="1")
    assert "The judge beside the raters" in words(at.subheader)
    figures = {metric.label: metric.value for metric in at.metric}
    assert {"Same verdict", "Two raters (ceiling)", "Cohen's κ"} <= set(figures)
    assert figures["Judge minus raters"] == "+50.0%"  # for the raters all are ties, for the rule all are wins
    assert "overfitting to the judge" in words(at.warning)


def test_an_endpoint_is_asked_within_its_cap_and_goes_on_when_it_is_raised(visit, faulty, monkeypatch):  # noqa: F811
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    panel = rated(pairs(6))
    at = visit("judge", panel=panel)
    assert "Found in the environment" in words(at.caption)
    for label, value in {"Base URL": faulty.url, "Model": "m", "$ a million tokens in": 10.0, "Calls at a time": 1}.items():
        field(at, label).set_value(value).run()
    assert "**12 calls** (6 pairs in both orders), about **$" in words(at.markdown)
    field(at, "Never more than, in $").set_value(0.0).run()
    button(at, "Ask the judge").click().run()
    at = finished(at, panel)
    assert "ended early" in words(at.markdown)
    assert "the next call can cost" in words(at.warning)
    field(at, "Never more than, in $")
    next(one for one in at.number_input if str(one.key).startswith("again-")).set_value(1.0).run()
    button(at, "Go on").click().run()
    at = finished(at, panel)
    assert "all asked" in words(at.markdown)
    assert faulty.paid == 12
    assert button(at, "Ask the judge").disabled
    assert KEY not in json.dumps([str(one) for one in at.main])


def test_nonsense_is_named_and_the_rest_of_the_page_stays(visit, faulty):  # noqa: F811
    panel = rated(pairs(3))
    at = visit("judge", panel=panel)
    assert "Not set" in words(at.caption)
    at.secrets["OPENAI_API_KEY"] = KEY
    assert "Found in the environment or Streamlit's secrets" in words(at.run().caption)
    field(at, "Base URL").set_value("localhost:8080").run()
    assert "the base URL must be" in words(at.error)
    assert any("AlpacaEval" in one.label for one in at.expander)
    field(at, "Base URL").set_value("https://evil.test/v1").run()
    assert "go only where the owner allows it, got 'https://evil.test/v1'" in words(at.error)
    assert not any(one.label == "Ask the judge" for one in at.button)
    faulty.faults = [(401, "bad key")] * 1000
    for label, value in {"Base URL": faulty.url, "Model": "m"}.items():
        field(at, label).set_value(value).run()
    button(at, "Ask the judge").click().run()
    at = finished(at, panel)
    assert "must accept the key in OPENAI_API_KEY, it answered 401" in words(at.warning)
    assert faulty.keys == {f"Bearer {KEY}"}
    button(at, "Go on").click().run()
    at = finished(at, panel)
    assert faulty.keys == {f"Bearer {KEY}"}
