"""From tables to layers: every rule of intake, with expected values by hand."""

from __future__ import annotations

import random
import re
import tracemalloc
import warnings
from dataclasses import replace
from datetime import date, timedelta

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import CRS, Transformer
from shapely.geometry import LineString, MultiPoint, Point, Polygon, box

from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.intake import as_tables, conform, decimal_years, iso_days
from mapaccuracy.intake.order import by_id
from mapaccuracy.schema import CATALOGUE, Layer, RawTable, Settings, recognise
from mapaccuracy.schema.vocabulary import category_of

BOWTIE = Polygon([(46.123457, 39), (46.2, 39.1), (46.2, 39), (46.123457, 39.1)])


def table(role: str = "finds", **columns: object) -> list[RawTable]:
    return as_tables(pd.DataFrame(columns), role)


def rows(n: int = 2, **columns: object) -> dict[str, object]:
    own = {
        "id": [f"F-{number}" for number in range(n)],
        "lat": [39.5] * n,
        "lon": [46.5] * n,
        "remark": ["SYNTHETIC"] * n,
    }
    return {**own, **columns}


def layer(role: str = "finds", settings: Settings | None = None, **columns: object) -> Layer:
    return conform(table(role, **rows(**columns)), role, settings or Settings())


def faults(role: str = "finds", settings: Settings | None = None, **columns: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        conform(table(role, **rows(**columns)), role, settings or Settings())
    return [problem.code for problem in caught.value.problems]


def warned(found: Layer) -> list[str]:
    return [problem.code for problem in found.problems]


def areas(**columns: object) -> gpd.GeoDataFrame:
    n = len(next(iter(columns.values())))
    return gpd.GeoDataFrame(
        {**columns, "remark": ["SYNTHETIC"] * n},
        geometry=[box(46 + k, 39, 46.5 + k, 39.1) for k in range(n)],
        crs="EPSG:4326",
    )


# Tables


def test_tables_number_rows_from_one() -> None:
    one, two = as_tables([pd.DataFrame(rows()), pd.DataFrame(rows())], "finds")
    assert one.where(1) == "row 2"
    assert [one.source, two.source] == ["finds 1", "finds 2"]
    assert as_tables(one, "finds") == [one]
    (geo,) = as_tables(areas(id=["a"]), "searched")
    assert geo.crs == "EPSG:4326"
    with pytest.raises(TypeError, match=r"mapaccuracy\.io\.read"):
        as_tables("finds.csv", "finds")  # type: ignore[arg-type]


# Columns


def test_missing_columns_list_the_headers() -> None:
    with pytest.raises(InputError) as caught:
        conform(table(nummer=["1"], lat=[39.5]), "finds", Settings())
    assert [problem.code for problem in caught.value.problems] == ["MA101", "MA101"]
    assert "No column for 'id'" in str(caught.value)
    assert "No column for 'lon'" in str(caught.value)
    assert "'nummer', 'lat'" in str(caught.value)


def test_named_header_that_is_not_there() -> None:
    with pytest.raises(InputError) as caught:
        layer(
            settings=Settings(columns={"finds.type": "Typ of item"}), **{"Type of item": ["a"] * 2}
        )
    text = str(caught.value)
    assert "There is no column 'Typ of item' for 'type'; the columns are 'id'" in text
    assert "did you mean 'Type of item'" in text
    assert "--columns finds.type=HEADER" in text


def test_a_needed_header_that_stands_twice() -> None:
    frame = pd.DataFrame([["a", 39.5, 46.5, 1.5]], columns=["id", "lat", "lon", "Lat"])
    for again in ("Lat", "lat"):
        frame.columns = ["id", "lat", "lon", again]
        with pytest.raises(InputError) as caught:
            conform(as_tables(frame, "finds"), "finds", Settings())
        assert [problem.code for problem in caught.value.problems] == ["MA124"]
        assert f"'lat' stands more than once: 'lat', '{again}" in str(caught.value)
        chosen = conform(as_tables(frame, "finds"), "finds", Settings(columns={"finds.lat": "lat"}))
        assert chosen.frame["lat"].tolist() == [39.5]


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Latitude [deg]", "lat"),
        ("Latitude (deg)", "lat"),
        ("Latitude (WGS84)", "lat"),
        ("Широта (WGS84)", "lat"),
        ("№ точки", "id"),
        ("Номер точки", "id"),
        ("Nömrə", "id"),
        ("ID №", "id"),
        ("Easting (m)", "x"),
        ("Easting [m, UTM 38N]", "x"),
        ("Type {of mine}", "type"),
    ],
)
def test_headers_with_brackets_and_marks(header: str, column: str) -> None:
    for role in ("supplied", "finds"):
        assert recognise(role, ["Remark", header]) == {column: header}


def test_an_exact_header_wins_over_one_with_brackets() -> None:
    assert recognise("finds", ["Lat (DMS)", "lat"]) == {"lat": "lat"}
    assert recognise("finds", ["Lon [WGS]", "Long (X)"]) == {"lon": "Long (X)"}
    # Nobody can tell which of the two it is.
    assert recognise("finds", ["Lat (DMS)", "Lat (decimal)"]) == {}
    assert recognise("finds", ["No", "()", "#"]) == {}


def test_named_header_wins_over_recognition() -> None:
    found = layer(settings=Settings(columns={"finds.id": "number"}), number=["b", "a"])
    assert found.frame["id"].tolist() == ["a", "b"]
    (extra,) = [problem for problem in found.problems if problem.code == "MA117"]
    assert "'id', 'remark'" in extra.text()


def test_files_of_one_role_may_have_other_columns() -> None:
    one = pd.DataFrame({"no": ["b"], "lat": [1.0], "lon": [2.0], "qty": [3], "type": ["AP"]})
    two = pd.DataFrame({"id": ["a"], "lat": [1.0], "lon": [2.0], "accuracy": [0.5]})
    settings = Settings(columns={"finds.id": "no"})
    found = conform(as_tables([one, two], "finds"), "finds", settings)
    assert found.frame["id"].tolist() == ["a", "b"]
    assert found.frame["source"].tolist() == [1, 0]
    assert found.frame["quantity"].tolist() == [1, 3]
    assert found.frame["type"].tolist() == ["", "AP"]
    assert found.frame["category"].tolist() == ["other", "AP"]
    np.testing.assert_array_equal(found.frame["stated_accuracy_m"], [0.5, np.nan])


# Numbers


@pytest.mark.parametrize(
    "cell", ["39.5", " 39.5 ", "39,5", "+39.5", "3.95e1", "39.50", 39.5, np.float64(39.5)]
)
def test_numbers_as_people_write_them(cell: object) -> None:
    assert layer(lat=[cell, "39.5"]).frame["lat"].tolist() == [39.5, 39.5]


def test_unicode_minus() -> None:
    assert layer(lat=["−39,5", "-1"]).frame["lat"].tolist() == [-39.5, -1.0]


@pytest.mark.parametrize(
    ("cell", "hint"),
    [
        ("1,234.5", "thousands"),
        ("north", ""),
        ("39.5.1", ""),
        ("1_0", ""),
        ("0x1F", ""),
        ("TRUE", ""),
        ("°", "marks of degrees"),
    ],
)
def test_what_is_no_number_is_refused_with_a_hint(cell: str, hint: str) -> None:
    with pytest.raises(InputError) as caught:
        layer(lat=[cell, "39.5"])
    (problem,) = caught.value.problems
    assert (problem.code, problem.place, problem.id) == ("MA103", "row 1, column lat", "F-0")
    assert hint in problem.text()
    assert cell not in problem.text()
    assert cell in problem.text(with_locations=True)


@pytest.mark.parametrize(
    "cell", ["", "  ", None, float("nan"), float("inf"), "NaN", "-inf", "1e999"]
)
def test_empty_and_endless_positions(cell: object) -> None:
    assert faults(lat=[cell, "39.5"]) == ["MA307"]


