"""``mapaccuracy traverse``: files in, points out, what is refused. All data are SYNTHETIC."""

import json
import stat

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
from pyproj import Geod

import mapaccuracy
from mapaccuracy.errors import InputError, SettingsError

GEOD = Geod(ellps="WGS84")
STONE, WELL = (-25.20000013, -30.10000012), (-25.10000017, -30.20000019)  # the open South Atlantic
LANDMARKS = """id,lat,lon,remark
stone,-30.10000012,-25.20000013,SYNTHETIC
well,-30.20000019,-25.10000017,SYNTHETIC
"""
LEGS = """remark,record,leg,from,to,kind,bearing,north,unit,distance,date,type,count,district
SYNTHETIC,R-1,1,stone,A,start of row,15-00,magnetic,mils6000,120,1988-06,,,East
SYNTHETIC,R-1,2,,B,end of row,2-00,magnetic,mils6000,95,,TM-62,20,
SYNTHETIC,R-1,3,,C,turning point,45-00,magnetic,mils6000,118,,,,
SYNTHETIC,R-1,4,,stone,landmark,32-00,magnetic,mils6000,95,,,,
SYNTHETIC,R-2,1,well,M1,mine,45°30',magnetic,degrees,60.5,2021-05-02,PMN-2,,West
SYNTHETIC,R-2,2,well,M2,mine,48.0,true,degrees,66.5,2021-05-02,PMN-2,,West
"""


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "legs.csv").write_text(LEGS, "utf-8")
    (tmp_path / "landmarks.csv").write_text(LANDMARKS, "utf-8")
    return tmp_path


def legs_of(**changes):
    """One sound leg, or several: a list of values makes a row of each."""
    row = {"record_id": "R", "from": "stone", "bearing": "45", "north": "true", "unit": "degrees",
           "distance_m": "100", "kind": "mine"}  # fmt: skip
    rows = max([len(value) for value in changes.values() if isinstance(value, list)], default=1)
    return pd.DataFrame(
        {
            name: value if isinstance(value, list) else [value] * rows
            for name, value in (row | changes).items()
        }
    )


MARKS = pd.DataFrame(
    {"id": ["stone", "well"], "lon": [STONE[0], WELL[0]], "lat": [STONE[1], WELL[1]]}
)


def refused(legs, landmarks=MARKS, rows=None, **rules):
    with pytest.raises(InputError) as error:
        mapaccuracy.traverse(legs, landmarks, rows, **rules)
    return list(error.value.problems)


# --- what is printed and written ----------------------------------------------------------------


def test_points_are_written_for_evaluate_and_nothing_of_them_is_printed(run, place):
    got = run("traverse", "legs.csv", "--points", "landmarks.csv", "--out", "points.csv")
    assert got.code == 0
    lines = [" ".join(line.split()) for line in got.out.splitlines()]
    assert any(line.startswith("R-1 4 1 20 428 ") and line.endswith("closed") for line in lines)
    assert any(line.startswith("R-2 2 0 2 127 ") and "not checked" in line for line in lines)
    assert "2 records: 1 closed, 0 open, 1 not checked; 22 points" in lines
    assert max(map(len, got.out.splitlines())) <= 100
    assert "Wrote points.csv, restricted: 22 rows" in got.err
    assert "MA214" in got.err
    for text in (got.out, got.err):
        assert "-30." not in text
        assert "-25.0" not in text
    file = place / "points.csv"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    points = pd.read_csv(file, dtype={"recorded_bearing": str})
    assert points["id"].is_monotonic_increasing
    assert set(points["geometry_basis"]) == {"generated"}
    assert points["accuracy_m"].gt(0).all()
    row = points[points["record_id"] == "R-1"]
    assert row["type"].eq("TM-62").all()
    assert row["row_place"].tolist() == list(range(1, 21))
    # The district stands at the start of the row, the date in the first leg of the record.
    assert row["district"].eq("East").all()
    assert row["date"].eq("1988-06").all()
    single = points.set_index("id").loc["R-2_M1"]
    # What was written stays, whatever it was converted to.
    assert (single["recorded_bearing"], single["recorded_unit"]) == ("45°30'", "degrees")
    assert (single["recorded_from"], single["recorded_distance_m"]) == ("well", 60.5)
    assert single["bearing_deg"] == 45.5
    assert single["true_azimuth_deg"] == pytest.approx((45.5 + single["declination_deg"]) % 360)
    assert (single["from_lat"], single["from_lon"]) == (WELL[1], WELL[0])
    end = GEOD.fwd(*WELL, single["true_azimuth_deg"], 60.5)[:2]
    assert (single["lon"], single["lat"]) == pytest.approx(end, abs=1e-9)


