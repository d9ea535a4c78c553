"""One example as a model reads it: its tokens as pieces of text, where an answer begins and ends, and what the lengths cut.

The pieces are made from the very token ids that training uses (`rpo.tokens.tokenizer`), so what is shown is what is read. Not a
drawing: that is `rpo.charts.reading`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rpo.preferences import sides

if TYPE_CHECKING:
    from rpo.tokens.tokenizer import Tokens

CONTEXT = 8  # tokens that are decoded before a piece: a character has four bytes at most, and a blank depends on what precedes it


@dataclass(frozen=True)
class TokenPiece:
    """The text of one token, or of several that only together make a character; `control`: it is a control token."""

    text: str
    tokens: int = 1
    control: bool = False


@dataclass(frozen=True)
class Part:
    """The prompt or an answer, as the model gets it: `tokens` that are kept, and how many are `cut` after the piece `cut_after`.

    A prompt loses its beginning, though not a token that all prompts begin with; an answer loses its end. `end` is the token that
    ends an answer, "" for a prompt and for an answer whose end is cut.
    """

    name: str
    pieces: tuple[TokenPiece, ...]
    tokens: int
    cut: int = 0
    cut_after: int = 0
    end: str = ""

    @property
    def text(self) -> str:
        """The text of all pieces."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True)
class TokenReading:
    """A prompt and its answers in tokens. `ready`: the prompt holds the template's control tokens and is taken as it is.

    `quotes`: the prompt has control tokens within its text, which the model reads as such.
    """

    prompt: Part
    answers: tuple[Part, ...]
    ready: bool = False
    quotes: bool = False


def read_row(tokens: "Tokens", row: Mapping[str, Any]) -> TokenReading:
    """A data set's row as the model reads it."""
    prompt, named = row["prompt"], sides(row)
    texts = [text for _, _, text in named]
    ids, sizes = tokens.row(prompt, *texts), tokens.sizes(prompt, *texts)
    answers = tuple(
        _answer(tokens, name, ids.prompt, answer, size - len(answer))
        for (name, _, _), answer, size in zip(named, ids.answers, sizes.answers, strict=True)
    )
    first = _prompt(tokens, ids.prompt, sizes.prompt - len(ids.prompt))
    return TokenReading(first, answers, tokens.ready(prompt), tokens.quotes(prompt))


def pieces(tokenizer: Any, ids: Sequence[int], start: int = 0) -> tuple[TokenPiece, ...]:
    """The tokens from `start` on as text, as it follows the tokens before: the pieces join to what the tokenizer decodes.

    With a tokenizer that decodes the tokens before `start` otherwise once others follow, to what it decodes of the rest alone.
    """
    whole, before = decoded_tokens(tokenizer, ids), decoded_tokens(tokenizer, ids[:start]) if start else ""
    if not whole.startswith(before):
        return pieces(tokenizer, ids[start:])
    return tuple(_joined(_pieces(tokenizer, ids, start, whole[len(before) :])))


def decoded_tokens(tokenizer: Any, ids: Sequence[int]) -> str:
    """What the tokenizer makes of these tokens, control tokens too, with nothing tidied up."""
    return tokenizer.decode(list(ids), skip_special_tokens=False, clean_up_tokenization_spaces=False)


def _prompt(tokens: "Tokens", ids: tuple[int, ...], cut: int) -> Part:
    first = tokens.beginning
    kept = len(first) if cut and ids[: len(first)] == first else 0
    found = pieces(tokens.tokenizer, ids)
    return Part("prompt", found, len(ids), cut, _places(found, kept))


def _answer(tokens: "Tokens", name: str, prompt: tuple[int, ...], ids: tuple[int, ...], cut: int) -> Part:
    found = pieces(tokens.tokenizer, (*prompt, *ids), len(prompt))
    end = "" if cut or not ids else decoded_tokens(tokens.tokenizer, ids[-1:])
    return Part(name, found, len(ids), cut, len(found), end)


def _places(found: Sequence[TokenPiece], tokens: int) -> int:
    """After how many pieces so many tokens have passed."""
    count = 0
    for piece in found:
        if tokens <= 0:
            break
        tokens, count = tokens - piece.tokens, count + 1
    return count


def _pieces(tokenizer: Any, ids: Sequence[int], start: int, rest: str) -> Iterator[TokenPiece]:
    """Pieces that together are `rest`: a token is held back until its text stands where `rest` goes on."""
    control, last = _control(tokenizer), len(ids)
    for at in range(start + 1, last + 1):
        text = rest if at == last else _following(tokenizer, ids, start, at)
        if text is None or not rest.startswith(text):
            continue
        yield TokenPiece(text, at - start, at - start == 1 and ids[start] in control)
        start, rest = at, rest[len(text) :]


def _following(tokenizer: Any, ids: Sequence[int], start: int, end: int) -> str | None:
    """The text of the tokens from `start` to `end` as it follows those before; None where it changes what they say."""
    begin = max(0, start - CONTEXT)
    before, after = decoded_tokens(tokenizer, ids[begin:start]), decoded_tokens(tokenizer, ids[begin:end])
    return after[len(before) :] if after.startswith(before) else None


def _control(tokenizer: Any) -> set[int]:
    return {*tokenizer.all_special_ids, *tokenizer.added_tokens_decoder}


def _joined(found: Iterator[TokenPiece]) -> Iterator[TokenPiece]:
    """A token without text of its own goes with the piece before it."""
    held: TokenPiece | None = None
    for piece in found:
        if held is not None and not piece.text and not piece.control:
            held = TokenPiece(held.text, held.tokens + piece.tokens, held.control)
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held
