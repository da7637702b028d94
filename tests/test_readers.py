"""KML, GPX, zipped files, geodatabases, merged cells, standard input, patterns and encodings."""

from __future__ import annotations

import hashlib
import io
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.intake import conform
from mapaccuracy.io import inspect_file, read, read_all
from mapaccuracy.io.markup import plain_text
from mapaccuracy.schema import Settings

PLACE = "46.5123457,39.6234568"
DIGITS = ("5123457", "6234568")
HEADER = "id,lat,lon\n"


def codes(problems) -> list[str]:
    return [problem.code for problem in problems]


def refused(path, role: str = "finds", **options) -> InputError:
    with pytest.raises(InputError) as caught:
        read(path, role, **options)
    for digits in DIGITS:
        assert digits not in str(caught.value)
    return caught.value


def write(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def kml(path: Path, inside: str, encoding: str = "utf-8") -> Path:
    head = f'<?xml version="1.0" encoding="{encoding}"?>'
    text = f'{head}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>{inside}</Document></kml>'
    return write(path, text, encoding)


def mark(
    name: str, shape: str = f"<Point><coordinates>{PLACE}</coordinates></Point>", more=""
) -> str:
    return f"<Placemark><name>{name}</name>{more}{shape}</Placemark>"


def folder(name: str, *inside: str) -> str:
    return f"<Folder><name>{name}</name>{''.join(inside)}</Folder>"


def ring(*places: str) -> str:
    return f"<LinearRing><coordinates>{' '.join(places)}</coordinates></LinearRing>"


def polygon(outer: tuple[str, ...], *holes: tuple[str, ...]) -> str:
    inner = "".join(f"<innerBoundaryIs>{ring(*hole)}</innerBoundaryIs>" for hole in holes)
    return f"<Polygon><outerBoundaryIs>{ring(*outer)}</outerBoundaryIs>{inner}</Polygon>"


SQUARE = ("46,39", "47,39", "47,40", "46,40", "46,39")


# KML


def test_every_placemark_of_every_folder_with_its_folder(tmp_path: Path) -> None:
    inner = folder("Record 2", mark("3"), folder("Row", mark("4")))
    path = kml(
        tmp_path / "a.kml", mark("1") + folder("Task", mark("2"), inner) + folder("Task", mark("5"))
    )
    (table,) = read(path, "finds")
    assert table.frame["id"].tolist() == ["1", "2", "3", "4", "5"]
    expected = ["", "Task", "Task/Record 2", "Task/Record 2/Row", "Task"]
    assert table.frame["folder"].tolist() == expected
    assert table.where(2) == "feature 3"
    assert table.crs == "EPSG:4326"
    assert table.problems == ()


def test_a_folder_is_named_like_a_layer(tmp_path: Path) -> None:
    inside = folder("Task", mark("2"), folder("Row", mark("3"))) + folder("Taskforce", mark("4"))
    path = kml(tmp_path / "a.kml", mark("1") + inside)
    for layer, ids in (("Task", ["2", "3"]), ("Task/Row", ["3"]), ("Taskforce", ["4"])):
        (table,) = read(path, "finds", layer=layer)
        assert table.frame["id"].tolist() == ids
    error = refused(path, layer="Row")
    assert codes(error.problems) == ["MA002"]
    assert "'Task', 'Task/Row', 'Taskforce'" in str(error)


def test_attributes_stay_as_they_are_written(tmp_path: Path) -> None:
    """GDAL's reader makes 7 of 007 where a schema says int, and drops what no schema names."""
    schema = '<Schema id="s"><SimpleField name="number" type="int"/></Schema>'
    more = (
        '<ExtendedData><SchemaData schemaUrl="#s"><SimpleData name="number">007</SimpleData>'
        '<SimpleData name="other">1.50</SimpleData></SchemaData>'
        '<Data name="Model"><displayName>Model of mine</displayName><value> PMN-2 </value></Data>'
        '<camp:site xmlns:camp="urn:x">12</camp:site></ExtendedData>'
        "<TimeStamp><when>2021-05-06</when></TimeStamp>"
    )
    path = kml(tmp_path / "a.kml", schema + mark("A", more=more) + mark("B"))
    (table,) = read(path, "finds")
    row = {
        name: table.frame[name].tolist() for name in ("number", "other", "Model", "site", "time")
    }
    assert row == {
        "number": ["007", ""],
        "other": ["1.50", ""],
        "Model": ["PMN-2", ""],
        "site": ["12", ""],
        "time": ["2021-05-06", ""],
    }


def test_attributes_of_our_own_names_and_twice(tmp_path: Path) -> None:
    more = (
        '<Data name="name"><value>x</value></Data>' + '<Data name="q"><value>1</value></Data>' * 2
    )
    path = kml(tmp_path / "a.kml", mark("A", more=f"<ExtendedData>{more}</ExtendedData>"))
    (table,) = read(path, "districts")
    assert table.frame.iloc[0].to_dict() == {
        "folder": "",
        "placemark name": "A",
        "name": "x",
        "q": "1",
        "q (2)": "1",
    }


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<![CDATA[<b>Depth</b>: 5&nbsp;cm<br>found &lt; 2 m]]>", "Depth : 5 cm found < 2 m"),
        ("&lt;p&gt;one&lt;/p&gt;&lt;p&gt;two&lt;/p&gt;", "one two"),
        ("<![CDATA[<style>b {x: y}</style><script>steal()</script>kept]]>", "kept"),
        ("plain text, 5 < 6".replace("<", "&lt;"), "plain text, 5 < 6"),
    ],
)
def test_descriptions_lose_their_html(tmp_path: Path, markup: str, text: str) -> None:
    path = kml(tmp_path / "a.kml", mark("A", more=f"<description>{markup}</description>"))
    (table,) = read(path, "finds")
    assert table.frame["description"].tolist() == [text]


