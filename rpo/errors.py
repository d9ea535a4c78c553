"""The one error a person is meant to read.

Not for bugs: those keep their own types and tracebacks. Pages show an `RpoError` as a sentence; the command line prints it.
"""


class RpoError(ValueError):
    """A broken rule, said in one sentence with the value that broke it and what to do next."""
