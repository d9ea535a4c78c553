"""The one error a person is meant to read.

Not for bugs: those keep their own types and tracebacks. Pages show an `RpoError` as a sentence; the command line prints it.
"""


class RpoError(ValueError):
    """A broken rule, said in one sentence with the value that broke it and what to do next.

    The value may come from anybody's file and pages print markdown, so an image in it is taken apart: it would be fetched.
    """

    def __str__(self) -> str:
        return super().__str__().replace("![", "! [")
