"""Reference points of records: the places from which azimuth and distance were measured."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapaccuracy.coordinates import geocentric
from mapaccuracy.intake.cells import Column, Numbers, as_numbers
from mapaccuracy.intake.ledger import Ledger
from mapaccuracy.intake.placed import LIMITS, MOST_M
from mapaccuracy.intake.reference import Reference, northing_called_x
from mapaccuracy.intake.written import read_pairs
from mapaccuracy.schema import Bools, Floats, Problem, RawTable, Role
from mapaccuracy.schema.columns import REFERENCE_COLUMNS

_DEGREES, _PLANE = REFERENCE_COLUMNS
_POINT = "reference_"
_VALUE = frozenset({"value"})
_FARTHEST_M = 100_000.0
_FAR = (
    "it is more than 100 km from its point",
    "",
    ", so it may be in another coordinate system, or its numbers are exchanged",
)
# A fault may stand in each of a million rows: the first are listed, all are counted.
_LISTED = 100

Columns = dict[str, npt.NDArray[np.generic]]
Said = tuple[str, str, str]
"""Words before a value, the value, which may be a position, and words after it."""


@dataclass(frozen=True)
class _Axis:
    """One of the two columns that a table gives."""

    name: str
    header: str
    numbers: Numbers
    limit: float
    unit: str

    def no_number(self, index: int) -> Said:
        hint = self.numbers.hint(index)
        return f"{self.name} is '", self.numbers.shown(index), f"', which is not a number{hint}"

    def endless(self, _: int) -> Said:
        return f"{self.name} is infinite", "", ""

    def blank(self, _: int) -> Said:
        return f"{self.name} is blank, and the other number is not", "", ""

    def beyond(self, index: int) -> Said:
        allowed = f"; allowed is -{self.limit:,.0f} to {self.limit:,.0f} {self.unit}"
        return f"{self.name} is ", repr(float(self.numbers.values[index])), allowed


class _LeftOut:
    """Rows whose reference point is left out, each for the first reason that holds."""

    def __init__(self, ledger: Ledger, role: Role) -> None:
        self._ledger = ledger
        self._role = role
        self._unusable = ledger.faulty
        self.rows = self._unusable.copy()

    def add(
        self,
        rows: Bools,
        axis: _Axis,
        say: Callable[[int], Said],
        column: str | None = None,
        positions: frozenset[str] = frozenset(),
    ) -> None:
        """Leave rows out, and list the first of them."""
        new = rows & ~self.rows
        self.rows |= new
        listed = np.zeros_like(new)
        listed[np.flatnonzero(new)[:_LISTED]] = True

        def values(index: int) -> dict[str, str]:
            what, value, why = say(index)
            return {"what": what, "value": value, "why": why, "role": self._role, "name": axis.name}

        self._ledger.add(listed, "MA219", column, values, positions)

    def counted(self, table: RawTable, given: Bools) -> list[Problem]:
        """Say how many there are."""
        n, total = (int((rows & ~self._unusable).sum()) for rows in (self.rows, given))
        values = {"n": f"{n:,}", "total": f"{total:,}"}
        return [Problem("MA220", table.source, table.layer or "", values=values)] if n else []


def read_reference_points(
    table: RawTable,
    found: Mapping[str, str],
    reference: Reference,
    positions: Mapping[str, Column],
    role: Role,
    ledger: Ledger,
) -> tuple[Columns, list[Problem]]:
    """Read the reference point of every row; one that cannot be used is left out and said.

    It is in the coordinate system of the positions and goes the same way to WGS 84. The row
    itself stays in use.

    Parameters
    ----------
    table : RawTable
        Without blank rows.
    found : mapping of str to str
        Column name to header.
    reference : Reference
        Of the positions.
    positions : mapping of str to ndarray of float, shape (n,)
        With ``lon`` and ``lat`` in WGS 84 degrees, or ``x`` and ``y`` in local metres; what
        faulty rows hold does not matter.
    role : str
    ledger : Ledger
        Takes a warning for each of the first 100 rows of every kind of fault. Rows that cannot
        be used are not looked at.

    Returns
    -------
    columns : dict of str to ndarray of float, shape (n,)
        ``reference_lon`` and ``reference_lat`` in WGS 84 degrees, or ``reference_x`` and
        ``reference_y`` in local metres; NaN where there is none. Empty if the table has no such
        columns, or only such as do not go with its positions.
    remarks : list of Problem

    Notes
    -----
    Azimuth and distance are measured over hundreds of metres. A reference point that lies more
    than 100 km from its point is taken for a mistake and left out.
    """
    given = {name for pair in REFERENCE_COLUMNS for name in pair} & set(found)
    if not given:
        return {}, []
    fitting = _fitting(reference)
    pair = next((pair for pair in fitting if set(pair) <= given), None)
    if pair is None:
        return {}, [_none(table, fitting, given, role)]
    east, north = _axes(table, found, reference, pair)
    left = _LeftOut(ledger, role)
    _check_cells(left, east, north)
    filled = ~(east.numbers.empty & north.numbers.empty)
    there = filled & ~left.rows
    own = np.full(there.size, np.nan), np.full(there.size, np.nan)
    own[0][there], own[1][there] = reference.to_degrees(
        east.numbers.values[there], north.numbers.values[there]
    )
    way = reference.operation
    east_name, north_name = ("x", "y") if way is None else ("lon", "lat")
    position = np.asarray(positions[east_name], float), np.asarray(positions[north_name], float)
    _check_places(left, north, own, position, there, reference)
    for values in own:
        values[left.rows] = np.nan
    remarks = left.counted(table, filled)
    if way is not None and way.north_first and pair == _PLANE:
        headers = (east.header, north.header)
        remarks += northing_called_x(table, reference, headers, role, _POINT)
    return {_POINT + east_name: own[0], _POINT + north_name: own[1]}, remarks


def _fitting(reference: Reference) -> tuple[tuple[str, str], ...]:
    """Tell which columns are in the coordinate system of the positions, best first."""
    if reference.kind == "degrees" or (reference.kind == "written" and reference.in_degrees):
        return (_DEGREES,)
    if not reference.in_degrees:
        return (_PLANE,)
    return (_DEGREES, _PLANE) if reference.kind == "geometry" else (_PLANE, _DEGREES)


def _none(
    table: RawTable, fitting: tuple[tuple[str, str], ...], given: set[str], role: Role
) -> Problem:
    """Say why the columns of a table give no reference point."""
    half = next((pair for pair in fitting if set(pair) & given), None)
    if half is not None:
        (has,), (lacks,) = set(half) & given, set(half) - given
        what = f"there is a column for {has}, but none for {lacks}"
    else:
        lacks = fitting[0][0]
        kinds = "metres, but the positions are degrees"
        if fitting == (_PLANE,):
            kinds = "degrees, but the positions are metres"
        what = f"its columns are {kinds}"
    values = {"what": what, "value": "", "why": "", "role": role, "name": lacks}
    return Problem("MA219", table.source, table.layer or "", values=values)


def _axes(
    table: RawTable, found: Mapping[str, str], reference: Reference, pair: tuple[str, str]
) -> tuple[_Axis, _Axis]:
    cells = [table.frame[found[name]] for name in pair]
    if pair == _DEGREES:
        read = read_pairs(cells[1], cells[0], degrees=True)
        numbers = [read.east, read.north]
    else:
        numbers = [as_numbers(column, comma_is_decimal=False) for column in cells]
    east, north = (
        _Axis(
            name,
            found[name],
            own,
            LIMITS[axis] if reference.in_degrees else MOST_M,
            "degrees" if reference.in_degrees else "metres",
        )
        for name, own, axis in zip(pair, numbers, ("longitude", "latitude"), strict=True)
    )
    return east, north


def _check_cells(left: _LeftOut, east: _Axis, north: _Axis) -> None:
    """Leave out what is no number, half a position, or beyond all coordinates."""
    for axis in (north, east):  # latitude is written first
        left.add(axis.numbers.bad, axis, axis.no_number, axis.header, _VALUE)
        left.add(axis.numbers.endless, axis, axis.endless, axis.header)
    half = north.numbers.empty ^ east.numbers.empty
    for axis in (north, east):
        left.add(half & axis.numbers.empty, axis, axis.blank, axis.header)
        beyond = np.abs(axis.numbers.values) > axis.limit
        left.add(beyond, axis, axis.beyond, axis.header, _VALUE)


def _check_places(
    left: _LeftOut,
    axis: _Axis,
    own: tuple[Floats, Floats],
    position: tuple[Floats, Floats],
    there: Bools,
    reference: Reference,
) -> None:
    """Leave out what lies nowhere after reprojection, or far from its point."""
    if reference.operation is not None:
        # False for infinite ones, too.
        inside = (np.abs(own[0]) <= LIMITS["longitude"]) & (np.abs(own[1]) <= LIMITS["latitude"])
        outside = f"it lies outside the area of {reference.crs}"
        left.add(there & ~inside, axis, lambda _: (outside, "", ""))
    rows = np.flatnonzero(there & ~left.rows)
    ends = [(east[rows], north[rows]) for east, north in (own, position)]
    one, other = (
        np.column_stack(end) if reference.operation is None else geocentric(*end) for end in ends
    )
    far = np.zeros_like(there)
    far[rows] = np.linalg.norm(one - other, axis=1) > _FARTHEST_M
    left.add(far, axis, lambda _: _FAR)
