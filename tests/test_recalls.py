"""Recall of parts of the finds: near the map, by why ground was searched, by when."""

from datetime import date
from types import SimpleNamespace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.cluster.hierarchy import fclusterdata

from mapaccuracy import Settings, evaluate, intake
from mapaccuracy.evaluation import recalls
from mapaccuracy.evaluation.compared import compare
from mapaccuracy.evaluation.groupings import overall
from mapaccuracy.evaluation.located import locate
from mapaccuracy.intake import iso_days

DAY = "2020-06-15"
LOCAL = Settings(crs="local", tolerance_m=2, cluster_distance_m=20, map_received=DAY)


def points(xy, prefix, **columns):
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    ids = [f"{prefix}{number:03d}" for number in range(len(xy))]
    return pd.DataFrame({"id": ids, "x": xy[:, 0], "y": xy[:, 1], **columns})


def areas(*boxes, **columns):
    return gpd.GeoDataFrame(columns, geometry=[shapely.box(*box) for box in boxes])


def parts(*inputs, settings=LOCAL):
    return evaluate(*inputs, settings=settings).overall.recall_parts


def alone(supplied, finds, searched):
    """Outcomes and the parts of recall, without the figures that nothing here asks for."""
    tables = {"supplied": supplied, "finds": finds, "searched": searched}
    layers = {
        role: intake.conform(intake.as_tables(table, role), role, LOCAL)
        for role, table in tables.items()
    }
    inputs = locate(layers, LOCAL)
    outcome, whole = compare(inputs, None, LOCAL), overall(inputs)
    apart = inputs.finds.metres[:, None] - inputs.supplied.metres[None]
    nearest_m = np.sqrt((apart**2).sum(axis=2)).min(axis=1)
    evidence = SimpleNamespace(compared=outcome, nearest_supplied_m=nearest_m)
    return outcome, recalls.of_groups(evidence, whole, outcome.figures_of(whole))


def told(rate):
    """Mapped finds and all finds of a part."""
    return (None if rate.value is None else round(rate.value * rate.n), rate.n)


def test_near_the_map():
    supplied = points([[0, 0], [100, 0]], "S")
    # On a point; at the cluster distance; just beyond; near the other, unpaired.
    finds = points([[0, 0], [20, 0], [20.1, 0], [100, 3]], "F")
    found = parts(supplied, finds, areas((-50, -50, 150, 50)))
    assert told(found.near_map) == (1, 3)
    assert found.near_map.value == 1 / 3


def test_near_the_map_is_the_ground_of_its_records_whatever_the_tolerance():
    # A record with four points on the corners of a square, one without a name beside it, and
    # one of a single point; within 20 m of the outline of any is near.
    supplied = points([[0, 0], [0, 200], [200, 0], [200, 200], [300, 0]], "S")
    supplied["record_id"] = ["R1"] * 4 + [""]
    near = [[0, 0], [100, 100], [219, 100], [100, -19], [214, 214], [300, 20], [300, -19]]
    far = [[221, 100], [100, 221], [215, 215], [-21, 0], [300, 21], [258, 0]]
    finds = points(near + far, "F")
    ground = areas((-90, -90, 390, 390))
    shares = {}
    for tolerance_m in (0.5, 2.0, 10.0):
        chosen = Settings(crs="local", tolerance_m=tolerance_m, cluster_distance_m=20, draws=19)
        found = parts(supplied, finds, ground, settings=chosen).near_map
        assert found.n == len(near)
        shares[tolerance_m] = found.value
    assert shares == {0.5: 1 / 7, 2.0: 1 / 7, 10.0: 1 / 7}


@pytest.mark.parametrize("tolerance_m", [10.0, 10.1, 80.0])
def test_no_ground_near_the_map_at_a_tolerance_above_half_the_cluster_distance(tolerance_m):
    supplied, finds = points([[0, 0]], "S"), points([[0, 0], [9, 0]], "F")
    chosen = Settings(crs="local", tolerance_m=tolerance_m, cluster_distance_m=20, draws=19)
    found = parts(supplied, finds, areas((-90, -90, 90, 90)), settings=chosen).near_map
    if tolerance_m == 10:
        assert told(found) == (1, 2)
    else:
        assert (found.value, found.n) == (None, 0)
        assert found.reason == "the tolerance is too large to speak of finds near the map"


