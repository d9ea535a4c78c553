"""The files that data come in: each kind is read whole with a note of what is unusual, or is refused in words.

Real files, written here. A new case is one line of a table.
"""

import gzip
import io
import json
import os
import stat
import struct
import time
import zipfile

import datasets
import pyarrow
import pytest
from pyarrow import ipc, parquet

from rpo import preferences, storage
from rpo.errors import RpoError
from rpo.preferences import FILE_KINDS, cache, load, sources
from rpo.preferences.files import hub, limits, readers

ROWS = [{"prompt": f"Why {n}?", "chosen": f"So {n}.", "rejected": "No."} for n in range(3)]
TRAIN, TEST = ROWS[:2], ROWS[2:]
MESSAGES = {"prompt": [{"role": "user", "content": "Why?"}], "chosen": [{"role": "assistant", "content": "So."}]}
DIALOGUE = {**MESSAGES, "rejected": [{"role": "assistant", "content": "No."}]}


def jsonl(rows=ROWS):
    return "\n".join(map(json.dumps, rows)).encode()


def separated(by, rows=ROWS, quoted=False):
    mark = '"' if quoted else ""
    lines = [list(rows[0]), *map(dict.values, rows)]
    return "\n".join(by.join(f"{mark}{word}{mark}" for word in line) for line in lines).encode()


def zst(data):
    return pyarrow.Codec("zstd").compress(data, asbytes=True)


def table(rows=ROWS):
    return pyarrow.Table.from_pylist(rows)


def parquet_of(rows=ROWS):
    parquet.write_table(table(rows), out := io.BytesIO())
    return out.getvalue()


def arrow_of(rows=ROWS, new=ipc.new_stream):
    with new(out := io.BytesIO(), table(rows).schema) as writer:
        writer.write_table(table(rows))
    return out.getvalue()


