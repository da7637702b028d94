"""Every format and every fault of a file's form, on small real files."""

from __future__ import annotations

import hashlib
import os
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LineString, Point, Polygon, box

from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.intake import conform
from mapaccuracy.io import read, read_all
from mapaccuracy.schema import Settings

HEADER = "id,lat,lon,type,remark"
ROW = "007,39.123457,46.234568,AP,SYNTHETIC"
DIGITS = ("123457", "234568")


def codes(error: InputError) -> list[str]:
    return [problem.code for problem in error.problems]


def refused(path: Path, role: str = "finds", **options: object) -> InputError:
    with pytest.raises(InputError) as caught:
        read(path, role, **options)
    for digits in DIGITS:
        assert digits not in str(caught.value)
    return caught.value


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def points(crs: str | None = "EPSG:4326") -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": ["007", "010"], "type": ["AP", "AT"], "remark": ["SYNTHETIC"] * 2},
        geometry=[Point(46.5, 39.5), Point(46.6, 39.6)],
        crs=crs,
    )


def areas() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": ["A", "B"], "status": ["cleared", "open"], "remark": ["SYNTHETIC"] * 2},
        geometry=[box(46, 39, 46.1, 39.1), box(46.2, 39, 46.3, 39.1)],
        crs="EPSG:4326",
    )


def save(frame: gpd.GeoDataFrame, path: Path, **options: object) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if path.suffix == ".parquet":
            frame.to_parquet(path)
        else:
            frame.to_file(path, **options)
    return path


# CSV: encodings, separators, header


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_csv_dialects_read_the_same(
    tmp_path: Path, encoding: str, separator: str, end: str
) -> None:
    lines = [line.replace(",", separator) for line in (HEADER, ROW.replace("AP", "мина"))]
    (table,) = read(write(tmp_path / "a.csv", end.join(lines) + end, encoding), "finds")
    assert table.frame["id"].tolist() == ["007"]
    assert table.frame["type"].tolist() == ["мина"]
    assert table.frame["lat"].tolist() == [39.123457]
    assert table.rows.tolist() == [2]
    assert table.crs is None


def test_csv_decimal_comma_is_exact(tmp_path: Path) -> None:
    text = "id;lat;lon\n1;39,123456789012;46,1\n2;40;46,7\n"
    (table,) = read(write(tmp_path / "a.csv", text), "finds")
    assert table.frame["lat"].tolist() == [39.123456789012, 40.0]
    assert table.frame["lon"].tolist() == [46.1, 46.7]


@given(st.lists(st.floats(-80, 80), min_size=1, max_size=20))
def test_numbers_read_back_exactly(values: list[float]) -> None:
    import tempfile

    rows = "".join(f"{number},{value!r},{value!r}\n" for number, value in enumerate(values))
    with tempfile.TemporaryDirectory() as folder:
        (table,) = read(write(Path(folder) / "a.csv", "id,lat,lon\n" + rows), "finds")
    assert table.frame["lat"].tolist() == values


def test_csv_title_rows_above_the_header(tmp_path: Path) -> None:
    text = "SYNTHETIC list of finds\n\n" + HEADER + "\n" + ROW + "\n\n" + ROW + "\n"
    (table,) = read(write(tmp_path / "a.csv", text), "finds")
    assert [problem.code for problem in table.problems] == ["MA007"]
    assert table.rows.tolist() == [4, 5, 6]
    assert list(table.frame.columns) == HEADER.split(",")


def test_csv_quoted_line_break_is_one_row(tmp_path: Path) -> None:
    text = 'id,remark,lat,lon\n1,"SYNTHETIC\nnote, more",39.5,46.5\n2,SYNTHETIC,39.6,46.6\n'
    (table,) = read(write(tmp_path / "a.csv", text), "finds")
    assert table.frame["id"].tolist() == ["1", "2"]
    assert table.frame["lat"].tolist() == [39.5, 39.6]
    assert table.rows.tolist() == [2, 3]


def test_csv_header_that_nobody_recognises(tmp_path: Path) -> None:
    (table,) = read(write(tmp_path / "a.csv", "aa;bb;cc\n1;2;3\n"), "finds")
    assert list(table.frame.columns) == ["aa", "bb", "cc"]


def test_data_in_the_place_of_a_header_are_withheld(tmp_path: Path) -> None:
    text = "7,39.123457,46.234568\n8,39.123457,46.234568\n"
    (table,) = read(write(tmp_path / "a.csv", text), "finds")
    with pytest.raises(InputError) as caught:
        conform([table], "finds", Settings())
    assert set(codes(caught.value)) == {"MA101"}
    assert not any(digits in str(caught.value) for digits in DIGITS)


