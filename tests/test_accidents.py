"""Accidents: read like any points, counted by their distance to the map, never told singly."""

import json
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from mapaccuracy import InputError, Settings, SettingsError, evaluate
from mapaccuracy.evaluation.accidents import _withheld

LOCAL = Settings(crs="local", draws=19)


def points(xy, prefix, **columns):
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    ids = [f"{prefix}{number:03d}" for number in range(len(xy))]
    return pd.DataFrame({"id": ids, "x": xy[:, 0], "y": xy[:, 1], **columns})


def case(n=30, seed=1, spread=3000.0):
    rng = np.random.default_rng(seed)
    supplied = points(rng.uniform(0, 3000, (25, 2)), "S")
    finds = points(rng.uniform(0, 3000, (20, 2)), "F")
    return supplied, finds, points(rng.uniform(0, spread, (n, 2)), "A")


def shares(group):
    return {entry.tolerance_m: entry.share for entry in group.accidents.beyond}


def test_shares_by_brute_force():
    supplied, finds, accidents = case()
    settings = Settings(crs="local", tolerance_m=150, ladder=[50, 400], draws=19)
    group = evaluate(supplied, finds, accidents=accidents, settings=settings).overall
    nearest = cdist(accidents[["x", "y"]], supplied[["x", "y"]]).min(axis=1)
    assert group.accidents.n == 30
    assert {rung: share.value for rung, share in shares(group).items()} == {
        rung: float((nearest > rung).mean()) for rung in (50, 150, 400)
    }


def test_only_single_points_are_the_map_and_the_border_is_within():
    supplied = points([[0, 0], [100, 0], [200, 0]], "S", count=[1, 5, 1])
    accidents = points([[10, 0], [100, 0], [205, 0], [300, 0], [500, 0]], "A")
    result = evaluate(supplied, points([[0, 0]], "F"), accidents=accidents, settings=LOCAL)
    # Distances to the single points: 10, 100, 5, 100, 300.
    told = {rung: share.value for rung, share in shares(result.overall).items()}
    assert told == {1: 1.0, 2: 1.0, 5: 0.8, 10: 0.6, 20: 0.6, 50: 0.6, 100: 0.2}


def test_interval_takes_accidents_close_to_each_other_for_one_place():
    rng = np.random.default_rng(3)
    places = np.array([[3000.0 * i, 0] for i in range(8)])
    accidents = points(np.repeat(places, 10, axis=0) + rng.uniform(-10, 10, (80, 2)), "A")
    supplied = points(places[:3], "S")
    result = evaluate(supplied, points([[0, 0]], "F"), accidents=accidents, settings=LOCAL)
    share = shares(result.overall)[100]
    assert (share.value, share.n, share.clusters) == (5 / 8, 80, 8)
    assert share.high - share.low > 0.5  # of eight, not of eighty
    far = Settings(crs="local", cluster_distance_m=5000, draws=19)
    one = evaluate(supplied, points([[0, 0]], "F"), accidents=accidents, settings=far)
    assert shares(one.overall)[100].reason == "too few separate places of accidents for an interval"


def test_no_accidents_no_key():
    supplied, finds, _ = case()
    result = evaluate(supplied, finds, settings=LOCAL)
    assert result.overall.accidents is None
    assert "accidents" not in result.to_dict()["overall"]
    assert "accidents" not in {note.code for note in result.notes}


def test_nothing_else_changes():
    supplied, finds, accidents = case()
    without = evaluate(supplied, finds, settings=LOCAL).to_dict()
    given_too = evaluate(supplied, finds, accidents=accidents, settings=LOCAL).to_dict()
    del given_too["overall"]["accidents"]
    assert given_too["overall"] == without["overall"]
    assert [source["role"] for source in given_too["sources"]] == ["supplied", "finds", "accidents"]


