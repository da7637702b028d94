"""What ArcGIS services say of a layer, and their features, as tables hold them."""

from __future__ import annotations

import hashlib
import json
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mapaccuracy.intake.tables import crs_name
from mapaccuracy.io.fetching import FetchError
from mapaccuracy.schema import Bools

if TYPE_CHECKING:
    import pandas as pd

_NUMBERS = (
    "esriFieldTypeSmallInteger",
    "esriFieldTypeInteger",
    "esriFieldTypeBigInteger",
    "esriFieldTypeOID",
    "esriFieldTypeSingle",
    "esriFieldTypeDouble",
)
_WHOLE = ("esriFieldTypeSmallInteger", "esriFieldTypeInteger", "esriFieldTypeBigInteger")
_DATE = "esriFieldTypeDate"
_NO_CELLS = ("esriFieldTypeGeometry", "esriFieldTypeBlob", "esriFieldTypeRaster")
_POINT = "esriGeometryPoint"
# Beyond it, numbers with decimals no longer tell whole numbers apart.
_EXACT = 1 << 53
# A date beyond the years 1 to 9999 is none, in milliseconds from 1970.
_FIRST_MS, _LAST_MS = -62_135_596_800_000, 253_402_300_799_999
# Where a geometry holds its positions; curves stand under names of their own.
_PARTS = {
    "esriGeometryMultipoint": "points",
    "esriGeometryPolyline": "paths",
    "esriGeometryPolygon": "rings",
}
_CURVES = ("curvePaths", "curveRings")

Names = Mapping[Any, str]
Shapes = npt.NDArray[np.object_]


@dataclass(frozen=True)
class Layer:
    """What a service says of one layer or table.

    Attributes
    ----------
    name : str
    shape : str or None
        Such as ``esriGeometryPoint``; None of a table.
    fields : mapping of str to str
        Name to type, such as ``esriFieldTypeDate``.
    key : str or None
        The field that numbers the features.
    names : mapping of str to mapping of code to str
        Of fields with coded values: what their codes mean.
    subtype_field : str or None
        The field by whose value codes of other fields may mean other things.
    subtype_names : mapping of code to mapping of str to mapping of code to str
        Of each subtype: its fields whose codes mean other things.
    zone : str
        Time zone of dates: ``UTC``, or another of the IANA.
    """

    name: str
    shape: str | None
    fields: Mapping[str, str]
    key: str | None
    names: Mapping[str, Names] = field(default_factory=dict)
    subtype_field: str | None = None
    subtype_names: Mapping[Any, Mapping[str, Names]] = field(default_factory=dict)
    zone: str = "UTC"


def layer_of(answer: Mapping[str, Any], fallback: str) -> Layer:
    """Take the description of a layer apart; parts of another form than expected are left out.

    Parameters
    ----------
    answer : mapping
        As a service gives it for ``.../FeatureServer/N?f=json``.
    fallback : str
        Name of a layer that has none.

    Examples
    --------
    >>> domain = {"type": "codedValue", "codedValues": [{"code": 1, "name": "cleared"}]}
    >>> fields = [{"name": "FID", "type": "esriFieldTypeOID"},
    ...           {"name": "state", "type": "esriFieldTypeInteger", "domain": domain}]
    >>> layer = layer_of({"name": "Tasks", "type": "Table", "fields": fields}, "FeatureServer/0")
    >>> layer.key, layer.names, layer.shape
    ('FID', {'state': {1: 'cleared'}}, None)
    """
    entries = [
        entry
        for entry in _dicts(answer.get("fields"))
        if isinstance(entry.get("name"), str) and entry.get("type") not in _NO_CELLS
    ]
    fields = {entry["name"]: str(entry.get("type")) for entry in entries}
    numbered = [name for name, kind in fields.items() if kind == "esriFieldTypeOID"]
    stated = answer.get("objectIdField")
    names = {entry["name"]: _coded(entry.get("domain")) for entry in entries}
    by, subtypes, of_subtypes = _subtypes(answer, fields)
    if by is not None and not names[by]:
        names[by] = subtypes
    shape = answer.get("geometryType")
    return Layer(
        name=_plain(answer.get("name")) or fallback,
        shape=shape if isinstance(shape, str) and shape else None,
        fields=fields,
        key=stated if isinstance(stated, str) and stated else next(iter(numbered), None),
        names={name: coded for name, coded in names.items() if coded},
        subtype_field=by,
        subtype_names=of_subtypes,
        zone=_zone(answer),
    )


def _plain(name: Any) -> str:
    text = name if isinstance(name, str) else ""
    return "".join(char if char.isprintable() else " " for char in text).strip()[:200]


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _coded(domain: Any) -> dict[Any, str]:
    if not isinstance(domain, dict) or domain.get("type") != "codedValue":
        return {}
    return {
        entry["code"]: entry["name"]
        for entry in _dicts(domain.get("codedValues"))
        if isinstance(entry.get("name"), str) and isinstance(entry.get("code"), (str, int, float))
    }


