"""GIS files: GeoJSON, GeoPackage and Shapefile through pyogrio, GeoParquet through pyarrow."""

from __future__ import annotations

import json
import re
import struct
import warnings
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt

from mapaccuracy.coordinates import WGS84
from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.intake.tables import crs_name
from mapaccuracy.io.request import Request, refused
from mapaccuracy.schema import GEOMETRY, Ints, Problem, RawTable

# Types of layers that can hold a role's geometry. A layer of unknown type may hold any.
_FITTING = {
    "points": re.compile("point|unknown|geometry", re.IGNORECASE),
    "polygons": re.compile("polygon|surface|unknown|geometry", re.IGNORECASE),
    "table": re.compile("none", re.IGNORECASE),
}
# Well-known binary of curves, which are not read: CircularString to MultiSurface.
_CURVES = range(8, 13)
_SHP_HEADER = 100
_DBF_HEADER = 32


def read_geojson(request: Request) -> tuple[RawTable, ...]:
    """Read a GeoJSON file; it states WGS 84 unless it says otherwise."""
    tables = _read_layers(request)
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
    return _read_layers(request)


def read_shapefile(request: Request) -> tuple[RawTable, ...]:
    """Read a shapefile; without a .prj part it states no coordinate system.

    Raises
    ------
    InputError
        If a part is missing that holds data, or as in `read_geopackage`.
    """
    try:
        there = {
            part.suffix.lower(): part
            for part in request.path.parent.iterdir()
            if part.stem == request.path.stem
        }
    except OSError as error:
        raise refused(request.name, error, "its folder") from None
    missing = [part for part in (".shx", ".dbf") if part not in there]
    if missing:
        values = {"parts": " and ".join(missing)}
        raise InputError([Problem("MA005", request.name, values=values)])
    try:
        parts = {part: there[part].read_bytes() for part in (".shx", ".dbf")}
    except OSError as error:
        raise refused(request.name, error, "its other parts") from None
    parts[".shp"] = request.data
    short = [part for part in sorted(parts) if len(parts[part]) < _length(part, parts[part])]
    if short:
        raise request.refuse(f"its {' and '.join(short)} part is cut off")
    return _read_layers(request)


def _length(part: str, data: bytes) -> int:
    """Read the length of a part of a shapefile, in bytes, from its header."""
    if part == ".dbf":
        if len(data) < _DBF_HEADER:
            return _DBF_HEADER
        n, head, record = struct.unpack("<IHH", data[4:12])
        return int(head + n * record)
    if len(data) < _SHP_HEADER:
        return _SHP_HEADER
    return 2 * int.from_bytes(data[24:28], "big")


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

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            frame: Any = gpd.read_parquet(io.BytesIO(request.data))
        except (ValueError, KeyError, TypeError):
            try:
                frame = pd.read_parquet(io.BytesIO(request.data))
            except (ValueError, KeyError, TypeError, OSError, pa.ArrowException):
                raise request.refuse("it is not a complete Parquet file") from None
        except Exception:  # GEOS and Arrow each have errors of their own; texts may hold positions
            raise request.refuse("it is not a complete GeoParquet file") from None
    if len(frame) == 0:
        raise request.empty()
    geometry, crs = None, None
    if isinstance(frame, gpd.GeoDataFrame):
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


def _read_layers(request: Request) -> tuple[RawTable, ...]:
    import pyogrio

    if not _is_text(str(request.path)):
        fix = "give it and its folder names of plain letters"
        raise request.refuse("GDAL does not open names that are not UTF-8 text", fix=fix)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            listed = [(str(name), kind) for name, kind in pyogrio.list_layers(request.path)]
        except (RuntimeError, ValueError, OSError):
            raise request.refuse(_why(request)) from None
        chosen = _choose(request, listed)
        tables = []
        for name, kind in chosen:
            try:
                tables.append(_read_layer(request, name, kind, len(listed) > 1))
            except (RuntimeError, ValueError, OSError, KeyError):
                raise request.refuse(_why(request), f"layer {name}") from None
    filled = [table for table in tables if table.rows.size]
    if not filled:
        raise request.empty()
    if len(filled) > 1:
        names = [table.layer or "" for table in filled]
        first = filled[0]
        noticed = (request.several(names), *first.problems)
        filled[0] = _with_problems(first, noticed)
    return tuple(filled)


def _is_text(name: str) -> bool:
    """Tell whether a name is without the halves of pairs that stand for bytes of no meaning."""
    return not any("\ud800" <= char <= "\udfff" for char in name)


def _with_problems(table: RawTable, problems: tuple[Problem, ...]) -> RawTable:
    return replace(table, problems=problems)


def _choose(request: Request, listed: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    if request.layer is not None:
        chosen = [entry for entry in listed if entry[0] == request.layer]
        if not chosen:
            raise request.no_layer([name for name, _ in listed])
        return chosen
    fits = _FITTING[GEOMETRY[request.role]]
    if GEOMETRY[request.role] == "table":
        return [entry for entry in listed if entry[1] is None] or listed
    spatial = [entry for entry in listed if entry[1] is not None]
    fitting = [entry for entry in spatial if fits.search(str(entry[1]))]
    # Where nothing fits, what there is is read, so that intake can say what it found.
    return fitting or spatial or listed


def _why(request: Request) -> str:
    if request.path.suffix.lower() in (".geojson", ".json"):
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


def _read_layer(request: Request, name: str, kind: Any, several: bool) -> RawTable:
    import pandas as pd
    import pyogrio

    meta, fids, binary, fields = pyogrio.raw.read(
        request.path, layer=name, return_fids=True, datetime_as_string=True
    )
    n = len(fids)
    # A feature of a GeoPackage carries a number of its own; others are counted from 1.
    numbered = request.path.suffix.lower() == ".gpkg"
    rows: Ints = np.asarray(fids if numbered else np.arange(1, n + 1), dtype=np.int64)
    columns = {
        str(header): pd.Series(values, dtype=values.dtype)
        for header, values in zip(meta["fields"], fields, strict=True)
    }
    layer = name if several or numbered else None
    has_geometry = kind is not None and binary is not None
    geometry, faults = _geometry(binary) if has_geometry else (None, [])
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
    problems = tuple(
        Problem(code, table.source, table.where(index), row=int(rows[index]), values=values)
        for index, code, values in _explain(faults, GEOMETRY[request.role])
    )
    return _with_problems(table, problems)


def _geometry(
    binary: npt.NDArray[np.object_],
) -> tuple[npt.NDArray[np.object_], list[tuple[int, int]]]:
    """Make geometries; with the index and type number of those that cannot be made."""
    import shapely

    geometry = np.asarray(shapely.from_wkb(binary, on_invalid="ignore"), dtype=object)
    lost = np.flatnonzero(shapely.is_missing(geometry))
    return geometry, [(int(i), _type(binary[i])) for i in lost if binary[i] is not None]


def _type(binary: bytes) -> int:
    number: int = struct.unpack("<I" if binary[0] == 1 else ">I", binary[1:5])[0]
    return (number & 0x0FFFFFFF) % 1000


def _explain(
    faults: Sequence[tuple[int, int]], expected: str
) -> list[tuple[int, str, dict[str, str]]]:
    return [
        (index, "MA304", {"expected": expected, "got": "a curve"})
        if kind in _CURVES
        else (index, "MA301", {"reason": "it has too few points, or is not closed"})
        for index, kind in faults
    ]
