"""Records by bearing and distance: the sums behind them.

What is expected is worked out here: Vincenty's geodesics, the harmonics of the IGRF added up one by
one, trees walked leg by leg. All data are SYNTHETIC.
"""

import itertools
import math
from pathlib import Path

import numpy as np
import pandas as pd
import ppigrf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer

import mapaccuracy
from mapaccuracy.coordinates import bearings as b
from mapaccuracy.coordinates import traverses as t
from mapaccuracy.errors import InputError, SettingsError

GEOD = Geod(ellps="WGS84")
# Of the declinations that the specification gives, written to 1 mm.
PLACE = (44.40000013, 33.30000012)
A, F = 6378137.0, 1 / 298.257223563


# --- an independent geodesic, and an independent field ------------------------------------------


def vincenty(lon, lat, azimuth, distance, a=A, f=F):
    """Walk a geodesic by the direct formula of T. Vincenty (1975)."""
    b_axis = a * (1 - f)
    alpha, phi = math.radians(azimuth), math.radians(lat)
    tan_u = (1 - f) * math.tan(phi)
    cos_u = 1 / math.hypot(1, tan_u)
    sin_u = tan_u * cos_u
    sigma1 = math.atan2(tan_u, math.cos(alpha))
    sin_alpha = cos_u * math.sin(alpha)
    cos2_alpha = 1 - sin_alpha**2
    u2 = cos2_alpha * (a**2 - b_axis**2) / b_axis**2
    big_a = 1 + u2 / 16384 * (4096 + u2 * (-768 + u2 * (320 - 175 * u2)))
    big_b = u2 / 1024 * (256 + u2 * (-128 + u2 * (74 - 47 * u2)))
    sigma = distance / (b_axis * big_a)
    for _ in range(50):
        cos_2m = math.cos(2 * sigma1 + sigma)
        ds = big_b * math.sin(sigma) * (
            cos_2m
            + big_b / 4 * (
                math.cos(sigma) * (-1 + 2 * cos_2m**2)
                - big_b / 6 * cos_2m * (-3 + 4 * math.sin(sigma) ** 2) * (-3 + 4 * cos_2m**2)
            )
        )  # fmt: skip
        sigma = distance / (b_axis * big_a) + ds
    cos_2m = math.cos(2 * sigma1 + sigma)
    x = sin_u * math.sin(sigma) - cos_u * math.cos(sigma) * math.cos(alpha)
    phi2 = math.atan2(
        sin_u * math.cos(sigma) + cos_u * math.sin(sigma) * math.cos(alpha),
        (1 - f) * math.hypot(sin_alpha, x),
    )
    lam = math.atan2(
        math.sin(sigma) * math.sin(alpha),
        cos_u * math.cos(sigma) - sin_u * math.sin(sigma) * math.cos(alpha),
    )
    c = f / 16 * cos2_alpha * (4 + f * (4 - 3 * cos2_alpha))
    big_l = lam - (1 - c) * f * sin_alpha * (
        sigma + c * math.sin(sigma) * (cos_2m + c * math.cos(sigma) * (-1 + 2 * cos_2m**2))
    )
    return lon + math.degrees(big_l), math.degrees(phi2)


def coefficients():
    """Read the coefficients of the IGRF: degree, order, nanotesla by epoch."""
    text = (Path(ppigrf.__file__).parent / "IGRF14.shc").read_text()
    rows = [line.split() for line in text.splitlines() if line.strip() and line[0] != "#"]
    years = np.array(rows[1], dtype=float)
    return years, {(int(n), int(m)): np.array(rest, dtype=float) for n, m, *rest in rows[2:]}


YEARS, HARMONICS = coefficients()


