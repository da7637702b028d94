"""Where a submission belongs, as far as anything but itself tells: the ground for suspicions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mapaccuracy.checks.given import Given
from mapaccuracy.geography import first_polygon
from mapaccuracy.schema import Bools, Floats

# Of finds or of the submission itself: so many times the usual distance from their middle, and
# degrees beyond it, are still home.
_SPREADS = 12.0
_MARGIN_DEG = 0.2
_LEAST_POINTS = 10

Inside = Callable[[Floats, Floats], Bools]


@dataclass(frozen=True)
class Home:
    """Where rows of a submission belong.

    Attributes
    ----------
    said : str
        Completes "the row is not ...".
    holds : callable
        Takes longitudes and latitudes, and tells which positions belong there.
    bounds : tuple of four float, or None
        West, south, east and north of it, degrees; None where the submission itself tells.
    """

    said: str
    holds: Inside
    bounds: tuple[float, float, float, float] | None = None


def home_of(given: Given) -> Home | None:
    """Find where a submission belongs: districts, else where finds are, else where most of it is.

    Returns
    -------
    Home or None
        None in local metres, and where fewer than 10 points tell.
    """
    if given.settings.local or "supplied" not in given.layers:
        return None
    if "districts" in given.layers:
        import shapely

        polygons = given.polygons("districts")

        def in_district(x: Floats, y: Floats) -> Bools:
            return np.asarray(first_polygon(*given.frame.points(x, y), polygons) >= 0)

        raw = np.asarray(given.layers["districts"].frame["geometry"], dtype=object)
        return Home("inside any district", in_district, _bounds(shapely.total_bounds(raw)))
    if "finds" in given.layers and len(given.points("finds")) >= _LEAST_POINTS:
        frame = given.layers["finds"].frame
        bounds = [f(frame[axis]) for f in (np.min, np.max) for axis in ("lon", "lat")]
        return Home("where the finds are", _around(given, "finds"), _bounds(np.array(bounds)))
    if len(given.points("supplied")) >= _LEAST_POINTS:
        return Home("where most rows are", _around(given, "supplied"))
    return None


def _bounds(of: Floats) -> tuple[float, float, float, float]:
    west, south, east, north = map(float, of)
    return west, south, east, north


def _around(given: Given, name: str) -> Inside:
    points = given.points(name)
    middle = np.median(points.x), np.median(points.y)
    reach = [
        _SPREADS * float(np.median(np.abs(axis - centre))) + _MARGIN_DEG
        for axis, centre in zip((points.x, points.y), middle, strict=True)
    ]

    def near(x: Floats, y: Floats) -> Bools:
        east, north = given.frame.points(x, y)
        return np.asarray(
            (np.abs(east - middle[0]) <= reach[0]) & (np.abs(north - middle[1]) <= reach[1])
        )

    return near
