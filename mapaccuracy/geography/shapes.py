"""Rows of mines and outlines in the plane: what lies near them, and how much of them was searched.

Shapes are lines or polygons. Lengths are measured in metres around each shape, with the scale at
its middle latitude, so that a shape of some kilometres is measured to a thousandth.
"""

from __future__ import annotations

import numpy as np

from mapaccuracy.geography.areas import square_metres
from mapaccuracy.geography.frame import Frame, Geometries
from mapaccuracy.geography.share import distance_to_segment, edges_in_reach, seen_from
from mapaccuracy.schema import Floats, Ints


def nearest_shape(
    x: Floats, y: Floats, shapes: Geometries, radius_m: float, frame: Frame
) -> tuple[Ints, Floats]:
    """Find the shape whose line, or border, is nearest to each point, as far as the radius.

    Parameters
    ----------
    x, y : ndarray of float, shape (n,)
        In the plane of `frame`.
    shapes : ndarray of shapely lines or polygons, shape (m,)
    radius_m : float
        Metres; > 0. A distance of exactly the radius is within.
    frame : Frame

    Returns
    -------
    shape : ndarray of int, shape (n,)
        The first of those that are equally near; -1 where none is within the radius.
    distance_m : ndarray of float, shape (n,)
        Infinite where none is.

    Notes
    -----
    Memory: as `searched_share`, about 250 MB at most for pairs of point and edge.

    Examples
    --------
    >>> import shapely
    >>> rows = np.array([shapely.LineString([(0, 0), (100, 0)]),
    ...                  shapely.LineString([(0, 8), (100, 8)])])
    >>> shape, metres = nearest_shape(np.array([50.0, 50.0, 50.0]), np.array([3.0, 4.0, 30.0]),
    ...                               rows, 10.0, Frame(local=True))
    >>> shape.tolist(), metres.tolist()
    ([0, 0, -1], [3.0, 4.0, inf])
    """
    found, distance_m = np.full(len(x), -1, dtype=np.int64), np.full(len(x), np.inf)
    starts, ends, owner = _edges_of(shapes)
    if not len(starts) or not len(x):
        return found, distance_m
    for point, edge in edges_in_reach(x, y, starts, ends, radius_m, frame):
        metres = distance_to_segment(*seen_from(x, y, starts, ends, point, edge, frame))
        order = np.lexsort((owner[edge], metres, point))
        point, metres, edge = point[order], metres[order], edge[order]
        first = np.flatnonzero(np.append(True, point[1:] != point[:-1]))
        first = first[metres[first] <= radius_m]
        found[point[first]], distance_m[point[first]] = owner[edge[first]], metres[first]
    return found, distance_m


def _edges_of(shapes: Geometries) -> tuple[Floats, Floats, Ints]:
    """List the starts and ends of all edges, and the shape that each belongs to."""
    import shapely

    parts, of = shapely.get_parts(shapes, return_index=True)
    flat = shapely.get_dimensions(parts) == 2
    rings, ring_of = shapely.get_rings(parts[flat], return_index=True)
    lines = np.concatenate([parts[~flat], rings])
    shape = np.concatenate([of[~flat], of[flat][ring_of]])
    xy, line = shapely.get_coordinates(lines, return_index=True)
    joined = np.flatnonzero(line[:-1] == line[1:])
    return xy[joined], xy[joined + 1], np.asarray(shape[line[joined]], dtype=np.int64)


def around(shapes: Geometries, radius_m: float, frame: Frame) -> Geometries:
    """Give the ground within a radius of each shape, its inside included.

    Round corners are drawn with 64 edges a circle: the ground is smaller by 0.16 % of the
    circle at most.

    Parameters
    ----------
    shapes : ndarray of shapely lines or polygons, shape (m,)
        In the plane of `frame`.
    radius_m : float
        Metres; > 0.
    frame : Frame

    Returns
    -------
    ndarray of shapely polygons, shape (m,)

    Examples
    --------
    >>> import shapely
    >>> row = np.array([shapely.LineString([(0, 0), (100, 0)])])
    >>> round(float(shapely.area(around(row, 10.0, Frame(local=True)))[0]), 1)  # 2000 + 100 pi
    2313.7
    """
    import shapely

    if not len(shapes):
        return shapes
    scale = _scale(shapes, frame)
    grown = shapely.buffer(_times(shapes, scale), radius_m, quad_segs=16)
    return _times(grown, 1 / scale)


def _scale(shapes: Geometries, frame: Frame) -> Floats:
    """Metres for each unit of the plane at the middle of each shape, shape (m, 2)."""
    import shapely

    _, south, _, north = shapely.bounds(shapes).T
    return np.column_stack(frame.scale((south + north) / 2))


