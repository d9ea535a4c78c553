"""The policy: a causal language model with a LoRA adapter, and its reference: the adapter off, or as an SFT stage left it.

Rows are laid out as the model allows (`rpo.models.packing`), and the language-model head runs only where an answer's token is
predicted. Until a cheaper layout has been checked (`rpo.models.check`) each answer passes the model plainly.
Log-probabilities are sums over the answer's tokens in float32 (bf16 sums step by whole nats). Not a trainer and not a server,
and it does not open models: that is `rpo.models.load`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rpo import storage
from rpo.errors import RpoError
from rpo.models import attention, switches
from rpo.models.distributed import full_tensor, laid_out_like
from rpo.models.generation import Writing, generate
from rpo.models.logprobs import nothing_more, seeing, summed, summed_logprobs
from rpo.models.packing import Layout, Packed, lay_out, masks
from rpo.tokens.tokenizer import Tokens
from rpo.tokens.types import Row

POLICY, REFERENCE = "default", "reference"  # names of the adapters


@dataclass(frozen=True)
class WrittenAnswer:
    """An answer, and whether the limit of its tokens `cut` it before the model had ended it."""

    text: str
    cut: bool


class Policy:
    """A language model that scores and writes answers."""

    def __init__(self, model: Any, tokens: Tokens) -> None:
        self.model, self.tokens, self.tokenizer, self.checkpointing = model, tokens, tokens.tokenizer, False
        self.pad = tokens.pad
        self.layout, self.writing = Layout.EVEN, Writing.ALONE  # the plain ways, until others are checked

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.model.device

    def row(self, prompt: str, *answers: str) -> Row:
        """Tokens of a prompt and its answers; a long prompt loses its beginning, a long answer its end."""
        return self.tokens.row(prompt, *answers)

    def logprobs(self, rows: Sequence[Row]) -> Tensor:
        """Summed log-probabilities of all answers of all rows, row by row: (answers,) float32, with gradient if enabled."""
        return torch.stack([self._scored(packed) for packed in self._laid_out(rows)]).sum(0)

    @torch.no_grad()
    def kl(self, rows: Sequence[Row]) -> float:
        """KL(policy ‖ reference) in nats a token, exact over the vocabulary, averaged over the rows' answer positions."""
        total, tokens = 0.0, 0
        for packed in self._laid_out(rows):
            policy = self._logits(packed).log_softmax(1)
            with self.reference():
                reference = self._logits(packed).log_softmax(1)
            total += (policy.exp() * (policy - reference)).sum().item()
            tokens += len(packed.targets)
        return total / tokens

    @contextmanager
    def reference(self) -> Iterator[None]:
        """Inside, the model is the reference: its adapter off, or the one that an SFT stage left."""
        tuned, layers = REFERENCE in getattr(self.model, "peft_config", {}), self._adapted
        with switches.using_adapter(layers, REFERENCE, POLICY) if tuned else switches.without_adapter(layers):
            yield

    def init_from_adapter(self, adapter: Path) -> None:
        """Let policy and reference both be the base model with this saved adapter."""
        from safetensors.torch import load_file

        values = load_file(adapter / "adapter_model.safetensors")
        with torch.no_grad():
            for name, parameter in self.trainable().items():
                parameter.copy_(laid_out_like(parameter, values[name.replace(f".{POLICY}.", ".")].to(parameter.device)))
        self.set_reference(adapter)

    def set_reference(self, adapter: Path) -> None:
        """Let the reference be the base model with this saved adapter."""
        self.model.load_adapter(str(adapter), REFERENCE, is_trainable=False)

    def trainable(self) -> dict[str, torch.nn.Parameter]:
        """The adapter's parameters by name."""
        return {name: parameter for name, parameter in self.model.named_parameters() if parameter.requires_grad}

    def write(self, prompts: Sequence[str], new_tokens: int, top_p: float = 0.0, seed: int = 0) -> list[str]:
        """The texts of `answers`."""
        return [one.text for one in self.answers(prompts, new_tokens, top_p, seed)]

    @torch.no_grad()
    def answers(self, prompts: Sequence[str], new_tokens: int, top_p: float = 0.0, seed: int = 0) -> list[WrittenAnswer]:
        """Answers of at most `new_tokens` tokens to a batch of prompts: greedy, or seeded samples of the `top_p` nucleus."""
        rows = [self.tokens.prompt(prompt) for prompt in prompts]
        sampling = {"do_sample": True, "top_p": top_p, "top_k": 0, "temperature": 1.0} if top_p else {"do_sample": False}
        sampling |= {"eos_token_id": list(self.tokens.ends)}
        torch.manual_seed(seed)
        with self.with_kv_cache():
            written = generate(self.model, rows, self.writing, self.pad, max_new_tokens=new_tokens, **sampling)
        texts = self.tokenizer.batch_decode(written, skip_special_tokens=True)
        ended = [not set(self.tokens.ends).isdisjoint(tokens) for tokens in written]
        return [WrittenAnswer(text.strip(), not end) for text, end in zip(texts, ended, strict=True)]

    def checkpoint_activations(self) -> None:
        """From now on keep one activation a layer and compute the others again on the way back."""
        self.checkpointing = True
        self.model.gradient_checkpointing_enable({"use_reentrant": False})

    @contextmanager
    def with_kv_cache(self) -> Iterator[None]:
        """Inside, the model writes with its cache of keys and values, which checkpointed activations forbid.

        Not `eval`: on a CPU that repacks bitsandbytes' weights for good, and gradients come out wrong without a word.
        """
        if not self.checkpointing:
            yield
            return
        self.model.gradient_checkpointing_disable()
        try:
            yield
        finally:
            self.checkpoint_activations()

    def save(self, folder: Path, *, on_disk: bool = True) -> None:
        """Save the adapter, whole or not at all; plain `PeftModel.from_pretrained` opens it.

        Processes that share a model must all call, and one of them writes.
        """
        from peft import get_peft_model_state_dict

        values = {name: full_tensor(tensor).cpu() for name, tensor in get_peft_model_state_dict(self.model).items()}
        if on_disk:
            storage.write_folder(folder, lambda place: self._written(place, values))

    def _written(self, place: Path, values: dict[str, Tensor]) -> None:
        from safetensors.torch import save

        data = save({name: tensor.contiguous() for name, tensor in values.items()}, {"format": "pt"})
        (place / "adapter_model.safetensors").write_bytes(data)
        config = self.model.peft_config[POLICY]
        trained, config.inference_mode = config.inference_mode, True
        try:
            config.save_pretrained(str(place))
        finally:
            config.inference_mode = trained

    @property
    def layers(self) -> Sequence[torch.nn.Module]:
        """The decoder's layers, what a sharded model is cut into."""
        layers = getattr(self.causal.get_decoder(), "layers", None)
        if layers is None:
            raise RpoError(f"a model must have decoder layers to be shared by GPUs, {type(self.causal).__name__} shows none")
        return layers

    @cached_property
    def _adapted(self) -> Sequence[Any]:
        from peft.tuners.tuners_utils import BaseTunerLayer

        return [module for module in self.model.modules() if isinstance(module, BaseTunerLayer)]

    def allows(self, layout: Layout) -> bool:
        """Whether device and architecture leave a layout worth a try; whether it is right is found by `rpo.models.check`."""
        if layout is Layout.ROWS:
            return self.device.type == "cpu" and self._former in attention.FORMER and switches.takes_attention(self.causal)
        if layout is Layout.MASKS:
            return len(set(getattr(self.causal.config.get_text_config(), "layer_types", None) or ())) > 1
        return True

    def use(self, layout: Layout) -> None:
        """From now on lay rows out like this."""
        former = self._former
        if (layout is Layout.ROWS) != (self.layout is Layout.ROWS):
            self.causal.set_attn_implementation(attention.register(former) if layout is Layout.ROWS else former)
        self.layout = layout

    def some_rows(self) -> list[Row]:
        """Seeded rows to try a layout on: one as long as can be, and short ones beside it; no padding among their tokens."""
        vocabulary, generator = self.causal.get_input_embeddings().num_embeddings, torch.Generator().manual_seed(0)
        taken = {self.pad, *self.tokenizer.all_special_ids}
        usable = [token for token in range(vocabulary) if token not in taken]
        prompts, answers = self.tokens.prompt_tokens, self.tokens.answer_tokens

        def some(count: int, most: int) -> tuple[int, ...]:
            places = torch.randint(len(usable), (max(1, min(count, most)),), generator=generator)
            return tuple(usable[place] for place in places.tolist())

        lengths = ((6, (4, 3)), (prompts, (answers, answers // 2)), (5, (2, 5)), (3, (3,)))
        return [Row(some(prompt, prompts), tuple(some(one, answers) for one in each)) for prompt, each in lengths]

    @cached_property
    def _former(self) -> str:
        """The attention implementation that the model was opened with."""
        return switches.attention_of(self.causal)

    def _laid_out(self, rows: Sequence[Row]) -> list[Packed]:
        return lay_out(rows, self.layout, self.pad, self.device)

    def _scored(self, packed: Packed) -> Tensor:
        where = (packed.targets, packed.owners, packed.answers)
        if self.plain_head:
            return summed_logprobs(self._hidden(packed), self.causal.get_output_embeddings(), *where)
        return summed(self._logits(packed), *where)

    def _hidden(self, packed: Packed) -> Tensor:
        """Last hidden states (answer tokens, D) where an answer's token is predicted."""
        return self.causal.get_decoder()(**self._inputs(packed)).last_hidden_state.flatten(0, 1)[packed.sources]

    def _logits(self, packed: Packed) -> Tensor:
        """Logits (answer tokens, vocabulary) in float32."""
        head = self.causal.get_output_embeddings()
        if self.plain_head:
            return head(self._hidden(packed)).float()
        with seeing(head, packed.sources):
            logits = self.model(**self._inputs(packed)).logits
        whole_line = logits.shape[:2] == packed.ids.shape  # of a model whose head is not a module of its own
        return (logits.flatten(0, 1)[packed.sources] if whole_line else logits[0]).float()

    def _inputs(self, packed: Packed) -> dict[str, Any]:
        """What the model is called with; unpacked lines are given as anybody would give them."""
        inputs = {"input_ids": packed.ids, "use_cache": False}
        if not self.layout.packed:
            return {**inputs, "attention_mask": packed.mask.long()} if packed.mask is not None else inputs
        inputs["position_ids"] = packed.positions
        if packed.spans is not None:
            given = packed.ids.new_empty((1, 1, 1, 1), dtype=torch.bool)  # four dimensions: taken for a finished mask
            return {**inputs, "attention_mask": given, "rows": packed.spans}
        return {**inputs, "attention_mask": masks(packed, self.layout, self.causal.config.get_text_config(), self.model.dtype)}

    @property
    def causal(self) -> Any:
        """The language model itself, its adapter's layers included."""
        return self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model

    @cached_property
    def plain_head(self) -> bool:
        """Whether logits are the output embedding of the last hidden state and nothing more."""
        last = self.causal.get_input_embeddings().num_embeddings - 1
        return nothing_more(self.causal, torch.linspace(0, last, 16, device=self.device).long()[None])
