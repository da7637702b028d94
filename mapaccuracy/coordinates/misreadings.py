"""The known mistakes with coordinates, each with what undoes it on the positions of a map."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version

import numpy as np
import numpy.typing as npt

from mapaccuracy.coordinates.azimuths import (
    FIRST_YEAR,
    LAST_YEAR,
    convergence_deg,
    declination_deg,
    scaled,
    turned,
)
from mapaccuracy.coordinates.grids import (
    GAUSS_KRUEGER_SCALE,
    UTM_SCALE,
    Grid,
    from_grid,
    gauss_krueger,
    in_sk42_area,
    sk42_operation,
    sk42_to_wgs84,
    stated_meridian,
    to_grid,
    utm,
    wgs84_to_sk42,
    wrapped,
    zone_meridian,
)
from mapaccuracy.schema import Floats

LOCAL = "positions are local metres"
NO_ZONE = "no finds tell the zone"
NO_REFERENCE = "no reference points are given"
NOT_SWAPPED = "the positions are no swapped grid coordinates, or none that can be told"
NOT_MINUTES = "every position has minutes of 60 or more, so none is degrees and minutes"
NOT_SECONDS = "every position has minutes or seconds of 60 or more"
NOT_TURNED_SO = "no azimuth can come of this scale"
# Where the easting still has its six digits.
_WIDEST_ZONE_M = 500_000.0
_FALSE_EASTING_M = 500_000.0
_POLE_M = 1e7
_ROUND_TRIP_DEG = 1e-8
_STEPS = 10**10  # of a degree: 0.01 mm, more than rounding in the last digits amounts to


@dataclass(frozen=True)
class Plotted:
    """A supplied map as it was plotted.

    Attributes
    ----------
    lon, lat : ndarray of float, shape (n,)
        Degrees in WGS 84, finite; in local metres x (east) and y (north).
    reference_lon, reference_lat : ndarray of float, shape (n,), or None
        Of the reference point from which the record's points were measured; NaN where none is
        given.
    year : ndarray of float, shape (n,), or None
        Decimal year of laying; NaN where it is not known.
    source_crs : tuple of str
        Coordinate systems in which the supplied files stated their numbers, such as
        ``EPSG:28408``, ``EPSG:4326`` or ``local``.
    finds_lon, finds_lat : float
        Median position of the finds, where the truth is thought to lie: it chooses the zone.
    declination_deg : float or None
        Magnetic declination, east positive; None for that of the model by place and year.
    local : bool
        Whether positions are planar metres.
    """

    lon: Floats
    lat: Floats
    reference_lon: Floats | None
    reference_lat: Floats | None
    year: Floats | None
    source_crs: tuple[str, ...]
    finds_lon: float
    finds_lat: float
    declination_deg: float | None
    local: bool


@dataclass(frozen=True)
class Corrected:
    """A supplied map with one mistake undone.

    Attributes
    ----------
    lon, lat : ndarray of float, shape (n,)
        As in `Plotted`; NaN for a position that cannot come of the mistake.
    operation : str or None
        What was done, with the code of a coordinate operation and the version of PROJ.
    in_area : bool or None
        Whether most of the corrected map lies in the area that the coordinate systems are made
        for; None where that has no meaning.
    reason : str or None
        What to mind.
    """

    lon: Floats
    lat: Floats
    operation: str | None
    in_area: bool | None
    reason: str | None


@dataclass(frozen=True)
class Misreading:
    """A known mistake with coordinates.

    Attributes
    ----------
    name : str
    cause : str
        The mistake as one clause.
    undo : function of Plotted to Corrected or str
        Undoes it. A text says why it cannot be tested on this map.
    """

    name: str
    cause: str
    undo: Callable[[Plotted], Corrected | str]


# --- datum and projection --------------------------------------------------------------------


def _sk42_read_as_wgs84(plotted: Plotted) -> Corrected | str:
    if plotted.local:
        return LOCAL
    return _in_sk42(*sk42_to_wgs84(plotted.lon, plotted.lat), None, None)


def _wgs84_read_as_sk42(plotted: Plotted) -> Corrected | str:
    if plotted.local:
        return LOCAL
    return _in_sk42(*wgs84_to_sk42(plotted.lon, plotted.lat), None, None)


def _gauss_krueger_read_as_utm(plotted: Plotted) -> Corrected | str:
    told = _zone(plotted, "WGS84", UTM_SCALE, "UTM")
    if isinstance(told, str):
        return told
    meridian, reason = told
    numbers = to_grid(plotted.lon, plotted.lat, utm(meridian))
    there = sk42_to_wgs84(*from_grid(*numbers, gauss_krueger(meridian)))
    return _in_sk42(*there, f"Gauss-Krueger, {_about(meridian)}", reason)


def _utm_read_as_gauss_krueger(plotted: Plotted) -> Corrected | str:
    told = _zone(plotted, "krass", GAUSS_KRUEGER_SCALE, "Gauss-Krueger")
    if isinstance(told, str):
        return told
    meridian, reason = told
    # UTM has no 3-degree zones: numbers read in one of those are of the zone where the finds lie.
    own = meridian if meridian % 6 == 3 else float(zone_meridian(plotted.finds_lon))
    if not np.isfinite(own):
        return NO_ZONE
    numbers = to_grid(*wgs84_to_sk42(plotted.lon, plotted.lat), gauss_krueger(meridian))
    there = from_grid(*numbers, utm(own))
    return _in_sk42(*there, f"UTM, {_about(own)}", reason)


def _wrong_ellipsoid(plotted: Plotted) -> Corrected | str:
    told = _zone(plotted, "WGS84", GAUSS_KRUEGER_SCALE, "Gauss-Krueger")
    if isinstance(told, str):
        return told
    meridian, reason = told
    numbers = to_grid(plotted.lon, plotted.lat, Grid("WGS84", GAUSS_KRUEGER_SCALE, meridian))
    there = sk42_to_wgs84(*from_grid(*numbers, gauss_krueger(meridian)))
    return _in_sk42(*there, f"Gauss-Krueger, {_about(meridian)}", reason)


# --- zones -----------------------------------------------------------------------------------
# The same numbers in the next zone are the same place beside another central meridian: whatever
# the zone was, undoing it adds degrees of longitude, in the grid's own datum.


def _utm_zone(plotted: Plotted, degrees: float) -> Corrected | str:
    if plotted.local:
        return LOCAL
    lon, lat = wrapped(plotted.lon + degrees), plotted.lat.copy()
    inside = bool(np.mean((lat >= -80) & (lat <= 84)) >= 0.5) if lat.size else None
    return Corrected(lon, lat, f"{degrees:+g} degrees of longitude", inside, None)


def _gauss_krueger_zone(plotted: Plotted, degrees: float) -> Corrected | str:
    if plotted.local:
        return LOCAL
    lon, lat = wgs84_to_sk42(plotted.lon, plotted.lat)
    there = sk42_to_wgs84(wrapped(lon + degrees), lat)
    return _in_sk42(*there, f"{degrees:+g} degrees of longitude in SK-42", None)


# --- axes and signs --------------------------------------------------------------------------


def _axes(plotted: Plotted) -> Corrected | str:
    if plotted.local:
        return Corrected(plotted.lat.copy(), plotted.lon.copy(), None, None, None)
    lon, lat = plotted.lat.copy(), plotted.lon.copy()
    impossible = np.abs(lat) > 90
    if impossible.all():
        return "no longitude can be a latitude"
    return Corrected(
        np.where(impossible, np.nan, lon), np.where(impossible, np.nan, lat), None, None, None
    )


def _gauss_krueger_axes(plotted: Plotted) -> Corrected | str:
    told = _zone(plotted, "krass", GAUSS_KRUEGER_SCALE, "Gauss-Krueger")
    if isinstance(told, str):
        return told
    meridian, reason = told
    # With the number of the 6-degree or the 3-degree zone before the easting, or without.
    prefixes = {0.0}
    if (meridian % 360) % 6 == 3:
        prefixes.add(((meridian % 360) + 3) / 6)
    if (meridian % 360) % 3 == 0:
        prefixes.add((meridian % 360) / 3)
    read = wgs84_to_sk42(plotted.lon, plotted.lat)
    there = _swapped(*read, gauss_krueger(meridian), sorted(prefixes), 0.0)
    if there is None:
        return NOT_SWAPPED
    return _in_sk42(*sk42_to_wgs84(*there), f"Gauss-Krueger, {_about(meridian)}", reason)


def _utm_axes(plotted: Plotted) -> Corrected | str:
    told = _zone(plotted, "WGS84", UTM_SCALE, "UTM")
    if isinstance(told, str):
        return told
    meridian, reason = told
    south = _POLE_M if plotted.finds_lat < 0 else 0.0
    there = _swapped(plotted.lon, plotted.lat, utm(meridian), [0.0], south)
    if there is None:
        return NOT_SWAPPED
    return Corrected(*there, f"UTM, {_about(meridian)}, {_proj()}", None, reason)


def _swapped(
    lon: Floats, lat: Floats, grid: Grid, prefixes: list[float], false_northing: float
) -> tuple[Floats, Floats] | None:
    """Swap easting and northing; of the prefixes the one with which most rows make sense."""
    east, north = to_grid(lon, lat, grid)
    # So far from its central meridian a projection may not come back to where it started; and
    # numbers beyond its pole, as swapped ones with a zone prefix of 10 or more, have lost theirs.
    back_lon, back_lat = from_grid(east, north, grid)
    close = np.abs((back_lon - lon + 180) % 360 - 180) + np.abs(back_lat - lat) < _ROUND_TRIP_DEG
    best, most = None, np.intp(0)
    for prefix in prefixes:
        false_easting = prefix * 1e6 + _FALSE_EASTING_M
        true_east = north + false_northing - false_easting
        true_north = east + false_easting - false_northing
        sensible = close & (np.abs(true_east) < _WIDEST_ZONE_M) & (np.abs(true_north) < _POLE_M)
        if np.count_nonzero(sensible) > most:
            most = np.count_nonzero(sensible)
            best = np.where(sensible, true_east, np.nan), np.where(sensible, true_north, np.nan)
    return None if best is None else from_grid(*best, grid)


def _signs(plotted: Plotted, east: int, north: int) -> Corrected | str:
    if plotted.local:
        return LOCAL
    return Corrected(east * plotted.lon, north * plotted.lat, None, None, None)


# --- notation --------------------------------------------------------------------------------


def _minutes(plotted: Plotted) -> Corrected | str:
    if plotted.local:
        return LOCAL
    return _sexagesimal(plotted, _from_minutes, NOT_MINUTES)


def _seconds(plotted: Plotted) -> Corrected | str:
    if plotted.local:
        return LOCAL
    return _sexagesimal(plotted, _from_seconds, NOT_SECONDS)


def _sexagesimal(
    plotted: Plotted, reading: Callable[[Floats], Floats], none: str
) -> Corrected | str:
    lon, lat = reading(plotted.lon), reading(plotted.lat)
    impossible = np.isnan(lon) | np.isnan(lat)
    if impossible.all():
        return none
    reason = "some positions have minutes or seconds of 60 or more" if impossible.any() else None
    return Corrected(
        np.where(impossible, np.nan, lon), np.where(impossible, np.nan, lat), None, None, reason
    )


def _from_minutes(typed: Floats) -> Floats:
    """Read DD.MMmmm; NaN where the minutes are 60 or more.

    Examples
    --------
    >>> _from_minutes(np.array([46.558, -46.3, 46.6])).tolist()
    [46.93, -46.5, nan]
    """
    degrees, rest = np.divmod(np.rint(np.abs(typed) * _STEPS), _STEPS)
    minutes = rest / (_STEPS // 100)
    return np.where(minutes < 60, np.copysign(degrees + minutes / 60, typed), np.nan)


def _from_seconds(typed: Floats) -> Floats:
    """Read DD.MMSSsss; NaN where minutes or seconds are 60 or more.

    Examples
    --------
    >>> _from_seconds(np.array([46.5548, 46.55, -46.3, 46.5560, 46.60])).round(9).tolist()
    [46.93, 46.916666667, -46.5, nan, nan]
    """
    degrees, rest = np.divmod(np.rint(np.abs(typed) * _STEPS), _STEPS)
    minutes, rest = np.divmod(rest, _STEPS // 100)
    seconds = rest / (_STEPS // 10_000)
    read = np.copysign(degrees + minutes / 60 + seconds / 3600, typed)
    return np.where((minutes < 60) & (seconds < 60), read, np.nan)


# --- azimuths --------------------------------------------------------------------------------


def _declination(plotted: Plotted, times: float) -> Corrected | str:
    reference = _reference(plotted)
    if isinstance(reference, str):
        return reference
    told = _declinations(plotted, *reference)
    if isinstance(told, str):
        return told
    turn, source, reason = told
    lon, lat = turned(plotted.lon, plotted.lat, *reference, times * turn, plotted.local)
    return Corrected(lon, lat, f"{_by(times * turn, reference)}, {source}", None, reason)


def _declinations(
    plotted: Plotted, reference_lon: Floats, reference_lat: Floats
) -> tuple[Floats, str, str | None] | str:
    """Declination of every row, where it comes from, and what to mind."""
    if plotted.declination_deg is not None:
        given = np.full(plotted.lon.shape, plotted.declination_deg)
        return given, "declination as given", _some_without(reference_lon)
    if plotted.local:
        return f"no declination is given, and {LOCAL}"
    if plotted.year is None or not np.isfinite(plotted.year).any():
        return "no date of laying is given, nor a declination"
    with np.errstate(invalid="ignore"):
        covered = (plotted.year >= FIRST_YEAR) & (plotted.year <= LAST_YEAR)
    if not covered.any():
        return f"the model of the magnetic field covers {FIRST_YEAR:.0f} to {LAST_YEAR:.0f} only"
    middle = float(np.median(plotted.year[covered]))
    turn = declination_deg(reference_lon, reference_lat, np.where(covered, plotted.year, middle))
    reasons = [_some_without(reference_lon)]
    if not covered[np.isfinite(reference_lon)].all():
        reasons.append(f"records without a usable date are taken as of {middle:.0f}")
    source = f"IGRF by ppigrf {version('ppigrf')}"
    return turn, source, "; ".join(reason for reason in reasons if reason) or None


def _grid_north(plotted: Plotted, times: float) -> Corrected | str:
    if plotted.local:
        return LOCAL
    reference = _reference(plotted)
    if isinstance(reference, str):
        return reference
    stated = stated_meridian(plotted.source_crs, "krass", GAUSS_KRUEGER_SCALE)
    if stated is None:
        stated = stated_meridian(plotted.source_crs, "WGS84", UTM_SCALE)
    # Where no file tells, every record is on the grid of its own zone.
    turn = times * convergence_deg(*reference, stated)
    lon, lat = turned(plotted.lon, plotted.lat, *reference, turn)
    grid = "6-degree zones" if stated is None else _about(stated)
    return Corrected(
        lon, lat, f"{_by(turn, reference)}, grid convergence of {grid}, {_proj()}", None,
        _some_without(reference[0]),
    )  # fmt: skip


def _mils(plotted: Plotted, factor: float) -> Corrected | str:
    reference = _reference(plotted)
    if isinstance(reference, str):
        return reference
    lon, lat = scaled(plotted.lon, plotted.lat, *reference, factor, plotted.local)
    measured = np.isfinite(reference[0])
    if not np.isfinite(lon[measured]).any():
        return NOT_TURNED_SO
    return Corrected(lon, lat, f"azimuths times {factor:.6g}", None, _some_without(reference[0]))


def _reference(plotted: Plotted) -> tuple[Floats, Floats] | str:
    """Give reference points, NaN in both where one number is missing."""
    lon, lat = plotted.reference_lon, plotted.reference_lat
    if lon is None or lat is None:
        return NO_REFERENCE
    known = np.isfinite(lon) & np.isfinite(lat)
    if not known.any():
        return NO_REFERENCE
    return np.where(known, lon, np.nan), np.where(known, lat, np.nan)


def _some_without(reference_lon: Floats) -> str | None:
    missing = not np.isfinite(reference_lon).all()
    return "points without a reference point stay where they are" if missing else None


def _by(turn_deg: npt.ArrayLike, reference: tuple[Floats, Floats]) -> str:
    turn = np.broadcast_to(np.asarray(turn_deg, dtype=np.float64), reference[0].shape)
    known = np.isfinite(turn) & np.isfinite(reference[0])
    middle = round(float(np.median(turn[known])), 1) + 0.0
    return f"turn of {middle:+.1f} degrees clockwise in the median"


# --- what several share ----------------------------------------------------------------------


def _zone(
    plotted: Plotted, ellipsoid: str, scale: float, grid: str
) -> tuple[float, str | None] | str:
    """Central meridian in which numbers were read, and where it comes from."""
    if plotted.local:
        return LOCAL
    stated = stated_meridian(plotted.source_crs, ellipsoid, scale)
    if stated is not None:
        return stated, None
    if not np.isfinite(plotted.finds_lon):
        return NO_ZONE
    meridian = float(zone_meridian(plotted.finds_lon))
    number = round((meridian + 183) / 6)
    if grid == "Gauss-Krueger":
        number = (number - 31) % 60 + 1
    return meridian, f"{grid} zone {number} taken from the finds"


def _about(meridian: float) -> str:
    return f"central meridian {abs(meridian):g} {'W' if meridian < 0 else 'E'}"


def _proj() -> str:
    from pyproj import proj_version_str

    return f"PROJ {proj_version_str}"


def _in_sk42(lon: Floats, lat: Floats, before: str | None, reason: str | None) -> Corrected:
    operation = ", ".join(part for part in (before, sk42_operation()) if part)
    area = in_sk42_area(lon, lat)
    outside = None if area is not False else "outside the area that SK-42 is made for"
    reasons = "; ".join(part for part in (reason, outside) if part) or None
    return Corrected(lon, lat, operation, area, reasons)


MISREADINGS: tuple[Misreading, ...] = (
    Misreading(
        "sk42_as_wgs84",
        "SK-42 latitude and longitude were read as WGS 84, or a Gauss-Krueger grid was read "
        "without its datum shift",
        _sk42_read_as_wgs84,
    ),
    Misreading(
        "wgs84_as_sk42",
        "WGS 84 latitude and longitude were read as SK-42",
        _wgs84_read_as_sk42,
    ),
    Misreading(
        "gk_as_utm",
        "Gauss-Krueger metres without their zone prefix were read as UTM",
        _gauss_krueger_read_as_utm,
    ),
    Misreading(
        "utm_as_gk",
        "UTM metres were read as Gauss-Krueger",
        _utm_read_as_gauss_krueger,
    ),
    Misreading(
        "gk_on_wgs84_ellipsoid",
        "Gauss-Krueger metres were read on the WGS 84 ellipsoid",
        _wrong_ellipsoid,
    ),
    Misreading(
        "utm_zone_one_low",
        "UTM metres were read in the zone before their own",
        partial(_utm_zone, degrees=6.0),
    ),
    Misreading(
        "utm_zone_one_high",
        "UTM metres were read in the zone after their own",
        partial(_utm_zone, degrees=-6.0),
    ),
    Misreading(
        "gk_zone_one_low",
        "Gauss-Krueger metres were read in the zone before their own",
        partial(_gauss_krueger_zone, degrees=6.0),
    ),
    Misreading(
        "gk_zone_one_high",
        "Gauss-Krueger metres were read in the zone after their own",
        partial(_gauss_krueger_zone, degrees=-6.0),
    ),
    Misreading(
        "gk3_zone_one_low",
        "Gauss-Krueger metres were read from a central meridian 3 degrees west of their own, "
        "as when 3-degree zones are confused, or read as 6-degree zones",
        partial(_gauss_krueger_zone, degrees=3.0),
    ),
    Misreading(
        "gk3_zone_one_high",
        "Gauss-Krueger metres were read from a central meridian 3 degrees east of their own, "
        "as when 3-degree zones are confused, or read as 6-degree zones",
        partial(_gauss_krueger_zone, degrees=-3.0),
    ),
    Misreading("axes_swapped", "the two coordinates were swapped", _axes),
    Misreading(
        "gk_axes_swapped",
        "northing and easting of Gauss-Krueger were swapped",
        _gauss_krueger_axes,
    ),
    Misreading("utm_axes_swapped", "northing and easting of UTM were swapped", _utm_axes),
    Misreading(
        "latitude_sign",
        "the latitude was given the wrong sign",
        partial(_signs, east=1, north=-1),
    ),
    Misreading(
        "longitude_sign",
        "the longitude was given the wrong sign",
        partial(_signs, east=-1, north=1),
    ),
    Misreading(
        "both_signs",
        "latitude and longitude were given the wrong sign",
        partial(_signs, east=-1, north=-1),
    ),
    Misreading(
        "minutes_as_decimals",
        "degrees and minutes were typed as decimal degrees",
        _minutes,
    ),
    Misreading(
        "seconds_as_decimals",
        "degrees, minutes and seconds were typed as decimal degrees",
        _seconds,
    ),
    Misreading(
        "declination_missing",
        "magnetic azimuths were plotted as true ones",
        partial(_declination, times=1.0),
    ),
    Misreading(
        "declination_doubled",
        "the magnetic declination was applied twice, or to azimuths that were true",
        partial(_declination, times=-1.0),
    ),
    Misreading(
        "grid_as_true",
        "azimuths from grid north were plotted from true north",
        partial(_grid_north, times=1.0),
    ),
    Misreading(
        "true_as_grid",
        "azimuths from true north were plotted from grid north",
        partial(_grid_north, times=-1.0),
    ),
    Misreading(
        "mils_6000_as_6400",
        "azimuths in thousandths of which 6000 make a circle were read as if 6400 did",
        partial(_mils, factor=6400 / 6000),
    ),
    Misreading(
        "mils_6400_as_6000",
        "azimuths in mils of which 6400 make a circle were read as if 6000 did",
        partial(_mils, factor=6000 / 6400),
    ),
)
