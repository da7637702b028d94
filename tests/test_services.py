"""ArcGIS services: all features of a layer, or an error; no address and no token in any text."""

from __future__ import annotations

import hashlib
import json
import logging
import socket
import threading
import time
import tracemalloc
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import Transformer

from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.io import fetching, inspect_file, read, read_all, service_address, services
from tests.arcgis import Layer, points, serving

N = 500
TOKEN = "SYNTHETIC-token-4711-abcdefghijkl"  # noqa: S105
STEPS = np.arange(N)
# In the open South Atlantic, on a grid that no two share.
FRAME = pd.DataFrame(
    {
        "id": [f"0{index}" for index in STEPS],
        "lat": -30 - STEPS // 25 * 0.001,
        "lon": -25 + STEPS % 25 * 0.001,
        "type": "Landmine",
    }
)


@pytest.fixture(autouse=True)
def alone(monkeypatch):
    """No token, no proxy, no ban of addresses from outside."""
    for name in ("MAPACCURACY_ARCGIS_TOKEN", "MAPACCURACY_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


def table_of(layer: Layer, role="finds", query: str = "", **options):
    with serving({0: layer}) as server:
        (table,) = read(server.of() + query, role, **options)
    return table


def refused(layer: Layer, code: str, role="finds", query: str = "", **options) -> str:
    with serving({0: layer}) as server:
        with pytest.raises(InputError) as caught:
            read(server.of() + query, role, **options)
        problems = caught.value.problems
        assert [problem.code for problem in problems] == [code]
        text = "\n".join(problem.text(with_locations=True) for problem in problems)
        address = server.address
    for hidden in (address, "127.0.0.1", "/rest/", TOKEN):
        assert hidden not in text
    return text


def on(kind: str, change):
    """Twist one kind of answer."""
    return lambda got, asked, usual: change(asked, usual) if got == kind else usual


# What arrives.


@pytest.mark.parametrize("paged", [True, False], ids=["pages", "ranges of numbers"])
@pytest.mark.parametrize("limit", [100, 99, 500, 5000])
@pytest.mark.parametrize("kind", ["FeatureServer", "MapServer"])
def test_all_features_arrive_whatever_the_service_gives_at_once(paged, limit, kind):
    layer = points(FRAME, limit=limit, paged=paged, key="objectid_1")
    layer.rows = [
        {("objectid_1" if k == "FID" else k): v for k, v in r.items()} for r in layer.rows
    ]
    with serving({3: layer}, kind) as server:
        (table,) = read(server.of(3), "finds")
        pages = [asked for _, asked, _ in server.asked if "returnGeometry" in asked]
    assert table.source == "SYNTHETIC points"
    assert (table.place, table.layer, table.crs) == ("feature", None, "EPSG:4326")
    assert table.rows.tolist() == list(range(1, N + 1))
    assert table.frame["id"].tolist() == FRAME["id"].tolist()
    assert shapely.get_x(table.geometry).tolist() == FRAME["lon"].tolist()
    assert shapely.get_y(table.geometry).tolist() == FRAME["lat"].tolist()
    size = min(limit, 2000)
    assert len(pages) in (-(-N // size), N // size + 1)


def test_order_and_page_size_do_not_change_what_is_read():
    back = points(FRAME, limit=70, paged=False)
    back.rows.reverse()
    back.geometries.reverse()
    one, other = table_of(points(FRAME, limit=300)), table_of(back)
    pd.testing.assert_frame_equal(one.frame, other.frame)
    assert one.rows.tolist() == other.rows.tolist()
    assert shapely.equals(one.geometry, other.geometry).all()
    assert one.sha256 == other.sha256


def test_the_hash_is_that_of_the_documentation_and_tells_changes():
    layer = points(FRAME.head(2))
    table = table_of(layer)
    fields = {"FID": "esriFieldTypeOID", "id": "esriFieldTypeString", "type": "esriFieldTypeString"}
    parts = ["esriGeometryPoint", "EPSG:4326", fields, {}, None, {}, "UTC"]
    total = hashlib.sha256(json.dumps(parts, sort_keys=True, separators=(",", ":")).encode())
    for row, place in zip(layer.rows, layer.geometries, strict=True):
        text = json.dumps([row, place], sort_keys=True, separators=(",", ":"))
        total.update(hashlib.sha256(text.encode()).digest())
    assert table.sha256 == total.hexdigest()
    layer.rows[1]["type"] = "UXO"
    assert table_of(layer).sha256 != table.sha256


def test_codes_are_given_by_name_and_dates_as_days():
    state = {
        "type": "codedValue",
        "codedValues": [{"code": 1, "name": "cleared"}, {"code": 2, "name": "open"}],
    }
    model = {"type": "codedValue", "codedValues": [{"code": "P2", "name": "PMN-2"}]}
    ranged = {"type": "range", "range": [0, 9]}
    fields = [
        {"name": "FID", "type": "esriFieldTypeOID"},
        {"name": "status", "type": "esriFieldTypeSmallInteger", "domain": state},
        {"name": "model", "type": "esriFieldTypeString", "domain": model},
        {"name": "count", "type": "esriFieldTypeInteger", "domain": ranged},
        {"name": "depth", "type": "esriFieldTypeDouble", "domain": None},
        {"name": "found", "type": "esriFieldTypeDate"},
        {"name": "shape", "type": "esriFieldTypeGeometry"},
    ]
    # 12 June 2021, 20:00 UTC, is 13 June in Baku.
    rows = [
        {"FID": 1, "status": 1, "model": "P2", "count": 3, "depth": 0.5, "found": 1623528000000},
        {"FID": 2, "status": 7, "model": "P9", "count": None, "depth": None, "found": None},
        {"FID": 3, "status": None, "model": None, "count": 4, "depth": 1, "found": -86400000},
    ]
    layer = Layer("SYNTHETIC", rows, None, None, about={"fields": fields})
    frame = table_of(layer).frame
    assert list(frame.columns) == ["FID", "status", "model", "count", "depth", "found"]
    assert frame["status"].tolist() == ["cleared", 7, None]
    assert frame["model"].tolist() == ["PMN-2", "P9", None]
    assert frame["count"].fillna(-1).tolist() == [3, -1, 4]
    assert frame["depth"].fillna(-1).tolist() == [0.5, -1, 1]
    texts = ["2021-06-12T20:00:00+00:00", None, "1969-12-31T00:00:00+00:00"]
    assert frame["found"].tolist() == texts
    layer.about["dateFieldsTimeReference"] = {"timeZone": "UTC", "timeZoneIANA": "Asia/Baku"}
    assert table_of(layer).frame["found"].iloc[0] == "2021-06-13T00:00:00+04:00"
    layer.about["dateFieldsTimeReference"] = {"timeZone": "Azerbaijan Standard Time"}
    assert table_of(layer).frame["found"].iloc[0] == texts[0]


@pytest.mark.parametrize(
    ("by", "listed", "code"),
    [("subtypeField", "subtypes", "code"), ("typeIdField", "types", "id")],
)
def test_a_subtype_has_names_of_its_own(by, listed, code):
    def coded(*names):
        pairs = [{"code": n, "name": name} for n, name in enumerate(names)]
        return {"type": "codedValue", "codedValues": pairs}

    fields = [
        {"name": "FID", "type": "esriFieldTypeOID"},
        {"name": "kind", "type": "esriFieldTypeInteger"},
        {"name": "status", "type": "esriFieldTypeInteger", "domain": coded("open", "cleared")},
    ]
    kinds = [
        {code: 1, "name": "Task", "domains": {"status": {"type": "inherited"}}},
        {code: 2, "name": "Area", "domains": {"status": coded("suspended", "cancelled")}},
    ]
    rows = [{"FID": n, "kind": k, "status": s} for n, (k, s) in enumerate([(1, 1), (2, 1), (3, 0)])]
    about = {"fields": fields, by: "KIND", listed: kinds}
    frame = table_of(Layer("SYNTHETIC", rows, None, None, about=about)).frame
    assert frame["kind"].tolist() == ["Task", "Area", 3]
    assert frame["status"].tolist() == ["cleared", "cancelled", "open"]


def test_kinds_that_only_choose_a_symbol_are_left_as_they_are():
    types = [{"id": "AP", "name": "Anti-personnel mine (red)", "domains": {}}]
    about = {"typeIdField": "type", "types": types}
    assert set(table_of(points(FRAME.assign(type="AP"), about=about)).frame["type"]) == {"AP"}


def test_whole_numbers_stay_whole():
    rows = [{"FID": 1, "a": 2**60 + 1, "b": 7}, {"FID": 2, "a": None, "b": None}]
    fields = {"a": "esriFieldTypeBigInteger", "b": "esriFieldTypeInteger"}
    frame = table_of(Layer("SYNTHETIC", rows, None, None, fields=fields)).frame
    assert frame["a"].tolist() == [2**60 + 1, None]
    assert frame["b"].iloc[0] == 7


def test_outlines_keep_their_holes_and_parts():
    ring = [[0, 0], [0, 4], [4, 4], [4, 0], [0, 0]]
    hole = [[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]
    far = [[9, 9], [9, 10], [10, 10], [10, 9], [9, 9]]
    shapes = [{"rings": [ring, hole, far]}, {"rings": [far]}]
    rows = [{"FID": 1, "status": "cleared"}, {"FID": 2, "status": "cleared"}]
    table = table_of(Layer("SYNTHETIC", rows, shapes, "esriGeometryPolygon"), "searched")
    assert shapely.area(table.geometry).tolist() == [16 - 1 + 1, 1]
    assert shapely.get_num_geometries(table.geometry).tolist() == [2, 1]
    assert table.problems == ()


def test_lines_and_several_points_are_read():
    line = Layer("SYNTHETIC", [{"FID": 1}], [{"paths": [[[0, 0], [3, 4]]]}], "esriGeometryPolyline")
    assert table_of(line).geometry.tolist() == [shapely.LineString([(0, 0), (3, 4)])]
    several = Layer(
        "SYNTHETIC", [{"FID": 1}], [{"points": [[0, 0], [3, 4]]}], "esriGeometryMultipoint"
    )
    assert table_of(several).geometry.tolist() == [shapely.MultiPoint([(0, 0), (3, 4)])]


def test_a_geometry_that_is_none_is_told_with_its_feature():
    ring = [[0, 0], [0, 4], [4, 4], [4, 0], [0, 0]]
    shapes = [
        {"rings": [ring]},
        {"rings": [[[0, 0], [1, 1]]]},
        {"curveRings": [[[0, 0], {"c": [[1, 1], [2, 0]]}, [0, 0]]]},
        {"rings": [[["NaN", "NaN"], [0, 4], [4, 4], ["NaN", "NaN"]]]},
        {"rings": []},
        None,
        {"rings": "<OGRVRTDataSource><SrcDataSource>/etc/passwd</SrcDataSource>"},
    ]
    rows = [{"FID": 10 + n} for n in range(len(shapes))]
    table = table_of(Layer("SYNTHETIC", rows, shapes, "esriGeometryPolygon"), "searched")
    told = {problem.row: (problem.code, problem.place) for problem in table.problems}
    assert told == {
        11: ("MA301", "feature 11"),
        12: ("MA304", "feature 12"),
        13: ("MA301", "feature 13"),
        16: ("MA301", "feature 16"),
    }
    assert shapely.is_missing(table.geometry).tolist() == [False, *[True] * 6]


def test_points_without_a_place_have_none():
    places = [{"x": 1, "y": 2}, {"x": "NaN", "y": "NaN"}, {}, None, {"x": None, "y": 1}]
    layer = Layer("SYNTHETIC", [{"FID": n} for n in range(5)], places)
    assert shapely.is_missing(table_of(layer).geometry).tolist() == [False, True, True, True, True]


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ({"wkid": 102100, "latestWkid": 3857}, "EPSG:3857"),
        ({"wkid": 28408, "latestWkid": 28408}, "EPSG:28408"),
        ({"wkid": 102012}, "ESRI:102012"),
        ({"wkid": 9999999}, '{"wkid": 9999999}'),
        ({}, None),
    ],
)
def test_the_coordinate_system_is_the_one_stated(stated, expected):
    assert table_of(points(FRAME.head(3), wkid=stated)).crs == expected


def test_wkt_states_a_system_too():
    from pyproj import CRS

    crs = table_of(points(FRAME.head(3), wkid={"wkt": CRS(32638).to_wkt("WKT1_ESRI")})).crs
    assert CRS(crs).to_epsg() == 32638


def test_metres_of_a_service_are_reprojected():
    from mapaccuracy.intake import conform
    from mapaccuracy.schema import Settings

    to_metres = Transformer.from_crs(4326, 32727, always_xy=True)
    east, north = to_metres.transform(FRAME["lon"], FRAME["lat"])
    table = table_of(points(FRAME.assign(lon=east, lat=north), wkid={"wkid": 32727}))
    layer = conform([table], "finds", Settings())
    np.testing.assert_allclose(np.sort(layer.frame["lat"]), np.sort(FRAME["lat"]), atol=1e-9)
    (source,) = layer.sources
    assert (source.name, source.crs, source.rows_used) == ("SYNTHETIC points", "EPSG:32727", N)


def test_a_condition_chooses_features_and_what_is_left_is_counted():
    layer = points(FRAME.assign(type=np.where(STEPS < 120, "Landmine", "UXO")))
    # The way in which a page of the service itself writes a question.
    query = "/query?where=type+%3D+%27UXO%27&text=&objectIds=&returnGeometry=true&outSR=&f=html"
    for layer.paged in (True, False):
        table = table_of(layer, query=query)
        assert table.rows.tolist() == list(range(121, N + 1))
        (problem,) = table.problems
        assert problem.code == "MA013"
        assert "(120)" in problem.message()
        assert "UXO" not in problem.text()


# What is refused.


@pytest.mark.parametrize("paged", [True, False])
def test_a_service_that_repeats_its_first_page_is_refused(paged):
    layer = points(FRAME, paged=paged)

    def repeat(_asked, usual):
        return usual | {"features": first, "exceededTransferLimit": True}

    first = [
        {"attributes": row, "geometry": place}
        for row, place in zip(layer.rows[:100], layer.geometries[:100], strict=True)
    ]
    layer.twist = on("page", repeat)
    text = refused(layer, "MA006")
    assert "says 500 features, 100 different ones arrived" in text


@pytest.mark.parametrize("paged", [True, False])
@pytest.mark.parametrize("said", [400, 600, 450, 1_000_000, 0.5, -1, None])
def test_a_service_that_lies_about_its_count_is_refused(paged, said):
    layer = points(FRAME, paged=paged)
    layer.twist = on("count", lambda _asked, _usual: {"count": said})
    honest = type(said) is int and said > 0
    text = refused(layer, "MA006" if honest else "MA020")
    if honest:
        assert f"The service says {said:,} features" in text


def test_a_service_that_says_nothing_of_further_pages_is_read_to_its_end():
    layer = points(FRAME)
    layer.twist = on("page", lambda _asked, u: {k: u[k] for k in u if k != "exceededTransferLimit"})
    assert table_of(layer).rows.size == N
    layer.twist = on("page", lambda _asked, usual: usual | {"exceededTransferLimit": False})
    assert "says 500 features, 100 different ones arrived" in refused(layer, "MA006")


@pytest.mark.parametrize("paged", [True, False])
@pytest.mark.parametrize("change", ["added", "removed", "exchanged"])
def test_a_layer_that_changes_meanwhile_is_refused(paged, change):
    layer = points(FRAME, paged=paged)
    asked = []

    def twist(kind, _asked, usual):
        asked.append(kind)
        if asked.count("page") == 2 and kind == "page":
            if change != "added":
                del layer.rows[50], layer.geometries[50]
            if change != "removed":
                layer.rows.append({"FID": 9000, "id": "9000", "type": "UXO"})
                layer.geometries.append({"x": -25, "y": -30})
        return usual

    layer.twist = twist
    # Exchanged, one that was still to come moves to a page that was read: the count is as before.
    assert "says 500 features" in refused(layer, "MA006")


def test_a_layer_whose_cells_are_edited_meanwhile_is_refused():
    layer = points(FRAME, about={"editingInfo": {"lastEditDate": 1}})

    def twist(kind, asked, usual):
        if kind == "page" and asked["resultOffset"] == "200":
            layer.about = {"editingInfo": {"lastEditDate": 2}}
        return usual

    layer.twist = twist
    assert "the layer was edited meanwhile" in refused(layer, "MA006")


def cut_after(header: str, value: str, start: bytes, version: str = "HTTP/1.0"):
    def answer(handler):
        handler.protocol_version = version
        handler.send_response(200)
        handler.send_header(header, value)
        handler.end_headers()
        handler.wfile.write(start)
        handler.wfile.flush()
        handler.connection.shutdown(socket.SHUT_RDWR)

    return answer


cut = cut_after("Content-Length", "100000", b'{"features": [')
chunked_and_cut = cut_after("Transfer-Encoding", "chunked", b'8\r\n{"featur\r\n', "HTTP/1.1")


def silent_and_cut(handler):
    handler.connection.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("way", [cut, chunked_and_cut, silent_and_cut])
@pytest.mark.parametrize("paged", [True, False])
def test_a_service_that_stops_half_way_is_refused(paged, way):
    layer = points(FRAME, paged=paged)
    kinds = []

    def twist(kind, _asked, usual):
        kinds.append(kind)
        return way if kinds.count("page") == 3 and kind == "page" else usual

    layer.twist = twist
    text = refused(layer, "MA006")
    assert "says 500 features, 200 different ones arrived: it ended the connection" in text


@pytest.mark.parametrize("way", [cut, chunked_and_cut, silent_and_cut])
@pytest.mark.parametrize("kind", ["layer", "count"])
def test_a_service_that_stops_at_once_is_refused(kind, way):
    layer = points(FRAME)
    layer.twist = on(kind, lambda _asked, _usual: way)
    assert "it ended the connection half-way" in refused(layer, "MA020")


def endless(handler):
    handler.send_response(200)
    handler.end_headers()
    piece = b" " * 65536
    while True:
        handler.wfile.write(piece)


def endless_head(handler):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\nX-Long: ")
    while True:
        handler.wfile.write(b"x" * 65536)


def dripping(handler):
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.02)


def dripping_head(handler):
    handler.wfile.write(b"HTTP/1.0 200 OK\r\n")
    while True:
        handler.wfile.write(b"X-Slow: 1\r\n" if handler.path.endswith("slow") else b"X")
        handler.wfile.flush()
        time.sleep(0.02)


def asleep(handler):
    time.sleep(1.0)


@pytest.mark.parametrize("way", [endless, endless_head])
@pytest.mark.parametrize("kind", ["layer", "count", "page"])
def test_an_answer_without_end_takes_neither_memory_nor_time(kind, way, monkeypatch):
    monkeypatch.setattr(fetching, "ANSWER_BYTES", 1 << 20)
    layer = points(FRAME, limit=1)
    layer.twist = on(kind, lambda _asked, _usual: way)
    tracemalloc.start()
    began = time.monotonic()
    refused(layer, "MA020")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.monotonic() - began < 5
    assert peak < 16 << 20


@pytest.mark.parametrize("way", [dripping, dripping_head])
@pytest.mark.parametrize("kind", ["layer", "page"])
def test_an_answer_that_drips_is_given_up(kind, way, monkeypatch):
    monkeypatch.setattr(fetching, "ANSWER_S", 0.3)
    layer = points(FRAME)
    layer.twist = on(kind, lambda _asked, _usual: way)
    began = time.monotonic()
    assert "does not answer, or not in time" in refused(layer, "MA020")
    assert time.monotonic() - began < 3


def test_a_service_that_is_silent_is_given_up(monkeypatch):
    monkeypatch.setattr(fetching, "SILENCE_S", 0.2)
    layer = points(FRAME)
    layer.twist = on("layer", lambda _asked, _usual: asleep)
    began = time.monotonic()
    assert "does not answer" in refused(layer, "MA020")
    assert time.monotonic() - began < 0.9


def test_all_answers_together_have_limits(monkeypatch):
    monkeypatch.setattr(fetching, "WHOLE_BYTES", 20_000)
    assert "its answers have more than 20,000 bytes" in refused(points(FRAME), "MA006")
    monkeypatch.undo()
    monkeypatch.setattr(fetching, "WHOLE_S", -1.0)
    assert "took more than" in refused(points(FRAME), "MA020")


def test_pages_that_are_too_large_are_asked_for_in_halves(monkeypatch):
    monkeypatch.setattr(fetching, "ANSWER_BYTES", 6_000)
    for paged in (True, False):
        with serving({0: points(FRAME, paged=paged)}) as server:
            assert read(server.of(), "finds")[0].rows.size == N
            sizes = [asked.get("resultRecordCount") for _, asked, _ in server.asked]
        assert not paged or {"100", "50"} <= set(sizes)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!DOCTYPE html><html>Sign in SYNTHETIC</html>", "a page to look at"),
        (b'{"count": 5', "not complete JSON"),
        (b"[1, 2]", "not that of an ArcGIS service"),
        (b"\xff\xfe\x00", "not complete JSON"),
        (b"[" * 100_000, "not complete JSON"),
        (b'{"name": "\\ud800"}', "not complete JSON"),
        (b'{"error": {"code": 400, "message": "SYNTHETIC"}}', "reports an error (code 400)"),
        (b'{"error": {"code": "SYNTHETIC"}}', "reports an error."),
        (b'{"error": "SYNTHETIC"}', "reports an error."),
        (b'{"error": {"code": 404}}', "knows no such service or layer"),
        (b'{"error": {"code": 503}}', "overloaded or out of order"),
        (b"{}", "numbers no features"),
        (b'{"type": "Group Layer", "name": "x"}', "a group of layers"),
        (
            b'{"objectIdField": "FID", "geometryType": "esriGeometryMultiPatch"}',
            "neither points, lines and polygons nor a table",
        ),
        (
            b'{"objectIdField": "FID", "uniqueIdInfo": {"OIDFieldContainsHashValue": true}}',
            "not kept from one question to the next",
        ),
    ],
)
def test_an_answer_of_another_kind_is_refused_in_plain_words(body, said):
    layer = points(FRAME)
    layer.twist = on("layer", lambda _asked, _usual: body)
    text = refused(layer, "MA020")
    assert said in text
    assert "SYNTHETIC" not in text


