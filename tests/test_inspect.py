"""What `inspect` says of files; expected values by hand, none from the code under test."""

import csv
import json
import re
import tomllib
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from mapaccuracy.intake import conform
from mapaccuracy.intake.inspecting import guess_role, inspect_table
from mapaccuracy.intake.inspecting.systems import fitting
from mapaccuracy.intake.inspecting.withholding import looks_like_position
from mapaccuracy.io import read
from mapaccuracy.schema import RawTable, Settings

N = 60
WITHHELD = "[withheld]"


@pytest.fixture
def frame():
    """Sixty invented finds in the open South Atlantic."""
    rng = np.random.default_rng(8)
    return pd.DataFrame(
        {
            "Find ID": [f"SYN-{i:04}" for i in range(N)],
            "Lat (Y)": [f"{v:.5f}" for v in rng.uniform(-30.09, -30.01, N)],
            "Long (X)": [f"{v:.5f}" for v in rng.uniform(-24.98, -24.91, N)],
            "Model": "PMN-2",
            "Date": "2021-06-12",
            "Remark": "SYNTHETIC",
        }
    )


@pytest.fixture
def seen(run, tmp_path, monkeypatch):
    """Inspect files of the folder of the test, as JSON."""
    monkeypatch.chdir(tmp_path)

    def call(*args, code=0):
        done = run("inspect", *args, "--format", "json")
        assert done.code == code, done.err
        return done.document

    return call


def part_of(document, file=0, part=0):
    return document["files"][file]["parts"][part]


def mapped(part):
    return {entry["header"]: entry["column"] for entry in part["columns"]}


def points(frame):
    at = gpd.points_from_xy(frame["Long (X)"].astype(float), frame["Lat (Y)"].astype(float))
    return gpd.GeoDataFrame(frame[["Find ID", "Model"]], geometry=at, crs="EPSG:4326")


def register(frame, file):
    """Write a workbook as offices have it: titles, decimal commas, further sheets."""
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Finds 2021"
    for title in (["SYNTHETIC register"], [], ["as of today"]):
        sheet.append(title)
    sheet.append(list(frame.columns))
    for row in frame.itertuples(index=False):
        sheet.append([str(cell).replace(".", ",") for cell in row])
    book.create_sheet("Notes").append(["only words"])
    other = book.create_sheet("Supplied map")
    other.append(["Point ID", "Latitude", "Longitude", "Formulyar"])
    for i, row in enumerate(frame.itertuples(index=False)):
        other.append([f"P{i}", float(row[1]), float(row[2]), f"R{i % 5}"])
    book.save(file)


# How a file is written: name, and what writes it.
WRITERS = {
    "comma.csv": lambda frame, file: frame.to_csv(file, index=False),
    "semicolon.csv": lambda frame, file: frame.to_csv(file, index=False, sep=";"),
    "utf16.csv": lambda frame, file: frame.to_csv(file, index=False, sep="\t", encoding="utf-16"),
    "register.xlsx": register,
    "points.gpkg": lambda frame, file: points(frame).to_file(file, layer="points"),
    "points.geojson": lambda frame, file: points(frame).to_file(file),
    "points.shp": lambda frame, file: points(frame).to_file(file),
    "points.parquet": lambda frame, file: points(frame).to_parquet(file),
}


