"""The loss of an objective as a formula in LaTeX, for a model card. The losses themselves: `rpo.contrast.losses`."""

from rpo.fields import Weighting
from rpo.objectives import Objective
from rpo.spec import RunSpec

OWN_PAIRS = r"-\frac{1}{M}\sum_i \log\sigma(\beta\,d_{ii})"
INSIDE = r"-\frac{1}{MN}\sum_{i,j} \log\sigma(\beta\,W_{ij}\,d_{ij})"
OUTSIDE = r"-\frac{1}{M}\sum_{i,j} W_{ij}\log\sigma(\beta\,d_{ij})"
DIAGONAL = r"-\frac{0.8}{M}\sum_i \log\sigma(\beta\,d_{ii}) - \frac{0.2}{M(M-1)}\sum_{i\ne j} \log\sigma(\beta\,d_{ij})"
LOSSES = {
    Objective.DPO: OWN_PAIRS,
    Objective.IPO: r"\frac{1}{M}\sum_i \left(d_{ii}-\frac{1}{2\beta}\right)^2",
    Objective.KTO: r"\frac{1}{M+N}\left[\sum_i (1-\sigma(\beta(c_i-z))) + \sum_j (1-\sigma(\beta(z-r_j)))\right]",
    Objective.SIMPO: r"-\frac{1}{M}\sum_i \log\sigma(\beta\,d_{ii}-\gamma)",
    Objective.BCO: r"-\frac{1}{M+N}\left[\sum_i \log\sigma(\beta c_i-\delta) + \sum_j \log\sigma(\delta-\beta r_j)\right]",
}
RATIOS = "c_i and r_j are the log-ratios to the reference of chosen and rejected answers, in nats, and d_ij = c_i − r_j"
PLAIN = "c_i and r_j are the model's own mean log-probabilities a token of chosen and rejected answers, and d_ij = c_i − r_j"
MORE_SYMBOLS = {
    Objective.KTO: "; z is the estimated KL to the reference, at least 0",
    Objective.BCO: "; δ is the middle between the mean rewards of both sides of the batch",
}


def formula(spec: RunSpec) -> str:
    """The loss of one batch of a spec."""
    if not spec.objective.contrasts:
        return LOSSES[spec.objective]
    if spec.weighting is Weighting.DIAGONAL:
        return DIAGONAL
    return INSIDE if spec.form == "inside" else OUTSIDE


def symbols(spec: RunSpec) -> str:
    """What the letters of the formula stand for, in a sentence, with the run's numbers."""
    said = RATIOS if spec.objective.entry.reference else PLAIN
    means = ", each the mean over an answer's tokens" if spec.length_normalised else ""
    centred = "; each pair's mean log-ratio is taken off first" if spec.centred else ""
    gamma = f", γ = {spec.gamma:g}" if spec.objective.entry.target else ""
    weighed = f"; W_ij are the weights of the contrasts ({spec.weights_in_words})" if spec.objective.contrasts else ""
    return f"{said}{means}{centred}{weighed}{MORE_SYMBOLS.get(spec.objective, '')}. β = {spec.beta:g}{gamma}."
