"""Tokenizers made here: byte-level with any chat template, and such in which a blank belongs to the next word."""

import pytest

from rpo.tokens.tokenizer import Tokens

MARKS = ["<|im_start|>", "<|im_end|>", "<start_of_turn>", "<end_of_turn>", "<|end|>", "<|user|>", "<|assistant|>", "<|start|>"]
MARKS += ["<|channel|>", "<|message|>", "<|return|>", "<s>"]


@pytest.fixture(scope="module")
def speaking(tiny_model):
    """`speaking(template)`: the tokens of a tokenizer with this template, whose `eos_token` is "<end>"."""
    from transformers import AutoTokenizer

    def of(template, prompt_tokens=256, answer_tokens=128, **special):
        tokenizer = AutoTokenizer.from_pretrained(tiny_model, bos_token="<s>", extra_special_tokens=MARKS)
        tokenizer.chat_template = template
        for name, value in special.items():
            setattr(tokenizer, name, value)
        return Tokens(tokenizer, prompt_tokens, answer_tokens)

    return of


@pytest.fixture(scope="module")
def wordy():
    """`wordy(bos, eos)`: tokens without a template, of a tokenizer in which a blank belongs to the next word.

    "metaspace" puts a blank before every text, as Llama 2's does; the post-processor adds BOS and EOS as some base models do.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    def of(kind, end):
        blanks = {"bytes": pre_tokenizers.ByteLevel(add_prefix_space=False), "metaspace": pre_tokenizers.Metaspace()}
        tokenizer = Tokenizer(models.BPE(unk_token="<unk>"))
        tokenizer.pre_tokenizer = blanks[kind]
        tokenizer.decoder = decoders.ByteLevel() if kind == "bytes" else decoders.Metaspace()
        texts = ["\n\nHuman: Hello there\n\nAssistant: Hello there"] * 9
        tokenizer.train_from_iterator(texts, trainers.BpeTrainer(special_tokens=["<unk>", "<s>", "</s>"], show_progress=False))
        single = "<s> $A </s>" if end else "<s> $A"
        tokenizer.post_processor = processors.TemplateProcessing(single=single, special_tokens=[("<s>", 1), ("</s>", 2)])
        return Tokens(PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>"), 64, 64)

    return of
