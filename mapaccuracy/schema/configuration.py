"""What may stand in a configuration file: one table for its reader, JSON Schema and page."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from mapaccuracy.schema.columns import COLUMNS, GEOMETRY, INPUT_ROLES, ROLES, Column, Role
from mapaccuracy.schema.settings_checks import (
    COUNTS,
    GROUPINGS,
    LEAST_M,
    MATCHING_RULES,
    MOST,
    MOST_DECLINATION_DEG,
    MOST_M,
    MOST_RUNGS,
    POSITION_ORDERS,
    SCOPES,
    SEARCH_REASONS,
    is_number,
    is_whole,
)
from mapaccuracy.schema.vocabulary import CATEGORIES

SCHEMA_VERSION = 1
# What a gate may ask for: shares with an interval, and shares without one.
JUDGED = ("precision", "recall")
UNJUDGED = ("f1", "confirmed_share")
LEVELS = ("error", "warning")
BOUNDS = ("upper", "lower", "value")
FAIL_ON = ("error", "warning", "never")
_SEVERITIES = ("error", "warning", "info")
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


@dataclass(frozen=True)
class Kind:
    """What a value may be, for people, for JSON Schema and for the reader.

    Attributes
    ----------
    said : str
        Completes "must be ...".
    schema : mapping
        Of JSON Schema.
    fits : callable
        Whether a value, as TOML gives it, is of this kind.
    """

    said: str
    schema: Mapping[str, Any]
    fits: Callable[[Any], bool]


@dataclass(frozen=True)
class Key:
    """One name that may stand in a table of the file.

    Attributes
    ----------
    name : str
    kind : Kind
    meaning : str
        One sentence for the docs, and for editors that show it.
    setting : str
        The setting that it becomes, such as ``supplied_crs`` or ``columns.finds.id``; "" if it
        becomes none.
    """

    name: str
    kind: Kind
    meaning: str
    setting: str = ""


@dataclass(frozen=True)
class Gate:
    """A limit that a figure must keep; kept here, judged in `mapaccuracy.checks.gates`.

    Attributes
    ----------
    metric : {"precision", "recall", "f1", "confirmed_share"}
    districts : tuple of str
        Names; ``*`` is every district.
    level : {"error", "warning"}
    min : float or None
        Least value, in [0, 1].
    max_drop : float or None
        Largest loss against an earlier result, in (0, 1].
    use : {"upper", "lower", "value"}
        What is held against `min`: an end of the interval, or the value. Only with the lower end
        does a gate fail for what the data leave open.
    min_n : int
        With fewer the figure is not judged; >= 1.
    """

    metric: str
    districts: tuple[str, ...] = ("*",)
    level: str = "error"
    min: float | None = None
    max_drop: float | None = None
    use: str = "upper"
    min_n: int = 20


@dataclass(frozen=True)
class Suppression:
    """Findings that somebody accepts, until a day.

    Attributes
    ----------
    code : str
        Of the rule.
    reason : str
    until : datetime.date
        The last day on which it holds.
    file : str or None
        Name of the file without its folder; None is every file.
    ids : tuple of str
        Ids of rows; none is every row.
    """

    code: str
    reason: str
    until: date
    file: str | None = None
    ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Checking:
    """What a configuration says of checks.

    Attributes
    ----------
    select, ignore : tuple of str
        Codes of rules, or their beginnings.
    fail_on : str or None
    severity : mapping of str to str
        By code.
    params : mapping of str to mapping of str to number
        By code.
    suppress : tuple of Suppression
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    fail_on: str | None = None
    severity: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    suppress: tuple[Suppression, ...] = ()


def _text(said: str = 'text, written "..."') -> Kind:
    return Kind(
        said,
        {"type": "string", "pattern": r"\S"},
        lambda value: isinstance(value, str) and bool(value.strip()),
    )


def _one_of(words: Sequence[str]) -> Kind:
    return Kind(
        f"one of {', '.join(words)}",
        {"enum": list(words)},
        lambda value: isinstance(value, str) and value in words,
    )


def _number(low: float, high: float, said: str, *, above: bool = False) -> Kind:
    least = "exclusiveMinimum" if above else "minimum"
    return Kind(
        said,
        {"type": "number", least: low, "maximum": high},
        lambda value: (
            is_number(value) and (value > low if above else value >= low) and value <= high
        ),
    )


