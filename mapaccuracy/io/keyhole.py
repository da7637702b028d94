"""KML and KMZ: every placemark of every folder, with its attributes as they are written.

GDAL's readers lose what counts here: they leave out attributes that no schema names, make numbers
of ids such as ``007``, and flatten folders. So placemarks are taken from the XML itself; only
what they hold is read, and no link is followed.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from mapaccuracy.coordinates import WGS84
from mapaccuracy.io import archives
from mapaccuracy.io.markup import Element, Walk, plain_text, with_ids
from mapaccuracy.io.request import Request
from mapaccuracy.schema import GEOMETRY, Problem, RawTable

_KML = "KML"
_KMZ_DAMAGED = "its content is not a complete KMZ archive"
_GROUPS = ("Document", "Folder")
_SHAPES = ("Point", "LineString", "LinearRing", "Polygon", "MultiGeometry")
# What a placemark may stand for that is no shape of ours.
_OTHERS = {"Track": "a track", "MultiTrack": "a group of tracks", "Model": "a model"}
_ALIKE = {"Point": "MultiPoint", "LineString": "MultiLineString", "Polygon": "MultiPolygon"}
_FITTING = {"points": ("Point",), "lines": ("LineString",), "polygons": ("Polygon",)}

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_TUPLE = re.compile(rf"{_NUMBER},{_NUMBER}(?:,(?:{_NUMBER})?)?", re.ASCII)
_COMMA = re.compile(r"\s*,\s*")
# Of our own, before and after the attributes.
_FIRST, _LAST = ("folder", "name"), ("description", "time", "begin", "end", "placemark_id")


class _FaultError(Exception):
    """What is wrong with the position of a placemark: a code and its values."""

    def __init__(self, code: str, values: Mapping[str, str]) -> None:
        super().__init__(code)
        self.code, self.values = code, values


@dataclass
class _Group:
    """A folder or document; its name may come after what it holds."""

    is_folder: bool
    name: str = ""


@dataclass(frozen=True)
class _Placemark:
    groups: tuple[_Group, ...]
    cells: Mapping[str, str]
    own: Mapping[str, str]
    shape: Any
    fault: _FaultError | None

    @property
    def folder(self) -> str:
        return "/".join(group.name for group in self.groups if group.is_folder)


class _Reader:
    def __init__(self) -> None:
        self.placemarks: list[_Placemark] = []
        self.links = 0
        self._groups: list[_Group] = []

    def opened(self, path: Sequence[str]) -> None:
        if path[-1] in _GROUPS:
            self._groups.append(_Group(path[-1] == "Folder"))
        self.links += path[-1] == "NetworkLink"

    def closed(self, path: Sequence[str], text: str) -> None:
        if path[-1] in _GROUPS:
            self._groups.pop()
        elif path[-1] == "name" and len(path) > 1 and path[-2] in _GROUPS:
            self._groups[-1].name = text

    def found(self, element: Element, _: Sequence[str]) -> None:
        shape, fault = None, None
        try:
            shape = _shape(element)
        except _FaultError as error:
            fault = error
        own = {
            "name": element.value("name"),
            "description": plain_text(element.value("description")),
            "time": element.value("TimeStamp", "when"),
            "begin": element.value("TimeSpan", "begin"),
            "end": element.value("TimeSpan", "end"),
            "placemark_id": element.attributes.get("id", "").strip(),
        }
        groups = tuple(self._groups)
        self.placemarks.append(_Placemark(groups, _attributes(element), own, shape, fault))


def read_kml(request: Request) -> tuple[RawTable, ...]:
    """Read the placemarks of a KML file; its positions are WGS 84.

    Raises
    ------
    InputError
        If it is no KML, has no placemarks, or has no such folder.
    """
    return _table(request, [request.data])


def read_kmz(request: Request) -> tuple[RawTable, ...]:
    """Read the placemarks of every KML file in a KMZ archive.

    Raises
    ------
    InputError
        As `read_kml`, or if the archive breaks the limits of `archives`.
    """
    archive = archives.opened(request.data, request.refuse, _KMZ_DAMAGED)
    names = [name for name in archive.names if name.lower().endswith(".kml")]
    if not names:
        raise request.refuse("it holds no KML file")
    # The outermost file is the document; others are those that it links to.
    names.sort(key=lambda name: (name.count("/"), name.lower() != "doc.kml", name))
    return _table(request, (archive.read(name) for name in names))


def _table(request: Request, documents: Iterable[bytes]) -> tuple[RawTable, ...]:
    import pandas as pd

    reader = _Reader()
    for data in documents:
        walk = Walk(request, "kml", ["Placemark"], reader.found, reader.opened, reader.closed)
        walk.over(data, _KML)
    chosen = _choose(request, reader.placemarks)
    if not chosen:
        links = ": it only links to other files or addresses" if reader.links else ""
        raise request.empty(links)
    placemarks = [reader.placemarks[index] for index in chosen]
    cells = _columns(placemarks)
    table = RawTable(
        source=request.name,
        frame=pd.DataFrame(
            {
                header: pd.Series(column, dtype=object)
                for header, column in zip(
                    with_ids(request, list(cells)), cells.values(), strict=True
                )
            }
        ),
        rows=np.array(chosen, dtype=np.int64) + 1,
        place="feature",
        geometry=_without_heights(_as_array([mark.shape for mark in placemarks])),
        crs=WGS84,
        sha256=request.sha256,
    )
    problems = [
        Problem(
            mark.fault.code,
            table.source,
            table.where(index),
            row=int(table.rows[index]),
            values={"expected": GEOMETRY[request.role], **mark.fault.values},
        )
        for index, mark in enumerate(placemarks)
        if mark.fault is not None
    ]
    others = {mark.folder for mark in reader.placemarks} - {mark.folder for mark in placemarks}
    left = {"links to other files or addresses": reader.links}
    if request.layer is None:
        left[f"folders without {GEOMETRY[request.role]}"] = len(others)
    told = " and ".join(f"{what} ({n:,})" for what, n in left.items() if n)
    if told:
        problems.insert(0, request.left_out(told))
    return (replace(table, problems=tuple(problems)),)


def _without_heights(geometry: npt.NDArray[np.object_]) -> npt.NDArray[np.object_]:
    """Leave out heights where all are 0: programs write them without knowing any."""
    import shapely

    solid = geometry[shapely.has_z(geometry)]
    if not solid.size:
        return geometry
    heights = shapely.get_coordinates(solid, include_z=True)[:, 2]
    known = bool(np.any(heights[~np.isnan(heights)]))
    return geometry if known else np.asarray(shapely.force_2d(geometry), dtype=object)


def _as_array(shapes: Sequence[Any]) -> npt.NDArray[np.object_]:
    array = np.empty(len(shapes), dtype=object)
    array[:] = shapes
    return array


def _choose(request: Request, placemarks: Sequence[_Placemark]) -> list[int]:
    """Choose the wanted folder, or else the folders that hold anything that fits."""
    folders = [mark.folder for mark in placemarks]
    if request.layer is not None:
        wanted = request.layer
        chosen = [
            index
            for index, folder in enumerate(folders)
            if folder == wanted or folder.startswith(f"{wanted}/")
        ]
        if not chosen:
            raise request.no_layer([folder for folder in dict.fromkeys(folders) if folder])
        return chosen
    everything = list(range(len(placemarks)))
    # A supplied map may hold rows of mines and outlines beside points.
    if request.role == "supplied":
        return everything
    kinds = _FITTING.get(GEOMETRY[request.role], ())
    held = {
        folder
        for folder, mark in zip(folders, placemarks, strict=True)
        if mark.shape is not None and mark.shape.geom_type.removeprefix("Multi") in kinds
    }
    fitting = [index for index, folder in enumerate(folders) if folder in held]
    return fitting or everything


def _columns(placemarks: Sequence[_Placemark]) -> dict[str, list[str]]:
    names = dict.fromkeys(name for mark in placemarks for name in mark.cells)
    out: dict[str, list[str]] = {}

    def add(own: str, cells: list[str]) -> None:
        if own in _FIRST or any(cells):
            out[f"placemark {own}" if own in names else own] = cells

    add("folder", [mark.folder for mark in placemarks])
    add("name", [mark.own["name"] for mark in placemarks])
    out |= {name: [mark.cells.get(name, "") for mark in placemarks] for name in names}
    for own in _LAST:
        add(own, [mark.own[own] for mark in placemarks])
    return out


def _attributes(placemark: Element) -> dict[str, str]:
    """Take the attributes of a placemark, whichever of three ways they are written in."""
    found: list[tuple[str, str]] = []
    for extended in placemark.all("ExtendedData"):
        for child in extended.children:
            if child.name == "Data":
                found.append((child.attributes.get("name", ""), child.value("value")))
            elif child.name == "SchemaData":
                found += [
                    (cell.attributes.get("name", ""), cell.text.strip())
                    for cell in child.all("SimpleData")
                ]
            elif not child.children:
                found.append((child.name, child.text.strip()))
    times: Counter[str] = Counter()
    cells = {}
    for raw, text in found:
        name = raw.strip() or "(no name)"
        times[name] += 1
        cells[name if times[name] == 1 else f"{name} ({times[name]})"] = text
    return cells


def _shape(placemark: Element) -> Any:
    other = next((child.name for child in placemark.children if child.name in _OTHERS), None)
    if other is not None:
        raise _FaultError("MA304", {"got": _OTHERS[other]})
    shapes = placemark.all(*_SHAPES)
    if len(shapes) > 1:
        raise _FaultError("MA014", {"why": "it has several"})
    return _made(shapes[0]) if shapes else None


def _made(element: Element) -> Any:
    import shapely

    if element.name == "MultiGeometry":
        parts = [_made(child) for child in element.all(*_SHAPES)]
        parts = [part for part in parts if part is not None and not part.is_empty]
        kinds = {part.geom_type for part in parts}
        if len(parts) == 1:
            return parts[0]
        alike = _ALIKE.get(next(iter(kinds), "")) if len(kinds) == 1 else None
        return getattr(shapely, alike or "GeometryCollection")(parts) if parts else None
    if element.name == "Polygon":
        outer = [_ring(ring) for ring in element.all("outerBoundaryIs")]
        holes = [_ring(ring) for ring in element.all("innerBoundaryIs")]
        if len(outer) != 1:
            raise _FaultError("MA301", {"reason": "it has no outer boundary, or several"})
        return shapely.Polygon(outer[0], holes)
    places = _places(element)
    if element.name == "Point":
        if len(places) > 1:
            raise _FaultError("MA014", {"why": "a point has several positions"})
        return shapely.Point(places[0]) if places else None
    if not places:
        return None
    if len(places) < 2:
        raise _FaultError("MA014", {"why": "a line has one position"})
    return shapely.LineString(places)


def _ring(boundary: Element) -> list[tuple[float, ...]]:
    ring = boundary.child("LinearRing")
    places = [] if ring is None else _places(ring)
    if len(places) < 4 or places[0] != places[-1]:
        raise _FaultError("MA301", {"reason": "it has too few points, or is not closed"})
    return places


def _places(element: Element) -> list[tuple[float, ...]]:
    """Read longitude, latitude and height; blanks after a comma are forgiven."""
    words = _COMMA.sub(",", element.value("coordinates")).split()
    if not all(map(_TUPLE.fullmatch, words)):
        why = "it is not written as longitude,latitude or longitude,latitude,height"
        raise _FaultError("MA014", {"why": why})
    places = [tuple(float(cell) for cell in word.split(",") if cell) for word in words]
    if not all(map(math.isfinite, chain.from_iterable(places))):
        raise _FaultError("MA307", {"detail": ""})
    if len({len(place) for place in places}) > 1:  # a height that is not given is none
        places = [place[:2] for place in places]
    return places