def test_csv_repeated_and_blank_headers(tmp_path: Path) -> None:
    (table,) = read(write(tmp_path / "a.csv", "id,lat,lat,,lon\n1,39.5,0,x,46.5\n"), "finds")
    assert list(table.frame.columns) == ["id", "lat", "lat (column 3)", "(column 4)", "lon"]
    assert table.frame["lat"].tolist() == [39.5]


def test_csv_lean_reading_keeps_the_headers(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "no,lat,lon,remark,state\n1,39.5,46.5,SYNTHETIC,x\n")
    (table,) = read(path, "finds", columns={"finds.id": "no", "supplied.id": "remark"})
    assert list(table.frame.columns) == ["no", "lat", "lon"]
    assert table.unread == ("remark", "state")
    layer = conform([table], "finds", Settings(columns={"finds.id": "no"}))
    (extra,) = [problem for problem in layer.problems if problem.code == "MA117"]
    assert "'remark', 'state'" in extra.text()


def test_csv_trailing_separators_are_no_fault(tmp_path: Path) -> None:
    (table,) = read(
        write(tmp_path / "a.csv", "id,lat,lon,\n1,39.5,46.5,\n2,39.6,46.6,,\n"), "finds"
    )
    assert table.frame["lon"].tolist() == [46.5, 46.6]


@pytest.mark.parametrize("quoted", ["SYNTHETIC", '"SYNTHETIC"'])
def test_csv_rows_longer_than_the_header_are_all_listed(tmp_path: Path, quoted: str) -> None:
    good = ROW.replace("SYNTHETIC", quoted)
    text = "\n".join([HEADER, good, good + ",x", good, good + ",,,y", "1,2", ""])
    error = refused(write(tmp_path / "a.csv", text))
    assert codes(error) == ["MA011", "MA011"]
    assert [problem.place for problem in error.problems] == ["row 3", "row 5"]


def test_csv_short_row_before_long_row_does_not_cancel_out(tmp_path: Path) -> None:
    text = "id,lat,lon\n1,39.5\n2,39.6,46.6,SYNTHETIC\n"
    assert codes(refused(write(tmp_path / "a.csv", text))) == ["MA011"]


def test_csv_unclosed_quotation_mark(tmp_path: Path) -> None:
    error = refused(write(tmp_path / "a.csv", f'{HEADER}\n{ROW}\n8,39.5,46.5,"AP,x\n{ROW}\n'))
    assert codes(error) == ["MA001"]
    assert error.problems[0].place == "row 3"
    assert "quotation mark" in str(error)


# Faults of any file


def test_missing_file_and_folder_and_ending(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    write(tmp_path / "a.docx", "x")
    for name, words in (
        ("none.csv", "no such file. Fix: check the name and the folder."),
        ("folder.csv", "a folder. Fix: name a file in it."),
        ("a.docx", "'.docx'"),
    ):
        error = refused(tmp_path / name)
        assert codes(error) == ["MA001"]
        assert words in str(error)
        assert "QGIS" not in str(error) or name == "a.docx"
        assert str(tmp_path) not in str(error)


def test_wrong_encoding_says_byte_and_line(tmp_path: Path) -> None:
    error = refused(write(tmp_path / "a.csv", HEADER + "\n1,39.5,46.5,мина,x\n", "cp1251"))
    # The header and its line end have 23 bytes, "1,39.5,46.5," has 12.
    assert "byte 36, line 2" in str(error)


@pytest.mark.parametrize("content", [b"id,lat,lon\n1,2,\x00\n", bytes(range(256))])
def test_binary_csv(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)
    error = refused(tmp_path / "a.csv")
    assert codes(error) == ["MA001"]
    assert "binary" in str(error)
    assert "Fix: open it in QGIS or Excel and save it again" in str(error)


@pytest.mark.parametrize("name", ["a.csv", "a.xlsx", "a.geojson", "a.gpkg", "a.shp", "a.parquet"])
def test_file_of_no_bytes(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"")
    assert codes(refused(tmp_path / name)) == ["MA004"]


@pytest.mark.parametrize("name", ["a.xlsx", "a.geojson", "a.gpkg", "a.parquet"])
def test_text_under_another_ending(tmp_path: Path, name: str) -> None:
    error = refused(write(tmp_path / name, f"{HEADER}\n{ROW}\n"))
    assert codes(error) == ["MA001"]


@pytest.mark.parametrize("text", ["\n \n", HEADER, HEADER + "\n"])
def test_csv_without_rows(tmp_path: Path, text: str) -> None:
    assert codes(refused(write(tmp_path / "a.csv", text))) == ["MA004"]


def test_workbook_named_csv(tmp_path: Path) -> None:
    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    (tmp_path / "a.xlsx").rename(tmp_path / "a.csv")
    assert "Excel" in str(refused(tmp_path / "a.csv"))


@pytest.mark.parametrize("suffix", [".gpkg", ".xlsx", ".parquet", ".geojson", ".shp"])
def test_truncated_files(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    if suffix == ".xlsx":
        book(path, {"Finds": [["id", "lat", "lon"], ["1", 39.123457, 46.234568]]})
    else:
        save(points(), path)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2 if suffix != ".shp" else 50])
    assert set(codes(refused(path))) <= {"MA001", "MA004"}


