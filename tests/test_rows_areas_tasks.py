"""Rows of mines, outlines and tasks: by hand on small squares, against brute force, end to end."""

from __future__ import annotations

import csv
import itertools
import json
import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from mapaccuracy import InputError, Settings, diagnose, evaluate, geography
from mapaccuracy.compare import compare
from mapaccuracy.geography import Frame
from mapaccuracy.intake import as_tables, by_position, by_shape, conform

LOCAL = Settings(crs="local")
PLANE = Frame(local=True)


def shapes(geometry, **columns):
    """A map of lines and polygons; ids are L0, L1 ... unless given."""
    n = len(geometry)
    frame = gpd.GeoDataFrame({"id": [f"L{i}" for i in range(n)]}, geometry=list(geometry))
    return frame.assign(**columns)


def points(x, y, **columns):
    n = len(x)
    return pd.DataFrame({"id": [f"P{i:03}" for i in range(n)], "x": x, "y": y, **columns})


def line(*xy):
    return shapely.LineString(xy)


def squares(n, side=60.0, apart=200.0):
    """Squares on a line to the east, too far apart to be one cluster."""
    return [shapely.box(apart * i, 0, apart * i + side, side) for i in range(n)]


EVERYTHING = shapes([shapely.box(-1000, -1000, 9000, 9000)])


def overall(result, name):
    return result.to_dict()[name]["overall"]


# --- rows, by hand ------------------------------------------------------------------------------

ROWS = [line((0, 200.0 * i), (100, 200.0 * i)) for i in range(6)]


def test_rows_by_hand(result_schema):
    # Row 0: finds 0, 3 and 10 m off (10 is within). Row 1: one 11 m off, none. Row 2: one beyond
    # its end by 6 and 8 m, which is 10. Row 3: two of UXO. Others: none. One far away.
    found = points(
        [50, 50, 50, 50, 106, 50, 50, 500],
        [0, 3, -10, 211, 408, 600, 601, 5000],
        type=["AT", "AP", "AT", "AT", "AT", "UXO", "UXO", "AT"],
    )
    claimed = shapes(ROWS, count=[4, 5, 6, 7, None, 8], record_id=[f"r{i}" for i in range(6)])
    result = evaluate(claimed, found, EVERYTHING, settings=LOCAL)
    result_schema.validate(result.to_dict())
    told = overall(result, "rows")
    assert (told["rows"], told["judged"], told["unsearched"]) == (6, 6, 0)
    assert (told["kilometres"], told["without_count"]) == (0.6, 1)
    values = {k: rate["value"] for k, rate in told["with_finds"].items()}
    assert values == {"1": 2 / 6, "2": 1 / 6, "5": 0.0}
    assert {rate["n"] for rate in told["with_finds"].values()} == {6}
    # Row 4 does not say how many mines it holds: 4 + 5 + 6 + 7 + 8 claimed, 3 + 0 + 1 + 0 + 0.
    assert (told["found"]["claimed"], told["found"]["found"]) == (30.0, 4)
    assert told["found"]["value"] == pytest.approx(4 / 30)
    assert told["found"]["units"] == told["found"]["clusters"] == 5
    # Of 6 finds in scope 4 are near: not the one 11 m off, not the one far away.
    assert (told["finds_near"]["n"], told["finds_near"]["value"]) == (6, 4 / 6)
    buffer = 100 * 20 + 64 * 50 * math.sin(math.tau / 64)  # a circle of 64 edges
    assert told["ground_near_share"] == pytest.approx(6 * buffer / 1e8, rel=1e-9)
    assert result.to_dict()["areas"] is result.to_dict()["tasks"] is None
    table = result.tables["rows"]
    assert table["found"].tolist() == [3, 0, 1, 0, 0, 0]
    assert table["claimed"].tolist()[:4] == [4, 5, 6, 7]


def test_only_rows_in_searched_ground_are_judged_before_finds_are_looked_at():
    # The ground around row 1 ends 50 m along it; row 0 has a find and is not searched at all.
    searched = shapes([shapely.box(-50, 150, 50, 250), shapely.box(-50, 350, 150, 1100)])
    found = points([50, 20, 50], [0, 200, 400], type="AT")
    told = overall(evaluate(shapes(ROWS, count=10), found, searched, settings=LOCAL), "rows")
    assert (told["judged"], told["unsearched"]) == (4, 2)
    # Fewer than 5 judged rows: their share would tell single ones; totals stay.
    assert told["with_finds"]["1"]["value"] is None
    assert "fewer than 5 rows" in told["with_finds"]["1"]["reason"]
    assert (told["found"]["claimed"], told["found"]["found"]) == (40.0, 1)
    # The find on row 0 lies outside searched ground: in no denominator.
    assert (told["finds_near"]["n"], told["finds_near"]["value"]) == (2, 1.0)


def test_a_find_on_the_last_unsearched_ground_of_a_judged_row_or_outline_counts_for_it():
    # Less than 5 % of what is near row 0 (2314 m2) is not searched: a find lies just there.
    hole = shapely.box(45, -9, 50, -1)
    searched = shapes([shapely.box(-50, -50, 1500, 1500).difference(hole)])
    found = points([47, 50, 50], [-5, 200, 700], type="AT")
    told = overall(evaluate(shapes(ROWS, count=5), found, searched, settings=LOCAL), "rows")
    assert (told["judged"], told["with_finds"]["1"]["value"]) == (6, 2 / 6)
    assert told["found"]["found"] == 2
    # Of the finds on searched ground one in two is near a row.
    assert (told["finds_near"]["n"], told["finds_near"]["value"]) == (2, 1 / 2)
    # The same of an outline: 1.5 of its 60 m are not searched.
    searched = shapes([shapely.box(-50, -50, 1200, 58.5)])
    found = points([30, 230], [59.5, 30], type="AT")
    result = evaluate(shapes(squares(6), count=5), found, searched, settings=LOCAL)
    told = overall(result, "areas")
    assert (told["judged"], told["without_find"]["value"]) == (6, 4 / 6)
    assert told["found"]["found"] == 2
    assert (told["finds_inside"]["n"], told["finds_inside"]["value"]) == (1, 1.0)


def test_a_find_counts_for_the_nearest_row_only_and_for_the_first_of_equals():
    rows = [line((0, 0), (100, 0)), line((0, 8), (100, 8))]
    found = points([50, 50, 50], [1, 7, 4], type="AT")
    result = evaluate(shapes(rows, count=5), found, EVERYTHING, settings=LOCAL)
    assert result.tables["rows"]["found"].tolist() == [2, 1]
    # Row order in the file matters nowhere.
    turned = evaluate(shapes(rows, count=5).iloc[::-1], found, EVERYTHING, settings=LOCAL)
    assert turned.to_dict() == result.to_dict()