@given(st.text())
def test_html_of_any_kind_gives_one_line(text: str) -> None:
    assert plain_text(text) == " ".join(plain_text(text).split())


def test_names_are_ids_only_where_nothing_else_is(tmp_path: Path) -> None:
    number = '<ExtendedData><Data name="find_id"><value>F-1</value></Data></ExtendedData>'
    own = kml(tmp_path / "own.kml", mark("A", more=number))
    plain = kml(tmp_path / "plain.kml", mark("A", polygon(SQUARE)))
    assert "name" in read(own, "finds")[0].frame
    assert read(plain, "finds")[0].frame["id"].tolist() == ["A"]
    # For a district the name is its name.
    assert "name" in read(plain, "districts")[0].frame
    assert conform(read(plain, "districts"), "districts", Settings()).frame[
        "district"
    ].tolist() == ["A"]
    # What the user names goes first.
    named = {"finds.id": "name"}
    assert read(own, "finds", columns=named)[0].frame["name"].tolist() == ["A"]
    used = Settings(columns=named)
    assert conform(read(own, "finds", columns=named), "finds", used).frame["id"].tolist() == ["A"]
    taken = {"finds.task_id": "name"}
    assert "name" in read(plain, "finds", columns=taken)[0].frame
    # As `inspect` writes it.
    assert read(plain, "finds", columns={"finds.id": "id"})[0].frame["id"].tolist() == ["A"]


def test_shapes_of_every_kind(tmp_path: Path) -> None:
    hole = ("46.1,39.1", "46.2,39.1", "46.2,39.2", "46.1,39.1")
    line = "<LineString><coordinates>46,39 47,40</coordinates></LineString>"
    shapes = {
        "P": ("<Point><coordinates> 46.5 , 39.5 , 0 </coordinates></Point>", "POINT (46.5 39.5)"),
        "L": (line, "LINESTRING (46 39, 47 40)"),
        "A": (
            polygon(SQUARE, hole),
            "POLYGON ((46 39, 47 39, 47 40, 46 40, 46 39), "
            "(46.1 39.1, 46.2 39.1, 46.2 39.2, 46.1 39.1))",
        ),
        "M": (
            f"<MultiGeometry>{polygon(SQUARE)}{polygon(hole)}</MultiGeometry>",
            "MULTIPOLYGON (((46 39, 47 39, 47 40, 46 40, 46 39)), "
            "((46.1 39.1, 46.2 39.1, 46.2 39.2, 46.1 39.1)))",
        ),
        "S": (f"<MultiGeometry>{line}</MultiGeometry>", "LINESTRING (46 39, 47 40)"),
        "X": (
            f"<MultiGeometry>{line}<Point><coordinates>46,39</coordinates></Point></MultiGeometry>",
            "GEOMETRYCOLLECTION (LINESTRING (46 39, 47 40), POINT (46 39))",
        ),
    }
    path = kml(
        tmp_path / "a.kml", "".join(mark(name, shape) for name, (shape, _) in shapes.items())
    )
    (table,) = read(path, "supplied")
    assert [shape.wkt for shape in table.geometry] == [wkt for _, wkt in shapes.values()]