def test_layer_of_a_format_without_layers(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", f"{HEADER}\n{ROW}\n")
    assert codes(refused(path, layer="x")) == ["MA002"]


def test_hash_is_of_the_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", f"{HEADER}\n{ROW}\n")
    (table,) = read(path, "finds")
    assert table.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    shape = save(points(), tmp_path / "b.shp")
    parts = b"".join(
        (tmp_path / f"b{end}").read_bytes() for end in (".cpg", ".dbf", ".prj", ".shp", ".shx")
    )
    (table,) = read(shape, "finds")
    assert table.sha256 == hashlib.sha256(parts).hexdigest()


def test_read_all_gathers_the_faults_of_all_files(tmp_path: Path) -> None:
    good = write(tmp_path / "good.csv", f"{HEADER}\n{ROW}\n")
    bad = write(tmp_path / "bad.csv", HEADER)
    with pytest.raises(InputError) as caught:
        read_all({"supplied": [good, bad], "finds": [tmp_path / "none.gpkg"]})
    assert codes(caught.value) == ["MA004", "MA001"]
    tables = read_all({"supplied": [good, good], "finds": [good]})
    assert [len(tables[role]) for role in ("supplied", "finds")] == [2, 1]


# XLSX


def book(path: Path, sheets: dict[str, list[list[object]]]) -> Path:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    workbook.save(path)
    return path


def test_xlsx_header_below_titles_and_cell_addresses(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        {
            "Notes": [["SYNTHETIC"], ["nothing here"]],
            "Finds": [
                ["SYNTHETIC list"],
                [],
                ["Find ID", "Lat (Y)", "Long (X)", "Type"],
                [12, 39.5, 46.5, "AP"],
                [None, None, None, None],
                ["13", "39,6", "46,6", None],
            ],
        },
    )
    (table,) = read(path, "finds")
    assert table.layer == "Finds"
    assert table.rows.tolist() == [4, 6]
    assert table.where(0, "Lat (Y)") == "Finds!B4"
    layer = conform([table], "finds", Settings())
    assert layer.frame["id"].tolist() == ["12", "13"]
    assert layer.frame["lat"].tolist() == [39.5, 39.6]
    assert layer.frame["row"].tolist() == [4, 6]


def test_xlsx_zero_formats_keep_leading_zeros(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        {"S": [["id", "lat", "lon"], [7, 39.5, 46.5], [1234567, 39.5, 46.5], [8.0, 39.5, 46.5]]},
    )
    workbook = openpyxl.load_workbook(path)
    for row in (2, 3):
        workbook["S"].cell(row, 1).number_format = "00000"
    workbook.save(path)
    (table,) = read(path, "finds")
    layer = conform([table], "finds", Settings())
    assert layer.frame["id"].tolist() == ["00007", "1234567", "8"]


def test_xlsx_several_sheets_that_fit(tmp_path: Path) -> None:
    rows: list[list[object]] = [["id", "lat", "lon"], ["a", 39.5, 46.5]]
    path = book(tmp_path / "a.xlsx", {"One": rows, "Two": [rows[0], ["b", 39.6, 46.6]]})
    tables = read(path, "finds")
    assert [table.layer for table in tables] == ["One", "Two"]
    assert [problem.code for table in tables for problem in table.problems] == ["MA003"]
    (only,) = read(path, "finds", layer="Two")
    assert only.frame["id"].tolist() == ["b"]
    error = refused(path, layer="Three")
    assert codes(error) == ["MA002"]
    assert "'One', 'Two'" in str(error)
    layer = conform(tables, "finds", Settings())
    assert [source.name for source in layer.sources] == ["a.xlsx (One)", "a.xlsx (Two)"]


def test_xlsx_formulas_without_saved_values(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        {"S": [["id", "lat", "lon", "sum"], ["a", "=39+1", 46.5, "=1+1"], ["b", 39.5, "=B2", 1]]},
    )
    (table,) = read(path, "finds")
    with pytest.raises(InputError) as caught:
        conform([table], "finds", Settings())
    assert codes(caught.value) == ["MA008", "MA008"]
    assert [problem.place for problem in caught.value.problems] == ["S!B2", "S!C3"]
    assert [problem.values["cell"] for problem in caught.value.problems] == ["S!B2", "S!C3"]


def test_xlsx_formulas_are_faults_of_their_rows(tmp_path: Path) -> None:
    path = book(
        tmp_path / "a.xlsx",
        {
            "S": [
                ["id", "lat", "lon"],
                ["a", "=39+1", "x"],
                ["", 39.5, 46.5],
                ["c", 39.5, 46.5],
                ["=A1", "=B1", "=C1"],  # blank but for formulas, and last
            ]
        },
    )
    tables = read(path, "finds")
    with pytest.raises(InputError) as caught:
        conform(tables, "finds", Settings())
    assert codes(caught.value) == ["MA008", "MA103", "MA102", "MA008", "MA008", "MA008"]
    layer = conform(tables, "finds", Settings(drop_faulty=True))
    assert layer.frame["id"].tolist() == ["c"]
    assert layer.sources[0].rows_read == 4
    assert layer.sources[0].dropped == {"MA008": 2, "MA102": 1}


def test_two_header_rows_are_said(tmp_path: Path) -> None:
    lines = [
        ["ID", "Type", "Coordinates", ""],
        ["", "", "Latitude", "Longitude"],
        ["a", "AP", 39.5, 46.5],
    ]
    text = "".join(",".join(map(str, line)) + "\n" for line in lines)
    below = text.replace("ID,Type", "Number,Kind")
    for tables in (
        read(book(tmp_path / "a.xlsx", {"S": lines}), "finds"),
        read(write(tmp_path / "a.csv", text), "finds", columns={}),
        read(write(tmp_path / "b.csv", below), "finds", columns={}),
    ):
        with pytest.raises(InputError) as caught:
            conform(tables, "finds", Settings())
        assert set(codes(caught.value)) == {"MA101"}
        assert "there seem to be two header rows: merge them into one." in str(caught.value)


def test_headers_in_messages_stand_in_file_order(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "remark,id,lat,lon\nSYNTHETIC,1,39.5,46.5\n")
    for chosen in ({"finds.id": "Nr"}, {"finds.model": "Nr"}):
        tables = read(path, "finds", columns=chosen)
        with pytest.raises(InputError) as caught:
            conform(tables, "finds", Settings(columns=chosen))
        (name,) = chosen
        bare = name.partition(".")[2]
        (problem,) = caught.value.problems
        assert problem.message().startswith(
            f"There is no column 'Nr' for '{bare}'; the columns are 'remark', 'id', 'lat', 'lon'"
        )
        assert problem.fix() == f"say which column it is with --columns {name}=HEADER."


def test_a_header_that_stands_twice_in_a_file(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,lat,lat,lon\n1,39.5,0,46.5\n")
    tables = read(path, "finds", columns={})
    with pytest.raises(InputError) as caught:
        conform(tables, "finds", Settings())
    assert codes(caught.value) == ["MA124"]
    assert "'lat', 'lat (column 3)'" in str(caught.value)
    chosen = {"finds.lat": "lat (column 3)"}
    layer = conform(read(path, "finds", columns=chosen), "finds", Settings(columns=chosen))
    assert layer.frame["lat"].tolist() == [0.0]


def test_lean_reading_keeps_what_a_named_header_leaves_open(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "id,find_id,lat,lon\nPMN,7,39.5,46.5\n")
    chosen = {"finds.model": "id"}
    layer = conform(read(path, "finds", columns=chosen), "finds", Settings(columns=chosen))
    assert layer.frame["id"].tolist() == ["7"]


def test_xlsx_without_rows(tmp_path: Path) -> None:
    assert codes(refused(book(tmp_path / "a.xlsx", {"S": [["id", "lat", "lon"]]}))) == ["MA004"]
    assert codes(refused(book(tmp_path / "b.xlsx", {"S": []}))) == ["MA004"]


# GIS files


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".gpkg", ".shp", ".parquet", ".geojson"])
def test_every_format_gives_the_same_rows_and_keeps_leading_zeros(
    tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    frame = points()
    plain = pd.DataFrame(frame.drop(columns="geometry")).assign(lat=[39.5, 39.6], lon=[46.5, 46.6])
    if suffix == ".csv":
        plain.to_csv(path, index=False)
    elif suffix == ".xlsx":
        plain.to_excel(path, index=False)
    else:
        save(frame, path)
    tables = read(path, "finds")
    layer = conform(tables, "finds", Settings())
    assert layer.frame["id"].tolist() == ["007", "010"]
    assert layer.frame["lon"].tolist() == [46.5, 46.6]
    assert layer.frame["lat"].tolist() == [39.5, 39.6]
    assert layer.frame["category"].tolist() == ["AP", "AT"]
    assert layer.sources[0].crs == "EPSG:4326"
    assert layer.sources[0].name == path.name


def test_geopackage_reads_the_layers_that_fit(tmp_path: Path) -> None:
    path = save(points(), tmp_path / "a.gpkg", layer="finds 2023")
    save(points().assign(id=["x", "y"]), path, layer="finds 2024")
    save(areas(), path, layer="areas")
    tables = read(path, "finds")
    assert [table.layer for table in tables] == ["finds 2023", "finds 2024"]
    assert [problem.code for problem in tables[0].problems] == ["MA003"]
    (searched,) = read(path, "searched")
    assert searched.layer == "areas"
    assert searched.where(0) == "layer areas, feature 1"
    assert codes(refused(path, layer="nope")) == ["MA002"]
    (chosen,) = read(path, "finds", layer="areas")
    with pytest.raises(InputError) as caught:
        conform([chosen], "finds", Settings())
    assert codes(caught.value) == ["MA304"]


def test_polygons_where_points_belong(tmp_path: Path) -> None:
    (table,) = read(save(areas(), tmp_path / "a.geojson"), "finds")
    with pytest.raises(InputError) as caught:
        conform([table], "finds", Settings())
    assert codes(caught.value) == ["MA304"]
    assert "Expected points, got polygons" in str(caught.value)


@pytest.mark.parametrize("suffix", [".gpkg", ".shp", ".parquet", ".geojson"])
def test_gis_file_without_features(tmp_path: Path, suffix: str) -> None:
    path = save(points().iloc[:0], tmp_path / f"a{suffix}")
    assert codes(refused(path)) == ["MA004"]


def test_shapefile_parts(tmp_path: Path) -> None:
    path = save(points(), tmp_path / "a.shp")
    (tmp_path / "a.prj").unlink()
    (table,) = read(path, "finds")
    assert table.crs is None
    (tmp_path / "a.dbf").unlink()
    (tmp_path / "a.shx").unlink()
    error = refused(path)
    assert codes(error) == ["MA005"]
    assert ".shx and .dbf" in str(error)


def test_projected_file_states_its_system(tmp_path: Path) -> None:
    for suffix in (".gpkg", ".shp", ".parquet"):
        path = save(points().to_crs("EPSG:32638"), tmp_path / f"a{suffix}")
        (table,) = read(path, "finds")
        layer = conform([table], "finds", Settings())
        assert layer.sources[0].crs == "EPSG:32638"
        np.testing.assert_allclose(layer.frame["lon"], [46.5, 46.6], atol=1e-9)


def test_geojson_faults_name_the_line(tmp_path: Path) -> None:
    path = save(points(), tmp_path / "a.geojson")
    text = path.read_text("utf-8")
    lines = text.splitlines(keepends=True)
    path.write_text("".join(lines[:-3]), "utf-8")
    assert "not complete JSON (line" in str(refused(path))
    write(tmp_path / "b.json", '{"a": 1}')
    assert "not GeoJSON" in str(refused(tmp_path / "b.json"))


def test_outline_with_too_few_points_is_a_fault_of_its_row(tmp_path: Path) -> None:
    ring = "[[46.123457, 39.234568], [46.2, 39.2], [46.123457, 39.234568]]"
    good = "[[46, 39], [46.2, 39], [46.1, 39.1], [46, 39]]"
    features = ",".join(
        f'{{"type": "Feature", "properties": {{"id": "{name}", "remark": "SYNTHETIC"}}, '
        f'"geometry": {{"type": "Polygon", "coordinates": [{outline}]}}}}'
        for name, outline in (("a", good), ("b", ring))
    )
    text = f'{{"type": "FeatureCollection", "features": [{features}]}}'
    path = write(tmp_path / "a.geojson", text)
    (table,) = read(path, "searched")
    with pytest.raises(InputError) as caught:
        conform([table], "searched", Settings())
    assert codes(caught.value) == ["MA301"]
    assert caught.value.problems[0].place == "feature 2"
    assert "123457" not in str(caught.value)
    layer = conform([table], "searched", Settings(drop_faulty=True))
    assert layer.sources[0].dropped == {"MA301": 1}


def test_parquet_without_geometry_is_a_table(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"id": ["01"], "lat": [39.5], "lon": [46.5]}).to_parquet(path)
    (table,) = read(path, "finds")
    assert table.geometry is None
    assert table.frame["id"].tolist() == ["01"]