def test_rows_drawn_twice_are_told():
    again = [ROWS[0], ROWS[0].reverse(), ROWS[1], shapely.MultiLineString([ROWS[1]]), ROWS[2]]
    longer = line((0, 600), (101, 600))
    found = points([50], [0], type="AT")
    result = evaluate(shapes([*again, ROWS[3], longer], count=4), found, EVERYTHING, settings=LOCAL)
    (problem,) = [problem for problem in result.problems if problem.code == "MA526"]
    assert problem.values["n"] == "4"
    assert overall(result, "rows")["found"]["claimed"] == 28
    alone = evaluate(shapes(ROWS), found, EVERYTHING, settings=LOCAL)
    assert "MA526" not in {problem.code for problem in alone.problems}


def test_without_searched_areas_rows_are_not_judged():
    told = overall(evaluate(shapes(ROWS), points([5], [0], type="AT"), settings=LOCAL), "rows")
    assert (told["judged"], told["ground_near_share"]) == (0, None)
    assert told["with_finds"]["1"]["reason"] == "no searched areas given"
    assert (told["finds_near"]["n"], told["finds_near"]["value"]) == (1, 1.0)
    free = Settings(crs="local", assume_searched=True)
    told = overall(evaluate(shapes(ROWS), points([5], [0], type="AT"), settings=free), "rows")
    assert (told["judged"], told["with_finds"]["1"]["value"]) == (6, 1 / 6)


def test_rows_of_one_record_are_one_cluster():
    found = points([50.0] * 6, [200.0 * i for i in range(6)], type="AT")
    apart = overall(evaluate(shapes(ROWS, count=2), found, EVERYTHING, settings=LOCAL), "rows")
    together = shapes(ROWS, count=2, record_id=["r"] * 3 + ["q"] * 3)
    joined = overall(evaluate(together, found, EVERYTHING, settings=LOCAL), "rows")
    assert apart["with_finds"]["1"]["clusters"] == 6
    assert joined["with_finds"]["1"]["clusters"] == joined["found"]["clusters"] == 2
    assert joined["with_finds"]["1"]["low"] is None
    assert joined["finds_near"]["clusters"] == 2  # finds of one record share its fate


# --- outlines, by hand --------------------------------------------------------------------------


def test_outlines_by_hand(result_schema):
    # Six fields of 60 x 60 m; number 5 is searched on its western half, number 4 not at all.
    fields = squares(6)
    searched = shapes([shapely.box(-20, -20, 700, 80), shapely.box(900, -20, 1030, 80)])
    # Two finds in field 0, one of them on its border; one in 1; one 8 m beside 2; one in 5; one
    # far from all; one in 3 that is UXO.
    found = points(
        [30, 60, 230, 468, 1010, 120, 630],
        [30, 30, 30, 30, 30, 30, 30],
        type=["AT", "AT", "AP", "AT", "AT", "AT", "UXO"],
    )
    claimed = shapes(fields, count=[10, 20, None, 40, 50, 60])
    result = evaluate(claimed, found, searched, settings=LOCAL)
    result_schema.validate(result.to_dict())
    told = overall(result, "areas")
    counts = [told[name] for name in ("outlines", "judged", "partly_searched", "unsearched")]
    assert counts == [6, 4, 1, 1]
    assert told["hectares"] == pytest.approx(6 * 0.36)
    assert told["searched_hectares"] == pytest.approx(4.5 * 0.36)
    assert told["without_count"] == 1
    # 2 of the 4 judged hold no find in scope; of fewer than 5 no share is told.
    assert told["without_find"]["value"] is None
    assert told["without_find"]["n"] == 4
    assert result.tables["areas"]["inside"].tolist() == [2, 1, 0, 0, 0, 1]
    assert (told["found"]["claimed"], told["found"]["found"]) == (70.0, 3)
    # Of 6 finds in scope in searched ground 4 are inside, one more within 10 m.
    assert (told["finds_inside"]["n"], told["finds_inside"]["value"]) == (6, 4 / 6)
    assert told["finds_near"]["value"] == 5 / 6
    assert told["ground_inside_share"] == pytest.approx(4.5 * 3600 / (720 * 100 + 130 * 100))
    assert told["centroids"] == 0


def test_outlines_without_a_find():
    found = points([30, 230], [30, 30], type="AT")
    result = evaluate(shapes(squares(8), count=5), found, EVERYTHING, settings=LOCAL)
    told = overall(result, "areas")["without_find"]
    assert (told["n"], told["value"], told["clusters"]) == (8, 6 / 8, 8)
    # Clopper-Pearson of 6 in 8, as R's binom.test gives it, within what clusters add.
    assert told["low"] < 0.3491 + 1e-3
    assert told["high"] > 0.9681 - 1e-3
    assert (told["cluster_low"], told["cluster_high"]) == (None, None)


def test_overlapping_outlines_count_a_find_once_and_ground_once():
    both = [shapely.box(0, 0, 60, 60), shapely.box(30, 0, 90, 60)]
    found = points([45, 45, 80, 300], [10, 20, 30, 40], type="AT")
    result = evaluate(shapes(both, count=[1, 2]), found, EVERYTHING, settings=LOCAL)
    table, told = result.tables["areas"], overall(result, "areas")
    assert table["inside"].tolist() == [2, 3]
    assert table["found"].tolist() == [2, 1]
    assert told["hectares"] == pytest.approx(0.54)
    assert told["found"]["found"] == 3
    assert [p.code for p in result.problems if p.source == "areas"] == ["MA521"]


def test_an_outline_without_a_count_takes_no_find_from_one_with_a_count():
    # The first says no number, the second was searched by half: claimed is of the third alone.
    fields = [shapely.box(0, 0, 60, 60), shapely.box(0, 0, 120, 60), shapely.box(0, 0, 60, 60)]
    searched = shapes([shapely.box(-20, -20, 65, 80)])
    found = points([10, 20, 30], [10, 20, 30], type="AT")
    claimed = shapes(fields, count=[None, 9, 4])
    result = evaluate(claimed, found, searched, settings=LOCAL)
    told = overall(result, "areas")["found"]
    assert (told["units"], told["claimed"], told["found"]) == (1, 4.0, 3)
    assert result.tables["areas"]["found"].tolist() == [0, 0, 3]
    assert result.tables["areas"]["inside"].tolist() == [3, 3, 3]