def declination(lon, lat, year):
    """Add up the harmonics of the field at sea level, Schmidt's norm, linear between epochs."""
    phi = math.radians(lat)
    e2 = F * (2 - F)
    normal = A / math.sqrt(1 - e2 * math.sin(phi) ** 2)
    across, up = normal * math.cos(phi), normal * (1 - e2) * math.sin(phi)
    radius, geocentric = math.hypot(across, up), math.atan2(up, across)
    theta, lam = math.pi / 2 - geocentric, math.radians(lon)
    cos, sin = math.cos(theta), math.sin(theta)
    p, dp = {(0, 0): 1.0}, {(0, 0): 0.0}
    south = east = radial = 0.0
    for n in range(1, 14):
        for m in range(n + 1):
            if m == n:
                k = 1.0 if n == 1 else math.sqrt(1 - 1 / (2 * n))
                p[n, n] = k * sin * p[n - 1, n - 1]
                dp[n, n] = k * (sin * dp[n - 1, n - 1] + cos * p[n - 1, n - 1])
            else:
                one = (2 * n - 1) / math.sqrt(n * n - m * m)
                two = math.sqrt(((n - 1) ** 2 - m * m) / (n * n - m * m)) if m < n - 1 else 0.0
                before, dbefore = (q.get((n - 2, m), 0.0) for q in (p, dp))
                p[n, m] = one * cos * p[n - 1, m] - two * before
                dp[n, m] = one * (cos * dp[n - 1, m] - sin * p[n - 1, m]) - two * dbefore
            g = np.interp(year, YEARS, HARMONICS[n, m])
            h = np.interp(year, YEARS, HARMONICS[n, -m]) if m else 0.0
            factor = (6371200.0 / radius) ** (n + 2)
            wave = g * math.cos(m * lam) + h * math.sin(m * lam)
            south += -factor * wave * dp[n, m]
            east += factor * m * (g * math.sin(m * lam) - h * math.cos(m * lam)) * p[n, m] / sin
            radial += (n + 1) * factor * wave * p[n, m]
    tilt = phi - geocentric
    north = -south * math.cos(tilt) - radial * math.sin(tilt)
    return math.degrees(math.atan2(east, north))


def test_the_geodesic_of_this_file_is_the_published_one():
    # Flinders Peak to Buninyong, GDA technical manual (ellipsoid GRS 80).
    lon, lat = vincenty(
        144 + 25 / 60 + 29.52440 / 3600,
        -(37 + 57 / 60 + 3.72030 / 3600),
        306 + 52 / 60 + 5.37 / 3600,
        54972.271,
        f=1 / 298.257222101,
    )
    assert lat == pytest.approx(-(37 + 39 / 60 + 10.15610 / 3600), abs=1e-8)
    assert lon == pytest.approx(143 + 55 / 60 + 35.38390 / 3600, abs=1e-8)


def test_the_field_of_this_file_is_the_published_one():
    # The specification gives 3.24 in 1988 and 4.81 in 2026 for this place.
    assert declination(*PLACE, 1988.5) == pytest.approx(3.24, abs=0.006)
    assert declination(*PLACE, 2026.0) == pytest.approx(4.81, abs=0.006)


def apart_m(one, other):
    return GEOD.inv(*one, *other)[2]


# --- the fourth point of the specification ------------------------------------------------------


def decimal_day(year, month, day):
    start, end = pd.Timestamp(year, 1, 1), pd.Timestamp(year + 1, 1, 1)
    return year + ((pd.Timestamp(year, month, day) - start).days + 0.5) / (end - start).days


@pytest.mark.parametrize(
    ("date", "day"), [("1988-06-15", (1988, 6, 15)), ("2021-04-03", (2021, 4, 3))]
)
def test_a_traverse_with_a_planted_closure_error_lands_where_it_should(date, day):
    year = decimal_day(*day)
    bearings, lengths = [40.0, 118.5, 201.0, 279.5, 333.0], [410.0, 350.0, 520.0, 300.0, 0.0]
    # Walked without the program; the last leg is what leads home, and 7.3 m more.
    at, places = PLACE, []
    for bearing, length in zip(bearings[:4], lengths, strict=False):
        at = vincenty(*at, bearing + declination(*at, year), length)
        places.append(at)
    azimuth, _, home = GEOD.inv(*at, *PLACE)
    bearings[4], lengths[4] = azimuth - declination(*at, year), home + 7.3
    missed = vincenty(*at, azimuth, home + 7.3)
    legs = pd.DataFrame(
        {
            "record_id": "R1",
            "leg": range(1, 6),
            "from": ["stone", "", "", "", ""],
            "to": ["A", "B", "C", "D", "stone"],
            "kind": ["mine"] * 4 + ["landmark"],
            "bearing": [f"{bearing % 360:.6f}" for bearing in bearings],
            "north": "magnetic",
            "unit": "degrees",
            "distance_m": [f"{length:.4f}" for length in lengths],
            "date": date,
        }
    )
    stone = pd.DataFrame({"id": ["stone"], "lon": PLACE[0], "lat": PLACE[1]})
    made = mapaccuracy.traverse(legs, stone, closure_share=0.0, closure_m=1.0)
    got = list(zip(made.points["lon"], made.points["lat"], strict=True))
    assert made.points["id"].tolist() == ["R1_A", "R1_B", "R1_C", "R1_D"]
    for found, expected in zip(got, places, strict=True):
        assert apart_m(found, expected) < 0.1
    ends = made.legs.loc[4, ["lon", "lat"]].tolist()
    assert apart_m(ends, missed) < 0.1
    (record,) = made.records
    (closure,) = record.closures
    assert closure.error_m == pytest.approx(7.3, abs=0.1)
    assert closure.azimuth_deg == pytest.approx(azimuth % 360, abs=1.0)
    assert closure.length_m == pytest.approx(sum(lengths), abs=1e-3)
    assert (record.outcome, closure.within, closure.limit_m) == ("open", False, 1.0)
    told = [problem for problem in made.problems if problem.code == "MA305"]
    assert len(told) == 1
    assert "7.3 m" in told[0].message()
    # Had the year been forgotten: a bearing of 1988 read with the declination of 2021.
    change = declination(*PLACE, 2021.25) - declination(*PLACE, 1988.45)
    assert change == pytest.approx(1.3, abs=0.2)


