"""The whole map, searched or not: what can be said of it, and under which assumption."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.groupings import Districts, Grouping, stated_type
from mapaccuracy.evaluation.located import Points, Texts, coded
from mapaccuracy.intake import iso_days
from mapaccuracy.schema import (
    CATEGORIES,
    Bools,
    Floats,
    Group,
    Ints,
    Selection,
    WholeMap,
    normalise,
)
from mapaccuracy.statistics.groups import NO_SEARCHED_AREAS, NO_VERIFIABLE, TOO_FEW_RECORDS
from mapaccuracy.statistics.selection import moments, standardised_difference
from mapaccuracy.statistics.strata import (
    StratifiedSpread,
    bounds,
    released_bound,
    share_if_rarer,
    stratified_interval,
    stratified_spread,
)

if TYPE_CHECKING:
    from mapaccuracy.evaluation.evidence import Evidence

LEAST_VERIFIED_SHARE = 0.2
# A figure of the whole map must speak for most of it.
MOST_LEFT_OUT = 0.5
LEAST_CLUSTERS = 2
NO_SUPPLIED = "no supplied points"
TOO_LITTLE_VERIFIED = "fewer than 20 % of the supplied points are verifiable"
MOST_IS_LEFT_OUT = "most supplied points are in strata without a verifiable point"
ALL_JUDGED = "every supplied point was judged, so nothing is estimated"
TOO_FEW_IN_A_STRATUM = "a stratum has too few separate records for an interval"

LEAST_POINTS = 10
FLAGGED_BEYOND = 0.25


def of_groups(evidence: Evidence, grouping: Grouping, groups: Sequence[Group]) -> list[WholeMap]:
    """Estimate the precision of all supplied points of each group, and bound it.

    Strata are districts; within these the map sheets, where every one of the group has at least
    2 clusters of verifiable points. Judged points count as what they are, whatever their number;
    the others of a stratum are taken to be like its judged ones, and those of a stratum without
    a judged point, whose share is told, like all other strata together.

    An interval asks for at least 2 clusters, under the coarsest clustering, in every stratum
    with a judged point: one cluster tells nothing of how clusters vary. It is the widest of
    those under each clustering of precision; with sheets as strata, the clustering that links
    records of one sheet does not apply, because what a sheet shares is then estimated sheet by
    sheet. As an interval over records it knows of no limit to their number; this map cannot
    leave the bounds, so what reaches beyond them is cut off.

    Returns
    -------
    list of WholeMap
        The bounds, which assume nothing, wherever there is a supplied point; without searched
        areas nothing is verifiable, and they are [0, 1].
    """
    compared = evidence.compared
    ground = compared.inputs.ground
    known = ground.given or ground.assumed
    strata = list(_strata(compared, grouping, len(groups))) if known else []
    return [
        _of_group(group, strata[index] if known else None) for index, group in enumerate(groups)
    ]


def _of_group(group: Group, strata: _Strata | None) -> WholeMap:
    verifiable = group.confirmed + group.not_confirmed
    share = verifiable / group.supplied if group.supplied else None
    limits = bounds(group.confirmed, group.unsearched, group.supplied)
    value = low = high = half = fifth = left_out = None
    used = 0
    reason: str | None
    if share is None or limits is None:
        reason = NO_SUPPLIED
    elif strata is None:
        reason = NO_SEARCHED_AREAS
    elif not verifiable:
        reason = NO_VERIFIABLE
    elif share < LEAST_VERIFIED_SHARE:
        reason = TOO_LITTLE_VERIFIED
    else:
        judged = strata.verifiable > 0
        left_out = float(strata.supplied[~judged].sum()) / group.supplied
        used = int(judged.sum())
        reason = MOST_IS_LEFT_OUT
        if left_out <= MOST_LEFT_OUT:
            value, half, fifth = (_within(strata.if_rarer(times), limits) for times in (1, 2, 5))
            interval, reason = strata.interval()
            if interval is not None and value is not None:
                low = min(max(interval[0], limits[0]), value)
                high = max(min(interval[1], limits[1]), value)
    return WholeMap(
        value=value,
        low=low,
        high=high,
        bound_low=None if limits is None else limits[0],
        bound_high=None if limits is None else limits[1],
        released_bound=released_bound(group.confirmed, verifiable, group.released_without_search),
        verified_share=share,
        half_as_likely=half,
        fifth_as_likely=fifth,
        strata=used,
        left_out_share=left_out,
        reason=reason,
    )


def _within(share: float | None, limits: tuple[float, float]) -> float | None:
    """Take back what rounding puts beyond the bounds."""
    return None if share is None else min(max(share, limits[0]), limits[1])


@dataclass(frozen=True)
class _Strata:
    """The strata of one group.

    Attributes
    ----------
    supplied, verifiable, confirmed : ndarray of float, shape (h,)
        Single points.
    spreads : list of StratifiedSpread or None
        Of the strata with a verifiable point, one a clustering, finest first; None where one of
        them has too few clusters.
    """

    supplied: Floats
    verifiable: Floats
    confirmed: Floats
    spreads: list[StratifiedSpread] | None

    def interval(self) -> tuple[tuple[float, float] | None, str | None]:
        """Widest over the clusterings, or why there is none."""
        if (self.verifiable == self.supplied).all():
            return None, ALL_JUDGED
        if self.spreads is None:
            return None, TOO_FEW_IN_A_STRATUM
        ends = [stratified_interval(spread) for spread in self.spreads]
        known = [interval for interval in ends if interval is not None]
        if len(known) < len(ends):
            return None, TOO_FEW_RECORDS
        return max(known, key=lambda interval: interval[1] - interval[0]), None

    def if_rarer(self, times: float) -> float | None:
        """Estimate for unsearched points that are so many times less likely confirmed."""
        return share_if_rarer(self.confirmed, self.verifiable, self.supplied, times)


@dataclass(frozen=True)
class _Layout:
    """Strata of all groups, in order of group, and the clusters of verifiable points in them.

    Attributes
    ----------
    group : ndarray of int, shape (h,)
    supplied : ndarray of int, shape (h,)
    cells : list of (stratum, successes, sizes), each ndarray of shape (k,)
        One a clustering, finest first; in order of stratum.
    """

    group: Ints
    supplied: Ints
    cells: list[tuple[Ints, Floats, Floats]]

    @property
    def clusters(self) -> Ints:
        """Clusters of each stratum under the coarsest clustering."""
        return np.bincount(self.cells[-1][0], minlength=len(self.group))

    def of_group(self, group: int) -> _Strata:
        """Give the strata of a group."""
        start, end = np.searchsorted(self.group, [group, group + 1])
        supplied = self.supplied[start:end].astype(np.float64)
        cells = []
        for of, successes, sizes in self.cells:
            first, last = np.searchsorted(of, [start, end])
            cells.append((of[first:last] - start, successes[first:last], sizes[first:last]))
        stratum, successes, sizes = cells[-1]
        verifiable = np.bincount(stratum, sizes, len(supplied)).astype(np.float64)
        confirmed = np.bincount(stratum, successes, len(supplied)).astype(np.float64)
        judged = verifiable > 0
        spreads = None
        if judged.any() and self.clusters[start:end][judged].min() >= LEAST_CLUSTERS:
            rank = np.cumsum(judged) - 1
            spreads = [
                stratified_spread(rank[of], successes, sizes, supplied[judged])
                for of, successes, sizes in cells
            ]
        return _Strata(supplied, verifiable, confirmed, spreads)


def _strata(compared: Compared, grouping: Grouping, g: int) -> Iterator[_Strata]:
    """Choose the strata of each group; about 100 bytes a supplied point."""
    claimed, single = compared.inputs.supplied, compared.supplied.single
    chain = compared.clusterings[0]
    rows = np.flatnonzero(single & (grouping.supplied >= 0))
    district = _district(claimed, compared.districts)
    by_district = _stratum(grouping.supplied[rows], None if district is None else district[rows])
    layout = _layout(compared, grouping.supplied, rows, by_district, chain)
    by_sheet = np.zeros(g, dtype=bool)
    if (sheets := claimed.codes("sheet")) is not None:
        # The last clustering is the one that links records of a sheet.
        finer = _layout(
            compared, grouping.supplied, rows, _stratum(by_district, sheets[1][rows]), chain[:-1]
        )
        fewest = np.full(g, np.iinfo(np.int64).max)
        np.minimum.at(fewest, finer.group, finer.clusters)
        by_sheet = fewest >= LEAST_CLUSTERS
    for index in range(g):
        yield (finer if by_sheet[index] else layout).of_group(index)


def _stratum(outer: Ints, inner: Ints | None) -> Ints:
    """Give a number, from 0 and in the order of the first, to what two labels tell apart."""
    if inner is None or not len(outer):
        return _numbered(outer)[0]
    return _numbered(outer * (int(inner.max()) + 1) + inner)[0]


def _numbered(values: Ints) -> tuple[Ints, Ints]:
    """Give each value its rank among the distinct ones, and these in order."""
    import pandas as pd

    rank, distinct = pd.factorize(values, sort=True)
    return rank.astype(np.int64), np.asarray(distinct, dtype=np.int64)


def _layout(
    compared: Compared, group: Ints, rows: Ints, stratum: Ints, chain: Sequence[Ints]
) -> _Layout:
    """Count supplied points by stratum, and verifiable ones by stratum and cluster."""
    h = int(stratum.max()) + 1 if len(stratum) else 0
    group_of = np.zeros(h, dtype=np.int64)
    group_of[stratum] = group[rows]
    verifiable = compared.supplied.verifiable[rows]
    searched, of = rows[verifiable], stratum[verifiable]
    confirmed = compared.supplied.confirmed[searched]
    cells = []
    for cluster in chain:
        width = int(cluster.max()) + 1 if len(cluster) else 1
        cell, distinct = _numbered(of * width + cluster[searched])
        sizes = np.bincount(cell, minlength=len(distinct)).astype(np.float64)
        successes = np.bincount(cell[confirmed], minlength=len(distinct)).astype(np.float64)
        cells.append((distinct // width, successes, sizes))
    return _Layout(group_of, np.bincount(stratum, minlength=h), cells)


def _district(claimed: Points, districts: Districts | None) -> Ints | None:
    """District of every supplied row, by polygon, or else as typed; None if nothing tells."""
    if districts is not None:
        labels = np.array(
            [
                f"{name}\0{code}"
                for name, code in zip(districts.names, districts.codes, strict=True)
            ],
            dtype=object,
        )
        names, of_polygon = coded(labels)
        # What lies on no polygon takes the last one.
        return np.append(of_polygon, len(names))[districts.supplied]
    typed = claimed.codes("district")
    if typed is None:
        return None
    names, of_row = typed
    plain = np.array([normalise(name) for name in names], dtype=object)
    return coded(plain)[1][of_row]


def selection_of_groups(
    evidence: Evidence, grouping: Grouping, groups: Sequence[Group]
) -> list[tuple[Selection, ...]]:
    """Compare searched with unsearched supplied points by what the map alone says of them.

    Returns
    -------
    list of tuple of Selection
        One entry for each attribute that at least 10 points on either side have. A difference
        is flagged beyond 0.25 either way, and where both sides are of one kind each, but not of
        the same: then it is endless, and None.
    """
    compared, g = evidence.compared, len(groups)
    rows = np.flatnonzero(compared.supplied.single & (grouping.supplied >= 0))
    # Group g + i is what was not searched of group i.
    side = grouping.supplied[rows] + np.where(compared.supplied.verifiable[rows], 0, g)
    held = np.bincount(side, minlength=2 * g)
    out: list[list[Selection]] = [[] for _ in groups]
    if not (np.minimum(held[:g], held[g:]) >= LEAST_POINTS).any():
        return [tuple(entries) for entries in out]
    for name, values, share in _attributes(compared, rows):
        n, mean, variance = moments(values, side, 2 * g, share=share)
        for index in np.flatnonzero(np.minimum(n[:g], n[g:]) >= LEAST_POINTS):
            ends = [float(mean[at]) for at in (index, index + g)]
            spreads = [float(variance[at]) for at in (index, index + g)]
            difference = standardised_difference(ends[0], spreads[0], ends[1], spreads[1])
            flagged = ends[0] != ends[1] if difference is None else abs(difference) > FLAGGED_BEYOND
            out[index].append(Selection(name, ends[0], ends[1], difference, flagged))
    return [tuple(entries) for entries in out]


def _attributes(compared: Compared, rows: Ints) -> Iterator[tuple[str, Floats, bool]]:
    """Give name and values (NaN: none) of what the map states, and whether they are flags."""
    claimed = compared.inputs.supplied
    stated = stated_type(claimed)[rows]
    if (stated >= 0).any():
        for kind in ("AP", "AT"):
            flags = _flags(stated == CATEGORIES.index(kind), stated >= 0)
            yield f"share claimed {kind}", flags, True
    accuracy = claimed.numbers("stated_accuracy_m")
    if accuracy is not None:
        yield "stated accuracy in metres", accuracy[rows], False
    yield "spacing in metres", compared.spacing_m[rows], False
    basis = claimed.codes("geometry_basis")
    if basis is not None:
        names, code = np.array(basis[0], dtype=object), basis[1][rows]
        yield "share generated", _flags((names == "generated")[code], (names != "")[code]), True
    dates = claimed.texts("date")
    if dates is not None:
        yield "year of date", _years(dates[rows]), False


def _flags(flag: Bools, known: Bools) -> Floats:
    return np.where(known, flag, np.nan)


def _years(dates: Texts) -> Floats:
    days = iso_days(dates)
    years = days.astype("datetime64[Y]").astype(np.int64) + 1970
    return np.where(np.isnat(days), np.nan, years)
