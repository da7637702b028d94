"""Clearance tasks: what the map claims in each, against what was found there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy import geography
from mapaccuracy.evaluation import units
from mapaccuracy.evaluation.compared import Compared, in_scope_of
from mapaccuracy.evaluation.groupings import reported_category
from mapaccuracy.evaluation.located import Points, Shapes, Tasks, Texts, coded
from mapaccuracy.schema import CATEGORIES, Bools, Floats, Ints, Problem, TaskFigures
from mapaccuracy.statistics.groups import ratio

if TYPE_CHECKING:
    import pandas as pd

NOTHING_CLAIMED = "the map claims no stated number of mines in any searched task"
NOTHING_FOUND = "no item in scope was found in a searched task"
# Less of a shape than this lies in a task: nothing, but for borders that touch. And a mine that
# lacks no more than this is a whole one, but for rounding.
_NEXT_TO_NOTHING = 1e-6
# The finest kind of claim of a record counts.
_SINGLE, _ROW, _OUTLINE, _SEVERAL = range(4)


@dataclass(frozen=True)
class _Claims:
    """What the map claims in tasks: one entry for each task that a claim meets.

    Attributes
    ----------
    task : ndarray of int, shape (p,)
    unit : ndarray of int, shape (p,)
        Number of the claim, apart for each kind.
    cluster : ndarray of int, shape (p,)
        Of claims that share a fate, apart for each kind.
    share : ndarray of float, shape (p,)
        Share of the claim that lies in the task.
    mines : ndarray of float, shape (p,)
        Mines of the whole claim; NaN where nobody says how many.
    record : ndarray of str, shape (p,)
    kind : int
    """

    task: Ints
    unit: Ints
    cluster: Ints
    share: Floats
    mines: Floats
    record: Texts
    kind: int


@dataclass(frozen=True)
class SeenTasks:
    """What is claimed and found in every task.

    Attributes
    ----------
    tasks : Tasks
    items : ndarray of int, shape (t, 2)
        In scope, without and with a position.
    others : ndarray of int, shape (t,)
        Out of scope.
    by_category : ndarray of int, shape (t, 4)
        All items, in the order of `CATEGORIES`.
    by_quantity : ndarray of bool, shape (t,)
        Items in scope were counted by task, without a position.
    unknown : tuple of int
        Items, and rows, whose task is not among the tasks.
    outside : int
        Finds in scope with a position, but in no task, that name no task known.
    both : int
        Tasks with items by quantity as well as finds with a position.
    claimed : ndarray of float, shape (t,)
    open : ndarray of bool, shape (t,)
        Something that claims mines without saying how many reaches into the task.
    touched : ndarray of bool, shape (t,)
        Any supplied point, row or outline does.
    clusters : list of ndarray of int, shape (t,)
        Each task by itself; tasks that share a record, a row or an outline; tasks that share a
        cluster of points, rows or outlines.
    cut : ndarray of int, shape (c, 2)
        Task and claim where a border cuts a claim.
    superseded : int
        Rows, outlines and centroids in tasks whose record also has something finer.
    """

    tasks: Tasks
    items: Ints
    others: Ints
    by_category: Ints
    by_quantity: Bools
    unknown: tuple[int, int]
    outside: int
    both: int
    claimed: Floats
    open: Bools
    touched: Bools
    clusters: list[Ints]
    cut: Ints
    superseded: int

    @property
    def unsearched_items(self) -> int:
        """Items in scope in tasks that were not searched to completion."""
        return int(self.items[~self.tasks.searched].sum())


def see(compared: Compared, tasks: Tasks, rows: Ints | None, areas: Ints | None) -> SeenTasks:
    """Add up what is claimed and what was found in every task.

    Parameters
    ----------
    compared : Compared
    tasks : Tasks
    rows, areas : ndarray of int or None
        Cluster of every row of mines, and of every outline; None where there are none.

    Returns
    -------
    SeenTasks
    """
    t = len(tasks.ids)
    claims = _claims(compared, tasks, rows, areas)
    finest = _finest(compared)
    claimed, open_, touched = np.zeros(t), np.zeros(t, dtype=bool), np.zeros(t, dtype=bool)
    cut, superseded = [np.empty((0, 2), dtype=np.int64)], 0
    border = 1 - compared.settings.verifiable_share
    for entry in claims:
        touched[entry.task] = True
        names, code = coded(entry.record)
        of_name = [finest.get(name, entry.kind) == entry.kind for name in names]
        counts = np.array(of_name, dtype=bool)[code]
        superseded += len(np.unique(entry.unit[~counts]))
        stated = counts & ~np.isnan(entry.mines)
        np.add.at(claimed, entry.task[stated], (entry.share * entry.mines)[stated])
        open_[entry.task[counts & ~stated]] = True
        parted = stated & (entry.share > border) & (entry.share < 1 - border)
        number = entry.unit[parted] * (_SEVERAL + 1) + entry.kind
        cut.append(np.column_stack([entry.task[parted], number]))
    found = _found(compared, tasks)
    return SeenTasks(
        tasks,
        *found,
        claimed,
        open_,
        touched,
        [
            np.arange(t),
            _linked(claims, [entry.unit for entry in claims], t),
            _linked(claims, [entry.cluster for entry in claims], t),
        ],
        np.concatenate(cut),
        superseded,
    )


def _claims(
    compared: Compared, tasks: Tasks, rows: Ints | None, areas: Ints | None
) -> list[_Claims]:
    """List the claims of every kind that reach into a task."""
    inputs, single = compared.inputs, compared.supplied.single
    points = inputs.supplied
    task = geography.first_polygon(points.x, points.y, tasks.polygons)
    records, mines = _records(points), _mines(points, single)
    out = []
    of_points, _ = compared.clusterings
    for kind, chosen, cluster in (
        (_SINGLE, single, of_points[-1]),
        (_SEVERAL, ~single, np.arange(len(points))),
    ):
        unit = np.flatnonzero(chosen & (task >= 0))
        share, own = np.ones(len(unit)), cluster[unit]
        out.append(_Claims(task[unit], unit, own, share, mines[unit], records[unit], kind))
    for kind, shapes, clusters in ((_ROW, inputs.rows, rows), (_OUTLINE, inputs.areas, areas)):
        if shapes is not None and clusters is not None:
            out.append(_shaped(shapes, clusters, tasks, inputs.frame, kind))
    return out


def _mines(points: Points, single: Bools) -> Floats:
    """Mines that points claim; NaN for a centroid that does not say how many."""
    count = points.numbers("count")
    several = np.full(len(points), np.nan) if count is None else np.where(count > 1, count, np.nan)
    return np.where(single, 1.0, several)


def _shaped(
    shapes: Shapes, clusters: Ints, tasks: Tasks, frame: geography.Frame, kind: int
) -> _Claims:
    unit, task, share = geography.shares_in(shapes.shapes, tasks.polygons, frame)
    held = share > _NEXT_TO_NOTHING
    unit, task, share = unit[held], task[held], share[held]
    mines, records = shapes.mines[unit], _records(shapes)[unit]
    return _Claims(task, unit, clusters[unit], share, mines, records, kind)


def _records(points: Points) -> Texts:
    texts = points.texts("record_id")
    return np.full(len(points), "", dtype=object) if texts is None else texts


def _finest(compared: Compared) -> dict[str, int]:
    """Give the finest kind of claim of every record, of those that say how many mines."""
    inputs, single = compared.inputs, compared.supplied.single
    records, mines = _records(inputs.supplied), _mines(inputs.supplied, single)
    kinds = [(_SEVERAL, records[~single & ~np.isnan(mines)])]
    for kind, shapes in ((_OUTLINE, inputs.areas), (_ROW, inputs.rows)):
        if shapes is not None:
            kinds.append((kind, _records(shapes)[~np.isnan(shapes.mines)]))
    kinds.append((_SINGLE, records[single]))
    finest = {name: kind for kind, names in kinds for name in coded(names)[0]}
    finest.pop("", None)
    return finest


def _linked(claims: list[_Claims], own: list[Ints], t: int) -> Ints:
    """Cluster tasks that share a record, or what `own` names of each claim, apart for each kind."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    record = np.concatenate([entry.record for entry in claims])
    names, code = coded(record)
    named = np.array([name != "" for name in names], dtype=bool)[code]
    task = np.concatenate([entry.task for entry in claims])
    # Links are numbered after the tasks: first records, then those of each kind of claim.
    tasks, links = [task[named]], [t + code[named]]
    nodes = t + len(names)
    for entry, number in zip(claims, own, strict=True):
        if len(number):
            tasks.append(entry.task)
            links.append(nodes + number)
            nodes += int(number.max()) + 1
    rows, columns = np.concatenate(tasks), np.concatenate(links)
    graph = coo_array((np.ones(len(rows), dtype=bool), (rows, columns)), shape=(nodes, nodes))
    label = connected_components(graph, directed=False)[1][:t]
    return np.unique(label, return_inverse=True)[1].astype(np.int64)