def test_the_ground_near_the_map_is_measured_in_metres_on_the_ellipsoid():
    # A record on a square of 600 m at 60 degrees north, finds 45 m and 55 m beyond its sides.
    # One degree of longitude is about half as long as one of latitude.
    lat, east, north = 60.0, 55_800.0, 111_412.0
    corners = np.array([[0, 0], [600, 0], [0, 600], [600, 600]], dtype=float)
    beyond = [[x, 300] for x in (-45, 645, -55, 655)] + [[300, y] for y in (-45, 645, -55, 655)]

    def table(xy, prefix):
        frame = points(xy, prefix)
        return frame.assign(lon=30 + frame.x / east, lat=lat + frame.y / north)[
            ["id", "lon", "lat"]
        ]

    supplied = table(corners, "S").assign(record_id="R1")
    found = evaluate(
        supplied, table(beyond, "F"), settings=Settings(assume_searched=True, draws=19)
    ).overall.recall_parts
    assert (found.near_map.value, found.near_map.n) == (0, 4)


def test_points_on_a_line_and_points_that_are_alike_make_ground_too():
    supplied = points([[0, 0], [200, 0], [0, 300], [0, 300]], "S")
    supplied["record_id"] = ["R1", "R1", "R2", "R2"]
    finds = points([[100, 19], [100, 21], [0, 319], [0, 321]], "F")
    found = parts(supplied, finds, areas((-90, -90, 390, 390))).near_map
    assert told(found) == (0, 2)


def test_near_counts_single_points_and_finds_in_scope_and_search_only():
    supplied = points([[0, 0], [100, 0]], "S", count=[1, 9])
    finds = points([[0, 0], [5, 0], [100, 0], [0, 1000]], "F", type=["AP", "UXO", "AP", "AP"])
    found = parts(supplied, finds, areas((-50, -50, 150, 50)))
    assert told(found.near_map) == (1, 1)


def test_no_find_near_the_map():
    found = parts(points([[0, 0]], "S"), points([[90, 0]], "F"), areas((-50, -50, 150, 50)))
    assert found.near_map.value is None
    assert found.near_map.reason == "no finds in scope near the map"


def test_by_why_the_ground_was_searched():
    supplied = points([[x, 0] for x in (10, 110, 210, 310, 410)], "S")
    finds = points(
        [[x, y] for x in (10, 110, 210, 310) for y in (0, 30)] + [[10, 40], [900, 0]], "F"
    )
    ground = areas(
        *[(x, -50, x + 99, 50) for x in (0, 100, 200, 300)],
        reason=["map", "incident", "systematic survey", ""],
    )
    found = parts(supplied, finds, ground).by_reason
    assert {name: told(rate) for name, rate in found.items()} == {
        "map": (1, 3),
        "incident": (1, 2),
        "systematic": (1, 2),
        "not stated": (1, 2),
    }
    assert list(found) == ["map", "incident", "systematic", "not stated"]


def test_where_areas_overlap_the_first_decides_whatever_the_order_of_rows():
    supplied, finds = points([[10, 0]], "S"), points([[10, 0], [60, 0]], "F")
    ground = areas((0, -50, 99, 50), (50, -50, 150, 50), reason=["map", "systematic"])
    every = [parts(supplied, finds, layer).by_reason for layer in (ground, ground[::-1])]
    assert every[0] == every[1]
    assert {name: rate.n for name, rate in every[0].items()} == {
        "map": 2,
        "incident": 0,
        "systematic": 0,
        "not stated": 0,
    }


def test_land_that_was_not_searched_gives_no_reason():
    supplied, finds = points([[10, 0]], "S"), points([[10, 0], [110, 0], [130, 0]], "F")
    ground = areas(
        (-5, -60, 99, 60),
        (0, -50, 99, 50),
        (100, -50, 199, 50),
        (101, -60, 205, 60),
        status=["cancelled", "cleared", "cleared", "reduced"],
        reason=["map", "systematic", "incident", "map"],
    )
    found = parts(supplied, finds, ground).by_reason
    assert (found["map"].n, found["systematic"].n, found["incident"].n) == (0, 1, 2)
    assert found["map"].reason == "no finds in scope in ground searched for this reason"
    assert found["not stated"].reason == "no finds in scope in ground without a stated reason"


