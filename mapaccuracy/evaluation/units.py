"""Rows of mines, outlines and tasks as units: their clusters, shares of them, found for claimed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mapaccuracy import geography
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.located import Shapes
from mapaccuracy.geography import Frame
from mapaccuracy.schema import Bools, Floats, FoundClaimed, Ints, Rate
from mapaccuracy.statistics.clusters import merge_partitions
from mapaccuracy.statistics.disclosure import LEAST_ITEMS, group_to_withhold
from mapaccuracy.statistics.groups import (
    NO_FINDS_IN_SCOPE,
    NO_FINDS_IN_SEARCH,
    TOO_FEW_FIND_GROUPS,
    Side,
    rates,
)
from mapaccuracy.statistics.ratios import (
    NONE_CLAIMED,
    NONE_FOUND,
    Ratio,
    clustered_ratio,
    totals_by_cluster,
)

WOULD_TELL_OTHERS = "withheld, because the rest would tell single ones of other groups"
NO_FIND_HAS_A_POSITION = "no find has a position"
NOTHING_CLAIMED = "nothing that can be judged says how many mines it holds"
NOTHING_FOUND = "nothing was found, so there is no interval"


def no_rate(reason: str) -> Rate:
    """Make a rate that is not defined."""
    return Rate(None, None, None, 0, 0, None, None, None, None, reason)


def few(units: str) -> str:
    """Say that there are too few units for any share of them.

    Examples
    --------
    >>> few("outlines")
    'fewer than 5 outlines: figures would tell single ones'
    """
    return f"fewer than {LEAST_ITEMS} {units}: figures would tell single ones"


def clusterings(units: Shapes, distance_m: float, frame: Frame) -> list[Ints]:
    """Cluster units that lie within a distance of each other, then also by record and by sheet."""
    chain = [geography.linked(units.shapes, distance_m, frame)]
    for name in ("record_id", "sheet"):
        coded = units.codes(name)
        if coded is not None:
            names, code = coded
            named = np.array([text != "" for text in names], dtype=bool)[code]
            chain.append(merge_partitions(chain[-1], np.where(named, code, -1)))
    return chain


def withheld(n: Ints, total: int, units: str) -> list[str | None]:
    """Say for each group why figures of its units are withheld, or None.

    Parameters
    ----------
    n : ndarray of int, shape (g,)
        Units of each group.
    total : int
        Units of the whole.
    units : str
        What they are called.

    Examples
    --------
    >>> withheld(np.array([7, 2, 6]), 15, "tasks")[1]
    'fewer than 5 tasks: figures would tell single ones'
    >>> withheld(np.array([7, 2, 6]), 15, "tasks")[2] == WOULD_TELL_OTHERS
    True
    """
    reasons: list[str | None] = [few(units) if 0 < count < LEAST_ITEMS else None for count in n]
    index = group_to_withhold(n, n >= LEAST_ITEMS, total, LEAST_ITEMS)
    if index is not None:
        reasons[index] = WOULD_TELL_OTHERS
    return reasons


def unit_rates(
    group: Ints,
    clusters: Sequence[Ints],
    counted: Bools,
    success: Bools,
    groups: int,
    *,
    units: str,
    empty: str,
) -> list[Rate]:
    """Share of the units of each group, withheld where these are few.

    Parameters
    ----------
    group : ndarray of int, shape (n,)
    clusters : sequence of ndarray of int, shape (n,)
        Clusterings; the one with the widest interval counts.
    counted, success : ndarray of bool, shape (n,)
    groups : int
    units : str
        What they are called.
    empty : str
        Reason where none is counted.

    Returns
    -------
    list of Rate
    """
    n = np.bincount(group[counted & (group >= 0)], minlength=groups)
    why = withheld(n, int(counted.sum()), units)
    found = rates(
        Side(group, clusters),
        counted,
        counted & success,
        groups,
        empty=empty,
        too_few=f"too few separate groups of {units} for an interval",
    )
    return [
        # The range over clusters would tell of clusters that are one unit.
        replace(rate, cluster_low=None, cluster_high=None)
        if reason is None
        else Rate(None, None, None, int(count), rate.clusters, None, None, None, None, reason)
        for rate, reason, count in zip(found, why, n, strict=True)
    ]


def found_claimed(
    group: Ints,
    clusters: Sequence[Ints],
    counted: Bools,
    found: Floats,
    claimed: Floats,
    groups: int,
    unknown: str | None = None,
) -> list[FoundClaimed]:
    """Mines found for each mine claimed in each group.

    Parameters
    ----------
    group : ndarray of int, shape (n,)
    clusters : sequence of ndarray of int, shape (n,)
    counted : ndarray of bool, shape (n,)
        Units that it is about.
    found, claimed : ndarray of float, shape (n,)
        Of every unit.
    groups : int
    unknown : str or None
        Why nothing that was found is known, if so.

    Returns
    -------
    list of FoundClaimed
    """
    of = np.where(counted, group, -1)
    n = np.bincount(of[of >= 0], minlength=groups)
    totals = [
        totals_by_cluster(of, cluster, (np.where(counted, found, 0.0), claimed), groups)
        for cluster in clusters
    ]
    out = []
    for index in range(groups):
        pairs = [of_clustering[index] for of_clustering in totals]
        total = float(pairs[0][1].sum())
        ratio = _widest([clustered_ratio(*pair) for pair in pairs])
        if unknown is not None:
            out.append(
                FoundClaimed(int(n[index]), total, None, None, None, None, ratio.clusters, unknown)
            )
            continue
        said = {NONE_CLAIMED: NOTHING_CLAIMED, NONE_FOUND: NOTHING_FOUND}
        told = None if ratio.reason is None else said.get(ratio.reason, ratio.reason)
        out.append(
            FoundClaimed(
                int(n[index]),
                total,
                int(pairs[0][0].sum()),
                ratio.value,
                ratio.low,
                ratio.high,
                ratio.clusters,
                told,
            )
        )
    return out


def find_rates(
    compared: Compared, unit: Ints, cluster: Ints, group: Ints, groups: int
) -> list[Rate]:
    """Share of the finds that count that have a unit, clustered as finds are and by unit as well.

    Parameters
    ----------
    compared : Compared
    unit : ndarray of int, shape (n_finds,)
        Row or outline of each find; -1 for none. Finds of one cluster of units share its fate.
    cluster : ndarray of int, shape (n_units,)
    group : ndarray of int, shape (n_finds,)
    groups : int

    Returns
    -------
    list of Rate
    """
    if not len(compared.inputs.finds):
        empty = NO_FIND_HAS_A_POSITION
    else:
        empty = NO_FINDS_IN_SEARCH if compared.inputs.ground.given else NO_FINDS_IN_SCOPE
    chain = compared.clusterings[1]
    of_unit = np.where(unit >= 0, cluster[unit], -1) if len(unit) else unit
    found = rates(
        Side(group, [*chain, merge_partitions(chain[-1], of_unit)]),
        compared.finds.counted,
        compared.finds.counted & (unit >= 0),
        groups,
        empty=empty,
        too_few=TOO_FEW_FIND_GROUPS,
    )
    return [replace(rate, cluster_low=None, cluster_high=None) for rate in found]


def ground_share(compared: Compared, polygons: geography.Geometries) -> float | None:
    """Share of the searched ground that lies in any of the polygons; None where it is not known."""
    ground, frame = compared.inputs.ground, compared.inputs.frame
    whole = geography.hectares(ground.searched, frame)
    if not ground.given or whole == 0:
        return None
    inside = geography.hectares_by_polygon(ground.searched, geography.dissolve(polygons), frame)
    return min(float(inside.sum()) / whole, 1.0)


def _widest(ratios: Sequence[Ratio]) -> Ratio:
    """Choose the widest interval; none counts as the widest, then fewest clusters."""

    def width(ratio: Ratio) -> tuple[float, int]:
        if ratio.low is None or ratio.high is None:
            return np.inf, -ratio.clusters
        return ratio.high - ratio.low, -ratio.clusters

    return max(ratios, key=width)
