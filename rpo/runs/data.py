"""A spec's data as its objective reads them. Not a reader of files: that is `rpo.preferences`."""

from collections.abc import Callable, Iterable

from rpo.errors import RpoError
from rpo.fields import Rejected
from rpo.glossary import quantity
from rpo.preferences import Kind, PreferenceSet, answer_scores, load, others_chosen
from rpo.preferences.holdout import asked_by_panels, reserved
from rpo.spec import RunSpec


def data_of(spec: RunSpec) -> PreferenceSet:
    """The spec's data as its objective reads them: pairs lose their pairing where it learns from single answers.

    Data that cannot carry the objective are refused, and so are rows to train on whose prompts a blind panel asks by this home's
    list. That is what a run's process knows, wherever it is.
    """
    return _data(spec, reserved)


def data_to_start(spec: RunSpec) -> PreferenceSet:
    """The same for a run that is to be started or gone on with: the votes database, where there is one, has its say too."""
    return _data(spec, asked_by_panels)


def as_learned(data: PreferenceSet, spec: RunSpec) -> PreferenceSet:
    """The data with the rejected answers that the spec takes, and without pairing where it learns from single answers."""
    data = others_chosen(data, spec.seed) if spec.rejected is Rejected.OTHERS else data
    return data.unpaired() if spec.objective.kind is Kind.UNPAIRED else data


Asked = Callable[[Iterable[str]], tuple[str, ...]]
"""Those of these prompts that a blind panel asks."""


def _data(spec: RunSpec, among: Asked) -> PreferenceSet:
    data = load(spec.data)
    if spec.objective.kind is Kind.PAIRED and data.kind is not Kind.PAIRED:
        raise RpoError(f"{spec.objective} learns from paired data, {data.name} is {data.kind}; pick other data or objective")
    data = as_learned(data, spec)
    rows = len(data.train)
    if data.kind is Kind.UNPAIRED:
        liked = sum(data.train["liked"])
        rows = min(liked, rows - liked)
    if rows < spec.contrast_size:
        raise RpoError(
            f"contrast_size must be at most the {quantity(rows, 'example')} a side to train on in {data.name}, "
            f"got {spec.contrast_size}"
        )
    if spec.true_contrasts and not answer_scores(data.train):
        raise RpoError(
            f"true_contrasts needs rows to train on with scores of both answers, {data.name} has none; leave it out, or bring "
            "data with a score of each answer"
        )
    _check_held_out(data, among)
    return data


def _check_held_out(data: PreferenceSet, among: Asked) -> None:
    prompts = data.train["prompt"][:]
    if held := set(among(prompts)):
        rows = sum(prompt in held for prompt in prompts)
        raise RpoError(
            f"no prompt of a blind panel may be trained on, {data.name} has {len(held)} in {rows} of its "
            f"{quantity(len(prompts), 'row')} to train on; leave those rows out, or pick other data"
        )
