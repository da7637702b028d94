"""Positions as people write them, through the readers, the intake and the command."""

from __future__ import annotations

import json
import math
import re

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from pyproj import Geod, Transformer
from shapely.geometry import Point

from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.intake import as_tables, conform
from mapaccuracy.io import read
from mapaccuracy.schema import Settings
from tests.notations import WRITERS, sexagesimal

GEOD = Geod(ellps="WGS84")
PLAIN = Settings()


def layer(frame, role: str = "finds", settings: Settings = PLAIN):
    frame = pd.DataFrame(frame) if isinstance(frame, dict) else frame
    return conform(as_tables(frame, role), role, settings)


def column(cells, settings: Settings = PLAIN, header: str = "position"):
    ids = [f"F{number:03d}" for number in range(len(cells))]
    return layer({"id": ids, header: list(cells)}, settings=settings)


def pairs(lats, lons, settings: Settings = PLAIN, **more):
    ids = [f"F{number:03d}" for number in range(len(lats))]
    return layer({"id": ids, "lat": list(lats), "lon": list(lons), **more}, settings=settings)


def refused(frame, settings: Settings = PLAIN) -> list:
    with pytest.raises(InputError) as caught:
        layer(frame, settings=settings)
    return caught.value.problems


def away(lon_a, lat_a, lon_b, lat_b) -> float:
    return GEOD.inv(lon_a, lat_a, lon_b, lat_b)[2]


# The letter S of a UTM zone may be the band or the hemisphere, and is refused: not 32 to 40 N.
LATS = st.floats(40.1, 47.9).map(lambda value: round(value, 6))
LONS = st.floats(42.1, 47.9).map(lambda value: round(value, 6))
PLACES = st.lists(st.tuples(LATS, LONS), min_size=1, max_size=20)


@given(PLACES, st.sampled_from(sorted(WRITERS)))
def test_every_notation_lands_within_its_resolution(places, notation: str) -> None:
    write, half_m = WRITERS[notation]
    settings = Settings(formats={"finds.position": "lat,lon"})
    found = column([write(lat, lon) for lat, lon in places], settings)
    for (lat, lon), row in zip(places, found.frame.itertuples(), strict=True):
        assert away(lon, lat, row.lon, row.lat) <= math.sqrt(2) * half_m + 0.002
    (source,) = found.sources
    assert source.notations == {notation: len(places)}
    assert 0 < source.resolution_m <= half_m


