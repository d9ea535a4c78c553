"""A data set of the Hugging Face hub, fetched whole; where that fails, what to do instead. `cache` keeps it."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from rpo.errors import RpoError

UNKNOWN_SPLIT = re.compile(r'Unknown split "(.*?)"\. Should be one of \[(.*)\]', re.DOTALL)
CONFIGURATIONS = re.compile(r"available configs: \[(.*?)\]", re.DOTALL)
LONGEST_MESSAGE = 200  # characters of what the library says, or of the names that there are


def fetched(source: str) -> Iterable[Mapping[str, Any]]:
    """The rows of "owner/name" (its split "train") or "owner/name:split"."""
    from datasets import load_dataset

    name, _, split = source.partition(":")
    try:
        return load_dataset(name, split=split or "train")  # pyright: ignore[reportReturnType]
    except Exception as error:
        raise _refusal(name, str(error), type(error).__name__) from error


def _refusal(name: str, said: str, kind: str) -> RpoError:
    if found := UNKNOWN_SPLIT.search(said):
        splits = _names(found[2])
        return RpoError(
            f"{name!r} must have the split {found[1]!r}, it has {', '.join(splits)}; name one of them: {name}:{splits[0]}"
        )
    if found := CONFIGURATIONS.search(said):
        return RpoError(
            f"{name!r} must be one data set, it holds several configurations ({', '.join(_names(found[1]))}); download the files "
            f"of one from its page on the hub and add them, as a zip where they are several"
        )
    return RpoError(
        f"{name!r} could not be fetched from the hub ({kind}: {said[:LONGEST_MESSAGE]}); connect, or download the data and "
        "add the file"
    )


def _names(listed: str) -> list[str]:
    """The names in a list as Python writes it, as many as fit into a sentence."""
    names = [name.strip(" \n'\"") for name in listed.split(",")]
    fit = [name for place, name in enumerate(names) if len(", ".join(names[: place + 1])) <= LONGEST_MESSAGE] or [
        names[0][:LONGEST_MESSAGE]
    ]
    return fit if len(fit) == len(names) else [*fit, "…"]