@pytest.mark.parametrize(
    ("lat", "lon"), [(95.0, 46.5), (-90.001, 46.5), (39.5, 180.1), (39.5, 200.0)]
)
def test_degrees_out_of_range(lat: float, lon: float) -> None:
    with pytest.raises(InputError) as caught:
        layer(lat=[lat, 39.5], lon=[lon, 46.5])
    (problem,) = caught.value.problems
    assert problem.code == "MA208"
    assert not re.search(r"\d\.\d", problem.text())


def test_edges_of_the_range_are_inside() -> None:
    found = layer(lat=[90.0, -90.0], lon=[180.0, -180.0])
    assert found.frame["lon"].tolist() == [180.0, -180.0]


def test_metres_in_a_comma_column_may_be_thousands() -> None:
    local = Settings(crs="local")
    unclear = {"id": ["a", "b"], "x": ["1,234", "2,345"], "y": [1.0, 2.0]}
    with pytest.raises(InputError) as caught:
        conform(table(**unclear), "finds", local)
    assert [problem.code for problem in caught.value.problems] == ["MA103", "MA103"]
    assert "decimals or thousands" in str(caught.value)
    clear = conform(table(**{**unclear, "x": ["1,234", "2,3"]}), "finds", local)
    assert clear.frame["x"].tolist() == [1.234, 2.3]


def test_degrees_with_three_decimals_after_a_comma_are_clear() -> None:
    assert layer(lat=["39,123", "39,456"]).frame["lat"].tolist() == [39.123, 39.456]


def test_counts_and_accuracy() -> None:
    found = layer(n=4, quantity=["2", "", None, "1.0"], accuracy=["0.5", "", None, 3])
    assert found.frame["quantity"].tolist() == [2, 1, 1, 1]
    np.testing.assert_array_equal(found.frame["stated_accuracy_m"], [0.5, np.nan, np.nan, 3])
    assert faults(n=6, quantity=["0", "-1", "1.5", "x", "inf", "2,000"]) == [
        *["MA107"] * 3,
        "MA103",
        "MA107",
        "MA103",
    ]
    assert faults(n=3, accuracy=["0", "-1", "x"]) == ["MA107", "MA107", "MA103"]


def test_geometry_basis() -> None:
    found = layer("supplied", n=4, geometry_basis=["Surveyed", "generated", "CENTROID ", ""])
    assert found.frame["geometry_basis"].tolist() == ["surveyed", "generated", "centroid", ""]
    assert faults("supplied", geometry_basis=["guessed", ""]) == ["MA106"]


@pytest.mark.parametrize("column", ["geometry_basis", "count", "accuracy"])
def test_cells_in_messages_are_short_and_hold_no_digit(column: str) -> None:
    for cell in ("at -29.99123, -25.00456", "INC-0042", "46.5"):
        if column == "accuracy" and cell == "46.5":
            continue
        with pytest.raises(InputError) as caught:
            layer("supplied", **{column: [cell, ""]})
        assert cell not in str(caught.value)
        assert "[withheld]" in str(caught.value)
        assert cell in caught.value.problems[0].text(with_locations=True)
    with pytest.raises(InputError) as caught:
        layer("supplied", **{column: ["x" * 50, ""]})
    assert f"'{'x' * 39}…'" in str(caught.value)


def test_one_long_cell_does_not_cost_memory() -> None:
    n = 20_000
    # A matrix of n rows of 5,000 characters would have 400e6 bytes.
    columns = rows(
        n=n,
        id=["x" * 250, *(f"S-{k}" for k in range(n - 1))],
        geometry_basis=["x" * 5_000, *["centroid"] * (n - 1)],
        type=["x" * 5_000, *["AP"] * (n - 1)],
    )
    tracemalloc.start()
    found = conform(table("supplied", **columns), "supplied", Settings(drop_faulty=True))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(found.frame) == n - 1
    assert peak < 40e6


# Ids


def test_ids_are_text() -> None:
    for ids, expected in (
        ([12, 7], ["12", "7"]),
        ([12.0, 7.5], ["12", "7.5"]),
        (["007", " 7 "], ["007", "7"]),
        (pd.Series(["a", "b"], dtype="category"), ["a", "b"]),
    ):
        assert sorted(layer(id=ids).frame["id"]) == sorted(expected)


def test_missing_ids_are_all_listed() -> None:
    assert faults(n=4, id=["", None, "  ", "a"]) == ["MA102"] * 3


def test_repeated_ids_stop_always_and_name_all_rows() -> None:
    columns = rows(n=5, id=["a", "b", " a", "c", "a"])
    for settings in (Settings(), Settings(drop_faulty=True)):
        with pytest.raises(InputError) as caught:
            conform(table(**columns), "finds", settings)
        (problem,) = caught.value.problems
        assert (problem.code, problem.id) == ("MA401", "a")
        assert "used 3 times: row 1, row 3, row 5" in problem.text()


def test_repeated_ids_over_files() -> None:
    both = as_tables([pd.DataFrame(rows()), pd.DataFrame(rows())], "finds")
    with pytest.raises(InputError) as caught:
        conform(both, "finds", Settings())
    assert [problem.id for problem in caught.value.problems] == ["F-0", "F-1"]
    assert "finds 1 row 1, finds 2 row 1" in str(caught.value)


def test_ids_that_a_spreadsheet_changed() -> None:
    found = layer(n=5, id=["1.2E+05", "2021-04-03", "3-Apr", "12", "F-3-2021"])
    (problem,) = [entry for entry in found.problems if entry.code == "MA109"]
    assert problem.values["n"] == "3"


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=30))
def test_order_is_that_of_utf8_bytes(ids: list[str]) -> None:
    order, repeated = by_id(np.array([*ids, "x"], dtype=object)[: len(ids)])
    ranked = [ids[number] for number in order]
    assert ranked == sorted(ids, key=str.encode)
    assert repeated.tolist() == [
        number > 0 and ranked[number] == ranked[number - 1] for number in range(len(ids))
    ]


def test_order_of_long_ids() -> None:
    ids = np.array(["x" * 300 + "b", "x" * 300 + "a", "x" * 300 + "b"], dtype=object)
    order, repeated = by_id(ids)
    assert order.tolist() == [1, 0, 2]
    assert repeated.tolist() == [False, False, True]


# Accounts


def test_unusable_rows_are_all_listed_and_counted_when_dropped() -> None:
    columns = rows(
        n=7,
        id=["a", "", "c", "d", "e", "f", None],
        lat=["39.5", "x", "95", "", "39.5", "39.5", None],
        lon=["46.5", "46.5", "300", "46.5", "46.5", "46.5", None],
        remark=["SYNTHETIC"] * 6 + [""],
    )
    with pytest.raises(InputError) as caught:
        conform(table(**columns), "finds", Settings())
    assert [problem.code for problem in caught.value.problems] == [
        "MA102",
        "MA103",
        "MA208",
        "MA208",
        "MA307",
    ]
    found = conform(table(**columns), "finds", Settings(drop_faulty=True))
    (source,) = found.sources
    assert (source.rows_read, source.rows_used, source.rows_dropped) == (6, 3, 3)
    assert source.dropped == {"MA102": 1, "MA208": 1, "MA307": 1}
    assert found.frame["id"].tolist() == ["a", "e", "f"]
    assert "MA201" not in warned(found)  # the numbers do not all fit


def test_no_usable_row_is_an_error_even_when_dropping() -> None:
    assert faults(settings=Settings(drop_faulty=True), lat=["x", ""]) == ["MA004", "MA103", "MA307"]
    with pytest.raises(InputError, match="MA004"):
        conform(table(id=["", None], lat=["", None], lon=["", None]), "finds", Settings())
    with pytest.raises(InputError, match="MA004"):
        conform([], "finds", Settings())


