"""The policy: a causal language model with a LoRA adapter, and its reference: the adapter off, or as an SFT stage left it.

Rows are packed (`rpo.training.packing`) and the language-model head runs only where an answer's token is predicted.
Log-probabilities are sums over the answer's tokens in float32 (bf16 sums step by whole nats). Not a trainer and not a server,
and it does not open models: that is `rpo.training.opening`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from rpo import home
from rpo.errors import RpoError
from rpo.training import attention
from rpo.training.head import summed_logprobs
from rpo.training.packing import Packed, Row, pack
from rpo.training.parallel import laid_out_like, whole
from rpo.training.tokens import Tokens

POLICY, REFERENCE = "default", "reference"  # names of the adapters


class Policy:
    """A language model that scores and writes answers."""

    def __init__(self, model: Any, tokenizer: Any, prompt_tokens: int = 256, answer_tokens: int = 128) -> None:
        self.model, self.tokenizer = model, tokenizer
        self.prompt_tokens, self.answer_tokens, self.checkpointing = prompt_tokens, answer_tokens, False
        self.tokens = Tokens(tokenizer, prompt_tokens, answer_tokens)
        self.pad = self.tokens.pad

    @property
    def device(self) -> torch.device:
        """Where it computes."""
        return self.model.device

    def row(self, prompt: str, *answers: str) -> Row:
        """Tokens of a prompt and its answers; a long prompt loses its beginning, a long answer its end."""
        return self.tokens.row(prompt, *answers)

    def logprobs(self, rows: Sequence[Row]) -> Tensor:
        """Summed log-probabilities of all answers of all rows, row by row: (answers,) float32, with gradient if enabled."""
        packed = self._packed(rows)
        where = (packed.targets, packed.owners, packed.answers)
        if self.plain_head:
            return summed_logprobs(self._hidden(packed), self._causal.get_output_embeddings(), *where)
        return summed_logprobs(self._logits(packed), torch.nn.Identity(), *where)

    @torch.no_grad()
    def kl(self, rows: Sequence[Row]) -> float:
        """KL(policy ‖ reference) in nats a token, exact over the vocabulary, averaged over the rows' answer positions."""
        packed = self._packed(rows)
        policy = self._logits(packed).log_softmax(1)
        with self.reference():
            reference = self._logits(packed).log_softmax(1)
        return (policy.exp() * (policy - reference)).sum(1).mean().item()

    @contextmanager
    def reference(self) -> Iterator[None]:
        """Inside, the model is the reference: its adapter off, or the one that an SFT stage left.

        peft's own switches also turn `requires_grad` off and on, which sharded parameters do not survive.
        """
        tuned = REFERENCE in getattr(self.model, "peft_config", {})
        switch, there, back = ("_active_adapter", [REFERENCE], [POLICY]) if tuned else ("_disable_adapters", True, False)
        for layer in self._adapted:
            setattr(layer, switch, there)
        try:
            yield
        finally:
            for layer in self._adapted:
                setattr(layer, switch, back)

    def begin_at(self, adapter: Path) -> None:
        """Let policy and reference both be the base model with this saved adapter."""
        from safetensors.torch import load_file

        values = load_file(adapter / "adapter_model.safetensors")
        with torch.no_grad():
            for name, parameter in self.trainable().items():
                parameter.copy_(laid_out_like(parameter, values[name.replace(f".{POLICY}.", ".")].to(parameter.device)))
        self.refer_to(adapter)

    def refer_to(self, adapter: Path) -> None:
        """Let the reference be the base model with this saved adapter."""
        self.model.load_adapter(str(adapter), REFERENCE, is_trainable=False)

    def trainable(self) -> dict[str, torch.nn.Parameter]:
        """The adapter's parameters by name."""
        return {name: parameter for name, parameter in self.model.named_parameters() if parameter.requires_grad}

    @torch.no_grad()
    def write(self, prompts: Sequence[str], new_tokens: int, top_p: float = 0.0, seed: int = 0) -> list[str]:
        """Answers of at most `new_tokens` tokens to a batch of prompts: greedy, or seeded samples of the `top_p` nucleus."""
        rows = [self.tokens.prompt(prompt) for prompt in prompts]
        longest = max(map(len, rows))
        ids = torch.tensor([[self.pad] * (longest - len(row)) + row for row in rows], device=self.device)
        mask = torch.tensor([[0] * (longest - len(row)) + [1] * len(row) for row in rows], device=self.device)
        sampling = {"do_sample": True, "top_p": top_p, "top_k": 0, "temperature": 1.0} if top_p else {"do_sample": False}
        sampling |= {"eos_token_id": list(self.tokens.ends)}
        torch.manual_seed(seed)
        with self._fluent():
            written = self.model.generate(
                input_ids=ids, attention_mask=mask, max_new_tokens=new_tokens, pad_token_id=self.pad, **sampling
            )
        return [text.strip() for text in self.tokenizer.batch_decode(written[:, longest:], skip_special_tokens=True)]

    def checkpoint_activations(self) -> None:
        """From now on keep one activation a layer and compute the others again on the way back."""
        self.checkpointing = True
        self.model.gradient_checkpointing_enable({"use_reentrant": False})

    @contextmanager
    def _fluent(self) -> Iterator[None]:
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

        values = {name: whole(tensor).cpu() for name, tensor in get_peft_model_state_dict(self.model).items()}
        if on_disk:
            home.write_folder(folder, lambda place: self._written(place, values))

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
        layers = getattr(self._causal.get_decoder(), "layers", None)
        if layers is None:
            raise RpoError(f"a model must have decoder layers to be shared by GPUs, {type(self._causal).__name__} shows none")
        return layers

    @cached_property
    def _adapted(self) -> Sequence[Any]:
        from peft.tuners.tuners_utils import BaseTunerLayer

        return [module for module in self.model.modules() if isinstance(module, BaseTunerLayer)]

    def _packed(self, rows: Sequence[Row]) -> Packed:
        return pack(rows, self.pad, self.device, by_rows=self.by_rows)

    def _hidden(self, packed: Packed) -> Tensor:
        """Last hidden states (answer tokens, D) where an answer's token is predicted."""
        return self._causal.get_decoder()(**_inputs(packed)).last_hidden_state.flatten(0, 1)[packed.sources]

    def _logits(self, packed: Packed) -> Tensor:
        """Logits (answer tokens, vocabulary) in float32."""
        if self.plain_head:
            return self._causal.get_output_embeddings()(self._hidden(packed)).float()
        columns, places = (packed.sources % packed.ids.shape[1]).unique(return_inverse=True)
        logits = self.model(**_inputs(packed), logits_to_keep=columns).logits
        return logits[packed.sources // packed.ids.shape[1], places].float()

    @property
    def _causal(self) -> Any:
        """The language model itself, its adapter's layers included."""
        return self.model.get_base_model() if hasattr(self.model, "get_base_model") else self.model

    @cached_property
    @torch.no_grad()
    def by_rows(self) -> bool:
        """Whether attention goes row by row: on a CPU, if the model's code hands the rows through, as most does."""
        causal = self._causal
        if self.device.type != "cpu" or causal.config._attn_implementation not in ("sdpa", attention.NAME):
            return False
        rows = [Row((self.pad, 1, 2), ((3, 4), (5,))), Row((2, self.pad), ((1,),))]
        masked, lined = pack(rows, self.pad), pack(rows, self.pad, by_rows=True)
        plain = causal.get_decoder()(**_inputs(masked)).last_hidden_state.flatten(0, 1)[masked.sources]
        attention.register()
        causal.set_attn_implementation(attention.NAME)
        try:
            short = causal.get_decoder()(**_inputs(lined)).last_hidden_state.flatten(0, 1)[lined.sources]
        except (TypeError, ValueError, RuntimeError):
            short = torch.full_like(plain, torch.nan)
        order = masked.targets.argsort(), lined.targets.argsort()
        if torch.allclose(plain[order[0]], short[order[1]], rtol=1e-3, atol=1e-3):
            return True
        causal.set_attn_implementation("sdpa")
        return False

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


def _inputs(packed: Packed) -> dict[str, Any]:
    inputs = {"input_ids": packed.ids, "attention_mask": packed.mask, "position_ids": packed.positions, "use_cache": False}
    if packed.spans is None:
        return inputs
    given = packed.ids.new_empty((1, 1, 1, 1), dtype=torch.bool)  # four dimensions: transformers takes it for a finished mask
    return {**inputs, "attention_mask": given, "rows": packed.spans}
