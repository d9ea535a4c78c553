"""The base model of a run as others know it: its id on the hub and its licence, as far as they are known here."""

from pathlib import Path

from rpo import weights

DEMO_ID, DEMO_LICENCE = "HuggingFaceTB/SmolLM2-135M-Instruct", "apache-2.0"


def hub_name(model: str) -> str:
    """The base's id on the hub; "" for a folder of this machine."""
    if model == weights.MODEL:
        return DEMO_ID
    return "" if Path(weights.locate(model)).is_dir() else model


def base_name(model: str) -> str:
    """The base's id on the hub, or its folder's name: a path of this machine says nothing elsewhere."""
    return hub_name(model) or Path(model).name


def licence(model: str) -> str:
    """The licence that the base's own card names, as the hub abbreviates it; "" where no card of it is here."""
    if model == weights.MODEL:
        return DEMO_LICENCE
    from huggingface_hub import metadata_load, try_to_load_from_cache

    where = Path(weights.locate(model))
    found = where / "README.md" if where.is_dir() else try_to_load_from_cache(model, "README.md")
    if not isinstance(found, str | Path) or not Path(found).is_file():
        return ""
    said = (metadata_load(found) or {}).get("license")
    return said if isinstance(said, str) else ""
