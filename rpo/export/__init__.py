"""What leaves with a run that is over: its adapter, the whole model, files for llama.cpp, each with a model card.

Importing this is cheap: torch, transformers and peft come with the first file that needs them.
"""

from rpo.export.card import card_of
from rpo.export.exported import Export, delete_export, exports, room
from rpo.export.job import exporting, request
from rpo.export.kinds import ExportKind, kind_named
from rpo.export.upload import push
from rpo.export.write import check, write

__all__ = [
    "Export",
    "ExportKind",
    "card_of",
    "check",
    "delete_export",
    "exporting",
    "exports",
    "kind_named",
    "push",
    "request",
    "room",
    "write",
]
