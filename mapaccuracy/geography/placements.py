"""Where else in the searched ground a record could lie, and how its points could be shifted.

Two kinds of move, and one way of drawing them: a move proposes at random, throws out at once what
cannot do, and gives the positions of the rest; `draw_moves` keeps the proposals of which every
point is verifiable. Proposals are spread evenly over a space that holds every possible move, so
what is kept is spread evenly over the possible ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Protocol

import numpy as np

from mapaccuracy.geography.frame import Frame, Geometries
from mapaccuracy.geography.share import searched_share
from mapaccuracy.schema import Bools, Floats, Ints

# Proposals, and moved points, that are held at one time.
_PROPOSALS_AT_ONCE = 500_000
_POINTS_AT_ONCE = 300_000
# A record of whose proposals fewer can be kept is given up, once so many were tried.
_LEAST_KEPT = 0.004
_PATIENCE = 2_000
_MOST_ROUNDS = 60
# Directions in which the extent of placements is measured: the widest is short by 0.4 % at most.
_DIRECTIONS = 18
# A polygon is convex if its hull is no larger than this.
_CONVEX = 1 + 1e-12


@dataclass(frozen=True)
class Outline:
    """Points of records, in metres from an anchor: the first point of each record.

    Attributes
    ----------
    start : ndarray of int, shape (r + 1,)
        Where the points of each record begin, and the end.
    anchor_x, anchor_y : ndarray of float, shape (r,)
        In the plane.
    east_m, north_m : ndarray of float, shape (n,)
        From the anchor of the record, at the scale of the anchor.
    """

    start: Ints
    anchor_x: Floats
    anchor_y: Floats
    east_m: Floats
    north_m: Floats

    @property
    def size(self) -> Ints:
        """Points of each record."""
        return np.diff(self.start)

    @property
    def record(self) -> Ints:
        """Record of each point."""
        return np.repeat(np.arange(len(self.anchor_x)), self.size)

    def at(self, record: Ints, x: Floats, y: Floats, frame: Frame) -> tuple[Floats, Floats]:
        """Put records with their anchors at positions: all points of the first, and so on."""
        row, number = rows_of(self.start, record)
        metres_x, metres_y = frame.scale(y)
        return (
            x[number] + self.east_m[row] / metres_x[number],
            y[number] + self.north_m[row] / metres_y[number],
        )


def outline(x: Floats, y: Floats, size: Ints, frame: Frame) -> Outline:
    """Measure records from their first points.

    Parameters
    ----------
    x, y : ndarray of float, shape (n,)
        In the plane of `frame`, record by record.
    size : ndarray of int, shape (r,)
        Points of each record, 1 or more; they add up to n.

    Examples
    --------
    >>> made = outline(np.array([1.0, 4.0]), np.array([1.0, 5.0]), np.array([2]), Frame(local=True))
    >>> made.east_m.tolist(), made.north_m.tolist()
    ([0.0, 3.0], [0.0, 4.0])
    """
    start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    anchor_x, anchor_y = x[start[:-1]], y[start[:-1]]
    metres_x, metres_y = frame.scale(anchor_y)
    return Outline(
        start,
        anchor_x,
        anchor_y,
        (x - np.repeat(anchor_x, size)) * np.repeat(metres_x, size),
        (y - np.repeat(anchor_y, size)) * np.repeat(metres_y, size),
    )


def rows_of(start: Ints, record: Ints) -> tuple[Ints, Ints]:
    """List the rows of the records named, one after the other, and the number of each in the list.

    Examples
    --------
    >>> row, number = rows_of(np.array([0, 2, 5]), np.array([1, 0]))
    >>> row.tolist(), number.tolist()
    ([2, 3, 4, 0, 1], [0, 0, 0, 1, 1])
    """
    size = start[record + 1] - start[record]
    number = np.repeat(np.arange(len(record)), size)
    before = np.cumsum(size) - size
    return np.arange(len(number)) + (start[record] - before)[number], number


@dataclass(frozen=True)
class Verifiable:
    """When a position is verifiable.

    Attributes
    ----------
    ground : ndarray of shapely polygons
        Disjoint: all searched ground that can matter.
    radius_m : float
        Tolerance.
    least_share : float
        Searched share of the disk from which a position is verifiable; in (0, 1].
    frame : Frame
    """

    ground: Geometries
    radius_m: float
    least_share: float
    frame: Frame

    def holds(self, x: Floats, y: Floats) -> Bools:
        """Tell the positions that are verifiable."""
        share = searched_share(x, y, self.ground, self.radius_m, self.frame)
        # A share that is computed may fall short of the exact one by rounding.
        held: Bools = share >= self.least_share - 1e-9
        return held


class Moves(Protocol):
    """A way of moving records; what the numbers of a proposal are, only the move knows."""

    outline: Outline
    verifiable: Verifiable
    numbers: int

    def propose(self, record: Ints, rng: np.random.Generator) -> Floats:
        """Propose a move for each record named: a row of numbers each."""

    def plausible(self, record: Ints, proposal: Floats) -> Bools:
        """Throw out at little cost some of what cannot do, and nothing else."""

    def positions(self, record: Ints, proposal: Floats) -> tuple[Floats, Floats]:
        """Give moved points in the plane: all of the first proposal, and so on."""

    def held(self, record: Ints, x: Floats, y: Floats, /) -> Bools:
        """Tell which moved points are verifiable, and where points of their record may be."""

    def span_m(self, record: Ints, proposal: Floats) -> Floats:
        """Measure how far apart moves of a record are, at most; `proposal` is (k, w, d)."""


def draw_moves(
    moves: Moves, record: Ints, wanted: int, rng: np.random.Generator
) -> tuple[Floats, Bools]:
    """Draw moves of records such that every moved point is verifiable.

    Parameters
    ----------
    moves : Moves
    record : ndarray of int, shape (k,)
        Records to move, by their number in the outline.
    wanted : int
        Moves of each record; >= 1.
    rng : numpy.random.Generator

    Returns
    -------
    proposal : ndarray of float, shape (k, wanted, d)
        NaN for records that were given up.
    found : ndarray of bool, shape (k,)
        Whether there are as many as wanted. A record is given up when, of 2,000 proposals or
        more, fewer than 4 in 1,000 could be kept.

    Notes
    -----
    Memory: some 100 bytes for each of 500,000 proposals, and what `searched_share` takes for
    300,000 points (more only for a record that has more), whatever the number of records.
    """
    kept_number, kept = [np.empty(0, dtype=np.int64)], [np.empty((0, moves.numbers))]
    tried, looked = np.zeros(len(record)), np.zeros(len(record), dtype=np.int64)
    have = np.zeros(len(record), dtype=np.int64)
    waiting = np.arange(len(record))
    for _ in range(_MOST_ROUNDS):
        if not len(waiting):
            break
        need = wanted - have
        rate = ((have + 1) / (tried + 3))[waiting]
        # What should do, but never many more than so far: what is known of the rate is little.
        tries = np.minimum(1.3 * need[waiting] / rate, np.maximum(4 * tried[waiting], 2 * wanted))
        tries = np.ceil(np.minimum(tries + 2, _PROPOSALS_AT_ONCE)).astype(np.int64)
        most = np.ceil(1.1 * need * (looked + 1) / (have + 1)).astype(np.int64) + 1
        for begin, end in _runs(tries, _PROPOSALS_AT_ONCE):
            number = np.repeat(waiting[begin:end], tries[begin:end])
            proposal = moves.propose(record[number], rng)
            plausible = np.flatnonzero(moves.plausible(record[number], proposal))
            some, share = _first_of_each(number[plausible], most)
            tried[waiting[begin:end]] += tries[begin:end] * share[waiting[begin:end]]
            some = plausible[some]
            looked += np.bincount(number[some], minlength=len(record))
            good = some[_verified(moves, record[number[some]], proposal[some])]
            have += np.bincount(number[good], minlength=len(record))
            kept_number.append(number[good])
            kept.append(proposal[good])
        hopeless = (tried >= _PATIENCE) & (have < _LEAST_KEPT * tried)
        waiting = np.flatnonzero((have < wanted) & ~hopeless)
    return _by_record(np.concatenate(kept_number), np.concatenate(kept), have, wanted)


def _first_of_each(number: Ints, most: Ints) -> tuple[Ints, Floats]:
    """Keep so many of each number at most, and tell the share of each that is kept.

    Examples
    --------
    >>> kept, share = _first_of_each(np.array([0, 0, 0, 2]), np.array([2, 1, 1]))
    >>> kept.tolist(), share.round(3).tolist()
    ([0, 1, 3], [0.667, 1.0, 1.0])
    """
    there = np.bincount(number, minlength=len(most))
    first = np.cumsum(there) - there
    kept = np.flatnonzero(np.arange(len(number)) - first[number] < most[number])
    return kept, np.where(there > 0, np.minimum(most, there) / np.maximum(there, 1), 1.0)


def _verified(moves: Moves, record: Ints, proposal: Floats) -> Bools:
    """Whether all points of each proposal may be where they are, and are verifiable."""
    good = np.zeros(len(record), dtype=bool)
    size = moves.outline.size[record]
    for begin, end in _runs(size, _POINTS_AT_ONCE):
        x, y = moves.positions(record[begin:end], proposal[begin:end])
        of = np.repeat(record[begin:end], size[begin:end])
        first = np.cumsum(size[begin:end]) - size[begin:end]
        good[begin:end] = np.logical_and.reduceat(moves.held(of, x, y), first)
    return good


def _by_record(number: Ints, proposal: Floats, have: Ints, wanted: int) -> tuple[Floats, Bools]:
    """Put what was kept into one table, the first of each record that has enough."""
    found = have >= wanted
    order = np.argsort(number, kind="stable")
    first = np.cumsum(have) - have
    table = np.full((len(have), wanted, proposal.shape[1]), np.nan)
    rows = first[found][:, None] + np.arange(wanted)
    table[found] = proposal[order[rows]]
    return table, found


def _runs(size: Ints, most: int) -> list[tuple[int, int]]:
    """Cut items into runs of about so many in all; at least one item each.

    Examples
    --------
    >>> _runs(np.array([3, 3, 9, 4]), 6)
    [(0, 2), (2, 3), (3, 4)]
    """
    if not len(size):
        return []
    part = (np.cumsum(size) - 1) // most
    cuts = np.flatnonzero(part[1:] != part[:-1]) + 1
    return list(pairwise([0, *cuts.tolist(), len(size)]))


class Placements:
    """Rigid moves of records, each within its own part of the searched ground.

    A proposal is a position of the anchor, spread evenly over the part, or over the rectangle
    of anchors that keep the record within the bounds of the part, whichever is smaller. Evenly
    means in the plane: over a part of 10 km, degrees differ in size by 2 in 1,000 at most
    between 50 degrees south and north.

    Parameters
    ----------
    outline : Outline
    part : ndarray of int, shape (r,)
        Part of the ground of each record.
    parts : ndarray of shapely polygons
        All of them with a record.
    verifiable : Verifiable
    """

    numbers = 2

    def __init__(
        self, outline: Outline, part: Ints, parts: Geometries, verifiable: Verifiable
    ) -> None:
        import shapely

        self.outline = outline
        self.verifiable = verifiable
        self._part, self._parts = part, parts
        shapely.prepare(parts)
        area = shapely.area(parts)
        self._convex = shapely.area(shapely.convex_hull(parts)) <= area * _CONVEX
        self._lonely = self._convex & self._far_from_others()
        self._low, self._high = self._anchors()
        box = np.prod(np.maximum(self._high - self._low, 0.0), axis=1)
        self._by_triangle = box > area[self._part]
        self._corners = _corners(outline)

    def _anchors(self) -> tuple[Floats, Floats]:
        """Rectangle of anchors that keep each record within the bounds of its part."""
        import shapely

        bounds = shapely.bounds(self._parts)[self._part]
        # Where a degree is longest the record reaches least far, seen in degrees: nothing that
        # is possible is lost by taking the most metres.
        scales = [self.verifiable.frame.scale(bounds[:, side]) for side in (1, 3)]
        low, high = np.empty((2, len(self._part), 2))
        for axis, offset_m in enumerate((self.outline.east_m, self.outline.north_m)):
            metres = np.maximum(scales[0][axis], scales[1][axis]) * (1 + 1e-6)
            least = np.minimum.reduceat(offset_m, self.outline.start[:-1])
            most = np.maximum.reduceat(offset_m, self.outline.start[:-1])
            low[:, axis] = bounds[:, axis] - least / metres
            high[:, axis] = bounds[:, axis + 2] - most / metres
        return low, high

    @cached_property
    def _triangles(self) -> tuple[Floats, Floats, Floats, Floats]:
        """Corners of the triangles that make up the parts, areas added up, and each part's span."""
        import shapely

        needed = np.unique(self._part[self._by_triangle])
        triangles, of = shapely.get_parts(
            shapely.constrained_delaunay_triangles(self._parts[needed]), return_index=True
        )
        corners = shapely.get_coordinates(triangles).reshape(-1, 4, 2)[:, :3]
        ends = np.cumsum(shapely.area(triangles))
        end = np.zeros(len(self._parts))
        end[needed] = ends[np.searchsorted(of, np.arange(len(needed)), side="right") - 1]
        begin = np.zeros(len(self._parts))
        begin[needed[1:]] = end[needed[:-1]]
        return corners, ends, begin, end

    def propose(self, record: Ints, rng: np.random.Generator) -> Floats:
        """Propose positions of the anchors of the records named; shape (k, 2)."""
        where = rng.random((len(record), 2))
        low, high = self._low[record], self._high[record]
        at = low + where * (high - low)
        at[(high < low).any(axis=1)] = np.nan
        rows = np.flatnonzero(self._by_triangle[record])
        if len(rows):
            corners, ends, begin, end = self._triangles
            part = self._part[record[rows]]
            area = begin[part] + rng.random(len(rows)) * (end[part] - begin[part])
            a, b, c = np.moveaxis(
                corners[np.minimum(np.searchsorted(ends, area, side="right"), len(ends) - 1)], 1, 0
            )
            # Folding the square along its diagonal makes an even spread over the triangle.
            u = np.where(where[rows].sum(axis=1, keepdims=True) > 1, 1 - where[rows], where[rows])
            at[rows] = a + u[:, :1] * (b - a) + u[:, 1:] * (c - a)
        return at

    def plausible(self, record: Ints, proposal: Floats) -> Bools:
        """Tell the placements whose outermost points are in the part, and verifiable."""
        import shapely

        frame = self.verifiable.frame
        alive = np.flatnonzero(np.isfinite(proposal[:, 0]))
        size = self._corners.size
        for turn in range(int(size.max())):
            more = np.flatnonzero(size[record[alive]] > turn)
            asked = alive[more]
            row = self._corners.start[record[asked]] + turn
            x, y = proposal[asked].T
            metres_x, metres_y = frame.scale(y)
            x = x + self._corners.east_m[row] / metres_x
            y = y + self._corners.north_m[row] / metres_y
            inside = np.ones(len(alive), dtype=bool)
            inside[more] = shapely.intersects_xy(self._parts[self._part[record[asked]]], x, y)
            alive = alive[inside]
        plausible = np.zeros(len(record), dtype=bool)
        for begin, end in _runs(size[record[alive]], _POINTS_AT_ONCE):
            some = alive[begin:end]
            first = np.cumsum(size[record[some]]) - size[record[some]]
            held = self.verifiable.holds(
                *self._corners.at(record[some], proposal[some, 0], proposal[some, 1], frame)
            )
            plausible[some] = np.logical_and.reduceat(held, first)
        return plausible

    def positions(self, record: Ints, proposal: Floats) -> tuple[Floats, Floats]:
        """Give the points of the records named with their anchors at the positions proposed."""
        return self.outline.at(record, proposal[:, 0], proposal[:, 1], self.verifiable.frame)

    def held(self, record: Ints, x: Floats, y: Floats, /) -> Bools:
        """Tell the points of plausible placements that are inside the part, and verifiable."""
        import shapely

        held = np.ones(len(record), dtype=bool)
        part = self._part[record]
        # A convex part holds all points of a record if it holds the outermost.
        asked = np.flatnonzero(~self._convex[part])
        held[asked] = shapely.intersects_xy(self._parts[part[asked]], x[asked], y[asked])
        # The root of the area that a disk shares with convex ground is a concave function of its
        # centre (Brunn-Minkowski): if the outermost points are verifiable, so are the others.
        asked = np.flatnonzero(held & ~self._lonely[part])
        held[asked] = self.verifiable.holds(x[asked], y[asked])
        return held

    def _far_from_others(self) -> Bools:
        """Tell the parts that no disk round a point inside them leaves for another part."""
        import shapely

        bounds = shapely.bounds(self._parts)
        scales = [self.verifiable.frame.scale(bounds[:, side]) for side in (1, 3)]
        reach = 1.01 * self.verifiable.radius_m / np.minimum(*map(np.array, scales))
        boxes = shapely.box(*(bounds + np.concatenate([-reach, reach]).T).T)
        near = shapely.STRtree(self.verifiable.ground).query(boxes)[0]
        alone: Bools = np.bincount(near, minlength=len(self._parts)) == 1
        return alone

    def span_m(self, record: Ints, proposal: Floats) -> Floats:
        """Measure how far apart placements of a record are, at most, its own place included.

        Parameters
        ----------
        record : ndarray of int, shape (k,)
        proposal : ndarray of float, shape (k, w, 2)

        Returns
        -------
        ndarray of float, shape (k,)
            Metres; at most 0.4 % too short.
        """
        metres_x, metres_y = self.verifiable.frame.scale(self.outline.anchor_y[record])
        east_m = (proposal[..., 0] - self.outline.anchor_x[record, None]) * metres_x[:, None]
        north_m = (proposal[..., 1] - self.outline.anchor_y[record, None]) * metres_y[:, None]
        span = np.zeros(len(record))
        for angle in np.arange(_DIRECTIONS) * np.pi / _DIRECTIONS:
            along = np.cos(angle) * east_m + np.sin(angle) * north_m
            most = np.maximum(along.max(axis=1), 0.0)
            least = np.minimum(along.min(axis=1), 0.0)
            span = np.maximum(span, most - least)
        return span


