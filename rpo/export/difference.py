"""How far a merged model is from the trained one, as it was measured."""

from dataclasses import dataclass


@dataclass(frozen=True)
class MergeDifference:
    """Of the summed log-probabilities of so many answers: the mean and the largest absolute difference, in nats.

    `held_out` says whether they are answers of held-out rows; else they are seeded random tokens, as the data went away.
    """

    answers: int
    mean: float
    largest: float
    held_out: bool

    @property
    def words(self) -> str:
        """The measurement in a sentence."""
        what = "answers of held-out rows" if self.held_out else "random answers"
        return (
            f"Merged and trained model were compared on {self.answers} {what}, computed in fp32 with the weights of this file: "
            f"an answer's sum of log-probabilities differs by {self.mean:.2g} nats in the mean, by {self.largest:.2g} at most."
        )