def _subtypes(
    answer: Mapping[str, Any], fields: Mapping[str, str]
) -> tuple[str | None, dict[Any, str], dict[Any, dict[str, Names]]]:
    """Find the subtypes of a layer; codes that only choose a symbol are text, and none.

    Returns
    -------
    field : str or None
    names : dict of code to str
    inner : dict of code to dict of field to dict of code to str
    """
    for by, listed, code in (("subtypeField", "subtypes", "code"), ("typeIdField", "types", "id")):
        name, entries = answer.get(by), _dicts(answer.get(listed))
        same = [known for known in fields if known.lower() == str(name).lower()]
        if not (same and entries and fields[same[0]] in _WHOLE):
            continue
        kept = [entry for entry in entries if isinstance(entry.get(code), (str, int, float))]
        inner: dict[Any, dict[str, Names]] = {}
        for entry in kept:
            domains = entry.get("domains")
            coded = {
                str(of): _coded(domain)
                for of, domain in (domains if isinstance(domains, dict) else {}).items()
            }
            inner[entry[code]] = {of: names for of, names in coded.items() if names}
        names = {entry[code]: str(entry["name"]) for entry in kept if entry.get("name")}
        return same[0], names, inner
    return None, {}, {}


def _zone(answer: Mapping[str, Any]) -> str:
    from zoneinfo import ZoneInfo

    for member in ("preferredTimeReference", "dateFieldsTimeReference"):
        stated = answer.get(member)
        if not isinstance(stated, dict):
            continue
        for name in (stated.get("timeZoneIANA"), stated.get("timeZone")):
            try:
                return str(ZoneInfo(str(name)).key)
            except (ValueError, OSError, LookupError):
                continue
    return "UTC"


def cells(layer: Layer, columns: Mapping[str, list[Any]]) -> pd.DataFrame:
    """Make a table of attributes: names for codes, dates as ISO 8601.

    Parameters
    ----------
    layer : Layer
    columns : mapping of str to list, length n
        Attributes as JSON gives them.

    Returns
    -------
    DataFrame, n rows
        Fields in the order of the layer, then those that it does not mention. Empty cells are
        None, or NaN among numbers. A code without a name stays.

    Examples
    --------
    >>> layer = Layer("Tasks", None, {"state": "esriFieldTypeInteger", "on": "esriFieldTypeDate"},
    ...               "FID", {"state": {1: "cleared"}})
    >>> cells(layer, {"on": [1623456000000, None], "state": [1, 2]}).values.tolist()
    [['cleared', '2021-06-12T00:00:00+00:00'], [2, None]]
    """
    import pandas as pd

    headers = [name for name in layer.fields if name in columns]
    headers += sorted(set(columns) - set(layer.fields))
    return pd.DataFrame(
        {name: _column(layer, name, _named(layer, name, columns)) for name in headers}
    )


def _named(layer: Layer, name: str, columns: Mapping[str, list[Any]]) -> list[Any]:
    """Give the names of codes; a subtype's own go before those of the layer."""
    values = columns[name]
    usual = layer.names.get(name, {})
    own = {code: inner[name] for code, inner in layer.subtype_names.items() if name in inner}
    kinds = columns.get(layer.subtype_field or "")
    if own and kinds is not None:
        return [
            _name(own.get(_key(kind), usual), value)
            for kind, value in zip(kinds, values, strict=True)
        ]
    return [_name(usual, value) for value in values] if usual else values


def _key(value: Any) -> Any:
    return value if isinstance(value, (str, int, float)) else None


def _name(names: Names, value: Any) -> Any:
    return names.get(value, value) if isinstance(value, (str, int, float)) else value


def _column(layer: Layer, name: str, values: list[Any]) -> pd.Series[Any]:
    import pandas as pd

    kind = layer.fields.get(name)
    if kind == _DATE:
        return pd.Series(_days(values, layer.zone), dtype=object)
    if kind in _NUMBERS and all(type(value) in (int, float, type(None)) for value in values):
        whole = all(type(value) in (int, type(None)) for value in values)
        largest = max((abs(value) for value in values if value is not None), default=0)
        if whole and None not in values and largest < np.iinfo(np.int64).max:
            return pd.Series(np.array(values, dtype=np.int64))
        if not whole or largest <= _EXACT:
            return pd.Series(np.array(values, dtype=np.float64))
    return pd.Series([_cell(value) for value in values], dtype=object)


def _cell(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, (dict, list)) else value


def _days(values: Sequence[Any], zone: str) -> list[Any]:
    """Write milliseconds from 1970 as ISO 8601 in a time zone; what is none stays."""
    import pandas as pd

    fit = [type(value) in (int, float) and _FIRST_MS <= value <= _LAST_MS for value in values]
    moments = np.array([v for v, ok in zip(values, fit, strict=True) if ok]).astype(np.int64)
    index = pd.DatetimeIndex(moments.astype("datetime64[ms]")).tz_localize("UTC")
    texts = iter([moment.isoformat() for moment in index.tz_convert(zone)])
    return [next(texts) if ok else value for value, ok in zip(values, fit, strict=True)]