def test_parquet_without_its_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = save(points(), tmp_path / "a.parquet")
    monkeypatch.setattr("mapaccuracy.io.vector.find_spec", lambda _: None)
    with pytest.raises(SettingsError, match=r'pip install "mapaccuracy\[parquet\]"'):
        read(path, "finds")


def test_other_geometries_are_named_without_positions(tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {"id": ["a", "b"], "remark": ["SYNTHETIC"] * 2},
        geometry=[LineString([(46.123457, 39.234568), (46.2, 39)]), Polygon()],
        crs="EPSG:4326",
    )
    (table,) = read(save(frame, tmp_path / "a.gpkg", layer="x"), "finds")
    with pytest.raises(InputError) as caught:
        conform([table], "finds", Settings())
    assert "MA304" in codes(caught.value)
    assert "123457" not in str(caught.value)


# What a hostile tester found


@pytest.mark.parametrize(
    ("stated", "named"),
    [
        ('{"type":"name","properties":{"name":"urn:ogc:def:crs:EPSG::99999"}}', "EPSG::99999"),
        ('{"type":"name","properties":{"name":"EPSG:99999"}}', "EPSG:99999"),
        ('{"type":"EPSG","properties":{"code":99999}}', "EPSG:99999"),
        ('{"type":"link","properties":{"href":"file:own.prj"}}', "file:own.prj"),
        ('"EPSG:99999"', "EPSG:99999"),
    ],
)
@pytest.mark.parametrize("last", [False, True])
def test_geojson_that_states_no_existing_system(
    tmp_path: Path, stated: str, named: str, last: bool
) -> None:
    features = (
        '"features":[{"type":"Feature","properties":{"id":"1"},'
        '"geometry":{"type":"Point","coordinates":[46.5,39.5]}}]'
    )
    members = [f'"crs":{stated}', features]
    text = f'{{"type":"FeatureCollection",{",".join(members[::-1] if last else members)}}}'
    tables = read(write(tmp_path / "a.geojson", text), "finds")
    with pytest.raises(SettingsError, match=named) as caught:
        conform(tables, "finds", Settings())
    assert "a.geojson" in str(caught.value)


