"""``mapaccuracy coords``: what is printed, exit codes, columns of files."""

from __future__ import annotations

import openpyxl
import pytest

KEYS = ["input", "lat", "lon", "resolution_m", "notation", "readings", "error"]


def test_json_is_a_list_with_an_entry_a_text(run):
    got = run("coords", "39.99 N 46.93 E", "38SPK64772843", "--format", "json")
    assert (got.code, got.err) == (0, "")
    assert [list(entry) for entry in got.document] == [KEYS, KEYS]
    first, second = got.document
    assert (first["lat"], first["lon"], first["notation"]) == (39.99, 46.93, "dd")
    assert first["readings"] == []
    assert first["error"] is None
    assert (second["notation"], second["resolution_m"]) == ("mgrs", 5.0)


def test_anything_refused_exits_1_with_its_readings(run):
    got = run("coords", "45.37 41.09", "39.99 N 46.93 E", "--format", "json")
    assert got.code == 1
    refused, read = got.document
    assert (refused["lat"], refused["lon"], refused["resolution_m"]) == (None, None, None)
    assert [(one["lat"], one["lon"]) for one in refused["readings"]] == [
        (45.37, 41.09),
        (41.09, 45.37),
    ]
    assert "--order" in refused["error"]
    assert read["error"] is None


def test_table_says_what_was_read_and_what_not(run):
    got = run("coords", "39,99 46,93", "38SPK64772843")
    assert got.code == 1
    lines = got.out.splitlines()
    assert lines[0] == "39,99 46,93"
    assert lines[1].startswith("  refused: Nothing says which number is the latitude")
    assert "  could be 39.9900000 46.9300000  +-555 m  dd" in lines
    assert lines[-2] == "  39.9900342 46.9300157  +-5 m  mgrs"
    assert lines[-1] == "2 given, 1 read, 1 refused"
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize("text", ["-33.5 -44.2", "-,5 -44", "-33°30'; -44°12'"])
def test_a_text_that_begins_with_a_minus_is_no_option(run, text):
    got = run("coords", text, "--order", "lat,lon", "--format", "json")
    assert got.document[0]["input"] == text


def test_order_and_coordinate_system(run):
    got = run("coords", "-33.5 -44.2", "--order", "lon,lat", "--format", "json")
    assert (got.code, got.document[0]["lat"], got.document[0]["lon"]) == (0, -44.2, -33.5)
    got = run("coords", "--crs", "EPSG:28408", "8664770 4430000", "--format", "json")
    assert (got.code, got.document[0]["notation"]) == (0, "metres")


@pytest.mark.parametrize(
    "args",
    [
        ["coords"],
        ["coords", "1 2", "--crs", "EPSG:1"],
        ["coords", "1 2", "--order", "north"],
        ["coords", "--column", "a", "one.csv", "two.csv"],
        ["coords", "--nonsense", "1 2"],
    ],
)
def test_wrong_usage_exits_2(run, args):
    got = run(*args)
    assert (got.code, got.out) == (2, "")
    assert got.err


def test_text_that_is_not_utf_8_or_holds_controls_can_be_printed(run):
    for form in ("json", "table"):
        got = run("coords", "\udcff33\x1b[31m 44", "--format", form)
        assert got.code == 1
        assert "\x1b" not in got.out


@pytest.fixture
def table(tmp_path):
    file = tmp_path / "finds.csv"
    file.write_text(
        "Find ID;Position;Lat;Long\n"
        "F-1;39,99 N 46,93 E;39,990;46,93\n"
        "F-2;45.37 41.09;40,1;46,9\n"
        "F-3;;;\n",
        "utf-8",
    )
    return file


def test_a_column_of_a_file(run, table):
    got = run("coords", "--column", "position", table, "--format", "json")
    assert got.code == 1
    assert [entry.pop("place") for entry in got.document] == [
        f"row {row}, column Position" for row in (2, 3, 4)
    ]
    assert [entry["input"] for entry in got.document] == ["39,99 N 46,93 E", "45.37 41.09", ""]
    assert [entry["lat"] for entry in got.document] == [39.99, None, None]
    assert len(got.document[1]["readings"]) == 2
    assert "blank" in got.document[2]["error"]
    assert "row 2, column Position: 39,99 N" in run("coords", "--column", "Position", table).out


def test_two_columns_of_a_file(run, table):
    options = ("--column", "Lat", "--column", "Long", "--format", "json")
    got = run("coords", *options, table, "--order", "lat,lon")
    assert got.code == 1
    assert [entry["lat"] for entry in got.document] == [39.99, 40.1, None]
    assert [entry["lon"] for entry in got.document] == [46.93, 46.9, None]


def test_a_column_of_a_workbook_below_title_rows(run, tmp_path):
    book = openpyxl.Workbook()
    for row in (["SYNTHETIC"], [], ["Nr", "Where"], ["1", "39°59'24\"N 46°55'48\"E"]):
        book.active.append(row)
    book.save(tmp_path / "book.xlsx")
    got = run("coords", "--column", "Where", tmp_path / "book.xlsx", "--format", "json")
    assert got.code == 0
    assert got.document[0]["place"] == "Sheet!B4"
    assert got.document[0]["lat"] == pytest.approx(39.99)
    assert "MA007" in got.err


def test_files_and_columns_that_are_not_there(run, table):
    got = run("coords", "--column", "Lt", table)
    assert (got.code, got.out) == (2, "")
    assert "no column 'Lt'" in got.err
    assert "'Lat'" in got.err
    got = run("coords", "--column", "Lat", "no-such.csv")
    assert (got.code, got.out) == (3, "")
    assert "MA001" in got.err


@pytest.mark.parametrize("sep", [";", ","])
def test_zeros_at_the_end_of_a_cell_count_as_written(run, tmp_path, sep):
    file = tmp_path / "finds.csv"
    file.write_text(f"id{sep}lat{sep}lon\na{sep}40.0000{sep}46.9000\nb{sep}40.0{sep}46.90\n")
    got = run(
        *("coords", "--column", "lat", "--column", "lon", "--order", "lat,lon"),
        *(str(file), "--format", "json"),
    )
    assert got.code == 0
    assert [entry["input"] for entry in got.document] == ["40.0000; 46.9000", "40.0; 46.90"]
    # Half of 0.0001 degrees of latitude is 5.55 m, half of 0.1 is 5.55 km.
    resolutions = [entry["resolution_m"] for entry in got.document]
    assert resolutions == pytest.approx([5.55, 5551], rel=0.002)
