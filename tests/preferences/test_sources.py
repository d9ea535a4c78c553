"""Every format, every broken rule, and garbage: a counted rejection or a clear refusal, never a traceback."""

import contextlib
import gzip
import json
import os
import random
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rpo import preferences, storage
from rpo.errors import RpoError
from rpo.preferences import Kind, load, sources
from rpo.preferences.formats.table import assemble

SHARED = Path(os.environ.get("RPO_SHARED_DATA", Path(__file__).parents[3] / "shared" / "data"))
USER, BOT = {"role": "user", "content": "Why?"}, {"role": "assistant", "content": "So."}
OTHER = {"role": "assistant", "content": "No."}
HH = "\n\nHuman: Why?\n\nAssistant: Because.\n\nHuman: And?\n\nAssistant:"

FORMATS = {
    "explicit": ({"prompt": "Why?", "chosen": "So.", "rejected": "No."}, Kind.PAIRED, "Why?"),
    "implicit": ({"chosen": "Why is it? Since 9.", "rejected": "Why is it? No."}, Kind.PAIRED, "Why is it?"),
    "implicit, as TRL documents it": (
        {"chosen": "The sky is blue.", "rejected": "The sky is green."},
        Kind.PAIRED,
        "The sky is",
    ),
    "conversational": ({"prompt": [USER], "chosen": [BOT], "rejected": [OTHER]}, Kind.PAIRED, "Why?"),
    "conversational implicit": ({"chosen": [USER, BOT], "rejected": [USER, OTHER]}, Kind.PAIRED, "Why?"),
    "messages beside a prompt": ({"prompt": "Why?", "chosen": [USER, BOT], "rejected": [USER, OTHER]}, Kind.PAIRED, "Why?"),
    "transcripts": ({"chosen": HH + " So.", "rejected": HH + " No."}, Kind.PAIRED, HH),
    "summaries": (
        {"info": {"post": "Long.", "title": "T", "subreddit": "s"}, "summaries": [{"text": "No."}, {"text": "So."}], "choice": 1},
        Kind.PAIRED,
        "SUBREDDIT: s\nTITLE: T\nPOST: Long.\nTL;DR:",
    ),
    "summaries of news": (
        {"info": {"post": None, "article": "News."}, "summaries": [{"text": "So."}, {"text": "No."}], "choice": 0},
        Kind.PAIRED,
        "ARTICLE: News.\nTL;DR:",
    ),
    "unpaired": ({"prompt": "Why?", "completion": "So.", "label": True}, Kind.UNPAIRED, "Why?"),
    "unpaired conversational": ({"prompt": [USER], "completion": [BOT], "label": False}, Kind.UNPAIRED, "Why?"),
    "log": ({"prompt": "Why?", "answer": "So.", "liked": "win"}, Kind.UNPAIRED, "Why?"),
}


def lines(path, rows):
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("row", "kind", "prompt"), FORMATS.values(), ids=FORMATS)
def test_each_format_is_recognised(tmp_path, row, kind, prompt):
    found = load(lines(tmp_path / "a.jsonl", [row]))
    assert (found.kind, found.rows["prompt"][0], len(found.rows), found.broken) == (kind, prompt, 1, ())
    if kind is Kind.PAIRED:
        assert (found.rows["chosen"][0], found.rows["rejected"][0]) in {("So.", "No."), ("Since 9.", "No."), ("blue.", "green.")}


GOOD = {"prompt": "Why?", "chosen": "So.", "rejected": "No."}


