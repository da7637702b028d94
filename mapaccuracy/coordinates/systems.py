"""Positions in any coordinate system, as WGS 84 degrees."""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy.coordinates.grids import (
    SK42,
    SK42_TO_WGS84,
    sk42_accuracy_m,
    sk42_operation,
    sk42_to_wgs84,
)
from mapaccuracy.errors import SettingsError
from mapaccuracy.schema import Floats

if TYPE_CHECKING:
    from pyproj import CRS, Transformer
    from pyproj.transformer import TransformerGroup

WGS84 = "EPSG:4326"
_SK42_DATUM = re.compile(r"(?:D_)?Pulkovo[ _]1942", re.IGNORECASE)
# EPSG writes 999 where nobody knows.
_UNKNOWN_M = 999


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
    told : str or None
        Name, accuracy and, where the operation is pinned, its code and the version of PROJ, for
        messages and results; None if nothing is to be done.
    missing : str or None
        An operation that PROJ holds for more accurate, but lacks a file for; None mostly.
    """

    crs: str
    name: str | None
    accuracy_m: float | None
    ballpark: bool
    north_first: bool
    projected: bool
    told: str | None = None
    missing: str | None = None


def operation(crs: str) -> Operation:
    """Look a coordinate system up, and the way from it to WGS 84.

    Parameters
    ----------
    crs : str
        ``EPSG:32638``, ``32638`` or WKT.

    Raises
    ------
    SettingsError
        If PROJ does not know it, or it has no way to WGS 84.

    Notes
    -----
    From SK-42 (EPSG:4284) and every grid upon it the way is always EPSG:15865, and an error where
    PROJ does not know it. From other systems it is the one that PROJ prefers of those for which
    it has all data.

    Examples
    --------
    >>> found = operation("EPSG:28408")
    >>> found.name, found.accuracy_m, found.north_first
    ('Pulkovo 1942 to WGS 84 (16), EPSG:15865', 4.5, True)
    """
    system = _known(crs)
    authority = system.to_authority()
    short = ":".join(authority) if authority else (system.name or "unnamed")
    axes = system.axis_info
    north_first = bool(
        system.is_projected and axes and axes[0].direction == "north" and axes[0].abbrev in "Xx"
    )
    projected = bool(system.is_projected)
    if short == WGS84 or authority == ("OGC", "CRS84"):
        return Operation(WGS84, None, None, False, False, False)
    if on_sk42(system):
        told = sk42_operation(SK42_TO_WGS84)
        name, accuracy = told.partition(", accuracy")[0], sk42_accuracy_m(SK42_TO_WGS84)
        return Operation(short, name, accuracy, False, north_first, projected, told)
    group = _operations(system, short)
    best = group.transformers[0]
    accuracy = best.accuracy
    lacking = group.unavailable_operations if not group.best_available else []
    stated = accuracy if accuracy is not None and 0 <= accuracy < _UNKNOWN_M else None
    said = "accuracy not stated" if stated is None else f"accuracy {stated:g} m"
    return Operation(
        short,
        best.description,
        stated,
        "ballpark" in best.description.lower(),
        north_first,
        projected,
        f"{best.description}, {said}",
        lacking[0].name if lacking else None,
    )


def _operations(system: CRS, short: str) -> TransformerGroup:
    """List the operations to WGS 84, best first; one at least.

    Raises
    ------
    SettingsError
    """
    from pyproj.transformer import TransformerGroup

    with warnings.catch_warnings():
        # That a better one lacks its grid is said with the table that is read.
        warnings.filterwarnings("ignore", "Best transformation is not available", UserWarning)
        try:
            group = TransformerGroup(system, WGS84, always_xy=True)
        except IndexError:  # what pyproj makes of a projection that PROJ has no formula of
            group = None
    if group is None or not group.transformers:
        raise SettingsError(f"There is no way from {short} to WGS 84.")
    return group


def _known(crs: str) -> CRS:
    """Find a coordinate system, by its code wherever it has one.

    Raises
    ------
    SettingsError
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

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
    if system.is_bound and system.source_crs is not None and on_sk42(system.source_crs):
        # Programs write a shift of their own choice (TOWGS84) beside a system that has a code.
        system = system.source_crs
    authority = system.to_authority()
    # Written out as Esri does it, the system beneath a grid is not recognised.
    return CRS.from_authority(*authority) if authority else system


def on_sk42(system: CRS) -> bool:
    """Tell whether a coordinate system is SK-42 (Pulkovo 1942) in degrees, or a grid upon it.

    It is judged by the geographic system beneath, not by a list of zones. SK-42 as it was adjusted
    for Central Europe in 1958 and 1983, and SK-95, are other systems.
    """
    if system.is_bound:  # whoever states parameters for a datum without a code means them
        return False
    base = system.geodetic_crs
    if base is None:
        return False
    if base.to_epsg() == SK42:
        return True
    datum, figure = base.datum, base.ellipsoid
    named = datum is not None and _SK42_DATUM.fullmatch(datum.name) is not None
    return bool(named and figure is not None and abs(figure.semi_major_metre - 6_378_245) < 0.5)


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
        Degrees; infinite or NaN where the position is outside the system's domain.
    """
    to_base, pinned = _way(crs.strip())
    lon, lat = (x, y) if to_base is None else to_base.transform(x, y)
    if pinned is not None:
        return sk42_to_wgs84(lon, lat, pinned)
    return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)


@lru_cache(maxsize=64)
def _way(crs: str) -> tuple[Transformer | None, str | None]:
    """Find the way to WGS 84, in one step, or to SK-42 degrees and by the operation named then.

    Looking it up takes milliseconds.
    """
    from pyproj import Transformer

    system = _known(crs)
    if not on_sk42(system):
        return _operations(system, crs).transformers[0], None
    if not system.is_projected:
        return None, SK42_TO_WGS84
    base = system.geodetic_crs
    return Transformer.from_crs(system, base, always_xy=True), SK42_TO_WGS84
