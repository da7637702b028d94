"""Numbers in a coordinate system that the caller names, metres above all."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from mapaccuracy.coordinates.positions.numbers import metre_pairs, thousands
from mapaccuracy.coordinates.positions.outcome import Order, Position, Refused
from mapaccuracy.coordinates.systems import WGS84, on_sk42, operation, to_wgs84
from mapaccuracy.schema import Bools, Floats

# Sheets and grids reach beyond their zone, by far less than half of one.
_MARGIN_DEG = 3.0
_SHEETS = (-80.0, 84.0)
_MILLION = 1e6
# No zone is so wide that eastings, 500 km on its meridian, come below.
_LEAST_EASTING_M = 100_000
SWAPPED = (
    "Easting and northing look swapped: in the order that is said they lie outside the area of the "
    "coordinate system, the other way round inside; compare with the original."
)
_OUTSIDE = (
    "The numbers lie outside the area of the coordinate system in either order; check --crs, its "
    "zone, and the digits."
)
EITHER = (
    "Nothing says which number is the easting, and both orders lie in the area of the coordinate "
    "system; write E and N before the numbers, or give --order lat,lon if the northing is first, "
    "--order lon,lat if the easting is."
)


@dataclass(frozen=True)
class System:
    """A coordinate system that numbers are in.

    Attributes
    ----------
    crs : str
        Short name.
    given : str
        As the caller wrote it.
    projected : bool
    north_first : bool
        Whether X is the northing.
    area : tuple of float or None
        West, south, east, north of its area of use, degrees; of SK-42 without its borders in the
        south and north.
    prefix : int
        Number of millions before its eastings, the zone of Gauss-Krueger; 0 without.
    """

    crs: str
    given: str
    projected: bool
    north_first: bool
    area: tuple[float, float, float, float] | None
    prefix: int

    @property
    def is_wgs84(self) -> bool:
        """Whether it is WGS 84 in degrees, as without any."""
        return self.crs == WGS84


@lru_cache(maxsize=64)
def system(crs: str) -> System:
    """Look a coordinate system up.

    Raises
    ------
    SettingsError
        If PROJ does not know it.

    Examples
    --------
    >>> found = system("EPSG:28408")
    >>> found.prefix, found.north_first, found.projected
    (8, True, True)
    """
    from pyproj import CRS

    known = operation(crs)
    text = crs.strip()
    described = CRS.from_user_input(int(text) if text.isascii() and text.isdigit() else text)
    area = described.area_of_use
    sides = None if area is None else (area.west, area.south, area.east, area.north)
    if sides is not None and on_sk42(described):
        # Soviet sheets cover the world: of a zone only its sides count.
        sides = (sides[0], _SHEETS[0], sides[2], _SHEETS[1])
    conversion = described.coordinate_operation
    values = {} if conversion is None else {one.name: one.value for one in conversion.params}
    false_easting = float(values.get("False easting", 0.0))
    zoned = false_easting >= _MILLION and false_easting % _MILLION == _MILLION / 2
    return System(
        known.crs,
        crs,
        known.projected,
        known.north_first,
        sides,
        int(false_easting // _MILLION) if zoned else 0,
    )


def read_metres(plain: str, into: System, order: Order | None) -> Position:
    """Read two numbers of metres.

    Parameters
    ----------
    plain : str
        Folded.
    into : System
        Projected.
    order : str or None
        ``lat,lon`` if the northing is first.

    Raises
    ------
    Refused
        If they are none, in no order in the area of the system, or in both.

    Examples
    --------
    >>> found = read_metres("8664770 4430000", system("EPSG:28408"), None)
    >>> round(found.lat, 3), round(found.lon, 3), found.resolution_m
    (39.987, 46.928, 0.5)
    """
    pairs = metre_pairs(plain)
    if not pairs:
        raise Refused(
            f"It is no pair of numbers in metres, as {into.crs} needs; write it such as "
            "8664770 4430000, without blanks or marks inside a number."
        )
    if len(pairs) > 1 or thousands(plain):
        raise Refused(
            "A comma may stand for decimals, for thousands or between two numbers; write whole "
            "metres, or decimals with a point."
        )
    pair = pairs[0]
    if pair.labelled_wrongly:
        raise Refused("The letters at the numbers must be E and N, or X and Y; or leave out both.")
    north_first = _said(pair.north_first, pair.x_first, into, order)
    first, second = np.array([pair.first]), np.array([pair.second])
    easting_first = _placed(first, second, into)
    northing_first = _placed(second, first, into)
    ways = {False: easting_first, True: northing_first}
    fitting = [way for way, (_, _, inside) in ways.items() if inside[0]]

    def found(way: bool) -> Position:
        lat, lon, _ = ways[way]
        return Position(float(lat[0]), float(lon[0]), pair.step_m, "metres")

    if north_first is not None and north_first in fitting:
        return found(north_first)
    if north_first is not None and fitting:
        raise Refused(SWAPPED, (found(not north_first),))
    if len(fitting) == 1:
        return found(fitting[0])
    if fitting:
        raise Refused(EITHER, tuple(found(way) for way in fitting))
    raise Refused(*_prefix_fault(pair.first, pair.second, pair.step_m, into))


def placed(
    first: Floats, second: Floats, into: System, order: Order | None
) -> tuple[Floats, Floats]:
    """Place many pairs of numbers without labels, by the rules of `read_metres`.

    Returns
    -------
    lat, lon : ndarray of float, shape (n,)
        Degrees; NaN for what `read_metres` refuses.
    """
    lat, lon, straight = _placed(first, second, into)
    other_lat, other_lon, turned = _placed(second, first, into)
    if order == "lat,lon":
        return np.where(turned, other_lat, np.nan), np.where(turned, other_lon, np.nan)
    if order == "lon,lat":
        return np.where(straight, lat, np.nan), np.where(straight, lon, np.nan)
    found = [
        np.select([straight & ~turned, turned & ~straight], [one, other], np.nan)
        for one, other in ((lat, other_lat), (lon, other_lon))
    ]
    return found[0], found[1]


def other_datum(position: Position, into: System) -> Position:
    """Bring degrees of another coordinate system to WGS 84.

    Raises
    ------
    Refused
        If the system has no place there.
    """
    lon, lat = to_wgs84(np.array([position.lon]), np.array([position.lat]), into.given)
    if not (np.isfinite(lon).all() and np.isfinite(lat).all()):
        raise Refused(f"The position is outside the area of {into.crs}.")
    return Position(float(lat[0]), float(lon[0]), position.resolution_m, position.notation)


def _said(
    north_first: bool | None, x_first: bool | None, into: System, order: Order | None
) -> bool | None:
    """Tell whether the northing is first: by letters, by X and Y of the system, by the caller."""
    if north_first is not None:
        return north_first
    if x_first is not None:
        return x_first == into.north_first
    return None if order is None else order == "lat,lon"


def _placed(
    east: npt.ArrayLike, north: npt.ArrayLike, into: System
) -> tuple[Floats, Floats, Bools]:
    """Bring metres to degrees; `inside` is whether they lie in the area of the system."""
    east, north = np.asarray(east, dtype=np.float64), np.asarray(north, dtype=np.float64)
    lon, lat = to_wgs84(east, north, into.given)
    return lat, lon, in_area(lon, lat, into)


def in_area(lon: Floats, lat: Floats, into: System) -> Bools:
    """Tell which positions lie in the area of a system, or 3 degrees beyond its borders at most.

    Parameters
    ----------
    lon, lat : ndarray of float, shape (n,)
        WGS 84 degrees; what is no place on the Earth lies outside.
    into : System

    Examples
    --------
    >>> in_area(np.array([46.9, 52.5]), np.array([40.0, 40.0]), system("EPSG:28408")).tolist()
    [True, False]
    """
    inside = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lat) <= 90) & (np.abs(lon) <= 180)
    if into.area is not None:
        west, south, east_side, north_side = into.area
        width = (east_side - west) % 360 or 360.0
        from_west = (np.where(inside, lon, 0.0) - west + _MARGIN_DEG) % 360
        inside &= (from_west <= width + 2 * _MARGIN_DEG) | (width + 2 * _MARGIN_DEG >= 360)
        inside &= (lat >= south - _MARGIN_DEG) & (lat <= north_side + _MARGIN_DEG)
    return np.asarray(inside, dtype=bool)


def _prefix_fault(
    first: float, second: float, step_m: float, into: System
) -> tuple[str, tuple[Position, ...]]:
    """Say why numbers fit in no order: often the number of the zone before the easting."""
    for east, north in ((first, second), (second, first)):
        millions, within = divmod(east, _MILLION)
        if millions == into.prefix or not 0 <= millions <= 120 or within < _LEAST_EASTING_M:
            continue
        lat, lon, inside = _placed([within + into.prefix * _MILLION], [north], into)
        if not inside[0]:
            continue
        reading = (Position(float(lat[0]), float(lon[0]), step_m, "metres"),)
        if not into.prefix:
            return (
                f"The easting begins with a zone, {millions:g}, but eastings of {into.crs} have "
                "none; check --crs.",
                reading,
            )
        if millions == 0:
            return (
                f"The easting lacks the zone, which is {into.prefix} in {into.crs}; write it in "
                "front, or give the coordinate system without it.",
                reading,
            )
        return (
            f"The easting begins with zone {millions:g}, but {into.crs} is zone {into.prefix}; "
            "check --crs.",
            (),
        )
    return _OUTSIDE, ()
