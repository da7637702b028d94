"""Turns about a reference point, against geodesics, projections and the model itself."""

from datetime import datetime

import numpy as np
import ppigrf
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod, Transformer

from mapaccuracy.coordinates.azimuths import (
    convergence_deg,
    declination_deg,
    scaled,
    turned,
)

GEOD = Geod(ellps="WGS84")
AGHDAM, FUZULI, ZANGILAN, GAZAKH = (46.93, 39.99), (47.14, 39.60), (46.645, 39.09), (45.37, 41.09)

longitudes = st.floats(-179.9, 179.9)
latitudes = st.floats(-85, 85)
angles = st.floats(-720, 720)


def arrays(*values):
    return tuple(np.array([value], dtype=float) for value in values)


def apart_m(one, other):
    return GEOD.inv(*one, *other)[2]


# --- turned and scaled ------------------------------------------------------------------------


@given(longitudes, latitudes, st.floats(0, 360), st.floats(1, 20_000), angles)
def test_a_turn_changes_the_azimuth_and_nothing_else(lon, lat, azimuth, distance, turn):
    reference = arrays(lon, lat)
    east, north, _ = GEOD.fwd(lon, lat, azimuth, distance)
    got = turned(*arrays(east, north), *reference, turn)
    expected = GEOD.fwd(lon, lat, azimuth + turn, distance)
    assert apart_m(got, arrays(*expected[:2])) == pytest.approx(0, abs=1e-4)


@given(st.complex_numbers(max_magnitude=5000), st.complex_numbers(max_magnitude=5000), angles)
def test_a_turn_in_the_plane_is_a_complex_factor(point, reference, turn):
    x, y = turned(
        *arrays(point.real, point.imag), *arrays(reference.real, reference.imag), turn, local=True
    )
    # Clockwise is negative in the plane of complex numbers.
    expected = reference + (point - reference) * np.exp(-1j * np.radians(turn))
    assert complex(x[0], y[0]) == pytest.approx(expected, abs=1e-8)


def test_points_without_reference_or_turn_stay():
    lon, lat = np.full(3, 46.93), np.full(3, 39.99)
    reference_lon = np.array([np.nan, 46.92, 46.92])
    got = turned(lon, lat, reference_lon, np.full(3, 39.98), np.array([5.0, np.nan, 5.0]))
    assert got[0][:2].tolist() == [46.93, 46.93]
    assert got[1][:2].tolist() == [39.99, 39.99]
    assert abs(got[0][2] - 46.93) > 1e-4
    alone = scaled(lon[:1], lat[:1], reference_lon[:1], lat[:1], 2.0)
    assert [float(value[0]) for value in alone] == [46.93, 39.99]


def test_the_given_arrays_are_left_alone():
    lon, lat = np.array([46.93]), np.array([39.99])
    turned(lon, lat, lon - 0.01, lat, 90.0)
    scaled(lon, lat, lon - 0.01, lat, 1.1)
    assert (lon.tolist(), lat.tolist()) == ([46.93], [39.99])


def test_azimuths_across_180_degrees():
    east, north, _ = GEOD.fwd(179.999, 65.0, 80.0, 300.0)
    assert east < 0
    got = turned(*arrays(east, north), *arrays(179.999, 65.0), 10.0)
    expected = GEOD.fwd(179.999, 65.0, 90.0, 300.0)
    assert apart_m(got, arrays(*expected[:2])) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("plotted", "truth"),
    [(0, 0), (90, 96), (337.4, 359.893333), (337.55, 0.053333), (337.7, None), (359.5, None)],
)
def test_scaled_azimuths_stay_below_a_full_turn(plotted, truth):
    east, north, _ = GEOD.fwd(*AGHDAM, plotted, 150.0)
    got = scaled(*arrays(east, north), *arrays(*AGHDAM), 6400 / 6000)
    if truth is None:
        assert np.isnan(got).all()
    else:
        expected = GEOD.fwd(*AGHDAM, truth, 150.0)
        assert apart_m(got, arrays(*expected[:2])) == pytest.approx(0, abs=1e-4)


@pytest.mark.parametrize("factor", [6400 / 6000, 6000 / 6400])
def test_a_rounded_leg_due_north_stays_a_leg_north(factor):
    # 0.01 m west of north on 20 m, as from seven decimals: 359.97 degrees.
    x, y = scaled(*arrays(-0.01, 20.0), *arrays(0.0, 0.0), factor, local=True)
    assert (x[0], y[0]) == pytest.approx((-0.01 * factor, 20.0), abs=1e-4)


# --- grid north --------------------------------------------------------------------------------


def test_convergences_of_the_four_places():
    lon, lat = np.array([AGHDAM, FUZULI, ZANGILAN, GAZAKH]).T
    assert convergence_deg(lon, lat).round(2).tolist() == [1.24, 1.36, 1.04, 0.24]