@pytest.mark.parametrize(
    "page",
    [
        {"features": 5},
        {"features": [5]},
        {"features": [{"geometry": None}]},
        {"features": [{"attributes": {"FID": "1"}}]},
        {"features": [{"attributes": {"FID": True}}]},
        {"features": [{"attributes": {"FID": 10**30}}]},
        {"features": [{"attributes": {}}], "objectIdFieldName": ["x"]},
        {"features": [{"attributes": {"FID": 1}, "geometry": [[[[[[1]]]]]]}]},
    ],
)
def test_features_of_another_form_are_refused(page):
    layer = points(FRAME)
    layer.twist = on("page", lambda _asked, _usual: page)
    with serving({0: layer}) as server, pytest.raises(InputError) as caught:
        read(server.of(), "finds")
    assert caught.value.problems[0].code in ("MA006", "MA020")


def test_geometries_that_gdal_cannot_read_are_an_error_and_no_crash():
    deep: object = 1
    for _ in range(60):
        deep = [deep]
    layer = Layer("SYNTHETIC", [{"FID": 1}], [{"rings": deep}], "esriGeometryPolygon")
    assert "geometries cannot be read" in refused(layer, "MA020", "searched")


def test_answers_in_different_systems_are_refused():
    layer = points(FRAME)

    def other(asked, usual):
        return (
            usual if asked["resultOffset"] == "0" else usual | {"spatialReference": {"wkid": 3857}}
        )

    layer.twist = on("page", other)
    assert "different coordinate systems" in refused(layer, "MA020")


