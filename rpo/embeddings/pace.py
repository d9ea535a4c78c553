"""How far the encoding of a long list is, in words: how many, how fast, how long still.

Not a clock for other work. Long texts come first, so what is left is reckoned in characters, not in texts: the rate in texts a
second rises towards the end.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np

READ = 1000  # characters of a text beyond which encoders commonly read nothing
EACH = 20  # what a text costs besides its own characters, in characters
SOON = 5.0  # seconds after which a rate is worth telling


class Pace:
    """Told how many of the texts are done, it tells `progress` the rest."""

    def __init__(self, texts: Sequence[str], progress: Callable[[float, str], None]) -> None:
        self.work = np.cumsum([0, *(min(len(text), READ) + EACH for text in texts)])
        self.progress, self.known, self.began = progress, 0, time.monotonic()

    def skip(self, known: int) -> None:
        """The first `known` texts were there already; the clock starts anew."""
        self.known, self.began = known, time.monotonic()
        self(known)

    def __call__(self, done: int) -> None:
        """The first `done` texts are encoded."""
        total, spent = len(self.work) - 1, time.monotonic() - self.began
        words = f"embedding {done:,} of {total:,} prompts"
        if spent > SOON and done > self.known:
            left = spent * (self.work[-1] - self.work[done]) / (self.work[done] - self.work[self.known])
            rate = (done - self.known) / spent
            words += f", {f'{rate:,.0f}' if rate >= 1 else f'{rate:.1g}'} a second, {_duration(left)} left"
        self.progress(float(self.work[done] / self.work[-1]), words)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return "less than a minute"
    minutes = round(seconds / 60)
    return f"about {minutes} min" if minutes < 90 else f"about {minutes / 60:.1f} h"
