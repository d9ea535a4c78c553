"""What the words on the pages mean, a sentence or two each, shown on hover; and how pages write counts: "1 row", "2 rows".

Not the maths: formulas and laws live with the functions that compute them (`rpo.contrast`).
"""

MEANINGS = {
    "τ": "Temperature of the contrast weights: small lets only the nearest prompts count, large lets all count alike. It means "
    "something only together with M and the encoder.",
    "β": "Strength of the pull to the reference model: a larger one lets the policy move less for the same preference. SimPO has "
    "no reference: there it only scales.",
    "γ": "Target margin of SimPO: by how much the chosen answer's reward shall lead, β times its mean log-probability a token.",
    "own share": "W_ii, the diagonal: the weight that a chosen answer gives the rejected answer of its own prompt, 0 to 1; in "
    "DPO it is 1.",
    "likeness": "On how many of the other prompts a row's remaining weight really lies, as exp of its entropy: 1 is the nearest "
    "other alone, M − 1 is all others alike.",
    "contradicted": "Of answers to two prompts: the chosen one's score is below the rejected one's, so that the data's own "
    "scores speak against the contrast, if they are on one scale for all prompts.",
    "order across prompts": "What RPO assumes of a chosen answer and the rejected answer of another prompt: the chosen one "
    "serves its own prompt better. Raters can be asked whether it does.",
    "M": "Contrast size: how many examples are contrasted with one another, M × M cells. It is part of the objective; a "
    "micro-batch is not.",
    "log-ratio": "How much likelier the policy finds an answer than the reference does, in nats: log π(y|x) − log π_ref(y|x).",
    "margin": "β times the chosen answer's log-ratio less the rejected one's, in nats; above 0 the policy prefers the chosen "
    "answer more than its reference does.",
    "reward accuracy": "Share of pairs whose margin is above 0. Before training it is 0.5 by definition.",
    "loss": "What a run makes small, on a training batch. Its scale is the objective's own: runs of different objectives, M or τ "
    "cannot be compared by it.",
    "KL": "How far the policy has moved from its reference, KL(policy ‖ reference) over the vocabulary, in nats a token of "
    "held-out answers; 0 before training.",
    "effective contrasts": "How many rejected answers a row really weighs: exp of the entropy of its weights, from 1 (its own "
    "alone) to N (all alike).",
    "directness": "The rule by which the embedded preference was written, 0 to 1: answer first, a figure, no hedging, short.",
    "reference": "The model before training (or after its SFT stage); log-ratios are measured against it.",
    "λ": "How much a judge's verdicts count beside the raters' votes, 0 (not at all) to 1: what makes the interval narrowest, "
    "measured on the prompts that both have judged (PPI++, power tuning).",
    "adapter": "The few weights that a run trains (LoRA); the model itself stays as it was.",
    "random-pair floor": "The cosine that 95 in 100 random pairs of these prompts stay below: what lies under it is unrelated.",
}


def meaning(word: str) -> str:
    """The word's sentence, for a page's hover text."""
    return MEANINGS[word]


def quantity(count: int, one: str, several: str = "") -> str:
    """A count and what is counted: "1 pair", "1,200 pairs". `several` is the plural where it is not `one` with an s."""
    return f"{count:,} {one if count == 1 else several or f'{one}s'}"


def these(count: int, one: str, several: str = "") -> str:
    """What a sentence points at: "this prompt", "these 1,200 prompts"."""
    return f"this {one}" if count == 1 else f"these {quantity(count, one, several)}"
