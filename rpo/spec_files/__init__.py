"""A run as a file to keep, edit and send: YAML with a comment for each field, or JSON. Not a run's own folder."""

from rpo.spec_files.changed import changed, setting
from rpo.spec_files.reading import SpecFile, read_spec
from rpo.spec_files.writing import as_json, as_yaml

__all__ = [
    "SpecFile",
    "as_json",
    "as_yaml",
    "changed",
    "read_spec",
    "setting",
]
