"""Maps that are wrong in a known way, on the Earth: right records, misread by a named mistake.

Everything here is SYNTHETIC and fitted to no country; the two places only give latitude and
longitude their sizes. Every mistake is *made* here with written-out pipelines of PROJ and
formulas, never with the code of the package, which has to undo it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import lru_cache

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import ppigrf
import pyproj
import shapely
from shapely.affinity import rotate, translate

from validity import worlds
from validity.worlds import Floats, World

Degrees = tuple[Floats, Floats]  # longitudes, latitudes
Layout = str

GEOD = pyproj.Geod(ellps="WGS84")
# Latitude and longitude, degrees.
PLACES: Mapping[str, tuple[float, float]] = {"Aghdam": (39.99, 46.93), "Gazakh": (41.09, 45.37)}
LAYOUTS: tuple[Layout, ...] = ("random", "parallel", "scattered")
RECORDS = (12, 24)
MISSING = (0.1, 0.6)
NOISE_M = 1.0
BOX_M = 120.0  # scattered mines lie in a square of this side
APART_M = 170.0  # centres; so that records are clusters of their own
SIDE_M = 1000.0  # of the searched squares, which stand 1.5 km apart
SITES_M = [(x, y) for x in (-750.0, 750.0) for y in (-750.0, 750.0)]
INNER_M = 100.0  # from the edge of the ground to the centres of records
NEAR_M = 80.0  # spurious finds lie so near a record
REFERENCE_M = (50.0, 300.0)  # from the outline of the record to its reference point
SHIFT_M = 150.0
LAID = datetime(1992, 6, 15)
ZONE = 8  # 6-degree zone of both places, 42 to 48 E; 38 in UTM


@dataclass(frozen=True)
class Displaced(World):
    """Inputs of one diagnosis, and its truth.

    Attributes
    ----------
    true_lon, true_lat : ndarray of float, shape (n,)
        Where the supplied points should lie, in their order; x, y in local metres.
    move_m : (float, float)
        Median of truth minus supplied, metres east and north, in a plane at the place; NaN
        where the map is so far away that a plane has no meaning.
    settings : mapping
        Settings that the inputs need.
    missing : float
        Share of the supplied points without a find.
    """

    true_lon: Floats
    true_lat: Floats
    move_m: tuple[float, float]
    settings: Mapping[str, object] = field(default_factory=dict)
    missing: float = np.nan


# --- where it is -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Plane:
    """Metres east and north of a place: a transverse Mercator of its own, right to 1 mm in 3 km."""

    lat: float
    lon: float

    @property
    def _proj(self) -> pyproj.Proj:
        return _tm(self.lat, self.lon)

    def degrees(self, xy: Floats) -> Degrees:
        lon, lat = self._proj(xy[:, 0], xy[:, 1], inverse=True)
        return np.asarray(lon), np.asarray(lat)

    def metres(self, lon: Floats, lat: Floats) -> Floats:
        return np.column_stack(self._proj(lon, lat))


@lru_cache
def _tm(lat: float, lon: float) -> pyproj.Proj:
    return pyproj.Proj(proj="tmerc", lat_0=lat, lon_0=lon, k=1, ellps="WGS84")


@lru_cache
def declination_deg(lat: float, lon: float, day: datetime = LAID) -> float:
    """Magnetic declination by IGRF, east positive: east over north component of the field."""
    east, north, _ = ppigrf.igrf(lon, lat, 0.0, day)
    return float(np.degrees(np.arctan2(east, north)).squeeze())


def convergence_deg(lat: float, lon: float) -> float:
    """Grid north, clockwise from true north, in the 6-degree zone: atan(tan(dlon) sin(lat))."""
    off_axis, phi = np.radians([lon - (6 * ZONE - 3), lat])
    return float(np.degrees(np.arctan(np.tan(off_axis) * np.sin(phi))))


# --- what goes wrong -----------------------------------------------------------------------------

# EPSG:15865, Pulkovo 1942 to WGS 84 (16): coordinate frame rotation on geocentric coordinates.
_HELMERT = (
    "+step +proj=cart +ellps=krass "
    "+step +proj=helmert +x=25 +y=-141 +z=-78.5 +rx=0 +ry=-0.35 +rz=-0.736 +s=0 "
    "+convention=coordinate_frame "
    "+step +inv +proj=cart +ellps=WGS84 "
)
_IN, _OUT = (
    "+step +proj=unitconvert +xy_in=deg +xy_out=rad ",
    "+step +proj=unitconvert " + ("+xy_in=rad +xy_out=deg"),
)
_KEEP, _PUT_BACK = "+step +proj=push +v_3 ", "+step +proj=pop +v_3 "


@lru_cache
def _pipeline(steps: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_pipeline("+proj=pipeline " + steps)


def _done(steps: str, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    a, b = _pipeline(steps).transform(x, y)
    return np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)


def _undone(steps: str, x: Floats, y: Floats) -> tuple[Floats, Floats]:
    a, b = _pipeline(steps).transform(x, y, direction="INVERSE")
    return np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)


_SK42_TO_WGS84 = _IN + _KEEP + _HELMERT + _PUT_BACK + _OUT


def sk42_of(lon: Floats, lat: Floats) -> Degrees:
    """Latitude and longitude in SK-42 of a place given in WGS 84."""
    return _undone(_SK42_TO_WGS84, lon, lat)


def wgs84_of(lon: Floats, lat: Floats) -> Degrees:
    """Latitude and longitude in WGS 84 of a place given in SK-42."""
    return _done(_SK42_TO_WGS84, lon, lat)


@dataclass(frozen=True)
class Grid:
    """A projected grid: numbers in metres, easting first."""

    meridian_deg: float
    scale: float
    ellipsoid: str
    sk42: bool  # its latitudes and longitudes are in SK-42
    false_easting_m: float = 500_000.0

    @property
    def _steps(self) -> str:
        return _IN + (
            f"+step +proj=tmerc +lat_0=0 +lon_0={self.meridian_deg} +k={self.scale} "
            f"+x_0={self.false_easting_m} +y_0=0 +ellps={self.ellipsoid}"
        )

    def numbers(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Easting and northing of a place given in WGS 84."""
        return _done(self._steps, *(sk42_of(lon, lat) if self.sk42 else (lon, lat)))

    def read(self, easting: Floats, northing: Floats) -> Degrees:
        """Place in WGS 84 that the numbers mean in this grid."""
        lon, lat = _undone(self._steps, easting, northing)
        return wgs84_of(lon, lat) if self.sk42 else (lon, lat)