def _whole(least: int, most: int | None = None) -> Kind:
    limit = "" if most is None else f", {most:,} at most"
    schema = {"type": "integer", "minimum": least}
    return Kind(
        f"a whole number, {least} or more{limit}",
        schema if most is None else {**schema, "maximum": most},
        lambda value: is_whole(value) and value >= least and (most is None or value <= most),
    )


def _list_of(kind: Kind, least: int = 1, most: int | None = None) -> Kind:
    schema = {"type": "array", "minItems": least, "items": dict(kind.schema)}
    return Kind(
        f"a list, each {kind.said}",
        schema if most is None else {**schema, "maxItems": most},
        lambda value: (
            isinstance(value, list)
            and len(value) >= least
            and (most is None or len(value) <= most)
            and all(map(kind.fits, value))
        ),
    )


def _either(said: str, *kinds: Kind) -> Kind:
    return Kind(
        said,
        {"anyOf": [dict(kind.schema) for kind in kinds]},
        lambda value: any(kind.fits(value) for kind in kinds),
    )


def _day(value: Any) -> bool:
    if isinstance(value, date):
        return True
    try:
        return isinstance(value, str) and date.fromisoformat(value) is not None
    except ValueError:
        return False


TEXT = _text()
_METRES = _number(LEAST_M, MOST_M, f"metres from {LEAST_M:g} to {MOST_M:,.0f}, such as 10")
_SHARE = _number(0, 1, "a share above 0 and at most 1", above=True)
_SWITCH = Kind("true or false", {"type": "boolean"}, lambda value: isinstance(value, bool))
_CRS = _either('an EPSG code such as "EPSG:32638", or "local"', TEXT, _whole(1))
_TEXTS = _either('text or a list of texts, such as "finds.csv"', TEXT, _list_of(TEXT))
_PLACES = _either('a name or a list of names, such as "Aghdam"', TEXT, _list_of(TEXT))
_WHERE = Kind(
    '"COLUMN=VALUE[,VALUE...]", such as "status=approved"',
    {"type": "string", "pattern": r"^[^=]*[^=\s][^=]*=[\s\S]*\S"},
    lambda value: (
        isinstance(value, str) and re.match(r"[^=]*[^=\s][^=]*=[\s\S]*\S", value) is not None
    ),
)
_DAY = Kind(
    "a day, such as 2021-06-12", {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}, _day
)
_ORDER = _one_of(POSITION_ORDERS)
_DATE_FORMAT = Kind(
    'how dates are written, such as "%d/%m/%Y"',
    {"type": "string", "pattern": "%"},
    lambda value: isinstance(value, str) and "%" in value,
)
# How cells of a column may be written, by the name of the column.
FORMATS = {"date": _DATE_FORMAT, "position": _ORDER}


def _texts_by_name(example: str) -> Kind:
    return Kind(
        f"a table of texts, such as {example}",
        {"type": "object", "additionalProperties": {"type": "string"}},
        lambda value: (
            isinstance(value, dict) and all(isinstance(text, str) for text in value.values())
        ),
    )


def _column_kind(column: Column, *, only_table: bool) -> Kind:
    """Take a header, or a table with the header and how the cells are written."""
    written = FORMATS.get(column.name)
    parts = {"column": TEXT} | ({} if written is None else {"format": written})
    table = Kind(
        "",
        {
            "type": "object",
            "additionalProperties": False,
            "minProperties": 1,
            "properties": {name: dict(kind.schema) for name, kind in parts.items()},
        },
        lambda value: (
            isinstance(value, dict)
            and bool(value)
            and all(name in parts and parts[name].fits(inner) for name, inner in value.items())
        ),
    )
    inner = '{column = "HEADER"}' if written is None else '{column = "HEADER", format = "..."}'
    if only_table:
        return Kind(inner, table.schema, table.fits)
    said = 'the header of the column, written "..."'
    return _either(said if written is None else f"{said}, or {inner}", TEXT, table)


