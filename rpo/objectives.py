"""The objectives: one entry each says what its loss looks at, and all other rooms ask the entry.

Another objective is one loss in `rpo.contrast.losses` and one member of `Objective`. Not the maths, and no torch: that comes
with a loss's first call.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import TYPE_CHECKING

from rpo.preferences import Kind

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Seen:
    """All that a loss may look at: one batch of M chosen (or liked) and N rejected (or disliked) answers, and a spec's numbers.

    `chosen` (M,) and `rejected` (N,) are log-ratios, or the policy's own log-probabilities where the entry has no `reference`;
    sums over an answer's tokens or means, as the entry's `tokens` say. `weights` (M, N) are the contrast weights, the identity
    where no prompts are embedded; `kl` is the estimate in nats of an entry with `mismatched` pairs, else 0. `link` and `noise`
    are for an entry with `links`; `form`, `centred` and `diagonal` are RPO's choices.
    """

    chosen: "Tensor"
    rejected: "Tensor"
    weights: "Tensor"
    kl: float
    beta: float
    gamma: float
    link: str
    noise: float
    form: str
    centred: bool
    diagonal: bool


class TokenSum(Enum):
    """How the log-probabilities of an answer's tokens become one number: their sum, their mean, or as the spec chooses."""

    SUMMED = auto()
    AVERAGED = auto()
    CHOSEN = auto()


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What everything but the loss itself needs to know of an objective.

    `words` are for the form that starts a run, with usual values, and `paper` is where it comes from. `contrasts`: it compares
    answers across prompts, so it needs weights, an encoder and tau. `reference`: it looks at log-ratios; without, no reference
    log-probability of a training row is computed. `mismatched`: it looks at a KL that is estimated on prompts with other
    prompts' answers, which costs a pass without gradient. `target`: it looks at gamma. `links`: its loss of a margin can be
    another than the log-sigmoid, and the chosen answers' likelihood can be added to it.
    """

    kind: Kind
    loss: Callable[[Seen], "Tensor"]
    paper: str
    words: str
    contrasts: bool = False
    reference: bool = True
    tokens: TokenSum = TokenSum.SUMMED
    mismatched: bool = False
    target: bool = False
    links: bool = False


def _rpo(seen: Seen) -> "Tensor":
    from rpo.contrast.losses import centre, diagonal_loss, rpo_loss

    sides = (seen.chosen, seen.rejected)
    chosen, rejected = centre(*sides) if seen.centred else sides
    if seen.diagonal:
        return diagonal_loss(chosen, rejected, seen.beta, link=seen.link, noise=seen.noise)
    return rpo_loss(chosen, rejected, seen.weights, seen.beta, seen.form, seen.link, seen.noise)


def _dpo(seen: Seen) -> "Tensor":
    from rpo.contrast.losses import dpo_loss

    return dpo_loss(seen.chosen, seen.rejected, seen.beta, seen.link, seen.noise)


def _ipo(seen: Seen) -> "Tensor":
    from rpo.contrast.losses import ipo_loss

    return ipo_loss(seen.chosen, seen.rejected, seen.beta)


def _kto(seen: Seen) -> "Tensor":
    from rpo.contrast.losses import kto_loss

    return kto_loss(seen.chosen, seen.rejected, seen.kl, seen.beta)


def _simpo(seen: Seen) -> "Tensor":
    from rpo.contrast.losses import simpo_loss

    return simpo_loss(seen.chosen, seen.rejected, seen.beta, seen.gamma)


def _bco(seen: Seen) -> "Tensor":
    from rpo.contrast.losses import bco_loss

    return bco_loss(seen.chosen, seen.rejected, seen.beta)


class Objective(StrEnum):
    """What is minimised. A member is its name as JSON, forms and f-strings have it, and carries its entry."""

    RPO_PAIRED = (
        "rpo-paired",
        Entry(
            kind=Kind.PAIRED,
            loss=_rpo,
            contrasts=True,
            tokens=TokenSum.CHOSEN,
            links=True,
            paper="arXiv 2402.10958",
            words="RPO compares every chosen with every rejected answer of a batch, weighted by how alike their prompts are. "
            "Usual: β 0.1, τ 0.5.",
        ),
    )
    RPO_UNPAIRED = (
        "rpo-unpaired",
        Entry(
            kind=Kind.UNPAIRED,
            loss=_rpo,
            contrasts=True,
            paper="arXiv 2402.10958",
            words="RPO compares every liked with every disliked answer of a batch, weighted by how alike their prompts are. "
            "Usual: β 0.1, τ 0.75.",
        ),
    )
    DPO = (
        "dpo",
        Entry(
            kind=Kind.PAIRED,
            loss=_dpo,
            tokens=TokenSum.CHOSEN,
            links=True,
            paper="arXiv 2305.18290",
            words="DPO compares the two answers to each prompt. Usual: β 0.1.",
        ),
    )
    IPO = (
        "ipo",
        Entry(
            kind=Kind.PAIRED,
            loss=_ipo,
            tokens=TokenSum.CHOSEN,
            paper="arXiv 2310.12036",
            words="IPO pulls the log-ratios of each prompt's two answers apart until they differ by 1/(2β). "
            "IPO sums log-ratios over an answer's tokens, as the RPO paper's code does. IPO's authors and TRL take the mean a "
            "token: their β is not comparable with this one.",
        ),
    )
    KTO = (
        "kto",
        Entry(
            kind=Kind.UNPAIRED,
            loss=_kto,
            mismatched=True,
            paper="arXiv 2402.01306",
            words="KTO judges each answer by itself, against a KL to the reference that is estimated on other prompts' answers. "
            "Usual: β 0.1.",
        ),
    )
    SIMPO = (
        "simpo",
        Entry(
            kind=Kind.PAIRED,
            loss=_simpo,
            reference=False,
            tokens=TokenSum.AVERAGED,
            target=True,
            paper="arXiv 2405.14734",
            words="SimPO compares the mean log-probabilities a token of each prompt's two answers, without a reference: β scales "
            "them, and nothing pulls the policy back. Usual: β 2 to 2.5, γ 0.3 to 1.6.",
        ),
    )
    BCO = (
        "bco",
        Entry(
            kind=Kind.UNPAIRED,
            loss=_bco,
            paper="arXiv 2404.04656",
            words="BCO judges each answer by itself, against δ, the middle between the mean rewards of liked and disliked "
            "answers. Here δ is the batch's own; TRL keeps a running mean. Usual: β 0.1.",
        ),
    )

    entry: Entry

    def __new__(cls, name: str, entry: Entry) -> "Objective":
        """A member that is its name."""
        member = str.__new__(cls, name)
        member._value_, member.entry = name, entry
        return member

    @property
    def kind(self) -> Kind:
        """The kind of data it learns from."""
        return self.entry.kind

    @property
    def contrasts(self) -> bool:
        """Whether it compares answers across prompts, and so needs an encoder and tau."""
        return self.entry.contrasts

    @property
    def ignored(self) -> tuple[str, ...]:
        """Those of a spec's fields that this objective has no use for and others have: they must be left at their defaults."""
        return tuple(name for name, looked_at in OWN.items() if not looked_at(self.entry))


OWN: dict[str, Callable[[Entry], bool]] = {
    "length_normalised": lambda entry: entry.tokens is TokenSum.CHOSEN,
    "gamma": lambda entry: entry.target,
    "link": lambda entry: entry.links,
    "noise": lambda entry: entry.links,
    "nll": lambda entry: entry.links,
    "own_share": lambda entry: entry.contrasts and entry.kind is Kind.PAIRED,
    "likeness": lambda entry: entry.contrasts,
    "true_contrasts": lambda entry: entry.contrasts and entry.kind is Kind.PAIRED,
}
"""Fields of a spec that only some objectives look at, and which do."""
