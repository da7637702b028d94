"""Positions as people write them. Expected values are worked out by hand or by PROJ."""

from __future__ import annotations

import math
import random
import string

import numpy as np
import pyproj
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mapaccuracy.coordinates.positions import read_cells, read_position, read_positions
from mapaccuracy.errors import SettingsError

GEOD = pyproj.Geod(ellps="WGS84")
METRES_A_DEGREE = 111_700  # more than a degree has anywhere


def at(text, **options):
    """Latitude, longitude and notation of a text that must be read."""
    reading = read_position(text, **options)
    assert reading.error is None, reading.error
    assert reading.readings == ()
    found = reading.position
    return pytest.approx((found.lat, found.lon), abs=1e-9), found.notation


def refused(text, **options):
    """What a text that must be refused could mean."""
    reading = read_position(text, **options)
    assert reading.position is None
    assert reading.error
    return [(round(one.lat, 6), round(one.lon, 6)) for one in reading.readings]


LAT, LON = 33 + 30 / 60 + 15 / 3600, 44 + 15 / 60 + 30 / 3600


@pytest.mark.parametrize(
    ("text", "lat", "lon", "notation"),
    [
        ("33.5 N 44.2 E", 33.5, 44.2, "dd"),
        ("N33.5 E44.2", 33.5, 44.2, "dd"),
        ("33.5n, 44.2w", 33.5, -44.2, "dd"),
        ("E 44.2; S 33.5", -33.5, 44.2, "dd"),
        ("33,5 N 44,2 E", 33.5, 44.2, "dd"),
        ("33,5N,44,2E", 33.5, 44.2, "dd"),
        ("(33.5° N, 44.2° E)", 33.5, 44.2, "dd"),
        ("33.5 144.2", 33.5, 144.2, "dd"),
        ("144.2, -33.5", -33.5, 144.2, "dd"),
        ("38°N 44°E", 38, 44, "dd"),
        ("N33 30.258 E044 15.5", 33.5043, 44 + 15.5 / 60, "ddm"),
        ("33°30,258′N 44°15,5′E", 33.5043, 44 + 15.5 / 60, "ddm"),
        ("33:30.258 N 44:15.5 E", 33.5043, 44 + 15.5 / 60, "ddm"),
        ("33d30m15s N 44d15m30s E", LAT, LON, "dms"),
        ("33d30m15sN 44d15m30sE", LAT, LON, "dms"),
        ("33 deg 30 min 15 sec N 44 deg 15 min 30 sec E", LAT, LON, "dms"),
        ("33°30′15″S 44°15′30″W", -LAT, -LON, "dms"),
        ("33º30'15''N 44º15'30''E", LAT, LON, "dms"),
        ("33˚30’15”N, 44˚15’30”E", LAT, LON, "dms"),
        ("33 30 15 N 44 15 30 E", LAT, LON, "dms"),
        ("33:30:15N 44:15:30E", LAT, LON, "dms"),
        ("С33°30'15'' В44°15'30''", LAT, LON, "dms"),
        ("33°30'15'' с.ш. 44°15'30'' в.д.", LAT, LON, "dms"),
        ("33°30'15'' ю. ш., 44°15'30'' з. д.", -LAT, -LON, "dms"),
        ("33,5 ю.ш. 44,2 з.д.", -33.5, -44.2, "dd"),
        ("33.5 Ю 44.2 З", -33.5, -44.2, "dd"),
        ("٣٣٫٥ N ٤٤٫٢ E", 33.5, 44.2, "dd"),
        ("۳۳٫۵ N ۴۴٫۲ E", 33.5, 44.2, "dd"),
        ("３３．５Ｎ　４４．２Ｅ", 33.5, 44.2, "dd"),
        ("\u200e33.5 N\u200f 44.2\u00a0E", 33.5, 44.2, "dd"),
        ("33.5 N 44°12'E", 33.5, 44.2, "dd+ddm"),
        ("0°30'S 0 E", -0.5, 0, "ddm+dd"),
        ("90 N 180 W", 90, -180, "dd"),
        ("33.5 33.5", 33.5, 33.5, "dd"),
    ],
)
def test_read_without_an_order(text, lat, lon, notation):
    assert at(text) == ((lat, lon), notation)


