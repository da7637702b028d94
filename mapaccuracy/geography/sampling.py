"""Positions spread evenly over ground."""

from __future__ import annotations

import numpy as np

from mapaccuracy.geography.areas import square_metres
from mapaccuracy.geography.frame import Frame, Geometries
from mapaccuracy.schema import Bools, Floats, Ints

# Below this share of its bounding box a polygon is cut into triangles: of the positions put
# into the box of a strip that runs across it hardly any would be on the strip. Others are not,
# because cutting takes many times longer than asking where ground has many vertices.
_LEAST_SHARE = 1 / 16
# Each leaves out some 40 % of the positions that are still to be placed.
_ROUNDS = 40


def sample_positions(
    polygons: Geometries, n: int, frame: Frame, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Spread positions evenly over polygons, by area on the ellipsoid unless the frame is local.

    The ground, polygon after polygon, is divided into n parts of equal area, each of which
    gets one position; where in the polygon that is, is drawn independently. Every place is
    equally likely, and polygons get their share of the positions, but for less than one at
    each end. So shares of the ground have at most the variance of independent positions.

    Parameters
    ----------
    polygons : ndarray of shapely polygons, shape (k,)
        Disjoint, in the plane of the frame, such as `dissolve` returns.
    n : int
        Positions wanted; >= 0.
    frame : Frame
    rng : numpy.random.Generator

    Returns
    -------
    x, y : ndarray of float, shape (n,)
        In the plane, in order of polygon; empty where the polygons have no area.

    Notes
    -----
    Positions are put into the box of their polygon until they lie in it; polygons that are
    less than a sixteenth of their box are cut into triangles. Memory: about 100 bytes a
    position and 16 for each of up to 16 tries; some 500 bytes a vertex of what is cut.

    Examples
    --------
    >>> import shapely
    >>> ground = np.array([shapely.box(0, 0, 10, 10), shapely.box(50, 0, 80, 10)])
    >>> x, y = sample_positions(ground, 8, Frame(local=True), np.random.default_rng(1))
    >>> int((x < 10).sum()), int((x > 50).sum())
    (2, 6)
    """
    import shapely

    area_m2 = square_metres(polygons, frame)
    polygons, area_m2 = polygons[area_m2 > 0], area_m2[area_m2 > 0]
    if not len(polygons):
        return np.empty(0), np.empty(0)
    total_m2 = float(area_m2.sum())
    of = _picked(area_m2, total_m2 * (np.arange(n) + rng.random(n)) / n)
    west, south, east, north = shapely.bounds(polygons).T
    share = shapely.area(polygons) / ((east - west) * (north - south))
    shapely.prepare(polygons[np.unique(of)])
    x, y = np.empty(n), np.empty(n)
    waiting = np.flatnonzero(share[of] >= _LEAST_SHARE)
    left = [np.flatnonzero(share[of] < _LEAST_SHARE)]
    for _ in range(_ROUNDS):
        # As many tries as it takes on average; the first that succeeds counts.
        row = np.repeat(waiting, np.ceil(1 / share[of[waiting]]).astype(np.int64))
        box = of[row]
        at_x = west[box] + rng.random(len(row)) * (east - west)[box]
        at_y = south[box] + rng.random(len(row)) * (north - south)[box]
        held = _evenly(at_y, south[box], north[box], frame, rng)
        held &= shapely.contains_xy(polygons[box], at_x, at_y)
        placed, first = np.unique(row[held], return_index=True)
        x[placed], y[placed] = at_x[held][first], at_y[held][first]
        waiting = np.setdiff1d(waiting, placed, assume_unique=True)
        if not len(waiting):
            break
    left.append(waiting)
    rest = np.sort(np.concatenate(left))
    if len(rest):
        x[rest], y[rest] = _in_triangles(polygons, of[rest], frame, rng)
    return x, y


def _in_triangles(
    polygons: Geometries, of: Ints, frame: Frame, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Draw a position in the polygon of each row, by way of triangles that make it up."""
    import shapely

    cut, row_of = np.unique(of, return_inverse=True)
    triangles, parent = shapely.get_parts(
        shapely.constrained_delaunay_triangles(polygons[cut]), return_index=True
    )
    area_m2 = square_metres(triangles, frame)
    ends_m2 = np.cumsum(np.bincount(parent, area_m2, minlength=len(cut)))
    starts_m2 = np.append(0.0, ends_m2[:-1])
    along_m2 = starts_m2[row_of] + rng.random(len(of)) * (ends_m2 - starts_m2)[row_of]
    corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[_picked(area_m2, along_m2), :3]
    south, north = corners[..., 1].min(axis=1), corners[..., 1].max(axis=1)
    xy = np.empty((len(of), 2))
    waiting = np.arange(len(of))
    while len(waiting):
        a, b, c = corners[waiting].transpose(1, 0, 2)
        along = rng.random((len(waiting), 2, 1))
        # Half of the parallelogram on two sides is the triangle, and the other half its image.
        along = np.where(along.sum(axis=1, keepdims=True) > 1, 1 - along, along)
        xy[waiting] = a + along[:, 0] * (b - a) + along[:, 1] * (c - a)
        held = _evenly(xy[waiting, 1], south[waiting], north[waiting], frame, rng)
        waiting = waiting[~held]
    return xy[:, 0], xy[:, 1]


def _picked(area_m2: Floats, along_m2: Floats) -> Ints:
    """Which part is reached after so many square metres of all parts in order."""
    ends_m2 = np.cumsum(area_m2)
    # Rounding at the very end must not lead beyond it.
    return np.minimum(np.searchsorted(ends_m2, along_m2, side="right"), len(ends_m2) - 1)


def _evenly(
    y: Floats, south: Floats, north: Floats, frame: Frame, rng: np.random.Generator
) -> Bools:
    """Keep positions spread evenly over a plane so that they are even over the ground.

    A square degree holds the more ground the nearer it is to the equator.
    """
    if frame.local:
        return np.ones(len(y), dtype=bool)
    here, most = (np.multiply(*frame.scale(at)) for at in (y, np.clip(0.0, south, north)))
    kept: Bools = rng.random(len(y)) * most < here
    return kept
