"""The frozen types that travel through the house."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from mapaccuracy.schema.columns import Role
from mapaccuracy.schema.figures import (
    Accidents,
    Agreement,
    Chance,
    Effort,
    PositionError,
    RecallParts,
    Resolution,
    Rung,
    Selection,
    Types,
    WholeMap,
)
from mapaccuracy.schema.geometries import Geometries
from mapaccuracy.schema.problems import Problem
from mapaccuracy.schema.rates import Rate

if TYPE_CHECKING:
    import pandas as pd

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

Rule = Literal["optimal", "mutual", "greedy", "nearest"]


@dataclass(frozen=True)
class RawTable:
    """A table as it stands in a file, with what is needed to point at a cell of it.

    Attributes
    ----------
    source : str
        File name without its folder, or the role when the input came as a table.
    frame : pandas.DataFrame
        Cells as text, or as the numbers the file holds; headers as in the file; one row
        per row of data, in file order. Empty cells are "" or NaN. Without geometry.
    rows : ndarray of int, shape (n,)
        Row number of each row as a person finds it again (spreadsheet row, feature).
    place : {"row", "cell", "feature"}
        How a row number is said: ``row 17, column lat``; ``Finds!C17``;
        ``layer points, feature 3``.
    layer : str or None
        Name of the sheet or layer.
    geometry : ndarray of shapely geometries, shape (n,), or PlainPoints, or None
        In the coordinate system `crs`.
    crs : str or None
        Coordinate system that the file itself states: ``EPSG:4326``, or WKT if it has no code.
    sha256 : str or None
        Of the file's bytes.
    problems : tuple of Problem
        What the reader noticed.
    column_letters : mapping of str to str
        Header to spreadsheet column, for ``place == "cell"``.
    unread : tuple of str
        Headers of columns that the reader left out of `frame`.
    """

    source: str
    frame: pd.DataFrame
    rows: Ints
    place: Literal["row", "cell", "feature"] = "row"
    layer: str | None = None
    geometry: Geometries | None = None
    crs: str | None = None
    sha256: str | None = None
    problems: tuple[Problem, ...] = ()
    column_letters: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()

    def where(self, index: int, column: str | None = None) -> str:
        """Place of a row, or of one of its cells, as a person finds it again."""
        row = int(self.rows[index])
        if self.place == "cell":
            letter = self.column_letters.get(column or "", "")
            return f"{self.layer}!{letter}{row}" if letter else f"{self.layer}!{row}:{row}"
        place = f"row {row}" if self.place == "row" else f"feature {row}"
        if self.layer is not None:
            place = f"layer {self.layer}, {place}"
        return place if column is None else f"{place}, column {column}"


@dataclass(frozen=True)
class Source:
    """One input file in a result; fields as in ``sources`` of the result document.

    Attributes
    ----------
    operation : str or None
        How positions became WGS 84; None if nothing was to be done.
    operation_accuracy_m : float or None
        Accuracy that PROJ states for it; 0 of a grid of WGS 84 itself.
    dropped : mapping of str to int
        Rows that are not used, by the code of their first problem, or ``filter``.
    resolution_m : float or None
        Half of the last digit's place in metres, of the positions as they are written: 95 % of
        the rows are as good or better. None if the file does not tell.
    notations : mapping of str to int
        Rows by the notation of their position, where it is text.
    treated : mapping of str to int
        Rows with a treatment of their own, by its name.
    """

    role: Role
    name: str
    sha256: str | None
    rows_read: int
    rows_used: int
    rows_dropped: int
    crs: str
    operation: str | None
    dropped: Mapping[str, int] = field(default_factory=dict)
    operation_accuracy_m: float | None = None
    resolution_m: float | None = None
    notations: Mapping[str, int] = field(default_factory=dict)
    treated: Mapping[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Make a dict for the result document."""
        return asdict(self)


@dataclass(frozen=True)
class Layer:
    """Rows of one role, valid and in canonical order (by id). Made only by intake.

    Attributes
    ----------
    role : str
    frame : pandas.DataFrame
        One row per usable row, sorted by id. Points: ``id``, then ``lon`` and ``lat`` in
        WGS 84 degrees, or ``x`` and ``y`` in metres if `local`; polygons: ``geometry``
        (shapely, same frame). The other columns of the role where the input has them;
        ``source`` and ``row`` name the origin of the row.
    sources : tuple of Source
    problems : tuple of Problem
        Warnings and information; errors stop intake, unless their rows were dropped.
    local : bool
    """

    role: Role
    frame: pd.DataFrame
    sources: tuple[Source, ...]
    problems: tuple[Problem, ...] = ()
    local: bool = False


@dataclass(frozen=True)
class Candidates:
    """Every supplied point and find within tolerance of each other.

    Attributes
    ----------
    supplied, find : ndarray of int, shape (n,)
        Indices; sorted by supplied, then find.
    distance_m : ndarray of float, shape (n,)
    """

    supplied: Ints
    find: Ints
    distance_m: Floats