def test_finds_beside_the_outlines_of_one_record_share_its_fate():
    found = points([65, 265, 465, 665], [30, 30, 30, 30], type="AT")
    together = shapes(squares(4), record_id="r")
    told = overall(evaluate(together, found, EVERYTHING, settings=LOCAL), "areas")["finds_near"]
    assert (told["n"], told["value"], told["clusters"]) == (4, 1.0, 1)


def test_centroids_have_no_outline_and_stay_out_of_all_but_their_own_counts():
    claimed = points(
        [0, 100, 200, 300], [0, 0, 0, 0], count=[1, 30, 1, 12],
        geometry_basis=["surveyed", "centroid", "centroid", ""],
    )  # fmt: skip
    result = evaluate(claimed, points([0, 100], [0, 0], type="AT"), EVERYTHING, settings=LOCAL)
    told = overall(result, "areas")
    # One centroid does not say how many mines it stands for.
    assert (told["centroids"], told["centroids_claimed"], told["outlines"]) == (3, 42, 0)
    assert (told["finds_inside"]["value"], told["finds_inside"]["reason"]) == (
        None,
        "the map has no outlines",
    )
    assert (result.overall.supplied, result.overall.not_single_points) == (1, 3)


# --- points stay as they are --------------------------------------------------------------------


def test_points_have_the_same_figures_with_rows_and_outlines_beside_them():
    rng = np.random.default_rng(7)
    claimed = points(*rng.uniform(0, 1000, (2, 60)))
    found = points(*rng.uniform(0, 1000, (2, 80)), type="AT")
    mixed = gpd.GeoDataFrame(
        {"id": [*claimed["id"], *(f"X{i}" for i in range(12))]},
        geometry=[*shapely.points(claimed["x"], claimed["y"]), *ROWS, *squares(6)],
    )
    alone = evaluate(claimed, found, EVERYTHING, settings=LOCAL).to_dict()
    beside = evaluate(mixed, found, EVERYTHING, settings=LOCAL).to_dict()
    assert beside["overall"] == alone["overall"]
    assert alone["rows"] is alone["areas"] is alone["tasks"] is None
    roles = [(source["role"], source["rows_read"]) for source in beside["sources"]]
    assert roles == [("supplied", 60), ("rows", 6), ("areas", 6), ("finds", 80), ("searched", 1)]


def test_points_and_shapes_may_come_in_files_of_their_own():
    found = points([0, 50], [0, 200], type="AT")
    result = evaluate([points([0], [0]), shapes(ROWS)], found, EVERYTHING, settings=LOCAL)
    assert (result.overall.confirmed, overall(result, "rows")["rows"]) == (1, 6)


def test_a_map_without_points_has_no_figures_of_points():
    found = points([50, 20], [0, 500], type="AT")
    result = evaluate(shapes(ROWS), found, EVERYTHING, settings=LOCAL)
    whole = result.overall
    assert (whole.precision.value, whole.recall.value, whole.f1) == (None, None, None)
    assert whole.recall.reason == "the map has no points"
    assert (whole.finds, whole.unmapped, whole.searched_hectares) == (2, 2, 10_000.0)
    assert result.pairs.empty
    assert result.records.empty


@pytest.mark.parametrize("other", [compare, diagnose], ids=["compare", "diagnose"])
def test_other_questions_need_points(other):
    found = points([50], [0], type="AT")
    maps = (shapes(ROWS), shapes(ROWS)) if other is compare else (shapes(ROWS),)
    with pytest.raises(InputError, match="MA304"):
        other(*maps, found, settings=LOCAL)


# --- tasks, by hand -----------------------------------------------------------------------------


def tasks(n=6, **columns):
    return gpd.GeoDataFrame(
        {"task_id": [f"T{i}" for i in range(n)], **columns},
        geometry=[shapely.box(200 * i, 0, 200 * i + 100, 100) for i in range(n)],
    )


def counted(items, **columns):
    """Finds by task and quantity."""
    frame = pd.DataFrame(items, columns=["task_id", "quantity"])
    return frame.assign(**({"type": "AT"} | columns))


def test_a_centre_with_no_positions_at_all_gets_its_table(result_schema):
    claimed = [
        points([10, 20, 210, 410], [10, 10, 10, 10]),
        # Half of the row lies in T2, a third of the outline in T3; one row in T4 says no number.
        shapes([line((450, 50), (550, 50)), line((820, 50), (880, 50))], count=[30, None]),
        gpd.GeoDataFrame(
            {"id": ["A"], "count": [90]}, geometry=[shapely.box(620, 20, 860 - 0.0, 40)]
        ),
    ]
    found = counted([("T0", 5), ("T0", 2), ("T1", 1), ("T2", 4), ("T5", 3), ("T0", 9)],
                    type=["AT", "AP", "AT", "AT", "AT", "UXO"])  # fmt: skip
    result = evaluate(
        claimed, found, shapes([shapely.box(0, 0, 2000, 100)]), settings=LOCAL, tasks=tasks()
    )
    document = result.to_dict()
    result_schema.validate(document)
    told = document["tasks"]["overall"]
    assert (told["tasks"], told["searched"], told["hectares"]) == (6, 6, pytest.approx(6.0))
    assert (told["items"], told["items_out_of_scope"]) == (15, 9)
    assert told["items_by_category"] == {"AP": 2, "AT": 13, "UXO": 9, "other": 0}
    assert told["with_position_share"] == 0.0
    # The outline reaches from 620 to 860: a third (80 m) in T3, a quarter (60 m) in T4.
    # T4 is left out, because a row there does not say how many mines it holds.
    table = result.tables["tasks"]
    expected = [2, 1, 1 + 15, 30, 22.5, 0]
    assert table["claimed"].tolist() == pytest.approx(expected)
    assert table["claims_open"].tolist() == [False] * 4 + [True, False]
    assert table["items"].tolist() == [7, 1, 4, 0, 0, 3]
    assert (told["left_out"], told["claims_cut"]) == (1, 2)
    assert (told["found"]["units"], told["found"]["found"]) == (5, 15)
    assert told["found"]["claimed"] == pytest.approx(2 + 1 + 16 + 30)
    assert told["found"]["value"] == pytest.approx(15 / 49)
    # A mine is claimed in T0 to T4; nothing was found in T3 and T4.
    assert (told["without_find"]["n"], told["without_find"]["value"]) == (5, 2 / 5)
    assert told["off_map"]["n"] == 4  # fewer than 5 tasks with items
    assert "fewer than 5 tasks" in told["off_map"]["reason"]
    # T3 and T4 share an outline.
    assert told["without_find"]["clusters"] == 4
    # Nothing is said of points, though the ground was searched: nobody knows what was where.
    whole = document["overall"]
    assert whole["supplied"] == whole["unsearched"] == 4
    assert whole["confirmed_share"] is None
    assert whole["precision"]["reason"] == whole["recall"]["reason"] == "no find has a position"
    assert document["rows"]["overall"]["judged"] == 0
    assert "finds_without_position" in {note["code"] for note in document["notes"]}


