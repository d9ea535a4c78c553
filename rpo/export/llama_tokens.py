"""A tokenizer as llama.cpp reads it: its tokens, merges and special tokens in a GGUF file's metadata.

Keys and values are those that llama.cpp's `convert_hf_to_gguf.py` writes for byte-level BPE. How a text is cut before its merges
has a name there (`tokenizer.ggml.pre`); it is found by the rules themselves, and rules without a name are refused: a near name
would give other tokens without a word.
"""

import json
from typing import Any

from rpo.errors import RpoError

LLAMA_3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
CUTS = {  # the rules in order, and whether a whole word that is a token is never merged -> their name
    (("ByteLevel", True), False): "gpt-2",
    (("Digits", True), ("ByteLevel", True), False): "smollm",
    (("Split", LLAMA_3), ("ByteLevel", False), True): "llama-bpe",
}
SPECIAL_TOKENS = {"bos": "add_bos_token_id", "eos": "add_eos_token_id", "unk": "add_unk_token_id", "pad": "add_pad_token_id"}


def add_tokens(writer: Any, tokenizer: Any, size: int, ends: tuple[int, ...]) -> None:
    """Add a tokenizer to the metadata of a file; `size` rows of the embedding, and the tokens that end an answer."""
    from gguf import TokenType

    whole = json.loads(tokenizer.backend_tokenizer.to_str())
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(cuts_of(whole))
    known = {number: (text, TokenType.NORMAL) for text, number in whole["model"]["vocab"].items()}
    for one in whole["added_tokens"]:
        known[one["id"]] = (one["content"], TokenType.CONTROL if one["special"] else TokenType.USER_DEFINED)
    rows = [known.get(number, (f"[PAD{number}]", TokenType.UNUSED)) for number in range(size)]
    writer.add_token_list([text for text, _ in rows])
    writer.add_token_types([kind for _, kind in rows])
    writer.add_token_merges([" ".join(pair) for pair in whole["model"]["merges"]])
    _add_special(writer, tokenizer, ends)


def cuts_of(whole: dict[str, Any]) -> str:
    """The name that llama.cpp has for how this tokenizer cuts a text; refused where it has none that we know."""
    model, rules = whole["model"], whole["pre_tokenizer"] or {}
    parts = rules.get("pretokenizers", [rules])
    spaced = any(part.get("add_prefix_space") for part in parts)
    found = (*map(_rule, parts), bool(model.get("ignore_merges")))
    if model["type"] != "BPE" or whole["normalizer"] or spaced or not model["merges"] or found not in CUTS:
        raise RpoError(
            f"a tokenizer must be byte-level BPE as GPT-2, SmolLM or Llama 3 have it to be written as GGUF here, this one is "
            f"{model['type']} with other rules; export the merged model and run llama.cpp's convert_hf_to_gguf.py FOLDER"
        )
    return CUTS[found]


def _rule(part: dict[str, Any]) -> tuple[str, object]:
    """A step of cutting, with what decides it."""
    kind = part.get("type", "none")
    decides = {"ByteLevel": part.get("use_regex"), "Digits": part.get("individual_digits")}
    if kind == "Split":
        whole = part["behavior"] == "Isolated" and not part["invert"]
        return kind, part["pattern"].get("Regex") if whole else None
    return kind, decides.get(kind)


def _add_special(writer: Any, tokenizer: Any, ends: tuple[int, ...]) -> None:
    for name, add in SPECIAL_TOKENS.items():
        if (number := getattr(tokenizer, f"{name}_token_id")) is not None:
            getattr(writer, add)(number)
    if ends[0] != tokenizer.eos_token_id:
        writer.add_eot_token_id(ends[0])
    plain = tokenizer("a").input_ids
    writer.add_add_bos_token(plain[0] == tokenizer.bos_token_id)
    writer.add_add_space_prefix(False)
    if tokenizer.chat_template:
        writer.add_chat_template(tokenizer.chat_template)