def test_districts_by_polygon():
    supplied, finds, accidents = case(40)
    accidents["district"] = "a word that does not count"
    districts = gpd.GeoDataFrame(
        {"district": ["West", "East"]},
        geometry=[shapely.box(0, 0, 1200, 3000), shapely.box(1200, 0, 3000, 3000)],
    )
    result = evaluate(supplied, finds, None, districts, LOCAL, accidents=accidents)
    nearest = cdist(accidents[["x", "y"]], supplied[["x", "y"]]).min(axis=1)
    east = accidents["x"].to_numpy() > 1200
    groups = {group.group: group for group in result.districts}
    assert groups["East"].accidents.n == east.sum()
    # The nearest point counts, in whatever district it lies.
    assert shares(groups["West"])[100].value == float((nearest[~east] > 100).mean())


def test_districts_by_column():
    supplied, finds, accidents = case(30)
    supplied["district"] = ["Birkfell", "Aldermoor"] * 12 + [""]
    accidents["district"] = ["BIRKFELL"] * 10 + ["aldermoor"] * 8 + [""] * 6 + ["Nowhere"] * 6
    result = evaluate(supplied, finds, accidents=accidents, settings=LOCAL)
    found = {group.group: group.accidents.n for group in result.districts}
    assert found == {"Aldermoor": 8, "Birkfell": 10, "district not stated": 6}
    nameless = evaluate(
        supplied, finds, accidents=accidents.drop(columns="district"), settings=LOCAL
    )
    assert [group.accidents.n for group in nameless.districts] == [0, 0, 30]


def test_few_accidents_are_not_told_by_distance():
    supplied, finds, accidents = case(4)
    result = evaluate(supplied, finds, accidents=accidents, settings=LOCAL)
    assert result.overall.accidents.beyond == ()
    assert "fewer than 5" in result.overall.accidents.reason
    note = {note.code: note.message for note in result.notes}["accidents"]
    assert "No share is given" in note


@given(st.lists(st.integers(0, 12), min_size=1, max_size=8), st.integers(0, 6))
def test_no_few_accidents_follow_by_subtraction(n, elsewhere):
    reasons = _withheld(np.array(n), sum(n) + elsewhere)
    told = [count for count, reason in zip(n, reasons, strict=True) if reason is None]
    assert all(count >= 5 for count in told)
    rest = sum(n) + elsewhere - sum(told)
    assert rest == 0 or rest >= 5 or not told


def test_without_single_supplied_points_there_is_a_reason():
    supplied = points([[0, 0], [9, 9]], "S", count=[3, 4])
    _, finds, accidents = case()
    group = evaluate(supplied, finds, accidents=accidents, settings=LOCAL).overall
    assert (group.accidents.n, group.accidents.beyond) == (30, ())
    assert group.accidents.reason == "no single supplied points"


def test_order_of_rows_does_not_matter():
    supplied, finds, accidents = case(60, spread=300)
    results = [
        json.dumps(evaluate(supplied, finds, accidents=rows, settings=LOCAL).to_dict())
        for rows in (accidents, accidents.sample(frac=1, random_state=2))
    ]
    assert results[0] == results[1]


def test_note_says_which_distance_and_of_how_many():
    supplied, finds, accidents = case()
    result = evaluate(supplied, finds, accidents=accidents, settings=LOCAL)
    message = {note.code: note.message for note in result.notes}["accidents"]
    k = round(shares(result.overall)[10].value * 30)
    assert message.startswith(f"Accidents given: 30. {k} of them ({100 * k / 30:.1f} %) lie more")
    assert "than 10 m from every single supplied point" in message


def test_faults_are_those_of_any_points():
    supplied, finds, accidents = case()
    with pytest.raises(InputError) as stop:
        evaluate(supplied, finds, accidents=accidents.assign(id="A1"), settings=LOCAL)
    assert {(problem.code, problem.source) for problem in stop.value.problems} == {
        ("MA401", "accidents")
    }
    with pytest.raises(InputError) as stop:
        evaluate(supplied, finds, accidents=accidents.drop(columns="id"), settings=LOCAL)
    assert [problem.code for problem in stop.value.problems] == ["MA101"]
    degrees = [frame.rename(columns={"x": "lon", "y": "lat"}) for frame in (supplied, finds)]
    small = [frame.assign(lat=frame["lat"] / 100, lon=frame["lon"] / 100) for frame in degrees]
    with pytest.raises(SettingsError, match=r"accidents gives x and y, and no coordinate system"):
        evaluate(*small, accidents=accidents)


