"""Supplied points compared with finds: what became of every row, for those who count and remark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mapaccuracy import geography
from mapaccuracy.evaluation.groupings import (
    Districts,
    Grouping,
    reported_category,
    stated_type,
    tells_type,
)
from mapaccuracy.evaluation.located import Inputs, Points, Texts
from mapaccuracy.matching import assign, candidates, each, places
from mapaccuracy.schema import Bools, Candidates, Floats, Group, Ints, Matching, Settings
from mapaccuracy.statistics import groups as figures
from mapaccuracy.statistics.clusters import merge_partitions
from mapaccuracy.statistics.medians import weighted_medians
from mapaccuracy.statistics.outcomes import (
    FindOutcomes,
    SuppliedOutcomes,
    find_outcomes,
    supplied_outcomes,
    verifiable_points,
)

# Points up to which the distance of every one to the next is looked up.
_SPACINGS = 250_000
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
    record : ndarray of int, shape (n_supplied,)
        Record of every single point, from 0: by its id, or, where it has none, by its
        neighbourhood; -1 for rows that are not single points.
    spacing_m : ndarray of float, shape (n_supplied,)
        Distance to the nearest other single point, of any record; looked up for all of them, in
        maps of more than 250,000 for some points of every record. Else NaN.
    spacing_weight : ndarray of float, shape (n_supplied,)
        How many points each of them stands for, at least 1; those of its record that are
        verifiable as well, or are not either.
    matchings : mapping of float to Matching
        Pairs at the tolerance, and at every rung of the ladder at which points of the whole map
        can be told apart (at all rungs with ``full_ladder``). Indices are those of all supplied
        rows and all finds.
    supplied : SuppliedOutcomes
    finds : FindOutcomes
    """

    inputs: Inputs
    settings: Settings
    districts: Districts | None
    record: Ints
    spacing_m: Floats
    spacing_weight: Floats
    matchings: Mapping[float, Matching]
    supplied: SuppliedOutcomes
    finds: FindOutcomes

    @property
    def matching(self) -> Matching:
        """Pairs at the tolerance."""
        return self.matchings[self.settings.tolerance_m]

    @cached_property
    def clusterings(self) -> tuple[list[Ints], list[Ints]]:
        """Clusters of supplied rows and of finds, under each clustering that is possible."""
        distance_m = self.settings.cluster_distance_m
        return (
            _clusterings(
                self.inputs.supplied, self.supplied.single, ("record_id", "sheet"), distance_m
            ),
            _clusterings(self.inputs.finds, self.finds.in_scope, ("task_id",), distance_m),
        )

    def spacings_m(self, group: Ints, groups: int) -> Floats:
        """Median spacing of the points of each group, as `median_spacings_m`."""
        return median_spacings_m(
            self.spacing_m, self.spacing_weight, self.supplied.verifiable, group, groups
        )

    @property
    def spacing_of_map_m(self) -> float:
        """Median spacing of the points of the whole map; NaN where none is known."""
        return float(self.spacings_m(np.zeros(len(self.record), dtype=np.int64), 1)[0])

    @cached_property
    def _category(self) -> Ints:
        return reported_category(_categories(self.inputs.finds))

    def figures_of(self, grouping: Grouping) -> tuple[Group, ...]:
        """Count and rate every group of a grouping."""
        supplied_clusters, find_clusters = self.clusterings
        return tuple(
            figures.make_groups(
                grouping.names,
                figures.Side(grouping.supplied, supplied_clusters),
                self.supplied,
                figures.Side(grouping.finds, find_clusters),
                self.finds,
                self._category,
                grouping.hectares,
                self._reasons(),
            )
        )

    def _reasons(self) -> figures.Reasons:
        ground = self.inputs.ground
        return figures.Reasons(
            figures.NO_VERIFIABLE if ground.given or ground.assumed else figures.NO_SEARCHED_AREAS,
            figures.NO_FINDS_IN_SEARCH if ground.given else figures.NO_FINDS_IN_SCOPE,
        )


