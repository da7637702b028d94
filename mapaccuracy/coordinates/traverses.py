"""Traverses: from known points by bearings and distances to positions, and how they close."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapaccuracy.coordinates.azimuths import convergence_deg as grid_convergence_deg
from mapaccuracy.coordinates.azimuths import declination_deg as magnetic_declination_deg
from mapaccuracy.coordinates.azimuths import geod
from mapaccuracy.schema import Bools, Floats, Ints

NORTHS = ("true", "grid", "magnetic")
TRUE, GRID, MAGNETIC = range(3)


@dataclass(frozen=True)
class Legs:
    """Legs of any number of traverses, as trees: a leg begins where another one ended.

    Attributes
    ----------
    base : ndarray of int, shape (n,)
        Index of the leg at whose end it begins, smaller than its own; -1 at a known point.
    start_lon, start_lat : ndarray of float, shape (n,)
        The known point in WGS 84 degrees, where `base` is -1; not looked at elsewhere.
    bearing_deg : ndarray of float, shape (n,)
        Clockwise from the north that `north` says, degrees.
    north : ndarray of int, shape (n,)
        0 true, 1 grid, 2 magnetic.
    year : ndarray of float, shape (n,)
        Decimal year in which the bearing was measured; only looked at for magnetic ones.
    distance_m : ndarray of float, shape (n,)
    """

    base: Ints
    start_lon: Floats
    start_lat: Floats
    bearing_deg: Floats
    north: Ints
    year: Floats
    distance_m: Floats


@dataclass(frozen=True)
class Walked:
    """Where legs begin and end.

    Attributes
    ----------
    from_lon, from_lat, lon, lat : ndarray of float, shape (n,)
        WGS 84 degrees.
    azimuth_deg : ndarray of float, shape (n,)
        True azimuth where the leg begins, [0, 360).
    declination_deg, convergence_deg : ndarray of float, shape (n,)
        What was added to a magnetic bearing, and to a grid bearing; 0 for all others.
    """

    from_lon: Floats
    from_lat: Floats
    lon: Floats
    lat: Floats
    azimuth_deg: Floats
    declination_deg: Floats
    convergence_deg: Floats


def traversed(
    legs: Legs, declination_deg: float | None = None, meridian: float | None = None
) -> Walked:
    """Walk legs along geodesics of the WGS 84 ellipsoid.

    Parameters
    ----------
    legs : Legs
    declination_deg : float or None
        Declination of all magnetic bearings; by default that of the model IGRF, by year and place
        of the start of the leg.
    meridian : float or None
        Central meridian of the grid of grid bearings; by default that of the 6-degree zone in which
        the leg starts.

    Returns
    -------
    Walked
        NaN for a magnetic leg of which the declination is not known, and all legs behind it.

    Notes
    -----
    True azimuth = magnetic bearing + declination, or grid bearing + grid convergence at the start
    of the leg. A line that is straight on the grid is taken for a geodesic: on a leg of 1 km that
    is less than 1 cm. Distances are taken for lengths on the ellipsoid: the height of the ground,
    16 cm in 1 km at 1000 m, is left out.

    Examples
    --------
    >>> o = np.zeros(1)
    >>> legs = Legs(np.array([-1]), o + 46.93, o + 39.99, o + 90, np.array([0]), o, o + 85)
    >>> end = traversed(legs)
    >>> round(float(end.lon[0]), 5), round(float(end.lat[0]), 5)
    (46.931, 39.99)
    """
    magnetic = legs.north == MAGNETIC
    added = np.where(magnetic, 0.0 if declination_deg is None else declination_deg, 0.0)
    levels = by_depth(legs.base)
    if declination_deg is None and magnetic.any():
        # The declination hardly changes in the length of a leg: a first walk finds the places well
        # enough to ask for all declinations at once.
        roots = root_of(legs.base)
        added[magnetic] = magnetic_declination_deg(
            legs.start_lon[roots[magnetic]], legs.start_lat[roots[magnetic]], legs.year[magnetic]
        )
        first = _walk(legs, added, meridian, levels)
        added[magnetic] = magnetic_declination_deg(
            first.from_lon[magnetic], first.from_lat[magnetic], legs.year[magnetic]
        )
    return _walk(legs, added, meridian, levels)


def _walk(legs: Legs, declination: Floats, meridian: float | None, levels: list[Ints]) -> Walked:
    n = legs.base.size
    lon, lat, azimuth = (np.full(n, np.nan) for _ in range(3))
    from_lon, from_lat = legs.start_lon.copy(), legs.start_lat.copy()
    convergence = np.zeros(n)
    for rows in levels:
        later = rows[legs.base[rows] >= 0]
        from_lon[later], from_lat[later] = lon[legs.base[later]], lat[legs.base[later]]
        on_grid = rows[legs.north[rows] == GRID]
        convergence[on_grid] = grid_convergence_deg(from_lon[on_grid], from_lat[on_grid], meridian)
        turned = legs.bearing_deg[rows] + declination[rows] + convergence[rows]
        azimuth[rows] = turned % 360
        lon[rows], lat[rows] = moved(
            from_lon[rows], from_lat[rows], azimuth[rows], legs.distance_m[rows]
        )
    return Walked(from_lon, from_lat, lon, lat, azimuth, declination, convergence)


def moved(
    lon: Floats, lat: Floats, azimuth_deg: Floats, distance_m: Floats
) -> tuple[Floats, Floats]:
    """Go from points along geodesics; NaN for NaN."""
    there = np.asarray(np.isfinite(lon + lat + azimuth_deg + distance_m), dtype=bool)
    out = np.full(there.size, np.nan), np.full(there.size, np.nan)
    if there.any():
        out[0][there], out[1][there], _ = geod().fwd(
            lon[there], lat[there], azimuth_deg[there], distance_m[there]
        )
    return out


def apart(lon: Floats, lat: Floats, other_lon: Floats, other_lat: Floats) -> tuple[Floats, Floats]:
    """Give azimuth at the first point, [0, 360) degrees, and distance in metres, to the second."""
    if lon.size == 0:
        return np.empty(0), np.empty(0)
    azimuth, _, distance = geod().inv(lon, lat, other_lon, other_lat)
    return np.asarray(azimuth) % 360, np.asarray(distance)


def by_depth(base: Ints) -> list[Ints]:
    """Group legs by how many legs stand between them and a known point, the nearest first.

    Examples
    --------
    >>> [rows.tolist() for rows in by_depth(np.array([-1, 0, -1, 1, 0]))]
    [[0, 2], [1, 4], [3]]
    """
    depth = np.asarray(base >= 0, dtype=np.int64)
    above = base.copy()
    while (above >= 0).any():
        known = above >= 0
        depth[known] += depth[above[known]]
        above[known] = above[above[known]]
    rows = np.argsort(depth, kind="stable")
    return [] if base.size == 0 else np.split(rows, np.flatnonzero(np.diff(depth[rows])) + 1)


def root_of(base: Ints) -> Ints:
    """Find for each leg the leg that begins at the known point.

    Examples
    --------
    >>> root_of(np.array([-1, 0, -1, 1, 2])).tolist()
    [0, 0, 2, 0, 2]
    """
    root = np.where(base >= 0, base, np.arange(base.size))
    while True:
        further = root[root]
        if (further == root).all():
            return root
        root = further


@dataclass(frozen=True)
class Paths:
    """The legs that a closure depends on, for a number of closures.

    Attributes
    ----------
    closure, leg : ndarray of int, shape (k,)
        Sorted by closure, then leg.
    sign : ndarray of int, shape (k,)
        1, or -1 for legs on the way to the point that is closed upon, where that is another branch.
    """

    closure: Ints
    leg: Ints
    sign: Ints


def paths(base: Ints, last: Ints, known: Ints) -> Paths:
    """Find the legs between a known end and the end of a traverse.

    Parameters
    ----------
    base : ndarray of int, shape (n,)
        As in `Legs`.
    last : ndarray of int, shape (m,)
        The leg that closes.
    known : ndarray of int, shape (m,)
        The leg at whose end it should arrive; -1 for a landmark.

    Examples
    --------
    >>> found = paths(np.array([-1, 0, 1, 2]), np.array([3]), np.array([0]))
    >>> found.leg.tolist(), found.sign.tolist()
    ([1, 2, 3], [1, 1, 1])
    """
    n = max(base.size, 1)
    there, back = _ways(base, last), _ways(base, known)
    keys = np.concatenate([there[0] * n + there[1], back[0] * n + back[1]])
    signs = np.concatenate([np.ones_like(there[0]), -np.ones_like(back[0])])
    # What both ways share cancels out.
    distinct, index, times = np.unique(keys, return_index=True, return_counts=True)
    once = times == 1
    closure, leg = np.divmod(distinct[once], n)
    return Paths(closure, leg, signs[index[once]])


def _ways(base: Ints, ends: Ints) -> tuple[Ints, Ints]:
    """List the legs from the known point to each end: number of the end, leg."""
    number = np.flatnonzero(ends >= 0)
    at = ends[number]
    numbers, legs = [np.empty(0, dtype=np.int64)], [np.empty(0, dtype=np.int64)]
    while at.size:
        numbers.append(number)
        legs.append(at)
        further = base[at] >= 0
        number, at = number[further], base[at[further]]
    return np.concatenate(numbers), np.concatenate(legs)


def accuracy_m(
    base: Ints,
    start_m: Floats,
    bearing_half_deg: Floats,
    distance_half_m: Floats,
    distance_m: Floats,
) -> Floats:
    """Propagate the steps of reading along traverses.

    Parameters
    ----------
    base : ndarray of int, shape (n,)
        As in `Legs`.
    start_m : ndarray of float, shape (n,)
        Accuracy of the known point, where `base` is -1; NaN counts as 0, for nobody states it.
    bearing_half_deg, distance_half_m : ndarray of float, shape (n,)
        Half of the step in which each was read.
    distance_m : ndarray of float, shape (n,)

    Returns
    -------
    ndarray of float, shape (n,)
        Root mean square distance in metres at the end of each leg.

    Notes
    -----
    ``sqrt(start^2 + sum over the legs of ((distance * half step of bearing)^2 + (half step of
    distance)^2) / 3)``, the bearing in radians: readings err independently of each other, and
    evenly within half of their step, ``-h`` to ``h``, with variance ``h^2 / 3``. How well was
    measured is another question: it can only be worse.

    Examples
    --------
    >>> one = np.ones(1)
    >>> float(accuracy_m(np.array([-1]), one * 0, one * 1.5, one * 0, one * 200).round(1)[0])
    3.0
    """
    own = ((distance_m * np.radians(bearing_half_deg)) ** 2 + distance_half_m**2) / 3
    variance = own + np.where(base < 0, np.nan_to_num(start_m) ** 2, 0.0)
    for rows in by_depth(base)[1:]:
        variance[rows] += variance[base[rows]]
    return np.sqrt(variance)


def adjusted(
    base: Ints, walked: Walked, along: Paths, east_m: Floats, north_m: Floats, distance_m: Floats
) -> Walked:
    """Distribute closure errors over their traverses by the compass rule of Bowditch.

    Parameters
    ----------
    base : ndarray of int, shape (n,)
        As in `Legs`.
    walked : Walked
    along : Paths
        Of closures of which no two share a leg, all with sign 1.
    east_m, north_m : ndarray of float, shape (m,)
        Closure errors: the end that was reached less the end that is known.
    distance_m : ndarray of float, shape (n,)

    Returns
    -------
    Walked
        The end of each leg is moved by - error * (length up to its end) / (length of the traverse),
        and what hangs on it moves with it.

    Notes
    -----
    N. Bowditch (1808): the correction of a leg is to the whole as its length is to the length of
    the traverse, as if every metre erred alike and in any direction. It hides a blunder by
    spreading it.
    """
    total = np.zeros(east_m.size)
    np.add.at(total, along.closure, distance_m[along.leg])
    part = distance_m[along.leg] / total[along.closure]
    shift_east, shift_north = np.zeros(base.size), np.zeros(base.size)
    shift_east[along.leg] = -part * east_m[along.closure]
    shift_north[along.leg] = -part * north_m[along.closure]
    for rows in by_depth(base)[1:]:
        shift_east[rows] += shift_east[base[rows]]
        shift_north[rows] += shift_north[base[rows]]
    lon, lat = shifted(walked.lon, walked.lat, shift_east, shift_north)
    later = base >= 0
    from_lon, from_lat = walked.from_lon.copy(), walked.from_lat.copy()
    from_lon[later], from_lat[later] = lon[base[later]], lat[base[later]]
    return Walked(
        from_lon,
        from_lat,
        lon,
        lat,
        walked.azimuth_deg,
        walked.declination_deg,
        walked.convergence_deg,
    )


def shifted(lon: Floats, lat: Floats, east_m: Floats, north_m: Floats) -> tuple[Floats, Floats]:
    """Move points by metres east and north; where both are 0, not at all."""
    moving = (east_m != 0) | (north_m != 0)
    out = lon.copy(), lat.copy()
    azimuth = np.degrees(np.arctan2(east_m[moving], north_m[moving]))
    out[0][moving], out[1][moving] = moved(
        lon[moving], lat[moving], azimuth, np.hypot(east_m[moving], north_m[moving])
    )
    return out


@dataclass(frozen=True)
class Spaced:
    """Points spaced evenly along rows.

    Attributes
    ----------
    row, place : ndarray of int, shape (k,)
        Which row, and the place in it from 0.
    lon, lat : ndarray of float, shape (k,)
    accuracy_m : ndarray of float, shape (k,)
    """

    row: Ints
    place: Ints
    lon: Floats
    lat: Floats
    accuracy_m: Floats


def along_rows(
    row: Ints, lon: Floats, lat: Floats, vertex_accuracy_m: Floats, count: Ints
) -> Spaced:
    """Space points evenly along rows; both ends of a row hold one.

    Parameters
    ----------
    row : ndarray of int, shape (v,)
        Which row each vertex belongs to, ascending from 0; two or more vertices a row.
    lon, lat, vertex_accuracy_m : ndarray of float, shape (v,)
        Vertices in the order of the row.
    count : ndarray of int, shape (m,)
        Points of each row; 2 or more.

    Returns
    -------
    Spaced

    Notes
    -----
    Point k of n stands at length * k / (n - 1), k = 0 ... n - 1, along geodesics between the
    vertices. Its squared accuracy is interpolated between those of the vertices beside it, which is
    never less than that of a point on the line, whatever the two have in common. How the mines
    really stand in the row is not in it.

    Examples
    --------
    >>> found = along_rows(np.array([0, 0]), np.array([46.0, 46.002]), np.array([40.0, 40.0]),
    ...                    np.array([3.0, 5.0]), np.array([3]))
    >>> found.lon.round(6).tolist(), found.accuracy_m.round(2).tolist()
    ([46.0, 46.001, 46.002], [3.0, 4.12, 5.0])
    """
    ends = np.flatnonzero(np.diff(row, append=-1) != 0)
    starts = np.concatenate([[0], ends[:-1] + 1]).astype(np.int64)
    azimuth, length = np.zeros(row.size), np.zeros(row.size)
    inner = np.ones(row.size, dtype=bool)
    inner[ends] = False
    at = np.flatnonzero(inner)
    azimuth[at], length[at] = apart(lon[at], lat[at], lon[at + 1], lat[at + 1])
    # Lengths up to each vertex, counted on from row to row so that one search serves all rows.
    before = np.concatenate([[0.0], np.cumsum(length)[:-1]])
    number = np.repeat(np.arange(count.size), count)
    first = np.repeat(np.cumsum(count) - count, count)
    place = np.arange(number.size) - first
    share = place / (count[number] - 1)
    whole = before[ends] - before[starts]
    target = before[starts][number] + whole[number] * share
    segment = np.searchsorted(before, target, side="right") - 1
    segment = np.clip(segment, starts[number], ends[number] - 1)
    rest = np.maximum(target - before[segment], 0.0)
    out_lon, out_lat = moved(lon[segment], lat[segment], azimuth[segment], rest)
    part = np.clip(rest / np.where(length[segment] > 0, length[segment], 1.0), 0.0, 1.0)
    variance = (1 - part) * vertex_accuracy_m[segment] ** 2
    variance += part * vertex_accuracy_m[segment + 1] ** 2
    is_end = place == count[number] - 1
    out_lon[is_end], out_lat[is_end] = lon[ends], lat[ends]
    variance[is_end] = vertex_accuracy_m[ends] ** 2
    return Spaced(number, place, out_lon, out_lat, np.sqrt(variance))


def closing_changes(
    along: Paths,
    vectors: tuple[Floats, Floats],
    changed: tuple[Floats, Floats],
    error: tuple[Floats, Floats],
    limit_m: Floats,
) -> Bools:
    """Tell which changes of one leg alone would close a traverse.

    Parameters
    ----------
    along : Paths
        With k legs.
    vectors : tuple of ndarray of float, shape (n,)
        East and north of each leg, metres.
    changed : tuple of ndarray of float, shape (n, c)
        The same after each change; NaN where it makes none.
    error : tuple of ndarray of float, shape (m,)
        Closure errors.
    limit_m : ndarray of float, shape (m,)

    Returns
    -------
    ndarray of bool, shape (k, c)
        Whether what is left is within the limit, and a third of the error at most: less could be
        chance.
    """
    left = []
    for own, other, missed in zip(vectors, changed, error, strict=True):
        change = other[along.leg] - own[along.leg][:, None]
        left.append(missed[along.closure][:, None] + along.sign[:, None] * change)
    rest = np.hypot(*left)
    allowed = np.minimum(limit_m, np.hypot(*error) / 3)[along.closure][:, None]
    return np.asarray(rest <= allowed, dtype=bool)  # False for NaN


def components(azimuth_deg: npt.ArrayLike, distance_m: npt.ArrayLike) -> tuple[Floats, Floats]:
    """Split a distance into metres east and north."""
    radians = np.radians(np.asarray(azimuth_deg, dtype=np.float64))
    distance = np.asarray(distance_m, dtype=np.float64)
    return distance * np.sin(radians), distance * np.cos(radians)
