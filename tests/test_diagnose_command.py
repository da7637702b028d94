"""``mapaccuracy diagnose``: streams, files, exit codes, and the corrected copy."""

import importlib.util
import json
import os
import re
import stat
from pathlib import Path

import geopandas as gpd
import jsonschema
import numpy as np
import pandas as pd
import pytest
from pyproj import Transformer

from mapaccuracy.commands import messages
from mapaccuracy.errors import SettingsError
from mapaccuracy.io import open_copy
from mapaccuracy.schema import Settings
from mapaccuracy.statistics.displacement import Grid

SCHEMA = Path(__file__).parent.parent / "mapaccuracy" / "schema" / "diagnosis.schema.json"
LAT, LON = -30.1234567, -25.7654321
QUICK = ("--assume-searched", "--draws", 19, "--range", 100)
HERE = ("supplied.csv", "finds.csv", *QUICK)


def world(seed=1, records=9, per_record=12):
    """Rows of mines with random headings, of which seven in ten are found, to a metre."""
    rng = np.random.default_rng(seed)
    at, turn = rng.uniform(0, 4000, (records, 1, 2)), rng.uniform(0, np.pi, (records, 1))
    along = np.stack([np.cos(turn), np.sin(turn)], axis=-1)
    mines = (at + along * 25 * np.arange(per_record)[None, :, None]).reshape(-1, 2)
    finds = (mines + rng.normal(0, 1, mines.shape))[rng.random(len(mines)) < 0.7]
    return mines, finds, np.repeat([f"R{n:03d}" for n in range(records)], per_record)


