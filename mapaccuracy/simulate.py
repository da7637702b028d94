"""Synthetic districts with minefields in rows, records, searched ground and the truth.

Everything lies in a fictional country in the open South Atlantic, around 30 degrees
south and 25 degrees west, where there is no land; it is fitted to no real country. Every
row says SYNTHETIC.

A *site* is a place with a record, a minefield, or both. Each site has a cell of its
own, so sites neither overlap nor stray into another district:

======================  ===================  ==================================
site                    on the map           in the ground
======================  ===================  ==================================
true record             yes                  yes, apart by bias and noise
record without a field  yes (spurious)       nothing
field without a record  nothing              yes
======================  ===================  ==================================
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mapaccuracy.errors import SettingsError
from mapaccuracy.schema import Bools, Floats, Ints

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

SYNTHETIC = "SYNTHETIC"
ORIGIN_LON, ORIGIN_LAT = -25.0, -30.0

Texts = npt.NDArray[np.object_]

# A perimeter without a margin still runs outside the outermost mines.
_TIGHT_MARGIN_M = 1.0
# Cells are wider than what they hold, so that sites can stand off the centre: a perfect
# grid of sites would repeat under shifts, as real ground does not.
_CELL_SLACK = 1.5
# Beyond this the plane stretches distances by more than 1 in 1,000.
_LARGEST_HALF_EXTENT_M = 490_000.0
# Degrees are rounded to about a millimetre, so that a written file reads back the same.
_DECIMALS = 8


@dataclass(frozen=True)
class Scenario:
    """What to simulate; shares are of the things named and are met exactly, by rounding.

    Parameters
    ----------
    seed : int
        Seed of every random draw; >= 0.
    districts : int
        Neighbouring districts, from west to east; >= 1. Sites are spread over them evenly.
    records : int
        Minefield records on the map, over all districts; >= 1.
    unmapped_fields : int
        Minefields that no record tells of; >= 0.
    true_share : float
        Share of the records that have a field behind them; in [0, 1].
    rows, mines_per_row : int
        Layout of every field; >= 1.
    spacing_m, row_distance_m : float
        Between the mines of a row, and between rows; metres, > 0.
    record_bias_m : float
        Standard deviation, per axis, of the shift of a whole record; metres, >= 0.
    point_noise_m : float
        Standard deviation, per axis, of the error of a single supplied point; metres, >= 0.
    find_noise_m : float
        Standard deviation, per axis, of the recorded position of a find; metres, >= 0.
    missing_share : float
        Of the mines of true records, the share that is on the map but not in the ground.
    unrecorded_share : float
        Of the mines of true records, the share that is in the ground but not on the map.
    at_share : float
        Share of the sites that hold anti-tank (AT) mines; the others hold AP.
    searched_share : float
        Share of the sites that were searched, round the record as mapped where there is one.
    half_share : float
        Of the searched sites, the share of which only one half was searched.
    margin_share : float
        Of the searched sites, the share with a margin; the others end 1 m outside the mines.
    margin_m : float
        That margin; metres, >= 1.
    map_reason_share : float
        Of the searched sites with a record, the share searched because of the map.
    cancelled_share : float
        Of the sites not searched, the share cancelled without search.
    chance_find_share : float
        Of the mines that no search met, the share found by other ways.
    uxo_per_site : float
        Mean number of unexploded ordnance found per searched site; >= 0.
    records_per_sheet : int
        Neighbouring records of a district that share a map sheet; >= 1.

    Raises
    ------
    SettingsError
        Naming every value that cannot be used.

    Examples
    --------
    >>> Scenario(seed=1, records=40, true_share=0.25).supplied_points
    8000
    >>> Scenario(rows=0, true_share=25)
    Traceback (most recent call last):
        ...
    mapaccuracy.errors.SettingsError: true_share is 25; give a number from 0 to 1.
    rows is 0; give a whole number, 1 or more.
    """

    seed: int = 0
    districts: int = 3
    records: int = 60
    unmapped_fields: int = 20
    true_share: float = 0.25
    rows: int = 4
    mines_per_row: int = 50
    spacing_m: float = 5.0
    row_distance_m: float = 6.0
    record_bias_m: float = 4.0
    point_noise_m: float = 2.0
    find_noise_m: float = 0.5
    missing_share: float = 0.1
    unrecorded_share: float = 0.05
    at_share: float = 0.3
    searched_share: float = 0.7
    half_share: float = 0.1
    margin_share: float = 0.8
    margin_m: float = 25.0
    map_reason_share: float = 0.5
    cancelled_share: float = 0.3
    chance_find_share: float = 0.01
    uxo_per_site: float = 3.0
    records_per_sheet: int = 4

    def __post_init__(self) -> None:
        faults = [
            f"{entry.name} is {value}; give {_LIMITS[entry.name].wanted}."
            for entry in fields(self)
            if not _LIMITS[entry.name].allows(value := getattr(self, entry.name))
        ]
        if not faults and max(self._half_extent_m()) > _LARGEST_HALF_EXTENT_M:
            faults = [
                "The country would be more than 980 km across; give fewer sites or smaller ones."
            ]
        if faults:
            raise SettingsError(faults)

    @property
    def sites(self) -> int:
        """Records and fields without a record."""
        return self.records + self.unmapped_fields

    @property
    def mines_per_site(self) -> int:
        """Mines of one whole field."""
        return self.rows * self.mines_per_row

    @property
    def supplied_points(self) -> int:
        """Supplied points, if no mine is unrecorded."""
        return self.records * self.mines_per_site

    @property
    def field_size_m(self) -> tuple[float, float]:
        """Length along the rows and width across them, between the outermost mines."""
        return (self.mines_per_row - 1) * self.spacing_m, (self.rows - 1) * self.row_distance_m

    @property
    def cell_m(self) -> float:
        """Side of the square that one site has to itself."""
        length, width = self.field_size_m
        diagonal = math.hypot(length + 2 * self.margin_m, width + 2 * self.margin_m)
        scatter = 8 * (self.record_bias_m + self.point_noise_m + self.find_noise_m)
        return (diagonal + scatter) * _CELL_SLACK

    @property
    def cells(self) -> tuple[int, int]:
        """Columns and rows of cells in each district."""
        sites = math.ceil(self.sites / self.districts)
        columns = max(1, math.isqrt(max(sites // self.districts, 1)))
        return columns, math.ceil(sites / columns)

    def _half_extent_m(self) -> tuple[float, float]:
        columns, rows = self.cells
        return columns * self.districts * self.cell_m / 2, rows * self.cell_m / 2


@dataclass(frozen=True)
class _Limit:
    """Which numbers a value may be."""

    low: float
    high: float = math.inf
    whole: bool = False
    above: bool = False

    def allows(self, value: object) -> bool:
        if isinstance(value, bool) or not isinstance(value, int if self.whole else (int, float)):
            return False
        inside = value > self.low if self.above else value >= self.low
        return inside and value <= self.high and math.isfinite(value)

    @property
    def wanted(self) -> str:
        if self.whole:
            return f"a whole number, {self.low} or more"
        if self.high < math.inf:
            return f"a number from {self.low} to {self.high}"
        return f"a number above {self.low}" if self.above else f"a number, {self.low} or more"


_SHARE = _Limit(0, 1)
_SPREAD = _Limit(0)
_DISTANCE = _Limit(0, above=True)
_COUNT = _Limit(1, whole=True)
_COUNT_OR_NONE = _Limit(0, whole=True)
_LIMITS = {
    "seed": _COUNT_OR_NONE,
    "districts": _COUNT,
    "records": _COUNT,
    "unmapped_fields": _COUNT_OR_NONE,
    "true_share": _SHARE,
    "rows": _COUNT,
    "mines_per_row": _COUNT,
    "spacing_m": _DISTANCE,
    "row_distance_m": _DISTANCE,
    "record_bias_m": _SPREAD,
    "point_noise_m": _SPREAD,
    "find_noise_m": _SPREAD,
    "missing_share": _SHARE,
    "unrecorded_share": _SHARE,
    "at_share": _SHARE,
    "searched_share": _SHARE,
    "half_share": _SHARE,
    "margin_share": _SHARE,
    "margin_m": _Limit(_TIGHT_MARGIN_M),
    "map_reason_share": _SHARE,
    "cancelled_share": _SHARE,
    "chance_find_share": _SHARE,
    "uxo_per_site": _SPREAD,
    "records_per_sheet": _COUNT,
}


@dataclass(frozen=True)
class Simulation:
    """Four inputs of an evaluation, and what is true of them.

    Attributes
    ----------
    supplied : pandas.DataFrame
        ``id, lat, lon, record_id, sheet, type, count, district, geometry_basis, note``,
        one row per supplied point, in order of id. WGS 84 degrees.
    finds : pandas.DataFrame
        ``id, lat, lon, type, quantity, task_id, district, note``, one row per find, in order
        of id. `task_id` is "" where no search led to the find.
    searched : geopandas.GeoDataFrame
        ``id, status, basis, reason, district, note, geometry``, EPSG:4326; disjoint
        polygons; `status` is cleared or cancelled.
    districts : geopandas.GeoDataFrame
        ``district, code, note, geometry``, EPSG:4326; neighbours share their border exactly.
    truth : pandas.DataFrame
        One row per item: ``item`` (mine, uxo, or none for a supplied point with nothing
        behind it), ``supplied_id`` ("" if not on the map), ``find_id`` ("" if not found),
        ``record_id``, ``field_id`` ("" if there is none), ``row`` and ``place`` in the field's
        layout (-1 for UXO), ``east_m, north_m`` of the item from the middle of the country
        (NaN where nothing is in the ground), ``error_east_m, error_north_m`` (supplied
        minus true; NaN unless both), ``bias_east_m, bias_north_m`` (the part of the
        error that the whole record shares), ``note``.
    """

    supplied: pd.DataFrame
    finds: pd.DataFrame
    searched: gpd.GeoDataFrame
    districts: gpd.GeoDataFrame
    truth: pd.DataFrame

    def files(self) -> dict[str, pd.DataFrame]:
        """Name each table as a file: ``.csv`` plain tables, ``.geojson`` GeoDataFrames.

        Examples
        --------
        >>> list(simulate(Scenario(records=4, mines_per_row=5)).files())
        ['supplied.csv', 'finds.csv', 'searched.geojson', 'districts.geojson', 'truth.csv']
        """
        return {
            "supplied.csv": self.supplied,
            "finds.csv": self.finds,
            "searched.geojson": self.searched,
            "districts.geojson": self.districts,
            "truth.csv": self.truth,
        }


@dataclass(frozen=True)
class _Sites:
    """One entry per site, in order of district and cell."""

    district: Ints
    centre: Floats  # (n, 2) metres; of the record as mapped
    heading: Floats  # radians, of the rows
    bias: Floats  # (n, 2) metres; supplied minus true
    record: Bools
    field: Bools
    anti_tank: Bools
    searched: Bools
    cancelled: Bools
    because_of_map: Bools
    low: Floats  # (n, 2) metres along and across the rows: corners of the tasked perimeter
    high: Floats


@dataclass(frozen=True)
class _Items:
    """One entry per place of the layout of a site that is on the map or in the ground."""

    site: Ints
    place: Ints  # number in the layout, row by row; -1 for UXO
    on_map: Bools
    in_ground: Bools
    found: Bools
    searched_for: Bools  # found by the search of its site
    true: Floats  # (n, 2) metres
    supplied: Floats  # (n, 2) metres


def simulate(scenario: Scenario | None = None) -> Simulation:
    """Make districts, a map, finds and searched ground, with the truth known.

    Parameters
    ----------
    scenario : Scenario, optional
        What to simulate; by default ``Scenario()``.

    Returns
    -------
    Simulation
        The same scenario always gives the same tables.

    Notes
    -----
    Positions are made on a plane (azimuthal equidistant about 30 S, 25 W) and brought to
    WGS 84 degrees with 8 decimals, about 1 mm. A million supplied points with as many
    finds take a few seconds and about 1.5 GB.

    Examples
    --------
    >>> made = simulate(Scenario(seed=7, records=8, unmapped_fields=2, mines_per_row=10))
    >>> made.supplied.loc[0, ["id", "record_id", "note"]].tolist()
    ['S000001', 'R0001', 'SYNTHETIC']
    >>> sorted(set(made.truth["item"]))
    ['mine', 'none', 'uxo']
    >>> int((made.truth["find_id"] != "").sum()) == len(made.finds)
    True
    """
    scenario = Scenario() if scenario is None else scenario
    # One stream a purpose: changing one number of a scenario leaves the other draws alone.
    streams = np.random.default_rng(scenario.seed).spawn(3)
    sites = _make_sites(scenario, streams[0])
    mines = _make_mines(scenario, sites, streams[1])
    items = _with_uxo(scenario, sites, mines, streams[2])
    return _tables(scenario, sites, items, streams[2])


def _chosen(rng: np.random.Generator, among: Bools, share: float) -> Bools:
    """Choose a share of the true entries at random, exactly (half is rounded up)."""
    index = np.flatnonzero(among)
    out = np.zeros(among.size, dtype=bool)
    out[rng.permutation(index)[: math.floor(share * index.size + 0.5)]] = True
    return out


def _rotate(along: Floats, across: Floats, heading: Floats) -> Floats:
    """Turn offsets along and across rows into metres east and north, shape (n, 2)."""
    cos, sin = np.cos(heading), np.sin(heading)
    return np.stack([along * cos - across * sin, along * sin + across * cos], axis=-1)


def _make_sites(scenario: Scenario, rng: np.random.Generator) -> _Sites:
    n = scenario.sites
    columns, rows = scenario.cells
    every = np.ones(n, dtype=bool)
    # Sites go to districts in turn and there to the first cells; which site is what is random.
    district = np.sort(np.arange(n) % scenario.districts)
    cell = np.arange(n) - np.searchsorted(district, district)
    side = scenario.cell_m
    half_extent = np.array([columns * scenario.districts, rows]) * side / 2
    corner = np.stack([district * columns + cell % columns, cell // columns], axis=1)
    slack = (1 - 1 / _CELL_SLACK) / 2
    offset = 0.5 + rng.uniform(-slack, slack, (n, 2))

    record = np.zeros(n, dtype=bool)
    record[rng.permutation(n)[: scenario.records]] = True
    behind = _chosen(rng, record, scenario.true_share)
    bias = rng.normal(0.0, 1.0, (n, 2)) * scenario.record_bias_m * behind[:, None]
    searched = _chosen(rng, every, scenario.searched_share)
    half = _chosen(rng, searched, scenario.half_share)
    margin = np.where(
        _chosen(rng, searched, scenario.margin_share), scenario.margin_m, _TIGHT_MARGIN_M
    )
    high = np.array(scenario.field_size_m) / 2 + margin[:, None]
    low = -high
    high[half, 0] = 0.0
    return _Sites(
        district=district,
        centre=(corner + offset) * side - half_extent,
        heading=rng.uniform(0.0, math.pi, n),
        bias=bias,
        record=record,
        field=behind | ~record,
        anti_tank=_chosen(rng, every, scenario.at_share),
        searched=searched,
        cancelled=_chosen(rng, ~searched, scenario.cancelled_share),
        because_of_map=_chosen(rng, searched & record, scenario.map_reason_share),
        low=low,
        high=high,
    )


def _make_mines(scenario: Scenario, sites: _Sites, rng: np.random.Generator) -> _Items:
    per_site = scenario.mines_per_site
    site = np.repeat(np.arange(scenario.sites), per_site)
    place = np.tile(np.arange(per_site), scenario.sites)
    row, in_row = np.divmod(place, scenario.mines_per_row)
    length, width = scenario.field_size_m
    along = in_row * scenario.spacing_m - length / 2
    across = row * scenario.row_distance_m - width / 2

    both = (sites.record & sites.field)[site]
    on_map = sites.record[site] & ~_chosen(rng, both, scenario.unrecorded_share)
    in_ground = sites.field[site] & ~_chosen(rng, both, scenario.missing_share)

    # The perimeter is tasked round the record as mapped; the mines lie off it by the bias.
    cos, sin = np.cos(sites.heading), np.sin(sites.heading)
    shift_along = sites.bias[:, 0] * cos + sites.bias[:, 1] * sin
    shift_across = sites.bias[:, 1] * cos - sites.bias[:, 0] * sin
    seen = np.stack([along - shift_along[site], across - shift_across[site]], axis=1)
    inside = ((seen >= sites.low[site]) & (seen <= sites.high[site])).all(axis=1)
    searched_for = in_ground & inside & sites.searched[site]
    by_chance = _chosen(rng, in_ground & ~searched_for, scenario.chance_find_share)

    mapped = sites.centre[site] + _rotate(along, across, sites.heading[site])
    supplied = mapped + rng.normal(0.0, 1.0, mapped.shape) * scenario.point_noise_m
    some = on_map | in_ground
    return _Items(
        site=site[some],
        place=place[some],
        on_map=on_map[some],
        in_ground=in_ground[some],
        found=(searched_for | by_chance)[some],
        searched_for=searched_for[some],
        true=(mapped - sites.bias[site])[some],
        supplied=supplied[some],
    )


def _with_uxo(scenario: Scenario, sites: _Sites, mines: _Items, rng: np.random.Generator) -> _Items:
    number = rng.poisson(scenario.uxo_per_site, scenario.sites) * sites.searched
    site = np.repeat(np.arange(scenario.sites), number)
    seen = rng.uniform(sites.low[site], sites.high[site])
    true = sites.centre[site] + _rotate(seen[:, 0], seen[:, 1], sites.heading[site])
    yes, no = np.ones(site.size, dtype=bool), np.zeros(site.size, dtype=bool)
    uxo = _Items(
        site=site,
        place=np.full(site.size, -1),
        on_map=no,
        in_ground=yes,
        found=yes,
        searched_for=yes,
        true=true,
        supplied=np.full(true.shape, np.nan),
    )
    order = np.argsort(np.concatenate([mines.site, uxo.site]), kind="stable")
    return _Items(
        **{
            entry.name: np.concatenate([getattr(mines, entry.name), getattr(uxo, entry.name)])[
                order
            ]
            for entry in fields(_Items)
        }
    )


def _numbered(prefix: str, n: int, least_width: int) -> Texts:
    """Make texts such as S000001, all of one width, without a Python loop over them."""
    width = max(least_width, len(str(n)))
    digits = np.arange(1, n + 1)[:, None] // 10 ** np.arange(width - 1, -1, -1) % 10 + ord("0")
    codes = np.empty((n, len(prefix) + width), dtype=np.uint32)
    codes[:, : len(prefix)] = [ord(char) for char in prefix]
    codes[:, len(prefix) :] = digits
    text = codes.view(f"U{len(prefix) + width}").ravel()
    return text.astype(object)


def _numbered_where(prefix: str, where: Bools, least_width: int) -> Texts:
    """Give a number to each true entry, in order; the others are empty."""
    out = np.full(where.size, "", dtype=object)
    out[where] = _numbered(prefix, int(where.sum()), least_width)
    return out


def _degrees(metres: Floats) -> Floats:
    """Bring metres east and north of the middle of the country to lon, lat; shape (..., 2)."""
    from pyproj import CRS, Transformer

    plane = CRS.from_proj4(
        f"+proj=aeqd +lat_0={ORIGIN_LAT} +lon_0={ORIGIN_LON} +datum=WGS84 +units=m"
    )
    change = Transformer.from_crs(plane, "EPSG:4326", always_xy=True)
    lon, lat = change.transform(metres[..., 0], metres[..., 1])
    return np.stack([lon, lat], axis=-1).round(_DECIMALS)


def _sheet_of_site(scenario: Scenario, sites: _Sites) -> Texts:
    """Name the map sheet of each record: so many neighbours of a district on one; "" if none."""
    before: Ints = np.cumsum(sites.record) - sites.record
    first = np.searchsorted(sites.district, sites.district)
    within = (before - before[first]) // scenario.records_per_sheet
    key = np.where(sites.record, sites.district * (scenario.records + 1) + within, -1)
    _, code = np.unique(key[sites.record], return_inverse=True)
    out = np.full(sites.record.size, "", dtype=object)
    out[sites.record] = _numbered("SHEET-", int(code.max()) + 1, 3)[code]
    return out


def _tables(
    scenario: Scenario, sites: _Sites, items: _Items, rng: np.random.Generator
) -> Simulation:
    import pandas as pd

    names = np.array([f"District {k + 1:02d}" for k in range(scenario.districts)], dtype=object)
    district = names[sites.district]
    record_id = _numbered_where("R", sites.record, 4)
    field_id = _numbered_where("F", sites.field, 4)
    task_id = _numbered_where("T", sites.searched | sites.cancelled, 4)
    sheet = _sheet_of_site(scenario, sites)
    mine_type = np.where(sites.anti_tank, "AT", "AP").astype(object)

    supplied_id = _numbered_where("S", items.on_map, 6)
    find_id = _numbered_where("E", items.found, 6)
    is_uxo = items.place < 0
    at = items.site[items.on_map]
    lon_lat = _degrees(items.supplied[items.on_map])
    supplied = pd.DataFrame(
        {
            "id": supplied_id[items.on_map],
            "lat": lon_lat[:, 1],
            "lon": lon_lat[:, 0],
            "record_id": record_id[at],
            "sheet": sheet[at],
            "type": mine_type[at],
            "count": 1,
            "district": district[at],
            "geometry_basis": "generated",
            "note": SYNTHETIC,
        }
    )
    found = items.found
    at = items.site[found]
    recorded = items.true[found]
    recorded = recorded + rng.normal(0.0, 1.0, recorded.shape) * scenario.find_noise_m
    lon_lat = _degrees(recorded)
    finds = pd.DataFrame(
        {
            "id": find_id[found],
            "lat": lon_lat[:, 1],
            "lon": lon_lat[:, 0],
            "type": np.where(is_uxo[found], "UXO", mine_type[at]),
            "quantity": 1,
            "task_id": np.where(items.searched_for[found], task_id[at], ""),
            "district": district[at],
            "note": SYNTHETIC,
        }
    )
    true = np.where(items.in_ground[:, None], items.true, np.nan)
    error = items.supplied - true
    error[~items.on_map] = np.nan
    bias = np.where(np.isnan(error), np.nan, sites.bias[items.site])
    row, in_row = np.divmod(items.place, scenario.mines_per_row)
    truth = pd.DataFrame(
        {
            "item": np.where(is_uxo, "uxo", np.where(items.in_ground, "mine", "none")).astype(
                object
            ),
            "supplied_id": supplied_id,
            "find_id": find_id,
            "record_id": np.where(is_uxo, "", record_id[items.site]),
            "field_id": np.where(is_uxo, "", field_id[items.site]),
            "row": np.where(is_uxo, -1, row),
            "place": np.where(is_uxo, -1, in_row),
            "east_m": true[:, 0],
            "north_m": true[:, 1],
            "error_east_m": error[:, 0],
            "error_north_m": error[:, 1],
            "bias_east_m": bias[:, 0],
            "bias_north_m": bias[:, 1],
            "note": SYNTHETIC,
        }
    )
    return Simulation(
        supplied,
        finds,
        _searched_table(sites, task_id, district),
        _district_table(scenario, names),
        truth,
    )


def _polygons(metres: Floats) -> npt.NDArray[np.object_]:
    """Make one polygon per ring; rings (n, corners, 2) in metres, closed by shapely."""
    import shapely

    polygons: npt.NDArray[np.object_] = shapely.polygons(_degrees(metres))
    return polygons


def _searched_table(sites: _Sites, task_id: Texts, district: Texts) -> gpd.GeoDataFrame:
    import geopandas as gpd

    at = np.flatnonzero(sites.searched | sites.cancelled)
    low, high = sites.low[at], sites.high[at]
    along = np.stack([low[:, 0], high[:, 0], high[:, 0], low[:, 0]], axis=1)
    across = np.stack([low[:, 1], low[:, 1], high[:, 1], high[:, 1]], axis=1)
    corners = sites.centre[at][:, None, :] + _rotate(along, across, sites.heading[at][:, None])
    searched = sites.searched[at]
    reason = np.where(sites.because_of_map[at], "map", "systematic").astype(object)
    columns: dict[str, Any] = {
        "id": task_id[at],
        "status": np.where(searched, "cleared", "cancelled").astype(object),
        "basis": "tasked",
        "reason": np.where(searched, reason, ""),
        "district": district[at],
        "note": SYNTHETIC,
    }
    return gpd.GeoDataFrame(columns, geometry=_polygons(corners), crs="EPSG:4326")


def _district_table(scenario: Scenario, names: Texts) -> gpd.GeoDataFrame:
    import geopandas as gpd

    columns, rows = scenario.cells
    side = scenario.cell_m
    # A corner at every cell keeps straight edges in degrees within millimetres of the plane's.
    x, y = np.arange(columns + 1), np.arange(rows + 1)
    ring = np.concatenate(
        [
            np.stack([x, np.zeros_like(x)], axis=1),
            np.stack([np.full(rows, columns), y[1:]], axis=1),
            np.stack([x[-2::-1], np.full(columns, rows)], axis=1),
            np.stack([np.zeros(rows - 1, dtype=int), y[-2:0:-1]], axis=1),
        ]
    )
    shift = np.stack(
        [np.arange(scenario.districts) * columns, np.zeros(scenario.districts)], axis=1
    )
    half_extent = np.array([columns * scenario.districts, rows]) * side / 2
    rings = (ring[None] + shift[:, None]).astype(np.float64) * side - half_extent
    table: dict[str, Any] = {
        "district": names,
        "code": [f"X{k + 1:02d}" for k in range(scenario.districts)],
        "note": SYNTHETIC,
    }
    return gpd.GeoDataFrame(table, geometry=_polygons(rings), crs="EPSG:4326")
