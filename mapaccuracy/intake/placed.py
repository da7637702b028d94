"""Where the points of a table stand: in geometries, in two columns, or as text in one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy.errors import SettingsError
from mapaccuracy.intake.cells import Numbers, telling
from mapaccuracy.intake.ledger import Ledger
from mapaccuracy.intake.reference import Reference
from mapaccuracy.intake.written import (
    WHICH_FIRST,
    Asked,
    Written,
    is_no_coordinate,
    meanings,
    numbers_resolution_m,
    read_column,
    read_pairs,
    refusal,
)
from mapaccuracy.schema import (
    Bools,
    Floats,
    Ints,
    PlainPoints,
    Problem,
    RawTable,
    Role,
    are_blank,
)

if TYPE_CHECKING:
    from mapaccuracy.coordinates.positions import Readings

# No plane of metres reaches farther; beyond, squares lose the metres.
MOST_M = 1e8
LIMITS = {"latitude": 90.0, "longitude": 180.0}
VALUE = frozenset({"value"})
_SAY_ORDER = ', or say order = "lat,lon" or order = "lon,lat" under [inputs.{role}]'


def read_places(
    table: RawTable, reference: Reference, ledger: Ledger, role: Role
) -> tuple[Floats, Floats, Written]:
    """Read where the points of a table stand, in the coordinate system of its reference.

    Parameters
    ----------
    table : RawTable
    reference : Reference
    ledger : Ledger
        Takes the rows that have no position, or one that cannot be read.
    role : str

    Returns
    -------
    east, north : ndarray of float, shape (n,)
        As `Reference.to_degrees` takes them; NaN where there is none.
    written : Written

    Raises
    ------
    SettingsError
        If columns of metres hold degrees.
    """
    if reference.kind == "geometry":
        east, north = _from_geometry(table, ledger)
        step_m = numbers_resolution_m(north, east, degrees=reference.in_degrees)
        return east, north, Written(step_m)
    if reference.kind == "written":
        return _from_text(table, reference, ledger, role)
    return _from_columns(table, reference, ledger, role)


def _from_geometry(table: RawTable, ledger: Ledger) -> tuple[Floats, Floats]:
    import shapely

    if isinstance(table.geometry, PlainPoints):
        return table.geometry.east, table.geometry.north
    geometry = np.asarray(table.geometry, dtype=object)
    kind = shapely.get_type_id(geometry)
    several = np.flatnonzero(kind == 4)  # groups of points, of which each may hold just one
    single = np.zeros(kind.size, dtype=bool)
    single[several] = shapely.get_num_geometries(geometry[several]) == 1
    if single.any():
        geometry = geometry.copy()
        geometry[single] = shapely.get_geometry(geometry[single], 0)
    point = (kind == 0) | single
    blank = are_blank(geometry)
    ledger.add(blank & ~ledger.faulty, "MA307", None, lambda _: {"detail": ""})
    ledger.add(
        ~point & ~blank,
        "MA304",
        None,
        lambda index: {"expected": "points", "got": f"a {geometry[index].geom_type}"},
    )
    there = point & ~blank
    east, north = np.full(kind.size, np.nan), np.full(kind.size, np.nan)
    if there.all():
        east, north = shapely.get_x(geometry), shapely.get_y(geometry)
    else:
        east[there], north[there] = shapely.get_x(geometry[there]), shapely.get_y(geometry[there])
    endless = there & ~(np.isfinite(east) & np.isfinite(north))
    ledger.add(endless, "MA307", None, lambda _: {"detail": ""})
    return east, north


def _from_columns(
    table: RawTable, reference: Reference, ledger: Ledger, role: Role
) -> tuple[Floats, Floats, Written]:
    north, east = str(reference.north), str(reference.east)
    degrees = reference.kind == "degrees"
    pairs = read_pairs(table.frame[north], table.frame[east], degrees=degrees)
    told = np.zeros(table.rows.size, dtype=bool)
    if pairs.asked is not None:
        told = _enter_asked(pairs.asked, (north, east), (pairs.north, pairs.east), ledger, role)
    elif not degrees and reference.operation is not None:
        _check_metres(table, reference, pairs.east.values, pairs.north.values, role)
    for one, other in ((pairs.north, pairs.east), (pairs.east, pairs.north)) if degrees else ():
        # Half a position: a coordinate in another notation is no fault of its own.
        lonely = np.flatnonzero(one.bad & other.empty)
        told[lonely] = [telling(one.shown(int(row))) for row in lonely]
    for header, numbers in ((north, pairs.north), (east, pairs.east)):  # latitude is written first
        enter_unusable(numbers, header, ledger, position=True, told=told)
    return pairs.east.values, pairs.north.values, pairs.written


def _from_text(
    table: RawTable, reference: Reference, ledger: Ledger, role: Role
) -> tuple[Floats, Floats, Written]:
    """Read positions that stand in one cell, each as it is written."""
    header = str(reference.position)
    readings, blank = read_column(table.frame[header], reference.definition, reference.order)
    ledger.add(blank, "MA307", header, lambda _: {"detail": ""})
    refused = np.array([error is not None for error in readings.error], dtype=bool) & ~blank
    rows = np.arange(len(readings), dtype=np.int64)
    _enter_refused(readings, rows, refused, [header] * len(readings), ledger, role)
    return readings.lon, readings.lat, Written(readings.resolution_m, readings.notation)


def _enter_asked(
    asked: Asked,
    headers: tuple[str, str],
    numbers: tuple[Numbers, Numbers],
    ledger: Ledger,
    role: Role,
) -> Bools:
    """Enter what the grammar did not read; give the rows of which all is said, shape (n,)."""
    rows, readings = asked.rows, asked.readings
    first_bad = numbers[0].bad[rows]
    columns = [headers[0] if bad else headers[1] for bad in first_bad]
    # Of these, the cell is shown as what it is, with what hints there are.
    plainly = np.array([is_no_coordinate(error or "") for error in readings.error], dtype=bool)
    _enter_refused(readings, rows, asked.refused & ~plainly, columns, ledger, role)
    at = {int(row): place for place, row in enumerate(rows)}
    there = np.zeros(first_bad.size, dtype=bool) | asked.exchanged
    told = np.zeros(numbers[0].bad.size, dtype=bool)
    told[rows] = there
    ledger.add(
        told,
        "MA225",
        headers[0],
        lambda index: {"value": str(readings.inputs[at[index]]), "role": role},
        positions=VALUE,
    )
    told[rows] = there | (asked.refused & ~plainly)
    return told


def _enter_refused(
    readings: Readings,
    rows: Ints,
    refused: Bools,
    columns: list[str],
    ledger: Ledger,
    role: Role,
) -> None:
    """Enter the rows that the grammar refused, with its reason and what they could mean."""
    places = np.flatnonzero(refused)
    at = {int(rows[place]): int(place) for place in places}
    n = ledger.table.rows.size
    said = {place: refusal(str(readings.error[place])) for place in places.tolist()}
    kinds = sorted({(said[place][0], columns[place]) for place in places.tolist()})

    def values(index: int) -> dict[str, str]:
        reading = readings[at[index]]
        meaning = meanings(reading.readings)
        return {
            "value": reading.input,
            "why": said[at[index]][1],
            "meaning": " It could mean " if meaning else "",
            "readings": meaning,
            "end": "." if meaning else "",
            "order": _SAY_ORDER.format(role=role) if said[at[index]][1] == WHICH_FIRST else "",
            "role": role,
        }

    for code, column in kinds:
        mask = np.zeros(n, dtype=bool)
        mask[rows[[p for p, (kind, _) in said.items() if (kind, columns[p]) == (code, column)]]] = (
            True
        )
        ledger.add(mask, code, column, values, positions=frozenset({"value", "readings"}))


def _check_metres(
    table: RawTable, reference: Reference, east: Floats, north: Floats, role: Role
) -> None:
    """Refuse degrees in columns of a system of metres: every row would lie at its origin.

    Raises
    ------
    SettingsError
    """
    way = reference.operation
    known = np.isfinite(east) & np.isfinite(north)
    if way is None or not way.projected or not known.any():
        return
    small = np.abs(east[known]) <= LIMITS["longitude"], np.abs(north[known]) <= LIMITS["latitude"]
    swapped = np.abs(north[known]) <= LIMITS["longitude"], np.abs(east[known]) <= LIMITS["latitude"]
    if np.logical_and(*small).all() or np.logical_and(*swapped).all():
        raise SettingsError(
            f"{table.source}: '{reference.east}' and '{reference.north}' hold degrees, but "
            f"{way.crs} is in metres: name the columns with --columns {role}.lat=HEADER --columns "
            f"{role}.lon=HEADER, and give a coordinate system of degrees, such as EPSG:4326."
        )


def outside_area(
    table: RawTable, reference: Reference, lon: Floats, lat: Floats, usable: Bools, role: Role
) -> list[Problem]:
    """Tell how many positions that are given in metres lie outside the area of their system.

    Metres of another zone, or exchanged, are metres still: they only lie elsewhere on the Earth.

    Parameters
    ----------
    table : RawTable
    reference : Reference
    lon, lat : ndarray of float, shape (n,)
        WGS 84 degrees.
    usable : ndarray of bool, shape (n,)
        Rows that are looked at.
    role : str
    """
    from mapaccuracy.coordinates.positions import in_area, system

    way = reference.operation
    if way is None or not way.projected or reference.kind != "plane":
        return []
    seen = np.flatnonzero(usable)
    inside = in_area(lon[seen], lat[seen], system(reference.definition or way.crs))
    rows = table.rows[seen[~np.asarray(inside, dtype=bool)]]
    if not rows.size:
        return []
    values = {"crs": way.crs, "n": f"{rows.size:,}", "total": f"{lon.size:,}", "role": role}
    at = tuple(rows.tolist())
    return [Problem("MA227", table.source, table.layer or "", values=values, rows=at)]


def enter_unusable(
    numbers: Numbers,
    header: str | None,
    ledger: Ledger,
    *,
    position: bool,
    told: Bools | None = None,
) -> None:
    """Enter the cells of a column that hold no number.

    Parameters
    ----------
    numbers : Numbers
    header : str or None
    ledger : Ledger
    position : bool
        Whether it is one of a position, which must not be blank and is withheld.
    told : ndarray of bool, shape (n,), optional
        Rows of which more has been said already.
    """
    ledger.add(
        numbers.bad if told is None else numbers.bad & ~told,
        "MA103",
        header,
        lambda index: {"value": numbers.shown(index), "hint": numbers.hint(index)},
        positions=VALUE if position else frozenset(),
        cells=frozenset() if position else VALUE,
    )
    if position:
        ledger.add(
            numbers.empty | numbers.endless,
            "MA307",
            header,
            lambda index: {"detail": ": the number is infinite" if numbers.endless[index] else ""},
        )


def check_degrees(
    east: Floats, north: Floats, reference: Reference, ledger: Ledger, role: Role
) -> bool:
    """Enter numbers that are no coordinates, and say whether there were none of degrees."""
    if reference.kind == "written":  # the grammar has looked at the ranges
        return True
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
        positions=VALUE,
    )


def check_result(
    lon: Floats,
    lat: Floats,
    usable: Bools,
    reference: Reference,
    ledger: Ledger,
    role: Role,
) -> None:
    """Enter positions that lie nowhere on the Earth after reprojection."""
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