def test_a_layer_without_features_is_empty():
    refused(points(FRAME.head(0)), "MA004")


def test_no_server_no_such_name_and_a_wrong_address_are_told_apart():
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port = sock.getsockname()[1]
    said = {
        f"http://127.0.0.1:{port}/rest/FeatureServer/0": "no server answers there",
        "http://nowhere.invalid/rest/FeatureServer/0": "no server of this name",
        f"http://a{'b' * 80}.invalid/FeatureServer/0": "cannot be reached",
    }
    for address, reason in said.items():
        with pytest.raises(InputError) as caught:
            read(address, "finds")
        (problem,) = caught.value.problems
        assert (problem.code, problem.source) == ("MA020", "FeatureServer/0")
        assert reason in problem.message()
        assert "invalid" not in problem.text()
        assert str(port) not in problem.text()


def test_a_connection_that_is_not_safe_is_refused():
    with serving({0: points(FRAME)}) as server, pytest.raises(InputError) as caught:
        read(server.of().replace("http:", "https:"), "finds")
    assert "is not safe" in str(caught.value)


@pytest.mark.parametrize(
    "address",
    [
        "https://host/maps",
        "https://host/FeatureServer/x",
        "https://host/FeatureServer/0/17",
        "https:///FeatureServer/0",
        "https://[::1/FeatureServer/0",
        "https://host:port/FeatureServer/0",
        "http://host/FeatureServer/0/query?objectIds=4711",
        "http://host/FeatureServer/0/query?geometry=46.5123,39.6",
        "http://host/FeatureServer/0/query?resultRecordCount=4711",
        f"https://host/FeatureServer/0?token={TOKEN}",
        f"https://host/FeatureServer/0?TOKEN={TOKEN}",
        f"https://me:{TOKEN}@host/FeatureServer/0",
        f"ftp://me:{TOKEN}@host/finds.csv",
        f"s3://host/finds.csv?{TOKEN}",
    ],
)
def test_an_address_that_cannot_be_used_is_refused_without_repeating_it(address, monkeypatch):
    monkeypatch.setattr(fetching.Asking, "json", None)
    with pytest.raises(InputError) as caught:
        read(address, "finds")
    (problem,) = caught.value.problems
    assert problem.code == "MA022"
    for hidden in ("host", TOKEN, "4711", "46.5"):
        assert hidden not in problem.text()


