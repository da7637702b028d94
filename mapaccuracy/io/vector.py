"""GIS files: layers through pyogrio, GeoParquet through pyarrow."""

from __future__ import annotations

import json
import re
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np

from mapaccuracy.coordinates import WGS84
from mapaccuracy.errors import SettingsError
from mapaccuracy.intake.tables import crs_name
from mapaccuracy.io import plain_points
from mapaccuracy.io.request import Request
from mapaccuracy.io.shapes import explained, shapes_of
from mapaccuracy.schema import GEOMETRY, Geometries, Ints, Problem, RawTable, recognise

# Types of layers that can hold a role's geometry. A layer of unknown type may hold any.
_FITTING = {
    "points": re.compile("point|unknown|geometry", re.IGNORECASE),
    "polygons": re.compile("polygon|surface|unknown|geometry", re.IGNORECASE),
    "table": re.compile("none", re.IGNORECASE),
}
# GDAL opens what the content says: such text in a GeoJSON file would read other files.
_NO_GEOJSON = (b"<OGRVRTDataSource", b"gdal_streamed_alg")
_ESRI = re.compile(rb'"geometryType"\s*:\s*"esri|"esriFieldType')
_PARTIAL = re.compile(rb'"exceededTransferLimit"\s*:\s*true')


@dataclass(frozen=True)
class Source:
    """One thing that GDAL opens.

    Attributes
    ----------
    opened : str or bytes
    label : str or None
        The name of its only layer, where the layer's own name says nothing.
    numbered : bool
        Whether features carry numbers of their own, to which messages refer.
    encoding : str or None
        Of its texts, where it does not say so itself.
    """

    opened: str | bytes
    label: str | None = None
    numbered: bool = False
    encoding: str | None = None


def read_geojson(request: Request) -> tuple[RawTable, ...]:
    """Read a GeoJSON file; it states WGS 84 unless it says otherwise."""
    data = request.data
    if any(mark in data for mark in _NO_GEOJSON):
        raise request.refuse("its content is not GeoJSON")
    driver = "GeoJSON"
    if _ESRI.search(data):
        driver = "ESRIJSON"
        if _PARTIAL.search(data):
            reason = "it is one page of a service (exceededTransferLimit), not all of its features"
            raise request.refuse(reason, fix="export the layer again, with all of its pages")
    # The name of the driver keeps others from taking the file for theirs.
    opened = request.opened or f"{driver}:{request.path.absolute()}"
    tables = read_sources(request, [Source(opened)])
    # GDAL takes a system that it does not know for WGS 84 and says nothing.
    crs = _stated(request)
    return tables if crs is None else tuple(replace(table, crs=crs) for table in tables)


