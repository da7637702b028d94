"""The choices of an evaluation, validated once."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from itertools import pairwise
from types import MappingProxyType
from typing import Any, get_args

from mapaccuracy.errors import SettingsError
from mapaccuracy.schema.columns import COLUMNS, GEOMETRY, ROLES
from mapaccuracy.schema.results import Rule
from mapaccuracy.schema.vocabulary import CATEGORIES, REASON_WORDS

MATCHING_RULES: tuple[str, ...] = get_args(Rule)
SCOPES = ("mines", "all")
POSITION_ORDERS = ("lat,lon", "lon,lat")
GROUPINGS = ("district", "type", "record")
SEARCH_REASONS = tuple(REASON_WORDS)
LOCAL = "local"
_LONGEST = 60
_METRES = {"tolerance_m": 10, "cluster_distance_m": 50, "fade_out_m": 25, "range_m": 200}
_COUNTS = {"record_points": 1, "draws": 19, "seed": 0}
_MOST = {"draws": 100_000}
_FLOATS = ("tolerance_m", "cluster_distance_m", "verifiable_share", "record_share", "range_m")
_MAPPINGS = ("columns", "formats", "categories", "aliases", "filters")
_LEAST_M, MOST_M = 0.001, 1_000_000.0
# A ladder of close rungs would tell the distances of single pairs.
_MOST_RUNGS = 12
_LEAST_STEP = 1.25


def closest(word: str, known: list[str]) -> str:
    """Say ``; did you mean 'x'?`` if one of the known words is close, else nothing.

    Examples
    --------
    >>> closest("tolerence_m", ["tolerance_m", "scope"])
    "; did you mean 'tolerance_m'?"
    """
    match = difflib.get_close_matches(word, known, n=1)
    return f"; did you mean '{match[0]}'?" if match else ""


@dataclass(frozen=True)
class Settings:
    """How supplied points are compared with finds.

    Parameters
    ----------
    tolerance_m : float
        Largest distance, in metres, at which a find can confirm a supplied point; > 0.
    matching : {"optimal", "mutual", "greedy", "nearest"}
        Rule of `mapaccuracy.match`.
    scope : {"mines", "all"}
        ``mines``: all finds but those recognised as UXO, AXO, submunition or IED.
    by : {"district", "type", "record"}
        What the table shows.
    crs : str or None
        EPSG code (or an object of pyproj) for every role whose file states none, or
        ``local`` for planar metres in all roles at once.
    supplied_crs, finds_crs : str or None
        The same for one role.
    columns : mapping of str to str
        ``role.name`` to the header that holds the column.
    formats : mapping of str to str
        ``role.position``: ``lat,lon`` or ``lon,lat``, the order of a position written in one
        cell; ``role.date``: how dates are written, such as ``%d/%m/%Y``.
    categories : mapping of str to str
        Word for a type or model to its category, over the list that is known.
    aliases : mapping of str to str
        Spelling of a district to its name.
    filters : mapping of str to str
        Role to ``column=value[,value...]``: only these rows are used.
    drop_faulty : bool
        Go on without rows that cannot be used, and count them.
    assume_searched : bool
        Declare all ground searched.
    searched_where : str or None
        ``column=value[,value...]``: which rows of the searched input are searched ground.
    search_reason : {"map", "incident", "systematic"} or None
        Why ground was searched, for polygons that do not say. Chance cannot be asked of ground
        searched because of the map.
    cluster_distance_m : float
        Points of one side closer than this are in one cluster; > 0.
    verifiable_share : float
        Searched share of the tolerance disk from which a supplied point is verifiable;
        in (0, 1].
    match_type : bool
        A pair needs types that do not differ, as far as both sides state them.
    ladder : sequence of float
        Tolerances in metres, each > 0, at which figures are given beside the headline.
    full_ladder : bool
        Also give one-to-one figures where points cannot be told apart.
    fade_out_m : float or None
        The searched perimeters follow the finds, out to this distance; > 0.
    map_received : str or None
        Day on which the map was received, YYYY-MM-DD: later finds stand apart.
    record_points : int
        Verifiable points from which a record is judged; >= 1.
    record_share : float
        Share of its verifiable points from which a record agrees; in (0, 1].
    draws : int
        Random draws of each question asked of chance; >= 19.
    seed : int
        Seed of random draws; >= 0. Recorded in every result.
    range_m : float
        Displacements of the map up to so far east, west, north and south are searched; > 0.
    rotation : bool
        Also search a rotation and a scale of the whole map.
    declination_deg : float or None
        Magnetic declination at the minefields when they were laid, east positive; in
        [-90, 90]. By default from the model IGRF, by place and date of laying.

    Raises
    ------
    SettingsError
        Naming every setting that cannot be used.

    Examples
    --------
    >>> Settings(tolerance_m=5).tolerance_m
    5.0
    >>> Settings(tolerance_m=0, scope="mine")
    Traceback (most recent call last):
        ...
    mapaccuracy.errors.SettingsError: tolerance_m is 0; give a number of metres above 0, such as 10.
    scope is 'mine'; give one of mines, all; did you mean 'mines'?
    """

    tolerance_m: float = 10.0
    matching: Rule = "optimal"
    scope: str = "mines"
    by: str = "district"
    crs: str | None = None
    supplied_crs: str | None = None
    finds_crs: str | None = None
    columns: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    formats: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    categories: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    aliases: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    filters: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    drop_faulty: bool = False
    assume_searched: bool = False
    searched_where: str | None = None
    search_reason: str | None = None
    cluster_distance_m: float = 50.0
    verifiable_share: float = 0.95
    match_type: bool = False
    ladder: Sequence[float] = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
    full_ladder: bool = False
    fade_out_m: float | None = None
    map_received: str | None = None
    record_points: int = 5
    record_share: float = 0.5
    draws: int = 999
    seed: int = 0
    range_m: float = 200.0
    rotation: bool = False
    declination_deg: float | None = None

    def __post_init__(self) -> None:
        for name in ("crs", "supplied_crs", "finds_crs"):
            object.__setattr__(self, name, _crs_text(getattr(self, name)))
        object.__setattr__(self, "map_received", _day_text(self.map_received))
        faults = [
            *_number_faults(self),
            *_choice_faults(self),
            *_column_faults(self.columns),
            *_format_faults(self.formats),
            *_category_faults(self.categories),
            *_alias_faults(self.aliases),
            *_filter_faults(self.filters),
            *_crs_faults(self),
            *_where_faults(self.searched_where),
            *_ladder_faults(self.ladder),
            *_day_faults(self.map_received),
        ]
        if faults:
            raise SettingsError(faults)
        for name in _FLOATS:
            object.__setattr__(self, name, float(getattr(self, name)))
        for name in ("fade_out_m", "declination_deg"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, float(getattr(self, name)))
        for name in _COUNTS:
            object.__setattr__(self, name, int(getattr(self, name)))
        object.__setattr__(self, "ladder", tuple(sorted({float(rung) for rung in self.ladder})))
        for name in _MAPPINGS:
            sorted_items = dict(sorted(getattr(self, name).items()))
            object.__setattr__(self, name, MappingProxyType(sorted_items))

    @property
    def local(self) -> bool:
        """Whether positions are planar metres in one local frame."""
        return LOCAL in (self.crs, self.supplied_crs, self.finds_crs)

    @property
    def rungs(self) -> tuple[float, ...]:
        """Tolerances of the ladder and the headline, ascending; none is close to the headline."""
        headline = self.tolerance_m
        apart = [r for r in self.ladder if max(r, headline) >= _LEAST_STEP * min(r, headline)]
        return tuple(sorted({*apart, headline}))

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> Settings:
        """Make settings from names and values; an unknown name is an error.

        Raises
        ------
        SettingsError
            For an unknown name, with the closest known one, or a value that cannot be used.
        """
        known = [entry.name for entry in fields(cls)]
        unknown = [name for name in values if name not in known]
        if unknown:
            raise SettingsError(
                [f"There is no setting '{name}'{closest(str(name), known)}" for name in unknown]
            )
        return cls(**values)

    def to_dict(self) -> dict[str, Any]:
        """Give names and values, ready for JSON."""
        values = {entry.name: getattr(self, entry.name) for entry in fields(self)}
        mappings = {name: dict(getattr(self, name)) for name in _MAPPINGS}
        return values | mappings | {"ladder": list(self.ladder)}


def _told(value: object) -> str:
    """Show a value of a setting and, where it is not plain, its kind.

    Examples
    --------
    >>> [_told(value) for value in (5, "5", True, None, ["5"])]
    ['5', "'5' (text)", 'true', 'not given', 'a list']
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, numbers.Number):
        return str(value)
    if isinstance(value, str):
        return f"'{value[:_LONGEST]}' (text)"
    return "not given" if value is None else f"a {type(value).__name__}"