def shapes(kind: str, geometries: Sequence[Any]) -> tuple[Shapes, Bools, Bools]:
    """Make geometries of one page of features; points here, all else by GDAL.

    Parameters
    ----------
    kind : str
        Such as ``esriGeometryPolygon``.
    geometries : sequence, length n
        As JSON gives them; None or an empty one is no position.

    Returns
    -------
    shapes : ndarray of shapely geometries, shape (n,)
        None where there is none.
    damaged : ndarray of bool, shape (n,)
        Something is there, of which no geometry can be made.
    curved : ndarray of bool, shape (n,)
        What is there is a curve, which is not read.

    Raises
    ------
    FetchError
        If GDAL cannot read the page at all.

    Examples
    --------
    >>> made, damaged, curved = shapes("esriGeometryPoint", [{"x": 46.9, "y": 39.9}, None])
    >>> made.tolist(), damaged.tolist()
    ([<POINT (46.9 39.9)>, None], [False, False])
    """
    import shapely

    n = len(geometries)
    parts = [entry if isinstance(entry, dict) else {} for entry in geometries]
    curved = np.array([any(part.get(name) for name in _CURVES) for part in parts], dtype=bool)
    out = np.full(n, None, dtype=object)
    if kind == _POINT:
        places = np.array(
            [[_number(part.get("x")), _number(part.get("y"))] for part in parts], dtype=np.float64
        ).reshape(n, 2)
        there = np.isfinite(places).all(axis=1)
        out[there] = shapely.points(places[there])
        return out, np.zeros(n, dtype=bool), curved
    member = _PARTS[kind]
    texts = [json.dumps(part.get(member)) if part.get(member) else "" for part in parts]
    # Numbers and brackets only: GDAL opens what the content says, and words could lead it away.
    sound = [index for index, text in enumerate(texts) if text and '"' not in text]
    if sound:
        out[sound] = _by_gdal(kind, member, [texts[index] for index in sound])
    given = np.array([bool(text) for text in texts], dtype=bool) | curved
    return out, given & np.asarray(shapely.is_missing(out)), curved


def _number(value: Any) -> float:
    return float(value) if type(value) in (int, float) else np.nan


def _by_gdal(kind: str, member: str, texts: Iterable[str]) -> Shapes:
    import pyogrio
    import shapely

    features = ",".join(f'{{"geometry":{{"{member}":{text}}}}}' for text in texts)
    document = f'{{"geometryType":"{kind}","fields":[],"features":[{features}]}}'
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            _, _, binary, _ = pyogrio.raw.read(document.encode())
        except (RuntimeError, ValueError, OSError):
            raise FetchError("its geometries cannot be read") from None
    return np.asarray(shapely.from_wkb(binary, on_invalid="ignore"), dtype=object)


def system(stated: Any) -> str | None:
    """Name a coordinate system as a service states it.

    Returns
    -------
    str or None
        ``EPSG:4326``, ``ESRI:102100``, or WKT; its own words if it does not exist, and None if it
        states none.

    Examples
    --------
    >>> system({"wkid": 102100, "latestWkid": 3857}), system({"wkid": 28408}), system(None)
    ('EPSG:3857', 'EPSG:28408', None)
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    if not isinstance(stated, dict):
        return None
    codes = [stated.get(name) for name in ("latestWkid", "wkid")]
    tries = [
        f"{authority}:{code}"
        for code in codes
        if isinstance(code, int) and code > 0
        for authority in ("EPSG", "ESRI")
    ]
    texts = [stated.get(name) for name in ("wkt2", "wkt")]
    for text in [*tries, *(text for text in texts if isinstance(text, str) and text)]:
        try:
            return crs_name(CRS.from_string(text) if text in tries else CRS.from_wkt(text))
        except CRSError:
            continue
    return json.dumps(stated, sort_keys=True) if stated else None


def digest(feature: Mapping[str, Any]) -> bytes:
    """Give the SHA-256 of a feature: its attributes and geometry as JSON in one fixed form."""
    whole = [feature.get("attributes"), feature.get("geometry")]
    text = json.dumps(whole, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def header(layer: Layer, crs: str | None) -> bytes:
    """Give what a hash begins with: shape, system, fields and names of codes, in one fixed form."""
    subtypes = {
        str(code): {field: _listed(names) for field, names in inner.items()}
        for code, inner in layer.subtype_names.items()
    }
    names = {field: _listed(coded) for field, coded in layer.names.items()}
    stated = [layer.shape, crs, dict(layer.fields), names, layer.subtype_field, subtypes]
    return json.dumps([*stated, layer.zone], sort_keys=True, separators=(",", ":")).encode()


def _listed(names: Names) -> list[list[str]]:
    return sorted([json.dumps(code), name] for code, name in names.items())