def test_a_record_that_does_not_close_is_a_finding(run, place):
    # Its points are kept, for one wrong leg may be mended, but marked: their accuracy is not true.
    legs = (place / "legs.csv").read_text()
    (place / "wrong.csv").write_text(legs.replace("mils6000,120,", "mils6000,420,"), "utf-8")
    got = run("traverse", "wrong.csv", "--points", "landmarks.csv", "--out", "points.csv")
    assert got.code == 1
    (told,) = [line for line in got.err.splitlines() if "MA305" in line]
    assert "error" in told
    points = pd.read_csv(place / "points.csv")
    assert points.groupby("record_id")["closure"].unique().map(list).to_dict() == {
        "R-1": ["open"],
        "R-2": ["not checked"],
    }


def test_evaluate_reads_what_traverse_writes(run, place):
    run("traverse", "legs.csv", "--points", "landmarks.csv", "--out", "points.csv")
    made = pd.read_csv(place / "points.csv")
    finds = made.loc[made["record_id"] == "R-1", ["lat", "lon", "type"]]
    finds = finds.assign(id=[f"F{i}" for i in range(len(finds))], remark="SYNTHETIC")
    finds.to_csv("finds.csv", index=False)
    got = run("evaluate", "points.csv", "finds.csv", "--assume-searched", "--tolerance", "2",
              "--format", "json")  # fmt: skip
    assert got.code == 0
    overall = got.document["overall"]
    assert (overall["supplied"], overall["confirmed"], overall["mapped"]) == (22, 20, 20)
    (source,) = [one for one in got.document["sources"] if one["role"] == "supplied"]
    assert (source["rows_read"], source["rows_used"]) == (22, 22)


def test_json_says_how_records_close(run, place):
    got = run("traverse", "legs.csv", "--points", "landmarks.csv", "--format", "json")
    assert got.code == 0
    assert "No point was written" in got.err
    first, second = got.document["records"]
    (closure,) = first["closures"]
    assert (closure["leg"], closure["at"], closure["legs"]) == ("4", "stone", 4)
    assert closure["length_m"] == 428
    assert closure["share"] == pytest.approx(closure["error_m"] / 428)
    assert closure["limit_m"] >= 4.28
    assert (first["rows"], first["points"], second["closures"]) == (1, 20, [])
    assert second["reason"] == "no leg ends at a known point"
    assert "-30." not in got.out
    legs, landmarks = got.document["sources"]
    assert (legs["role"], legs["rows_read"], legs["rows_used"]) == ("legs", 6, 6)
    assert (landmarks["role"], landmarks["crs"]) == ("landmarks", "EPSG:4326")


@pytest.mark.parametrize("ending", ["geojson", "gpkg"])
def test_layers_hold_the_same_points(run, place, ending):
    run("traverse", "legs.csv", "--points", "landmarks.csv", "--out", "points.csv")
    got = run("traverse", "legs.csv", "--points", "landmarks.csv", "--out", f"points.{ending}")
    assert got.code == 0
    layer, table = gpd.read_file(f"points.{ending}"), pd.read_csv("points.csv")
    assert layer["id"].tolist() == table["id"].tolist()
    assert layer.geometry.x.to_numpy() == pytest.approx(table["lon"].to_numpy(), abs=1e-12)
    assert stat.S_IMODE((place / f"points.{ending}").stat().st_mode) == 0o600