def test_without_reasons_all_is_not_stated():
    found = parts(points([[10, 0]], "S"), points([[10, 0], [50, 0]], "F"), areas((0, -9, 99, 9)))
    assert told(found.by_reason["not stated"]) == (1, 2)
    assert found.by_reason["map"].value is None


@pytest.mark.parametrize("declared", [False, True])
def test_without_searched_areas_there_is_no_reason_of_search(declared):
    chosen = Settings(crs="local", assume_searched=declared, map_received=DAY)
    found = parts(points([[0, 0]], "S"), points([[0, 0], [30, 0]], "F"), settings=chosen)
    for rate in found.by_reason.values():
        assert (rate.value, rate.n, rate.reason) == (None, 0, "no searched areas given")
    assert told(found.near_map) == (1, 2)
    assert told(found.undated) == (1, 2)


def test_before_and_after_the_map_was_received():
    supplied = points([[10 * x, 0] for x in range(4)], "S")
    days = ["2020-06-14", "2020-06-15", "2021-01-01T08:00", "15.06.2020", "", "2020-06-14 23:59:59"]
    finds = points([[0, 0], [10, 0], [20, 30], [30, 0], [0, 30], [10, 30]], "F", date=days)
    found = parts(supplied, finds, areas((-9, -9, 99, 99)))
    assert told(found.before_map) == (1, 2)
    assert told(found.after_map) == (1, 2)
    assert told(found.undated) == (1, 2)


def test_dates_of_a_table_are_read_too():
    days = pd.to_datetime(["2020-06-14", "2020-06-15"])
    finds = points([[0, 0], [10, 0]], "F", date=days)
    found = parts(points([[0, 0]], "S"), finds, areas((-9, -9, 99, 99)))
    assert (told(found.before_map), told(found.after_map)) == ((1, 1), (0, 1))
    assert found.undated.reason == "no finds in scope without a date that can be read"


def test_without_dates_or_without_the_day():
    inputs = points([[0, 0]], "S"), points([[0, 0]], "F"), areas((-9, -9, 99, 99))
    found = parts(*inputs)
    assert told(found.undated) == (1, 1)
    assert found.before_map.reason == "no finds in scope dated before the map was received"
    assert found.after_map.reason == (
        "no finds in scope dated on the day the map was received or later"
    )
    found = parts(*inputs, settings=Settings(crs="local", tolerance_m=2))
    for rate in (found.before_map, found.after_map, found.undated):
        assert (rate.value, rate.n) == (None, 0)
        assert rate.reason == "the day the map was received is not given"


def test_districts_apart_and_the_interval_is_that_of_recall():
    # Twelve tasks a district, far apart; of district A all ground was searched for one reason
    # and all finds are near the map, so that the part is the whole.
    xy = [(500.0 * task, 5.0 * at) for task in range(12) for at in range(4)]
    mapped = [xy[4 * task + at] for task in range(12) for at in range(task % 3)]
    supplied = points(mapped + [(x, y + 9_000) for x, y in mapped[:3]], "S")
    supplied["district"] = ["A"] * len(mapped) + ["B"] * 3
    finds = points(xy + [(x, y + 9_000) for x, y in xy], "F", date="2021-03-03")
    finds["district"] = ["A"] * 48 + ["B"] * 48
    finds["task_id"] = [f"T{row // 4}" for row in range(96)]
    ground = areas(
        *[(500.0 * k - 9, -9, 500.0 * k + 9, 29) for k in range(12)],
        *[(500.0 * k - 9, 8991, 500.0 * k + 9, 9029) for k in range(12)],
        reason=["systematic"] * 12 + ["map"] * 12,
    )
    result = evaluate(supplied, finds, ground, settings=LOCAL)
    first, second = result.districts
    assert first.recall_parts.by_reason["systematic"] == first.recall
    assert first.recall_parts.after_map == first.recall
    assert first.recall.low is not None
    assert second.recall_parts.by_reason["map"] == second.recall
    assert second.recall_parts.by_reason["systematic"].n == 0
    assert second.recall_parts.before_map.n == 0
    overall = result.overall.recall_parts
    assert told(overall.by_reason["systematic"]) == (12, 48)
    assert told(overall.by_reason["map"]) == (3, 48)
    assert (overall.after_map.value, overall.after_map.n) == (15 / 96, 96)