@pytest.mark.parametrize(
    ("first", "broken", "rule"),
    [
        (GOOD, {**GOOD, "chosen": "No. "}, "chosen.*differ.*rejected"),
        (GOOD, {**GOOD, "prompt": ""}, "prompt.*empty"),
        (GOOD, {**GOOD, "rejected": None}, "^rejected"),
        (GOOD, {"prompt": "x"}, "chosen.*rejected"),
        (GOOD, {**GOOD, "chosen": 7}, "chosen.*int"),
        (GOOD, "{oops", "JSON"),
        (GOOD, "[1, 2]", "row.*list"),
        (GOOD, GOOD, r"repeats.*\b1\b"),
        (GOOD, '{"prompt": NaN, "chosen": "a", "rejected": "b"}', "^prompt"),
        (FORMATS["transcripts"][0], {"chosen": HH + " A", "rejected": "\n\nHuman: Hm?\n\nAssistant: B"}, "share"),
        (FORMATS["transcripts"][0], {"chosen": "no cue", "rejected": "at all"}, "transcript"),
        (FORMATS["implicit"][0], {"chosen": "abc", "rejected": "xyz"}, "begin.*text"),
        (FORMATS["conversational"][0], {"prompt": [USER], "chosen": [], "rejected": [OTHER]}, "last assistant"),
        (FORMATS["conversational implicit"][0], {"chosen": [BOT], "rejected": [OTHER]}, "begin.*messages"),
        (FORMATS["conversational"][0], {"prompt": [{"role": "cat"}], "chosen": [BOT], "rejected": [OTHER]}, "role"),
        (FORMATS["summaries"][0], {"info": {"post": None}, "summaries": [], "choice": 0}, "post.*article"),
        (FORMATS["summaries"][0], {"info": {"post": "x"}, "summaries": [{}], "choice": 0}, "two summaries"),
        (FORMATS["summaries"][0], {"info": {"post": "x"}, "summaries": [{}, {}], "choice": 0}, "summary.*text"),
        (FORMATS["log"][0], {"prompt": "p", "answer": "a", "liked": "perhaps"}, "liked.*perhaps"),
        (FORMATS["unpaired conversational"][0], {"prompt": [USER], "completion": [USER], "label": 1}, "one assistant message"),
    ],
)
def test_a_broken_row_is_counted_named_and_left_out(tmp_path, first, broken, rule):
    found = load(lines(tmp_path / "a.jsonl", [first, broken]))
    assert (len(found.rows), found.read, len(found.broken), found.broken[0].line) == (1, 2, 1, 2)
    assert re.search(rule, found.broken[0].rule)


def test_all_containers_hold_the_same(tmp_path):
    import pandas

    rows = [GOOD, {"prompt": 'How,\n"so"?', "chosen": "é 9", "rejected": "b"}]
    lines(tmp_path / "a.jsonl", rows)
    (tmp_path / "bom.jsonl").write_bytes(b"\xef\xbb\xbf" + (tmp_path / "a.jsonl").read_bytes().replace(b"\n", b"\r\n\r\n"))
    (tmp_path / "a.json").write_text(json.dumps(rows))
    (tmp_path / "b.json").write_text(json.dumps({"data": rows}))
    lines(tmp_path / "c.json", rows)
    pandas.DataFrame(rows).to_csv(tmp_path / "a.csv", index=False)
    pandas.DataFrame(rows).to_parquet(tmp_path / "a.parquet")
    for path in list(tmp_path.glob("*.*")):
        (tmp_path / f"{path.name}.gz").write_bytes(gzip.compress(path.read_bytes()))
    found = {path.name: load(str(path)) for path in tmp_path.glob("*.*")}
    assert len(found) == 14
    for name, one in found.items():
        assert [list(one.rows[column]) for column in GOOD] == [[row[column] for row in rows] for column in GOOD], name
        assert one.broken == ()


def test_named_columns_and_verdict_words(tmp_path):
    rows = [{"q": f"Q{n}?", "text": "A.", "vote": word} for n, word in enumerate(["Win", "LOSE", 1, 0, True, False, "up", "bad"])]
    path = lines(tmp_path / "log.jsonl", rows)
    with pytest.raises(RpoError, match="q, text, vote"):
        load(path)
    found = load(path, {"prompt": "q", "answer": "text", "liked": "vote"})
    assert list(found.rows["liked"]) == [True, False] * 4


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.jsonl", b"", "empty"),
        ("a.jsonl", b"\xfe\x00garbage", "rows"),
        ("a.jsonl", '{"prompt": "p"}'.encode("utf-16"), "UTF-8"),
        ("a.csv", b"prompt,chosen,rejected\np,\xe9,b\n", "UTF-8"),
        ("a.csv", b"prompt,chosen,chosen\np,a,b\n", "columns.*'chosen'"),
        ("a.csv", b'pro"mpt,"cho"sen\np,a,b\n', "first line.*columns"),
        ("a.jsonl", b'{"prompt": "p", "chosen": "a", "rejected": "a"}', "usable.*1"),
        ("a.parquet", b"PAR1 not really", "Parquet"),
        ("a.jsonl.gz", b"not gzip", "rows"),
        ("a.csv", b"x,y\n1,2\n", "x, y"),
        ("a.txt", b"hello", r"\.txt|end in"),
        ("a.json", b"7", "rows"),
    ],
)
def test_a_file_with_nothing_usable_is_refused(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RpoError, match=words):
        load(str(tmp_path / name))