def test_sources_stand_in_the_order_of_their_names() -> None:
    one, two = as_tables([pd.DataFrame(rows(id=["c", "d"])), pd.DataFrame(rows())], "finds")
    found = conform([two, one], "finds", Settings())
    assert [source.name for source in found.sources] == ["finds 1", "finds 2"]
    assert found.frame["source"].tolist() == [1, 1, 0, 0]
    same = [
        replace(entry, source="a.csv", sha256=digest) for entry, digest in ((one, "b"), (two, "a"))
    ]
    assert [s.sha256 for s in conform(same, "finds", Settings()).sources] == ["a", "b"]


# Coordinate systems


def test_degrees_without_a_system_are_said() -> None:
    assert warned(layer()) == ["MA201", "MA117", "MA010", "MA402"]
    assert warned(layer(settings=Settings(crs="EPSG:4326"))) == ["MA117", "MA010", "MA402"]


UTM = Transformer.from_crs(4326, 32638, always_xy=True).transform(46.5, 39.5)


def test_metres_in_a_given_system() -> None:
    columns = {"id": ["a"], "easting": [UTM[0]], "northing": [UTM[1]]}
    for settings in (Settings(crs="EPSG:32638"), Settings(finds_crs="32638")):
        found = conform(table(**columns), "finds", settings)
        np.testing.assert_allclose(found.frame[["lon", "lat"]], [[46.5, 39.5]], atol=1e-9)
        assert found.sources[0].crs == "EPSG:32638"
        assert "UTM zone 38N" in str(found.sources[0].operation)
        assert warned(found) == ["MA216", "MA010"]
    with pytest.raises(SettingsError, match="--finds-crs EPSG:nnnn"):
        conform(table(**columns), "finds", Settings())
    with pytest.raises(SettingsError, match="no coordinate system 'EPSG:999999'"):
        conform(table(**columns), "finds", Settings(crs="EPSG:999999"))


def test_web_mercator_is_reprojected_and_said() -> None:
    # By hand: x = R * lambda, with R = 6378137 m, and the equator has y = 0.
    x = 6378137 * np.radians(46.5)
    found = conform(table(id=["a"], x=[x], y=[0.0]), "finds", Settings(crs="EPSG:3857"))
    np.testing.assert_allclose(found.frame[["lon", "lat"]], [[46.5, 0]], atol=1e-9)
    assert "MA216" in warned(found)


def test_systems_that_call_northing_x() -> None:
    forward = Transformer.from_crs(4326, 28408, always_xy=True).transform(46.5, 39.5)
    settings = Settings(crs="EPSG:28408")
    found = conform(table(id=["a"], x=[forward[0]], y=[forward[1]]), "finds", settings)
    assert "MA218" in warned(found)
    clear = conform(table(id=["a"], easting=[forward[0]], northing=[forward[1]]), "finds", settings)
    assert "MA218" not in warned(clear)
    # The columns are named as the system names them: the fix of MA218 has been followed.
    named = Settings(crs="EPSG:28408", columns={"finds.x": "Y", "finds.y": "X"})
    followed = conform(table(id=["a"], X=[forward[1]], Y=[forward[0]]), "finds", named)
    np.testing.assert_allclose(followed.frame[["lon", "lat"]], [[46.5, 39.5]], atol=1e-3)
    assert "MA218" not in warned(followed)


def test_statements_that_contradict() -> None:
    stated = gpd.GeoDataFrame({"id": ["a"]}, geometry=[Point(46.5, 39.5)], crs="EPSG:4326")
    with pytest.raises(SettingsError, match=r"EPSG:4326.*EPSG:32638"):
        conform(as_tables(stated, "finds"), "finds", Settings(finds_crs="EPSG:32638"))
    # The general option speaks only for files that state none.
    found = conform(as_tables(stated, "finds"), "finds", Settings(crs="EPSG:32638"))
    assert found.frame["lon"].tolist() == [46.5]
    with pytest.raises(SettingsError, match="say latitude and longitude"):
        layer(settings=Settings(crs="EPSG:32638"))
    bare = gpd.GeoDataFrame({"id": ["a"]}, geometry=[Point(46.5, 39.5)])
    with pytest.raises(SettingsError, match="states no coordinate system"):
        conform(as_tables(bare, "finds"), "finds", Settings())


def test_both_pairs_of_columns() -> None:
    columns = {"id": ["a"], "lat": [10.0], "lon": [20.0], "x": [UTM[0]], "y": [UTM[1]]}
    assert conform(table(**columns), "finds", Settings()).frame["lat"].tolist() == [10.0]
    found = conform(table(**columns), "finds", Settings(crs="EPSG:32638"))
    np.testing.assert_allclose(found.frame["lat"], [39.5], atol=1e-9)
    local = conform(table(**columns), "finds", Settings(crs="local"))
    assert local.frame["x"].tolist() == [UTM[0]]


def test_local_metres_override_everything() -> None:
    stated = gpd.GeoDataFrame({"id": ["a"]}, geometry=[Point(1e6, -5)], crs="EPSG:4326")
    found = conform(as_tables(stated, "finds"), "finds", Settings(crs="local"))
    assert found.local
    assert found.sources[0].crs == "local"
    assert found.frame[["x", "y"]].to_numpy().tolist() == [[1e6, -5.0]]
    with pytest.raises(SettingsError, match="planar metres"):
        layer(settings=Settings(crs="local"))


# Point geometry


def test_geometries_that_are_points() -> None:
    frame = gpd.GeoDataFrame(
        {"id": ["a", "b", "c", "d", "e", "f"]},
        geometry=[
            Point(1, 2, 3),
            MultiPoint([(3, 4)]),
            MultiPoint([(3, 4), (5, 6)]),
            LineString([(0, 0), (1, 1)]),
            None,
            Point(),
        ],
        crs="EPSG:4326",
    )
    with pytest.raises(InputError) as caught:
        conform(as_tables(frame, "finds"), "finds", Settings())
    found = [(problem.code, problem.place) for problem in caught.value.problems]
    assert found == [
        ("MA304", "row 3"),
        ("MA304", "row 4"),
        ("MA307", "row 5"),
        ("MA307", "row 6"),
    ]
    good = conform(as_tables(frame.iloc[:2], "finds"), "finds", Settings())
    assert good.frame[["lon", "lat"]].to_numpy().tolist() == [[1.0, 2.0], [3.0, 4.0]]
    assert "MA308" in warned(good)


# Categories


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Landmine - Anti-Personnel", "AP"),
        ("Landmine - Anti-Vehicle", "AT"),
        ("AP", "AP"),
        ("APM", "AP"),
        ("AT mine", "AT"),
        ("ATM", "AT"),
        ("AV", "AT"),
        ("UXO", "UXO"),
        ("ERW", "UXO"),
        ("AXO", "AXO"),
        ("Cluster Munition Remnant", "submunition"),
        ("anti-personnel bomblet", "submunition"),
        ("Pressure plate IED", "IED"),
        ("VOIED", "IED"),
        ("PMN", "AP"),
        ("PMN-2", "AP"),
        ("OZM-72", "AP"),
        ("MON-100", "AP"),
        ("POMZ-2M", "AP"),
        ("TM-46", "AT"),
        ("TM57", "AT"),
        ("tm 62M", "AT"),
        ("PG-7V", "UXO"),
        ("anti-tank grenade", "UXO"),
        ("противопехотная мина", "AP"),
        ("Противотанковая", "AT"),
        ("МОН-50", "AP"),
        ("минометная мина", "UXO"),
        ("Piyada əleyhinə mina", "AP"),
        ("TANK ƏLEYHİNƏ MİNA", "AT"),
        ("partlamamış hərbi sursat", "UXO"),
        ("Booby Trap", "other"),
        ("mine", "other"),
        ("found at a post", "other"),
        ("", "other"),
    ],
)
def test_words_of_the_field(text: str, expected: str) -> None:
    assert category_of(text) == expected