def test_the_audit_holds_every_leg(run, place):
    got = run("traverse", "legs.csv", "--points", "landmarks.csv", "--audit", "audit.csv")
    assert got.code == 0
    audit = pd.read_csv("audit.csv", dtype={"recorded_bearing": str})
    assert audit["recorded_bearing"].tolist() == [
        "15-00",
        "2-00",
        "45-00",
        "32-00",
        "45°30'",
        "48.0",
    ]
    assert audit["bearing_deg"].tolist() == [90, 12, 270, 192, 45.5, 48]
    assert audit["bearing_step_deg"].round(4).tolist() == [*[0.06] * 4, 0.0167, 0.1]
    assert audit["closure_error_m"].notna().tolist() == [False] * 3 + [True] + [False] * 2
    assert audit["place"].tolist() == [f"row {number}" for number in range(2, 8)]
    assert stat.S_IMODE((place / "audit.csv").stat().st_mode) == 0o600
    # Whoever has the file can do the sum again.
    for _, leg in audit.iterrows():
        end = GEOD.fwd(leg["from_lon"], leg["from_lat"], leg["true_azimuth_deg"],
                       leg["recorded_distance_m"])[:2]  # fmt: skip
        assert (leg["lon"], leg["lat"]) == pytest.approx(end, abs=1e-10)
        added = leg["declination_deg"] if leg["bearing_north"] == "magnetic" else 0
        assert leg["true_azimuth_deg"] == pytest.approx((leg["bearing_deg"] + added) % 360)


def test_same_input_same_bytes(run, place):
    run("traverse", "legs.csv", "--points", "landmarks.csv", "--out", "one.gpkg")
    run("traverse", "legs.csv", "--points", "landmarks.csv", "--out", "two.gpkg")
    run("traverse", "legs.csv", "--points", "landmarks.csv", "--out", "one.csv")
    run("traverse", "legs.csv", "--points", "landmarks.csv", "--out", "two.csv")
    for ending in ("gpkg", "csv"):
        assert (place / f"one.{ending}").read_bytes() == (place / f"two.{ending}").read_bytes()


def test_a_workbook_with_title_rows(run, place):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["SYNTHETIC records"])
    sheet.append([])
    for line in LEGS.splitlines():
        sheet.append([int(cell) if cell.isdigit() else cell for cell in line.split(",")])
    book.create_sheet("notes").append(["nothing"])
    book.save("legs.xlsx")
    csv = run("traverse", "legs.csv", "--points", "landmarks.csv", "--out", "one.csv")
    got = run("traverse", "legs.xlsx", "--points", "landmarks.csv", "--out", "two.csv")
    assert (csv.code, got.code) == (0, 0)
    one, two = pd.read_csv("one.csv"), pd.read_csv("two.csv")
    same = [name for name in one if name not in ("source", "place")]
    pd.testing.assert_frame_equal(one[same], two[same])
    assert two["place"].iloc[0] == "Sheet!5:5"


def test_headers_that_are_not_known_are_named(run, place):
    text = LEGS.replace("bearing", "Az. mag.").replace("distance", "D")
    (place / "legs.csv").write_text(text, "utf-8")
    got = run("traverse", "legs.csv", "--points", "landmarks.csv")
    assert got.code == 3
    assert "MA101" in got.err
    assert "--columns legs.bearing=HEADER" in got.err
    got = run("traverse", "legs.csv", "--points", "landmarks.csv",
              "--columns", "legs.bearing=Az. mag.", "--columns", "legs.distance_m=D")  # fmt: skip
    assert got.code == 0


# --- rows of mines ------------------------------------------------------------------------------


def test_rows_by_their_ends(run, place):
    (place / "rows.csv").write_text(
        "row,record_id,start_lat,start_lon,end_lat,end_lon,mines,type,remark\n"
        "1,R-9,-30.1,-25.2,-30.1,-25.198,5,TM-62,SYNTHETIC\n"
        "2,R-9,-30.11,-25.2,-30.12,-25.2,3,TM-62,SYNTHETIC\n",
        "utf-8",
    )
    got = run("traverse", "--rows", "rows.csv", "--out", "points.csv")
    assert got.code == 0
    assert "MA201" in got.err
    points = pd.read_csv("points.csv").set_index("id")
    assert points.index.tolist() == [
        *(f"R-9_1_{k}" for k in range(1, 6)),
        *(f"R-9_2_{k}" for k in range(1, 4)),
    ]
    assert points["geometry_basis"].eq("generated").all()
    # Both ends hold a mine, and all others stand evenly between.
    first = points.loc[[f"R-9_1_{k}" for k in range(1, 6)]]
    assert first["lon"].iloc[[0, -1]].tolist() == [-25.2, -25.198]
    gaps = GEOD.inv(first["lon"][:-1], first["lat"][:-1], first["lon"][1:], first["lat"][1:])[2]
    assert gaps == pytest.approx([gaps[0]] * 4, abs=1e-6)
    assert points["accuracy_m"].isna().all()


