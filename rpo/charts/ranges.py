"""How wide an axis is at least, so that a difference that means nothing does not fill a picture."""

from collections.abc import Sequence

LEAST_WIDTHS = {"loss": 0.02, "margin": 0.05, "accuracy": 0.1, "kl": 0.01}  # of an axis, in the figure's own unit
LEAST_SHARE = 0.05  # and of the largest value, for every figure


def at_least(figure: str, values: Sequence[float]) -> list[float]:
    """Two ends that an axis of these values holds besides them, as far apart as a difference of this figure that can be seen."""
    if not values:
        return [0.0, LEAST_WIDTHS.get(figure, 1.0)]
    low, high = min(values), max(values)
    width = max(LEAST_WIDTHS.get(figure, 0.0), LEAST_SHARE * max(abs(low), abs(high)))
    if high - low >= width:
        return [low, high]
    begin = (low + high - width) / 2
    if low >= 0 > begin:  # what is never negative begins at 0
        begin = 0.0
    return [begin, begin + width]