def _corners(outline: Outline) -> Outline:
    """Keep the outermost points of each record: the corners of its convex hull."""
    import shapely

    hulls = shapely.convex_hull(
        shapely.multipoints(
            np.column_stack([outline.east_m, outline.north_m]), indices=outline.record
        )
    )
    xy, of = shapely.get_coordinates(hulls, return_index=True)
    # A ring ends where it began; the hull of one point or of a line does not.
    ring = (shapely.get_dimensions(hulls) == 2)[of]
    last = np.append(of[1:] != of[:-1], True)
    xy, of = xy[~(ring & last)], of[~(ring & last)]
    size = np.bincount(of, minlength=len(outline.anchor_x))
    return Outline(
        np.concatenate([[0], np.cumsum(size)]),
        outline.anchor_x,
        outline.anchor_y,
        xy[:, 0].copy(),
        xy[:, 1].copy(),
    )


class Shifts:
    """Shifts of the points of a record along its main axis; what leaves at one end comes back.

    The main axis is that of the largest variance of the positions. The period is the extent
    along it and one spacing, half of it beyond each end, so that evenly spaced points stay so.
    A proposal is a shift, spread evenly from the least to the period less the least; the
    distance from the axis stays.

    Parameters
    ----------
    outline : Outline
    spacing_m : ndarray of float, shape (r,)
        Between neighbouring points of each record.
    least_m : float
        Shortest shift, either way round.
    verifiable : Verifiable
    """

    numbers = 1

    def __init__(
        self, outline: Outline, spacing_m: Floats, least_m: float, verifiable: Verifiable
    ) -> None:
        self.outline = outline
        self.verifiable = verifiable
        self._least_m, self._spacing_m = least_m, spacing_m
        self._axis = _main_axis(outline)
        of, begin = outline.record, outline.start[:-1]
        along_m = outline.east_m * self._axis[of, 0] + outline.north_m * self._axis[of, 1]
        first_m = np.minimum.reduceat(along_m, begin)
        self.period_m = np.maximum.reduceat(along_m, begin) - first_m + spacing_m
        self._along_m = along_m - (first_m - spacing_m / 2)[of]

    @property
    def possible(self) -> Bools:
        """Whether the extent of each record is at least twice the shortest shift; shape (r,)."""
        return self.period_m - self._spacing_m >= 2 * self._least_m

    def propose(self, record: Ints, rng: np.random.Generator) -> Floats:
        """Propose shifts in metres; shape (k, 1)."""
        room_m = self.period_m[record] - 2 * self._least_m
        return (self._least_m + rng.random(len(record)) * room_m)[:, None]

    def plausible(self, record: Ints, proposal: Floats) -> Bools:
        """Take every shift for plausible."""
        return np.isfinite(proposal[:, 0]) & (record >= 0)

    def positions(self, record: Ints, proposal: Floats) -> tuple[Floats, Floats]:
        """Give the points of the records named, shifted as proposed."""
        row, number = rows_of(self.outline.start, record)
        of = record[number]
        along_m = self._along_m[row]
        step_m = (along_m + proposal[number, 0]) % self.period_m[of] - along_m
        metres_x, metres_y = self.verifiable.frame.scale(self.outline.anchor_y[record])
        east_m = self.outline.east_m[row] + step_m * self._axis[of, 0]
        north_m = self.outline.north_m[row] + step_m * self._axis[of, 1]
        return (
            self.outline.anchor_x[of] + east_m / metres_x[number],
            self.outline.anchor_y[of] + north_m / metres_y[number],
        )

    def held(self, _record: Ints, x: Floats, y: Floats, /) -> Bools:
        """Tell the points that are verifiable, in whatever part of the ground."""
        return self.verifiable.holds(x, y)

    def span_m(self, record: Ints, proposal: Floats) -> Floats:
        """Give the period: shifts may be anywhere along it."""
        return np.where(np.isfinite(proposal[:, 0, 0]), self.period_m[record], 0.0)


def _main_axis(outline: Outline) -> Floats:
    """Direction of the largest variance of each record, as unit vectors (r, 2)."""
    begin, size = outline.start[:-1], outline.size
    centred = [
        offset_m - np.repeat(np.add.reduceat(offset_m, begin) / size, size)
        for offset_m in (outline.east_m, outline.north_m)
    ]
    (ee, en), (_, nn) = [[np.add.reduceat(a * b, begin) for b in centred] for a in centred]
    angle = np.arctan2(2 * en, ee - nn) / 2
    return np.column_stack([np.cos(angle), np.sin(angle)])
