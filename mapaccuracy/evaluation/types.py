"""Types claimed by the map against types found: a table of pairs, and found for each claimed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy import geography
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.groupings import TYPE_NOT_STATED, Grouping, stated_type, tells_type
from mapaccuracy.schema import (
    CATEGORIES,
    Bools,
    Floats,
    Group,
    Ints,
    Rate,
    TypePairs,
    TypeRatio,
    Types,
)
from mapaccuracy.statistics.clusters import merge_partitions
from mapaccuracy.statistics.groups import TOO_FEW_RECORDS, Side, rates
from mapaccuracy.statistics.ratios import Ratio, clustered_ratio, totals_by_cluster

if TYPE_CHECKING:
    from mapaccuracy.evaluation.evidence import Evidence

NOT_FOUND = "not found"
NOT_ON_MAP = "not on map"
NO_PAIR_TELLS_BOTH = "no confirmed point is stated as AP, AT or UXO on both sides"
SAME_BY_RULE = "pairs of different types were excluded before matching"
MAP_TELLS_NONE = "no verifiable supplied point is stated as AP, AT or UXO"
FINDS_TELL_NONE = "no find that counts is stated as AP, AT or UXO"
SOME_ARE_UNKNOWN = "some points or finds are not stated as AP, AT or UXO; the ratios leave them out"
REMAINDER = "other holds all that is not AP, AT or UXO, so its counts cannot be compared"

# Labels of the table, in its order; a type that is not stated stands after those that are.
_LABELS = (*CATEGORIES, TYPE_NOT_STATED)
_CLAIMED = (*_LABELS, NOT_ON_MAP)
_FOUND = (*_LABELS, NOT_FOUND)


def of_groups(evidence: Evidence, grouping: Grouping, groups: Sequence[Group]) -> list[Types]:
    """Tabulate types for every group.

    Every verifiable point of the group stands in one cell of the rows of types: under the type
    of its find, wherever that lies, or under `NOT_FOUND`. The row `NOT_ON_MAP` holds the finds
    of the group that count and have no pair. So the rows of types add up to ``confirmed`` and,
    under `NOT_FOUND`, ``not_confirmed``; the last row adds up to ``unmapped``. Finds that count
    and whose point is unsearched or in another group are in ``mapped``, and not in the table.
    """
    compared = evidence.compared
    supplied, finds, matching = compared.supplied, compared.finds, compared.matching
    claimed, found = stated_type(compared.inputs.supplied), stated_type(compared.inputs.finds)
    of_pair = np.full(len(claimed), _FOUND.index(NOT_FOUND), dtype=np.int64)
    of_pair[matching.supplied] = _stated(found)[matching.find]
    points = supplied.verifiable & (grouping.supplied >= 0)
    unmapped = finds.counted & ~finds.paired & (grouping.finds >= 0)
    g = len(groups)
    table = _cells(grouping.supplied[points], _stated(claimed)[points], of_pair[points], g)
    missing = np.full(int(unmapped.sum()), _CLAIMED.index(NOT_ON_MAP))
    table += _cells(grouping.finds[unmapped], missing, _stated(found)[unmapped], g)
    partner = np.full(len(claimed), -1, dtype=np.int64)
    partner[matching.supplied] = found[matching.find]
    same = _same_type(compared, grouping, claimed, partner, g)
    ratios = _ratios(evidence, grouping, claimed, found, g)
    sides = (
        (grouping.supplied, supplied.verifiable, tells_type(claimed)),
        (grouping.finds, finds.counted, tells_type(found)),
    )
    told, untold = (
        [_any(group, rows & (tells == wanted), g) for group, rows, tells in sides]
        for wanted in (True, False)
    )
    return [
        Types(
            compared.settings.match_type,
            _listed(table[index]),
            same[index],
            ratios[index],
            _reason(group, *(bool(side[index]) for side in (*told, *untold))),
        )
        for index, group in enumerate(groups)
    ]


def _stated(kind: Ints) -> Ints:
    """Index of each type among the labels."""
    return np.where(kind >= 0, kind, len(CATEGORIES))


def _cells(group: Ints, claimed: Ints, found: Ints, g: int) -> Ints:
    """Count by group, type claimed and type found."""
    shape = (g, len(_CLAIMED), len(_FOUND))
    code = (group * shape[1] + claimed) * shape[2] + found
    return np.bincount(code, minlength=g * shape[1] * shape[2]).reshape(shape)


def _listed(cells: Ints) -> tuple[TypePairs, ...]:
    """Give the cells that hold something, row by row."""
    return tuple(
        TypePairs(_CLAIMED[row], _FOUND[column], int(cells[row, column]))
        for row, column in np.argwhere(cells > 0).tolist()
    )


def _same_type(
    compared: Compared, grouping: Grouping, claimed: Ints, partner: Ints, g: int
) -> list[Rate]:
    """Share of the confirmed points with the type claimed, where both sides tell one."""
    both = compared.supplied.confirmed & tells_type(claimed) & tells_type(partner)
    by_rule = compared.settings.match_type
    if by_rule:
        # All of them would be, which says nothing of the map.
        both = np.zeros(len(both), dtype=bool)
    return rates(
        Side(grouping.supplied, compared.clusterings[0]),
        both,
        both & (claimed == partner),
        g,
        empty=SAME_BY_RULE if by_rule else NO_PAIR_TELLS_BOTH,
        too_few=TOO_FEW_RECORDS,
    )


def _ratios(
    evidence: Evidence, grouping: Grouping, claimed: Ints, found: Ints, g: int
) -> list[tuple[TypeRatio, ...]]:
    """Give finds that count for each verifiable point, of every type that either side holds."""
    compared = evidence.compared
    group = np.concatenate([grouping.supplied, grouping.finds])
    kind = np.concatenate([claimed, found])
    counted = np.concatenate([compared.supplied.verifiable, compared.finds.counted])
    claims = np.concatenate([np.ones(len(claimed)), np.zeros(len(found))])
    out: list[list[TypeRatio]] = [[] for _ in range(g)]
    for index, label in enumerate(CATEGORIES):
        held = np.flatnonzero(counted & (kind == index))
        parts = (1 - claims[held], claims[held])
        totals = totals_by_cluster(group[held], evidence.joint_cluster[held], parts, g)
        for ratios, (finds, points) in zip(out, totals, strict=True):
            if len(finds):
                ratios.append(_ratio(label, finds, points))
    return [tuple(ratios) for ratios in out]


def _ratio(label: str, found: Floats, claimed: Floats) -> TypeRatio:
    ratio = clustered_ratio(found, claimed)
    if label == "other":
        ratio = Ratio(None, None, None, ratio.clusters, REMAINDER)
    return TypeRatio(
        type=label,
        claimed=int(claimed.sum()),
        found=int(found.sum()),
        ratio=ratio.value,
        low=ratio.low,
        high=ratio.high,
        clusters=ratio.clusters,
        reason=ratio.reason,
    )


def _any(group: Ints, rows: Bools, g: int) -> Bools:
    """Tell the groups that hold any of the rows."""
    held: Bools = np.bincount(group[rows & (group >= 0)], minlength=g) > 0
    return held


def _reason(
    group: Group, map_tells: bool, finds_tell: bool, map_open: bool, finds_open: bool
) -> str | None:
    """Say why types cannot be compared, or not all; the table still counts what is there."""
    if not group.precision.n:
        return group.precision.reason
    if not map_tells:
        return MAP_TELLS_NONE
    if group.recall.n and not finds_tell:
        return FINDS_TELL_NONE
    return SOME_ARE_UNKNOWN if map_open or finds_open else None


def joint_clusters(
    compared: Compared, nearest_find_m: Floats, nearest_supplied_m: Floats, reach_m: float
) -> Ints:
    """Cluster supplied points and finds together: what lies near or is linked on either side.

    Single points and finds in scope within the cluster distance of each other are in one
    cluster, whichever side they are of, and so are clusters of one side under its coarsest
    clustering (record, sheet, task). Only rows with one of the other side within the cluster
    distance can join clusters of both sides; the others keep theirs.

    Parameters
    ----------
    compared : Compared
    nearest_find_m : ndarray of float, shape (n_supplied,)
        From single points to the nearest find in scope, as far as `reach_m`; else infinite.
    nearest_supplied_m : ndarray of float, shape (n_finds,)
        From finds in scope to the nearest single point.
    reach_m : float

    Returns
    -------
    ndarray of int, shape (n_supplied + n_finds,)
        Labels from 0: supplied rows, then finds. Rows that are not single points, and finds
        out of scope, share labels with others and are not to be counted.
    """
    distance_m = compared.settings.cluster_distance_m
    # A little more than the distance: a row too many links nothing that is too far.
    near_m = distance_m * (1 + 1e-9)
    asked = reach_m >= distance_m
    linking = compared.supplied.single & ((nearest_find_m <= near_m) | (not asked))
    a = np.flatnonzero(linking)
    b = np.flatnonzero(compared.finds.in_scope & (nearest_supplied_m <= near_m))
    side_of_supplied, side_of_finds = (chain[-1] for chain in compared.clusterings)
    offset = int(side_of_supplied.max()) + 1 if len(side_of_supplied) else 0
    sides = np.concatenate([side_of_supplied, offset + side_of_finds])
    near = np.full(len(sides), -1, dtype=np.int64)
    both_m = np.concatenate([compared.inputs.supplied.metres[a], compared.inputs.finds.metres[b]])
    near[np.concatenate([a, len(side_of_supplied) + b])] = geography.neighbourhoods(
        both_m, distance_m
    )
    return merge_partitions(sides, near)