def test_model_is_asked_where_the_type_says_nothing() -> None:
    found = layer(n=4, type=["mine", "UXO", "", "odd"], model=["TM-62", "PMN", "PMN", ""])
    assert found.frame["category"].tolist() == ["AT", "UXO", "AP", "other"]
    assert layer().frame["category"].tolist() == ["other", "other"]
    assert "category" not in layer("supplied").frame


def test_finds_whose_type_nobody_knows_are_counted() -> None:
    def unknown(**columns: object) -> list[str]:
        found = layer(n=len(next(iter(columns.values()))), **columns)
        return [entry.values["n"] for entry in found.problems if entry.code == "MA514"]

    words = ["odd", "", "AP", "Booby trap", "mine", "other", "мина-ловушка", "unknown"]
    assert unknown(type=words) == ["2"]
    assert unknown(type=["odd", "odd"], model=["TM-62", "booby trap"]) == []
    assert unknown(type=["AP", ""]) == []
    assert unknown(model=["odd", "odd"]) == []
    assert "MA514" not in warned(layer("supplied", type=["odd", "odd"]))


# Polygons


def test_searched_ground_by_status() -> None:
    frame = areas(status=["Cleared", "cancelled", "REDUCED", "ongoing", "completed"])
    found = conform(as_tables(frame, "searched"), "searched", Settings())
    ground = dict(zip(found.frame["status"], found.frame["ground"], strict=True))
    assert ground == {
        "Cleared": "searched",
        "cancelled": "released",
        "REDUCED": "released",
        "ongoing": "open",
        "completed": "searched",
    }
    (problem,) = [entry for entry in found.problems if entry.code == "MA512"]
    assert problem.values["n"] == "2"


@pytest.mark.parametrize("status", ["released", "closed", "", "partial", "clearance"])
def test_status_that_does_not_say_whether_it_was_searched(status: str) -> None:
    with pytest.raises(InputError) as caught:
        conform(as_tables(areas(status=["cleared", status]), "searched"), "searched", Settings())
    (problem,) = caught.value.problems
    assert problem.code == "MA106"
    assert '--searched-where "status=cleared"' in problem.text()


def test_without_a_status_all_is_searched() -> None:
    found = conform(as_tables(areas(id=["a", "b"]), "searched"), "searched", Settings())
    assert found.frame["ground"].tolist() == ["searched", "searched"]
    (said,) = [entry for entry in found.problems if entry.code == "MA513"]
    assert said.message().endswith("count as searched ground: 2.")
    where = conform(
        as_tables(areas(id=["a", "b"]), "searched"), "searched", Settings(searched_where="id=a")
    )
    assert "MA513" not in warned(where)


@pytest.mark.parametrize(
    "header",
    ["Land Release Status", "Clearance status", "status_guid", "Статус", "Vəziyyət", "LAND_STATUS"],
)
def test_headers_of_the_status(header: str) -> None:
    frame = areas(**{header: ["cleared", "cancelled"]})
    found = conform(as_tables(frame, "searched"), "searched", Settings())
    assert sorted(found.frame["ground"]) == ["released", "searched"]


def test_a_column_that_seems_to_hold_the_status_is_an_error() -> None:
    frame = areas(Zustand=["cleared", "cancelled", "odd"])
    with pytest.raises(InputError) as caught:
        conform(as_tables(frame, "searched"), "searched", Settings(drop_faulty=True))
    (problem,) = caught.value.problems
    assert problem.code == "MA123"
    assert "Column 'Zustand' seems to hold the status" in problem.text()
    assert "--columns searched.status=HEADER" in problem.text()
    chosen = Settings(searched_where="Zustand=cleared")
    found = conform(as_tables(frame, "searched"), "searched", chosen)
    assert found.frame["ground"].value_counts()["searched"] == 1
    # Words that change nothing: all is searched, or one remark among others.
    for harmless in (["cleared"] * 3, ["open", "forest", "slope"]):
        frame = areas(Zustand=harmless)
        assert "MA513" in warned(conform(as_tables(frame, "searched"), "searched", Settings()))
    with pytest.raises(InputError, match="MA123"):
        conform(as_tables(areas(Zustand=["open"] * 2), "searched"), "searched", Settings())


def test_searched_where() -> None:
    frame = areas(
        status=["released", "Cancelled", "released", "closed"], Method=[" Full", "full", "QC", "x"]
    )
    found = conform(
        as_tables(frame, "searched"), "searched", Settings(searched_where="method=full,qc")
    )
    # Rows stand in the order of their outlines, here from west to east or back.
    west = shapely.bounds(found.frame["geometry"].to_numpy())[:, 0]
    ground = found.frame["ground"].to_numpy()[np.argsort(west)]
    assert ground.tolist() == ["searched", "searched", "searched", "open"]
    only = conform(
        as_tables(frame, "searched"), "searched", Settings(searched_where="status=released")
    )
    assert only.frame["ground"].value_counts().to_dict() == {
        "searched": 2,
        "released": 1,
        "open": 1,
    }
    with pytest.raises(SettingsError) as caught:
        conform(as_tables(frame, "searched"), "searched", Settings(searched_where="method=none"))
    assert "no row of searched has Method = none; its values are Full, QC, x" in str(caught.value)
    both = as_tables([frame, frame.assign(Method=["none", *["39.5"] * 3])], "searched")
    conform(both, "searched", Settings(searched_where="method=none"))  # one of two is enough
    with pytest.raises(SettingsError) as caught:
        conform(both, "searched", Settings(searched_where="method=quick"))
    assert "Full, none, QC, x and 1 with digits" in str(caught.value)
    many = areas(Method=[f"word {'abcdefghijkl'[k]}" for k in range(12)])
    with pytest.raises(SettingsError) as caught:
        conform(as_tables(many, "searched"), "searched", Settings(searched_where="method=quick"))
    assert str(caught.value).endswith("word j and 2 more.")
    with pytest.raises(SettingsError, match="did you mean 'Method'"):
        conform(as_tables(frame, "searched"), "searched", Settings(searched_where="Metod=full"))


def test_basis_and_reason() -> None:
    frame = areas(id=["a", "b"], basis=["Tasked", "??"], reason=["accident", ""])
    found = conform(as_tables(frame, "searched"), "searched", Settings())
    words = sorted(zip(found.frame["basis"], found.frame["reason"], strict=True))
    assert words == [("", ""), ("tasked", "incident")]
    (problem,) = [entry for entry in found.problems if entry.code == "MA122"]
    assert problem.severity == "warning"


def test_words_that_are_not_known_are_counted_and_never_said() -> None:
    leak = "incident INC-0042 at -29.99123, -25.00456"
    frame = areas(
        status=["cleared"] * 3, basis=[leak, "final", "x y z"], reason=[leak, f"{leak}!", "q"]
    )
    found = conform(as_tables(frame, "searched"), "searched", Settings())
    said = [entry for entry in found.problems if entry.code == "MA122"]
    assert [entry.values["n"] for entry in said] == ["2", "3"]
    assert "Rows with words in 'basis' that are not known: 2; they are read as" in said[0].text()
    assert "write one of tasked, final" in said[0].text()
    for entry in said:
        assert not any(word in entry.text(True) for word in ("INC", "29.99", "x y z"))


def test_a_status_with_digits_is_withheld() -> None:
    frame = areas(status=["cleared at -29.99123, -25.00456", "y" * 60])
    with pytest.raises(InputError) as caught:
        conform(as_tables(frame, "searched"), "searched", Settings())
    assert "29.99" not in str(caught.value)
    assert f"'{'y' * 39}…'" in str(caught.value)


def endless(value: float) -> Polygon:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Polygon([(46, 39), (value, 39), (47, 40)])


