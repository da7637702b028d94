"""The known mistakes: as large as the field knows them, and undone to the millimetre.

Mistakes are made here with pipelines of PROJ written out by hand, with the parameters that EPSG
publishes, or with formulas; never with the code under test.
"""

import numpy as np
import pyproj
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from mapaccuracy.coordinates.grids import (
    in_sk42_area,
    sk42_operation,
    sk42_to_wgs84,
    stated_meridian,
    wgs84_to_sk42,
    wrapped,
    zone_meridian,
)
from mapaccuracy.coordinates.misreadings import MISREADINGS, Corrected, Plotted
from mapaccuracy.coordinates.misreadings.axes import NOT_SWAPPED
from mapaccuracy.coordinates.misreadings.directions import NO_REFERENCE, NOT_TURNED_SO
from mapaccuracy.coordinates.misreadings.grid_families import NO_ZONE
from mapaccuracy.coordinates.misreadings.misreading import LOCAL
from mapaccuracy.coordinates.misreadings.notation import NOT_MINUTES, NOT_SECONDS
from mapaccuracy.coordinates.systems import to_wgs84
from mapaccuracy.errors import SettingsError

GEOD = Geod(ellps="WGS84")
PLACES = {
    "Aghdam": (46.93, 39.99),
    "Fuzuli": (47.14, 39.60),
    "Zangilan": (46.645, 39.09),
    "Gazakh": (45.37, 41.09),
}
BY_NAME = {misreading.name: misreading for misreading in MISREADINGS}
DEGREES = "+step +proj=unitconvert +xy_in=rad +xy_out=deg"
RADIANS = "+step +proj=unitconvert +xy_in=deg +xy_out=rad"
DATUM = (
    "+step +proj=push +v_3 +step +proj=cart +ellps=krass "
    "+step +proj=helmert +x=25 +y=-141 +z=-78.5 +rx=0 +ry=-0.35 +rz=-0.736 +s=0 "
    "+convention=coordinate_frame +step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3"
)
SK42_TO_WGS84 = f"{RADIANS} {DATUM} {DEGREES}"


def through(steps, x, y, inverse=False):
    pipeline = Transformer.from_pipeline(f"+proj=pipeline {steps}")
    return pipeline.transform(x, y, direction="INVERSE" if inverse else "FORWARD")


def grid_steps(ellipsoid, scale, meridian, false_easting=500_000):
    return (
        f"{RADIANS} +step +proj=tmerc +lat_0=0 +lon_0={meridian} +k={scale} "
        f"+x_0={false_easting} +y_0=0 +ellps={ellipsoid}"
    )


def gk_numbers(lon, lat, meridian=45, false_easting=500_000):
    sk42 = through(SK42_TO_WGS84, lon, lat, inverse=True)
    return through(grid_steps("krass", 1, meridian, false_easting), *sk42)


def gk_read(x, y, meridian=45, false_easting=500_000):
    sk42 = through(grid_steps("krass", 1, meridian, false_easting), x, y, inverse=True)
    return through(SK42_TO_WGS84, *sk42)


def utm_numbers(lon, lat, meridian=45):
    return through(grid_steps("WGS84", 0.9996, meridian), lon, lat)


def utm_read(x, y, meridian=45):
    return through(grid_steps("WGS84", 0.9996, meridian), x, y, inverse=True)


def dms(value):
    """Degrees as whole degrees, minutes, seconds."""
    seconds = np.round(np.abs(value) * 3600, 6)
    return seconds // 3600, seconds % 3600 // 60, seconds % 60


def typed_minutes(value):
    degrees, minutes, seconds = dms(value)
    return degrees + (minutes + seconds / 60) / 100


def typed_seconds(value):
    degrees, minutes, seconds = dms(value)
    return degrees + minutes / 100 + seconds / 10_000