def test_rows_in_metres_need_their_coordinate_system():
    rows = pd.DataFrame({"id": ["1"], "start_x": [500000.0], "start_y": [6670000.0],
                         "end_x": [500080.0], "end_y": [6670060.0], "count": [3]})  # fmt: skip
    with pytest.raises(SettingsError, match="--crs"):
        mapaccuracy.traverse(rows=rows)
    made = mapaccuracy.traverse(rows=rows, settings=mapaccuracy.Settings(crs="EPSG:32726"))
    assert made.points["lon"].iloc[0] == pytest.approx(-27, abs=1e-9)
    ends = made.points.iloc[[0, 2]]
    assert GEOD.inv(*ends[["lon", "lat"]].iloc[0], *ends[["lon", "lat"]].iloc[1])[
        2
    ] == pytest.approx(100 / 0.9996, abs=0.01)


@pytest.mark.parametrize("count", ["1", "0", "2.5", "", "x", "100001"])
def test_a_row_needs_two_mines_at_least(count):
    rows = pd.DataFrame({"id": ["1"], "start_lat": ["-30"], "start_lon": ["-25"],
                         "end_lat": ["-30.1"], "end_lon": ["-25"], "count": [count]})  # fmt: skip
    codes = {problem.code for problem in refused(None, None, rows)}
    assert codes <= {"MA103", "MA107"}
    assert codes


def test_a_row_bends_at_its_turning_points():
    legs = legs_of(
        **{"from": ["stone", "", "", ""]}, to=["S", "T", "E", "X"], bearing=["0", "90", "0", "90"],
        kind=["start of row", "turning point", "end of row", "turning point"],
        distance_m=["10", "100", "100", "5"], count=["", "", "5", ""],
    )  # fmt: skip
    points = mapaccuracy.traverse(legs, MARKS).points
    _, _, off = GEOD.inv([STONE[0]] * 5, [STONE[1]] * 5, points["lon"], points["lat"])
    assert len(points) == 5
    # The third of five stands at the corner: 100 m east of the start, 10 m north of the stone.
    assert off[2] == pytest.approx((100**2 + 10**2) ** 0.5, abs=0.01)
    assert off[0] == pytest.approx(10, abs=1e-6)


def test_a_row_whose_ends_were_both_measured_from_a_landmark_is_straight():
    legs = legs_of(**{"from": ["stone", "stone"]}, to=["S", "E"], bearing=["0", "90"],
                   kind=["start of row", "end of row"], count=["", "3"])  # fmt: skip
    points = mapaccuracy.traverse(legs, MARKS).points
    _, _, off = GEOD.inv([STONE[0]] * 3, [STONE[1]] * 3, points["lon"], points["lat"])
    assert off == pytest.approx([100, 100 / 2**0.5, 100], abs=0.01)


@pytest.mark.parametrize(
    ("kinds", "said"),
    [
        (["start of row", "mine"], "has no end"),
        (["mine", "end of row"], "has no start"),
        (["start of row", "start of row"], "has no end"),
    ],
)
def test_half_rows_are_refused(kinds, said):
    legs = legs_of(to=["A", "B"], kind=kinds, count=["", "4"])
    assert any(p.code == "MA324" and said in p.message() for p in refused(legs))


def test_a_row_without_a_count_is_refused():
    legs = legs_of(to=["A", "B"], kind=["start of row", "end of row"])
    assert [p.code for p in refused(legs)] == ["MA324"]


