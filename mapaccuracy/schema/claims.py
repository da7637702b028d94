"""The figures of what is no point: rows of mines, outlines of minefields, clearance tasks.

Field names as in the result document. Every figure that cannot be given is None, with a reason
beside it. Shares of fewer than 5 rows, outlines or tasks are withheld: they would tell single
ones. Totals stay, as counts of small districts do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mapaccuracy.schema.rates import Rate


@dataclass(frozen=True)
class FoundClaimed:
    """Mines found for each mine claimed, with an interval over clusters.

    Attributes
    ----------
    units : int
        Rows, outlines or tasks that it is about; which ones is decided before finds are counted.
    claimed : float
        Mines that these claim. For tasks not always a whole number: a claim that a border cuts
        counts in proportion to its length or ground.
    found : int or None
    value : float or None
        found / claimed; may pass 1.
    low, high : float or None
        95 % interval.
    clusters : int
        Clusters that hold anything claimed or found.
    reason : str or None
    """

    units: int
    claimed: float
    found: int | None
    value: float | None
    low: float | None
    high: float | None
    clusters: int
    reason: str | None


@dataclass(frozen=True)
class RowFigures:
    """Rows of mines, of one district or of the whole.

    Attributes
    ----------
    group : str
    rows : int
        judged + unsearched.
    judged : int
        Rows of which at least ``verifiable_share`` of the ground within the tolerance was
        searched.
    unsearched : int
    kilometres : float
        Length of all rows.
    without_count : int
        Rows that do not say how many mines they hold.
    with_finds : mapping of {"1", "2", "5"} to Rate
        Judged rows that hold at least so many finds. A find counts for one row, the nearest
        within the tolerance.
    found : FoundClaimed
        Over the judged rows with a count.
    finds_near : Rate
        Finds that count within the tolerance of any row / finds that count.
    ground_near_share : float or None
        Share of the searched ground that lies within the tolerance of any row: what
        `finds_near` would be if the finds were spread evenly.
    """

    group: str
    rows: int
    judged: int
    unsearched: int
    kilometres: float
    without_count: int
    with_finds: Mapping[str, Rate]
    found: FoundClaimed
    finds_near: Rate
    ground_near_share: float | None

    def to_dict(self) -> dict[str, Any]:
        """Make a dict for the result document."""
        return asdict(self)


@dataclass(frozen=True)
class AreaFigures:
    """Outlines of minefields, of one district or of the whole.

    Attributes
    ----------
    group : str
    outlines : int
        judged + partly_searched + unsearched.
    judged : int
        Outlines of whose ground at least ``verifiable_share`` was searched.
    partly_searched, unsearched : int
        Outlines with less searched ground, and with none.
    hectares : float
        Ground inside, ground in several outlines counted once.
    searched_hectares : float or None
        Searched part of it.
    without_count : int
        Outlines that do not say how many mines they hold.
    without_find : Rate
        Judged outlines without any find in scope inside / judged.
    found : FoundClaimed
        Over the judged outlines with a count. A find in several of them counts for the first.
    finds_inside : Rate
        Finds that count inside any outline / finds that count.
    finds_near : Rate
        The same with those within the tolerance of an outline.
    ground_inside_share : float or None
        Share of the searched ground that lies inside any outline: what `finds_inside` would be
        if the finds were spread evenly.
    centroids : int
        Supplied points that stand for several mines or are centroids: they have no outline, so
        that nothing can be found inside.
    centroids_claimed : int
        Mines that these claim, as far as they say more than one.
    """

    group: str
    outlines: int
    judged: int
    partly_searched: int
    unsearched: int
    hectares: float
    searched_hectares: float | None
    without_count: int
    without_find: Rate
    found: FoundClaimed
    finds_inside: Rate
    finds_near: Rate
    ground_inside_share: float | None
    centroids: int
    centroids_claimed: int

    def to_dict(self) -> dict[str, Any]:
        """Make a dict for the result document."""
        return asdict(self)


@dataclass(frozen=True)
class TaskFigures:
    """Clearance tasks, of one district or of the whole.

    Attributes
    ----------
    group : str
    tasks : int
        searched + not_searched.
    searched : int
        Tasks searched to completion, or of unknown status where no task has one.
    not_searched : int
    hectares : float
        Ground of the searched tasks.
    items : int
        Items in scope found in searched tasks, with or without a position.
    items_out_of_scope : int
    items_by_category : mapping of str to int
        All items found in searched tasks.
    with_position_share : float or None
        Share of `items` with a position of their own.
    claims_cut : int
        Rows and outlines of which a searched task holds a part, neither nearly all nor next to
        nothing.
    left_out : int
        Searched tasks that a row, outline or centroid touches which does not say how many mines
        it holds; not in `found`.
    found : FoundClaimed
        Over the other searched tasks: items found against mines claimed in them.
    without_find : Rate
        Searched tasks in which the map claims a stated number of mines, at least one, and no item
        was found / searched tasks in which it claims so.
    off_map : Rate
        Searched tasks with items that no supplied point, row or outline touches / searched tasks
        with items.
    """

    group: str
    tasks: int
    searched: int
    not_searched: int
    hectares: float
    items: int
    items_out_of_scope: int
    items_by_category: Mapping[str, int]
    with_position_share: float | None
    claims_cut: int
    left_out: int
    found: FoundClaimed
    without_find: Rate
    off_map: Rate

    def to_dict(self) -> dict[str, Any]:
        """Make a dict for the result document."""
        return asdict(self)
