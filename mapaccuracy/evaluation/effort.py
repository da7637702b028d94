"""How much ground must be searched around the map's points to have found so many of the finds."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy.evaluation.groupings import Grouping
from mapaccuracy.schema import Bools, Floats, Group, Ints
from mapaccuracy.schema.figures import Effort, EffortStep
from mapaccuracy.statistics import effort
from mapaccuracy.statistics.groups import NO_FINDS_IN_SEARCH, NO_SEARCHED_AREAS

if TYPE_CHECKING:
    from mapaccuracy.evaluation.evidence import Evidence

PER_CENT = (50, 80, 95)
# Below, the standard error of a share of the ground may be above 0.022.
LEAST_POSITIONS = 500
# Below, the curve would tell how far single finds lie from the map, and little else.
LEAST_FINDS = 10
# Of positions within a radius: below, their ground is known to no better than a third.
LEAST_WITHIN = 10

NO_GROUND = "no searched ground"
NOT_NAMED = "no searched area names this group"
NO_SINGLE_POINTS = "no single supplied points"
TOO_FEW_FINDS = f"fewer than {LEAST_FINDS} finds in scope in searched ground"
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
    finds = _by_group(evidence.nearest_supplied_m[counted], grouping.finds[counted], len(groups))
    ground = [np.empty(0)] * len(groups)
    if sample is not None and grouping.at is not None:
        group_of = grouping.at(sample.x, sample.y)
        ground = _by_group(sample.nearest_supplied_m, group_of, len(groups))
    figures = []
    for group, ground_m, finds_m, points in zip(
        groups, ground, finds, own_points.tolist(), strict=True
    ):
        reason = _reason(compared.inputs.ground.given, ground_m, finds_m, points, group)
        if reason is not None or group.searched_hectares is None:
            figures.append(_nothing(finds_m, ground_m, reason))
        else:
            figures.append(_effort(ground_m, finds_m, evidence.rungs, group.searched_hectares))
    return figures


def _by_group(distance_m: Floats, group: Ints, groups: int) -> list[Floats]:
    """Give the distances of each group in ascending order."""
    order = np.argsort(group, kind="stable")
    ends = np.searchsorted(group[order], np.arange(groups + 1))
    return [np.sort(distance_m[order[start:end]]) for start, end in pairwise(ends)]


def _reason(
    given: bool, ground_m: Floats, finds_m: Floats, points: int, group: Group
) -> str | None:
    """Say why there is no curve."""
    reasons = {
        NO_SEARCHED_AREAS: not given,
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
    return Effort(None, None, len(finds_m), len(ground_m), (), none, none, none, none, reason)


def _effort(ground_m: Floats, finds_m: Floats, rungs: tuple[float, ...], hectares: float) -> Effort:
    """Give the curve of one group, from distances in ascending order.

    The radius that reaches the k-th of n finds has the ground to search for k finds. A map
    without information reaches it after ``k / (n + 1)`` of the ground on average, so that is
    what searching without a map takes, and not ``k / n``: with that, any map would save ground.
    """
    n = len(finds_m)
    finds = np.array([effort.finds_reached(n, share) for share in PER_CENT])
    area_share = effort.share_within(ground_m, finds_m[finds - 1])
    known = _is_known(area_share, ground_m)
    with_map = area_share * hectares
    without_map = finds / (n + 1) * hectares
    curve = _curve(ground_m, finds_m, np.array(rungs))
    return Effort(
        auc=effort.area_under_curve(ground_m, finds_m),
        mc_error=effort.sampling_error(ground_m, finds_m),
        finds=n,
        samples=len(ground_m),
        curve=curve,
        hectares_for=_by_share(with_map, known),
        hectares_saved=_by_share(without_map - with_map, np.ones_like(known)),
        hectares_per_find_with_map=_by_share(with_map / finds, known),
        hectares_per_find_without_map=_by_share(without_map / finds, np.ones_like(known)),
        reason=None if known.all() and all(step.pai is not None for step in curve) else TOO_NEAR,
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
        str(share): value if is_known else None
        for share, value, is_known in zip(PER_CENT, values.tolist(), known.tolist(), strict=True)
    }