def frame(xy, prefix, **columns):
    """Degrees near a place in the open South Atlantic."""
    xy = np.asarray(xy)
    return pd.DataFrame(
        {
            "id": [f"{prefix}{n:04d}" for n in range(len(xy))],
            "lon": LON + xy[:, 0] / 96_325.0,
            "lat": LAT + xy[:, 1] / 110_869.0,
            **columns,
        }
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    mines, finds, record = world()
    frame(mines + np.array([62.0, -44.0]), "S", record_id=record).to_csv(
        "supplied.csv", index=False
    )
    frame(finds, "F").to_csv("finds.csv", index=False)
    return tmp_path


SHEETS = {
    "K-38-1": (62.0, -44.0),
    "K-38-2": (-31.0, 58.0),
    "K-38-3": (-75.0, -20.0),
    "K-38-4": (12.0, -71.0),
    "K-38-5": (80.0, 35.0),
}


def on_sheets(vectors):
    """Map sheets of six records each, every one displaced by its own vector."""
    supplied, finds = [], []
    for number, (sheet, by) in enumerate(vectors.items()):
        mines, found, record = world(seed=11 + number, records=6, per_record=16)
        away = np.array([number * 9000.0, 0.0])
        record = [f"{sheet}-{name}" for name in record]
        supplied.append(frame(mines + away + np.array(by), "S", record_id=record, sheet=sheet))
        finds.append(frame(found + away, "F"))
    for name, parts in (("supplied", supplied), ("finds", finds)):
        table = pd.concat(parts, ignore_index=True)
        table["id"] = [f"{name[0].upper()}{n:04d}" for n in range(len(table))]
        table.to_csv(f"{name}.csv", index=False)


def unrelated():
    mines, _, record = world(seed=5)
    frame(mines, "S", record_id=record).to_csv("supplied.csv", index=False)


def flat(text):
    return " ".join(text.split())


def test_table_says_where_the_map_is_displaced(folder, run):
    done = run("diagnose", *HERE)
    assert done.code == 0
    assert max(map(len, done.out.splitlines())) <= 100
    east, north = re.search(
        r"After moving every record by ([\d.]+) m west, ([\d.]+) m north", flat(done.out)
    ).groups()
    assert (float(east), float(north)) == (pytest.approx(62, abs=1), pytest.approx(44, abs=1))
    assert "restricted" not in done.err


@pytest.mark.parametrize("own", [True, False])
def test_sheets_are_told_one_by_one(folder, run, own):
    vectors = SHEETS if own else dict.fromkeys(SHEETS, SHEETS["K-38-1"])
    on_sheets(vectors)
    done = run("diagnose", *HERE, "--format", "markdown")
    cell = re.compile(r"^\| (K-38-\d) .* ([\d.]+) m ([WE]), ([\d.]+) m ([NS]) \|", re.MULTILINE)
    told = {sheet: parts for sheet, *parts in cell.findall(done.out)}
    assert set(told) == set(SHEETS)
    for sheet, (east, side, north, way) in told.items():
        moved = float(east) * (1 if side == "E" else -1), float(north) * (1 if way == "N" else -1)
        # What was added is taken away.
        assert moved == pytest.approx(tuple(-m for m in vectors[sheet]), abs=1.5)
    # A single vector for the whole map is claimed only where the sheets share it.
    assert ("**Verdict.** One common displacement" in done.out) is not own
    assert ("But 5 of 5 map sheets have displacements: see Sheets." in done.out) is own
    assert ("**Left over.** One vector for all, after displacement" in done.out) is not own


@pytest.mark.slow
def test_a_turned_map_is_turned_back_where_that_is_asked_for(folder, run):
    mines, finds, record = world(seed=8, records=14)
    turn, centre = np.radians(0.5), mines.mean(axis=0)
    # Clockwise on the map: to bring it back, it is turned the other way.
    back = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    there = (mines - centre) @ back + centre
    frame(there, "S", record_id=record).to_csv("supplied.csv", index=False)
    frame(finds, "F").to_csv("finds.csv", index=False)
    done = run("diagnose", *HERE, "--rotation")
    degrees, way = re.search(r"turned by ([\d.]+)° (\w+) about the centre", flat(done.out)).groups()
    assert (float(degrees), way) == (pytest.approx(0.5, abs=0.03), "anticlockwise")
    document = run("diagnose", *HERE, "--rotation", "--format", "json").document
    moved = document["hypotheses"][0]
    assert (moved["name"], moved["accepted"]) == ("displacement", True)
    # A p that was counted in so many draws is no smaller than one of them allows.
    assert moved["p"] >= 1 / (moved["draws"] + 1)
    # Half a degree moves a point 2 km off the centre by 17 m.
    assert 10 < moved["move"]["spread_m"] < 30


@pytest.mark.slow
def test_out_holds_what_the_page_says_and_no_more(folder, run):
    with_rows = run("diagnose", *HERE, "--out", "o", "--format", "json", "--with-locations")
    assert with_rows.code == 0
    jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text("utf-8"))).validate(
        with_rows.document
    )
    assert Path("o/diagnosis.json").read_text("utf-8") == with_rows.out
    names = {"diagnosis.json", "hypotheses.csv", "displacement.png"}
    assert {path.name for path in Path("o").iterdir()} == names | {"restricted"}
    rows = Path("o/restricted/residuals.csv")
    assert rows.read_text("utf-8").startswith("record,")
    assert "R001" in rows.read_text("utf-8")
    if os.name == "posix":
        assert stat.S_IMODE(rows.stat().st_mode) == 0o600
    # What belongs to a result goes with it, other results in the folder stay.
    Path("o/restricted/pairs.csv").write_text("of an evaluation", "utf-8")
    again = run("diagnose", *HERE, "--out", "o", "--format", "csv")
    assert Path("o/hypotheses.csv").read_text("utf-8") == again.out
    assert {path.name for path in Path("o/restricted").iterdir()} == {"pairs.csv"}


def test_a_figure_of_an_earlier_result_goes_with_it(folder, run, monkeypatch):
    Path("o").mkdir()
    Path("o/displacement.png").write_bytes(b"of an earlier result")
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(
        "mapaccuracy.commands.diagnose.find_spec",
        lambda name: None if name == "matplotlib" else find_spec(name),
    )
    done = run("diagnose", *HERE, "--out", "o")
    assert done.code == 0
    assert "pip install 'mapaccuracy[report]'" in done.err
    assert {path.name for path in Path("o").iterdir()} == {"diagnosis.json", "hypotheses.csv"}


def test_no_position_and_no_id_is_told(folder, run):
    for name in ("table", "json", "csv", "markdown"):
        done = run("diagnose", *HERE, "--format", name)
        assert done.code == 0
        told = done.out + done.err
        assert not re.search(r"[SF]\d{4}|R\d{3}", told), name
        # All mines lie between these, to four decimals.
        numbers = [float(text) for text in re.findall(r"\d+\.\d{4,}", told)]
        assert not any(30.08 < n < 30.13 or 25.71 < n < 25.78 for n in numbers), name


