"""Over a thousand broken files, seeded: each is refused in words or reported row by row, and none takes the memory.

A file that is not refused accounts for every row it was written with: usable ones and those left out add up.
"""

import csv
import gzip
import io
import random
import tracemalloc
import zipfile

import orjson
import pyarrow
import pytest
from pyarrow import ipc, parquet

from rpo.errors import RpoError
from rpo.preferences import load, peek
from rpo.preferences.files import limits

DEEP = b'{"prompt": ' + b"[" * 900 + b"]" * 900 + b"}"
SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".parquet", ".arrow")
BINARY = (".parquet", ".arrow")
PACKINGS = {".gz": lambda data: gzip.compress(data, 1), ".zst": lambda data: pyarrow.Codec("zstd").compress(data, asbytes=True)}
RULES = ("must", "may", "could not be read", "repeats", "needs")


def turn(role, text):
    return {"role": role, "content": text}


def good(draw, number):
    """A usable row in one of the formats."""
    prompt, one, other = f"Why {number}?", f"So {draw.random()}.", f"No {draw.random()}."
    spoken = [[turn("user", prompt), turn("assistant", text)] for text in (one, other)]
    asked = f"\n\nHuman: {prompt}\n\nAssistant: "
    return (
        {"prompt": prompt, "chosen": one, "rejected": other},
        {"prompt": prompt, "answer": one, "liked": draw.choice(["win", 0, True])},
        {"prompt": prompt, "completion": one, "label": False},
        {"chosen": spoken[0], "rejected": spoken[1]},
        {"chosen": asked + one, "rejected": asked + other},
        {"info": {"post": prompt}, "summaries": [{"text": one}, {"text": other}], "choice": draw.choice([0, 1])},
    )


def nested(depth):
    value = "deep"
    for place in range(depth):
        value = [value] if place % 2 else {"content": value}
    return value


WORDS = (
    "",
    " \n",
    "\0",
    "\x07\x1b[31m",
    "ééé",
    "\U0001f600",
    "\u202e",
    "a,b",
    'say "so"',
    "'",
    "\r",
    "a\nb",
    "NaN",
    "x" * 70_000,
)
THINGS = (None, 0, 1, 1.0, -7, 2**63, 1e308, True, [], {}, [[]], [None], [turn("cat", "x")], [{"content": 1}], turn("user", ""))


def value(draw):
    """Something that does not belong there."""
    return draw.choice([lambda: draw.choice(WORDS), lambda: draw.choice(THINGS), lambda: nested(draw.choice([3, 100, 240]))])()


def rows_of(draw):
    """Rows of one format, some of them damaged."""
    place = draw.randrange(6)
    rows = [good(draw, number)[place] for number in range(draw.randint(0, 9))]
    for row in draw.sample(rows, draw.randint(0, len(rows))):
        name = draw.choice(list(row))
        harm = draw.randrange(4)
        if harm == 0:
            del row[name]
        elif harm == 1:
            row[draw.choice([*row, "split", "slice", "extra", "", "\0"])] = value(draw)
        elif harm == 2:
            row.update(dict.fromkeys(row, value(draw)))
        else:
            row[name] = value(draw)
    return [*rows, *draw.choices(rows, k=draw.randint(0, 2))] if rows else rows


