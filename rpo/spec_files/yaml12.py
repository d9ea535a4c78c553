"""YAML as its version 1.2 reads it (core schema, yaml.org/spec/1.2.2, section 10.3): PyYAML alone follows 1.1.

There `no` is false, `1e-5` a text, `010` eight, and `12:30` a number; here none of them is. A key may stand once.
"""

import json
import re
from collections import Counter
from typing import Any

import yaml

INT = r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+"
FLOAT = r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
PLAIN = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (INT, list("-+0123456789")),
    "float": (FLOAT, list("-+0123456789.")),
}
"""Kind of a value without quotes -> how it is written, and its first letters; the first kind that fits counts."""


class _Loader(yaml.SafeLoader):
    """PyYAML's safe loader with the rules of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - as PyYAML declares it

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """A mapping in which each key stands once."""
        seen = set[Any]()
        for key, _ in node.value:
            name = key.value
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"{name} stands there twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


def _int(loader: Any, node: Any) -> int:
    text = loader.construct_scalar(node)
    return int(text, {"0o": 8, "0x": 16}.get(text[:2], 10))


def _float(loader: Any, node: Any) -> float:
    text = loader.construct_scalar(node).lower()
    return float(text.replace(".inf", "inf").replace(".nan", "nan"))


for kind, (written, first) in PLAIN.items():
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{kind}", re.compile(rf"^(?:{written})$"), first)
_Loader.add_constructor("tag:yaml.org,2002:int", _int)
_Loader.add_constructor("tag:yaml.org,2002:float", _float)


def load_json(text: str) -> Any:
    """A text in braces, where also a key may stand once: JSON, or else YAML; raises what PyYAML raises."""
    try:
        return json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError:
        return load_yaml(text)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    often = Counter(name for name, _ in pairs)
    if often and often.most_common(1)[0][1] > 1:
        raise ValueError(f"{often.most_common(1)[0][0]} stands there twice")
    return dict(pairs)


def load_yaml(text: str) -> Any:
    """The one document of a text; raises what PyYAML raises."""
    return yaml.load(text, _Loader)
