"""The figures of a group beyond its counts and rates; field names as in the result document.

Every figure that cannot be computed is None, with a reason beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mapaccuracy.schema.rates import Rate


@dataclass(frozen=True)
class Null:
    """What the same map would score if it knew nothing: one question asked of chance.

    Attributes
    ----------
    observed_precision : float or None
        Precision of the records that could be tested, as supplied, by the matcher of the null.
    expected_precision : float or None
        Its mean over the draws.
    expected_recall : float or None
        Recall that the group would have at the expected precision; None unless the points
        tested stand for the group, and where one find may confirm several points.
    skill : float or None
        ``(observed - expected) / (1 - expected)``; 0 is chance, 1 is a map without a miss,
        below 0 is worse than chance. None where chance alone confirms every point.
    p : float or None
        ``(b + 1) / (draws + 1)``, where b counts the draws at least as precise as observed.
        Where records that were shifted each by itself lie within the cluster distance of each
        other, no less than the p of a t-test on clusters; None then below 5 effective clusters.
    draws : int
        0 where nothing was drawn; the smallest p possible is ``1 / (draws + 1)``.
    mc_error : float or None
        Standard error of `expected_precision` that comes of drawing; above 0 also where all
        draws agree.
    records, points : int
        Records tested and their points; on a large map a random sample of those that can be.
        Where records are moved, those within the cluster distance of each other (50 m) are one.
    tested_share : float or None
        Share of the verifiable points of the group that lie in records that can be tested,
        estimated where records were drawn at random; None without verifiable points.
    stands_for_group : bool
        Whether that is at least 0.8, so that the expected precision may stand beside the
        precision of the group.
    reason : str or None
        Why there is no figure, no p, or no skill.
    """

    observed_precision: float | None
    expected_precision: float | None
    expected_recall: float | None
    skill: float | None
    p: float | None
    draws: int
    mc_error: float | None
    records: int
    points: int
    tested_share: float | None
    stands_for_group: bool
    reason: str | None


@dataclass(frozen=True)
class GroundChance:
    """What judged points would score anywhere in their searched polygon; never a test.

    Attributes
    ----------
    any_find_share : float or None
        Share that would have any find in scope within tolerance if each judged point lay
        anywhere verifiable in its own part of the searched ground, by itself; many-to-one, so
        it can only be too high for a whole map.
    mc_error : float or None
        Its standard error.
    samples : int
        Verifiable positions drawn in these parts.
    reason : str or None
    """

    any_find_share: float | None
    mc_error: float | None
    samples: int
    reason: str | None


@dataclass(frozen=True)
class Chance:
    """Whether the map knows where the records lie, and where the mines are inside them."""

    records: Null
    inside: Null
    ground: GroundChance


@dataclass(frozen=True)
class Resolution:
    """Whether one supplied point can be told from the next at the tolerance.

    Attributes
    ----------
    spacing_m : float or None
        Median distance from a single supplied point to the nearest other one, of any record; of
        the verifiable points, where the group has any.
    ratio : float or None
        spacing_m / tolerance_m.
    resolvable : bool or None
        Whether the ratio is at least 1; below, the share by point is not resolvable.
    reason : str or None
    """

    spacing_m: float | None
    ratio: float | None
    resolvable: bool | None
    reason: str | None


@dataclass(frozen=True)
class Agreement:
    """Agreement by record: the headline where points cannot be told apart.

    Attributes
    ----------
    share : Rate
        Records that agree / records judged. Judged: at least ``record_points`` verifiable
        points; agrees: at least ``record_share`` of these have any find in scope within
        tolerance. Clustered as supplied points are.
    agreeing : int
    expected_share : float or None
        Its mean when the records that can be moved are moved within their own searched ground;
        None unless their points stand for the group.
    reason : str or None
        Why there is no expected share.
    """

    share: Rate
    agreeing: int
    expected_share: float | None
    reason: str | None


@dataclass(frozen=True)
class Rung:
    """One tolerance of the ladder; the verifiable set is that of the headline tolerance.

    Attributes
    ----------
    tolerance_m : float
    n : int
        Verifiable points.
    confirmed, mapped : int or None
        Verifiable points and finds that count with a pair; None where not computed. Beyond the
        headline, groups of fewer than 5 verifiable points have no figures of points, those of
        fewer than 5 finds that count none of finds; nor have groups which would else give those
        of others away.
    precision, recall, f1 : float or None
    any_find_share : float or None
        Share of the n points with any find in scope within the rung.
    any_point_share : float or None
        Share of the finds that count with any single supplied point within the rung.
    expected_precision : float or None
        By chance, as `Null` of the records says; None unless it stands for the group.
    expected_any_find_share : float or None
        By chance, as `GroundChance` says.
    reason : str or None
        Why figures are missing.
    """

    tolerance_m: float
    n: int
    confirmed: int | None
    mapped: int | None
    precision: float | None
    recall: float | None
    f1: float | None
    any_find_share: float | None
    any_point_share: float | None
    expected_precision: float | None
    expected_any_find_share: float | None
    reason: str | None


@dataclass(frozen=True)
class PositionError:
    """Error of position of the confirmed points, supplied minus find; it depends on the tolerance.

    Attributes
    ----------
    n, clusters : int
        Pairs, and the clusters they come in: of confirmed points in records whose pairs are more
        than most shifts of the record along itself give (`Chance.inside`). There are figures only
        if that question is answered for the group with p at most 0.05.
    bias_east_m, bias_north_m, bias_m, bias_bearing_deg : float or None
        Mean error, its length, and its direction clockwise from north in [0, 360).
    bias_p : float or None
        Hotelling's test, on the unweighted means of the clusters, that there is no bias.
    variance_east_m2, variance_north_m2, covariance_m2 : float or None
        Of the errors, with n - 1.
    rmse_east_m, rmse_north_m, rmse_radial_m : float or None
        With n.
    ce50_m, ce90_m, ce95_m : float or None
        Radius that holds 50, 90, 95 % of the errors of a normal distribution with this bias
        and covariance.
    median_m, p90_m, p95_m : float or None
        Quantiles of the distances themselves (Harrell-Davis, so that none is the distance of a
        single pair); p90 asks for 29 pairs, p95 for 59.
    sigma_untruncated_m : float or None
        Standard deviation per axis of an unbiased circular normal error whose part within the
        tolerance looks like this; None where the tolerance is below twice it.
    reason : str or None
        Why there is no figure; where only a part is missing, why that is.
    """

    n: int
    clusters: int
    bias_east_m: float | None
    bias_north_m: float | None
    bias_m: float | None
    bias_bearing_deg: float | None
    bias_p: float | None
    variance_east_m2: float | None
    variance_north_m2: float | None
    covariance_m2: float | None
    rmse_east_m: float | None
    rmse_north_m: float | None
    rmse_radial_m: float | None
    ce50_m: float | None
    ce90_m: float | None
    ce95_m: float | None
    median_m: float | None
    p90_m: float | None
    p95_m: float | None
    sigma_untruncated_m: float | None
    reason: str | None


@dataclass(frozen=True)
class EffortStep:
    """Ground and finds within a radius of the supplied points, as shares of the searched ground.

    Attributes
    ----------
    radius_m : float
    area_share, find_share : float
    pai : float or None
        find_share / area_share (predictive accuracy index); None where too little ground was
        sampled within.
    """

    radius_m: float
    area_share: float
    find_share: float
    pai: float | None


@dataclass(frozen=True)
class Effort:
    """How much of the searched ground lay near the map's points, and how many of the finds.

    Attributes
    ----------
    auc : float or None
        Area under the curve of find share over area share; 0.5 says nothing, 1 all.
    auc_low, auc_high : float or None
        Its 95 % interval over clusters of finds; only where 0.5 lies outside does the map tell
        more, or less, than nothing.
    mc_error : float or None
        Standard error of `auc` that comes of sampling the ground alone; part of the interval.
    finds, samples : int
        Finds that count, and positions drawn in the searched ground.
    curve : tuple of EffortStep
        At the radii of the ladder.
    hectares_for : mapping of {"50", "80", "95"} to float or None
        Ground to search, nearest to the supplied points first, to have found so many per cent
        of the finds that count: a Harrell-Davis quantile over the finds, so that none decides
        alone. All hectares have 3 significant digits.
    hectares_saved : the same
        Against searching the same ground without a map, in any order, which meets the k-th of
        n finds after k / (n + 1) of it on average.
    hectares_per_find_with_map, hectares_per_find_without_map : the same
    reason : str or None
        Why there is no figure; where only a part is missing, why that is.
    """

    auc: float | None
    auc_low: float | None
    auc_high: float | None
    mc_error: float | None
    finds: int
    samples: int
    curve: tuple[EffortStep, ...]
    hectares_for: Mapping[str, float | None]
    hectares_saved: Mapping[str, float | None]
    hectares_per_find_with_map: Mapping[str, float | None]
    hectares_per_find_without_map: Mapping[str, float | None]
    reason: str | None


@dataclass(frozen=True)
class TypePairs:
    """Verifiable points and finds that count, by type claimed and type found."""

    claimed: str
    found: str
    n: int


@dataclass(frozen=True)
class TypeRatio:
    """Finds for each point claimed, of one type, with an interval over clusters.

    Attributes
    ----------
    type : str
    claimed : int
        Verifiable points that claim the type.
    found : int
        Finds that count of the type.
    ratio, low, high : float or None
    clusters : int
        Clusters of points and finds together.
    reason : str or None
    """

    type: str
    claimed: int
    found: int
    ratio: float | None
    low: float | None
    high: float | None
    clusters: int
    reason: str | None


@dataclass(frozen=True)
class Types:
    """Types claimed against types found.

    Attributes
    ----------
    matched_by_type : bool
        Whether pairs of different stated types were excluded; else pairs are formed first.
    table : tuple of TypePairs
        Rows AP, AT, other, type not stated, not on map; columns the same with not found.
    same_type : Rate
        Of the confirmed points where both sides state a type, those where it is the same.
    ratios : tuple of TypeRatio
    reason : str or None
    """

    matched_by_type: bool
    table: tuple[TypePairs, ...]
    same_type: Rate
    ratios: tuple[TypeRatio, ...]
    reason: str | None


@dataclass(frozen=True)
class WholeMap:
    """Precision of the whole map, if unsearched points of a stratum are like the searched ones.

    Attributes
    ----------
    value, low, high : float or None
        Stratified estimate and its 95 % interval over clusters, both within the bounds; None
        below 20 % verified. No interval where every point was judged, nor where a stratum has
        fewer than 2 clusters.
    bound_low, bound_high : float or None
        Confirmed / supplied, and (confirmed + unsearched) / supplied: no assumption.
    released_bound : float or None
        Confirmed / (verifiable + released without search).
    verified_share : float or None
        Verifiable / supplied.
    half_as_likely, fifth_as_likely : float or None
        The estimate if unsearched points are 2 or 5 times less likely to be confirmed.
    strata : int
        Strata with a verifiable point.
    left_out_share : float or None
        Share of the supplied points in strata without a verifiable point, which are taken to be
        like the other strata together; beyond a half there is no estimate.
    reason : str or None
    """

    value: float | None
    low: float | None
    high: float | None
    bound_low: float | None
    bound_high: float | None
    released_bound: float | None
    verified_share: float | None
    half_as_likely: float | None
    fifth_as_likely: float | None
    strata: int
    left_out_share: float | None
    reason: str | None


@dataclass(frozen=True)
class Selection:
    """Whether searched supplied points differ from unsearched ones in what the map says of them.

    Attributes
    ----------
    attribute : str
    searched, unsearched : float or None
        Mean or share among verifiable and among the other single points.
    difference : float or None
        Standardised: over the root of the mean of both variances.
    flagged : bool
        Whether it is beyond 0.25 either way.
    """

    attribute: str
    searched: float | None
    unsearched: float | None
    difference: float | None
    flagged: bool


@dataclass(frozen=True)
class RecallParts:
    """Recall of parts of the finds that count.

    Attributes
    ----------
    near_map : Rate
        Finds in the ground that the map speaks of: within the cluster distance of the convex
        hull of the single points of a record. Not defined for a tolerance above half of it.
    by_reason : mapping of {"map", "incident", "systematic", "not stated"} to Rate
        By why the ground was searched.
    before_map, after_map, undated : Rate
        Found before the map was received, on that day or later, and without a date that can
        be read; defined where that day was given.
    """

    near_map: Rate
    by_reason: Mapping[str, Rate]
    before_map: Rate
    after_map: Rate
    undated: Rate


@dataclass(frozen=True)
class Beyond:
    """Accidents farther than a distance from every single supplied point."""

    tolerance_m: float
    share: Rate


@dataclass(frozen=True)
class Accidents:
    """Accidents against the map.

    Attributes
    ----------
    n : int
    beyond : tuple of Beyond
        At the rungs of the ladder.
    reason : str or None
    """

    n: int
    beyond: tuple[Beyond, ...]
    reason: str | None
