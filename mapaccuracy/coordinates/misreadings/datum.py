"""Mistakes of datum, projection and zone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mapaccuracy.coordinates.grids import from_grid, to_grid, wrapped
from mapaccuracy.coordinates.misreadings.grid_families import GAUSS_KRUEGER, GridFamily
from mapaccuracy.coordinates.misreadings.misreading import Corrected, Plotted
from mapaccuracy.coordinates.misreadings.operations import by_sk42
from mapaccuracy.schema import Floats


def moved_datum(
    plotted: Plotted, shift: Callable[[Floats, Floats], tuple[Floats, Floats]]
) -> Corrected:
    """Change the datum.

    Parameters
    ----------
    plotted : Plotted
    shift : function of two ndarray of float to the same
        `sk42_to_wgs84` or `wgs84_to_sk42`.

    Returns
    -------
    Corrected
    """
    return by_sk42(*shift(plotted.lon, plotted.lat))


def projected_anew(plotted: Plotted, read_in: GridFamily, own: GridFamily) -> Corrected:
    """Take the numbers of one grid for those of another.

    Parameters
    ----------
    plotted : Plotted
    read_in : GridFamily
        In which the numbers were read; in which zone, the files or the finds tell.
    own : GridFamily
        To which they belong.

    Returns
    -------
    Corrected

    Raises
    ------
    UntestableError
        If nothing tells the zone.
    """
    meridian, reason = read_in.told_meridian(plotted)
    own_meridian = own.own_meridian(meridian, plotted)
    numbers = to_grid(*read_in.of_wgs84(plotted.lon, plotted.lat), read_in.grid(meridian))
    there = own.to_wgs84(*from_grid(*numbers, own.grid(own_meridian)))
    return by_sk42(*there, own.about(own_meridian), reason)


# The same numbers in the next zone are the same place beside another central meridian: whatever
# the zone was, undoing it adds degrees of longitude, in the grid's own datum.


def moved_utm_zone(plotted: Plotted, degrees: float) -> Corrected:
    """Read UTM metres beside another central meridian.

    Parameters
    ----------
    plotted : Plotted
    degrees : float
        How far east it lies of that about which they were read.

    Returns
    -------
    Corrected
    """
    lon, lat = wrapped(plotted.lon + degrees), plotted.lat.copy()
    inside = bool(np.mean((lat >= -80) & (lat <= 84)) >= 0.5) if lat.size else None
    return Corrected(lon, lat, f"{degrees:+g} degrees of longitude", inside, None)


def moved_gauss_krueger_zone(plotted: Plotted, degrees: float) -> Corrected:
    """Read Gauss-Krueger metres beside another central meridian.

    Parameters
    ----------
    plotted, degrees
        As in `moved_utm_zone`.

    Returns
    -------
    Corrected
    """
    lon, lat = GAUSS_KRUEGER.of_wgs84(plotted.lon, plotted.lat)
    there = GAUSS_KRUEGER.to_wgs84(wrapped(lon + degrees), lat)
    return by_sk42(*there, f"{degrees:+g} degrees of longitude in SK-42")