def test_a_truncated_gzip_is_refused(tmp_path):
    whole = gzip.compress("\n".join(json.dumps({**GOOD, "prompt": str(n)}) for n in range(500)).encode())
    (tmp_path / "a.jsonl.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(RpoError, match=r"a\.jsonl\.gz.*end"):
        load(str(tmp_path / "a.jsonl.gz"))


@pytest.mark.parametrize("source", ["nowhere.jsonl", "../nowhere", "/etc/nothing", "a name", "x" * 200])
def test_a_missing_source_is_named(source):
    with pytest.raises(RpoError, match="source.*file"):
        load(source)


@pytest.mark.parametrize("source", ["x" * 5000, "~nobody-of-that-name/x.jsonl"])
def test_a_source_that_no_file_can_be_is_said_shortly(source):
    with pytest.raises(RpoError, match="looked up") as caught:
        load(source)
    assert len(str(caught.value)) < 400


def test_a_hub_id_that_cannot_be_fetched_says_what_to_do():
    with pytest.raises(RpoError, match="nobody/nothing-of-the-kind.*download"):
        load("nobody/nothing-of-the-kind")


def test_the_hub_is_asked_once(monkeypatch):
    asked = []
    monkeypatch.setattr("datasets.load_dataset", lambda name, split: asked.append((name, split)) or [GOOD])
    first = load("owner/asked-once:test")
    assert first.prompts == ("Why?",)
    assert load("owner/asked-once:test") is first
    assert asked == [("owner/asked-once", "test")]
    sources.forget()  # as in another process
    again = load("owner/asked-once:test")
    assert again is not first
    assert again.rows["chosen"] == [GOOD["chosen"]]
    assert asked == [("owner/asked-once", "test")]
    assert sources.at_hand("owner/asked-once:test")
    assert not sources.at_hand("owner/asked-once")  # another split is another fetch


@pytest.mark.parametrize(
    ("source", "here"),
    [("embedded", True), ("owner/name", False), ("owner/name:test", False), ("nothing.jsonl", True), ("a/b/c", True), ("", True)],
)
def test_only_a_hub_id_is_not_at_hand(source, here):
    assert sources.at_hand(source) is here


def test_a_file_is_at_hand(tmp_path):
    (tmp_path / "a.jsonl").write_text("{}")
    assert sources.at_hand(str(tmp_path / "a.jsonl"))


@pytest.mark.weights
@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=2, max_size=60), st.integers(0, 5))
def test_the_split_is_by_prompt_and_leaves_both_sides(numbers, salt):
    rows = [{**GOOD, "prompt": f"P{salt}-{number}", "chosen": f"c{place}"} for place, number in enumerate(numbers)]
    found = assemble("x", enumerate(rows, 1))
    train, held = set(found.train["prompt"]), set(found.held_out["prompt"])
    assert not train & held
    if len(set(numbers)) > 1:
        assert train
        assert held


def test_a_given_split_is_kept(tmp_path):
    rows = [
        {**GOOD, "prompt": f"P{n}", "split": name} for n, name in enumerate(["train", "test", "validation", "valid1", "train"])
    ]
    found = load(lines(tmp_path / "a.jsonl", rows))
    assert list(found.held_out["prompt"]) == ["P1", "P2", "P3"]


def test_the_shelf_takes_good_files_and_refuses_the_rest():
    content = json.dumps(GOOD).encode()
    assert preferences.add("mine.jsonl", content).name == "mine.jsonl"
    assert preferences.data_folder() == ("embedded", "embedded-log", "mine.jsonl")
    with pytest.raises(RpoError, match=r"rows.*bad\.jsonl"):
        preferences.add("bad.jsonl", b"{oops")
    for name in ("../out.jsonl", "/etc/x.jsonl", "a.exe", ".hidden.jsonl", "n" * 250 + ".jsonl", *STRANGE):
        with pytest.raises(RpoError, match="name.*plain"):
            preferences.peek(name, content)
        with pytest.raises(RpoError, match="name.*plain"):
            preferences.add(name, content)
    assert [path.name for path in storage.folder("data").iterdir()] == ["mine.jsonl"]


STRANGE = (
    *("", "..", "..\\out.jsonl", "C:\\x.jsonl", "c:x.jsonl", "a/b.jsonl", "./a.jsonl", "a\0.jsonl", "a\n.jsonl", " a.jsonl"),
    *("CON.jsonl", "nul.jsonl.gz", "com1.csv", "\u202elnosj.jsonl", "\ud800.jsonl", "a\u200b.jsonl", "\u00e9" * 100 + ".jsonl"),
    *("a\u2024jsonl", "~/x.jsonl", "%2e%2e/x.jsonl", "...jsonl", ".jsonl"),
)


def test_names_that_only_look_like_a_way_out_stay_inside():
    for name in (
        "\uff0e\uff0e\uff0fx.jsonl",
        "~x.jsonl",
        "%2e%2e%2fx.jsonl",
        "\u0435mbedded.jsonl",
        "-rf.jsonl",
        "embedded.jsonl",
    ):
        preferences.add(name, json.dumps(GOOD).encode())
        assert name in preferences.data_folder()
        assert load(name).name == name
    assert all(path.parent == storage.folder("data") for path in storage.home().rglob("*.jsonl"))
    assert load("embedded").read == 260


