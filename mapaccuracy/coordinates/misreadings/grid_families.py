"""Gauss-Krueger and UTM as families of grids, and the zone in which a map was read."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mapaccuracy.coordinates.grids import (
    GAUSS_KRUEGER_SCALE,
    UTM_SCALE,
    Grid,
    sk42_to_wgs84,
    stated_meridian,
    wgs84_to_sk42,
    zone_meridian,
)
from mapaccuracy.coordinates.misreadings.misreading import Plotted, UntestableError
from mapaccuracy.coordinates.misreadings.operations import named
from mapaccuracy.schema import Floats

NO_ZONE = "no finds tell the zone"


@dataclass(frozen=True)
class GridFamily:
    """Transverse Mercator grids that differ by their central meridian only.

    Attributes
    ----------
    name : str
    ellipsoid : {"krass", "WGS84"}
        As in `Grid`.
    scale : float
        On the central meridian.
    sk42 : bool
        Whether longitude and latitude of the grid are of SK-42, not of WGS 84.
    zone_1_deg : float
        Central meridian of the first zone of 6 degrees, degrees east.
    prefixed_deg : tuple of float
        Widths of the zones whose number may stand before the easting, degrees.
    six_degrees_only : bool
        Whether there are zones of 6 degrees only.
    south_m : float
        False northing south of the equator.
    """

    name: str
    ellipsoid: str
    scale: float
    sk42: bool
    zone_1_deg: float
    prefixed_deg: tuple[float, ...]
    six_degrees_only: bool
    south_m: float

    def grid(self, meridian: float) -> Grid:
        """Give the grid about a central meridian, degrees east."""
        return Grid(self.ellipsoid, self.scale, meridian)

    def of_wgs84(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Bring degrees in WGS 84 to the family's own."""
        return wgs84_to_sk42(lon, lat) if self.sk42 else (lon, lat)

    def to_wgs84(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Bring degrees of the family to WGS 84."""
        return sk42_to_wgs84(lon, lat) if self.sk42 else (lon, lat)

    def stated(self, plotted: Plotted) -> float | None:
        """Give the central meridian that the supplied files state; None where none does."""
        return stated_meridian(plotted.source_crs, self.ellipsoid, self.scale)

    def told_meridian(self, plotted: Plotted) -> tuple[float, str | None]:
        """Tell the central meridian in which the numbers of a map were read.

        Parameters
        ----------
        plotted : Plotted

        Returns
        -------
        meridian : float
            Degrees east: as the supplied files state, else of the zone where the finds lie.
        reason : str or None
            The zone, where it was taken from the finds.

        Raises
        ------
        UntestableError
            If neither tells.
        """
        stated = self.stated(plotted)
        if stated is not None:
            return stated, None
        meridian = _of_finds(plotted)
        number = round((meridian - self.zone_1_deg) / 6) % 60 + 1
        return meridian, f"{self.name} zone {number} taken from the finds"

    def own_meridian(self, meridian: float, plotted: Plotted) -> float:
        """Tell the central meridian of numbers that were read about another family's.

        Parameters
        ----------
        meridian : float
            That about which they were read, degrees east.
        plotted : Plotted

        Returns
        -------
        float
            The same, or that of the zone where the finds lie if this family has no such zone.

        Raises
        ------
        UntestableError
            If the finds are needed and there are none.
        """
        fits = not self.six_degrees_only or meridian % 6 == 3
        return meridian if fits else _of_finds(plotted)

    def prefixes(self, meridian: float) -> list[float]:
        """Give the numbers that may stand before an easting.

        Parameters
        ----------
        meridian : float
            Central meridian, degrees east.

        Returns
        -------
        list of float
            Ascending; 0 for none.

        Examples
        --------
        >>> GAUSS_KRUEGER.prefixes(45.0), GAUSS_KRUEGER.prefixes(48.0), UTM.prefixes(45.0)
        ([0.0, 8.0, 15.0], [0.0, 16.0], [0.0])
        """
        # Zones of either width begin with one about 3 degrees east.
        beyond = meridian % 360 - 3
        numbers = {beyond / width + 1 for width in self.prefixed_deg if beyond % width == 0}
        return sorted({0.0, *numbers})

    def false_northing_m(self, plotted: Plotted) -> float:
        """Give the false northing where the finds lie."""
        return self.south_m if plotted.finds_lat < 0 else 0.0

    def about(self, meridian: float) -> str:
        """Name the grid about a central meridian, degrees east."""
        return f"{self.name}, {named(meridian)}"


GAUSS_KRUEGER = GridFamily(
    name="Gauss-Krueger",
    ellipsoid="krass",
    scale=GAUSS_KRUEGER_SCALE,
    sk42=True,
    zone_1_deg=3.0,
    prefixed_deg=(6.0, 3.0),
    six_degrees_only=False,
    south_m=0.0,
)
GAUSS_KRUEGER_ON_WGS84 = replace(GAUSS_KRUEGER, ellipsoid="WGS84", sk42=False)
UTM = GridFamily(
    name="UTM",
    ellipsoid="WGS84",
    scale=UTM_SCALE,
    sk42=False,
    zone_1_deg=-177.0,
    prefixed_deg=(),
    six_degrees_only=True,
    south_m=1e7,
)


def _of_finds(plotted: Plotted) -> float:
    """Central meridian of the 6-degree zone where the finds lie."""
    meridian = float(zone_meridian(plotted.finds_lon))
    if not np.isfinite(meridian):
        raise UntestableError(NO_ZONE)
    return meridian
