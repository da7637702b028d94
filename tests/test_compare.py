"""Two maps on the same finds: the change, its interval, and when there is no comparing."""

import json
import math
from collections import defaultdict
from pathlib import Path

import geopandas as gpd
import jsonschema
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy import stats

from mapaccuracy import InputError, Settings, SettingsError, evaluate
from mapaccuracy.compare import compare

ROOT = Path(__file__).parent.parent / "mapaccuracy" / "schema"
FREE = Settings(crs="local", assume_searched=True, draws=199)


def frame(xy, prefix, **columns):
    xy = np.asarray(xy, dtype=float).reshape(-1, 2)
    ids = [f"{prefix}{number:04d}" for number in range(len(xy))]
    return pd.DataFrame({"id": ids, "x": xy[:, 0], "y": xy[:, 1], **columns})


def world(seed=1, records=40, per_record=12, share=(0.2, 0.7), extent=20_000.0):
    """Finds in short rows, and two maps that have so much of each row right."""
    rng = np.random.default_rng(seed)
    at = rng.uniform(0, extent, (records, 2))
    rows = at[:, None] + np.arange(per_record)[None, :, None] * np.array([25.0, 0])
    finds = frame(rows, "F")
    maps = []
    for right in share:
        known = rng.random((records, per_record)) < right
        moved = np.where(
            known[..., None], rows + rng.normal(0, 2, rows.shape), rows + np.array([0, 400])
        )
        names = np.repeat([f"R{i:03d}" for i in range(records)], per_record)
        maps.append(frame(moved, "S", record_id=names))
    return *maps, finds


def test_rates_are_those_of_each_map_alone():
    old, new, finds = world()
    result = compare(old, new, finds, settings=FREE)
    for name, supplied in (("old", old), ("new", new)):
        alone = evaluate(supplied, finds, settings=FREE).overall
        assert getattr(result.overall.precision, name) == alone.precision
        assert getattr(result.overall.recall, name) == alone.recall
    assert (result.overall.supplied_old, result.overall.finds) == (480, 480)


def test_change_and_interval_by_brute_force():
    old, new, finds = world()
    change = compare(old, new, finds, settings=FREE).overall.precision
    side = change.block_side_m
    # Rows of 12 points 25 m apart are 275 m long (and a few of noise), or 485 m with points 400 m
    # off: between 2.5 times the one and the other, or twice or four times that.
    assert any(2.5 * 275 <= side / times <= 2.5 * 490 + 10 for times in (1, 2, 4))
    blocks = defaultdict(lambda: [0, 0, 0, 0])
    for which, supplied in enumerate((old, new)):
        paired = set(evaluate(supplied, finds, settings=FREE).pairs["supplied_id"])
        for row in supplied.itertuples():
            entry = blocks[math.floor(row.x / side), math.floor(row.y / side)]
            entry[2 * which] += row.id in paired
            entry[2 * which + 1] += 1
    x0, n0, x1, n1 = np.array(list(blocks.values()), float).T
    p0, p1 = x0.sum() / n0.sum(), x1.sum() / n1.sum()
    e = (x1 - p1 * n1) / n1.sum() - (x0 - p0 * n0) / n0.sum()
    k = len(blocks)
    k_eff = min(n.sum() ** 2 / (n**2).sum() for n in (n0, n1))
    reach = stats.t.ppf(0.975, k_eff - 1) * math.sqrt(k / (k - 1) * (e**2).sum())
    assert change.change == pytest.approx(p1 - p0)
    assert (change.blocks, change.effective_blocks) == (k, pytest.approx(k_eff))
    assert change.low <= p1 - p0 - reach + 1e-12
    assert change.high >= p1 - p0 + reach - 1e-12
    assert change.high - change.low < 3 * reach
    assert change.word == "real"
    assert change.reason is None


def test_a_map_against_itself():
    old, _, finds = world()
    districts = gpd.GeoDataFrame(
        {"district": ["North", "South"]},
        geometry=[shapely.box(0, 10_000, 20_600, 20_600), shapely.box(0, 0, 20_600, 10_000)],
    )
    result = compare(old, old, finds, None, districts, FREE)
    assert [group.group for group in result.districts] == ["North", "South"]
    for group in (result.overall, *result.districts):
        for change in (group.precision, group.recall):
            assert (change.change, change.word) == (0, "within noise")
            assert change.low < 0 < change.high