def _day_text(value: Any) -> Any:
    """Give a day as YYYY-MM-DD: from other ISO forms, or from a date as TOML and Python have it."""
    if isinstance(value, datetime):
        value = value.date()
    if isinstance(value, date):
        return value.isoformat()
    try:
        return date.fromisoformat(value).isoformat()
    except (TypeError, ValueError):
        return value


def _crs_text(value: Any) -> Any:
    """Give a coordinate system as text: from a code, or from an object of pyproj."""
    if isinstance(value, numbers.Integral) and not isinstance(value, bool):
        return str(int(value))
    if hasattr(value, "to_authority") and hasattr(value, "to_wkt"):
        authority = value.to_authority()
        return ":".join(authority) if authority else str(value.to_wkt())
    return value


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)


def _number_faults(settings: Settings) -> list[str]:
    faults = []
    for name, example in _METRES.items():
        value = getattr(settings, name)
        if value is None and name == "fade_out_m":
            continue
        if not (_is_number(value) and value > 0):
            faults.append(
                f"{name} is {_told(value)}; give a number of metres above 0, such as {example}."
            )
        elif not _LEAST_M <= value <= MOST_M:
            faults.append(
                f"{name} is {value:g}; give metres from {_LEAST_M:g} to {MOST_M:,.0f}, such as "
                f"{example}."
            )
    for name in ("verifiable_share", "record_share"):
        share = getattr(settings, name)
        if not (_is_number(share) and 0 < share <= 1):
            faults.append(f"{name} is {_told(share)}; give a share above 0 and at most 1.")
    turn = settings.declination_deg
    if turn is not None and not (_is_number(turn) and -90 <= turn <= 90):
        faults.append(
            f"declination_deg is {_told(turn)}; give degrees from -90 to 90, such as 6.3."
        )
    for name, least in _COUNTS.items():
        count: object = getattr(settings, name)
        whole = isinstance(count, numbers.Integral) and not isinstance(count, bool)
        if not whole or int(count) < least:  # type: ignore[call-overload]
            faults.append(f"{name} is {_told(count)}; give a whole number, {least} or more.")
        elif int(count) > _MOST.get(name, int(count)):  # type: ignore[call-overload]
            faults.append(f"{name} is {count}; give a whole number, {_MOST[name]:,} at most.")
    return faults