def test_heights_stay_only_if_there_are_any(tmp_path: Path) -> None:
    point = "<Point><coordinates>46.5,39.5,{}</coordinates></Point>"
    flat = kml(tmp_path / "flat.kml", mark("A", point.format(0)))
    high = kml(tmp_path / "high.kml", mark("A", point.format(812)))
    assert [bool(shapely.has_z(read(path, "finds")[0].geometry)[0]) for path in (flat, high)] == [
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (f"<Point><coordinates>{PLACE} {PLACE}</coordinates></Point>", "MA014"),
        (f"<Point><coordinates>{PLACE.replace(',', ';')}</coordinates></Point>", "MA014"),
        ("<Point><coordinates>46.5123457</coordinates></Point>", "MA014"),
        ("<Point><coordinates>nan,inf</coordinates></Point>", "MA014"),
        ("<Point><coordinates>٤٦٫٥,39</coordinates></Point>", "MA014"),
        (f"<Point><coordinates>{PLACE}</coordinates></Point>" * 2, "MA014"),
        (f"<LineString><coordinates>{PLACE}</coordinates></LineString>", "MA014"),
        (polygon(SQUARE[:3]), "MA301"),
        (polygon(SQUARE[:4]), "MA301"),
        ("<Polygon></Polygon>", "MA301"),
        ("<gx:Track><when>2021</when><gx:coord>46 39 1</gx:coord></gx:Track>", "MA304"),
        ("", "MA307"),
        ("<Point></Point>", "MA307"),
        ("<MultiGeometry></MultiGeometry>", "MA307"),
        ("<Point><coordinates>1e999,39</coordinates></Point>", "MA307"),
    ],
)
def test_positions_that_are_not_read_are_faults_of_their_rows(
    tmp_path: Path, shape: str, code: str
) -> None:
    path = kml(tmp_path / "a.kml", mark("good") + mark("bad", shape))
    tables = read(path, "finds")
    with pytest.raises(InputError) as caught:
        conform(tables, "finds", Settings())
    assert codes(caught.value.problems) == [code]
    assert caught.value.problems[0].place.startswith("feature 2")
    assert not any(digits in str(caught.value) for digits in DIGITS)
    layer = conform(tables, "finds", Settings(drop_faulty=True))
    assert layer.frame["id"].tolist() == ["good"]
    assert layer.sources[0].dropped == {code: 1}


def test_folders_and_links_that_are_not_read_are_said(tmp_path: Path) -> None:
    link = "<NetworkLink><Link><href>http://127.0.0.1:1/x.kml</href></Link></NetworkLink>"
    path = kml(
        tmp_path / "a.kml", link + folder("P", mark("1")) + folder("A", mark("2", polygon(SQUARE)))
    )
    (table,) = read(path, "finds")
    assert table.frame["id"].tolist() == ["1"]
    (said,) = table.problems
    assert said.code == "MA013"
    assert "addresses (1) and folders without points (1)" in said.line()
    # A supplied map may hold rows and outlines beside points.
    assert read(path, "supplied")[0].frame["id"].tolist() == ["1", "2"]
    only = kml(tmp_path / "only.kml", link)
    error = refused(only)
    assert codes(error.problems) == ["MA004"]
    assert "only links" in str(error)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1251"])
def test_kml_in_the_encoding_that_it_states(tmp_path: Path, encoding: str) -> None:
    path = kml(tmp_path / "a.kml", mark("мина-1"), encoding)
    assert read(path, "finds")[0].frame["id"].tolist() == ["мина-1"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("no XML at all", "its content is not KML"),
        ("<gpx></gpx>", "its outermost element is not 'kml'"),
        ("<kml>\n<Document>\n<Placemark>", "it is not complete XML (line 3)"),
        ("<kml><a></b></kml>", "it is not complete XML (line 1)"),
        ("<kml>" + "<Folder>" * 300, "its XML is nested too deeply"),
        ("<kml/>trailing", "it is not complete XML (line 1)"),
    ],
)
def test_kml_that_is_none(tmp_path: Path, text: str, reason: str) -> None:
    error = refused(write(tmp_path / "a.kml", text))
    assert codes(error.problems) == ["MA001"]
    assert reason in str(error)


def test_kml_without_placemarks(tmp_path: Path) -> None:
    assert codes(refused(kml(tmp_path / "a.kml", folder("A"))).problems) == ["MA004"]


def test_kmz_with_several_documents(tmp_path: Path) -> None:
    for name, inside in (("first", mark("1")), ("second", folder("B", mark("2")))):
        kml(tmp_path / f"{name}.kml", inside)
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.write(tmp_path / "second.kml", "files/more.kml")
        archive.write(tmp_path / "first.kml", "doc.kml")
    (table,) = read(tmp_path / "a.kmz", "finds")
    assert table.frame["id"].tolist() == ["1", "2"]
    assert table.frame["folder"].tolist() == ["", "B"]
    assert table.source == "a.kmz"
    assert table.sha256 == hashlib.sha256((tmp_path / "a.kmz").read_bytes()).hexdigest()