@given(PLACES)
def test_notations_mix_in_one_column_and_in_two(places) -> None:
    names = sorted(WRITERS)
    settings = Settings(formats={"finds.position": "lat,lon"})
    cells = [WRITERS[names[i % 5]][0](*place) for i, place in enumerate(places)]
    found = column(cells, settings)
    lats = [f"{lat:.6f}" if i % 2 else sexagesimal(lat, 2, 3) for i, (lat, _) in enumerate(places)]
    lons = [f"{lon:.6f}" if i % 2 else sexagesimal(lon, 2, 3) for i, (_, lon) in enumerate(places)]
    beside = pairs(lats, lons)
    for (lat, lon), one, other in zip(
        places, found.frame.itertuples(), beside.frame.itertuples(), strict=True
    ):
        assert away(lon, lat, one.lon, one.lat) < 0.75
        assert away(lon, lat, other.lon, other.lat) < 0.25
    n = len(places)
    assert beside.sources[0].notations == {"dms": (n + 1) // 2} | ({"dd": n // 2} if n > 1 else {})


@pytest.mark.parametrize(
    ("lat", "lon", "notation", "expected"),
    [
        ("39°59'24\"N", "46°55'48\"E", "dms", (39.99, 46.93)),
        ("39 59 24", "46 55 48", "dms", (39.99, 46.93)),
        ("N33 30.258", "E044 15.5", "ddm", (33.5043, 44.258333333)),
        ("39,99", "46,93", None, (39.99, 46.93)),
        ("٣٣٫٥", "٤٤٫٢", "dd", (33.5, 44.2)),
        ("３３．５", "４４．２", "dd", (33.5, 44.2)),
        ("39°59,4′ с.ш.", "46°55,8′ в.д.", "ddm", (39.99, 46.93)),
        ("33d30m15s", "44d12m", "dms+ddm", (33.504166667, 44.2)),
        ("39.5°", "46.5°", "dd", (39.5, 46.5)),
        ("33 30 15 S", "44 12 0 W", "dms", (-33.504166667, -44.2)),
    ],
)
def test_columns_of_coordinates(lat: str, lon: str, notation, expected) -> None:
    found = pairs([lat, "40.1"], [lon, "45.1"])
    assert found.frame["lat"][0] == pytest.approx(expected[0], abs=1e-8)
    assert found.frame["lon"][0] == pytest.approx(expected[1], abs=1e-8)
    counted = {} if notation is None else {notation: 1, "dd": 1}
    assert found.sources[0].notations == ({"dd": 2} if notation == "dd" else counted)


@pytest.mark.parametrize(
    ("lat", "lon", "code", "words"),
    [
        ("39°61'24\"N", "46°55'48\"E", "MA211", "minutes of 60 or more"),
        ("39°59'60\"N", "46°55'48\"E", "MA211", "seconds of 60 or more"),
        ("39.99N", "46.93", "MA221", "Only one of the two coordinates has a letter"),
        ("-33.5N", "44.2E", "MA221", "both a sign and the letter N"),
        ("91.5 N", "44.2 E", "MA221", "beyond 90"),
        ("39.99N; 46.93E", "46.93", "MA221", "more than one line"),
        ("46°55'48\"E", "39°59'24\"N", "MA225", "in each other's column"),
        ("46 55 48 в.д.", "39 59 24 с.ш.", "MA225", "in each other's column"),
        ("46.9Ｅ", "39.9Ｎ", "MA225", "in each other's column"),
        ("near 39.99", "46.93", "MA103", "is not a number"),
    ],
)
def test_refused_coordinates_keep_their_position(lat, lon, code, words) -> None:
    (problem,) = refused({"id": ["F1", "F2"], "lat": [lat, "40.1"], "lon": [lon, "45.1"]})
    assert (problem.code, problem.row, problem.id) == (code, 1, "F1")
    assert words in problem.text()
    shown = problem.text(with_locations=True)
    # The fix is the same whatever is in the file.
    hidden = problem.message()
    assert not set(re.findall(r"\d+[.,]\d+|\d+°\d+|\d+ \d+ \d+", f"{lat} {lon}")) & set(
        re.findall(r"\d+[.,]\d+|\d+°\d+|\d+ \d+ \d+", hidden)
    )
    assert lat in shown


def test_a_cell_beside_a_blank_one_is_no_fault_of_its_own() -> None:
    (problem,) = refused({"id": ["F1"], "lat": ["39°59'24\"N"], "lon": [""]})
    assert problem.code == "MA307"
    codes = [one.code for one in refused({"id": ["F1"], "lat": ["nowhere"], "lon": [""]})]
    assert codes == ["MA103", "MA307"]


def test_refused_rows_are_dropped_and_counted() -> None:
    cells = ["38SPK64772843", "38SPK6477284", "38IPK64772843", "39°61'N 46°E", "45.37 41.09", ""]
    found = column(cells, Settings(drop_faulty=True))
    assert found.frame["id"].tolist() == ["F000"]
    (source,) = found.sources
    assert source.dropped == {"MA211": 1, "MA212": 2, "MA221": 1, "MA307": 1}
    assert (source.rows_read, source.rows_used) == (6, 1)
    assert source.notations == {"mgrs": 1}


# Zone 38 begins its columns with J, and as an even zone its rows with F. The centre of a square of
# 10 m is 5 m from its corner; easting and northing of UTM 38N.
TRAPS = {
    "38SPK64772843": (664_775, 4_428_435),  # 39.99 N, the town of Aghdam
    "38TPK65553126": (665_555, 4_431_265),  # 40.01 N, some 3 km on, in the next band
    "38SNJ99999500": (599_995, 4_395_005),  # west of 46.17 E
    "38SPJ00009500": (600_005, 4_395_005),  # 10 m to the east: the next column letter
}


@pytest.mark.parametrize("header", ["MGRS", "user_entered_mgrs", "Grid reference", "Координаты"])
def test_grid_references_at_the_borders_of_bands_and_columns(header: str) -> None:
    found = column(list(TRAPS), header=header)
    east, north = zip(*TRAPS.values(), strict=True)
    lon, lat = Transformer.from_crs(32638, 4326, always_xy=True).transform(east, north)
    np.testing.assert_allclose(found.frame["lat"], lat, atol=1e-9)
    np.testing.assert_allclose(found.frame["lon"], lon, atol=1e-9)
    assert (lat[0] < 40 < lat[1], round(lon[2], 2), round(lon[3], 2)) == (True, 46.17, 46.17)
    assert away(lon[2], lat[2], lon[3], lat[3]) == pytest.approx(10, abs=0.01)
    assert found.sources[0].resolution_m == 5
    assert "MA201" not in [problem.code for problem in found.problems]  # it is WGS 84 by itself


@pytest.mark.parametrize("text", ["38TPK64772843", "38SPK65553226", "38SPJ5000060000000"])
def test_grid_references_in_the_wrong_band_are_refused(text: str) -> None:
    (problem,) = refused({"id": ["F1"], "mgrs": [text]})
    assert problem.code == "MA212"
    assert text not in problem.text()


def test_large_squares_are_counted() -> None:
    found = column(["38SPK6428", "38SPK64772843", "38SPK647284", "38SPK6529"])
    (told,) = [problem for problem in found.problems if problem.code == "MA213"]
    assert told.values == {"n": "3", "squares": "100 m: 1, 1,000 m: 2"}
    assert found.sources[0].resolution_m == 500


def test_gazakh_swapped_is_asked_and_not_guessed() -> None:
    table = {"id": ["F1"], "coordinates": ["45.37 41.09"]}
    (problem,) = refused(table)
    assert problem.code == "MA221"
    assert "45.37" not in problem.text()
    assert 'order = "lat,lon"' in problem.fix()
    assert "45.3700 41.0900 or 41.0900 45.3700" in problem.text(with_locations=True)
    for order, expected in (("lon,lat", (41.09, 45.37)), ("lat,lon", (45.37, 41.09))):
        found = layer(table, settings=Settings(formats={"finds.position": order})).frame
        assert (found["lat"][0], found["lon"][0]) == expected
    written = {"id": ["F1"], "coordinates": ["45.37 E 41.09 N"]}
    assert layer(written).frame["lat"][0] == 41.09
    # In columns the header says which is which, right or wrong: nothing is exchanged.
    assert pairs([45.37], [41.09]).frame["lat"][0] == 45.37


def test_metres_in_one_cell() -> None:
    east, north = Transformer.from_crs(4284, 28408, always_xy=True).transform(46.93, 39.99)
    settings = Settings(finds_crs="EPSG:28408")
    texts = [f"{east:.1f} {north:.1f}", f"X={north:.1f} Y={east:.1f}"]
    found = column(texts, settings)
    beside = layer({"id": ["F1"], "easting": [east], "northing": [north]}, settings=settings)
    for row in found.frame.itertuples():
        assert away(row.lon, row.lat, beside.frame["lon"][0], beside.frame["lat"][0]) < 0.1
    assert found.sources[0].notations == {"metres": 2}
    assert found.sources[0].operation_accuracy_m == 4.5
    # The zone of the easting contradicts the system.
    (problem,) = refused({"id": ["F1"], "coordinates": ["7664770 4430000"]}, settings)
    assert problem.code == "MA221"


def test_a_grid_reference_is_wgs84_whatever_is_given() -> None:
    for crs in ("EPSG:4284", "EPSG:28408"):
        (problem,) = refused({"id": ["F1"], "mgrs": ["38SPK64772843"]}, Settings(finds_crs=crs))
        assert "in WGS 84 and not in" in problem.text()


def test_local_metres_have_no_place_on_earth() -> None:
    with pytest.raises(SettingsError, match="local"):
        layer({"id": ["F1"], "mgrs": ["38SPK64772843"]}, settings=Settings(crs="local"))


# Which of the columns decides


def two_ways(shift_m: float = 0.0, corner: bool = False) -> dict:
    """40 points with what was typed, and latitude and longitude as a program has converted them."""
    east = 664_000.0 + 12.3 * np.arange(40)
    north = 4_428_000.0 + 7.1 * np.arange(40)
    codes = [
        f"38SPK{int(e % 1e5) // 10:04d}{int(n % 1e5) // 10:04d}"
        for e, n in zip(east, north, strict=True)
    ]
    if corner:
        east, north = east // 10 * 10, north // 10 * 10
    lon, lat = Transformer.from_crs(32638, 4326, always_xy=True).transform(east + shift_m, north)
    ids = [f"F{number:03d}" for number in range(40)]
    table = {"id": ids, "latitude": lat, "longitude": lon, "user_entered_mgrs": codes}
    return {**table, "latitude": np.round(lat, 7), "longitude": np.round(lon, 7)}


@pytest.mark.parametrize("corner", [False, True])
def test_typed_and_converted_positions_that_agree(corner: bool) -> None:
    table = two_ways(corner=corner)
    found = layer(table)
    np.testing.assert_array_equal(found.frame["lat"], table["latitude"])
    codes = [problem.code for problem in found.problems]
    assert "MA222" not in codes
    (told,) = [problem for problem in found.problems if problem.code == "MA223"]
    assert "'latitude' and 'longitude'" in told.text()
    assert found.sources[0].notations == {}


def test_typed_and_converted_positions_that_differ() -> None:
    table = two_ways(shift_m=102.0)
    table["user_entered_mgrs"] = [*table["user_entered_mgrs"][:30], *["?"] * 10]
    (told,) = [one for one in layer(table).problems if one.code == "MA222"]
    assert (told.values["n"], told.values["total"]) == ("30", "30")
    assert told.positions == frozenset()
    assert not re.search(r"\d\.\d|102", told.text(with_locations=True))


def test_a_layer_keeps_its_geometry_beside_what_was_typed() -> None:
    table = pd.DataFrame(two_ways(shift_m=50.0))
    points = [Point(*place) for place in zip(table["longitude"], table["latitude"], strict=True)]
    frame = gpd.GeoDataFrame(table[["id", "user_entered_mgrs"]], geometry=points, crs=4326)
    (told,) = [one for one in layer(frame).problems if one.code == "MA222"]
    assert "the geometry" in told.text()
    assert told.values["n"] == "40"


def test_another_column_of_that_name_is_no_position() -> None:
    frame = {"id": ["F1", "F2"], "lat": [39.5, 39.6], "lon": [46.5, 46.6], "position": [1, 2]}
    codes = [problem.code for problem in layer(frame).problems]
    assert not {"MA222", "MA223"} & set(codes)


def test_text_decides_over_metres_of_an_unknown_system() -> None:
    table = {"id": ["F1"], "user_entered_x": [64770], "user_entered_y": [28430]}
    found = layer({**table, "user_entered_mgrs": ["38SPK64772843"]})
    assert found.frame["lat"][0] == pytest.approx(39.99003, abs=1e-5)
    with pytest.raises(SettingsError, match="no coordinate system"):
        layer(table)


# What is known of the error


def test_accuracy_is_put_together_by_its_formula() -> None:
    settings = Settings(finds_crs="EPSG:28408")
    east, north = Transformer.from_crs(4284, 28408, always_xy=True).transform(46.93, 39.99)
    table = {"id": ["F1", "F2"], "easting": [f"{east:.0f}"] * 2, "northing": [f"{north:.0f}"] * 2}
    found = layer({**table, "accuracy": [3, None]}, settings=settings).frame
    by_hand = [math.sqrt(9 + 0.5**2 / 3 * 2 + 4.5**2), math.sqrt(0.5**2 / 3 * 2 + 4.5**2)]
    np.testing.assert_allclose(found["accuracy_m"], by_hand)
    np.testing.assert_array_equal(found["stated_accuracy_m"], [3, np.nan])


def test_rounding_to_a_square_errs_by_the_root_of_two_thirds() -> None:
    rng = np.random.default_rng(7)
    inside = rng.uniform(-5, 5, (200_000, 2))
    brute_force = math.sqrt((inside**2).sum(axis=1).mean())
    found = column(["38SPK64772843"]).frame
    assert found["accuracy_m"][0] == pytest.approx(brute_force, rel=0.01)


@pytest.mark.parametrize(
    ("lats", "lons", "decimals"),
    [
        ([39.5, 39.61, 39.624], [46.5, 46.6, 46.501], 3),
        (["39.500", "39.610", "39.620"], ["46.500", "46.600", "46.600"], 3),  # zeros count
        ([39.5, 39.61, 39.62], [46.52, 46.6, 46.5], 2),
        ([39, 40, 41], [46, 45, 44], 0),
    ],
)
def test_resolution_of_plain_numbers(lats, lons, decimals: int) -> None:
    (source,) = pairs(lats, lons).sources
    # The place of latitude is the longer one on the ground: 110.9 to 111.1 km a degree here.
    assert source.resolution_m / 0.5 * 10**decimals == pytest.approx(111_030, abs=70)
    assert source.notations == {}


def test_one_row_in_twenty_may_be_finer_or_coarser() -> None:
    rows = 100
    lats = [f"{39.5 + i / 1000:.3f}" for i in range(rows)]
    lons = [f"{46.5 + i / 1000:.3f}" for i in range(rows)]
    for bad, expected in ((5, 55.5), (6, 555)):
        coarse = [f"{float(t):.2f}" if i < bad else t for i, t in enumerate(lats)]
        assert pairs(coarse, lons).sources[0].resolution_m == pytest.approx(expected, rel=0.01)
    # As numbers, zeros at the end are lost, so single rows do not tell.
    numbers = pairs([float(t) for t in lats], [float(t) for t in lons])
    assert numbers.sources[0].resolution_m == pytest.approx(55.5, rel=0.01)


def test_numbers_that_come_out_of_a_computation_do_not_tell() -> None:
    lat, lon = 39 + np.arange(1, 9) / 7, 46 + np.arange(1, 9) / 7
    found = pairs(lat, lon)
    assert found.sources[0].resolution_m is None
    assert "accuracy_m" not in found.frame
    points = gpd.GeoDataFrame(
        {"id": list("abcdefgh")}, geometry=gpd.points_from_xy(lon, lat), crs=4326
    )
    assert layer(points).sources[0].resolution_m is None
    rounded = gpd.points_from_xy(lon.round(4), lat.round(4))
    points = gpd.GeoDataFrame({"id": list("abcdefgh")}, geometry=rounded, crs=4326)
    assert layer(points).sources[0].resolution_m == pytest.approx(5.55, rel=0.01)


@given(st.permutations(range(12)))
def test_the_order_of_rows_does_not_matter(order) -> None:
    lats = ["39.5", "39.51", "39.512", "39°30'", "39°30'12\"", "39.5123"] * 2
    lons = ["46.5", "46.51", "46.512", "46°30'", "46°30'12\"", "46.5123"] * 2
    frame = pd.DataFrame({"id": [f"F{i:02d}" for i in range(12)], "lat": lats, "lon": lons})
    one, other = layer(frame), layer(frame.iloc[list(order)])
    for name in ("lat", "lon", "accuracy_m"):
        np.testing.assert_array_equal(one.frame[name], other.frame[name])
    assert one.sources[0].resolution_m == other.sources[0].resolution_m
    assert one.sources[0].notations == other.sources[0].notations


CHARACTERS = st.sampled_from(
    [*"0123456789.,;:°'\"+-−/ NSEWСЮВЗPKTdms", "٣", "٫", "３", "\u200e", "\n"]
)


@given(st.lists(st.text(CHARACTERS, max_size=30), min_size=1, max_size=8), st.booleans())
def test_whatever_is_written_is_used_or_counted(texts, two: bool) -> None:
    """No text crashes the intake, no row vanishes, and none of its digits are in a message."""
    n = len(texts)
    cells = {"lat": texts, "lon": texts[::-1]} if two else {"position": texts}
    frame = {"id": ["good", *[f"x{'abcdefgh'[i]}" for i in range(n)]]}
    frame |= {
        name: [{"lat": "39.12345678", "lon": "46.1"}.get(name, "39.12345678 N 46.1 E"), *column]
        for name, column in cells.items()
    }
    found = layer(frame, settings=Settings(drop_faulty=True))
    (source,) = found.sources
    assert source.rows_read == n + 1 == source.rows_used + sum(source.dropped.values())
    assert sum(source.notations.values()) in (0, source.rows_used)
    assert np.isfinite(found.frame[["lat", "lon"]].to_numpy()).all()
    assert (found.frame["accuracy_m"] > 0).all()
    said = " ".join(problem.message() for problem in found.problems)
    longest = max(
        (run for text in texts for run in re.findall(r"\d{5,}", text)), key=len, default=""
    )
    assert not longest or longest not in said


def test_reference_points_are_read_by_the_same_grammar() -> None:
    frame = {
        "id": ["S1", "S2", "S3"],
        "lat": [39.99, 39.99, 39.99],
        "lon": [46.93, 46.93, 46.93],
        "reference_lat": ["39°59'24\"", "39,991", "39°61'"],
        "reference_lon": ["46°55'48\"", "46,931", "46°55'"],
    }
    found = layer(frame, role="supplied")
    np.testing.assert_allclose(found.frame["reference_lat"], [39.99, 39.991, np.nan])
    np.testing.assert_allclose(found.frame["reference_lon"], [46.93, 46.931, np.nan])
    assert "MA219" in [problem.code for problem in found.problems]


# Through the readers and the command


CELLS = ["38SPK64772843", "39°59'24\"N 46°55'48\"E", "N39 59.42 E046 55.83", "39.9904 N 46.9311 E"]


def workbook(path, header: str) -> None:
    book = Workbook()
    sheet = book.active
    sheet.title = "Finds"
    for line in (["SYNTHETIC"], [], ["Find No", header, "Type"]):
        sheet.append(line)
    for number, cell in enumerate(CELLS):
        sheet.append([f"F{number}", cell, "AP"])
    book.save(path)


@pytest.mark.parametrize("ending", ["csv", "semicolon", "xlsx"])
@pytest.mark.parametrize("header", ["MGRS", "GPS coordinates", "Koordinatlar", "الإحداثيات"])
def test_readers_find_the_header_and_keep_the_text(tmp_path, ending: str, header: str) -> None:
    path = tmp_path / ("f.xlsx" if ending == "xlsx" else "f.csv")
    if ending == "xlsx":
        workbook(path, header)
    else:
        mark = ";" if ending == "semicolon" else ","
        quoted = ['"' + cell.replace('"', '""') + '"' for cell in CELLS]
        lines = ["SYNTHETIC", mark.join(("Find No", header, "Remark"))]
        lines += [mark.join((f"F{number}", cell, "x")) for number, cell in enumerate(quoted)]
        path.write_text("\n".join(lines), "utf-8")
    settings = {"finds.id": "Find No"}
    tables = read(path, "finds", columns=settings)
    found = conform(tables, "finds", Settings(columns=settings))
    np.testing.assert_allclose(found.frame["lat"], [39.99, 39.99, 39.99033, 39.9904], atol=1e-4)
    assert found.sources[0].notations == {"dd": 1, "ddm": 1, "dms": 1, "mgrs": 1}
    assert found.sources[0].rows_used == 4


def test_the_command_names_the_cell_and_not_the_position(tmp_path, run, result_schema) -> None:
    workbook(tmp_path / "f.xlsx", "MGRS")
    supplied = tmp_path / "s.csv"
    supplied.write_text("id,mgrs\nS1,38SPK64772843\nS2,38SPK6123284\nS3,45.37 41.09\n")
    args = ("evaluate", str(supplied), str(tmp_path / "f.xlsx"), "--columns", "finds.id=Find No")
    done = run(*args, "--assume-searched")
    assert done.code == 3
    assert "row 3, column mgrs  id S2  MA212" in done.err
    assert "row 4, column mgrs  id S3  MA221" in done.err
    assert "45.37" not in done.err
    assert "6123" not in done.err
    assert "41.0900 45.3700" in run(*args, "--assume-searched", "--with-locations").err
    done = run(*args, "--assume-searched", "--drop-faulty", "--format", "json")
    assert done.code == 0, done.err
    document = json.loads(done.out)
    result_schema.validate(document)
    source = next(one for one in document["sources"] if one["role"] == "supplied")
    assert source["dropped"] == {"MA212": 1, "MA221": 1}
    assert document["overall"]["confirmed"] == 1


@pytest.mark.parametrize(("tolerance", "told"), [("40", True), ("60", False)])
def test_a_tolerance_below_the_accuracy_is_noted(tmp_path, run, tolerance: str, told) -> None:
    supplied, finds = tmp_path / "s.csv", tmp_path / "f.csv"
    lats, lons = 39.98 + np.arange(30) / 1000, 46.92 + np.arange(30) / 1000
    rows = [f"{i},{lat:.3f},{lon:.3f}" for i, (lat, lon) in enumerate(zip(lats, lons, strict=True))]
    supplied.write_text("id,lat,lon\n" + "\n".join(rows) + "\n")
    finds.write_text("id,lat,lon\nF1,39.990012,46.930034\n")
    args = ("evaluate", str(supplied), str(finds), "--assume-searched", "--tolerance", tolerance)
    document = json.loads(run(*args, "--format", "json").out)
    messages = [note["message"] for note in document["notes"] if note["code"] == "MA226"]
    assert len(messages) == told
    if told:
        # 0.0005 degrees of latitude are 55.5 m; rounding errs by sqrt(2/3) of it.
        assert "Rows of supplied" in messages[0]
        assert "45 m at best" in messages[0]
        assert ": 30; rows in all: 30." in messages[0]


def test_coords_says_what_it_did_not_do(tmp_path, run) -> None:
    done = run("coords", "--column", "mgrs", str(tmp_path / "none.csv"))
    assert done.code == 3
    assert "No position was read." in done.err
    assert "evaluated" not in done.err


def test_nothing_is_said_to_be_withheld_where_there_is_no_reading(tmp_path):
    path = tmp_path / "finds.csv"
    path.write_text("id,position\nF-1,33d30m15s\n", "utf-8")
    with pytest.raises(InputError) as caught:
        conform(read(path, "finds"), "finds", Settings())
    (problem,) = caught.value.problems
    assert "a position needs a latitude and a longitude. Fix:" in problem.text()
    assert "33d30m15s" not in problem.text()


# --- zeros that a program left out --------------------------------------------------------------


def without_zeros(values) -> list[str]:
    """As programs write numbers to text: 46.930000 is 46.93."""
    return [f"{value:.6f}".rstrip("0") for value in values]


def test_zeros_that_a_program_left_out_are_no_coarse_positions() -> None:
    # One of ten numbers ends in a zero; where of hundreds none does, a program left them out.
    rng = np.random.default_rng(8)
    lat, lon = 39 + rng.random(400), 46 + rng.random(400)
    ids = [f"F{i}" for i in range(400)]
    typed = pd.DataFrame(
        {"id": ids, "lat": [f"{v:.6f}" for v in lat], "lon": [f"{v:.6f}" for v in lon]}
    )
    stripped = typed.assign(lat=without_zeros(lat), lon=without_zeros(lon))
    layers = [
        conform(as_tables(frame, "finds"), "finds", Settings(crs="EPSG:4326"))
        for frame in (typed, stripped)
    ]
    fine, same = (layer.sources[0].resolution_m for layer in layers)
    assert fine == pytest.approx(0.5e-6 * 111_000, rel=0.01)
    assert same == pytest.approx(fine, rel=0.01)
    assert layers[1].frame["accuracy_m"].max() < 0.05


def test_what_people_typed_with_few_decimals_stays_coarse() -> None:
    # Of a handful of cells nobody can tell; and where zeros stand, they were written.
    few = pd.DataFrame({"id": ["F1", "F2"], "lat": ["39.9", "39.985"], "lon": ["46.9", "46.931"]})
    rng = np.random.default_rng(9)
    fine = [f"{39 + value:.3f}" for value in rng.random(400)]
    mixed = pd.DataFrame(
        {"id": [f"F{i + 1}" for i in range(401)], "lat": ["39.9", *fine], "lon": ["46.9", *fine]}
    )
    assert any(text.endswith("0") for text in fine)
    for frame in (few, mixed):
        layer = conform(as_tables(frame, "finds"), "finds", Settings(crs="EPSG:4326"))
        accuracy = layer.frame.set_index("id")["accuracy_m"]
        assert accuracy["F1"] == pytest.approx(0.05 * 111_000 * (2 / 3) ** 0.5, rel=0.01)
