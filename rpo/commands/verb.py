"""A verb of the command line: its name, what it does in a sentence, its options, and the function that does it."""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from dataclasses import dataclass


def _nothing(_parser: ArgumentParser) -> None:
    """No options."""


@dataclass(frozen=True)
class Verb:
    """`rpo NAME`; `options` adds what it takes to its parser, `do` does it and gives the exit status."""

    name: str
    help: str
    do: Callable[[Namespace], int]
    options: Callable[[ArgumentParser], object] = _nothing
