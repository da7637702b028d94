"""ArcGIS Feature and Map Services: all features of a layer, or an error."""

from __future__ import annotations

import hashlib
import itertools
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.io import esri
from mapaccuracy.io.addresses import check_online
from mapaccuracy.io.fetching import Asking, FetchError
from mapaccuracy.io.service_address import ALL, TOKEN, Address, taken_apart
from mapaccuracy.schema import GEOMETRY, Bools, Ints, Problem, RawTable, Role

# Features that are asked for at once, where the service allows as many.
_PAGE = {"esriGeometryPoint": 2000, None: 2000}
_PAGE_OF_SHAPES = 250
_FITTING = {
    "points": ("esriGeometryPoint", "esriGeometryMultipoint"),
    "polygons": ("esriGeometryPolygon",),
    "table": (None,),
}
_READ = (*_FITTING["points"], "esriGeometryPolyline", *_FITTING["polygons"], None)
_SHOWN_LAYERS = 20
_LARGEST = 1 << 62
_PRINTABLE = re.compile(r"[!-~]+")


@dataclass(frozen=True)
class _Reading:
    """One layer that is being read."""

    ask: Asking
    place: Address
    about: esri.Layer
    described: Mapping[str, Any]

    @property
    def pages(self) -> bool:
        """Whether features come page by page and in an order."""
        able = self.described.get("advancedQueryCapabilities")
        able = able if isinstance(able, dict) else {}
        return able.get("supportsPagination") is True and able.get("supportsOrderBy") is not False

    @property
    def size(self) -> int:
        """How many features are asked for at once."""
        size = _PAGE.get(self.about.shape, _PAGE_OF_SHAPES)
        stated = self.described.get("maxRecordCount")
        return min(size, stated) if type(stated) is int and stated > 0 else size

    @property
    def system(self) -> Any:
        """The coordinate system that the layer states, should its features state none."""
        extent = self.described.get("extent")
        return extent.get("spatialReference") if isinstance(extent, dict) else None

    def asked(self, parameters: Mapping[str, str], below: str = "/query") -> dict[str, Any]:
        """Ask for something of the layer, by whose name it is called in errors."""
        return _asked(self.ask, self.place, self.place.url + below, parameters, self.about.name)


@dataclass(frozen=True)
class _Page:
    """Some features of a layer, taken apart."""

    numbers: list[int]
    columns: dict[str, list[Any]]
    shapes: esri.Shapes | None
    damaged: Bools
    curved: Bools
    digests: list[bytes]
    system: str | None
    more: bool | None


def read(
    address: str,
    role: Role,
    *,
    layer: str | None = None,
    columns: Mapping[str, str] | None = None,  # noqa: ARG001
) -> tuple[RawTable, ...]:
    """Read all features of one layer of an ArcGIS Feature or Map Service.

    Parameters
    ----------
    address : str
        ``http`` or ``https``, ending in ``/FeatureServer/N`` or ``/MapServer/N``, with or without
        ``/query`` and what browsers add to it; of that only ``where`` chooses features, and
        whatever else would is refused. Without N the layer is named by `layer`, or is the only
        one that fits the role.
    role : str
    layer : str, optional
        Name of the layer.
    columns : mapping, optional
        Not needed: services give all columns.

    Returns
    -------
    tuple of RawTable
        One table. `rows` are the object ids, in their order; `source` is the name of the layer;
        codes of coded values are given by name; dates are ISO 8601. `sha256` begins with what the
        service says of the layer, and goes on with the hash of each feature.

    Raises
    ------
    InputError
        If the address cannot be used or answers wrongly, asks for a login, or if the features that
        arrived are not those that the service counted before and after (MA006).
    SettingsError
        If the token cannot be one.

    Notes
    -----
    The token in the environment variable ``MAPACCURACY_ARCGIS_TOKEN`` is sent in a header, and
    over plain http to this machine only. Memory: one answer (32 MiB at most) taken apart, and twice
    the table. Limits of size and time stand in `mapaccuracy.io.fetching`.
    """
    place = taken_apart(address)
    check_online(place.name)
    ask = Asking(_token())
    named = place
    if place.layer is None:
        named = replace(place, layer=_chosen(place, ask, role, layer))
    described = _asked(ask, named, named.url, {})
    about = esri.layer_of(described, named.name)
    _check_layer(named, described, about)
    if place.layer is not None and layer not in (None, about.name):
        raise _no_layer(about.name, layer or "", [about.name], role)
    table = _table(_Reading(ask, named, about, described), role)
    return (table if place.layer is not None else replace(table, layer=about.name),)