def test_a_declination_that_is_given_is_the_one_applied():
    legs = one_leg(bearing="30", north="magnetic", distance_m="500")
    made = mapaccuracy.traverse(legs, HOME, settings=mapaccuracy.Settings(declination_deg=-4.5))
    expected = vincenty(*PLACE, 25.5, 500.0)
    assert apart_m(made.points.loc[0, ["lon", "lat"]].tolist(), expected) < 1e-3
    assert "--declination" in next(p.message() for p in made.problems if p.code == "MA214")


# --- grid north ---------------------------------------------------------------------------------

HOME = pd.DataFrame({"id": ["home"], "lon": PLACE[0], "lat": PLACE[1]})


def one_leg(**cells):
    row = {"record_id": "R", "from": "home", "bearing": "0", "north": "true", "unit": "degrees",
           "distance_m": "100", "kind": "mine"}  # fmt: skip
    return pd.DataFrame([row | cells])


@pytest.mark.parametrize("grid", ["EPSG:32638", "EPSG:32637", None])
def test_a_grid_bearing_goes_along_its_grid(grid):
    # The leg is drawn on the grid itself; its scale is taken out of the distance.
    to_grid = Transformer.from_crs(4326, grid or "EPSG:32638", always_xy=True)
    x, y = to_grid.transform(*PLACE)
    turn = math.radians(61.0)
    end = to_grid.transform(x + 800 * math.sin(turn), y + 800 * math.cos(turn), direction="INVERSE")
    length = apart_m(PLACE, end)
    legs = one_leg(bearing="61", north="grid", distance_m=f"{length:.5f}")
    made = mapaccuracy.traverse(legs, HOME, grid=grid)
    assert apart_m(made.points.loc[0, ["lon", "lat"]].tolist(), end) < 0.02
    (note,) = [note for note in made.notes if note.code == "grid_bearings"]
    assert ("nobody states" in note.message) is (grid is None)


def test_the_grid_of_the_landmarks_is_taken_where_none_is_named():
    x, y = Transformer.from_crs(4326, 32637, always_xy=True).transform(*PLACE)
    home = pd.DataFrame({"id": ["home"], "x": [x], "y": [y]})
    legs = one_leg(bearing="61", north="grid")
    own = mapaccuracy.traverse(legs, home, settings=mapaccuracy.Settings(crs="EPSG:32637"))
    named = mapaccuracy.traverse(legs, HOME, grid="EPSG:32637")
    other = mapaccuracy.traverse(legs, HOME, grid="EPSG:32638")
    turns = [made.legs["convergence_deg"].item() for made in (own, named, other)]
    assert turns[0] == pytest.approx(turns[1], abs=1e-6)
    assert turns[0] == pytest.approx(
        math.degrees(math.radians(5.4) * math.sin(math.radians(33.3))), abs=0.02
    )
    assert turns[2] == pytest.approx(-0.6 * math.sin(math.radians(33.3)), abs=0.01)


@pytest.mark.parametrize(
    ("grid", "meridian"),
    [
        ("EPSG:27038", 45),  # Nahrwan 1967 / UTM zone 38N, Clarke 1880
        ("EPSG:20437", 39),  # Ain el Abd / UTM zone 37N, International 1924
    ],
)
def test_grids_on_other_ellipsoids_are_grids(grid, meridian):
    # Iraq was mapped on them. To a hundredth of a degree, the ellipsoid does not matter.
    legs = one_leg(bearing="61", north="grid")
    lon, lat = PLACE
    expected = math.degrees(
        math.atan(math.tan(math.radians(lon - meridian)) * math.sin(math.radians(lat)))
    )
    made = mapaccuracy.traverse(legs, HOME, grid=grid)
    assert made.legs["convergence_deg"].item() == pytest.approx(expected, abs=0.01)
    (note,) = [note for note in made.notes if note.code == "grid_bearings"]
    assert f"of {grid}" in note.message