# What is plotted, of a truth in degrees.
MADE = {
    "sk42_as_wgs84": lambda lon, lat: through(SK42_TO_WGS84, lon, lat, inverse=True),
    "wgs84_as_sk42": lambda lon, lat: through(SK42_TO_WGS84, lon, lat),
    "gk_as_utm": lambda lon, lat: utm_read(*gk_numbers(lon, lat)),
    "utm_as_gk": lambda lon, lat: gk_read(*utm_numbers(lon, lat)),
    "gk_on_wgs84_ellipsoid": lambda lon, lat: through(
        grid_steps("WGS84", 1, 45), *gk_numbers(lon, lat), inverse=True
    ),
    "utm_zone_one_low": lambda lon, lat: utm_read(*utm_numbers(lon, lat), 39),
    "utm_zone_one_high": lambda lon, lat: utm_read(*utm_numbers(lon, lat), 51),
    "gk_zone_one_low": lambda lon, lat: gk_read(*gk_numbers(lon, lat), 39),
    "gk_zone_one_high": lambda lon, lat: gk_read(*gk_numbers(lon, lat), 51),
    # 3-degree zone 16 read as zone 15, which is 6-degree zone 8 too.
    "gk3_zone_one_low": lambda lon, lat: gk_read(*gk_numbers(lon, lat, 48), 45),
    "gk3_zone_one_high": lambda lon, lat: gk_read(*gk_numbers(lon, lat, 45), 48),
    "axes_swapped": lambda lon, lat: (lat, lon),
    "gk_axes_swapped": lambda lon, lat: gk_read(
        *gk_numbers(lon, lat, 45, 8_500_000)[::-1], 45, 8_500_000
    ),
    "utm_axes_swapped": lambda lon, lat: utm_read(*utm_numbers(lon, lat)[::-1]),
    "latitude_sign": lambda lon, lat: (lon, -lat),
    "longitude_sign": lambda lon, lat: (-lon, lat),
    "both_signs": lambda lon, lat: (-lon, -lat),
    "minutes_as_decimals": lambda lon, lat: (typed_minutes(lon), typed_minutes(lat)),
    "seconds_as_decimals": lambda lon, lat: (typed_seconds(lon), typed_seconds(lat)),
}
# What azimuth is plotted, of a true one; declination 6.3 degrees east.
AZIMUTHS = {
    "declination_missing": lambda azimuth, _: azimuth - 6.3,
    "declination_doubled": lambda azimuth, _: azimuth - 6.3 + 2 * 6.3,
    "grid_as_true": lambda azimuth, at: azimuth - convergence(*at),
    "true_as_grid": lambda azimuth, at: azimuth + convergence(*at),
    "mils_6000_as_6400": lambda azimuth, _: azimuth * 6000 / 6400,
    "mils_6400_as_6000": lambda azimuth, _: azimuth * 6400 / 6000,
}


def convergence(lon, lat):
    """How far grid north lies east of true north, from two points of one meridian."""
    (x0, y0), (x1, y1) = (utm_numbers(lon, lat + step) for step in (-1e-3, 1e-3))
    return -np.degrees(np.arctan2(x1 - x0, y1 - y0))


def plotted(lon, lat, **more):
    lon, lat = np.atleast_1d(np.asarray(lon, float)), np.atleast_1d(np.asarray(lat, float))
    values = {
        "reference_lon": None,
        "reference_lat": None,
        "year": None,
        "source_crs": ("EPSG:4326",),
        "finds_lon": 46.6,
        "finds_lat": 39.8,
        "declination_deg": None,
        "local": False,
    }
    return Plotted(lon, lat, **(values | more))


def undone(name, *args, **more):
    got = BY_NAME[name].undo(plotted(*args, **more))
    assert isinstance(got, Corrected), got
    return got


def position(got):
    return got.lon, got.lat


def apart_m(lon0, lat0, lon1, lat1):
    return GEOD.inv(*np.broadcast_arrays(lon0, lat0, lon1, lat1))[2]


def field(place):
    """Twelve points within some 3 km."""
    rng = np.random.default_rng([1942, 2])
    lon, lat = PLACES[place]
    return lon + rng.uniform(-0.02, 0.02, 12), lat + rng.uniform(-0.02, 0.02, 12)


# --- the mistakes are as large as the specification's tables say ---------------------------------


def helmert(lon, lat, shift, turn_arcsec=(0, 0, 0), scale_ppm=0.0):
    """SK-42 to WGS 84, coordinate frame rotation, in full; heights 0. Numpy only."""
    lam, phi = np.radians(np.atleast_1d(lon)), np.radians(np.atleast_1d(lat))
    a, f = 6378245.0, 1 / 298.3
    e2 = f * (2 - f)
    normal = a / np.sqrt(1 - e2 * np.sin(phi) ** 2)
    before = np.array(
        [
            normal * np.cos(phi) * np.cos(lam),
            normal * np.cos(phi) * np.sin(lam),
            normal * (1 - e2) * np.sin(phi),
        ]
    )
    rx, ry, rz = np.radians(np.array(turn_arcsec) / 3600)
    rotation = np.array([[1, rz, -ry], [-rz, 1, rx], [ry, -rx, 1]])
    x, y, z = np.array(shift)[:, None] + (1 + scale_ppm * 1e-6) * rotation @ before
    a, f = 6378137.0, 1 / 298.257223563
    e2, across = f * (2 - f), np.hypot(x, y)
    phi = np.arctan2(z, across * (1 - e2))
    for _ in range(6):
        normal = a / np.sqrt(1 - e2 * np.sin(phi) ** 2)
        phi = np.arctan2(z + e2 * normal * np.sin(phi), across)
    return np.degrees(np.arctan2(y, x)), np.degrees(phi)


