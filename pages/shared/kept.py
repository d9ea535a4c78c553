"""Fields that keep what was typed: over a visit of other pages by Streamlit's session, over a reload by the page's address."""

from typing import Any, TypeVar

from pages.shared import deep_link

T = TypeVar("T")
LARGEST = 1e12  # of a number without an upper end


def text(place: Any, label: str, word: str, default: str = "", **more: Any) -> str:
    """A text field; the address says `word` where it holds something else than its default."""
    return noted(word, place.text_input(label, deep_link.asked(word, default), **lasting(word), **more), default)


def number(place: Any, label: str, word: str, ends: tuple[Any, Any], default: Any, **more: Any) -> Any:
    """A number field between two ends; what the address says beside them, or what is no number, is as if it said nothing."""
    least, most = ends
    began = within(deep_link.asked(word), least, most, default)
    return noted(word, place.number_input(label, least, most, began, **lasting(word), **more), default)


def within(said: str, least: Any, most: Any, default: Any) -> Any:
    """The number that an address says, of the default's type."""
    try:
        value = type(default)(said)
    except ValueError:
        return default
    return value if least <= value <= (LARGEST if most is None else most) else default


def flag(place: Any, label: str, word: str, default: bool, **more: Any) -> bool:
    """A switch."""
    began = {"true": True, "false": False}.get(deep_link.asked(word), default)
    return noted(word, place.toggle(label, began, **lasting(word), **more), default)


def choice(show: Any, label: str, word: str, options: list[str], **more: Any) -> str:
    """One of these, the first where nothing was chosen; `show` is Streamlit's widget for it."""
    said = deep_link.asked(word)
    return noted(word, show(label, options, default=said if said in options else options[0], **lasting(word), **more), options[0])


def option(place: Any, label: str, word: str, options: list[str], first: int | None, of: str = "", **more: Any) -> str | None:
    """One of a list, or none where `first` is None; `of` names what it is a choice for, such as the data."""
    said, default = deep_link.asked(word), None if first is None else options[first]
    began = options.index(said) if said in options else first
    return noted(word, place.selectbox(label, options, began, **lasting(f"{word} {of}"), **more), default)


def lasting(word: str) -> dict[str, Any]:
    """Of a widget: it keeps its value over other pages, and a default that changes later begins nothing anew.

    Enough by itself where an address must not decide, such as where a secret is sent.
    """
    return {"key": f"kept {word}", "persist_state": "session"}


def noted(word: str, value: T, default: T) -> T:
    """The value, after the address was brought up to it."""
    if value == default:
        deep_link.drop(word)
    else:
        deep_link.carry(word, str(value).lower() if isinstance(value, bool) else str(value))
    return value
