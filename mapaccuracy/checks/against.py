"""Rules on a submission held against finds: whether they are an honest test of it."""

from __future__ import annotations

import numpy as np

from mapaccuracy.checks.given import CannotRunError, Given
from mapaccuracy.checks.rule import rule
from mapaccuracy.intake.dates import iso_days
from mapaccuracy.schema import Problem

# Nobody measures a find to where a map had put the mine.
_SAME_M = 0.05
_LEAST_SAME = 5


@rule(
    "MA508",
    needs=("points", "finds"),
    why="A map drawn from the finds is confirmed by them, whatever it is worth.",
)
def drawn_from_finds(given: Given) -> list[Problem]:
    """Find points that lie on finds to the centimetre."""
    from mapaccuracy.matching import nearest_distance

    claimed, found = given.points("supplied"), given.points("finds")
    rows = np.flatnonzero(nearest_distance(claimed.metres, found.metres, _SAME_M) <= _SAME_M)
    # Of fewer it would tell which points are confirmed.
    if len(rows) < _LEAST_SAME:
        return []
    values = {"points": f"{len(rows):,} of {len(claimed):,}", "distance": f"{100 * _SAME_M:g} cm"}
    return [given.problem("MA508", "supplied", values)]


@rule(
    "MA507",
    needs=("points", "finds"),
    why="A map that is younger than the finds may have been drawn from them: no honest test.",
)
def map_after_finds(given: Given) -> list[Problem]:
    """Find that the submission is dated later than finds that it is held against."""
    days = []
    for name in ("supplied", "finds"):
        texts = given.points(name).texts("date")
        read = np.empty(0, dtype="datetime64[D]") if texts is None else iso_days(texts)
        days.append(read[~np.isnat(read)])
    if not (len(days[0]) and len(days[1])):
        raise CannotRunError("the submission or the finds have no dates")
    newest = days[0].max()
    n = int((days[1] <= newest).sum())
    if not n:
        return []
    values = {"newest": str(newest), "finds": f"{n:,} of {len(days[1]):,}"}
    return [given.problem("MA507", "supplied", values)]


RULES = (drawn_from_finds, map_after_finds)