# Published by EPSG: shift in metres, turns in arc-seconds (coordinate frame), scale in ppm.
PARAMETERS = {
    "EPSG:15865": ((25, -141, -78.5), (0, -0.35, -0.736), 0.0),
    "EPSG:1254": ((28, -130, -95), (0, 0, 0), 0.0),
    # Stated as position vector: the turns have the other sign.
    "EPSG:1808": ((686.1, -123.5, -574.4), (-8.045, 23.366, -10.791), -2.926),
}


@pytest.mark.parametrize("operation", PARAMETERS)
@pytest.mark.parametrize("place", PLACES)
def test_operation_is_helmerts_formula_with_the_published_parameters(place, operation):
    lon, lat = field(place)
    got = sk42_to_wgs84(lon, lat, operation)
    assert apart_m(*got, *helmert(lon, lat, *PARAMETERS[operation])).max() < 1e-3
    assert apart_m(*wgs84_to_sk42(*got, operation), lon, lat).max() < 1e-4


@given(st.floats(-180, 179.99), st.floats(-85, 85), st.sampled_from(sorted(PARAMETERS)))
def test_datum_there_and_back_anywhere(lon, lat, operation):
    there = sk42_to_wgs84([lon], [lat], operation)
    back = wgs84_to_sk42(*there, operation)
    assert apart_m(*back, lon, lat)[0] < 2e-4


@pytest.mark.parametrize(
    ("place", "east", "north", "length", "bearing", "by_14", "between"),
    [
        ("Aghdam", -102.1, -9.6, 102.6, 264.6, 100.9, 3.7),
        ("Fuzuli", -101.7, -10.1, 102.2, 264.3, 101.2, 3.5),
        ("Zangilan", -102.2, -11.9, 102.9, 263.4, 102.2, 4.4),
        ("Gazakh", -104.7, -9.7, 105.2, 264.7, 101.4, 5.4),
    ],
)
def test_shift_of_sk42(place, east, north, length, bearing, by_14, between):
    lon, lat = PLACES[place]
    got = undone("sk42_as_wgs84", lon, lat)
    azimuth, _, distance = GEOD.inv([lon], [lat], got.lon, got.lat)
    turn = np.radians(azimuth[0])
    assert distance[0] * np.sin(turn) == pytest.approx(east, abs=0.06)
    assert distance[0] * np.cos(turn) == pytest.approx(north, abs=0.06)
    assert distance[0] == pytest.approx(length, abs=0.06)
    assert azimuth[0] % 360 == pytest.approx(bearing, abs=0.06)
    other = sk42_to_wgs84(lon, lat, "EPSG:1808")
    assert apart_m(lon, lat, *other) == pytest.approx(by_14, abs=0.06)
    assert apart_m(got.lon, got.lat, *other)[0] == pytest.approx(between, abs=0.06)


# The operations that EPSG has from SK-42 to WGS 84; each is made for its own part of the area.
OPERATIONS = [1254, 1267, 1290, 1291, 1303, 1334, 1679, 1807, 1808, 1809, 5044, 6899, 15865]


@pytest.mark.parametrize(
    ("place", "least", "most"),
    [
        ("Aghdam", 97.9, 111.3),
        ("Fuzuli", 97.4, 111.1),
        ("Zangilan", 98.1, 112.1),
        ("Gazakh", 99.0, 113.2),
    ],
)
def test_range_over_operations(place, least, most):
    lon, lat = PLACES[place]
    lengths = [
        float(apart_m(lon, lat, *sk42_to_wgs84(lon, lat, f"EPSG:{code}"))) for code in OPERATIONS
    ]
    assert (min(lengths), max(lengths)) == pytest.approx((least, most), abs=0.06)
    first, default = (sk42_to_wgs84(lon, lat, f"EPSG:{code}") for code in (1254, 15865))
    assert apart_m(*first, *default) == pytest.approx(14, abs=1)


@pytest.mark.parametrize(
    ("name", "sizes_m", "within_m"),
    [
        # Printed in metres, or in kilometres with three decimals.
        ("gk_as_utm", (1870, 1854, 1830, 1915), 0.5),
        ("gk_on_wgs84_ellipsoid", (138, 138, 138, 139), 0.5),
        # The same as a projection that is right with the datum left out.
        ("sk42_as_wgs84", (103, 102, 103, 105), 0.5),
        # Printed in kilometres.
        ("gk_zone_one_low", (512_000, 515_000, 519_000, 504_000), 500),
        ("gk_zone_one_high", (512_000, 515_000, 519_000, 504_000), 500),
        ("utm_zone_one_low", (512_000, 515_000, 519_000, 504_000), 500),
        ("utm_zone_one_high", (512_000, 515_000, 519_000, 504_000), 500),
        ("gk3_zone_one_low", (256_000, 258_000, 260_000, 252_000), 500),
        ("gk3_zone_one_high", (256_000, 258_000, 260_000, 252_000), 500),
        ("axes_swapped", (953_000, 1_036_000, 1_041_000, 589_000), 500),
        # 46 55 48 typed as 46.5548, 39 59 24 as 39.5924; elsewhere it may be less.
        ("seconds_as_decimals", (54_000, None, None, None), 1000),
    ],
)
def test_sizes_of_the_specification(name, sizes_m, within_m):
    for (lon, lat), size in zip(PLACES.values(), sizes_m, strict=True):
        if size is None:
            continue
        # The mistake is made apart from the code under test; undoing it goes all the way back.
        wrong = MADE[name](lon, lat)
        got = undone(name, *wrong)
        assert apart_m(*wrong, got.lon, got.lat)[0] == pytest.approx(size, abs=within_m)


