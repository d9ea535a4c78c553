"""The one error a person is meant to read.

Not for bugs: those keep their own types and tracebacks. Pages show an `RpoError` as a sentence; the command line prints it.
"""

from collections.abc import Generator
from contextlib import contextmanager


class RpoError(ValueError):
    """A broken rule, said in one sentence with the value that broke it and what to do next. The value may be anybody's text."""


@contextmanager
def foreign(rule: str, step: str) -> Generator[None]:
    """Around one call into a library that reads somebody's files: whatever it raises becomes `rule (what it said); step`.

    Such a library raises what it likes (tokenizers a bare `Exception`), so all kinds are taken, and kept as the cause.
    """
    try:
        yield
    except RpoError:
        raise
    except Exception as error:
        said = " ".join(str(error).split())[:300]
        raise RpoError(f"{rule} ({type(error).__name__}: {said}); {step}") from error
