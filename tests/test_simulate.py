"""Synthetic districts: what was asked for is what is there, and the truth is true."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from mapaccuracy.errors import SettingsError
from mapaccuracy.simulate import Scenario, Simulation, simulate

GEOD = pyproj.Geod(ellps="WGS84")
EXACT = Scenario(
    seed=3,
    records=12,
    unmapped_fields=4,
    true_share=0.5,
    mines_per_row=10,
    record_bias_m=0,
    point_noise_m=0,
    find_noise_m=0,
    missing_share=0,
    unrecorded_share=0,
    searched_share=1,
    half_share=0,
    margin_share=1,
    chance_find_share=0,
    uxo_per_site=0,
)
small = st.builds(
    Scenario,
    seed=st.integers(0, 2**32),
    districts=st.integers(1, 4),
    records=st.integers(1, 12),
    unmapped_fields=st.integers(0, 6),
    true_share=st.floats(0, 1),
    rows=st.integers(1, 4),
    mines_per_row=st.integers(1, 8),
    spacing_m=st.floats(0.5, 20),
    row_distance_m=st.floats(0.5, 40),
    record_bias_m=st.floats(0, 120),
    point_noise_m=st.floats(0, 10),
    find_noise_m=st.floats(0, 3),
    missing_share=st.floats(0, 1),
    unrecorded_share=st.floats(0, 1),
    at_share=st.floats(0, 1),
    searched_share=st.floats(0, 1),
    half_share=st.floats(0, 1),
    margin_share=st.floats(0, 1),
    margin_m=st.floats(1, 60),
    map_reason_share=st.floats(0, 1),
    cancelled_share=st.floats(0, 1),
    chance_find_share=st.floats(0, 1),
    uxo_per_site=st.floats(0, 5),
    records_per_sheet=st.integers(1, 5),
)


def with_(scenario: Scenario, **changes: object) -> Scenario:
    return dataclasses.replace(scenario, **changes)


def metres_between(first: pd.DataFrame, second: pd.DataFrame) -> np.ndarray:
    """East and north metres from first to second, by geodesics: a way the module does not go."""
    azimuth, _, distance = GEOD.inv(
        first["lon"].to_numpy(),
        first["lat"].to_numpy(),
        second["lon"].to_numpy(),
        second["lat"].to_numpy(),
    )
    angle = np.radians(azimuth)
    return np.stack([distance * np.sin(angle), distance * np.cos(angle)], axis=1)


def known_pairs(made: Simulation) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    both = made.truth[(made.truth["supplied_id"] != "") & (made.truth["find_id"] != "")]
    supplied = made.supplied.set_index("id").loc[both["supplied_id"]].reset_index()
    finds = made.finds.set_index("id").loc[both["find_id"]].reset_index()
    return both.reset_index(drop=True), supplied, finds


# Counts, worked out by hand from the scenario


def test_counts_are_those_asked_for():
    made = simulate(EXACT)
    # 12 records of 4 rows of 10; half of them true; 4 fields more.
    assert len(made.supplied) == 480
    assert made.truth["item"].value_counts().to_dict() == {"mine": 400, "none": 240}
    assert len(made.finds) == 400
    assert made.supplied["record_id"].nunique() == 12
    assert made.truth.loc[made.truth["field_id"] != "", "field_id"].nunique() == 10
    assert len(known_pairs(made)[0]) == 240


def test_missing_and_unrecorded_mines():
    made = simulate(with_(EXACT, missing_share=0.25, unrecorded_share=0.1))
    # Of the 240 mines of true records 60 are not in the ground and 24 not on the map.
    assert len(made.supplied) == 480 - 24
    assert len(made.finds) == 400 - 60
    truth = made.truth
    in_both = (truth["record_id"] != "") & (truth["field_id"] != "")
    assert (truth.loc[in_both, "item"] == "none").sum() <= 60
    neither = 240 - in_both.sum()
    assert (truth.loc[in_both, "item"] == "none").sum() == 60 - neither
    assert (truth.loc[in_both, "supplied_id"] == "").sum() == 24 - neither


def test_half_searched_and_unsearched_sites():
    # Every second mine of a row of 10 lies on either side of the middle of the field.
    assert len(simulate(with_(EXACT, half_share=1)).finds) == 200
    unsearched = simulate(with_(EXACT, searched_share=0, cancelled_share=0.5, uxo_per_site=9))
    assert len(unsearched.finds) == 0
    assert unsearched.searched["status"].tolist() == ["cancelled"] * 8
    by_chance = simulate(with_(EXACT, searched_share=0, chance_find_share=0.25))
    assert len(by_chance.finds) == 100
    assert (by_chance.finds["task_id"] == "").all()


def test_searched_areas_say_why():
    made = simulate(with_(EXACT, map_reason_share=0.75))
    assert made.searched["reason"].value_counts().to_dict() == {"map": 9, "systematic": 7}
    assert (made.searched["basis"] == "tasked").all()
    assert (made.searched["status"] == "cleared").all()


def test_sheets_hold_neighbouring_records_of_one_district():
    made = simulate(with_(EXACT, districts=2, unmapped_fields=0, records_per_sheet=4))
    records = made.supplied.drop_duplicates("record_id")
    # 6 records a district: a sheet of 4 and one of 2.
    assert records.groupby("sheet").size().tolist() == [4, 2, 4, 2]
    assert (records.groupby("sheet")["district"].nunique() == 1).all()


# Geometry


def test_rows_and_spacings_are_those_asked_for():
    made = simulate(with_(EXACT, spacing_m=4.5, row_distance_m=17))
    mines = made.truth[made.truth["record_id"] != ""]
    position = metres_between(
        pd.DataFrame({"lon": -25.0, "lat": -30.0}, index=range(len(mines))), made.supplied
    ).reshape(12, 4, 10, 2)
    spacing = np.hypot(*np.moveaxis(np.diff(position, axis=2), -1, 0))
    distance = np.hypot(*np.moveaxis(np.diff(position, axis=1), -1, 0))
    np.testing.assert_allclose(spacing, 4.5, atol=0.005)
    np.testing.assert_allclose(distance, 17, atol=0.005)
    # The diagonal of the field shows that rows are at right angles to the columns.
    across = np.hypot(*(position[:, 3, 9] - position[:, 0, 0]).T)
    np.testing.assert_allclose(across, np.hypot(9 * 4.5, 3 * 17), atol=0.01)


def test_headings_differ_from_field_to_field():
    made = simulate(EXACT)
    ends = made.supplied.groupby("record_id").nth([0, 9])
    start, end = ends.iloc[::2], ends.iloc[1::2]
    east, north = metres_between(start, end).T
    assert np.ptp(np.degrees(np.arctan2(north, east))) > 60


def test_supplied_point_without_errors_lies_on_its_find():
    _, supplied, finds = known_pairs(simulate(EXACT))
    assert np.abs(metres_between(finds, supplied)).max() < 0.002


@pytest.mark.parametrize(("bias_m", "noise_m"), [(0.0, 3.0), (8.0, 0.0), (8.0, 3.0)])
def test_errors_have_the_stated_spread(bias_m, noise_m):
    made = simulate(
        with_(
            EXACT,
            records=400,
            true_share=1,
            record_bias_m=bias_m,
            point_noise_m=noise_m,
            margin_m=60,
        )
    )
    both, supplied, finds = known_pairs(made)
    assert len(both) == 400 * 40
    error = metres_between(finds, supplied)
    told = both[["error_east_m", "error_north_m"]].to_numpy()
    np.testing.assert_allclose(np.hypot(*error.T), np.hypot(*told.T), atol=0.003)
    # The plane's north and true north differ by up to a thousandth at the edge.
    assert (np.hypot(*(error - told).T) < 0.003 + 0.002 * np.hypot(*told.T)).all()
    per_record = pd.DataFrame(error).groupby(supplied["record_id"])
    within = error - per_record.transform("mean").to_numpy()
    # Standard errors: 16,000 draws a axis within records, 400 between them.
    within_sd = within.std(axis=0) * np.sqrt(40 / 39)
    np.testing.assert_allclose(within_sd, noise_m, atol=0.002 + 4 * noise_m / np.sqrt(2 * 15600))
    between = np.hypot(bias_m, noise_m / np.sqrt(40))
    between_sd = per_record.mean().std(ddof=1).to_numpy()
    np.testing.assert_allclose(between_sd, between, atol=0.002 + 4 * between / np.sqrt(800))


def test_finds_scatter_about_the_true_place():
    made = simulate(with_(EXACT, records=200, true_share=1, find_noise_m=1.5))
    _, supplied, finds = known_pairs(made)
    spread = metres_between(supplied, finds).std(axis=0)
    np.testing.assert_allclose(spread, 1.5, atol=4 * 1.5 / np.sqrt(2 * 8000))


def test_uxo_lie_in_searched_ground_and_behind_no_supplied_point():
    made = simulate(with_(EXACT, uxo_per_site=20, half_share=0.5))
    uxo = made.finds[made.finds["type"] == "UXO"]
    # Poisson: 16 searched sites of 20, standard deviation 18.
    assert 230 < len(uxo) < 410
    areas = made.searched.set_index("id").loc[uxo["task_id"], "geometry"].to_numpy()
    assert shapely.intersects_xy(shapely.buffer(areas, 1e-8), uxo["lon"], uxo["lat"]).all()
    of_uxo = made.truth[made.truth["item"] == "uxo"]
    assert (of_uxo["supplied_id"] == "").all()
    assert of_uxo["find_id"].tolist() == uxo["id"].tolist()


def test_margin_is_the_one_asked_for():
    made = simulate(with_(EXACT, margin_m=30, margin_share=0.5))
    area = np.abs([GEOD.geometry_area_perimeter(g)[0] for g in made.searched.geometry])
    # Fields of 45 m by 18 m, with 30 m all round or 1 m.
    np.testing.assert_allclose(np.sort(area)[:8], 47 * 20, rtol=1e-3)
    np.testing.assert_allclose(np.sort(area)[8:], 105 * 78, rtol=1e-3)


def test_place_is_the_open_south_atlantic():
    made = simulate()
    west, south, east, north = made.districts.total_bounds
    assert -25.5 < west < east < -24.5
    assert -30.5 < south < north < -29.5


# What holds of every scenario


def assert_polygons_fit(made: Simulation) -> None:
    assert made.districts.is_valid.all()
    assert made.searched.is_valid.all()
    areas = made.searched.geometry.to_numpy()
    first, second = shapely.STRtree(areas).query(areas, predicate="intersects")
    assert (first == second).all()
    home = made.districts.set_index("district").loc[made.searched["district"], "geometry"]
    assert shapely.covers(home.to_numpy(), areas).all()
    borders = made.districts.geometry.to_numpy()
    first, second = shapely.STRtree(borders).query(borders, predicate="overlaps")
    assert first.size == second.size == 0
    if len(borders) > 1:
        shared = shapely.intersection(borders[:-1], borders[1:])
        assert (shapely.length(shared) > 0).all()


@given(small)
@settings(max_examples=60, deadline=None)
@pytest.mark.slow
def test_any_scenario_is_consistent(scenario):
    made = simulate(scenario)
    truth = made.truth
    on_map, found = truth["supplied_id"] != "", truth["find_id"] != ""
    assert truth.loc[on_map, "supplied_id"].tolist() == made.supplied["id"].tolist()
    assert truth.loc[found, "find_id"].tolist() == made.finds["id"].tolist()
    assert made.supplied["id"].is_monotonic_increasing
    assert made.supplied["id"].is_unique
    assert made.finds["id"].is_monotonic_increasing
    assert made.finds["id"].is_unique
    assert not (found & (truth["item"] == "none")).any()
    assert (on_map | (truth["item"] != "none")).all()
    assert truth["east_m"].isna().equals(truth["item"] == "none")
    with_error = on_map & (truth["item"] == "mine")
    assert truth["error_east_m"].notna().equals(with_error)
    assert made.supplied["record_id"].tolist() == truth.loc[on_map, "record_id"].tolist()
    tasks = set(made.finds["task_id"]) - {""}
    assert tasks <= set(made.searched.loc[made.searched["status"] == "cleared", "id"])
    for frame in made.files().values():
        assert (frame["note"] == "SYNTHETIC").all()
        assert not frame.drop(columns="geometry", errors="ignore").isin([None]).any(axis=None)
    assert_polygons_fit(made)


@given(small)
@settings(max_examples=15, deadline=None)
def test_same_scenario_same_tables(scenario):
    first, second = simulate(scenario).files(), simulate(scenario).files()
    for name, frame in first.items():
        assert_frame_equal(pd.DataFrame(frame), pd.DataFrame(second[name]))


def test_another_seed_gives_other_positions():
    first, second = simulate(EXACT), simulate(with_(EXACT, seed=4))
    assert not np.isclose(first.supplied["lat"], second.supplied["lat"]).any()


def test_mines_searched_but_missed_do_not_occur():
    """A mine inside its own searched area is found; one outside only by chance."""
    made = simulate(Scenario(seed=5, chance_find_share=0, find_noise_m=0, point_noise_m=0))
    truth = made.truth[made.truth["item"] == "mine"]
    aeqd = pyproj.Proj("+proj=aeqd +lat_0=-30 +lon_0=-25 +datum=WGS84")
    lon, lat = aeqd(truth["east_m"].to_numpy(), truth["north_m"].to_numpy(), inverse=True)
    cleared = made.searched[made.searched["status"] == "cleared"].geometry.to_numpy()
    # A millimetre is lost to rounding: mines nearer than that to a border are left open.
    grown, shrunk = shapely.buffer(cleared, 5e-8), shapely.buffer(cleared, -5e-8)
    points = shapely.points(lon, lat)
    maybe = np.zeros(len(truth), dtype=bool)
    surely = np.zeros(len(truth), dtype=bool)
    maybe[shapely.STRtree(points).query(grown, predicate="covers")[1]] = True
    surely[shapely.STRtree(points).query(shrunk, predicate="covers")[1]] = True
    found = (truth["find_id"] != "").to_numpy()
    assert surely.sum() > 1000
    assert found[surely].all()
    assert not found[~maybe].any()
    assert (~maybe).any()


# Refusals


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"records": 0}, "records is 0; give a whole number, 1 or more."),
        ({"records": 2.5}, "records is 2.5; give a whole number, 1 or more."),
        ({"districts": True}, "districts is True; give a whole number, 1 or more."),
        ({"seed": -1}, "seed is -1; give a whole number, 0 or more."),
        ({"spacing_m": 0}, "spacing_m is 0; give a number above 0."),
        ({"point_noise_m": float("nan")}, "point_noise_m is nan; give a number, 0 or more."),
        ({"record_bias_m": float("inf")}, "record_bias_m is inf; give a number, 0 or more."),
        ({"true_share": 1.5}, "true_share is 1.5; give a number from 0 to 1."),
        ({"margin_m": 0.5}, "margin_m is 0.5; give a number, 1.0 or more."),
        ({"spacing_m": "5"}, "spacing_m is 5; give a number above 0."),
        (
            {"spacing_m": 1e5},
            "The country would be more than 980 km across; give fewer sites or smaller ones.",
        ),
    ],
)
def test_unusable_values_are_named(change, said):
    with pytest.raises(SettingsError) as caught:
        with_(EXACT, **change)
    assert str(caught.value) == said


def test_all_unusable_values_are_named_at_once():
    with pytest.raises(SettingsError) as caught:
        Scenario(seed=-1, rows=0, true_share=2)
    assert [message.split()[0] for message in caught.value.messages] == [
        "seed",
        "true_share",
        "rows",
    ]


@pytest.mark.slow
def test_a_million_points():
    made = simulate(
        with_(EXACT, records=5000, unmapped_fields=3750, true_share=0.25, mines_per_row=50)
    )
    assert len(made.supplied) == len(made.finds) == 1_000_000
    assert len(known_pairs(made)[0]) == 250_000
    assert made.supplied["id"].iloc[[0, -1]].tolist() == ["S0000001", "S1000000"]
    assert made.supplied["id"].is_unique