def test_corrected_copy(folder, run):
    before = Path("supplied.csv").read_bytes()
    done = run("diagnose", *HERE, "--write-corrected", "private/deep/copy.csv")
    assert done.code == 0
    assert "Wrote private/deep/copy.csv, restricted" in done.err
    assert "your choice" not in done.err
    file = Path("private/deep/copy.csv")
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [path.name for path in file.parent.iterdir()] == ["copy.csv"]
    assert Path("supplied.csv").read_bytes() == before
    rows, supplied = pd.read_csv(file), pd.read_csv("supplied.csv")
    assert rows["id"].tolist() == supplied["id"].tolist()
    assert np.allclose(rows[["lon", "lat"]], supplied[["lon", "lat"]], rtol=0, atol=1e-12)
    east = (rows["corrected_lon"] - rows["lon"]) * 96_325
    assert np.allclose(east, -62, atol=1)
    assert np.allclose(rows["move_north_m"], 44, atol=1)
    assert set(rows["hypothesis"]) == {"displacement"}
    assert set(rows["verdict"]) == {"displaced"}
    assert rows["restricted"].str.startswith("RESTRICTED").all()
    assert {"record_id", "share_as_supplied", "share_after", "accepted", "p"} <= set(rows)


def test_nothing_to_correct_by(folder, run):
    unrelated()
    done = run("diagnose", *HERE, "--write-corrected", "private/copy.csv")
    assert done.code == 1
    assert "Verdict:" in done.out
    assert "No corrected copy was written." in done.err
    assert "earlier run" not in done.err
    assert not Path("private").exists()
    Path("copy.csv").write_text("of an earlier run", "utf-8")
    done = run("diagnose", *HERE, "--write-corrected", "copy.csv")
    assert done.code == 1
    assert "No corrected copy was written." in done.err
    assert "copy.csv is of an earlier run" in done.err
    assert Path("copy.csv").read_text("utf-8") == "of an earlier run"


def test_a_hypothesis_of_the_users_choice(folder, run):
    args = ("diagnose", *HERE, "--write-corrected", "copy.gpkg", "--hypothesis")
    done = run(*args, "sk42_as_wgs84")
    assert done.code == 0
    assert "That was your choice; the verdict is displaced" in done.err
    assert "Not accepted" in done.err
    layer = gpd.read_file("copy.gpkg")
    assert layer.crs.to_epsg() == 4326
    assert np.allclose(layer.geometry.x, layer["corrected_lon"], rtol=0, atol=1e-12)
    # Of 100 m at most 25 by the choice of the operation: here PROJ may prefer another one.
    to_wgs84 = Transformer.from_crs(4284, 4326, always_xy=True)
    lon, lat = to_wgs84.transform(layer["lon"], layer["lat"])
    away = np.hypot((lon - layer.geometry.x) * 96_325, (lat - layer.geometry.y) * 110_869)
    assert away.max() < 25
    first = Path("copy.gpkg").read_bytes()
    assert run(*args, "sk42_as_wgs84").code == 0
    assert Path("copy.gpkg").read_bytes() == first


@pytest.mark.slow
def test_a_copy_by_a_mistake_that_is_only_close(folder, run):
    mines, _, record = world()
    supplied = frame(mines, "S", record_id=record)
    # Plotted in SK-42, by an operation whose outcome lies 4 m from the usual one.
    to_sk42 = Transformer.from_pipeline("urn:ogc:def:coordinateOperation:EPSG::15865")
    lat, lon = to_sk42.transform(
        supplied["lat"] + 3.2 / 110_869, supplied["lon"] - 2.4 / 96_325, direction="INVERSE"
    )
    supplied.assign(lat=lat, lon=lon).to_csv("supplied.csv", index=False)
    args = ("--assume-searched", "--draws", 19, "--tolerance", 3, "--range", 200)
    done = run("diagnose", "supplied.csv", "finds.csv", *args, "--write-corrected", "c.csv")
    text = flat(done.out)
    assert "A known mistake would explain the error of the map: SK-42" in text
    off_m = re.search(r"the displacement found lies ([\d.]+) m from what that mistake", text)[1]
    assert float(off_m) == pytest.approx(4, abs=0.6)
    assert "sk42_as_wgs84 itself is not accepted" in text
    assert "After moving every record" in text
    assert "After undoing it" not in text
    assert "names it only because the displacement found lies close" in done.err
    assert "--hypothesis displacement corrects by what was found" in done.err