@pytest.mark.parametrize(
    ("crs", "meridian", "lon", "lat"),
    [
        ("EPSG:32638", None, *AGHDAM),
        ("EPSG:32639", 51.0, *AGHDAM),
        ("EPSG:32733", None, 13.2, -8.8),
        ("EPSG:32601", None, -179.5, 66.0),
        ("EPSG:32660", 177.0, -179.5, 66.0),
    ],
)
def test_convergence_is_how_the_meridian_runs_in_the_grid(crs, meridian, lon, lat):
    grid = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    (x0, y0), (x1, y1) = grid.transform(lon, lat - 1e-4), grid.transform(lon, lat + 1e-4)
    meridian_bearing = np.degrees(np.arctan2(x1 - x0, y1 - y0))
    got = convergence_deg(*arrays(lon, lat), meridian)
    assert got[0] == pytest.approx(-meridian_bearing, abs=1e-5)


def test_convergence_of_gauss_krueger_is_that_of_utm():
    lon, lat = AGHDAM
    grid = Transformer.from_crs("EPSG:4284", "EPSG:28408", always_xy=True)
    (x0, y0), (x1, y1) = grid.transform(lon, lat - 1e-4), grid.transform(lon, lat + 1e-4)
    meridian_bearing = np.degrees(np.arctan2(x1 - x0, y1 - y0))
    assert convergence_deg(*arrays(lon, lat))[0] == pytest.approx(-meridian_bearing, abs=1e-3)


def test_convergence_repeats_for_repeated_places_and_is_nan_for_none():
    got = convergence_deg([46.93, np.nan, 46.93], [39.99, 39.99, 39.99])
    assert got[0] == got[2]
    assert np.isnan(got[1])
    assert np.isnan(convergence_deg([np.nan], [np.nan])).all()


# --- magnetic north ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lon", "lat", "year", "printed", "digits"),
    [
        (44.4, 33.3, 1988.5, 3.24, 2),
        (44.4, 33.3, 2026.0, 4.81, 2),
        # The World Magnetic Model, another model of the same field.
        (*AGHDAM, 2010.5, 5.6, 1),
        (*AGHDAM, 2021.5, 6.3, 1),
        (*AGHDAM, 2026.0, 6.4, 1),
        (*ZANGILAN, 2021.5, 6.1, 1),
        (*GAZAKH, 2021.5, 6.7, 1),
    ],
)
def test_declinations_of_the_specification(lon, lat, year, printed, digits):
    got = declination_deg([lon], [lat], [year])
    assert got[0] == pytest.approx(printed, abs=0.6 * 10**-digits)


def test_declination_is_that_of_the_model_to_hundredths():
    rng = np.random.default_rng([1942, 1])
    lon, lat = rng.uniform(-180, 180, 40), rng.uniform(-40, 60, 40)
    days = [datetime(int(year), 7, 2) for year in np.linspace(1900, 2029, 40)]
    year = np.array([day.year + 0.5 for day in days])
    east, north, _ = ppigrf.igrf(lon, lat, 0, days)
    expected = np.degrees(np.arctan2(np.diag(east), np.diag(north)))
    got = declination_deg(lon, lat, year)
    assert got == pytest.approx(expected, abs=0.03)
    assert np.median(np.abs(got - expected)) < 0.003


def test_years_without_a_model_have_no_declination():
    got = declination_deg(
        np.full(6, 46.9), np.full(6, 40.0), [1899.9, 1900, 2030, 2030.1, np.nan, 0]
    )
    assert np.isfinite(got).tolist() == [False, True, True, False, False, False]
    assert np.isnan(declination_deg([46.9, np.nan], [np.nan, 40.0], [2000.0, 2000.0])).all()


def test_many_places_are_computed_in_pieces(monkeypatch):
    from mapaccuracy.coordinates import azimuths

    lon, lat = np.linspace(40, 50, 23), np.linspace(35, 42, 23)
    whole = declination_deg(lon, lat, np.full(23, 1993.4))
    monkeypatch.setattr(azimuths, "_PLACES", 5)
    assert declination_deg(lon, lat, np.full(23, 1993.4)) == pytest.approx(whole, abs=1e-12)


def test_ignoring_declination_moves_a_leg_as_the_specification_says():
    # 11 m on a leg of 100 m, 22 m on 200 m, 110 m on 1 km.
    for leg, printed in ((100, 11), (200, 22), (1000, 110)):
        end = GEOD.fwd(*AGHDAM, 40.0, leg)[:2]
        turn = declination_deg(*arrays(*AGHDAM, 2021.5))
        got = turned(*arrays(*end), *arrays(*AGHDAM), turn)
        assert apart_m(got, arrays(*end))[0] == pytest.approx(printed, abs=0.5)