def _found(
    compared: Compared, tasks: Tasks
) -> tuple[Ints, Ints, Ints, Bools, tuple[int, int], int, int]:
    """Add up items by task: in scope, out of it, by category; and what is in no task."""
    inputs, settings = compared.inputs, compared.settings
    finds, t = inputs.finds, len(tasks.ids)
    named = finds.texts("task_id")
    by_name = np.full(len(finds), -1, dtype=np.int64) if named is None else tasks.named(named)
    by_place = geography.first_polygon(finds.x, finds.y, tasks.polygons)
    quantity = finds.numbers("quantity")
    task = [np.where(by_name >= 0, by_name, by_place)]
    items = [np.ones(len(finds), dtype=np.int64) if quantity is None else quantity.astype(np.int64)]
    category = [np.asarray(finds.layer.frame["category"], dtype=object)]
    if inputs.quantities is not None:
        task.append(inputs.quantities.task)
        items.append(inputs.quantities.items)
        category.append(inputs.quantities.category)
    of, n, kind = np.concatenate(task), np.concatenate(items), np.concatenate(category)
    in_scope, located = in_scope_of(kind, settings), np.arange(len(of)) < len(finds)
    held = of >= 0

    def add(flag: Bools, numbers: Ints) -> Ints:
        return np.bincount(of[flag], weights=numbers[flag], minlength=t).astype(np.int64)

    # Of a row with several items, one has the position.
    with_position = add(held & in_scope & located, np.ones_like(n))
    every = add(held & in_scope, n)
    reported = reported_category(kind)
    by_category = [add(held & (reported == index), n) for index in range(len(CATEGORIES))]
    lost = ~held & ~located
    by_quantity = add(held & in_scope & ~located, n) > 0
    return (
        np.column_stack([every - with_position, with_position]),
        add(held & ~in_scope, n),
        np.column_stack(by_category),
        by_quantity,
        (int(n[lost].sum()), int(lost.sum())),
        int((~held & in_scope & located).sum()),
        int((by_quantity & (with_position > 0)).sum()),
    )