@pytest.mark.parametrize(
    ("text", "lat", "lon"),
    [
        ("33.5 44.2", 33.5, 44.2),
        ("33,5 44,2", 33.5, 44.2),
        ("33,5, 44,2", 33.5, 44.2),
        ("33.5,44.2", 33.5, 44.2),
        ("33,5;44,2", 33.5, 44.2),
        ("33.5\t44.2", 33.5, 44.2),
        ("−33.5 -44.2", -33.5, -44.2),
        ("+33.5, –44.2", 33.5, -44.2),
        ("-0.5 -.25", -0.5, -0.25),
        ("-0 30 0; 44 15 30", -0.5, LON),
        ("٣٣٫٥ ٤٤٫٢", 33.5, 44.2),
        ("33 30.258 44 15.5", 33.5043, 44 + 15.5 / 60),
        ("33 30 15 44 15 30", LAT, LON),
        ("33° 30' 44° 15'", 33.5, 44.25),
        ("33, 44", 33, 44),
    ],
)
def test_numbers_without_letters_need_an_order(text, lat, lon):
    assert at(text, order="lat,lon")[0] == (lat, lon)
    assert at(text, order="lon,lat")[0] == (lon, lat)
    found = {(round(lat, 6), round(lon, 6)), (round(lon, 6), round(lat, 6))}
    assert set(refused(text)) == found


def test_gazakh_swapped_is_plausible_land_and_refused():
    # 41.09 N 45.37 E lies in Gazakh; swapped it is land as well, so that no box would tell.
    assert refused("45.37 41.09") == [(45.37, 41.09), (41.09, 45.37)]
    assert at("45.37 41.09", order="lon,lat")[0] == (41.09, 45.37)
    assert at("45.37 E 41.09 N")[0] == (41.09, 45.37)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("33d30m15s", "one coordinate only, 33.50416667 degrees"),
        ("٣٣٫٥", "one coordinate only, 33.5 degrees"),
        ("91.0", "one coordinate"),
        ("91.0 N 44.0 E", "beyond 90"),
        ("33 N 180.1 E", "180"),
        ("90°00'00.1\"N 44°E", "beyond 90"),
        ("91 92", "beyond|more than one way"),
        ("91.5 92.5", "beyond"),
        ("-33.5N", "both a sign and the letter N"),
        ("-33.5N 44.2E", "both a sign and the letter N"),
        ("33°60'N 44°15'E", "minutes of 60"),
        ("33°30'60\"N 44°15'0\"E", "seconds of 60"),
        ("33.5N 44.2N", "Both coordinates are a latitude"),
        ("33.5N 44.2", "Only one"),
        ("33.5°30'N 44°E", "no position"),
        ("33°30\"N 44°15'E", "no position"),
        ("33d30m15S 44d15m30E", "seconds or a direction"),
        ("33.5-44.2", "plus or minus"),
        ("33-30-15N 44-15-30E", "plus or minus"),
        ("33.5 N 44.2 Е", "Cyrillic"),
        ("38SМВ4488", "Cyrillic"),
        ("33.504.2 44.2", "no position"),
        ("33. 44.", "point"),
        # 33.5 with an old way to write the sign, or with a blank too many; not 33 degrees 0.5'.
        ("33°.5 N 44°.25 E", "begins with a point"),
        ("33 .5N 44 .25E", "begins with a point"),
        ("33°30'.5 N 44°15' E", "begins with a point"),
        ("4.6E+01 3.3E+01", "plus or minus|no position"),
        ("POINT(44.2 33.5)", "letters"),
        ("33.5 N 44.2 E 120", "no position"),
        ("3330N 04415E", "more than 180"),
        ("500000 4430000", "--crs"),
        ("33.5 ſ 44.2 E", "ſ"),
        ("33\u200b5 N 44.2 E", "invisible"),
        ("\u202e33.5 N 44.2 E", "not seen"),
        ("३३.५ N ४४.२ E", "Digits of this script"),
        ("", "blank"),
        ("()", "no position"),
        ("\t", "blank|no position"),
        ("9" * 1000, "longer"),
    ],
)
def test_refused_with_the_reason(text, word):
    error = read_position(text).error
    assert error is not None
    assert any(part in error for part in word.split("|")), error


