"""Rules on coordinates that belong elsewhere: exchanged axes, signs, zones, coordinate systems."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from mapaccuracy.checks.given import CannotRunError, Given
from mapaccuracy.checks.home import Home, home_of
from mapaccuracy.checks.rule import rule
from mapaccuracy.schema import Bools, Floats, Ints, Problem

_PLACES = frozenset({"lat", "lon"})
# What follows where a row lies in the wrong country.
_FOLLOWS = ("MA227", "MA405", "MA501", "MA502")
# Of the rows that are not where they belong, those that a mistake must explain.
_MOSTLY = 0.95
_HALF = 0.5
# Zones to either side that are tried, and rows that are looked at to choose one.
_ZONES = 3
_SAMPLE = 400
_MOST_SYSTEMS = 200
_UTM = {326: "north", 327: "south"}
_GAUSS_KRUEGER = 284


def _home(given: Given) -> Home:
    found = home_of(given)
    if found is None:
        raise CannotRunError("nothing tells where the submission belongs")
    return found


def _degrees(given: Given) -> tuple[Floats, Floats]:
    frame = given.layers["supplied"].frame
    lon, lat = (np.asarray(frame[axis], dtype=np.float64) for axis in ("lon", "lat"))
    return lon, lat


def _away(given: Given, at: Home) -> Bools:
    lon, lat = _degrees(given)
    return np.asarray(~at.holds(lon, lat), dtype=bool)


def _suspected(given: Given, code: str, rows: Ints, at: Home, **more: str) -> list[Problem]:
    """Make a finding of each row, or one of all of them if they are most rows of the input."""
    lon, lat = _degrees(given)
    values = {"rows": f"{len(rows):,} of {len(lon):,}", "home": at.said, **more}
    if len(rows) > _HALF * len(lon):
        return given.together(code, "supplied", rows, values)
    each = {axis: [repr(float(value)) for value in of[rows]] for axis, of in _named(lon, lat)}
    return given.problems(code, "supplied", rows, values={**values, **each}, positions=_PLACES)


def _named(lon: Floats, lat: Floats) -> tuple[tuple[str, Floats], ...]:
    return ("lat", lat), ("lon", lon)


@rule(
    "MA203",
    needs=("points",),
    why="All rows concerned lie in another country and match nothing.",
    explains=_FOLLOWS,
)
def axes_swapped(given: Given) -> list[Problem]:
    """Find rows that belong where the submission does only with latitude and longitude swapped."""
    at = _home(given)
    lon, lat = _degrees(given)
    swapped = _away(given, at) & (np.abs(lon) <= 90)
    swapped[swapped] = at.holds(lat[swapped], lon[swapped])
    return _suspected(given, "MA203", np.flatnonzero(swapped), at)


@rule(
    "MA204",
    needs=("points",),
    why="All rows concerned lie beyond the equator or the prime meridian and match nothing.",
    explains=_FOLLOWS,
)
def sign_or_hemisphere(given: Given) -> list[Problem]:
    """Find rows that belong where the submission does only with another sign."""
    at = _home(given)
    lon, lat = _degrees(given)
    open_ = _away(given, at)
    out: list[Problem] = []
    for axis, east, north in (
        ("latitude", 1, -1),
        ("longitude", -1, 1),
        ("latitude and longitude", -1, -1),
    ):
        rows = np.flatnonzero(open_)
        brought = rows[at.holds(east * lon[rows], north * lat[rows])]
        open_[brought] = False
        if len(brought):
            out += _suspected(given, "MA204", brought, at, axis=axis)
    return out


def _projected(given: Given) -> Iterator[tuple[int, str, Ints]]:
    """Give the sources of points whose coordinate system is one of metres, with their rows."""
    layer = given.layers["supplied"]
    of_row = np.asarray(layer.frame["source"], dtype=np.int64)
    for number, source in enumerate(layer.sources):
        if source.crs.startswith("EPSG:") and _zone_of(source.crs) is not None:
            yield number, source.crs, np.flatnonzero(of_row == number)


def _zone_of(crs: str) -> tuple[int, int] | None:
    """Take a code of UTM on WGS 84, or of Gauss-Krueger in SK-42, apart: family and zone."""
    code = int(crs.removeprefix("EPSG:"))
    family, zone = divmod(code, 100)
    return (family, zone) if family in (*_UTM, _GAUSS_KRUEGER) else None


def _neighbours(crs: str) -> list[str]:
    """Name the systems of the same family with which a zone or hemisphere is mistaken."""
    family, zone = _zone_of(crs) or (0, 0)
    families = tuple(_UTM) if family in _UTM else (family,)
    steps = sorted(range(-_ZONES, _ZONES + 1), key=abs)
    most = 60 if family in _UTM else 32
    return [
        f"EPSG:{other}{number:02d}"
        for step in steps
        for other in families
        if 1 <= (number := (zone + step - 1) % 60 + 1) <= most and (other, number) != (family, zone)
    ]


def _as_read(given: Given, rows: Ints, crs: str, other: str) -> tuple[Floats, Floats]:
    """Read the metres of rows, which were read in one system, in another."""
    from pyproj import Transformer

    from mapaccuracy.coordinates import to_wgs84

    lon, lat = _degrees(given)
    back = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    x, y = back.transform(lon[rows], lat[rows])
    east, north = to_wgs84(np.asarray(x), np.asarray(y), other)
    fine = np.isfinite(east) & np.isfinite(north)
    return np.where(fine, east, 0.0), np.where(fine, north, -90.0)


def _some(rows: Ints) -> Ints:
    chosen = np.unique(np.linspace(0, len(rows) - 1, min(len(rows), _SAMPLE)).astype(np.int64))
    return np.asarray(rows[chosen], dtype=np.int64)


def _brings(
    given: Given, at: Home, rows: Ints, crs: str, others: Sequence[str]
) -> tuple[str, Bools] | None:
    """Find the first system that brings most of some rows home, and which rows it brings."""
    from mapaccuracy.errors import SettingsError

    sample = _some(rows)
    for other in others:
        try:
            brought = at.holds(*_as_read(given, sample, crs, other))
        except SettingsError:
            continue
        if brought.mean() >= _MOSTLY:
            return other, np.asarray(at.holds(*_as_read(given, rows, crs, other)), dtype=bool)
    return None


@rule(
    "MA205",
    needs=("points",),
    why="Read in a wrong zone, all rows lie hundreds of kilometres away.",
    explains=_FOLLOWS,
)
def utm_zone(given: Given) -> list[Problem]:
    """Find inputs in metres whose rows belong where the submission does in another zone."""
    return _in_another_system(given, "MA205", whole=True)


@rule(
    "MA215",
    needs=("points",),
    why="Rows in two coordinate systems cannot be read as one; some are far from their place.",
    explains=_FOLLOWS,
)
def mixed_crs(given: Given) -> list[Problem]:
    """Find rows that are in another zone than the rest of their input."""
    return _in_another_system(given, "MA215", whole=False)


def _in_another_system(given: Given, code: str, *, whole: bool) -> list[Problem]:
    at = _home(given)
    sources = list(_projected(given))
    if not sources:
        raise CannotRunError("no points are in metres of a UTM or Gauss-Krueger zone")
    lost = _away(given, at)
    out: list[Problem] = []
    for _, crs, rows in sources:
        away = rows[lost[rows]]
        if not len(away) or (len(away) > _HALF * len(rows)) is not whole:
            continue
        found = _brings(given, at, away, crs, _neighbours(crs))
        if found is None:
            continue
        other, brought = found
        values = {
            "rows": f"{int(brought.sum()):,} of {len(rows):,}",
            "crs": crs,
            "other": other,
            "home": at.said,
        }
        out += given.together(code, "supplied", away[brought], values)
    return out


@rule(
    "MA202",
    needs=("points",),
    why="Read in a wrong coordinate system, all rows are far from their place.",
    explains=_FOLLOWS,
)
def crs_does_not_fit(given: Given) -> list[Problem]:
    """Find inputs in metres that another system of the region brings where they belong."""
    at = _home(given)
    sources = list(_projected(given))
    if not sources:
        raise CannotRunError("no points are in metres of a UTM or Gauss-Krueger zone")
    lost = _away(given, at)
    out: list[Problem] = []
    for _, crs, rows in sources:
        away = rows[lost[rows]]
        if len(away) <= _HALF * len(rows) or _brings(given, at, away, crs, _neighbours(crs)):
            continue  # another zone of the same family explains more simply
        found = _brings(given, at, away, crs, _regional(at))
        if found is None:
            continue
        values = {
            "rows": f"{len(away):,} of {len(rows):,}",
            "crs": crs,
            "other": found[0],
            "home": at.said,
        }
        out += given.together("MA202", "supplied", away, values)
    return out


def _regional(at: Home) -> list[str]:
    """List coordinate systems of metres that are in use where the submission belongs."""
    from pyproj.aoi import AreaOfInterest
    from pyproj.database import query_crs_info
    from pyproj.enums import PJType

    if at.bounds is None:
        return []
    found = query_crs_info(
        auth_name="EPSG",
        pj_types=[PJType.PROJECTED_CRS],
        area_of_interest=AreaOfInterest(*at.bounds),
        contains=True,
    )
    codes = sorted((int(info.code) for info in found if info.code.isdigit()), key=_usual_first)
    return [f"EPSG:{code}" for code in codes[:_MOST_SYSTEMS]]


def _usual_first(code: int) -> tuple[bool, int]:
    return _zone_of(f"EPSG:{code}") is None, code


RULES = (axes_swapped, sign_or_hemisphere, utm_zone, mixed_crs, crs_does_not_fit)