def test_landmarks_in_another_grid_do_not_count_as_silent():
    # Syria Lambert: a grid is stated, only none that is read.
    x, y = Transformer.from_crs(4326, 22770, always_xy=True).transform(36.5, 34.5)
    home = pd.DataFrame({"id": ["home"], "x": [x], "y": [y]})
    legs = one_leg(bearing="61", north="grid")
    made = mapaccuracy.traverse(legs, home, settings=mapaccuracy.Settings(crs="EPSG:22770"))
    (note,) = [note for note in made.notes if note.code == "grid_bearings"]
    assert "nobody states a single Gauss-Krueger or UTM grid" in note.message


def test_what_is_no_grid_is_refused():
    with pytest.raises(SettingsError, match="no Gauss-Krueger or UTM grid"):
        mapaccuracy.traverse(one_leg(north="grid"), HOME, grid="EPSG:4326")


# --- bearings as written ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "unit", "degrees", "step"),
    [
        ("15-00", "mils6000", 90.0, 1),
        ("15-00", "mils6400", 84.375, 1),
        ("0-05", "mils6000", 0.3, 1),
        ("60-00", "mils6000", 0.0, 1),
        ("1600", "mils6400", 90.0, 1),
        ("360", "degrees", 0.0, 1),
        ("045", "degrees", 45.0, 1),
        ("45,5", "degrees", 45.5, 0.1),
        ("45.50", "degrees", 45.5, 0.01),
        ("45°30'", "", 45.5, 1 / 60),
        ("359° 59′ 60″", "degrees", None, None),
        ("٤٥", "degrees", 45.0, 1),
        ("15–00", "mils6000", 90.0, 1),  # a dash of a word processor
        ("200°", "", 200.0, 1),
        ("45°30,5'", "", 45 + 30.5 / 60, 0.1 / 60),
        ("45 30,5", "degrees", 45 + 30.5 / 60, 0.1 / 60),
        ("1,5", "mils6000", 0.09, 0.1),
    ],
)
def test_bearings_are_read_as_they_are_written(text, unit, degrees, step):
    if degrees is None:
        with pytest.raises(b.NoBearing):
            b.read_bearing(text, unit)
        return
    got = b.read_bearing(text, unit)
    assert got.degrees == pytest.approx(degrees)
    assert got.step == pytest.approx(step)


@pytest.mark.parametrize(
    ("text", "unit", "why"),
    [
        ("400", "degrees", "the circle has 360 degrees"),
        ("60-01", "mils6000", "the circle has 6000 thousandths"),
        ("6401", "mils6400", "the circle has 6400 thousandths"),
        ("15-00", "degrees", "the hyphen says thousandths"),
        ("15-00", "", "6000 make it 90 degrees, 6400 make it 84.375"),
        ("45", "", "nothing says its unit"),
        ("45°", "mils6000", "it is written in degrees"),
        ("-45", "degrees", "without sign"),
        ("N45E", "degrees", ""),
        ("45°60'", "degrees", "60 or more minutes"),
        ("2024-05-12", "mils6000", "it is a date"),
        ("15-0", "mils6000", ""),
        ("", "degrees", "blank"),
        ("1e2", "degrees", ""),
        ("45.30.00", "degrees", "neither"),
        # Thousandths with a blank for their hyphen, as much as degrees and minutes.
        ("15 00", "", "nothing says its unit"),
        ("15:00", "", "nothing says its unit"),
        ("45 30'", "", "nothing says its unit"),
        # 45.5 with an old way to write the sign, or with a blank too many; not 45 degrees 0.5'.
        ("45°.5", "", "neither"),
        ("45 .5", "degrees", "neither"),
        ("1,500", "mils6000", "thousands"),
        ("1.500", "mils6400", "thousands"),
    ],
)
def test_what_is_no_bearing_is_refused(text, unit, why):
    with pytest.raises(b.NoBearing) as refused:
        b.read_bearing(text, unit)
    assert why in refused.value.why
    assert refused.value.how


@given(st.integers(0, 5999), st.sampled_from(["mils6000", "mils6400"]))
def test_thousandths_are_the_same_with_a_hyphen_and_without(value, unit):
    with_hyphen = b.read_bearing(f"{value // 100}-{value % 100:02d}", unit)
    assert with_hyphen == b.read_bearing(str(value), unit)
    assert with_hyphen.degrees == pytest.approx(value * 360 / int(unit[4:]))