def _times(shapes: Geometries, factor: Floats) -> Geometries:
    import shapely

    xy, of = shapely.get_coordinates(shapes, return_index=True)
    moved: Geometries = shapely.set_coordinates(shapes.copy(), xy * factor[of])
    return moved


def lengths_m(lines: Geometries, frame: Frame) -> Floats:
    """Length of each line in metres.

    Examples
    --------
    >>> import shapely
    >>> lengths_m(np.array([shapely.LineString([(0, 0), (3, 4)])]), Frame(local=True)).tolist()
    [5.0]
    """
    import shapely

    if not len(lines):
        return np.empty(0)
    length: Floats = shapely.length(_times(lines, _scale(lines, frame)))
    return length


def linked(shapes: Geometries, distance_m: float, frame: Frame) -> Ints:
    """Single linkage: label the shapes that chains of short steps connect.

    Parameters
    ----------
    shapes : ndarray of shapely lines or polygons, shape (m,)
    distance_m : float
        Shapes within it of each other are in one group; from corner to corner up to 0.12 % less,
        because circles are drawn with 64 edges.
    frame : Frame

    Returns
    -------
    ndarray of int, shape (m,)
        Labels 0 .. k-1.

    Examples
    --------
    >>> import shapely
    >>> fields = np.array([shapely.box(0, 0, 10, 10), shapely.box(50, 0, 60, 10),
    ...                    shapely.box(200, 0, 210, 10)])
    >>> linked(fields, 50.0, Frame(local=True)).tolist()
    [0, 0, 1]
    """
    import shapely
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(shapes):
        return np.empty(0, dtype=np.int64)
    tree = shapely.STRtree(shapes)
    first, second = tree.query(around(shapes, distance_m, frame), predicate="intersects")
    near = np.ones(len(first), dtype=bool)
    graph = coo_array((near, (first, second)), shape=(len(shapes), len(shapes)))
    _, label = connected_components(graph, directed=False)
    return np.unique(label, return_inverse=True)[1].astype(np.int64)


def shares_in(shapes: Geometries, areas: Geometries, frame: Frame) -> tuple[Ints, Ints, Floats]:
    """Tell which shapes lie in which areas, and with what share of their length or ground.

    Parameters
    ----------
    shapes : ndarray of shapely lines or polygons, shape (m,)
    areas : ndarray of shapely polygons, shape (k,)
        Disjoint but for their borders.
    frame : Frame

    Returns
    -------
    shape, area : ndarray of int, shape (p,)
        Pairs that meet, sorted by shape, then area.
    share : ndarray of float, shape (p,)
        In [0, 1]; 0 where they only touch. Of a line along a common border the first area has
        all, so that no shape has shares of more than 1 in all.

    Examples
    --------
    >>> import shapely
    >>> row = np.array([shapely.LineString([(0, 5), (40, 5)])])
    >>> shares_in(row, np.array([shapely.box(0, 0, 30, 10)]), Frame(local=True))
    (array([0]), array([0]), array([0.75]))
    """
    import shapely

    if not len(shapes) or not len(areas):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    shape, area = shapely.STRtree(areas).query(shapes, predicate="intersects")
    order = np.lexsort((area, shape))
    shape, area = shape[order].astype(np.int64), area[order].astype(np.int64)
    cut = _cut(shapes, areas, shape, area)
    flat = shapely.get_dimensions(shapes[shape]) == 2
    share = np.zeros(len(shape))
    share[flat] = square_metres(cut[flat], frame) / square_metres(shapes[shape[flat]], frame)
    # A line is cut into pieces; the scale is that of the whole line for all of them.
    scale = _scale(shapes[shape[~flat]], frame)
    lengths = shapely.length(_times(shapes[shape[~flat]], scale))
    share[~flat] = shapely.length(_times(cut[~flat], scale)) / lengths
    return shape, area, np.clip(share, 0.0, 1.0)


def _cut(shapes: Geometries, areas: Geometries, shape: Ints, area: Ints) -> Geometries:
    """Cut shapes by areas, pair by pair in order; of a line, what an earlier area left."""
    import shapely

    cut: Geometries = shapely.intersection(shapes[shape], areas[area])
    before = np.arange(len(shape)) - np.searchsorted(shape, shape)
    line = shapely.get_dimensions(shapes[shape]) == 1
    rest = shapes.copy()
    for number in range(1, int(before[line].max(initial=0)) + 1):
        pair = np.flatnonzero(line & (before == number))
        of = shape[pair]
        rest[of] = shapely.difference(rest[of], areas[area[pair - 1]])
        cut[pair] = shapely.intersection(rest[of], areas[area[pair]])
    return cut
