"""What is written of a panel, to be copied; each number is from the object that the page shows. Not the figures: `statistics`."""

from rpo.reporting.sentence import first_sentence

__all__ = ["first_sentence"]
