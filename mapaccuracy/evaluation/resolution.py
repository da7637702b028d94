"""Whether points can be told apart at the tolerance, and agreement by record where not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy.evaluation.chance import stand_for_groups
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.groupings import Grouping
from mapaccuracy.schema import Agreement, Floats, Group, Rate, Resolution
from mapaccuracy.statistics.agreement import agreeing_records
from mapaccuracy.statistics.groups import TOO_FEW_RECORDS, Side, rates, ratio
from mapaccuracy.statistics.ladder import counts

if TYPE_CHECKING:
    from mapaccuracy.evaluation.evidence import Evidence

# Of a few points the spacing would tell single distances.
POINTS_FOR_SPACING = 10
FEW_POINTS = f"fewer than {POINTS_FOR_SPACING} supplied points"
# Of a very large map only some points are looked up.
NO_SPACING = "no spacing of supplied points is known"
TOO_FEW_MOVED = "too few of the points lie in records that can be moved to stand for the group"


def spacing_of_groups(compared: Compared, grouping: Grouping, g: int) -> Floats:
    """Median spacing of the points of each group, the verifiable ones where there are any."""
    return compared.spacings_m(grouping.supplied, g)


def of_groups(evidence: Evidence, grouping: Grouping, groups: Sequence[Group]) -> list[Resolution]:
    """Set the spacing of the supplied points of each group against the tolerance."""
    compared = evidence.compared
    tolerance_m = compared.settings.tolerance_m
    spacing = spacing_of_groups(compared, grouping, len(groups))
    n = counts(grouping.supplied, compared.supplied.single, len(groups))
    out = []
    for index in range(len(groups)):
        few, unknown = n[index] < POINTS_FOR_SPACING, bool(np.isnan(spacing[index]))
        silent = few or unknown
        untold = not n[index] or (unknown and not few)
        out.append(
            Resolution(
                spacing_m=None if silent else float(spacing[index]),
                ratio=None if silent else float(spacing[index]) / tolerance_m,
                resolvable=None if untold else not tolerance_m > spacing[index],
                reason=FEW_POINTS if few else NO_SPACING if unknown else None,
            )
        )
    return out


def agreement_of_groups(
    evidence: Evidence, grouping: Grouping, groups: Sequence[Group]
) -> list[Agreement]:
    """Count the records that agree with the finds, as supplied and by chance."""
    compared = evidence.compared
    settings, g = compared.settings, len(groups)
    rows = np.flatnonzero(compared.supplied.verifiable & (grouping.supplied >= 0))
    reached = (evidence.nearest_find_m[rows] <= settings.tolerance_m)[None]
    record, first, agrees = agreeing_records(
        grouping.supplied[rows],
        compared.record[rows],
        reached,
        settings.record_points,
        settings.record_share,
    )
    side = Side(
        grouping.supplied[rows[first]],
        [clustering[rows[first]] for clustering in compared.clusterings[0]],
    )
    shares = rates(
        side,
        np.ones(len(record), dtype=bool),
        agrees[0],
        g,
        empty=f"no record has {settings.record_points} verifiable points",
        too_few=TOO_FEW_RECORDS,
    )
    agreeing = counts(side.group, agrees[0], g)
    stands = stand_for_groups(evidence, grouping)
    expected = [
        share if stood else None
        for share, stood in zip(_expected(evidence, grouping, g), stands, strict=True)
    ]
    return [
        Agreement(
            shares[index],
            int(agreeing[index]),
            expected[index],
            None if expected[index] is not None else _why_none_moved(shares[index], group),
        )
        for index, group in enumerate(groups)
    ]


def _why_none_moved(share: Rate, group: Group) -> str:
    """Say why there is no expected share: nothing to judge, or nothing that could be moved."""
    if group.precision.n:
        return TOO_FEW_MOVED if share.n else str(share.reason)
    return str(group.precision.reason)


def _expected(evidence: Evidence, grouping: Grouping, g: int) -> list[float | None]:
    """Mean share of records that agree where they were moved to."""
    layers, settings = evidence.draws.records, evidence.compared.settings
    if layers is None:
        return [None] * g
    group = grouping.supplied[layers.point]
    held = group >= 0
    _, first, agrees = agreeing_records(
        group[held],
        layers.record[held],
        layers.any_find[:, held],
        settings.record_points,
        settings.record_share,
    )
    of = group[held][first]
    n = np.bincount(of, minlength=g)
    total = np.bincount(of, agrees.mean(axis=0), minlength=g)
    return [ratio(float(total[index]), int(n[index])) for index in range(g)]