def test_geojson_named_systems_are_read(tmp_path: Path) -> None:
    feature = '{"type":"Feature","properties":{"id":"1","crs":"x"},"geometry":null}'
    for crs, expected in (
        ('{"type":"name","properties":{"name":"urn:ogc:def:crs:OGC:1.3:CRS84"}}', "EPSG:4326"),
        ('"EPSG:32638"', "EPSG:32638"),
        ("null", "EPSG:4326"),
    ):
        text = f'{{"type":"FeatureCollection","features":[{feature}],"crs":{crs}}}'
        (table,) = read(write(tmp_path / "a.geojson", text), "finds")
        assert table.crs == expected
    (table,) = read(
        write(tmp_path / "a.geojson", f'{{"type":"FeatureCollection","features":[{feature}]}}'),
        "finds",
    )
    assert table.crs == "EPSG:4326"


@pytest.mark.parametrize("crs", ["", '{"crs":1,"features":'])
def test_geojson_nested_too_deeply(tmp_path: Path, crs: str) -> None:
    error = refused(write(tmp_path / "a.geojson", crs + "[" * 100_000))
    assert codes(error) == ["MA001"]


def workbook(path: Path, *rows: list[object]) -> Path:
    book = openpyxl.Workbook()
    for row in (["id", "lat", "lon", "type"], *rows):
        book.active.append(row)
    book.save(path)
    return path


