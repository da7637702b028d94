"""SK-42 and WGS 84, and transverse Mercator grids on either ellipsoid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from mapaccuracy.errors import SettingsError
from mapaccuracy.schema import Floats

if TYPE_CHECKING:
    from pyproj import Proj, Transformer

SK42_TO_WGS84 = "EPSG:15865"
GAUSS_KRUEGER_SCALE, UTM_SCALE = 1.0, 0.9996
SK42, _WGS84 = 4284, 4326
_ELLIPSOIDS = {"krass": 6378245.0, "WGS84": 6378137.0}


@dataclass(frozen=True)
class Grid:
    """A transverse Mercator grid without false easting and northing.

    Attributes
    ----------
    ellipsoid : {"krass", "WGS84"}
        PROJ's name: Krassowsky 1940, or WGS 84.
    scale : float
        On the central meridian: 1 for Gauss-Krueger, 0.9996 for UTM.
    meridian : float
        Central meridian, degrees east.
    """

    ellipsoid: str
    scale: float
    meridian: float


def gauss_krueger(meridian: float) -> Grid:
    """Give the Gauss-Krueger grid of SK-42 about a central meridian."""
    return Grid("krass", GAUSS_KRUEGER_SCALE, meridian)


def utm(meridian: float) -> Grid:
    """Give the UTM grid about a central meridian."""
    return Grid("WGS84", UTM_SCALE, meridian)


def sk42_to_wgs84(
    lon: npt.ArrayLike, lat: npt.ArrayLike, operation: str = SK42_TO_WGS84
) -> tuple[Floats, Floats]:
    """Bring SK-42 (Pulkovo 1942) longitude and latitude to WGS 84.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees in EPSG:4284.
    operation : str
        Code of the coordinate operation. It is always the one named here, never the one that an
        installation of PROJ happens to prefer. EPSG:15865, "(16)", is made for the whole of the
        former Soviet Union, accuracy 4.5 m; others differ from it by 3 to 14 m in the Caucasus.

    Returns
    -------
    lon, lat : ndarray of float, shape (n,)
        Degrees; NaN where the operation gives nothing.

    Raises
    ------
    SettingsError
        If PROJ does not know the operation, or it is none from SK-42 to WGS 84.

    Examples
    --------
    >>> lon, lat = sk42_to_wgs84([46.93], [39.99])
    >>> [round(float(lon[0]), 6), round(float(lat[0]), 6)]
    [46.928804, 39.989913]
    >>> lon, lat = sk42_to_wgs84([46.93], [39.99], operation="EPSG:1254")
    >>> [round(float(lon[0]), 6), round(float(lat[0]), 6)]
    [46.928721, 39.989807]
    """
    return _shifted(lon, lat, operation, "FORWARD")


def wgs84_to_sk42(
    lon: npt.ArrayLike, lat: npt.ArrayLike, operation: str = SK42_TO_WGS84
) -> tuple[Floats, Floats]:
    """Bring WGS 84 longitude and latitude to SK-42: the inverse of `sk42_to_wgs84`.

    There and back again gives the start to 0.2 mm, anywhere on Earth. PROJ's own inverse does
    not: it leaves out that heights are taken as 0 on either side, and squares of the rotation,
    which are 8 cm in EPSG:1808.

    Examples
    --------
    >>> lon, lat = wgs84_to_sk42(*sk42_to_wgs84([46.93], [39.99]))
    >>> [round(float(lon[0]), 8), round(float(lat[0]), 8)]
    [46.93, 39.99]
    """
    first_lon, first_lat = _shifted(lon, lat, operation, "INVERSE")
    again_lon, again_lat = _shifted(first_lon, first_lat, operation, "FORWARD")
    left_lon = wrapped(np.asarray(lon, dtype=np.float64) - again_lon)
    return first_lon + left_lon, first_lat + (np.asarray(lat, dtype=np.float64) - again_lat)


def sk42_operation(operation: str = SK42_TO_WGS84) -> str:
    """Name a coordinate operation, its code and accuracy, and the version of PROJ.

    Examples
    --------
    >>> sk42_operation().partition(", PROJ")[0]
    'Pulkovo 1942 to WGS 84 (16), EPSG:15865, accuracy 4.5 m'
    """
    from pyproj import proj_version_str

    accuracy = sk42_accuracy_m(operation)
    told = "accuracy unknown" if accuracy is None else f"accuracy {accuracy:g} m"
    name = _transformer(operation).description
    return f"{name}, {operation}, {told}, PROJ {proj_version_str}"


def sk42_accuracy_m(operation: str = SK42_TO_WGS84) -> float | None:
    """Accuracy that the registry states for a coordinate operation; None if it states none.

    Examples
    --------
    >>> sk42_accuracy_m(), sk42_accuracy_m("EPSG:1254")
    (4.5, None)
    """
    stated = _transformer(operation).accuracy
    # EPSG writes 999 where nobody knows.
    return float(stated) if stated is not None and 0 <= stated < 999 else None


def in_sk42_area(lon: Floats, lat: Floats) -> bool | None:
    """Say whether at least half of the points lie in the box around the area of SK-42.

    The area of use of EPSG:4284 are the states of the former Soviet Union; maps in SK-42 exist
    of the whole world.

    Returns
    -------
    bool or None
        None without a point.

    Examples
    --------
    >>> in_sk42_area(np.array([46.9, 46.9, 13.2]), np.array([40.0, 40.0, -8.8]))
    True
    """
    from pyproj import CRS

    area = CRS.from_epsg(SK42).area_of_use
    known = np.isfinite(lon) & np.isfinite(lat)
    if area is None or not known.any():
        return None
    east, north = lon[known], lat[known]
    beyond, before = east >= area.west, east <= area.east
    # The box reaches over 180 degrees: its western side is the larger number.
    across = (beyond | before) if area.west > area.east else (beyond & before)
    return bool(np.mean(across & (north >= area.south) & (north <= area.north)) >= 0.5)


def to_grid(lon: Floats, lat: Floats, grid: Grid) -> tuple[Floats, Floats]:
    """Project degrees on the grid's own ellipsoid to metres.

    Returns
    -------
    east, north : ndarray of float, shape (n,)
        Metres from the central meridian and the equator: no false easting or northing. NaN where
        the projection gives nothing.

    Examples
    --------
    >>> east, north = to_grid(np.array([46.93]), np.array([39.99]), utm(45.0))
    >>> [round(float(east[0])), round(float(north[0]))]
    [164774, 4428431]
    """
    east, north = _projection(grid)(lon, lat)
    return _finite(east), _finite(north)


def from_grid(east: Floats, north: Floats, grid: Grid) -> tuple[Floats, Floats]:
    """Give degrees on the grid's own ellipsoid: the inverse of `to_grid`."""
    lon, lat = _projection(grid)(east, north, inverse=True)
    return _finite(lon), _finite(lat)


