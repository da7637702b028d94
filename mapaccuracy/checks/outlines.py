"""Rules on the outlines of minefields."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from mapaccuracy.checks.given import Given
from mapaccuracy.checks.noticed import found
from mapaccuracy.checks.rule import rule
from mapaccuracy.geography import hectares_of, overlaps
from mapaccuracy.schema import Problem

LEAST_M2 = 25.0
_SQUARE_METRES = 10_000.0
# Of a district, from which an outline is taken for a placeholder.
_HUGE_SHARE = 0.5
# Outlines with more turning points are not tried: pairs grow with the square.
_MOST_TURNS = 60
_LEAST_TURNS = 4


@rule("MA301", why="Ground, counts and what lies inside are undefined.")
def invalid_polygon(given: Given) -> list[Problem]:
    """Find outlines that are no polygon, and the two turning points whose exchange mends them."""
    out = []
    for problem in found("MA301", given):
        hint = _hint(given, problem)
        reason = problem.values.get("reason", "")
        out.append(
            problem if not hint else replace(problem, values={"reason": f"{reason}; {hint}"})
        )
    return out


def _hint(given: Given, problem: Problem) -> str:
    for table in (table for tables in given.tables.values() for table in tables):
        if table.source != problem.source or table.geometry is None or problem.row is None:
            continue
        at = np.flatnonzero(table.rows == problem.row)
        if len(at):
            pair = _exchanged(table.geometry[at[0]])
            if pair is not None:
                first, second = pair
                return (
                    f"suspected: exchanging its turning points {first} and {second} would mend it"
                )
    return ""


def _exchanged(polygon: Any) -> tuple[int, int] | None:
    """Find the one pair of turning points whose exchange makes an outline valid.

    Examples
    --------
    >>> import shapely
    >>> bow = shapely.Polygon([(0, 0), (2, 0), (1, 3), (2, 2), (0, 2)])
    >>> _exchanged(bow)
    (3, 4)
    """
    import shapely

    if polygon is None or polygon.geom_type != "Polygon" or len(polygon.interiors):
        return None
    ring = np.asarray(polygon.exterior.coords)[:-1, :2]
    n = len(ring)
    if not _LEAST_TURNS <= n <= _MOST_TURNS:
        return None
    pairs = [(i, j) for i in range(n) for j in range(i + 1, n)]
    tried = np.repeat(ring[None], len(pairs), axis=0)
    for number, (i, j) in enumerate(pairs):
        tried[number, [i, j]] = ring[[j, i]]
    made = shapely.polygons(np.concatenate([tried, tried[:, :1]], axis=1))
    good = np.flatnonzero(shapely.is_valid(made))
    # Neighbours are exchanged by a slip of a line; of several that would do nobody knows which.
    beside = [k for k in good.tolist() if (pairs[k][1] - pairs[k][0]) % (n - 2) == 1 or n == 4]
    chosen = good.tolist() if len(good) == 1 else beside
    if len(chosen) != 1:
        return None
    i, j = pairs[chosen[0]]
    return i + 1, j + 1


@rule(
    "MA302",
    needs=("areas",),
    why="A leftover of digitising counts as a minefield without a find.",
)
def sliver_or_tiny(given: Given) -> list[Problem]:
    """Find outlines that are too small for a minefield."""
    least_m2 = float(given.parameter("MA302", "min_area_m2", LEAST_M2))
    area_m2 = hectares_of(given.polygons("areas"), given.frame) * _SQUARE_METRES
    rows = np.flatnonzero(area_m2 < least_m2)
    values = {"m2": [f"{value:,.1f}" for value in area_m2[rows]], "least": f"{least_m2:g}"}
    return given.problems("MA302", "areas", rows, values=values)


@rule(
    "MA303",
    needs=("areas",),
    why="Ground under two outlines counts once, and a find there for one of them only.",
)
def overlap_within_map(given: Given) -> list[Problem]:
    """Find outlines that share ground."""
    shared = sorted(overlaps(given.polygons("areas"), given.frame))
    ids = [str(name) for name in given.layers["areas"].frame["id"]]
    values = {
        "other": [ids[first] for first, _, _ in shared],
        "m2": [f"{m2:,.0f}" for _, _, m2 in shared],
    }
    return given.problems("MA303", "areas", [second for _, second, _ in shared], values=values)


@rule(
    "MA309",
    needs=("areas", "districts"),
    why="An outline of a whole district holds every find and says nothing.",
)
def huge_polygon(given: Given) -> list[Problem]:
    """Find outlines that cover most of a district."""
    import shapely

    outlines, districts = given.polygons("areas"), given.polygons("districts")
    names = [str(name) for name in given.layers["districts"].frame["district"]]
    tree = shapely.STRtree(districts)
    outline, district = tree.query(outlines, predicate="intersects")
    if not len(outline):
        return []
    common = shapely.area(shapely.intersection(outlines[outline], districts[district]))
    share = common / shapely.area(districts[district])
    huge = np.flatnonzero(share >= _HUGE_SHARE)
    values = {
        "share": [f"{100 * value:.0f}" for value in share[huge]],
        "district": [names[index] for index in district[huge]],
    }
    return given.problems("MA309", "areas", outline[huge].tolist(), values=values)


RULES = (invalid_polygon, sliver_or_tiny, overlap_within_map, huge_polygon)
