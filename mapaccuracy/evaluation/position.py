"""Error of position of each group: which pairs tell of it, and where nobody can say."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy.evaluation.chance import NOT_APART, STATUS
from mapaccuracy.evaluation.compared import Compared, median_spacing_m
from mapaccuracy.evaluation.groupings import Grouping
from mapaccuracy.schema import Bools, Chance, Floats, Group, Ints, PositionError
from mapaccuracy.statistics.clusters import counts_by_cluster
from mapaccuracy.statistics.groups import NO_SEARCHED_AREAS
from mapaccuracy.statistics.position import LEVEL, not_computed, position_error

if TYPE_CHECKING:
    from mapaccuracy.evaluation.evidence import Evidence

MIN_PAIRS = 10
# Spacing of the supplied points in tolerances: below, a pair may well be chance.
MIN_SPACING = 2.0
# A smaller group may be told to hold two points, or one.
_MIN_POINTS_TO_TELL_SPACING = 10
BY_CHANCE = "pairs are no more than chance gives inside the records"
WITHHELD = f"withheld to protect small groups (fewer than {MIN_PAIRS} pairs)"


def of_groups(
    evidence: Evidence, grouping: Grouping, groups: Sequence[Group], nulls: Sequence[Chance]
) -> list[PositionError]:
    """Error of position of the confirmed points of each group.

    Null, with the reason, below 10 pairs or where the supplied points stand closer than twice
    the tolerance: there a pair says little about the mine that was meant. Rows that lie on
    other mines of a regular field give small errors, whatever the true one is: a map 102 m
    wrong along rows 5 m apart seems right to 0.7 m at 2 m. So, where the points of records
    could be shifted, only pairs that shifts do not give tell anything; where they stand too
    close to be told apart, none does. Where the groups left out hold fewer than 10 pairs
    together, the smallest group shown is left out as well, because the sums of the whole less
    those of the groups shown would tell of them.

    Memory: a few numbers for each pair.
    """
    compared = evidence.compared
    counted = compared.supplied.confirmed[compared.matching.supplied]
    point, find = compared.matching.supplied[counted], compared.matching.find[counted]
    of = grouping.supplied[point]
    n = np.bincount(of[of >= 0], minlength=len(groups))
    clusters = compared.clusterings[0][-1][point]
    spread = counts_by_cluster(of, clusters, np.zeros(len(of), dtype=bool), len(groups))
    reasons = _reasons(compared, grouping, n, nulls)
    order = np.argsort(of, kind="stable")
    ends = np.searchsorted(of[order], np.arange(len(groups) + 1))
    out = []
    for index, reason in enumerate(reasons):
        if reason is not None:
            out.append(not_computed(int(n[index]), len(spread[index][1]), reason))
            continue
        rows = order[ends[index] : ends[index + 1]]
        error = _errors_m(compared, point[rows], find[rows])
        out.append(position_error(error, clusters[rows], compared.settings.tolerance_m))
    return out


def _by_chance(null: Chance) -> str | None:
    """Say why the pairs may be those of other mines; None where they are not."""
    inside = null.inside
    if inside.p is not None:
        return BY_CHANCE if inside.p > 1 - LEVEL else None
    return STATUS[NOT_APART] if inside.reason == STATUS[NOT_APART] else None


def _errors_m(compared: Compared, point: Ints, find: Ints) -> Floats:
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
    compared: Compared, grouping: Grouping, n: Ints, nulls: Sequence[Chance]
) -> list[str | None]:
    """Why each group gets no figures; None where it gets them."""
    ground = compared.inputs.ground
    if not (ground.given or ground.assumed):
        return [NO_SEARCHED_AREAS] * len(n)
    tolerance_m = compared.settings.tolerance_m
    group = np.where(compared.supplied.single, grouping.supplied, -1)
    points = np.bincount(group[group >= 0], minlength=len(n))
    reasons = [
        _reason(int(pairs), int(held), spacing, tolerance_m) or _by_chance(null)
        for pairs, held, spacing, null in zip(
            n, points, _spacings_m(compared.spacing_m, group, len(n)), nulls, strict=True
        )
    ]
    shown = np.array([reason is None for reason in reasons], dtype=bool)
    confirmed = int(compared.supplied.confirmed.sum())
    others = confirmed - int(n[shown].sum())
    if shown.any() and 0 < others < MIN_PAIRS and _whole_is_shown(compared, confirmed):
        reasons[int(np.argmin(np.where(shown, n, confirmed + 1)))] = WITHHELD
    return reasons


def _whole_is_shown(compared: Compared, confirmed: int) -> bool:
    points = int(compared.supplied.single.sum())
    spacing = median_spacing_m(compared.spacing_m)
    return _reason(confirmed, points, spacing, compared.settings.tolerance_m) is None


def _spacings_m(spacing_m: Floats, group: Ints, groups: int) -> list[float]:
    """Median spacing of the points of each group; NaN where none is known."""
    known: Bools = ~np.isnan(spacing_m) & (group >= 0)
    values, of = spacing_m[known], group[known]
    order = np.argsort(of, kind="stable")
    ends = np.searchsorted(of[order], np.arange(groups + 1))
    return [median_spacing_m(values[order[start:end]]) for start, end in pairwise(ends)]


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