@pytest.mark.parametrize(
    ("text", "readings"),
    [
        # One number with a decimal comma, or two.
        ("33,44", {(33, 44), (44, 33)}),
        ("33,5 44", {(33.5, 44), (44, 33.5), (33, 5.733333), (5.733333, 33)}),
        # One coordinate of degrees and minutes, or two of whole degrees.
        ("33 44", {(33, 44), (44, 33)}),
        # 33 and 30'44'15, 33 30 and 44 15, or 33 30 44 and 15.
        (
            "33 30 44 15",
            {
                (33, 30.7375),
                (30.7375, 33),
                (33.5, 44.25),
                (44.25, 33.5),
                (33.512222, 15),
                (15, 33.512222),
            },
        ),
    ],
)
@pytest.mark.parametrize("order", [None, "lat,lon"])
def test_ambiguous_texts_list_what_they_could_mean(text, readings, order):
    assert set(refused(text, order=order)) == readings


def test_a_missing_letter_is_not_filled_in():
    assert set(refused("33.5N; 44.2")) == {(33.5, 44.2), (33.5, -44.2)}
    assert refused("33.5N; -44.2") == [(33.5, -44.2)]


def test_order_that_does_not_fit_is_told():
    assert refused("144.2 33.5", order="lat,lon") == [(33.5, 144.2)]


@pytest.mark.parametrize(
    ("text", "metres"),
    [
        # Half a step of latitude; a degree of latitude at the equator is 110,574.3 m, of longitude
        # 111,319.5 m, which is the larger one there.
        ("0.0 N 0.0 E", 0.05 * 111_319.49),
        ("0.0000 N 0.00000 E", 0.00005 * 110_574.28 * 1.0),
        ("0°0'0\"N 0°0'0\"E", 0.5 / 3600 * 111_319.49),
        ("0°0.00'N 0°0.00'E", 0.005 / 60 * 111_319.49),
        # At 60 degrees north: latitude 111,412.2 m, longitude 55,800.0 m.
        ("60.00 N 10.00 E", 0.005 * 111_412.24),
        ("60.0000 N 10.00 E", 0.005 * 55_799.98),
        ("38SPK64772843", 5.0),
        ("38SMB44840889", 5.0),
        ("33TWN", 50_000.0),
        ("38T 664770 4430000", 0.5),
        ("38T 664770.25 4430000.1", 0.05),
    ],
)
def test_resolution_is_half_of_the_last_digit(text, metres):
    assert read_position(text).position.resolution_m == pytest.approx(metres, rel=1e-6)


# MGRS letters by the rules of DMA TM 8358.1: columns in sets of zones, rows from A or F.
COLUMNS = ("ABCDEFGH", "JKLMNPQR", "STUVWXYZ")
ROWS = "ABCDEFGHJKLMNPQRSTUV"
BANDS = "CDEFGHJKLMNPQRSTUVWX"