def layer_names(address: str) -> list[str]:
    """Name the layers and tables of a service; none if the address names one.

    Raises
    ------
    InputError
    """
    place = taken_apart(address)
    if place.layer is not None:
        return []
    check_online(place.name)
    return [name for _, name, _ in _listed(place, Asking(_token()))]


def _token() -> str | None:
    token = os.environ.get(TOKEN, "").strip()
    if not token:
        return None
    if _PRINTABLE.fullmatch(token) is None:
        raise SettingsError(f"The environment variable {TOKEN} holds characters that no token has.")
    return token


def _no_layer(source: str, wanted: str, known: Sequence[str], role: Role) -> InputError:
    layers = ", ".join(f"'{name}'" for name in known) or "none"
    return InputError(
        [Problem("MA002", source, values={"wanted": wanted, "layers": layers, "role": role})]
    )


def _refused(place: Address, name: str, error: FetchError, token: str | None) -> InputError:
    if error.kind != "login":
        return _not_read(name, error.reason, error.fix)
    detail = "" if token is None else ", and does not accept the token that is set"
    if token is not None and place.service.startswith("http:") and not place.here:
        detail = ", and the address begins with http:, over which no token is sent"
    return InputError([Problem("MA021", name, values={"detail": detail})])


def _not_read(name: str, reason: str, fix: str = "ask who runs the service") -> InputError:
    return InputError([Problem("MA020", name, values={"reason": reason, "fix": fix})])


def _asked(
    ask: Asking, place: Address, url: str, parameters: Mapping[str, str], name: str | None = None
) -> dict[str, Any]:
    try:
        return ask.json(url, {**parameters, "f": "json"})
    except FetchError as error:
        raise _refused(place, name or place.name, error, ask.token) from None


def _listed(place: Address, ask: Asking) -> list[tuple[int, str, str | None]]:
    """List number, name and shape of the layers and tables that can hold features."""
    answer = _asked(ask, place, place.service, {})
    found = []
    for member in ("layers", "tables"):
        entries = answer.get(member)
        for entry in entries if isinstance(entries, list) else []:
            if not isinstance(entry, dict) or type(entry.get("id")) is not int:
                continue
            if entry.get("subLayerIds") or entry.get("type") in ("Group Layer", "Raster Layer"):
                continue
            # Older services do not say the shape here; any may be behind it.
            shape = entry.get("geometryType", "" if member == "layers" else None)
            about = esri.layer_of(entry, f"{place.name}/{entry['id']}")
            found.append((entry["id"], about.name, shape))
    if not found:
        raise _not_read(place.name, "it lists no layer", "check the address in a browser")
    return found


def _chosen(place: Address, ask: Asking, role: Role, wanted: str | None) -> int:
    listed = _listed(place, ask)
    if wanted is not None:
        fitting = [entry for entry in listed if entry[1] == wanted]
        if not fitting:
            raise _no_layer(place.name, wanted, [name for _, name, _ in listed], role)
    else:
        shapes = ("", *_FITTING[GEOMETRY[role]])
        fitting = [entry for entry in listed if entry[2] in shapes]
        fitting = fitting or listed
    if len(fitting) > 1:
        shown = [f"{number} '{name}'" for number, name, _ in fitting[:_SHOWN_LAYERS]]
        rest = len(fitting) - len(shown)
        layers = ", ".join(shown) + (f" and {rest:,} more" if rest else "")
        values = {"n": f"{len(fitting):,}", "layers": layers, "role": role}
        raise InputError([Problem("MA023", place.name, values=values)])
    return fitting[0][0]


def _check_layer(place: Address, described: Mapping[str, Any], about: esri.Layer) -> None:
    if described.get("subLayers") or described.get("type") == "Group Layer":
        raise _not_read(
            place.name, "it is a group of layers", "give the number of one of the layers in it"
        )
    if about.key is None:
        reason = "it numbers no features, so that nobody could tell whether all of them arrived"
        raise _not_read(place.name, reason, "export it as a File Geodatabase or a GeoPackage")
    if about.shape not in _READ:
        raise _not_read(place.name, "it holds neither points, lines and polygons nor a table")
    unique = described.get("uniqueIdInfo")
    if isinstance(unique, dict) and unique.get("OIDFieldContainsHashValue") is True:
        reason = "the numbers of its features are not kept from one question to the next"
        raise _not_read(place.name, reason, "export it as a File Geodatabase or a GeoPackage")


