"""Where things live, and that files are whole."""

import errno
import json
import re
from typing import NotRequired

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import TypedDict

from rpo import storage
from rpo.errors import RpoError
from rpo.jsonl import append_line, read_lines


def test_home_follows_the_environment(rpo_home):
    assert storage.home() == rpo_home
    assert rpo_home.is_dir()


@pytest.mark.parametrize("name", ["../out", "/etc", "a/../../../b"])
def test_names_cannot_leave_home(name):
    with pytest.raises(RpoError, match="inside"):
        storage.folder(name)


def test_a_home_that_cannot_be_made_is_said_in_words(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RPO_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(RpoError, match="RPO_HOME.*folder"):
        storage.home()


def test_a_write_that_fails_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "kept.json"
    storage.write_json(path, {"a": 1})

    def half(file):
        file.write(b"{")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(RpoError, match=r"kept\.json.*No space left on device"):
        storage.write_with(path, half)
    assert storage.read_json(path) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_broken_json_is_named(tmp_path):
    (tmp_path / "x.json").write_text("{oops")
    with pytest.raises(RpoError, match=r"x\.json.*JSON"):
        storage.read_json(tmp_path / "x.json")


class Part(TypedDict, extra_items=float | None):
    """What a part of a record must say."""

    count: int


class Record(TypedDict):
    """What a record must say."""

    name: str
    share: float
    left: NotRequired[bool]
    more: NotRequired[list[float] | None]
    part: NotRequired[Part]


DEEP = b'{"name": "a", "share": ' + b"[" * 900 + b"]" * 900 + b"}"
BROKEN = {  # a record, and what is said of it
    "a number for text": (b'{"name": 7, "share": 0.5}', ["name", "text", "7"]),
    "text for a number": (b'{"name": "a", "share": "half"}', ["share", "number", "'half'"]),
    "true for a number": (b'{"name": "a", "share": true}', ["share", "number", "True"]),
    "null for a number": (b'{"name": "a", "share": null}', ["share", "number", "None"]),
    "a number for yes or no": (b'{"name": "a", "share": 1, "left": 1}', ["left", "true or false", "1"]),
    "a missing field": (b'{"name": "a"}', ["share"]),
    "an object for a list": (b'{"name": "a", "share": 1, "more": {}}', ["more", "list", "{}"]),
    "text in a list": (b'{"name": "a", "share": 1, "more": [1, "x"]}', ["more[1]", "number", "'x'"]),
    "a part that is none": (b'{"name": "a", "share": 1, "part": []}', ["part", "object", "[]"]),
    "a part that lacks a field": (b'{"name": "a", "share": 1, "part": {}}', ["part.count"]),
    "half a number in a part": (
        b'{"name": "a", "share": 1, "part": {"count": 1.5}}',
        ["part.count", "whole number", "1.5"],
    ),
    "text in a part's other fields": (
        b'{"name": "a", "share": 1, "part": {"count": 1, "x": "y"}}',
        ["part.x", "number", "'y'"],
    ),
    "no object": (b"[1, 2]", ["object", "[1, 2]"]),
    "null": (b"null", ["object", "None"]),
    "no number of JSON": (b'{"name": "a", "share": NaN}', ["JSON"]),
    "a long value": (
        b'{"name": "a", "share": "' + b"x" * 9000 + b'"}',
        ["share", "number", "'xxxxxxxxxxxx..."],
    ),
    "a deep value": (DEEP, ["share", "number", "[[[[[[[...]]]]]]]"]),
}


@pytest.mark.parametrize(("content", "about"), BROKEN.values(), ids=BROKEN)
def test_a_broken_record_is_refused_by_its_field_in_a_file_and_in_a_line(tmp_path, content, about):
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(RpoError) as found:
        storage.read_json(path, Record)
    rule = ".*".join(map(re.escape, about))
    assert re.search(f"^{re.escape(str(path))} .*{rule}", str(found.value))
    path.write_bytes(b'{"name": "a", "share": 1}\n' + content + b"\n" + content + b"\n")
    with pytest.raises(RpoError, match=r"\b2\b") as found:
        read_lines(path, Record)
    assert re.search(rule, str(found.value)) or about == ["JSON"]


@pytest.mark.parametrize(
    "record",
    [
        {"name": "a", "share": 0.5},
        {"name": "a", "share": 1, "more": None},
        {"name": "a", "share": 1, "part": {"count": 2, "kl": None, "loss": 1}},
        {"new": [[[{"a": "field of a newer version"}]]], "name": "a", "share": 1, "more": [1, 0.5]},
    ],
)
def test_a_whole_record_is_returned_as_it_was_written(tmp_path, record):
    storage.write_json(tmp_path / "x.json", record)
    assert json.dumps(storage.read_json(tmp_path / "x.json", Record)) == json.dumps(record)
    append_line(tmp_path / "x.jsonl", record)
    assert json.dumps(read_lines(tmp_path / "x.jsonl", Record)) == json.dumps([record])


@pytest.mark.weights
@given(st.lists(st.text(), min_size=1), st.lists(st.text(), min_size=1))
def test_digests_tell_contents_apart(one, other):
    assert (storage.digest(*one) == storage.digest(*other)) == (one == other)


def test_a_folder_is_whole_or_not_there(tmp_path):
    place = tmp_path / "adapter"
    storage.write_folder(place, lambda folder: (folder / "a").write_text("one"))

    def half(folder):
        (folder / "b").write_text("two")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(RpoError, match="make room"):
        storage.write_folder(place, half)
    assert [path.name for path in place.iterdir()] == ["a"]
    storage.write_folder(place, lambda folder: (folder / "c").write_text("three"))
    assert [path.name for path in place.iterdir()] == ["c"]
    assert list(tmp_path.iterdir()) == [place]
