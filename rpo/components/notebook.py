"""A batch shown in a notebook, whatever it is: pairs of texts, columns of a data set, vectors, or a batch as a run composes it.

Importing this is cheap: torch and the widget (extra `notebook`) come with the first batch.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from rpo import embeddings, weights
from rpo.errors import RpoError
from rpo.glossary import quantity
from rpo.preferences import View
from rpo.spec import DEFAULTS
from rpo.tuning import MOST_A_SIDE, Point, Sample

if TYPE_CHECKING:
    from torch import Tensor

    from rpo.components.widget import BatchWidget

FEWEST = 2  # answers a side: one alone is contrasted with nothing
PAIRED_COLUMNS, UNPAIRED_COLUMNS = ("prompt", "chosen", "rejected"), ("prompt", "answer", "liked")


def show(
    batch: "Sequence[str] | Mapping[str, Any] | Sample | np.ndarray | Tensor",
    chosen: Sequence[str] = (),
    rejected: Sequence[str] = (),
    *,
    vectors: Union[np.ndarray, "Tensor", None] = None,
    encoder: str = weights.ENCODER,
    view: View = View.LAST_TURN,
    point: Point | float = DEFAULTS.tau,
    beta: float = DEFAULTS.beta,
) -> "BatchWidget":
    """The plane and the matrix of one batch as a widget; where the reader moves it, its traits say.

    Args:
        batch: M prompts; or columns prompt, chosen, rejected (unpaired: prompt, answer, liked), such as those of
            `load(EMBEDDED).train[:8]` or a data frame; or vectors (M, D) of prompts; or a `Sample` of `rpo.tuning`.
        chosen: where `batch` is prompts or vectors, the chosen answer to each; may be left out with `rejected`.
        rejected: the rejected answer to each.
        vectors: the prompts' vectors (M, D) of paired data, of any length; where they are given no encoder is asked.
        encoder: who embeds the prompts: a Hugging Face id or a local folder.
        view: what the encoder reads of a dialogue.
        point: where the hand begins: a temperature, or a `Point` of `rpo.tuning`.
        beta: the loss's β.

    Returns:
        The widget, with traits `tau`, `own_share`, `likeness` and `picked`, which can be read, observed and set.

    Raises:
        RpoError: for fewer than 2 answers a side or more than 512, lengths that differ, vectors that are not finite or are zero,
            and where anywidget is not installed.
    """
    make, begin = _widget(), Point.of(point)
    if getattr(batch, "ndim", 1) != 1 and not _columns(batch):
        vectors = batch if vectors is None else vectors  # type: ignore[assignment]
        batch = [f"prompt {place}" for place in range(1, len(batch) + 1)]  # type: ignore[arg-type]
    sample = _sized(batch if isinstance(batch, Sample) else _sample(batch, chosen, rejected))
    return make(sample, _embedded(sample, encoder, view) if vectors is None else _known(sample, vectors), begin, beta)


def _widget() -> "type[BatchWidget]":
    try:
        from rpo.components.widget import BatchWidget
    except ModuleNotFoundError as error:
        if error.name != "anywidget":
            raise
        raise RpoError('a batch is shown by anywidget, which is not installed; pip install "rpo[notebook]"') from error
    return BatchWidget


def _columns(batch: Any) -> tuple[str, ...]:
    """The names of a table's columns, be it a dictionary, a data frame or a `Dataset`; none of what is no table."""
    names = getattr(batch, "column_names", None) or getattr(batch, "keys", tuple)()
    return tuple(map(str, names))


def _sample(batch: Any, chosen: Sequence[str], rejected: Sequence[str]) -> Sample:
    names = _columns(batch)
    if not names:
        return _pairs(batch, chosen, rejected)
    if len(chosen) or len(rejected):
        raise RpoError(
            f"answers must stand in the batch's own columns, {', '.join(names)}, or beside a list of prompts; not both"
        )
    for wanted, made in ((PAIRED_COLUMNS, _pairs), (UNPAIRED_COLUMNS, _judged)):
        if set(wanted) <= set(names):
            return made(*(batch[name] for name in wanted))
    raise RpoError(
        f"a batch must have columns {', '.join(PAIRED_COLUMNS)}, or {', '.join(UNPAIRED_COLUMNS)}, got {', '.join(names)}; "
        "`rpo.load` reads other forms into these"
    )