BEARING_LIKE = st.text("0123456789.,-:°'\" dmsNSес٤", max_size=12)


@given(BEARING_LIKE | st.text(max_size=12), st.sampled_from(["", *b.CIRCLES]))
def test_any_text_is_read_or_refused(text, unit):
    try:
        got = b.read_bearing(text, unit)
    except b.NoBearing:
        return
    assert 0 <= got.value <= b.CIRCLES[got.unit]


def test_the_scale_of_a_compass_shows_in_its_bearings():
    threes = [3, 12, 36, 51, 78, 66, 87, 102]
    assert b.common_step(threes, b.BEARING_STEPS["degrees"], 360.0) == 3
    assert b.common_step([*threes, 100], b.BEARING_STEPS["degrees"], 360.0) is None
    # The sides of a rectangle are one piece of evidence, not four.
    assert b.common_step([30, 120, 210, 300] * 5, b.BEARING_STEPS["degrees"], 360.0) is None
    # Ten even numbers happen once in 1024 times, nine once in 512.
    even = [2, 4, 8, 14, 16, 22, 26, 28, 32]
    assert b.common_step(even, (2.0,)) is None
    assert b.common_step([*even, 34], (2.0,)) == 2


def test_exchanged_digits():
    tens, hundreds = b.other_readings(np.array([215.0, 33.0, 7.25]), 3)
    assert tens.tolist() == [251.0, pytest.approx(np.nan, nan_ok=True), 70.25]
    assert hundreds.tolist() == [125.0, 303.0, pytest.approx(np.nan, nan_ok=True)]


# --- trees of legs ------------------------------------------------------------------------------

TREES = st.lists(st.integers(0, 10**6), min_size=1, max_size=25).map(
    lambda numbers: np.array([number % (i + 1) - 1 for i, number in enumerate(numbers)])
)


def way(base, leg):
    """Walk back from a leg to its landmark."""
    found = []
    while leg >= 0:
        found.append(leg)
        leg = int(base[leg])
    return found


@given(TREES)
def test_depths_and_roots_of_trees(base):
    depths = {int(leg): depth for depth, rows in enumerate(t.by_depth(base)) for leg in rows}
    assert depths == {leg: len(way(base, leg)) - 1 for leg in range(base.size)}
    assert t.root_of(base).tolist() == [way(base, leg)[-1] for leg in range(base.size)]


@given(TREES, st.data())
def test_legs_between_a_known_point_and_an_end(base, data):
    m = data.draw(st.integers(1, 4))
    legs = st.integers(0, base.size - 1)
    last = np.array(data.draw(st.lists(legs, min_size=m, max_size=m)))
    known = np.array(data.draw(st.lists(st.one_of(st.just(-1), legs), min_size=m, max_size=m)))
    got = t.paths(base, last, known)
    for k in range(m):
        there, back = set(way(base, int(last[k]))), set(way(base, int(known[k])))
        mine = got.closure == k
        assert got.leg[mine].tolist() == sorted(there ^ back)
        assert got.sign[mine].tolist() == [1 if leg in there else -1 for leg in got.leg[mine]]


@given(TREES, st.integers(0, 2**32))
def test_accuracy_grows_along_the_traverse_by_its_formula(base, seed):
    rng = np.random.default_rng([7, seed])
    n = base.size
    start, turn, half, distance = (rng.uniform(0.1, top, n) for top in (5, 2, 1, 900))
    got = t.accuracy_m(base, start, turn, half, distance)
    for leg in range(n):
        total = start[way(base, leg)[-1]] ** 2
        for one in way(base, leg):
            total += ((distance[one] * math.radians(turn[one])) ** 2 + half[one] ** 2) / 3
        assert got[leg] == pytest.approx(math.sqrt(total))


def test_rounding_of_bearings_and_distances_errs_by_the_accuracy_that_is_told():
    # As accuracy is defined of all points: the root mean square distance.
    rng = np.random.default_rng(20260)
    bearings, lengths, turn, metres = (40.0, 130.0, 260.0), (200.0, 80.0, 350.0), 3.0, 5.0
    n = 200_000
    missed = np.zeros(n, dtype=complex)
    for bearing, length in zip(bearings, lengths, strict=True):
        read = np.radians(bearing + rng.uniform(-turn / 2, turn / 2, n))
        walked = (length + rng.uniform(-metres / 2, metres / 2, n)) * np.exp(1j * read)
        missed += walked - length * np.exp(1j * math.radians(bearing))
    rms = float(np.sqrt(np.mean(np.abs(missed) ** 2)))
    legs = pd.concat(
        [
            one_leg(bearing=str(bearing), distance_m=str(length), bearing_step="3",
                    distance_step_m="5").assign(**{"from": "" if number else "home"})
            for number, (bearing, length) in enumerate(zip(bearings, lengths, strict=True))
        ]
    )  # fmt: skip
    made = mapaccuracy.traverse(legs, HOME).legs
    assert made["accuracy_m"].iloc[-1] == pytest.approx(rms, rel=0.01)


