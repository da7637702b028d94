"""Where points lie: metres, district, searched share of the tolerance disk, neighbours.

Polygons and points are compared in the plane of their coordinates (degrees, or local
metres); edges are straight there, as in any GIS. Lengths and areas are metric. Longitudes
are first brought to within 180 degrees of one reference meridian, so that the antimeridian
is a place like any other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from mapaccuracy.coordinates import (
    FLATTENING,
    SEMI_MAJOR_M,
    geocentric,
    metres_per_degree,
)
from mapaccuracy.schema import Floats, Ints

Geometries = npt.NDArray[np.object_]

_MAX_BOUNDARY_SAMPLES = 4_000_000
# Pairs of point and boundary sample, or of point and point, that are held at one time.
_MAX_PAIRS = 1_000_000
_POINTS_AT_ONCE = 200_000
# From here on the nearest point is sooner found by a tree than among all pairs.
_MAX_PAIRS_OF_TWO_CELLS = 300_000
# Of the radius, and of the breadth of a ring, by which its vertices may be off the line.
_SIMPLIFICATION = 1e-3
# Rounding, and edges left out because they seem just out of reach, move a share by less.
_WHOLE = 1e-6
_SQUARE_METRES_PER_HECTARE = 10_000


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


def first_polygon(x: Floats, y: Floats, polygons: Geometries) -> Ints:
    """Find the first polygon that holds each point; borders belong to the polygon.

    Parameters
    ----------
    x, y : ndarray of float, shape (n,)
        In the plane of the polygons.
    polygons : ndarray of shapely polygons, shape (m,)

    Returns
    -------
    ndarray of int, shape (n,)
        Index of the polygon; -1 if none.

    Examples
    --------
    >>> import shapely
    >>> squares = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> first_polygon(np.array([1.0, 1.5, 3.0]), np.array([0.5, 0.5, 0.5]), squares).tolist()
    [0, 1, -1]
    """
    import shapely

    found = np.full(len(x), -1, dtype=np.int64)
    if not len(polygons) or not len(x):
        return found
    west, south, east, north = shapely.bounds(polygons).T
    by_x, by_y = np.argsort(x, kind="stable"), np.argsort(y, kind="stable")
    x_sorted, y_sorted = x[by_x], y[by_y]
    x_from, x_to = np.searchsorted(x_sorted, west), np.searchsorted(x_sorted, east, side="right")
    y_from, y_to = np.searchsorted(y_sorted, south), np.searchsorted(y_sorted, north, side="right")
    # Of the two slabs that hold a polygon, across x and across y, the one with fewer points.
    upright = x_to - x_from <= y_to - y_from
    for index in np.flatnonzero((x_to > x_from) & (y_to > y_from)):
        if upright[index]:
            rows = by_x[x_from[index] : x_to[index]]
            rows = _in_slab(rows, y, south[index], north[index])
        else:
            rows = by_y[y_from[index] : y_to[index]]
            rows = _in_slab(rows, x, west[index], east[index])
        rows = rows[found[rows] < 0]
        if len(rows):
            shapely.prepare(polygons[index])
            found[rows[shapely.intersects_xy(polygons[index], x[rows], y[rows])]] = index
    return found


def _in_slab(rows: Ints, values: Floats, low: float, high: float) -> Ints:
    """Rows whose value lies between the two, inclusive."""
    candidates = values[rows]
    return rows[(candidates >= low) & (candidates <= high)]


def dissolve(polygons: Geometries) -> Geometries:
    """Merge polygons into disjoint parts, so that ground given twice counts once.

    Returns
    -------
    ndarray of shapely polygons, shape (k,)
    """
    import shapely

    if not len(polygons):
        return polygons
    merged = shapely.get_parts(shapely.normalize(shapely.union_all(polygons)))
    parts: Geometries = merged[shapely.area(merged) > 0]
    return parts


def hectares(polygons: Geometries, frame: Frame) -> float:
    """Area of disjoint polygons in hectares, on the ellipsoid unless the frame is local.

    Edges are straight in the plane of the frame, so that the parts of a polygon that is cut
    there add up to the whole.

    Examples
    --------
    >>> import shapely
    >>> hectares(np.array([shapely.box(0, 0, 100, 200)]), Frame(local=True))
    2.0
    """
    return float(_square_metres(polygons, frame).sum()) / _SQUARE_METRES_PER_HECTARE


def hectares_by_polygon(parts: Geometries, polygons: Geometries, frame: Frame) -> Floats:
    """Area of disjoint parts that lies in each polygon.

    Parameters
    ----------
    parts : ndarray of shapely polygons, shape (k,)
        Disjoint, as `dissolve` returns them.
    polygons : ndarray of shapely polygons, shape (m,)

    Returns
    -------
    ndarray of float, shape (m,)
        Hectares.
    """
    import shapely

    tree = shapely.STRtree(parts)
    whole = _square_metres(parts, frame)
    out = np.zeros(len(polygons))
    for index, polygon in enumerate(polygons):
        shapely.prepare(polygon)
        near = np.sort(tree.query(polygon, predicate="intersects"))
        within = shapely.covers(polygon, parts[near])
        cut = shapely.intersection(parts[near[~within]], polygon)
        out[index] = whole[near[within]].sum() + _square_metres(cut, frame).sum()
    return out / _SQUARE_METRES_PER_HECTARE


def _square_metres(polygons: Geometries, frame: Frame) -> Floats:
    """Area of each polygon; lines and points that came of cutting have none."""
    import shapely

    if frame.local:
        areas: Floats = shapely.area(polygons)
        return areas
    parts, of = shapely.get_parts(polygons, return_index=True)
    parts, part = shapely.get_parts(parts, return_index=True)
    flat = shapely.get_dimensions(parts) == 2
    # Outer rings run against the clock and holes with it, and area is minus the integral.
    rings, ring_of = shapely.get_rings(shapely.orient_polygons(parts[flat]), return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    joined = ring[:-1] == ring[1:]
    below = _area_below(xy[:-1][joined], xy[1:][joined])
    by_ring = np.bincount(ring[:-1][joined], below, minlength=len(rings))
    polygon = of[part[flat]][ring_of]
    return np.maximum(-np.bincount(polygon, by_ring, minlength=len(polygons)), 0.0)


def _area_below(starts: Floats, ends: Floats) -> Floats:
    """Square metres of the ellipsoid between the equator and edges straight in degrees.

    The area between the equator and a latitude, for each radian of longitude, has a closed
    form; along an edge it is integrated at six Gauss-Legendre nodes, exact to rounding for
    edges of 30 degrees.
    """
    eccentricity = np.sqrt(FLATTENING * (2 - FLATTENING))
    semi_minor_m = SEMI_MAJOR_M * (1 - FLATTENING)
    mean = np.zeros(len(starts))
    for node, weight in zip(*np.polynomial.legendre.leggauss(6), strict=True):
        along = (1 + node) / 2
        sine = np.sin(np.radians((1 - along) * starts[:, 1] + along * ends[:, 1]))
        bent = np.arctanh(eccentricity * sine) / eccentricity
        mean += weight / 2 * (sine / (1 - (eccentricity * sine) ** 2) + bent)
    below: Floats = semi_minor_m**2 / 2 * mean * np.radians(ends[:, 0] - starts[:, 0])
    return below


def overlaps(polygons: Geometries, frame: Frame) -> list[tuple[int, int, float]]:
    """List pairs of polygons that share ground, with the shared square metres.

    Common borders, and slivers thinner than a millimetre along them, are no overlap.

    Returns
    -------
    list of (int, int, float)
        Indices, first below second, and square metres of at least 1.
    """
    import shapely

    tree = shapely.STRtree(polygons)
    first, second = tree.query(polygons, predicate="intersects")
    pairs = np.column_stack([first, second])[first < second]
    pairs = pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]
    shared = [
        (
            int(a),
            int(b),
            hectares(np.array([shapely.intersection(polygons[a], polygons[b])]), frame)
            * _SQUARE_METRES_PER_HECTARE,
        )
        for a, b in pairs
        if not shapely.touches(polygons[a], polygons[b])
    ]
    return [entry for entry in shared if entry[2] >= 1]


def without_overlaps(polygons: Geometries, shared: list[tuple[int, int, float]]) -> Geometries:
    """Take from each polygon what an earlier one already holds."""
    import shapely

    out = polygons.copy()
    for earlier, later, _ in shared:
        out[later] = shapely.difference(out[later], polygons[earlier])
    return out


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
    for point, edge in _edges_in_reach(x, y, starts, ends, radius_m, frame):
        a, b = _seen_from(x, y, starts, ends, point, edge, frame)
        on_edge = np.unique(point[_distance_to_segment(a, b) < 1e-6 * radius_m])
        if len(on_edge):
            # A centre on the boundary is on no side of it: a step of 1e-4 radii decides.
            east_m, north_m = frame.scale(y[on_edge])
            x[on_edge] += 1e-4 * radius_m * 0.6180339887 / east_m
            y[on_edge] += 1e-4 * radius_m * 0.7861513778 / north_m
            a, b = _seen_from(x, y, starts, ends, point, edge, frame)
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


def _edges_in_reach(
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


def _seen_from(
    x: Floats, y: Floats, starts: Floats, ends: Floats, point: Ints, edge: Ints, frame: Frame
) -> tuple[Floats, Floats]:
    """Give the ends of the edges in metres east and north of the points."""
    centre = np.column_stack([x[point], y[point]])
    scale = np.column_stack(frame.scale(centre[:, 1]))
    return (starts[edge] - centre) * scale, (ends[edge] - centre) * scale


def _distance_to_segment(a: Floats, b: Floats) -> Floats:
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


def neighbourhoods(points_m: Floats, distance_m: float) -> Ints:
    """Single linkage: label the groups of points that chains of short steps connect.

    Points within the distance of each other, inclusive, are in one group. Cells whose
    diagonal is the distance hold one group each; only cells near each other and not yet
    connected are compared point by point.

    Parameters
    ----------
    points_m : ndarray of float, shape (n, 2) or (n, 3)
        Metres.
    distance_m : float
        Metres; > 0.

    Returns
    -------
    ndarray of int, shape (n,)
        Labels 0 .. k-1.

    Examples
    --------
    >>> neighbourhoods(np.array([[0.0, 0], [50, 0], [100, 0], [151, 0]]), 50).tolist()
    [0, 0, 0, 1]
    """
    from scipy.spatial import cKDTree

    if not len(points_m):
        return np.empty(0, dtype=np.int64)
    cell, order, starts = _cells(points_m, distance_m / np.sqrt(points_m.shape[1]))
    ordered = points_m[order]
    sizes = np.diff(np.append(starts, len(order)))
    tree = cKDTree(ordered[starts])
    label = _connected(tree.query_pairs(distance_m, output_type="ndarray"), len(starts))
    lower = np.minimum.reduceat(ordered, starts)
    upper = np.maximum.reduceat(ordered, starts)
    links = []
    # Two cells that hold points within the distance have representatives within three.
    for block in range(0, len(starts), 50_000):
        near = cKDTree(ordered[starts[block : block + 50_000]]).sparse_distance_matrix(
            tree, 3 * distance_m, output_type="ndarray"
        )
        first, second = near["i"] + block, near["j"]
        open_ = (first < second) & (label[first] != label[second])
        first, second = first[open_], second[open_]
        gap = np.maximum(np.maximum(lower[second] - upper[first], lower[first] - upper[second]), 0)
        close = (gap**2).sum(axis=1) <= distance_m**2
        links.append(_touching(ordered, starts, sizes, first[close], second[close], distance_m))
    linked = np.concatenate(links)
    label = _connected(label[linked], int(label.max()) + 1)[label]
    return label[cell]


def _cells(points_m: Floats, side_m: float) -> tuple[Ints, Ints, Ints]:
    """Cell of each point, points in order of cell, and where each cell starts in it."""
    # Whole numbers, but kept as floats: an extent may hold more cells than an integer counts.
    index = np.floor((points_m - points_m.min(axis=0)) / side_m)
    key = _one_number(index)
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    new = np.append(True, ordered[1:] != ordered[:-1])
    cell = np.empty(len(key), dtype=np.int64)
    cell[order] = np.cumsum(new) - 1
    return cell, order, np.flatnonzero(new)


def _one_number(index: Floats) -> Ints:
    """Give rows of whole numbers one number each, equal for equal rows."""
    size = index.max(axis=0) + 1
    if np.log2(size).sum() < 62:
        cells: Ints = np.ravel_multi_index(
            tuple(index.astype(np.int64).T), tuple(size.astype(np.int64))
        )
        return cells
    key = np.zeros(len(index), dtype=np.int64)
    for column in index.T:
        # Ranks are below the number of points, and so are those of the pairs so far.
        _, rank = np.unique(column, return_inverse=True)
        _, key = np.unique(key * (rank.max() + 1) + rank, return_inverse=True)
    return key


def _connected(pairs: Ints, n: int) -> Ints:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])), shape=(n, n))
    _, label = connected_components(graph, directed=False)
    labels: Ints = label.astype(np.int64)
    return labels


def _touching(
    ordered: Floats, starts: Ints, sizes: Ints, first: Ints, second: Ints, distance_m: float
) -> Ints:
    """Pairs of cells that hold points within the distance of each other."""
    work = sizes[first] * sizes[second]
    found = np.zeros(len(first), dtype=bool)
    many = work > _MAX_PAIRS_OF_TWO_CELLS
    found[many] = _touching_by_tree(ordered, starts, sizes, first[many], second[many], distance_m)
    few = np.flatnonzero(~many)
    batch = np.cumsum(work[few]) // _MAX_PAIRS
    for number in np.unique(batch):
        pairs = few[batch == number]
        pair = np.repeat(pairs, work[pairs])
        rank = np.arange(len(pair)) - np.repeat(np.cumsum(work[pairs]) - work[pairs], work[pairs])
        a = starts[first[pair]] + rank // sizes[second[pair]]
        b = starts[second[pair]] + rank % sizes[second[pair]]
        close = ((ordered[a] - ordered[b]) ** 2).sum(axis=1) <= distance_m**2
        found[pair[close]] = True
    return np.column_stack([first[found], second[found]])


def _touching_by_tree(
    ordered: Floats, starts: Ints, sizes: Ints, first: Ints, second: Ints, distance_m: float
) -> npt.NDArray[np.bool_]:
    """Whether two cells of many points hold points within the distance of each other."""
    from scipy.spatial import cKDTree

    swap = sizes[first] < sizes[second]
    larger, smaller = np.where(swap, second, first), np.where(swap, first, second)
    found = np.zeros(len(first), dtype=bool)
    # One tree at a time, for all pairs whose larger cell it holds.
    for cell in np.unique(larger):
        points = ordered[starts[cell] : starts[cell] + sizes[cell]]
        tree = cKDTree(points)
        for pair in np.flatnonzero(larger == cell):
            asked = ordered[starts[smaller[pair]] :][: sizes[smaller[pair]]]
            _, nearest = tree.query(asked, distance_upper_bound=distance_m * (1 + 1e-9))
            some = nearest < len(points)
            gap = asked[some] - points[nearest[some]]
            found[pair] = bool(((gap**2).sum(axis=1) <= distance_m**2).any())
    return found


def spacing_m(points_m: Floats, sample: int = 2_000) -> float | None:
    """Median distance from a point to its nearest neighbour on the same side.

    Parameters
    ----------
    points_m : ndarray of float, shape (n, 2) or (n, 3)
    sample : int
        Points whose neighbour is looked up, evenly spread over the given order.

    Returns
    -------
    float or None
        Metres; None with fewer than two points.

    Examples
    --------
    >>> spacing_m(np.array([[0.0, 0.0], [0.0, 5.0], [0.0, 10.0]]))
    5.0
    """
    from scipy.spatial import cKDTree

    if len(points_m) < 2:
        return None
    asked = points_m[np.unique(np.linspace(0, len(points_m) - 1, sample).astype(np.int64))]
    distance, _ = cKDTree(points_m).query(asked, k=2)
    return float(np.median(distance[:, 1]))
