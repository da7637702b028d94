"""How much ground must be searched around the map's points to have found so many of the finds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy.evaluation.groupings import Grouping
from mapaccuracy.evaluation.located import Ground
from mapaccuracy.schema import Bools, Floats, Group, Ints
from mapaccuracy.schema.figures import Effort, EffortStep
from mapaccuracy.statistics import effort
from mapaccuracy.statistics.disclosure import group_to_withhold
from mapaccuracy.statistics.groups import NO_FINDS_IN_SEARCH, NO_SEARCHED_AREAS

if TYPE_CHECKING:
    from mapaccuracy.evaluation.evidence import Evidence

PER_CENT = (50, 80, 95)
# Below, the standard error of a share of the ground may be above 0.022.
LEAST_POSITIONS = 500
# Below, the curve would tell how far single finds lie from the map, and little else.
LEAST_FINDS = 20
# Of positions within a radius: below, their ground is known to no better than a third.
LEAST_WITHIN = 10
# Of hectares: more would be noise, and more than is to be told of the farthest finds.
DIGITS = 3

ALL_DECLARED = "all ground was declared searched, so there is no known ground to measure"
NO_GROUND = "no searched ground"
NOT_NAMED = "no searched area names this group"
NO_SINGLE_POINTS = "no single supplied points"
TOO_FEW_FINDS = f"fewer than {LEAST_FINDS} finds in scope in searched ground"
WOULD_TELL_OTHERS = "withheld, because the rest would tell of few finds of other groups"
TOO_FEW_POSITIONS = "too little searched ground for the number of positions drawn"
TOO_NEAR = "too little ground lies that near to supplied points for the number of positions drawn"


def of_groups(evidence: Evidence, grouping: Grouping, groups: Sequence[Group]) -> list[Effort]:
    """Give the effort curve of every group.

    Distances are to the nearest single supplied point of any group: the map does not end at
    the border of a district. A group without a single supplied point of its own has no curve.
    """
    compared, sample = evidence.compared, evidence.sample
    counted, single = compared.finds.counted, compared.supplied.single
    own_points = np.bincount(grouping.supplied[single] + 1, minlength=len(groups) + 1)[1:]
    rows = np.flatnonzero(counted & (grouping.finds >= 0))
    # In order of distance within each group.
    rows = rows[np.lexsort([evidence.nearest_supplied_m[rows], grouping.finds[rows]])]
    starts = np.searchsorted(grouping.finds[rows], np.arange(len(groups) + 1))
    ground = [np.empty(0)] * len(groups)
    if sample is not None and grouping.at is not None:
        group_of = grouping.at(sample.x, sample.y)
        ground = _by_group(sample.nearest_supplied_m, group_of, len(groups))
    own_finds = [
        evidence.nearest_supplied_m[rows[begin:end]] for begin, end in pairwise(starts.tolist())
    ]
    reasons = [
        _reason(compared.inputs.ground, ground_m, finds_m, points, group)
        for ground_m, finds_m, points, group in zip(
            ground, own_finds, own_points.tolist(), groups, strict=True
        )
    ]
    others = group_to_withhold(
        np.diff(starts),
        np.array([reason is None for reason in reasons], dtype=bool),
        int(counted.sum()),
        LEAST_FINDS,
    )
    if others is not None:
        reasons[others] = WOULD_TELL_OTHERS
    figures = []
    for index, group in enumerate(groups):
        of_group = rows[starts[index] : starts[index + 1]]
        finds_m, ground_m, reason = own_finds[index], ground[index], reasons[index]
        if reason is not None or group.searched_hectares is None:
            figures.append(_nothing(finds_m, ground_m, reason))
            continue
        chain = [cluster[of_group] for cluster in compared.clusterings[1]]
        figures.append(_effort(ground_m, finds_m, chain, evidence.rungs, group.searched_hectares))
    return figures


def _by_group(distance_m: Floats, group: Ints, groups: int) -> list[Floats]:
    """Give the distances of each group in ascending order."""
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], np.arange(groups + 1))
    return [np.sort(distance_m[order[start:end]]) for start, end in pairwise(ends)]


def _reason(
    searched: Ground, ground_m: Floats, finds_m: Floats, points: int, group: Group
) -> str | None:
    """Say why there is no curve."""
    reasons = {
        ALL_DECLARED: searched.assumed,
        NO_SEARCHED_AREAS: not searched.given,
        NOT_NAMED: group.searched_hectares is None,
        NO_GROUND: not group.searched_hectares,
        NO_SINGLE_POINTS: not points,
        NO_FINDS_IN_SEARCH: not len(finds_m),
        TOO_FEW_FINDS: len(finds_m) < LEAST_FINDS,
        TOO_FEW_POSITIONS: len(ground_m) < LEAST_POSITIONS,
    }
    return next((reason for reason, holds in reasons.items() if holds), None)


def _nothing(finds_m: Floats, ground_m: Floats, reason: str | None) -> Effort:
    none = dict.fromkeys(map(str, PER_CENT))
    return Effort(
        auc=None,
        auc_low=None,
        auc_high=None,
        mc_error=None,
        finds=len(finds_m),
        samples=len(ground_m),
        curve=(),
        hectares_for=none,
        hectares_saved=none,
        hectares_per_find_with_map=none,
        hectares_per_find_without_map=none,
        reason=reason,
    )


def _effort(
    ground_m: Floats,
    finds_m: Floats,
    clusterings: Sequence[Ints],
    rungs: tuple[float, ...],
    hectares: float,
) -> Effort:
    """Give the curve of one group, from distances in ascending order."""
    n = len(finds_m)
    share = np.array(PER_CENT) / 100
    parts = np.array([effort.share_of_ground(ground_m, finds_m, part) for part in share.tolist()])
    known = _is_known(parts[:, 0], ground_m)
    always = np.ones_like(known)
    with_map, without_map = parts.T * hectares
    curve = _curve(ground_m, finds_m, np.array(rungs))
    error = effort.sampling_error(ground_m, finds_m)
    interval = effort.area_interval(effort.placements(ground_m, finds_m), clusterings, error)
    is_full = known.all() and all(step.pai is not None for step in curve)
    missing = [interval.reason, None if is_full else TOO_NEAR]
    return Effort(
        auc=effort.area_under_curve(ground_m, finds_m),
        auc_low=interval.low,
        auc_high=interval.high,
        mc_error=error,
        finds=n,
        samples=len(ground_m),
        curve=curve,
        hectares_for=_by_share(with_map, known),
        hectares_saved=_by_share(without_map - with_map, always),
        hectares_per_find_with_map=_by_share(with_map / (n * share), known),
        hectares_per_find_without_map=_by_share(without_map / (n * share), always),
        reason="; ".join(reason for reason in missing if reason) or None,
    )


def _curve(ground_m: Floats, finds_m: Floats, radius_m: Floats) -> tuple[EffortStep, ...]:
    area_share = effort.share_within(ground_m, radius_m)
    find_share = effort.share_within(finds_m, radius_m)
    return tuple(
        EffortStep(radius, x, y, effort.pai(y, x) if known else None)
        for radius, x, y, known in zip(
            radius_m.tolist(),
            area_share.tolist(),
            find_share.tolist(),
            _is_known(area_share, ground_m).tolist(),
            strict=True,
        )
    )


def _is_known(area_share: Floats, ground_m: Floats) -> Bools:
    """Whether enough positions lie within to set the share in proportion to something."""
    known: Bools = np.rint(area_share * len(ground_m)) >= LEAST_WITHIN
    return known


def _by_share(values: Floats, known: Bools) -> dict[str, float | None]:
    return {
        str(share): float(f"{value:.{DIGITS}g}") if is_known else None
        for share, value, is_known in zip(PER_CENT, values.tolist(), known.tolist(), strict=True)
    }