def test_a_table_is_told_with_its_form_role_columns_and_resolution(frame, seen):
    frame.to_csv("finds.csv", index=False, sep=";")
    document = seen("finds.csv")
    (file,) = document["files"]
    assert (file["file"], file["format"], file["size_bytes"]) == (
        "finds.csv",
        "CSV",
        Path("finds.csv").stat().st_size,
    )
    assert (file["encoding"], file["separator"]) == ("UTF-8", "semicolons")
    part = part_of(document)
    assert (part["rows"], part["header_row"], part["shapes"]) == (N, 1, None)
    assert part["role"]["role"] == "finds"
    assert mapped(part) == {
        "Find ID": "id",
        "Lat (Y)": "lat",
        "Long (X)": "lon",
        "Model": "model",
        "Date": "date",
        "Remark": None,
    }
    assert {e["header"]: e["why"] for e in part["columns"]}["Lat (Y)"] == "recognised as 'lat_y'"
    # Half of 0.00001 degree of latitude, of which there are 110,85 km at 30 degrees.
    assert part["resolution"]["half_step_m"] == pytest.approx(0.5e-5 * 110_852, rel=1e-3)
    assert part["resolution"]["decimals"] == {"lat": 5, "lon": 5}
    assert part["resolution"]["notations"] == {"dd": N}
    assert part["crs"]["read_as"] == "EPSG:4326"
    assert part["crs"]["stated"] is None
    assert part["crs"]["ask"] is True
    assert part["usable"]["rows"] == N
    assert document["next"]["command"] == "mapaccuracy evaluate SUPPLIED finds.csv"


def test_three_rows_are_shown_without_ids_and_positions(frame, seen):
    frame.to_csv("finds.csv", index=False)
    rows = part_of(seen("finds.csv"))["sample"]
    assert [row["place"] for row in rows] == ["row 2", "row 3", "row 4"]
    shown = ["XXX-9999", WITHHELD, WITHHELD, "PMN-2", "2021-06-12", WITHHELD]
    assert [row["cells"] for row in rows] == [shown] * 3
    rows = part_of(seen("finds.csv", "--with-locations"))["sample"]
    assert rows[0]["cells"] == list(frame.iloc[0])


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("form", ["table", "json"])
def test_no_output_holds_a_coordinate_or_an_id(name, form, frame, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    # A second copy of the positions, in columns that nobody knows.
    frame["GNSS reading"] = frame["Lat (Y)"] + " / " + frame["Long (X)"]
    frame["Remark"] = "at " + frame["Lat (Y)"].str.replace("-", "S ")
    WRITERS[name](frame, name)
    done = run("inspect", name, "--format", form)
    assert done.code == 0
    for column in ("Lat (Y)", "Long (X)"):
        for text in frame[column]:
            whole, _, decimals = text.lstrip("-").partition(".")
            for mark in ".,":
                assert f"{whole}{mark}{decimals[:2]}" not in done.out + done.err
    assert "SYN-" not in done.out + done.err
    shown = run("inspect", name, "--with-locations")
    assert "SYN-0000" in shown.out


@settings(max_examples=25)
@given(
    headers=st.lists(
        st.sampled_from(
            ["id", "Find ID", "lat", "LAT", "Latitude", "lon", "x", "Y", "Model", "type", "Qty"]
        )
        | st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1),
        min_size=2,
        max_size=8,
        unique=True,
    ),
    role=st.sampled_from(["supplied", "finds", "accidents", None]),
)
def test_every_header_is_told_once_as_used_or_unused(headers, role):
    frame = pd.DataFrame([[f"{n + row}" for n in range(len(headers))] for row in range(3)])
    frame.columns = headers
    table = RawTable("a.csv", frame, np.arange(2, 5))
    part = inspect_table(table, role)
    assert [entry["number"] for entry in part["columns"]] == list(range(1, len(headers) + 1))
    if WITHHELD not in mapped(part):
        assert [entry["header"] for entry in part["columns"]] == headers
    used = [entry["column"] for entry in part["columns"] if entry["column"] is not None]
    assert len(used) == len(set(used))
    for entry in part["columns"]:
        assert (entry["column"] is None) == (entry["why"] is None)


@settings(max_examples=25)
@given(
    lat=st.lists(st.floats(-89.99, 89.99), min_size=3, max_size=3),
    lon=st.lists(st.floats(-179.99, 179.99), min_size=3, max_size=3),
    decimals=st.integers(3, 9),
    header=st.sampled_from(["Remark", "GNSS", "model", "type", "district", "task_id"]),
)
def test_positions_in_any_column_are_withheld(lat, lon, decimals, header):
    texts = [f"{a:.{decimals}f} {b:.{decimals}f}" for a, b in zip(lat, lon, strict=True)]
    frame = pd.DataFrame({"id": ["a", "b", "c"], header: texts, "lat": lat, "lon": lon})
    part = inspect_table(RawTable("a.csv", frame, np.arange(2, 5)), "finds")
    told = json.dumps(part)
    for value in (*lat, *lon):
        assert f"{abs(value):.{decimals}f}" not in told


