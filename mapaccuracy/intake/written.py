"""Positions as they are written: plain numbers all at once, the grammar for the rest.

How finely a position is written, and what is known of its error, is told here as well.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mapaccuracy.coordinates import metres_per_degree
from mapaccuracy.coordinates.positions import Order, Readings, read_positions
from mapaccuracy.intake.cells import Numbers, Texts, as_numbers, as_text
from mapaccuracy.schema import Bools, Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

    from mapaccuracy.coordinates.positions import Position

MOSTLY = 0.95
# Nobody writes a tenth of a millimetre: such numbers come out of a computation, and how finely
# the position was once written cannot be seen.
_MOST_DECIMALS = {"degrees": 9, "metres": 4}
# Numbers are stored and multiplied with an error of half of the last binary place each.
_ROUNDING = 4.5e-16
_SAMPLE = 2_000
# 0.9 to the power of 44 is below 0.01.
_NEVER_ZERO = 44
_PLAIN = "dd"
# They name zone and square: always WGS 84.
GRID_NOTATIONS = ("mgrs", "utm")
# A letter of the longitude, where no unit is written out.
_UNIT_WORDS = re.compile(r"degrees?|deg|seconds?|sec|minutes?|min", re.IGNORECASE)
_EAST_WEST = re.compile(r"[ewвз]", re.IGNORECASE)
_MINUTES_OR_SECONDS = "of 60 or more"
_COPY_AGAIN = "copy it again from the form"
_NO_COORDINATE = ("A cell is no coordinate", "no direction", "no notation has")
_ORDER = "--order"
WHICH_FIRST = "Nothing says which number is the latitude, or the northing."
_ONE_ONLY = re.compile(r"(It is one coordinate only), [^;]*;")
_MEANINGS_SHOWN = 2


@dataclass(frozen=True)
class Written:
    """How the positions of a table are written.

    Attributes
    ----------
    resolution_m : ndarray of float, shape (n,), or float
        Half of the last digit's place in metres, the larger one of the two axes; NaN where the
        table does not tell. One number where all rows have the same.
    notation : ndarray of str or None, shape (n,), or None
        As in `Position`; None of a row that was not read, and None for all where every cell is a
        plain number.
    """

    resolution_m: Floats | float
    notation: Texts | None = None


UNTOLD = Written(float("nan"))


@dataclass(frozen=True)
class Asked:
    """What the grammar said of the rows that are not two plain numbers.

    Attributes
    ----------
    rows : ndarray of int, shape (k,)
    readings : Readings
        Of these rows.
    exchanged : ndarray of bool, shape (k,)
        Read, but by its letters the coordinate of each column belongs into the other.
    """

    rows: Ints
    readings: Readings
    exchanged: Bools

    @property
    def refused(self) -> Bools:
        """Rows that the grammar did not read, shape (k,)."""
        return np.array([error is not None for error in self.readings.error], dtype=bool)


@dataclass(frozen=True)
class Pairs:
    """Two columns with a coordinate each.

    Attributes
    ----------
    north, east : Numbers
    written : Written
    asked : Asked or None
        None where all rows are plain numbers, or blank.
    """

    north: Numbers
    east: Numbers
    written: Written
    asked: Asked | None = None


def read_pairs(north: pd.Series[Any], east: pd.Series[Any], *, degrees: bool) -> Pairs:
    """Read two columns with a coordinate each; of degrees, also in other notations.

    Parameters
    ----------
    north, east : Series, shape (n,)
        Latitude and longitude, or northing and easting.
    degrees : bool
        Degrees, in which a comma stands for decimals; or metres, plain numbers only.

    Returns
    -------
    Pairs
        A row is read by the grammar where one of its cells is no plain number and none is blank.

    Examples
    --------
    >>> import pandas as pd
    >>> lat, lon = pd.Series(["39 59 24 N", "39,99", "?"]), pd.Series(["46 55.8 E", "46.93", "1"])
    >>> found = read_pairs(lat, lon, degrees=True)
    >>> found.north.values.round(4).tolist(), found.east.values.round(4).tolist()
    ([39.99, 39.99, nan], [46.93, 46.93, 1.0])
    >>> found.written.notation.tolist(), found.north.bad.tolist()
    (['dms+ddm', 'dd', None], [False, False, True])
    """
    first, second = (as_numbers(column, comma_is_decimal=degrees) for column in (north, east))
    plain = _plain_resolution_m((north, east), (first.values, second.values), degrees=degrees)
    rows = np.flatnonzero(
        (first.bad | second.bad) & ~(first.empty | second.empty | first.endless | second.endless)
    )
    if not degrees or rows.size == 0:
        return Pairs(first, second, Written(plain))
    cells = [as_text(column.iloc[rows]) for column in (north, east)]
    readings = read_positions(cells[0], cells[1], order="lat,lon")
    in_other = np.array([_is_longitude(text) for text in cells[0]], dtype=bool)
    read = np.isfinite(readings.lat) & ~in_other
    notation = np.full(first.values.size, None, dtype=object)
    notation[np.isfinite(first.values) & np.isfinite(second.values)] = _PLAIN
    notation[rows[read]] = readings.notation[read]
    resolution_m = np.array(np.broadcast_to(plain, first.values.shape), dtype=np.float64)
    resolution_m[rows] = np.where(read, readings.resolution_m, np.nan)
    return Pairs(
        _filled(first, rows[read], readings.lat[read]),
        _filled(second, rows[read], readings.lon[read]),
        Written(resolution_m, notation),
        Asked(rows, readings, in_other & np.isfinite(readings.lat)),
    )


def read_column(
    column: pd.Series[Any], crs: str | None, order: Order | None
) -> tuple[Readings, Bools]:
    """Read a column in which each cell holds a whole position.

    Parameters
    ----------
    column : Series, shape (n,)
    crs : str or None
        Of the numbers; None for WGS 84.
    order : {"lat,lon", "lon,lat"} or None
        Of two numbers without letters.

    Returns
    -------
    readings : Readings
    blank : ndarray of bool, shape (n,)
    """
    texts = as_text(column)
    return read_positions(texts, crs=crs, order=order), np.asarray(texts == "", dtype=bool)


def numbers_resolution_m(north: Floats, east: Floats, *, degrees: bool) -> float:
    """Tell how finely positions are written that are stored as numbers, in metres.

    Zeros at the end of a number are lost, so that only all of them together tell: they have as
    many decimals as 95 in 100 of them need.

    Parameters
    ----------
    north, east : ndarray of float, shape (n,)
        Latitude and longitude, or northing and easting; NaN is left out.
    degrees : bool

    Returns
    -------
    float
        Half of the last decimal's place, of the axis where it is larger; of degrees where on the
        ground of the table it is largest. NaN if the numbers have more decimals than anybody
        writes (9 of degrees, 4 of metres), or there are none.

    Examples
    --------
    >>> lat, lon = np.array([39.99, 39.98, 39.9]), np.array([46.931, 46.9, 46.92])
    >>> round(numbers_resolution_m(lat, lon, degrees=True))
    555
    >>> numbers_resolution_m(lat / 3, lon / 3, degrees=True)
    nan
    """
    most = _MOST_DECIMALS["degrees" if degrees else "metres"]
    steps = [_half_step(values, most) for values in (north, east)]
    return _largest_m(steps[0], steps[1], north, degrees=degrees)


def accuracy_m(
    stated_m: Floats | None, resolution_m: Floats | float, operation_m: float | None, n: int
) -> Floats | None:
    """Put together what is known of the errors of positions.

    Parameters
    ----------
    stated_m : ndarray of float, shape (n,), or None
        As the file states it, taken for a root mean square distance; NaN where it does not.
    resolution_m : ndarray of float, shape (n,), or float
        Half of the last digit's place; NaN where the file does not tell.
    operation_m : float or None
        Accuracy that is stated for the way to WGS 84.
    n : int

    Returns
    -------
    ndarray of float, shape (n,), or None
        Root mean square distance in metres between the true position and ours, as far as it
        follows from these three: it can be worse, but hardly better. NaN where none is known,
        None where this is so of all rows.

    Notes
    -----
    ``sqrt(stated^2 + 2/3 * resolution^2 + operation^2)``: the three err independently. Rounding
    errs evenly within half of the last place, ``-h`` to ``h``, with variance ``h^2 / 3`` on
    either axis, so ``2/3 h^2`` of the distance. What a handset or the EPSG registry call accuracy
    is not defined by them; it is taken as a root mean square distance.

    Examples
    --------
    >>> accuracy_m(np.array([3.0, np.nan]), 0.0, 4.0, 2).tolist()
    [5.0, 4.0]
    >>> accuracy_m(None, 15.0, None, 2).round(2).tolist()
    [12.25, 12.25]
    """
    parts: list[Floats | float] = [np.square(resolution_m) * 2 / 3]
    if stated_m is not None:
        parts.append(np.square(stated_m))
    if operation_m:
        parts.append(operation_m**2)
    known = [part for part in parts if not np.isnan(part).all()]
    if not known:
        return None
    if all(np.ndim(part) == 0 for part in known):
        return np.full(n, float(np.sqrt(sum(float(part) for part in known))))
    whole = np.zeros(n)
    unknown = np.ones(n, dtype=bool)
    for part in known:
        whole += np.nan_to_num(part)
        unknown &= np.isnan(part)
    whole = np.sqrt(whole)
    whole[unknown] = np.nan
    return whole


def usual_m(values: Floats | float, rows: Bools) -> float | None:
    """Find the number of metres that 95 % of the rows that have one do not exceed.

    Examples
    --------
    >>> usual_m(np.array([5.0, 50.0, np.nan, 5.0]), np.array([True, False, True, True]))
    5.0
    """
    if np.ndim(values) == 0:
        return float(values) if rows.any() and np.isfinite(values) else None
    known = np.asarray(values, dtype=np.float64)[rows]
    known = known[np.isfinite(known)]
    if known.size == 0:
        return None
    place = int(np.ceil(MOSTLY * known.size)) - 1
    return float(np.partition(known, place)[place])


def notations(notation: Texts | None, rows: Bools) -> dict[str, int]:
    """Count rows by their notation, sorted by its name.

    Examples
    --------
    >>> words = np.array(["dms", "mgrs", None, "dms"], dtype=object)
    >>> notations(words, np.array([True, True, False, True]))
    {'dms': 2, 'mgrs': 1}
    """
    if notation is None:
        return {}
    names, counts = np.unique(notation[rows].astype(str), return_counts=True)
    return dict(zip(names.tolist(), counts.tolist(), strict=True))


def refusal(error: str) -> tuple[str, str]:
    """Give the code under which a refusal of the grammar is listed, and its reason.

    The reason holds no position and names no option of another command.

    Examples
    --------
    >>> refusal("It has minutes of 60 or more; compare with the original.")
    ('MA211', 'It has minutes of 60 or more; compare with the original.')
    >>> refusal("It is one coordinate only, 33.5 degrees; a position needs two.")
    ('MA221', 'It is one coordinate only; a position needs two.')
    """
    if _MINUTES_OR_SECONDS in error:
        return "MA211", error
    if _COPY_AGAIN in error:
        return "MA212", error
    if _ORDER in error:
        return "MA221", WHICH_FIRST
    return "MA221", _ONE_ONLY.sub(r"\1;", error)


def is_no_coordinate(error: str) -> bool:
    """Tell whether the grammar refused a cell because it is none at all, rather than a wrong one.

    Examples
    --------
    >>> said = read_positions(["?", "39°61'"], ["46.9", "46.9"]).error
    >>> [is_no_coordinate(error) for error in said]
    [True, False]
    """
    return any(words in error for words in _NO_COORDINATE)


def meanings(readings: tuple[Position, ...]) -> str:
    """Write what a refused text could mean, as short as a message needs it.

    Examples
    --------
    >>> meanings(read_positions(["45.37 41.09"])[0].readings)
    '45.3700 41.0900 or 41.0900 45.3700'
    """
    listed = [f"{one.lat:.4f} {one.lon:.4f}" for one in readings[:_MEANINGS_SHOWN]]
    return " or ".join(listed) + (" ..." if len(readings) > _MEANINGS_SHOWN else "")


def _is_longitude(text: str) -> bool:
    plain = unicodedata.normalize("NFKC", text)  # the grammar reads wide letters as well
    return _EAST_WEST.search(_UNIT_WORDS.sub(" ", plain)) is not None


def _filled(numbers: Numbers, rows: Ints, values: Floats) -> Numbers:
    """Put what the grammar read among plain numbers."""
    whole, bad = numbers.values.copy(), numbers.bad.copy()
    whole[rows] = values
    bad[rows] = False
    return replace(numbers, values=whole, bad=bad)


def _plain_resolution_m(
    columns: tuple[pd.Series[Any], pd.Series[Any]],
    values: tuple[Floats, Floats],
    *,
    degrees: bool,
) -> Floats | float:
    """Tell how finely plain numbers are written, of the larger axis, in metres."""
    most = _MOST_DECIMALS["degrees" if degrees else "metres"]
    north, east = (
        _half_steps(column, axis, most) for column, axis in zip(columns, values, strict=True)
    )
    if isinstance(north, float) and isinstance(east, float):
        return _largest_m(north, east, values[0], degrees=degrees)
    if degrees:
        east_m, north_m = metres_per_degree(values[0])
        north, east = north * north_m, east * east_m
    return np.asarray(np.fmax(north, east), dtype=np.float64)


def _half_steps(column: pd.Series[Any], values: Floats, most: int) -> Floats | float:
    """Half of the last digit's place of each cell, or of all of them, in the column's unit."""
    if column.dtype.kind in "iuf":
        return _half_step(values, most)
    cells = column.to_numpy(dtype=object)
    is_text = np.fromiter((type(cell) is str for cell in cells), dtype=bool, count=len(cells))
    if not is_text.any():
        return _half_step(values, most)
    decimals = np.fromiter(map(_decimals, cells[is_text]), dtype=np.float64, count=is_text.sum())
    if _zeros_left_out(cells[is_text], decimals):
        return _half_step(values, most)
    # A workbook may hold numbers and texts in one column.
    steps = np.full(len(cells), _half_step(values[~is_text], most))
    steps[is_text] = np.where(decimals > most, np.nan, 0.5 * 10.0**-decimals)
    steps[np.isnan(values)] = np.nan
    return steps


def _zeros_left_out(texts: Texts, decimals: Floats) -> bool:
    """Tell whether a program wrote the numbers, without the zeros at their end.

    One of ten numbers that people wrote with as many decimals ends in a zero. That none of so many
    does would be chance in less than 1 of 100 cases.
    """
    if np.count_nonzero(decimals > 0) < _NEVER_ZERO or (decimals == decimals[0]).all():
        return False
    return not any(text.rstrip().endswith("0") for text in texts[decimals > 0])


def _decimals(text: str) -> float:
    """Count the decimals of a number as written; NaN of one with an exponent."""
    if "e" in text or "E" in text:
        return float("nan")
    text = text.strip()
    at = max(text.rfind("."), text.rfind(","))
    return float(len(text) - 1 - at) if at >= 0 else 0.0


def _half_step(values: Floats, most: int) -> float:
    """Half of the last decimal's place that 95 % of numbers need; NaN if it is not told."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return float("nan")
    sample = finite[:: max(1, finite.size // _SAMPLE)]
    # A sample tells where to begin; all numbers decide, so that their order does not matter.
    decimals = next((d for d in range(most + 1) if _suffice(sample, d)), most)
    while decimals > 0 and _suffice(finite, decimals - 1):
        decimals -= 1
    while decimals <= most and not _suffice(finite, decimals):
        decimals += 1
    return 0.5 * 10.0**-decimals if decimals <= most else float("nan")


def _suffice(values: Floats, decimals: int) -> bool:
    scaled = values * 10.0**decimals
    whole = np.abs(scaled - np.rint(scaled)) <= np.abs(scaled) * _ROUNDING
    return bool(np.count_nonzero(whole) >= MOSTLY * values.size)


def _largest_m(north: float, east: float, latitudes: Floats, *, degrees: bool) -> float:
    if not degrees:
        return float(np.fmax(north, east))
    known = np.abs(latitudes[np.isfinite(latitudes)])
    known = known[known <= 90]
    if known.size == 0:
        return float("nan")
    # Degrees of longitude are longest near the equator, those of latitude near the poles.
    east_m, north_m = metres_per_degree(np.array([known.min(), known.max()]))
    return float(np.fmax(north * north_m.max(), east * east_m.max()))