def _stated(request: Request) -> str | None:
    """Find the coordinate system that a GeoJSON file names; its own words if it does not exist."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    member = _crs_member(request)
    if member is None:
        return None
    inner = member.get("properties") if isinstance(member, dict) else None
    inner = inner if isinstance(inner, dict) else {}
    code = inner.get("code")
    named = inner.get("name", inner.get("href", None if code is None else f"EPSG:{code}"))
    named = member if isinstance(member, str) else named
    text = named if isinstance(named, str) else json.dumps(member)
    try:
        system = CRS.from_user_input(text)
    except CRSError:
        return text
    return WGS84 if system.to_authority() == ("OGC", "CRS84") else crs_name(system)


def _crs_member(request: Request) -> Any:
    data = request.data
    if b'"crs"' not in data:
        return None
    # Mostly it stands before the features, and these need not be taken apart for it.
    start = data.find(b'"features"')
    with suppress(ValueError, RecursionError):
        head = json.loads(data[:start] + b'"features":0}')
        if "crs" in head:
            return head["crs"]
    try:
        whole = json.loads(data)
    except (ValueError, RecursionError):
        raise request.refuse(_why(request)) from None
    return whole.get("crs") if isinstance(whole, dict) else None


def read_geopackage(request: Request) -> tuple[RawTable, ...]:
    """Read every layer of a GeoPackage that fits the role, or the one wanted."""
    return read_sources(request, [Source(str(request.path), numbered=True)])


def read_geodatabase(request: Request) -> tuple[RawTable, ...]:
    """Read every layer of a File Geodatabase that fits the role, or the one wanted."""
    return read_sources(request, [Source(str(request.path), numbered=True)])


def read_geoparquet(request: Request) -> tuple[RawTable, ...]:
    """Read a GeoParquet file, or a Parquet table without geometry.

    Raises
    ------
    InputError
        If it cannot be read or has no rows.
    SettingsError
        If pyarrow is not installed.
    """
    if find_spec("pyarrow") is None:
        raise SettingsError(
            f"{request.name} is GeoParquet, which needs an optional part: "
            'pip install "mapaccuracy[parquet]", or save it as GeoPackage.'
        )
    if request.layer is not None:
        raise request.no_layer([])
    import io

    import geopandas as gpd
    import pandas as pd
    import pyarrow as pa

    plain = None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            plain = plain_points.of_geoparquet(request.data)
            frame: Any = gpd.read_parquet(io.BytesIO(request.data)) if plain is None else plain[0]
        except (ValueError, KeyError, TypeError):
            try:
                frame = pd.read_parquet(io.BytesIO(request.data))
            except (ValueError, KeyError, TypeError, OSError, pa.ArrowException):
                raise request.refuse("it is not a complete Parquet file") from None
        except Exception:  # GEOS and Arrow each have errors of their own; texts may hold positions
            raise request.refuse("it is not a complete GeoParquet file") from None
    if len(frame) == 0:
        raise request.empty()
    geometry: Geometries | None = None
    crs = None
    if plain is not None:
        geometry, crs = plain[1], crs_name(plain[2])
    elif isinstance(frame, gpd.GeoDataFrame):
        geometry = np.asarray(frame.geometry.array, dtype=object)
        crs = crs_name(frame.crs)
        spatial = [name for name in frame.columns if str(frame[name].dtype) == "geometry"]
        frame = pd.DataFrame(frame.drop(columns=spatial))
    return (
        RawTable(
            source=request.name,
            frame=frame.reset_index(drop=True).rename(columns=str),
            rows=np.arange(1, len(frame) + 1, dtype=np.int64),
            place="feature",
            geometry=geometry,
            crs=crs,
            sha256=request.sha256,
        ),
    )


def read_sources(request: Request, sources: Sequence[Source]) -> tuple[RawTable, ...]:
    """Read all layers that fit the role, or the one wanted, of what belongs together.

    Parameters
    ----------
    request : Request
    sources : sequence of Source

    Returns
    -------
    tuple of RawTable

    Raises
    ------
    InputError
        If GDAL cannot read them, there is no such layer, or no layer has rows.
    """
    if not _is_text(str(request.path)):
        fix = "give it and its folder names of plain letters"
        raise request.refuse("GDAL does not open names that are not UTF-8 text", fix=fix)
    listed = [entry for source in sources for entry in _layers(request, source)]
    claims, others = _claims(request, listed)
    chosen = _choose(request, listed, claims)
    tables = [_read_layer(request, entry, len(listed) > 1) for entry in chosen]
    filled = [table for table in tables if table.rows.size]
    if not filled:
        raise request.empty()
    if len(filled) > 1:
        names = [table.layer or "" for table in filled]
        first = filled[0]
        noticed = (request.several(names), *first.problems)
        filled[0] = _with_problems(first, noticed)
    left = len([entry for entry in others if entry not in chosen])
    if left:
        said = request.left_out(f"layers of lines or polygons without id and count ({left:,})")
        filled[0] = _with_problems(filled[0], (*filled[0].problems, said))
    return tuple(filled)


@dataclass(frozen=True)
class _Layer:
    source: Source
    number: int
    name: str
    kind: str | None


def _layers(request: Request, source: Source) -> list[_Layer]:
    import pyogrio

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            listed = pyogrio.list_layers(source.opened)
        except (RuntimeError, ValueError, OSError):
            raise request.refuse(_why(request), source.label or "") from None
    return [
        _Layer(source, number, source.label or str(name), None if kind is None else str(kind))
        for number, (name, kind) in enumerate(listed)
    ]


def _is_text(name: str) -> bool:
    """Tell whether a name is without the halves of pairs that stand for bytes of no meaning."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