@pytest.mark.parametrize(
    "text",
    [
        "39.9912",
        "39,9912",
        "46 55 48 E",
        "39°59'24\"N",
        "33d30m15s",
        "38SPK6477",
        "38T 664770 4430000",
        "8664770",
        "N33 30.258 E044 15.5",
        "٣٣٫٥١٢",
        "200 m from 664770",
        "45.37 41.09",
    ],
)
def test_what_may_be_a_position_is_taken_for_one(text):
    assert looks_like_position(text)


@pytest.mark.parametrize(
    "text", ["PMN-2", "TM-62M", "2021-06-12", "12/06/2021", "3", "cleared", ""]
)
def test_what_is_plainly_none_is_not(text):
    assert not looks_like_position(text)


def test_a_workbook_is_told_sheet_by_sheet(frame, seen):
    register(frame, "register.xlsx")
    document = seen("register.xlsx")
    (file,) = document["files"]
    assert file["empty_layers"] == ["Notes"]
    finds, supplied = file["parts"]
    assert (finds["layer"], finds["header_row"], finds["rows"]) == ("Finds 2021", 4, N)
    assert (finds["role"]["role"], supplied["role"]["role"]) == ("finds", "supplied")
    assert [problem["code"] for problem in finds["problems"]] == ["MA007"]
    # 5 decimals with a comma are 5 decimals.
    assert finds["resolution"]["half_step_m"] == pytest.approx(0.554, abs=0.001)
    assert "--write-config" in document["next"]["command"]


def test_what_the_reader_noticed_is_no_end(seen):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["id", "lat", "lon", "type"])
    sheet.append(["F-1", -30.0512, -24.9512, "AP"])
    sheet.append(["F-2", "=B2+0.001", -24.9623, "AP"])
    book.save("formulas.xlsx")
    part = part_of(seen("formulas.xlsx"))
    assert "MA008" in {problem["code"] for problem in part["problems"]}
    assert part["rows"] == 2


def test_layers_of_a_geopackage_have_their_own_roles(frame, seen):
    points(frame).to_file("all.gpkg", layer="list")
    areas = points(frame).to_crs("EPSG:32626")
    areas.geometry = areas.buffer(50)
    areas["status"] = "cleared"
    areas[["status", "geometry"]].to_file("all.gpkg", layer="ground")
    lines = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.LineString([(0, 0), (1, 1)])], crs=4326)
    lines.to_file("all.gpkg", layer="rows")
    parts = {part["layer"]: part for part in seen("all.gpkg")["files"][0]["parts"]}
    assert parts["list"]["role"]["role"] == "finds"
    assert parts["ground"]["role"]["role"] == "searched"
    assert parts["rows"]["role"]["role"] is None  # lines of whatever
    assert {name: part["shapes"] for name, part in parts.items()} == {
        "list": {"points": N},
        "ground": {"polygons": N},
        "rows": {"lines": 1},
    }
    assert parts["ground"]["crs"]["stated"] == "EPSG:32626"
    assert parts["ground"]["crs"]["ask"] is False


