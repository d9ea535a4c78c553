"""The kinds of files that a run can leave with."""

from dataclasses import dataclass
from enum import StrEnum

from rpo.errors import RpoError


@dataclass(frozen=True)
class KindWords:
    """What a kind is, in words; `bytes` a parameter of the whole model, 0 where only the adapter leaves.

    `allowed`: by how many nats the sum of an answer's log-probabilities may differ from that of the trained model, at the most.
    """

    title: str
    words: str
    bytes: int = 0
    allowed: float = 0.0
    llama: bool = False


class ExportKind(StrEnum):
    """A kind of export. A member is its name, and carries what is known of it."""

    ADAPTER = ("adapter", KindWords("Adapter", "LoRA weights for peft, vLLM or llama.cpp's converter; needs the base model"))
    MERGED = ("merged", KindWords("Merged model, fp32", "The whole model in safetensors, equal to the trained one", 4, 0.01))
    MERGED_BF16 = (
        "merged-bf16",
        KindWords("Merged model, bf16", "The whole model in safetensors, half as large: each weight is rounded", 2, 0.5),
    )
    GGUF = ("gguf", KindWords("GGUF model, fp32", "The whole model in one file for llama.cpp and Ollama", 4, 0.01, llama=True))
    GGUF_ADAPTER = ("gguf-adapter", KindWords("GGUF adapter", "The adapter for llama.cpp; needs the base as GGUF", llama=True))

    about: KindWords

    def __new__(cls, name: str, about: KindWords) -> "ExportKind":
        """A member that is its name."""
        member = str.__new__(cls, name)
        member._value_, member.about = name, about
        return member

    @property
    def whole(self) -> bool:
        """Whether the whole model leaves, with the adapter in its weights."""
        return self.about.bytes > 0


def kind_named(name: str) -> ExportKind:
    """The kind of this name, as a person writes it."""
    if name not in list(ExportKind):
        raise RpoError(f"an export must be one of {', '.join(ExportKind)}, got {name[:40]!r}; choose one of them")
    return ExportKind(name)
