"""What of a prompt is read, and the real encoder: what it finds alike, and which texts it cuts."""

import pytest

from rpo import weights
from rpo.embeddings import embed, open_encoder
from rpo.embeddings.encoder import too_long
from rpo.errors import RpoError
from rpo.preferences import View

DIALOGUE = "\n\nHuman: Old\n\nAssistant: Yes\n\nHuman: How hot?\n\nAssistant:"


def test_of_a_dialogue_the_last_human_turn_is_read():
    assert View.LAST_TURN.of(DIALOGUE) == "How hot?"
    assert View.WHOLE.of(DIALOGUE).startswith("Human: Old")
    assert View.LAST_TURN.of(" Why? ") == View.WHOLE.of(" Why? ") == "Why?"


@pytest.mark.weights
def test_the_real_encoder_knows_what_is_alike(real_weights):
    texts = ["How do I boil an egg?", "What is the way to cook an egg in water?", "Should I lease a car?"]
    vectors = embed(texts, weights.ENCODER)
    assert vectors.shape == (3, 384)
    assert vectors[0] @ vectors[1] > 0.6 > 0.3 > vectors[0] @ vectors[2]
    assert open_encoder(weights.ENCODER).cut(["word " * 300, "short", "word " * 300]).tolist() == [True, False, True]


def test_texts_are_cut_into_pieces_a_batch_at_a_time(tiny_model):
    from transformers import AutoTokenizer

    letters, sizes = AutoTokenizer.from_pretrained(tiny_model), []  # a token a letter

    def counted(texts, **options):
        sizes.append(len(texts))
        return letters(texts, **options)

    assert too_long(["abc", "abcd", "a", "", "abcde"], counted, 3, at_once=2).tolist() == [False, True, False, False, True]
    assert sizes == [2, 2, 1]


@pytest.mark.weights
def test_a_folder_that_is_no_encoder_is_refused(tmp_path):
    (tmp_path / "model.safetensors").write_bytes(b"nothing")
    with pytest.raises(RpoError, match="must be a sentence-transformers model"):
        open_encoder(str(tmp_path))