def test_a_hypothesis_that_nobody_knows(folder, run):
    done = run("diagnose", *HERE, "--write-corrected", "c.csv", "--hypothesis", "sk42_as_wgs8")
    assert (done.code, done.out) == (2, "")
    assert "did you mean 'sk42_as_wgs84'?" in done.err
    assert "displacement" in done.err
    done = run("diagnose", *HERE, "--write-corrected", "c.csv", "--hypothesis", "as_supplied")
    assert (done.code, done.out) == (2, "")
    assert "as_supplied moves nothing" in done.err
    assert "did you mean" not in done.err
    done = run("diagnose", *HERE, "--hypothesis", "sk42_as_wgs84")
    assert (done.code, done.out) == (2, "")
    assert "--write-corrected" in done.err
    assert not Path("c.csv").exists()


def test_a_hypothesis_that_was_not_tested(folder, run):
    args = ("--write-corrected", "c.csv", "--hypothesis", "declination_missing")
    done = run("diagnose", *HERE, *args)
    assert done.code == 1
    assert "Verdict:" in done.out
    assert "was not tested" in done.err
    assert not Path("c.csv").exists()


@pytest.mark.parametrize(
    ("target", "told"),
    [
        ("supplied.csv", "never overwritten"),
        ("sub/../finds.csv", "never overwritten"),
        ("c.xlsx", ".csv, .geojson or .gpkg"),
        ("sub.csv", "it is a folder"),
        ("finds.csv/c.csv", "Cannot write to"),
    ],
)
def test_places_where_no_copy_is_written(folder, run, target, told):
    Path("sub").mkdir()
    Path("sub.csv").mkdir()
    before = sorted(folder.rglob("*"))
    done = run("diagnose", *HERE, "--write-corrected", target)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    "target", ["o/hypotheses.csv", "o/x/../Hypotheses.CSV", "o/restricted/residuals.csv"]
)
def test_no_copy_takes_the_place_of_a_result(folder, run, target):
    before = sorted(folder.rglob("*"))
    done = run("diagnose", *HERE, "--out", "o", "--write-corrected", target)
    assert (done.code, done.out) == (2, "")
    assert "is a file of the result that --out writes" in done.err
    assert sorted(folder.rglob("*")) == before


@pytest.mark.parametrize(
    ("out", "target"),
    [
        ("o.csv", "o.csv"),
        ("o.csv", "x/../O.CSV"),
        ("o.csv/r", "o.csv"),
        ("o", "o/hypotheses.csv/c.csv"),
        ("o", "o/diagnosis.json/deep/c.csv"),
    ],
)
def test_a_copy_and_the_result_do_not_want_the_same_place(folder, run, out, target):
    before = sorted(folder.rglob("*"))
    done = run("diagnose", *HERE, "--out", out, "--write-corrected", target)
    assert (done.code, done.out) == (2, "")
    assert "name another file" in done.err
    if not target.startswith("o/"):
        assert "--write-corrected and --out name the same place" in done.err
    assert sorted(folder.rglob("*")) == before


@pytest.mark.skipif(os.name != "posix", reason="rights of files are those of POSIX")
def test_a_copy_in_the_restricted_folder_is_for_its_owner_only(folder, run):
    done = run("diagnose", *HERE, "--out", "o", "--write-corrected", "o/restricted/deep/c.csv")
    assert done.code == 0
    assert stat.S_IMODE(Path("o/restricted").stat().st_mode) == 0o700
    assert stat.S_IMODE(Path("o/restricted/deep/c.csv").stat().st_mode) == 0o600
    Path("plain").mkdir()
    assert Path("o").stat().st_mode == Path("plain").stat().st_mode