def test_directions_of_the_specification():
    for lon, lat in PLACES.values():
        for name, (least, most) in {
            "gk_as_utm": (3.5, 7.5),
            "gk_on_wgs84_ellipsoid": (49.4, 50.6),
        }.items():
            wrong = MADE[name](lon, lat)
            # From the truth to the place plotted.
            azimuth = GEOD.inv(lon, lat, *wrong)[0] % 360
            assert least < azimuth < most


def test_swapped_places_of_the_specification():
    got = undone("axes_swapped", *PLACES["Gazakh"])
    assert (got.lat[0], got.lon[0]) == (45.37, 41.09)
    lon, lat = MADE["gk_axes_swapped"](*PLACES["Aghdam"])
    assert (lon, lat) == pytest.approx((-28, 54), abs=1)


@pytest.mark.parametrize("place", PLACES)
def test_datum_left_out_is_sk42_read_as_wgs84(place):
    lon, lat = field(place)
    x, y = gk_numbers(lon, lat)
    # Latitude and longitude kept: exactly the same.
    kept = through(grid_steps("krass", 1, 45), x, y, inverse=True)
    assert apart_m(*position(undone("sk42_as_wgs84", *kept)), lon, lat).max() < 1e-3
    # Geocentric position kept (towgs84=0,0,0): farther north by (a df + f da) sin 2 phi.
    geocentric = through(
        f"{RADIANS} +step +proj=push +v_3 +step +proj=cart +ellps=krass "
        f"+step +inv +proj=cart +ellps=WGS84 +step +proj=pop +v_3 {DEGREES}",
        *kept,
    )
    da, df = 6378137 - 6378245, 1 / 298.257223563 - 1 / 298.3
    north = (6378245 * df + da / 298.3) * np.sin(2 * np.radians(lat))
    assert apart_m(*geocentric, *kept) == pytest.approx(north, abs=0.02)
    assert (geocentric[1] > kept[1]).all()
    assert north == pytest.approx(2.7, abs=0.1)


# --- made and undone -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", MADE)
@pytest.mark.parametrize("place", PLACES)
def test_undoing_gives_the_start_back(place, name):
    lon, lat = field(place)
    got = undone(name, *MADE[name](lon, lat))
    assert apart_m(got.lon, got.lat, lon, lat).max() < 1e-3


@pytest.mark.parametrize("name", AZIMUTHS)
@pytest.mark.parametrize("place", PLACES)
def test_undoing_gives_the_legs_back(place, name):
    azimuth, distance = np.arange(2.0, 336, 30), np.linspace(20, 900, 12)
    reference = tuple(np.full(12, value) for value in PLACES[place])
    lon, lat, _ = GEOD.fwd(*reference, azimuth, distance)
    wrong = GEOD.fwd(*reference, AZIMUTHS[name](azimuth, PLACES[place]), distance)[:2]
    got = undone(
        name,
        *wrong,
        reference_lon=reference[0],
        reference_lat=reference[1],
        declination_deg=6.3,
    )
    assert apart_m(got.lon, got.lat, lon, lat).max() < 1e-3


def test_every_mistake_is_tried_above():
    assert [misreading.name for misreading in MISREADINGS] == [*MADE, *AZIMUTHS]


def test_no_two_mistakes_are_the_same_everywhere():
    lon, lat = 46.1234, 39.2345
    reference = GEOD.fwd(lon, lat, 250.0, 150.0)[:2]
    ends = []
    for name, misreading in BY_NAME.items():
        at = (lon, lat) if not name.endswith("axes_swapped") else MADE[name](46.93, 39.99)
        got = misreading.undo(
            plotted(
                *at,
                reference_lon=np.array([reference[0]]),
                reference_lat=np.array([reference[1]]),
                declination_deg=6.3,
            )
        )
        assert isinstance(got, Corrected), name
        ends.append((got.lon[0] - at[0], got.lat[0] - at[1]))
    assert len(np.unique(np.round(ends, 6), axis=0)) == len(MISREADINGS)


# Zone 8 without and with its number; 3-degree zone 8, with it; a meridian of no zone, 46.5 E.
SWAPPED = [
    ("EPSG:2498", 0),
    ("EPSG:28408", 0),
    ("EPSG:2524", -22.5),
    ("+proj=tmerc +lon_0=46.5 +k=1 +x_0=500000 +ellps=krass +type=crs", 0),
]


