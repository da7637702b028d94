"""Layers put into one plane: points in metres, ground that was searched."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from mapaccuracy import geography
from mapaccuracy.geography import Frame, Geometries
from mapaccuracy.schema import Bools, Floats, Ints, Layer, Role, Settings

Texts = npt.NDArray[np.object_]


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
    """

    given: bool
    assumed: bool
    searched: Geometries
    released: Geometries

    def share(self, points: Points, radius_m: float, frame: Frame) -> Floats:
        """Measure the searched share of the disk around each point; 0 where nothing is known."""
        if self.assumed:
            return np.ones(len(points))
        return geography.searched_share(points.x, points.y, self.searched, radius_m, frame)

    def holds(self, points: Points) -> Bools:
        """Whether each point lies inside; all do where no searched areas limit the question."""
        if not self.given:
            return np.ones(len(points), dtype=bool)
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
    """

    layers: Mapping[Role, Layer]
    frame: Frame
    supplied: Points
    finds: Points
    ground: Ground
    accidents: Points | None = None


def locate(layers: Mapping[Role, Layer], settings: Settings) -> Inputs:
    """Put all layers into one plane."""
    frame = frame_of([layers["supplied"], layers["finds"]], settings)
    accidents = layers.get("accidents")
    return Inputs(
        layers,
        frame,
        locate_points(layers["supplied"], frame),
        locate_points(layers["finds"], frame),
        locate_ground(layers.get("searched"), settings, frame),
        None if accidents is None else locate_points(accidents, frame),
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
