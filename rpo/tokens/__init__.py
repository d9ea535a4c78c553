"""Texts in a model's tokens: what a row becomes, how much of it fits, and what a person is shown of that."""

from rpo.tokens.cuts import Cuts
from rpo.tokens.reading import Part, Piece, Reading
from rpo.tokens.report import Report, report

__all__ = ["Cuts", "Part", "Piece", "Reading", "Report", "report"]
