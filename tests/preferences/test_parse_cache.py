"""Copies of parsed files: the same set, without parsing; gone, broken or of an older file they cost a parse and nothing else."""

import errno
import json

import pytest

from rpo import storage
from rpo.preferences import load
from rpo.preferences.sources import _loaded

ROWS = [{"prompt": f"Why {n % 7}?", "chosen": f"Because {n}.", "rejected": "No.", "topic": f"t{n % 3}"} for n in range(40)]


@pytest.fixture(autouse=True)
def every_file_is_large(monkeypatch):
    monkeypatch.setattr("rpo.preferences.cache.LARGE", 0)
    monkeypatch.setattr("rpo.preferences.cache.ROWS_A_BATCH", 16)


@pytest.fixture
def parses(monkeypatch):
    """Counts how often a file was parsed."""
    from rpo.preferences import sources

    counted, real = [], sources.assemble
    monkeypatch.setattr(sources, "assemble", lambda *args: counted.append(args[0]) or real(*args))
    return counted


def write(path, rows):
    path.write_text("\n".join([*map(json.dumps, rows), "{broken"]), encoding="utf-8")
    return str(path)


def afresh(path, **options):
    """As another process would load it."""
    _loaded.cache_clear()
    return load(path, **options)


def copies():
    return list(storage.folder("parsed").iterdir())


def test_a_copy_is_the_same_set_and_is_not_parsed_again(tmp_path, parses):
    path = write(tmp_path / "a.jsonl", ROWS)
    first, second = afresh(path), afresh(path)
    assert parses == ["a.jsonl"]
    assert second.rows.to_list() == first.rows.to_list()
    assert (second.name, second.kind, second.read, second.broken) == (first.name, first.kind, 41, first.broken)
    assert second.broken[0].line == 41
    assert (second.prompts, second.slices, second.stamp) == (first.prompts, first.slices, first.stamp)
    assert second.held_out.to_list() == first.held_out.to_list()
    assert second.rows.shuffle(seed=0).cache_files == [], "nothing is written beside the copy"


def test_another_content_or_other_columns_are_parsed_and_the_old_copy_goes(tmp_path, parses):
    path = write(tmp_path / "a.jsonl", ROWS)
    afresh(path)
    assert len(afresh(write(tmp_path / "a.jsonl", ROWS[:5])).rows) == 5
    columns = {"prompt": "chosen", "chosen": "prompt", "rejected": "rejected"}
    assert afresh(path, columns=columns).prompts[0] == "Because 0."
    assert len(parses) == 3
    assert len(copies()) == 1


@pytest.mark.parametrize("content", [b"", b"garbage", None])
def test_a_broken_copy_is_made_anew(tmp_path, parses, content):
    path = write(tmp_path / "a.jsonl", ROWS)
    first = afresh(path)
    [copy] = copies()
    whole = copy.read_bytes()
    copy.write_bytes(whole[: len(whole) // 2] if content is None else content)
    for _ in range(2):
        assert afresh(path).rows.to_list() == first.rows.to_list()
    assert len(parses) == 2


def test_a_full_disk_costs_a_parse_only(tmp_path, parses, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("rpo.preferences.cache._write", full)
    path = write(tmp_path / "a.jsonl", ROWS)
    assert len(afresh(path).rows) == len(afresh(path).rows) == 40
    assert len(parses) == 2
    assert copies() == []


def test_a_file_added_to_the_shelf_is_parsed_once(parses):
    from rpo import preferences

    preferences.add("mine.jsonl", "\n".join(map(json.dumps, ROWS)).encode())
    assert parses == ["mine.jsonl"]
    assert len(copies()) == 1


def test_a_small_file_has_no_copy(tmp_path, monkeypatch):
    monkeypatch.setattr("rpo.preferences.cache.LARGE", 1 << 20)
    afresh(write(tmp_path / "a.jsonl", ROWS))
    assert copies() == []


def test_the_readers_code_is_part_of_the_name(tmp_path, parses, monkeypatch):
    path = write(tmp_path / "a.jsonl", ROWS)
    afresh(path)
    monkeypatch.setattr("rpo.preferences.cache._code", lambda: b"another version")
    afresh(path)
    assert len(parses) == 2
