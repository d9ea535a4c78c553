"""Questions across prompts are drawn by seed, balanced over nearness, with no text twice and no prompt that a panel asks."""

from collections import Counter
from itertools import pairwise

import pytest

from rpo import weights
from rpo.errors import RpoError
from rpo.preferences import EMBEDDED, EMBEDDED_LOG, load
from rpo.voting import Answer, AskedOf, Ballots, Comparison, Nearness, draw_questions
from rpo.voting.questions.drawing import edges, questions_a_part

OF = AskedOf(EMBEDDED, weights.ENCODER)


@pytest.mark.parametrize("count", [1, 6, 20, 60])
def test_every_part_gets_as_many_or_one_more(count):
    found = Counter(one.nearness for one in draw_questions(OF, count))
    assert found.total() == count
    assert max(found[part] for part in Nearness) - min(found[part] for part in Nearness) <= 1


@pytest.mark.parametrize("seed", range(3))
def test_no_text_comes_twice_and_no_prompt_meets_itself(seed):
    found = draw_questions(OF, 40, seed)
    texts = [text for one in found for text in (one.chosen_prompt, one.chosen, one.rejected_prompt, one.rejected)]
    assert len(set(texts)) == len(texts)


def test_answers_are_those_of_the_data():
    rows = {row["prompt"]: row for row in load(EMBEDDED).rows}
    for one in draw_questions(OF, 20):
        assert one.chosen == rows[one.chosen_prompt]["chosen"]
        assert one.rejected == rows[one.rejected_prompt]["rejected"]


def test_nearer_parts_have_higher_cosines():
    found = draw_questions(OF, 60)
    means = [[one.cosine for one in found if one.nearness is part] for part in Nearness]
    means = [sum(cosines) / len(cosines) for cosines in means]
    assert means == sorted(means, reverse=True)
    assert means[0] > means[-1] + 0.2


def test_a_seed_draws_the_same_again_and_another_seed_others():
    assert draw_questions(OF, 12, 3) == draw_questions(OF, 12, 3)
    assert draw_questions(OF, 12, 3) != draw_questions(OF, 12, 4)


def test_prompts_that_panels_ask_are_left_out():
    asked = sorted(load(EMBEDDED).prompts)[:100]
    pairs = [Comparison(prompt, Answer("a", "one"), Answer("b", "two")) for prompt in asked[:60]]
    Ballots.here().make_panel("blind", pairs)
    drawn = draw_questions(OF, 40, leave_out=asked[60:])
    assert not {text for one in drawn for text in (one.chosen_prompt, one.rejected_prompt)} & set(asked)


@pytest.mark.parametrize(
    ("of", "count"),
    [(OF, 0), (OF, 101), (AskedOf(EMBEDDED_LOG, weights.ENCODER), 5)],
    ids=["none", "too many", "single answers"],
)
def test_what_cannot_be_drawn_is_refused(of, count):
    with pytest.raises(RpoError):
        draw_questions(of, count)


def test_data_with_too_few_prompts_are_refused():
    with pytest.raises(RpoError, match="60 prompts"):
        draw_questions(OF, 20, leave_out=load(EMBEDDED).prompts[50:])


@pytest.mark.parametrize("others", [4, 10, 259, 1999])
def test_ranks_are_cut_into_parts_that_hold_all_of_them(others):
    cuts = edges(others)
    assert (cuts[0], cuts[-1]) == (0, others)
    assert all(low < high for low, high in pairwise(cuts))


def test_shares_add_up():
    assert [sum(questions_a_part(count).values()) for count in range(1, 30)] == list(range(1, 30))