EVALUATE: tuple[Key, ...] = tuple(
    Key(name, kind, meaning, name)
    for name, kind, meaning in (
        ("tolerance_m", _METRES, "largest distance at which a find can confirm a point"),
        ("matching", _one_of(MATCHING_RULES), "how pairs are chosen"),
        ("scope", _one_of(SCOPES), "finds that maps can be asked about"),
        ("by", _one_of(GROUPINGS), "what the table shows"),
        ("crs", _CRS, "coordinate system of every file that states none"),
        ("supplied_crs", _CRS, "the same for supplied points"),
        ("finds_crs", _CRS, "the same for finds"),
        (
            "columns",
            _texts_by_name('"finds.id" = "No."'),
            "role.name to header; the same can be said under [inputs.ROLE]",
        ),
        ("drop_faulty", _SWITCH, "go on without rows that cannot be used, and count them"),
        ("assume_searched", _SWITCH, "declare all ground searched"),
        ("searched_where", _WHERE, "which rows of the searched input are searched ground"),
        ("search_reason", _one_of(SEARCH_REASONS), "why ground was searched, where no row says"),
        ("cluster_distance_m", _METRES, "points closer than this are in one cluster"),
        ("verifiable_share", _SHARE, "searched share of the disk from which a point is judged"),
        ("match_type", _SWITCH, "pair only where stated types do not differ"),
        (
            "ladder",
            _list_of(_METRES, most=MOST_RUNGS),
            "further tolerances, each at least 1.25 times the one before",
        ),
        ("full_ladder", _SWITCH, "also where points cannot be told apart"),
        ("fade_out_m", _METRES, "the searched perimeters follow the finds, out to this distance"),
        ("map_received", _DAY, "day on which the map was received"),
        ("record_points", _whole(COUNTS["record_points"]), "points from which a record is judged"),
        ("record_share", _SHARE, "share of them from which a record agrees with the finds"),
        ("draws", _whole(COUNTS["draws"], MOST["draws"]), "random draws of each question"),
        ("seed", _whole(COUNTS["seed"]), "seed of random draws"),
        ("range_m", _METRES, "displacements up to so far are searched (diagnose)"),
        ("rotation", _SWITCH, "also search a rotation and a scale (diagnose)"),
        (
            "declination_deg",
            _number(-MOST_DECLINATION_DEG, MOST_DECLINATION_DEG, "degrees from -90 to 90"),
            "magnetic declination when the mines were laid, east positive (diagnose, traverse)",
        ),
    )
)

# Settings that have a table of their own in the file.
ELSEWHERE = {
    "formats": '[inputs.ROLE], as date = {column = "...", format = "..."} or order = "lat,lon"',
    "categories": "[codes]",
    "aliases": "[aliases]",
    "filters": "[inputs.ROLE], as filter",
}


def input_keys(role: Role) -> tuple[Key, ...]:
    """List what may stand under ``[inputs.ROLE]``: first what concerns the file, then columns.

    Examples
    --------
    >>> [key.name for key in input_keys("districts")]
    ['path', 'layer', 'sheet', 'filter', 'district', 'code']
    """
    names = {column.name for column in COLUMNS[role]}
    keys = [
        Key("path", _TEXTS, "file or files; relative to the folder of the configuration"),
        Key("layer", TEXT, "the only layer or sheet to read"),
    ]
    if "sheet" not in names:
        keys.append(Key("sheet", TEXT, "the same as layer"))
    if role in ("supplied", "finds"):
        said = "coordinate system of its files, where they state none"
        keys.append(Key("crs", _CRS, said, f"{role}_crs"))
    if role == "searched":
        keys.append(Key("where", _WHERE, "which rows are searched ground", "searched_where"))
    if role in ROLES:
        keys.append(Key("filter", _WHERE, "only these rows are used", f"filters.{role}"))
    if GEOMETRY[role] == "points":
        said = "order of positions that stand in one cell without letters"
        keys.append(Key("order", _ORDER, said, f"formats.{role}.position"))
    taken = {key.name for key in keys}
    columns = (
        Key(
            column.name,
            _column_kind(column, only_table=column.name == "sheet"),
            f"column of: {column.meaning}",
            f"columns.{role}.{column.name}",
        )
        for column in COLUMNS[role]
        if column.name not in taken
    )
    return (*keys, *columns)


CODE = Key("*", _one_of(CATEGORIES), "word for a type or model to its category")
ALIAS = Key("*", TEXT, "spelling of a district to its name")
GATE: tuple[Key, ...] = (
    Key("metric", _one_of((*JUDGED, *UNJUDGED)), "the figure"),
    Key("districts", _PLACES, 'names of districts, or "*" for every one; by default "*"'),
    Key("level", _one_of(LEVELS), 'what it means if it is not kept; by default "error"'),
    Key("min", _number(0, 1, "a share from 0 to 1"), "least value"),
    Key("max_drop", _SHARE, "largest loss against an earlier result"),
    Key(
        "use",
        _one_of(BOUNDS),
        'what is held against min: the "upper" end of the interval (the default), the "lower" '
        'end, or the "value"',
    ),
    Key("min_n", _whole(1), "with fewer the figure is not judged; by default 20"),
)

