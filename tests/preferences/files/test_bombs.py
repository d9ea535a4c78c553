"""Small files that say they hold gigabytes: each is refused in words, and the memory of this process stays small."""

import gzip
import io
import random
import zipfile

import psutil
import pyarrow
import pytest
from pyarrow import ipc, parquet

from rpo.errors import RpoError
from rpo.preferences import load
from rpo.preferences.files import limits, readers, unpacking
from rpo.preferences.files import parquet as unpacked

pytestmark = pytest.mark.weights  # it works in processes of its own
MIB = 1 << 20


def repeated(path, rows, size, store_schema=False):
    """Rows that all point to one value of so many bytes, unlike in what is rejected."""
    value = pyarrow.array(["x" * size])
    many = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * rows, pyarrow.int32()), value)
    rejected, chosen = pyarrow.array([f"b{n}" for n in range(rows)]), pyarrow.array(["a"] * rows)
    table = pyarrow.table({"prompt": many, "chosen": chosen, "rejected": rejected})
    parquet.write_table(table, path, compression="zstd", store_schema=store_schema)


def nested(path, rows, size):
    """Conversations whose turns all say the same."""
    turns = [pyarrow.array(["user"] * rows), pyarrow.array(["x" * size] * rows)]
    spoken = pyarrow.StructArray.from_arrays(turns, ["role", "content"])
    lists = pyarrow.ListArray.from_arrays(pyarrow.array(range(rows + 1), pyarrow.int32()), spoken)
    parquet.write_table(pyarrow.table({"chosen": lists, "rejected": lists}), path, compression="zstd")


def arrow(path, rows, size, packed):
    """The same as Arrow, in one batch: one value for all rows, or many that are packed."""
    texts = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * rows, pyarrow.int32()), pyarrow.array(["x" * size]))
    prompts = pyarrow.array(["x" * size] * rows, pyarrow.large_string()) if packed else texts
    batch = pyarrow.record_batch({"prompt": prompts, "chosen": ["a"] * rows, "rejected": [f"b{n}" for n in range(rows)]})
    options = ipc.IpcWriteOptions(compression="zstd")
    with ipc.new_stream(path, batch.schema, options=options) as writer:
        writer.write_batch(batch)


def packed_once_more(path, pack):
    """A Parquet file that is small in itself and holds much, in another package."""
    inner = path.with_name("inner.parquet")
    repeated(inner, 3000, MIB)
    path.write_bytes(pack(inner.read_bytes()))


