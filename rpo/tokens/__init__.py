"""Texts in a model's tokens: what a row becomes, how much of it fits, and what a person is shown of that."""

from rpo.tokens.cuts import Cuts
from rpo.tokens.reading import Part, TokenPiece, TokenReading
from rpo.tokens.report import DataReport, report

__all__ = ["Cuts", "DataReport", "Part", "TokenPiece", "TokenReading", "report"]
