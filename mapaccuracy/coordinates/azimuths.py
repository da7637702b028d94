"""Turns about a reference point: azimuths, grid convergence, magnetic declination."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mapaccuracy.coordinates.grids import utm, zone_meridian
from mapaccuracy.schema import Floats

if TYPE_CHECKING:
    from pyproj import Geod

FIRST_YEAR, LAST_YEAR = 1900.0, 2030.0
_EPOCH_YEARS = 5
_CELL = 50  # to a degree
_WIDTH = 1000 * _CELL
_PLACES = 4096
_ROUNDING_DEG = 0.1


def turned(
    lon: Floats,
    lat: Floats,
    reference_lon: Floats,
    reference_lat: Floats,
    turn_deg: npt.ArrayLike,
    local: bool = False,
) -> tuple[Floats, Floats]:
    """Turn points clockwise about their reference points; the distances stay.

    Parameters
    ----------
    lon, lat : ndarray of float, shape (n,)
        Degrees in WGS 84; in local metres x (east) and y (north).
    reference_lon, reference_lat : ndarray of float, shape (n,)
        The same; NaN where a point has none.
    turn_deg : array_like of float, shape (n,) or ()
        Degrees, clockwise positive; NaN where it is not known.
    local : bool
        Whether positions are planar metres.

    Returns
    -------
    lon, lat : ndarray of float, shape (n,)
        A point without a reference point or a turn stays where it is.

    Notes
    -----
    Along geodesics of the ellipsoid (Karney 2013, as in PROJ), so exact at any distance.

    Examples
    --------
    >>> one = np.zeros(1)
    >>> x, y = turned(one, one + 100.0, one, one, 90.0, local=True)
    >>> [round(float(x[0]), 9), round(float(y[0]), 9)]
    [100.0, 0.0]
    """
    turn = np.broadcast_to(np.asarray(turn_deg, dtype=np.float64), np.shape(lon))
    moving = np.isfinite(reference_lon) & np.isfinite(reference_lat) & np.isfinite(turn)
    return _placed(lon, lat, reference_lon, reference_lat, turn, 1.0, moving, local)


def scaled(
    lon: Floats,
    lat: Floats,
    reference_lon: Floats,
    reference_lat: Floats,
    factor: float,
    local: bool = False,
) -> tuple[Floats, Floats]:
    """Multiply the azimuth from the reference point to each point; the distances stay.

    Parameters
    ----------
    lon, lat, reference_lon, reference_lat, local
        As in `turned`.
    factor : float
        Azimuths in [0, 360) degrees are multiplied by this.

    Returns
    -------
    lon, lat : ndarray of float, shape (n,)
        NaN where the azimuth would be a full turn or more. A point without a reference point
        stays where it is.

    Notes
    -----
    Azimuths within 0.1 degree below a full turn, before or after, count as north: coordinates
    are rounded, and a leg due north must not be taken for nearly a full turn.

    Examples
    --------
    >>> one = np.zeros(2)
    >>> x, y = scaled(one + [100, -100], one + [0, 100], one, one, 6400 / 6000, local=True)
    >>> [(round(float(a), 3), round(float(b), 3)) for a, b in zip(x, y)]
    [(99.452, -10.453), (-57.521, 129.195)]
    """
    known = np.isfinite(reference_lon) & np.isfinite(reference_lat)
    none = np.zeros(np.shape(lon))
    return _placed(lon, lat, reference_lon, reference_lat, none, factor, known, local)


def convergence_deg(
    lon: npt.ArrayLike, lat: npt.ArrayLike, meridian: npt.ArrayLike | None = None
) -> Floats:
    """Grid convergence: how far grid north lies east of true north.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees in WGS 84.
    meridian : array_like of float, shape (n,) or (), or None
        Central meridian of the grid; by default that of the 6-degree zone of each point.

    Returns
    -------
    ndarray of float, shape (n,)
        Degrees; true azimuth = grid azimuth + convergence. NaN for NaN.

    Notes
    -----
    Of a transverse Mercator grid on WGS 84. The scale of a grid has no part in it, and on SK-42
    and Krassowsky's ellipsoid it differs by less than 0.001 degrees.

    Examples
    --------
    >>> convergence_deg([46.93, 45.37], [39.99, 41.09]).round(2).tolist()
    [1.24, 0.24]
    """
    from pyproj import Proj

    grid = utm(0.0)
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    about = zone_meridian(lon) if meridian is None else np.asarray(meridian, dtype=np.float64)
    away = np.asarray((lon - about + 180) % 360 - 180)
    out = np.full(away.shape, np.nan)
    known = np.isfinite(away) & np.isfinite(lat)
    if known.any():
        grid_on = Proj(f"+proj=tmerc +lat_0=0 +lon_0=0 +k={grid.scale!r} +ellps={grid.ellipsoid}")
        out[known] = grid_on.get_factors(away[known], lat[known]).meridian_convergence
    return out


def declination_deg(lon: npt.ArrayLike, lat: npt.ArrayLike, year: npt.ArrayLike) -> Floats:
    """Magnetic declination: how far magnetic north lies east of true north.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees in WGS 84.
    year : array_like of float, shape (n,)
        Decimal year.

    Returns
    -------
    ndarray of float, shape (n,)
        Degrees; true azimuth = magnetic azimuth + declination. NaN for a NaN, and for years
        before 1900 or after 2030, which the model does not cover.

    Notes
    -----
    International Geomagnetic Reference Field, at height 0, from the package ppigrf. Places are
    rounded to 0.02 degrees, which changes it by 0.001 degrees as a rule, and up to 40 degrees of
    latitude by less than 0.03; the field of the Earth's crust, which the model leaves out, may
    turn it by half a degree.
    Between two epochs of the model, 5 years apart, the field is linear in time.

    Examples
    --------
    >>> declination_deg([44.4, 44.4, 44.4], [33.3, 33.3, 33.3], [1988.5, 2026.0, 1899.0]).round(2)
    array([3.24, 4.81,  nan])
    """
    lon, lat, year = np.broadcast_arrays(
        np.asarray(lon, dtype=np.float64),
        np.asarray(lat, dtype=np.float64),
        np.asarray(year, dtype=np.float64),
    )
    out = np.full(lon.shape, np.nan)
    known = np.isfinite(lon) & np.isfinite(lat) & (year >= FIRST_YEAR) & (year <= LAST_YEAR)
    if not known.any():
        return out
    rows, columns = (np.rint(part[known] * _CELL).astype(np.int64) for part in (lat, lon))
    # One whole number for each cell: records share their reference point, and the model is slow.
    places, place = np.unique((rows + 90 * _CELL) * _WIDTH + columns, return_inverse=True)
    row, column = np.divmod(places + _WIDTH // 2, _WIDTH)
    since = (year[known] - FIRST_YEAR) / _EPOCH_YEARS
    last = int((LAST_YEAR - FIRST_YEAR) / _EPOCH_YEARS)
    epoch = np.minimum(np.floor(since).astype(np.intp), last - 1)
    needed, at = np.unique(np.concatenate([epoch, epoch + 1]), return_inverse=True)
    east, north = _field((column - _WIDTH // 2) / _CELL, row / _CELL - 90, needed)
    before, after = at[: epoch.size], at[epoch.size :]
    part = since - epoch
    easterly = (1 - part) * east[before, place] + part * east[after, place]
    northerly = (1 - part) * north[before, place] + part * north[after, place]
    out[known] = np.degrees(np.arctan2(easterly, northerly))
    return out


def _field(lon: Floats, lat: Floats, epochs: npt.NDArray[np.intp]) -> tuple[Floats, Floats]:
    """Magnetic field east and north, nanotesla, shape (epochs, places)."""
    from ppigrf import igrf

    dates = [datetime(int(FIRST_YEAR) + _EPOCH_YEARS * int(epoch), 1, 1) for epoch in epochs]
    east = np.empty((len(dates), lon.size))
    north = np.empty_like(east)
    for start in range(0, lon.size, _PLACES):
        piece = slice(start, start + _PLACES)
        east[:, piece], north[:, piece], _ = igrf(lon[piece], lat[piece], 0.0, dates)
    return east, north


@lru_cache(maxsize=1)
def geod() -> Geod:
    """Geodesics of the WGS 84 ellipsoid."""
    from pyproj import Geod

    return Geod(ellps="WGS84")


def _placed(
    lon: Floats,
    lat: Floats,
    reference_lon: Floats,
    reference_lat: Floats,
    turn: Floats,
    factor: float,
    moving: npt.NDArray[np.bool_],
    local: bool,
) -> tuple[Floats, Floats]:
    """Place points anew: azimuth times factor plus turn, at the same distance."""
    new_lon, new_lat = np.array(lon, dtype=np.float64), np.array(lat, dtype=np.float64)
    if not moving.any():
        return new_lon, new_lat
    x, y, x0, y0 = lon[moving], lat[moving], reference_lon[moving], reference_lat[moving]
    if local:
        distance, azimuth = np.hypot(x - x0, y - y0), np.degrees(np.arctan2(x - x0, y - y0))
    else:
        azimuth, _, distance = geod().inv(x0, y0, x, y)
    azimuth = np.asarray(azimuth) + turn[moving] if factor == 1 else _times(azimuth, factor)
    if local:
        there = (
            x0 + distance * np.sin(np.radians(azimuth)),
            y0 + distance * np.cos(np.radians(azimuth)),
        )
    else:
        there = geod().fwd(x0, y0, azimuth, distance)[:2]
    impossible = ~np.isfinite(azimuth)
    for new, place in zip((new_lon, new_lat), there, strict=True):
        new[moving] = np.where(impossible, np.nan, place)
    return new_lon, new_lat


def _times(azimuth: npt.ArrayLike, factor: float) -> Floats:
    """Multiply azimuths; NaN from a full turn on.

    Examples
    --------
    >>> _times([-90.0, -0.05, 337.4, 340.0], 6400 / 6000).round(2).tolist()
    [288.0, -0.05, 359.89, nan]
    """
    clockwise = np.asarray(azimuth, dtype=np.float64) % 360
    clockwise = np.where(clockwise > 360 - _ROUNDING_DEG, clockwise - 360, clockwise)
    out = clockwise * factor
    return np.where(out < 360 + _ROUNDING_DEG, out, np.nan)