@pytest.mark.parametrize(("numbers", "west"), SWAPPED)
def test_swapped_grid_with_and_without_prefix(numbers, west):
    lon, lat = field("Aghdam")
    lon = lon + west
    degrees = "EPSG:4284" if numbers.startswith("EPSG") else "+proj=longlat +ellps=krass +type=crs"
    grid = Transformer.from_crs(degrees, numbers, always_xy=True)
    sk42 = through(SK42_TO_WGS84, lon, lat, inverse=True)
    east, north = grid.transform(*sk42)
    wrong = through(SK42_TO_WGS84, *grid.transform(north, east, direction="INVERSE"))
    got = undone("gk_axes_swapped", *wrong, source_crs=(numbers,))
    assert apart_m(got.lon, got.lat, lon, lat).max() < 1e-3


def test_swapped_grid_beyond_its_pole_cannot_be_told():
    # Zone 16 before the easting: 16 400 km read as a northing, of which there are 10 000.
    grid = Transformer.from_crs("EPSG:4284", "EPSG:2532", always_xy=True)
    wrong = grid.transform(*grid.transform(*field("Aghdam"))[::-1], direction="INVERSE")
    told = BY_NAME["gk_axes_swapped"].undo(plotted(*wrong, source_crs=("EPSG:2532",)))
    assert told == NOT_SWAPPED


def test_swapped_utm_south_of_the_equator():
    lon, lat = np.array([21.43, 21.44]), np.array([-12.38, -12.39])
    grid = Transformer.from_crs("EPSG:4326", "EPSG:32734", always_xy=True)
    east, north = grid.transform(lon, lat)
    wrong = grid.transform(north, east, direction="INVERSE")
    more = {"finds_lon": 21.4, "finds_lat": -12.4, "source_crs": ("EPSG:32734",)}
    got = undone("utm_axes_swapped", *wrong, **more)
    assert apart_m(got.lon, got.lat, lon, lat).max() < 1e-3


def test_what_was_read_as_gauss_krueger_is_what_this_package_reads():
    """A file in Gauss-Krueger comes to WGS 84 by the operation that undoing it assumes."""
    lon, lat = field("Fuzuli")
    for crs, false_easting in (("EPSG:28408", 8_500_000), ("EPSG:2498", 500_000)):
        x, y = gk_numbers(lon, lat, 45, false_easting)
        assert apart_m(*to_wgs84(x, y, crs), lon, lat).max() < 1e-3


def test_declination_of_the_model_by_place_and_year():
    # A compass leg north in Aghdam, 2021: true azimuth 6.3 degrees, so 11.0 m east on 100 m.
    reference = tuple(np.full(3, value) for value in PLACES["Aghdam"])
    north = GEOD.fwd(*reference, [0.0] * 3, [100.0] * 3)[:2]
    more = {"reference_lon": reference[0], "reference_lat": reference[1]}
    got = undone("declination_missing", *north, **more, year=np.array([2021.5, np.nan, 2021.5]))
    azimuth = GEOD.inv(*reference, got.lon, got.lat)[0]
    assert azimuth == pytest.approx([6.33] * 3, abs=0.03)
    assert got.reason == "records without a usable date are taken as of 2022"
    assert got.operation is not None
    assert got.operation.startswith("turn of +6.3 degrees clockwise in the median, IGRF by ppigrf")
    twice = undone("declination_doubled", *north, **more, year=np.full(3, 2021.5))
    assert GEOD.inv(*reference, twice.lon, twice.lat)[0] == pytest.approx([-6.33] * 3, abs=0.03)
    assert twice.reason is None


def test_legs_by_the_grid_end_where_the_grid_says():
    """Azimuth and distance laid out in UTM coordinates, where they are simple arithmetic."""
    lon, lat = PLACES["Fuzuli"]
    x, y = utm_numbers(lon, lat)
    azimuth = np.arange(0.0, 360, 45)
    truth = utm_read(x + 200 * np.sin(np.radians(azimuth)), y + 200 * np.cos(np.radians(azimuth)))
    reference = np.full(8, lon), np.full(8, lat)
    wrong = GEOD.fwd(*reference, azimuth, np.full(8, 200.0))[:2]
    got = undone("grid_as_true", *wrong, reference_lon=reference[0], reference_lat=reference[1])
    # The grid's scale makes 200 m some 4 cm shorter or longer; without turning it is 4.8 m.
    assert apart_m(got.lon, got.lat, *truth).max() < 0.05
    assert apart_m(*wrong, *truth).min() > 4.5


