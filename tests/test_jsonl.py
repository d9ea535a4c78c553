"""Records survive what kills their writer."""

from rpo.jsonl import append_line, append_lines, keep_lines, read_lines


def test_what_a_killed_writer_left_is_not_read_and_not_continued(tmp_path):
    path = tmp_path / "metrics.jsonl"
    append_lines(path, [{"step": 1}, {"step": 2}])
    with path.open("ab") as file:
        file.write(b'{"step": 3, "lo')
    assert read_lines(path) == [{"step": 1}, {"step": 2}]
    append_line(path, {"step": 3})
    assert read_lines(path) == [{"step": 1}, {"step": 2}, {"step": 3}]


def test_a_file_that_is_nothing_but_a_torn_line_starts_anew(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_bytes(b'{"st')
    append_line(path, {"step": 1})
    assert read_lines(path) == [{"step": 1}]


def test_unwanted_records_are_dropped(tmp_path):
    path = tmp_path / "metrics.jsonl"
    keep_lines(path, lambda record: True)
    assert not path.exists()
    append_lines(path, [{"step": step} for step in range(5)])
    keep_lines(path, lambda record: record["step"] <= 2)
    assert [record["step"] for record in read_lines(path)] == [0, 1, 2]
