"""Rules on what is there twice, has moved, or is missing."""

from __future__ import annotations

import numpy as np

from mapaccuracy.checks.given import CannotRunError, Given
from mapaccuracy.checks.rule import rule
from mapaccuracy.schema import Ints, Problem, RawTable

_NEAR_M = 0.5
_SHARED = 0.5
_LEAST_SHARED = 3
_MOVED_M = 1.0
_JUMP = 0.2
_PARTS = ("supplied", "rows", "areas")


@rule(
    "MA404",
    needs=("submission",),
    why="Every row of the file counts twice.",
    explains=("MA401", "MA402", "MA403"),
)
def duplicate_file(given: Given) -> list[Problem]:
    """Find files of equal content."""
    out: list[Problem] = []
    for name in _PARTS:
        known: dict[tuple[str | None, str | None], RawTable] = {}
        for table in given.tables.get(name, ()):
            first = known.setdefault((table.sha256, table.layer), table)
            if first is not table and table.sha256 is not None:
                values = {"other": table.source}
                rows = tuple(first.rows.tolist())
                out.append(Problem("MA404", first.source, values=values, rows=rows))
    return out


@rule(
    "MA403",
    needs=("points",),
    why="The same mines count twice, and the second of them can never be confirmed.",
)
def near_duplicate(given: Given) -> list[Problem]:
    """Find records that repeat another one under other ids."""
    from scipy.spatial import cKDTree

    points = given.points("supplied")
    records = points.codes("record_id")
    if records is None:
        raise CannotRunError("the submission has no column of records")
    names, of_row = records
    size = np.bincount(of_row, minlength=len(names))
    near = cKDTree(points.metres).query_pairs(_NEAR_M, output_type="ndarray")
    one, other = of_row[near[:, 0]], of_row[near[:, 1]]
    apart = one != other
    pairs, n = np.unique(
        np.sort(np.column_stack([one, other])[apart], axis=1), axis=0, return_counts=True
    )
    out: list[Problem] = []
    for (first, second), shared in zip(pairs.tolist(), n.tolist(), strict=True):
        smaller = min(int(size[first]), int(size[second]))
        if not (names[first] and names[second]):
            continue
        if shared < max(_LEAST_SHARED, _SHARED * smaller):
            continue
        rows = np.flatnonzero(of_row == second)
        values = {
            "one": names[first],
            "other": names[second],
            "points": f"{min(shared, smaller):,} of {smaller:,}",
            "distance": f"{_NEAR_M:g}",
        }
        out += given.together("MA403", "supplied", rows, values)
    return out


def _both(given: Given) -> tuple[Ints, Ints]:
    """Give the rows of now and before that have one id."""
    now, before = (
        np.asarray(given.layers[name].frame["id"]).astype(str) for name in ("supplied", "previous")
    )
    _, mine, theirs = np.intersect1d(now, before, return_indices=True)
    return mine, theirs


@rule(
    "MA405",
    needs=("points", "previous"),
    why="A corrected position and a slip look alike; nobody knows which of the two is right.",
)
def moved(given: Given) -> list[Problem]:
    """Find ids that lie elsewhere than in the submission before."""
    mine, theirs = _both(given)
    if not len(mine):
        raise CannotRunError("no id of the submission is in the one before")
    now, before = given.points("supplied").metres[mine], given.points("previous").metres[theirs]
    limit_m = float(given.parameter("MA405", "moved_m", _MOVED_M))
    apart_m = np.sqrt(((now - before) ** 2).sum(axis=1))
    far = np.flatnonzero(apart_m > limit_m)
    values = {"distance": [_rounded(value) for value in apart_m[far]]}
    return given.problems("MA405", "supplied", mine[far].tolist(), values=values)


def _rounded(metres: float) -> str:
    """Write a distance to two digits.

    Examples
    --------
    >>> _rounded(1234.0), _rounded(3.14), _rounded(250_000.0)
    ('1.2 km', '3.1 m', '250 km')
    """
    if metres >= 1000:
        return f"{float(f'{metres / 1000:.2g}'):,g} km"
    return f"{float(f'{metres:.2g}'):g} m"


@rule(
    "MA603",
    needs=("points", "previous"),
    why="A partial export looks like a smaller map.",
)
def count_jump(given: Given) -> list[Problem]:
    """Find that much more or much less came than before."""
    now, before = (len(given.layers[name].frame) for name in ("supplied", "previous"))
    change = (now - before) / before
    if abs(change) <= float(given.parameter("MA603", "change", _JUMP)):
        return []
    values = {"before": f"{before:,}", "now": f"{now:,}", "change": f"{100 * change:+.0f}"}
    return [given.problem("MA603", "supplied", values)]


@rule(
    "MA119",
    needs=("points",),
    why="A part of the record is missing, and the map looks better or worse than it is.",
)
def declared_count(given: Given) -> list[Problem]:
    """Find records that declare another number of mines than arrived."""
    points = given.points("supplied")
    texts, records = points.texts("record_count"), points.codes("record_id")
    if texts is None or records is None:
        raise CannotRunError("the submission does not say how many mines its records declare")
    import pandas as pd

    declared = np.asarray(pd.to_numeric(pd.Series(texts), errors="coerce"), dtype=np.float64)
    names, of_row = records
    count = points.numbers("count")
    arrived = np.bincount(
        of_row, weights=np.ones(len(points)) if count is None else count, minlength=len(names)
    )
    most = np.full(len(names), -np.inf)
    np.fmax.at(most, of_row, declared)
    out: list[Problem] = []
    for number, name in enumerate(names):
        if not name or not np.isfinite(most[number]) or most[number] == arrived[number]:
            continue
        values = {
            "record": name,
            "declared": f"{most[number]:,.0f}",
            "arrived": f"{arrived[number]:,.0f}",
        }
        out += given.together("MA119", "supplied", np.flatnonzero(of_row == number), values)
    return out


RULES = (duplicate_file, near_duplicate, moved, count_jump, declared_count)
