"""A link fetches nothing: a page that an address names data or a model for says so, and asks the hub once somebody clicks."""

import socket

import pytest

from rpo import preferences, storage, weights
from rpo.preferences import sources
from tests.pages.conftest import browser, button, drawn, named, own_main, visit
from tests.preferences.test_sources import GOOD

__all__ = ["browser", "own_main", "visit"]
FETCH = "Fetch it"
ROWS = [{**GOOD, "prompt": f"Why {n}?"} for n in range(20)]


@pytest.fixture
def asked(rpo_home, monkeypatch):
    """What was asked of the hub, or given to a process that would ask it: ids of data sets and encoders, and any host's name."""
    found = []
    monkeypatch.setattr("rpo.weights.ready", lambda name: True)
    monkeypatch.setattr("datasets.load_dataset", lambda name, split: found.append(name) or ROWS)
    monkeypatch.setattr("rpo.jobs.start", lambda module, folder: None)
    monkeypatch.setattr("rpo.jobs.hand_over", lambda folder, *more: found.append(of_map(folder)))
    monkeypatch.setattr("sentence_transformers.SentenceTransformer", lambda name, **more: found.append(name) or refuse())
    monkeypatch.setattr(socket, "getaddrinfo", lambda host, *rest, **more: found.append(host) or refuse())
    sources.forget()
    return found


def of_map(folder):
    spec = storage.read_json(folder / "spec.json")
    return f"a map of {spec['source']} by {spec['encoder']}"


def refuse():
    raise OSError("no network in this test")


def offered(at):
    """Whether the page offers to fetch what is not here."""
    return any(one.label == FETCH for one in at.button)


LINKS = (
    ("explore", {"data": "owner/name"}, ["owner/name"]),
    ("data", {"data": "owner/name"}, ["owner/name"]),
    ("health", {"data": "owner/name"}, ["owner/name"]),
    ("compare", {"data": "owner/name"}, ["owner/name"]),
    ("health", {"encoder": "owner/name"}, ["a map of embedded by owner/name"]),
    ("tune", {"encoder": "owner/name"}, ["owner/name"]),
)


@pytest.mark.weights
@pytest.mark.parametrize(("page", "address", "then"), LINKS)
def test_a_page_that_a_link_opens_asks_nobody_until_a_click(visit, asked, page, address, then):
    at = visit(page, **address)
    assert named(at.info, "hub", "owner/name")
    drawn(at.run())
    assert asked == []
    drawn(button(at, FETCH).click().run())
    assert asked[: len(then)] == then
    assert not offered(at)


@pytest.mark.weights
@pytest.mark.parametrize(("page", "address"), [(page, address) for page, address, _ in LINKS])
def test_nor_do_the_pages_that_are_visited_next(visit, asked, page, address):
    at = visit(page, **address)
    for other in ("explore", "health", "compare", "tune", "data", "train"):
        drawn(at.switch_page(f"{other}.py").run())
        assert not [one for one in asked if "owner/name" in one], other


@pytest.mark.weights
@pytest.mark.parametrize("page", ["explore", "health", "compare", "tune"])
def test_who_types_an_id_asks_for_it(visit, asked, page):
    at = visit(page)
    del asked[:]
    next(one for one in at.text_input if one.label == "Encoder").set_value("owner/name").run()
    assert not offered(drawn(at))
    assert "owner/name" in asked[0]


def test_an_id_typed_on_data_is_asked_for_at_the_click(visit, asked):
    at = visit("data")
    next(one for one in at.text_input if one.label.startswith("Or a Hugging Face id")).set_value("owner/name").run()
    assert asked == []
    drawn(button(at, "Open it").click().run())
    assert asked == ["owner/name", f"a map of owner/name by {weights.ENCODER}"]


@pytest.mark.parametrize("page", ["explore", "data", "health", "compare"])
def test_what_was_fetched_before_opens_at_once(visit, asked, page):
    preferences.load("owner/name")
    sources.forget()  # as in another process
    at = visit(page, data="owner/name")
    assert not offered(at)
    assert asked.count("owner/name") == 1


def test_a_model_in_the_hubs_cache_is_at_hand(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    assert not weights.downloaded("owner/name")
    folder = tmp_path / "models--owner--name"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("abc")
    (folder / "snapshots" / "abc").mkdir(parents=True)
    (folder / "snapshots" / "abc" / "config.json").write_text("{}")
    assert weights.downloaded("owner/name")
    assert not weights.downloaded("owner/other")


@pytest.mark.parametrize(
    "name",
    [
        "",
        " ",
        "a b/c",
        "![x](http://leak.test/a.png)",
        "http://leak.test/y",
        "a/b/c",
        weights.ENCODER,
        ".hidden",
        "a--b",
        "a/b.",
        "x" * 97,
    ],
)
def test_what_no_hub_could_know_is_refused_without_asking(asked, name):
    assert weights.downloaded(name)
