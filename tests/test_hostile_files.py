"""Files that mean harm: refused or read rightly, in bounded memory, and nothing else is touched."""

from __future__ import annotations

import io
import json
import random
import stat
import subprocess
import sys
import threading
import warnings
import zipfile
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest

from mapaccuracy.errors import InputError
from mapaccuracy.io import archives, inspect_file, read

HIDDEN = "SYNTHETIC-4711"
MEBI = 1 << 20

# Reads a file within a limit of memory; prints the codes of the errors, or the rows of its tables.
LIMITED = """
import json, resource, sys, time
limit = int(sys.argv[1])
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
from mapaccuracy.errors import InputError
from mapaccuracy.io import read
out = []
for path in sys.argv[2:]:
    try:
        out.append([len(table.frame) for table in read(path, "finds")])
    except InputError as error:
        out.append([problem.line() for problem in error.problems])
print(json.dumps(out))
"""


def within(limit: int, *paths: Path, seconds: float = 60.0) -> list[list]:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(limit), *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=seconds,
        cwd=Path(__file__).parent.parent,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def refused(path: Path, role: str = "finds") -> str:
    with pytest.raises(InputError) as caught:
        read(path, role)
    assert {problem.code for problem in caught.value.problems} <= {"MA001", "MA004"}
    assert HIDDEN not in str(caught.value)
    return str(caught.value)


@pytest.fixture
def asked():
    """A server on loopback; the paths that anybody asked for."""
    paths: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(HIDDEN.encode())

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", paths
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder for temporary files, by itself."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    monkeypatch.setattr("tempfile.tempdir", str(place))
    return place


# What would read other files and addresses

POINT = "<Point><coordinates>46.5,39.5</coordinates></Point>"


def documents(entity: str) -> dict[str, str]:
    types = {
        "external": f'<!DOCTYPE kml [<!ENTITY x SYSTEM "{entity}">]>',
        "parameter": f'<!DOCTYPE kml [<!ENTITY % x SYSTEM "{entity}"> %x;]>',
        "schema": f'<!DOCTYPE kml SYSTEM "{entity}">',
        "growing": "<!DOCTYPE kml [<!ENTITY a 'SYNTHETIC'>"
        + "".join(
            f"<!ENTITY {b} '{f'&{a};' * 10}'>" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
        )
        + "<!ENTITY x '&i;'>]>",
    }
    return {
        name: f"{kind}<kml><Placemark><name>&x;</name>{POINT}</Placemark></kml>"
        for name, kind in types.items()
    }