def test_the_other_way_round():
    old, new, finds = world(share=(0.3, 0.5))
    there, back = (
        compare(*maps, finds, settings=FREE).overall for maps in ((old, new), (new, old))
    )
    for one, other in ((there.precision, back.precision), (there.recall, back.recall)):
        assert other.change == pytest.approx(-one.change)
        assert (other.low, other.high) == pytest.approx((-one.high, -one.low))
        assert other.word == one.word


def test_order_of_rows_does_not_matter():
    old, new, finds = world()
    shuffled = [rows.sample(frac=1, random_state=3) for rows in (old, new, finds)]
    texts = {
        json.dumps(compare(*rows, settings=FREE).to_dict())
        for rows in ((old, new, finds), shuffled)
    }
    assert len(texts) == 1


def test_degrees_and_metres_agree():
    old, new, finds = world()
    local = compare(old, new, finds, settings=FREE).overall.recall
    # On the equator a degree is 111,319.49 m of longitude and 110,574.28 m of latitude.
    degrees = [
        rows.assign(lon=rows["x"] / 111_319.4908, lat=rows["y"] / 110_574.2758).drop(
            columns=["x", "y"]
        )
        for rows in (old, new, finds)
    ]
    settings = Settings(crs="EPSG:4326", assume_searched=True, draws=199)
    globe = compare(*degrees, settings=settings).overall.recall
    assert globe.change == local.change
    assert globe.block_side_m == local.block_side_m
    assert (globe.low, globe.high) == pytest.approx((local.low, local.high), abs=0.03)


def test_without_searched_areas_precision_cannot_be_compared():
    old, new, finds = world()
    result = compare(old, new, finds, settings=Settings(crs="local", draws=19)).overall
    assert (result.precision.word, result.precision.change) == ("not comparable", None)
    assert result.precision.reason == "no searched areas given"
    assert result.recall.word == "real"


def test_searched_areas_decide_what_counts():
    old, new, finds = world()
    ground = gpd.GeoDataFrame(geometry=[shapely.box(-50, -50, 21_000, 9_000)])
    result = compare(old, new, finds, ground, settings=Settings(crs="local", draws=19)).overall
    assert result.finds == (finds["y"] <= 9000).sum()
    assert result.precision.old.n == (old["y"] <= 8990).sum()


def test_too_little_ground_is_not_compared():
    old, new, finds = world(records=3)
    result = compare(old, new, finds, settings=FREE).overall
    assert result.recall.word == "not comparable"
    assert result.recall.reason == "fewer than 5 effective blocks of ground for an interval"
    assert result.recall.low is None


def test_points_told_apart_in_one_map_only_are_not_compared():
    old, new, finds = world()
    dense = pd.concat([new, new.assign(id="T" + new["id"], x=new["x"] + 3)])
    for maps, missing in (((old, dense), "not in the new"), ((dense, old), "not in the old")):
        result = compare(*maps, finds, settings=FREE).overall
        assert (result.precision.word, result.recall.word) == ("not comparable",) * 2
        assert result.precision.reason.endswith(missing)
    other = dense.assign(x=dense["x"] + np.arange(len(dense)) % 2)
    both = compare(dense, other, finds, settings=FREE).overall
    assert "points cannot be told apart at the tolerance in either map" in both.precision.reason


def test_maps_of_different_ground_are_not_compared():
    old, new, finds = world()
    far = new.assign(x=new["x"] + 100_000)
    result = compare(old, far, finds, settings=FREE).overall
    assert (
        result.precision.reason == "the maps have less than half of their points on common ground"
    )
    # A map that is the old one and more, elsewhere.
    elsewhere = [
        far.assign(id=name + far["id"], record_id=name + far["record_id"], x=far["x"] + metres)
        for name, metres in (("T", 0), ("U", 40_000))
    ]
    more = pd.concat([old, *elsewhere])
    result = compare(old, more, finds, settings=FREE).overall
    assert "of the new map lies where the old has nothing" in result.precision.reason


def test_a_map_displaced_by_100_m_can_be_compared():
    old, new, finds = world(share=(1, 1))
    result = compare(old.assign(y=old["y"] + 100), new, finds, settings=FREE).overall
    assert result.precision.word == "real"
    assert result.precision.old.value == 0
    assert result.precision.change == result.precision.new.value


