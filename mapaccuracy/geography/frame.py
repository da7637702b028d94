"""The plane that points and polygons are compared in.

Edges are straight in the plane of the coordinates (degrees, or local metres), as in any GIS.
Longitudes are first brought to within 180 degrees of one reference meridian, so that the
antimeridian is a place like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mapaccuracy.coordinates import geocentric, metres_per_degree
from mapaccuracy.schema import Floats

Geometries = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Frame:
    """The plane that points and polygons are compared in.

    Attributes
    ----------
    local : bool
        True for planar metres; otherwise WGS 84 degrees.
    meridian : float
        Longitudes are brought to within 180 degrees of it.
    """

    local: bool
    meridian: float = 0.0

    def metres(self, x: Floats, y: Floats) -> Floats:
        """Give positions whose straight distances are metres, shape (n, 2) or (n, 3)."""
        return np.column_stack([x, y]) if self.local else geocentric(x, y)

    def scale(self, y: Floats) -> tuple[Floats, Floats]:
        """Give metres per unit of x and of y at the places of `y`."""
        if self.local:
            ones = np.ones_like(y)
            return ones, ones
        return metres_per_degree(y)

    def points(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """Bring longitudes near the reference meridian."""
        if self.local:
            return x, y
        # Adding nothing where nothing is to be added keeps the numbers as they were.
        return x + 360.0 * np.round((self.meridian - x) / 360.0), y

    def polygons(self, polygons: Geometries) -> Geometries:
        """Bring polygons near the reference meridian; rings that jump across 180 are joined."""
        if self.local or not len(polygons):
            return polygons
        import shapely

        west, _, east, _ = shapely.bounds(polygons).T
        near = (west > self.meridian - 180) & (east < self.meridian + 180) & (east - west < 180)
        if near.all():
            return polygons
        moved = polygons.copy()
        moved[~near] = [_near_meridian(polygon, self.meridian) for polygon in polygons[~near]]
        return moved

    def lines(self, lines: Geometries) -> Geometries:
        """Bring lines near the reference meridian; those that jump across 180 are joined."""
        if self.local or not len(lines):
            return lines
        import shapely

        west, _, east, _ = shapely.bounds(lines).T
        near = (west > self.meridian - 180) & (east < self.meridian + 180) & (east - west < 180)
        if near.all():
            return lines
        moved = lines.copy()
        moved[~near] = [_line_near_meridian(line, self.meridian) for line in lines[~near]]
        return moved


def frame_for(longitudes: Floats) -> Frame:
    """Choose the plane of WGS 84 degrees around these points.

    Parameters
    ----------
    longitudes : ndarray of float, shape (n,)
        Of all points of the evaluation.

    Examples
    --------
    >>> abs(frame_for(np.array([179.0, -179.0])).meridian)
    180.0
    """
    angle = np.radians(longitudes)
    return Frame(False, float(np.degrees(np.arctan2(np.sin(angle).sum(), np.cos(angle).sum()))))


def _line_near_meridian(line: Any, meridian: float) -> Any:
    import shapely

    parts = []
    for part in shapely.get_parts(line):
        xy = shapely.get_coordinates(part)
        xy[:, 0] = np.unwrap(xy[:, 0], period=360)
        centre = (xy[:, 0].min() + xy[:, 0].max()) / 2
        xy[:, 0] += 360.0 * np.round((meridian - centre) / 360.0)
        parts.append(shapely.LineString(xy))
    return parts[0] if len(parts) == 1 else shapely.MultiLineString(parts)


def _near_meridian(polygon: Any, meridian: float) -> Any:
    import shapely

    parts = []
    for part in shapely.get_parts(polygon):
        rings = []
        for ring in shapely.get_rings(part):
            xy = shapely.get_coordinates(ring)
            xy[:, 0] = np.unwrap(xy[:, 0], period=360)
            centre = (xy[:, 0].min() + xy[:, 0].max()) / 2
            xy[:, 0] += 360.0 * np.round((meridian - centre) / 360.0)
            rings.append(xy)
        parts.append(shapely.Polygon(rings[0], rings[1:]))
    # Parts that were cut at the antimeridian touch along the cut, and become one here.
    return parts[0] if len(parts) == 1 else shapely.union_all(parts)
