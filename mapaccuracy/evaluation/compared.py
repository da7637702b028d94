"""Supplied points compared with finds: what became of every row, for those who count and remark."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mapaccuracy import geography
from mapaccuracy.evaluation.groupings import Districts, Grouping, reported_category
from mapaccuracy.evaluation.located import Inputs, Points, Texts
from mapaccuracy.matching import assign, candidates, places
from mapaccuracy.schema import Bools, Group, Ints, Matching, Settings
from mapaccuracy.statistics import groups as figures
from mapaccuracy.statistics.clusters import merge_partitions
from mapaccuracy.statistics.outcomes import (
    FindOutcomes,
    SuppliedOutcomes,
    find_outcomes,
    supplied_outcomes,
)

OUT_OF_SCOPE = ("UXO", "AXO", "submunition", "IED")


@dataclass(frozen=True)
class Compared:
    """The inputs with the outcome of every row.

    Attributes
    ----------
    inputs : Inputs
    settings : Settings
    districts : Districts or None
        None where no district polygons are given.
    matching : Matching
        Indices are those of all supplied rows and all finds.
    supplied : SuppliedOutcomes
    finds : FindOutcomes
    """

    inputs: Inputs
    settings: Settings
    districts: Districts | None
    matching: Matching
    supplied: SuppliedOutcomes
    finds: FindOutcomes

    @cached_property
    def _clusterings(self) -> tuple[list[Ints], list[Ints]]:
        distance_m = self.settings.cluster_distance_m
        return (
            _clusterings(
                self.inputs.supplied, self.supplied.single, ("record_id", "sheet"), distance_m
            ),
            _clusterings(self.inputs.finds, self.finds.in_scope, ("task_id",), distance_m),
        )

    @cached_property
    def _category(self) -> Ints:
        return reported_category(_categories(self.inputs.finds))

    def figures_of(self, grouping: Grouping) -> tuple[Group, ...]:
        """Count and rate every group of a grouping."""
        supplied_clusters, find_clusters = self._clusterings
        return tuple(
            figures.make_groups(
                grouping.names,
                figures.Side(grouping.supplied, supplied_clusters),
                self.supplied,
                figures.Side(grouping.finds, find_clusters),
                self.finds,
                self._category,
                grouping.hectares,
                self._reasons(grouping),
            )
        )

    def _reasons(self, grouping: Grouping) -> figures.Reasons:
        ground = self.inputs.ground
        recall = figures.NO_FINDS_IN_SEARCH if ground.given else figures.NO_FINDS_IN_SCOPE
        return figures.Reasons(
            figures.NO_VERIFIABLE if ground.given or ground.assumed else figures.NO_SEARCHED_AREAS,
            figures.FINDS_HAVE_NO_RECORD if (grouping.finds < 0).all() else recall,
        )


def compare(inputs: Inputs, districts: Districts | None, settings: Settings) -> Compared:
    """Match single points with finds in scope, and decide the outcome of every row."""
    claimed, found, ground = inputs.supplied, inputs.finds, inputs.ground
    share = ground.share(claimed, settings.tolerance_m, inputs.frame)
    single = _single(claimed)
    in_scope = _in_scope(found, settings)
    matching, any_find = _match(claimed, found, single, in_scope, settings)
    return Compared(
        inputs,
        settings,
        districts,
        matching,
        supplied_outcomes(
            single,
            share,
            ground.was_released(claimed),
            any_find,
            matching,
            settings.verifiable_share,
        ),
        find_outcomes(in_scope, ground.holds(found), matching),
    )


def _single(points: Points) -> Bools:
    """Tell the rows that claim one mine at one position."""
    single = np.ones(len(points), dtype=bool)
    count = points.numbers("count")
    if count is not None:
        single &= ~(count > 1)
    basis = points.texts("geometry_basis")
    if basis is not None:
        single &= basis != "centroid"
    return single


def _categories(finds: Points) -> Texts:
    return np.asarray(finds.layer.frame["category"], dtype=object)


def _in_scope(finds: Points, settings: Settings) -> Bools:
    """Tell the finds that maps of mines can be asked about."""
    if settings.scope == "all":
        return np.ones(len(finds), dtype=bool)
    return ~np.isin(_categories(finds).astype(str), OUT_OF_SCOPE)


def _match(
    claimed: Points, found: Points, single: Bools, in_scope: Bools, settings: Settings
) -> tuple[Matching, Bools]:
    """Match single points with finds in scope, and tell the points with any find in reach."""
    a, b = np.flatnonzero(single), np.flatnonzero(in_scope)
    a_at, a_places = places(claimed.metres[a])
    b_at, b_places = places(found.metres[b])
    near = candidates(a_at, b_at, settings.tolerance_m)
    chosen = assign(near, a_places, b_places, settings.matching)
    reached = np.zeros(len(a_at), dtype=bool)
    reached[near.supplied] = True
    any_find = np.zeros(len(single), dtype=bool)
    any_find[a] = reached[a_places.of_point]
    pairs = Matching(a[chosen.supplied], b[chosen.find], chosen.distance_m, chosen.group)
    return pairs, any_find


def _clusterings(
    points: Points, counted: Bools, columns: tuple[str, ...], distance_m: float
) -> list[Ints]:
    """Cluster by neighbourhood and then also by each column given; coarser each time."""
    near = np.zeros(len(points), dtype=np.int64)
    near[counted] = geography.neighbourhoods(points.metres[counted], distance_m)
    chain = [near]
    for name in columns:
        coded = points.codes(name)
        if coded is not None:
            names, code = coded
            named = np.array([text != "" for text in names], dtype=bool)[code]
            chain.append(merge_partitions(chain[-1], np.where(counted & named, code, -1)))
    return chain
