"""How traverses close: by how much, whether that is allowed, and which leg may be to blame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mapaccuracy.coordinates.bearings import CIRCLES, other_readings
from mapaccuracy.coordinates.traverses import (
    MAGNETIC,
    Paths,
    Walked,
    adjusted,
    apart,
    closing_changes,
    components,
    paths,
    root_of,
)
from mapaccuracy.intake.landmarks import Landmarks
from mapaccuracy.intake.leg_words import COUNTERCLOCKWISE
from mapaccuracy.intake.legs import LegTable
from mapaccuracy.schema import Bools, Floats, Ints
from mapaccuracy.schema.traverse import Closure, TraverseRules

# More legs that would each close a traverse say nothing about any of them.
_MOST_SUSPECTS = 3


@dataclass(frozen=True)
class Closed:
    """Closures of all records.

    Attributes
    ----------
    leg : ndarray of int, shape (m,)
        The leg that ends at a known point.
    closures : tuple of Closure
    along : Paths
    east_m, north_m : ndarray of float, shape (m,)
        From the known point to the end that was reached.
    settled : ndarray of bool, shape (m,)
        Closure errors that are distributed.
    reasons : tuple of (str or None)
        Why the others are not.
    """

    leg: Ints
    closures: tuple[Closure, ...]
    along: Paths
    east_m: Floats
    north_m: Floats
    settled: Bools
    reasons: tuple[str | None, ...]


def close(table: LegTable, walked: Walked, landmarks: Landmarks, rules: TraverseRules) -> Closed:
    """Compare the ends of closing legs with the points that were known.

    Parameters
    ----------
    table : LegTable
    walked : Walked
    landmarks : Landmarks
    rules : TraverseRules

    Notes
    -----
    The limit is the larger one of a share of the length and of metres; by default the metres are
    twice the root of the sum of squares of what half a step of each reading, and the stated
    accuracy of the landmarks, can do.
    """
    leg = np.flatnonzero(table.closing)
    known_leg, known_mark = table.end_leg[leg], table.end_landmark[leg]
    at_mark = known_leg < 0
    known_lon, known_lat = (
        np.where(at_mark, mark[np.where(at_mark, known_mark, 0)], end[known_leg])
        if leg.size
        else np.empty(0)
        for mark, end in ((landmarks.lon, walked.lon), (landmarks.lat, walked.lat))
    )
    azimuth, error = apart(known_lon, known_lat, walked.lon[leg], walked.lat[leg])
    east, north = components(azimuth, error)
    along = paths(table.base, leg, known_leg)
    m = leg.size
    length = np.bincount(along.closure, table.distance_m[along.leg], m)
    legs = np.bincount(along.closure, minlength=m)
    limit = np.maximum(
        rules.closure_share * length,
        2 * _allowance(table, landmarks, leg, along)
        if rules.closure_m is None
        else rules.closure_m,
    )
    within = np.asarray(error <= limit, dtype=bool)
    suspects = _suspects(table, walked, along, (east, north), limit, ~within)
    single = np.bincount(table.record[leg], minlength=int(table.record.max(initial=0)) + 1) == 1
    simple = np.bincount(along.closure, along.sign < 0, m) == 0
    alone = single[table.record[leg]]
    closures = tuple(
        Closure(
            leg_name(table, int(leg[k])),
            str(table.written["to"][leg[k]]),
            int(legs[k]),
            float(length[k]),
            float(error[k]),
            float(azimuth[k]),
            float(error[k] / length[k]) if length[k] else 0.0,
            float(limit[k]),
            bool(within[k]),
            suspects[k],
        )
        for k in range(m)
    )
    settled = within & alone & simple if rules.adjust else np.zeros(m, dtype=bool)
    reasons = tuple(
        _reason(bool(a), bool(b), bool(c)) for a, b, c in zip(within, alone, simple, strict=True)
    )
    return Closed(leg, closures, along, east, north, settled, reasons)


def _reason(within: bool, alone: bool, simple: bool) -> str | None:
    if not within:
        return "it misses its closure by more than the limit, and spreading that would hide it"
    if not alone:
        return "more than one leg of the record ends at a known point"
    return None if simple else "it closes upon another branch of the record"


def settle(table: LegTable, walked: Walked, closed: Closed) -> Walked:
    """Distribute the closure errors that may be distributed."""
    if not closed.settled.any():
        return walked
    number = np.cumsum(closed.settled) - 1
    chosen = closed.settled[closed.along.closure]
    along = Paths(
        number[closed.along.closure[chosen]], closed.along.leg[chosen], closed.along.sign[chosen]
    )
    east, north = closed.east_m[closed.settled], closed.north_m[closed.settled]
    return adjusted(table.base, walked, along, east, north, table.distance_m)


def leg_name(table: LegTable, leg: int) -> str:
    """Call a leg by its number as written, or else by its place in the record.

    Parameters
    ----------
    table : LegTable
    leg : int
    """
    first = int(np.searchsorted(table.record, table.record[leg]))
    return str(table.written["leg"][leg]) or str(leg - first + 1)


def _allowance(table: LegTable, landmarks: Landmarks, leg: Ints, along: Paths) -> Floats:
    """Say how much the steps of reading allow, in metres; shape (m,)."""
    bearing = table.distance_m * np.radians(table.bearing_step_deg / 2)
    own = bearing**2 + (table.distance_step_m / 2) ** 2
    variance = np.bincount(along.closure, own[along.leg], leg.size)
    if leg.size:
        begin, end = table.start_landmark[root_of(table.base)[leg]], table.end_landmark[leg]
        other = (end >= 0) & (begin != end)
        for mark in (begin, end):
            stated = np.nan_to_num(landmarks.accuracy_m[np.maximum(mark, 0)])
            variance += np.where(other, stated**2, 0.0)
    return np.sqrt(variance)


def _suspects(
    table: LegTable,
    walked: Walked,
    along: Paths,
    error: tuple[Floats, Floats],
    limit: Floats,
    asked: Bools,
) -> list[tuple[Mapping[str, str], ...]]:
    """Find for each open traverse the legs of which one change alone would close it."""
    out: list[tuple[Mapping[str, str], ...]] = [()] * asked.size
    chosen = asked[along.closure] if asked.size else np.zeros(0, dtype=bool)
    if not chosen.any():
        return out
    along = Paths(along.closure[chosen], along.leg[chosen], along.sign[chosen])
    legs, place = np.unique(along.leg, return_inverse=True)
    names, azimuth, distance = _changes(table, walked, legs)
    own = components(walked.azimuth_deg[legs], table.distance_m[legs])
    hit = closing_changes(
        Paths(along.closure, place.astype(np.int64), along.sign),
        own,
        components(azimuth, distance),
        error,
        limit,
    )
    some = np.flatnonzero(hit.any(axis=1))
    for rows in np.split(some, np.flatnonzero(np.diff(along.closure[some])) + 1):
        if 0 < rows.size <= _MOST_SUSPECTS:
            out[int(along.closure[rows[0]])] = tuple(
                {
                    "leg": leg_name(table, int(along.leg[row])),
                    "change": _first(names, hit[row]),
                }
                for row in rows
            )
    return out


def _first(names: Sequence[str], hit: Bools) -> str:
    return names[int(np.flatnonzero(hit)[0])]


def _changes(table: LegTable, walked: Walked, legs: Ints) -> tuple[list[str], Floats, Floats]:
    """List how legs may have been misread: names, azimuths and distances, shape (k, c)."""
    azimuth, distance = walked.azimuth_deg[legs], table.distance_m[legs]
    bearing, unit = table.written_bearing[legs], table.unit[legs]
    turn = np.where(table.direction[legs] == COUNTERCLOCKWISE, -1.0, 1.0)
    circle = np.array([CIRCLES[str(name)] for name in unit])
    # What was added to the bearing to make it an azimuth.
    added = azimuth - table.bearing_deg[legs]
    magnetic = np.where(table.north[legs] == MAGNETIC, walked.declination_deg[legs], np.nan)
    other = np.where(circle == 6000, 6400.0, np.where(circle == 6400, 6000.0, np.nan))
    listed = [
        ("bearing off by 180 degrees", azimuth + 180, distance),
        ("bearing already corrected for declination", azimuth - magnetic, distance),
        ("declination taken off instead of added", azimuth + magnetic, distance),
        ("thousandths of the other circle", added + turn * bearing * 360 / other, distance),
        ("bearing read the other way round", added - table.bearing_deg[legs], distance),
    ]
    for swapped in other_readings(bearing, 4):
        there = np.where(swapped <= circle, swapped, np.nan)
        listed.append(
            ("two digits of the bearing exchanged", added + turn * there * 360 / circle, distance)
        )
    for swapped in other_readings(distance, 4):
        there = np.where(swapped > 0, swapped, np.nan)
        listed.append(("two digits of the distance exchanged", azimuth, there))
    names = [name for name, _, _ in listed]
    return (
        names,
        np.stack([one for _, one, _ in listed], axis=1),
        np.stack([one for _, _, one in listed], axis=1),
    )
