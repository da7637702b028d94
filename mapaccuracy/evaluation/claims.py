"""What is no point, evaluated as what it is: rows of mines, outlines, tasks.

None of this enters a figure of points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy import geography
from mapaccuracy.evaluation import outlines, rows, tasks, units
from mapaccuracy.evaluation.compared import Compared, in_scope_of
from mapaccuracy.evaluation.groupings import OVERALL, Side, by_district
from mapaccuracy.evaluation.located import Inputs, Points, Shapes, locate, with_shapes
from mapaccuracy.schema import (
    AreaFigures,
    Group,
    Ints,
    Layer,
    Note,
    Problem,
    Role,
    RowFigures,
    Settings,
    TaskFigures,
)
from mapaccuracy.statistics.disclosure import LEAST_ITEMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

NO_SINGLE_POINTS = "the map has no points"


@dataclass(frozen=True)
class Claims:
    """Figures of rows, outlines and tasks; None where there are none.

    Attributes
    ----------
    rows, areas, tasks : tuple or None
        Of the whole first, then of districts.
    tables : mapping of str to DataFrame
        One row a row of mines, an outline, a task: restricted.
    problems : tuple of Problem
    notes : tuple of Note
    """

    rows: tuple[RowFigures, ...] | None = None
    areas: tuple[AreaFigures, ...] | None = None
    tasks: tuple[TaskFigures, ...] | None = None
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    notes: tuple[Note, ...] = ()


def located(layers: Mapping[Role, Layer], settings: Settings) -> Inputs:
    """Put all layers into one plane, those of rows, outlines and tasks as well."""
    return with_shapes(locate(layers, settings), lambda category: in_scope_of(category, settings))


def claims(compared: Compared) -> Claims:
    """Evaluate rows of mines, outlines and tasks, as far as there are any."""
    inputs = compared.inputs
    of_rows = of_areas = of_tasks = row_clusters = area_clusters = None
    tables: dict[str, pd.DataFrame] = {}
    problems: list[Problem] = []
    notes: list[Note] = []
    if inputs.rows is not None:
        seen = rows.see(compared, inputs.rows)
        of_rows = tuple(
            entry
            for names, group, of_find, _ in _groupings(compared, _side(inputs.rows))
            for entry in rows.figures(compared, seen, names, group, of_find)
        )
        problems += rows.problems(seen)
        row_clusters = seen.clusters[-1]
        tables["rows"] = rows.table(seen)
        notes.append(_row_note(compared))
    if inputs.areas is not None or not compared.supplied.single.all():
        areas = inputs.areas if inputs.areas is not None else _no_outlines(inputs.supplied.layer)
        outlined = outlines.see(compared, areas)
        of_areas = tuple(
            entry
            for names, group, of_find, of_point in _groupings(compared, _side(areas))
            for entry in outlines.figures(compared, outlined, names, group, of_find, of_point)
        )
        problems += outlines.problems(outlined)
        if inputs.areas is not None:
            area_clusters = outlined.clusters[-1]
            tables["areas"] = outlines.table(outlined)
            notes.append(_area_note(compared))
    if inputs.tasks is not None:
        given = inputs.tasks
        told = tasks.see(compared, given, row_clusters, area_clusters)
        hectares = geography.hectares_of(given.polygons, inputs.frame)
        side = Side(given.x, given.y, given.district)
        of_tasks = tuple(
            entry
            for names, group, _, _ in _groupings(compared, side, units_only=True)
            for entry in tasks.figures(told, names, group, hectares)
        )
        tables["tasks"] = tasks.table(told)
        problems += tasks.problems(told)
        notes += _task_notes(compared, told)
    notes += _small_notes(of_rows, of_areas, of_tasks)
    return Claims(of_rows, of_areas, of_tasks, tables, tuple(problems), tuple(notes))


def _small_notes(
    of_rows: Sequence[RowFigures] | None,
    of_areas: Sequence[AreaFigures] | None,
    of_tasks: Sequence[TaskFigures] | None,
) -> list[Note]:
    """Name the groups whose totals are of very few units."""
    units_of = [
        *((entry.group, entry.rows, "rows") for entry in of_rows or ()),
        *((entry.group, entry.outlines, "outlines") for entry in of_areas or ()),
        *((entry.group, entry.tasks, "tasks") for entry in of_tasks or ()),
    ]
    small = [f"{group} ({kind})" for group, n, kind in units_of if 0 < n < LEAST_ITEMS]
    if not small:
        return []
    return [
        Note(
            "small_units",
            f"Fewer than {LEAST_ITEMS} rows, outlines or tasks: {', '.join(small)}. What was found "
            "and claimed there tells of single ones: leave these groups, and differences that give "
            "them away, out of what is published.",
        )
    ]


def _side(points: Points) -> Side:
    return Side(points.x, points.y, points.texts("district"))


def _no_outlines(layer: Layer) -> Shapes:
    nothing = np.empty(0)
    frame = layer.frame.iloc[:0].assign(count=nothing)
    shapes = np.empty(0, dtype=object)
    return Shapes(replace(layer, frame=frame), nothing, nothing, np.empty((0, 2)), shapes)


def _groupings(
    compared: Compared, side: Side, *, units_only: bool = False
) -> list[tuple[list[str], Ints, Ints, Ints]]:
    """Give names, and the groups of units, finds and supplied points: overall, then districts."""
    inputs = compared.inputs
    others = [] if units_only else [_side(inputs.finds), _side(inputs.supplied)]
    whole = [np.zeros(len(entry.x), dtype=np.int64) for entry in (side, *others)]
    names, of_district = by_district(compared.districts, [side, *others])
    nothing = np.empty(0, dtype=np.int64)
    out = []
    for listed, groups in (([OVERALL], whole), (names, of_district)):
        if listed:
            unit, find, point = [*groups, nothing, nothing][:3]
            out.append((listed, unit, find, point))
    return out


def without_points(inputs: Inputs, group: Group) -> Group:
    """Take from a group the figures that points on one side only cannot give."""
    if not len(inputs.finds):
        nothing = units.no_rate(units.NO_FIND_HAS_A_POSITION)
        return replace(
            group,
            confirmed_share=None,
            any_find_share=None,
            precision=nothing,
            recall=nothing,
            finds_per_verifiable_point=None,
        )
    nothing = units.no_rate(NO_SINGLE_POINTS)
    return replace(group, precision=nothing, recall=nothing, f1=None)


def _row_note(compared: Compared) -> Note:
    settings = compared.settings
    return Note(
        "rows",
        "Rows of mines are lines of the supplied map; their mines have no positions, and they are "
        f"in no figure of points. A find within {settings.tolerance_m:g} m of a row counts for the "
        "nearest row, for one only; rows are judged if at least "
        f"{100 * settings.verifiable_share:g} % of the ground so near to them was searched. What "
        "lies near a row may not be its mine: compare with the share of the searched ground that "
        "lies near rows.",
    )


def _area_note(compared: Compared) -> Note:
    share = 100 * compared.settings.verifiable_share
    return Note(
        "areas",
        "Outlines of minefields are polygons of the supplied map; they are in no figure of "
        f"points, and are judged if at least {share:g} % of their ground was searched. No find in "
        "an outline does not mean that there is no mine. The larger the outlines, the more finds "
        "lie inside by chance: compare with the share of the searched ground inside.",
    )


def _task_notes(compared: Compared, told: tasks.SeenTasks) -> list[Note]:
    inputs = compared.inputs
    out = [
        Note(
            "tasks",
            "Claimed in a task: single points inside, and rows and outlines in proportion to "
            "their length or ground inside, as if their mines were spread evenly. What has no "
            "record id is added up: a row inside an outline then counts beside it. Found: items "
            "in scope, those with a position and those counted by task. Finds in scope with a "
            f"position, but in no task, that name no task known: {told.outside:,}; items in tasks "
            f"that were not searched to completion: {told.unsearched_items:,}; neither are among "
            "the items.",
        )
    ]
    if told.superseded:
        out.append(
            Note(
                "claimed_once",
                f"Rows, outlines or centroids in tasks whose record also has something finer: "
                f"{told.superseded:,}. Of points, rows, outlines and centroids of one record only "
                "the first of these that says how many mines there are is counted as claimed.",
            )
        )
    if inputs.quantities is None:
        return out
    if not len(inputs.finds):
        text = (
            "No find has a position: nothing is said of single supplied points, nor of rows or "
            "outlines. Claimed and found are compared by task."
        )
    else:
        hectares = geography.hectares(inputs.ground.unlocated, inputs.frame)
        text = (
            f"Tasks in which finds in scope have no position: {int(told.by_quantity.sum()):,} "
            f"({hectares:,.1f} ha). Nobody can tell there which point a find confirms, so their "
            "ground counts as not searched for points, rows and outlines. Searched tasks without "
            "any find stay, so that shares of points, rows and outlines with a find are rather too "
            "low."
        )
    return [*out, Note("finds_without_position", text)]
