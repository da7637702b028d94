"""Layers put into one plane: points in metres, ground that was searched."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import numpy.typing as npt

from mapaccuracy import geography
from mapaccuracy.geography import Frame, Geometries
from mapaccuracy.schema import Bools, Floats, Ints, Layer, Role, Settings, normalise

Texts = npt.NDArray[np.object_]
_SHAPED: tuple[Role, ...] = ("rows", "areas")


def coded(texts: Texts) -> tuple[list[str], Ints]:
    """Give the distinct texts in order, and which of them each row has.

    Examples
    --------
    >>> names, code = coded(np.array(["b", "", "b"], dtype=object))
    >>> names, code.tolist()
    (['', 'b'], [1, 0, 1])
    """
    import pandas as pd

    code, names = pd.factorize(texts, sort=True)
    return [str(name) for name in names], code.astype(np.int64)


@dataclass(frozen=True)
class Points:
    """A layer of points in the plane and in metres.

    Attributes
    ----------
    layer : Layer
    x, y : ndarray of float, shape (n,)
        In the plane of the frame.
    metres : ndarray of float, shape (n, 2) or (n, 3)
    """

    layer: Layer
    x: Floats
    y: Floats
    metres: Floats

    def __len__(self) -> int:
        return len(self.x)

    def texts(self, name: str) -> Texts | None:
        """Give a text column, "" where empty; None if the input has none."""
        if name not in self.layer.frame.columns:
            return None
        return np.asarray(self.layer.frame[name].fillna(""), dtype=object)

    def codes(self, name: str) -> tuple[list[str], Ints] | None:
        """Give the distinct texts of a column in order, and which of them each row has."""
        texts = self.texts(name)
        return None if texts is None else coded(texts)

    def numbers(self, name: str) -> Floats | None:
        """Give a number column, NaN where empty; None if the input has none."""
        if name not in self.layer.frame.columns:
            return None
        return np.asarray(self.layer.frame[name], dtype=np.float64)


@dataclass(frozen=True)
class Shapes(Points):
    """A layer of rows of mines or of outlines in the plane; positions are inside, or halfway.

    Attributes
    ----------
    shapes : ndarray of shapely lines or polygons, shape (n,)
        In the plane of the frame.
    """

    shapes: Geometries

    @property
    def mines(self) -> Floats:
        """Mines claimed; NaN where nobody says how many, shape (n,)."""
        return np.asarray(self.layer.frame["count"], dtype=np.float64)


@dataclass(frozen=True)
class Tasks:
    """Clearance tasks in the plane, sorted by id.

    Attributes
    ----------
    ids : ndarray of str, shape (t,)
    polygons : ndarray of shapely geometries, shape (t,)
        Disjoint: ground of two tasks belongs to the one whose id comes first.
    whole : ndarray of shapely geometries, shape (t,)
        As given: they may overlap.
    searched : ndarray of bool, shape (t,)
        All polygons of the task were searched to completion.
    district : ndarray of str, shape (t,), or None
    x, y : ndarray of float, shape (t,)
        A position inside.
    overlaps : int
        Pairs of tasks that share ground.
    """

    ids: Texts
    polygons: Geometries
    whole: Geometries
    searched: Bools
    district: Texts | None
    x: Floats
    y: Floats
    overlaps: int

    def named(self, texts: Texts) -> Ints:
        """Give the task of each id, apart from case and marks; -1 where it is none."""
        number = {normalise(task): index for index, task in reversed([*enumerate(self.ids)])}
        names, code = coded(texts)
        known = [number.get(normalise(name), -1) if name else -1 for name in names]
        return np.array(known, dtype=np.int64)[code]


@dataclass(frozen=True)
class Quantities:
    """Finds without a position, by task.

    Attributes
    ----------
    task : ndarray of int, shape (q,)
        Task of each row; -1 where it is not among the tasks.
    items : ndarray of int, shape (q,)
    category : ndarray of str, shape (q,)
    """

    task: Ints
    items: Ints
    category: Texts


@dataclass(frozen=True)
class Ground:
    """What was searched, and what was released without search.

    Attributes
    ----------
    given : bool
        Searched areas were given.
    assumed : bool
        All ground is declared searched.
    searched : ndarray of shapely polygons, shape (k,)
        Disjoint.
    released : ndarray of shapely polygons, shape (m,)
        Cancelled or reduced.
    unlocated : ndarray of shapely polygons, shape (u,)
        Tasks with finds in scope that have no position: no part of `searched`, because nobody can
        tell there which point a find confirms.
    """

    given: bool
    assumed: bool
    searched: Geometries
    released: Geometries
    unlocated: Geometries = field(default_factory=lambda: np.empty(0, dtype=object))

    def share(self, points: Points, radius_m: float, frame: Frame) -> Floats:
        """Measure the searched share of the disk around each point; 0 where nothing is known."""
        if self.assumed:
            lost = geography.searched_share(points.x, points.y, self.unlocated, radius_m, frame)
            return 1 - lost
        return geography.searched_share(points.x, points.y, self.searched, radius_m, frame)

    def share_of(self, polygons: Geometries, frame: Frame) -> Floats:
        """Measure the searched share of each polygon; 0 where nothing is known."""
        ground = self.unlocated if self.assumed else self.searched
        inside = geography.hectares_by_polygon(ground, polygons, frame)
        share: Floats = inside / geography.hectares_of(polygons, frame)
        return np.clip(1 - share if self.assumed else share, 0.0, 1.0)

    def holds(self, points: Points) -> Bools:
        """Whether each point lies inside; all do where no searched areas limit the question."""
        if not self.given:
            return geography.first_polygon(points.x, points.y, self.unlocated) < 0
        return geography.first_polygon(points.x, points.y, self.searched) >= 0

    def was_released(self, points: Points) -> Bools:
        """Whether each point lies on land released without search.

        A cleared core in cancelled or reduced surroundings was searched.
        """
        released = geography.first_polygon(points.x, points.y, self.released) >= 0
        return released & ~self.holds(points) if released.any() else released


@dataclass(frozen=True)
class Inputs:
    """All inputs of one evaluation in one plane.

    Attributes
    ----------
    layers : mapping of role to Layer
    frame : Frame
    supplied, finds : Points
    ground : Ground
    accidents : Points or None
    rows, areas : Shapes or None
        Rows of mines and outlines of the supplied map.
    tasks : Tasks or None
    quantities : Quantities or None
        Finds without a position.
    """

    layers: Mapping[Role, Layer]
    frame: Frame
    supplied: Points
    finds: Points
    ground: Ground
    accidents: Points | None = None
    rows: Shapes | None = None
    areas: Shapes | None = None
    tasks: Tasks | None = None
    quantities: Quantities | None = None

    @property
    def by_point(self) -> bool:
        """Whether there are points on both sides, so that any can be compared."""
        return len(self.supplied) > 0 and len(self.finds) > 0


def locate(layers: Mapping[Role, Layer], settings: Settings) -> Inputs:
    """Put all layers into one plane."""
    frame = _frame(layers, settings)
    accidents = layers.get("accidents")
    return Inputs(
        layers,
        frame,
        locate_points(layers["supplied"], frame),
        locate_points(layers["finds"], frame),
        locate_ground(layers.get("searched"), settings, frame),
        None if accidents is None else locate_points(accidents, frame),
    )


def with_shapes(inputs: Inputs, in_scope: Callable[[Texts], Bools]) -> Inputs:
    """Add rows of mines, outlines, tasks and finds without a position, as far as there are any.

    Parameters
    ----------
    inputs : Inputs
        As `locate` gives them.
    in_scope : callable
        Tells of each category whether a map can be asked about it.

    Returns
    -------
    Inputs
        Ground of tasks in which finds in scope have no position is no searched ground any more.
        Where no find has a position, none is.
    """
    layers, frame, ground = inputs.layers, inputs.frame, inputs.ground
    rows, areas = (
        None if role not in layers else _located_shapes(layers[role], frame) for role in _SHAPED
    )
    tasks = None if "tasks" not in layers else _located_tasks(layers["tasks"], frame)
    quantities = None
    if tasks is not None and "quantities" in layers:
        table = layers["quantities"].frame
        quantities = Quantities(
            tasks.named(np.asarray(table["task_id"], dtype=object)),
            np.asarray(table["quantity"], dtype=np.int64),
            np.asarray(table["category"], dtype=object),
        )
        held = quantities.task[(quantities.task >= 0) & in_scope(quantities.category)]
        # All of their ground: items of a task inside another lie where the tasks overlap.
        unlocated = geography.dissolve(tasks.whole[np.unique(held)])
        left = geography.left_of(ground.searched, unlocated)
        ground = replace(ground, searched=left, unlocated=unlocated)
        if not len(inputs.finds):
            nothing = np.empty(0, dtype=object)
            ground = Ground(False, False, nothing, nothing)
    return replace(
        inputs, rows=rows, areas=areas, tasks=tasks, quantities=quantities, ground=ground
    )


def _frame(layers: Mapping[Role, Layer], settings: Settings) -> Frame:
    """Choose the plane by the points, or by whatever else there is where there are none."""
    import shapely

    points = [layers["supplied"], layers["finds"]]
    shaped = [layers[role] for role in (*_SHAPED, "tasks") if role in layers]
    if settings.local or any(len(layer.frame) for layer in points):
        return frame_of(points, settings)
    shapes = np.concatenate([np.asarray(part.frame["geometry"], dtype=object) for part in shaped])
    return geography.frame_for(shapely.get_coordinates(shapes)[:, 0])


def _located_shapes(layer: Layer, frame: Frame) -> Shapes:
    import shapely

    raw = np.asarray(layer.frame["geometry"], dtype=object)
    if layer.role == "rows":
        shapes = frame.lines(raw)
        inside = shapely.line_interpolate_point(shapes, 0.5, normalized=True)
    else:
        shapes = frame.polygons(raw)
        inside = shapely.point_on_surface(shapes)
    x, y = shapely.get_x(inside), shapely.get_y(inside)
    return Shapes(layer, x, y, frame.metres(x, y), shapes)


def _located_tasks(layer: Layer, frame: Frame) -> Tasks:
    import shapely

    polygons = polygons_of(layer, frame)
    table = layer.frame
    names = np.asarray(table["id"], dtype=object)
    spelled = np.array([normalise(name) for name in names], dtype=object)
    plain, task = coded(spelled)
    ids = np.array([names[np.flatnonzero(task == index)[0]] for index in range(len(plain))])
    whole = np.empty(len(plain), dtype=object)
    whole[:] = [shapely.union_all(polygons[task == index]) for index in range(len(plain))]
    shared = geography.overlaps(whole, frame)
    alone = geography.without_overlaps(whole, shared)
    open_ = np.asarray(table["ground"], dtype=object) != "searched"
    district = None
    if "district" in table.columns:
        typed = np.asarray(table["district"].fillna(""), dtype=object)
        district = np.full(len(plain), "", dtype=object)
        for index, text in zip(task[::-1], typed[::-1], strict=True):
            district[index] = text or district[index]
    inside = shapely.point_on_surface(whole)
    return Tasks(
        ids.astype(object),
        alone,
        whole,
        np.bincount(task[open_], minlength=len(plain)) == 0,
        district,
        shapely.get_x(inside),
        shapely.get_y(inside),
        len(shared),
    )


def frame_of(points: Sequence[Layer], settings: Settings) -> Frame:
    """Choose the plane that holds all layers, by those that decide where the evaluation is."""
    if settings.local:
        return Frame(local=True)
    return geography.frame_for(np.concatenate([np.asarray(layer.frame["lon"]) for layer in points]))


def locate_points(layer: Layer, frame: Frame) -> Points:
    """Put a layer of points into the plane and into metres."""
    east, north = ("x", "y") if frame.local else ("lon", "lat")
    raw = [np.asarray(layer.frame[name], dtype=np.float64) for name in (east, north)]
    x, y = frame.points(*raw)
    return Points(layer, x, y, frame.metres(*raw))


def polygons_of(layer: Layer, frame: Frame) -> Geometries:
    """Put the polygons of a layer into the plane."""
    return frame.polygons(np.asarray(layer.frame["geometry"], dtype=object))


def search_reasons(layer: Layer, settings: Settings) -> tuple[list[str], Ints]:
    """Give the distinct reasons why ground was searched, and which each searched polygon has.

    "" where none is stated; `Settings.search_reason` speaks for these polygons.
    """
    frame = layer.frame
    searched = np.asarray(frame["ground"], dtype=object) == "searched"
    reason = np.full(int(searched.sum()), "", dtype=object)
    if "reason" in frame.columns:
        reason = np.asarray(frame["reason"].fillna(""), dtype=object)[searched]
    return coded(np.where(reason == "", settings.search_reason or "", reason))


def locate_ground(layer: Layer | None, settings: Settings, frame: Frame) -> Ground:
    """Tell searched ground from land released without search."""
    nothing = np.empty(0, dtype=object)
    if layer is None:
        return Ground(False, settings.assume_searched, nothing, nothing)
    polygons = polygons_of(layer, frame)
    kind = np.asarray(layer.frame["ground"], dtype=object)
    return Ground(
        True, False, geography.dissolve(polygons[kind == "searched"]), polygons[kind == "released"]
    )