def _ladder_faults(ladder: object) -> list[str]:
    example = "give tolerances in metres above 0, such as 1,2,5,10 (in a file [1, 2, 5, 10])."
    if isinstance(ladder, str) or not isinstance(ladder, Sequence):
        return [f"ladder is {_told(ladder)}; {example}"]
    if not ladder:
        return [f"ladder is empty; {example}"]
    faults = [
        f"ladder holds {_told(rung)}; {example}"
        for rung in ladder
        if not (_is_number(rung) and _LEAST_M <= rung <= MOST_M)
    ]
    if faults:
        return faults
    rungs = sorted(set(ladder))
    close = any(b < _LEAST_STEP * a for a, b in pairwise(rungs))
    if len(rungs) > _MOST_RUNGS or close:
        return [
            f"ladder has {len(rungs)} tolerances{', some close together' if close else ''}: so it "
            f"would tell the distances of single pairs. Give {_MOST_RUNGS} at most, each at least "
            f"{_LEAST_STEP:g} times the one before."
        ]
    return []


def _day_faults(day: object) -> list[str]:
    if day is None:
        return []
    try:
        date.fromisoformat(day)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return [f"map_received is {_told(day)}; give a day as YYYY-MM-DD, such as 2021-06-12."]
    return []


def _choice_faults(settings: Settings) -> list[str]:
    choices = {"matching": MATCHING_RULES, "scope": SCOPES, "by": GROUPINGS}
    if settings.search_reason is not None:
        choices["search_reason"] = SEARCH_REASONS
    faults = []
    for name, known in choices.items():
        value: object = getattr(settings, name)
        if isinstance(value, str):
            told, near = f"'{value[:_LONGEST]}'", closest(value, list(known))
        else:
            told, near = _told(value), ""
        if not (isinstance(value, str) and value in known):
            faults.append(f"{name} is {told}; give one of {', '.join(known)}{near}")
    return faults + [
        f"{name} is {_told(value)}; give true or false."
        for name in ("drop_faulty", "assume_searched", "match_type", "full_ladder", "rotation")
        if not isinstance(value := getattr(settings, name), bool)
    ]


