"""Counts first, rates from counts: the figures of each group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from mapaccuracy.schema import CATEGORIES, Bools, Floats, Group, Ints, Rate
from mapaccuracy.statistics.clusters import counts_by_cluster
from mapaccuracy.statistics.intervals import clustered_rate, widest
from mapaccuracy.statistics.outcomes import FindOutcomes, SuppliedOutcomes

NO_SEARCHED_AREAS = "no searched areas given"
NO_VERIFIABLE = "no verifiable supplied points"
NO_FINDS_IN_SCOPE = "no finds in scope"
NO_FINDS_IN_SEARCH = "no finds in scope in searched ground"
TOO_FEW_RECORDS = "too few records for an interval"
TOO_FEW_FIND_GROUPS = "too few separate groups of finds for an interval"


@dataclass(frozen=True)
class Side:
    """One side of the comparison, ready to be counted.

    Attributes
    ----------
    group : ndarray of int, shape (n,)
        Group of each row, from 0; -1 is in none.
    clusterings : sequence of ndarray of int, shape (n,)
        Cluster of each row, under each clustering that is possible.
    """

    group: Ints
    clusterings: Sequence[Ints]


@dataclass(frozen=True)
class Reasons:
    """What to say where a rate has no denominator."""

    precision: str = NO_VERIFIABLE
    recall: str = NO_FINDS_IN_SEARCH


def f1_score(precision: float | None, recall: float | None) -> float | None:
    """Harmonic mean of precision and recall; None if either is None, 0 if both are 0.

    Examples
    --------
    >>> f1_score(0.25, 0.02), f1_score(0.0, 0.0), f1_score(None, 0.5)
    (0.037037037037037035, 0.0, None)
    """
    if precision is None or recall is None:
        return None
    total = precision + recall
    return 2 * precision * recall / total if total > 0 else 0.0


def ratio(numerator: float, denominator: float | None) -> float | None:
    """Divide, or give None where there is no denominator.

    Examples
    --------
    >>> ratio(1, 4), ratio(1, 0), ratio(1, None)
    (0.25, None, None)
    """
    return None if denominator is None or denominator == 0 else numerator / denominator


def rates(
    side: Side, counted: Bools, success: Bools, groups: int, *, empty: str, too_few: str
) -> list[Rate]:
    """Rate of each group, under the clustering that gives the widest interval.

    Parameters
    ----------
    side : Side
    counted : ndarray of bool, shape (n,)
        The denominator.
    success : ndarray of bool, shape (n,)
        The numerator, part of `counted`.
    groups : int
    empty, too_few : str
        Reasons, as in `clustered_rate`.

    Returns
    -------
    list of Rate
        One a group.
    """
    group = np.where(counted, side.group, -1)
    by_clustering = [
        [
            clustered_rate(successes, sizes, empty=empty, too_few=too_few)
            for successes, sizes in counts_by_cluster(group, cluster, success, groups)
        ]
        for cluster in side.clusterings
    ]
    return [widest(list(choices)) for choices in zip(*by_clustering, strict=True)]


def make_groups(
    names: Sequence[str],
    supplied_side: Side,
    supplied: SuppliedOutcomes,
    find_side: Side,
    finds: FindOutcomes,
    category: npt.NDArray[np.int64],
    hectares: Floats | None,
    reasons: Reasons,
) -> list[Group]:
    """Count and rate every group.

    Parameters
    ----------
    names : sequence of str
        Names of the groups 0 .. g-1.
    supplied_side, find_side : Side
    supplied : SuppliedOutcomes
    finds : FindOutcomes
    category : ndarray of int, shape (n_finds,)
        Index into `CATEGORIES`.
    hectares : ndarray of float, shape (g,), or None
        Searched hectares of each group; NaN or None where unknown.
    reasons : Reasons
    """
    g = len(names)

    def count(side: Side, flag: Bools) -> Ints:
        return np.bincount(side.group[flag & (side.group >= 0)], minlength=g)

    point = {
        "supplied": count(supplied_side, supplied.single),
        "confirmed": count(supplied_side, supplied.confirmed),
        "not_confirmed": count(supplied_side, supplied.verifiable & ~supplied.paired),
        "unsearched": count(supplied_side, supplied.unsearched),
        "confirmed_outside_search": count(supplied_side, supplied.unsearched & supplied.paired),
        "released_without_search": count(supplied_side, supplied.released),
        "not_single_points": count(supplied_side, ~supplied.single),
    }
    find = {
        "finds": count(find_side, np.ones(len(category), dtype=bool)),
        "mapped": count(find_side, finds.mapped),
        "unmapped": count(find_side, finds.counted & ~finds.paired),
        "finds_out_of_scope": count(find_side, ~finds.in_scope),
        "finds_outside_search": count(find_side, finds.in_scope & ~finds.in_search),
    }
    with_pair = count(supplied_side, supplied.paired & supplied.single)
    any_find = count(supplied_side, supplied.any_find)
    in_search = count(find_side, finds.in_search)
    by_category = [count(find_side, category == index) for index in range(len(CATEGORIES))]
    precision = rates(
        supplied_side,
        supplied.verifiable,
        supplied.confirmed,
        g,
        empty=reasons.precision,
        too_few=TOO_FEW_RECORDS,
    )
    recall = rates(
        find_side,
        finds.counted,
        finds.mapped,
        g,
        empty=reasons.recall,
        too_few=TOO_FEW_FIND_GROUPS,
    )
    out = []
    for index, name in enumerate(names):
        area = None
        if hectares is not None and not np.isnan(hectares[index]):
            area = float(hectares[index])
        total = int(point["supplied"][index])
        counts: dict[str, Any] = {key: int(value[index]) for key, value in (point | find).items()}
        out.append(
            Group(
                group=name,
                **counts,
                confirmed_share=ratio(int(with_pair[index]), total),
                any_find_share=ratio(int(any_find[index]), total),
                finds_by_category={
                    label: int(by_category[order][index]) for order, label in enumerate(CATEGORIES)
                },
                searched_hectares=area,
                finds_per_hectare=ratio(int(in_search[index]), area),
                precision=precision[index],
                recall=recall[index],
                f1=f1_score(precision[index].value, recall[index].value),
                finds_per_verifiable_point=ratio(recall[index].n, precision[index].n),
            )
        )
    return out
