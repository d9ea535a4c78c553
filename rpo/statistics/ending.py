"""When a panel is finished, and so whether its results are read as one look at the end or as one of many.

Only a list of raters that is closed beforehand has an end: named with the panel, or invited, all before the others were through.
Where anybody may say a name, or one more rater can be asked after a look, voting can go on as long as the result does not please;
a test for one look then calls a difference in 12 of 100 panels of five raters that have none. Such a panel goes by the interval
that is valid at every look. Not what that interval is: see `sequential`.
"""

from dataclasses import dataclass

from rpo.statistics.intervals import Looks
from rpo.voting.types import Attendance

Turnout = dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Ending:
    """How a panel's results are to be read now, why, and who has not finished."""

    look: Looks
    why: str
    late: tuple[str, ...]


def ending(attendance: Attendance) -> Ending:
    """How to read a panel's results, by who was to vote and who has."""
    turnout, invited = attendance.turnout, attendance.invited
    late = tuple(name for name in sorted({*turnout, *invited}) if not _through(turnout, name))
    open_because = "" if attendance.named else _not_closed(turnout, invited)
    if not open_because and late:
        open_because = f"Not all have finished ({', '.join(late)})"
    if not open_because and not attendance.named:
        open_because = _added(invited, attendance.finished)
    if open_because:
        return Ending(Looks.ALWAYS, f"{open_because}, so what counts is the interval that is valid at every look.", late)
    who = "named" if attendance.named else "invited"
    return Ending(Looks.ONCE, f"All raters who were {who} have finished, so what counts is the interval for one look.", late)


def _through(turnout: Turnout, name: str) -> bool:
    done, total = turnout.get(name, (0, 1))
    return done >= total


def _not_closed(turnout: Turnout, invited: dict[str, float]) -> str:
    """Why a panel that names nobody has no closed list of raters; empty where it has one."""
    if not invited:
        return "The list of raters is not closed: whoever says a name may vote, also after this look"
    others = sorted(set(turnout) - set(invited))
    return f"The list of raters is not closed: {', '.join(others)} came without an invitation" if others else ""


def _added(invited: dict[str, float], ends: dict[str, float]) -> str:
    """Who was invited when all invited before had finished: there may have been a look in between."""
    names = list(invited)
    for place, name in enumerate(names[1:], 1):
        if max(ends[earlier] for earlier in names[:place]) < invited[name]:
            return f"{name} was invited when all invited before had finished, so this may not be the first look"
    return ""