def test_tasks_off_the_map():
    found = counted([(f"T{i}", 1) for i in range(6)])
    claimed = points([10, 210], [10, 10])
    told = overall(evaluate(claimed, found, settings=LOCAL, tasks=tasks()), "tasks")
    assert (told["off_map"]["n"], told["off_map"]["value"]) == (6, 4 / 6)


def test_only_tasks_searched_to_completion_count():
    status = ["cleared", "completed", "open", "cancelled", "reduced", "cleared"]
    found = counted([(f"T{i}", 10) for i in range(6)])
    claimed = points(np.arange(6) * 200.0 + 5, np.full(6, 5.0))
    result = evaluate(claimed, found, settings=LOCAL, tasks=tasks(status=status))
    told = overall(result, "tasks")
    assert (told["searched"], told["not_searched"], told["items"]) == (3, 3, 30)
    assert (told["found"]["claimed"], told["found"]["found"]) == (3.0, 30)
    (note,) = [note for note in result.notes if note.code == "tasks"]
    assert "not searched to completion: 30;" in note.message


def test_status_of_tasks():
    found = counted([("T0", 1)])
    result = evaluate(points([5], [5]), found, settings=LOCAL, tasks=tasks())
    assert "MA518" in {problem.code for problem in result.problems}
    strange = tasks(status=["cleared"] * 5 + ["visited"])
    with pytest.raises(InputError, match="MA106"):
        evaluate(points([5], [5]), found, settings=LOCAL, tasks=strange)


def test_ratio_of_claimed_and_found_over_clusters():
    # Six tasks with 4 claimed each; found 2, 4, 3, 1, 5, 2. The delta method on the logarithm,
    # K_eff the lesser of those of claimed (6) and of found (17**2 / 59).
    got = np.array([2, 4, 3, 1, 5, 2])
    claimed = points(
        np.repeat(np.arange(6) * 200.0, 4) + np.tile([5, 15, 25, 35], 6), np.full(24, 50.0)
    )
    found = counted([(f"T{i}", int(n)) for i, n in enumerate(got)])
    told = overall(evaluate(claimed, found, settings=LOCAL, tasks=tasks()), "tasks")["found"]
    ratio = 17 / 24
    freedom = 17**2 / 59 - 1
    from scipy.stats import t

    assert freedom + 1 < 5
    assert (told["value"], told["low"]) == (pytest.approx(ratio), None)
    found = counted([(f"T{i}", n) for i, n in enumerate([3, 4, 3, 2, 4, 3])])
    told = overall(evaluate(claimed, found, settings=LOCAL, tasks=tasks()), "tasks")["found"]
    got, ratio = np.array([3, 4, 3, 2, 4, 3]), 19 / 24
    variance = 6 / 5 * float(((got - ratio * 4) ** 2).sum()) / 24**2
    half = t.ppf(0.975, 19**2 / 63 - 1) * math.sqrt(variance) / ratio
    assert told["low"] == pytest.approx(ratio * math.exp(-half))
    assert told["high"] == pytest.approx(ratio * math.exp(half))


def test_tasks_that_part_one_field_are_one_cluster():
    # Six tasks side by side. Points without record ids 20 m apart are one neighbourhood over T0
    # and T1; rows 30 m apart are over T3 and T4.
    beside = tasks().set_geometry([shapely.box(100 * i, 0, 100 * i + 100, 100) for i in range(6)])
    found = counted([(f"T{i}", 2 + i % 2) for i in range(6)])
    claimed = [points([90, 110, 230, 530], [50] * 4),
               shapes([line((380, 9), (380, 90)), line((410, 9), (410, 90))], count=4)]  # fmt: skip
    told = overall(evaluate(claimed, found, settings=LOCAL, tasks=beside), "tasks")
    assert told["found"]["clusters"] == told["without_find"]["clusters"] == 4
    on_sheets = [claimed[0].assign(sheet=["a", "b", "b", "c"]), claimed[1]]
    told = overall(evaluate(on_sheets, found, settings=LOCAL, tasks=beside), "tasks")
    assert told["found"]["clusters"] == 3


def test_one_record_is_claimed_once_by_its_finest_part():
    claimed = [
        points([5, 15], [5, 5], record_id=["r", "r"]),
        shapes(
            [shapely.box(0, 0, 90, 90), line((210, 5), (290, 5)), shapely.box(205, 2, 295, 90)],
            count=[50, 12, 70],
            record_id=["r", "s", "s"],
        ),
    ]
    result = evaluate(claimed, counted([("T0", 3)]), settings=LOCAL, tasks=tasks())
    assert result.tables["tasks"]["claimed"].tolist() == pytest.approx([2, 12, 0, 0, 0, 0])
    assert result.tables["tasks"]["on_map"].tolist() == [True, True] + [False] * 4
    (note,) = [note for note in result.notes if note.code == "claimed_once"]
    assert "finer: 2" in note.message


def test_tasks_of_several_polygons_and_tasks_that_overlap():
    twice = gpd.GeoDataFrame(
        {"task_id": ["A", "a ", "B"], "status": "cleared"},
        geometry=[shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10), shapely.box(5, 0, 15, 10)],
    )
    claimed = points([7, 12, 25], [5, 5, 5])
    result = evaluate(claimed, counted([("A", 2), ("b", 1)]), settings=LOCAL, tasks=twice)
    table = result.tables["tasks"]
    # Ground of both belongs to A; names are compared apart from case and marks.
    assert table["claimed"].tolist() == [2, 1]
    assert table["items"].tolist() == [2, 1]
    assert "MA520" in {problem.code for problem in result.problems}
    assert overall(result, "tasks")["hectares"] == pytest.approx(0.025)