def figures(
    seen: SeenTasks, names: list[str], group: Ints, hectares: Floats
) -> tuple[TaskFigures, ...]:
    """Give the figures of tasks for every group.

    Parameters
    ----------
    seen : SeenTasks
    names : list of str
    group : ndarray of int, shape (t,)
    hectares : ndarray of float, shape (t,)

    Returns
    -------
    tuple of TaskFigures
        One a group.
    """
    g = len(names)
    searched = seen.tasks.searched
    items = seen.items.sum(axis=1)
    found = units.found_claimed(
        group,
        seen.clusters,
        searched & ~seen.open,
        items.astype(np.float64),
        seen.claimed,
        g,
    )
    # A row that reaches into a task by less than one of its mines claims none there.
    without = units.unit_rates(
        group,
        seen.clusters,
        searched & (seen.claimed >= 1 - _NEXT_TO_NOTHING),
        items == 0,
        g,
        units="tasks",
        empty=NOTHING_CLAIMED,
    )
    off_map = units.unit_rates(
        group,
        seen.clusters,
        searched & (items > 0),
        ~seen.touched,
        g,
        units="tasks",
        empty=NOTHING_FOUND,
    )

    def add(numbers: Floats | Ints | Bools) -> Floats:
        total = np.bincount(group[searched], weights=numbers[searched], minlength=g)
        return np.asarray(total, dtype=np.float64)

    every, tasks = np.bincount(group, minlength=g), add(np.ones(len(group)))
    cut_group = group[seen.cut[:, 0]]
    parted = searched[seen.cut[:, 0]]
    kinds = [add(seen.by_category[:, index]) for index in range(len(CATEGORIES))]
    in_scope, located = add(items), add(seen.items[:, 1])
    area, others, left_out = add(hectares), add(seen.others), add(seen.open)
    return tuple(
        TaskFigures(
            group=name,
            tasks=int(every[index]),
            searched=int(tasks[index]),
            not_searched=int(every[index] - tasks[index]),
            hectares=float(area[index]),
            items=int(in_scope[index]),
            items_out_of_scope=int(others[index]),
            items_by_category={
                label: int(kinds[order][index]) for order, label in enumerate(CATEGORIES)
            },
            with_position_share=ratio(float(located[index]), float(in_scope[index])),
            claims_cut=len(np.unique(seen.cut[parted & (cut_group == index), 1])),
            left_out=int(left_out[index]),
            found=found[index],
            without_find=without[index],
            off_map=off_map[index],
        )
        for index, name in enumerate(names)
    )


def problems(seen: SeenTasks) -> list[Problem]:
    """Say what of the tasks, and of the finds without a position, needs a word."""
    out = []
    items, rows = seen.unknown
    if rows:
        out.append(Problem("MA519", "finds", values={"n": f"{items:,}", "rows": f"{rows:,}"}))
    if seen.tasks.overlaps:
        out.append(Problem("MA520", "tasks", values={"n": f"{seen.tasks.overlaps:,}"}))
    if seen.both:
        out.append(Problem("MA522", "finds", values={"n": f"{seen.both:,}"}))
    return out


def table(seen: SeenTasks) -> pd.DataFrame:
    """Make one row a task, by id: restricted, in no result document.

    ``task``: as supplied. ``searched``. ``claimed``: mines that the map claims inside.
    ``claims_open``: something that does not say how many reaches into it. ``on_map``: any
    supplied point, row or outline does. ``items``: found in scope; ``with_position``: those that
    have one. ``items_out_of_scope``.
    """
    import pandas as pd

    return pd.DataFrame(
        {
            "task": seen.tasks.ids,
            "searched": seen.tasks.searched,
            "claimed": seen.claimed,
            "claims_open": seen.open,
            "on_map": seen.touched,
            "items": seen.items.sum(axis=1),
            "with_position": seen.items[:, 1],
            "items_out_of_scope": seen.others,
        }
    )