def test_outlines_that_cannot_be_used() -> None:
    frame = gpd.GeoDataFrame(
        {"id": list("abcdefghi")},
        geometry=[
            BOWTIE,
            Point(46.123457, 39),
            None,
            Polygon(),
            box(46, 89, 47, 91),
            shapely.reverse(box(46, 39, 47, 40)),
            Polygon([(46, 39, 5), (47, 39, 5), (47, 40, 5)]),
            endless(np.inf),
            endless(np.nan),
        ],
        crs="EPSG:4326",
    )
    with pytest.raises(InputError) as caught:
        conform(as_tables(frame, "searched"), "searched", Settings())
    assert [problem.code for problem in caught.value.problems] == [
        "MA301",
        "MA304",
        "MA307",
        "MA307",
        "MA208",
        "MA307",
        "MA307",
    ]
    assert "Self-intersection" in str(caught.value)
    assert not re.search(r"\d\.\d", str(caught.value))
    good = conform(as_tables(frame, "searched"), "searched", Settings(drop_faulty=True))
    assert sorted(good.frame["id"]) == ["f", "g"]
    assert not shapely.has_z(good.frame["geometry"].to_numpy()).any()


def test_polygons_are_reprojected() -> None:
    frame = areas(id=["a"])
    found = conform(as_tables(frame.to_crs(32638), "searched"), "searched", Settings())
    np.testing.assert_allclose(
        shapely.bounds(found.frame["geometry"][0]), (46, 39, 46.5, 39.1), atol=1e-9
    )


@pytest.mark.parametrize(
    ("role", "shape", "got"),
    [
        ("supplied", box(46, 39, 47, 40), "got polygons"),
        ("finds", LineString([(0, 0), (1, 1)]), "got lines"),
        ("searched", Point(46, 39), "got points"),
        ("districts", Point(46, 39), "got points"),
    ],
)
def test_a_layer_of_the_wrong_kind_is_one_problem_even_without_columns(
    role: str, shape: object, got: str
) -> None:
    frame = gpd.GeoDataFrame({"remark": ["SYNTHETIC"] * 3}, geometry=[shape] * 3, crs="EPSG:4326")
    for settings in (Settings(), Settings(drop_faulty=True)):
        with pytest.raises(InputError, match=got) as caught:
            conform(as_tables(frame, role), role, settings)
        assert [problem.code for problem in caught.value.problems] == ["MA304"]


def test_a_header_over_the_header_is_said() -> None:
    cells = [["", "Latitude", "Longitude"], ["a", "39.5", "46.5"]]
    two = pd.DataFrame(cells, columns=["ID", "Coordinates", "(column 3)"])
    with pytest.raises(InputError) as caught:
        conform(as_tables(two, "finds"), "finds", Settings())
    assert "there seem to be two header rows: merge them into one." in str(caught.value)
    with pytest.raises(InputError) as caught:
        conform(as_tables(two.iloc[1:], "finds"), "finds", Settings())
    assert "two header rows" not in str(caught.value)


def test_a_table_is_no_polygon_layer() -> None:
    with pytest.raises(InputError, match="a table without geometry"):
        conform(table("searched", **rows()), "searched", Settings())


def test_districts_by_code_or_name() -> None:
    frame = areas(district=["C", "A", "B"], code=["1", "", "2"])
    found = conform(as_tables(frame, "districts"), "districts", Settings())
    assert found.frame["district"].tolist() == ["C", "B", "A"]
    named = conform(
        as_tables(areas(district=["", "A"], code=["AZ-X", "AZ-A"]), "districts"),
        "districts",
        Settings(),
    )
    assert named.frame["district"].tolist() == ["A", "AZ-X"]
    assert "MA121" in warned(named)
    with pytest.raises(InputError) as caught:
        conform(as_tables(areas(district=["", "A"]), "districts"), "districts", Settings())
    assert [problem.code for problem in caught.value.problems] == ["MA120"]


# Settings and texts


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"tolerance_m": "5"}, "tolerance_m is '5' (text); give a number of metres above 0"),
        ({"tolerance_m": [5]}, "tolerance_m is a list"),
        ({"seed": "x"}, "seed is 'x' (text)"),
        ({"seed": True}, "seed is true"),
        ({"crs": 5.5}, "crs is 5.5; give"),
        ({"supplied_crs": ["EPSG:4326"]}, "supplied_crs is a list"),
        ({"finds_crs": True}, "finds_crs is true"),
        ({"searched_where": 3}, "searched_where is 3; give COLUMN=VALUE"),
        ({"columns": ["supplied.id=Nr"]}, "columns is a list"),
        ({"columns": {"finds.id": 7}}, "columns: finds.id is 7; give"),
        ({"columns": {7: "Nr"}}, "There is no column '7'"),
        ({"columns": {"id": "Nr"}}, "ROLE.NAME=HEADER; did you mean 'supplied.id'"),
        ({"columns": {"sheet": "Nr"}}, "did you mean 'supplied.sheet'?"),
        ({"drop_faulty": "yes"}, "drop_faulty is 'yes' (text); give true or false."),
        ({"assume_searched": 1}, "assume_searched is 1; give true or false."),
        ({"scope": ["mines"]}, "scope is a list; give one of mines, all"),
        ({"matching": 3}, "matching is 3; give one of"),
        ({"by": None}, "by is not given; give one of"),
        ({"verifiable_share": "1"}, "verifiable_share is '1' (text)"),
    ],
)
def test_settings_of_a_wrong_kind(values: dict[str, object], words: str) -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_mapping(values)
    assert words in str(caught.value)
    assert len(caught.value.messages) == 1


def test_coordinate_systems_as_numbers_and_objects() -> None:
    assert Settings(crs=32638).crs == "32638"  # type: ignore[arg-type]
    assert Settings(supplied_crs=CRS(32638)).supplied_crs == "EPSG:32638"  # type: ignore[arg-type]
    assert Settings(finds_crs=np.int64(4326)).finds_crs == "4326"  # type: ignore[arg-type]
    own = Settings(crs=CRS.from_proj4("+proj=tmerc +lat_0=1.5 +lon_0=46.7")).crs  # type: ignore[arg-type]
    assert str(own).startswith("PROJCRS")
    assert Settings(tolerance_m=np.int64(5), seed=np.int64(3)).to_dict()["seed"] == 3


def test_every_text_of_the_catalogue_reads_well_for_one_and_many() -> None:
    for fault in CATALOGUE.values():
        assert not re.search(r"\{n\} (?!times|layers|cells)[a-z{]", fault.message), fault.code


# Order


@given(st.randoms(use_true_random=False), st.integers(1, 12))
def test_row_order_changes_nothing(chance: random.Random, n: int) -> None:
    frame = pd.DataFrame(
        {
            "id": [f"{'ж' if k % 3 == 0 else 'F'}-{k * 7 % 11}-{k}" for k in range(n)],
            "lat": [39 + k / 7 for k in range(n)],
            "lon": [f"{46 + k},5" for k in range(n)],
            "type": [("AP", "TM-62", "", "SYNTHETIC")[k % 4] for k in range(n)],
            "qty": [(None, 2)[k % 2] for k in range(n)],
        }
    )
    order = list(range(n))
    chance.shuffle(order)
    one = conform(as_tables(frame, "finds"), "finds", Settings()).frame
    other = conform(as_tables(frame.iloc[order], "finds"), "finds", Settings()).frame
    pd.testing.assert_frame_equal(one.drop(columns="row"), other.drop(columns="row"))
    assert one["id"].tolist() == sorted(frame["id"])