def test_a_row_along_the_border_of_two_tasks_is_claimed_once():
    beside = gpd.GeoDataFrame(
        {"task_id": ["A", "B", "C"], "status": "cleared"},
        geometry=[shapely.box(100 * i, 0, 100 * i + 100, 100) for i in range(3)],
    )
    # 80 m on the border of A and B; then from there 50 m into B; 40 m across B and C.
    rows = [
        line((100, 10), (100, 90)),
        line((100, 0), (100, 50), (150, 50)),
        line((180, 5), (220, 5)),
    ]
    result = evaluate(
        shapes(rows, count=[30, 10, 8]), counted([("A", 3)]), settings=LOCAL, tasks=beside
    )
    assert result.tables["tasks"]["claimed"].tolist() == pytest.approx([35, 5 + 4, 4])
    assert overall(result, "tasks")["found"]["claimed"] == pytest.approx(48)


def test_an_outline_of_one_mine_inside_a_task_is_a_mine_claimed():
    # On the Earth areas are rounded: the part of an outline inside is all of it, but for 1e-12.
    n, west = 60, 46 + 0.01 * np.arange(60)
    ground = shapely.box(west, 39.5, west + 0.005, 39.505)
    outlines = [
        shapely.Point(x + 0.0025, 39.5025).buffer(0.001 + 1e-5 * i, quad_segs=3 + i % 5)
        for i, x in enumerate(west)
    ]
    ids = [f"T{i:02}" for i in range(n)]
    given_tasks = gpd.GeoDataFrame({"task_id": ids, "status": "cleared"}, geometry=ground, crs=4326)
    claimed = gpd.GeoDataFrame({"id": ids, "count": 1}, geometry=outlines, crs=4326)
    result = evaluate(claimed, counted([("T00", 1)]), tasks=given_tasks)
    told = overall(result, "tasks")["without_find"]
    assert (told["n"], told["value"]) == (n, (n - 1) / n)


def test_items_of_unknown_tasks_do_not_vanish():
    found = counted([("T0", 4), ("T77", 5), ("T78", 1)])
    result = evaluate(points([5], [5]), found, settings=LOCAL, tasks=tasks())
    (problem,) = [p for p in result.problems if p.code == "MA519"]
    assert (problem.values["n"], problem.values["rows"]) == ("6", "2")
    assert overall(result, "tasks")["items"] == 4
    # Those with a position: one in a task, one that names a task, one elsewhere, one of UXO.
    found = points([5, 5000, 6000, 7000], [5] * 4, task_id=["", "t1 ", "T9", ""],
                   type=["AT", "AT", "AT", "UXO"])  # fmt: skip
    result = evaluate(points([5], [5]), found, settings=LOCAL, tasks=tasks())
    assert overall(result, "tasks")["items"] == 2
    (note,) = [note for note in result.notes if note.code == "tasks"]
    assert "that name no task known: 1;" in note.message


def mixed_finds():
    """Finds with a position in T0 and T1; in T2 only a quantity."""
    return pd.DataFrame(
        {
            "id": ["F1", "F2", "F3", "F4"],
            "x": ["5", "205", "206", ""],
            "y": ["5", "5", "90", ""],
            "task_id": ["T0", "", "T1", "T2"],
            "quantity": [1, 3, 1, 7],
            "type": "AT",
        }
    )


def test_ground_whose_finds_have_no_position_does_not_judge_points():
    claimed = points([5, 205, 405, 605], [5, 5, 5, 5])
    searched = shapes([shapely.box(200 * i - 20, -20, 200 * i + 120, 120) for i in range(4)])
    result = evaluate(claimed, mixed_finds(), searched, settings=LOCAL, tasks=tasks())
    whole = result.overall
    # The point in T2 cannot be judged: 7 items were found there, nobody knows where.
    assert (whole.confirmed, whole.not_confirmed, whole.unsearched) == (2, 1, 1)
    assert whole.searched_hectares == pytest.approx((4 * 140**2 - 100**2) / 1e4)
    assert [source.role for source in result.sources][:3] == ["supplied", "finds", "quantities"]
    assert [source.rows_read for source in result.sources][:3] == [4, 3, 1]
    told = overall(result, "tasks")
    assert told["items"] == 1 + 3 + 1 + 7
    assert told["with_position_share"] == pytest.approx(3 / 12)
    assert result.tables["tasks"]["items"].tolist() == [1, 4, 7, 0, 0, 0]
    (note,) = [note for note in result.notes if note.code == "finds_without_position"]
    assert "no position: 1 (1.0 ha)" in note.message
    free = Settings(crs="local", assume_searched=True)
    whole = evaluate(claimed, mixed_finds(), settings=free, tasks=tasks()).overall
    assert (whole.confirmed, whole.not_confirmed, whole.unsearched) == (2, 1, 1)


def test_ground_of_a_task_inside_another_judges_no_points_where_its_finds_have_no_position():
    nested = gpd.GeoDataFrame(
        {"task_id": ["A", "B"], "status": "cleared"},
        geometry=[shapely.box(0, 0, 300, 300), shapely.box(100, 100, 160, 160)],
    )
    found = mixed_finds().assign(x=["5", "205", "206", ""], task_id=["A", "", "A", "B"])
    claimed = points([5, 130], [5, 130])
    result = evaluate(claimed, found, EVERYTHING, settings=LOCAL, tasks=nested)
    whole = result.overall
    # 7 items lie somewhere in B: whether any lies at the point in B, nobody can tell.
    assert (whole.confirmed, whole.not_confirmed, whole.unsearched) == (1, 0, 1)
    assert whole.searched_hectares == pytest.approx((10_000**2 - 60**2) / 1e4)


def test_out_of_scope_quantities_leave_the_ground_alone():
    found = mixed_finds().assign(type=["AT", "AT", "AT", "UXO"])
    claimed = points([5, 205, 405, 605], [5, 5, 5, 5])
    result = evaluate(claimed, found, EVERYTHING, settings=LOCAL, tasks=tasks())
    assert (result.overall.confirmed, result.overall.not_confirmed) == (2, 2)


def test_quantities_and_positions_of_one_task_are_added_up_and_said():
    found = mixed_finds().assign(task_id=["T0", "", "T1", "T1"])
    result = evaluate(points([5], [5]), found, settings=LOCAL, tasks=tasks())
    (problem,) = [p for p in result.problems if p.code == "MA522"]
    assert problem.values["n"] == "1"
    assert result.tables["tasks"]["items"].tolist() == [1, 11, 0, 0, 0, 0]


