"""A point of the plane that Tune shows: weights by the paper's τ, or by own share and likeness apart; and what they amount to.

τ is one number and sets both, so its points lie on a curve; the two dials reach the rest of the plane. Not a run's spec: M and
the encoder belong to the batch.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Union

from rpo.errors import RpoError
from rpo.fields import broken
from rpo.settings import BY_NAME, from_text, misread
from rpo.spec import DEFAULTS, Weighting

if TYPE_CHECKING:
    from torch import Tensor

    from rpo.contrast import Shares

POINT_WORDS = {"tau": "tau", "alpha": "own_share", "k": "likeness"}
"""The words of an address that name a point, and the fields of a spec for which they stand."""


@dataclass(frozen=True)
class Point:
    """Where a batch's weights stand: by `tau`, or by dials with `own_share` and `likeness` (0 for all of the others)."""

    weighting: Weighting = Weighting.CONTRAST
    tau: float = DEFAULTS.tau
    own_share: float = DEFAULTS.own_share
    likeness: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what no spec may hold, in its words."""
        if self.weighting not in (Weighting.CONTRAST, Weighting.DIALS):
            raise RpoError(
                f"a point must be by contrast (τ) or by dials, got {self.weighting}; uniform weights are own share 1/N"
            )
        for name in POINT_WORDS.values():
            rule = broken(BY_NAME[name], getattr(self, name)) or _between(name, getattr(self, name))
            if rule:
                raise RpoError(f"{name} must be {rule}, got {getattr(self, name)}; try {getattr(DEFAULTS, name)}")

    @classmethod
    def of(cls, value: Union["Point", float]) -> "Point":
        """A point as it is; a number is a temperature."""
        return value if isinstance(value, Point) else cls(tau=value)

    @classmethod
    def dials(cls, own_share: float, likeness: float = 0.0) -> "Point":
        """A point by own share and likeness."""
        return cls(Weighting.DIALS, own_share=own_share, likeness=likeness)

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> "Point":
        """What a browser says: an object with the fields of a point. Raises `RpoError` for anything else."""
        try:
            numbers = {name: float(raw[name]) for name in POINT_WORDS.values()}
            return cls(Weighting(raw["weighting"]), **numbers)
        except (KeyError, TypeError, ValueError) as error:
            names = ", ".join(one.name for one in fields(cls))
            raise RpoError(f"a point must say {names}, got {str(raw)[:200]}; reload the page") from error

    @property
    def by_tau(self) -> bool:
        """Whether one temperature sets the weights, as in the paper."""
        return self.weighting is Weighting.CONTRAST

    @property
    def address(self) -> dict[str, str]:
        """The words of an address that `point_of` reads."""
        if self.by_tau:
            return {"tau": f"{self.tau:g}"}
        return {"alpha": f"{self.own_share:g}", "k": f"{self.likeness:g}"}

    def settings(self, paired: bool) -> dict[str, Any]:
        """The fields of a `RunSpec` that train with these weights; unpaired data have no own share."""
        if self.by_tau:
            return {"tau": self.tau}
        own = {"own_share": self.own_share} if paired else {}
        return {"weighting": str(self.weighting), "likeness": self.likeness, **own}

    def within(self, others: int) -> "Point":
        """The same point of rows that have so many others: a likeness of more than there are is that of all."""
        many = self.likeness >= others and not self.by_tau
        return Point.dials(self.own_share) if many else self

    def words(self, others: int, paired: bool) -> str:
        """The point as a person names it: "τ = 0.5", or "own share 0.5, likeness 3 of 7"."""
        if self.by_tau:
            return f"τ = {self.tau:g}"
        own = f"own share {self.own_share:g}, " if paired else ""
        return f"{own}likeness {self.within(others).likeness or others:g} of {others}"

    def weights(self, cosines: "Tensor", paired: bool) -> "Tensor":
        """Weights (..., M, N) in float64 of prompts with these cosines."""
        import torch

        from rpo.contrast import dial_weights, weights_of_cosines

        if self.by_tau:
            return weights_of_cosines(cosines.to(torch.float64), self.tau)
        here = self.within(cosines.shape[-1] - paired)
        return dial_weights(cosines, self.own_share if paired else None, here.likeness or None).weights

    def shares(self, cosines: "Tensor", paired: bool) -> "Shares":
        """Own share, effective others and their mean cosine, means over the rows of (..., M, N).

        Of the rest alone, so that they are known also where the own pair takes all.
        """
        from rpo.contrast import Shares, effective_contrasts

        own = float(self.weights(cosines, paired).diagonal(dim1=-2, dim2=-1).mean()) if paired else None
        if cosines.shape[-1] == int(paired):
            return Shares(own, math.nan, math.nan)
        rest = self._rest(cosines, paired)
        return Shares(own, float(effective_contrasts(rest).mean()), float((rest * cosines).sum(-1).mean()))

    def _rest(self, cosines: "Tensor", paired: bool) -> "Tensor":
        """Rows without the own pair, each sums to 1."""
        import torch

        if not self.by_tau:
            return Point.dials(0.0, self.likeness).weights(cosines, paired)
        logits = cosines.to(torch.float64) / self.tau
        own = torch.eye(cosines.shape[-1], dtype=torch.bool) if paired else torch.zeros(cosines.shape[-2:], dtype=torch.bool)
        return logits.masked_fill(own, -math.inf).softmax(-1)


def point_of(words: Mapping[str, str]) -> Point | None:
    """The point that an address names, without what `misread_point` refuses; None where it names none. Dials go before τ."""
    found = {name: from_text(name, words.get(word), None) for word, name in POINT_WORDS.items() if not _refused(word, words)}
    known = {name: value for name, value in found.items() if value is not None}
    by = Weighting.DIALS if known.keys() & {"own_share", "likeness"} else Weighting.CONTRAST
    return Point(by, **known) if known else None


def misread_point(words: Mapping[str, str]) -> tuple[str, ...]:
    """What an address says of a point and cannot be taken, in words."""
    return tuple(fault for word in POINT_WORDS if (fault := _refused(word, words)))


def _refused(word: str, words: Mapping[str, str]) -> str:
    name, text = POINT_WORDS[word], words.get(word)
    if fault := misread(name, text):
        return fault
    rule = _between(name, from_text(name, text, 0.0))
    return rule and f"{name} must be {rule}, got {text}"


def _between(name: str, value: float) -> str:
    """The one rule of a likeness that its range does not say."""
    return "0 for all, or at least 1" if name == "likeness" and 0 < value < 1 else ""