def written(draw, rows, suffix):
    """The rows as a file's bytes, and how many they are where that is known."""
    if suffix in (".csv", ".tsv"):
        by = draw.choice(",;\t") if suffix == ".csv" else "\t"
        names = list(dict.fromkeys(name for row in rows for name in row))
        out = io.StringIO()
        table = csv.DictWriter(out, names, delimiter=by, lineterminator=draw.choice(["\n", "\r\n"]), quoting=draw.choice([0, 1]))
        table.writeheader()
        table.writerows(rows)
        whole = "\r" not in out.getvalue().replace("\r\n", "")  # a lone \r without quotes ends a line
        sure = whole and "" not in names and len(names) > 1
        return out.getvalue().encode(), len(rows) if sure else None
    columns = {name: [row.get(name) for row in rows] for row in rows for name in row}
    if suffix in BINARY:
        out, table = io.BytesIO(), pyarrow.table({name: column(values) for name, values in columns.items()})
        if suffix == ".parquet":
            parquet.write_table(table, out)
            return out.getvalue(), len(rows)
        return arrow(draw.choice([ipc.new_stream, ipc.new_file]), table), len(rows)
    if suffix == ".json":
        half = len(rows) // 2
        return orjson.dumps(draw.choice([rows, {"data": rows}, {"train": rows[:half], "test": rows[half:]}, columns])), len(rows)
    lines = [orjson.dumps(row) for row in rows]
    for place in range(len(lines)):
        if draw.random() < 0.1:
            lines[place] = draw.choice(
                [b"{", b"NaN", b'{"prompt": Infinity}', b"[" * 5000, DEEP, b"null", b'"', b"\xff\xfe", b'{"a":1}{}', b"1"]
            )
    return draw.choice([b"\n", b"\r\n", b"\n\n"]).join(lines), len(rows)


def arrow(new, table):
    """As Arrow; what lies too deep for it becomes text."""
    try:
        with new(out := io.BytesIO(), table.schema) as writer:
            writer.write_table(table)
    except pyarrow.ArrowInvalid:
        texts = {name: [str(value) for value in table[name].to_pylist()] for name in table.column_names}
        return arrow(new, pyarrow.table(texts))
    return out.getvalue()


def column(values):
    try:
        if {} in values:
            raise OverflowError  # a struct without fields cannot be written
        return pyarrow.array(values)
    except (pyarrow.ArrowException, OverflowError):
        return pyarrow.array([orjson.dumps(value, default=str).decode() for value in values])


def damaged(draw, data, suffix):
    """The bytes as some editor, server or disk left them; None for the number of rows, which is not known any more."""
    cut = draw.randrange(len(data) + 1)
    flips = bytearray(data)
    for _ in range(draw.randint(1, 8)):
        flips[draw.randrange(len(flips))] = draw.randrange(256)
    ways = [
        data[:cut],
        data[cut:],
        bytes(flips),
        data + data,
        data.replace(b'"', b""),
        data.replace(b",", b";"),
        b"\0" * 64 + data,
    ]
    if suffix not in BINARY:
        text = data.decode("utf-8", "replace")
        ways += [text.encode(name, "replace") for name in ("utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-8-sig")]
    return draw.choice(ways)


def file_of(draw):
    suffix = draw.choice(SUFFIXES)
    data, count = written(draw, rows_of(draw), suffix)
    if data and draw.random() < 0.5:
        data, count = damaged(draw, data, suffix), None
    if draw.random() < 0.3:
        packing = draw.choice(list(PACKINGS))
        data, suffix = PACKINGS[packing](data), suffix + packing
        if draw.random() < 0.3:
            data, count = damaged(draw, data, ".parquet"), None
    if draw.random() < 0.2:
        data, suffix = zipped({f"x{suffix}": data, "README.md": b"x"}), ".zip"
        if draw.random() < 0.3:
            data, count = damaged(draw, data, ".parquet"), None
    return suffix, data, count