# --- what is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "code", "said"),
    [
        ({"from": "oak"}, "MA322", "'oak', which is no landmark"),
        ({"from": ""}, "MA322", "the cell is blank"),
        ({"to": "stone"}, "MA322", "where it also ends"),
        ({"bearing": "400"}, "MA320", "the circle has 360 degrees"),
        ({"bearing": "6100", "unit": "mils6000"}, "MA320", "the circle has 6000"),
        ({"bearing": "15-00", "unit": ""}, "MA320", "6000 make it 90 degrees"),
        ({"bearing": ""}, "MA320", "blank"),
        ({"distance_m": "-5"}, "MA107", "above 0"),
        ({"distance_m": "0"}, "MA107", "above 0"),
        ({"distance_m": ""}, "MA107", "above 0"),
        ({"distance_m": "100001"}, "MA107", "above 0"),
        ({"distance_m": "80 paces"}, "MA103", "not a number"),
        ({"north": "magnetic"}, "MA321", "has no date"),
        ({"north": "magnetic", "date": "12.06.1988"}, "MA321", "not written"),
        ({"north": "magnetic", "date": "1899"}, "MA321", "outside the years"),
        ({"north": "compass rose"}, "MA106", "not a known north"),
        ({"north": ""}, "MA120", "no north"),
        ({"unit": "mils"}, "MA106", "not a known unit"),
        ({"kind": "tree"}, "MA106", "not a known kind"),
        ({"direction": "up"}, "MA106", "not a known direction"),
        ({"record_id": ""}, "MA120", "no record_id"),
        ({"bearing_step": "0"}, "MA107", "above 0"),
        ({"count": "0"}, "MA107", "whole number"),
        ({"leg": "first"}, "MA103", "not a number"),
    ],
)
def test_legs_that_cannot_be_walked_are_refused(changes, code, said):
    problems = [p for p in refused(legs_of(**changes)) if p.code == code]
    assert problems
    assert said in problems[0].message(with_locations=True)
    assert problems[0].place.startswith("row 1")


def test_legs_that_wait_for_each_other_are_refused():
    legs = legs_of(**{"from": ["B", "A"]}, to=["A", "B"])
    (problem,) = refused(legs)
    assert problem.code == "MA322"
    assert "only a later leg" in problem.message()


def test_the_order_of_legs_must_be_known():
    twice = legs_of(leg=["1", "1"], to=["A", "B"])
    assert [p.code for p in refused(twice)] == ["MA323"]
    some = legs_of(leg=["1", ""], to=["A", "B"])
    assert [p.code for p in refused(some)] == ["MA323"]


def test_a_point_is_known_in_its_own_record_only():
    legs = legs_of(record_id=["R", "Q"], **{"from": ["stone", "A"]}, to=["A", "B"])
    (problem,) = refused(legs)
    assert (problem.code, problem.id) == ("MA322", "Q")


def test_every_fault_is_listed_at_once():
    legs = legs_of(bearing=["400", "45", "45"], distance_m=["100", "-1", "100"],
                   **{"from": ["stone", "stone", "oak"]}, to=["A", "B", "C"])  # fmt: skip
    assert sorted(p.code for p in refused(legs)) == ["MA107", "MA320", "MA322"]


def test_a_name_that_may_be_a_coordinate_is_withheld():
    (problem,) = refused(legs_of(**{"from": "-30.1234"}))
    assert "-30.1234" not in problem.text()
    assert "-30.1234" in problem.text(with_locations=True)


def test_nobody_says_from_which_north():
    legs = legs_of().drop(columns="north")
    with pytest.raises(SettingsError, match="--north"):
        mapaccuracy.traverse(legs, MARKS)
    assert len(mapaccuracy.traverse(legs, MARKS, north="true").points) == 1


@pytest.mark.parametrize(
    "rules",
    [{"north": "south"}, {"unit": "grads"}, {"closure_m": -1.0}, {"closure_share": 2.0},
     {"closure_share": float("nan")}],
)  # fmt: skip
def test_rules_that_cannot_be_used(rules):
    with pytest.raises(SettingsError):
        mapaccuracy.traverse(legs_of(), MARKS, **rules)


def test_local_metres_are_no_place_on_earth():
    with pytest.raises(SettingsError, match="local"):
        mapaccuracy.traverse(legs_of(), MARKS, settings=mapaccuracy.Settings(crs="local"))