def test_kmz_without_kml(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.txt", "SYNTHETIC")
    assert "it holds no KML file" in str(refused(tmp_path / "a.kmz"))


# GPX


GPX = '<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{}</gpx>'


def test_waypoints_keep_their_digits_and_what_is_said_of_them(tmp_path: Path) -> None:
    inside = (
        "<metadata><name>SYNTHETIC</name></metadata>"
        '<wpt lat="39.50" lon="46.5123457"><ele>812.5</ele><time>2021-05-06T10:00:00Z</time>'
        "<name>007</name><sym>Flag</sym><link href='http://127.0.0.1:1/'><text>x</text></link>"
        "<extensions><a:X xmlns:a='urn:x'><a:depth>12</a:depth></a:X></extensions></wpt>"
        '<wpt lat="39.6" lon="46.6"><name>010</name></wpt>'
        '<rte><rtept lat="1" lon="2"/></rte><trk/><trk/>'
    )
    (table,) = read(write(tmp_path / "a.gpx", GPX.format(inside)), "finds")
    assert table.frame.to_dict("list") == {
        "id": ["007", "010"],
        "lat": ["39.50", "39.6"],
        "lon": ["46.5123457", "46.6"],
        "ele": ["812.5", ""],
        "time": ["2021-05-06T10:00:00Z", ""],
        "sym": ["Flag", ""],
        "depth": ["12", ""],
    }
    assert codes(table.problems) == ["MA013"]
    assert "routes (1) and tracks (2)" in table.problems[0].line()
    layer = conform([table], "finds", Settings())
    assert layer.frame["lon"].tolist() == [46.5123457, 46.6]
    assert layer.sources[0].crs == "EPSG:4326"
    assert "MA201" not in codes(layer.problems)


def test_waypoints_without_names_or_positions_are_named(tmp_path: Path) -> None:
    inside = (
        '<wpt lat="39.5" lon="46.5"/><wpt lat="95" lon="46.5"><name>2</name></wpt>'
        "<wpt><name>3</name></wpt>"
    )
    tables = read(write(tmp_path / "a.gpx", GPX.format(inside)), "finds")
    with pytest.raises(InputError) as caught:
        conform(tables, "finds", Settings())
    places = [(problem.code, problem.place) for problem in caught.value.problems]
    assert places[:2] == [("MA102", "feature 1, column id"), ("MA208", "feature 2, column lat")]
    assert {place for _, place in places[2:]} == {"feature 3, column lat", "feature 3, column lon"}


@pytest.mark.parametrize(
    ("text", "code", "reason"),
    [
        (GPX.format("<trk/>"), "MA004", "only tracks (1)"),
        (GPX.format(""), "MA004", "no rows"),
        ("<kml/>", "MA001", "not 'gpx'"),
    ],
)
def test_gpx_without_waypoints(tmp_path: Path, text: str, code: str, reason: str) -> None:
    error = refused(write(tmp_path / "a.gpx", text))
    assert codes(error.problems) == [code]
    assert reason in str(error)


def test_waypoints_are_no_polygons(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpx", GPX.format('<wpt lat="39" lon="46"><name>1</name></wpt>'))
    with pytest.raises(InputError) as caught:
        conform(read(path, "searched"), "searched", Settings())
    assert codes(caught.value.problems) == ["MA304"]


# Zipped shapefiles and geodatabases


def points(ids=("007", "010")) -> gpd.GeoDataFrame:
    n = np.arange(len(ids))
    return gpd.GeoDataFrame(
        {"id": list(ids), "type": "AP"},
        geometry=gpd.points_from_xy(46.5 + n / 10, 39.5 + n / 10),
        crs="EPSG:4326",
    )


def areas() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"id": ["A"]}, geometry=[shapely.box(46, 39, 46.1, 39.1)], crs="EPSG:4326"
    )


def save(frame: gpd.GeoDataFrame, path: Path, **options) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        frame.to_file(path, **options)
    return path