@pytest.mark.skipif(os.name != "posix", reason="rights of files are those of POSIX")
def test_a_restricted_folder_that_stood_open_is_closed(tmp_path):
    for place in ("o/restricted", "elsewhere/restricted"):
        (tmp_path / place).mkdir(parents=True, mode=0o755)
        (tmp_path / place).chmod(0o755)
        with open_copy(tmp_path / place / "c.csv", folder=tmp_path / "o") as copy:
            copy.write(CORRECTED)
    modes = [
        stat.S_IMODE((tmp_path / name / "restricted").stat().st_mode) for name in ("o", "elsewhere")
    ]
    # Folders that are no part of the result stay as their owner made them.
    assert modes == [0o700, 0o755]


@pytest.mark.slow
def test_a_copy_may_stand_beside_the_result(folder, run):
    done = run("diagnose", *HERE, "--out", "o", "--write-corrected", "o/copy.csv")
    assert done.code == 0
    names = {"diagnosis.json", "hypotheses.csv", "displacement.png", "copy.csv"}
    assert {path.name for path in Path("o").iterdir()} == names
    assert Path("o/hypotheses.csv").read_text("utf-8").startswith("name,")
    # Without a folder the name is free.
    assert run("diagnose", *HERE, "--write-corrected", "p/hypotheses.csv").code == 0
    assert "corrected_lon" in Path("p/hypotheses.csv").read_text("utf-8")


def test_a_failed_run_leaves_nothing(folder, run):
    Path("copy.csv").write_text("of an earlier run", "utf-8")
    Path("finds.csv").write_text("id,lat,lon\nX1,-30.1,east\n", "utf-8")
    before = sorted(folder.rglob("*"))
    for copy in ("copy.csv", "new/copy.csv"):
        done = run("diagnose", *HERE, "--write-corrected", copy, "--out", "new/o")
        assert (done.code, done.out) == (3, "")
        assert "MA103" in done.err
        assert "east" not in done.err
    assert sorted(folder.rglob("*")) == before
    assert Path("copy.csv").read_text("utf-8") == "of an earlier run"


def test_wrong_usage(folder, run):
    local = ("--crs", "local", "--write-corrected", "c.geojson")
    for args in (local, ("--range", 0), ("--declination", 400), ("--by", "type"), ("--draws", 3)):
        done = run("diagnose", *HERE, *args)
        assert (done.code, done.out) == (2, ""), args
    assert run("diagnose", "supplied.csv").code == 2
    missing = run("diagnose", "nowhere.csv", "finds.csv", *QUICK)
    assert missing.code == 3


def test_a_default_that_does_not_fit_is_named_as_such(folder, run):
    few = ("supplied.csv", "finds.csv", "--assume-searched", "--tolerance", 0.5)
    done = run("diagnose", *few)
    assert (done.code, done.out) == (2, "")
    assert "range_m is 200 m, the default, at a tolerance of 0.5 m" in flat(done.err)
    assert "give a range from 1 to 128 m" in flat(done.err)
    done = run("diagnose", *few, "--range", 300)
    assert done.code == 2
    assert "range_m is 300 m at a tolerance of 0.5 m" in flat(done.err)


@pytest.mark.parametrize("tolerance_m", [0.001, 10, 5_000, 400_000, 1_000_000])
def test_a_range_that_is_advised_is_taken(tolerance_m):
    with pytest.raises(SettingsError) as refused:
        Grid.of(tolerance_m, 1.9 * tolerance_m)
    (told,) = refused.value.messages
    advised = re.search(r"give a range from ([\d.e+-]+) to ([\d.e+-]+) m", told)
    if advised is None:
        assert tolerance_m == 1_000_000
        assert "give a tolerance of at most 500000 m" in told
        return
    for text in advised.groups():
        assert Grid.of(tolerance_m, Settings(range_m=float(text)).range_m).side > 0


def test_locations_without_a_folder_are_not_written(folder, run):
    done = run("diagnose", *HERE, "--with-locations")
    assert done.code == 0
    assert "What is left by record was not written: that needs --out DIR." in flat(done.err)
    assert sorted(path.name for path in folder.iterdir()) == ["finds.csv", "supplied.csv"]