def gk(zone: int = ZONE) -> Grid:
    """Gauss-Krueger on SK-42, 6-degree zone."""
    return Grid(6 * zone - 3, 1.0, "krass", True)


def gk3(zone: int) -> Grid:
    """Gauss-Krueger on SK-42, 3-degree zone."""
    return Grid(3 * zone, 1.0, "krass", True)


def utm(zone: int = ZONE + 30) -> Grid:
    """UTM on WGS 84."""
    return Grid(6 * zone - 183, 0.9996, "WGS84", False)


# As it is written out: the number of the zone stands before the easting.
GK_WITH_PREFIX = Grid(6 * ZONE - 3, 1.0, "krass", True, 1e6 * ZONE + 500_000)
# Numbers of a TM without scale, on the wrong ellipsoid.
GK_ON_WGS84 = Grid(6 * ZONE - 3, 1.0, "WGS84", False)


def minutes_typed(value: Floats) -> Floats:
    """46 deg 55.8 min typed as 46.558."""
    whole = np.floor(value)
    return whole + (value - whole) * 60 / 100


def seconds_typed(value: Floats) -> Floats:
    """46 deg 55 min 48 s typed as 46.5548."""
    whole = np.floor(value)
    minutes = (value - whole) * 60
    return whole + np.floor(minutes) / 100 + (minutes - np.floor(minutes)) * 60 / 10_000


