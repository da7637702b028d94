"""The WGS 84 ellipsoid: geocentric metres, and the length of a degree."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mapaccuracy.schema import Floats

SEMI_MAJOR_M = 6378137.0
FLATTENING = 1 / 298.257223563
_ECCENTRICITY_2 = FLATTENING * (2 - FLATTENING)
_PIECE = 16_384


def geocentric(lon: npt.ArrayLike, lat: npt.ArrayLike) -> Floats:
    """Place points of the WGS 84 ellipsoid (height 0) in EPSG:4978.

    The straight chord between two such points is shorter than the geodesic by 1e-6 m at
    1 km and 0.13 mm at 5 km, and there is no antimeridian, pole or zone.

    Parameters
    ----------
    lon, lat : array_like of float, shape (n,)
        Degrees; finite.

    Returns
    -------
    ndarray of float, shape (n, 3)
        Metres.

    Examples
    --------
    >>> geocentric([0, 90], [0, 0]).round(3).tolist()
    [[6378137.0, 0.0, 0.0], [0.0, 6378137.0, 0.0]]
    """
    lon, lat = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    out = np.empty((lon.size, 3))
    # Piece by piece: work space that stays in the cache is quicker than new memory.
    for start in range(0, lon.size, _PIECE):
        piece = slice(start, start + _PIECE)
        lam, phi = np.radians(lon[piece]), np.radians(lat[piece])
        sin_phi = np.sin(phi)
        normal = SEMI_MAJOR_M / np.sqrt(1 - _ECCENTRICITY_2 * sin_phi**2)
        across = normal * np.cos(phi)
        out[piece, 0] = across * np.cos(lam)
        out[piece, 1] = across * np.sin(lam)
        out[piece, 2] = normal * (1 - _ECCENTRICITY_2) * sin_phi
    return out


def metres_per_degree(lat: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Length of one degree of longitude and of latitude on the WGS 84 ellipsoid.

    Parameters
    ----------
    lat : array_like of float, shape (n,)
        Degrees.

    Returns
    -------
    east_m, north_m : ndarray of float, shape (n,)

    Examples
    --------
    >>> [round(float(m), 1) for m in metres_per_degree(0.0)]
    [111319.5, 110574.3]
    """
    phi = np.radians(np.asarray(lat, dtype=np.float64))
    root = 1 - _ECCENTRICITY_2 * np.sin(phi) ** 2
    degree = np.pi / 180
    east = SEMI_MAJOR_M / np.sqrt(root) * np.cos(phi) * degree
    north = SEMI_MAJOR_M * (1 - _ECCENTRICITY_2) / root**1.5 * degree
    return east, north
