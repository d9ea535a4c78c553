"""The kinds of judges that can be kept, and how each is written down: an endpoint, the rule, annotations from elsewhere."""

from dataclasses import asdict, dataclass
from typing import Any

from rpo.errors import RpoError
from rpo.judging.endpoints.endpoint import Endpoint
from rpo.judging.instruction import Instruction
from rpo.judging.types import Opinion, Outcome, Question
from rpo.preferences import directness
from rpo.storage import digest

ABOUT_THE_RULE = (
    "A rule, not a model: four checks of an answer's manner (answer first, a figure, plain, short). "
    "It cannot tell right from wrong."
)


@dataclass(frozen=True)
class RuleJudge:
    """The more direct answer wins; equally direct ones tie."""

    @property
    def id(self) -> str:
        """The same on every machine."""
        return digest("rule", "directness", "1")

    @property
    def name(self) -> str:
        """Says that it is a rule."""
        return "directness (a rule, not a model)"

    def most(self, question: Question) -> float:
        """Nothing."""
        return 0.0

    def likely(self, question: Question) -> float:
        """Nothing."""
        return 0.0

    def cost(self, opinion: Opinion, question: Question) -> float:
        """Nothing."""
        return 0.0

    def ready(self) -> None:
        """Nothing to refuse: it sends nothing anywhere."""

    def ask(self, question: Question) -> Opinion:
        """Compare the shares of the four checks that hold."""
        first, second = (directness(answer).score for answer in (question.first, question.second))
        outcome = Outcome.TIE if first == second else (Outcome.FIRST if first > second else Outcome.SECOND)
        return Opinion(outcome, f"{first:.2f} against {second:.2f} of four checks")


@dataclass(frozen=True)
class Imported:
    """A judge whose opinions came in a file; it cannot be asked, and was asked in one order only."""

    annotator: str

    @property
    def id(self) -> str:
        """By its name."""
        return digest("imported", self.annotator)

    @property
    def name(self) -> str:
        """The annotator's, and where it comes from."""
        return f"{self.annotator} (imported)"


Askable = Endpoint | RuleJudge
Known = Askable | Imported
JUDGE_KINDS: dict[str, type[Known]] = {"endpoint": Endpoint, "rule": RuleJudge, "imported": Imported}


def to_record(judge: Known) -> dict[str, Any]:
    """A judge as JSON; a key is never part of it."""
    kind = next(name for name, known in JUDGE_KINDS.items() if isinstance(judge, known))
    return {"kind": kind, **{name: value for name, value in asdict(judge).items() if name != "lacks"}}


def from_record(record: dict[str, Any]) -> Known:
    """The judge that was written down."""
    about = dict(record)
    kind = about.pop("kind", None)
    if kind not in JUDGE_KINDS:
        raise RpoError(f"a judge must be one of {', '.join(JUDGE_KINDS)}, got {kind!r}; update rpo or remove the record")
    try:
        if "instruction" in about:
            about["instruction"] = Instruction(**about["instruction"])
        return JUDGE_KINDS[kind](**about)
    except (TypeError, AttributeError) as error:
        raise RpoError(f"a judge's record must have the fields of this version, but {error}; update rpo") from error