@dataclass(frozen=True)
class Matching:
    """The pairs that a rule chose among the candidates.

    Attributes
    ----------
    supplied, find : ndarray of int, shape (n,)
        Indices; sorted by supplied. Under ``nearest`` a find may stand several times.
    distance_m : ndarray of float, shape (n,)
    group : ndarray of int, shape (n,)
        Number of the connected component of candidates that the pair belongs to: pairs of
        one group could have been chosen differently.
    """

    supplied: Ints
    find: Ints
    distance_m: Floats
    group: Ints


@dataclass(frozen=True)
class Note:
    """A remark of the result that holds for the whole evaluation."""

    code: str
    message: str

    def to_dict(self) -> dict[str, Any]:
        """Make a dict for the result document."""
        return {"code": self.code, "message": self.message}


Notes = Sequence[Note]


CATEGORIES = ("AP", "AT", "UXO", "other")
# Figures that not every group has.
DETAILS = (
    "chance",
    "resolution",
    "agreement",
    "ladder",
    "position",
    "effort",
    "types",
    "whole_map",
    "selection",
    "recall_parts",
    "accidents",
)


@dataclass(frozen=True)
class Group:
    """Counts and rates of one district, or of the whole; field names as in the result document.

    Attributes
    ----------
    group : str
        Name of the district, or ``overall``.
    supplied : int
        Supplied points that are single points: confirmed + not_confirmed + unsearched.
    confirmed, not_confirmed : int
        Verifiable supplied points with and without a pair.
    unsearched : int
        Supplied points that are not verifiable, whatever lies near.
    confirmed_outside_search : int
        Part of unsearched that has a pair; in no precision.
    released_without_search : int
        Part of unsearched that lies on cancelled or reduced land.
    not_single_points : int
        Rows that stand for several mines or are centroids; in no other count.
    confirmed_share : float or None
        Supplied points with a pair / supplied: a lower bound while ground is unsearched.
    any_find_share : float or None
        Supplied points with any find in scope within tolerance / supplied; many-to-one.
    finds : int
        mapped + unmapped + finds_outside_search + finds_out_of_scope.
    mapped, unmapped : int
        Finds in scope inside searched ground with and without a pair.
    finds_out_of_scope : int
        Finds recognised as UXO, AXO, submunition or IED, wherever they lie.
    finds_outside_search : int
        Finds in scope outside searched ground; in no recall.
    finds_by_category : mapping of str to int
        All finds by AP, AT, UXO (with AXO and submunitions) and other.
    searched_hectares : float or None
        Searched ground, ground given twice counted once.
    finds_per_hectare : float or None
        Finds of every category inside searched ground / searched_hectares.
    precision : Rate
        confirmed / (confirmed + not_confirmed).
    recall : Rate
        mapped / (mapped + unmapped).
    f1 : float or None
        Harmonic mean of both; None if either is, 0 if both are 0.
    finds_per_verifiable_point : float or None
        (mapped + unmapped) / (confirmed + not_confirmed).
    chance, resolution, agreement, ladder, position, effort, types, whole_map, selection, \
    recall_parts : see the types of these names, or None
        For the whole and for districts; None, and not in the document, for other groups.
    accidents : Accidents or None
        Where accidents were given.
    """

    group: str
    supplied: int
    confirmed: int
    not_confirmed: int
    unsearched: int
    confirmed_outside_search: int
    released_without_search: int
    not_single_points: int
    confirmed_share: float | None
    any_find_share: float | None
    finds: int
    mapped: int
    unmapped: int
    finds_out_of_scope: int
    finds_outside_search: int
    finds_by_category: Mapping[str, int]
    searched_hectares: float | None
    finds_per_hectare: float | None
    precision: Rate
    recall: Rate
    f1: float | None
    finds_per_verifiable_point: float | None
    chance: Chance | None = None
    resolution: Resolution | None = None
    agreement: Agreement | None = None
    ladder: tuple[Rung, ...] | None = None
    position: PositionError | None = None
    effort: Effort | None = None
    types: Types | None = None
    whole_map: WholeMap | None = None
    selection: tuple[Selection, ...] | None = None
    recall_parts: RecallParts | None = None
    accidents: Accidents | None = None

    def to_dict(self) -> dict[str, Any]:
        """Make a dict for the result document."""
        values = _plain(asdict(self))
        return {
            name: value
            for name, value in values.items()
            if name not in DETAILS or value is not None
        }


def _plain(value: Any) -> Any:
    """Make lists of tuples, as they come back from JSON.

    Examples
    --------
    >>> _plain({"ladder": ({"n": 1},)})
    {'ladder': [{'n': 1}]}
    """
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    return [_plain(part) for part in value] if isinstance(value, list | tuple) else value


def flatten(entry: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    """Join nested names by ``_``; lists, which are tables of their own, are left out.

    Examples
    --------
    >>> flatten({"group": "A", "precision": {"value": 0.5, "n": 2}, "ladder": [{"n": 2}]})
    {'group': 'A', 'precision_value': 0.5, 'precision_n': 2}
    """
    flat: dict[str, Any] = {}
    for name, value in entry.items():
        if isinstance(value, dict):
            flat |= flatten(value, f"{prefix}{name}_")
        elif not isinstance(value, list | tuple):
            flat[f"{prefix}{name}"] = value
    return flat