def test_a_link_on_the_shelf_is_read_and_never_written_through(tmp_path):
    outside, shelf = tmp_path / "outside.jsonl", storage.folder("data")
    outside.write_text(json.dumps(GOOD))
    for link, target in {"a.jsonl": outside, ".a.jsonl.columns": outside, "loop.jsonl": "loop.jsonl", "gone.jsonl": "x"}.items():
        (shelf / link).symlink_to(target)
    for name in ("loop.jsonl", "gone.jsonl"):
        with pytest.raises(RpoError, match="existing file"):
            load(name)
    preferences.add(
        "a.jsonl", json.dumps({**GOOD, "q": "Who?"}).encode(), {"prompt": "q", "chosen": "chosen", "rejected": "rejected"}
    )
    assert outside.read_text() == json.dumps(GOOD)
    assert not (shelf / "a.jsonl").is_symlink()
    assert load("a.jsonl").prompts == ("Who?",)


def test_a_shelf_that_leads_out_of_home_takes_nothing(tmp_path):
    (tmp_path / "outside").mkdir()
    storage.home().joinpath("data").symlink_to(tmp_path / "outside")
    with pytest.raises(RpoError, match="inside"):
        preferences.add("a.jsonl", json.dumps(GOOD).encode())
    assert list((tmp_path / "outside").iterdir()) == []


def test_the_shelf_remembers_the_columns():
    content = json.dumps({"q": "Why?", "a": "So.", "ok": 1}).encode()
    assert preferences.peek("log.jsonl", content).columns == ("q", "a", "ok")
    preferences.add("log.jsonl", content, {"prompt": "q", "answer": "a", "liked": "ok"})
    assert load("log.jsonl").kind is Kind.UNPAIRED


@pytest.mark.parametrize("columns", [b"[1]", b'{"prompt": 3}', b"{"])
def test_a_broken_memory_of_columns_is_named(columns):
    preferences.add("mine.jsonl", json.dumps(GOOD).encode())
    (storage.folder("data") / ".mine.jsonl.columns").write_bytes(columns)
    with pytest.raises(RpoError, match=r"mine\.jsonl\.columns"):
        load("mine.jsonl")


def test_a_broken_csv_row_costs_itself_alone(tmp_path):
    rows = ["Why?,So.,No.", 'How?,"He said "so" to me",No.', "Who?,You, perhaps,Me.", '"When?,Now.,Then.', "Where?,Here.,There."]
    (tmp_path / "a.csv").write_text("prompt,chosen,rejected\n" + "\n".join([*rows, '"Which,\none?",This.,That.', "What?,It."]))
    found = load(str(tmp_path / "a.csv"))
    assert list(found.rows["prompt"]) == ["Why?", "Where?", "Which,\none?"]
    assert (found.read, [item.line for item in found.broken]) == (7, [3, 4, 5, 9])
    for item, about in zip(found.broken, ("CSV", "3.*4", "CSV", "^rejected"), strict=True):
        assert re.search(about, item.rule)


def test_garbage_never_raises_anything_else(tmp_path):
    draw = random.Random(0)
    pieces = [
        b'{"prompt": "a", "chosen": "b", "rejected": "c"}',
        b"\x00\x01\xff",
        b"[[[[",
        b'{"a": ' * 30,
        b"\n",
        b",",
        b'"',
        b"\r\n",
        b"NaN",
    ]
    for number in range(200):
        path = tmp_path / f"{number}{draw.choice(['.jsonl', '.json', '.csv', '.parquet', '.jsonl.gz'])}"
        path.write_bytes(b"".join(draw.choices(pieces, k=draw.randint(0, 12))))
        with contextlib.suppress(RpoError):
            assert len(load(str(path)).rows) > 0


@pytest.mark.weights
@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the shared data folder {SHARED} is not here")
def test_real_data_loads_without_configuration():
    hh, alpaca = load(str(SHARED / "hh_harmless_test.jsonl.gz")), load(str(SHARED / "alpaca_eval_pairs.jsonl.gz"))
    assert (hh.read, len(hh.rows), alpaca.read, len(alpaca.rows)) == (2312, 2303, 1764, 1759)
    assert Counter("repeats" in item.rule for item in alpaca.broken) == {True: 4, False: 1}
    assert len(alpaca.prompts) == 477
    assert all(prompt.endswith("\n\nAssistant:") for prompt in hh.prompts)