def test_files_that_cannot_be_read_do_not_hide_the_others(frame, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame.to_csv("finds.csv", index=False)
    Path("broken.gpkg").write_bytes(b"SQLite format 3\x00 and rubbish")
    Path("a.pdf").write_bytes(b"%PDF")
    done = run("inspect", "nosuch.csv", "broken.gpkg", "finds.csv", "a.pdf", "--format", "json")
    assert done.code == 3
    files = done.document["files"]
    assert [len(file["parts"]) for file in files] == [0, 0, 1, 0]
    assert [[p["code"] for p in file["problems"]] for file in files] == [
        ["MA001"],
        ["MA001"],
        [],
        ["MA001"],
    ]
    done = run("inspect", "nosuch.csv", "finds.csv")
    assert done.code == 3
    assert "there is no such file" in done.out
    assert "recognised as 'find_id'" in done.out


def test_the_guess_of_a_role_can_be_overruled(frame, seen):
    frame = frame.rename(columns={"Find ID": "ID"}).drop(columns="Model")
    frame.to_csv("list.csv", index=False)
    document = seen("list.csv")
    part = part_of(document)
    assert part["role"]["role"] is None
    assert {entry["role"] for entry in part["role"]["candidates"]} == {
        "supplied",
        "finds",
        "accidents",
    }
    assert any("--role" in sentence for sentence in document["next"]["first"])
    part = part_of(seen("list.csv", "--role", "accidents"))
    assert (part["role"]["role"], part["role"]["why"]) == ("accidents", "you say so")


@pytest.mark.parametrize(
    ("headers", "name", "role"),
    [
        (["id", "lat", "lon", "record_id", "laid_by"], "list.csv", "supplied"),
        (["id", "lat", "lon", "model", "task"], "list.csv", "finds"),
        (["Accident ID", "lat", "lon", "date of accident"], "list.csv", "accidents"),
        (["id", "lat", "lon"], "supplied map 2020.csv", "supplied"),
        (["id", "lat", "lon"], "clearance-finds.csv", "finds"),
        (["id", "lat", "lon"], "list.csv", None),
        (["record", "from", "azimuth", "distance"], "list.csv", None),
    ],
)
def test_roles_are_guessed_by_columns_and_names(headers, name, role):
    frame = pd.DataFrame([["1"] * len(headers)], columns=headers)
    assert guess_role(RawTable(name, frame, np.array([2]))).role == role


def test_a_missing_id_is_told_with_the_column_that_may_be_meant(frame, seen):
    frame = frame.rename(columns={"Find ID": "Serial"})
    frame.to_csv("finds.csv", index=False)
    document = seen("finds.csv")
    (missing,) = part_of(document)["missing"]
    assert (missing["column"], missing["closest"]) == ("id", "Serial")
    assert document["next"]["command"].endswith("--columns finds.id=Serial")


def test_a_row_of_data_for_a_header_is_withheld(seen):
    Path("a.csv").write_text("F-1,-30.05123,-24.91234\nF-2,-30.05223,-24.91334\n", "utf-8")
    document = seen("a.csv")
    assert {entry["header"] for entry in part_of(document)["columns"]} == {WITHHELD}
    assert "add a first row" in document["next"]["first"][0]


# Numbers near 40 N, 46.9 E: in zone 38 of UTM, and in zone 8 of Gauss-Krueger.
@pytest.mark.parametrize(
    ("east", "north", "says"),
    [
        (46.93, 39.99, ["degrees of longitude and latitude", "exchanged"]),
        (146.93, 39.99, ["degrees of longitude and latitude"]),
        (39.99, 146.93, ["degrees, but only with latitude and longitude exchanged"]),
        (664_770, 4_430_000, ["every UTM zone would place them"]),
        (4_430_000, 664_770, ["with easting and northing exchanged: every UTM zone"]),
        (8_664_770, 4_430_000, ["zone 8: in SK-42 that is EPSG:28408 or 3-degree", "exchanged"]),
        (8_764_770, 4_430_000, ["zone 8: in SK-42 that is EPSG:28408", "exchanged"]),
        (15_564_770, 4_430_000, ["zone 15: in SK-42 that is EPSG:28415 or 3-degree zone 15"]),
        (45_564_770, 4_430_000, ["zone 45: in SK-42 that is 3-degree zone 45"]),
        (12.0, 1e7 + 1, ["neither degrees nor metres"]),
    ],
)
def test_what_numbers_allow_and_no_more(east, north, says):
    found = fitting(np.full(20, float(east)), np.full(20, float(north)))
    assert len(found) == len(says) + 1
    for sentence, expected in zip(found, says, strict=False):
        assert expected in sentence
    assert "ask the sender" in found[-1]
    assert not any(re.search(r"\d{6}|46\.9|39\.9", sentence) for sentence in found)


def test_columns_that_name_a_system_are_quoted(seen):
    rows = [[i, 664_770 + i, 4_430_000 + i, 38, "WGS 84"] for i in range(20)]
    with Path("a.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["id", "x", "y", "Zone", "coordrefsys"], *rows])
    crs = part_of(seen("a.csv", "--role", "finds"))["crs"]
    assert crs["read_as"] is None
    assert crs["ask"] is True
    assert [(entry["header"], entry["words"]) for entry in crs["said"]] == [
        ("Zone", {"38": 20}),
        ("coordrefsys", {"WGS 84": 20}),
    ]


SECONDS = np.arange(40) * 97 % 3600 + 30 * 3600


def resolution_of(lat, lon):
    frame = pd.DataFrame({"id": [str(i) for i in range(len(lat))], "lat": lat, "lon": lon})
    return inspect_table(RawTable("a.csv", frame, np.arange(2, len(lat) + 2)), "finds")[
        "resolution"
    ]


def test_whole_seconds_written_as_decimals_are_noticed():
    lat, lon = ([f"{s / 3600 + d:.6f}" for s in SECONDS] for d in (0, 10))
    found = resolution_of(lat, lon)
    assert found["grid"]["unit"] == "whole seconds"
    # Half a second of latitude: 1,852 m a minute, 30.9 m a second.
    assert found["grid"]["half_step_m"] == pytest.approx(15.4, abs=0.1)
    rng = np.random.default_rng(1)
    lat, lon = ([f"{v + d:.6f}" for v in rng.uniform(30, 31, 200)] for d in (0, 10))
    assert resolution_of(lat, lon)["grid"] is None


def test_degrees_minutes_and_seconds_typed_as_decimals_are_suspected():
    def typed(seconds):
        return [f"{s // 3600}.{s // 60 % 60:02}{s % 60:02}" for s in seconds.tolist()]

    found = resolution_of(typed(SECONDS), typed(SECONDS[::-1]))
    assert any("DD.MMSS" in text for text in found["suspicions"])
    rng = np.random.default_rng(2)
    plain = [f"{v:.4f}" for v in rng.uniform(30, 31, 200)]
    assert resolution_of(plain, plain[::-1])["suspicions"] == []


def test_zeros_for_positions_are_counted():
    found = resolution_of(["0", "0.0", "30.1"], ["0", "0.0", "20.1"])
    assert any("0, 0: 2 of those" in text for text in found["suspicions"])


def test_zeros_that_software_left_out_do_not_make_positions_coarse():
    # 30.1 to 30.1049 in steps of 0.0001: every tenth has a decimal less.
    values = [repr(round(30.1 + i * 0.0001, 4)) for i in range(50)]
    assert resolution_of(values, values)["half_step_m"] == pytest.approx(5.5, abs=0.1)


def test_positions_that_are_refused_are_counted_with_the_reason():
    found = resolution_of(["30°61'10\"N"] * 3 + ["30°01'10\"N"], ["20°01'10\"E"] * 4)
    assert (found["read"], found["refused"]) == (1, 3)
    (reason,) = found["refusals"]
    assert "61" not in reason


def test_positions_in_one_cell_are_told_by_their_notation():
    from mapaccuracy.intake.inspecting.digits import digits_of

    def found(*texts):
        frame = pd.DataFrame({"Grid": list(texts)})
        table = RawTable("a.csv", frame, np.arange(2, len(texts) + 2))
        return digits_of(table, {"position": "Grid"}, None)

    # Half of a square of 10 m, and of one of 1 km.
    assert found("38SPK64772843")["half_step_m"] == 5
    assert found(*["38SPK64772843"] * 10, *["38SPK6428"] * 10)["half_step_m"] == 500
    mixed = found("38SPK64772843", "39°59'24\"N 46°55'48\"E", "45.37 41.09", "")
    assert mixed["notations"] == {"mgrs": 1, "dms": 1}
    assert (mixed["looked_at"], mixed["refused"], mixed["order_unknown"]) == (3, 1, 1)


@pytest.mark.parametrize(
    ("texts", "asked"),
    [
        (["38SPK64772843", "38SPK64782844"], False),
        (["38T 664770 4430000", "38SPK64782844"], False),
        (["38SPK64772843", "39.99 N 46.93 E"], True),
        (["38SPK64772843", "38IPK64782844"], True),  # nobody knows what the second one is
        (["", ""], True),
    ],
)
def test_no_datum_is_asked_of_grid_references(texts, asked):
    # They are WGS 84 by themselves (docs/inputs.md); evaluate does not ask either.
    frame = pd.DataFrame({"id": ["1", "2"], "MGRS": texts})
    found = inspect_table(RawTable("a.csv", frame, np.arange(2, 4)), "finds")
    assert found["crs"]["ask"] is asked
    assert ("states no datum" in found["crs"]["why"]) is asked


def test_a_column_of_whole_positions_is_recognised_or_proposed(seen):
    cells = [f"38SPK6{i:03}2{i:03}" for i in range(100, 100 + N)]
    frame = pd.DataFrame({"id": [f"F-{i}" for i in range(N)], "MGRS": cells})
    frame.to_csv("finds.csv", index=False)
    frame.rename(columns={"MGRS": "Where"}).to_csv("more-finds.csv", index=False)
    known, unknown = (file["parts"][0] for file in seen("finds.csv", "more-finds.csv")["files"])
    assert mapped(known) == {"id": "id", "MGRS": "position"}
    assert known["missing"] == []
    assert known["resolution"]["half_step_m"] == 5
    assert known["crs"]["read_as"] == "EPSG:4326"
    assert known["usable"]["rows"] == N
    (missing,) = unknown["missing"]
    assert (missing["column"], missing["closest"]) == ("position", "Where")
    assert [row["cells"][1] for row in unknown["sample"]] == [WITHHELD] * 3


def test_the_table_is_no_wider_than_a_screen(frame, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame["A header that is much longer than anybody would write on purpose"] = "x" * 300
    for name, write in WRITERS.items():
        if name != "points.shp":
            write(frame, name)
    done = run("inspect", *(name for name in WRITERS if name != "points.shp"))
    body = done.out.partition("Next:")[0]
    assert max(map(len, body.splitlines())) <= 100
    assert run("inspect", "comma.csv").out == run("inspect", "comma.csv").out


def test_control_characters_do_not_reach_the_terminal(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text("id,lat,lon,type\x1b[31m\nF,-30.1,-24.9,\x1b]0;x\x07AP\n", "utf-8")
    done = run("inspect", "a.csv")
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f]", done.out)


# ── the configuration ──────────────────────────────────────────────────────────────────────────


def test_a_configuration_holds_what_was_found_and_why(frame, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("data").mkdir()
    register(frame, "data/register.xlsx")
    points(frame).to_file("areas.gpkg", layer="list")
    done = run("inspect", "data/register.xlsx", "--write-config", "data/mapaccuracy.toml")
    assert done.code == 0
    text = Path("data/mapaccuracy.toml").read_text("utf-8")
    config = tomllib.loads(text)
    assert config["schema"] == 1
    assert config["inputs"]["finds"] == {
        "path": "register.xlsx",
        "layer": "Finds 2021",
        "id": "Find ID",
        "lat": "Lat (Y)",
        "lon": "Long (X)",
        "model": "Model",
        "date": "Date",
    }
    assert config["inputs"]["supplied"]["layer"] == "Supplied map"
    assert "# recognised as 'lat_y'" in text
    # What nobody states is not written down as if it were known.
    assert "# crs = " in text
    assert done.out.endswith("mapaccuracy evaluate --config data/mapaccuracy.toml\n")
    run("inspect", "data/register.xlsx", "--write-config", "mapaccuracy.toml")
    config = tomllib.loads(Path("mapaccuracy.toml").read_text("utf-8"))
    assert config["inputs"]["finds"]["path"] == "data/register.xlsx"


def test_a_configuration_is_never_overwritten_by_accident(frame, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame.to_csv("finds.csv", index=False)
    Path("mapaccuracy.toml").write_text("mine = true\n", "utf-8")
    done = run("inspect", "finds.csv", "--write-config", "mapaccuracy.toml")
    assert done.code == 2
    assert "--force" in done.err
    assert Path("mapaccuracy.toml").read_text("utf-8") == "mine = true\n"
    done = run("inspect", "finds.csv", "--write-config", "mapaccuracy.toml", "--force")
    assert done.code == 0
    assert "schema = 1" in Path("mapaccuracy.toml").read_text("utf-8")
    done = run("inspect", "finds.csv", "--write-config", "finds.csv", "--force")
    assert done.code == 2
    assert "is an input" in done.err
    assert run("inspect", "finds.csv", "--write-config", "no/such/folder.toml").code == 2
    assert run("inspect", "finds.csv", "--write-config", ".").code == 2
    assert sorted(path.name for path in Path().iterdir()) == ["finds.csv", "mapaccuracy.toml"]


@given(
    header=st.text(min_size=1).filter(lambda text: text.strip() and not looks_like_position(text)),
    layer=st.text(min_size=1),
    path=st.text(min_size=1),
)
def test_any_text_survives_the_configuration(header, layer, path):
    from mapaccuracy.report import render_text

    column = {"header": header, "column": "id", "why": header, "number": 1}
    spare = {"header": header + "2", "column": None, "why": None, "number": 2}
    part = {
        "layer": layer,
        "role": {"role": "finds", "why": layer},
        "crs": {"ask": True, "read_as": None, "why": header},
        "columns": [column, spare],
        "resolution": {"order_unknown": 1},
        "missing": [{"column": "lat", "message": header, "closest": header + "2", "why": "x"}],
    }
    document = {"files": [{"file": path, "parts": [part]}]}
    text = render_text("mapping", document, {"paths": [path]})
    finds = tomllib.loads(text)["inputs"]["finds"]
    assert finds["id"] == header
    assert finds["path"] == path
    assert finds.get("layer", WITHHELD) in (layer, WITHHELD)
    assert set(finds) <= {"id", "path", "layer"}


def test_a_column_called_sheet_is_not_taken_for_a_sheet(frame, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame["Sheet"] = "J-38"
    frame.to_csv("map.csv", index=False)
    run("inspect", "map.csv", "--role", "supplied", "--write-config", "mapaccuracy.toml")
    config = tomllib.loads(Path("mapaccuracy.toml").read_text("utf-8"))
    assert config["inputs"]["supplied"]["sheet"] == {"column": "Sheet"}


def test_the_configuration_gives_what_the_options_give(frame, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    register(frame, "register.xlsx")
    frame.rename(columns={"Find ID": "Point ID", "Model": "Mine type"}).to_csv(
        "supplied.csv", index=False
    )
    frame.to_csv("finds.csv", index=False, sep=";")
    names = ["supplied.csv", "finds.csv"]
    assert run("inspect", *names, "--write-config", "mapaccuracy.toml").code == 0
    by_config = run(
        "evaluate", "--config", "mapaccuracy.toml", "--assume-searched", "--format", "json"
    )
    assert by_config.code == 0, by_config.err
    by_options = run("evaluate", *names, "--assume-searched", "--format", "json")
    documents = [by_config.document, by_options.document]
    for document in documents:
        document["settings"].pop("columns")
    assert documents[0] == documents[1]
    assert documents[0]["overall"]["confirmed"] == N


def test_rows_outlines_and_quantities_are_given_as_map_and_finds(seen):
    outlines = gpd.GeoDataFrame(
        {"record_id": ["R-1"], "count": [12], "type": ["AP"]},
        geometry=[shapely.box(-24.95, -30.05, -24.94, -30.04)],
        crs=4326,
    )
    outlines.to_file("outlines.geojson")
    outlines.set_geometry(outlines.boundary).to_file("rows.geojson")
    pd.DataFrame({"Task No": ["T-1"], "Category": ["AP"], "Qty": [12]}).to_csv("q.csv", index=False)
    document = seen("outlines.geojson", "rows.geojson", "q.csv")
    parts = [file["parts"][0] for file in document["files"]]
    assert [part["role"]["role"] for part in parts] == ["supplied", "supplied", "finds"]
    assert mapped(parts[0])["count"] == "count"
    assert mapped(parts[2]) == {"Task No": "task_id", "Category": "type", "Qty": "quantity"}
    assert parts[2]["resolution"] is None
    assert document["next"]["command"] == (
        "mapaccuracy evaluate outlines.geojson q.csv --supplied rows.geojson"
    )


def test_addresses_are_named_without_what_they_may_hide():
    from mapaccuracy.intake.inspecting import advise
    from mapaccuracy.io import inspect_file, relative_to_file

    address = "https://somebody:secret@example.invalid/FeatureServer/0?token=abc"
    database = "postgresql://somebody:secret@example.invalid/db?table=a.finds&password=secret"
    assert relative_to_file([address, database, "a/b.csv"], "c/mapaccuracy.toml") == [
        "https://example.invalid/FeatureServer/0",
        "postgresql://example.invalid/db?table=a.finds",
        "../a/b.csv",
    ]
    part = {
        "layer": None,
        "role": {"role": "finds", "read_for": "finds"},
        "columns": [],
        "missing": [],
        "crs": {"ask": False},
        "resolution": None,
        "usable": {"problems": {}},
    }
    advice = advise([{"file": "finds", "parts": [part]}], [address])
    assert advice["command"] == "mapaccuracy evaluate SUPPLIED ADDRESS"
    told = json.dumps(inspect_file("https://somebody:secret@localhost:1/none?token=abc"))
    assert "secret" not in told
    assert "abc" not in told


def test_a_file_that_came_to_exist_meanwhile_is_kept(tmp_path):
    from mapaccuracy.errors import SettingsError
    from mapaccuracy.io import check_target, write_file

    file = tmp_path / "mapaccuracy.toml"
    check_target(file, "--write-config", force=False)
    file.write_text("mine = true\n", "utf-8")
    with pytest.raises(SettingsError, match="exists"):
        write_file(file, b"schema = 1\n", "--write-config", force=False)
    assert file.read_text("utf-8") == "mine = true\n"
    assert [path.name for path in tmp_path.iterdir()] == ["mapaccuracy.toml"]


def test_help_has_examples(run):
    done = run("inspect", "--help")
    assert done.code == 0
    assert "Examples:" in done.out
    assert run("inspect").code == 2


@pytest.mark.parametrize("decimals", [4, 12])
def test_the_resolution_is_that_which_evaluate_tells(seen, tmp_path, decimals):
    rng = np.random.default_rng(12)
    lat, lon = 39 + rng.random(90), 46 + rng.random(90)
    ids = [f"SYN-{n}" for n in range(90)]
    typed = {"id": ids, "lat": [f"{v:.{decimals}f}" for v in lat],
             "lon": [f"{v:.{decimals}f}" for v in lon]}  # fmt: skip
    numbers = {"id": ids, "lat": lat.round(decimals), "lon": lon.round(decimals)}
    few = {name: cells[:4] for name, cells in numbers.items()} | {
        "lat": ["39.9", "39.985", "39.91", "39.9"]
    }
    for number, columns in enumerate((typed, numbers, few)):
        file = tmp_path / f"finds{number}.csv"
        pd.DataFrame(columns).to_csv(file, index=False)
        told = part_of(seen(file.name))["resolution"]["half_step_m"]
        layer = conform(list(read(file, "finds")), "finds", Settings(crs="EPSG:4326"))
        used = layer.sources[0].resolution_m
        # Of text, the length of a degree is that of each row.
        assert told == (None if used is None else pytest.approx(used, rel=1e-3)), number