def mgrs_of(lat, lon, digits=5):
    """Write MGRS by PROJ's UTM and the rules of letters; not for Norway and Svalbard."""
    zone = min(int((lon + 180) // 6) + 1, 60)
    code = (32600 if lat >= 0 else 32700) + zone
    east, north = pyproj.Transformer.from_crs(4326, code, always_xy=True).transform(lon, lat)
    column = COLUMNS[(zone - 1) % 3][int(east // 100_000) - 1]
    row = ROWS[(int(north // 100_000) + (0 if zone % 2 else 5)) % 20]
    band = BANDS[min(int((lat + 80) // 8), 19)]
    places = [f"{int(value % 100_000):05d}"[:digits] for value in (east, north)]
    return f"{zone}{band}{column}{row}{''.join(places)}"


def test_letters_of_the_oracle_are_those_published():
    # domain facts: 39.99 N 46.93 E is 38SPK64772843. The Washington Monument, 38.8895 N
    # 77.0352 W, is 18SUJ2348306479 in the standard of the US National Grid (FGDC-STD-011-2001).
    assert mgrs_of(39.99, 46.93, 4) == "38SPK64772843"
    assert mgrs_of(38.889483, -77.035244)[:5] == "18SUJ"


@pytest.mark.parametrize("lon", [46.1, 46.16, 46.165, 46.17, 46.18, 46.93])
@pytest.mark.parametrize("lat", [39.09, 39.9995, 40.0005, 40.01])
@pytest.mark.parametrize("digits", [2, 3, 4, 5])
def test_mgrs_at_the_band_line_and_where_the_column_letter_changes(lat, lon, digits):
    text = mgrs_of(lat, lon, digits)
    assert text[2] == ("S" if lat < 40 else "T")
    found = read_position(text).position
    half = 0.5 * 10 ** (5 - digits)
    assert found.resolution_m == half
    # At most from the corner of a square to its centre; the grid's scale is within 0.1 per cent.
    distance = GEOD.inv(lon, lat, found.lon, found.lat)[2]
    assert distance <= half * math.sqrt(2) * 1.001


def test_both_sides_of_the_column_border_in_zangilan():
    # At 39.09 N the easting 600000 lies at 46.156 E: N west of it, P east.
    assert mgrs_of(39.09, 46.15)[3] == "N"
    assert mgrs_of(39.09, 46.17)[3] == "P"


def test_wrong_band_letter_is_refused_where_no_part_of_the_square_is_in_it():
    assert refused("38TPK64772843") == []
    # The square of 100 km lies on both sides of 40 N and has both names.
    south, north = (read_position(text).position for text in ("38SPK", "38TPK"))
    assert south == north
    assert south.resolution_m == 50_000


def test_mgrs_is_the_centre_of_its_square():
    transform = pyproj.Transformer.from_crs(32638, 4326, always_xy=True).transform
    lon, lat = transform(664_775.0, 4_428_435.0)
    assert at("38SPK64772843") == ((lat, lon), "mgrs")
    for text in (
        "38s pk 6477 2843",
        "38SPK 64772843",
        "38 S PK 6477 2843",
        "３８SPK６４７７２８４３",
    ):
        assert at(text) == ((lat, lon), "mgrs")
    lon, lat = transform(444_500.0, 3_688_500.0)
    assert at("38SMB4488")[0] == (lat, lon)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("38SMB448", "odd"),
        ("38SMB 4484 88990", "odd"),
        ("38IMB4488", "I and O"),
        ("38SOB4488", "I and O"),
        ("38SAB4488", "letters"),
        ("61SMB4488", "zone 61"),
        ("0SMB4488", "zone 0"),
        ("38AMB4488", "band A"),
        ("38SMB444444444444", "ten digits"),
        ("38NMB4488", "band N"),
        ("ZAH4488", "polar"),
        ("31NAA0000000000", "zone 31"),
    ],
)
def test_mgrs_that_cannot_be(text, word):
    assert word in read_position(text).error


def test_degrees_are_not_taken_for_a_square():
    # 10DEG would be a square of Antarctica.
    assert read_position("10 DEG").position is None
    assert read_position("10 DEG 30 30").position is None
    # With so many digits it is the square.
    assert at("25DEG907786")[1] == "mgrs"


def utm(east, north, code):
    lon, lat = pyproj.Transformer.from_crs(code, 4326, always_xy=True).transform(east, north)
    return (lat, lon)


def test_utm_text():
    want = utm(664_770, 4_430_000, 32638)
    for text in (
        "38T 664770 4430000",
        "38N 664770 4430000",
        "38 N 664770mE 4430000mN",
        "38T E664770 N4430000",
        "38T N4430000 E664770",
        "38T 0664770, 4430000",
    ):
        assert at(text) == (want, "utm"), text
    assert at("38H 500000 6200000")[0] == utm(500_000, 6_200_000, 32738)


def test_utm_with_an_s_is_refused_with_both_readings():
    north, south = utm(500_000, 4_400_000, 32638), utm(500_000, 4_400_000, 32738)
    rounded = [tuple(round(value, 6) for value in one) for one in (north, south)]
    assert refused("38 S 500000 4400000") == rounded
    # 56 degrees north is not in band S.
    south = utm(500_000, 6_200_000, 32738)
    assert refused("38S 500000 6200000") == [tuple(round(value, 6) for value in south)]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("38S 4400000 500000", "swapped"),
        ("38U 500000 4430000", "band U"),
        ("61N 500000 4430000", "zone 61"),
        ("38T 950000 4430000", "between"),
        ("38T 500123,5 443,456", "comma"),
        ("38T E500000 E4430000", "letters"),
        ("38I 500000 4430000", "band I"),
    ],
)
def test_utm_that_cannot_be(text, word):
    assert word in read_position(text).error


GK = (8_664_770.0, 4_430_000.0)


def by_hand(east, north, code="EPSG:28408"):
    """SK-42 Gauss-Krueger to WGS 84 in two steps, with the operation that is pinned."""
    lon, lat = pyproj.Proj("+proj=tmerc +lon_0=45 +k=1 +x_0=8500000 +ellps=krass")(
        east, north, inverse=True
    )
    shift = pyproj.Transformer.from_pipeline("urn:ogc:def:coordinateOperation:EPSG::15865")
    return shift.transform(lat, lon)


@pytest.mark.parametrize(
    "text",
    [
        "8664770 4430000",
        "4430000 8664770",
        "X=4430000 Y=8664770",
        "Y: 8664770; X: 4430000",
        "E 8664770 N 4430000",
        "8664770 m E, 4430000 m N",
        "8664770,0 4430000,0",
    ],
)
def test_gauss_krueger_metres(text):
    (lat, lon), notation = by_hand(*GK), "metres"
    reading = read_position(text, crs="EPSG:28408").position
    assert (reading.lat, reading.lon) == pytest.approx((lat, lon), abs=1e-8)
    assert reading.notation == notation


@pytest.mark.parametrize(
    ("text", "crs", "order", "word", "readings"),
    [
        ("X 8664770 Y 4430000", "EPSG:28408", None, "swapped", 1),
        ("8664770 4430000", "EPSG:28408", "lat,lon", "swapped", 1),
        ("664770 4430000", "EPSG:28408", None, "lacks the zone, which is 8", 1),
        ("7664770 4430000", "EPSG:28408", None, "zone 7", 0),
        ("8664770 4430000", "EPSG:32638", None, "begins with a zone, 8", 1),
        ("8664770 4430000", "EPSG:2498", None, "begins with a zone, 8", 1),
        ("500000 600000", "EPSG:32638", None, "which number is the easting", 2),
        ("1 2", "EPSG:28408", None, "outside", 0),
        ("500,123 4430,456", "EPSG:32638", None, "comma", 0),
        ("8 664 770 4 430 000", "EPSG:28408", None, "no pair", 0),
        ("E 664770 E 4430000", "EPSG:32638", None, "letters", 0),
        ("39°59'N 46°55'E", "EPSG:28408", None, "no pair", 0),
        ("38SPK64772843", "EPSG:4284", None, "WGS 84", 0),
    ],
)
def test_metres_that_do_not_fit(text, crs, order, word, readings):
    reading = read_position(text, crs=crs, order=order)
    assert word in reading.error
    assert len(reading.readings) == readings


@pytest.mark.parametrize(
    ("crs", "lat", "lon"),
    [
        ("EPSG:28408", 33.3, 44.4),  # Iraq
        ("EPSG:28411", 31.6, 64.4),  # Afghanistan
        ("EPSG:2494", 12.8, 22.4),  # Chad, central meridian 21 E
        ("EPSG:28406", -15.0, 35.0),  # Malawi: northings below 0
    ],
)
def test_soviet_sheets_of_other_countries(crs, lat, lon):
    # SK-42 is the system of sheets of the whole world, whatever its area of use in EPSG.
    way = pyproj.Transformer.from_crs(4284, crs, always_xy=True)
    east, north = (round(value) for value in way.transform(lon, lat))
    for text, order in ((f"{east} {north}", None), (f"{north} {east}", None),
                        (f"{north} {east}", "lat,lon")):  # fmt: skip
        found = read_position(text, crs, order).position
        assert found is not None
        # The shift of the datum is 0.002 degrees at most.
        assert (found.lat, found.lon) == pytest.approx((lat, lon), abs=0.003)


def test_degrees_of_another_datum():
    found = read_position("39.99 N 46.93 E", crs="EPSG:4284").position
    # The table of shifts: 102.1 m west, 9.6 m south in Aghdam.
    azimuth, _, distance = GEOD.inv(46.93, 39.99, found.lon, found.lat)
    assert distance == pytest.approx(102.6, abs=0.5)
    assert azimuth % 360 == pytest.approx(264.6, abs=0.5)
    with pytest.raises(SettingsError, match="no coordinate system"):
        read_position("1 2", crs="EPSG:1")


def test_two_cells():
    found = read_cells("33,5", "44,2", order="lat,lon")
    assert (found.input, found.position.lat, found.position.lon) == ("33,5; 44,2", 33.5, 44.2)
    assert read_cells("44 15 30 E", "33 30 15 N").position.lat == pytest.approx(LAT)
    assert len(read_cells("33.5", "44.2").readings) == 2
    assert "one coordinate in a cell" in read_cells("33.5 44.2", "1", order="lat,lon").error
    assert "blank" in read_cells("", "44.2", order="lat,lon").error
    lat, lon = by_hand(*GK)
    found = read_cells("4430000", "8664770", crs="28408", order="lat,lon").position
    assert (found.lat, found.lon) == pytest.approx((lat, lon), abs=1e-8)


CELLS = [
    "33.5 44.2", "33.5,44.2", "33,5 44,2", "-33.5, 144.2", "91.5 92.5", "144.5 33.5", "33.5  33.5",
    "33.5 33.50", "-0.0 -0.0", "181.5 2.5", "38SMB4488", "", " 33.5 ; 44.2 ", "33.5 44.2\n",
    "33 44", "+1.5 -1.5", None, 5.5, "500000 4430000", "500000 600000", "664770.5; 4430000",
    "4430000 664770", "8664770 4430000",
]  # fmt: skip


@pytest.mark.parametrize("order", [None, "lat,lon", "lon,lat"])
@pytest.mark.parametrize("crs", [None, "EPSG:4284", "EPSG:32638", "EPSG:28408"])
def test_a_column_is_read_as_its_cells(crs, order):
    column = read_positions(CELLS, crs=crs, order=order)
    assert len(column) == len(CELLS)
    for cell, found in zip(CELLS, column, strict=True):
        text = "" if cell is None else str(cell)
        one = read_position(text, crs, order)
        assert found.error == one.error, text
        assert found.readings == one.readings
        if one.position is not None:
            assert found.position.notation == one.position.notation
            want = (one.position.lat, one.position.lon, one.position.resolution_m)
            got = (found.position.lat, found.position.lon, found.position.resolution_m)
            assert got == pytest.approx(want, rel=1e-12), text


@pytest.mark.parametrize("order", [None, "lat,lon"])
def test_two_columns_are_read_as_their_cells(order):
    first = ["33.5", "33,5", "33 30 N", "", "-33.5", "91", "33.5 44.2", " 7 "]
    second = ["44.2", "44,2", "44 15 E", "1", "144.5", "92", "1", "8"]
    column = read_positions(first, second, order=order)
    for place, found in enumerate(column):
        one = read_cells(first[place], second[place], order=order)
        assert (found.error, found.readings) == (one.error, one.readings)
        assert found.position == one.position
    with pytest.raises(ValueError, match="differ in length"):
        read_positions(first, second[1:])


def test_numbers_that_are_no_text_have_the_digits_they_need():
    column = read_positions(np.array([39.99, 1e-7, np.nan]), np.array([46.5, 2e-7, 1.0]),
                            order="lat,lon")  # fmt: skip
    assert column.lat[:2].tolist() == [39.99, 1e-7]
    assert column.inputs.tolist() == ["39.99; 46.5", "0.0000001; 0.0000002", "; 1"]
    assert "blank" in column.error[2]


def test_many_plain_decimals_are_read_at_once():
    rng = np.random.default_rng([5, 1])
    lat, lon = rng.uniform(-90, 90, 20_000), rng.uniform(-180, 180, 20_000)
    texts = [f"{a:.6f}, {b:.6f}" for a, b in zip(lat, lon, strict=True)]
    column = read_positions(texts, order="lat,lon")
    np.testing.assert_allclose(column.lat, lat, atol=0.5001e-6)
    np.testing.assert_allclose(column.lon, lon, atol=0.5001e-6)


# Writers of every notation; each gives a text and the options to read it with.


def dms(value, digits):
    total = round(abs(value) * 3600 * 10**digits)
    seconds, rest = divmod(total, 10**digits)
    minutes, s = divmod(seconds, 60)
    d, m = divmod(minutes, 60)
    return d, m, f"{s}.{rest:0{digits}d}" if digits else f"{s}"


def ddm(value, digits):
    total = round(abs(value) * 60 * 10**digits)
    minutes, rest = divmod(total, 10**digits)
    d, m = divmod(minutes, 60)
    return d, f"{m}.{rest:0{digits}d}" if digits else f"{m}"


def letters(value, axis, russian=False):
    names = {"lat": "NS", "lon": "EW"} if not russian else {"lat": "СЮ", "lon": "ВЗ"}
    return names[axis][value < 0]


ARABIC = str.maketrans("0123456789.", "٠١٢٣٤٥٦٧٨٩٫")
PERSIAN = str.maketrans("0123456789.", "۰۱۲۳۴۵۶۷۸۹٫")
WIDE = str.maketrans("0123456789.", "０１２３４５６７８９．")


def pair(lat, lon, write, between=" "):
    return between.join((write(lat, "lat"), write(lon, "lon")))


WRITERS = {
    "signed": lambda lat, lon: (f"{lat:.6f}, {lon:.6f}", {"order": "lat,lon"}),
    "lon first": lambda lat, lon: (f"{lon:.6f} {lat:.6f}", {"order": "lon,lat"}),
    "comma": lambda lat, lon: (f"{lat:.5f} {lon:.5f}".replace(".", ","), {"order": "lat,lon"}),
    "minus": lambda lat, lon: (f"{lat:.5f}; {lon:.5f}".replace("-", "−"), {"order": "lat,lon"}),
    "letters": lambda lat, lon: (
        pair(lat, lon, lambda v, a: f"{abs(v):.6f} {letters(v, a)}"), {}),
    "before": lambda lat, lon: (pair(lat, lon, lambda v, a: f"{letters(v, a)}{abs(v):.6f}"), {}),
    "arabic": lambda lat, lon: (
        pair(lat, lon, lambda v, a: f"{abs(v):.4f}".translate(ARABIC) + letters(v, a)), {}),
    "persian": lambda lat, lon: (
        pair(lat, lon, lambda v, a: f"{abs(v):.4f}".translate(PERSIAN) + letters(v, a)), {}),
    "wide": lambda lat, lon: (
        pair(lat, lon, lambda v, a: f"{abs(v):.4f}".translate(WIDE) + letters(v, a)), {}),
    "ddm": lambda lat, lon: (
        pair(lat, lon, lambda v, a: "{}°{}′".format(*ddm(v, 4)) + letters(v, a)), {}),
    "garmin": lambda lat, lon: (
        pair(lat, lon, lambda v, a: letters(v, a) + "{} {}".format(*ddm(v, 3))), {}),
    "dms": lambda lat, lon: (
        pair(lat, lon, lambda v, a: "{}°{}'{}\"".format(*dms(v, 2)) + letters(v, a)), {}),
    "whole dms": lambda lat, lon: (
        pair(lat, lon, lambda v, a: "{} {} {} ".format(*dms(v, 0)) + letters(v, a)), {}),
    "colons": lambda lat, lon: (
        pair(lat, lon, lambda v, a: "{}:{}:{}".format(*dms(v, 1)) + letters(v, a), ", "), {}),
    "units": lambda lat, lon: (
        pair(lat, lon, lambda v, a: "{}d{}m{}s ".format(*dms(v, 1)) + letters(v, a)), {}),
    "russian": lambda lat, lon: (
        pair(lat, lon, lambda v, a: "{}°{}'{}'' ".format(*dms(v, 1)).replace(".", ",")
             + letters(v, a, True)), {}),
    "russian long": lambda lat, lon: (
        pair(lat, lon, lambda v, a: "{}°{}'{}'' ".format(*dms(v, 1))
             + letters(v, a, True).lower() + (".ш." if a == "lat" else ".д.")), {}),
}  # fmt: skip
places = st.tuples(
    st.floats(-89.999, 89.999, allow_subnormal=False),
    st.floats(-179.999, 179.999, allow_subnormal=False),
)
# Away from Norway, Svalbard and the poles, whose squares the writer of the test does not know.
grid_places = st.tuples(st.floats(-79.9, 55.9), st.floats(-179.99, 179.99)).map(
    lambda place: (round(place[0], 8), round(place[1], 8))
)


def check_round_trip(place, text, options):
    reading = read_position(text, **options)
    assert reading.error is None, (text, reading.error)
    found = reading.position
    off = GEOD.inv(place[1], place[0], found.lon, found.lat)[2]
    # The resolution is that of one axis; both may be off by as much.
    assert off <= found.resolution_m * math.sqrt(2) * 1.01 + 1e-6, text


def check_all(place):
    for write in WRITERS.values():
        check_round_trip(place, *write(*place))


def check_grids(place):
    lat, lon = place
    for digits in (3, 5):
        check_round_trip(place, mgrs_of(lat, lon, digits), {})
    zone = min(int((lon + 180) // 6) + 1, 60)
    code = (32600 if lat >= 0 else 32700) + zone
    east, north = pyproj.Transformer.from_crs(4326, code, always_xy=True).transform(lon, lat)
    band = BANDS[int((lat + 80) // 8)]
    if band != "S":
        check_round_trip(place, f"{zone}{band} {east:.1f} {north:.1f}", {})
    options = {"crs": f"EPSG:{code}", "order": "lon,lat"}
    check_round_trip(place, f"{east:.2f} {north:.2f}", options)


caucasus = st.tuples(st.floats(38.85, 41.9), st.floats(42.01, 47.99))
_TO_SK42 = pyproj.Transformer.from_pipeline("urn:ogc:def:coordinateOperation:EPSG::15865")


def check_gauss_krueger(place):
    lat, lon = _TO_SK42.transform(*place, direction="INVERSE")
    east, north = pyproj.Proj("+proj=tmerc +lon_0=45 +k=1 +x_0=8500000 +ellps=krass")(lon, lat)
    check_round_trip(place, f"{east:.1f} {north:.1f}", {"crs": "EPSG:28408"})
    check_round_trip(place, f"X {north:.1f} Y {east:.1f}", {"crs": "EPSG:28408"})


@given(places)
@settings(max_examples=40)
def test_round_trip_in_degrees(place):
    check_all(place)


@given(grid_places)
@settings(max_examples=20)
def test_round_trip_in_grids(place):
    check_grids(place)


@given(caucasus)
@settings(max_examples=10)
def test_round_trip_in_gauss_krueger(place):
    check_gauss_krueger(place)


@pytest.mark.slow
@given(places)
@settings(max_examples=10_000)
def test_round_trip_of_ten_thousand_in_degrees(place):
    check_all(place)


@pytest.mark.slow
@given(grid_places)
@settings(max_examples=10_000)
def test_round_trip_of_ten_thousand_in_grids(place):
    check_grids(place)


@pytest.mark.slow
@given(caucasus)
@settings(max_examples=10_000)
def test_round_trip_of_ten_thousand_in_gauss_krueger(place):
    check_gauss_krueger(place)


# What positions are made of, so that random strings come close to them.
PIECES = [
    *string.digits, *"0123456789", *"NSEWnsewdm", *"СЮЗВсюзвшд", *"°'\"′″º’.,,;:-+−/ \t\n ()[]",
    "''", "33.5", "44", "с.ш.", "в.д.", "38SMB", "38T", "deg", "min", "sec", "٣٣٫٥", "４", "٬",
    "\u200f", "ſ",
    "\x00", "\ud800", "😀", "İ", "ß", "½", "²", "E+", "500000", "4430000", "X=", "Y=", "nan",
]  # fmt: skip


def check_sane(text, crs, order):
    reading = read_position(text, crs, order)
    assert reading.input == text
    assert (reading.position is None) == (reading.error is not None)
    for one in (reading.position, *reading.readings):
        if one is not None:
            assert -90 <= one.lat <= 90
            assert -180 <= one.lon <= 180
            assert 0 < one.resolution_m < 1e8
    if reading.position is not None:
        assert reading.readings == ()


def random_texts(number, seed):
    rng = random.Random(seed)
    for _ in range(number):
        if rng.random() < 0.8:
            yield "".join(rng.choices(PIECES, k=rng.randint(0, 24)))
        else:
            yield "".join(chr(rng.randrange(0x110000)) for _ in range(rng.randint(0, 12)))


def check_random(number, seed):
    ways = [(None, None), (None, "lat,lon"), ("EPSG:28408", None), ("EPSG:32638", "lon,lat")]
    for place, text in enumerate(random_texts(number, seed)):
        check_sane(text, *ways[place % len(ways)])


def test_random_strings_never_crash():
    check_random(2_000, 1)


@pytest.mark.slow
def test_a_hundred_thousand_random_strings_never_crash():
    check_random(100_000, 2)


@given(st.text(max_size=40))
@settings(max_examples=200)
def test_any_text_is_read_or_refused(text):
    check_sane(text, None, "lat,lon")
    check_sane(text, "EPSG:28408", None)