def zone_meridian(lon: npt.ArrayLike) -> Floats:
    """Central meridian of the 6-degree zone, of Gauss-Krueger and UTM alike.

    The exceptions of UTM in southern Norway and Svalbard are not made.

    Parameters
    ----------
    lon : array_like of float, shape (n,)
        Degrees.

    Returns
    -------
    ndarray of float, shape (n,)
        Degrees, one of -177, -171, ..., 177; NaN for NaN.

    Examples
    --------
    >>> zone_meridian([46.93, 48.0, -28.0, 180.0]).tolist()
    [45.0, 51.0, -27.0, -177.0]
    """
    west = wrapped(np.asarray(lon, dtype=np.float64))
    return np.asarray(6 * np.floor(west / 6) + 3, dtype=np.float64)


def wrapped(lon: npt.ArrayLike) -> Floats:
    """Bring longitudes into [-180, 180).

    Examples
    --------
    >>> wrapped([46.9, 183.0, -181.0]).tolist()
    [46.9, -177.0, 179.0]
    """
    lon = np.asarray(lon, dtype=np.float64)
    # Subtract and add only where needed: it would cost the last digits of the others.
    return np.where((lon < -180) | (lon >= 180), (lon + 180) % 360 - 180, lon)


def meridian_of(system: str) -> float | None:
    """Central meridian of a transverse Mercator grid; None of any other coordinate system.

    Examples
    --------
    >>> meridian_of("EPSG:28408"), meridian_of("EPSG:4326")
    (45.0, None)
    """
    grid = _stated_grid(system)
    return None if grid is None else grid[2]


