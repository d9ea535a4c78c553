"""Copies of parsed files: the same set, without parsing; gone, broken or of an older file they cost a parse and nothing else."""

import json
import resource
import shutil
from contextlib import contextmanager

import pytest

from rpo import storage
from rpo.preferences import cache, load, sources

ROWS = [{"prompt": f"Why {n % 7}?", "chosen": f"Because {n}.", "rejected": "No.", "topic": f"t{n % 3}"} for n in range(40)]


@pytest.fixture(autouse=True)
def every_file_is_large(monkeypatch):
    monkeypatch.setattr(cache, "LARGE", 0)
    monkeypatch.setattr(cache, "ROWS_A_BATCH", 16)


@pytest.fixture
def parses(monkeypatch):
    """Counts how often a file was parsed."""
    counted, real = [], sources.assemble
    monkeypatch.setattr(sources, "assemble", lambda *args: counted.append(args[0]) or real(*args))
    return counted


def write(path, rows):
    path.write_text("\n".join([*map(json.dumps, rows), "{broken"]), encoding="utf-8")
    return str(path)


def afresh(path, **options):
    """As another process would load it."""
    sources.forget()
    return load(path, **options)


def copies():
    return list(storage.folder("parsed").iterdir())


def test_a_copy_is_the_same_set_and_is_not_parsed_again(tmp_path, parses):
    path = write(tmp_path / "a.jsonl", ROWS)
    first, second = afresh(path), afresh(path)
    assert second is not first
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


@contextmanager
def no_room():
    """Inside, the system itself refuses to write more than 100 bytes to a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_copy_that_does_not_fit_costs_a_parse_only(tmp_path, parses):
    path = write(tmp_path / "a.jsonl", ROWS)
    with no_room():
        assert len(afresh(path).rows) == len(afresh(path).rows) == 40
    assert len(parses) == 2
    assert copies() == []


def test_a_file_added_to_the_shelf_is_parsed_once(parses):
    from rpo import preferences

    preferences.add("mine.jsonl", "\n".join(map(json.dumps, ROWS)).encode())
    assert parses == ["mine.jsonl"]
    assert len(copies()) == 1


def test_a_small_file_has_no_copy(tmp_path, monkeypatch):
    monkeypatch.setattr(cache, "LARGE", 1 << 20)
    afresh(write(tmp_path / "a.jsonl", ROWS))
    assert copies() == []


def test_the_readers_code_is_part_of_the_name(tmp_path, parses, monkeypatch):
    path = write(tmp_path / "a.jsonl", ROWS)
    afresh(path)
    code = shutil.ignore_patterns("__pycache__", "embedded_data")
    same, other = (shutil.copytree(cache.READERS, tmp_path / name, ignore=code) for name in ("same", "other"))
    (other / "files" / "readers.py").write_text("another version")
    for readers, count in ((same, 1), (other, 2)):
        monkeypatch.setattr(cache, "READERS", readers)
        afresh(path)
        assert len(parses) == count
