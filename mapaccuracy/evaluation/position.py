"""Error of position of each group: which pairs tell of it, and where nobody can say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy.evaluation.chance import NO_SEARCHED_AREAS, NO_VERIFIABLE
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.groupings import Grouping
from mapaccuracy.schema import Chance, Floats, Group, Ints, Null, PositionError
from mapaccuracy.statistics.clusters import counts_by_cluster
from mapaccuracy.statistics.disclosure import group_to_withhold
from mapaccuracy.statistics.position import LEVEL, not_computed, position_error

if TYPE_CHECKING:
    from mapaccuracy.evaluation.evidence import Evidence

MIN_PAIRS = 10
# Spacing of the supplied points in tolerances: below, a pair may well be chance.
MIN_SPACING = 2.0
# A smaller group may be told to hold two points, or one.
_MIN_POINTS_TO_TELL_SPACING = 10
BY_CHANCE = "pairs are no more than chance gives inside the records"
OTHER_MINES = "pairs could be those of other mines: "
# Of its own shifts those that do as well as the record; with more, its pairs tell nothing.
_MOST_SHIFTS = 0.5
ONLY_TESTED = "only of pairs in records that agree better than most of their shifts"
ONLY_DRAWN = f"{ONLY_TESTED}, drawn at random"
# 1 in 20 is enough.
_ROUNDING = 1e-12
WITHHELD = f"withheld to protect small groups (fewer than {MIN_PAIRS} pairs)"


def of_groups(
    evidence: Evidence, grouping: Grouping, groups: Sequence[Group], nulls: Sequence[Chance]
) -> list[PositionError]:
    """Error of position of the confirmed points of each group.

    Rows that lie on other mines of a regular field give small errors, whatever the true one is:
    a map 102 m wrong along rows 5 m apart seems right to 0.7 m at 2 m. So there are figures only
    where the points of the group are shown to know the mines inside their records (p at most
    0.05), and only from pairs of records in which that was asked and that do better than most of
    their own shifts: others may lie displaced among records that do not. Of these pairs 10 are
    needed, and points at least twice the tolerance apart. Where the groups left out hold fewer
    than 10 such pairs together, the smallest group shown is left out as well, because the sums
    of the whole less those of the groups shown would tell of them.

    Memory: a few numbers for each pair.
    """
    compared = evidence.compared
    matching = compared.matching
    # Rows that are no single points have the record -1: the last.
    tested = np.append(p_inside(evidence) <= _MOST_SHIFTS, False)[compared.record]
    counted = (tested & compared.supplied.confirmed)[matching.supplied]
    point, find = matching.supplied[counted], matching.find[counted]
    of = grouping.supplied[point]
    n = np.bincount(of[of >= 0], minlength=len(groups))
    clusters = compared.clusterings[0][-1][point]
    spread = counts_by_cluster(of, clusters, np.zeros(len(of), dtype=bool), len(groups))
    reasons = _reasons(compared, np.where(tested, grouping.supplied, -1), n, len(point), nulls)
    order = np.argsort(of, kind="stable")
    ends = np.searchsorted(of[order], np.arange(len(groups) + 1))
    layers = evidence.draws.inside
    part = ONLY_TESTED if layers is None or layers.sampled_share == 1 else ONLY_DRAWN
    out = []
    for index, reason in enumerate(reasons):
        if reason is not None:
            out.append(not_computed(int(n[index]), len(spread[index][1]), reason))
            continue
        rows = order[ends[index] : ends[index + 1]]
        error = errors_m(compared, point[rows], find[rows])
        told = position_error(error, clusters[rows], compared.settings.tolerance_m)
        if groups[index].confirmed > told.n:
            told = replace(told, reason=part if told.reason is None else f"{part}; {told.reason}")
        out.append(told)
    return out


def p_inside(evidence: Evidence) -> Floats:
    """Compare every record with its own shifts: does it know where its mines are.

    Returns
    -------
    ndarray of float, shape (n_records,)
        ``(b + 1) / (shifts + 1)``, where b counts the shifts in which at least as many of its
        points have a pair as where it stands; NaN where it could not be shifted.
    """
    compared, layers = evidence.compared, evidence.draws.inside
    p = np.full(int(compared.record.max(initial=-1)) + 1, np.nan)
    if layers is None or not len(layers.record):
        return p
    tolerance_m = compared.settings.tolerance_m
    start = np.flatnonzero(np.append(True, layers.record[1:] != layers.record[:-1]))
    here, there = (
        np.add.reduceat(pairs, start, axis=-1, dtype=np.int64)
        for pairs in (layers.observed[tolerance_m], layers.paired[tolerance_m])
    )
    p[layers.record[start]] = ((there >= here).sum(axis=0) + 1) / (len(there) + 1)
    return p


def _unknown(inside: Null) -> str | None:
    """Say why the pairs may be those of other mines; None where they are shown not to be.

    Examples
    --------
    >>> from mapaccuracy.statistics.chance import no_null
    >>> _unknown(no_null("records are too short for a shift at this tolerance"))
    'pairs could be those of other mines: records are too short for a shift at this tolerance'
    >>> _unknown(no_null("no searched areas given"))
    'no searched areas given'
    """
    if inside.p is not None:
        return None if inside.p <= 1 - LEVEL + _ROUNDING else BY_CHANCE
    if inside.reason in (NO_SEARCHED_AREAS, NO_VERIFIABLE):
        return inside.reason
    return f"{OTHER_MINES}{inside.reason}"


def errors_m(compared: Compared, point: Ints, find: Ints) -> Floats:
    """Supplied minus find, east and north, shape (n, 2)."""
    inputs = compared.inputs
    x = inputs.supplied.x[point] - inputs.finds.x[find]
    y = inputs.supplied.y[point] - inputs.finds.y[find]
    if not inputs.frame.local:
        # Opposite the reference meridian two neighbours may be 360 degrees apart.
        x -= 360.0 * np.round(x / 360.0)
    east_m, north_m = inputs.frame.scale(inputs.finds.y[find] + y / 2)
    return np.column_stack([x * east_m, y * north_m])


def _reasons(
    compared: Compared, group: Ints, n: Ints, pairs: int, nulls: Sequence[Chance]
) -> list[str | None]:
    """Why each group gets no figures; None where it gets them."""
    points = np.bincount(group[group >= 0], minlength=len(n))
    reasons = [
        _unknown(null.inside)
        or _reason(int(own), int(held), float(spacing), compared.settings.tolerance_m)
        for own, held, spacing, null in zip(
            n, points, compared.spacings_m(group, len(n)), nulls, strict=True
        )
    ]
    shown = np.array([reason is None for reason in reasons], dtype=bool)
    index = group_to_withhold(n, shown, pairs, MIN_PAIRS)
    if index is not None:
        reasons[index] = WITHHELD
    return reasons


def _reason(pairs: int, points: int, spacing_m: float, tolerance_m: float) -> str | None:
    """Why pairs cannot tell the error of position; None where they can.

    Examples
    --------
    >>> _reason(10, 20, 20.0, 10.0) is None
    True
    >>> _reason(9, 12, 5.678, 10.0)
    'fewer than 10 pairs; spacing of the supplied points (5.67 m) is below twice the tolerance:
     pairs may be chance'
    """
    faults = []
    if pairs < MIN_PAIRS:
        faults.append(f"fewer than {MIN_PAIRS} pairs")
    if math.isnan(spacing_m):
        faults.append("no spacing of supplied points is known")
    # Spacing that is computed may fall short of the exact one by rounding.
    elif spacing_m * (1 + 1e-9) < MIN_SPACING * tolerance_m:
        # Rounded down, so that it never reads as if it were enough.
        told = f" ({math.floor(100 * spacing_m) / 100:g} m)"
        faults.append(
            f"spacing of the supplied points{told if points >= _MIN_POINTS_TO_TELL_SPACING else ''}"
            " is below twice the tolerance: pairs may be chance"
        )
    return "; ".join(faults) or None