def zipped(members):
    with zipfile.ZipFile(out := io.BytesIO(), "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def outcome(path):
    """What the file holds, or the words that refuse it; any other exception is a failure."""
    try:
        return load(str(path))
    except RpoError as error:
        return str(error)


def in_a_folder(path):
    folder = path.with_name(f"{path.name}-folder")
    folder.mkdir()
    path.rename(folder / path.name)
    return folder


@pytest.mark.weights
@pytest.mark.parametrize(
    ("seed", "files"), [(0, 120), *(pytest.param(seed, 300, marks=pytest.mark.weights) for seed in range(1, 5))]
)
def test_a_thousand_broken_files(tmp_path, seed, files):
    draw, refused, kept, left_out = random.Random(seed), 0, 0, 0
    for number in range(files):
        suffix, data, count = file_of(draw)
        path = tmp_path / f"{number}{suffix}"
        path.write_bytes(data)
        found = outcome(path if draw.random() < 0.9 or suffix == ".zip" else in_a_folder(path))
        if isinstance(found, str):
            refused += 1
            assert len(found) < 900, number
            assert any(word in found for word in RULES), found
            continue
        kept += 1
        left_out += len(found.broken)
        assert len(found.rows) > 0, number
        assert len(found.rows) + len(found.broken) == found.read, number
        assert count in (None, found.read), number
        assert all(any(word in item.rule for word in RULES) for item in found.broken), found.broken
    assert min(refused, kept, left_out) > files / 8  # it reaches all three


@pytest.mark.parametrize("place", range(6))
def test_each_field_of_each_format_with_each_wrong_value(tmp_path, place):
    """One file a format: a good row, then all rows that differ from one in one value, at any depth."""
    rows = [good(random.Random(0), 0)[place]]
    for number, wrong in enumerate((*WORDS, *THINGS, nested(3), nested(240)), 1):
        rows += spoiled(good(random.Random(number), number)[place], wrong)
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(map(orjson.dumps, rows)))
    found = load(str(tmp_path / "a.jsonl"))
    assert len(found.rows) + len(found.broken) == found.read == len(rows)
    assert len(found.broken) > len(rows) / 5
    assert all(any(word in item.rule for word in RULES) for item in found.broken), found.broken


def spoiled(whole, wrong):
    """Copies of a row or a part of it, each with one value replaced."""
    parts = whole.items() if isinstance(whole, dict) else enumerate(whole) if isinstance(whole, list) else ()
    for name, part in parts:
        for other in (wrong, *spoiled(part, wrong)):
            fresh = whole.copy()
            fresh[name] = other
            yield fresh


