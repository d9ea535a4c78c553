"""The policy: a causal language model with a LoRA adapter; with the adapter off it is its own reference.

Rows are packed (`rpo.training.packing`) and the language-model head runs only where an answer's token is predicted.
Log-probabilities are sums over the answer's tokens in float32 (bf16 sums step by whole nats). Not a trainer and not a server.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from rpo import weights
from rpo.errors import RpoError
from rpo.preferences import turns
from rpo.training.packing import Packed, Row, pack

if TYPE_CHECKING:
    from rpo.training.spec import RunSpec


class Policy:
    """A language model that scores and writes answers."""

    def __init__(self, model: Any, tokenizer: Any, prompt_tokens: int = 256, answer_tokens: int = 128) -> None:
        self.model, self.tokenizer = model, tokenizer
        self.prompt_tokens, self.answer_tokens = prompt_tokens, answer_tokens
        if tokenizer.eos_token_id is None:
            raise RpoError("the tokenizer must have an end-of-sequence token; set `eos_token` in its configuration")
        self.pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.model.device

    def row(self, prompt: str, *answers: str) -> Row:
        """Tokens of a prompt and its answers; a long prompt loses its beginning, a long answer its end."""
        ids = [(*self._plain(answer)[: self.answer_tokens - 1], self.tokenizer.eos_token_id) for answer in answers]
        return Row(tuple(self._prompt(prompt)[-self.prompt_tokens :]), tuple(ids))

    def logprobs(self, rows: Sequence[Row]) -> Tensor:
        """Summed log-probabilities of all answers of all rows, row by row: (answers,) float32, with gradient if enabled."""
        packed = pack(rows, self.pad, self.device)
        logits = self._logits(packed)
        picked = logits.gather(1, packed.targets[:, None]).squeeze(1) - logits.logsumexp(1)
        return picked.new_zeros(packed.answers).index_add(0, packed.owners, picked)

    @torch.no_grad()
    def kl(self, rows: Sequence[Row]) -> float:
        """KL(policy ‖ reference) in nats a token, exact over the vocabulary, averaged over the rows' answer positions."""
        packed = pack(rows, self.pad, self.device)
        policy = self._logits(packed).log_softmax(1)
        with self.reference():
            reference = self._logits(packed).log_softmax(1)
        return (policy.exp() * (policy - reference)).sum(1).mean().item()

    @contextmanager
    def reference(self) -> Iterator[None]:
        """Inside, the adapter is off: the model is the reference."""
        if not hasattr(self.model, "disable_adapter"):
            yield
            return
        with self.model.disable_adapter():
            yield

    @torch.no_grad()
    def write(self, prompts: Sequence[str], new_tokens: int) -> list[str]:
        """Greedy answers of at most `new_tokens` tokens to a batch of prompts."""
        rows = [self._prompt(prompt)[-self.prompt_tokens :] for prompt in prompts]
        longest = max(map(len, rows))
        ids = torch.tensor([[self.pad] * (longest - len(row)) + row for row in rows], device=self.device)
        mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows], device=self.device)
        written = self.model.generate(
            input_ids=ids, attention_mask=mask, max_new_tokens=new_tokens, do_sample=False, pad_token_id=self.pad
        )
        return [text.strip() for text in self.tokenizer.batch_decode(written[:, longest:], skip_special_tokens=True)]

    def save(self, folder: Path) -> None:
        """Save the adapter; plain `PeftModel.from_pretrained` opens it."""
        self.model.save_pretrained(folder, safe_serialization=True)

    def _logits(self, packed: Packed) -> Tensor:
        """Logits (answer tokens, vocabulary) in float32."""
        inputs = {"input_ids": packed.ids, "attention_mask": packed.mask, "position_ids": packed.positions, "use_cache": False}
        if self.plain_head:
            causal = self._causal
            hidden = causal.get_decoder()(**inputs).last_hidden_state
            return causal.get_output_embeddings()(hidden.flatten(0, 1)[packed.sources]).float()
        columns, places = (packed.sources % packed.ids.shape[1]).unique(return_inverse=True)
        logits = self.model(**inputs, logits_to_keep=columns).logits
        return logits[packed.sources // packed.ids.shape[1], places].float()

    @property
    def _causal(self) -> Any:
        """The language model itself, its adapter's layers included."""
        return self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model

    @cached_property
    @torch.no_grad()
    def plain_head(self) -> bool:
        """Whether logits are the output embedding of the last hidden state and nothing more; some models scale or cap them."""
        causal, ids = self._causal, torch.tensor([[self.pad, self.pad]], device=self.device)
        try:
            short = causal.get_output_embeddings()(causal.get_decoder()(input_ids=ids, use_cache=False).last_hidden_state)
        except (AttributeError, TypeError):
            return False
        return torch.allclose(short, causal(input_ids=ids, use_cache=False).logits, rtol=1e-4, atol=1e-4)

    def _prompt(self, prompt: str) -> list[int]:
        if self.tokenizer.chat_template is None:
            text = prompt if prompt.rstrip().endswith("Assistant:") else f"\n\nHuman: {prompt}\n\nAssistant:"
            return self.tokenizer(text)["input_ids"]
        messages = [{"role": str(turn.role), "content": turn.text} for turn in turns(prompt)]
        text = self.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return self._plain(text)

    def _plain(self, text: str) -> list[int]:
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]


def device() -> torch.device:
    """The best device of this machine: CUDA, Apple's, or the CPU."""
    if torch.cuda.is_available():
        return torch.device("cuda")
    return torch.device("mps" if torch.backends.mps.is_available() else "cpu")


def describe(place: torch.device) -> str:
    """The device in words, for the page."""
    if place.type == "cuda":
        return f"{torch.cuda.get_device_name(place)}, bf16 weights, fp32 sums"
    return "Apple GPU, fp32" if place.type == "mps" else f"CPU, {torch.get_num_threads()} threads, fp32"


def open_policy(spec: RunSpec, adapter: Path | None = None, *, trainable: bool = True) -> Policy:
    """The spec's model with a fresh seeded adapter, with a saved one, or (not trainable, no adapter) bare as the baseline."""
    from peft import LoraConfig, PeftModel, get_peft_model
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils.logging import disable_progress_bar

    disable_progress_bar()  # opening takes a second; its bars would only break ours
    place, where = device(), weights.locate(spec.model)
    model: Any
    dtype = torch.bfloat16 if place.type == "cuda" else torch.float32
    try:
        tokenizer = AutoTokenizer.from_pretrained(where, trust_remote_code=False)
        model = AutoModelForCausalLM.from_pretrained(where, dtype=dtype, use_safetensors=True, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise RpoError(f"the model must be a folder or hub id with safetensors, {spec.model!r} did not open: {error}") from error
    if adapter is not None:
        model = PeftModel.from_pretrained(model, str(adapter))
    elif trainable:
        torch.manual_seed(spec.seed)
        lora = LoraConfig(
            r=spec.lora_rank, lora_alpha=spec.lora_alpha, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM"
        )
        model = get_peft_model(model, lora)
    return Policy(model.to(place).eval(), tokenizer, spec.prompt_tokens, spec.answer_tokens)