def test_districts_by_column_are_those_of_either_map():
    old, new, finds = world()
    old["district"] = "Aldermoor"
    new["district"] = ["ALDERMOOR"] * 240 + ["Birkfell"] * 240
    result = compare(old, new, finds, settings=FREE)
    assert [group.group for group in result.districts] == [
        "ALDERMOOR",
        "Birkfell",
        "district not stated",
    ]
    alder, birk, _ = result.districts
    assert (alder.supplied_old, alder.supplied_new) == (480, 240)
    assert (birk.precision.word, birk.supplied_old) == ("not comparable", 0)
    assert birk.precision.reason == "old map: no verifiable supplied points"
    one_sided = compare(old.drop(columns="district"), new, finds, settings=FREE)
    assert [group.supplied_old for group in one_sided.districts] == [0, 0, 480]


def test_many_more_points_are_remarked_on():
    old, new, finds = world()
    notes = {n.code for n in compare(old, new, finds, settings=FREE).notes}
    assert "different_numbers" not in notes
    more = pd.concat([new, new.assign(id="T" + new["id"], y=new["y"] + 100)])
    notes = {n.code for n in compare(old, more, finds, settings=FREE).notes}
    assert "different_numbers" in notes


def test_faults_of_both_maps_come_at_once():
    old, new, finds = world()
    with pytest.raises(InputError) as stop:
        compare(old.assign(id="A"), new.drop(columns="id"), finds, settings=FREE)
    assert {(p.code, p.source) for p in stop.value.problems} == {("MA401", "old"), ("MA101", "new")}
    with pytest.raises(SettingsError, match="no coordinate system"):
        compare(old, new, finds)
    with pytest.raises(SettingsError, match="use one of the two"):
        compare(old, new, finds, gpd.GeoDataFrame(geometry=[shapely.box(0, 0, 1, 1)]), None, FREE)


def test_a_header_that_only_one_map_has():
    old, new, finds = world()
    settings = Settings(
        crs="local", assume_searched=True, draws=19, columns={"supplied.id": "Reference"}
    )
    named = old.rename(columns={"id": "Reference"})
    expected = compare(old, new, finds, settings=FREE).overall.precision.change
    assert compare(named, new, finds, settings=settings).overall.precision.change == expected
    assert compare(new, named, finds, settings=settings).overall.precision.change == -expected
    with pytest.raises(InputError) as stop:
        compare(old, new, finds, settings=settings)
    assert {p.source for p in stop.value.problems} == {"old", "new"}


def test_schema_shares_its_words_with_the_result():
    ours, result = (
        json.loads((ROOT / name).read_text("utf-8"))
        for name in ("compare.schema.json", "result.schema.json")
    )
    jsonschema.Draft202012Validator.check_schema(ours)
    for name in ("settings", "tool", "notes"):
        assert ours["properties"][name] == result["properties"][name]
    assert ours["$defs"]["rate"] == result["$defs"]["rate"]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name, rows in zip(("old", "new", "finds"), world(extent=12_000.0), strict=True):
        rows = rows.assign(
            lat=-30.1234567 + rows["y"] / 111_000, lon=-25.7654321 + rows["x"] / 96e3
        )
        rows.drop(columns=["x", "y"]).to_csv(f"{name}.csv", index=False)
    box = shapely.box(-25.8, -30.2, -25.6, -30.0)
    areas = gpd.GeoDataFrame(
        {"district": ["A district with a name that goes on and on", "*Brook*"]},
        geometry=[box, shapely.box(-25.6, -30.2, -25.5, -30.0)],
        crs=4326,
    )
    areas.to_file("districts.geojson", driver="GeoJSON")
    areas[:1].drop(columns="district").assign(status="cleared").to_file("searched.geojson")
    return tmp_path


ARGS = (
    "compare",
    "old.csv",
    "new.csv",
    "finds.csv",
    "--searched",
    "searched.geojson",
    "--draws",
    99,
)
ALL = (*ARGS, "--districts", "districts.geojson")