@given(st.randoms(use_true_random=False))
def test_polygon_order_changes_nothing(chance: random.Random) -> None:
    frame = pd.concat([areas(id=["a", "b", "c"]), areas(id=["d", "b", "e"])], ignore_index=True)
    order = list(range(6))
    chance.shuffle(order)
    one = conform(as_tables(frame, "searched"), "searched", Settings()).frame
    other = conform(as_tables(frame.iloc[order], "searched"), "searched", Settings()).frame
    pd.testing.assert_frame_equal(one.drop(columns="row"), other.drop(columns="row"))


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["a", "", None, "7"]),
            st.sampled_from(["39.123457", "x39.123457", "95.123457", "", None, "39,123457°"]),
            st.sampled_from(["46.234568", "1,234.234568", "inf", "461.234568"]),
        ),
        min_size=1,
        max_size=8,
    )
)
def test_nothing_vanishes_and_no_message_holds_a_position(
    cells: list[tuple[str | None, str | None, str]],
) -> None:
    ids, lat, lon = zip(*cells, strict=True)
    unique = [f"{name}{k}" if name else name for k, name in enumerate(ids)]
    tables = table(id=unique, lat=list(lat), lon=list(lon))
    try:
        found = conform(tables, "finds", Settings(drop_faulty=True))
    except InputError as error:
        problems = error.problems
    else:
        problems = found.problems
        (source,) = found.sources
        assert source.rows_read == len(cells) == source.rows_used + source.rows_dropped
        assert sum(source.dropped.values()) == source.rows_dropped
        assert len(found.frame) == source.rows_used
    for problem in problems:
        assert "123457" not in problem.text()
        assert "234568" not in problem.text()


# What a hostile tester found


def test_geometry_that_is_no_geometry_is_named() -> None:
    frame = pd.DataFrame({"id": ["a"], "geometry": ["POINT (46 39)"]})
    with pytest.raises(TypeError, match="geometry column of finds holds str"):
        as_tables(frame, "finds")
    for nothing in (None, [None]):
        with pytest.raises(TypeError, match="supplied must be"):
            as_tables(nothing, "supplied")  # type: ignore[arg-type]
    frame = pd.DataFrame({"id": ["a", "b"], "geometry": [Point(46, 39), np.nan]})
    (found,) = as_tables(frame, "finds")
    assert found.geometry is not None
    assert found.geometry[1] is None


@pytest.mark.parametrize("kind", [complex, object])
def test_complex_numbers_are_no_positions(kind: type) -> None:
    assert faults(lat=np.array([39 + 1j, 39 + 2j], dtype=kind)) == ["MA103", "MA103"]


def outline(*corners: tuple[float, float], **columns: object) -> list[RawTable]:
    own = {"id": ["a"], "status": ["cleared"], **columns}
    return as_tables(
        gpd.GeoDataFrame(own, geometry=[Polygon(corners)], crs="EPSG:4326"), "searched"
    )


WHOLE = ((-180.0, 0.0), (180.0, 0.0), (180.0, 1.0), (-180.0, 1.0))
STEPS = tuple((float(x), 0.0) for x in range(-170, 180, 10))


@pytest.mark.parametrize(
    "corners",
    [
        WHOLE,
        (*STEPS, (170.0, 1.0), (0.0, 2.0), (-170.0, 1.0)),
        (*STEPS[:20], *((x, 1.0) for x, _ in STEPS[:20][::-1])),
        ((-90.0, 0.0), (90.0, 0.0), (90.0, 1.0), (-90.0, 1.0)),
    ],
)
def test_outlines_half_around_the_earth_are_refused(corners: tuple[tuple[float, float]]) -> None:
    with pytest.raises(InputError, match="spans more than 180 degrees of longitude") as caught:
        conform(outline(*corners), "searched", Settings())
    assert [problem.code for problem in caught.value.problems] == ["MA301"]


def test_outlines_across_the_antimeridian_are_taken() -> None:
    crossing = ((179.9, 0.0), (-179.9, 0.0), (-179.9, 0.1), (179.9, 0.1))
    assert len(conform(outline(*crossing), "searched", Settings()).frame) == 1
    pieces = shapely.MultiPolygon([box(179.9, 0, 180, 1), box(-180, 0, -179.9, 1)])
    frame = gpd.GeoDataFrame(
        {"id": ["a"], "status": ["cleared"]}, geometry=[pieces], crs="EPSG:4326"
    )
    assert len(conform(as_tables(frame, "searched"), "searched", Settings()).frame) == 1
    local = outline(*WHOLE)
    assert len(conform(local, "searched", Settings(crs="local")).frame) == 1


