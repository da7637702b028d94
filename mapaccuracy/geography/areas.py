"""Which polygon holds a point, and how much ground polygons cover."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mapaccuracy.coordinates import FLATTENING, SEMI_MAJOR_M
from mapaccuracy.geography.frame import Frame, Geometries
from mapaccuracy.schema import Floats, Ints

SQUARE_METRES_PER_HECTARE = 10_000


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
    for index, rows in _in_bounds(x, y, polygons):
        rows = rows[found[rows] < 0]
        if len(rows):
            shapely.prepare(polygons[index])
            found[rows[shapely.intersects_xy(polygons[index], x[rows], y[rows])]] = index
    return found


def count_inside(x: Floats, y: Floats, polygons: Geometries) -> Ints:
    """Count the points that each polygon holds; borders belong to it, and a point to every one.

    Parameters
    ----------
    x, y : ndarray of float, shape (n,)
        In the plane of the polygons.
    polygons : ndarray of shapely polygons, shape (m,)

    Returns
    -------
    ndarray of int, shape (m,)

    Examples
    --------
    >>> import shapely
    >>> squares = np.array([shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)])
    >>> count_inside(np.array([1.0, 1.5, 3.0]), np.array([0.5, 0.5, 0.5]), squares).tolist()
    [1, 2]
    """
    import shapely

    n = np.zeros(len(polygons), dtype=np.int64)
    for index, rows in _in_bounds(x, y, polygons):
        shapely.prepare(polygons[index])
        n[index] = shapely.intersects_xy(polygons[index], x[rows], y[rows]).sum()
    return n


def _in_bounds(x: Floats, y: Floats, polygons: Geometries) -> Iterator[tuple[int, Ints]]:
    """Give the points in the bounds of each polygon, for those that have any."""
    import shapely

    if not len(polygons) or not len(x):
        return
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
        yield int(index), rows


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


def left_of(polygons: Geometries, others: Geometries) -> Geometries:
    """Give what is left of polygons outside of others, as disjoint parts.

    Examples
    --------
    >>> import shapely
    >>> left = left_of(np.array([shapely.box(0, 0, 4, 1)]), np.array([shapely.box(1, 0, 2, 1)]))
    >>> shapely.area(left).tolist()
    [2.0, 1.0]
    """
    import shapely

    if not len(polygons) or not len(others):
        return polygons
    return dissolve(shapely.difference(polygons, shapely.union_all(others)))


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
    return float(square_metres(polygons, frame).sum()) / SQUARE_METRES_PER_HECTARE


def hectares_of(polygons: Geometries, frame: Frame) -> Floats:
    """Area of each polygon in hectares, shape (k,)."""
    return square_metres(polygons, frame) / SQUARE_METRES_PER_HECTARE


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
    whole = square_metres(parts, frame)
    out = np.zeros(len(polygons))
    for index, polygon in enumerate(polygons):
        shapely.prepare(polygon)
        near = np.sort(tree.query(polygon, predicate="intersects"))
        within = shapely.covers(polygon, parts[near])
        cut = shapely.intersection(parts[near[~within]], polygon)
        out[index] = whole[near[within]].sum() + square_metres(cut, frame).sum()
    return out / SQUARE_METRES_PER_HECTARE


def square_metres(polygons: Geometries, frame: Frame) -> Floats:
    """Area of each polygon, on the ellipsoid unless the frame is local.

    Lines and points that came of cutting have none.

    Parameters
    ----------
    polygons : ndarray of shapely geometries, shape (k,)
        In the plane of the frame.

    Returns
    -------
    ndarray of float, shape (k,)
        Square metres.

    Examples
    --------
    >>> import shapely
    >>> square_metres(np.array([shapely.box(0, 0, 3, 2)]), Frame(local=True)).tolist()
    [6.0]
    """
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
            * SQUARE_METRES_PER_HECTARE,
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
