"""Where points lie: metres, district, searched share of the tolerance disk, neighbours.

Polygons and points are compared in the plane of their coordinates (degrees, or local
metres); edges are straight there, as in any GIS. Lengths and areas are metric. Longitudes
are first brought to within 180 degrees of one reference meridian, so that the antimeridian
is a place like any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mapaccuracy.coordinates import geocentric, metres_per_degree
from mapaccuracy.schema import Bools, Floats, Ints

Geometries = npt.NDArray[np.object_]

_MAX_BOUNDARY_SAMPLES = 4_000_000
_MAX_POINT_PAIRS = 5_000_000
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
    order = np.argsort(x, kind="stable")
    x_sorted, y_sorted = x[order], y[order]
    west, south, east, north = shapely.bounds(polygons).T
    starts = np.searchsorted(x_sorted, west, side="left")
    ends = np.searchsorted(x_sorted, east, side="right")
    for index in np.flatnonzero(ends > starts):
        span = slice(starts[index], ends[index])
        candidates = y_sorted[span]
        near = np.flatnonzero((candidates >= south[index]) & (candidates <= north[index]))
        rows = order[span][near]
        rows = rows[found[rows] < 0]
        if len(rows):
            shapely.prepare(polygons[index])
            found[rows[shapely.intersects_xy(polygons[index], x[rows], y[rows])]] = index
    return found


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

    Examples
    --------
    >>> import shapely
    >>> hectares(np.array([shapely.box(0, 0, 100, 200)]), Frame(local=True))
    2.0
    """
    import shapely

    areas = [part for part in shapely.get_parts(polygons) if shapely.get_dimensions(part) == 2]
    if frame.local:
        return float(shapely.area(areas).sum()) / _SQUARE_METRES_PER_HECTARE
    from pyproj import Geod

    geod = Geod(ellps="WGS84")
    oriented = shapely.orient_polygons(areas)
    return (
        sum(abs(geod.geometry_area_perimeter(part)[0]) for part in oriented)
        / _SQUARE_METRES_PER_HECTARE
    )


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
    out = np.zeros(len(polygons))
    for index, polygon in enumerate(polygons):
        shapely.prepare(polygon)
        near = parts[np.sort(tree.query(polygon, predicate="intersects"))]
        within = shapely.covered_by(near, polygon) if len(near) else np.zeros(0, dtype=bool)
        cut = shapely.intersection(near[~within], polygon)
        out[index] = hectares(np.concatenate([near[within], cut]), frame)
    return out


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

    Exact for straight edges: the signed area between the disk and the ground is
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
    Memory: about 200 bytes a point and at most 4 million samples of the boundary, which
    are farther apart than the radius only on ground with a longer boundary than that.

    Examples
    --------
    >>> import shapely
    >>> square = np.array([shapely.box(0, 0, 100, 100)])
    >>> searched_share(np.array([50.0, 0.0, 0.0, 200.0]), np.array([50.0, 50.0, 0.0, 50.0]),
    ...                square, 10.0, Frame(local=True)).round(4).tolist()
    [1.0, 0.5, 0.25, 0.0]
    """
    share = (first_polygon(x, y, ground) >= 0).astype(np.float64)
    if not len(ground) or not len(x):
        return share
    starts, ends = _edges(ground)
    point, edge = _edges_in_reach(x, y, starts, ends, radius_m, frame)
    if not len(point):
        return share
    x, y = x.copy(), y.copy()
    a, b = _seen_from(x, y, starts, ends, point, edge, frame)
    on_edge = np.unique(point[_distance_to_segment(a, b) < 1e-6 * radius_m])
    if len(on_edge):
        # A centre on the boundary is on no side of it: a step of 1e-4 radii decides.
        east_m, north_m = frame.scale(y[on_edge])
        x[on_edge] += 1e-4 * radius_m * 0.6180339887 / east_m
        y[on_edge] += 1e-4 * radius_m * 0.7861513778 / north_m
        share[on_edge] = first_polygon(x[on_edge], y[on_edge], ground) >= 0
        a, b = _seen_from(x, y, starts, ends, point, edge, frame)
    share += np.bincount(point, _signed_area(a, b, radius_m), minlength=len(x)) / (
        np.pi * radius_m**2
    )
    return np.clip(share, 0.0, 1.0)


def _edges(ground: Geometries) -> tuple[Floats, Floats]:
    """List the starts and ends of all edges, ground on the left."""
    import shapely

    rings = shapely.get_rings(shapely.orient_polygons(ground))
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    joined = (ring[:-1] == ring[1:]) & (xy[:-1] != xy[1:]).any(axis=1)
    return xy[:-1][joined], xy[1:][joined]


def _edges_in_reach(
    x: Floats, y: Floats, starts: Floats, ends: Floats, radius_m: float, frame: Frame
) -> tuple[Ints, Ints]:
    """Pairs of point and edge that may be within the radius of each other."""
    from scipy.spatial import cKDTree

    east_m, north_m = frame.scale((starts[:, 1] + ends[:, 1]) / 2)
    length_m = np.hypot((ends[:, 0] - starts[:, 0]) * east_m, (ends[:, 1] - starts[:, 1]) * north_m)
    step_m = max(radius_m, float(length_m.sum()) / _MAX_BOUNDARY_SAMPLES)
    pieces = np.ceil(length_m / step_m).astype(np.int64) + 1
    edge = np.repeat(np.arange(len(pieces)), pieces)
    number = np.arange(len(edge)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    along = (number / np.maximum(pieces - 1, 1)[edge])[:, None]
    samples = starts[edge] + along * (ends - starts)[edge]
    # An edge within the radius has a sample within the hypotenuse of radius and half a step.
    reach_m = float(np.hypot(radius_m, step_m / 2)) * (1 + 1e-6)
    sample_tree = cKDTree(
        frame.metres(samples[:, 0], samples[:, 1]), balanced_tree=False, compact_nodes=False
    )
    points_m = frame.metres(x, y)
    keys = []
    for start in range(0, len(x), 200_000):
        chunk = cKDTree(
            points_m[start : start + 200_000], balanced_tree=False, compact_nodes=False
        ).sparse_distance_matrix(sample_tree, reach_m, output_type="ndarray")
        keys.append(np.unique((chunk["i"] + start) * len(starts) + edge[chunk["j"]]))
    key = np.concatenate(keys)
    return key // len(starts), key % len(starts)


def _seen_from(
    x: Floats, y: Floats, starts: Floats, ends: Floats, point: Ints, edge: Ints, frame: Frame
) -> tuple[Floats, Floats]:
    """Give the ends of the edges in metres east and north of the points."""
    centre = np.column_stack([x[point], y[point]])
    scale = np.column_stack(frame.scale(centre[:, 1]))
    return (starts[edge] - centre) * scale, (ends[edge] - centre) * scale


def _distance_to_segment(a: Floats, b: Floats) -> Floats:
    d = b - a
    along = np.clip(-(a * d).sum(axis=1) / (d * d).sum(axis=1), 0.0, 1.0)
    nearest: Floats = np.hypot(*(a + along[:, None] * d).T)
    return nearest


def _signed_area(a: Floats, b: Floats, radius_m: float) -> Floats:
    """``(p x q - r^2 angle(p, q)) / 2`` of the part of each edge that lies in the disk."""
    d = b - a
    dd = (d * d).sum(axis=1)
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
    index = np.floor((points_m - points_m.min(axis=0)) / side_m).astype(np.int64)
    key = np.ravel_multi_index(tuple(index.T), tuple(index.max(axis=0) + 1))
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    new = np.append(True, ordered[1:] != ordered[:-1])
    cell = np.empty(len(key), dtype=np.int64)
    cell[order] = np.cumsum(new) - 1
    return cell, order, np.flatnonzero(new)


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
    found = np.zeros(len(first), dtype=bool)
    work = sizes[first] * sizes[second]
    batch = np.cumsum(work) // _MAX_POINT_PAIRS
    for number in np.unique(batch):
        pairs = np.flatnonzero(batch == number)
        pair = np.repeat(pairs, work[pairs])
        rank = np.arange(len(pair)) - np.repeat(np.cumsum(work[pairs]) - work[pairs], work[pairs])
        a = starts[first[pair]] + rank // sizes[second[pair]]
        b = starts[second[pair]] + rank % sizes[second[pair]]
        close = ((ordered[a] - ordered[b]) ** 2).sum(axis=1) <= distance_m**2
        found[pair[close]] = True
    return np.column_stack([first[found], second[found]])


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


def on_any(x: Floats, y: Floats, polygons: Geometries) -> Bools:
    """Whether each point lies on any of the polygons, borders included."""
    return first_polygon(x, y, polygons) >= 0