def zipped(members, packing=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(out := io.BytesIO(), "w", packing) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def columns(rows=ROWS):
    return {name: [row[name] for row in rows] for name in rows[0]}


def write(folder, files):
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder


SPACE = b"\x50\x2a\x4d\x18\x04\0\0\0note"  # a zstd frame that holds no data
ONE_FILE = {
    "ndjson": ("a.ndjson", jsonl(), ""),
    "tsv": ("a.tsv", separated("\t"), ""),
    "jsonl, zstd": ("a.jsonl.zst", zst(jsonl()), ""),
    "zstd in frames": ("a.jsonl.zst", SPACE + zst(jsonl()[:40]) + zst(jsonl()[40:]), ""),
    "ndjson, gzip": ("a.ndjson.gz", gzip.compress(jsonl()), ""),
    "Parquet, zstd": ("a.parquet.zst", zst(parquet_of()), ""),
    "Arrow stream": ("a.arrow", arrow_of(), ""),
    "Arrow file": ("a.arrow", arrow_of(new=ipc.new_file), ""),
    "Arrow, gzip": ("a.arrow.gz", gzip.compress(arrow_of()), ""),
    "capitals": ("A.JSONL.GZ", gzip.compress(jsonl()), ""),
    "semicolons": ("a.csv", separated(";"), "The fields are separated by ';'."),
    "semicolons and quotes": ("a.csv", separated(";", quoted=True), "separated by ';'"),
    "semicolons, of Excel": ("a.csv", b"\xef\xbb\xbfsep=;\r\n" + separated(";"), "separated by ';'"),
    "commas, of Excel": ("a.csv", b'"sep=,"\r\n' + separated(","), ""),
    "semicolons after empty lines": ("a.csv", b"\n\r\n" + separated(";"), "separated by ';'"),
    "tabs as csv": ("a.csv", separated("\t"), "separated by tabs"),
    "commas as tsv": ("a.tsv.gz", gzip.compress(separated(",")), "separated by ','"),
    "splits in one json": ("a.json", json.dumps({"train": TRAIN, "test": TEST}).encode(), ""),
    "an empty split": ("a.json", json.dumps({"train": ROWS, "test": []}).encode(), ""),
    "columns in one json": ("a.json", json.dumps(columns()).encode(), ""),
    "gzip without its ending": ("a.jsonl", gzip.compress(jsonl()), "compressed with gzip, which its name does not say"),
    "zstd without its ending": ("a.csv", zst(separated(",")), "compressed with zstd, which its name does not say"),
    "gzip that is zstd": ("a.jsonl.gz", zst(jsonl()), "compressed with zstd, which its name does not say"),
    "an ending alone": ("a.jsonl.gz", jsonl(), "not compressed, although its name says so"),
    "Parquet as jsonl": ("a.jsonl", parquet_of(), "The file is Parquet, which its name does not say."),
    "Parquet without an ending": ("a", parquet_of(), "The file is Parquet, which its name does not say."),
    "Arrow without an ending": ("a.txt", arrow_of(new=ipc.new_file), "The file is Arrow, which its name does not say."),
    "Parquet in gzip": ("a.gz", gzip.compress(parquet_of()), "The file is Parquet, which"),
    "a zip as txt": ("a.txt", zipped({"a.jsonl": jsonl()}), "The file is a zip, which its name does not say."),
    "a zip": ("a.zip", zipped({"b.jsonl": jsonl()}), ""),
    "a zip, not packed": ("a.zip", zipped({"b.csv": separated(",")}, zipfile.ZIP_STORED), ""),
    "NaN beside": ("a.jsonl", jsonl([{**row, "score": float("nan"), "more": -float("inf")} for row in ROWS]), ""),
    "NaN in a json": ("a.json", json.dumps([{**row, "score": float("nan")} for row in ROWS]).encode(), ""),
    "a conversation": ("a.json", json.dumps([DIALOGUE]).encode(), ""),
    "a conversation alone": ("a.json", json.dumps(DIALOGUE).encode(), ""),
    "columns of conversations": ("a.json", json.dumps({name: [value] for name, value in DIALOGUE.items()}).encode(), ""),
}


@pytest.mark.parametrize(("name", "data", "note"), ONE_FILE.values(), ids=ONE_FILE)
def test_each_kind_of_file_is_read_whole(tmp_path, name, data, note):
    (tmp_path / name).write_bytes(data)
    found = load(str(tmp_path / name))
    wanted = ["Why?"] if b'"role"' in data else [row["prompt"] for row in ROWS]
    assert (found.rows["prompt"][:], found.broken) == (wanted, ())
    assert note in " ".join(found.notes)
    assert bool(note) == bool(found.notes), found.notes


SHARDS = {"data/train-00000-of-00002.parquet": parquet_of(ROWS[:1]), "data/train-00001-of-00002.parquet": parquet_of(ROWS[1:2])}
NAMES = ("README.md", "LICENSE", "a/b.png", ".cache/x.jsonl", "__MACOSX/b.jsonl", "dataset_infos.json")
BESIDE = dict.fromkeys(NAMES, b"{}")
SEVERAL = {
    "splits": ({"train.jsonl": jsonl(TRAIN), "test.jsonl": jsonl(TEST)}, ["test.jsonl", "train.jsonl", "train.jsonl"], ""),
    "shards": ({**SHARDS, "data/test.jsonl.zst": zst(jsonl(TEST))}, ["data/test.jsonl.zst", *SHARDS], ""),
    "kinds": (
        {"a/x.csv": separated(";", TRAIN), "b/y.tsv.gz": gzip.compress(separated("\t", TEST))},
        ["a/x.csv", "a/x.csv", "b/y.tsv.gz"],
        "The fields are separated by ';' (a/x.csv).",
    ),
    "beside": (
        {"b.jsonl": jsonl(), **BESIDE},
        ["b.jsonl"] * 3,
        "of 7 files are no data files and were not read: .cache",
    ),
    "one empty": ({"a.jsonl": jsonl(), "b.jsonl": b""}, ["a.jsonl"] * 3, "The file holds no rows (b.jsonl)."),
    "a json of splits": ({"x/a.json": json.dumps({"train": ROWS}).encode()}, ["x/a.json/train"] * 3, ""),
    "capitals": ({"TRAIN.JSONL": jsonl()}, ["TRAIN.JSONL"] * 3, ""),
    "one separator": (
        {f"{n}.csv": separated(";", [row]) for n, row in enumerate(ROWS * 2)},
        [f"{n}.csv" for n in range(6)],
        "The fields are separated by ';' (0.csv, 1.csv, 2.csv and 3 more).",
    ),
}


@pytest.mark.weights
@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
@pytest.mark.parametrize(("files", "parts", "note"), SEVERAL.values(), ids=SEVERAL)
def test_a_folder_or_zip_of_files_is_read_in_the_order_of_paths(tmp_path, files, parts, note, as_zip):
    source = write(tmp_path / "data", files) if not as_zip else write(tmp_path, {"data.zip": zipped(files)}) / "data.zip"
    notes = []
    assert [row.part for row in readers.rows(source, notes.append)] == parts
    found = load(str(source))
    assert sorted({*found.rows["prompt"]}) == [row["prompt"] for row in ROWS]
    assert found.notes == tuple(notes)
    assert note in " ".join(notes)
    assert bool(note) == bool(notes), notes


def test_what_datasets_saves_is_read_as_it_reads_it(tmp_path):
    whole = datasets.Dataset.from_list(ROWS)
    datasets.DatasetDict(train=whole.select([2, 0]), test=whole.select([1])).save_to_disk(tmp_path / "saved")
    (tmp_path / "saved" / "train" / "cache-0123.arrow").write_bytes(arrow_of([{**ROWS[0], "prompt": "Another?"}]))
    read = [(row.part.split("/")[0], row.row["prompt"]) for row in readers.rows(tmp_path / "saved")]
    assert read == [("test", "Why 1?"), ("train", "Why 2?"), ("train", "Why 0?")]
    assert "6 of 8 files are no data files and were not read: dataset_dict.json" in load(str(tmp_path / "saved")).notes[0]
    (tmp_path / "saved" / "train" / "indices.arrow").write_bytes(arrow_of([{"indices": 0}]))
    with pytest.raises(RpoError, match="datasets.load_from_disk"):
        load(str(tmp_path / "saved"))


def one(name, data=b"{}", mode=0, packing=zipfile.ZIP_DEFLATED):
    """A zip of good rows and one member more."""
    info = zipfile.ZipInfo(name)
    info.external_attr, info.compress_type = mode << 16, packing
    with zipfile.ZipFile(out := io.BytesIO(), "w") as archive:
        archive.writestr("a.jsonl", jsonl())
        archive.writestr(info, data)
    return out.getvalue()


def changed(data, place, form, value):
    """A zip whose list of files says something else of its first file."""
    out, start = bytearray(data), data.index(b"PK\x01\x02")
    struct.pack_into(form, out, start + place, value)
    return bytes(out)


def twice():
    """Two files, of which the list says that the second has the first one's name."""
    return zipped({"a.jsonl": jsonl(), "b.jsonl": jsonl(TEST)}).replace(b"b.jsonl", b"a.jsonl")


GOOD = zipped({"a.jsonl": jsonl()})
HARM = {
    "an absolute path": (one("/etc/x.jsonl"), "must have a path inside of it"),
    "a way out": (one("x/../../y.jsonl"), "must have a path inside of it"),
    "a way out of Windows": (one("..\\y.jsonl"), "must have a path inside of it"),
    "a drive": (one("C:\\y.jsonl"), "must have a path inside of it"),
    "a link": (one("l.jsonl", b"/etc/passwd", stat.S_IFLNK | 0o777), "must be a file or folder, no link"),
    "a pipe": (one("l.jsonl", b"", stat.S_IFIFO), "must be a file or folder, no link"),
    "a password": (changed(GOOD, 8, "<H", 1), "must not need a password"),
    "another packing": (one("b.jsonl", jsonl(), packing=zipfile.ZIP_LZMA), "must be packed with deflate"),
    "an unknown packing": (changed(GOOD, 10, "<H", 93), "must be packed with deflate"),
    "a zip inside": (one("b.zip", GOOD), "must not hold another, a.zip holds b.zip"),
    "a zip inside under another name": (one("b.jsonl", GOOD), "b.jsonl: a zip in a folder or in another zip is not read"),
    "one name twice": (twice(), "must have a name of its own"),
    "a size that is too small": (changed(GOOD, 24, "<I", 10), "could not be read to its end: Bad CRC"),
    "a packed size that is too large": (changed(GOOD, 20, "<I", 1 << 30), "must lie one after the other"),
    "a place that is not there": (changed(GOOD, 42, "<I", 1 << 30), "must lie one after the other"),
    "half of it": (GOOD[: len(GOOD) // 2], "must be whole"),
    "no zip": (b"not a zip", "must be whole"),
    "a broken name": (changed(changed(GOOD, 8, "<H", 0x800), 46, "B", 0xFF), "must be whole"),
    "a version of the future": (changed(GOOD, 6, "<H", 99), "must be whole"),
    "patched data": (changed(GOOD, 8, "<H", 0x20), "could not be read to its end"),
    "nothing": (zipped({}), "must hold data files .*has none .it holds nothing"),
    "no data": (zipped({"README.md": b"x", "[Content_Types].xml": b"y"}), "has none .it holds README.md, .Content_Types"),
    "a broken member": (zipped({"a.jsonl": jsonl(), "b/c.jsonl.gz": gzip.compress(jsonl())[:-9]}), "b/c.jsonl.gz could not be"),
    "a member in UTF-16": (zipped({"a.jsonl": "{}".encode("utf-16")}), "a.jsonl: text must be UTF-8"),
}


@pytest.mark.parametrize(("data", "words"), HARM.values(), ids=HARM)
def test_a_zip_that_could_do_harm_is_refused(tmp_path, data, words):
    (tmp_path / "a.zip").write_bytes(data)
    with pytest.raises(RpoError, match=words):
        load(str(tmp_path / "a.zip"))
    assert {path.name for path in tmp_path.iterdir()} <= {"a.zip", "home"}
    with pytest.raises(RpoError, match=words):
        preferences.add("a.zip", data)
    assert list(storage.folder("data").iterdir()) == []


def test_files_that_lie_over_each_other_are_refused(tmp_path):
    data = zipped({"a.jsonl": jsonl(), "b.jsonl": jsonl(TEST)})
    out, second = bytearray(data), data.rindex(b"PK\x01\x02")
    out[second + 42 : second + 46] = b"\0\0\0\0"
    (tmp_path / "a.zip").write_bytes(out)
    with pytest.raises(RpoError, match="'b.jsonl'"):
        load(str(tmp_path / "a.zip"))


def test_many_files_are_refused_before_they_are_listed(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "FILES", 5)
    many = {f"{n}.jsonl": jsonl() for n in range(6)}
    (tmp_path / "a.zip").write_bytes(zipped(many))
    for source in (tmp_path / "a.zip", write(tmp_path / "a", many)):
        with pytest.raises(RpoError, match="may hold 5 files"):
            load(str(source))
    monkeypatch.setattr(limits, "DIRECTORY", 100)
    with pytest.raises(RpoError, match="list of files may take 0 MiB"):
        load(str(tmp_path / "a.zip"))


def test_what_a_zip_holds_compressed_counts_even_where_nothing_comes_out_of_it(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "SMALL", 1000)
    (tmp_path / "a.zip").write_bytes(zipped({"a.jsonl.gz": gzip.compress(b"") * 100_000}))
    with pytest.raises(RpoError, match="a.jsonl.gz: a data file of this size may unpack to"):
        load(str(tmp_path / "a.zip"))


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
def test_files_that_are_small_alone_count_together(tmp_path, monkeypatch, as_zip):
    monkeypatch.setattr(limits, "UNPACKED", 80_000)
    rows = [{**ROWS[0], "prompt": f"{n}?", "chosen": f"{n}" * 10_000} for n in range(9)]
    files = {"a.parquet": parquet_of(rows[:3]), "b.csv": separated(",", rows[3:6]), "c.parquet": parquet_of(rows[6:])}
    for names, fit in (("ab", True), ("bc", True), ("abc", False)):
        some = {name: data for name, data in files.items() if name[0] in names}
        zip_or_folder = tmp_path / f"{names}.zip" if as_zip else write(tmp_path / names, some)
        if as_zip:
            zip_or_folder.write_bytes(zipped(some, zipfile.ZIP_STORED))
        if fit:
            assert len(load(str(zip_or_folder)).rows) == 6
            continue
        with pytest.raises(RpoError, match="c.parquet: a data file may unpack to"):
            load(str(zip_or_folder))


FOLDERS = {
    "no data": ({"README.md": b"", "x/y.png": b""}, "must hold data files .*has none .it holds README.md, x/y.png"),
    "empty": ({}, "it holds nothing"),
    "a zip in a folder": ({"a.zip": GOOD}, "has none .it holds a.zip"),
    "one broken": ({"a.jsonl": jsonl(), "x/b.parquet": b"PAR1 not really"}, "x/b.parquet: the file must be Parquet"),
}


@pytest.mark.parametrize(("files", "words"), FOLDERS.values(), ids=FOLDERS)
def test_a_folder_without_usable_data_is_refused(tmp_path, files, words):
    (tmp_path / "data").mkdir()
    with pytest.raises(RpoError, match=words):
        load(str(write(tmp_path / "data", files)))


def test_links_in_a_folder_lead_to_files_only_and_pipes_are_not_opened(tmp_path):
    write(tmp_path, {"outside/a.jsonl": jsonl(), "data/.keep": b""})
    (tmp_path / "data" / "linked.jsonl").symlink_to(tmp_path / "outside" / "a.jsonl")
    (tmp_path / "data" / "loop").symlink_to(tmp_path / "data")
    (tmp_path / "data" / "gone.jsonl").symlink_to("nothing")
    os.mkfifo(tmp_path / "data" / "pipe.jsonl")
    found = load(str(tmp_path / "data"))
    assert len(found.rows) == 3
    assert found.notes == ("4 of 5 files are no data files and were not read: .keep, gone.jsonl, loop and 1 more.",)


def test_a_folder_that_cannot_be_listed_is_refused_in_words(tmp_path, monkeypatch):
    """One whose path is longer than a path may be, which the owner of all files cannot list either."""
    write(tmp_path, {"data/a.jsonl": jsonl()})
    monkeypatch.chdir(tmp_path / "data")
    for _ in range(25):
        os.mkdir("x" * 200)  # noqa: PTH102 - by its own name: the whole path is too long
        os.chdir("x" * 200)
    with pytest.raises(RpoError, match="a folder must be one that can be listed"):
        load(str(tmp_path / "data"))


OTHERS = {
    "two lengths": {**columns(), "chosen": ["x"]},
    "one column": {"text": ["a", "b"]},
    "splits and more": {"train": ROWS, "version": 1},
    "a split of words": {"train": ROWS, "test": ["x"]},
    "empty splits": {"train": [], "test": []},
    "two conversations": {"asked": MESSAGES["prompt"], "said": MESSAGES["chosen"] * 2},
}


@pytest.mark.parametrize("said", OTHERS.values(), ids=OTHERS)
def test_a_json_that_fits_no_shape_is_one_row_as_it_ever_was(tmp_path, said):
    (tmp_path / "a.json").write_text(json.dumps(said))
    assert [row.row for row in readers.rows(tmp_path / "a.json")] == [said]


@pytest.mark.parametrize(
    "line",
    [b'{"a": NaN', b'{"a": NaN}}', b"[" * 100_000 + b"NaN", b'{"a": NaN, "b": ' + b"9" * 5000 + b"}", b'{"a": NaN, "\xff": 1}'],
)
def test_a_line_with_nan_that_is_no_json_all_the_same_costs_itself(tmp_path, line):
    (tmp_path / "a.jsonl").write_bytes(jsonl() + b"\n" + line)
    found = load(str(tmp_path / "a.jsonl"))
    assert (len(found.rows), [item.line for item in found.broken]) == (3, [4])
    assert "it must be JSON" in found.broken[0].rule


OFFSETS, BEYOND = struct.pack("<4i", 0, 5, 10, 15), struct.pack("<4i", 0, 5, 10, 1 << 28)  # where the chosen answers lie
UNCLEAR = {
    "no ending": ("a", jsonl(), "must end in"),
    "gzip of who knows what": ("a.txt", gzip.compress(jsonl()), "must end in"),
    "zstd of who knows what": ("a.zst", zst(jsonl()), "must end in"),
    "a zip in gzip": ("a.jsonl.gz", gzip.compress(GOOD), "must not be compressed once more"),
    "half a zstd": ("a.jsonl.zst", zst(jsonl())[:-3], "could not be read to its end"),
    "dirt after zstd": ("a.jsonl.zst", zst(jsonl()) + b"garbage!garbage", "could not be read to its end"),
    "half an Arrow": ("a.arrow", arrow_of()[:-200], "could not be read to its end|must be Arrow"),
    "no Arrow": ("a.arrow", b"hello, world", "must be Arrow"),
    "a mark of Arrow alone": ("a.arrow", b"ARROW1\0\0 not really", "must be Arrow|could not be read to its end"),
    "Arrow that points out of itself": ("a.arrow", arrow_of().replace(OFFSETS, BEYOND), "the file must be Arrow"),
    "two separators": ("a.csv", b"prompt;chosen\trejected\nx;y\tz", "got prompt;chosen"),
    "a name like Parquet's mark": ("a.csv", b"PAR1,x\n1,2\n", "got PAR1, x"),
}


@pytest.mark.parametrize(("name", "data", "words"), UNCLEAR.values(), ids=UNCLEAR)
def test_what_is_unclear_or_broken_is_refused(tmp_path, name, data, words):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(RpoError, match=words):
        load(str(tmp_path / name))


@pytest.mark.weights
@pytest.mark.parametrize("name", [f"mine.{kind}" if kind not in ("gz", "zst") else f"mine.csv.{kind}" for kind in FILE_KINDS])
def test_each_kind_is_taken_by_the_shelf(name):
    data = {
        "parquet": parquet_of(),
        "arrow": arrow_of(),
        "zip": zipped({"x.jsonl": jsonl()}),
        "json": json.dumps(ROWS).encode(),
        "csv": separated(","),
        "tsv": separated("\t"),
        "gz": gzip.compress(separated(",")),
        "zst": zst(separated(",")),
    }
    content = data.get(name.rsplit(".", 1)[-1], jsonl())
    assert preferences.peek(name, content).columns == tuple(ROWS[0])
    assert len(preferences.add(name, content).rows) == 3
    assert name in preferences.data_folder()
    assert sources.at_hand(name)


@pytest.mark.parametrize("name", ["a.zip.gz", "a.gz", "a.zst", "a.xlsx", "a"])
def test_a_name_that_promises_no_kind_is_not_taken(name):
    with pytest.raises(RpoError, match="end in .jsonl, .*.zip"):
        preferences.add(name, parquet_of())


@pytest.mark.parametrize("source", ["{}/owner/name", "owner/name", "./owner/name", "owner", "~/owner/name"])
def test_a_folder_that_exists_is_the_folder(tmp_path, monkeypatch, source):
    write(tmp_path / "owner" / "name", {"train.jsonl": jsonl()})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert sources.at_hand(source.format(tmp_path))
    assert len(load(source.format(tmp_path)).rows) == 3


@pytest.mark.parametrize("source", ["./nothing/here", "/nothing", "~/nothing"])
def test_a_path_that_is_not_there_is_not_asked_of_the_hub(source):
    assert sources.at_hand(source)
    with pytest.raises(RpoError, match="must be an existing file or folder"):
        load(source)


def rewrite(path, data):
    path.write_bytes(data)
    now = time.time_ns() + 10**9
    os.utime(path, ns=(now, now))


CHANGES = {
    "another content": lambda folder: rewrite(folder / "x" / "b.jsonl", jsonl([{**TEST[0], "chosen": "Sa 2."}])),
    "one more file": lambda folder: (folder / "c.jsonl").write_bytes(jsonl([{**TEST[0], "prompt": "And?"}])),
    "one file less": lambda folder: (folder / "x" / "b.jsonl").unlink(),
    "another name": lambda folder: (folder / "x" / "b.jsonl").rename(folder / "x" / "other.jsonl"),
    "something beside": lambda folder: (folder / "README.md").write_bytes(b""),
}


@pytest.mark.weights
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("large", [False, True], ids=["in memory", "as a copy"])
def test_a_folder_is_read_anew_when_any_of_its_files_changes(tmp_path, monkeypatch, change, large):
    monkeypatch.setattr(cache, "LARGE", 0 if large else 1 << 20)
    parsed, real = [], sources.assemble
    monkeypatch.setattr(sources, "assemble", lambda *args: parsed.append(args[0]) or real(*args))
    folder = write(tmp_path / "data", {"a.jsonl": jsonl(TRAIN), "x/b.jsonl": jsonl(TEST)})
    for _ in range(2):
        first = load(str(folder))
        if large:
            sources.forget()  # as in another process
    assert parsed == ["data"]
    change(folder)
    second = load(str(folder))
    assert parsed == ["data", "data"]
    assert (second.rows.to_list(), second.notes) != (first.rows.to_list(), first.notes) or change is CHANGES["another name"]


def hub_folder(path, files):
    write(path / "owner" / "name", {name: text.encode() for name, text in files.items()})


CONFIGURATION = "- config_name: {0}\n  data_files: {0}.jsonl\n"
ON_THE_HUB = {
    "no train": (
        {"test.jsonl": jsonl(TEST).decode(), "validation.jsonl": jsonl(TRAIN).decode()},
        "",
        "must have the split 'train', it has (validation, test|test, validation); name one of them: owner/name:(test|validation)",
    ),
    "not that split": ({"train.jsonl": jsonl().decode()}, ":dev", "must have the split 'dev', it has train; name one of them"),
    "configurations": (
        {
            "README.md": f"---\nconfigs:\n{CONFIGURATION.format('en')}{CONFIGURATION.format('de')}---\n",
            "en.jsonl": jsonl().decode(),
            "de.jsonl": jsonl().decode(),
        },
        "",
        r"several configurations \(en, de\); download the files of one",
    ),
    "no data": ({"README.md": "x"}, "", "'owner/name' could not be fetched from the hub"),
}


@pytest.mark.parametrize(("files", "split", "words"), ON_THE_HUB.values(), ids=ON_THE_HUB)
def test_what_the_hubs_library_refuses_is_said_with_the_step(tmp_path, monkeypatch, files, split, words):
    """A data set of the hub that lies in a folder here: the library reads both alike."""
    hub_folder(tmp_path, files)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    with pytest.raises(RpoError, match=words):
        hub.fetched(f"owner/name{split}")


def test_a_split_that_is_there_is_fetched(tmp_path, monkeypatch):
    hub_folder(tmp_path, {"test.jsonl": jsonl(TEST).decode(), "train.jsonl": jsonl(TRAIN).decode()})
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "cache")
    assert [row["prompt"] for row in hub.fetched("owner/name:test")] == ["Why 2?"]
    assert len(list(hub.fetched("owner/name"))) == 2
