"""What a run needs before it starts: memory, time, lengths, and a model and data that go together."""

from rpo.resources.span import TimeSpan

__all__ = ["TimeSpan"]