def test_a_record_with_a_fault_is_left_out_whole():
    legs = legs_of(record_id=["R", "R", "Q"], to=["A", "B", "A"], bearing=["45", "400", "45"])
    settings = mapaccuracy.Settings(drop_faulty=True)
    made = mapaccuracy.traverse(legs, MARKS, settings=settings)
    assert made.points["id"].tolist() == ["Q_A"]
    source = made.sources[0]
    assert (source.rows_read, source.rows_used, source.rows_dropped) == (3, 1, 2)
    assert source.dropped == {"MA320": 1, "MA325": 1}
    (said,) = [p for p in made.problems if p.code == "MA325"]
    assert "Records left out because a leg of theirs cannot be used: 1" in said.message()
    with pytest.raises(InputError):
        mapaccuracy.traverse(legs_of(bearing="400"), MARKS, settings=settings)


# --- landmarks and names ------------------------------------------------------------------------


def test_a_landmark_of_the_record_goes_before_one_of_all():
    marks = pd.DataFrame({"id": ["oak", "oak", "oak"], "record_id": ["", "R", "Q"],
                          "lat": [-30.0, -31.0, -32.0], "lon": [-25.0] * 3})  # fmt: skip
    legs = legs_of(record_id=["R", "Q", "P"], **{"from": "oak"}, to="A")
    made = mapaccuracy.traverse(legs, marks).points.set_index("record_id")
    assert made.loc[["R", "Q", "P"], "from_lat"].tolist() == [-31, -32, -30]
    twice = marks.assign(record_id="")
    assert {p.code for p in refused(legs, twice)} == {"MA401"}


def test_accuracy_of_landmarks_is_carried_on():
    legs = legs_of(bearing="45.00", distance_m="100.00")
    made = mapaccuracy.traverse(legs, MARKS.assign(accuracy_m=7.0))
    assert made.points["accuracy_m"].item() == pytest.approx(7.0, abs=0.01)
    # A landmark to two decimals of a degree is not known better than that.
    coarse = mapaccuracy.traverse(legs, MARKS.assign(lat=-30.12, lon=-25.23))
    assert coarse.points["accuracy_m"].item() > 200


def test_the_reference_point_of_a_chain_is_its_landmark():
    legs = legs_of(**{"from": ["stone", ""]}, to=["A", "B"])
    made = mapaccuracy.traverse(legs, MARKS).points
    assert made["reference_lon"].tolist() == [STONE[0]] * 2
    assert made["from_lon"].tolist() == [STONE[0], made["lon"][0]]


def test_legs_that_do_not_say_what_they_reach_are_mines_and_that_is_said():
    legs = legs_of(**{"from": ["stone", "", ""]}, to=["A", "B", "stone"]).drop(columns="kind")
    made = mapaccuracy.traverse(legs, MARKS)
    assert made.points["id"].tolist() == ["R_A", "R_B"]
    (said,) = [p for p in made.problems if p.code == "MA326"]
    assert "what they reach: 2" in said.message()


def test_turning_points_and_landmarks_are_no_mines():
    legs = legs_of(**{"from": ["stone", "", ""]}, to=["A", "B", "C"],
                   kind=["turning point", "landmark", "mine"])  # fmt: skip
    assert mapaccuracy.traverse(legs, MARKS).points["id"].tolist() == ["R_C"]


def test_names_that_run_together_are_refused():
    legs = legs_of(record_id=["R", "R_A"], to=["A_B", "B"])
    assert {p.code for p in refused(legs)} == {"MA401"}


def test_a_date_of_the_record_serves_all_its_legs_unless_they_differ():
    dated = {"north": "magnetic", "to": ["A", "B", "C"]}
    one = mapaccuracy.traverse(legs_of(date=["1988", "", ""], **dated), MARKS)
    assert one.legs["declination_deg"].nunique() == 1
    assert {p.code for p in refused(legs_of(date=["1988", "2021", ""], **dated))} == {"MA321"}


def test_counter_clockwise_thousandths_mirror_the_leg():
    # The compass of Adrianov: degrees run clockwise, thousandths the other way.
    legs = legs_of(bearing=["15-00", "270"], unit=["mils6000", "degrees"], to=["A", "B"],
                   direction=["counterclockwise", ""])  # fmt: skip
    points = mapaccuracy.traverse(legs, MARKS).points
    assert points["lon"].nunique() == 1


