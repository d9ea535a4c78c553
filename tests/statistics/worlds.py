"""Where simulated votes come from."""

AGREE = 0.657  # how often two of AlpacaEval's human annotators chose alike


def split_prompts(draw, prompts, votes, rate, ties, agree=AGREE):
    """Outcomes (P, V): each prompt has a win rate of its own (beta), so that two decided votes agree so often at one half."""
    alike = 2 * agree - 1
    own = draw.beta(*((side * (1 - alike) / alike) for side in (rate, 1 - rate)), (prompts, 1))
    outcomes = (draw.random((prompts, votes)) < own).astype(float)
    outcomes[draw.random(outcomes.shape) < ties] = 0.5
    return outcomes
