"""What is written down of a run, as types: each record is checked when it is read (`rpo.storage.validated`).

Not the names of the files and not their writer: those are `rpo.runs.run` and `rpo.runs.recorder`.
"""

from rpo.records.files import EstimatedTime, Inputs, Label, Launch, Opened, Submission, Summary, SummaryFigures, TrackerNote, Work
from rpo.records.lines import AnswerRecord, CurveRecord, EvaluationRecord, LogratiosRecord, SampleRecord, SftRecord

__all__ = [
    "AnswerRecord",
    "CurveRecord",
    "EstimatedTime",
    "EvaluationRecord",
    "Inputs",
    "Label",
    "Launch",
    "LogratiosRecord",
    "Opened",
    "SampleRecord",
    "SftRecord",
    "Submission",
    "Summary",
    "SummaryFigures",
    "TrackerNote",
    "Work",
]