def attempt(path: Path) -> list[str]:
    """Codes of the faults, or else the ids."""
    try:
        (table,) = read(path, "finds")
    except InputError as error:
        return codes(error)
    return list(table.frame["id"])


PARTS = (
    "xl/workbook.xml",
    "xl/styles.xml",
    "[Content_Types].xml",
    "_rels/.rels",
    "xl/_rels/workbook.xml.rels",
    "xl/worksheets/sheet1.xml",
)


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("damage", ["cut", "foreign", "empty", "absent"])
def test_xlsx_with_a_damaged_part(tmp_path: Path, part: str, damage: str) -> None:
    good = workbook(tmp_path / "good.xlsx", ["F-1", 39.5, 46.5, "AP"])
    bad = tmp_path / "bad.xlsx"
    with zipfile.ZipFile(good) as source, zipfile.ZipFile(bad, "w") as target:
        for name in source.namelist():
            content = source.read(name)
            if name == part:
                content = {"cut": content[: len(content) // 2], "foreign": b"<a><b/></a>"}.get(
                    damage, b""
                )
            if name != part or damage != "absent":
                target.writestr(name, content)
    outcome = attempt(bad)
    assert outcome in (["MA001"], ["MA004"], ["F-1"])  # the last: the part was not needed


def test_xlsx_with_random_bytes_inside(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    good = workbook(path, *([f"F-{n}", 39.5, 46.5, "AP"] for n in range(200))).read_bytes()
    rng = np.random.default_rng(1)
    for start in range(0, len(good) - 60, 97):
        path.write_bytes(good[:start] + rng.bytes(60) + good[start + 60 :])
        assert attempt(path)[0] in ("MA001", "F-0")


def test_xlsx_error_cells_are_blank(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        ["F-1", 39.5, 46.5, "#N/A"],
        ["#REF!", 39.5, 46.5, "AP"],
        ["#REF!", "#VALUE!", 46.5, "AP"],
        ["#REF!", None, None, None],
        ["F-5", "#VALUE!", 46.5, "AP"],
    )
    tables = read(path, "finds")
    with pytest.raises(InputError) as caught:
        conform(tables, "finds", Settings())
    found = [(problem.row, problem.code) for problem in caught.value.problems]
    assert (3, "MA102") in found
    assert (4, "MA102") in found
    assert (5, "MA102") in found
    assert (6, "MA103") in found
    layer = conform(tables, "finds", Settings(drop_faulty=True))
    assert layer.frame["id"].tolist() == ["F-1"]
    assert layer.frame["type"].tolist() == [""]
    assert layer.sources[0].rows_read == 5
    (cells,) = [problem for problem in layer.problems if problem.code == "MA012"]
    assert cells.values == {"n": "1"}


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    error = refused(tmp_path / ("a" * 300 + ".csv"))
    assert codes(error) == ["MA001"]


@pytest.mark.parametrize("name", [".", "", "/"])
def test_a_path_without_a_name_is_said(name: str) -> None:
    error = refused(Path(name))
    assert error.problems[0].source in (".", "/")


@pytest.mark.parametrize("what", ["stat", "read_bytes", "iterdir"])
def test_what_the_system_does_not_give(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    path = save(points(), tmp_path / "a.shp")

    def deny(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, what, deny)
    error = refused(path)
    assert codes(error) == ["MA001"]
    assert "not permitted" in str(error)


@pytest.mark.parametrize("part", [".dbf", ".shx"])
def test_a_part_of_a_shapefile_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: str
) -> None:
    path = save(points(), tmp_path / "a.shp")
    own = Path.read_bytes

    def deny(file: Path) -> bytes:
        if file.suffix == part:
            raise PermissionError(13, "Permission denied")
        return own(file)

    monkeypatch.setattr(Path, "read_bytes", deny)
    error = refused(path)
    assert codes(error) == ["MA001"]
    assert f"reading its {part} part is not permitted" in str(error)


@pytest.mark.parametrize("suffix", [".csv", ".geojson"])
def test_a_name_that_is_not_utf8(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / os.fsdecode(b"a\xff" + suffix.encode())
    try:
        path.write_text(f"{HEADER}\n{ROW}\n", "utf-8")
    except OSError:
        pytest.skip("the file system takes no such name")
    if suffix == ".csv":
        (table,) = read(path, "finds")
        assert table.source == "a\ufffd.csv"
    else:
        error = refused(path)
        assert "UTF-8" in str(error)
        str(error).encode()


@pytest.mark.parametrize("part", [".shp", ".shx", ".dbf"])
def test_a_shapefile_that_is_cut_off(tmp_path: Path, part: str) -> None:
    path = save(points(), tmp_path / "a.shp")
    other = path.with_suffix(part)
    content = other.read_bytes()
    other.write_bytes(content[: len(content) * 8 // 10])
    error = refused(path)
    assert codes(error) == ["MA001"]
    assert f"its {part} part is cut off" in str(error)


@pytest.mark.parametrize("quoted", [False, True])
def test_csv_with_a_very_long_cell(tmp_path: Path, quoted: bool) -> None:
    cell = '"' * quoted + "x" * 140_000 + '"' * quoted
    path = write(tmp_path / "a.csv", f"{HEADER}\n1,39.5,46.5,AP,{cell}\n2,39.5,46.5,AP,\n")
    if quoted:
        error = refused(path)
        assert "131,072 characters" in str(error)
        assert error.problems[0].place == "row 2"
    else:
        (table,) = read(path, "finds")
        assert table.frame["id"].tolist() == ["1", "2"]
    error = refused(write(tmp_path / "a.csv", cell))
    assert "131,072 characters" in str(error)


def test_the_same_file_given_twice_is_asked_about(tmp_path: Path) -> None:
    path = write(tmp_path / "s.csv", f"{HEADER}\n{ROW}\n")
    with pytest.raises(InputError, match=r"is the same file given twice\?") as caught:
        conform([*read(path, "finds"), *read(path, "finds")], "finds", Settings())
    assert codes(caught.value) == ["MA401"]
    other = write(tmp_path / "t.csv", f"{HEADER}\n{ROW}\n\n")
    with pytest.raises(InputError) as caught:
        conform([*read(path, "finds"), *read(other, "finds")], "finds", Settings())
    assert "twice?" not in str(caught.value)


# Reference points


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".gpkg", ".shp", ".parquet", ".geojson"])
def test_reference_points_of_every_format(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    # Names of a shapefile are cut to ten characters.
    frame = points().assign(ref_lat=[39.51, np.nan], ref_lon=[46.51, np.nan])
    plain = pd.DataFrame(frame.drop(columns="geometry")).assign(lat=[39.5, 39.6], lon=[46.5, 46.6])
    if suffix == ".csv":
        plain.to_csv(path, index=False, sep=";", decimal=",")
    elif suffix == ".xlsx":
        plain.to_excel(path, index=False)
    else:
        save(frame, path)
    layer = conform(read(path, "supplied"), "supplied", Settings(crs="EPSG:4326"))
    np.testing.assert_array_equal(layer.frame["reference_lat"], [39.51, np.nan])
    np.testing.assert_array_equal(layer.frame["reference_lon"], [46.51, np.nan])
    assert not {"MA219", "MA220"} & {problem.code for problem in layer.problems}


def test_reference_points_of_a_workbook_name_their_cell(tmp_path: Path) -> None:
    rows = [
        ["SYNTHETIC", None, None, None, None],
        ["No", "Lat", "Long", "RP Lat", "RP Long"],
        [1, 39.5, 46.5, 39.51, 46.51],
        [2, 39.5, 46.5, "39,123457 N", 46.51],
        [3, 39.5, 46.5, "#REF!", "#REF!"],
        [4, 39.5, 46.5, "#REF!", 46.51],
    ]
    path = book(tmp_path / "a.xlsx", {"Map": rows})
    columns = {"supplied.id": "No"}
    settings = Settings(crs="EPSG:4326", columns=columns)
    layer = conform(read(path, "supplied", columns=columns), "supplied", settings)
    np.testing.assert_array_equal(layer.frame["reference_lat"], [39.51, np.nan, np.nan, np.nan])
    found = {p.code: p for p in layer.problems}
    assert "MA012" in found  # errors of Excel are blank cells, as in every other column
    assert found["MA220"].values["n"] == "2"
    places = [p.place for p in layer.problems if p.code == "MA219"]
    assert places == ["Map!D4", "Map!D6"]
    assert DIGITS[0] not in "".join(p.text() for p in layer.problems)


def test_lean_reading_keeps_reference_points_and_the_header_that_is_named(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv",
        "list\nid,lat,lon,remark,Punkt N,ref lon\n1,39.5,46.5,SYNTHETIC,39.6,46.6\n",
    )
    columns = {"supplied.reference_lat": "Punkt N"}
    settings = Settings(crs="EPSG:4326", columns=columns)
    (table,) = read(path, "supplied", columns=columns)
    assert table.unread == ("remark",)
    layer = conform([table], "supplied", settings)
    assert layer.frame["reference_lat"].tolist() == [39.6]
    assert layer.frame["reference_lon"].tolist() == [46.6]