@dataclass(frozen=True)
class Mistake:
    """One way to misread a map; exactly one of the first two is given.

    Attributes
    ----------
    name : str
        As the package names it.
    numbers : callable or None
        Longitude and latitude of the truth to longitude and latitude as plotted.
    azimuth : callable or None
        Azimuths from the reference point, true and as plotted, in degrees; takes the place too.
    file_crs : str or None
        The system in which the wrong numbers can also be handed over, as metres.
    file_grid : Grid or None
        The same, for us.
    """

    name: str
    numbers: Callable[[Floats, Floats], Degrees] | None = None
    azimuth: Callable[[Floats, float, float], Floats] | None = None
    file_crs: str | None = None
    file_grid: Grid | None = None


def _reread(truth: Grid, reading: Grid) -> Callable[[Floats, Floats], Degrees]:
    return lambda lon, lat: reading.read(*truth.numbers(lon, lat))


def _swapped(grid: Grid) -> Callable[[Floats, Floats], Degrees]:
    return lambda lon, lat: grid.read(*grid.numbers(lon, lat)[::-1])


def _turned(angle: Callable[[float, float], float]) -> Callable[[Floats, float, float], Floats]:
    return lambda azimuth, lat, lon: azimuth + angle(lat, lon)


def _three_degree_zone(lon: Floats) -> int:
    return round(float(np.median(lon)) / 3)


def _gk3_read(step: int) -> Callable[[Floats, Floats], Degrees]:
    """Read numbers of the 3-degree zone that the place is in as those of a neighbour."""

    def plotted(lon: Floats, lat: Floats) -> Degrees:
        zone = _three_degree_zone(lon)
        return gk3(zone + step).read(*gk3(zone).numbers(lon, lat))

    return plotted


MISTAKES = {
    mistake.name: mistake
    for mistake in (
        Mistake("sk42_as_wgs84", sk42_of),
        Mistake("wgs84_as_sk42", wgs84_of),
        Mistake("gk_as_utm", _reread(gk(), utm()), file_crs="EPSG:32638", file_grid=utm()),
        Mistake("utm_as_gk", _reread(utm(), gk()), file_crs="EPSG:2498", file_grid=gk()),
        Mistake("gk_on_wgs84_ellipsoid", _reread(gk(), GK_ON_WGS84)),
        # The zone that was read is one lower, or one higher, than that of the numbers.
        Mistake("utm_zone_one_low", _reread(utm(), utm(ZONE + 29))),
        Mistake("utm_zone_one_high", _reread(utm(), utm(ZONE + 31))),
        Mistake("gk_zone_one_low", _reread(gk(), gk(ZONE - 1))),
        Mistake("gk_zone_one_high", _reread(gk(), gk(ZONE + 1))),
        Mistake("gk3_zone_one_low", _gk3_read(-1)),
        Mistake("gk3_zone_one_high", _gk3_read(1)),
        Mistake("axes_swapped", lambda lon, lat: (lat, lon)),
        Mistake(
            "gk_axes_swapped",
            _swapped(GK_WITH_PREFIX),
            file_crs="EPSG:28408",
            file_grid=GK_WITH_PREFIX,
        ),
        Mistake("utm_axes_swapped", _swapped(utm()), file_crs="EPSG:32638", file_grid=utm()),
        Mistake("latitude_sign", lambda lon, lat: (lon, -lat)),
        Mistake("longitude_sign", lambda lon, lat: (-lon, lat)),
        Mistake("both_signs", lambda lon, lat: (-lon, -lat)),
        Mistake("minutes_as_decimals", lambda *two: tuple(map(minutes_typed, two))),
        Mistake("seconds_as_decimals", lambda *two: tuple(map(seconds_typed, two))),
        # Azimuth by compass = true azimuth - declination.
        Mistake("declination_missing", azimuth=_turned(lambda *at: -declination_deg(*at))),
        Mistake("declination_doubled", azimuth=_turned(declination_deg)),
        # Azimuth from grid north = true azimuth - convergence.
        Mistake("grid_as_true", azimuth=_turned(lambda *at: -convergence_deg(*at))),
        Mistake("true_as_grid", azimuth=_turned(convergence_deg)),
        # 15-00 of 6000 is a right angle; on a circle of 6400 it is 84.4 degrees.
        Mistake("mils_6000_as_6400", azimuth=lambda azimuth, *_: azimuth * 6000 / 6400),
        Mistake("mils_6400_as_6000", azimuth=lambda azimuth, *_: azimuth * 6400 / 6000),
    )
}