def stated_meridian(systems: Iterable[str], ellipsoid: str, scale: float) -> float | None:
    """Central meridian of the one grid of this kind in which files state their numbers.

    Parameters
    ----------
    systems : iterable of str
        Coordinate systems; those that are no such grid tell nothing.
    ellipsoid : {"krass", "WGS84"}
        GRS 80 counts as WGS 84.
    scale : float

    Returns
    -------
    float or None
        Degrees; None if no system is such a grid, or several with different meridians.

    Examples
    --------
    >>> stated_meridian(["EPSG:28408", "EPSG:4326"], "krass", 1.0)
    45.0
    >>> stated_meridian(["EPSG:32638", "EPSG:32639"], "WGS84", 0.9996) is None
    True
    """
    grids = {_stated_grid(system) for system in systems} - {None}
    found = {
        grid[2]
        for grid in grids
        if grid and abs(grid[0] - _ELLIPSOIDS[ellipsoid]) < 0.5 and abs(grid[1] - scale) < 1e-9
    }
    return found.pop() if len(found) == 1 else None


@lru_cache(maxsize=64)
def _stated_grid(system: str) -> tuple[float, float, float] | None:
    """Read semi-major axis in metres, scale and meridian out of a transverse Mercator grid."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    text = system.strip()
    try:
        crs = CRS.from_user_input(int(text) if text.isdigit() else text)
    except CRSError:
        return None
    projection, figure = crs.coordinate_operation, crs.ellipsoid
    if not crs.is_projected or projection is None or figure is None:
        return None
    values = {param.name: param.value for param in projection.params}
    meridian = values.get("Longitude of natural origin")
    scale = values.get("Scale factor at natural origin", 1.0)
    if projection.method_name != "Transverse Mercator" or meridian is None:
        return None
    return figure.semi_major_metre, float(scale), float(meridian)


@lru_cache(maxsize=64)
def _projection(grid: Grid) -> Proj:
    from pyproj import Proj

    # The algorithm is named, because an installation of PROJ may prefer another.
    return Proj(
        f"+proj=tmerc +algo=poder_engsager +lat_0=0 +lon_0={grid.meridian!r} +k={grid.scale!r} "
        f"+x_0=0 +y_0=0 +ellps={grid.ellipsoid} +units=m"
    )


@lru_cache(maxsize=16)
def _transformer(operation: str) -> Transformer:
    """Find a coordinate operation from SK-42 to WGS 84 by its code."""
    from pyproj import Transformer
    from pyproj.exceptions import ProjError

    authority, _, code = operation.partition(":")
    try:
        found = Transformer.from_pipeline(f"urn:ogc:def:coordinateOperation:{authority}::{code}")
    except ProjError:
        raise SettingsError(
            f"PROJ does not know the coordinate operation '{operation[:60]}'; give a code such "
            f"as {SK42_TO_WGS84}."
        ) from None
    described = found.to_json_dict()
    ends = [
        described.get(f"{end}_crs", {}).get("id", {}).get("code") for end in ("source", "target")
    ]
    if ends != [SK42, _WGS84]:
        raise SettingsError(
            f"'{operation[:60]}' does not lead from SK-42 (EPSG:{SK42}) to WGS 84; give a "
            f"code such as {SK42_TO_WGS84}."
        )
    return found


def _shifted(
    lon: npt.ArrayLike, lat: npt.ArrayLike, operation: str, direction: str
) -> tuple[Floats, Floats]:
    # An operation takes the axes in the order of its systems: latitude first.
    north, east = _transformer(operation).transform(
        np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64), direction=direction
    )
    return _finite(east), _finite(north)


def _finite(values: npt.ArrayLike) -> Floats:
    """Turn PROJ's infinity, for what it cannot do, into NaN."""
    values = np.asarray(values, dtype=np.float64)
    return np.where(np.isfinite(values), values, np.nan)