MEMBER = 1 << 20
PAIR = b'{"prompt": "p", "chosen": "a", "rejected": "b"}\n'
BOMBS = {
    "one endless line": ("a.jsonl.gz", PAIR, b"0", "line.*MiB"),
    "an endless line of nothing": ("b.csv.gz", b"", b"\0", "line.*MiB"),
    "an open quote": ("c.csv.gz", b'prompt,chosen,rejected\np,a,b\n"', b"x\n", "20,000 rows"),
    "one JSON text": ("d.json.gz", b"", b"[", "at once.*MiB"),
    "a packed Parquet": ("e.parquet.gz", b"PAR1", b"P", "at once.*MiB"),
    "large rows": ("f.jsonl.gz", PAIR, PAIR.replace(b"p", b"p" * (MEMBER // 9)), "unpack.*64 MiB"),
    "nothing but line ends": ("h.csv.gz", b"prompt,chosen,rejected\np,a,b\n", b"\n", "40,000 lines"),
    "many rows": ("g.jsonl.gz", PAIR, b"7\n", "20,000 rows"),
    "one endless line in zstd": ("a.jsonl.zst", PAIR, b"0", "line.*MiB"),
    "one JSON text in zstd": ("d.json.zst", b"", b"[", "at once.*MiB"),
    "a packed Parquet in zstd": ("e.parquet.zst", b"PAR1", b"P", "at once.*MiB"),
    "large rows in zstd": ("f.jsonl.zst", PAIR, PAIR.replace(b"p", b"p" * (MEMBER // 9)), "unpack.*64 MiB"),
    "one endless line in a zip": ("a.jsonl.zip", PAIR, b"0", r"a\.jsonl\b.*line.*MiB"),
    "large rows in a zip": ("f.jsonl.zip", PAIR, PAIR.replace(b"p", b"p" * (MEMBER // 9)), r"f\.jsonl\b.*unpack.*64 MiB"),
    "a Parquet in a zip": ("e.parquet.zip", b"PAR1", b"P", r"e\.parquet\b.*at once.*MiB"),
    "an Arrow in a zip": ("e.arrow.zip", b"ARROW1", b"P", r"e\.arrow\b.*at once.*MiB"),
    "an open quote in a zip": ("c.tsv.zip", b'prompt\tchosen\trejected\np\ta\tb\n"', b"x\n", "20,000 rows"),
}


def bomb(name, head, piece):
    """A packed file of these bytes, the piece 120 times."""
    if name.endswith(".zip"):
        return zipped({name.removesuffix(".zip"): head + piece * 120})
    pack = PACKINGS[name[name.rindex(".") :]]
    return pack(head) + pack(piece) * 120


@pytest.mark.weights
@pytest.mark.parametrize(("name", "head", "piece", "words"), BOMBS.values(), ids=BOMBS)
def test_a_small_file_of_huge_content_stays_small(tmp_path, monkeypatch, name, head, piece, words):
    """With limits a thirtieth of the real ones: the files unpack to 100 MiB and more, and the memory taken stays below that."""
    sizes = {"UNPACKED": 64 << 20, "AT_ONCE": 8 << 20, "LINE": 1 << 20, "MOST_LINES": 40_000, "MOST_ROWS": 20_000}
    for limit, size in sizes.items():
        monkeypatch.setattr(limits, limit, size)
    (tmp_path / name).write_bytes(bomb(name, head, piece * (MEMBER // len(piece))))
    assert (tmp_path / name).stat().st_size < 1 << 20
    tracemalloc.start()
    try:
        with pytest.raises(RpoError, match=words):
            load(str(tmp_path / name))
        assert tracemalloc.get_traced_memory()[1] < 64 << 20
    finally:
        tracemalloc.stop()


def test_parquet_that_repeats_one_large_value_stays_small(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "UNPACKED", 64 << 20)
    monkeypatch.setattr(limits, "AT_ONCE", 8 << 20)
    long = pyarrow.array(["x" * (1 << 18)]).dictionary_encode()
    many = pyarrow.DictionaryArray.from_arrays(pyarrow.array([0] * 40_000), long.dictionary)
    columns = {"prompt": many, "chosen": pyarrow.array(["a"] * 40_000), "rejected": pyarrow.array(["b"] * 40_000)}
    parquet.write_table(pyarrow.table(columns), tmp_path / "a.parquet", store_schema=False)
    assert (tmp_path / "a.parquet").stat().st_size < 1 << 20
    before = pyarrow.default_memory_pool().max_memory()
    with pytest.raises(RpoError, match="unpack.*64 MiB"):
        load(str(tmp_path / "a.parquet"))
    assert pyarrow.default_memory_pool().max_memory() - before < 64 << 20


def test_the_limits_leave_room_for_real_data():
    """The largest public sets: HH-RLHF 0.3 GB of text, UltraFeedback 0.6 GB, SHP 385,000 rows, Nectar 3.8 million pairs."""
    assert limits.UNPACKED >= 2 << 30
    assert limits.MOST_ROWS >= 4_000_000
    assert peek("a.jsonl", b'{"prompt": "p"}').columns == ("prompt",)


NAMES = [
    "",
    "\0",
    "a\0.jsonl",
    "-",
    "x" * 5000,
    "\ud800",
    "owner/na\0me",
    "a/b/c",
    "C:\\x.jsonl",
    "file:///x",
    "http://x/y",
    "/dev/zero",
    "/proc/self/environ",
    "/dev/stdin",
    "%2e%2e/x",
    "‮lnosj.a",
    "\n",
    "CON",
    "owner/../x.jsonl",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_no_file_has_is_refused(name):
    with pytest.raises(RpoError, match="existing file|looked up|fetched|end in"):
        load(name)


@pytest.mark.parametrize("name", [".", "..", "~", "/", "//", "./", "~root", "/proc/self/fd", "/dev"])
def test_a_name_of_a_folder_without_data_is_refused(tmp_path, monkeypatch, name):
    """Even of one that holds everything."""
    (tmp_path / "one" / "two").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "one" / "two")
    monkeypatch.setenv("HOME", str(tmp_path / "one"))
    with pytest.raises(RpoError, match="data files|10,000 files|read"):
        load(name)
