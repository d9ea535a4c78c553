"""The loss of an objective as a formula in LaTeX, for a model card. The losses themselves: `rpo.contrast.losses`."""

from rpo.fields import Weighting
from rpo.objectives import Objective
from rpo.spec import RunSpec

OWN_PAIRS = r"-\frac{1}{M}\sum_i \log\sigma(\beta\,d_{ii})"
INSIDE = r"-\frac{1}{MN}\sum_{i,j} \log\sigma(\beta\,W_{ij}\,d_{ij})"
OUTSIDE = r"-\frac{1}{M}\sum_{i,j} W_{ij}\log\sigma(\beta\,d_{ij})"
DIAGONAL = r"-\frac{0.8}{M}\sum_i \log\sigma(\beta\,d_{ii}) - \frac{0.2}{M(M-1)}\sum_{i\ne j} \log\sigma(\beta\,d_{ij})"
LINKED_LOSSES = {
    OWN_PAIRS: r"\frac{1}{M}\sum_i \ell(d_{ii})",
    INSIDE: r"\frac{1}{MN}\sum_{i,j} \ell(W_{ij}\,d_{ij})",
    OUTSIDE: r"\frac{1}{M}\sum_{i,j} W_{ij}\,\ell(d_{ij})",
    DIAGONAL: r"\frac{0.8}{M}\sum_i \ell(d_{ii}) + \frac{0.2}{M(M-1)}\sum_{i\ne j} \ell(d_{ij})",
}
"""The same with a link ℓ of one's own."""
LINK_SYMBOLS = {"sigmoid": "−log σ(βd)", "hinge": "max(0, 1 − βd)", "squared": "(d − 1/(2β))²"}
NLL = r" - \lambda\,\overline{\log\pi}_{\mathrm{chosen}}"
LOSSES = {
    Objective.DPO: OWN_PAIRS,
    Objective.IPO: r"\frac{1}{M}\sum_i \left(d_{ii}-\frac{1}{2\beta}\right)^2",
    Objective.KTO: r"\frac{1}{M+N}\left[\sum_i (1-\sigma(\beta(c_i-z))) + \sum_j (1-\sigma(\beta(z-r_j)))\right]",
    Objective.SIMPO: r"-\frac{1}{M}\sum_i \log\sigma(\beta\,d_{ii}-\gamma)",
    Objective.BCO: r"-\frac{1}{M+N}\left[\sum_i \log\sigma(\beta c_i-\delta) + \sum_j \log\sigma(\delta-\beta r_j)\right]",
}
RATIO_SYMBOLS = "c_i and r_j are the log-ratios to the reference of chosen and rejected answers, in nats, and d_ij = c_i − r_j"
PLAIN_SYMBOLS = (
    "c_i and r_j are the model's own mean log-probabilities a token of chosen and rejected answers, and d_ij = c_i − r_j"
)
MORE_SYMBOLS = {
    Objective.KTO: "; z is the estimated KL to the reference, at least 0",
    Objective.BCO: "; δ is the middle between the mean rewards of both sides of the batch",
}


def formula(spec: RunSpec) -> str:
    """The loss of one batch of a spec."""
    compared = _compared(spec)
    linked = LINKED_LOSSES[compared] if spec.link != "sigmoid" or spec.noise else compared
    return linked + NLL * bool(spec.nll)


def _compared(spec: RunSpec) -> str:
    """What compares answers, with the log-sigmoid."""
    if not spec.objective.contrasts:
        return LOSSES[spec.objective]
    if spec.weighting is Weighting.DIAGONAL:
        return DIAGONAL
    return INSIDE if spec.form == "inside" else OUTSIDE


def symbols(spec: RunSpec) -> str:
    """What the letters of the formula stand for, in a sentence, with the run's numbers."""
    said = RATIO_SYMBOLS if spec.objective.entry.reference else PLAIN_SYMBOLS
    means = ", each the mean over an answer's tokens" if spec.length_normalised else ""
    centred = "; each pair's mean log-ratio is taken off first" if spec.centred else ""
    gamma = f", γ = {spec.gamma:g}" if spec.objective.entry.target else ""
    weighed = f"; W_ij are the weights of the contrasts ({spec.weights_in_words})" if spec.objective.contrasts else ""
    more = f"{MORE_SYMBOLS.get(spec.objective, '')}{_link(spec)}"
    likelihood = f" λ = {spec.nll:g} stands before the chosen answers' mean log-likelihood a token." if spec.nll else ""
    return f"{said}{means}{centred}{weighed}{more}. β = {spec.beta:g}{gamma}.{likelihood}"


def _link(spec: RunSpec) -> str:
    """What ℓ is, where a formula has it."""
    if spec.noise:
        swapped = f"ε = {spec.noise:g}, the share of pairs thought to be the wrong way round"
        return f"; ℓ(d) = ((1 − ε) g(d) − ε g(−d)) / (1 − 2ε) with g(d) = {LINK_SYMBOLS[spec.link]} and {swapped}"
    return "" if spec.link == "sigmoid" else f"; ℓ(d) = {LINK_SYMBOLS[spec.link]}"
