"""Geometries of a raw table: objects of shapely, or plain points as two arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from mapaccuracy.schema.results import Bools, Floats, Ints


@dataclass(frozen=True, eq=False)
class PlainPoints:
    """Geometries of which each is a point of two coordinates; objects only when asked for.

    Most tables of points are of this kind, and an object for each takes longer to make than the
    file to read. `numpy.asarray` and the functions of shapely take it for what it stands for.

    Attributes
    ----------
    east, north : ndarray of float, shape (n,)
        Finite, in the unit of the coordinate system.

    Examples
    --------
    >>> points = PlainPoints(np.array([46.5, 46.6]), np.array([39.5, 39.6]))
    >>> len(points), np.asarray(points[np.array([False, True])])[0].wkt
    (2, 'POINT (46.6 39.6)')
    """

    east: Floats
    north: Floats

    def __len__(self) -> int:
        return self.east.size

    def __getitem__(self, rows: Bools | Ints | slice) -> PlainPoints:
        return PlainPoints(self.east[rows], self.north[rows])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[np.object_]:
        import shapely

        return np.asarray(shapely.points(self.east, self.north), dtype=object)


Geometries = npt.NDArray[np.object_] | PlainPoints


def type_ids(geometry: Geometries) -> Ints:
    """Give the type number of shapely of each geometry, -1 where there is none; shape (n,).

    Examples
    --------
    >>> import shapely
    >>> type_ids(np.array([shapely.Point(1, 2), None, shapely.box(0, 0, 1, 1)])).tolist()
    [0, -1, 3]
    """
    import shapely

    if isinstance(geometry, PlainPoints):
        return np.zeros(len(geometry), dtype=np.int64)
    return np.asarray(shapely.get_type_id(geometry), dtype=np.int64)


def are_blank(geometry: Geometries) -> Bools:
    """Tell where there is no geometry, or an empty one; shape (n,).

    Examples
    --------
    >>> import shapely
    >>> are_blank(np.array([shapely.Point(1, 2), None, shapely.Point()])).tolist()
    [False, True, True]
    """
    import shapely

    if isinstance(geometry, PlainPoints):
        return np.zeros(len(geometry), dtype=bool)
    return np.asarray(shapely.is_missing(geometry) | shapely.is_empty(geometry), dtype=bool)


def with_height(geometry: Geometries) -> int:
    """Count the geometries that have heights.

    Examples
    --------
    >>> import shapely
    >>> with_height(np.array([shapely.Point(1, 2), shapely.Point(1, 2, 3)]))
    1
    """
    import shapely

    return 0 if isinstance(geometry, PlainPoints) else int(shapely.has_z(geometry).sum())