def test_too_few_groups_of_finds():
    found = parts(points([[0, 0]], "S"), points([[0, 0], [9, 0]], "F"), areas((-9, -9, 99, 99)))
    rate = found.near_map
    assert (rate.value, rate.low, rate.clusters) == (0.5, None, 1)
    assert rate.reason == "too few separate groups of finds for an interval"


SQUARES = [(0, 0, 60, 60), (40, 0, 100, 60), (100, 0, 160, 60), (0, 60, 60, 120)]
place = st.tuples(st.integers(0, 32), st.integers(0, 24))
find = st.tuples(
    st.integers(-4, 36),
    st.integers(-4, 28),
    st.sampled_from(["2020-06-14", DAY, "2020-06-16 10:00", "", "June 2020", "2020-13-01"]),
)


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(0, 32), st.integers(0, 24)), min_size=1, max_size=6, unique=True
    ),
    st.lists(find, min_size=1, max_size=12),
    st.lists(st.sampled_from(["map", "incident", "systematic", ""]), min_size=4, max_size=4),
)
@pytest.mark.slow
def test_parts_against_brute_force(claimed, found, reasons):
    # Off the borders of the squares.
    at = [(5.0 * x + 1, 5.0 * y + 2) for x, y, _ in found]
    supplied = points([(5.0 * x + 1, 5.0 * y + 2.5) for x, y in claimed], "S")
    finds = points(at, "F", date=[day for *_, day in found])
    outcome, (figure,) = alone(supplied, finds, areas(*SQUARES, reason=reasons))
    paired = set(outcome.matching.find.tolist())
    # Records without a name are chains of points within 20 m of each other.
    at_m = np.array([(5.0 * x + 1, 5.0 * y + 2.5) for x, y in claimed])
    chain = fclusterdata(at_m, 20, "distance", method="single") if len(at_m) > 1 else np.ones(1)
    hulls = shapely.union_all(
        [shapely.MultiPoint(at_m[chain == c]).convex_hull for c in np.unique(chain)]
    )
    expected = {}
    for number, ((x, y), (*_, day)) in enumerate(zip(at, found, strict=True)):
        within = {
            reason or "not stated"
            for (west, south, east, north), reason in zip(SQUARES, reasons, strict=True)
            if west <= x <= east and south <= y <= north
        }
        if not within:
            continue
        # Of two reasons one is chosen by the order of the areas, which is tested above.
        keys = list(within) if len(within) == 1 else []
        if shapely.Point(x, y).distance(hulls) <= 20:
            keys.append("near")
        good = day[:10] in ("2020-06-14", DAY, "2020-06-16")
        keys.append(("after" if day[:10] >= DAY else "before") if good else "undated")
        for key in keys:
            have, n = expected.get(key, (0, 0))
            expected[key] = have + (number in paired), n + 1
    for key, rate in (
        ("near", figure.near_map),
        ("before", figure.before_map),
        ("after", figure.after_map),
        ("undated", figure.undated),
    ):
        assert told(rate) == expected.get(key, (None, 0))
    n = int(outcome.finds.counted.sum())
    assert sum(rate.n for rate in figure.by_reason.values()) == n
    assert figure.before_map.n + figure.after_map.n + figure.undated.n == n
    for name, rate in figure.by_reason.items():
        assert rate.n >= expected.get(name, (0, 0))[1]


# --- days ------------------------------------------------------------------------------------


@given(st.dates())
def test_iso_days_are_read(day):
    texts = [f"{day.isoformat()}{rest}" for rest in ("", "T12:30", " 00:00:00", "T23:59:59.5Z")]
    assert iso_days(np.array(texts, dtype=object)).tolist() == [day] * 4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2020",
        "2020-06",
        "20200615",
        "2020-W25-1",
        "15.06.2020",
        "06/15/2020",
        "2020-6-15",
        "2020-02-30",
        "2020-06-15 later",
        "2020-06-15T25:00",
        "about 2020-06-15",
        "2020-06-15/2020-06-20",
        "٢٠٢٠-٠٦-١٥",
    ],
)
def test_what_is_no_plain_day_is_not_read(text):
    days = iso_days(np.array([text, "2020-06-15"], dtype=object))
    assert np.isnat(days[0])
    assert days[1] == np.datetime64(date(2020, 6, 15))