def _pairs(prompts: Iterable[str], chosen: Iterable[str], rejected: Iterable[str]) -> Sample:
    asked = _texts("prompts", prompts)
    good, bad = _texts("chosen", chosen), _texts("rejected", rejected)
    if (good or bad) and not len(asked) == len(good) == len(bad):
        raise RpoError(
            f"prompts, chosen and rejected must be equally many, got {len(asked)}, {len(good)} and {len(bad)}; "
            "give each prompt both answers, or none of them any"
        )
    zeros = (0.0,) * len(asked)
    return Sample(asked, asked, True, zeros, zeros, good, bad)


def _judged(prompts: Iterable[str], answers: Iterable[str], liked: Iterable[bool]) -> Sample:
    rows = list(zip(_texts("prompts", prompts), _texts("answers", answers), liked, strict=True))
    good, bad = ([row for row in rows if bool(row[2]) is side] for side in (True, False))
    (chosen, chosen_answers), (rejected, rejected_answers) = (
        (tuple(row[0] for row in side), tuple(row[1] for row in side)) for side in (good, bad)
    )
    return Sample(chosen, rejected, False, (0.0,) * len(good), (0.0,) * len(bad), chosen_answers, rejected_answers)


def _texts(name: str, texts: Iterable[str]) -> tuple[str, ...]:
    """Texts as a tuple; a single text is not one of many letters."""
    found = () if isinstance(texts, str) else tuple(texts)
    wrong = [f"a text of {quantity(len(texts), 'character')}"] if isinstance(texts, str) else []
    wrong += [f"{type(text).__name__} at place {place}" for place, text in enumerate(found) if not isinstance(text, str)]
    if wrong:
        raise RpoError(f"{name} must be a list of texts, got {wrong[0]}; vectors are given as one array (M, D)")
    return found


def _sized(sample: Sample) -> Sample:
    rows, columns, what = len(sample.chosen), len(sample.rejected), "pairs" if sample.paired else "answers a side"
    if min(rows, columns) < FEWEST or max(rows, columns) > MOST_A_SIDE:
        got = rows if sample.paired else f"{rows} chosen and {columns} rejected"
        raise RpoError(f"a batch must have {FEWEST} to {MOST_A_SIDE} {what}, got {got}; one alone is contrasted with nothing")
    return sample


def _embedded(sample: Sample, encoder: str, view: View) -> np.ndarray:
    chosen = embeddings.embed(sample.chosen, encoder, view)
    return chosen @ (chosen if sample.paired else embeddings.embed(sample.rejected, encoder, view)).T


def _known(sample: Sample, vectors: Any) -> np.ndarray:
    """Cosines (M, M) float32 of vectors that somebody else made."""
    if not sample.paired:
        raise RpoError("vectors must be those of paired data, got an unpaired batch; leave them out and name an encoder")
    values = np.asarray(vectors.detach().cpu().float() if hasattr(vectors, "detach") else vectors)
    if values.ndim != 2 or values.dtype.kind not in "fiu":
        raise RpoError(f"vectors must be numbers (M, D), got {values.dtype} of shape {values.shape}; give one row a prompt")
    if len(values) != len(sample.chosen):
        raise RpoError(f"vectors must be one a prompt, got {len(values)} for {len(sample.chosen)}; give those of this batch")
    wide = values.astype(np.float64)
    lengths = np.linalg.norm(wide, axis=1, keepdims=True)
    bad = np.flatnonzero(~np.isfinite(lengths) | (lengths == 0))
    if len(bad):
        raise RpoError(f"vectors must be finite and not zero, row {bad[0]} is not; embed that prompt again or drop it")
    if _like_cosines(wide):
        raise RpoError(
            f"vectors must be embeddings (M, D), got {wide.shape} with 1 on the diagonal, as cosines have; "
            "give the vectors they were computed from"
        )
    unit = wide / lengths
    return (unit @ unit.T).astype(np.float32)


def _like_cosines(values: np.ndarray) -> bool:
    """Whether a matrix is probably that of cosines; the identity is that of its own rows."""
    if values.shape[0] != values.shape[1] or np.allclose(values, np.eye(len(values))):
        return False
    return np.allclose(values, values.T) and np.allclose(values.diagonal(), 1)