def zipped(data):
    with zipfile.ZipFile(out := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("b.parquet", data)
    return out.getvalue()


def zst(data):
    return pyarrow.Codec("zstd").compress(data, asbytes=True)


LINES = b'{"prompt": "%s", "chosen": "a", "rejected": "b"}\n' % (b"p" * MIB)
BOMBS = {
    "a large value": ("a.parquet", lambda path: repeated(path, 24, 80 * MIB), "may unpack to 64 MiB"),
    "one value again and again": ("a.parquet", lambda path: repeated(path, 3000, MIB), "may unpack to 64 MiB"),
    "kept as a dictionary": ("a.parquet", lambda path: repeated(path, 3000, MIB, store_schema=True), "may unpack to 64 MiB"),
    "turns of one text": ("a.parquet", lambda path: nested(path, 200, MIB // 4), "may unpack to 64 MiB"),
    "a row beyond a line": ("a.parquet", lambda path: repeated(path, 2, 40 * MIB), "a row may have 32 MiB, row 1 has more"),
    "Arrow, one value": ("a.arrow", lambda path: arrow(path, 3000, MIB, packed=False), "may unpack to 64 MiB"),
    "Arrow, packed": ("a.arrow", lambda path: arrow(path, 200, MIB, packed=True), "may unpack to 64 MiB"),
    "a Parquet in a zip": ("a.zip", lambda path: packed_once_more(path, zipped), "b.parquet: .*may unpack to 64 MiB"),
    "a Parquet in zstd": ("a.parquet.zst", lambda path: packed_once_more(path, zst), "may unpack to 64 MiB"),
    "a text in zstd": ("a.jsonl.zst", lambda path: path.write_bytes(zst(LINES) * 1000), "may unpack to 64 MiB"),
    "one frame of zstd": ("a.jsonl.zst", lambda path: path.write_bytes(zst(LINES * 300)), "may unpack to 64 MiB"),
    "one line in zstd": ("a.jsonl.zst", lambda path: path.write_bytes(zst(b"[" * (200 * MIB))), "a line may have 32 MiB"),
}


@pytest.mark.parametrize(("name", "write", "words"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_in_words(tmp_path, name, write, words):
    write(tmp_path / name)
    assert (tmp_path / name).stat().st_size < MIB // 4
    before = psutil.Process().memory_info().rss
    with pytest.raises(RpoError, match=words):
        load(str(tmp_path / name))
    assert psutil.Process().memory_info().rss - before < 256 * MIB


@pytest.fixture
def alone():
    """No process that waits from before, and none that waits afterwards."""
    end_all()
    yield
    end_all()


def at_work():
    """The processes of this one that unpack files, or wait for one."""
    live = (one for one in psutil.Process().children() if one.status() != psutil.STATUS_ZOMBIE)
    return [one for one in live if unpacking.__file__ in one.cmdline()]


def end_all():
    for process in at_work():
        process.kill()
        process.wait()


@pytest.mark.skipif(not psutil.LINUX, reason="only Linux limits a process's memory")
@pytest.mark.parametrize("name", ["a.parquet", "a.arrow", "a.parquet.gz", "a.zip"])
def test_what_takes_more_memory_than_the_limit_is_refused_by_name(tmp_path, monkeypatch, alone, name):
    monkeypatch.setattr(unpacked, "MEMORY", 32 * MIB)
    monkeypatch.setattr(limits, "SMALL", 1024 * MIB)
    large = random.Random(0).randbytes(64 * MIB)  # more than the limit by itself, so that it cannot even be sent
    ways = {
        "a.parquet": lambda path: repeated(path, 2, 80 * MIB),
        "a.arrow": lambda path: arrow(path, 80, MIB, packed=True),
        "a.parquet.gz": lambda path: path.write_bytes(gzip.compress(large, 0)),
        "a.zip": lambda path: path.write_bytes(zipped(large)),
    }
    ways[name](tmp_path / name)
    with pytest.raises(RpoError, match="32 MiB to unpack"):
        load(str(tmp_path / name))
    assert at_work() == []


def test_one_process_reads_file_after_file_also_after_one_that_it_refused(tmp_path, alone):
    repeated(tmp_path / "good.parquet", 5, 10)
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 not really")
    assert len(load(str(tmp_path / "good.parquet")).rows) == 5
    (first,) = at_work()
    with pytest.raises(RpoError, match="must be Parquet"):
        load(str(tmp_path / "bad.parquet"))
    assert at_work() == [first]
    end_all()
    (tmp_path / "good.parquet").rename(tmp_path / "again.parquet")
    assert len(load(str(tmp_path / "again.parquet")).rows) == 5


def test_whoever_stops_reading_leaves_no_process_at_work(tmp_path, alone):
    repeated(tmp_path / "a.parquet", 3000, 10_000)
    some = readers.rows(tmp_path / "a.parquet")
    assert next(some)[0] == 1
    some.close()
    assert at_work() == []


EMPTY = {".jsonl.gz": b"", ".csv.gz": b"prompt,chosen,rejected\np,a,b\n"}


@pytest.mark.parametrize("suffix", EMPTY)
def test_nothing_but_line_ends_is_refused_early(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(limits, "MOST_EMPTY_LINES", 10_000)
    path = tmp_path / f"a{suffix}"
    path.write_bytes(gzip.compress(EMPTY[suffix] + b" \n" * 9_000 * (suffix == ".jsonl.gz") + b"\n" * 11_000))
    with pytest.raises(RpoError, match="may have 10,000 empty lines in a row"):
        load(str(path))


def test_a_text_that_packs_too_well_is_refused_and_one_of_its_size_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "SMALL", 100_000)
    lines = b"".join(b'{"prompt": "%d", "chosen": "%s", "rejected": "b"}\n' % (n, b"x" * 10_000) for n in range(30))
    for name, content in (("a.jsonl", lines), ("b.jsonl.gz", gzip.compress(lines))):
        (tmp_path / name).write_bytes(content)
    assert len(load(str(tmp_path / "a.jsonl")).rows) == 30
    with pytest.raises(RpoError, match="a data file of this size may unpack to"):
        load(str(tmp_path / "b.jsonl.gz"))