def test_finds_without_position_need_tasks():
    with pytest.raises(InputError, match="MA517") as stop:
        evaluate(points([5], [5]), counted([("T0", 4)]), settings=LOCAL)
    assert [p.code for p in stop.value.problems] == ["MA517"]
    # Without a task there is nothing to go by: what is missing is the position.
    bare = pd.DataFrame({"id": ["F"], "quantity": [3]})
    with pytest.raises(InputError, match="MA101"):
        evaluate(points([5], [5]), bare, settings=LOCAL, tasks=tasks())
    # Rows that lack a position and a task are faults, as before.
    lost = mixed_finds().assign(task_id=["T0", "", "T1", ""])
    with pytest.raises(InputError, match="MA307"):
        evaluate(points([5], [5]), lost, settings=LOCAL, tasks=tasks())


def test_faulty_quantities_and_counts_are_named():
    wrong = counted([("T0", "some"), ("T1", "0"), ("T2", "2.5")])
    with pytest.raises(InputError) as stop:
        evaluate(points([5], [5]), wrong, settings=LOCAL, tasks=tasks())
    assert [p.code for p in stop.value.problems] == ["MA103", "MA107", "MA107"]
    for count in (["x"] * 6, [0] * 6):
        with pytest.raises(InputError, match=r"MA10[37]"):
            evaluate(shapes(ROWS, count=count), points([5], [5]), settings=LOCAL)


def test_a_word_in_place_of_a_count_is_not_taken_for_a_direction():
    for word, hinted in (("unknown", False), ("some", False), ("39.5 N", True), ("N39", True)):
        with pytest.raises(InputError, match="MA103") as stop:
            evaluate(shapes(ROWS[:1], count=[word]), points([5], [5]), settings=LOCAL)
        assert ("give the sign" in str(stop.value)) == hinted


def test_faulty_shapes_are_named():
    odd = [line((0, 0), (0, 0)), shapely.LineString(), line((0, 0), (math.inf, 1))]
    with pytest.raises(InputError) as stop:
        evaluate(shapes([*odd, ROWS[0]]), points([5], [5]), settings=LOCAL)
    assert [p.code for p in stop.value.problems] == ["MA307"] * 3
    with pytest.raises(InputError, match="MA401"):
        evaluate(shapes(ROWS, id="same"), points([5], [5]), settings=LOCAL)
    with pytest.raises(InputError, match="MA101"):
        evaluate(shapes(ROWS).drop(columns="id"), points([5], [5]), settings=LOCAL)


# --- districts ----------------------------------------------------------------------------------


def test_districts_add_up_and_few_units_tell_no_share():
    claimed = shapes([*ROWS, *squares(7)], count=4)
    found = points(np.full(6, 50.0), np.arange(6) * 200.0, type="AT")
    halves = gpd.GeoDataFrame(
        {"district": ["West", "East"]},
        geometry=[shapely.box(-1000, -1000, 300, 9000), shapely.box(300, -1000, 9000, 9000)],
    )
    document = evaluate(claimed, found, EVERYTHING, halves, LOCAL).to_dict()
    for name, count in (("rows", "rows"), ("areas", "outlines")):
        groups = {group["group"]: group for group in document[name]["districts"]}
        whole = document[name]["overall"]
        assert sum(group[count] for group in groups.values()) == whole[count]
        assert (
            sum(group["found"]["claimed"] for group in groups.values())
            == (whole["found"]["claimed"])
        )
    areas = {group["group"]: group for group in document["areas"]["districts"]}
    assert areas["West"]["outlines"] == 2
    # The 5 of the east, with the whole, would tell the 2 of the west.
    assert areas["West"]["without_find"]["reason"].startswith("fewer than 5 outlines")
    assert areas["East"]["without_find"]["reason"].startswith("withheld")
    assert document["areas"]["overall"]["without_find"]["value"] == 6 / 7
    (note,) = [note for note in document["notes"] if note["code"] == "small_units"]
    assert "West (outlines)" in note["message"]


def test_districts_by_name():
    claimed = shapes(ROWS, district=["Oak"] * 3 + ["Elm"] * 3)
    found = points([50] * 2, [0, 600], type="AT", district=["oak", "Elm"])
    groups = evaluate(claimed, found, EVERYTHING, settings=LOCAL).to_dict()["rows"]["districts"]
    assert [(group["group"], group["rows"]) for group in groups] == [("Elm", 3), ("Oak", 3)]
    assert [group["finds_near"]["n"] for group in groups] == [1, 1]


# --- on the Earth -------------------------------------------------------------------------------


@pytest.mark.parametrize("middle", [(46.5, 39.5), (179.9999, -16.0), (25.0, 65.0)])
def test_rows_and_outlines_on_the_earth_are_those_of_the_plane(middle):
    from pyproj import Geod

    geod = Geod(ellps="WGS84")

    def place(geometry):
        def moved(xy):
            bearing = np.degrees(np.arctan2(xy[:, 0], xy[:, 1]))
            n = len(xy)
            lon, lat, _ = geod.fwd(
                np.full(n, middle[0]), np.full(n, middle[1]), bearing, np.hypot(*xy.T)
            )
            return np.column_stack([lon, lat])

        return shapely.transform(geometry, moved)

    rng = np.random.default_rng(3)
    x, y = rng.uniform(-300, 300, (2, 200))
    parts = [line((-200, 0), (150, 40), (200, 210)), shapely.box(-100, -150, 60, -20)]
    searched = shapely.box(-280, -280, 280, 280)
    plane = evaluate(
        shapes(parts), points(x, y, type="AT"), shapes([searched]), settings=LOCAL
    ).to_dict()
    globe = evaluate(
        gpd.GeoDataFrame({"id": ["L0", "L1"]}, geometry=place(np.array(parts)), crs=4326),
        gpd.GeoDataFrame(
            {"id": [f"P{i:03}" for i in range(200)], "type": "AT"},
            geometry=place(shapely.points(x, y)),
            crs=4326,
        ),
        gpd.GeoDataFrame({"id": ["S"]}, geometry=[place(searched)], crs=4326),
    ).to_dict()
    rows, areas = globe["rows"]["overall"], globe["areas"]["overall"]
    assert rows["finds_near"]["value"] == plane["rows"]["overall"]["finds_near"]["value"] > 0
    assert areas["finds_inside"]["value"] == plane["areas"]["overall"]["finds_inside"]["value"] > 0
    for name in ("value", "n", "clusters"):
        assert areas["finds_near"][name] == plane["areas"]["overall"]["finds_near"][name]
    assert rows["kilometres"] == pytest.approx(plane["rows"]["overall"]["kilometres"], rel=1e-3)
    near = plane["rows"]["overall"]["ground_near_share"]
    assert rows["ground_near_share"] == pytest.approx(near, rel=2e-3)
    assert areas["hectares"] == pytest.approx(160 * 130 / 1e4, rel=1e-3)


