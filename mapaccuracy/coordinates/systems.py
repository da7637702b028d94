"""Positions in any coordinate system, as WGS 84 degrees."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy.errors import SettingsError
from mapaccuracy.schema import Floats

if TYPE_CHECKING:
    from pyproj import Transformer

WGS84 = "EPSG:4326"


@dataclass(frozen=True)
class Operation:
    """How positions of one coordinate system become WGS 84.

    Attributes
    ----------
    crs : str
        Short name, such as ``EPSG:32638``.
    name : str or None
        PROJ's name of the operation; None if nothing is to be done.
    accuracy_m : float or None
        Accuracy that PROJ states for it.
    ballpark : bool
        True if PROJ knows no datum shift and leaves it out.
    north_first : bool
        True if the coordinate system calls its northing X, as Gauss-Krueger systems do.
    projected : bool
    """

    crs: str
    name: str | None
    accuracy_m: float | None
    ballpark: bool
    north_first: bool
    projected: bool


def operation(crs: str) -> Operation:
    """Look a coordinate system up.

    Parameters
    ----------
    crs : str
        ``EPSG:32638``, ``32638`` or WKT.

    Raises
    ------
    SettingsError
        If PROJ does not know it, or it has no way to WGS 84.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError
    from pyproj.transformer import TransformerGroup

    text = crs.strip()
    try:
        system = CRS.from_user_input(int(text) if re.fullmatch(r"\d+", text) else text)
    except CRSError:
        raise SettingsError(
            f"There is no coordinate system '{text[:60]}'; give an EPSG code such as EPSG:4326 "
            "or EPSG:32638, or local for planar metres."
        ) from None
    if not (system.is_projected or system.is_geographic):
        raise SettingsError(
            f"'{text[:60]}' is not a horizontal coordinate system of the Earth; give an EPSG code "
            "such as EPSG:4326 or EPSG:32638."
        )
    authority = system.to_authority()
    short = ":".join(authority) if authority else (system.name or "unnamed")
    axes = system.axis_info
    north_first = bool(
        system.is_projected and axes and axes[0].direction == "north" and axes[0].abbrev in "Xx"
    )
    if short == WGS84 or authority == ("OGC", "CRS84"):
        return Operation(WGS84, None, None, False, False, False)
    group = TransformerGroup(system, WGS84, always_xy=True)
    if not group.transformers:
        raise SettingsError(f"There is no way from {short} to WGS 84.")
    best = group.transformers[0]
    accuracy = best.accuracy
    return Operation(
        short,
        best.description,
        accuracy if accuracy is not None and accuracy >= 0 else None,
        "ballpark" in best.description.lower(),
        north_first,
        bool(system.is_projected),
    )


def to_wgs84(x: Floats, y: Floats, crs: str) -> tuple[Floats, Floats]:
    """Bring positions to WGS 84 longitude and latitude.

    Parameters
    ----------
    x, y : ndarray of float, shape (n,)
        Easting and northing, or longitude and latitude, in `crs`.
    crs : str

    Returns
    -------
    lon, lat : ndarray of float, shape (n,)
        Degrees; infinite where the position is outside the system's domain.
    """
    lon, lat = _best(crs.strip()).transform(x, y)
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


@lru_cache(maxsize=64)
def _best(crs: str) -> Transformer:
    """Find PROJ's best operation to WGS 84; looking it up takes milliseconds."""
    from pyproj import CRS
    from pyproj.transformer import TransformerGroup

    system = CRS.from_user_input(int(crs) if re.fullmatch(r"\d+", crs) else crs)
    best: Transformer = TransformerGroup(system, WGS84, always_xy=True).transformers[0]
    return best
