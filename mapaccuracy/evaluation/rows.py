"""Rows of mines: lines with a count, compared with the finds near them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy import geography
from mapaccuracy.evaluation import units
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.groupings import OVERALL
from mapaccuracy.evaluation.located import Shapes
from mapaccuracy.schema import Bools, Floats, Ints, Problem, RowFigures
from mapaccuracy.statistics.groups import NO_SEARCHED_AREAS

if TYPE_CHECKING:
    import pandas as pd

# A row with so many finds; a few numbers tell more than one, and cannot single out a row.
AT_LEAST = (1, 2, 5)
NO_ROWS_JUDGED = "the ground within the tolerance of no row was searched"


@dataclass(frozen=True)
class SeenRows:
    """What became of every row.

    Attributes
    ----------
    rows : Shapes
    share : ndarray of float, shape (n,)
        Searched share of the ground within the tolerance.
    judged : ndarray of bool, shape (n,)
        Decided before any find is looked at.
    of_find : ndarray of int, shape (n_finds,)
        The row each find in scope belongs to, the nearest; -1 for none.
    found : ndarray of int, shape (n,)
        Finds in scope of each, also those on the little ground of a judged row that was not
        searched: a row that holds a find is not one without.
    kilometres : ndarray of float, shape (n,)
    buffers : ndarray of shapely polygons, shape (n,)
    clusters : list of ndarray of int, shape (n,)
        As `units.clusterings`.
    """

    rows: Shapes
    share: Floats
    judged: Bools
    of_find: Ints
    found: Ints
    kilometres: Floats
    buffers: geography.Geometries
    clusters: list[Ints]


def see(compared: Compared, rows: Shapes) -> SeenRows:
    """Decide which rows are judged, then give every find in scope to its nearest row."""
    inputs, settings = compared.inputs, compared.settings
    frame, found = inputs.frame, inputs.finds
    buffers = geography.around(rows.shapes, settings.tolerance_m, frame)
    share = inputs.ground.share_of(buffers, frame)
    in_scope = np.flatnonzero(compared.finds.in_scope)
    of_find = np.full(len(found), -1, dtype=np.int64)
    of_find[in_scope], _ = geography.nearest_shape(
        found.x[in_scope], found.y[in_scope], rows.shapes, settings.tolerance_m, frame
    )
    return SeenRows(
        rows,
        share,
        share >= settings.verifiable_share - 1e-9,
        of_find,
        np.bincount(of_find[of_find >= 0], minlength=len(rows)),
        geography.lengths_m(rows.shapes, frame) / 1000,
        buffers,
        units.clusterings(rows, settings.cluster_distance_m, frame),
    )


def figures(
    compared: Compared,
    seen: SeenRows,
    names: list[str],
    group: Ints,
    of_find: Ints,
) -> tuple[RowFigures, ...]:
    """Give the figures of rows for every group.

    Parameters
    ----------
    compared : Compared
    seen : SeenRows
    names : list of str
    group : ndarray of int, shape (n_rows,)
    of_find : ndarray of int, shape (n_finds,)
        Group of every find.

    Returns
    -------
    tuple of RowFigures
        One a group.
    """
    g = len(names)
    ground, clusters = compared.inputs.ground, seen.clusters
    ground_share = units.ground_share(compared, seen.buffers) if names == [OVERALL] else None
    mines = seen.rows.mines
    stated = ~np.isnan(mines)
    silent = None if len(compared.inputs.finds) else units.NO_FIND_HAS_A_POSITION
    none_judged = silent or (
        NO_ROWS_JUDGED if ground.given or ground.assumed else NO_SEARCHED_AREAS
    )
    with_finds = {
        str(k): units.unit_rates(
            group, clusters, seen.judged, seen.found >= k, g, units="rows", empty=none_judged
        )
        for k in AT_LEAST
    }
    found = units.found_claimed(
        group,
        clusters,
        seen.judged & stated,
        seen.found.astype(np.float64),
        np.nan_to_num(mines),
        g,
        unknown=silent,
    )
    near = units.find_rates(compared, seen.of_find, clusters[-1], of_find, g)

    def count(flag: Bools) -> Ints:
        return np.bincount(group[flag], minlength=g)

    rows, judged, without = count(np.ones_like(stated)), count(seen.judged), count(~stated)
    kilometres = np.bincount(group, weights=seen.kilometres, minlength=g)
    return tuple(
        RowFigures(
            group=name,
            rows=int(rows[index]),
            judged=int(judged[index]),
            unsearched=int(rows[index] - judged[index]),
            kilometres=round(float(kilometres[index]), 6),
            without_count=int(without[index]),
            with_finds={k: of[index] for k, of in with_finds.items()},
            found=found[index],
            finds_near=near[index],
            ground_near_share=ground_share,
        )
        for index, name in enumerate(names)
    )


def problems(seen: SeenRows) -> list[Problem]:
    """Say how many rows follow the line of another, in either direction."""
    import shapely

    _, line, n = np.unique(
        shapely.to_wkb(shapely.normalize(shapely.line_merge(seen.rows.shapes))),
        return_inverse=True,
        return_counts=True,
    )
    twice = int((n[line] > 1).sum())
    return [Problem("MA526", "rows", values={"n": f"{twice:,}"})] if twice else []


def table(seen: SeenRows) -> pd.DataFrame:
    """Make one row a row of mines, by id: restricted, in no result document.

    ``row``, ``record_id``: as supplied. ``claimed``: mines, NaN where not stated.
    ``searched_share``: of the ground within the tolerance. ``judged``. ``found``: finds in
    scope, each for its nearest row within the tolerance.
    """
    import pandas as pd

    ids, records = seen.rows.texts("id"), seen.rows.texts("record_id")
    return pd.DataFrame(
        {
            "row": ids,
            "record_id": np.full(len(seen.rows), "", dtype=object) if records is None else records,
            "claimed": seen.rows.mines,
            "searched_share": seen.share,
            "judged": seen.judged,
            "found": seen.found,
        }
    )