# --- records and fields --------------------------------------------------------------------------


def _offsets(rng: np.random.Generator, layout: Layout, heading: float) -> Floats:
    """Mines of one field about its centre: 1 to 3 rows of 8 to 24, or as many scattered."""
    rows = int(rng.integers(worlds.ROWS[0], worlds.ROWS[1] + 1))
    mines = int(rng.integers(worlds.MINES_IN_ROW[0], worlds.MINES_IN_ROW[1] + 1))
    if layout == "scattered":
        return rng.uniform(-BOX_M / 2, BOX_M / 2, (rows * mines, 2))
    plain = worlds.rows_of(rows, mines, worlds.SPACING_M, worlds.ROWS_APART_M)
    own = heading if layout == "parallel" else rng.uniform(0, np.pi)
    return worlds.turned(plain, own)


def _ground(rng: np.random.Generator) -> list[shapely.Polygon]:
    """Search four squares of 1 km, turned at random."""
    half = SIDE_M / 2
    plain = shapely.box(-half, -half, half, half)
    return [translate(rotate(plain, rng.uniform(0, 90)), *site) for site in SITES_M]


def _centres(
    rng: np.random.Generator, ground: list[shapely.Polygon], n: int, taken: Floats | None = None
) -> Floats:
    """Spread n centres over the ground, 170 m apart (also from `taken`), 100 m from its edge."""
    inner = [shapely.buffer(part, -INNER_M, join_style="mitre") for part in ground]
    before = np.empty((0, 2)) if taken is None else taken
    out = before
    while len(out) < len(before) + n:
        (one,), _ = worlds.inside(rng, inner, 1)
        if not (np.hypot(*(out - one).T) < APART_M).any():
            out = np.vstack([out, one])
    return out[len(before) :]


@dataclass(frozen=True)
class _Scene:
    """True positions of records, and finds, in metres of the plane."""

    records: list[Floats]
    finds: Floats
    ground: list[shapely.Polygon]
    missing: float


def scene(rng: np.random.Generator, layout: Layout) -> _Scene:
    """Lay 12 to 24 records that are right, with 10 to 60 % of points missing and as many spurious.

    Half of the missing points are whole records without a field, the others single points; half
    of the spurious finds lie within 80 m of a record, the others in whole fields that no record
    shows.
    """
    ground = _ground(rng)
    n = int(rng.integers(RECORDS[0], RECORDS[1] + 1))
    share = rng.uniform(*MISSING)
    heading = rng.uniform(0, np.pi)
    centres = _centres(rng, ground, n)
    records = [centre + _offsets(rng, layout, heading) for centre in centres]
    points = sum(map(len, records))
    without = round(share / 2 * n)
    laid = np.concatenate(records[without:])
    found = min(round((1 - share) * points), len(laid))
    near = round(share * points / 2)
    angle, radius = rng.uniform(0, 2 * np.pi, near), NEAR_M * np.sqrt(rng.random(near))
    around = np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]
    others, taken = np.empty((0, 2)), centres
    while len(others) < round(share * points) - near:
        centre = _centres(rng, ground, 1, taken)
        taken = np.vstack([taken, centre])
        others = np.vstack([others, centre + _offsets(rng, layout, heading)])
    finds = np.concatenate(
        [
            laid[np.sort(rng.choice(len(laid), found, replace=False))],
            centres[rng.integers(0, n, near)] + around,
            others[: round(share * points) - near],
        ]
    )
    # Records without a field must not stand together in the order of ids.
    order = rng.permutation(n)
    return _Scene(
        [records[k] for k in order],
        worlds.noise(rng, finds, NOISE_M),
        ground,
        1 - found / points,
    )


