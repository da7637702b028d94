"""evaluate(): sets, groups and rates, by hand and by properties."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import mapaccuracy
from mapaccuracy import InputError, Settings, SettingsError, evaluate
from mapaccuracy.report import FORMATS, render_text

LOCAL = Settings(crs="local", draws=19)


def points(xy, prefix, **columns):
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    ids = [f"{prefix}{number:03d}" for number in range(len(xy))]
    return pd.DataFrame({"id": ids, "x": xy[:, 0], "y": xy[:, 1], **columns})


def areas(*boxes, **columns):
    return gpd.GeoDataFrame(columns, geometry=[shapely.box(*box) for box in boxes])


def test_three_outcomes_by_hand():
    # Searched: a 100 m square. Verifiable: 50,50 (paired 3 m) and 20,20 (nothing near).
    # On the border: half searched, paired. Outside: one paired, one not.
    supplied = points([[50, 50], [20, 20], [0, 80], [300, 300], [400, 400]], "S")
    finds = points([[53, 50], [1, 80], [300, 301], [80, 80]], "F")
    result = evaluate(supplied, finds, areas((0, 0, 100, 100)), settings=LOCAL).overall
    assert (result.supplied, result.confirmed, result.not_confirmed) == (5, 1, 1)
    assert (result.unsearched, result.confirmed_outside_search) == (3, 2)
    assert (result.finds, result.mapped, result.unmapped) == (4, 2, 1)
    assert result.finds_outside_search == 1
    assert result.precision.value == 1 / 2
    assert result.recall.value == 2 / 3
    assert result.f1 == pytest.approx(2 * (1 / 2) * (2 / 3) / (1 / 2 + 2 / 3))
    assert result.confirmed_share == 3 / 5
    assert result.finds_per_verifiable_point == 3 / 2
    assert result.searched_hectares == 1.0
    assert result.finds_per_hectare == 3.0


def test_a_pair_outside_search_enters_no_rate():
    supplied = points([[300, 300], [50, 50]], "S")
    finds = points([[300, 300], [10, 10]], "F")
    result = evaluate(supplied, finds, areas((0, 0, 100, 100)), settings=LOCAL).overall
    assert (result.precision.value, result.precision.n) == (0.0, 1)
    assert (result.recall.value, result.recall.n) == (0.0, 1)
    assert result.f1 == 0.0


def test_without_searched_areas_precision_is_null_with_its_reason():
    result = evaluate(points([[0, 0], [50, 0]], "S"), points([[1, 0]], "F"), settings=LOCAL)
    group = result.overall
    assert group.precision.value is None
    assert group.precision.reason == "no searched areas given"
    assert (group.unsearched, group.confirmed_outside_search) == (2, 1)
    assert group.confirmed_share == 0.5
    assert (group.mapped, group.unmapped) == (1, 0)
    assert group.searched_hectares is None
    assert "no_searched_areas" in {note.code for note in result.notes}


def test_searched_areas_and_the_assumption_exclude_each_other():
    with pytest.raises(SettingsError, match="use one of the two"):
        evaluate(
            points([[0, 0]], "S"),
            points([[0, 0]], "F"),
            areas((0, 0, 9, 9)),
            settings=Settings(crs="local", assume_searched=True),
        )


def test_settings_must_go_with_the_inputs():
    inputs = points([[0, 0]], "S"), points([[0, 0]], "F")
    with pytest.raises(SettingsError, match="no searched areas are given"):
        evaluate(*inputs, settings=Settings(crs="local", searched_where="status=cleared"))
    with pytest.raises(SettingsError, match=r"give mapaccuracy\.Settings"):
        evaluate(*inputs, settings={"crs": "local"})
    with pytest.raises(TypeError, match="supplied"):
        evaluate(None, inputs[1])


def test_finds_out_of_scope_take_no_part_in_matching():
    supplied = points([[50, 50], [20, 20]], "S")
    finds = points([[50, 50], [55, 50], [20, 20]], "F", type=["UXO", "AP", "IED"])
    ground = areas((0, 0, 100, 100))
    mines = evaluate(supplied, finds, ground, settings=LOCAL)
    assert mines.pairs.distance_m.tolist() == [5.0]
    assert (mines.overall.finds_out_of_scope, mines.overall.confirmed) == (2, 1)
    assert mines.overall.finds_by_category == {"AP": 1, "AT": 0, "UXO": 1, "other": 1}
    assert mines.overall.finds_per_hectare == 3.0
    every = evaluate(supplied, finds, ground, settings=Settings(crs="local", scope="all"))
    assert (every.overall.confirmed, every.overall.finds_out_of_scope) == (2, 0)


def test_released_land_gives_no_searched_ground():
    supplied = points([[50, 50], [150, 50], [250, 50]], "S")
    finds = points([[50, 50]], "F")
    ground = areas(
        (0, 0, 100, 100),
        (100, 0, 200, 100),
        (200, 0, 300, 100),
        status=["cleared", "cancelled", "reduced"],
    )
    result = evaluate(supplied, finds, ground, settings=LOCAL)
    assert result.overall.released_without_search == 2
    assert result.overall.precision.n == 1
    assert result.overall.searched_hectares == 1.0
    note = {note.code: note.message for note in result.notes}["released_without_search"]
    assert "1/3 = 33.3 %" in note


def test_a_cleared_core_in_cancelled_land_was_searched():
    supplied = points([[50, 50], [97, 50], [150, 50]], "S")
    ground = areas((-500, -500, 500, 500), (0, 0, 100, 100), status=["cancelled", "cleared"])
    result = evaluate(supplied, points([[50, 50]], "F"), ground, settings=LOCAL).overall
    # The second lies on searched ground, but not enough of its disk does.
    assert (result.confirmed, result.unsearched, result.released_without_search) == (1, 2, 1)


def test_rows_that_are_not_single_points_stand_apart():
    supplied = points(
        [[50, 50], [20, 20], [80, 80]],
        "S",
        count=[1, 12, 1],
        geometry_basis=["surveyed", "generated", "centroid"],
    )
    finds = points([[50, 50], [20, 20]], "F")
    result = evaluate(supplied, finds, areas((0, 0, 100, 100)), settings=LOCAL).overall
    assert (result.supplied, result.not_single_points) == (1, 2)
    assert (result.confirmed, result.mapped, result.unmapped) == (1, 1, 1)


def test_nearest_counts_distinct_finds():
    supplied = points([[0, 0], [4, 0], [8, 0]], "S")
    finds = points([[4, 0], [60, 60]], "F")
    chosen = Settings(crs="local", matching="nearest", assume_searched=True)
    result = evaluate(supplied, finds, settings=chosen).overall
    assert (result.confirmed, result.mapped, result.unmapped) == (3, 1, 1)
    assert result.any_find_share == 1.0


def test_a_pair_may_straddle_a_border():
    supplied = points([[98, 50], [50, 50]], "S")
    finds = points([[102, 50], [150, 50]], "F")
    districts = areas((0, 0, 100, 100), (100, 0, 200, 100), district=["West", "East"])
    result = evaluate(supplied, finds, areas((0, 0, 200, 100)), districts, settings=LOCAL)
    east, west = result.districts
    assert (east.group, west.group) == ("East", "West")
    assert (west.confirmed, west.precision.value, west.recall.value) == (1, 0.5, None)
    assert (east.mapped, east.recall.value, east.precision.value) == (1, 0.5, None)
    assert (east.searched_hectares, west.searched_hectares) == (1.0, 1.0)


def test_typed_districts_serve_where_there_are_no_polygons():
    supplied = points([[0, 0], [50, 0], [99, 0]], "S", district=["Ağdam", "agdam", ""])
    finds = points([[0, 0]], "F", district=["Agdam"])
    result = evaluate(supplied, finds, settings=LOCAL)
    assert [(g.group, g.supplied, g.finds) for g in result.districts] == [
        ("Agdam", 2, 1),
        ("district not stated", 1, 0),
    ]


def test_hectares_follow_the_typed_district():
    supplied = points([[50, 50], [150, 50], [250, 50]], "S", district=["A", "B", ""])
    finds = points([[50, 50]], "F", district=["a"])
    ground = areas(
        (0, 0, 100, 100), (100, 0, 200, 100), (300, 0, 500, 100), district=["A", "", "C"]
    )
    result = evaluate(supplied, finds, ground, settings=LOCAL)
    assert [(g.group, g.supplied, g.searched_hectares) for g in result.districts] == [
        ("A", 1, 1.0),
        ("B", 1, None),
        ("C", 0, 2.0),
        ("district not stated", 1, 1.0),
    ]
    assert result.overall.searched_hectares == 4.0


def test_position_decides_over_the_typed_district():
    supplied = points([[50, 50], [150, 50], [500, 500]], "S", district=["East", "East", "East"])
    finds = points([[50, 50]], "F")
    districts = areas((0, 0, 100, 100), (100, 0, 200, 100), district=["West", "East"])
    result = evaluate(supplied, finds, districts=districts, settings=LOCAL)
    assert [g.group for g in result.districts] == ["East", "West", "outside all districts"]
    told = {problem.code: problem.message() for problem in result.problems}
    assert ": 1;" in told["MA502"]
    assert ": 1;" in told["MA501"]


def test_ground_outside_all_districts_is_kept():
    districts = areas((0, 0, 100, 100), district=["West"])
    result = evaluate(
        points([[50, 50]], "S"),
        points([[50, 50]], "F"),
        areas((0, 0, 300, 100)),
        districts,
        settings=LOCAL,
    )
    assert [(g.group, g.searched_hectares) for g in result.districts] == [
        ("West", 1.0),
        ("outside all districts", pytest.approx(2.0)),
    ]


def test_overlapping_districts_warn_and_the_first_code_wins():
    districts = areas((0, 0, 100, 100), (90, 0, 200, 100), district=["B", "A"], code=["1", "2"])
    result = evaluate(
        points([[95, 50]], "S"),
        points([[95, 50]], "F"),
        areas((0, 0, 200, 100)),
        districts,
        settings=LOCAL,
    )
    assert {g.group: (g.supplied, g.searched_hectares) for g in result.districts} == {
        "A": (0, pytest.approx(1.0)),
        "B": (1, 1.0),
    }
    assert "MA504" in {problem.code for problem in result.problems}


def test_quantity_above_one_is_told():
    finds = points([[0, 0]], "F", quantity=[12])
    result = evaluate(points([[0, 0]], "S"), finds, settings=LOCAL)
    assert (result.overall.finds, result.overall.mapped) == (1, 1)
    assert any(note.code == "MA509" and "11" in note.message for note in result.notes)


def test_coarser_links_widen_the_interval():
    # 40 points 100 m apart, half confirmed: alone, in 20 records, or in 8 sheets.
    xy = [[100 * i, 0] for i in range(40)]
    finds = points([[100 * i, 1] for i in range(20)], "F")
    assume = Settings(crs="local", assume_searched=True)
    alone = evaluate(points(xy, "S"), finds, settings=assume).overall.precision
    records = [f"R{i // 2}" for i in range(40)]
    by_record = evaluate(points(xy, "S", record_id=records), finds, settings=assume)
    sheets = [f"M{i // 5}" for i in range(40)]
    by_sheet = evaluate(points(xy, "S", record_id=records, sheet=sheets), finds, settings=assume)
    rates = (alone, by_record.overall.precision, by_sheet.overall.precision)
    # Records 2, 7, 12, 17 lie across two sheets and join them: four clusters of ten.
    assert [rate.clusters for rate in rates] == [40, 20, 4]
    assert alone.high - alone.low < rates[1].high - rates[1].low
    assert rates[2].low is None
    assert rates[2].reason == "too few records for an interval"


def test_grouping_by_type():
    supplied = points([[0, 0], [50, 0], [99, 0]], "S", type=["AP", "AT", "AT"])
    finds = points([[0, 0], [50, 1]], "F", type=["AT", "AT"])
    by_type = evaluate(
        supplied, finds, settings=Settings(crs="local", by="type", assume_searched=True)
    )
    assert [(g.group, g.supplied, g.confirmed, g.finds) for g in by_type.types] == [
        ("AP", 1, 1, 0),
        ("AT", 2, 1, 2),
    ]


def test_rows_without_a_type_stand_apart_on_both_sides():
    supplied = points([[0, 0], [50, 0], [99, 0]], "S", type=["AP", "", "thing"])
    finds = points([[0, 0], [50, 1], [99, 0]], "F", type=["", "AP", "thing"])
    chosen = Settings(crs="local", by="type", assume_searched=True)
    result = evaluate(supplied, finds, settings=chosen)
    assert [(g.group, g.supplied, g.finds) for g in result.types] == [
        ("AP", 1, 1),
        ("other", 1, 1),
        ("type not stated", 1, 1),
    ]
    plain = evaluate(supplied.drop(columns="type"), finds.drop(columns="type"), settings=chosen)
    assert [(g.group, g.supplied, g.finds) for g in plain.types] == [("type not stated", 3, 3)]
    notes = {note.code: note.message for note in result.notes}
    assert "AP, other, type not stated" in notes["small_groups"]
    assert "types_not_matched" in notes


def test_spacing_of_a_few_points_is_not_told():
    supplied = points([[0, 0], [3.7, 0]], "S")
    result = evaluate(supplied, points([[0, 0]], "F"), settings=LOCAL)
    assert "MA704" not in {problem.code for problem in result.problems}
    row = points([[3.7 * i, 0] for i in range(10)], "S")
    told = evaluate(row, points([[0, 0]], "F"), settings=LOCAL).problems
    assert "MA704" in {problem.code for problem in told}


def test_free_text_of_searched_ground_stays_out_of_the_result():
    ground = areas(
        (0, 0, 100, 100),
        (200, 0, 300, 100),
        status=["cleared", "cleared"],
        reason=["incident INC-0042 at 39.99123, 46.93456", "map"],
        basis=["as of 39.99123", ""],
    )
    result = evaluate(points([[50, 50]], "S"), points([[50, 50]], "F"), ground, settings=LOCAL)
    text = json.dumps(result.to_dict()) + "".join(p.text() for p in result.problems)
    assert "INC-0042" not in text
    assert "39.99" not in text


def test_many_overlaps_are_one_note():
    boxes = [(i, 0, i + 50, 10) for i in range(30)]
    districts = areas(*boxes, district=[f"D{i:02d}" for i in range(30)])
    result = evaluate(points([[5, 5]], "S"), points([[5, 5]], "F"), None, districts, settings=LOCAL)
    (note,) = (note for note in result.notes if note.code == "MA504")
    assert "435" in note.message
    assert "430 more" in note.message


def test_finds_far_from_the_ground_hint_at_the_coordinate_system():
    result = evaluate(
        points([[50, 50]], "S"),
        points([[5000, 50], [6000, 50]], "F"),
        areas((0, 0, 100, 100)),
        settings=LOCAL,
    )
    (problem,) = (p for p in result.problems if p.code == "MA505")
    assert "coordinate system" in problem.message()


def test_all_problems_of_all_inputs_at_once():
    supplied = points([[0, 0], [1, np.nan]], "S")
    finds = points([[0, 0], [np.inf, 1]], "F")
    finds.loc[0, "id"] = ""
    with pytest.raises(InputError) as error:
        evaluate(supplied, finds, settings=LOCAL)
    assert {p.code for p in error.value.problems} == {"MA307", "MA102"}


def test_faulty_rows_are_dropped_and_counted_on_request():
    supplied = points([[0, 0], [1, np.nan]], "S")
    chosen = Settings(crs="local", drop_faulty=True)
    result = evaluate(supplied, points([[0, 0]], "F"), settings=chosen)
    source = result.sources[0]
    assert (source.rows_read, source.rows_used, source.rows_dropped) == (2, 1, 1)
    assert source.dropped == {"MA307": 1}


# Random cases: the same figures whatever the order, the side, or the place on Earth.

case = st.tuples(st.integers(0, 100_000), st.integers(1, 25), st.integers(1, 25))


def random_case(seed, n, m):
    rng = np.random.default_rng(seed)
    supplied = points(
        rng.uniform(0, 120, (n, 2)), "S", record_id=[f"R{i}" for i in rng.integers(0, 6, n)]
    )
    finds = points(rng.uniform(0, 120, (m, 2)), "F", type=rng.choice(["AP", "AT", "UXO"], m))
    ground = areas((0, 0, 70, 120), (60, 0, 100, 60), status=["cleared", "cleared"])
    districts = areas((0, 0, 60, 120), (60, 0, 120, 120), district=["West", "East"])
    return supplied, finds, ground, districts


@settings(max_examples=20, deadline=None)
@given(case)
@pytest.mark.slow
def test_counts_obey_their_identities(made):
    result = evaluate(*random_case(*made), settings=Settings(crs="local", scope="all"))
    for group in (result.overall, *result.districts):
        assert group.supplied == group.confirmed + group.not_confirmed + group.unsearched
        assert group.finds == (
            group.mapped + group.unmapped + group.finds_outside_search + group.finds_out_of_scope
        )
        assert sum(group.finds_by_category.values()) == group.finds
        assert group.precision.n == group.confirmed + group.not_confirmed
    for name in ("supplied", "confirmed", "finds", "mapped", "finds_outside_search"):
        assert getattr(result.overall, name) == sum(getattr(g, name) for g in result.districts)
    # Pairs with both ends counted are counted once on each side.
    paired = result.overall.confirmed + result.overall.confirmed_outside_search
    assert paired == len(result.pairs)


@settings(max_examples=15, deadline=None)
@given(case, st.randoms(use_true_random=False))
@pytest.mark.slow
def test_row_order_changes_no_byte(made, random):
    inputs = random_case(*made)
    shuffled = [frame.sample(frac=1, random_state=random.randrange(10**6)) for frame in inputs]
    first, second = (evaluate(*frames, settings=LOCAL) for frames in (inputs, shuffled))
    assert json.dumps(first.to_dict()) == json.dumps(second.to_dict())
    assert first.pairs.equals(second.pairs)


@settings(max_examples=15, deadline=None)
@given(case)
def test_exchange_of_the_sides_exchanges_the_figures(made):
    supplied, finds, _, _ = random_case(*made)
    chosen = Settings(crs="local", scope="all", assume_searched=True)
    one = evaluate(supplied, finds, settings=chosen)
    other = evaluate(finds.drop(columns="type"), supplied, settings=chosen)
    assert one.overall.confirmed == other.overall.mapped
    assert one.overall.not_confirmed == other.overall.unmapped
    assert one.overall.precision.value == other.overall.recall.value
    squares = [(result.pairs.distance_m**2).sum() for result in (one, other)]
    assert squares[0] == pytest.approx(squares[1], rel=1e-9)


def on_earth(frame, lon):
    """Lay planar metres out around a longitude on the equator, wrapped at 180."""
    scale = 111_000.0
    if isinstance(frame, gpd.GeoDataFrame):
        moved = shapely.transform(frame.geometry.array, lambda xy: xy / scale + [lon, 0.0])
        wrapped = shapely.transform(moved, lambda xy: np.column_stack([wrap(xy[:, 0]), xy[:, 1]]))
        return gpd.GeoDataFrame(frame.drop(columns="geometry"), geometry=wrapped, crs="EPSG:4326")
    out = frame.drop(columns=["x", "y"])
    return out.assign(lon=wrap(frame.x / scale + lon), lat=frame.y / scale)


def wrap(lon):
    return (np.asarray(lon) + 180) % 360 - 180


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(case)
@pytest.mark.slow
def test_the_antimeridian_changes_no_count(made):
    inputs = random_case(*made)
    here, there = (
        evaluate(*(on_earth(frame, lon) for frame in inputs)).to_dict()
        for lon in (20.0, 180.0 - 60 / 111_000)
    )
    for a, b in zip(
        [here["overall"], *here["districts"]], [there["overall"], *there["districts"]], strict=True
    ):
        for name, value in a.items():
            if isinstance(value, int):
                assert value == b[name], name


@settings(max_examples=15, deadline=None)
@given(case)
@pytest.mark.slow
def test_more_tolerance_never_loses_pairs(made):
    inputs = random_case(*made)[:2]
    counts = [
        len(evaluate(*inputs, settings=Settings(crs="local", tolerance_m=t)).pairs)
        for t in (1, 5, 20, 60)
    ]
    assert counts == sorted(counts)


def test_result_obeys_the_published_schema(result_schema):
    for by in ("district", "type", "record"):
        inputs = random_case(5, 20, 20)
        result = evaluate(*inputs, settings=Settings(crs="local", by=by))
        result_schema.validate(result.to_dict())


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_renders(name):
    document = evaluate(*random_case(5, 20, 20), settings=LOCAL).to_dict()
    text = render_text(name, document)
    assert "West" in text
    assert text.endswith("\n")
    assert max(map(len, text.splitlines())) <= 100 or name != "table"


def test_metrics_frame_has_a_row_a_group():
    result = evaluate(*random_case(5, 20, 20), settings=LOCAL)
    assert result.metrics["group"].tolist() == ["overall", "East", "West"]
    assert "precision_effective_clusters" in result.metrics
    assert result.metrics["finds_by_category_AP"].iloc[0] == result.overall.finds_by_category["AP"]


def test_public_names():
    assert set(mapaccuracy.__all__) == {
        "Comparison",
        "Diagnosis",
        "Evaluation",
        "InputError",
        "MapAccuracyError",
        "Matching",
        "Problem",
        "Settings",
        "SettingsError",
        "Traverse",
        "__version__",
        "compare",
        "diagnose",
        "evaluate",
        "match",
        "traverse",
    }
    assert all(hasattr(mapaccuracy, name) for name in mapaccuracy.__all__)
    with pytest.raises(AttributeError, match="no attribute 'evaluat'"):
        mapaccuracy.evaluat  # noqa: B018