# --- against brute force ------------------------------------------------------------------------


def segment_m(x, y, a, b):
    """Distance of one point from one segment."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    along = ((x - a[0]) * dx + (y - a[1]) * dy) / (dx * dx + dy * dy)
    along = min(max(along, 0.0), 1.0)
    return math.hypot(x - a[0] - along * dx, y - a[1] - along * dy)


def inside(x, y, ring):
    """Whether a ray to the east crosses the ring an odd number of times."""
    odd = False
    for (x0, y0), (x1, y1) in itertools.pairwise(ring):
        if (y0 > y) != (y1 > y) and x < x0 + (y - y0) / (y1 - y0) * (x1 - x0):
            odd = not odd
    return odd


@given(st.integers(0, 10_000))
def test_nearest_row_and_outline_are_those_of_brute_force(seed):
    rng = np.random.default_rng(seed)
    rows = rng.uniform(0, 200, (5, 3, 2))
    x, y = rng.uniform(0, 200, (2, 30))
    radius = float(rng.uniform(2, 60))
    found, metres = geography.nearest_shape(
        x, y, np.array([shapely.LineString(row) for row in rows]), radius, PLANE
    )
    for i in range(30):
        each = [
            min(segment_m(x[i], y[i], a, b) for a, b in itertools.pairwise(row)) for row in rows
        ]
        best = int(np.argmin(each))
        assert found[i] == (best if each[best] <= radius else -1)
        assert metres[i] == pytest.approx(each[best] if each[best] <= radius else math.inf)
    rings = [np.array([*corners, corners[0]]) for corners in rows]
    fields = np.array([shapely.Polygon(ring) for ring in rings])
    held = [[inside(x[i], y[i], ring) for ring in rings] for i in range(30)]
    assert geography.count_inside(x, y, fields).tolist() == np.sum(held, axis=0).tolist()


@given(st.integers(0, 10_000))
def test_claims_in_tasks_are_those_of_brute_force(seed):
    rng = np.random.default_rng(seed)
    n = 6
    corner = rng.uniform(0, 300, (n, 2))
    boxes = [
        (x, y, x + w, y + h)
        for (x, y), (w, h) in zip(corner, rng.uniform(5, 120, (n, 2)), strict=True)
    ]
    mines = rng.integers(1, 50, n)
    claimed = shapes([shapely.box(*box) for box in boxes], count=mines)
    result = evaluate(claimed, counted([("T0", 1)]), settings=LOCAL, tasks=tasks(3))
    for index, got in enumerate(result.tables["tasks"]["claimed"]):
        task = (200 * index, 0, 200 * index + 100, 100)
        expected = 0.0
        for box, count in zip(boxes, mines, strict=True):
            wide = max(0.0, min(box[2], task[2]) - max(box[0], task[0]))
            high = max(0.0, min(box[3], task[3]) - max(box[1], task[1]))
            expected += count * wide * high / ((box[2] - box[0]) * (box[3] - box[1]))
        assert got == pytest.approx(expected, rel=1e-6, abs=1e-3)


def test_shares_of_lines_in_areas_by_hand():
    # 30 m of 100 m lie in the first square, none in the second, which the line only touches.
    lines = np.array([line((0, 0), (60, 0), (60, 40))])
    areas = np.array([shapely.box(-10, -10, 30, 10), shapely.box(60, 50, 70, 60)])
    assert geography.shares_in(lines, areas, PLANE)[2].tolist() == pytest.approx([0.3])
    nothing = np.empty(0, dtype=object)
    assert geography.shares_in(nothing, areas, PLANE)[2].size == 0


def test_linked_shapes():
    rows = np.array([line((0, 0), (10, 0)), line((0, 50), (10, 50)), line((0, 101), (10, 101))])
    assert geography.linked(rows, 50.0, PLANE).tolist() == [0, 0, 1]
    assert geography.linked(rows, 51.0, PLANE).tolist() == [0, 0, 0]


# --- sorting ------------------------------------------------------------------------------------


def test_rows_keep_their_numbers_and_faults_when_sorted_by_shape():
    mixed = shapes(
        [ROWS[0], shapely.Point(1, 2), None, squares(1)[0], shapely.MultiPoint([(0, 0)])]
    )
    parts = by_shape(as_tables(mixed, "supplied"))
    assert {role: part[0].rows.tolist() for role, part in parts.items()} == {
        "supplied": [2, 3, 5],
        "rows": [1],
        "areas": [4],
    }
    (same,) = as_tables(points([1], [2]), "supplied")
    assert by_shape([same]) == {"supplied": [same]}


def test_finds_are_sorted_by_whether_they_have_a_position():
    parts = by_position(as_tables(mixed_finds(), "finds"), LOCAL)
    assert {role: part[0].rows.tolist() for role, part in parts.items()} == {
        "finds": [1, 2, 3],
        "quantities": [4],
    }


def test_headers_named_for_the_map_hold_for_its_rows_too():
    named = shapes(ROWS, Nr=[f"N{i}" for i in range(6)], Minen=3)
    settings = Settings(crs="local", columns={"supplied.id": "Nr", "supplied.count": "Minen"})
    result = evaluate([points([1], [1]).rename(columns={"id": "Nr"}), named],
                      points([5], [0], type="AT"), EVERYTHING, settings=settings)  # fmt: skip
    assert result.tables["rows"]["row"].tolist() == [f"N{i}" for i in range(6)]
    assert overall(result, "rows")["found"]["claimed"] == 18.0


# --- the command --------------------------------------------------------------------------------

METRE = 1 / 111_000


def save(name, frame):
    """Write shapes as GeoJSON somewhere in the South Atlantic."""
    where = frame.geometry.apply(
        lambda shape: shapely.transform(shape, lambda xy: xy * METRE + [-20.0, -30.0])
    )
    frame.set_geometry(where.set_crs(4326)).to_file(name, driver="GeoJSON")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    secret = [f"SECRET-{i}" for i in range(12)]
    save("map.geojson", shapes([*ROWS, *squares(6)], id=secret, count=10))
    save("tasks.geojson", tasks(status="cleared", district=["Oak"] * 3 + ["Elm"] * 3))
    save("searched.geojson", shapes([shapely.box(-100, -100, 2000, 2000)]))
    counted([(f"T{i}", i) for i in range(1, 6)]).to_csv("counted.csv", index=False)
    x, y = np.arange(12) * 90.0, np.tile([0.0, 30.0], 6)
    found = pd.DataFrame({"id": [f"SECRET-F{i}" for i in range(12)], "type": "AT"})
    found = found.assign(lat=y * METRE - 30, lon=x * METRE - 20)
    found.to_csv("finds.csv", index=False)
    return tmp_path


@pytest.mark.parametrize("form", ["table", "json", "csv", "markdown"])
def test_the_command_prints_every_form(folder, run, form):
    done = run("evaluate", "map.geojson", "finds.csv", "--searched", "searched.geojson",
               "--tasks", "tasks.geojson", "--format", form)  # fmt: skip
    assert done.code == 0, done.err
    assert "SECRET" not in done.out + done.err
    if form == "table":
        assert max(map(len, done.out.splitlines())) <= 100
        for title in ("Rows of mines", "Outlines of minefields", "Clearance tasks"):
            assert title in done.out


def test_the_command_for_a_centre_without_positions(folder, run, result_schema):
    words = ("evaluate", "map.geojson", "counted.csv", "--tasks", "tasks.geojson")
    done = run(*words, "--searched", "searched.geojson", "--out", "o")
    assert done.code == 0, done.err
    assert "not defined: no find has a position" in " ".join(done.out.split())
    document = json.loads((folder / "o" / "result.json").read_text("utf-8"))
    result_schema.validate(document)
    assert document["tasks"]["overall"]["items"] == 15
    names = {path.name for path in (folder / "o").iterdir()}
    assert names == {"result.json", "metrics.csv", "rows.csv", "outlines.csv", "tasks.csv"}
    with (folder / "o" / "tasks.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["group"] for row in rows] == ["overall", "Elm", "Oak"]
    assert [row["items"] for row in rows] == ["15", "12", "3"]
    for path in (folder / "o").iterdir():
        assert "SECRET" not in path.read_text("utf-8")


def test_single_rows_outlines_and_tasks_are_restricted(folder, run):
    words = ("evaluate", "map.geojson", "finds.csv", "--searched", "searched.geojson", "--tasks",
             "tasks.geojson", "--out", "o")  # fmt: skip
    assert run(*words).code == 0
    assert not (folder / "o" / "restricted").exists()
    assert run(*words, "--with-locations").code == 0
    names = {path.name for path in (folder / "o" / "restricted").iterdir()}
    each = {f"each_{name}.csv" for name in ("row", "outline", "task")}
    assert names == {"pairs.csv", "records.csv", *each}
    with (folder / "o" / "restricted" / "each_outline.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [row["outline"] for row in rows] == sorted(f"SECRET-{i}" for i in range(6, 12))
    # A later result without them takes them away.
    assert run(*words).code == 0
    assert not (folder / "o" / "restricted").exists()


def test_a_filter_of_the_map_holds_for_its_rows_and_outlines(folder, run):
    words = ("evaluate", "map.geojson", "finds.csv", "--filter", "supplied.id=SECRET-0,SECRET-7")
    done = run(*words, "--format", "json")
    used = {source["role"]: source["rows_used"] for source in done.document["sources"]}
    assert used == {"rows": 1, "areas": 1, "finds": 12}
    assert "5 by the filter" in " ".join(run(*words).out.split())


def test_a_row_of_one_point_is_called_a_line(folder, run):
    point = {"type": "LineString", "coordinates": [[-20.0, -30.0]]}
    feature = {"type": "Feature", "properties": {"id": "R"}, "geometry": point}
    document = {"type": "FeatureCollection", "features": [feature]}
    (folder / "short.geojson").write_text(json.dumps(document), "utf-8")
    done = run("evaluate", "map.geojson", "finds.csv", "--supplied", "short.geojson")
    assert done.code == 3
    assert "MA307 error  The position is empty or not finite: the line has too few" in done.err


def test_the_command_says_that_no_row_can_be_judged(folder, run):
    text = " ".join(run("evaluate", "map.geojson", "finds.csv").out.split())
    assert "km; none can be judged. Judged rows with a find: not given; no searched" in text
    assert (
        "ha; none can be judged. Judged outlines without any find: not given; no searched" in text
    )


def test_the_command_says_what_is_missing_without_tasks(folder, run):
    done = run("evaluate", "map.geojson", "counted.csv")
    assert done.code == 3
    assert "MA517" in done.err
    assert "--tasks" in done.err


def test_a_filter_that_fits_the_points_only_leaves_the_lines_out_and_counts_them():
    mixed = gpd.GeoDataFrame(
        {"id": ["P", "R", "A"], "state": ["final", "draft", "draft"], "count": [1, 2, 3]},
        geometry=[shapely.Point(0, 0), ROWS[0], shapely.box(0, 0, 9, 9)],
    )
    found = points([0.0], [0.0])
    settings = Settings(crs="local", assume_searched=True, filters={"supplied": "state=final"})
    result = evaluate(mixed, found, settings=settings)
    (source,) = [source for source in result.sources if source.role == "supplied"]
    assert (source.rows_read, source.rows_used, source.dropped) == (3, 1, {"filter": 2})
    assert result.overall.confirmed == 1
    assert result.rows is None
    assert result.areas is None


def test_a_filter_of_finds_that_fits_no_quantity():
    found = pd.DataFrame(
        {
            "id": ["F1", "F2"],
            "x": ["0", ""],
            "y": ["0", ""],
            "task_id": ["T1", "T1"],
            "quantity": [1, 12],
            "state": ["final", "draft"],
        }
    )
    tasks = gpd.GeoDataFrame({"id": ["T1"]}, geometry=[shapely.box(-50, -50, 50, 50)])
    settings = Settings(crs="local", assume_searched=True, filters={"finds": "state=final"})
    result = evaluate(points([0.0], [0.0]), found, tasks=tasks, settings=settings)
    (source,) = [source for source in result.sources if source.role == "finds"]
    assert (source.rows_read, source.rows_used, source.dropped) == (2, 1, {"filter": 1})


def test_the_format_of_dates_holds_for_rows_and_outlines():
    mixed = shapes([ROWS[0], shapely.box(0, 0, 9, 9)], date=["05/06/2021", "31/12/2020"], count=2)
    settings = Settings(crs="local", assume_searched=True, formats={"supplied.date": "%d/%m/%Y"})
    layers = {
        role: conform(parts, role, settings)
        for role, parts in by_shape(as_tables(mixed, "supplied")).items()
    }
    dates = {role: layer.frame["date"].tolist() for role, layer in layers.items()}
    assert dates == {"rows": ["2021-06-05"], "areas": ["2020-12-31"]}