def _references(rng: np.random.Generator, records: list[Floats]) -> Floats:
    """One reference point a record, 50 to 300 m from the circle round it; a row for each point."""
    out = []
    for xy in records:
        centre = xy.mean(axis=0)
        radius = np.hypot(*(xy - centre).T).max() + rng.uniform(*REFERENCE_M)
        turn = rng.uniform(0, 2 * np.pi)
        out.append(np.tile(centre + radius * np.array([np.sin(turn), np.cos(turn)]), (len(xy), 1)))
    return np.concatenate(out)


# --- worlds ---------------------------------------------------------------------------------------


def place_of(run: int) -> str:
    """Places take turns, run by run; layouts every second run, and so on."""
    return tuple(PLACES)[run % 2]


def layout_of(run: int) -> Layout:
    return LAYOUTS[run // 2 % 3]


def searched_of(run: int) -> bool:
    """Whether searched areas are given; else all ground is declared searched."""
    return run // 6 % 2 == 0


def as_metres_of(run: int) -> bool:
    """Whether a map whose mistake is made on a grid comes as metres of the wrong grid."""
    return run // 12 % 2 == 1


def _tables(
    plane: Plane, here: _Scene, lon: Floats, lat: Floats, reference: Degrees, given: bool
) -> dict[str, pd.DataFrame | gpd.GeoDataFrame | None]:
    supplied = worlds.supplied_table(here.records).drop(columns=["x", "y"])
    supplied = supplied.assign(
        lat=lat,
        lon=lon,
        reference_lat=reference[1],
        reference_lon=reference[0],
        date=f"{LAID:%Y-%m-%d}",
    )
    finds = worlds.finds_table(here.finds).drop(columns=["x", "y"])
    find_lon, find_lat = plane.degrees(here.finds)
    searched = worlds.searched_table(
        shapely.transform(here.ground, lambda xy: np.column_stack(plane.degrees(xy)))
    ).set_crs(4326)
    return {
        "supplied": supplied,
        "finds": finds.assign(lat=find_lat, lon=find_lon),
        "searched": searched if given else None,
    }


def _placed(
    plane: Plane,
    here: _Scene,
    plotted: Degrees,
    reference: Degrees,
    given: bool = True,
) -> Displaced:
    """Put a scene on the Earth, with the map as it is plotted."""
    true = np.concatenate(here.records)
    lon, lat = plane.degrees(true)
    error = np.full((1, 2), np.nan)
    # Beyond some kilometres metres east and north depend on the plane.
    if max(np.abs(plotted[0] - lon).max(), np.abs(plotted[1] - lat).max()) < 0.1:
        error = true - plane.metres(*plotted)
    return Displaced(
        **_tables(plane, here, *plotted, reference, given),
        true_lon=lon,
        true_lat=lat,
        move_m=(float(np.median(error[:, 0])), float(np.median(error[:, 1]))),
        settings={} if given else {"assume_searched": True},
        missing=here.missing,
    )


def misread(rng: np.random.Generator, run: int, name: str) -> Displaced:
    """Make a right map, and misread it by a named mistake."""
    mistake = MISTAKES[name]
    plane = Plane(*PLACES[place_of(run)])
    here = scene(rng, layout_of(run))
    true, reference = np.concatenate(here.records), _references(rng, here.records)
    if mistake.azimuth is None:
        plotted = mistake.numbers(*plane.degrees(true))
        reference_read = mistake.numbers(*plane.degrees(reference))
    else:
        leg = true - reference
        azimuth = np.degrees(np.arctan2(leg[:, 0], leg[:, 1])) % 360
        turned = np.radians(mistake.azimuth(azimuth, plane.lat, plane.lon))
        length = np.hypot(leg[:, 0], leg[:, 1])[:, None]
        plotted = plane.degrees(
            reference + length * np.column_stack([np.sin(turned), np.cos(turned)])
        )
        reference_read = plane.degrees(reference)
    world = _placed(plane, here, plotted, reference_read, searched_of(run))
    if mistake.file_crs is None or not as_metres_of(run):
        return world
    return _in_metres(world, mistake)


def _in_metres(world: Displaced, mistake: Mistake) -> Displaced:
    """Hand the supplied points over in metres of the grid in which they were misread."""
    supplied = world.supplied
    x, y = mistake.file_grid.numbers(supplied["lon"].to_numpy(), supplied["lat"].to_numpy())
    rx, ry = mistake.file_grid.numbers(
        supplied["reference_lon"].to_numpy(), supplied["reference_lat"].to_numpy()
    )
    plain = supplied.drop(columns=["lat", "lon", "reference_lat", "reference_lon"])
    metres = plain.assign(easting=x, northing=y, reference_x=rx, reference_y=ry)
    return replace(
        world,
        supplied=metres,
        settings={**world.settings, "supplied_crs": mistake.file_crs, "finds_crs": "EPSG:4326"},
    )


def _moved(rng: np.random.Generator, run: int, layout: Layout, shift_m: npt.ArrayLike) -> Displaced:
    plane = Plane(*PLACES[place_of(run)])
    here = scene(rng, layout)
    shift = np.asarray(shift_m, dtype=np.float64)
    plotted, reference = np.concatenate(here.records), _references(rng, here.records)
    return _placed(
        plane,
        here,
        plane.degrees(plotted + shift),
        plane.degrees(reference + shift),
        searched_of(run),
    )


def shifted(rng: np.random.Generator, run: int, layout: Layout) -> Displaced:
    """Make a map that is right but for one common shift, anything up to 150 m east and north."""
    return _moved(rng, run, layout, rng.uniform(-SHIFT_M, SHIFT_M, 2))


def true_map(rng: np.random.Generator, run: int) -> Displaced:
    """Make a map that is right as supplied."""
    return _moved(rng, run, layout_of(run), (0.0, 0.0))


def unrelated(rng: np.random.Generator, run: int, layout: Layout) -> Displaced:
    """Make a map that knows nothing: its records lie elsewhere, in the same ground.

    12 to 24 records and as many fields and half as many again, laid out alike, one heading for
    all where they are parallel.
    """
    plane = Plane(*PLACES[place_of(run)])
    ground = _ground(rng)
    heading = rng.uniform(0, np.pi)
    n = int(rng.integers(RECORDS[0], RECORDS[1] + 1))
    records, fields = (
        [
            centre + _offsets(rng, layout, heading)
            for centre in _centres(rng, ground, round(times * n))
        ]
        for times in (1.0, 1.5)
    )
    return _unrelated(rng, plane, records, np.concatenate(fields), ground, searched_of(run))


def unrelated_in(
    rng: np.random.Generator, run: int, make: Callable[[np.random.Generator], World]
) -> Displaced:
    """Bring a map of `validity.worlds` that knows nothing to one of the places."""
    plane = Plane(*PLACES[place_of(run)])
    world = make(rng)
    xy = world.supplied[["x", "y"]].to_numpy()
    _, first = np.unique(world.supplied["record_id"].to_numpy(), return_index=True)
    return _unrelated(
        rng,
        plane,
        np.split(xy, first[1:]),
        world.finds[["x", "y"]].to_numpy(),
        list(world.searched.geometry),
        given=True,
    )


def _unrelated(
    rng: np.random.Generator,
    plane: Plane,
    records: list[Floats],
    finds: Floats,
    ground: list[shapely.Polygon],
    given: bool,
) -> Displaced:
    here = _Scene(records, finds, ground, 1.0)
    plotted = plane.degrees(np.concatenate(records))
    reference = plane.degrees(_references(rng, records))
    return replace(_placed(plane, here, plotted, reference, given), move_m=(np.nan, np.nan))


def aliased(rng: np.random.Generator, _run: int) -> Displaced:
    """Take ten records of long rows, all 102 m too far east along the rows, in local metres."""
    world = worlds.aliased(rng, records=10, margin_m=150.0)
    x, y = (world.supplied[axis].to_numpy() for axis in "xy")
    return Displaced(
        world.supplied,
        world.finds,
        world.searched,
        true_lon=x - 102.0,
        true_lat=y,
        move_m=(-102.0, 0.0),
        settings={"crs": "local"},
        missing=0.0,
    )
