"""Supplied points, finds and accidents: ids, positions and the columns of the role."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mapaccuracy.intake.cells import Numbers, Texts, as_numbers, as_words, each_text
from mapaccuracy.intake.ledger import Ledger
from mapaccuracy.intake.reference import Reference
from mapaccuracy.schema import POSITION_COLUMNS, Bools, Floats, RawTable, Role
from mapaccuracy.schema.columns import REFERENCE_COLUMNS
from mapaccuracy.schema.vocabulary import (
    GEOMETRY_BASES,
    OTHER,
    category_of,
    is_recognised,
    plain,
)

if TYPE_CHECKING:
    import pandas as pd

Columns = dict[str, npt.NDArray[np.generic]]

_VALUE = frozenset({"value"})
_BASES = (*GEOMETRY_BASES, "")
_STRANGE = "?"
_MOST_ITEMS = 1_000_000_000
# Read with the coordinate system of the table at hand, not as plain numbers.
_PLACES = POSITION_COLUMNS.union(*REFERENCE_COLUMNS)
# No plane of metres reaches farther; beyond, squares lose the metres.
MOST_M = 1e8
LIMITS = {"latitude": 90.0, "longitude": 180.0}


def read_points(
    table: RawTable, found: Mapping[str, str], reference: Reference, role: Role, ids: Texts
) -> tuple[Columns, Ledger, bool]:
    """Take one table of points apart.

    Parameters
    ----------
    table : RawTable
        Without blank rows.
    found : mapping of str to str
        Column name to header.
    reference : Reference
    role : {"supplied", "finds", "accidents"}
    ids : ndarray of str, shape (n,)

    Returns
    -------
    columns : dict of str to ndarray, shape (n,)
        By our names; what faulty rows hold is undefined.
    ledger : Ledger
    fits : bool
        Whether no position was out of range as it stands.
    """
    ledger = Ledger(table, ids)
    ledger.add(ids == "", "MA102", found.get("id"))
    if reference.kind == "geometry":
        east, north = _from_geometry(table, ledger)
    else:
        east, north = _from_columns(table, reference, ledger)
    fits = _check_degrees(east, north, reference, ledger, role)
    usable = ~ledger.faulty
    lon, lat = np.full(east.size, np.nan), np.full(east.size, np.nan)
    lon[usable], lat[usable] = reference.to_degrees(east[usable], north[usable])
    _check_result(lon, lat, usable, reference, ledger, role)
    names = ("x", "y") if reference.operation is None else ("lon", "lat")
    columns: Columns = {"id": ids, names[0]: lon, names[1]: lat}
    columns |= _attributes(table, found, ledger)
    if role == "finds" or {"type", "model"} & set(columns):
        columns["category"] = category(columns, ids.size)
    return columns, ledger, fits


def category(columns: Mapping[str, npt.NDArray[np.generic]], n: int) -> Texts:
    """Tell the category of each item by its type, and by its model where the type says nothing.

    Parameters
    ----------
    columns : mapping of str to ndarray of str, shape (n,)
        With ``type`` and ``model``, or one of them, or none.
    n : int

    Returns
    -------
    ndarray of str, shape (n,)

    Examples
    --------
    >>> words = np.array(["mine", "UXO", ""], dtype=object)
    >>> models = np.array(["TM-57", "PMN", ""], dtype=object)
    >>> category({"type": words, "model": models}, 3).tolist()
    ['AT', 'UXO', 'other']
    """
    result = np.full(n, "other", dtype=object)
    for name in ("type", "model"):
        if name in columns:
            open_rows = np.flatnonzero(result == "other")
            texts = np.asarray(columns[name], dtype=object)[open_rows]
            result[open_rows] = each_text(texts, category_of)
    return result


def unrecognised(columns: Mapping[str, npt.NDArray[np.generic]]) -> Bools:
    """Tell the items that have a type, but none that is known; shape (n,).

    Parameters
    ----------
    columns : mapping of str to ndarray of str, shape (n,)
        With ``type`` and ``category``, and perhaps ``model``.

    Examples
    --------
    >>> texts = {"type": ["odd", "booby trap", ""], "category": ["other"] * 3}
    >>> unrecognised({name: np.array(t, dtype=object) for name, t in texts.items()}).tolist()
    [True, False, False]
    """
    types = np.asarray(columns["type"], dtype=object)
    unknown = np.asarray((types != "") & (columns["category"] == OTHER), dtype=bool)
    for name in ("type", "model"):
        if name in columns:
            texts = np.asarray(columns[name], dtype=object)[unknown]
            known = each_text(texts, lambda text: "yes" if is_recognised(text) else "")
            unknown[unknown] = known == ""
    return unknown


def _from_geometry(table: RawTable, ledger: Ledger) -> tuple[Floats, Floats]:
    import shapely

    geometry = np.asarray(table.geometry, dtype=object)
    kind = shapely.get_type_id(geometry)
    single = (kind == 4) & (shapely.get_num_geometries(geometry) == 1)
    geometry = np.where(single, shapely.get_geometry(geometry, 0), geometry)
    point = (kind == 0) | single
    blank = shapely.is_missing(geometry) | shapely.is_empty(geometry)
    ledger.add(blank & ~ledger.faulty, "MA307", None, lambda _: {"detail": ""})
    ledger.add(
        ~point & ~blank,
        "MA304",
        None,
        lambda index: {"expected": "points", "got": f"a {geometry[index].geom_type}"},
    )
    there = point & ~blank
    east, north = np.full(kind.size, np.nan), np.full(kind.size, np.nan)
    east[there], north[there] = shapely.get_x(geometry[there]), shapely.get_y(geometry[there])
    endless = there & ~(np.isfinite(east) & np.isfinite(north))
    ledger.add(endless, "MA307", None, lambda _: {"detail": ""})
    return east, north


def _from_columns(table: RawTable, reference: Reference, ledger: Ledger) -> tuple[Floats, Floats]:
    values = []
    for header in (reference.north, reference.east):  # latitude is written first
        numbers = as_numbers(table.frame[str(header)], comma_is_decimal=reference.kind == "degrees")
        _enter_unusable(numbers, header, ledger, position=True)
        values.append(numbers.values)
    return values[1], values[0]


def _enter_unusable(
    numbers: Numbers, header: str | None, ledger: Ledger, *, position: bool
) -> None:
    ledger.add(
        numbers.bad,
        "MA103",
        header,
        lambda index: {"value": numbers.shown(index), "hint": numbers.hint(index)},
        positions=_VALUE if position else frozenset(),
        cells=frozenset() if position else _VALUE,
    )
    if position:
        ledger.add(
            numbers.empty | numbers.endless,
            "MA307",
            header,
            lambda index: {"detail": ": the number is infinite" if numbers.endless[index] else ""},
        )


def _check_degrees(
    east: Floats, north: Floats, reference: Reference, ledger: Ledger, role: Role
) -> bool:
    if not reference.in_degrees:
        for name, values, header in (("y", north, reference.north), ("x", east, reference.east)):
            _enter_range(np.abs(values) > MOST_M, name, values, header, ledger, role)
        return True
    fits = True
    axes = (("latitude", north, reference.north), ("longitude", east, reference.east))
    for name, values, header in axes:
        beyond = np.abs(values) > LIMITS[name]
        fits = fits and not beyond.any()
        _enter_range(beyond, name, values, header, ledger, role)
    return fits


def _enter_range(
    rows: Bools, name: str, values: Floats, header: str | None, ledger: Ledger, role: Role
) -> None:
    limit, unit = (LIMITS[name], "degrees") if name in LIMITS else (MOST_M, "metres")
    ledger.add(
        rows,
        "MA208",
        header,
        lambda index: {
            "name": name,
            "value": repr(float(values[index])),
            "allowed": f"-{limit:,.0f} to {limit:,.0f} {unit}",
            "role": role,
        },
        positions=_VALUE,
    )


def _check_result(
    lon: Floats,
    lat: Floats,
    usable: Bools,
    reference: Reference,
    ledger: Ledger,
    role: Role,
) -> None:
    if reference.operation is None:
        return
    inside = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)  # False for infinite ones too
    ledger.add(
        usable & ~inside,
        "MA208",
        None,
        lambda _: {
            "name": "the position",
            "value": "after reprojection",
            "allowed": f"the area of {reference.crs}",
            "role": role,
        },
    )


def _attributes(table: RawTable, found: Mapping[str, str], ledger: Ledger) -> Columns:
    columns: Columns = {}
    for name, header in found.items():
        if name == "id" or name in _PLACES:
            continue
        cells = table.frame[header]
        if name in ("count", "quantity"):
            columns[name] = _items(name, cells, header, ledger)
        elif name == "accuracy_m":
            columns[name] = _accuracy(cells, header, ledger)
        elif name == "geometry_basis":
            columns[name] = _basis(as_words(cells), header, ledger)
        else:
            columns[name] = as_words(cells)
    return columns


def _items(
    name: str, cells: pd.Series[float], header: str, ledger: Ledger
) -> npt.NDArray[np.int64]:
    numbers = as_numbers(cells, comma_is_decimal=False)
    _enter_unusable(numbers, header, ledger, position=False)
    values = np.where(numbers.empty, 1.0, numbers.values)
    allowed = (values >= 1) & (values <= _MOST_ITEMS) & (np.floor(values) == values)
    _enter_value(name, "a whole number, 1 or more", numbers, ~allowed, header, ledger)
    return np.where(allowed, values, 1.0).astype(np.int64)


def _accuracy(cells: pd.Series[float], header: str, ledger: Ledger) -> Floats:
    numbers = as_numbers(cells, comma_is_decimal=False)
    _enter_unusable(numbers, header, ledger, position=False)
    wrong = ~(numbers.values > 0) & ~numbers.empty
    _enter_value("accuracy_m", "above 0 metres", numbers, wrong, header, ledger)
    return numbers.values


def _enter_value(
    name: str, allowed: str, numbers: Numbers, wrong: Bools, header: str, ledger: Ledger
) -> None:
    ledger.add(
        wrong & ~numbers.bad,
        "MA107",
        header,
        lambda index: {"name": name, "value": numbers.shown(index), "allowed": allowed},
        cells=_VALUE,
    )


def _basis(texts: Texts, header: str, ledger: Ledger) -> Texts:
    known = each_text(texts, lambda text: word if (word := plain(text)) in _BASES else _STRANGE)
    ledger.add(
        known == _STRANGE,
        "MA106",
        header,
        lambda index: {
            "value": str(texts[index]),
            "name": "geometry_basis",
            "closest": "",
            "how": f"write one of {', '.join(GEOMETRY_BASES)}, or leave the cell blank.",
        },
        cells=_VALUE,
    )
    return known
