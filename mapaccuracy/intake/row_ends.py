"""Rows of mines that are given by their ends and a count."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from mapaccuracy.coordinates import WGS84, Operation, operation, to_wgs84
from mapaccuracy.errors import SettingsError
from mapaccuracy.intake.accounts import Account
from mapaccuracy.intake.cells import Texts, as_numbers
from mapaccuracy.intake.placed import LIMITS, MOST_M
from mapaccuracy.intake.tables import as_tables
from mapaccuracy.schema import Bools, Floats, Ints, Problem, Settings, Source

MOST_IN_ROW = 100_000
_VALUE = frozenset({"value"})
_DEGREES = ("start_lat", "start_lon", "end_lat", "end_lon")
_PLANE = ("start_y", "start_x", "end_y", "end_x")
_NAMES = ("latitude", "longitude")


@dataclass(frozen=True)
class RowEnds:
    """Rows of mines, sorted by record and id.

    Attributes
    ----------
    written : dict of str to ndarray of str, shape (n,)
        ``id``, ``record_id``, ``type``, ``district``, ``date``.
    lon, lat : ndarray of float, shape (n, 2)
        Start and end, WGS 84 degrees.
    count : ndarray of int, shape (n,)
    accuracy_m : ndarray of float, shape (n,)
        NaN where it is not stated.
    source, place : ndarray of str, shape (n,)
    sources : tuple of Source
    problems : tuple of Problem
        Errors among them are faulty rows, which are left out.
    """

    written: dict[str, Texts]
    lon: Floats
    lat: Floats
    count: Ints
    accuracy_m: Floats
    source: Texts
    place: Texts
    sources: tuple[Source, ...]
    problems: tuple[Problem, ...]


def read_row_ends(data: Any, settings: Settings) -> RowEnds:
    """Read rows given by their ends; positions are plain numbers.

    Parameters
    ----------
    data : DataFrame, RawTable or sequence of these
    settings : Settings
        Uses ``columns``, ``formats`` and ``crs``.

    Raises
    ------
    InputError
        If a table is empty or lacks a column.
    SettingsError
        If no coordinate system is known for metres, or it does not fit.
    """
    account = Account(as_tables(data, "row_ends"), "row_ends", settings)
    names, way = _system(account, settings)
    ids, records = account.texts("id"), account.texts("record_id")
    account.name_rows(ids)
    account.put_in_order(np.lexsort((np.arange(account.n), _ranked(ids), _ranked(records))))
    written = {
        name: account.texts(name) for name in ("id", "record_id", "type", "district", "date")
    }
    written["date"], _ = account.dates(settings.formats.get("row_ends.date"))
    account.add(written["id"] == "", "MA102", "id")
    _check_twins(account, written)
    ends = [
        _coordinate(account, name, None if way.projected else _NAMES[number % 2])
        for number, name in enumerate(names)
    ]
    lat, lon = np.stack([ends[0], ends[2]], axis=1), np.stack([ends[1], ends[3]], axis=1)
    if way.name is not None:
        crs = settings.crs or WGS84
        flat = to_wgs84(lon.ravel(), lat.ravel(), crs)
        lon, lat = (np.asarray(part).reshape(-1, 2) for part in flat)
        outside = ~account.faulty & ~(np.isfinite(lon) & np.isfinite(lat)).all(axis=1)
        account.add(outside, "MA208", None, lambda _: _beyond("a position", way.crs))
    count = _count(account)
    accuracy = _accuracy(account)
    kept = ~account.faulty
    assumed = [
        Problem("MA201", table.source, table.layer or "", values={"role_option": ""})
        for table in account.tables
        if settings.crs is None
    ]
    return RowEnds(
        {name: texts[kept] for name, texts in written.items()},
        lon[kept],
        lat[kept],
        count[kept],
        accuracy[kept],
        account.names()[kept],
        account.places()[kept],
        account.sources(~kept, "", way.crs, way.told),
        (*account.remarks(), *assumed, *account.problems()),
    )


def _system(account: Account, settings: Settings) -> tuple[tuple[str, ...], Operation]:
    """Tell which columns hold the ends, and in which coordinate system."""
    degrees, plane = (
        not any(account.lacking(name) for name in names) for names in (_DEGREES, _PLANE)
    )
    way = operation(settings.crs) if settings.crs is not None else operation(WGS84)
    files = ", ".join(dict.fromkeys(table.source for table in account.tables))
    if plane and (way.projected or not degrees):
        if not way.projected:
            raise SettingsError(
                f"{files} gives the ends of its rows in metres: give --crs EPSG:nnnn, a coordinate "
                "system in metres."
            )
        return _PLANE, way
    if not degrees:
        raise SettingsError(
            f"{files} does not give both ends of its rows: name the columns {', '.join(_DEGREES)} "
            f"(or {', '.join(_PLANE)}), or give --columns row_ends.start_lat=HEADER and so on."
        )
    if way.projected:
        raise SettingsError(
            f"{files} gives the ends of its rows in degrees, but --crs {way.crs} is in metres."
        )
    return _DEGREES, way


def _ranked(texts: Texts) -> Ints:
    return np.asarray(np.unique(texts, return_inverse=True)[1], dtype=np.int64)


def _check_twins(account: Account, written: dict[str, Texts]) -> None:
    same = [written[name][1:] == written[name][:-1] for name in ("record_id", "id")]
    twin = np.r_[False, same[0] & same[1]] & (written["id"] != "")
    values = {"n": "2 or more", "places": "in rows of the same record"}
    account.add(np.asarray(twin, dtype=bool), "MA401", "id", lambda _: values)


def _coordinate(account: Account, name: str, axis: str | None) -> Floats:
    numbers = as_numbers(account.series(name), comma_is_decimal=axis is not None)
    account.add(
        numbers.bad,
        "MA103",
        name,
        lambda index: {"value": numbers.shown(index), "hint": numbers.hint(index)},
        positions=_VALUE,
    )
    account.add(numbers.empty | numbers.endless, "MA307", name, lambda _: {"detail": ""})
    limit = MOST_M if axis is None else LIMITS[axis]
    unit = "metres" if axis is None else "degrees"
    account.add(
        np.asarray(np.abs(numbers.values) > limit, dtype=bool),
        "MA208",
        name,
        lambda index: _beyond(name, f"-{limit:,.0f} to {limit:,.0f} {unit}", numbers.shown(index)),
        positions=_VALUE,
    )
    return numbers.values


def _beyond(name: str, allowed: str, value: str = "after reprojection") -> dict[str, str]:
    return {"name": name, "value": value, "allowed": allowed, "role": "row_ends"}


def _out_of_range(account: Account, rows: Bools, name: str, shown: Any, allowed: str) -> None:
    account.add(
        rows,
        "MA107",
        name,
        lambda index: {"name": name, "value": shown(index) or "blank", "allowed": allowed},
        cells=_VALUE,
    )


def _count(account: Account) -> Ints:
    numbers = as_numbers(account.series("count"), comma_is_decimal=False)
    value = numbers.values
    fits = (value >= 2) & (value <= MOST_IN_ROW) & (np.floor(value) == value)
    allowed = "a whole number from 2 to 100,000: a mine at each end"
    _out_of_range(account, ~fits, "count", numbers.shown, allowed)
    return np.where(fits, value, 2).astype(np.int64)


def _accuracy(account: Account) -> Floats:
    numbers = as_numbers(account.series("accuracy_m"), comma_is_decimal=False)
    wrong = ~numbers.empty & ~(numbers.values > 0)
    _out_of_range(account, wrong, "accuracy_m", numbers.shown, "above 0 metres")
    return numbers.values