@pytest.mark.parametrize(
    ("files", "told"),
    [
        ((), ()),
        (("--out", "o"), ("--out",)),
        (("--out", "o", "--write-corrected", "c.csv"), ("--out", "--write-corrected")),
    ],
)
def test_an_unwritable_terminal_does_not_hide_that_files_were_written(
    folder, run, monkeypatch, files, told
):
    def refuse(text):
        raise SettingsError("Cannot write to standard output: no space left on device.")

    monkeypatch.setattr(messages, "say", refuse)
    done = run("diagnose", *HERE, *files)
    assert done.code == 2
    assert "no space left on device" in done.err
    for option in ("--out", "--write-corrected"):
        assert bool(re.search(f"asked for with {option} w(as|ere) written", done.err)) is (
            option in told
        )
    assert Path("o/diagnosis.json").exists() is bool(files)


def test_a_copy_that_was_not_written_is_not_told_as_written(folder, run, monkeypatch):
    def refuse(text):
        raise SettingsError("Cannot write to standard output: no space left on device.")

    unrelated()
    monkeypatch.setattr(messages, "say", refuse)
    done = run("diagnose", *HERE, "--write-corrected", "c.csv")
    assert done.code == 2
    assert "No corrected copy was written." in done.err
    assert "asked for with" not in done.err


def test_options_reach_the_settings(folder, run):
    Path("c.toml").write_text("[evaluate]\nrange_m = 80\ndeclination_deg = 3.5\n", "utf-8")
    done = run(
        *("diagnose", "supplied.csv", "finds.csv", "--assume-searched", "--draws", 19),
        *("--config", "c.toml", "--declination", 6.3, "--format", "json"),
    )
    settings = done.document["settings"]
    assert (settings["range_m"], settings["declination_deg"]) == (80.0, 6.3)
    assert (settings["rotation"], settings["draws"]) == (False, 19)


def test_help_has_examples(run):
    done = run("diagnose", "--help")
    assert done.code == 0
    for word in ("Examples", "--write-corrected", "--hypothesis", "--range", "--declination"):
        assert word in done.out
    assert "An existing FILE is replaced, an input never." in flat(done.out)
    assert "diagnose" in run("--help").out


CORRECTED = pd.DataFrame(
    {
        "id": ["a", "b"],
        "lon": [10.0, 11.0],
        "lat": [50.0, 51.0],
        "corrected_lon": [10.5, np.nan],
        "corrected_lat": [50.5, np.nan],
    }
)
LOCAL = CORRECTED.rename(
    columns={"lon": "x", "lat": "y", "corrected_lon": "corrected_x", "corrected_lat": "corrected_y"}
)


@pytest.mark.parametrize("name", ["c.geojson", "c.gpkg", "C.GPKG"])
def test_layers_show_the_corrected_position(tmp_path, name):
    with open_copy(tmp_path / name) as copy:
        copy.write(CORRECTED)
    layer = gpd.read_file(tmp_path / name)
    assert (layer.geometry.x[0], layer.geometry.y[0]) == (10.5, 50.5)
    assert layer["lon"].tolist() == [10.0, 11.0]
    # A row that the hypothesis cannot correct has no corrected place, and stays in the copy.
    assert layer.geometry.isna().tolist() == [False, True]


def test_local_metres_are_no_geojson(tmp_path):
    with open_copy(tmp_path / "c.gpkg") as copy:
        copy.write(LOCAL)
    layer = gpd.read_file(tmp_path / "c.gpkg")
    assert (layer.geometry.x[0], layer.geometry.y[0]) == (10.5, 50.5)
    unfit = pytest.raises(SettingsError, match="longitude and latitude only")
    with unfit, open_copy(tmp_path / "c.geojson", local=True):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["c.gpkg"]


def test_a_copy_is_replaced_only_when_all_of_it_is_there(tmp_path):
    file = tmp_path / "deep" / "c.csv"
    with open_copy(file) as copy:
        copy.write(CORRECTED)
    before = file.read_bytes()
    interrupted = pytest.raises(KeyboardInterrupt)
    with interrupted, open_copy(file) as copy:
        copy.write(CORRECTED[:1])
        raise KeyboardInterrupt
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["c.csv"]
    with open_copy(tmp_path / "other" / "c.csv"):
        pass
    assert not (tmp_path / "other").exists()
