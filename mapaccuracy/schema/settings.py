"""The choices of an evaluation, validated once."""

from __future__ import annotations

import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from types import MappingProxyType
from typing import Any

from mapaccuracy.errors import SettingsError
from mapaccuracy.schema.results import Rule
from mapaccuracy.schema.settings_checks import COUNTS, LEAST_STEP, LOCAL, closest, faults_of

_FLOATS = ("tolerance_m", "cluster_distance_m", "verifiable_share", "record_share", "range_m")
_MAPPINGS = ("columns", "formats", "categories", "aliases", "filters")


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
        faults = faults_of(self)
        if faults:
            raise SettingsError(faults)
        for name in _FLOATS:
            object.__setattr__(self, name, float(getattr(self, name)))
        for name in ("fade_out_m", "declination_deg"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, float(getattr(self, name)))
        for name in COUNTS:
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
        apart = [r for r in self.ladder if max(r, headline) >= LEAST_STEP * min(r, headline)]
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