def test_three_degrees_on_200_metres():
    # The specification: about 1.5 degrees either way, 5 m on 200 m; 5.2 / sqrt(3) in the mean.
    made = mapaccuracy.traverse(one_leg(bearing="36", distance_m="200", bearing_step="3"), HOME)
    expected = math.hypot(200 * math.radians(1.5), 0.5) / math.sqrt(3)
    assert made.points["accuracy_m"].item() == pytest.approx(expected, abs=0.001)


def test_the_wrong_circle_costs_what_the_specification_says():
    # 15-00 of a circle of 6000 read on one of 6400: 9.8 m on 100 m.
    ends = [
        mapaccuracy.traverse(one_leg(bearing="15-00", unit=unit), HOME).points.loc[
            0, ["lon", "lat"]
        ]
        for unit in ("mils6000", "mils6400")
    ]
    assert apart_m(*(end.tolist() for end in ends)) == pytest.approx(9.8, abs=0.05)


# --- the compass rule ---------------------------------------------------------------------------


def square(lengths=(100.0, 100.0, 100.0, 100.0), side=None):
    rows = [("home", "A", 90), ("", "B", 0), ("", "C", 270), ("", "home", 180)]
    legs = pd.DataFrame(
        [
            {"record_id": "R", "leg": i + 1, "from": begin, "to": end, "bearing": str(bearing),
             "north": "true", "unit": "degrees", "distance_m": repr(length), "kind": "mine"}
            for i, ((begin, end, bearing), length) in enumerate(zip(rows, lengths, strict=True))
        ]
    )  # fmt: skip
    return legs if side is None else pd.concat([legs, pd.DataFrame([side])], ignore_index=True)


def metres(points):
    azimuth, _, distance = GEOD.inv(
        np.full(len(points), PLACE[0]), np.full(len(points), PLACE[1]), points["lon"], points["lat"]
    )
    turn = np.radians(azimuth)
    return np.column_stack([distance * np.sin(turn), distance * np.cos(turn)])


def test_bowditch_by_hand():
    # East side 4 m too long: the end lies 4 m north of home, and 404 m were walked.
    side = {"record_id": "R", "leg": 5, "from": "B", "to": "S", "bearing": "90", "north": "true",
            "unit": "degrees", "distance_m": "10", "kind": "mine"}  # fmt: skip
    legs = square((100.0, 104.0, 100.0, 100.0), side)
    plain = mapaccuracy.traverse(legs, HOME)
    made = mapaccuracy.traverse(legs, HOME, adjust=True)
    expected = {
        "R_A": (100, -4 * 100 / 404),
        "R_B": (100, 104 - 4 * 204 / 404),
        "R_C": (0, 104 - 4 * 304 / 404),
        "R_S": (110, 104 - 4 * 204 / 404),  # what hangs on B moves with it
    }
    assert dict(zip(made.points["id"], map(tuple, metres(made.points).round(2)), strict=True)) == {
        name: pytest.approx(at, abs=0.02) for name, at in expected.items()
    }
    assert metres(plain.points)[1] == pytest.approx((100, 104), abs=0.02)
    assert made.records[0].adjusted
    assert made.legs.loc[1, "unadjusted_lat"] == plain.legs.loc[1, "lat"]
    end = made.legs.loc[3, ["lon", "lat"]].tolist()
    assert apart_m(end, PLACE) < 0.01


def test_a_blunder_is_not_spread():
    made = mapaccuracy.traverse(square((100.0, 140.0, 100.0, 100.0)), HOME, adjust=True)
    (record,) = made.records
    assert (record.adjusted, record.outcome) == (False, "open")
    assert "more than the limit" in record.reason
    assert "unadjusted_lat" not in made.points


# --- which leg ----------------------------------------------------------------------------------


def suspects(legs, **rules):
    made = mapaccuracy.traverse(legs, HOME, **rules)
    return [(one["leg"], one["change"]) for one in made.records[0].closures[0].suspects]


