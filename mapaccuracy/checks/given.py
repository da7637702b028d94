"""What rules look at: the layers of a submission and of what it is held against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from mapaccuracy.schema import Floats, Ints, Layer, Problem, RawTable, Settings
from mapaccuracy.schema.configuration import Gate, Suppression

if TYPE_CHECKING:
    from mapaccuracy.evaluation.located import Points
    from mapaccuracy.geography import Frame, Geometries

# What a rule may need, to the inputs of which one must be there.
NEEDS: Mapping[str, tuple[str, ...]] = {
    "submission": ("supplied", "rows", "areas"),
    "points": ("supplied",),
    "rows": ("rows",),
    "areas": ("areas",),
    "finds": ("finds",),
    "searched": ("searched",),
    "districts": ("districts",),
    "previous": ("previous",),
}
# What is said where nothing of the kind was given, and what it is.
ABSENT: Mapping[str, tuple[str, str]] = {
    "submission": ("no submission was given", "a submission"),
    "points": ("the submission has no points", "points in the submission"),
    "rows": ("the submission has no rows of mines", "rows of mines in the submission"),
    "areas": ("the submission has no outlines", "outlines in the submission"),
    "finds": ("no finds were given (--finds)", "finds (--finds)"),
    "searched": ("no searched areas were given (--searched)", "searched areas (--searched)"),
    "districts": ("no districts were given (--districts)", "districts (--districts)"),
    "previous": (
        "no earlier submission was given (--previous)",
        "the submission before (--previous)",
    ),
}


class Lack(NamedTuple):
    """Why a rule cannot run; `failed` if what it needs was given and cannot be used."""

    reason: str
    failed: bool


class CannotRunError(Exception):
    """A rule cannot run on what there is.

    Parameters
    ----------
    reason : str
    failed : bool
        It had been given what it needs; the run is incomplete.
    """

    def __init__(self, reason: str, *, failed: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.failed = failed


@dataclass(frozen=True)
class Given:
    """The inputs of a check.

    Attributes
    ----------
    settings : Settings
    layers : mapping of str to Layer
        By input: ``supplied``, ``rows``, ``areas``, ``finds``, ``searched``, ``districts``,
        ``previous`` (points). Rows that can be used, in canonical order.
    tables : mapping of str to tuple of RawTable
        By input, in the order of `Layer.sources`: as they were read.
    noticed : tuple of Problem
        What was found on the way: by readers, and where layers were made.
    failed : mapping of str to str
        Inputs that were given and cannot be used, with the reason.
    parameters : mapping of str to mapping of str to Any
        What the user set of single rules, by code.
    suppressions : tuple of Suppression
        Findings that somebody accepts.
    today : datetime.date or None
        The day of the check; None if nothing hangs on it.
    result : mapping or None
        The result document, where finds were given and something is held against figures.
    no_result : (str, bool)
        Why there is none, and whether there should have been one.
    gates : tuple of Gate
    baseline : mapping or None
        Figures and accepted findings of an earlier run.
    """

    settings: Settings
    layers: Mapping[str, Layer]
    tables: Mapping[str, tuple[RawTable, ...]]
    noticed: tuple[Problem, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    suppressions: tuple[Suppression, ...] = ()
    today: date | None = None
    result: Mapping[str, Any] | None = None
    no_result: tuple[str, bool] = ("no gate and no baseline ask for figures", False)
    gates: tuple[Gate, ...] = ()
    baseline: Mapping[str, Any] | None = None

    @cached_property
    def frame(self) -> Frame:
        """The plane in which everything is compared."""
        from mapaccuracy.evaluation.located import frame_of
        from mapaccuracy.geography import frame_for

        points = [
            self.layers[name] for name in ("supplied", "finds", "previous") if name in self.layers
        ]
        if points or self.settings.local:
            return frame_of(points, self.settings)
        import shapely

        shapes = [
            np.asarray(layer.frame["geometry"], dtype=object) for layer in self.layers.values()
        ]
        return frame_for(shapely.get_coordinates(np.concatenate(shapes))[:, 0])

    def points(self, name: str) -> Points:
        """Give a layer of points in the plane and in metres."""
        from mapaccuracy.evaluation.located import locate_points

        if name not in self._points:
            self._points[name] = locate_points(self.layers[name], self.frame)
        return self._points[name]

    @cached_property
    def _points(self) -> dict[str, Points]:
        return {}

    def polygons(self, name: str) -> Geometries:
        """Give the shapes of a layer in the plane."""
        raw = np.asarray(self.layers[name].frame["geometry"], dtype=object)
        return self.frame.lines(raw) if name == "rows" else self.frame.polygons(raw)

    def lack(self, need: str) -> Lack | None:
        """Say why something that a rule needs is not there; None if it is."""
        inputs = NEEDS[need]
        if any(name in self.layers for name in inputs):
            return None
        reasons = [self.failed[name] for name in inputs if name in self.failed]
        return Lack(reasons[0], failed=True) if reasons else Lack(ABSENT[need][0], failed=False)

    def problems(
        self,
        code: str,
        name: str,
        index: Iterable[int],
        column: str | None = None,
        values: Mapping[str, Any] | None = None,
        positions: frozenset[str] = frozenset(),
    ) -> list[Problem]:
        """Make a finding for each of some rows of a layer.

        Parameters
        ----------
        code : str
        name : str
            Of the input.
        index : iterable of int
            Rows of its layer.
        column : str, optional
            Our name of the column at fault; said by its header where there is one.
        values : mapping of str to str, or to a sequence with one for each row, optional
            What the texts of the catalogue speak of.
        positions : frozenset of str
            Names of the values that give away a position.
        """
        layer, tables = self.layers[name], self.tables[name]
        of_table = np.asarray(layer.frame["source"], dtype=np.int64)
        rows = np.asarray(layer.frame["row"], dtype=np.int64)
        ids = np.asarray(layer.frame["id"]) if "id" in layer.frame.columns else None
        made = []
        for number, i in enumerate(index):
            table, row = tables[of_table[i]], int(rows[i])
            at = int(np.flatnonzero(table.rows == row)[0])
            texts = {
                key: value if isinstance(value, str) else str(value[number])
                for key, value in (values or {}).items()
            }
            made.append(
                Problem(
                    code,
                    table.source,
                    table.where(at, column),
                    row=row,
                    column=column,
                    id=None if ids is None else str(ids[i]) or None,
                    values=texts,
                    positions=positions,
                )
            )
        return made

    def together(
        self,
        code: str,
        name: str,
        index: Ints,
        values: Mapping[str, str],
        column: str | None = None,
    ) -> list[Problem]:
        """Make one finding of some rows of a layer for each of its files.

        Parameters
        ----------
        code, name : str
        index : ndarray of int
            Rows of the layer.
        values : mapping of str to str
        column : str, optional
        """
        frame = self.layers[name].frame
        of_table = np.asarray(frame["source"], dtype=np.int64)[index]
        rows = np.asarray(frame["row"], dtype=np.int64)[index]
        made = []
        for number, table in enumerate(self.tables[name]):
            own = np.sort(rows[of_table == number])
            if len(own):
                made.append(
                    Problem(
                        code,
                        table.source,
                        table.layer or "",
                        column=column,
                        values=values,
                        rows=tuple(own.tolist()),
                    )
                )
        return made

    def parameter(self, code: str, name: str, usual: Any) -> Any:
        """Give what the user set of a rule, or what is usual."""
        return self.parameters.get(code, {}).get(name, usual)

    def inside(self, name: str) -> tuple[Floats, Floats]:
        """Give a position of each row of a layer in the plane: of shapes one inside or halfway."""
        import shapely

        frame = self.layers[name].frame
        if "geometry" not in frame.columns:
            points = self.points(name)
            return points.x, points.y
        shapes = self.polygons(name)
        if name == "rows":
            at = shapely.line_interpolate_point(shapes, 0.5, normalized=True)
        else:
            at = shapely.point_on_surface(shapes)
        return shapely.get_x(at), shapely.get_y(at)

    def problem(self, code: str, name: str, values: Mapping[str, str] | None = None) -> Problem:
        """Make a finding of a whole input."""
        source = " and ".join(dict.fromkeys(table.source for table in self.tables[name]))
        return Problem(code, source, values=values or {})