def test_a_traverse_between_two_landmarks_is_checked():
    azimuth, _, distance = GEOD.inv(*STONE, *WELL)
    legs = legs_of(bearing=f"{azimuth % 360:.4f}", distance_m=f"{distance + 30:.1f}", to="well")
    (record,) = mapaccuracy.traverse(legs, MARKS).records
    assert record.closures[0].error_m == pytest.approx(30, abs=0.2)
    assert record.outcome == "closed"  # 1 % of 14.7 km
    (record,) = mapaccuracy.traverse(legs, MARKS, closure_share=0.001).records
    assert record.outcome == "open"


def test_a_leg_behind_a_closing_one_begins_at_the_known_point():
    legs = legs_of(**{"from": ["stone", "", ""]}, to=["A", "stone", "B"])
    made = mapaccuracy.traverse(legs, MARKS)
    begins = made.legs.loc[2, ["from_lon", "from_lat"]].tolist()
    assert begins == list(STONE)


def test_a_record_may_stand_in_two_tables():
    first = legs_of(leg=["1", "3"], to=["A", "C"], **{"from": ["stone", "B"]})
    second = legs_of(leg="2", to="B", **{"from": "A"})
    made = mapaccuracy.traverse([first, second], MARKS)
    assert made.legs["leg"].tolist() == ["1", "2", "3"]
    assert made.legs["source"].tolist() == ["legs 1", "legs 2", "legs 1"]
    assert [source.rows_used for source in made.sources[:2]] == [2, 1]
    (problem,) = refused([first, second.assign(bearing="400")])
    assert (problem.source, problem.place) == ("legs 2", "row 1, column bearing")


def test_a_table_of_a_geopackage_beside_its_landmarks(run, place):
    pyogrio.write_dataframe(pd.read_csv("legs.csv", dtype=str), "all.gpkg", layer="legs")
    marks = pd.read_csv("landmarks.csv")
    at = gpd.points_from_xy(marks["lon"], marks["lat"], crs=4326)
    layer = gpd.GeoDataFrame(marks[["id", "remark"]], geometry=at)
    pyogrio.write_dataframe(layer, "all.gpkg", layer="landmarks")
    got = run("traverse", "all.gpkg", "--points", "all.gpkg", "--out", "two.csv")
    assert got.code == 0
    run("traverse", "legs.csv", "--points", "landmarks.csv", "--out", "one.csv")
    one, two = pd.read_csv("one.csv"), pd.read_csv("two.csv")
    assert one["id"].tolist() == two["id"].tolist()
    assert one["lat"].to_numpy() == pytest.approx(two["lat"].to_numpy(), abs=1e-12)


# --- files that cannot be written ---------------------------------------------------------------


def test_files_in_the_way(run, place):
    got = run("traverse", "legs.csv", "--points", "landmarks.csv", "--out", "legs.csv")
    assert got.code == 2
    assert "is an input" in got.err
    assert "--out" in got.err
    assert (place / "legs.csv").read_text("utf-8") == LEGS
    got = run("traverse", "legs.csv", "--points", "landmarks.csv", "--out", "points.txt")
    assert (got.code, "ends in .csv" in got.err) == (2, True)
    got = run("traverse", "legs.csv", "--points", "landmarks.csv", "--out", "a.csv",
              "--audit", "./A.csv")  # fmt: skip
    assert (got.code, "same file" in got.err) == (2, True)
    assert sorted(path.name for path in place.iterdir()) == ["landmarks.csv", "legs.csv"]


def test_a_fault_leaves_an_earlier_file_alone(run, place):
    (place / "points.csv").write_text("earlier")
    (place / "legs.csv").write_text(LEGS.replace("48.0", "480"), "utf-8")
    got = run("traverse", "legs.csv", "--points", "landmarks.csv", "--out", "points.csv")
    assert got.code == 3
    assert "MA320" in got.err
    assert (place / "points.csv").read_text() == "earlier"


def test_the_faults_of_all_files_are_shown_at_once(run, place):
    got = run("traverse", "no.csv", "--points", "nor.csv", "--rows", "neither.csv")
    assert got.code == 3
    assert got.err.count("MA001") == 3


def test_the_result_as_text_holds_no_position():
    made = mapaccuracy.traverse(legs_of(), MARKS)
    assert "-30." not in repr(made)
    assert "-30." not in json.dumps(made.to_dict())