def compare(inputs: Inputs, districts: Districts | None, settings: Settings) -> Compared:
    """Match single points with finds in scope, and decide the outcome of every row."""
    claimed, found, ground = inputs.supplied, inputs.finds, inputs.ground
    share = ground.share(claimed, settings.tolerance_m, inputs.frame)
    single = _single(claimed)
    in_scope = _in_scope(found, settings)
    record = _records(claimed, single, settings.cluster_distance_m)
    verifiable = verifiable_points(single, share, settings.verifiable_share)
    spacing_m, weight = _spacings(claimed, record, verifiable)
    overall_m = median_spacings_m(spacing_m, weight, verifiable, np.zeros_like(record), 1)
    told_apart = _told_apart(float(overall_m[0]), settings)
    matchings, any_find = match_points(claimed, found, single, in_scope, told_apart, settings)
    matching = matchings[settings.tolerance_m]
    return Compared(
        inputs,
        settings,
        districts,
        record,
        spacing_m,
        weight,
        matchings,
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


def median_spacings_m(
    spacing_m: Floats, weight: Floats, verifiable: Bools, group: Ints, groups: int
) -> Floats:
    """Median spacing of the points of each group: of the verifiable ones, where there are any.

    Whether points are verifiable is known before any find; so no outcome enters.

    Parameters
    ----------
    spacing_m : ndarray of float, shape (n,)
        Metres; NaN where none was looked up.
    weight : ndarray of float, shape (n,)
        Points that each stands for.
    verifiable : ndarray of bool, shape (n,)
    group : ndarray of int, shape (n,)
        From 0; -1 is in none.
    groups : int

    Returns
    -------
    ndarray of float, shape (groups,)
        Metres; NaN where no spacing is known.

    Examples
    --------
    >>> spacing_m, one = np.array([4.0, np.nan, 6.0, 50.0]), np.ones(4)
    >>> median_spacings_m(spacing_m, one, np.zeros(4, dtype=bool), np.array([0, 0, 0, 0]), 1)
    array([6.])
    >>> median_spacings_m(spacing_m, one, np.arange(4) < 3, np.array([0, 0, 0, 0]), 1)
    array([5.])
    """
    known = np.flatnonzero(~np.isnan(spacing_m) & (group >= 0))
    judged = np.bincount(group[known[verifiable[known]]], minlength=groups) > 0
    known = known[verifiable[known] | ~judged[group[known]]]
    return weighted_medians(spacing_m[known], weight[known], group[known], groups)


def _spacings(points: Points, record: Ints, verifiable: Bools) -> tuple[Floats, Floats]:
    """Look up the distance of points to the next one, and tell how many each stands for."""
    spacing_m, weight = np.full((2, len(points)), np.nan)
    rows = np.flatnonzero(record >= 0)
    kind = 2 * record[rows] + verifiable[rows]
    at_m, at = places(points.metres[rows])
    several = at.count > 1
    # Points at one position need no looking up.
    of_place = np.where(several, kind.max(initial=0) + 1, kind[at.points[at.start]])
    alone = ~several[at.of_point]
    nearest_m = geography.spacing_m(at_m, of_place, most=_SPACINGS)[at.of_point]
    spacing_m[rows] = np.where(alone, nearest_m, 0.0)
    known = alone & ~np.isnan(nearest_m)
    points_of, known_of = np.bincount(kind[alone]), np.bincount(kind[known])
    weight[rows[~alone]] = 1.0
    weight[rows[known]] = points_of[kind[known]] / known_of[kind[known]]
    return spacing_m, weight


def _told_apart(overall_m: float, settings: Settings) -> list[float]:
    """Rungs at which one point of the whole map can be told from the next."""
    return [rung for rung in settings.ladder if settings.full_ladder or not rung > overall_m]


def _records(points: Points, single: Bools, distance_m: float) -> Ints:
    """Record of every single point: by its id, else by its neighbourhood among those without."""
    record = np.full(len(points), -1, dtype=np.int64)
    coded = points.codes("record_id")
    named = np.zeros(len(points), dtype=bool)
    if coded is not None:
        names, code = coded
        named = single & np.array([text != "" for text in names], dtype=bool)[code]
        record[named] = code[named]
    nameless = single & ~named
    near = geography.neighbourhoods(points.metres[nameless], distance_m)
    record[nameless] = near + (len(coded[0]) if coded is not None else 0)
    record[single] = np.unique(record[single], return_inverse=True)[1]
    return record


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
    return in_scope_of(_categories(finds), settings)


def in_scope_of(category: Texts, settings: Settings) -> Bools:
    """Tell the categories of items that maps of mines can be asked about, shape (n,).

    Examples
    --------
    >>> in_scope_of(np.array(["AT", "UXO"], dtype=object), Settings()).tolist()
    [True, False]
    """
    if settings.scope == "all":
        return np.ones(len(category), dtype=bool)
    return ~np.isin(category.astype(str), OUT_OF_SCOPE)


def match_points(
    claimed: Points,
    found: Points,
    single: Bools,
    in_scope: Bools,
    told_apart: list[float],
    settings: Settings,
) -> tuple[dict[float, Matching], Bools]:
    """Match single points with finds in scope, and tell the points with any find in reach."""
    a, b = np.flatnonzero(single), np.flatnonzero(in_scope)
    by_type = settings.match_type
    a_at, a_places = each(claimed.metres[a]) if by_type else places(claimed.metres[a])
    b_at, b_places = each(found.metres[b]) if by_type else places(found.metres[b])
    rungs = sorted({*told_apart, settings.tolerance_m})
    near = candidates(a_at, b_at, rungs[-1])
    reached = np.zeros(len(a_at), dtype=bool)
    reached[near.supplied[near.distance_m <= settings.tolerance_m]] = True
    any_find = np.zeros(len(single), dtype=bool)
    any_find[a] = reached[a_places.of_point]
    if by_type:
        alike = may_be_alike(
            stated_type(claimed)[a][near.supplied], stated_type(found)[b][near.find]
        )
        near = chosen_of(near, alike)
    matchings = {}
    for rung in rungs:
        within = near if rung == rungs[-1] else chosen_of(near, near.distance_m <= rung)
        pairs = assign(within, a_places, b_places, settings.matching)
        matchings[rung] = Matching(a[pairs.supplied], b[pairs.find], pairs.distance_m, pairs.group)
    return matchings, any_find


def chosen_of(near: Candidates, kept: Bools) -> Candidates:
    """Keep some of the candidates."""
    return Candidates(near.supplied[kept], near.find[kept], near.distance_m[kept])


def may_be_alike(a: Ints, b: Ints) -> Bools:
    """Whether types do not differ, as far as both sides tell one."""
    alike: Bools = (a == b) | ~tells_type(a) | ~tells_type(b)
    return alike


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
