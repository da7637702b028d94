"""In which coordinate system a table is: what states it, or what its numbers allow."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from mapaccuracy.coordinates import operation
from mapaccuracy.errors import SettingsError
from mapaccuracy.intake.cells import as_numbers, as_text
from mapaccuracy.intake.inspecting.withholding import cut, looks_like_position
from mapaccuracy.intake.reference import refer
from mapaccuracy.schema import Floats, RawTable, Role, Settings, normalise

# Headers of columns that name a coordinate system or a zone.
_SYSTEM_WORDS = frozenset(
    {"coordrefsys", "crs", "srid", "epsg", "datum", "geodetic_datum", "coordinate_system"}
)
_ZONE_WORDS = frozenset({"zone", "utm_zone", "gk_zone", "grid_zone", "зона"})
_MOST_WORDS = 5
_MOSTLY = 0.95
_ASK = "the numbers cannot tell; ask the sender which coordinate system they are in"
# Gauss-Krueger zones with their number before the easting: of 6 degrees (EPSG:28404 to 28432),
# and of 3 degrees.
_WIDE_ZONES = range(4, 33)
_NARROW_ZONES = range(7, 65)
_FROM_NORTHING_M = 1_000_000.0
# A zone of 3 degrees reaches no farther from its meridian, in metres, at the equator.
_HALF_ZONE_M = 170_000.0
# Notations that name their place on Earth without a coordinate system of the file.
_GRID_REFERENCES = frozenset({"mgrs", "utm"})

Entry = dict[str, Any]


def system_of(table: RawTable, found: Mapping[str, str], role: Role) -> Entry:
    """Say in which coordinate system a table would be read and why, and what is to be asked.

    Parameters
    ----------
    table : RawTable
    found : mapping of str to str
        Column name to header.
    role : str

    Returns
    -------
    dict
        ``stated``: the system that the file states, or None. ``read_as``: the system in which it
        would be read as it stands, or None. ``why``. ``operation``: the way to WGS 84, or None.
        ``fits``: what the numbers allow where nothing is stated. ``said``: what columns of the
        table say of it. ``ask``: whether the sender must be asked.
    """
    entry: Entry = {
        "stated": None,
        "read_as": None,
        "why": "",
        "operation": None,
        "fits": [],
        "said": _said(table, found),
        "ask": False,
    }
    if table.crs is not None:
        try:
            entry["stated"] = operation(table.crs).crs
        except SettingsError:
            entry["stated"] = "one that is not known"
    try:
        reference = refer(table, found, role, Settings())
    except (SettingsError, KeyError):
        reference = None
    if reference is not None:
        entry["read_as"], entry["operation"] = reference.crs, reference.way()
        if table.crs is not None:
            entry["why"] = "the file states it"
            return entry
    numbers = _numbers(table, found)
    if reference is not None and reference.assumed:
        written = reference.kind not in ("degrees", "plane", "geometry")
        says = "positions stand as text" if written else "the headers say latitude and longitude"
        entry["why"] = f"{says}; it states no datum"
        entry["ask"] = True
        if numbers is not None and not _are_degrees(*numbers):
            entry["fits"] = [
                "not all are degrees: a latitude is beyond 90, or a longitude beyond 180"
            ]
        return entry
    if reference is not None:
        entry["why"] = "the positions name it themselves"
        return entry
    entry["ask"] = True
    if table.crs is not None:
        entry["why"] = "the file states one that cannot be used"
    elif numbers is None:
        entry["why"] = "no position was recognised"
        entry["ask"] = False
    else:
        entry["why"] = "the file states none"
        entry["fits"] = fitting(*numbers)
    return entry


def told_by_references(entry: Entry, digits: Entry | None) -> Entry:
    """Ask nobody for the datum of grid references: MGRS, and UTM with its zone, are WGS 84.

    Parameters
    ----------
    entry : dict
        As `system_of` gives it.
    digits : dict or None
        What is told of the notations, as `digits_of` gives it.

    Returns
    -------
    dict
        The same, with another ``why`` and ``ask`` where every position looked at is such a
        reference.

    Examples
    --------
    >>> asked = {"read_as": "EPSG:4326", "why": "", "ask": True}
    >>> told_by_references(asked, {"notations": {"mgrs": 2}, "refused": 0})["ask"]
    False
    >>> told_by_references(asked, {"notations": {"mgrs": 2, "dd": 1}, "refused": 0})["ask"]
    True
    """
    if not entry["ask"] or entry["read_as"] is None or digits is None or digits["refused"]:
        return entry
    if not digits["notations"] or not set(digits["notations"]) <= _GRID_REFERENCES:
        return entry
    return {**entry, "why": "grid references are WGS 84 by themselves", "ask": False}


def _numbers(table: RawTable, found: Mapping[str, str]) -> tuple[Floats, Floats] | None:
    """Eastings and northings, or longitudes and latitudes, where both are numbers."""
    import shapely

    if table.geometry is not None:
        at = shapely.get_coordinates(table.geometry)
        return (at[:, 0], at[:, 1]) if len(at) else None
    pair = next((p for p in (("lon", "lat"), ("x", "y")) if set(p) <= set(found)), None)
    if pair is None:
        return None
    east, north = (
        as_numbers(table.frame[found[name]], comma_is_decimal=pair == ("lon", "lat")).values
        for name in pair
    )
    there = np.isfinite(east) & np.isfinite(north)
    return (east[there], north[there]) if there.any() else None


def _are_degrees(east: Floats, north: Floats) -> bool:
    return bool((np.abs(east) <= 180).all() and (np.abs(north) <= 90).all())


def fitting(east: Floats, north: Floats) -> list[str]:
    """Say what numbers without a coordinate system allow; nothing here repeats a number.

    Parameters
    ----------
    east, north : ndarray of float, shape (n,)
        As the columns or the geometry call them; n >= 1, all finite.

    Returns
    -------
    list of str
        The kinds of coordinates that 95 % of the rows allow, and whom to ask.

    Examples
    --------
    >>> import numpy as np
    >>> fitting(np.array([664_770.0]), np.array([4_430_000.0]))[0]
    'metres without the number of a zone: every UTM zone would place them'
    >>> fitting(np.array([46.93]), np.array([39.99]))[0]
    'degrees of longitude and latitude, of any datum'
    """
    if _share((np.abs(east) <= 180) & (np.abs(north) <= 90)):
        says = ["degrees of longitude and latitude, of any datum"]
        if _share((np.abs(east) <= 90) & (np.abs(north) <= 180)):
            says.append("degrees with latitude and longitude exchanged")
        return [*says, _ASK]
    if _share((np.abs(east) <= 90) & (np.abs(north) <= 180)):
        return ["degrees, but only with latitude and longitude exchanged", _ASK]
    says = [
        *_metres(east, north, ""),
        *_metres(north, east, ", with easting and northing exchanged"),
    ]
    if not says:
        return ["neither degrees nor metres of a UTM or Gauss-Krueger zone", _ASK]
    return [*says, _ASK]


def _metres(east: Floats, north: Floats, how: str) -> list[str]:
    says = []
    in_north = (north >= 0) & (north <= 10_000_000)
    if _share(in_north & (east >= 100_000) & (east <= 900_000)):
        says.append(f"metres without the number of a zone{how}: every UTM zone would place them")
    zone, rest = np.divmod(east, 1_000_000)
    prefixed = in_north & (rest >= 100_000) & (rest <= 900_000)
    # Farther south Gauss-Krueger metres are not to be told from an easting without a zone.
    prefixed &= north >= _FROM_NORTHING_M
    for number in np.unique(zone[prefixed]).astype(int).tolist():
        if not _share(prefixed & (zone == number)):
            continue
        near = _share(np.abs(rest - 500_000) <= _HALF_ZONE_M)
        may_be = [
            *([f"EPSG:{28400 + number}"] if number in _WIDE_ZONES else []),
            *([f"3-degree zone {number}"] if number in _NARROW_ZONES and near else []),
        ]
        if may_be:
            says.append(
                f"Gauss-Krueger metres{how}, whose first figures say zone {number}: in SK-42 that "
                f"is {' or '.join(may_be)}"
            )
    return says


def _share(rows: Any) -> bool:
    return bool(rows.mean() >= _MOSTLY)


def _said(table: RawTable, found: Mapping[str, str]) -> list[Entry]:
    """List what columns of the table say of its coordinate system."""
    used = set(found.values())
    said = []
    for header in map(str, table.frame.columns):
        if header in used or normalise(header) not in _SYSTEM_WORDS | _ZONE_WORDS:
            continue
        texts = as_text(table.frame[header])
        words, counts = np.unique(texts[texts != ""].astype(str), return_counts=True)
        if 0 < words.size <= _MOST_WORDS:
            said.append(
                {
                    "header": header,
                    "words": {
                        cut(str(word)): int(count)
                        for word, count in zip(words, counts, strict=True)
                        if not looks_like_position(str(word))
                    },
                }
            )
    return said