def _table(reading: _Reading, role: Role) -> RawTable:
    """Read all features of a layer, and make sure that they are all."""
    about, where = reading.about, reading.place.where
    said = _count(reading, where)
    if said == 0:
        raise InputError([Problem("MA004", about.name, values={"detail": ""})])
    pages = _all_pages(reading, said)
    now = reading.asked({}, below="")
    if now.get("editingInfo") != reading.described.get("editingInfo"):
        raise _partial(about.name, said, said, ", but the layer was edited meanwhile")
    if len({page.system for page in pages}) > 1:
        raise _not_read(about.name, "its answers are in different coordinate systems")
    numbers: Ints = np.array([n for page in pages for n in page.numbers], dtype=np.int64)
    order = np.argsort(numbers)
    shaped = [page.shapes for page in pages if page.shapes is not None]
    table = RawTable(
        source=about.name,
        frame=esri.cells(about, _joined(pages)).iloc[order].reset_index(drop=True),
        rows=numbers[order],
        place="feature",
        geometry=np.concatenate(shaped)[order] if shaped else None,
        crs=pages[0].system if shaped else None,
        sha256=_sha256(about, pages, order),
    )
    problems = _damaged(table, pages, order, role)
    left = 0 if where == ALL else _count(reading, ALL) - said
    if left > 0:
        what = f"features outside the condition (where) of the address ({left:,})"
        problems.append(Problem("MA013", about.name, values={"what": what}))
    return replace(table, problems=tuple(problems))


def _count(reading: _Reading, where: str) -> int:
    count = reading.asked({"where": where, "returnCountOnly": "true"}).get("count")
    if type(count) is not int or count < 0:
        raise _not_read(reading.about.name, "it does not say how many features it has")
    return count


def _partial(name: str, said: int, arrived: int, why: str) -> InputError:
    values = {"said": f"{said:,}", "arrived": f"{arrived:,}", "why": why}
    return InputError([Problem("MA006", name, values=values)])


def _all_pages(reading: _Reading, said: int) -> list[_Page]:
    """Ask page by page, and stop as soon as something is missing, repeated, or too much."""
    name = reading.about.name
    pages: list[_Page] = []
    seen: set[int] = set()
    try:
        for page in _by_offset(reading) if reading.pages else _by_number(reading, said):
            before = len(seen)
            seen.update(page.numbers)
            if page.numbers:
                pages.append(page)
            if len(seen) < before + len(page.numbers):
                raise _partial(name, said, len(seen), ": it repeats what it has sent")
            if len(seen) > said:
                raise _partial(name, said, len(seen), ", and there may be more")
        # Who deletes a feature and adds another leaves the count as it was, and may have moved a
        # third one from a page that is to come to one that was read.
        changed = len(seen) == said and set(_numbers(reading)[1]) != seen
    except FetchError as error:
        if not pages or error.kind == "login":
            raise _refused(reading.place, name, error, reading.ask.token) from None
        raise _partial(name, said, len(seen), f": {error.reason}") from None
    if len(seen) != said:
        raise _partial(name, said, len(seen), "")
    if changed:
        raise _partial(name, said, said, ", but they are not those that it has now")
    return pages


def _by_offset(reading: _Reading) -> Iterator[_Page]:
    offset, size = 0, reading.size
    while True:
        window = {
            "orderByFields": f"{reading.about.key} ASC",
            "resultOffset": str(offset),
            "resultRecordCount": str(size),
        }
        try:
            page = _page(reading, reading.place.where, window)
        except FetchError as error:
            if error.kind != "large" or size == 1:
                raise
            size //= 2
            continue
        yield page
        n = len(page.numbers)
        offset += n
        # A full page that says nothing may be the last one or not: the next one tells.
        if n == 0 or page.more is False or (page.more is None and n < size):
            return


def _numbers(reading: _Reading) -> tuple[str | None, list[int]]:
    """Ask for the numbers of all features, which no page limits, and for the field they are in."""
    asked = {"where": reading.place.where, "returnIdsOnly": "true", "f": "json"}
    answer = reading.ask.json(f"{reading.place.url}/query", asked)
    listed = answer.get("objectIds")
    return _key(answer, reading.about), _whole(listed if isinstance(listed, list) else [])


