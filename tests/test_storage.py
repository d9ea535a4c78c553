"""Where things live, and that files are whole."""

import errno

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rpo import storage
from rpo.errors import RpoError


def test_home_follows_the_environment(rpo_home):
    assert storage.home() == rpo_home
    assert rpo_home.is_dir()


@pytest.mark.parametrize("name", ["../out", "/etc", "a/../../../b"])
def test_names_cannot_leave_home(name):
    with pytest.raises(RpoError, match="must stay inside"):
        storage.folder(name)


def test_a_home_that_cannot_be_made_is_said_in_words(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("RPO_HOME", str(tmp_path / "file" / "home"))
    with pytest.raises(RpoError, match="RPO_HOME must be a folder"):
        storage.home()


def test_a_write_that_fails_leaves_the_old_file_and_no_litter(tmp_path):
    path = tmp_path / "kept.json"
    storage.write_json(path, {"a": 1})

    def half(file):
        file.write(b"{")
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(RpoError, match=r"kept.json must fit on the disk.*No space left on device\); make room"):
        storage.write_with(path, half)
    assert storage.read_json(path) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]


def test_broken_json_is_named(tmp_path):
    (tmp_path / "x.json").write_text("{oops")
    with pytest.raises(RpoError, match=r"x\.json must be JSON"):
        storage.read_json(tmp_path / "x.json")


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
