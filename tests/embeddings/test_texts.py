"""The texts of one point of a map, as the browser asks for them by its row."""

import pytest

from rpo import embeddings, preferences, weights
from rpo.errors import RpoError
from rpo.preferences import View


@pytest.fixture
def drawn(rpo_home):
    """The folder's name of the map that comes with the package."""
    return embeddings.request_map("embedded", weights.ENCODER, View.LAST_TURN).name


@pytest.mark.parametrize("row", [0, 5, 259])
def test_a_row_has_its_prompt_and_both_answers(drawn, row):
    data = preferences.load("embedded")
    first = data.about(data.prompts[row])[0]
    wanted = [("prompt", data.prompts[row]), ("chosen", first["chosen"]), ("rejected", first["rejected"])]
    assert embeddings.texts_at(drawn, "embedded", row) == [(title, " ".join(text.split())) for title, text in wanted]


@pytest.mark.parametrize(
    ("name", "source", "row"),
    [
        (None, "embedded", 260),
        (None, "embedded", -1),
        (None, "somebody/else", 0),
        (None, "other.jsonl", 0),
        ("..", "embedded", 0),
        ("../maps", "embedded", 0),
        ("", "embedded", 0),
        ("nothing", "embedded", 0),
        ("x" * 5000, "embedded", 0),
    ],
)
def test_what_no_map_holds_is_refused_in_words(drawn, name, source, row):
    preferences.add("other.jsonl", b'{"prompt": "p", "chosen": "a", "rejected": "b"}\n')
    with pytest.raises(RpoError, match="open Explore anew"):
        embeddings.texts_at(drawn if name is None else name, source, row)
