"""The same 500 points in every format of a file give the same evaluation."""

from __future__ import annotations

import io
import json
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from xml.sax.saxutils import escape

import geopandas as gpd
import pandas as pd
import pytest
from openpyxl import Workbook
from shapely.geometry import box, mapping

from tests import postgis
from tests.arcgis import points as served
from tests.arcgis import serving
from tests.test_same_written_points import POINTS, SOUTH, WEST, world

DIGITS = 7


def geometries(frame: pd.DataFrame) -> gpd.GeoDataFrame:
    places = gpd.points_from_xy(frame["lon"], frame["lat"])
    return gpd.GeoDataFrame(frame.drop(columns=["lat", "lon"]), geometry=places, crs="EPSG:4326")


def layer(frame: pd.DataFrame, path: Path, **options) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        geometries(frame).to_file(path, **options)
    return path


def zipped(files: list[Path], path: Path, below: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(files):
            archive.write(file, file.relative_to(below))
    return path


def csv(frame: pd.DataFrame, folder: Path) -> Path:
    frame.to_csv(folder / "points.csv", index=False, float_format=f"%.{DIGITS}f")
    return folder / "points.csv"


def workbook(frame: pd.DataFrame, folder: Path) -> Path:
    book = Workbook()
    for title in (["SYNTHETIC register"], [], ["as of today"], list(frame.columns)):
        book.active.append(title)
    for row in frame.itertuples(index=False):
        book.active.append(
            [
                f"{cell:.{DIGITS}f}".replace(".", ",") if isinstance(cell, float) else cell
                for cell in row
            ]
        )
    book.save(folder / "points.xlsx")
    return folder / "points.xlsx"


def keyhole(frame: pd.DataFrame) -> str:
    """Two folders, one inside the other; one with SimpleData, one with Data."""

    def placemark(row: dict, number: int) -> str:
        more = {name: row[name] for name in row if name not in ("id", "lat", "lon")}
        if number % 2:
            cells = "".join(
                f'<SimpleData name="{n}">{escape(v)}</SimpleData>' for n, v in more.items()
            )
            cells = f'<SchemaData schemaUrl="#s">{cells}</SchemaData>'
        else:
            cells = "".join(
                f'<Data name="{n}"><value>{escape(v)}</value></Data>' for n, v in more.items()
            )
        place = f"{row['lon']:.{DIGITS}f},{row['lat']:.{DIGITS}f},0"
        return (
            f"<Placemark><name>{row['id']}</name><description><![CDATA[<b>SYNTHETIC</b>]]>"
            f"</description><ExtendedData>{cells}</ExtendedData>"
            f"<Point><coordinates>{place}</coordinates></Point></Placemark>"
        )

    marks = [placemark(row, number) for number, row in enumerate(frame.to_dict("records"))]
    half = len(marks) // 2
    return (
        '<?xml version="1.0" encoding="UTF-8"?><kml xmlns="http://www.opengis.net/kml/2.2">'
        f"<Document><name>SYNTHETIC</name><Folder><name>first</name>{''.join(marks[:half])}"
        f"<Folder><name>second</name>{''.join(marks[half:])}</Folder></Folder></Document></kml>"
    )


def kml(frame: pd.DataFrame, folder: Path) -> Path:
    (folder / "points.kml").write_text(keyhole(frame), "utf-8")
    return folder / "points.kml"


def kmz(frame: pd.DataFrame, folder: Path) -> Path:
    with zipfile.ZipFile(folder / "points.kmz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("doc.kml", keyhole(frame))
        archive.writestr("files/icon.png", b"SYNTHETIC")
    return folder / "points.kmz"


def gpx(frame: pd.DataFrame, folder: Path) -> Path:
    more = [name for name in frame.columns if name not in ("id", "lat", "lon")]
    points = "".join(
        f'<wpt lat="{row["lat"]:.{DIGITS}f}" lon="{row["lon"]:.{DIGITS}f}"><ele>12</ele>'
        f"<time>2021-05-06T10:00:00Z</time><name>{row['id']}</name><extensions>"
        + "".join(f"<{name}>{row[name]}</{name}>" for name in more)
        + "</extensions></wpt>"
        for row in frame.to_dict("records")
    )
    text = f'<gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1">{points}</gpx>'
    (folder / "points.gpx").write_text(text, "utf-8")
    return folder / "points.gpx"


def geopackage(frame: pd.DataFrame, folder: Path) -> Path:
    return layer(frame, folder / "points.gpkg")


def geojson(frame: pd.DataFrame, folder: Path) -> Path:
    return layer(frame, folder / "points.geojson", COORDINATE_PRECISION=DIGITS)


def zipped_shapefile(frame: pd.DataFrame, folder: Path) -> Path:
    layer(frame, folder / "points.shp")
    return zipped([*folder.glob("points.*")], folder / "sent.zip", folder)


def geodatabase(frame: pd.DataFrame, folder: Path) -> Path:
    return layer(frame, folder / "points.gdb", driver="OpenFileGDB", layer="points")


def zipped_geodatabase(frame: pd.DataFrame, folder: Path) -> Path:
    path = geodatabase(frame, folder)
    return zipped([*path.iterdir()], folder / "sent.zip", folder)


def geoparquet(frame: pd.DataFrame, folder: Path) -> Path:
    pytest.importorskip("pyarrow")
    geometries(frame).to_parquet(folder / "points.parquet")
    return folder / "points.parquet"


def parquet(frame: pd.DataFrame, folder: Path) -> Path:
    pytest.importorskip("pyarrow")
    frame.to_parquet(folder / "points.parquet")
    return folder / "points.parquet"


def pattern(frame: pd.DataFrame, folder: Path) -> Path:
    half = len(frame) // 2
    for name, rows in (("a", frame.iloc[:half]), ("b", frame.iloc[half:])):
        rows.to_csv(folder / f"{name}.csv", index=False, float_format=f"%.{DIGITS}f")
    return folder / "[ab].c?v"


# Servers that run until the test ends.
RUNNING = ExitStack()


@pytest.fixture(autouse=True)
def running(monkeypatch) -> Iterator[None]:
    monkeypatch.setenv("PGPASSWORD", postgis.PASSWORD)
    with RUNNING:
        yield


def service(frame: pd.DataFrame, folder: Path) -> str:
    return RUNNING.enter_context(serving({4: served(frame, folder.name, limit=100)})).of(4)


def database(frame: pd.DataFrame, folder: Path) -> str:
    server = RUNNING.enter_context(postgis.running())
    server.write("points", frame)
    return server.of("points")


Writer = Callable[[pd.DataFrame, Path], Path | str]
# How a table of points is written (what it gives is the command's argument), and further options.
WRITERS: dict[str, tuple[Writer, tuple[str, ...]]] = {
    "CSV": (csv, ()),
    "XLSX with title rows and decimal comma": (workbook, ()),
    "KML in two folders": (kml, ()),
    "KMZ": (kmz, ()),
    "GPX": (gpx, ()),
    "GeoJSON": (geojson, ()),
    "zipped shapefile": (zipped_shapefile, ()),
    "File Geodatabase": (geodatabase, ()),
    "zipped File Geodatabase": (zipped_geodatabase, ()),
    "GeoPackage": (geopackage, ()),
    "GeoParquet": (geoparquet, ()),
    "Parquet": (parquet, ()),
    "two files by a pattern": (pattern, ()),
    "an ArcGIS service": (service, ()),
    "a PostGIS table": (database, ()),
}
FILES = {"two files by a pattern": 2}


def points() -> tuple[pd.DataFrame, pd.DataFrame]:
    supplied, finds = (frame.round({"lat": DIGITS, "lon": DIGITS}) for frame in world())
    return supplied, finds.assign(type="Landmine - Anti-Personnel")


@pytest.fixture(scope="module")
def searched(tmp_path_factory) -> Path:
    area = box(WEST, SOUTH, WEST + 0.03, SOUTH + 0.04)
    features = [{"type": "Feature", "properties": {"note": "SYNTHETIC"}, "geometry": mapping(area)}]
    path = tmp_path_factory.mktemp("searched") / "searched.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    return path


def evaluated(run, folder: Path, searched: Path, name: str) -> dict:
    write, options = WRITERS[name]
    paths = []
    for role, frame in zip(("supplied", "finds"), points(), strict=True):
        (folder / role).mkdir()
        paths.append(write(frame, folder / role))
    done = run(
        "evaluate", *paths, "--searched", searched, "--draws", "19", "--format", "json", *options
    )
    assert done.code == 0, done.err
    return done.document


def figures(document: dict) -> str:
    """All figures of the evaluation, to six digits: a geodatabase keeps positions on a grid."""

    def rounded(value):
        if isinstance(value, float):
            return float(f"{value:.6g}")
        if isinstance(value, dict):
            return {key: rounded(entry) for key, entry in value.items() if "resolution" not in key}
        return [rounded(entry) for entry in value] if isinstance(value, list) else value

    return json.dumps(rounded(document["overall"]), sort_keys=True, indent=1)


@pytest.fixture(scope="module")
def expected() -> dict[str, str]:
    return {}


@pytest.mark.parametrize("name", WRITERS)
def test_the_same_points_give_the_same_evaluation(
    tmp_path, run, result_schema, searched, expected, name
) -> None:
    if not expected:
        (tmp_path / "csv").mkdir()
        expected["overall"] = figures(evaluated(run, tmp_path / "csv", searched, "CSV"))
        assert json.loads(expected["overall"])["confirmed"] == POINTS - POINTS // 4
    document = evaluated(run, tmp_path, searched, name)
    result_schema.validate(document)
    assert figures(document) == expected["overall"]
    overall = document["overall"]
    three_quarters = POINTS - POINTS // 4
    assert (overall["supplied"], overall["confirmed"]) == (POINTS, three_quarters)
    assert (overall["finds"], overall["mapped"]) == (POINTS, three_quarters)
    for role in ("supplied", "finds"):
        sources = [source for source in document["sources"] if source["role"] == role]
        assert len(sources) == FILES.get(name, 1)
        assert sum(source["rows_used"] for source in sources) == POINTS
        assert all("/" not in source["name"] for source in sources)
        assert {source["crs"] for source in sources} == {"EPSG:4326"}


def test_standard_input_gives_the_same_evaluation(
    tmp_path, run, searched, expected, monkeypatch
) -> None:
    supplied, finds = points()
    outcomes = []
    for write in (csv, geojson):
        path = csv(supplied, tmp_path)
        data = write(finds, tmp_path).read_bytes()
        csv(supplied, tmp_path)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))
        options = ("--searched", searched, "--draws", "19", "--format", "json")
        done = run("evaluate", path, "-", *options)
        assert done.code == 0, done.err
        assert [s["name"] for s in done.document["sources"] if s["role"] == "finds"] == ["stdin"]
        outcomes.append(figures(done.document))
    assert outcomes[0] == outcomes[1]
    assert expected.get("overall", outcomes[0]) == outcomes[0]
