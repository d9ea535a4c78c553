"""`rpo backup` and `rpo restore`: copies of the votes."""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from rpo.commands.verb import Verb
from rpo.errors import RpoError


def _file(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?", help="a new file (default: one among the copies beside the votes)")


def _backup(choice: Namespace) -> int:
    from rpo.voting.database import backup

    print(f"The votes are copied to {backup.save_copy(choice.file)}")
    return 0


def _which(parser: ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", help="a copy's file, or `latest`")
    parser.add_argument("--empty", action="store_true", help="begin with an empty database; the present file is kept")


def _restore(choice: Namespace) -> int:
    from rpo.voting.database import backup

    if choice.empty and choice.name:
        raise RpoError(f"a database is empty or from a copy, got --empty and {choice.name}; leave one out")
    if choice.empty:
        return _say_kept("The votes database is empty now", backup.begin_anew())
    if not choice.name:
        copies = [f"{copy.made:%Y-%m-%d %H:%M} UTC  {copy.path}" for copy in backup.known_copies()]
        print("\n".join(copies or ["There is no copy yet."]))
        return 0
    copy, kept = backup.restore(choice.name)
    return _say_kept(f"The votes are those of {copy} now", kept)


def _say_kept(what: str, kept: Path | None) -> int:
    print(f"{what}; the file that was there is kept as {kept}" if kept else what)
    return 0


BACKUP = Verb("backup", "copy the votes, while raters vote", _backup, _file)
RESTORE_COPY = Verb("restore", "bring a copy of the votes back; without a name: list the copies", _restore, _which)