def test_grid_north_is_that_of_the_file():
    # Zone 9, central meridian 51 E: at 47.14 E its north lies 2.46 degrees west of true north.
    lon, lat = PLACES["Fuzuli"]
    reference = {"reference_lon": np.array([lon]), "reference_lat": np.array([lat])}
    north = GEOD.fwd(lon, lat, 0.0, 200.0)[:2]
    for crs in ("EPSG:28409", "EPSG:32639"):
        got = undone("grid_as_true", *north, source_crs=(crs,), **reference)
        azimuth = GEOD.inv(lon, lat, got.lon[0], got.lat[0])[0]
        # Convergence of the sphere, a few seconds of arc off.
        near = np.degrees(np.arctan(np.tan(np.radians(lon - 51)) * np.sin(np.radians(lat))))
        assert azimuth == pytest.approx(near, abs=0.01)
        assert got.operation is not None
        assert "central meridian 51 E" in got.operation


# --- zones, areas, operations --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lon", "meridian"),
    [(46.93, 45), (48.0, 51), (47.999, 45), (-0.1, -3), (0, 3), (179.9, 177), (-180, -177)],
)
def test_zone_of_a_longitude(lon, meridian):
    assert zone_meridian([lon])[0] == meridian


@given(st.floats(-1000, 1000))
def test_wrapped_longitudes_are_the_same_direction(lon):
    got = wrapped([lon])[0]
    assert -180 <= got < 180
    assert abs((got - lon + 180) % 360 - 180) < 1e-9


@pytest.mark.parametrize(
    ("systems", "ellipsoid", "scale", "meridian"),
    [
        (("EPSG:28408", "EPSG:4326"), "krass", 1.0, 45),
        (("EPSG:2498",), "krass", 1.0, 45),
        (("EPSG:2532",), "krass", 1.0, 48),
        (("EPSG:20008",), "krass", 1.0, 45),
        (("EPSG:32638",), "WGS84", 0.9996, 45),
        (("EPSG:32738", "EPSG:32638"), "WGS84", 0.9996, 45),
        (("EPSG:32638", "EPSG:32639"), "WGS84", 0.9996, None),
        (("EPSG:28408",), "WGS84", 0.9996, None),
        (("EPSG:32638",), "WGS84", 1.0, None),
        (("local", "EPSG:3857", "EPSG:4326", "nonsense"), "WGS84", 0.9996, None),
        (("+proj=tmerc +lon_0=45 +k=1 +x_0=500000 +ellps=WGS84 +type=crs",), "WGS84", 1.0, 45),
    ],
)
def test_zone_that_a_file_states(systems, ellipsoid, scale, meridian):
    assert stated_meridian(systems, ellipsoid, scale) == meridian


def test_zone_of_the_file_counts_before_that_of_the_finds():
    # Numbers of zone 38 read in zone 39 although the finds lie in zone 38.
    lon, lat = field("Aghdam")
    wrong = utm_read(*gk_numbers(lon, lat, 51), 51)
    got = undone("gk_as_utm", *wrong, source_crs=("EPSG:32639",))
    assert apart_m(got.lon, got.lat, lon, lat).max() < 1e-3
    assert got.reason is None
    other = undone("gk_as_utm", *wrong)
    assert other.reason == "UTM zone 38 taken from the finds"
    assert apart_m(other.lon, other.lat, lon, lat).min() > 10


def test_utm_read_in_a_three_degree_zone():
    lon, lat = field("Fuzuli")
    wrong = gk_read(*utm_numbers(lon, lat, 45), 48)
    got = undone("utm_as_gk", *wrong, source_crs=("EPSG:2532",))
    assert apart_m(got.lon, got.lat, lon, lat).max() < 1e-3
    nowhere = plotted(*wrong, source_crs=("EPSG:2532",), finds_lon=np.nan, finds_lat=np.nan)
    assert BY_NAME["utm_as_gk"].undo(nowhere) == NO_ZONE


@pytest.mark.parametrize(
    ("lon", "name", "reason"),
    [
        (46.9, "utm_as_gk", "Gauss-Krueger zone 8 taken from the finds"),
        (46.9, "gk_as_utm", "UTM zone 38 taken from the finds"),
        (-2.9, "utm_as_gk", "Gauss-Krueger zone 60 taken from the finds"),
        (-2.9, "gk_as_utm", "UTM zone 30 taken from the finds"),
    ],
)
def test_zone_is_numbered_as_its_grid_does(lon, name, reason):
    got = undone(name, lon, 50.0, finds_lon=lon)
    assert got.reason is not None
    assert got.reason.partition(";")[0] == reason


def test_without_finds_no_zone():
    nowhere = plotted(46.93, 39.99, finds_lon=np.nan, finds_lat=np.nan)
    names = ["gk_as_utm", "utm_as_gk", "gk_on_wgs84_ellipsoid", "gk_axes_swapped"]
    assert [BY_NAME[name].undo(nowhere) for name in [*names, "utm_axes_swapped"]] == [NO_ZONE] * 5


