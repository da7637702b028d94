"""Rows as they were recorded: what needs a word is counted, and stays in use as it is.

A find may stand for several items, may not be approved yet, or may carry the position of
something else: of a demolition site, of the centre of a task. None of that can be told for sure
from the rows, so nothing is corrected or left out here; it is said how many rows there are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mapaccuracy.intake.cells import Column, Texts, are, as_words, words_of
from mapaccuracy.intake.dates import day_codes
from mapaccuracy.schema import Bools, Floats, Ints, Problem, RawTable, Role, Source, normalise
from mapaccuracy.schema.vocabulary import APPROVAL_WORDS, REJECTED, approval_of

if TYPE_CHECKING:
    import pandas as pd

QUANTITY = "quantity_above_one"
COUNT = "count_above_one"
CENTROID = "centroid"
UNAPPROVED = "unapproved"
STACKED = "stacked"
SITE = "demolition_site_suspected"
PLACEHOLDER = "placeholder_suspected"

# Recorded finds 6 m apart on average, scattered by a handset, bring five together in 2 m once
# in ten million squares; a caught cache or stacked mines are lifted on one day, for one task.
SQUARE_M = 2.0
LEAST_AT_SITE = 5
LEAST_DAYS = 3
LEAST_TASKS = 2
# More than stacked mines, and more than are lifted from one hole as a rule.
LEAST_ON_PLACE = 10
# Written more coarsely, positions of neighbours are equal by rounding alone.
COARSEST_M = 1.0

_METRES_PER_DEGREE = 111_195.0
_BITS = 22
_SHIFT = np.uint32(32 - _BITS)
_PIECE = 16_384
# Odd numbers near 2**64 divided by the golden ratio, and by the square root of 3.
_MIX = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0x93CD3A2C8198E269))
_ROW_WIDTH = np.int64(1) << 28
_VALIDATION = "_validation"
_STATES = (*APPROVAL_WORDS, "")


@dataclass(frozen=True)
class Recorded:
    """What stands out among the rows of one table.

    Attributes
    ----------
    treated : mapping of str to int
        Treatment to rows, only where there are any.
    problems : tuple of Problem
    """

    treated: Mapping[str, int]
    problems: tuple[Problem, ...] = ()


def of_rows(
    table: RawTable,
    found: Mapping[str, str],
    columns: Mapping[str, Column],
    role: Role,
    usable: Bools,
) -> Recorded:
    """Count what the cells of the rows say of themselves.

    Parameters
    ----------
    table : RawTable
    found : mapping of str to str
        Column name to header.
    columns : mapping of str to ndarray, shape (n,)
        As read, with ``count``, ``quantity`` and ``geometry_basis`` where there are such.
    role : str
    usable : ndarray of bool, shape (n,)
        Rows that are not used are not counted.

    Returns
    -------
    Recorded
        ``quantity_above_one`` and ``unapproved`` of finds, ``count_above_one`` and
        ``centroid`` of supplied points. Rejected rows are among the unapproved.
    """
    counts: dict[str, int] = {}
    for name, treatment in (("quantity", QUANTITY), ("count", COUNT)):
        if name in columns:
            several = np.asarray(columns[name], dtype=np.int64) > 1
            counts[treatment] = int((several & usable).sum())
    if "geometry_basis" in columns:
        middle = are(columns["geometry_basis"], "centroid")
        counts[CENTROID] = int((middle & usable).sum())
    problems: list[Problem] = []
    if role == "finds":
        rank = _approval_ranks(table, found, columns)
        number = np.bincount(rank[usable], minlength=len(_STATES)).tolist()
        states = dict(zip(_STATES, number, strict=True))
        counts[UNAPPROVED] = sum(n for state, n in states.items() if state)
        problems = _approval_problems(table, states)
    return Recorded({name: n for name, n in sorted(counts.items()) if n}, tuple(problems))


def approvals(table: RawTable, found: Mapping[str, str]) -> Texts:
    """Tell how each find stands in its source system, if it is not approved there.

    The status counts, and every column whose header ends in ``_validation``: one program keeps
    one for each office. Of several the gravest is given, a refusal before a draft.

    Parameters
    ----------
    table : RawTable
    found : mapping of str to str
        Column name to header.

    Returns
    -------
    ndarray of str, shape (n,)
        As `approval_of`.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"status": ["approved", "draft"], "im_validation": ["pending", ""]})
    >>> approvals(RawTable("finds.csv", frame, np.arange(2)), {"status": "status"}).tolist()
    ['pending', 'draft']
    """
    return np.array(_STATES, dtype=object)[_approval_ranks(table, found, {})]


def is_validation(header: str) -> bool:
    """Tell whether a header names the verdict of an office on a row.

    Examples
    --------
    >>> is_validation("SEMA_ops_validation"), is_validation("validation_date")
    (True, False)
    """
    return normalise(header).endswith(_VALIDATION)


def of_places(
    frame: pd.DataFrame, role: Role, sources: Sequence[Source]
) -> tuple[tuple[Source, ...], list[Problem]]:
    """Count what only the positions of all rows of a role show together.

    Parameters
    ----------
    frame : DataFrame
        Of the layer: ``lon`` and ``lat`` in degrees, or ``x`` and ``y`` in metres; ``source``;
        of finds ``date`` and ``task_id`` where there are such.
    role : str
    sources : sequence of Source

    Returns
    -------
    sources : tuple of Source
        With ``stacked`` (rows that share their position exactly with another),
        ``placeholder_suspected`` (with at least nine others) and, of finds,
        ``demolition_site_suspected``, as far as there are any.
    problems : list of Problem

    Notes
    -----
    A demolition site is suspected of finds that lie with at least four others in a square of
    2 m, recorded on at least three days or for at least two tasks. Both suspicions are raised
    only of files whose positions are written to 1 m or better, as far as that is known. Finds
    under the first are not under the second.

    Memory: about 60 bytes a row, and 40 MB.
    """
    local = "x" in frame.columns
    names = ("x", "y") if local else ("lon", "lat")
    east, north = (np.asarray(frame[name], dtype=np.float64) for name in names)
    twins, rows = near_others(east, north, local=local)
    if twins.size == 0:
        return tuple(sources), []
    source = np.asarray(frame["source"], dtype=np.int64)
    fine = np.array(
        [entry.resolution_m is None or entry.resolution_m <= COARSEST_M for entry in sources]
    )
    place, sharing = places(east[twins], north[twins])
    site = np.zeros(east.size, dtype=bool)
    if role == "finds":
        rows = rows[fine[source[rows]]]
        day, task = _codes(frame, "date", rows), _codes(frame, "task_id", rows)
        site[rows] = at_site(east[rows], north[rows], day, task, local=local)
    crowd = (sharing >= LEAST_ON_PLACE) & fine[source[twins]] & ~site[twins]
    marked = {
        STACKED: twins[sharing > 1],
        SITE: np.flatnonzero(site),
        PLACEHOLDER: twins[crowd],
    }
    by_source = {
        name: np.bincount(source[some], minlength=len(sources)) for name, some in marked.items()
    }
    out = [
        replace(
            entry,
            treated=dict(
                sorted(
                    {
                        **entry.treated,
                        **{name: int(n[index]) for name, n in by_source.items() if n[index]},
                    }.items()
                )
            ),
        )
        for index, entry in enumerate(sources)
    ]
    told: tuple[tuple[str, str, dict[str, str]], ...] = (
        ("MA402", STACKED, {"role": role}),
        ("MA510", SITE, {}),
        ("MA524", PLACEHOLDER, {"role": role, "places": f"{np.unique(place[crowd]).size:,}"}),
    )
    problems = [
        Problem(code, role, values={"n": f"{marked[name].size:,}", **values})
        for code, name, values in told
        if marked[name].size
    ]
    return tuple(out), problems


def near_others(east: Floats, north: Floats, *, local: bool) -> tuple[Ints, Ints]:
    """Choose the rows that may share their position, or lie in a crowd; most rows do neither.

    Parameters
    ----------
    east, north : ndarray of float, shape (n,)
        Degrees, or metres if `local`.
    local : bool

    Returns
    -------
    twins : ndarray of int
        All rows that share their position, and more.
    rows : ndarray of int
        All rows of five that fit into a square of 2 m, and more.

    Notes
    -----
    One mesh of squares of 2 m is laid and counted. Where it lies does not matter: a square of
    any other mesh touches four of its squares, and of five rows in these two are in one.
    """
    squares = np.empty(east.size, dtype=np.uint32)
    # Piece by piece: work space that stays in the cache is quicker than new memory.
    for start in range(0, east.size, _PIECE):
        piece = slice(start, start + _PIECE)
        row = _row(north[piece], 0.0, local)
        squares[piece] = _hashed(row, _column(east[piece], row, 0.0, 0.0, local))
    twins = np.flatnonzero(_shared(squares, 2))
    if twins.size > east.size // 8:
        return twins, np.arange(east.size)
    hot = np.zeros(1 << _BITS, dtype=bool)
    row = _row(north[twins], 0.0, local)
    for up in (-1.0, 0.0, 1.0):
        beside = row + up
        column = _column(east[twins], beside, 0.0, 0.0, local)
        for right in (-1.0, 0.0, 1.0):
            hot[_hashed(beside, column + right) >> _SHIFT] = True
    return twins, np.flatnonzero(hot[squares >> _SHIFT])


def places(east: Floats, north: Floats) -> tuple[Ints, Ints]:
    """Group rows by their exact position.

    Parameters
    ----------
    east, north : ndarray of float, shape (n,)
        Finite.

    Returns
    -------
    place : ndarray of int, shape (n,)
        Number of the position.
    sharing : ndarray of int, shape (n,)
        Rows on the position, the row itself included; at least 1.

    Examples
    --------
    >>> place, sharing = places(np.array([2.0, 1.0, 2.0]), np.array([5.0, 5.0, 5.0]))
    >>> place.tolist(), sharing.tolist()
    ([1, 0, 1], [2, 1, 2])
    """
    order = np.lexsort((north, east))
    moved = [values[order][1:] != values[order][:-1] for values in (east, north)]
    place = np.empty(east.size, dtype=np.int64)
    place[order] = np.cumsum(np.r_[False, moved[0] | moved[1]])[: east.size]
    return place, np.bincount(place)[place]


def at_site(east: Floats, north: Floats, day: Ints, task: Ints, *, local: bool) -> Bools:
    """Suspect the finds that lie close together, though not of one day and one task.

    Parameters
    ----------
    east, north : ndarray of float, shape (n,)
        Degrees, or metres if `local`.
    day, task : ndarray of int, shape (n,)
        Codes; -1 where not stated, which tells of no further day or task.
    local : bool

    Returns
    -------
    ndarray of bool, shape (n,)
        The find lies in a square of 2 m, with its sides to the north and to the east, that holds
        at least five finds of at least three days or two tasks. Four meshes of squares, half a
        square apart, are laid: whatever fits into a square of 1 m is in one square of them.
    """
    suspected = np.zeros(east.size, dtype=bool)
    if not ((day >= 0).any() or (task >= 0).any()):
        return suspected
    for up in (0.0, 0.5):
        row = _row(north, up, local)
        for right in (0.0, 0.5):
            suspected |= _in_squares(row, _column(east, row, up, right, local), day, task)
    return suspected


def _row(north: Floats, up: float, local: bool) -> Floats:
    """Count squares northwards."""
    return np.floor(north * ((1.0 if local else _METRES_PER_DEGREE) / SQUARE_M) + up)


def _column(east: Floats, row: Floats, up: float, right: float, local: bool) -> Floats:
    """Count squares eastwards along their row."""
    if local:
        return np.floor(east / SQUARE_M + right)
    # One width for a whole row of squares, or they would not stand below each other.
    angle = (row + (0.5 - up)) * np.radians(SQUARE_M / _METRES_PER_DEGREE)
    width: Floats = np.cos(angle, out=angle)
    width *= _METRES_PER_DEGREE / SQUARE_M
    width *= east
    width += right
    floor: Floats = np.floor(width, out=width)
    return floor


def _hashed(row: Floats, column: Floats) -> npt.NDArray[np.uint32]:
    """Give each square a number of 32 bits; squares that differ rarely have the same."""
    mixed = row.astype(np.int64).view(np.uint64) * _MIX[0]  # wraps around, as hashes do
    mixed += column.astype(np.int64).view(np.uint64) * _MIX[1]
    mixed *= _MIX[0]
    return np.asarray(mixed >> np.uint64(32), dtype=np.uint32)


def _shared(squares: npt.NDArray[np.uint32], least: int) -> Bools:
    """Tell the rows whose square so many rows have, and few others."""
    if squares.size < least:
        return np.zeros(squares.size, dtype=bool)
    ordered = np.sort(squares)
    repeated = ordered[least - 1 :] == ordered[: ordered.size - least + 1]
    hot = np.zeros(1 << _BITS, dtype=bool)
    hot[ordered[least - 1 :][repeated] >> _SHIFT] = True
    return np.asarray(hot[squares >> _SHIFT])


def _in_squares(row: Floats, column: Floats, day: Ints, task: Ints) -> Bools:
    """Find the rows in squares that hold many of different days or tasks."""
    import pandas as pd

    suspected = np.zeros(row.size, dtype=bool)
    # Most are told to be alone by small numbers; what shares one by chance is told apart below.
    crowded = np.flatnonzero(_shared(_hashed(row, column), LEAST_AT_SITE))
    if crowded.size == 0:
        return suspected
    key = row[crowded].astype(np.int64) * _ROW_WIDTH + column[crowded].astype(np.int64)
    square = pd.factorize(key)[0]
    size = np.bincount(square)
    varied = np.zeros(size.size, dtype=bool)
    for codes, least in ((day[crowded], LEAST_DAYS), (task[crowded], LEAST_TASKS)):
        stated = codes >= 0
        many = codes.max(initial=0) + 1
        pairs = pd.unique(square[stated] * many + codes[stated])
        varied |= np.bincount(pairs // many, minlength=size.size) >= least
    suspected[crowded] = ((size >= LEAST_AT_SITE) & varied)[square]
    return suspected


def _codes(frame: pd.DataFrame, name: str, rows: Ints) -> Ints:
    """Give each day or task a number; -1 where a row states none."""
    import pandas as pd

    if name not in frame.columns:
        return np.full(rows.size, -1, dtype=np.int64)
    texts = np.asarray(frame[name], dtype=object)[rows]
    if name == "date":
        return day_codes(texts)
    codes, distinct = pd.factorize(texts)
    blank = np.append(np.asarray(distinct == "", dtype=bool), True)
    return np.where(blank[codes], -1, codes).astype(np.int64)


def _approval_ranks(
    table: RawTable, found: Mapping[str, str], columns: Mapping[str, Column]
) -> npt.NDArray[np.int8]:
    """Give the place of the gravest state of each row in the list of states, "" being last."""
    headers = {found["status"]} if "status" in found else set()
    headers |= {name for name in table.frame.columns if is_validation(str(name))}
    worst = np.full(len(table.frame), len(_STATES) - 1, dtype=np.int8)
    for header in sorted(headers):
        known = columns.get("status") if header == found.get("status") else None
        words = as_words(table.frame[header]) if known is None else words_of(known)
        ranks = np.array([_STATES.index(approval_of(str(text))) for text in words.texts], np.int8)
        worst = np.minimum(worst, ranks[words.codes])
    return worst


def _approval_problems(table: RawTable, states: Mapping[str, int]) -> list[Problem]:
    place = (table.source, table.layer or "")
    waiting = {state: n for state, n in states.items() if n and state not in ("", REJECTED)}
    problems = []
    if waiting:
        values = {
            "n": f"{sum(waiting.values()):,}",
            "states": ", ".join(f"{state}: {n:,}" for state, n in waiting.items()),
        }
        problems.append(Problem("MA511", *place, values=values))
    if states[REJECTED]:
        problems.append(Problem("MA523", *place, values={"n": f"{states[REJECTED]:,}"}))
    return problems
