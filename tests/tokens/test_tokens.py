"""Tokens are those of the model's own chat template, for every kind of template that models come with."""

import pytest

from rpo.errors import RpoError
from rpo.tokens.tokenizer import Tokens

CHATML = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
STRICT = (
    "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role here') }}{% endif %}"
    "{% for m in messages %}{% if (m['role'] == 'user') == (loop.index0 % 2 == 1) %}{{ raise_exception('turns') }}{% endif %}"
    "<|im_start|>{{ m['role'] }}\n{{ m['content'] | trim }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
DEAF = CHATML.replace("for m in messages", "for m in messages if m['role'] != 'system'")
GEMMA = (
    "{{ bos_token }}{% for m in messages %}<start_of_turn>{{ 'model' if m['role'] == 'assistant' else m['role'] }}\n"
    "{{ m['content'] | trim }}<end_of_turn>\n{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
PHI = (
    "{% for m in messages %}<|{{ m['role'] }}|>\n{{ m['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% else %}{{ eos_token }}{% endif %}"
)
LLAMA2 = (
    "{% for m in messages %}{% if m['role'] == 'user' %}{{ bos_token }}[INST] {{ m['content'] | trim }} [/INST]"
    "{% else %} {{ m['content'] | trim }} {{ eos_token }}{% endif %}{% endfor %}"
)
THINKING = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% if m['role'] == 'assistant' and loop.last %}<think>\n\n</think>\n\n"
    "{% endif %}{{ m['content'] }}<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
HARMONY = (
    "{% for m in messages %}<|start|>{{ m['role'] }}{% if m['role'] == 'assistant' %}<|channel|>final{% endif %}<|message|>"
    "{{ m['content'] }}{% if m['role'] == 'assistant' and loop.last %}<|return|>{% else %}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|start|>assistant{% endif %}"
)
NO_END = "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}{% endfor %}<|assistant|>"
BARE = (
    "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}{% if add_generation_prompt %}assistant: {% endif %}"
)
LOUD = CHATML.replace("m['content']", "m['content'] | upper")
HELLO = [
    (CHATML, "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", "Hello.<|im_end|>"),
    (GEMMA, "<s><start_of_turn>user\nHi<end_of_turn>\n<start_of_turn>model\n", "Hello.<end_of_turn>"),
    (PHI, "<|user|>\nHi<|end|>\n<|assistant|>\n", "Hello.<|end|>"),
    (LLAMA2, "<s>[INST] Hi [/INST]", " Hello. <end>"),
    (THINKING, "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n<think>\n\n</think>\n\n", "Hello.<|im_end|>"),
    (HARMONY, "<|start|>user<|message|>Hi<|end|><|start|>assistant<|channel|>final<|message|>", "Hello.<|return|>"),
    (NO_END, "<|user|>Hi<|assistant|>", "Hello.<end>"),
    (BARE, "user: Hi\nassistant:", " Hello.<end>"),
    (STRICT, "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n", "Hello.<|im_end|>"),
    (LOUD, "<|im_start|>user\nHI<|im_end|>\n<|im_start|>assistant\n", "Hello.<end>"),
    (None, "\n\nHuman: Hi\n\nAssistant:", " Hello.<end>"),
]
CHAT = "<|im_start|>system\nBe kind.<|im_end|>\n<|im_start|>user\nSay 0<|im_end|>\n<|im_start|>assistant\n"


def read(tokens, prompt, answer="Hello."):
    row = tokens.row(prompt, answer)
    return tuple(tokens.tokenizer.decode(ids) for ids in (row.prompt, row.answers[0]))


@pytest.mark.parametrize(("template", "prompt", "answer"), HELLO)
def test_a_row_is_what_the_template_writes(speaking, template, prompt, answer):
    tokens = speaking(template)
    assert read(tokens, "Hi") == (prompt, answer)
    assert read(tokens, "Hi", " \nHello.\n") == (prompt, answer) or not getattr(tokens.form, "trims", False)
    assert tokens.ends[0] == tokens.row("Hi", "Hello.").answers[0][-1]
    assert tokens.tokenizer.eos_token_id in tokens.ends
    if template not in (None, NO_END, BARE, LOUD):
        said = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello."}]
        assert tokens.tokenizer.apply_chat_template(said, tokenize=False).startswith(prompt + answer)
    assert bool(tokens.form.note) == (template in (NO_END, BARE, LOUD))


@pytest.mark.parametrize(
    ("template", "prompt", "answer", "right", "says"),
    [
        (CHATML, CHAT, "a<|im_end|>", CHAT, "a<|im_end|>"),
        (CHATML, CHAT.strip(), "a<|im_end|>\n", CHAT, "a<|im_end|>"),
        (CHATML, CHAT.removesuffix("<|im_start|>assistant\n"), "<|im_start|>assistant\na<|im_end|>", CHAT, "a<|im_end|>"),
        (CHATML, CHAT + "Sure, ", "a", CHAT + "Sure,", "a<|im_end|>"),
        (GEMMA, "<start_of_turn>user\nHi<end_of_turn>\n", "a", "<s>" + HELLO[1][1][3:], "a<end_of_turn>"),
        (LLAMA2, "<s>[INST] Hi [/INST]", "a </s>", "<s>[INST] Hi [/INST]", " a </s> <end>"),
        (LLAMA2, "<s>old</s> price", "a", "<s>[INST] <s>old</s> price [/INST]", " a <end>"),
        (CHATML, "What is <|im_end|>?", "a", HELLO[0][1].replace("Hi", "What is <|im_end|>?"), "a<|im_end|>"),
        (None, "\n\nHuman: Hi\n\nAssistant: ", "Hello.", "\n\nHuman: Hi\n\nAssistant:", " Hello.<end>"),
        (None, "TL;DR:", " a day", "\n\nHuman: TL;DR:\n\nAssistant:", " a day<end>"),
    ],
)
def test_marks_that_are_there_are_not_written_twice(speaking, template, prompt, answer, right, says):
    assert read(speaking(template), prompt, answer) == (right, says)


def test_prompts_that_are_taken_as_they_are_can_be_counted(speaking):
    tokens = speaking(CHATML)
    assert [tokens.ready(text) for text in (CHAT, "Hi", "What is <|im_end|>?")] == [True, False, False]
    assert [tokens.quotes(text) for text in (CHAT, "Hi", "What is <|im_end|>?")] == [False, False, True]
    assert not speaking(None).ready("\n\nHuman: Hi\n\nAssistant:")


PIRATE = "\n\nSystem: Talk like a pirate.\n\nHuman: Name a boat.\n\nHuman: Now.\n\nAssistant:"


@pytest.mark.parametrize("template", [STRICT, DEAF])
def test_a_template_without_a_system_turn_has_it_in_the_first_user_turn(speaking, template):
    prompt, _ = read(speaking(template), PIRATE)
    assert prompt.startswith("<|im_start|>user\nTalk like a pirate.\n\nName a boat.\n\nNow.<|im_end|>")
    assert "<|im_start|>system\nTalk like a pirate.<|im_end|>" in read(speaking(CHATML), PIRATE)[0]


@pytest.mark.parametrize("template", [STRICT, CHATML + "{{ messages[0].tools[0] }}", "{% broken"])
def test_what_a_template_refuses_is_said_in_words(speaking, template):
    with pytest.raises(RpoError, match="a chat template must take a dialogue of"):
        speaking(template).row("\n\nAssistant: Ahoy.\n\nHuman: Hi\n\nAssistant:", "a")


def test_a_cut_answer_has_no_end_and_one_that_fits_keeps_it(speaking):
    tokens = speaking(CHATML, prompt_tokens=20, answer_tokens=10)
    end = tokens.ends[0]
    for length in (1, 9, 10, 11, 100):
        answer = tokens.row("x" * 100, "y" * length).answers[0]
        assert len(answer) == min(length + 1, 10)
        assert (end in answer) == (length <= 9)
    assert tokens.sizes("x" * 100, "y" * 9, "y" * 99).answers == (10, 100)
    assert len(tokens.prompt("x" * 100)) == 20
    assert tokens.prompt("x" * 100) == speaking(CHATML).prompt("x" * 100)[-20:]


@pytest.mark.parametrize("template", [CHATML, GEMMA, None, "{{ messages[-1]['content'] }}"])
@pytest.mark.parametrize("prompt_tokens", [1, 2, 256])
def test_there_is_always_a_token_to_predict_the_first_of_an_answer_from(speaking, template, prompt_tokens):
    for prompt in ("", " ", "Hi"):
        row = speaking(template, prompt_tokens, 1).row(prompt, "Hello.", "")
        assert 1 <= len(row.prompt) <= prompt_tokens
        assert all(len(answer) == 1 for answer in row.answers)


def test_a_cut_prompt_keeps_the_token_that_all_begin_with(speaking):
    cut = speaking(GEMMA, prompt_tokens=40)
    ids = cut.prompt("x" * 100)
    assert (ids[0], len(ids)) == (cut.tokenizer.bos_token_id, 40)
    assert cut.tokenizer.decode(ids).endswith("<start_of_turn>model\n")


def test_a_tokenizer_that_ends_answers_with_nothing_is_refused(speaking):
    with pytest.raises(RpoError, match="has no `eos_token`"):
        speaking(None, eos_token=None)
    assert speaking(CHATML, eos_token=None).ends == (speaking(CHATML).ends[0],)


def test_the_rule_changes_with_template_ends_and_vocabulary(speaking):
    one = speaking(CHATML)
    assert one.rule == speaking(CHATML, 1, 1).rule
    more = speaking(CHATML)
    more.tokenizer.add_tokens(["Hello"])
    assert len({one.rule, speaking(PHI).rule, speaking(None).rule, speaking(CHATML, eos_token="<s>").rule, more.rule}) == 5


@pytest.mark.parametrize("end", [False, True])
@pytest.mark.parametrize("kind", ["bytes", "metaspace"])
@pytest.mark.parametrize("prompt", ["Hello", "\n\nHuman: Hello\n\nAssistant:"])
def test_the_blank_after_the_heading_belongs_to_the_answer(wordy, kind, end, prompt):
    tokens = wordy(kind, end)
    row, whole = tokens.row(prompt, "Hello there"), "\n\nHuman: Hello\n\nAssistant: Hello there"
    plain = tokens.tokenizer(whole, add_special_tokens=False)["input_ids"]
    assert (*row.prompt, *row.answers[0]) == (1, *plain, 2)
    assert tokens.tokenizer.convert_ids_to_tokens(row.answers[0][0])[0] in "Ġ▁"


@pytest.mark.weights
def test_rows_of_the_demo_model_are_its_template_and_its_end(real_weights):
    from rpo.preferences import EMBEDDED, load
    from rpo.spec import RunSpec
    from rpo.tokens.tokenizer import tokens_of

    tokens = tokens_of(RunSpec())
    for one in load(EMBEDDED).train.select(range(20)):
        row = tokens.row(one["prompt"], one["chosen"])
        said = [{"role": "user", "content": one["prompt"]}, {"role": "assistant", "content": one["chosen"]}]
        assert tokens.tokenizer.decode((*row.prompt, *row.answers[0])) + "\n" == tokens.tokenizer.apply_chat_template(
            said, tokenize=False
        )
        assert row.answers[0][-1] == tokens.tokenizer.eos_token_id


@pytest.mark.weights
def test_without_a_template_the_blank_is_worth_several_nats(real_weights):
    from rpo.models.load import open_policy
    from rpo.spec import RunSpec
    from rpo.tokens.types import Row

    policy = open_policy(RunSpec(), trainable=False)
    policy.tokenizer.chat_template = None
    row = Tokens(policy.tokenizer, 256, 128).row("How do I boil an egg?", "Put it into boiling water for seven minutes.")
    bare = policy.tokenizer("Put it into boiling water for seven minutes.")["input_ids"]
    with_blank, without = policy.logprobs([row, Row(row.prompt, ((*bare, 2),))]).tolist()
    assert with_blank > without + 3