def test_endless_corners_warn_nobody() -> None:
    with np.errstate(all="ignore"):
        tables = outline((46.0, 39.0), (46.1, float("nan")), (46.1, 39.1), (46.0, 39.1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(InputError) as caught:
            conform(tables, "searched", Settings())
    assert [problem.code for problem in caught.value.problems] == ["MA307"]


def test_a_header_that_the_user_gave_away_is_said() -> None:
    given = Settings(columns={"supplied.district": "lat"})
    with pytest.raises(InputError) as caught:
        conform(table("supplied", **rows()), "supplied", given)
    said = str(caught.value)
    assert "'lat' is taken by --columns supplied.district" in said
    assert "did you mean" not in said


def test_many_places_of_an_id_are_cut() -> None:
    with pytest.raises(InputError, match="row 10 and 15 more") as caught:
        layer(n=25, id=["a"] * 25)
    assert "row 11" not in str(caught.value)
    assert "twice?" not in str(caught.value)


# Reference points

LEFT_OUT = "MA219"
COUNTED = "MA220"


def referred(n: int = 2, settings: Settings | None = None, **columns: object) -> Layer:
    return layer("supplied", settings or Settings(crs="EPSG:4326"), n=n, **columns)


def said(found: Layer, *codes: str) -> list[str]:
    return [problem.text() for problem in found.problems if problem.code in codes]


@pytest.mark.parametrize(
    ("header", "column"),
    [
        ("Ref Lat", "reference_lat"),
        ("Reference point latitude [deg]", "reference_lat"),
        ("RP_Long", "reference_lon"),
        ("SP lon", "reference_lon"),
        ("Start Point Longitude", "reference_lon"),
        ("Landmark (X)", "reference_x"),
        ("landmark easting", "reference_x"),
        ("Benchmark northing", "reference_y"),
        ("Широта ориентира", "reference_lat"),
        ("Ориентир, долгота", "reference_lon"),
        ("Y начальной точки", "reference_y"),
    ],
)
def test_headers_of_the_reference_point(header: str, column: str) -> None:
    others = {"id": "id", "lat": "lat"}
    assert recognise("supplied", ["id", "lat", header]) == {**others, column: header}
    assert recognise("finds", ["id", "lat", header]) == others


def test_of_several_reference_points_the_first_kind_counts_and_never_a_datum() -> None:
    headers = ["Landmark lat", "Landmark lon", "RP lat", "RP lon", "Datum lat", "Datum lon"]
    found = recognise("supplied", headers)
    assert found == {"reference_lat": "RP lat", "reference_lon": "RP lon"}


def test_reference_points_beside_degrees() -> None:
    found = referred(
        n=3, ref_lat=["39.51", "", " 39,52 "], ref_long=["46,51", None, "46.52"], other=[1, 2, 3]
    )
    np.testing.assert_array_equal(found.frame["reference_lat"], [39.51, np.nan, 39.52])
    np.testing.assert_array_equal(found.frame["reference_lon"], [46.51, np.nan, 46.52])
    assert found.frame["reference_lat"].dtype == np.float64
    assert warned(found) == ["MA117", "MA010", "MA402"]
    assert not {"ref_lat", "reference_x"} & set(found.frame.columns)


def test_no_reference_columns_without_any() -> None:
    assert not [name for name in referred().frame.columns if name.startswith("reference")]
    # Only supplied points have them.
    finds = layer(ref_lat=[39.5, 39.5], ref_lon=[46.5, 46.5])
    assert not [name for name in finds.frame.columns if name.startswith("reference")]
    (extra,) = said(finds, "MA117")
    assert "'ref_lat'" in extra


def test_reference_points_go_the_way_of_the_positions() -> None:
    # PROJ asked directly, by the definition of each coordinate system.
    for code in (32638, 28408):
        there = Transformer.from_crs(code, 4326, always_xy=True)
        back = Transformer.from_crs(4326, code, always_xy=True)
        easting, northing = back.transform([46.5, 46.6], [39.5, 39.6])
        point = (easting[0] + 150.0, northing[0] - 80.0)
        columns = {
            "id": ["a", "b"],
            "easting": easting,
            "northing": northing,
            "reference_easting": [point[0], np.nan],
            "reference_northing": [point[1], np.nan],
        }
        found = conform(table("supplied", **columns), "supplied", Settings(crs=f"EPSG:{code}"))
        expected = there.transform(*point)
        np.testing.assert_allclose(
            found.frame[["reference_lon", "reference_lat"]].to_numpy(),
            [expected, (np.nan, np.nan)],
            atol=1e-12,
        )
        assert warned(found) == ["MA216", "MA010"]


def test_degrees_of_another_datum_are_moved_with_the_positions() -> None:
    found = referred(settings=Settings(supplied_crs="EPSG:4284"), rp_lat=[39.5] * 2, rp_lon=46.5)
    np.testing.assert_array_equal(found.frame["reference_lat"], found.frame["lat"])
    np.testing.assert_array_equal(found.frame["reference_lon"], found.frame["lon"])
    assert found.frame["lon"][0] != 46.5


def test_a_northing_called_x_is_asked_about_for_reference_points_too() -> None:
    x, y = Transformer.from_crs(4326, 28408, always_xy=True).transform(46.5, 39.5)
    columns = {"id": ["a"], "easting": [x], "northing": [y]}
    settings = Settings(crs="EPSG:28408")
    own = table("supplied", **columns, rp_x=[x], rp_y=[y])
    found = conform(own, "supplied", settings)
    (asked,) = said(found, "MA218")
    assert "'rp_x' was read as easting and 'rp_y' as northing" in asked
    assert "--columns supplied.reference_x=rp_y --columns supplied.reference_y=rp_x." in asked
    assert COUNTED not in warned(found)
    # As the map has it: X is north. Read as it stands it lies far off, and is left out.
    north = table("supplied", **columns, rp_x=[y], rp_y=[x])
    assert {"MA218", LEFT_OUT, COUNTED} <= set(warned(conform(north, "supplied", settings)))
    named = Settings(
        crs="EPSG:28408",
        columns={"supplied.reference_x": "rp_y", "supplied.reference_y": "rp_x"},
    )
    right = conform(north, "supplied", named)
    np.testing.assert_allclose(right.frame["reference_lat"], [39.5], atol=1e-6)
    assert LEFT_OUT not in warned(right)


def test_reference_points_of_local_metres() -> None:
    columns = {"id": ["a", "b"], "x": [10.0, 20.0], "y": [5.0, 6.0]}
    own = table("supplied", **columns, ref_x=[1.5, 100_021.0], ref_y=[2.5, 6.0])
    found = conform(own, "supplied", Settings(crs="local"))
    np.testing.assert_array_equal(found.frame["reference_x"], [1.5, np.nan])
    np.testing.assert_array_equal(found.frame["reference_y"], [2.5, np.nan])
    assert len(said(found, LEFT_OUT)) == 1
    edge = table("supplied", **columns, ref_x=[10.0, 100_020.0], ref_y=[5.0, 6.0])
    assert said(conform(edge, "supplied", Settings(crs="local")), LEFT_OUT, COUNTED) == []


def test_reference_points_of_a_layer_with_geometry() -> None:
    def points(crs: int, x: float, y: float, **columns: object) -> list[RawTable]:
        frame = gpd.GeoDataFrame({"id": ["a"], **columns}, geometry=[Point(x, y)], crs=crs)
        return as_tables(frame, "supplied")

    degrees = {"ref_lat": [39.51], "ref_lon": [46.51]}
    metres = {"ref_x": [UTM[0] + 100], "ref_y": [UTM[1]]}
    found = conform(points(4326, 46.5, 39.5, **degrees, **metres), "supplied", Settings())
    assert found.frame[["reference_lon", "reference_lat"]].to_numpy().tolist() == [[46.51, 39.51]]
    found = conform(points(32638, *UTM, **degrees, **metres), "supplied", Settings())
    east = Transformer.from_crs(32638, 4326, always_xy=True).transform(UTM[0] + 100, UTM[1])
    np.testing.assert_allclose(found.frame[["reference_lon", "reference_lat"]], [east], atol=1e-12)
    # x and y of a layer in degrees are longitude and latitude, as in the layer itself.
    found = conform(points(4326, 46.5, 39.5, ref_x=[46.4], ref_y=[39.4]), "supplied", Settings())
    assert found.frame[["reference_lon", "reference_lat"]].to_numpy().tolist() == [[46.4, 39.4]]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"ref_lat": [39.5]}, "a column for reference_lat, but none for reference_lon"),
        ({"ref_lon": [46.5]}, "supplied.reference_lat=HEADER names a column"),
        ({"ref_x": [1.0], "ref_y": [2.0]}, "columns are metres, but the positions are degrees"),
    ],
)
def test_columns_that_give_no_reference_point_are_said_once(
    columns: dict[str, list[float]], words: str
) -> None:
    cells = {name: values * 3 for name, values in columns.items()}
    found = referred(n=3, **cells)
    (text,) = said(found, LEFT_OUT, COUNTED)
    assert words in text
    assert not [name for name in found.frame.columns if name.startswith("reference")]
    metres = {"id": ["a"], "x": [UTM[0]], "y": [UTM[1]], "ref_lat": [39.5], "ref_lon": [46.5]}
    found = conform(table("supplied", **metres), "supplied", Settings(crs="EPSG:32638"))
    assert "columns are degrees, but the positions are metres" in said(found, LEFT_OUT)[0]


@pytest.mark.parametrize(
    ("lat", "lon", "words"),
    [
        ("", "46.512345", "column ref_lat  id F-0  MA219 warning  The reference point is left out: "
         "reference_lat is blank, and the other number is not."),
        ("39.512345", None, "column ref_lon  id F-0  MA219 warning  The reference point is left "
         "out: reference_lon is blank"),
        ("39°51'2345", "46.5", "reference_lat is '[withheld]', which is not a number: it holds "
         "marks of degrees, minutes or seconds."),
        ("39.5", "46.512345E", "reference_lon is '[withheld]', which is not a number: give the "
         "sign, not a letter."),
        ("inf", "46.5", "reference_lat is infinite."),
        ("90.12345", "46.5", "reference_lat is [withheld]; allowed is -90 to 90 degrees."),
        ("39.5", "-180.12345", "reference_lon is [withheld]; allowed is -180 to 180 degrees."),
        ("46.512345", "39.512345", "row 1  id F-0  MA219 warning  The reference point is left "
         "out: it is more than 100 km from its point, so"),
        ("0", "0", "more than 100 km"),
    ],
)  # fmt: skip
def test_a_faulty_reference_point_leaves_its_point_in_use(
    lat: object, lon: object, words: str
) -> None:
    found = referred(ref_lat=[lat, "39.5"], ref_lon=[lon, "46.5"])
    assert len(found.frame) == 2
    assert found.sources[0].rows_dropped == 0
    np.testing.assert_array_equal(found.frame["reference_lat"], [np.nan, 39.5])
    np.testing.assert_array_equal(found.frame["reference_lon"], [np.nan, 46.5])
    (one,) = said(found, LEFT_OUT)
    assert one.startswith("supplied  row 1")
    assert words in one
    (counted,) = said(found, COUNTED)
    assert "left out: 1; with any: 2." in counted
    for digits in ("2345", "12345"):
        assert digits not in one + counted


def test_a_withheld_reference_point_is_shown_where_asked_for() -> None:
    (problem,) = [
        problem
        for problem in referred(ref_lat=["95.25", "39.5"], ref_lon=["46.5", "46.5"]).problems
        if problem.code == LEFT_OUT
    ]
    assert "reference_lat is 95.25; allowed" in problem.text(with_locations=True)
    assert (problem.row, problem.column, problem.severity) == (1, "ref_lat", "warning")


