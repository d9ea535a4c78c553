"""Judge and what Results makes of it, with a real background process and a server that fails as a test says."""

import json
import re
import time

import pytest

from rpo.judging import judgings
from rpo.preferences import EMBEDDED, load
from rpo.voting import Answer, Ballots, Comparison, Options, Seat
from tests.judging.conftest import KEY, faulty, pairs  # noqa: F401 - a fixture
from tests.pages.conftest import button, drawn, named, words
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
    assert named(visit("judge").info, "panel")


def test_the_rule_judges_without_a_key_and_stands_beside_the_raters(visit):
    rows = load(EMBEDDED).held_out.to_list()[:12]
    asked = [Comparison(row["prompt"], Answer(row["rejected"], "base"), Answer(row["chosen"], "cand")) for row in rows]
    panel = rated(asked, "tie")
    at = visit("results", panel=panel, show="1")
    assert "Cohen's κ" not in {metric.label for metric in at.metric}
    at = visit("judge", panel=panel)
    at.segmented_control[0].set_value("a rule, without a key").run()
    assert named(at.info, "rule")
    assert named(at.markdown, 24, 12, "free")
    button(at, "Ask the judge").click().run()
    at = finished(at, panel)
    assert named(at.markdown, "directness")
    assert not at.warning
    (row,) = at.dataframe[0].value.to_dict("records")
    assert (row["pairs ruled"], row["not asked"], row["refused"]) == ("12 of 12", 0, 0)
    assert row["flips"].startswith("0% of 12")
    at = visit("results", panel=panel, show="1")
    figures = {metric.label: metric.value for metric in at.metric}
    assert {"Same verdict", "Two raters (ceiling)", "Cohen's κ"} <= set(figures)
    assert figures["Judge minus raters"] == "+50.0%"  # for the raters all are ties, for the rule all are wins
    assert named(at.warning, "overfitting")


def test_an_endpoint_is_asked_within_its_cap_and_goes_on_when_it_is_raised(visit, faulty, monkeypatch):  # noqa: F811
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    panel = rated(pairs(6))
    at = visit("judge", panel=panel)
    assert named(at.caption, "found", "environment")
    for label, value in {"Base URL": faulty.url, "Model": "m", "$ a million tokens in": 10.0, "Calls at a time": 1}.items():
        field(at, label).set_value(value).run()
    assert re.search(r"\b12\b[^|]*\b6\b[^|]*\$\d", words(at.markdown))
    field(at, "Never more than, in $").set_value(0.0).run()
    button(at, "Ask the judge").click().run()
    at = finished(at, panel)
    assert named(at.warning, "cap")
    field(at, "Never more than, in $")
    next(one for one in at.number_input if str(one.key).startswith("again-")).set_value(1.0).run()
    button(at, "Go on").click().run()
    at = finished(at, panel)
    assert not at.warning
    assert faulty.paid == 12
    assert button(at, "Ask the judge").disabled
    assert KEY not in json.dumps([str(one) for one in at.main])


def test_nonsense_is_named_and_the_rest_of_the_page_stays(visit, faulty):  # noqa: F811
    panel = rated(pairs(3))
    at = visit("judge", panel=panel)
    (without,) = (one.value for one in at.caption if named([one], "secrets"))
    at.secrets["OPENAI_API_KEY"] = KEY
    (found,) = (one.value for one in at.run().caption if named([one], "secrets"))
    assert found != without
    field(at, "Base URL").set_value("localhost:8080").run()
    assert named(at.error, "base URL")
    assert any("AlpacaEval" in one.label for one in at.expander)
    field(at, "Base URL").set_value("https://evil.test/v1").run()
    assert named(at.error, "owner", "https://evil.test/v1")
    assert not any(one.label == "Ask the judge" for one in at.button)
    faulty.faults = [(401, "bad key")] * 1000
    for label, value in {"Base URL": faulty.url, "Model": "m"}.items():
        field(at, label).set_value(value).run()
    button(at, "Ask the judge").click().run()
    at = finished(at, panel)
    assert named(at.warning, "OPENAI_API_KEY", 401)
    assert faulty.keys == {f"Bearer {KEY}"}
    button(at, "Go on").click().run()
    at = finished(at, panel)
    assert faulty.keys == {f"Bearer {KEY}"}
