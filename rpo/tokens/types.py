"""A row of data in a model's tokens, and how long its texts are before anything is cut."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """Token ids of a prompt and of its answers (each with the end-of-turn token)."""

    prompt: tuple[int, ...]
    answers: tuple[tuple[int, ...], ...]

    @property
    def length(self) -> int:
        """Positions this row takes."""
        return len(self.prompt) + sum(map(len, self.answers))


@dataclass(frozen=True)
class Sizes:
    """Tokens that a prompt and its answers (each with its end) have before anything is cut."""

    prompt: int
    answers: tuple[int, ...]