def test_a_table_that_is_not_there_says_that_no_point_was_made(place, run):
    done = run("traverse", "nothing.csv")
    assert (done.code, done.out) == (3, "")
    assert "No point was made." in done.err
    assert "evaluated" not in done.err


# --- configuration and formats ------------------------------------------------------------------

CONFIG = """schema = 1
[inputs.legs]
path = "forms.csv"
bearing = "Richtung"
date = {column = "gelegt", format = "%d.%m.%Y"}
[inputs.landmarks]
path = "marks.csv"
order = "lon,lat"
"""


def test_inputs_and_their_formats_may_stand_in_the_configuration(run, place):
    legs = LEGS.replace(",bearing,", ",Richtung,").replace(",date,", ",gelegt,")
    (place / "forms.csv").write_text(legs.replace("1988-06", "12.06.1988"), "utf-8")
    marks = f'name,coordinates,remark\nstone,"{STONE[0]}; {STONE[1]}",SYNTHETIC\n'
    marks += f'well,"{WELL[0]}; {WELL[1]}",SYNTHETIC\n'
    (place / "marks.csv").write_text(marks, "utf-8")
    (place / "mapaccuracy.toml").write_text(CONFIG, "utf-8")
    got = run("traverse", "--out", "points.csv")
    # Of R-2, the dates are written as no other can read them, whatever the format.
    assert (got.code, "mapaccuracy.toml" in got.err) == (0, True)
    (place / "plain").mkdir()
    (place / "plain" / "legs.csv").write_text(LEGS.replace("1988-06", "1988-06-12"), "utf-8")
    run("traverse", "plain/legs.csv", "--points", "landmarks.csv", "--no-config",
        "--out", "plain.csv")  # fmt: skip
    one, other = (pd.read_csv(place / name) for name in ("points.csv", "plain.csv"))
    columns = ["id", "lat", "lon", "date", "declination_deg"]
    pd.testing.assert_frame_equal(one[columns], other[columns])
    shown = run("traverse", "--show-config", "--format", "json").document
    (line,) = [row for row in shown if row["name"] == "formats.legs.date"]
    assert (line["value"], line["where"]) == ("%d.%m.%Y", "mapaccuracy.toml, line 5")
    named = run("traverse", "legs.csv", "--points", "landmarks.csv", "--config", "none.toml")
    assert named.code == 2


def test_a_date_that_does_not_fit_its_format_is_no_blank_one():
    legs = legs_of(
        north="magnetic", bearing=["45", "46", "47"], date=["12.06.1988", "1988/06", ""]
    ).assign(leg=[1, 2, 3])
    formats = {"legs.date": "%d.%m.%Y"}
    with pytest.raises(InputError) as error:
        mapaccuracy.traverse(legs, MARKS, settings=mapaccuracy.Settings(formats=formats))
    told = [(problem.code, problem.row) for problem in error.value.problems]
    assert [code for code, _ in told] == ["MA321", "MA321"]
    made = mapaccuracy.traverse(
        legs.assign(date=["12.06.1988", "", "13.06.1988"], north=["magnetic", "true", "magnetic"]),
        MARKS,
        settings=mapaccuracy.Settings(formats=formats),
    )
    assert made.points["date"].tolist() == ["1988-06-12", "", "1988-06-13"]


def test_dates_of_rows_are_read_in_their_format():
    ends = {"id": "1", "start_lat": -30.1, "start_lon": -25.1, "end_lat": -30.1, "end_lon": -25.2}
    rows = pd.DataFrame([ends | {"count": 2, "date": "03.04.1993"}])
    settings = mapaccuracy.Settings(formats={"row_ends.date": "%d.%m.%Y"})
    made = mapaccuracy.traverse(rows=rows, settings=settings)
    assert made.points["date"].tolist() == ["1993-04-03"] * 2
    assert made.to_dict()["settings"]["formats"] == {"row_ends.date": "%d.%m.%Y"}


def test_formats_of_legs_and_landmarks_are_known_and_no_others():
    for known in ({"legs.date": "%m/%Y"}, {"landmarks.position": "lat,lon"}):
        assert mapaccuracy.Settings(formats=known).formats == known
    for wrong in ({"legs.position": "lat,lon"}, {"landmarks.date": "%Y"}):
        with pytest.raises(SettingsError, match="there is no"):
            mapaccuracy.Settings(formats=wrong)