@pytest.mark.parametrize("name", ["external", "parameter", "schema", "growing"])
@pytest.mark.parametrize("where", ["file", "address"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_and_nothing_is_read(
    tmp_path: Path, asked, name: str, where: str, encoding: str
) -> None:
    address, paths = asked
    (tmp_path / "secret.txt").write_text(HIDDEN)
    entity = (tmp_path / "secret.txt").as_uri() if where == "file" else f"{address}/x.dtd"
    text = documents(entity)[name].encode(encoding)
    (tmp_path / "a.kml").write_bytes(text)
    (tmp_path / "a.gpx").write_bytes(text.decode(encoding).replace("kml", "gpx").encode(encoding))
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", text)
    for ending in ("kml", "gpx", "kmz"):
        assert "DOCTYPE" in refused(tmp_path / f"a.{ending}")
    assert paths == []


def workbook(path: Path, parts: dict[str, bytes] | None = None) -> Path:
    """A workbook of one find, with some of its parts exchanged or added."""
    book = openpyxl.Workbook()
    for row in (["id", "lat", "lon"], ["1", 39.5, 46.5]):
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    with zipfile.ZipFile(stream) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        entries = {name: made.read(name) for name in made.namelist()} | (parts or {})
        for name, data in entries.items():
            out.writestr(name, data)
    return path


def sheet(inside: str, head: str = "") -> bytes:
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'{head}<worksheet xmlns="{space}"><sheetData>{inside}</sheetData></worksheet>'.encode()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_workbook_with_entities_is_refused(tmp_path: Path, asked, encoding: str) -> None:
    address, paths = asked
    head = f'<!DOCTYPE x [<!ENTITY x SYSTEM "{address}/x">]>'
    part = sheet('<row r="1"><c r="A1" t="str"><v>&x;</v></c></row>', head)
    parts = {"xl/worksheets/sheet1.xml": part.decode().encode(encoding)}
    assert "DOCTYPE" in refused(workbook(tmp_path / "a.xlsx", parts))
    assert paths == []


def test_links_in_a_kml_are_not_followed(tmp_path: Path, asked) -> None:
    address, paths = asked
    text = (
        f'<kml xmlns="http://www.opengis.net/kml/2.2" xmlns:x="{address}/space" '
        f'x:schemaLocation="{address}/a {address}/b"><Document>'
        f"<NetworkLink><Link><href>{address}/more.kml</href></Link></NetworkLink>"
        f"<GroundOverlay><Icon><href>{address}/icon.png</href></Icon></GroundOverlay>"
        f"<Placemark><name>1</name><styleUrl>{address}/style.kml#x</styleUrl>"
        f"<description><![CDATA[<img src='{address}/image.png'/>]]></description>"
        f'<ExtendedData><SchemaData schemaUrl="{address}/schema"/></ExtendedData>{POINT}'
        "</Placemark></Document></kml>"
    )
    (tmp_path / "a.kml").write_text(text)
    assert read(tmp_path / "a.kml", "finds")[0].frame["id"].tolist() == ["1"]
    assert paths == []


def nested(source: str) -> dict[str, str]:
    """Texts that GDAL opens as a way to other data, whatever the ending of the file."""
    virtual = (
        f'<OGRVRTDataSource><OGRVRTLayer name="secret"><SrcDataSource>{source}</SrcDataSource>'
        "</OGRVRTLayer></OGRVRTDataSource>"
    )
    run = f"gdal vector pipeline ! read {source} ! write --of=stream x"
    return {
        "virtual": virtual,
        "both": json.dumps({"type": "FeatureCollection", "features": [], "x": virtual}),
        "algorithm": json.dumps({"type": "gdal_streamed_alg", "command_line": run}),
        "late": " " * 2000 + virtual,
    }


@pytest.mark.parametrize("name", ["virtual", "both", "algorithm", "late"])
@pytest.mark.parametrize("where", ["file", "address"])
def test_a_file_that_leads_gdal_elsewhere_is_refused(
    tmp_path: Path, asked, monkeypatch: pytest.MonkeyPatch, name: str, where: str
) -> None:
    address, paths = asked
    secret = tmp_path / "secret.csv"
    secret.write_text(f"id,lat,lon\n{HIDDEN},39.5,46.5\n")
    text = nested(str(secret) if where == "file" else f"/vsicurl/{address}/x.csv")[name]
    for ending in ("geojson", "json", "gpkg", "shp", "kml", "gpx", "zip", "parquet"):
        path = tmp_path / f"a.{ending}"
        path.write_text(text)
        for role in ("finds", "searched"):
            refused(path, role)
        assert HIDDEN not in json.dumps(inspect_file(path))
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
    if name != "virtual" and name != "late":  # these are no JSON: rows of a table, of which
        refused(Path("-"))  # nothing leads anywhere
    assert paths == []


# Archives


def zeros(n: int) -> bytes:
    return b"\x00" * n


def archive(path: Path, entries: list[tuple[zipfile.ZipInfo | str, bytes]]) -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that stand twice
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for name, data in entries:
                file.writestr(name, data, zipfile.ZIP_DEFLATED)
    return path


def link() -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("a.shp")
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info


ENDINGS = ("zip", "kmz", "xlsx")


@pytest.mark.parametrize("ending", ENDINGS)
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("../../evil.shp", "leads out of it"),
        ("/evil.shp", "leads out of it"),
        ("a/../../evil.shp", "leads out of it"),
        ("C:\\evil.shp", "leads out of it"),
        ("..\\evil.shp", "leads out of it"),
        (link(), "holds a link"),
    ],
)
def test_paths_that_lead_out_are_refused(tmp_path, temporary, ending, name, words) -> None:
    inner = tmp_path / "in" / "ner"
    inner.mkdir(parents=True)
    path = archive(inner / f"a.{ending}", [("doc.kml", b"x"), (name, b"/etc/passwd")])
    before = sorted(tmp_path.rglob("*"))
    assert words in refused(path)
    assert sorted(tmp_path.rglob("*")) == before
    assert list(temporary.iterdir()) == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_two_files_of_one_name_are_refused(tmp_path: Path, ending: str) -> None:
    path = archive(tmp_path / f"a.{ending}", [("Doc.kml", b"x"), ("doc.kml", b"y")])
    assert "two files of the same name" in refused(path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_archives_that_expand_beyond_the_limits_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    name = {"kmz": "doc.kml", "zip": "a.shp", "xlsx": "xl/workbook.xml"}[ending]
    path = archive(tmp_path / f"a.{ending}", [(name, zeros(archives.FREE_BYTES + 1))])
    unpacked = []
    monkeypatch.setattr(zipfile.ZipFile, "open", lambda *_: unpacked.append(1))
    # Zeros shrink about a thousandfold, the most that there is.
    assert "times its size" in refused(path)
    monkeypatch.setattr(archives, "MOST_BYTES", archives.FREE_BYTES)
    assert "67,108,865 bytes; up to 67,108,864 are read" in refused(path)
    monkeypatch.setattr(archives, "MOST_PARTS", 0)
    assert "an archive of 1 files" in refused(path)
    assert unpacked == []


@pytest.mark.parametrize("ending", ENDINGS)
def test_archives_that_lie_about_their_size_are_damaged(tmp_path: Path, ending: str) -> None:
    name = {"kmz": "doc.kml", "zip": "a.shp", "xlsx": "xl/workbook.xml"}[ending]
    path = archive(tmp_path / f"a.{ending}", [(name, zeros(5_000_000))])
    data = path.read_bytes()
    size = (5_000_000).to_bytes(4, "little")
    assert data.count(size) == 2
    path.write_bytes(data.replace(size, (50).to_bytes(4, "little")))
    assert "not a complete" in refused(path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_locked_archives_say_so(tmp_path: Path, ending: str) -> None:
    path = archive(tmp_path / f"a.{ending}", [("doc.kml", b"x")])
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 8] |= 1
    path.write_bytes(data)
    assert "locked with a password" in refused(path)


@pytest.mark.parametrize("ending", ENDINGS)
def test_archives_cut_off_anywhere_are_refused(tmp_path: Path, ending: str) -> None:
    path = archive(tmp_path / f"a.{ending}", [("doc.kml", b"<kml/>" * 20), ("a.shp", b"x" * 200)])
    data = path.read_bytes()
    for n in range(4, len(data), 7):
        path.write_bytes(data[:n])
        refused(path)


def test_zip_within_a_zip_is_not_opened(tmp_path: Path) -> None:
    inner = archive(tmp_path / "inner.zip", [("a.shp", zeros(1000))])
    assert "no shapefile" in refused(archive(tmp_path / "a.zip", [("b.zip", inner.read_bytes())]))


def test_nothing_is_unpacked_to_disk(tmp_path: Path, temporary: Path) -> None:
    points = gpd.GeoDataFrame({"id": ["1"]}, geometry=gpd.points_from_xy([46.5], [39.5]), crs=4326)
    made = tmp_path / "made"
    made.mkdir()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        points.to_file(made / "a.shp")
        points.to_file(made / "b.gdb", driver="OpenFileGDB")
    files = [path for path in made.rglob("*") if path.is_file()]
    entries = [(str(path.relative_to(made)), path.read_bytes()) for path in sorted(files)]
    path = archive(tmp_path / "a.zip", entries)
    before = sorted(tmp_path.rglob("*"))
    assert [len(table.frame) for table in read(path, "finds")] == [1, 1]
    assert sorted(tmp_path.rglob("*")) == before
    assert list(temporary.iterdir()) == []


# Sheets


@pytest.mark.parametrize(
    "inside",
    [
        '<row r="999999999999"><c r="A999999999999"><v>1</v></c></row>',
        '<row r="1"><c r="ZZZZZZ1"><v>1</v></c></row>',
        '<row r="-5"><c r="A1"><v>1</v></c></row>',
        '<row r="1"><c r="A1" t="s"><v>99999999</v></c></row>',
    ],
)
def test_sheets_with_addresses_that_do_not_exist_are_refused(tmp_path: Path, inside: str) -> None:
    path = workbook(tmp_path / "a.xlsx", {"xl/worksheets/sheet1.xml": sheet(inside)})
    refused(path)


def test_a_sheet_with_too_many_cells_is_refused(tmp_path, monkeypatch) -> None:
    from mapaccuracy.io import workbook as reader

    path = workbook(tmp_path / "a.xlsx")
    monkeypatch.setattr(reader, "_MOST_CELLS", 5)
    assert "more than 1,048,576 rows or 5 cells" in refused(path)


def blank_rows(path: Path, rows: int) -> Path:
    """A workbook of one find, and below it rows that are blank but formatted."""
    first = 3
    cells = "".join(f'<c r="{letter}%d" s="0"/>' for letter in "ABCDEFGH")
    line = f'<row r="%d" s="0" customFormat="1">{cells}</row>'
    lines = "".join(line % ((number,) * 9) for number in range(first, first + rows))
    find = (
        '<row r="2"><c r="A2"><v>7</v></c><c r="B2"><v>39.5</v></c><c r="C2"><v>46.5</v></c></row>'
    )
    names = zip("ABC", ("id", "lat", "lon"), strict=True)
    head = "".join(f'<c r="{n}1" t="inlineStr"><is><t>{text}</t></is></c>' for n, text in names)
    part = sheet(f'<row r="1">{head}</row>{find}{lines}')
    return workbook(path, {"xl/worksheets/sheet1.xml": part})


@pytest.mark.slow
def test_a_million_blank_formatted_rows_are_read_in_little_memory(tmp_path: Path) -> None:
    path = blank_rows(tmp_path / "a.xlsx", 1_000_000)
    assert within(1536 * MEBI, path) == [[1]]


def test_blank_formatted_rows_are_left_out_and_numbers_stay(tmp_path, monkeypatch) -> None:
    from mapaccuracy.io import workbook as reader

    path = blank_rows(tmp_path / "a.xlsx", 50)
    plain = read(path, "finds")[0]
    monkeypatch.setattr(reader, "_LARGE", 100)
    asked = []
    monkeypatch.setattr(
        reader, "_with_parts", lambda *args, made=reader._with_parts: asked.append(1) or made(*args)
    )
    lean = read(path, "finds")[0]
    assert asked
    assert lean.frame.equals(plain.frame)
    assert lean.rows.tolist() == plain.rows.tolist() == [2]


# Text


@pytest.mark.slow
def test_long_lines_are_refused_in_little_memory(tmp_path: Path) -> None:
    size = 200_000_000
    texts = {
        "cells": (b"id,lat,lon,", b""),
        "one cell": (b"x", b""),
        "second line": (b"1,39.5,46.5,", b"id,lat,lon\n"),
        "quoted": (b"1,39.5,46.5\n", b'id,lat,lon\n"'),
        "returns": (b"\r\r\r\r", b"id,lat,lon"),
    }
    paths = []
    for name, (unit, head) in texts.items():
        paths.append(tmp_path / f"{name}.csv")
        paths[-1].write_bytes(head + unit * (size // len(unit)))
    outcomes = within(1536 * MEBI, *paths[:4])
    for path in paths:
        path.unlink()
    assert ["line 1 is longer than" in outcome[0] for outcome in outcomes] == [
        True,
        True,
        False,
        False,
    ]
    assert "line 2 is longer than" in outcomes[2][0]
    assert "quotation mark" in outcomes[3][0]


def test_a_header_beyond_the_sample_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,lat,lon," + b"x," * 200_000 + b"\n1,39.5,46.5\n")
    assert "first line is longer than 262,144 bytes" in refused(path)
    path.write_bytes(b"SYNTHETIC\nid,lat,lon," + b"x," * 200_000 + b"\n1,39.5,46.5\n")
    assert "up to 16,384 columns are read" in refused(path)
    path.write_bytes(b"id,lat,lon," + b"x," * 100_000 + b"\n1,39.5,46.5\n")
    assert "it has a row of 100,004 cells; up to 16,384 columns are read" in refused(path)


# Damage of any kind


def damaged(data: bytes, rng: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(rng.randint(1, 8)):
        at = rng.randrange(len(out))
        kind = rng.randrange(3)
        if kind == 0:
            out[at] = rng.randrange(256)
        elif kind == 1:
            del out[at : at + rng.randint(1, 20)]
        else:
            out[at:at] = bytes(rng.randrange(256) for _ in range(rng.randint(1, 5)))
    return bytes(out)


@pytest.fixture(scope="module")
def samples(tmp_path_factory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("samples")
    marks = "".join(
        f"<Folder><name>F{n}</name><Placemark><name>{n}</name><ExtendedData><Data name='a'><value>b"
        f"</value></Data></ExtendedData>{POINT}</Placemark></Folder>"
        for n in range(5)
    )
    kml = f'<?xml version="1.0"?><kml><Document>{marks}</Document></kml>'.encode()
    wpt = "".join(f'<wpt lat="39.{n}" lon="46.5"><name>{n}</name></wpt>' for n in range(5))
    points = gpd.GeoDataFrame(
        {"id": ["мина", "2"]}, geometry=gpd.points_from_xy([46.5, 46.6], [39.5, 39.6]), crs=4326
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        points.to_file(folder / "a.shp")
    (folder / "a.cpg").unlink()
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_STORED) as file:
        for part in sorted(folder.glob("a.*")):
            file.write(part, part.name)
    packed = archive(folder / "a.kmz", [("doc.kml", kml)])
    return {
        "kml": kml,
        "gpx": f"<gpx>{wpt}</gpx>".encode(),
        "kmz": packed.read_bytes(),
        "zip": stored.getvalue(),
        "dbf": (folder / "a.dbf").read_bytes(),
        "shp": (folder / "a.shp").read_bytes(),
        "shx": (folder / "a.shx").read_bytes(),
    }


@pytest.mark.parametrize("ending", ["kml", "gpx", "kmz", "zip", "dbf", "shp"])
def test_damage_of_any_kind_is_an_error_of_the_input(tmp_path, samples, ending: str) -> None:
    rng = random.Random(f"damage {ending}")
    refusals = 0
    for number in range(150):
        data = damaged(samples[ending], rng)
        path = tmp_path / f"{number}.{ending}"
        if ending in ("dbf", "shp"):
            parts = {part: samples[part] for part in ("shp", "shx", "dbf")} | {ending: data}
            path = archive(tmp_path / f"{number}.zip", [(f"a.{p}", d) for p, d in parts.items()])
        else:
            path.write_bytes(data)
        try:
            read(path, "finds")
        except InputError:
            refusals += 1
    assert refusals > 20
