"""The lesson's lab: the toy's worlds as data, and the HTML, CSS and JavaScript that train it in the browser.

A page hands these to a Components v2 component. The JavaScript repeats `rpo.teaching.toy`, so that nothing is sent while it runs;
a test holds both to the same figures. The state is a function of settings and steps: a setting changed on the way trains anew.
"""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from rpo.settings import from_text, misread, range_of
from rpo.teaching import toy
from rpo.teaching.toy import Method, Toy

HTML, CSS, JS = (Path(__file__).with_name(f"lab.{kind}").read_text(encoding="utf-8") for kind in ("html", "css", "js"))
WORLD_NAMES = {"unpaired": "pairs, single answers", "paired": "pairs only"}
WIDTHS = {"4": "hardly any", "12": "near prompts", "30": "far ones too"}
TAU_RANGE = (0.02, 5.0)  # of the whole range of tau the part that the slider shows
LAB_TAU = 0.3  # with which the lab opens


def settings_of(asked: Mapping[str, Any]) -> dict[str, str]:
    """The lab's settings from an address or from the browser; what is missing or nonsense is as when the lab opens first."""
    kind, width = str(asked.get("kind")), str(asked.get("width"))
    seed, tau = _number(asked.get("seed")), from_text("tau", _said(asked), LAB_TAU)
    return {
        "kind": kind if kind in WORLD_NAMES else "unpaired",
        "tau": f"{tau:g}",
        "width": width if width in WIDTHS else "12",
        "seed": str(int(seed) if seed in range(toy.SEEDS) else 0),
    }


def refused_settings(asked: Mapping[str, Any]) -> str:
    """Why the lab does not open with the τ of an address, in words; "" where it does, or where none is asked for."""
    wrong = misread("tau", _said(asked))
    return wrong and f"{wrong}; the lab opens with {LAB_TAU:g}"


def changed_settings(settings: Mapping[str, str]) -> dict[str, str]:
    """Those that are not as when the lab opens, for an address."""
    usual = settings_of({})
    return {word: value for word, value in settings.items() if value != usual[word]}


def lab_data(settings: Mapping[str, Any], verdict: str = "", large: bool = False) -> dict[str, Any]:
    """What the browser needs: the toy's constants, every seed's world, and the settings to open with.

    `verdict` is said of E once its run is long enough, in the world in which it holds; until there is one the lab does not run.
    """
    return {**_worlds(), "settings": dict(settings), "verdict": verdict, "large": large}


@cache
def _worlds() -> dict[str, Any]:
    worlds = [Toy(seed).drawn for seed in range(toy.SEEDS)]
    sides = {kind: Toy(paired=kind == "paired") for kind in WORLD_NAMES}
    return {
        "names": toy.PROMPT_NAMES,
        "methods": [str(method) for method in Method],
        "centres": toy.CENTRES,
        "beta": toy.TOY_BETA,
        "length": toy.STEP_LENGTH,
        "most": toy.MOST_STEPS,
        "taus": TAU_RANGE,
        "range": range_of("tau"),
        "kinds": WORLD_NAMES,
        "widths": WIDTHS,
        "sides": {kind: {"liked": one.liked, "disliked": one.disliked} for kind, one in sides.items()},
        "worlds": [{"angles": angles.tolist(), "start": start.tolist()} for angles, start in worlds],
    }


def _said(asked: Mapping[str, Any]) -> str:
    return str(asked.get("tau") or "")


def _number(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        return -1.0