# The token.


def test_a_token_is_sent_in_a_header_and_nowhere_else(monkeypatch, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    monkeypatch.setenv("MAPACCURACY_ARCGIS_TOKEN", TOKEN)
    with serving({0: points(FRAME, token=TOKEN)}) as server:
        (table,) = read(server.of(), "finds")
        asked = list(server.asked)
    assert table.rows.size == N
    for path, parameters, heads in asked:
        assert TOKEN not in json.dumps([path, parameters])
        assert heads.pop("x-esri-authorization") == f"Bearer {TOKEN}"
        assert TOKEN not in json.dumps(heads)
        # No more of the address than its server knows anyway.
        assert heads["referer"] == f"http://{heads['host']}"
    assert TOKEN not in caplog.text + "".join(capsys.readouterr()) + repr(table)
    assert TOKEN not in repr(fetching.Asking(TOKEN))


def test_a_login_is_asked_for_in_plain_words(monkeypatch):
    layer = points(FRAME, token=TOKEN)
    text = refused(layer, "MA021")
    assert "asks for a login. Fix: set the environment variable MAPACCURACY_ARCGIS_TOKEN" in text
    monkeypatch.setenv("MAPACCURACY_ARCGIS_TOKEN", "another-SYNTHETIC-token")
    text = refused(layer, "MA021")
    assert "does not accept the token that is set" in text
    assert "another" not in text
    for status in (401, 403):
        layer.twist = on("layer", lambda _a, _u, status=status: lambda h: h.send_error(status))
        layer.token = None
        refused(layer, "MA021")


def test_a_token_that_expires_half_way_is_told_as_such(monkeypatch):
    monkeypatch.setenv("MAPACCURACY_ARCGIS_TOKEN", TOKEN)
    layer = points(FRAME)
    expired = {"error": {"code": 498, "message": f"Invalid token {TOKEN}"}}
    layer.twist = on(
        "page", lambda asked, usual: usual if asked["resultOffset"] == "0" else expired
    )
    # Whoever repeats the token must not be listened to; without it, it is a login.
    refused(layer, "MA006")
    expired["error"]["message"] = "Invalid token."
    refused(layer, "MA021")


def test_a_token_that_can_be_none_is_refused_unseen(monkeypatch):
    for token in ("two words SYNTHETIC", "SYNTHETIC\r\nX-Evil: 1", "токен"):
        monkeypatch.setenv("MAPACCURACY_ARCGIS_TOKEN", token)
        with serving({0: points(FRAME)}) as server, pytest.raises(SettingsError) as caught:
            read(server.of(), "finds")
        assert token not in str(caught.value)
        assert server.asked == []


def test_no_token_goes_out_unsafely(monkeypatch):
    sent = []

    def open_(self, request, timeout):
        sent.append(dict(request.header_items()))
        raise ConnectionRefusedError

    monkeypatch.setattr(fetching.urllib.request.OpenerDirector, "open", open_)
    monkeypatch.setenv("MAPACCURACY_ARCGIS_TOKEN", TOKEN)
    for address in ("http://host.invalid", "https://host.invalid", "http://127.0.0.1:1"):
        with pytest.raises(InputError):
            read(f"{address}/FeatureServer/0", "finds")
    assert [TOKEN in json.dumps(heads) for heads in sent] == [False, True, True]
    refusal = fetching.FetchError("x", kind="login")
    place = service_address.taken_apart("http://host.invalid/FeatureServer/0")
    error = services._refused(place, "x", refusal, TOKEN)
    assert "over which no token is sent" in str(error)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("target", ["file:///etc/passwd", "other", "ftp://127.0.0.1:1/x"])
def test_nobody_is_followed(status, target, monkeypatch):
    monkeypatch.setenv("MAPACCURACY_ARCGIS_TOKEN", TOKEN)
    with serving({0: points(FRAME)}) as other:

        def moved(handler):
            handler.send_response(status)
            handler.send_header("Location", other.of() if target == "other" else target)
            handler.end_headers()

        for kind in ("layer", "page"):
            layer = points(FRAME)
            layer.twist = on(kind, lambda _asked, _usual: moved)
            assert "sends to another address" in refused(layer, "MA020")
        assert other.asked == []


@contextmanager
def proxy(asked):
    """A proxy that only notes what it is asked."""
    sock = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            try:
                connection, _ = sock.accept()
            except OSError:
                return
            with connection:
                asked.append(connection.recv(65536).decode())
                connection.sendall(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield f"http://127.0.0.1:{sock.getsockname()[1]}"
    finally:
        sock.shutdown(socket.SHUT_RDWR)
        sock.close()
        thread.join()


def test_a_proxy_is_used_but_sees_no_token_and_nothing_of_this_machine(monkeypatch):
    asked: list[str] = []
    monkeypatch.setenv("MAPACCURACY_ARCGIS_TOKEN", TOKEN)
    with proxy(asked) as address, serving({0: points(FRAME)}) as server:
        for name in ("http_proxy", "https_proxy"):
            monkeypatch.setenv(name, address)
        monkeypatch.setenv("no_proxy", "")
        assert read(server.of(), "finds")[0].rows.size == N
        for scheme in ("http", "https"):
            with pytest.raises(InputError):
                read(f"{scheme}://host.invalid/FeatureServer/0", "finds")
    assert [text.split(" ")[0] for text in asked] == ["GET", "CONNECT"]
    assert all(TOKEN not in text for text in asked)


# Layers of a service, and the commands.


def several() -> dict[int, Layer]:
    ring = [[-25.1, -30.1], [-25.1, -29.9], [-24.9, -29.9], [-24.9, -30.1], [-25.1, -30.1]]
    return {
        0: points(FRAME, "Finds"),
        2: points(FRAME.assign(id=[f"S{n}" for n in STEPS]), "Map"),
        5: Layer(
            "Searched",
            [{"FID": 1, "status": "cleared"}],
            [{"rings": [ring]}],
            "esriGeometryPolygon",
        ),
        7: Layer("Quantities", [{"FID": 1, "task_id": "T"}], None, None),
    }


def test_a_service_without_a_number_needs_the_name_of_its_layer():
    with serving(several()) as server:
        (table,) = read(server.address, "finds", layer="Map")
        assert (table.source, table.layer) == ("Map", "Map")
        assert table.where(0) == "layer Map, feature 1"
        # The only one that fits.
        (table,) = read(server.address + "/", "searched")
        assert table.source == "Searched"
        with pytest.raises(InputError) as caught:
            read(server.address, "finds")
        (problem,) = caught.value.problems
        assert problem.code == "MA023"
        assert "2 layers (0 'Finds', 2 'Map')" in problem.message()
        for place, name in ((server.address, "FeatureServer"), (server.of(0), "Finds")):
            with pytest.raises(InputError) as caught:
                read(place, "finds", layer="Tasks")
            (problem,) = caught.value.problems
            assert (problem.code, problem.source) == ("MA002", name)
            assert "'Finds'" in problem.message()
        assert read(server.of(2), "finds", layer="Map")[0].rows.size == N
        with pytest.raises(InputError) as caught:
            read(server.of(9), "finds")
        assert "knows no such service or layer" in str(caught.value)


def test_a_service_is_evaluated_like_a_file(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAPACCURACY_ARCGIS_TOKEN", TOKEN)
    with serving(several()) as server:
        (tmp_path / "below").mkdir()
        (tmp_path / "below" / "mapaccuracy.toml").write_text(
            f'[inputs.searched]\npath = "{server.address}"\n', "utf-8"
        )
        done = run(
            *("evaluate", server.of(2) + "?f=html", server.of(0), "--draws", "19"),
            *("--config", "below/mapaccuracy.toml", "--out", "out", "--format", "json"),
            "--with-locations",
        )
        assert done.code == 0, done.err
        address = server.address
    names = {source["role"]: source["name"] for source in done.document["sources"]}
    assert names == {"supplied": "Map", "finds": "Finds", "searched": "Searched"}
    assert done.document["overall"]["confirmed"] == N
    written = [path.read_text("utf-8") for path in tmp_path.rglob("out/**/*") if path.is_file()]
    assert len(written) > 5
    for text in (*written, done.out, done.err):
        assert TOKEN not in text
        assert address not in text
        assert "127.0.0.1" not in text


def test_a_service_that_stops_half_way_ends_the_command_with_nothing(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    layers = several()
    layers[0].twist = on("page", lambda asked, u: u if asked["resultOffset"] == "0" else cut)
    with serving(layers) as server:
        done = run("evaluate", server.of(2), server.of(0), "--assume-searched", "--out", "out")
    assert done.code == 3
    assert done.out == ""
    assert "Finds  MA006 error" in done.err
    assert "127.0.0.1" not in done.err
    assert not (tmp_path / "out").exists()


def test_faults_of_files_and_services_are_told_together():
    with serving({0: points(FRAME)}) as server, pytest.raises(InputError) as caught:
        read_all({"finds": [server.of(1)], "supplied": ["no-such.csv"], "searched": ["http://x/y"]})
    assert [problem.code for problem in caught.value.problems] == ["MA020", "MA001", "MA022"]


def test_a_service_can_be_inspected_and_asked_once(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with serving(several()) as server:
        done = run(
            "inspect", server.of(0) + "/query?where=type%3D%27Landmine%27", "--format", "json"
        )
        assert done.code == 0, done.err
        (file,) = done.document["files"]
        assert (file["file"], file["format"], file["size_bytes"]) == ("Finds", "service", None)
        (part,) = file["parts"]
        assert part["rows"] == N
        assert {e["header"]: e["column"] for e in part["columns"]}["id"] == "id"
        assert sum(asked.get("resultOffset") == "0" for _, asked, _ in server.asked) == 1
        assert "127.0.0.1" not in done.out + done.err

        done = run("inspect", server.address, "--format", "json", "--write-config", "m.toml")
        (file,) = done.document["files"]
        assert [part["layer"] for part in file["parts"]] == [
            "Finds",
            "Map",
            "Searched",
            "Quantities",
        ]
        found = inspect_file(server.address + "?token=" + TOKEN)
        assert [problem["code"] for problem in found["problems"]] == ["MA022"]


def test_a_written_configuration_reads_the_same_features(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    layer = points(FRAME.assign(type=np.where(STEPS < 120, "Landmine", "UXO")), "Finds")
    with serving({0: layer}) as server:
        query = "/query?where=type%3D%27UXO%27&f=json"
        done = run("inspect", server.of(0) + query, "--write-config", "m.toml", "--role", "finds")
        assert done.code == 0, done.err
        from mapaccuracy.io import read_config

        (path,) = read_config("m.toml").paths["finds"]
        assert read(path, "finds")[0].rows.size == N - 120


@pytest.mark.parametrize("value", ["1", "yes", "true", "whatever"])
def test_offline_asks_nobody(value, monkeypatch, run):
    with serving(several()) as server:
        monkeypatch.setenv("MAPACCURACY_OFFLINE", value)
        done = run("evaluate", server.of(2), server.address, "--assume-searched")
        assert done.code == 3
        assert done.err.count("MA024") == 2
        assert run("inspect", server.address).code == 3
        assert server.asked == []
        monkeypatch.setenv("MAPACCURACY_OFFLINE", "0")
        done = run("--offline", "evaluate", server.of(2), server.of(0), "--assume-searched")
        assert (done.code, done.err.count("MA024"), server.asked) == (3, 2, [])
        assert read(server.of(0), "finds")[0].rows.size == N


def test_an_address_that_went_through_a_path_is_refused_and_not_shown(run):
    address = "https://host.invalid/FeatureServer/0?token=" + TOKEN
    for path in (Path(address), address.replace("://", ":/"), address.replace("://", ":\\")):
        with pytest.raises(InputError) as caught:
            read(path, "finds")
        (problem,) = caught.value.problems
        assert problem.code == "MA022"
        assert TOKEN not in problem.text(with_locations=True)
        assert TOKEN not in str(inspect_file(path))
    done = run("evaluate", "https:/host.invalid/a?token=" + TOKEN, "finds.csv")
    assert done.code == 3
    assert TOKEN not in done.out + done.err
