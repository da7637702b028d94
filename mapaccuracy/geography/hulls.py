"""Ground that groups of points lie in, and a margin around it."""

from __future__ import annotations

import numpy as np

from mapaccuracy.geography.frame import Frame, Geometries
from mapaccuracy.schema import Floats, Ints

# Sides of a quarter of a circle: where a margin turns it falls short by 0.12 % at most.
_SIDES_OF_A_QUARTER = 16


def widened_hulls(x: Floats, y: Floats, group: Ints, margin_m: float, frame: Frame) -> Geometries:
    """Outline each group of points by its convex hull, widened by a margin.

    Metres are those at the middle latitude of the group. Memory: some 100 bytes a point.

    Parameters
    ----------
    x, y : ndarray of float, shape (n,)
        In the plane of the frame.
    group : ndarray of int, shape (n,)
        From 0; every group has a point.
    margin_m : float
        Metres; > 0.
    frame : Frame

    Returns
    -------
    ndarray of shapely polygons, shape (k,)
        In the plane of the frame, in order of group.

    Examples
    --------
    >>> import shapely
    >>> (hull,) = widened_hulls(np.array([0.0, 30]), np.zeros(2), np.zeros(2, dtype=np.int64), 10,
    ...                         Frame(local=True))
    >>> shapely.bounds(hull).tolist()
    [-10.0, -10.0, 40.0, 10.0]
    """
    import shapely

    if not len(group):
        return np.empty(0, dtype=object)
    order = np.argsort(group, kind="stable")
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    size = np.diff(np.append(starts, len(order)))
    west, south = x[order][starts], np.minimum.reduceat(y[order], starts)
    north = np.maximum.reduceat(y[order], starts)
    metres = frame.scale((south + north) / 2)
    of = np.repeat(np.arange(len(starts)), size)
    from_corner = np.column_stack(
        [(x[order] - west[of]) * metres[0][of], (y[order] - south[of]) * metres[1][of]]
    )
    # A line has at least two points: the first of each group stands in it twice.
    twice = np.insert(np.arange(len(order)), starts, starts)
    lines = shapely.linestrings(from_corner[twice], indices=of[twice])
    widened = shapely.buffer(shapely.convex_hull(lines), margin_m, quad_segs=_SIDES_OF_A_QUARTER)
    corners, of = shapely.get_coordinates(widened, return_index=True)
    corners[:, 0] = corners[:, 0] / metres[0][of] + west[of]
    corners[:, 1] = corners[:, 1] / metres[1][of] + south[of]
    hulls: Geometries = shapely.set_coordinates(widened, corners)
    return hulls
