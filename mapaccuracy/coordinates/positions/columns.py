"""Columns of positions: plain decimals all at once, the grammar for the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mapaccuracy.coordinates.earth import metres_per_degree
from mapaccuracy.coordinates.positions.metres import System, placed, system
from mapaccuracy.coordinates.positions.outcome import Order, Position, Reading
from mapaccuracy.coordinates.positions.pairs import ORDER_UNKNOWN
from mapaccuracy.coordinates.positions.reading import read_cells, read_position
from mapaccuracy.coordinates.systems import to_wgs84
from mapaccuracy.schema import Bools, Floats

Texts = npt.NDArray[np.object_]

_DEGREES = r"[+-]?[0-9]{1,3}\.[0-9]+"
_METRES = r"[+-]?[0-9]{1,9}(?:\.[0-9]+)?"
_BETWEEN = r"(?: *[;,] *| +)"


@dataclass(frozen=True)
class Readings:
    """What the cells of a column, or of two, say.

    Attributes
    ----------
    inputs : ndarray of str, shape (n,)
    lat, lon, resolution_m : ndarray of float, shape (n,)
        As in `Position`; NaN where the cell was refused.
    notation, error : ndarray of str or None, shape (n,)
        None where there is none.

    Notes
    -----
    ``readings[i]`` gives the `Reading` of a row, and what it could mean if it is ambiguous.
    """

    inputs: Texts
    lat: Floats
    lon: Floats
    resolution_m: Floats
    notation: Texts
    error: Texts
    _cells: tuple[Texts, ...]
    _crs: str | None
    _order: Order | None

    def __len__(self) -> int:
        return len(self.inputs)

    def __getitem__(self, index: int) -> Reading:
        if self.error[index] is None:
            position = Position(
                float(self.lat[index]),
                float(self.lon[index]),
                float(self.resolution_m[index]),
                str(self.notation[index]),
            )
            return Reading(str(self.inputs[index]), position)
        return _one([str(column[index]) for column in self._cells], self._crs, self._order)

    def __iter__(self) -> Iterator[Reading]:
        return (self[index] for index in range(len(self)))


def read_positions(
    texts: Sequence[Any] | npt.NDArray[Any],
    second: Sequence[Any] | npt.NDArray[Any] | None = None,
    crs: str | None = None,
    order: Order | None = None,
) -> Readings:
    """Read a column of positions, or two columns of coordinates.

    Parameters
    ----------
    texts : sequence of str or number, shape (n,)
    second : sequence of str or number, shape (n,), optional
        The other coordinate, where each has a column of its own.
    crs, order : str, optional
        As in `read_position`.

    Returns
    -------
    Readings
        The same, row by row, as `read_position` and `read_cells` give. A million cells of plain
        decimals take some seconds. Numbers that are not text have the digits that they need to
        read back equal; zeros at their end are not known.

    Raises
    ------
    SettingsError
        If PROJ does not know the coordinate system.

    Examples
    --------
    >>> found = read_positions(["39.99, 46.93", "39°59.4'N 46°55.8'E", "?"], order="lat,lon")
    >>> found.lat.round(6).tolist(), found.notation.tolist()
    ([39.99, 39.99, nan], ['dd', 'ddm', None])
    """
    cells = tuple(_texts(column) for column in (texts, second) if column is not None)
    if len({len(column) for column in cells}) > 1:
        raise ValueError("the two columns differ in length")
    into = None if crs is None else system(crs)
    inputs = cells[0] if len(cells) == 1 else _joined(cells)
    n = len(inputs)
    lat, lon, resolution_m = (np.full(n, np.nan) for _ in range(3))
    notation, error = np.full(n, None, dtype=object), np.full(n, None, dtype=object)
    numbers, is_plain = _plain_pairs(cells, into)
    rows = np.flatnonzero(is_plain)
    found = _quick(numbers, into, order)
    read = np.isfinite(found[0])
    for whole, part in zip((lat, lon, resolution_m), found[:3], strict=True):
        whole[rows[read]] = part[read]
    notation[rows[read]] = "dd" if into is None or not into.projected else "metres"
    left = ~is_plain
    left[rows[~read]] = True
    if order is None and (into is None or not into.projected):
        # The most usual refusal is told without reading each cell again.
        unclear = np.all(np.abs(found[3]) <= 90, axis=1) & ~read
        error[rows[unclear]] = ORDER_UNKNOWN
        left[rows[unclear]] = False
    for index in np.flatnonzero(left):
        reading = _one([str(column[index]) for column in cells], crs, order)
        error[index] = reading.error
        if reading.position is not None:
            lat[index], lon[index] = reading.position.lat, reading.position.lon
            resolution_m[index] = reading.position.resolution_m
            notation[index] = reading.position.notation
    return Readings(inputs, lat, lon, resolution_m, notation, error, cells, crs, order)


def _one(cells: Sequence[str], crs: str | None, order: Order | None) -> Reading:
    if len(cells) == 1:
        return read_position(cells[0], crs, order)
    return read_cells(cells[0], cells[1], crs, order)


def _joined(cells: Sequence[Texts]) -> Texts:
    out = np.empty(len(cells[0]), dtype=object)
    out[:] = [f"{first}; {second}" for first, second in zip(*cells, strict=True)]
    return out


def _texts(column: Sequence[Any] | npt.NDArray[Any]) -> Texts:
    out = np.empty(len(column), dtype=object)
    out[:] = [value if type(value) is str else _text(value) for value in column]
    return out


def _text(value: Any) -> str:
    """Write a cell as text; numbers without exponent and with the digits they need."""
    if value is None or value != value or str(value) in ("<NA>", "NaT"):
        return ""
    if isinstance(value, (float, np.floating)) and np.isfinite(value):
        return str(np.format_float_positional(value, trim="-"))
    return str(value)


def _plain_pairs(cells: Sequence[Texts], into: System | None) -> tuple[list[Texts], Bools]:
    """Find the rows with two plain decimals, and the decimals as text."""
    import pandas as pd

    metres = into is not None and into.projected
    number = _METRES if metres else _DEGREES
    if len(cells) == 1:
        pattern = rf" *({number}){_BETWEEN}({number}) *"
        if metres:
            # "500,123" is for the grammar: a comma may part thousands.
            pattern = rf" *({number})(?: *; *| +)({number}) *"
        split = pd.Series(cells[0], dtype=object).str.extract(f"^{pattern}\\Z")
        there = split[0].notna().to_numpy(dtype=bool)
        return [split[i].to_numpy(dtype=object)[there] for i in (0, 1)], there
    if not metres:
        number = r"[+-]?[0-9]{1,3}(?:\.[0-9]+)?"
    columns = [pd.Series(column, dtype=object) for column in cells]
    fits = [np.asarray(c.str.fullmatch(f" *{number} *"), dtype=bool) for c in columns]
    there = fits[0] & fits[1]
    return [c[there].str.strip(" ").to_numpy(dtype=object) for c in columns], there


def _quick(
    numbers: Sequence[Texts], into: System | None, order: Order | None
) -> tuple[Floats, Floats, Floats, Floats]:
    """Latitude, longitude and resolution of plain decimals, NaN if refused; and the numbers."""
    first, second = (np.asarray(column, dtype=object).astype(np.float64) for column in numbers)
    steps = [_half_steps(column) for column in numbers]
    both = np.stack([first, second], axis=1)
    if into is not None and into.projected:
        lat, lon = placed(first, second, into, order) if len(first) else (first, second)
        return lat, lon, np.maximum(*steps), both
    if order is None:
        # A number beyond 90 is the longitude; two equal numbers have one reading only.
        beyond_first, beyond_second = np.abs(first) > 90, np.abs(second) > 90
        lon_first = beyond_first & ~beyond_second
        known = (beyond_first != beyond_second) | ((first == second) & (steps[0] == steps[1]))
    else:
        lon_first = np.full(first.size, order == "lon,lat")
        known = np.ones(first.size, dtype=bool)
    lat, lon = np.where(lon_first, second, first), np.where(lon_first, first, second)
    known &= (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
    east_m, north_m = metres_per_degree(lat)
    lat_step, lon_step = np.where(lon_first, steps[::-1], steps)
    step = np.maximum(lat_step * north_m, lon_step * east_m)
    lat, lon = (np.where(known, axis + 0.0, np.nan) for axis in (lat, lon))
    if into is not None and not into.is_wgs84 and known.any():
        there = np.flatnonzero(known)
        moved_lon, moved_lat = to_wgs84(lon[there], lat[there], into.given)
        fine = np.isfinite(moved_lon) & np.isfinite(moved_lat)
        lat[there] = np.where(fine, moved_lat, np.nan)
        lon[there] = np.where(fine, moved_lon, np.nan)
    return lat, lon, step, both


def _half_steps(column: Texts) -> Floats:
    decimals = np.fromiter(
        (len(text) - text.find(".") - 1 if "." in text else 0 for text in column),
        dtype=np.int64,
        count=len(column),
    )
    return np.asarray(0.5 * 10.0**-decimals, dtype=np.float64)
