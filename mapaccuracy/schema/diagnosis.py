"""Is the map wrong, or only misplaced: fields as in the diagnosis document.

A *move* is what is added to supplied positions, in metres east and north. Every figure that
cannot be computed is None, with a reason beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from mapaccuracy.schema.rates import Rate

Verdict = Literal[
    "as_supplied", "explained", "displaced", "no_displacement_helps", "cannot_be_told"
]
AS_SUPPLIED = "as_supplied"
DISPLACEMENT = "displacement"
VERDICTS: Mapping[Verdict, str] = {
    "as_supplied": "nothing that was tested makes the whole map fit better than as supplied",
    "explained": "a known mistake would explain the error of the map",
    "displaced": "one common displacement would bring the map onto the finds; its cause is not "
    "known",
    "no_displacement_helps": "no tested mistake and no common displacement helps",
    "cannot_be_told": "it cannot be told whether the map is displaced",
}


@dataclass(frozen=True)
class Gain:
    """Change of the share of single supplied points that have a pair.

    Attributes
    ----------
    value : float or None
        Share after the hypothesis less share as supplied, in [-1, 1]. The same points count
        before and after, whatever ground they lie on.
    low, high : float or None
        95 % interval over clusters; None with fewer than 5 effective clusters.
    clusters : int
    effective_clusters : float or None
    reason : str or None
        Why there is no value or no interval.
    """

    value: float | None
    low: float | None
    high: float | None
    clusters: int
    effective_clusters: float | None
    reason: str | None


@dataclass(frozen=True)
class Closer:
    """Change of how close pairs are: mean score of single points, 0 without a pair.

    Attributes
    ----------
    scale_m : float
        Distance at which a pair scores 0; at distance 0 it scores 1.
    value : float or None
        Score after the hypothesis less score as supplied, in [-1, 1].
    low, high, clusters, effective_clusters, reason
        As in `Gain`.
    """

    scale_m: float
    value: float | None
    low: float | None
    high: float | None
    clusters: int
    effective_clusters: float | None
    reason: str | None


@dataclass(frozen=True)
class Move:
    """A move of the map, to 0.1 m; to 10 m from 1 km on, and to 10 km from 10 km on.

    Attributes
    ----------
    east_m, north_m : float
        Median over the supplied points.
    spread_m : float
        Largest distance of a point's move from that, metres; 0 for a pure shift.
    """

    east_m: float
    north_m: float
    spread_m: float


@dataclass(frozen=True)
class Hypothesis:
    """One way in which the map may be wrong, and what it would mean.

    Attributes
    ----------
    name : str
        ``as_supplied``, a named mistake such as ``sk42_as_wgs84``, or ``displacement``.
    cause : str
        The mistake in words.
    precision, recall : Rate or None
        After undoing it, over the points that are verifiable at their new places; None where it
        was not tested. For ``displacement`` in sample, which flatters: see `held_out`.
    held_out : Rate or None
        Precision when nothing is fitted to the records that are judged: for a fitted
        displacement each record (or sheet) is moved as the others ask for; for the others the
        same as `precision`.
    confirmed_share : float or None
        Paired single supplied points / all single supplied points; held out where it is fitted.
    gain : Gain or None
        Of that share, against the map as supplied; held out where it is fitted. None for the map
        as supplied itself.
    closer : Closer or None
        How much closer pairs are; None where `gain` is.
    p : float or None
        ``(b + 1) / (draws + 1)``: b counts the draws in which records moved at random, each by
        itself, fit as well under any of the hypotheses tested with this one (or anywhere within
        range, for ``displacement``); so it holds for all of them together.
    draws : int
    records, contributing : int or None
        Records (or sheets) that were looked at, and those with more pairs than their own
        surroundings explain; None where it was not tested.
    by_chance : float or None
        How many would contribute if their pairs were those of chance.
    accepted : bool
        p is at most .05, the interval of `closer` lies above 0, and at least 5 records contribute,
        of which a fifth at most would by chance. For a fitted displacement the interval of `gain`
        lies above 0 as well: one that changes nothing within tolerance is an error of position,
        and no reason to move the map.
    move : Move or None
    rest : Move or None
        Mean error that is left after it, as a further move; None with fewer than 5 contributing
        records.
    in_area : bool or None
        Whether the map lies in the area that the coordinate operation is made for; None where
        that has no meaning.
    operation : str or None
        Coordinate operation with its code, and the version of PROJ.
    reason : str or None
        Why it was not tested, or what to mind.
    """

    name: str
    cause: str
    precision: Rate | None
    recall: Rate | None
    held_out: Rate | None
    confirmed_share: float | None
    gain: Gain | None
    closer: Closer | None
    p: float | None
    draws: int
    records: int | None
    contributing: int | None
    by_chance: float | None
    accepted: bool
    move: Move | None
    rest: Move | None
    in_area: bool | None
    operation: str | None
    reason: str | None


@dataclass(frozen=True)
class Ellipse:
    """95 % region of a vector, by a bootstrap of records.

    Attributes
    ----------
    semi_major_m, semi_minor_m : float
    bearing_deg : float
        Of the major axis, clockwise from north, in [0, 180).
    """

    semi_major_m: float
    semi_minor_m: float
    bearing_deg: float


@dataclass(frozen=True)
class Peak:
    """A peak of the displacement histogram.

    Attributes
    ----------
    east_m, north_m : float
    pairs : int
        Supplied points and finds that lie apart by this, give or take the width of the peak.
    background : float
        Pairs expected there if nothing but the surroundings counted.
    contributing : int
        Records (or sheets) with more pairs there than their own surroundings explain.
    other_records : int
        Those of them that have no more at the first peak; 0 for the first. Where they are 5 or
        more, the peak is no repetition of the first but of other records.
    as_high_share : float
        Share of the bootstrap samples of records in which it is at least as high as the first
        peak; 1 for the first.
    """

    east_m: float
    north_m: float
    pairs: int
    background: float
    contributing: int
    other_records: int
    as_high_share: float


@dataclass(frozen=True)
class Displacement:
    """The common displacement that a search within range found.

    Attributes
    ----------
    east_m, north_m : float or None
        Move that brings the map onto the finds; None where it is not claimed (`reason`).
    length_m, bearing_deg : float or None
    ellipse : Ellipse or None
    peak : Peak or None
    second_peak : Peak or None
        The highest peak elsewhere.
    alternatives : tuple of Peak
        Other peaks that cannot be told from the first: each is at least as high in 1 of 100
        bootstrap samples or more.
    repeat_m : float or None
        Distance at which the rows of the map repeat, where that is why there are alternatives.
    highest : float or None
        Pairs above background at the highest peak, whether or not it is claimed.
    highest_by_chance : float or None
        Pairs above background at the highest peak that 95 % of maps stay below whose records
        share no displacement.
    p : float or None
    records, contributing : int
        Records (or sheets) looked at, and those with more pairs at the peak than their own
        surroundings explain.
    by_chance : float
        How many of them would be expected to if their pairs were those of chance.
    stability : float or None
        Share of the fits without one record that lie within the tolerance of the fit of all.
    rotation_deg, scale_ppm : float or None
        Clockwise, and in parts per million, about the centre of the map; only where asked for.
    reason : str or None
        Why no displacement is given.
    """

    east_m: float | None
    north_m: float | None
    length_m: float | None
    bearing_deg: float | None
    ellipse: Ellipse | None
    peak: Peak | None
    second_peak: Peak | None
    alternatives: tuple[Peak, ...]
    repeat_m: float | None
    highest: float | None
    highest_by_chance: float | None
    p: float | None
    records: int
    contributing: int
    by_chance: float
    stability: float | None
    rotation_deg: float | None
    scale_ppm: float | None
    reason: str | None


@dataclass(frozen=True)
class SheetDisplacement:
    """The displacement of one map sheet, found in its own records.

    Attributes
    ----------
    sheet : str
    records, contributing : int
    east_m, north_m : float or None
        None where fewer than 5 records contribute, or p is above .05.
    ellipse : Ellipse or None
    p : float or None
    reason : str or None
    """

    sheet: str
    records: int
    contributing: int
    east_m: float | None
    north_m: float | None
    ellipse: Ellipse | None
    p: float | None
    reason: str | None


@dataclass(frozen=True)
class Residuals:
    """Error that is left after the accepted hypothesis, or as supplied where none is.

    Attributes
    ----------
    after : str or None
        Name of the hypothesis.
    pairs, records : int
        Pairs within tolerance, and records with at least 5 of them.
    within_m : float or None
        Root mean square error of points about the mean of their record, per axis pooled.
    between_m : float or None
        Standard deviation of the true means of records, with the part taken out that errors of
        points explain; per axis pooled.
    between_sheets_m : float or None
        The same of sheets.
    rotation_deg : float or None
        Standard deviation of the turn of records, with the part that noise explains taken out.
    tolerance_m : float
        Pairs cannot be farther apart, so all of these are understated.
    picture : {"one vector for all", "every record its own", "every sheet its own"} or None
    reason : str or None
    """

    after: str | None
    pairs: int
    records: int
    within_m: float | None
    between_m: float | None
    between_sheets_m: float | None
    rotation_deg: float | None
    tolerance_m: float
    picture: str | None
    reason: str | None


@dataclass(frozen=True)
class Histogram:
    """How often supplied points and finds lie apart by so much, in coarse cells.

    Attributes
    ----------
    cell_m : float
        Side of a cell.
    range_m : float
        Cells cover displacements from -range_m to range_m, east and north.
    counts : tuple of tuple of (int or None)
        Rows from south to north, cells from west to east; None where fewer than 5 records make
        up a cell, also where none does.
    least : int
        That number.
    reason : str or None
        Why there is none.
    """

    cell_m: float | None
    range_m: float
    counts: tuple[tuple[int | None, ...], ...]
    least: int
    reason: str | None


@dataclass(frozen=True)
class Sampling:
    """What part of the map the search looked at.

    Attributes
    ----------
    unit : {"record", "sheet"}
        What moves as one: records (with neighbours within the cluster distance), or map sheets.
    units, units_drawn : int
        All, and those drawn at random for the search.
    pairs : int
        Pairs of supplied points and finds within range.
    p_error : float or None
        Monte-Carlo standard error of the p of the displacement.
    """

    unit: str
    units: int
    units_drawn: int
    pairs: int
    p_error: float | None