def test_soviet_sheets_of_elsewhere_are_computed_and_marked():
    got = undone("sk42_as_wgs84", [13.2, 13.3], [-8.8, -8.9], finds_lon=13.2, finds_lat=-8.8)
    assert got.in_area is False
    assert got.reason == "outside the area that SK-42 is made for"
    expected = helmert([13.2, 13.3], [-8.8, -8.9], *PARAMETERS["EPSG:15865"])
    assert apart_m(got.lon, got.lat, *expected).max() < 1e-3
    home = undone("sk42_as_wgs84", *PLACES["Aghdam"])
    assert (home.in_area, home.reason) == (True, None)


@pytest.mark.parametrize(
    ("lon", "lat", "inside"),
    [
        ([46.9], [40.0], True),
        ([-172.0, 178.0], [65.0, 66.0], True),
        ([-160.0], [65.0], False),
        ([13.2], [52.0], False),
        ([44.4], [33.3], False),
        ([46.9, 46.9, 13.2], [40.0, 40.0, 52.0], True),
        ([np.nan, 46.9], [np.nan, 40.0], True),
        ([np.nan], [np.nan], None),
    ],
)
def test_area_of_sk42(lon, lat, inside):
    assert in_sk42_area(np.array(lon), np.array(lat)) is inside


def test_operation_is_named_with_code_accuracy_and_version():
    assert sk42_operation() == (
        f"Pulkovo 1942 to WGS 84 (16), EPSG:15865, accuracy 4.5 m, PROJ {pyproj.proj_version_str}"
    )
    assert "accuracy unknown" in sk42_operation("EPSG:1254")
    got = undone("gk_as_utm", *PLACES["Aghdam"])
    assert got.operation == f"Gauss-Krueger, central meridian 45 E, {sk42_operation()}"


@pytest.mark.parametrize(
    ("operation", "match"),
    [
        ("EPSG:1", "PROJ does not know the coordinate operation 'EPSG:1'"),
        ("sixteen", "PROJ does not know"),
        ("EPSG:5043", r"'EPSG:5043' does not lead from SK-42 \(EPSG:4284\) to WGS 84"),
    ],
)
def test_other_operations_are_refused(operation, match):
    with pytest.raises(SettingsError, match=match):
        sk42_to_wgs84([46.93], [39.99], operation)


# --- notation ------------------------------------------------------------------------------------


whole_degrees = st.integers(0, 89)
sixty = st.integers(0, 59)


@given(whole_degrees, sixty, sixty, st.sampled_from("+-"))
def test_degrees_minutes_seconds_typed_with_a_point(degrees, minutes, seconds, sign):
    typed = float(f"{sign}{degrees}.{minutes:02d}{seconds:02d}")
    assume(degrees or sign == "+")
    got = undone("seconds_as_decimals", typed, typed)
    expected = float(f"{sign}1") * (degrees + minutes / 60 + seconds / 3600)
    assert got.lon[0] == got.lat[0] == pytest.approx(expected, abs=1e-9)


@given(whole_degrees, st.integers(0, 59_999), st.sampled_from("+-"))
def test_degrees_and_minutes_typed_with_a_point(degrees, thousandths, sign):
    assume(degrees or sign == "+")
    typed = float(f"{sign}{degrees}.{thousandths:05d}")
    got = undone("minutes_as_decimals", typed, typed)
    expected = float(f"{sign}1") * (degrees + thousandths / 60_000)
    assert got.lon[0] == got.lat[0] == pytest.approx(expected, abs=1e-9)


def test_positions_that_are_no_minutes_or_seconds():
    lon, lat = np.array([46.30, 46.60, 46.30, 46.3060]), np.array([39.59, 39.10, 39.61, 39.10])
    got = undone("minutes_as_decimals", lon, lat)
    assert np.isfinite(got.lon).tolist() == np.isfinite(got.lat).tolist()
    assert np.isfinite(got.lon).tolist() == [True, False, False, True]
    assert got.reason == "some positions have minutes or seconds of 60 or more"
    got = undone("seconds_as_decimals", lon, lat)
    assert np.isfinite(got.lon).tolist() == [True, False, False, False]
    assert BY_NAME["minutes_as_decimals"].undo(plotted(46.93, 39.99)) == NOT_MINUTES
    assert BY_NAME["seconds_as_decimals"].undo(plotted([46.93, 46.3061], [39.2, 39.2])) == (
        NOT_SECONDS
    )
    assert undone("minutes_as_decimals", 46.30, 39.59).reason is None


def test_longitudes_that_are_no_latitudes():
    got = undone("axes_swapped", [46.9, 106.0], [40.0, 11.0])
    assert got.lon.tolist()[0] == 40.0
    assert np.isnan([got.lon[1], got.lat[1]]).all()
    assert isinstance(BY_NAME["axes_swapped"].undo(plotted(106.0, 11.0)), str)


