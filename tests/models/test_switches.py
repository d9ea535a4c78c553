"""The private switches are there and do what we use them for, in whatever versions of peft and transformers are installed."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from transformers import PretrainedConfig

from rpo.models import attention, switches
from rpo.models.load import open_policy
from rpo.models.policy import POLICY, REFERENCE
from rpo.spec import RunSpec

pytestmark = pytest.mark.usefixtures("known_layouts")
ROOT = Path(__file__).parent.parent.parent
PRIVATE = {value for name, value in vars(switches).items() if name.isupper()}
OWN = {"rpo/judging/endpoints/client.py", "rpo/runs/backends/ray_client.py", "rpo/voting/panels.py", "rpo/voting/session.py"}
"""Files that use a private name of another package than peft, transformers and torch."""


@pytest.fixture
def policy(tiny_model, tmp_path):
    """A policy whose adapter changes what it says, and a reference with another adapter."""
    spec = RunSpec(model=str(tiny_model), prompt_tokens=8, answer_tokens=8)
    policy = open_policy(spec)
    pulled(policy, 0.5)
    policy.save(tmp_path / "other")
    pulled(policy, -0.25)
    return policy, tmp_path / "other"


def pulled(policy, strength):
    for name, parameter in policy.trainable().items():
        if "lora_B" in name:
            torch.nn.init.constant_(parameter, strength)


def said(policy):
    with torch.no_grad():
        return policy.logprobs([policy.row("Why?", "So it is.")])


def layers(policy):
    from peft.tuners.tuners_utils import BaseTunerLayer

    return [module for module in policy.model.modules() if isinstance(module, BaseTunerLayer)]


@pytest.mark.parametrize("name", [switches.ADAPTER_OFF, switches.ADAPTERS_ON])
def test_every_tuner_layer_of_peft_has_the_switch(policy, name):
    found = layers(policy[0])
    assert found
    assert all(hasattr(layer, name) for layer in found)


def test_without_its_adapter_a_model_is_the_base_model_and_then_itself_again(policy):
    one = policy[0]
    before = said(one)
    with switches.without_adapter(layers(one)):
        off = said(one)
    with one.model.disable_adapter():  # peft's public way
        assert torch.equal(said(one), off)
    assert torch.equal(said(one), before)
    assert (before - off).abs() > 1e-3


def test_with_another_adapter_it_is_what_peft_makes_of_it(policy):
    one, other = policy
    before = said(one)
    one.set_reference(other)
    with switches.using_adapter(layers(one), REFERENCE, POLICY):
        tuned = said(one)
    one.model.set_adapter(REFERENCE)
    assert torch.equal(said(one), tuned)
    one.model.set_adapter(POLICY)
    assert torch.equal(said(one), before)
    assert (before - tuned).abs() > 1e-3


def test_gradients_are_as_they_were_after_a_switch(policy):
    one = policy[0]
    before = list(one.trainable())
    with switches.without_adapter(layers(one)):
        assert list(one.trainable()) == before
    with pytest.raises(ZeroDivisionError), switches.without_adapter(layers(one)):
        _ = 1 / 0
    assert list(one.trainable()) == before
    assert not any(getattr(layer, switches.ADAPTER_OFF) for layer in layers(one))


@pytest.mark.parametrize("name", attention.FORMER)
def test_a_model_says_with_which_attention_it_was_opened(tiny_model, name):
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(tiny_model, attn_implementation=name)
    assert switches.attention_of(model) == name
    assert switches.takes_attention(model) is True


def test_a_configuration_has_the_switch_of_attention():
    assert hasattr(PretrainedConfig(), switches.ATTENTION)


def test_no_other_file_uses_what_a_package_keeps_to_itself():
    """An attribute of somebody else that begins with an underscore, or one of the names above as text."""
    found = {}
    for path in sorted((ROOT / "rpo").rglob("*.py")):
        name = str(path.relative_to(ROOT))
        if name != "rpo/models/switches.py" and name not in OWN and (uses := private(ast.parse(path.read_text()))):
            found[name] = uses
    assert found == {}


def private(tree):
    """What an enum or a class documents, like `_value_` and `__doc__`, ends with an underscore too."""
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and node.value in PRIVATE]
    foreign = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and node.attr.startswith("_") and not node.attr.endswith("_")
    ]
    names = [ast.unparse(node) for node in foreign if not node.attr.endswith("_") and not ours(node.value)]
    return texts + [name for name in names if name != "os._exit"]  # Python documents it


def ours(value):
    return isinstance(value, ast.Name) and value.id in ("self", "cls")


OPENED = """
import sys
from rpo.models.load import open_policy
from rpo.resources.shapes import shape
from rpo.spec import RunSpec
spec = RunSpec(model=sys.argv[1], prompt_tokens=24, answer_tokens=12)
shape(spec.model)
open_policy(spec)
from importlib.util import find_spec
from peft.import_utils import is_bnb_available
is_bnb_available()  # as peft itself asks at times
open_policy(spec)
print("peft" in sys.modules, "bitsandbytes" in sys.modules, find_spec("bitsandbytes") is not None, is_bnb_available())
"""


@pytest.mark.weights
def test_a_model_that_is_not_in_four_bits_loads_no_bitsandbytes_and_leaves_it_to_be_found(tiny_model):
    pytest.importorskip("bitsandbytes", reason="bitsandbytes is not installed (pip install -e '.[qlora]')")
    done = subprocess.run([sys.executable, "-c", OPENED, tiny_model], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", "False", "True", "True"]