def _by_number(reading: _Reading, said: int) -> Iterator[_Page]:
    """Ask for the features in ranges of their numbers."""
    place, size = reading.place, reading.size
    key, listed = _numbers(reading)
    numbers = sorted(set(listed))
    if len(numbers) != said:
        raise _partial(reading.about.name, said, 0, f"; it lists the numbers of {len(numbers):,}")
    ranges = [numbers[start : start + size] for start in range(0, len(numbers), size)][::-1]
    while ranges:
        some = ranges.pop()
        where = f"({place.where}) AND {key} >= {some[0]} AND {key} <= {some[-1]}"
        try:
            page = _page(reading, where, {})
        except FetchError as error:
            if error.kind != "large" or len(some) == 1:
                raise
            half = len(some) // 2
            ranges += [some[half:], some[:half]]
            continue
        yield page
        if sorted(page.numbers) != some:
            raise FetchError("it sends other features than were asked for")


def _key(answer: Mapping[str, Any], about: esri.Layer) -> str | None:
    stated = answer.get("objectIdFieldName")
    return stated if isinstance(stated, str) and stated else about.key


def _whole(values: Sequence[Any]) -> list[int]:
    if not all(type(value) is int and abs(value) < _LARGEST for value in values):
        raise FetchError("it does not number its features")
    return list(values)


def _page(reading: _Reading, where: str, window: Mapping[str, str]) -> _Page:
    """Ask for some features, and take them apart."""
    about = reading.about
    usual = {
        "where": where,
        "outFields": "*",
        "returnGeometry": "false" if about.shape is None else "true",
        "returnZ": "false",
        "f": "json",
    }
    answer = reading.ask.json(f"{reading.place.url}/query", {**usual, **window})
    features = answer.get("features")
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        raise FetchError("its answer is not that of an ArcGIS service")
    rows = [feature.get("attributes") for feature in features]
    if not all(isinstance(row, dict) for row in rows):
        raise FetchError("its features come without attributes")
    headers = set().union(*rows)
    key = _key(answer, about)
    key = key if key in headers else about.key
    none = np.zeros(len(rows), dtype=bool)
    made, damaged, curved = None, none, none
    if about.shape is not None:
        made, damaged, curved = esri.shapes(about.shape, [one.get("geometry") for one in features])
    more = answer.get("exceededTransferLimit")
    return _Page(
        numbers=_whole([row.get(key) for row in rows]),
        columns={name: [row.get(name) for row in rows] for name in headers},
        shapes=made,
        damaged=damaged,
        curved=curved,
        digests=[esri.digest(feature) for feature in features],
        system=esri.system(answer.get("spatialReference") or reading.system),
        more=more if isinstance(more, bool) else None,
    )


def _joined(pages: Sequence[_Page]) -> dict[str, list[Any]]:
    """Put the columns of pages one below the other; a page without a column has blank cells."""
    headers = dict.fromkeys(name for page in pages for name in sorted(page.columns))
    return {
        name: [
            cell
            for page in pages
            for cell in page.columns.pop(name, itertools.repeat(None, len(page.numbers)))
        ]
        for name in headers
    }


def _sha256(about: esri.Layer, pages: Sequence[_Page], order: Ints) -> str:
    digests = [digest for page in pages for digest in page.digests]
    total = hashlib.sha256(esri.header(about, pages[0].system))
    for index in order:
        total.update(digests[index])
    return total.hexdigest()


def _damaged(table: RawTable, pages: Sequence[_Page], order: Ints, role: Role) -> list[Problem]:
    """Name the features of whose geometry no shape can be made."""
    damaged = np.concatenate([page.damaged for page in pages])[order]
    curved = np.concatenate([page.curved for page in pages])[order]
    reasons = {
        True: ("MA304", {"expected": GEOMETRY[role], "got": "a curve"}),
        False: ("MA301", {"reason": "it has too few points, or is not closed"}),
    }
    problems = []
    for index in np.flatnonzero(damaged):
        code, values = reasons[bool(curved[index])]
        place, row = table.where(int(index)), int(table.rows[index])
        problems.append(Problem(code, table.source, place, row=row, values=values))
    return problems