def pack(path: Path, entries: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def parts(path: Path) -> dict[str, bytes]:
    return {part.name: part.read_bytes() for part in path.parent.glob(f"{path.stem}.*")}


@pytest.fixture(scope="module")
def shapefile(tmp_path_factory) -> dict[str, bytes]:
    return parts(save(points(), tmp_path_factory.mktemp("shp") / "finds.shp"))


def test_zipped_shapefile_below_a_folder_in_capitals(tmp_path: Path, shapefile) -> None:
    entries = {f"sent/x/{name.upper()}": data for name, data in shapefile.items()}
    entries |= {"__MACOSX/sent/x/._FINDS.SHP": b"x", "sent/read me.pdf": b"x"}
    (table,) = read(pack(tmp_path / "a.zip", entries), "finds")
    assert table.frame["id"].tolist() == ["007", "010"]
    assert (table.source, table.layer, table.crs) == ("a.zip", None, "EPSG:4326")
    assert table.sha256 == hashlib.sha256((tmp_path / "a.zip").read_bytes()).hexdigest()
    assert table.problems == ()


def test_several_shapefiles_in_one_archive(tmp_path: Path, shapefile) -> None:
    other = parts(save(points(("1",)), tmp_path / "more.shp"))
    ground = parts(save(areas(), tmp_path / "ground.shp"))
    path = pack(tmp_path / "a.zip", shapefile | other | ground)
    tables = read(path, "finds")
    assert [(table.layer, len(table.frame)) for table in tables] == [("finds", 2), ("more", 1)]
    assert codes(tables[0].problems) == ["MA003"]
    assert [table.layer for table in read(path, "searched")] == ["ground"]
    assert [table.layer for table in read(path, "finds", layer="more")] == ["more"]
    error = refused(path, layer="none")
    assert codes(error.problems) == ["MA002"]
    assert "'finds', 'ground', 'more'" in str(error)


@pytest.mark.parametrize("part", [".shx", ".dbf", ".shp"])
def test_zipped_shapefile_without_a_part(tmp_path: Path, shapefile, part: str) -> None:
    entries = {name: data for name, data in shapefile.items() if not name.endswith(part)}
    error = refused(pack(tmp_path / "a.zip", entries))
    assert codes(error.problems) == ["MA005"]
    assert f"lacks its {part} part" in str(error)
    entries = {**entries, **parts(save(points(), tmp_path / "whole.shp"))}
    error = refused(pack(tmp_path / "b.zip", entries))
    assert [(p.code, p.place) for p in error.problems] == [("MA005", "layer finds")]


def test_zipped_shapefile_that_is_cut_off(tmp_path: Path, shapefile) -> None:
    entries = {**shapefile, "finds.shp": shapefile["finds.shp"][:-10]}
    assert "its .shp part is cut off" in str(refused(pack(tmp_path / "a.zip", entries)))


def test_other_data_in_an_archive_is_said(tmp_path: Path, shapefile) -> None:
    path = pack(tmp_path / "a.zip", {**shapefile, "x.csv": b"id", "y.gpkg": b""})
    (table,) = read(path, "finds")
    assert codes(table.problems) == ["MA013"]
    assert "(.csv, .gpkg)" in table.problems[0].line()
    error = refused(pack(tmp_path / "b.zip", {"x.csv": b"id"}))
    assert "it holds no shapefile and no File Geodatabase" in str(error)
    assert "unpack it" in str(error)


def test_geodatabase_reads_the_layers_that_fit(tmp_path: Path) -> None:
    path = tmp_path / "a.gdb"
    for layer, frame in (("one", points()), ("two", points(("1",))), ("ground", areas())):
        save(frame, path, driver="OpenFileGDB", layer=layer)
    tables = read(path, "finds")
    assert [(table.layer, table.frame["id"].tolist()) for table in tables] == [
        ("one", ["007", "010"]),
        ("two", ["1"]),
    ]
    assert codes(tables[0].problems) == ["MA003"]
    assert [table.layer for table in read(f"{path}/", "searched")] == ["ground"]
    # Of all its files, one after the other, in the order of their names; not of locks.
    (path / "x.lock").write_bytes(b"x")
    whole = b"".join(p.read_bytes() for p in sorted(path.iterdir()) if p.suffix != ".lock")
    assert read(path, "searched")[0].sha256 == hashlib.sha256(whole).hexdigest()
    entries = {f"in/a.gdb/{part.name}": part.read_bytes() for part in path.iterdir()}
    zipped = read(pack(tmp_path / "a b{1}.zip", entries), "finds")
    assert [(table.layer, table.source) for table in zipped] == [
        ("one", "a b{1}.zip"),
        ("two", "a b{1}.zip"),
    ]
    for left, right in zip(tables, zipped, strict=True):
        assert left.frame.equals(right.frame)
        assert left.rows.tolist() == right.rows.tolist()
        assert shapely.equals(left.geometry, right.geometry).all()


def test_geodatabase_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty.gdb").mkdir()
    assert "damaged" in str(refused(tmp_path / "empty.gdb"))
    write(tmp_path / "file.gdb", "x")
    assert "a File Geodatabase is a folder" in str(refused(tmp_path / "file.gdb"))
    linked = tmp_path / "linked.gdb"
    linked.mkdir()
    (linked / "a00000001.gdbtable").symlink_to(tmp_path / "file.gdb")
    assert "a link to another file" in str(refused(linked))


def test_rows_and_outlines_of_a_supplied_map_are_layers_too(tmp_path: Path) -> None:
    path = tmp_path / "map.gpkg"
    line = shapely.LineString([(46, 39), (46.1, 39)])
    rows = gpd.GeoDataFrame({"id": ["R"], "count": [12]}, geometry=[line], crs="EPSG:4326")
    roads = gpd.GeoDataFrame({"id": ["X"]}, geometry=[line], crs="EPSG:4326")
    outlines = areas().assign(count=40)
    for layer, frame in (("mines", points()), ("rows", rows), ("roads", roads), ("out", outlines)):
        save(frame, path, layer=layer)
    tables = read(path, "supplied")
    assert [table.layer for table in tables] == ["mines", "rows", "out"]
    assert codes(tables[0].problems) == ["MA003", "MA013"]
    assert "without id and count (1)" in tables[0].problems[1].line()
    assert [table.layer for table in read(path, "finds")] == ["mines"]
    assert [table.layer for table in read(path, "supplied", layer="roads")] == ["roads"]
    save(roads, tmp_path / "roads.gpkg", layer="one")
    save(areas(), tmp_path / "roads.gpkg", layer="two")
    assert [table.layer for table in read(tmp_path / "roads.gpkg", "supplied")] == ["one", "two"]


# Texts of shapefiles


def encoded(tmp_path: Path, encoding: str, text: str = "Ağdam мина", language: int = 0) -> Path:
    """A shapefile whose table says no more of its encoding than `language`."""
    path = save(points((text, "010")), tmp_path / "a.shp", encoding="UTF-8")
    (tmp_path / "a.cpg").unlink()
    table = bytearray(path.with_suffix(".dbf").read_bytes())
    raw, wanted = text.encode(), text.encode(encoding)
    at = table.index(raw)
    table[at : at + len(raw)] = wanted.ljust(len(raw))
    table[29] = language
    path.with_suffix(".dbf").write_bytes(bytes(table))
    return path


@pytest.mark.parametrize("language", [0, 0x57])
def test_unsaid_utf8_is_recognised(tmp_path: Path, language: int) -> None:
    path = encoded(tmp_path, "utf-8", language=language)
    assert read(path, "finds")[0].frame["id"].tolist() == ["Ağdam мина", "010"]
    zipped = pack(tmp_path / "a.zip", parts(path))
    assert read(zipped, "finds")[0].frame["id"].tolist() == ["Ağdam мина", "010"]


@pytest.mark.parametrize("language", [0, 0x57])
def test_unsaid_other_encodings_are_refused(tmp_path: Path, language: int) -> None:
    path = encoded(tmp_path, "cp1251", "мина", language)
    for file in (path, pack(tmp_path / "a.zip", parts(path))):
        error = refused(file)
        assert codes(error.problems) == ["MA001"]
        assert "nothing says in which encoding" in str(error)
        assert ".cpg" in str(error)
    write(path.with_suffix(".cpg"), "1251")
    assert read(path, "finds")[0].frame["id"].tolist() == ["мина", "010"]


def test_an_encoding_that_the_table_states_is_used(tmp_path: Path) -> None:
    path = encoded(tmp_path, "cp1251", "мина", 0xC9)
    assert read(path, "finds")[0].frame["id"].tolist() == ["мина", "010"]


def test_plain_letters_need_no_encoding(tmp_path: Path) -> None:
    assert read(encoded(tmp_path, "ascii", "F-1"), "finds")[0].frame["id"].tolist() == [
        "F-1",
        "010",
    ]


@pytest.mark.parametrize("encoding", ["cp1251", "cp1254", "cp1256", "cp866", "koi8-r"])
def test_csv_in_other_encodings_is_refused(tmp_path: Path, encoding: str) -> None:
    text = {"cp1254": "Ağdam", "cp1256": "لغم"}.get(encoding, "мина")
    path = write(tmp_path / "a.csv", f"{HEADER}1,39.5,46.5\n{text},39.6,46.6\n", encoding)
    error = refused(path)
    assert codes(error.problems) == ["MA001"]
    # The first letter that is not UTF-8: the first of all but Ağdam.
    byte = len(HEADER) + len("1,39.5,46.5\n") + (2 if encoding == "cp1254" else 1)
    assert f"(byte {byte}, line 3)" in str(error)
    # Excel would turn the ids 007 and 01/88 of the same file into a number and a day.
    assert "text editor" in str(error)
    assert "Excel changes" in str(error)


def test_a_wrong_byte_far_in_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from mapaccuracy.io import delimited

    monkeypatch.setattr(delimited, "_CHUNK", 5)
    good = f"{HEADER}ё,39.5,46.5\n".encode()
    path = tmp_path / "a.csv"
    for n in range(5):  # the two bytes of a letter may lie in two pieces
        path.write_bytes(b"\xef\xbb\xbf" + b" " * n + good + b"\xe9x")
        assert f"(byte {3 + n + len(good) + 1}, line 3)" in str(refused(path))
        path.write_bytes(b"\xef\xbb\xbf" + b"i" * n + good)
        assert read(path, "finds")[0].frame.iloc[0, 0] == "ё"


# Workbooks


def sheet(path: Path, rows, merged=(), title: str = "S") -> Path:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    for cells in merged:
        book.active.merge_cells(cells)
    book.save(path)
    return path


def test_merged_cells_of_used_columns_are_faults(tmp_path: Path) -> None:
    rows = [
        ["id", "lat", "lon", "type", "remark"],
        ["1", 39.5, 46.5, "AP", "SYNTHETIC"],
        ["2", 39.6, 46.6, None, None],
        ["3", 39.7, 46.7, None, None],
        ["4", 39.8, 46.8, "AT", None],
    ]
    path = sheet(tmp_path / "a.xlsx", rows, ["D2:D4", "E2:E4"])
    tables = read(path, "finds")
    with pytest.raises(InputError) as caught:
        conform(tables, "finds", Settings())
    assert [(p.code, p.place) for p in caught.value.problems] == [
        ("MA008", "S!D3"),
        ("MA008", "S!D4"),
    ]
    assert "D2:D4, of which only D2 holds a value" in caught.value.problems[0].line()
    layer = conform(tables, "finds", Settings(drop_faulty=True))
    assert layer.frame["id"].tolist() == ["1", "4"]
    assert layer.sources[0].dropped == {"MA008": 2}


def test_merged_cells_that_hide_nothing_are_no_faults(tmp_path: Path) -> None:
    rows = [["SYNTHETIC title"], ["id", "lat", "lon", "type"], ["1", 39.5, 46.5], ["2", 39.6, 46.6]]
    path = sheet(tmp_path / "a.xlsx", rows, ["A1:D1", "D3:D4", "F3:F4"])
    (table,) = read(path, "finds")
    assert codes(table.problems) == ["MA007"]


def test_merged_header_of_two_rows(tmp_path: Path) -> None:
    rows = [
        ["SYNTHETIC title"],
        ["Find ID", "Coordinates", None, "Type"],
        [None, "Lat", "Long", None],
        ["1", 39.5, 46.5, "AP"],
        ["2", 39.6, 46.6, "AT"],
    ]
    path = sheet(tmp_path / "a.xlsx", rows, ["A1:D1", "A2:A3", "B2:C2", "D2:D3"])
    (table,) = read(path, "finds")
    assert list(table.frame.columns) == ["Find ID", "Lat", "Long", "Type"]
    assert codes(table.problems) == ["MA007", "MA015"]
    assert "(A2:A3, D2:D3)" in table.problems[1].line()
    layer = conform([table], "finds", Settings())
    assert layer.frame[["id", "lat", "category"]].to_numpy().tolist() == [
        ["1", 39.5, "AP"],
        ["2", 39.6, "AT"],
    ]


def test_a_header_merged_over_two_columns_is_said(tmp_path: Path) -> None:
    rows = [["id", "lat", "lon", "type"], ["1", 39.5, 46.5, "AP", "x"]]
    (table,) = read(sheet(tmp_path / "a.xlsx", rows, ["D1:E1"]), "finds")
    assert list(table.frame.columns) == ["id", "lat", "lon", "type", "(column E)"]
    assert [(p.code, p.place) for p in table.problems] == [("MA015", "S")]


def test_merged_cells_and_formulas_together(tmp_path: Path) -> None:
    rows = [["id", "lat", "lon"], ["1", "=39+0.5", 46.5], ["2", 39.6, 46.6], [None, 39.7, 46.7]]
    path = sheet(tmp_path / "a.xlsx", rows, ["A3:A4"])
    with pytest.raises(InputError) as caught:
        conform(read(path, "finds"), "finds", Settings())
    assert [(p.code, p.place) for p in caught.value.problems] == [
        ("MA008", "S!B2"),
        ("MA008", "S!A4"),
    ]


def test_blank_rows_in_a_sheet_keep_the_numbers_of_the_others(tmp_path: Path) -> None:
    rows = [[], ["id", "lat", "lon"], [], [], ["1", 39.5, 46.5], [None, " "], ["2", 39.6, 46.6]]
    (table,) = read(sheet(tmp_path / "a.xlsm", rows), "finds")
    assert table.rows.tolist() == [5, 7]
    assert table.where(1, "lat") == "S!B7"


@pytest.mark.parametrize(
    ("name", "start", "words"),
    [
        ("a.xlsx", b"\xd0\xcf\x11\xe0", "locked with a password"),
        ("a.xls", b"\xd0\xcf\x11\xe0", "save it as .xlsx"),
        ("a.ods", b"PK\x03\x04", "save it as .xlsx"),
        ("a.xlsb", b"PK\x03\x04", "save it as .xlsx"),
        ("a.mdb", b"x", "export the table"),
    ],
)
def test_formats_that_are_not_read_say_what_to_do(tmp_path, name, start, words) -> None:
    (tmp_path / name).write_bytes(start + b"x" * 100)
    error = refused(tmp_path / name)
    assert codes(error.problems) == ["MA001"]
    assert words in str(error)


# Parquet


def test_parquet_with_columns_of_positions(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    frame = pd.DataFrame({"id": ["007"], "lat": [39.5], "lon": [46.5]})
    frame.to_parquet(tmp_path / "a.parquet")
    layer = conform(read(tmp_path / "a.parquet", "finds"), "finds", Settings())
    assert layer.frame[["id", "lat", "lon"]].to_numpy().tolist() == [["007", 39.5, 46.5]]
    assert "MA201" in codes(layer.problems)


# Patterns and standard input


def test_a_pattern_stands_for_all_files_that_fit(tmp_path: Path) -> None:
    for name, number in (("b.csv", 2), ("a.csv", 1), ("c.txt", 3), (".hidden.csv", 4)):
        write(tmp_path / name, f"{HEADER}{number},39.5,46.5\n")
    write(tmp_path / "~$a.csv", "of an open workbook")
    tables = read(tmp_path / "*.csv", "finds")
    assert [(table.source, table.frame["id"].item()) for table in tables] == [
        ("a.csv", "1"),
        ("b.csv", "2"),
    ]
    (tmp_path / "deep").mkdir()
    write(tmp_path / "deep" / "d.csv", f"{HEADER}5,39.5,46.5\n")
    assert [t.source for t in read(f"{tmp_path}/**/?.csv", "finds")] == ["a.csv", "b.csv", "d.csv"]


def test_a_pattern_that_fits_nothing(tmp_path: Path) -> None:
    error = refused(tmp_path / "*.csv")
    assert [(p.code, p.source) for p in error.problems] == [("MA001", "*.csv")]
    assert "no file fits this pattern" in str(error)


def test_a_file_with_signs_of_a_pattern_is_itself(tmp_path: Path) -> None:
    write(tmp_path / "finds [1].csv", f"{HEADER}1,39.5,46.5\n")
    write(tmp_path / "finds 1.csv", f"{HEADER}2,39.5,46.5\n")
    (table,) = read(tmp_path / "finds [1].csv", "finds")
    assert table.frame["id"].tolist() == ["1"]


def test_faults_of_all_files_of_a_pattern_are_listed(tmp_path: Path) -> None:
    write(tmp_path / "a.csv", "")
    write(tmp_path / "b.csv", f"{HEADER}1,39.5,46.5\n")
    write(tmp_path / "c.gpkg", "x")
    assert [(p.code, p.source) for p in refused(tmp_path / "?.*").problems] == [
        ("MA004", "a.csv"),
        ("MA001", "c.gpkg"),
    ]


def test_a_file_that_fits_a_pattern_of_inputs_is_not_overwritten(tmp_path: Path, run) -> None:
    for name in ("a.csv", "b.csv"):
        write(tmp_path / name, f"{HEADER}{name},39.5,46.5\n")
    write(tmp_path / "finds.csv", f"{HEADER}1,39.5,46.5\n")
    before = (tmp_path / "b.csv").read_bytes()
    done = run(
        "diagnose", tmp_path / "?.csv", tmp_path / "finds.csv", "--assume-searched",
        "--write-corrected", tmp_path / "b.csv",
    )  # fmt: skip
    assert done.code == 2
    assert "b.csv is an input, which is never overwritten" in done.err
    assert (tmp_path / "b.csv").read_bytes() == before


def stdin(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_standard_input_is_csv_or_geojson(monkeypatch: pytest.MonkeyPatch) -> None:
    text = f"{HEADER}007,39.5,46.5\n".encode()
    stdin(monkeypatch, text)
    (table,) = read("-", "finds")
    assert (table.source, table.frame["id"].tolist()) == ("stdin", ["007"])
    assert table.sha256 == hashlib.sha256(text).hexdigest()
    stdin(monkeypatch, b"\xef\xbb\xbf\n " + points().to_json().encode())
    (table,) = read("-", "finds")
    assert (table.source, table.frame["id"].tolist()) == ("stdin", ["007", "010"])
    assert table.crs == "EPSG:4326"


@pytest.mark.parametrize(
    ("data", "code", "words"),
    [
        (b"", "MA004", "0 bytes"),
        (b"PK\x03\x04xxx", "MA001", "takes CSV or GeoJSON"),
        (b'{"type": "FeatureCollection"', "MA001", "not complete JSON"),
        (b'{"a": "<OGRVRTDataSource>"}', "MA001", "not GeoJSON"),
    ],
)
def test_standard_input_that_is_neither(monkeypatch, data, code, words) -> None:
    stdin(monkeypatch, data)
    error = refused("-")
    assert [(p.code, p.source) for p in error.problems] == [(code, "stdin")]
    assert words in str(error)


def test_standard_input_is_read_once() -> None:
    with pytest.raises(SettingsError, match="only once"):
        read_all({"supplied": ["-"], "finds": ["-"]})


def test_inspect_sees_every_format(tmp_path: Path, shapefile) -> None:
    kml(tmp_path / "a.kml", folder("A", mark("1"), mark("2")))
    save(points(), tmp_path / "a.gdb", driver="OpenFileGDB", layer="finds")
    write(tmp_path / "a.gpx", GPX.format('<wpt lat="39" lon="46"><name>1</name></wpt>'))
    pack(tmp_path / "a.zip", shapefile)
    for name, rows in (("a.kml", 2), ("a.gdb", 2), ("a.gpx", 1), ("a.zip", 2)):
        entry = inspect_file(tmp_path / name, "finds")
        assert entry["problems"] == [], name
        assert [part["rows"] for part in entry["parts"]] == [rows], name