def test_command_prints_a_table(folder, run):
    done = run(*ALL)
    assert done.code == 0
    assert max(map(len, done.out.splitlines())) <= 100
    overall = next(line for line in done.out.splitlines() if line.startswith("overall"))
    assert overall.split()[-1] == "real"
    assert "MA201" in done.err
    assert "old.csv" in done.err


def test_command_writes_the_document(folder, run):
    printed = run(*ALL, "--format", "json", "--out", "o")
    assert sorted(path.name for path in Path("o").iterdir()) == [
        "comparison.csv",
        "comparison.json",
    ]
    assert Path("o/comparison.json").read_text("utf-8") == printed.out
    schema = json.loads((ROOT / "compare.schema.json").read_text("utf-8"))
    jsonschema.Draft202012Validator(schema).validate(printed.document)
    assert [source["role"] for source in printed.document["sources"]] == [
        "old",
        "new",
        "finds",
        "searched",
        "districts",
    ]
    table = pd.read_csv("o/comparison.csv")
    assert table["group"].tolist()[0] == "overall"
    assert table["precision_change"][0] == printed.document["overall"]["precision"]["change"]
    assert run(*ALL, "--format", "csv").out == Path("o/comparison.csv").read_text("utf-8")


def test_markdown_can_be_pasted(folder, run):
    text = run(*ALL, "--format", "markdown").out
    assert text.startswith("# Two supplied maps on the same finds\n")
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert {row.count("|") for row in rows} == {9}


def test_no_position_and_no_id_is_told(folder, run):
    outs = [run(*ALL, "--format", name) for name in ("table", "json", "csv", "markdown")]
    for done in outs:
        for secret in ("30.1", "25.7", "S0001", "F0001", "R001"):
            assert secret not in done.out
            assert secret not in done.err


def test_exit_codes(folder, run):
    assert run(*ARGS, "--tolerance", 0).code == 2
    assert run(*ARGS, "--by", "type").code == 2
    assert run("compare", "old.csv", "new.csv").code == 2
    Path("bad.csv").write_text("id,lat,lon\nX1,-30.1,east\n", "utf-8")
    done = run("compare", "bad.csv", "missing.csv", "finds.csv", "--out", "o")
    assert done.code == 3
    assert "MA001" in done.err
    done = run("compare", "old.csv", "bad.csv", "finds.csv", "--out", "o")
    assert (done.code, "MA103" in done.err, "Nothing was evaluated" in done.err) == (3, True, True)
    assert not Path("o").exists()


def test_further_files_of_a_map(folder, run):
    lines = Path("old.csv").read_text("utf-8").splitlines()
    Path("old-1.csv").write_text("\n".join(lines[:200]), "utf-8")
    Path("old-2.csv").write_text("\n".join([lines[0], *lines[200:]]), "utf-8")
    whole = run(*ARGS, "--format", "json").document
    args = ("compare", "old-1.csv", "new.csv", *ARGS[3:], "--old", "old-2.csv", "--format", "json")
    parts = run(*args).document
    assert parts["overall"] == whole["overall"]


def test_configuration_holds_for_both(folder, run):
    Path("c.toml").write_text("[evaluate]\ntolerance_m = 4\ndraws = 99\n", "utf-8")
    by_file = run("compare", *ARGS[1:6], "--config", "c.toml", "--format", "json").document
    by_option = run(*ARGS, "--tolerance", 4, "--format", "json").document
    assert by_file == by_option


@pytest.mark.slow
def test_chance_is_called_real_about_once_in_twenty():
    # Both maps have the same true share of each record right, drawn apart.
    words = []
    for seed in range(150):
        rng = np.random.default_rng(1000 + seed)
        at = rng.uniform(0, 15_000, (30, 2))
        rows = at[:, None] + np.arange(8)[None, :, None] * np.array([25.0, 0])
        finds = frame(rows, "F")
        maps = []
        for _ in range(2):
            right = rng.beta(1, 2, (30, 1))
            known = rng.random((30, 8)) < right
            moved = np.where(known[..., None], rows, rows + np.array([0, 60]))
            maps.append(frame(moved, "S", record_id=np.repeat([f"R{i}" for i in range(30)], 8)))
        result = compare(*maps, finds, settings=FREE).overall
        words += [result.precision.word, result.recall.word]
    assert "not comparable" not in words
    assert 0 < words.count("real") <= 0.08 * len(words)
