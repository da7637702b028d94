"""How finely positions are written, and what their digits suggest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mapaccuracy.coordinates import metres_per_degree
from mapaccuracy.coordinates.positions import Order, read_positions
from mapaccuracy.coordinates.positions.pairs import ORDER_UNKNOWN
from mapaccuracy.errors import SettingsError
from mapaccuracy.intake.written import MOSTLY, read_pairs, usual_m
from mapaccuracy.schema import Bools, Floats, Ints, RawTable

if TYPE_CHECKING:
    import pandas as pd

# Rows that are looked at, evenly over the table: more would tell the same.
_LOOKED_AT = 5_000
# Whole minutes and their like: units in degrees, coarse ones first.
_UNITS = (
    ("whole minutes", 1 / 60),
    ("tenths of a minute", 1 / 600),
    ("whole seconds", 1 / 3600),
    ("hundredths of a minute", 1 / 6000),
    ("tenths of a second", 1 / 36000),
    ("thousandths of a minute", 1 / 60000),
)
# By chance so many cells may lie as close to a whole unit as the last digit allows.
_BY_CHANCE = 0.1
# Below 60 by chance: 0.6 to the power of 20 is 0.00004.
_DISTINCT = 20
_LEAST_ROWS = 10
_MOST_REFUSALS = 5

Entry = dict[str, Any]
Texts = npt.NDArray[np.object_]


def digits_of(
    table: RawTable,
    found: Mapping[str, str],
    crs: str | None,
    order: Order | None = None,
) -> Entry | None:
    """Say how finely the positions of a table are written.

    Parameters
    ----------
    table : RawTable
        With cells as they are written.
    found : mapping of str to str
        Column name to header.
    crs : str or None
        In which the positions would be read; None if nobody knows.
    order : {"lat,lon", "lon,lat"}, optional
        Of positions that stand in one cell.

    Returns
    -------
    dict or None
        None without a position. ``looked_at`` rows of 5,000 at most, evenly over the table;
        ``read``, ``refused``; ``refusals``: reason to rows; ``notations``: notation to rows;
        ``decimals``: for each axis the number that most cells have; ``half_step_m``: half of the
        last digit's place as `evaluate` takes it, the larger axis, which 95 % of the rows do not
        exceed, or None;
        ``order_unknown``: rows in which nothing says which number is the latitude;
        ``grid``: ``{unit, half_step_m}`` if the numbers are whole minutes, seconds or parts of
        them; ``suspicions``: what else the digits suggest, as sentences.

    Notes
    -----
    Half a step is how finely a position is *written*. How well it was measured is another
    question: it can only be worse.
    """
    import pandas as pd

    cells = _cells(table, found)
    if cells is None:
        return None
    axes, written, columns, as_numbers = cells
    entry: Entry = {
        "looked_at": len(columns[0]),
        "read": None,
        "refused": None,
        "refusals": {},
        "order_unknown": 0,
        "notations": {},
        "decimals": {},
        "half_step_m": None,
        "grid": None,
        "suspicions": [],
    }
    numbers = [_plain(column) for column in columns]
    decimals = [_decimals(column) for column in columns]
    if as_numbers:
        # Zeros at the end of a number are lost: the column as a whole tells how many it had.
        decimals = [np.full_like(count, _common(count)) for count in decimals]
    in_metres = axes == ("y", "x") and (crs is None or crs == "local")
    for axis, values, count in zip(axes, numbers, decimals, strict=True):
        plain = np.isfinite(values)
        if axis != "position" and plain.any():
            entry["decimals"][axis] = int(np.bincount(count[plain]).argmax())
    if len(axes) > 1:
        # Without a zero at their end, readers of plain files take cells for numbers.
        own = map(pd.Series, numbers) if as_numbers else written
        pairs = read_pairs(*own, degrees=axes == ("lat", "lon"))
        both = np.isfinite(pairs.north.values) & np.isfinite(pairs.east.values)
        entry["half_step_m"] = usual_m(pairs.written.resolution_m, both)
    if in_metres:
        return entry
    _add_readings(entry, columns, crs, None if axes == ("position",) else "lat,lon", order)
    if axes == ("lat", "lon"):
        both = np.isfinite(numbers[0]) & np.isfinite(numbers[1])
        both &= (np.abs(numbers[0]) <= 90) & (np.abs(numbers[1]) <= 180)
        _add_grid(entry, numbers, decimals, both)
        _add_suspicions(entry, columns, numbers, both)
    return entry


def _cells(
    table: RawTable, found: Mapping[str, str]
) -> tuple[tuple[str, ...], tuple[pd.Series[Any], ...], tuple[Texts, ...], bool] | None:
    """Give cells of positions, latitude or northing first, and as text; and if they are numbers."""
    import pandas as pd
    import shapely

    n = table.rows.size
    some = np.unique(np.linspace(0, n - 1, min(n, _LOOKED_AT)).astype(np.int64))
    if table.geometry is not None:
        shapes = np.asarray(table.geometry[some], dtype=object)
        at = shapely.get_coordinates(shapes)
        at = at[np.unique(np.linspace(0, len(at) - 1, min(len(at), _LOOKED_AT)).astype(np.int64))]
        if not len(at):
            return None
        degrees = bool((np.abs(at[:, 0]) <= 180).all() and (np.abs(at[:, 1]) <= 90).all())
        both = at[:, 1], at[:, 0]
        return (
            ("lat", "lon") if degrees else ("y", "x"),
            tuple(map(pd.Series, both)),
            tuple(map(_texts, both)),
            True,
        )
    known: tuple[tuple[str, ...], ...] = (("lat", "lon"), ("y", "x"), ("position",))
    axes = next((axes for axes in known if set(axes) <= set(found)), None)
    if axes is None:
        return None
    columns = [table.frame[found[axis]].iloc[some] for axis in axes]
    texts = [_texts(column.to_numpy(dtype=object)) for column in columns]
    filled = np.logical_or.reduce([text != "" for text in texts])
    if not filled.any():
        return None
    cells = tuple(text[filled] for text in texts)
    written = tuple(column[filled] for column in columns)
    return axes, written, cells, axes != ("position",) and not any(map(_keep_zeros, cells))


def _texts(column: Sequence[Any] | npt.NDArray[Any]) -> Texts:
    """Write cells as text; numbers with the digits that they need."""
    out = np.empty(len(column), dtype=object)
    out[:] = [_text(value) for value in column]
    return out


def _text(value: Any) -> str:
    if value is None or value != value:
        return ""
    if isinstance(value, (float, np.floating)) and np.isfinite(value):
        return str(np.format_float_positional(value, trim="-"))
    return str(value).strip()


def _plain(column: Texts) -> Floats:
    """Plain decimals, with point or comma; NaN for all else."""
    out = np.full(len(column), np.nan)
    for index, text in enumerate(column):
        plain = text.replace("−", "-")
        plain = plain.replace(",", ".") if plain.count(",") == 1 and "." not in plain else plain
        if (
            plain.lstrip("+-").replace(".", "", 1).isascii()
            and plain.lstrip("+-").replace(".", "", 1).isdigit()
        ):
            out[index] = float(plain)
    return out


def _decimals(column: Texts) -> Ints:
    return np.fromiter(
        (
            len(text) - 1 - max(text.rfind("."), text.rfind(",")) if {".", ","} & set(text) else 0
            for text in column
        ),
        dtype=np.int64,
        count=len(column),
    )


def _keep_zeros(column: Texts) -> bool:
    """Tell whether zeros at the end of decimals were written, or all have as many decimals."""
    count = _decimals(column)
    return bool((count == count[0]).all()) or any(
        text.endswith("0") for text in column[count > 0].tolist()
    )


def _common(decimals: Ints) -> int:
    """Find the most decimals that a number of the column in twenty or more has."""
    ordered = np.sort(decimals)
    return int(ordered[int(np.ceil(MOSTLY * ordered.size)) - 1])


def _add_readings(
    entry: Entry,
    columns: Sequence[Texts],
    crs: str | None,
    known: Order | None,
    order: Order | None,
) -> None:
    second = columns[1] if len(columns) > 1 else None
    try:
        readings = read_positions(columns[0], second, crs, known or order)
    except SettingsError:
        return
    refused = np.array([error is not None for error in readings.error], dtype=bool)
    entry["read"], entry["refused"] = int((~refused).sum()), int(refused.sum())
    for name, values, most in (
        ("refusals", readings.error[refused], _MOST_REFUSALS),
        ("notations", readings.notation[~refused], None),
    ):
        words, counts = np.unique(values.astype(str), return_counts=True)
        ranked = sorted(
            zip(counts.tolist(), words.tolist(), strict=True), key=lambda e: (-e[0], e[1])
        )
        entry[name] = {word: count for count, word in ranked[:most]}
    entry["order_unknown"] = int((readings.error == ORDER_UNKNOWN).sum())
    if second is None:
        entry["half_step_m"] = usual_m(readings.resolution_m, ~refused)


def _add_grid(
    entry: Entry, numbers: Sequence[Floats], decimals: Sequence[Ints], both: Bools
) -> None:
    """Tell whether decimal degrees are whole minutes or seconds in fact."""
    if both.sum() < _LEAST_ROWS:
        return
    values = np.concatenate([axis[both] for axis in numbers])
    tolerance = 0.5001 * 10.0 ** -np.concatenate([axis[both] for axis in decimals]).astype(float)
    # Many digits are there to be counted, but not all of them are exact.
    tolerance = np.maximum(tolerance, 1e-9)
    for name, unit in _UNITS:
        by_chance = np.minimum(2 * tolerance / unit, 1.0)
        if by_chance.mean() > _BY_CHANCE:
            return
        whole = np.abs(values / unit - np.round(values / unit)) * unit <= tolerance
        # Whole degrees and their like stand on every grid.
        if whole.mean() >= MOSTLY and np.unique(np.round(values[whole] / unit)).size > 1:
            east_m, north_m = metres_per_degree(numbers[0][both])
            step = 0.5 * unit * float(np.maximum(east_m, north_m).max())
            entry["grid"] = {"unit": name, "half_step_m": step}
            return


def _add_suspicions(
    entry: Entry, columns: Sequence[Texts], numbers: Sequence[Floats], both: Bools
) -> None:
    rows = np.flatnonzero(both)
    if not rows.size:
        return
    zero = int(((numbers[0][rows] == 0) & (numbers[1][rows] == 0)).sum())
    if zero:
        entry["suspicions"].append(
            f"positions at 0, 0: {zero:,} of those looked at; blank cells may have become zeros"
        )
    texts = [columns[axis][row] for axis in (0, 1) for row in rows]
    first, second = _pairs(texts, 0), _pairs(texts, 2)
    if entry["grid"] is not None or not first or max(first) >= 60:
        return
    # Of few distinct minutes all may be below 60 because the ground is small.
    if len(set(second)) >= _DISTINCT and max(second) < 60:
        entry["suspicions"].append(
            "the first two decimals and the next two are never 60 or more: degrees, minutes and "
            "seconds (DD.MMSS) may have been typed as decimal degrees"
        )
    elif len(set(first)) >= _DISTINCT:
        entry["suspicions"].append(
            "the first two decimals are never 60 or more: degrees and minutes (DD.MMmm) may have "
            "been typed as decimal degrees"
        )


def _pairs(texts: Sequence[str], place: int) -> list[int]:
    """Two decimals of each number, from a place on."""
    parts = (text.replace(",", ".").partition(".")[2][place : place + 2] for text in texts)
    return [int(part) for part in parts if len(part) == 2 and part.isascii() and part.isdigit()]
