"""What pages share: a job that is followed, an address that is carried on, choices that go with their visitor."""

import pytest
from streamlit.testing.v1 import AppTest

from rpo import jobs, storage, weights
from rpo.preferences import EMBEDDED_LOG
from tests.pages.conftest import APP, button, drawn, words

FOLLOWED = (
    "from pathlib import Path\nimport streamlit as st\nfrom pages.shared.job_progress import follow_map\n"
    "follow_map(Path(st.query_params['folder']), lambda: st.query_params.get('sign', ''), 'Wait: ')\nst.text('the page')"
)


@pytest.fixture
def job(rpo_home):
    """A job's folder."""
    return storage.folder("maps", "a job")


def followed(folder, **sign):
    at = AppTest.from_string(FOLLOWED)
    for name, value in {"folder": str(folder), **sign}.items():
        at.query_params[name] = value
    return drawn(at.run())


def test_a_job_at_work_is_followed(job):
    with jobs.work(job) as report:
        report(0.4, "*half* way")
        report.write()
        at = followed(job)
    assert words(at.error) == ""
    assert [bar.proto.text for bar in at.get("progress")] == ["Wait: \\*half\\* way"]


def failed(job):
    jobs.fail(job, "the disk is full")


def ended(job):
    with jobs.work(job):
        pass


ENDS = [  # how a job ended, what the page waits for and has, what it says
    (failed, "", "the disk is full"),
    (failed, "pca", "the disk is full"),
    (ended, "", "map"),
    (ended, "umap", ""),
]


@pytest.mark.parametrize(("end", "sign", "says"), ENDS)
def test_a_job_that_ended_without_what_was_wanted_can_begin_anew(job, monkeypatch, end, sign, says):
    again = []
    monkeypatch.setattr("rpo.jobs.start", lambda module, folder: None)
    monkeypatch.setattr("rpo.jobs.hand_over", lambda folder, *more: again.append(folder))
    end(job)
    at = followed(job, sign=sign)
    assert says in words(at.error)
    assert bool(at.error) == bool(says)
    assert [one.label for one in at.button] == (["Try again"] if says else [])
    if says:
        drawn(button(at, "Try again").click().run())
    assert again == ([job] if says else [])


def test_a_part_that_runs_by_itself_says_what_is_wrong(rpo_home):
    script = (
        "from pages.shared.job_progress import by_itself\nfrom rpo.errors import RpoError\n"
        "@by_itself(1.0)\ndef part(name):\n    raise RpoError(f'{name} must be a word, got *1*; write one')\npart('x')"
    )
    assert words(drawn(AppTest.from_string(script).run()).error) == "x must be a word, got *1*; write one"


@pytest.fixture
def explore(rpo_home, monkeypatch):
    """The app as it opens where the weights are: at "/" is Explore, which is also, hidden, at "/explore"."""
    monkeypatch.setattr("rpo.weights.missing", tuple)
    return drawn(AppTest.from_file(str(APP), default_timeout=60).run())


def encoder(at):
    return next(one for one in at.text_input if one.label == "Encoder")


@pytest.mark.parametrize(
    ("page", "then"),
    [
        ("explore", "/nor/this"),
        ("health", "/nor/this"),
        ("compare", "/no/encoder"),  # its two are its own
        ("tune", "/no/encoder"),  # which takes along what has embedded a batch
    ],
)
def test_an_encoder_that_was_typed_goes_with_its_visitor(explore, page, then):
    assert encoder(explore).value == weights.ENCODER
    drawn(encoder(explore).set_value("/no/encoder").run())
    at = drawn(explore.switch_page(f"{page}.py").run())
    assert encoder(at).value == "/no/encoder"
    drawn(encoder(at).set_value("/nor/this").run())
    at = drawn(at.switch_page("explore.py").run())
    assert encoder(at).value == then


@pytest.mark.weights
@pytest.mark.parametrize(
    ("page", "label"), [("explore", "Data"), ("data", "Data you have"), ("health", "Data"), ("compare", "Data")]
)
def test_the_address_names_the_data_and_takes_the_choice_along(visit, page, label):
    at = visit(page, data=EMBEDDED_LOG)
    data = next(one for one in at.selectbox if one.label == label)
    assert data.value == EMBEDDED_LOG
    drawn(data.set_value("embedded").run())
    assert at.query_params["data"] in ("embedded", ["embedded"])
