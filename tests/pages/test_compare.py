"""Compare with real maps: two pictures of one space, two ways to read, and a pick that is shown in both."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from rpo import preferences, weights
from tests.pages.conftest import drawn, named, words
from tests.pages.test_explore import explore  # noqa: F401 - a fixture

PAGE = Path(__file__).parent.parent.parent / "pages" / "compare.py"
pytestmark = pytest.mark.weights


@pytest.fixture
def compare(explore):  # noqa: F811
    """`compare(prompt="5")`: the page as its address opens it, where the embedded data have a map."""

    def go(**parameters):
        at = AppTest.from_file(str(PAGE), default_timeout=60)
        for key, value in parameters.items():
            at.query_params[key] = value
        return drawn(at.run())

    return go


def test_two_pictures_of_one_space_are_compared_by_their_neighbours(compare):
    at = compare()
    assert named(at.markdown, "pictures", "random", "5%")
    assert named(at.caption, 260, "UMAP", weights.ENCODER)
    assert named(at.caption, 260, "PCA", weights.ENCODER)
    table = at.dataframe[0].value
    assert table["shared"].is_monotonic_increasing
    assert len(table) == 20


def test_the_same_picture_twice_agrees_wholly(compare):
    at = compare()
    at.selectbox(key="picture-right").set_value("UMAP").run()
    assert named(drawn(at).markdown, "100%")


def test_a_pick_has_its_neighbours_listed_once_for_one_space(compare):
    at = compare(prompt="5")
    near, least = (table.value for table in at.dataframe)
    assert (list(near.columns), len(near)) == (["cosine", "prompt"], 10)
    assert list(least.columns) == ["shared", "prompt"]
    assert preferences.load("embedded").prompts[5] in words(at.text)


@pytest.mark.parametrize("row", ["²", "9" * 30, "x"])
def test_a_prompt_that_is_none_is_not_shown(compare, row):
    assert not compare(prompt=row).text


def test_data_and_encoders_that_are_not_there_are_said(compare):
    assert "nowhere" in words(compare(data="/nowhere/at/all.jsonl").error)
    at = compare()
    at.text_input(key="encoder-right").set_value("/etc").run()
    assert drawn(at)
