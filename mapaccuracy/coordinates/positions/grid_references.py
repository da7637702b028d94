"""MGRS references, and UTM zones with easting and northing."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy.coordinates.positions.folding import CYRILLIC_AS_LATIN
from mapaccuracy.coordinates.positions.numbers import metre_pairs, thousands
from mapaccuracy.coordinates.positions.outcome import Position, Refused

if TYPE_CHECKING:
    from pyproj import Transformer

BANDS = "CDEFGHJKLMNPQRSTUVWX"
_SQUARE_M = 100_000
# 5 digits a number at most: 1 m.
_MOST_DIGITS = 10
_MGRS = re.compile(r"(\d{1,2}) ?([A-Z]) ?([A-Z])([A-Z])(?: ?(\d+)(?: (\d+))?)?", re.ASCII)
# Such as 10 DEG 30: degrees and minutes, or a square near Antarctica. With more digits behind it,
# it is the square.
_UNIT_WORDS = ("DEG", "SEC", "MIN")
_POLAR = re.compile(r"[ABYZ] ?[A-Z]{2}(?: ?\d+(?: \d+)?)?", re.ASCII)
_UTM = re.compile(r"(?:UTM )?(\d{1,2}) ?([A-Z])(?: |, |; ?)(?=(?:[EN] ?)?\d{5,})(.+)", re.ASCII)
_LIKE_MGRS = re.compile(r"\d{1,2} ?[A-ZА-Я] ?[A-ZА-Я]{2} ?[\d ]*", re.ASCII)
_AGAIN = (
    "copy it again from the form: zone, band, two letters (never I or O), an even number of digits."
)
# Rounding, when corners of squares go to degrees and are compared with a border.
_SLACK_DEG = 1e-9


def read_mgrs(plain: str) -> Position | None:
    """Read an MGRS reference: the centre of its square, and half its width.

    Parameters
    ----------
    plain : str
        Folded.

    Returns
    -------
    Position or None
        None if the text is no MGRS reference at all.

    Raises
    ------
    Refused
        If it is one that cannot be: odd digits, the letters I and O, a letter or band that does
        not fit.

    Examples
    --------
    >>> found = read_mgrs("38SPK 6477 2843")
    >>> round(found.lat, 5), round(found.lon, 5), found.resolution_m
    (39.99003, 46.93002, 5.0)
    """
    text = plain.upper()
    match = _MGRS.fullmatch(text)
    if match is None:
        if _POLAR.fullmatch(text):
            raise Refused("Grid references of the polar regions (A, B, Y, Z) are not read.")
        latin = text.translate(CYRILLIC_AS_LATIN)
        if latin != text and _MGRS.fullmatch(latin):
            raise Refused("The grid reference has Cyrillic letters; type it again in Latin ones.")
        return None
    zone, band, column, row, first, second = match.groups()
    groups = [group for group in (first, second) if group]
    if band + column + row in _UNIT_WORDS and all(len(group) <= 2 for group in groups):
        return None
    _check_zone(zone)
    if set("IO") & {band, column, row}:
        raise Refused(f"A grid reference never has the letters I and O; {_AGAIN}")
    if band not in BANDS:
        raise Refused(f"There is no band {band}; {_AGAIN}")
    digits = (first or "") + (second or "")
    if len(digits) % 2 or (second is not None and len(first) != len(second)):
        raise Refused(f"The grid reference has an odd number of digits; {_AGAIN}")
    if len(digits) > _MOST_DIGITS:
        raise Refused(f"The grid reference has more than ten digits; {_AGAIN}")
    width = _SQUARE_M / 10 ** (len(digits) // 2)
    north = band >= "N"
    corner = _corner(f"{zone}{band}{column}{row}{digits}", width)
    _check_fits(int(zone), band, corner, width)
    lon, lat = _degrees(int(zone), north, corner[0] + width / 2, corner[1] + width / 2)
    return Position(lat, lon, width / 2, "mgrs")


def read_utm(plain: str) -> Position | None:
    """Read a UTM zone with a band, easting and northing.

    Returns
    -------
    Position or None
        None if the text is nothing like it.

    Raises
    ------
    Refused
        If the zone has an S, which may be the band or the southern hemisphere; if band and
        northing do not fit, or a number is out of range.

    Examples
    --------
    >>> found = read_utm("38T 664770 4430000")
    >>> round(found.lat, 4), round(found.lon, 4), found.resolution_m
    (40.0041, 46.9304, 0.5)
    """
    match = _UTM.fullmatch(plain.upper())
    if match is None:
        return None
    zone, band, rest = match.groups()
    _check_zone(zone)
    if band in "IO" or band not in BANDS:
        raise Refused(
            f"There is no band {band}; write the band that the map names, such as 38T, or N."
        )
    pairs = metre_pairs(rest)
    if not pairs:
        raise Refused(
            "Behind a UTM zone stand an easting and a northing in metres, such as "
            "38T 664770 4430000."
        )
    if len(pairs) > 1 or thousands(rest):
        raise Refused(
            "A comma may stand for decimals, for thousands or between two numbers; write whole "
            "metres, or decimals with a point."
        )
    pair = pairs[0]
    if pair.labelled_wrongly or pair.x_first is not None:
        raise Refused("The letters at the numbers must be E and N; or leave out both.")
    east, north = pair.first, pair.second
    if pair.north_first:
        east, north = north, east
    if not _in_range(east, north):
        swapped = pair.north_first is None and _in_range(north, east)
        if not swapped:
            raise Refused(
                "A UTM easting lies between 100000 and 900000, a northing between 0 and 10000000; "
                "compare with the original."
            )
        readings = _utm_readings(int(zone), band, north, east, pair.step_m)
        raise Refused(
            "Easting and northing look swapped; write the easting first.", tuple(readings)
        )
    readings = _utm_readings(int(zone), band, east, north, pair.step_m)
    if band == "S":
        raise Refused(
            "S may mean band S (32 to 40 degrees north) or the southern hemisphere; write another "
            "band that fits, or the numbers alone with --crs EPSG:326.. (north) or EPSG:327.. "
            "(south) and the zone.",
            tuple(readings),
        )
    if not readings:
        raise Refused(f"The northing does not lie in band {band}; compare both with the original.")
    return readings[0]


def band_limits(band: str) -> tuple[float, float]:
    """Southern and northern border of a band, degrees.

    Examples
    --------
    >>> band_limits("S"), band_limits("X")
    ((32.0, 40.0), (72.0, 84.0))
    """
    south = -80.0 + 8 * BANDS.index(band)
    return south, 84.0 if band == "X" else south + 8


def zone_limits(zone: int, band: str) -> tuple[float, float]:
    """Western and eastern border of a zone in a band, with Norway and Svalbard; degrees.

    Examples
    --------
    >>> zone_limits(38, "S"), zone_limits(32, "V"), zone_limits(33, "X")
    ((42.0, 48.0), (3.0, 12.0), (9.0, 21.0))
    """
    special = {
        (31, "V"): (0.0, 3.0),
        (32, "V"): (3.0, 12.0),
        (31, "X"): (0.0, 9.0),
        (33, "X"): (9.0, 21.0),
        (35, "X"): (21.0, 33.0),
        (37, "X"): (33.0, 42.0),
    }
    west = -180.0 + 6 * (zone - 1)
    return special.get((zone, band), (west, west + 6))


def _check_zone(zone: str) -> None:
    if not 1 <= int(zone) <= 60:
        raise Refused(f"There is no UTM zone {zone}; zones are 1 to 60.")


def _in_range(east: float, north: float) -> bool:
    return 100_000 <= east <= 900_000 and 0 <= north <= 10_000_000


def _utm_readings(zone: int, band: str, east: float, north: float, step_m: float) -> list[Position]:
    """Give what easting and northing can mean: on the hemisphere that the band or letter names."""
    found = []
    for is_north in (True, False):
        limits: list[tuple[float, float]] = []
        if is_north == (band >= "N"):
            limits.append(band_limits(band))
        if is_north and band == "N":
            limits.append((0.0, 84.0))
        if not is_north and band == "S":
            limits.append((-80.0, 0.0))
        lon, lat = _degrees(zone, is_north, east, north)
        # A position on the border of a band may be written with either.
        slack = _SLACK_DEG + step_m / 110_000
        if any(low - slack <= lat <= high + slack for low, high in limits):
            found.append(Position(lat, lon, step_m, "utm"))
    return found


def _corner(reference: str, width: float) -> tuple[float, float]:
    """South-western corner of a square, in metres of its zone."""
    import mgrs

    try:
        with warnings.catch_warnings():
            # Of bands that do not fit, which is checked here for the whole square.
            warnings.simplefilter("ignore")
            _, _, east, north = mgrs.MGRS().MGRSToUTM(reference)
    except Exception:
        raise Refused(f"Its two letters are of no square in this zone; {_AGAIN}") from None
    # Versions of the package differ in whether they give the corner or the centre.
    snapped = [float(np.floor((value + 1e-3) / width) * width) for value in (east, north)]
    return snapped[0], snapped[1]


def _check_fits(zone: int, band: str, corner: tuple[float, float], width: float) -> None:
    """Refuse a square of which no part lies in its zone and band.

    Squares are cut at the borders of bands and zones, and carry the name of either side there.
    """
    along = np.linspace(0.0, width, 5)
    east, north = (axis.ravel() for axis in np.meshgrid(corner[0] + along, corner[1] + along))
    lon, lat = _transformer(zone, band >= "N").transform(east, north)
    # Near 180 degrees, longitudes are brought to the side of the zone.
    west, east_limit = zone_limits(zone, band)
    middle = (west + east_limit) / 2
    lon = middle + (np.asarray(lon) - middle + 180) % 360 - 180
    south, north_limit = band_limits(band)
    in_band = np.min(lat) <= north_limit + _SLACK_DEG and np.max(lat) >= south - _SLACK_DEG
    in_zone = np.min(lon) <= east_limit + _SLACK_DEG and np.max(lon) >= west - _SLACK_DEG
    if not in_band:
        raise Refused(f"The square does not lie in band {band}; {_AGAIN}")
    if not in_zone:
        raise Refused(f"The square does not lie in zone {zone}; {_AGAIN}")


def _degrees(zone: int, north: bool, east_m: float, north_m: float) -> tuple[float, float]:
    lon, lat = _transformer(zone, north).transform(east_m, north_m)
    return float(lon), float(lat)


@lru_cache(maxsize=128)
def _transformer(zone: int, north: bool) -> Transformer:
    from pyproj import Transformer

    code = (32600 if north else 32700) + zone
    return Transformer.from_crs(code, 4326, always_xy=True)
