"""Outlines of minefields: polygons with a count, compared with the finds inside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy import geography
from mapaccuracy.evaluation import units
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.groupings import OVERALL
from mapaccuracy.evaluation.located import Shapes
from mapaccuracy.schema import AreaFigures, Bools, Floats, Ints, Problem
from mapaccuracy.statistics.groups import NO_SEARCHED_AREAS

if TYPE_CHECKING:
    import pandas as pd

NO_OUTLINES = "the map has no outlines"
NO_OUTLINES_JUDGED = "the ground of no outline was searched"
# Less of an outline than this was searched: none, but for borders that touch.
_NEXT_TO_NOTHING = 1e-6


@dataclass(frozen=True)
class SeenOutlines:
    """What became of every outline.

    Attributes
    ----------
    areas : Shapes
    share : ndarray of float, shape (n,)
        Searched share of the ground inside.
    judged : ndarray of bool, shape (n,)
        Decided before any find is looked at.
    of_find : ndarray of int, shape (n_finds,)
        The outline that each find in scope counts for; -1 if none holds it. The first that holds
        it and is judged and says how many mines it claims, or else the first that holds it.
    beside : ndarray of int, shape (n_finds,)
        The same, or else the nearest outline within the tolerance; -1 for none.
    found : ndarray of int, shape (n,)
        Finds in scope that count for each. Also those on the little
        ground of a judged outline that was not searched: what holds a find is not without.
    inside : ndarray of int, shape (n,)
        Finds in scope inside each, whatever else holds them.
    overlaps : int
        Pairs of outlines that share ground.
    clusters : list of ndarray of int, shape (n,)
        As `units.clusterings`.
    """

    areas: Shapes
    share: Floats
    judged: Bools
    of_find: Ints
    beside: Ints
    found: Ints
    inside: Ints
    overlaps: int
    clusters: list[Ints]


def see(compared: Compared, areas: Shapes) -> SeenOutlines:
    """Decide which outlines are judged, then look for finds inside."""
    inputs, settings = compared.inputs, compared.settings
    frame, found = inputs.frame, inputs.finds
    share = inputs.ground.share_of(areas.shapes, frame)
    judged = share >= settings.verifiable_share - 1e-9
    in_scope = np.flatnonzero(compared.finds.in_scope)
    x, y = found.x[in_scope], found.y[in_scope]
    of_find = np.full(len(found), -1, dtype=np.int64)
    # Claimed is of the judged ones with a count: no other outline may take their finds.
    order = np.append(np.argsort(~judged | np.isnan(areas.mines), kind="stable"), -1)
    of_find[in_scope] = order[geography.first_polygon(x, y, areas.shapes[order[:-1]])]
    beside = of_find.copy()
    outside = np.flatnonzero(compared.finds.in_scope & (of_find < 0))
    beside[outside], _ = geography.nearest_shape(
        found.x[outside], found.y[outside], areas.shapes, settings.tolerance_m, frame
    )
    return SeenOutlines(
        areas,
        share,
        judged,
        of_find,
        beside,
        np.bincount(of_find[of_find >= 0], minlength=len(areas)),
        geography.count_inside(x, y, areas.shapes),
        len(geography.overlaps(areas.shapes, frame)),
        units.clusterings(areas, settings.cluster_distance_m, frame),
    )


def figures(
    compared: Compared,
    seen: SeenOutlines,
    names: list[str],
    group: Ints,
    of_find: Ints,
    of_point: Ints,
) -> tuple[AreaFigures, ...]:
    """Give the figures of outlines for every group.

    Parameters
    ----------
    compared : Compared
    seen : SeenOutlines
    names : list of str
    group : ndarray of int, shape (n_outlines,)
    of_find : ndarray of int, shape (n_finds,)
        Group of every find.
    of_point : ndarray of int, shape (n_supplied,)
        Group of every supplied point.

    Returns
    -------
    tuple of AreaFigures
        One a group.
    """
    g = len(names)
    inputs, clusters = compared.inputs, seen.clusters
    ground, frame = inputs.ground, inputs.frame
    mines = seen.areas.mines
    stated = ~np.isnan(mines)
    silent = None if len(inputs.finds) else units.NO_FIND_HAS_A_POSITION
    if not len(seen.areas):
        silent = NO_OUTLINES
    known = ground.given or ground.assumed
    without = units.unit_rates(
        group,
        clusters,
        seen.judged,
        seen.inside == 0,
        g,
        units="outlines",
        empty=silent or (NO_OUTLINES_JUDGED if known else NO_SEARCHED_AREAS),
    )
    found = units.found_claimed(
        group,
        clusters,
        seen.judged & stated,
        seen.found.astype(np.float64),
        np.nan_to_num(mines),
        g,
        unknown=silent,
    )
    inside, near = (
        units.find_rates(compared, unit, clusters[-1], of_find, g)
        if len(seen.areas)
        else [units.no_rate(NO_OUTLINES)] * g
        for unit in (seen.of_find, seen.beside)
    )
    share = units.ground_share(compared, seen.areas.shapes) if names == [OVERALL] else None

    def count(of: Ints, flag: Bools) -> Ints:
        return np.bincount(of[flag], minlength=g)

    several = ~compared.supplied.single
    claimed = inputs.supplied.numbers("count")
    by_centroid: Floats = np.zeros(g)
    if claimed is not None:
        told = several & (claimed > 1)
        by_centroid += np.bincount(of_point[told], weights=claimed[told], minlength=g)
    outlines, judged = count(group, np.ones_like(stated)), count(group, seen.judged)
    partly = count(group, ~seen.judged & (seen.share > _NEXT_TO_NOTHING))
    without_count, centroids = count(group, ~stated), count(of_point, several)
    out = []
    for index, name in enumerate(names):
        whole = geography.dissolve(seen.areas.shapes[group == index])
        searched = None
        if ground.given:
            searched = float(geography.hectares_by_polygon(ground.searched, whole, frame).sum())
        out.append(
            AreaFigures(
                group=name,
                outlines=int(outlines[index]),
                judged=int(judged[index]),
                partly_searched=int(partly[index]),
                unsearched=int(outlines[index] - judged[index] - partly[index]),
                hectares=geography.hectares(whole, frame),
                searched_hectares=searched,
                without_count=int(without_count[index]),
                without_find=without[index],
                found=found[index],
                finds_inside=inside[index],
                finds_near=near[index],
                ground_inside_share=share,
                centroids=int(centroids[index]),
                centroids_claimed=int(by_centroid[index]),
            )
        )
    return tuple(out)


def problems(seen: SeenOutlines) -> list[Problem]:
    """Say how many outlines overlap."""
    if not seen.overlaps:
        return []
    return [Problem("MA521", "areas", values={"n": f"{seen.overlaps:,}"})]


def table(seen: SeenOutlines) -> pd.DataFrame:
    """Make one row an outline, by id: restricted, in no result document.

    ``outline``, ``record_id``: as supplied. ``claimed``: mines, NaN where not stated.
    ``searched_share``: of the ground inside. ``judged``. ``inside``: finds in scope inside.
    ``found``: those of them that count for it, as `SeenOutlines.of_find` says.
    """
    import pandas as pd

    ids, records = seen.areas.texts("id"), seen.areas.texts("record_id")
    return pd.DataFrame(
        {
            "outline": ids,
            "record_id": np.full(len(seen.areas), "", dtype=object) if records is None else records,
            "claimed": seen.areas.mines,
            "searched_share": seen.share,
            "judged": seen.judged,
            "inside": seen.inside,
            "found": seen.found,
        }
    )
