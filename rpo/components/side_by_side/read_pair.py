"""A pair for its owner to read, as harmless HTML: the prompt and both answers as raters saw them, with what raters never see.

That is the authors, who voted what and why, and what judges said. Texts are rendered as on Vote (`rendering`, `formulas`).
"""

from collections.abc import Mapping
from html import escape

from rpo.components.formulas import in_text
from rpo.components.rendering import as_html
from rpo.components.side_by_side.changes import CHANGES_STYLE, marked
from rpo.glossary import quantity
from rpo.preferences import brief, turns
from rpo.reading import PairStanding, ReadPair, RulingRead, VoteRead
from rpo.voting import Answer, NoRaterVerdict

PAIR_STYLE = """<style>
.read-pair .changes .asked { max-height: 12rem; overflow: auto }
.read-pair .changes .answer { max-height: 26rem }
.read-pair .changes small { opacity: 1 } .read-pair small b { font-weight: 600 }
.read-pair details { font-size: .875rem; margin: .2rem 0 } .read-pair summary { cursor: pointer }
.read-pair .said { list-style: none; margin: .7rem 0 0; padding: .5rem 0 0; border-top: 1px solid rgba(128, 128, 150, .35) }
.read-pair .said li { margin: 0 0 .35rem; padding: 0; font-size: .925rem; overflow-wrap: anywhere }
.read-pair .said q, .read-pair .earlier p { display: block; unicode-bidi: plaintext; text-align: start; white-space: pre-wrap }
.read-pair .tag { border: 1px solid rgba(128, 128, 150, .5); border-radius: 1rem; padding: 0 .5rem; font-size: .8rem }
</style>"""
WITHOUT_RATER: Mapping[NoRaterVerdict, str] = {
    NoRaterVerdict.IDENTICAL: "No rater saw this pair: the answers are identical, a tie.",
    NoRaterVerdict.BOTH_EMPTY: "No rater saw this pair: both answers are empty, a tie.",
    NoRaterVerdict.FIRST_EMPTY: "No rater saw this pair: the baseline's answer is empty, so the candidate wins.",
    NoRaterVerdict.SECOND_EMPTY: "No rater saw this pair: the candidate's answer is empty, so the baseline wins.",
}
NOT_MARKED = "<small>Hardly a word is the same, so none is marked.</small>"


def pair_html(pair: ReadPair, titles: Mapping[str, str], mark: bool = False) -> str:
    """The pair with its votes and verdicts; `titles` are authors' names for people, `mark` shows the words that differ."""
    texts = brief(pair.baseline.text), brief(pair.candidate.text)
    first, second, alike = marked(*texts) if mark else (*map(as_html, texts), True)
    won, _, lost = pair.counts
    answers = _answer("Baseline", pair.baseline, titles, first, lost), _answer("Candidate", pair.candidate, titles, second, won)
    body = f'<div class="changes">{_asked(pair.pair.prompt)}{"".join(answers)}</div>{"" if alike else NOT_MARKED}'
    return f'{CHANGES_STYLE}{PAIR_STYLE}<div class="read-pair">{body}{_said(pair)}</div>'


def _asked(prompt: str) -> str:
    *earlier, asked = turns(prompt)
    before = "".join(f"<p><small>{escape(str(turn.role))}</small> {escape(brief(turn.text))}</p>" for turn in earlier)
    folded = f"<details><summary>{quantity(len(earlier), 'earlier turn')}</summary>{before}</details>" if earlier else ""
    before_it = f'<div class="earlier">{folded}</div>'
    return f'<div class="asked" tabindex="0" aria-label="prompt">{before_it}{in_text(brief(asked.text))}</div>'


def _answer(side: str, answer: Answer, titles: Mapping[str, str], html: str, votes: int) -> str:
    head = f"<b>{side}</b> · <bdi>{escape(titles.get(answer.author, answer.author))}</bdi> · {quantity(votes, 'vote')}"
    cut = "<small>Cut here by the limit of tokens.</small>" if answer.cut else ""
    body = html or '<p class="missing">an empty answer</p>'
    seen = f'<div class="answer" tabindex="0" aria-label="{side}"><small>{head}</small>{body}</div>'
    return f'<div class="side">{seen}{cut}</div>'


def _said(pair: ReadPair) -> str:
    lines = [*map(_vote, pair.votes), *map(_ruling, pair.rulings)]
    if pair.pair.verdict is not None:
        lines.insert(0, f"<li>{WITHOUT_RATER[pair.pair.verdict]}</li>")
    return f'<ul class="said">{"".join(lines) or "<li>Nobody has voted on this pair yet.</li>"}</ul>'


def _vote(vote: VoteRead) -> str:
    for_whom = {1.0: "the candidate", 0.0: "the baseline"}.get(vote.outcome, "both bad" if vote.both_bad else "a tie")
    side = "left" if vote.candidate_left else "right"
    tags = " ".join(f'<span class="tag">{escape(tag)}</span>' for tag in vote.tags)
    reason = f"<q>{escape(vote.reason)}</q>" if vote.reason else ""
    return f"<li><bdi>{escape(vote.rater)}</bdi>: <b>{for_whom}</b> (candidate shown {side}) {tags}{reason}</li>"


def _ruling(one: RulingRead) -> str:
    said = {PairStanding.WON: "the candidate", PairStanding.LOST: "the baseline"}.get(one.standing, "a tie")
    reply = f"<details><summary>what it wrote</summary><q>{escape(brief(one.reply))}</q></details>" if one.reply.strip() else ""
    return f"<li>Judge <bdi>{escape(one.judge)}</bdi>: <b>{said}</b>{reply}</li>"