def test_a_hundred_kilometres_from_the_point() -> None:
    # A degree of latitude at the equator is 110,574.3 m (WGS 84): 0.90437 degrees are 100 km.
    found = layer(
        "supplied", Settings(crs="EPSG:4326"), lat=[0.0, 0.0], ref_lat=[0.9, 0.91], ref_lon=46.5
    )
    np.testing.assert_array_equal(found.frame["reference_lat"], [0.9, np.nan])
    near = layer(
        "supplied", Settings(crs="EPSG:4326"), lon=[179.99, -179.99], ref_lat=39.5, ref_lon=180.0
    )
    assert LEFT_OUT not in warned(near)


def test_reference_points_outside_the_area_of_the_system() -> None:
    columns = {"id": ["a"], "easting": [UTM[0]], "northing": [UTM[1]]}
    own = table("supplied", **columns, ref_x=[9.9e7], ref_y=[9.9e7])
    found = conform(own, "supplied", Settings(crs="EPSG:32638"))
    assert np.isnan(found.frame["reference_lon"]).all()
    assert "it lies outside the area of EPSG:32638" in said(found, LEFT_OUT)[0]
    beyond = table("supplied", **columns, ref_x=[1.1e8], ref_y=[4.4e6])
    (text,) = said(conform(beyond, "supplied", Settings(crs="EPSG:32638")), LEFT_OUT)
    assert "reference_x is [withheld]; allowed is -100,000,000 to 100,000,000 metres" in text


def test_metres_of_reference_points_may_not_be_told_from_thousands() -> None:
    columns = {"id": ["a"], "x": [UTM[0]], "y": [UTM[1]]}
    own = table("supplied", **columns, ref_x=["500,100"], ref_y=["4372000"])
    (text,) = said(conform(own, "supplied", Settings(crs="EPSG:32638")), LEFT_OUT)
    assert "the comma may mean decimals or thousands" in text


def test_many_faults_of_reference_points_are_counted() -> None:
    n = 250
    found = referred(n=n, ref_lat=["x"] * 150 + [""] * 100, ref_lon=["46.5"] * n)
    assert len(said(found, LEFT_OUT)) == 200
    assert "left out: 250; with any: 250." in said(found, COUNTED)[0]
    assert np.isnan(found.frame["reference_lat"]).all()


def test_rows_that_cannot_be_used_have_no_reference_point() -> None:
    found = referred(
        n=3,
        settings=Settings(crs="EPSG:4326", drop_faulty=True),
        lat=["x", "39.5", "39.5"],
        ref_lat=["x", "39.5", ""],
        ref_lon=["46.5"] * 3,
    )
    assert found.sources[0].dropped == {"MA103": 1}
    assert "left out: 1; with any: 2." in said(found, COUNTED)[0]
    assert len(said(found, LEFT_OUT)) == 1
    assert found.frame["id"].tolist() == ["F-1", "F-2"]
    np.testing.assert_array_equal(found.frame["reference_lon"], [46.5, np.nan])


def test_reference_points_of_one_of_several_files() -> None:
    one = pd.DataFrame(
        {"id": ["b"], "lat": [39.5], "lon": [46.5], "rp_lat": [39.6], "rp_lon": 46.6}
    )
    two = pd.DataFrame({"id": ["a", "c"], "lat": [39.5] * 2, "lon": [46.5] * 2})
    found = conform(as_tables([one, two], "supplied"), "supplied", Settings(crs="EPSG:4326"))
    assert found.frame["id"].tolist() == ["a", "b", "c"]
    np.testing.assert_array_equal(found.frame["reference_lat"], [np.nan, 39.6, np.nan])
    np.testing.assert_array_equal(found.frame["reference_lon"], [np.nan, 46.6, np.nan])


def test_a_reference_point_by_a_header_that_the_user_names() -> None:
    named = {"supplied.reference_lat": "Höhe Nord", "supplied.reference_lon": "Ost"}
    settings = Settings(crs="EPSG:4326", columns=named)
    found = referred(settings=settings, **{"Höhe Nord": [39.4] * 2, "Ost": [46.4] * 2})
    assert found.frame["reference_lat"].tolist() == [39.4, 39.4]
    with pytest.raises(InputError, match="no column 'Ost' for 'reference_lon'"):
        referred(settings=settings, **{"Höhe Nord": [39.4] * 2})


CELLS = st.sampled_from(
    ["39.412345", "46.412345", "", None, "x", "1e999", "-95.12345", "39,512345"]
)


@given(st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=8))
def test_every_reference_point_is_whole_or_left_out_and_said(
    cells: list[tuple[str | None, str | None]],
) -> None:
    lat, lon = zip(*cells, strict=True)
    found = referred(n=len(cells), ref_lat=list(lat), ref_lon=list(lon))
    assert len(found.frame) == len(cells)
    own = found.frame[["reference_lat", "reference_lon"]].to_numpy()
    assert (np.isnan(own[:, 0]) == np.isnan(own[:, 1])).all()
    # By the cells: whole only where the latitude is near 39.5 and the longitude near 46.5.
    good = [a in ("39.412345", "39,512345") and b == "46.412345" for a, b in cells]
    blank = [not a and not b for a, b in cells]
    assert (~np.isnan(own[:, 0])).tolist() == good
    listed = said(found, LEFT_OUT)
    assert len(listed) == len(cells) - sum(good) - sum(blank)
    assert len(said(found, COUNTED)) == bool(listed)
    assert "2345" not in "".join(listed)


# Dates


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # By hand: 12 June is day 164 of the leap year 1992; June is days 153 to 182.
        ("1992-06-12", 1992 + 163.5 / 366),
        ("1992-06-12T08:30:00+04:00", 1992 + 163.5 / 366),
        ("1992-06-12 08:30", 1992 + 163.5 / 366),
        ("1992-06", 1992 + (152 + 15) / 366),
        ("1993-12", 1993 + (334 + 15.5) / 365),
        ("9999-12", 9999 + (334 + 15.5) / 365),
        ("1992", 1992.5),
        ("1993-01-01", 1993 + 0.5 / 365),
        ("9999-12-31", 9999 + 364.5 / 365),
    ],
)
def test_dates_as_decimal_years(text: str, expected: float) -> None:
    found = decimal_years(np.array(["", text, text], dtype=object))
    np.testing.assert_allclose(found, [np.nan, expected, expected], rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    "text",
    ["", "12.06.1992", "1992-13", "1992-00", "1993-02-29", "0000", "0000-01", "92", "19920612",
     "1992-6-1", "1992-06-", "June 1992", "1992.5", "١٩٩٢", "1990-1992", " 1992"],
)  # fmt: skip
def test_texts_that_are_no_date(text: str) -> None:
    assert np.isnan(decimal_years(np.array([text], dtype=object))).all()


def test_dates_that_are_not_there() -> None:
    gaps = np.array([None, "1992", np.nan], dtype=object)
    np.testing.assert_array_equal(decimal_years(gaps), [np.nan, 1992.5, np.nan])
    assert np.isnat(iso_days(gaps)).all()
    assert decimal_years(np.array([], dtype=object)).shape == (0,)
    assert iso_days(np.array([], dtype=object)).shape == (0,)


@given(st.lists(st.dates(date(1, 1, 1), date(9998, 12, 31)), min_size=1, max_size=20))
def test_decimal_years_rise_with_the_day_and_lie_in_their_year(days: list[date]) -> None:
    days = sorted(set(days))
    texts = np.array([day.isoformat() for day in days], dtype=object)
    years = decimal_years(texts)
    assert np.floor(years).tolist() == [day.year for day in days]
    assert (np.diff(years) > 0).all()
    # Another day is 1/365 or 1/366 of a year more, across New Year as well.
    next_days = np.array([(day + timedelta(days=1)).isoformat() for day in days], dtype=object)
    step = decimal_years(next_days) - years
    assert ((step > 1 / 366 - 1e-9) & (step < 1 / 365 + 1e-9)).all()
    assert iso_days(texts).astype(object).tolist() == days
