"""Random clicks of a rater against a plain dictionary, and the events replayed against the votes."""

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import select

from rpo.voting import Ballots, Options, Seat
from rpo.voting.database.schema import EVENTS
from tests.voting.conftest import comparisons

PAIRS = 5
words = st.sampled_from([("left", False, ""), ("right", False, "clearer"), ("tie", False, ""), ("tie", True, "both wrong")])


class Rater(RuleBasedStateMachine):
    """`votes` is what should stand, `skipped` the order of skips, `open` the ballot on the screen, `old` those before it."""

    @initialize()
    def sit(self):
        self.ballots = Ballots("sqlite://")
        self.panel = self.ballots.make_panel("a panel", comparisons(PAIRS), options=Options(repeats=0))
        self.rater_session = self.ballots.rater_session(Seat(self.panel, "Ann"))
        self.votes, self.skipped, self.old = {}, [], []
        self.look()

    def look(self):
        self.open = self.rater_session.next()

    @precondition(lambda self: self.open)
    @rule(word=words)
    def cast(self, word):
        self.rater_session.cast(self.open, *word)
        self.votes[self.open.prompt] = word
        self.forget_skip(self.open.prompt)
        self.old.append((self.open, word))
        self.look()

    @precondition(lambda self: self.old)
    @rule(place=st.integers(0, 100))
    def fire_again(self, place):
        ballot, word = self.old[place % len(self.old)]
        self.rater_session.cast(ballot, *word)

    @precondition(lambda self: self.open)
    @rule()
    def skip(self):
        self.rater_session.skip(self.open)
        self.rater_session.skip(self.open)
        self.forget_skip(self.open.prompt)
        self.skipped.append(self.open.prompt)
        self.look()

    @rule()
    def undo(self):
        taken = self.rater_session.undo()
        assert (taken is None) == (not self.votes)
        if taken:
            assert taken.prompt == list(self.votes)[-1]
            del self.votes[taken.prompt]
            self.look()
            assert self.open.revision == taken.revision or self.open.prompt != taken.prompt

    @precondition(lambda self: self.votes)
    @rule(word=words, place=st.integers(0, 100))
    def revise(self, word, place):
        own = self.rater_session.earlier()
        chosen = own[place % len(own)]
        self.rater_session.cast(chosen.ballot, *word)
        del self.votes[chosen.ballot.prompt]
        self.votes[chosen.ballot.prompt] = word

    @precondition(lambda self: self.votes)
    @rule()
    def skip_what_has_a_vote(self):
        self.rater_session.skip(self.rater_session.earlier()[0].ballot)

    @rule()
    def take_another_device(self):
        self.rater_session = self.ballots.rater_session(Seat(self.panel, "Ann"))
        assert self.rater_session.next() == self.open

    def forget_skip(self, comparison):
        self.skipped = [other for other in self.skipped if other != comparison]

    @invariant()
    def the_database_agrees(self):
        stored = self.ballots.votes(self.panel)
        assert [(vote.prompt, (vote.choice, vote.both_bad, vote.reason)) for vote in stored] == list(self.votes.items())
        assert [one.ballot.prompt for one in self.rater_session.earlier()] == list(self.votes)[::-1]
        progress = self.rater_session.progress()
        assert (progress.done, progress.total, progress.skipped) == (len(self.votes), PAIRS, len(self.skipped))
        assert (self.open is None) == (len(self.votes) == PAIRS)
        if self.open:
            all_skipped = len(self.skipped) + len(self.votes) == PAIRS
            assert self.open.prompt == self.skipped[0] if all_skipped else self.open.prompt not in self.skipped
        assert replayed(self.ballots, self.panel) == self.votes


def replayed(ballots, panel):
    """The events alone, in the order they came, into a dictionary."""
    standing, asked = {}, {name: pair.prompt for name, pair in ballots.comparisons(panel).items()}
    with ballots.database.engine.connect() as connection:
        for row in connection.execute(select(EVENTS).where(EVENTS.c.panel == panel).order_by(EVENTS.c.number)):
            if row.act == "vote":
                standing.pop(asked[row.comparison], None)
                standing[asked[row.comparison]] = (row.choice, row.both_bad, row.reason)
            elif row.act == "undo":
                standing.pop(asked[row.comparison], None)
    return standing


class RaterForLong(Rater):
    """The same, many more times."""


TestRater = Rater.TestCase
TestRater.settings = settings(max_examples=5, stateful_step_count=12, deadline=None)
TestRaterForLong = pytest.mark.weights(RaterForLong.TestCase)
TestRaterForLong.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
