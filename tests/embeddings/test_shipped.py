"""What comes with the package is what the demo encoder makes of the embedded data, and needs no weights."""

import numpy as np
import pytest

from pages.serving.first_points import FILE
from rpo import embeddings, jobs, weights
from rpo.embeddings import faithfulness, open_map, request_map
from rpo.embeddings.shipped import ARCHIVE, shipped
from rpo.errors import RpoError
from rpo.jobs import Status
from rpo.preferences import EMBEDDED, View, load
from tests.ship_map import made, picture

KEPT = 0.02  # of the neighbours that the shipped map keeps, a new one may lose so many


def test_without_weights_the_embedded_data_have_map_vectors_and_topics(rpo_home):
    assert weights.missing()
    prompts = load(EMBEDDED).prompts
    for view in View:
        folder = request_map(EMBEDDED, weights.ENCODER, view)
        assert (jobs.look(folder).status, embeddings.method(folder)) == (Status.DONE, "umap")
        drawn = open_map(folder, "umap")
        assert drawn.prompts == prompts
        assert np.allclose(np.linalg.norm(drawn.vectors, axis=1), 1, atol=1e-6)
    assert np.array_equal(embeddings.embed_some(prompts[3:5], prompts, weights.ENCODER), drawn.vectors[3:5])
    assert not embeddings.cut(prompts, weights.ENCODER).any()
    assert ARCHIVE.stat().st_size < 1e6


def test_what_a_newcomer_sees_at_once_is_this_map():
    assert FILE.read_text() == picture()


@pytest.mark.parametrize(
    ("change", "encoder"), [(lambda prompts: prompts, "another"), (lambda prompts: (*prompts[:-1], "Another?"), weights.ENCODER)]
)
def test_other_prompts_and_other_encoders_get_nothing_of_it(change, encoder):
    assert shipped(change(load(EMBEDDED).prompts), encoder) is None


def test_other_data_need_the_weights(few):
    with pytest.raises(RpoError, match=r"rpo fetch"):
        request_map(next(iter(few.values())), weights.ENCODER, View.LAST_TURN)


def test_a_home_that_has_vectors_keeps_them(rpo_home):
    prompts = load(EMBEDDED).prompts
    own = np.array(embeddings.embed(prompts, weights.ENCODER))[::-1]
    place = embeddings.cache.vector_file(prompts, weights.ENCODER, View.LAST_TURN)
    with place.open("wb") as file:
        np.save(file, own)
    assert np.array_equal(embeddings.embed(prompts, weights.ENCODER), own)


@pytest.mark.weights
def test_it_is_what_the_encoder_makes_of_them(real_weights):
    prompts = load(EMBEDDED).prompts
    kept, new = shipped(prompts, weights.ENCODER), made()
    assert np.sum(kept.vectors * new["vectors"], axis=1).min() >= 0.999
    assert (kept.topics, kept.finer) == (tuple(new["topics"]), tuple(new["finer"]))
    assert np.array_equal(kept.cut, new["cut"])
    share = [np.nanmean(faithfulness((one["indices"], one["distances"]), one["umap"])) for one in (vars(kept), new)]
    assert share[1] >= share[0] - KEPT