def _column_faults(columns: object) -> list[str]:
    if not isinstance(columns, Mapping):
        return [f"columns is {_told(columns)}; give names such as supplied.id with their headers."]
    known = [f"{role}.{column.name}" for role in ROLES for column in COLUMNS[role]]
    return [_unknown_column(str(name), known) for name in columns if name not in known] + [
        f"columns: {name} is {_told(header)}; give the header as text."
        for name, header in columns.items()
        if name in known and not isinstance(header, str)
    ]


def _texts_of(name: str, values: object, example: str) -> tuple[dict[str, str], list[str]]:
    """Take a setting as texts by names, with what is wrong with it."""
    if not isinstance(values, Mapping):
        return {}, [f"{name} is {_told(values)}; give names with texts, such as {example}."]
    wrong = [
        f"{name}: '{str(key)[:_LONGEST]}' is {_told(value)}; give text, such as {example}."
        for key, value in values.items()
        if not (isinstance(value, str) and value.strip())
    ]
    return {str(key): str(value) for key, value in values.items()}, wrong


def _format_faults(formats: object) -> list[str]:
    texts, faults = _texts_of("formats", formats, "finds.date = %d/%m/%Y")
    dated = [role for role in ROLES if any(entry.name == "date" for entry in COLUMNS[role])]
    known = [f"{role}.date" for role in dated]
    known += [f"{role}.position" for role in ROLES if GEOMETRY[role] == "points"]
    if faults:
        return faults
    for key, value in texts.items():
        if key not in known:
            faults.append(f"formats: there is no '{key}'{closest(key, known)}")
        elif key.endswith(".position") and value not in POSITION_ORDERS:
            orders = " or ".join(POSITION_ORDERS)
            faults.append(f"formats: {key} is '{value[:_LONGEST]}'; give {orders}.")
        elif key.endswith(".date") and "%" not in value:
            faults.append(
                f"formats: {key} is '{value[:_LONGEST]}'; give how dates are written, such as "
                "%d/%m/%Y."
            )
    return faults


def _category_faults(categories: object) -> list[str]:
    texts, faults = _texts_of("categories", categories, "PMN-2 = AP")
    return faults or [
        f"categories: '{word[:_LONGEST]}' is '{value[:_LONGEST]}'; give one of "
        f"{', '.join(CATEGORIES)}{closest(value, list(CATEGORIES))}"
        for word, value in texts.items()
        if value not in CATEGORIES
    ]


def _alias_faults(aliases: object) -> list[str]:
    return _texts_of("aliases", aliases, "Agdam = Aghdam")[1]


def _filter_faults(filters: object) -> list[str]:
    texts, faults = _texts_of("filters", filters, "finds = status=approved")
    if faults:
        return faults
    for role, text in texts.items():
        column, equals, values = text.partition("=")
        if role not in ROLES:
            faults.append(f"filters: there is no role '{role}'{closest(role, list(ROLES))}")
        elif not (column.strip() and equals and values.strip()):
            faults.append(
                f"filters: {role} is '{text[:_LONGEST]}'; give COLUMN=VALUE, such as "
                "status=approved."
            )
    return faults


def _unknown_column(name: str, known: list[str]) -> str:
    full = [entry for entry in known if entry.partition(".")[2] == name]
    if not full:
        return f"There is no column '{name}'{closest(name, known)}"
    listed = " or ".join(f"'{entry}'" for entry in full)
    return f"'{name}' does not say whose column: write ROLE.NAME=HEADER; did you mean {listed}?"


def _crs_faults(settings: Settings) -> list[str]:
    given = {
        name: value
        for name in ("crs", "supplied_crs", "finds_crs")
        if (value := getattr(settings, name)) is not None
    }
    strange = [
        f"{name} is {_told(value)}; give an EPSG code such as EPSG:4326, or local."
        for name, value in given.items()
        if not isinstance(value, str)
    ]
    if strange:
        return strange
    if LOCAL in given.values() and set(given.values()) != {LOCAL}:
        return [
            "local planar metres and a coordinate system are given at once; local is for all roles."
        ]
    if LOCAL in given.values() and settings.crs != LOCAL and len(given) < 2:
        return ["local planar metres must hold for all roles; give crs = local."]
    return []


def _where_faults(where: object) -> list[str]:
    if where is None:
        return []
    example = "give COLUMN=VALUE, such as status=cleared."
    if not isinstance(where, str):
        return [f"searched_where is {_told(where)}; {example}"]
    column, equals, values = where.partition("=")
    if not (column.strip() and equals and values.strip()):
        return [f"searched_where is '{where[:_LONGEST]}'; {example}"]
    return []