POSITIONS = ("30.12", "25.76")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(5)
    for name, n in (("s", 30), ("f", 30), ("a", 12)):
        lines = [
            f"{name}{i:03d},{-30.12 + y:.7f},{-25.76 + x:.7f}"
            for i, (x, y) in enumerate(rng.uniform(0, 0.009, (n, 2)))
        ]
        Path(f"{name}.csv").write_text("id,lat,lon\n" + "\n".join(lines) + "\n", "utf-8")
    return tmp_path


ARGS = ("evaluate", "s.csv", "f.csv", "--assume-searched", "--draws", "19")


def test_command_reads_csv_and_geojson_alike(folder, run, result_schema):
    from_csv = run(*ARGS, "--accidents", "a.csv", "--format", "json")
    assert from_csv.code == 0
    result_schema.validate(from_csv.document)
    rows = pd.read_csv("a.csv")
    layer = gpd.GeoDataFrame(
        rows[["id"]].rename(columns={"id": "Accident ID"}),
        geometry=gpd.points_from_xy(rows["lon"], rows["lat"]),
        crs="EPSG:4326",
    )
    layer.to_file("a.geojson", driver="GeoJSON")
    from_geojson = run(*ARGS, "--accidents", "a.geojson", "--format", "json")
    accidents = from_csv.document["overall"]["accidents"]
    assert accidents["n"] == 12
    assert from_geojson.document["overall"]["accidents"] == accidents
    layer.to_crs("EPSG:32726").to_file("a.gpkg")
    projected = run(*ARGS, "--accidents", "a.gpkg", "--format", "json").document
    assert projected["overall"]["accidents"] == accidents
    assert projected["sources"][-1]["crs"] == "EPSG:32726"


def test_command_takes_several_files_and_tells_no_position(folder, run):
    lines = Path("a.csv").read_text("utf-8").splitlines()
    Path("b.csv").write_text("\n".join([lines[0], *lines[7:]]), "utf-8")
    Path("a.csv").write_text("\n".join(lines[:7]), "utf-8")
    done = run(*ARGS, "--accidents", "a.csv", "--accidents", "b.csv", "--out", "result")
    assert done.code == 0
    document = json.loads(Path("result/result.json").read_text("utf-8"))
    assert document["overall"]["accidents"]["n"] == 12
    written = "".join(path.read_text("utf-8") for path in Path("result").iterdir())
    for text in (done.out, done.err, written):
        assert not any(position in text for position in POSITIONS)
        assert "a001" not in text


def test_command_lists_what_is_wrong(folder, run):
    Path("a.csv").write_text("id,lat,lon\na1,-30.1,x\n,-30.1,-25.7\n", "utf-8")
    done = run(*ARGS, "--accidents", "a.csv")
    assert done.code == 3
    assert "MA103" in done.err
    assert "MA102" in done.err
    dropped = run(*ARGS, "--accidents", "missing.csv")
    assert (dropped.code, "MA001" in dropped.err) == (3, True)


def test_configuration_names_their_columns(folder, run):
    text = Path("a.csv").read_text("utf-8").replace("id,", "Reference,", 1)
    Path("a.csv").write_text(text, "utf-8")
    assert run(*ARGS, "--accidents", "a.csv").code == 3
    Path("c.toml").write_text('[inputs.accidents]\nid = "Reference"\n', "utf-8")
    assert run(*ARGS, "--accidents", "a.csv", "--config", "c.toml").code == 0
    assert run(*ARGS, "--accidents", "a.csv", "--columns", "accidents.id=Reference").code == 0