def test_places_that_are_no_swapped_grid():
    for name in ("gk_axes_swapped", "utm_axes_swapped"):
        assert BY_NAME[name].undo(plotted(*PLACES["Aghdam"])) == NOT_SWAPPED
    # One point of a swapped grid among others: it alone has a place.
    swapped = MADE["utm_axes_swapped"](*PLACES["Aghdam"])
    got = undone("utm_axes_swapped", [46.93, swapped[0]], [39.99, swapped[1]])
    assert np.isfinite(got.lon).tolist() == [False, True]


# --- what cannot be tested -----------------------------------------------------------------------


def test_without_reference_points_nothing_turns():
    for reference in (None, np.array([np.nan])):
        for name in AZIMUTHS:
            told = BY_NAME[name].undo(
                plotted(
                    *PLACES["Aghdam"],
                    reference_lon=reference,
                    reference_lat=reference,
                    declination_deg=6.3,
                )
            )
            assert told == NO_REFERENCE


def test_points_without_a_reference_point_stay():
    lon, lat = field("Aghdam")
    reference_lon = np.where(np.arange(12) < 5, np.nan, 46.9)
    more = {"reference_lon": reference_lon, "reference_lat": np.full(12, 39.95)}
    for name in AZIMUTHS:
        got = undone(name, lon, lat, declination_deg=6.3, **more)
        moved = apart_m(got.lon, got.lat, lon, lat)
        assert (moved[:5] == 0).all()
        assert (moved[5:] > 1).all()
        assert got.reason == "points without a reference point stay where they are"


@pytest.mark.parametrize(
    ("year", "reason"),
    [
        (None, "no date of laying is given, nor a declination"),
        (np.array([np.nan]), "no date of laying is given, nor a declination"),
        (np.array([1877.0]), "the model of the magnetic field covers 1900 to 2030 only"),
    ],
)
def test_no_declination_without_a_date(year, reason):
    told = BY_NAME["declination_missing"].undo(
        plotted(46.93, 39.99, reference_lon=np.array([46.92]), reference_lat=np.array([39.98]),
                year=year)
    )  # fmt: skip
    assert told == reason


def test_thousandths_that_no_circle_has():
    reference = {"reference_lon": np.array([46.93]), "reference_lat": np.array([39.99])}
    west_of_north = GEOD.fwd(46.93, 39.99, 345.0, 100.0)[:2]
    told = BY_NAME["mils_6000_as_6400"].undo(plotted(*west_of_north, **reference))
    assert told == NOT_TURNED_SO


def test_fifteen_hundred_of_6000_read_on_a_circle_of_6400():
    # A right angle; on the other circle it is 84.4 degrees, and 9.8 m off on 100 m.
    reference = {"reference_lon": np.array([46.93]), "reference_lat": np.array([39.99])}
    east = GEOD.fwd(46.93, 39.99, 90.0, 100.0)[:2]
    wrong = GEOD.fwd(46.93, 39.99, 84.375, 100.0)[:2]
    assert apart_m(*east, *wrong) == pytest.approx(9.8, abs=0.05)
    got = undone("mils_6000_as_6400", *wrong, **reference)
    assert apart_m(got.lon, got.lat, *east)[0] < 1e-3


def test_local_metres():
    x, y = np.array([100.0, 0.0]), np.array([0.0, 50.0])
    none = np.zeros(2)
    bare = plotted(x, y, local=True, source_crs=("local",), reference_lon=none, reference_lat=none)
    given = plotted(
        x, y, local=True, source_crs=("local",), reference_lon=none, reference_lat=none,
        declination_deg=90.0,
    )  # fmt: skip
    told = {name: misreading.undo(given) for name, misreading in BY_NAME.items()}
    works = {name for name, got in told.items() if isinstance(got, Corrected)}
    assert works == {
        "axes_swapped", "declination_missing", "declination_doubled", "mils_6000_as_6400",
        "mils_6400_as_6000",
    }  # fmt: skip
    assert {got for got in told.values() if isinstance(got, str)} == {LOCAL}
    assert (told["axes_swapped"].lon.tolist(), told["axes_swapped"].lat.tolist()) == (
        [0.0, 50.0],
        [100.0, 0.0],
    )
    turned = told["declination_missing"]
    assert turned.lon == pytest.approx([0, 50], abs=1e-9)
    assert turned.lat == pytest.approx([-100, 0], abs=1e-9)
    assert BY_NAME["declination_missing"].undo(bare) == (
        "no declination is given, and positions are local metres"
    )


def test_what_was_given_is_left_alone():
    given = plotted(
        *field("Gazakh"), reference_lon=np.full(12, 45.36), reference_lat=np.full(12, 41.08),
        year=np.full(12, 1993.0),
    )  # fmt: skip
    before = given.lon.copy(), given.lat.copy()
    for misreading in MISREADINGS:
        got = misreading.undo(given)
        if isinstance(got, Corrected):
            got.lon[:] = 0
            got.lat[:] = 0
    assert (given.lon == before[0]).all()
    assert (given.lat == before[1]).all()
