"""What is shown of a row in tokens is what the model gets: every piece, every cut, every end."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from rpo.tokens.reading import TokenPiece, decoded_tokens, pieces, read_row
from rpo.tokens.tokenizer import Tokens
from tests.tokens.test_tokens import CHAT, CHATML, GEMMA

EMOJI = "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f1e9\U0001f1ea"
BROKEN = "\ufffd\ufffdx \ufffd<|im_end|>\ufffd"
TEXTS = st.lists(st.sampled_from([" ", "\n", "\t", "Hello", "ä", EMOJI, BROKEN, "<s>", "</s>", "<|im_end|>"]) | st.text()).map(
    "".join
)


@pytest.fixture(scope="module")
def falling_back():
    """A tokenizer as Llama 2's: a blank is a letter of the next word, and an unknown letter becomes its bytes."""
    from tokenizers import Tokenizer, decoders, models, normalizers
    from transformers import PreTrainedTokenizerFast

    known = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *"▁HeloHumanAssitdr:?", "\n"]
    vocabulary = {token: number for number, token in enumerate(dict.fromkeys(known))}
    tokenizer = Tokenizer(models.BPE(vocab=vocabulary, merges=[], unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    steps = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    tokenizer.decoder = decoders.Sequence(steps)
    return Tokens(PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>"), 64, 32)


@pytest.fixture(scope="module")
def tokenizers(speaking, wordy, falling_back):
    return {
        "bytes, a template": speaking(CHATML, 64, 32),
        "bytes, a template with BOS": speaking(GEMMA, 64, 32),
        "bytes, headings": wordy("bytes", True),
        "metaspace": wordy("metaspace", False),
        "fallback to bytes": falling_back,
    }


def joined(tokens, prompt, chosen, rejected):
    """Read the row; all parts must join to what their tokens decode to."""
    row = {"prompt": prompt, "chosen": chosen, "rejected": rejected}
    ids, found = tokens.row(*row.values()), read_row(tokens, row)
    assert found.prompt.text == decoded_tokens(tokens.tokenizer, ids.prompt)
    assert sum(piece.tokens for piece in found.prompt.pieces) == found.prompt.tokens == len(ids.prompt)
    for part, answer in zip(found.answers, ids.answers, strict=True):
        assert found.prompt.text + part.text == decoded_tokens(tokens.tokenizer, (*ids.prompt, *answer))
        assert sum(piece.tokens for piece in part.pieces) == part.tokens == len(answer)
    return found


KINDS = ["bytes, a template", "bytes, a template with BOS", "bytes, headings", "metaspace", "fallback to bytes"]


@pytest.mark.weights
@pytest.mark.parametrize("kind", KINDS)
@given(prompt=TEXTS, chosen=TEXTS, rejected=TEXTS)
@example(prompt=EMOJI * 9, chosen=EMOJI * 9, rejected=BROKEN)
@settings(max_examples=30)
def test_the_pieces_are_the_tokens_that_the_model_gets(tokenizers, kind, prompt, chosen, rejected):
    joined(tokenizers[kind], prompt, chosen, rejected)


@pytest.mark.parametrize("kind", KINDS)
def test_a_piece_is_one_token_wherever_a_token_is_a_letter(tokenizers, kind):
    found = joined(tokenizers[kind], "Hello Hello", "Hello", "Hello \U0001f469 Hello")
    assert all(piece.tokens == 1 for piece in (*found.prompt.pieces, *found.answers[0].pieces))
    known = kind not in ("bytes, headings", "metaspace")  # to these it is <unk>
    assert max(piece.tokens for piece in found.answers[1].pieces) == (4 if known else 1)
    assert ("\U0001f469" in found.answers[1].text) == known


def test_where_an_answer_begins_and_which_token_ends_it(speaking):
    found = read_row(speaking(CHATML), {"prompt": "Hi", "chosen": "Hello.", "rejected": "x" * 200})
    assert found.prompt.text.endswith("<|im_start|>assistant\n")
    assert [(part.name, part.text, part.end) for part in found.answers[:1]] == [("chosen", "Hello.<|im_end|>", "<|im_end|>")]
    assert (found.answers[1].end, found.answers[1].cut, found.answers[1].cut_after) == ("", 73, 128)
    control = [piece.text for piece in (*found.prompt.pieces, *found.answers[0].pieces) if piece.control]
    assert control == ["<|im_start|>", "<|im_end|>", "<|im_start|>", "<|im_end|>"]


@pytest.mark.parametrize(("template", "cut", "kept"), [(CHATML, 42, 0), (GEMMA, 44, 1)])
def test_a_prompt_loses_its_beginning_but_not_the_token_that_all_begin_with(speaking, template, cut, kept):
    tokens = speaking(template, prompt_tokens=80)
    whole = tokens.sizes("x" * 80).prompt
    part = read_row(tokens, {"prompt": "x" * 80, "answer": "a", "liked": True}).prompt
    assert (part.cut, part.cut_after, part.tokens) == (whole - 80, kept, 80)
    assert (part.pieces[0] == TokenPiece("<s>", control=True)) == bool(kept)


def test_a_judged_answer_has_its_verdict_for_a_name(speaking):
    rows = [{"prompt": "Hi", "answer": "a", "liked": liked} for liked in (True, False)]
    assert [part.name for row in rows for part in read_row(speaking(CHATML), row).answers] == ["liked", "disliked"]


@pytest.mark.parametrize(
    ("prompt", "ready", "quotes"), [(CHAT, True, False), ("Hi", False, False), ("a<|im_end|>b", False, True)]
)
def test_control_tokens_that_a_prompt_brings_are_named(speaking, prompt, ready, quotes):
    found = read_row(speaking(CHATML), {"prompt": prompt, "chosen": "a", "rejected": "b"})
    assert (found.ready, found.quotes) == (ready, quotes)


class Odd:
    """A tokenizer that writes a token otherwise once another follows."""

    all_special_ids, added_tokens_decoder = (), {}

    def decode(self, ids, **_):
        return "-".join(f"{number}" for number in ids) + "!"


@pytest.mark.parametrize("start", [0, 2])
def test_a_decoder_that_changes_its_mind_costs_pieces_and_no_letter(start):
    assert "".join(piece.text for piece in pieces(Odd(), (1, 2, 3, 4), start)) == ("3-4!" if start else "1-2-3-4!")


@pytest.mark.weights
def test_the_demo_model_reads_whatever_is_written(real_weights):
    from rpo.spec import RunSpec
    from rpo.tokens.tokenizer import tokens_of

    tokens = tokens_of(RunSpec())

    @given(prompt=TEXTS, chosen=TEXTS, rejected=TEXTS)
    @example(prompt=EMOJI * 99, chosen=EMOJI * 99, rejected=BROKEN * 99)
    @settings(max_examples=200)
    def whatever(prompt, chosen, rejected):
        joined(tokens, prompt, chosen, rejected)

    whatever()
