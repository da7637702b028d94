"""Mistakes of axes and signs."""

from __future__ import annotations

import numpy as np

from mapaccuracy.coordinates.grids import Grid, from_grid, to_grid
from mapaccuracy.coordinates.misreadings.grid_families import GridFamily
from mapaccuracy.coordinates.misreadings.misreading import (
    Corrected,
    Plotted,
    UntestableError,
    without,
)
from mapaccuracy.coordinates.misreadings.operations import by_sk42, proj
from mapaccuracy.schema import Floats

NO_LATITUDE = "no longitude can be a latitude"
NOT_SWAPPED = "the positions are no swapped grid coordinates, or none that can be told"
# Where the easting still has its six digits.
_WIDEST_ZONE_M = 500_000.0
_FALSE_EASTING_M = 500_000.0
_POLE_M = 1e7
_ROUND_TRIP_DEG = 1e-8


def swapped_back(plotted: Plotted) -> Corrected:
    """Swap the two coordinates.

    Parameters
    ----------
    plotted : Plotted

    Returns
    -------
    Corrected

    Raises
    ------
    UntestableError
        If no longitude can be a latitude.
    """
    lon, lat = plotted.lat.copy(), plotted.lon.copy()
    if plotted.local:
        return Corrected(lon, lat, None, None, None)
    impossible = np.abs(lat) > 90
    if impossible.all():
        raise UntestableError(NO_LATITUDE)
    return Corrected(*without(impossible, lon, lat), None, None, None)


def swapped_back_in_grid(plotted: Plotted, grids: GridFamily) -> Corrected:
    """Swap easting and northing.

    Parameters
    ----------
    plotted : Plotted
    grids : GridFamily
        In which the numbers were read; in which zone, the files or the finds tell.

    Returns
    -------
    Corrected

    Raises
    ------
    UntestableError
        If nothing tells the zone, or no position can come of swapped numbers.
    """
    meridian, reason = grids.told_meridian(plotted)
    there = _swapped(
        *grids.of_wgs84(plotted.lon, plotted.lat),
        grids.grid(meridian),
        grids.prefixes(meridian),
        grids.false_northing_m(plotted),
    )
    if there is None:
        raise UntestableError(NOT_SWAPPED)
    if grids.sk42:
        return by_sk42(*grids.to_wgs84(*there), grids.about(meridian), reason)
    return Corrected(*there, f"{grids.about(meridian)}, {proj()}", None, reason)


def signed(plotted: Plotted, east: int, north: int) -> Corrected:
    """Change signs.

    Parameters
    ----------
    plotted : Plotted
    east, north : {-1, 1}
        By which longitude and latitude are multiplied.

    Returns
    -------
    Corrected
    """
    return Corrected(east * plotted.lon, north * plotted.lat, None, None, None)


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