_CODE = Kind(
    'the code of a rule, such as "MA203"',
    {"type": "string", "pattern": r"^MA\d{3}$"},
    lambda value: isinstance(value, str) and re.fullmatch(r"MA\d{3}", value) is not None,
)
_BEGINNING = Kind(
    'the code of a rule or its beginning, such as "MA2"',
    {"type": "string", "pattern": r"^MA\d{0,3}$"},
    lambda value: isinstance(value, str) and re.fullmatch(r"MA\d{0,3}", value) is not None,
)
CHECK: tuple[Key, ...] = (
    Key("select", _list_of(_BEGINNING), "only these rules, or all that begin so"),
    Key("ignore", _list_of(_BEGINNING), "not these rules"),
    Key("fail_on", _one_of(FAIL_ON), "from which severity findings end the command with 1"),
)
SEVERITY = Key("*", _one_of(_SEVERITIES), "code of a rule to its severity here")
SUPPRESS: tuple[Key, ...] = (
    Key("code", _CODE, "the rule"),
    Key("reason", TEXT, "why these findings are accepted"),
    Key("until", _DAY, "the last day on which they are; from then on they count again (MA905)"),
    Key("file", TEXT, "name of the file, without its folder; by default every file"),
    Key("id", _TEXTS, "id or ids of the rows; by default every row"),
)
# Of rules: what may be set under [check.params.CODE].
PARAMS: Mapping[str, tuple[Key, ...]] = {
    "MA209": (Key("coarse_m", _METRES, "half of the last digit from which positions are coarse"),),
    "MA302": (
        Key(
            "min_area_m2",
            _number(0, 1_000_000, "square metres, 0 or more"),
            "outlines below are too small for a minefield",
        ),
    ),
    "MA405": (Key("moved_m", _METRES, "from which distance an id has moved"),),
    "MA603": (Key("change", _SHARE, "share of points from which a change is a jump"),),
}


def json_schema() -> dict[str, Any]:
    """Make the JSON Schema of the configuration file.

    Examples
    --------
    >>> sorted(json_schema()["properties"])
    ['aliases', 'check', 'codes', 'evaluate', 'gate', 'inputs', 'schema']
    """
    roles = {role: _object(input_keys(role)) for role in INPUT_ROLES}
    for role, schema in roles.items():
        if "sheet" in schema["properties"] and role != "supplied":
            schema["not"] = {"required": ["layer", "sheet"]}
    gate = {
        **_object(GATE),
        "required": ["metric"],
        "anyOf": [{"required": ["min"]}, {"required": ["max_drop"]}],
        # A lower end is only known of what has an interval.
        "if": {"properties": {"metric": {"enum": list(UNJUDGED)}}, "required": ["metric"]},
        "then": {"properties": {"use": {"const": "value"}}, "required": ["use"]},
    }
    return {
        "$schema": _DRAFT,
        "title": "Configuration of mapaccuracy",
        "description": "mapaccuracy.toml, or [tool.mapaccuracy] in pyproject.toml.",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "schema": {"const": SCHEMA_VERSION, "description": "version of this form"},
            "inputs": {
                "type": "object",
                "additionalProperties": False,
                "properties": roles,
            },
            "evaluate": _object(EVALUATE),
            "codes": _free(CODE),
            "aliases": _free(ALIAS),
            "gate": {"type": "array", "items": gate},
            "check": _check_schema(),
        },
    }


def _check_schema() -> dict[str, Any]:
    whole = _object(CHECK)
    params = {code: _object(keys) for code, keys in PARAMS.items()}
    suppress = {**_object(SUPPRESS), "required": ["code", "reason", "until"]}
    whole["properties"] |= {
        "severity": {
            "type": "object",
            "propertyNames": dict(_CODE.schema),
            "additionalProperties": {**SEVERITY.kind.schema, "description": SEVERITY.meaning},
        },
        "params": {"type": "object", "additionalProperties": False, "properties": params},
        "suppress": {"type": "array", "items": suppress},
    }
    return whole


def _object(keys: Sequence[Key]) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {key.name: {**key.kind.schema, "description": key.meaning} for key in keys},
    }


def _free(key: Key) -> dict[str, Any]:
    return {
        "type": "object",
        "propertyNames": {"pattern": r"\S"},
        "additionalProperties": {**key.kind.schema, "description": key.meaning},
    }
