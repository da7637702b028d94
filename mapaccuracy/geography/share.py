"""How much of the disk around a point was searched."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np

from mapaccuracy.geography.areas import first_polygon
from mapaccuracy.geography.frame import Frame, Geometries
from mapaccuracy.schema import Floats, Ints

_MAX_BOUNDARY_SAMPLES = 4_000_000
# Pairs of point and boundary sample that are held at one time.
_MAX_PAIRS = 1_000_000
_POINTS_AT_ONCE = 200_000
# Of the radius, and of the breadth of a ring, by which its vertices may be off the line.
_SIMPLIFICATION = 1e-3
# Rounding, and edges left out because they seem just out of reach, move a share by less.
_WHOLE = 1e-6


def searched_share(
    x: Floats, y: Floats, ground: Geometries, radius_m: float, frame: Frame
) -> Floats:
    """Share of the disk around each point that lies on searched ground.

    The signed area between the disk and the ground is
    ``pi r^2 [point inside] + sum over edges (p x q - r^2 angle(p, q)) / 2``, where p and q
    are the ends of the part of the edge that lies in the disk, seen from its centre. Only
    edges that reach into a disk contribute, so points deep inside or far outside cost
    nothing but a search.

    Parameters
    ----------
    x, y : ndarray of float, shape (n,)
        In the plane of `frame`.
    ground : ndarray of shapely polygons, shape (k,)
        Disjoint, as `dissolve` returns them.
    radius_m : float
        Metres; > 0.

    Returns
    -------
    ndarray of float, shape (n,)
        In [0, 1].

    Notes
    -----
    Error: the sum is exact for straight edges, but rings are first relieved of vertices that
    lie within a thousandth of the radius of the line without them, and within a thousandth
    of ring area by ring length. A share is wrong by less than 0.00032 for each radius of
    boundary in the disk (0.0006 where one straight border crosses it, 0.005 where the
    boundary is 15 radii long), and by less than a thousandth of the ground for rings that lie
    in the disk as a whole. A centre within 1e-6 radii of the boundary is moved by 1e-4 radii.

    Memory: about 150 bytes a point and 250 bytes a vertex of the ground, samples of the
    boundary (120 bytes each; one each radius, and farther apart where that would be more than
    4 million), and at most some 250 MB for pairs of point and sample, whatever their number
    (more only where a single disk holds more than a million samples).

    Examples
    --------
    >>> import shapely
    >>> square = np.array([shapely.box(0, 0, 100, 100)])
    >>> searched_share(np.array([50.0, 0.0, 0.0, 200.0]), np.array([50.0, 50.0, 0.0, 50.0]),
    ...                square, 10.0, Frame(local=True)).round(4).tolist()
    [1.0, 0.5, 0.25, 0.0]
    """
    crossing = np.zeros(len(x))
    if not len(ground) or not len(x):
        return crossing
    starts, ends = _edges(ground, radius_m, frame)
    x, y = x.copy(), y.copy()
    for point, edge in edges_in_reach(x, y, starts, ends, radius_m, frame):
        a, b = seen_from(x, y, starts, ends, point, edge, frame)
        on_edge = np.unique(point[distance_to_segment(a, b) < 1e-6 * radius_m])
        if len(on_edge):
            # A centre on the boundary is on no side of it: a step of 1e-4 radii decides.
            east_m, north_m = frame.scale(y[on_edge])
            x[on_edge] += 1e-4 * radius_m * 0.6180339887 / east_m
            y[on_edge] += 1e-4 * radius_m * 0.7861513778 / north_m
            a, b = seen_from(x, y, starts, ends, point, edge, frame)
        area = _signed_area(a, b, radius_m) / (np.pi * radius_m**2)
        first, last = point[0], point[-1] + 1
        crossing[first:last] += np.bincount(point - first, area, minlength=last - first)
    # The edges tell the share but for a whole number, which is 1 inside and 0 outside the
    # simplified boundary. As a share is between 0 and 1, that number need not be known unless
    # the share is 0 or 1; then the centre is far from the boundary, on the same side of the
    # true one.
    share = crossing - np.floor(crossing)
    whole = np.flatnonzero(np.abs(crossing - np.rint(crossing)) < _WHOLE)
    inside = first_polygon(x[whole], y[whole], ground) >= 0
    share[whole] = np.clip(crossing[whole] + inside, 0.0, 1.0)
    return share


def _edges(ground: Geometries, radius_m: float, frame: Frame) -> tuple[Floats, Floats]:
    """List the starts and ends of the edges of the simplified rings, ground on the left."""
    import shapely

    rings = shapely.get_rings(shapely.orient_polygons(ground))
    _, south, _, north = shapely.bounds(rings).T
    metres_per_unit = np.maximum(*frame.scale((south + north) / 2))
    breadth = shapely.area(shapely.polygons(rings)) / shapely.length(rings)
    # Rings may come to cross here, which the sum over edges does not mind.
    rings = shapely.simplify(
        rings,
        _SIMPLIFICATION * np.minimum(radius_m / metres_per_unit, breadth),
        preserve_topology=False,
    )
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    joined = (ring[:-1] == ring[1:]) & (xy[:-1] != xy[1:]).any(axis=1)
    return xy[:-1][joined], xy[1:][joined]


def edges_in_reach(
    x: Floats, y: Floats, starts: Floats, ends: Floats, radius_m: float, frame: Frame
) -> Iterator[tuple[Ints, Ints]]:
    """Pairs of point and edge that may be within the radius of each other, in order.

    All pairs of a point come together, and with them those of as many points as memory is
    meant for.
    """
    from scipy.spatial import cKDTree

    east_m, north_m = frame.scale((starts[:, 1] + ends[:, 1]) / 2)
    length_m = np.hypot((ends[:, 0] - starts[:, 0]) * east_m, (ends[:, 1] - starts[:, 1]) * north_m)
    step_m = max(radius_m, float(length_m.sum()) / _MAX_BOUNDARY_SAMPLES)
    # The middle of a short edge stands for all of it: half its length is less than what the
    # reach below is longer than the radius.
    pieces = np.where(length_m < 0.23 * step_m, 1, np.ceil(length_m / step_m).astype(np.int64) + 1)
    edge = np.repeat(np.arange(len(pieces)), pieces)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    along = np.where(pieces[edge] == 1, 0.5, number / np.maximum(pieces[edge] - 1, 1))[:, None]
    samples = starts[edge] + along * (ends - starts)[edge]
    # An edge within the radius has a sample within the hypotenuse of radius and half a step;
    # the last factor is for the scale, which is not the same all over a disk.
    reach_m = float(np.hypot(radius_m, step_m / 2)) * 1.001
    sample_tree = cKDTree(
        frame.metres(samples[:, 0], samples[:, 1]), balanced_tree=False, compact_nodes=False
    )
    cuts = [*range(0, len(x), _POINTS_AT_ONCE), len(x)]
    waiting = list(pairwise(cuts))
    while waiting:
        start, end = waiting.pop()
        tree = cKDTree(
            frame.metres(x[start:end], y[start:end]), balanced_tree=False, compact_nodes=False
        )
        shares = min(-(-tree.count_neighbors(sample_tree, reach_m) // _MAX_PAIRS), end - start)
        if shares > 1:
            cuts = np.linspace(start, end, shares + 1).astype(np.int64).tolist()
            waiting.extend(pairwise(cuts))
            continue
        near = tree.sparse_distance_matrix(sample_tree, reach_m, output_type="ndarray")
        key = np.unique(near["i"] * len(starts) + edge[near["j"]])
        if len(key):
            yield key // len(starts) + start, key % len(starts)


def seen_from(
    x: Floats, y: Floats, starts: Floats, ends: Floats, point: Ints, edge: Ints, frame: Frame
) -> tuple[Floats, Floats]:
    """Give the ends of the edges in metres east and north of the points."""
    centre = np.column_stack([x[point], y[point]])
    scale = np.column_stack(frame.scale(centre[:, 1]))
    return (starts[edge] - centre) * scale, (ends[edge] - centre) * scale


def distance_to_segment(a: Floats, b: Floats) -> Floats:
    """Distance from the origin to each segment from a to b, in metres."""
    d = b - a
    along = np.clip(-(a * d).sum(axis=1) / _squared_length(d), 0.0, 1.0)
    nearest: Floats = np.hypot(*(a + along[:, None] * d).T)
    return nearest


def _squared_length(d: Floats) -> Floats:
    # Seen from the centre, an edge may be too short to have a length: it has no area either.
    squared: Floats = np.maximum((d * d).sum(axis=1), np.finfo(np.float64).tiny)
    return squared


def _signed_area(a: Floats, b: Floats, radius_m: float) -> Floats:
    """``(p x q - r^2 angle(p, q)) / 2`` of the part of each edge that lies in the disk."""
    d = b - a
    dd = _squared_length(d)
    ad = (a * d).sum(axis=1)
    root = np.sqrt(np.maximum(ad**2 - dd * ((a * a).sum(axis=1) - radius_m**2), 0.0))
    p = a + np.clip((-ad - root) / dd, 0.0, 1.0)[:, None] * d
    q = a + np.clip((-ad + root) / dd, 0.0, 1.0)[:, None] * d
    cross = p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]
    dot = (p * q).sum(axis=1)
    area: Floats = (cross - radius_m**2 * np.arctan2(cross, dot)) / 2
    return area
