"""Mistakes of direction, undone by turns about the points from which was measured."""

from __future__ import annotations

from importlib.metadata import version

import numpy as np

from mapaccuracy.coordinates.azimuths import (
    FIRST_YEAR,
    LAST_YEAR,
    convergence_deg,
    declination_deg,
    scaled,
    turned,
)
from mapaccuracy.coordinates.misreadings.grid_families import GAUSS_KRUEGER, UTM
from mapaccuracy.coordinates.misreadings.misreading import (
    LOCAL,
    Corrected,
    Plotted,
    UntestableError,
)
from mapaccuracy.coordinates.misreadings.operations import joined, named, proj
from mapaccuracy.schema import Floats

NO_REFERENCE = "no reference points are given"
NO_DATE = "no date of laying is given, nor a declination"
NO_MODEL = f"the model of the magnetic field covers {FIRST_YEAR:.0f} to {LAST_YEAR:.0f} only"
NOT_TURNED_SO = "no azimuth can come of this scale"


def turned_by_declination(plotted: Plotted, times: float) -> Corrected:
    """Turn by the magnetic declination.

    Parameters
    ----------
    plotted : Plotted
    times : float
        By which the declination is multiplied.

    Returns
    -------
    Corrected

    Raises
    ------
    UntestableError
        If there are no reference points, or nothing tells the declination.
    """
    reference = _reference(plotted)
    turn, source, reason = _declinations(plotted, *reference)
    return _turned(plotted, reference, times * turn, source, reason)


def turned_by_convergence(plotted: Plotted, times: float) -> Corrected:
    """Turn by the grid convergence.

    Parameters
    ----------
    plotted : Plotted
    times : float
        By which the convergence is multiplied.

    Returns
    -------
    Corrected

    Raises
    ------
    UntestableError
        If there are no reference points.
    """
    reference = _reference(plotted)
    stated = GAUSS_KRUEGER.stated(plotted)
    if stated is None:
        stated = UTM.stated(plotted)
    # Where no file tells, every record is on the grid of its own zone.
    turn = times * convergence_deg(*reference, stated)
    grid = "6-degree zones" if stated is None else named(stated)
    return _turned(plotted, reference, turn, f"grid convergence of {grid}, {proj()}")


def azimuths_times(plotted: Plotted, factor: float) -> Corrected:
    """Multiply the azimuths.

    Parameters
    ----------
    plotted : Plotted
    factor : float

    Returns
    -------
    Corrected

    Raises
    ------
    UntestableError
        If there are no reference points, or every azimuth would be a full turn or more.
    """
    reference = _reference(plotted)
    lon, lat = scaled(plotted.lon, plotted.lat, *reference, factor, plotted.local)
    measured = np.isfinite(reference[0])
    if not np.isfinite(lon[measured]).any():
        raise UntestableError(NOT_TURNED_SO)
    return Corrected(lon, lat, f"azimuths times {factor:.6g}", None, _some_without(reference[0]))


def _turned(
    plotted: Plotted,
    reference: tuple[Floats, Floats],
    turn_deg: Floats,
    source: str,
    reason: str | None = None,
) -> Corrected:
    """Turn points clockwise about their reference points, and say by how much and why."""
    lon, lat = turned(plotted.lon, plotted.lat, *reference, turn_deg, plotted.local)
    known = np.isfinite(turn_deg) & np.isfinite(reference[0])
    middle = round(float(np.median(turn_deg[known])), 1) + 0.0
    by = f"turn of {middle:+.1f} degrees clockwise in the median"
    return Corrected(lon, lat, f"{by}, {source}", None, joined(_some_without(reference[0]), reason))


def _declinations(
    plotted: Plotted, reference_lon: Floats, reference_lat: Floats
) -> tuple[Floats, str, str | None]:
    """Declination of every row, where it comes from, and what to mind of it."""
    if plotted.declination_deg is not None:
        return np.full(plotted.lon.shape, plotted.declination_deg), "declination as given", None
    if plotted.local:
        raise UntestableError(f"no declination is given, and {LOCAL}")
    if plotted.year is None or not np.isfinite(plotted.year).any():
        raise UntestableError(NO_DATE)
    with np.errstate(invalid="ignore"):
        covered = (plotted.year >= FIRST_YEAR) & (plotted.year <= LAST_YEAR)
    if not covered.any():
        raise UntestableError(NO_MODEL)
    middle = float(np.median(plotted.year[covered]))
    turn = declination_deg(reference_lon, reference_lat, np.where(covered, plotted.year, middle))
    dated = covered[np.isfinite(reference_lon)].all()
    undated = None if dated else f"records without a usable date are taken as of {middle:.0f}"
    return turn, f"IGRF by ppigrf {version('ppigrf')}", undated


def _reference(plotted: Plotted) -> tuple[Floats, Floats]:
    """Give reference points, NaN in both where one number is missing."""
    lon, lat = plotted.reference_lon, plotted.reference_lat
    if lon is None or lat is None:
        raise UntestableError(NO_REFERENCE)
    known = np.isfinite(lon) & np.isfinite(lat)
    if not known.any():
        raise UntestableError(NO_REFERENCE)
    return np.where(known, lon, np.nan), np.where(known, lat, np.nan)


def _some_without(reference_lon: Floats) -> str | None:
    missing = not np.isfinite(reference_lon).all()
    return "points without a reference point stay where they are" if missing else None