def walk(vertices, wrong=None, **cells):
    """Write a loop through metres east and north of home; `wrong` changes one leg."""
    east, north = np.diff(np.array([(0, 0), *vertices, (0, 0)], dtype=float), axis=0).T
    bearing, length = np.degrees(np.arctan2(east, north)) % 360, np.hypot(east, north)
    rows = []
    for i, (turn, metre) in enumerate(zip(bearing, length, strict=True)):
        row = {"record_id": "R", "leg": i + 1, "from": "" if i else "home", "to": f"P{i}",
               "bearing": f"{turn:.3f}", "north": "true", "unit": "degrees",
               "distance_m": f"{metre:.2f}", "kind": "turning point", **cells}  # fmt: skip
        rows.append(row | ((wrong or {}).get(i, lambda _: {})(row)))
    rows[-1]["to"] = "home"
    return pd.DataFrame(rows)


FIELD = [(310, 40), (350, 260), (120, 330), (-90, 210)]


def test_a_sound_loop_closes():
    made = mapaccuracy.traverse(walk(FIELD), HOME)
    assert made.records[0].outcome == "closed"
    assert made.records[0].closures[0].error_m < 0.1


def test_a_bearing_that_points_back_is_named():
    turned = {1: lambda row: {"bearing": f"{(float(row['bearing']) + 180) % 360:.3f}"}}
    assert suspects(walk(FIELD, turned)) == [("2", "bearing off by 180 degrees")]


def test_exchanged_digits_of_a_bearing_are_named():
    def slip(row):
        # 235.x written as 325.x
        text = row["bearing"]
        return {"bearing": text[1] + text[0] + text[2:]}

    field = [(310, 40), (350, 260), (120, 330), (-150, 141)]
    assert walk(field)["bearing"].tolist()[3].startswith("235")
    assert suspects(walk(field, {3: slip})) == [("4", "two digits of the bearing exchanged")]


def test_exchanged_digits_of_a_distance_are_named():
    def slip(row):
        text = row["distance_m"]
        assert text.startswith("240")
        return {"distance_m": "420" + text[3:]}

    assert suspects(walk(FIELD, {2: slip})) == [("3", "two digits of the distance exchanged")]


def test_thousandths_of_the_other_circle_are_named():
    def other(row):
        return {"bearing": f"{float(row['bearing']) * 6000 / 360:.0f}", "unit": "mils6400"}

    assert suspects(walk(FIELD, {3: other})) == [("4", "thousandths of the other circle")]


def test_a_declination_that_was_added_before_is_named():
    rules = mapaccuracy.Settings(declination_deg=6.3)

    def magnetic(row):
        return {"bearing": f"{(float(row['bearing']) - 6.3) % 360:.3f}", "north": "magnetic"}

    wrong = dict.fromkeys(range(5), magnetic)
    wrong[2] = lambda _: {"north": "magnetic"}
    made = mapaccuracy.traverse(walk(FIELD, wrong), HOME, settings=rules)
    (closure,) = made.records[0].closures
    assert {"leg": "3", "change": "bearing already corrected for declination"} in closure.suspects


def test_an_error_without_a_cause_names_nobody():
    longer = {2: lambda row: {"distance_m": f"{float(row['distance_m']) + 37:.2f}"}}
    assert suspects(walk(FIELD, longer)) == []


# --- rows ---------------------------------------------------------------------------------------


