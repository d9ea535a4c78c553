"""What raters' answers to cross-prompt questions say, in sentences that pages and write-ups can print."""

from math import isnan

from rpo.glossary import quantity
from rpo.statistics.intervals import Interval
from rpo.statistics.order.held import FEW_QUESTIONS, ODDS_STEP, OrderHeld
from rpo.voting.questions.types import Nearness

NO_ORDER = 0.5  # how often the order would hold if there were none
PART_NAMES = {Nearness.NEAREST: "the nearest prompts", Nearness.UNRELATED: "unrelated ones"}


def order_words(found: OrderHeld) -> str:
    """How often the order held, for prompts alike and unrelated, beside the 50 % that there would be without any order."""
    if not found.n:
        return f"None of {quantity(found.asked, 'question')} has an answer yet."
    if found.few:
        answered = f"{found.n} of {quantity(found.asked, 'question')} answered"
        return f"{answered}: too few to say how often the order holds. {FEW_QUESTIONS} are needed."
    ends = f"95 %: {found.interval.low:.0%} to {found.interval.high:.0%}"
    parts = [(found.part(one), words) for one, words in PART_NAMES.items()]
    by = ", ".join(f"{part.rate:.0%} of {part.interval.n} for {words}" for part, words in parts if part)
    share = f"The order held in {found.rate:.0%} of {quantity(found.n, 'question')} ({ends})"
    return f"{share}{by and f'; {by}'}. {_verdict(found.interval)}"


def odds_words(found: OrderHeld) -> str:
    """Whether the order holds more often for prompts that are alike, in a sentence."""
    if isnan(found.odds):
        return "Whether it depends on the cosine cannot be known from these answers."
    ends = f"95 %: {found.low_odds:.2f} to {found.high_odds:.2f}"
    odds = f"Where the cosine is higher by {ODDS_STEP}, the odds that it holds are × {found.odds:.2f} ({ends})"
    if found.low_odds <= 1 <= found.high_odds:
        return f"{odds}: these answers do not show whether it holds more often for prompts that are alike."
    return f"{odds}: it holds {'more' if found.odds > 1 else 'less'} often for prompts that are alike."


def _verdict(interval: Interval) -> str:
    if interval.low > NO_ORDER:
        return "That is more than the 50 % that there would be without any order."
    if interval.high < NO_ORDER:
        return "That is less than the 50 % that there would be without any order."
    return "The 50 % that there would be without any order is not ruled out."