def _with_problems(table: RawTable, problems: tuple[Problem, ...]) -> RawTable:
    return replace(table, problems=problems)


def _claims(request: Request, listed: list[_Layer]) -> tuple[list[_Layer], list[_Layer]]:
    """Find rows of mines and outlines beside the points of a supplied map.

    Returns
    -------
    claims, others : list of _Layer
        Layers of lines or polygons that say for each how many mines it stands for, and those that
        do not: these may be roads or districts.
    """
    if request.role != "supplied" or request.layer is not None or len(listed) < 2:
        return [], []
    points = _FITTING["points"]
    shapes = [entry for entry in listed if entry.kind is not None and not points.search(entry.kind)]
    claims = [
        entry
        for entry in shapes
        if {"id", "count"} <= set(recognise("areas", _fields(request, entry)))
    ]
    others = [entry for entry in shapes if entry not in claims]
    # Where there is nothing else, intake says what is missing.
    return (claims, others) if len(others) < len(listed) else ([], [])


def _fields(request: Request, entry: _Layer) -> list[str]:
    import pyogrio

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            info = pyogrio.read_info(entry.source.opened, layer=entry.number)
        except (RuntimeError, ValueError, OSError, KeyError):
            raise request.refuse(_why(request), f"layer {entry.name}") from None
    return list(map(str, info["fields"]))


def _choose(request: Request, listed: list[_Layer], claims: Sequence[_Layer]) -> list[_Layer]:
    if request.layer is not None:
        chosen = [entry for entry in listed if entry.name == request.layer]
        if not chosen:
            raise request.no_layer([entry.name for entry in listed])
        return chosen
    fits = _FITTING[GEOMETRY[request.role]]
    if GEOMETRY[request.role] == "table":
        return [entry for entry in listed if entry.kind is None] or listed
    spatial = [entry for entry in listed if entry.kind is not None]
    fitting = [entry for entry in spatial if fits.search(str(entry.kind)) or entry in claims]
    # Where nothing fits, what there is is read, so that intake can say what it found.
    return fitting or spatial or listed


def _why(request: Request) -> str:
    if request.opened is not None or request.path.suffix.lower() in (".geojson", ".json"):
        try:
            json.loads(request.data)
        except UnicodeDecodeError as error:
            return f"it is not UTF-8 text (byte {error.start + 1})"
        except json.JSONDecodeError as error:
            return f"it is not complete JSON (line {error.lineno})"
        except RecursionError:
            return "its JSON is nested too deeply"
        return "its content is not GeoJSON"
    return "its content is damaged or incomplete"


def _read_layer(request: Request, entry: _Layer, several: bool) -> RawTable:
    import pandas as pd
    import pyogrio

    source = entry.source
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            meta, fids, binary, fields = pyogrio.raw.read(
                source.opened,
                layer=entry.number,
                encoding=source.encoding,
                return_fids=True,
                datetime_as_string=True,
            )
        except (RuntimeError, ValueError, OSError, KeyError):
            raise request.refuse(_why(request), f"layer {entry.name}") from None
    n = len(fids)
    # Where features carry no number of their own they are counted from 1.
    rows: Ints = np.asarray(fids if source.numbered else np.arange(1, n + 1), dtype=np.int64)
    columns = {
        str(header): pd.Series(values, dtype=values.dtype)
        for header, values in zip(meta["fields"], fields, strict=True)
    }
    layer = entry.name if several or source.numbered else None
    has_geometry = entry.kind is not None and binary is not None
    geometry: Geometries | None = None
    faults: list[tuple[int, int]] = []
    if has_geometry:
        geometry = plain_points.of_features(binary)
        if geometry is None:
            geometry, faults = shapes_of(binary)
    stated = meta.get("crs")
    table = RawTable(
        source=request.name,
        frame=pd.DataFrame(columns, index=pd.RangeIndex(n)),
        rows=rows,
        place="feature",
        layer=layer,
        geometry=geometry,
        crs=None if stated is None or "Undefined" in stated else str(stated),
        sha256=request.sha256,
    )
    return _with_problems(table, explained(table, faults, GEOMETRY[request.role]))