@given(
    st.lists(
        st.tuples(
            st.lists(
                st.tuples(st.floats(-0.01, 0.01), st.floats(-0.01, 0.01)), min_size=2, max_size=4
            ),
            st.integers(2, 9),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_points_are_spaced_evenly_along_rows(rows):
    number = np.repeat(np.arange(len(rows)), [len(at) for at, _ in rows])
    lon, lat = (np.array([PLACE[axis] + p[axis] for at, _ in rows for p in at]) for axis in (0, 1))
    count = np.array([n for _, n in rows])
    got = t.along_rows(number, lon, lat, np.ones(lon.size), count)
    for row, n in enumerate(count):
        mine, corner = got.row == row, number == row
        vertices = list(zip(lon[corner], lat[corner], strict=True))
        lengths = [apart_m(*pair) for pair in itertools.pairwise(vertices)]
        points = list(zip(got.lon[mine], got.lat[mine], strict=True))
        assert len(points) == n
        assert points[0] == pytest.approx(vertices[0])
        assert points[-1] == vertices[-1]
        for k, point in enumerate(points):
            target, segment = sum(lengths) * k / (n - 1), 0
            while segment < len(lengths) - 1 and target > lengths[segment]:
                target -= lengths[segment]
                segment += 1
            azimuth = GEOD.inv(*vertices[segment], *vertices[segment + 1])[0]
            expected = GEOD.fwd(*vertices[segment], azimuth, target)[:2]
            assert apart_m(point, expected) < 1e-3
    assert got.accuracy_m == pytest.approx(1.0)


def test_accuracy_along_a_row_is_never_less_than_that_of_a_line_between_its_ends():
    rng = np.random.default_rng([1, 2])
    start, end = 3.0, 5.0
    for shared in (-1.0, 0.0, 0.6, 1.0):
        cov = [[start**2, shared * start * end], [shared * start * end, end**2]]
        errors = rng.multivariate_normal([0, 0], cov, 20_000)
        got = t.along_rows(
            np.array([0, 0]), np.array([46.0, 46.01]), np.array([40.0, 40.0]),
            np.array([start, end]), np.array([5]),
        )  # fmt: skip
        for k, metre in enumerate(got.accuracy_m):
            part = k / 4
            assert metre > 0.98 * (errors @ [1 - part, part]).std()


# --- there and back again -----------------------------------------------------------------------


@settings(max_examples=30)
@given(st.integers(0, 2**32))
def test_points_written_as_legs_come_back(seed):
    rng = np.random.default_rng([5, seed])
    n = int(rng.integers(1, 12))
    lon, lat = PLACE[0] + rng.uniform(-0.02, 0.02, n), PLACE[1] + rng.uniform(-0.02, 0.02, n)
    rows = []
    for i in range(n):
        base = int(rng.integers(-1, i))
        begin = PLACE if base < 0 else (lon[base], lat[base])
        azimuth, _, distance = GEOD.inv(*begin, lon[i], lat[i])
        north = str(rng.choice(["true", "grid", "magnetic"]))
        date = f"{rng.integers(1900, 2030)}"
        if north == "magnetic":
            azimuth -= declination(*begin, int(date) + 0.5)
        elif north == "grid":
            azimuth -= convergence(*begin)
        unit, circle = [("degrees", 360), ("mils6000", 6000), ("mils6400", 6400)][rng.integers(3)]
        direction = str(rng.choice(["", "clockwise", "counterclockwise"]))
        sense = -1 if direction == "counterclockwise" else 1
        rows.append(
            {"record_id": "R", "leg": i + 1, "from": "home" if base < 0 else f"P{base}",
             "to": f"P{i}", "bearing": f"{sense * azimuth % 360 * circle / 360:.7f}",
             "north": north, "unit": unit, "direction": direction, "date": date,
             "distance_m": f"{distance:.4f}", "kind": "mine"}
        )  # fmt: skip
    made = mapaccuracy.traverse(pd.DataFrame(rows), HOME)
    points = made.points.set_index("id").loc[[f"R_P{i}" for i in range(n)]]
    _, _, off = GEOD.inv(lon, lat, points["lon"], points["lat"])
    # 0.03 degrees of declination, the rounding of places, are 1.5 m on 3 km; as a rule far less.
    assert max(off) < 0.5
    exact = [i for i in range(n) if all(rows[j]["north"] != "magnetic" for j in chain(rows, i))]
    assert all(off[i] < 0.02 for i in exact)


def chain(rows, i):
    while i >= 0:
        yield i
        begin = rows[i]["from"]
        i = -1 if begin == "home" else int(begin[1:])


TO_38N = Transformer.from_crs(4326, 32638, always_xy=True)


def convergence(lon, lat):
    """True bearing of grid north, by going 1 m along it."""
    x, y = TO_38N.transform(lon, lat)
    return GEOD.inv(lon, lat, *TO_38N.transform(x, y + 1.0, direction="INVERSE"))[0]


def test_rows_of_the_input_may_stand_in_any_order():
    legs = walk(FIELD)
    other = legs.assign(record_id="Q")
    both = pd.concat([legs, other], ignore_index=True)
    one = mapaccuracy.traverse(both, HOME)
    two = mapaccuracy.traverse(both.sample(frac=1, random_state=3), HOME)
    names = [name for name in one.legs if name != "place"]
    pd.testing.assert_frame_equal(one.legs[names], two.legs[names])
    assert one.records == two.records


def test_nothing_to_walk_is_said():
    with pytest.raises(SettingsError, match="Nothing to walk"):
        mapaccuracy.traverse()
    with pytest.raises(SettingsError, match="--points"):
        mapaccuracy.traverse(one_leg())
    with pytest.raises(InputError):
        mapaccuracy.traverse(one_leg().iloc[:0], HOME)
