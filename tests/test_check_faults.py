"""Faults of files and cells, planted one by one in a small submission: each is found by `check`.

With `tests/planted*.py` every rule has its fault; everything is SYNTHETIC.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely

from mapaccuracy.checks import RULES
from mapaccuracy.io import to_bytes
from tests import planted_more  # noqa: F401
from tests.planted import PLANTS, clean

N = 12
Arguments = list[str]
FAULTS: dict[str, Callable[[Path], Arguments]] = {}


def fault(code: str):
    def kept(function: Callable[[Path], Arguments]):
        FAULTS[code] = function
        return function

    return kept


def base() -> pd.DataFrame:
    steps = np.arange(N)
    return pd.DataFrame(
        {
            "id": [f"S-{step:02d}" for step in steps],
            "lat": np.round(-30.0112345 - steps * 0.00051 - steps**2 * 1.37e-6, 7),
            "lon": np.round(-25.0212345 + (steps % 5) * 0.00071 + steps**2 * 1.13e-6, 7),
            "record_id": "R-1",
            "geometry_basis": "surveyed",
        }
    )


WGS84 = ["--crs", "EPSG:4326"]


def table(folder: Path, frame: pd.DataFrame, *more: str, name: str = "map.csv") -> Arguments:
    (folder / name).write_bytes(to_bytes(frame))
    return [str(folder / name), *WGS84, *more]


def with_cells(folder: Path, *more: str, row: int = 4, **cells) -> Arguments:
    frame = base().astype(object)
    for column, value in cells.items():
        if column not in frame.columns:
            frame[column] = ""
        frame.loc[row, column] = value
    return table(folder, frame, *more)


def text(folder: Path, content: str, name: str = "map.csv", *more: str) -> Arguments:
    (folder / name).write_text(content, "utf-8")
    return [str(folder / name), *WGS84, *more]


def workbook(folder: Path, change: Callable[[openpyxl.Workbook], None]) -> Arguments:
    book = openpyxl.Workbook()
    frame = base()
    book.active.append(list(frame.columns))
    for row in frame.itertuples(index=False):
        book.active.append(list(row))
    change(book)
    book.save(folder / "map.xlsx")
    return [str(folder / "map.xlsx"), *WGS84]


def points() -> gpd.GeoDataFrame:
    frame = base()
    at = gpd.points_from_xy(frame["lon"], frame["lat"])
    return gpd.GeoDataFrame(frame.drop(columns=["lat", "lon"]), geometry=at, crs="EPSG:4326")


def polygons(name: str, folder: Path, **columns) -> Path:
    shapes = [shapely.box(-25.1, -30.1, -25.0, -30.0), shapely.box(-25.0, -30.1, -24.9, -30.0)]
    n = len(next(iter(columns.values()))) if columns else 2
    frame = gpd.GeoDataFrame(columns, geometry=shapes[:n], crs="EPSG:4326")
    (folder / name).write_bytes(to_bytes(frame))
    return folder / name


def finds(folder: Path, *more: str, **columns) -> Arguments:
    frame = base().assign(type="AP mine", **columns)
    frame["lat"] += 0.001
    frame = frame.drop(columns=["record_id", "geometry_basis"])
    (folder / "finds.csv").write_bytes(to_bytes(frame))
    return table(folder, base(), "--finds", str(folder / "finds.csv"), *more)


# Files.


@fault("MA001")
def broken(folder):
    points().to_file(folder / "map.gpkg")
    data = (folder / "map.gpkg").read_bytes()
    (folder / "map.gpkg").write_bytes(data[: len(data) // 3])
    return [str(folder / "map.gpkg")]


@fault("MA002")
def no_such_layer(folder):
    points().to_file(folder / "map.gpkg", layer="points")
    (folder / "a.toml").write_text('[inputs.supplied]\npath = "map.gpkg"\nlayer = "point"\n')
    return ["--config", str(folder / "a.toml")]


@fault("MA003")
def several_layers(folder):
    points().iloc[:6].to_file(folder / "map.gpkg", layer="one")
    points().iloc[6:].to_file(folder / "map.gpkg", layer="two")
    return [str(folder / "map.gpkg")]


@fault("MA004")
def empty(folder):
    return text(folder, "id,lat,lon\n")


@fault("MA005")
def part_missing(folder):
    points().drop(columns="geometry_basis").to_file(folder / "map.shp")
    (folder / "map.dbf").unlink()
    return [str(folder / "map.shp")]


@fault("MA007")
def titles(folder):
    return text(folder, "SYNTHETIC map\n\n" + base().to_csv(index=False))


@fault("MA008")
def formula(folder):
    return workbook(folder, lambda book: book.active.__setitem__("B3", "=1+1"))


@fault("MA011")
def long_row(folder):
    lines = base().to_csv(index=False).splitlines()
    lines[3] += ",more"
    return text(folder, "\n".join(lines) + "\n")


@fault("MA012")
def excel_error(folder):
    def change(book):
        book.active["F1"] = "type"
        book.active["F3"] = "#REF!"

    return workbook(folder, change)


@fault("MA013")
def tracks(folder):
    way = "".join(
        f'<wpt lat="{row.lat}" lon="{row.lon}"><name>{row.id}</name></wpt>'
        for row in base().itertuples()
    )
    track = '<trk><trkseg><trkpt lat="-30" lon="-25"/></trkseg></trk>'
    head = '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">'
    return text(folder, f"{head}{way}{track}</gpx>", "map.gpx")


@fault("MA014")
def placemark(folder):
    marks = "".join(
        f"<Placemark><name>{row.id}</name><Point><coordinates>{row.lon},{row.lat}</coordinates>"
        "</Point></Placemark>"
        for row in base().itertuples()
    )
    bad = "<Placemark><name>X</name><Point><coordinates>here</coordinates></Point></Placemark>"
    head = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document>'
    return text(folder, f"{head}{marks}{bad}</Document></kml>", "map.kml")


@fault("MA015")
def merged_header(folder):
    def change(book):
        sheet = book.active
        sheet.insert_rows(2)
        for letter in "ABCDE":
            sheet.merge_cells(f"{letter}1:{letter}2")

    return workbook(folder, change)


@fault("MA022")
def no_address(folder):
    return ["https://host.invalid/nothing"]


@fault("MA024")
def offline(folder):
    return ["https://host.invalid/a/FeatureServer/0"]


# Columns and cells.


@fault("MA101")
def no_id(folder):
    return table(folder, base().rename(columns={"id": "whatever"}))


@fault("MA104")
def misfit_date(folder):
    arguments = with_cells(folder, date="31/02/2019")
    (folder / "a.toml").write_text('[inputs.supplied]\ndate = {format = "%d/%m/%Y"}\n')
    return [*arguments, "--config", str(folder / "a.toml")]


@fault("MA106")
def unknown_code(folder):
    return with_cells(folder, geometry_basis="measured")


@fault("MA107")
def out_of_range(folder):
    return with_cells(folder, count="0")


@fault("MA109")
def mangled(folder):
    return with_cells(folder, id="12-May")


@fault("MA117")
def extra(folder):
    return with_cells(folder, remark="x")


@fault("MA120")
def no_name(folder):
    place = polygons("districts.geojson", folder, district=["Alder", ""])
    return table(folder, base(), "--districts", str(place))


@fault("MA121")
def only_codes(folder):
    place = polygons("districts.geojson", folder, district=["Alder", ""], code=["A1", "A2"])
    return table(folder, base(), "--districts", str(place))


@fault("MA122")
def unknown_words(folder):
    place = polygons("s.geojson", folder, status=["cleared", "cleared"], reason=["hm", "map"])
    return table(folder, base(), "--searched", str(place))


@fault("MA123")
def unknown_status(folder):
    place = polygons("s.geojson", folder, remarks=["cleared", "cancelled"])
    return table(folder, base(), "--searched", str(place))


@fault("MA124")
def header_twice(folder):
    frame = base()
    return table(folder, frame.assign(LAT=frame["lat"]))


@fault("MA125")
def own_codes(folder):
    arguments = with_cells(folder, type="Type 9")
    (folder / "a.toml").write_text('[codes]\n"Type 9" = "AT"\n')
    return [*arguments, "--config", str(folder / "a.toml")]


@fault("MA126")
def left_by_filter(folder):
    return [*with_cells(folder, state="final"), "--filter", "supplied.state=final"]


# Positions.


@fault("MA201")
def no_system(folder):
    return table(folder, base())[:1]


@fault("MA208")
def beyond(folder):
    return with_cells(folder, lat="-95.5")


def written(folder: Path, cell: str, *more: str) -> Arguments:
    frame = base()
    cells = [f"{-lat:.6f} S {-lon:.6f} W" for lat, lon in frame[["lat", "lon"]].to_numpy()]
    cells[4] = cell
    frame = frame.drop(columns=["lat", "lon"]).assign(position=cells)
    return table(folder, frame, *more)


@fault("MA211")
def sixty_one(folder):
    return written(folder, "30 61 05 S 25 01 12 W")


@fault("MA212")
def odd_reference(folder):
    return written(folder, "26JMH 123 4567")


@fault("MA213")
def coarse_reference(folder):
    return written(folder, "26JPN 91 79")


@fault("MA216")
def reprojected(folder):
    frame = points().to_crs("EPSG:32726")
    frame.to_file(folder / "map.gpkg")
    return [str(folder / "map.gpkg")]


@fault("MA218")
def northing_called_x(folder):
    frame = points().to_crs("EPSG:28404")
    at = pd.DataFrame(frame.drop(columns="geometry")).assign(x=frame.geometry.x, y=frame.geometry.y)
    (folder / "map.csv").write_bytes(to_bytes(at))
    return [str(folder / "map.csv"), "--crs", "EPSG:28404"]


@fault("MA227")
def outside_its_area(folder):
    """Zone 26, given as zone 33, and nothing that tells where the map belongs."""
    frame = points().to_crs("EPSG:32726")
    at = pd.DataFrame(frame.drop(columns="geometry"))
    at = at.assign(x=np.round(frame.geometry.x - 4e6, 2), y=np.round(frame.geometry.y, 2))
    (folder / "map.csv").write_bytes(to_bytes(at))
    return [str(folder / "map.csv"), "--crs", "EPSG:32726"]


@fault("MA219")
def half_a_reference(folder):
    return with_cells(folder, reference_lat="-30.01", reference_lon="x")


@fault("MA220")
def references(folder):
    frame = base().assign(reference_lat=-30.01, reference_lon=-25.01)
    frame.loc[0, ["reference_lat", "reference_lon"]] = np.nan
    frame.loc[1:, "record_id"] = "R-2"
    return table(folder, frame.assign(reference_lat=frame["reference_lat"].where(frame.index > 3)))


@fault("MA221")
def words(folder):
    return written(folder, "near the bridge")


@fault("MA222")
def two_positions(folder):
    return with_cells(folder, position="31.5 S 25.02 W")


@fault("MA223")
def twice(folder):
    frame = base()
    cells = [f"{-lat:.7f} S {-lon:.7f} W" for lat, lon in frame[["lat", "lon"]].to_numpy()]
    return table(folder, frame.assign(position=cells))


@fault("MA225")
def letter(folder):
    frame = base().astype(object)
    frame.loc[4, ["lat", "lon"]] = ["25.0212 W", "30.0112 S"]
    return table(folder, frame)


# Shapes.


@fault("MA304")
def no_polygons(folder):
    points().to_file(folder / "s.geojson")
    return table(folder, base(), "--searched", str(folder / "s.geojson"))


@fault("MA307")
def no_shape(folder):
    frame = points()
    frame.loc[4, "geometry"] = None
    frame.to_file(folder / "map.gpkg")
    return [str(folder / "map.gpkg")]


@fault("MA308")
def heights(folder):
    frame = points()
    frame["geometry"] = [shapely.Point(at.x, at.y, 5.0) for at in frame.geometry]
    frame.to_file(folder / "map.gpkg")
    return [str(folder / "map.gpkg")]


# Places and finds.


@fault("MA402")
def one_place(folder):
    frame = base()
    return with_cells(folder, lat=frame["lat"][5], lon=frame["lon"][5])


@fault("MA510")
def demolition(folder):
    frame = base().assign(type="AP mine")
    frame = frame.assign(lat=-30.0112345, lon=-25.0212345)
    frame["date"] = ["2021-05-0" + str(1 + step % 4) for step in range(N)]
    (folder / "finds.csv").write_bytes(to_bytes(frame.drop(columns=["record_id"])))
    return table(folder, base(), "--finds", str(folder / "finds.csv"))


@fault("MA511")
def unapproved(folder):
    return finds(folder, ops_validation="Pending")


@fault("MA512")
def cancelled(folder):
    place = polygons("s.geojson", folder, status=["cleared", "cancelled"])
    return table(folder, base(), "--searched", str(place))


@fault("MA513")
def no_status(folder):
    place = polygons("s.geojson", folder, note=["a", "b"])
    return table(folder, base(), "--searched", str(place))


@fault("MA514")
def strange_type(folder):
    arguments = finds(folder)
    frame = pd.read_csv(folder / "finds.csv", dtype=str)
    frame.loc[2, "type"] = "thing"
    (folder / "finds.csv").write_bytes(to_bytes(frame))
    return arguments


@fault("MA523")
def rejected(folder):
    return finds(folder, ops_validation="Rejected")


@fault("MA524")
def placeholder(folder):
    frame = base()
    frame.loc[:10, ["lat", "lon"]] = [-30.0112, -25.0212]
    return table(folder, frame)


@fault("MA202")
def another_system(folder):
    """Web Mercator, given as UTM: no zone brings it home."""
    far = points().to_crs("EPSG:3857").geometry
    at = pd.DataFrame(points().drop(columns="geometry")).assign(
        x=np.round(far.x, 2), y=np.round(far.y, 2)
    )
    (folder / "map.csv").write_bytes(to_bytes(at))
    place = polygons("districts.geojson", folder, district=["Alder", "Birk"])
    arguments = [str(folder / "map.csv"), "--supplied-crs", "EPSG:32726"]
    return [*arguments, "--districts", str(place)]


@fault("MA210")
def minutes(folder):
    steps = np.arange(60)
    lat = [f"-{30 + step // 30}.{(step * 7) % 60:02d}{(step * 13) % 100:02d}" for step in steps]
    lon = [f"-{25 + step // 30}.{(step * 11) % 60:02d}{(step * 17) % 100:02d}" for step in steps]
    frame = pd.DataFrame({"id": [f"S{n}" for n in steps], "lat": lon, "lon": lat})
    frame = frame.assign(lat=lat, lon=lon, geometry_basis="surveyed", record_id="")
    return table(folder, frame)


@fault("MA504")
def districts_overlap(folder):
    place = polygons("districts.geojson", folder, district=["Alder", "Birk"])
    frame = gpd.read_file(place)
    frame.loc[1, "geometry"] = shapely.box(-25.02, -30.1, -24.9, -30.0)
    place.write_bytes(to_bytes(frame))
    return table(folder, base(), "--districts", str(place))


# Found elsewhere, because they need a server or what no file here can hold.
ELSEWHERE = {
    **dict.fromkeys(("MA006", "MA020", "MA021", "MA023"), "tests/test_services.py"),
    **dict.fromkeys(("MA025", "MA026", "MA027", "MA028"), "tests/test_postgis.py"),
    **dict.fromkeys(("MA217", "MA224"), "tests/test_datums.py"),
    **dict.fromkeys(
        ("MA601", "MA602", "MA604", "MA605", "MA701", "MA702", "MA703", "MA905", "MA906"),
        "tests/test_gates.py",
    ),
}


def test_every_rule_has_its_planted_fault():
    planted = {code for name in PLANTS for code in PLANTS[name](clean())}
    missing = {rule.code for rule in RULES} - planted - FAULTS.keys() - ELSEWHERE.keys()
    assert missing == set()


@pytest.mark.parametrize("code", FAULTS)
def test_the_fault_is_found_and_said_without_a_position(run, tmp_path, monkeypatch, code):
    monkeypatch.chdir(tmp_path)
    if code == "MA024":
        monkeypatch.setenv("MAPACCURACY_OFFLINE", "1")
    done = run("check", *FAULTS[code](tmp_path), "-o", "json")
    assert done.code in (0, 1, 3), done.err
    document = json.loads(done.out)
    found = {finding["code"] for finding in document["findings"]}
    assert code in found
    states = {rule["code"]: rule["state"] for rule in document["rules"]}
    assert states[code] == "found"
    assert "-30.0" not in done.out
    assert "-25.0" not in done.out


def test_a_small_submission_without_a_fault_has_none(run, tmp_path):
    done = run("check", *table(tmp_path, base()), "-o", "json")
    assert [finding["code"] for finding in done.document["findings"]] == []
