"""What of a cell may be shown to anybody, and what only where positions may be seen."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any

from mapaccuracy.coordinates.positions import read_position
from mapaccuracy.schema import WITHHELD, normalise

_LONGEST = 40
# Three decimals are 100 m in degrees; five figures or more may be metres.
_NUMBER = re.compile(r"\d+[.,٫]\d{3}|\d{5}|\d(?:[\s\u00a0\u202f']\d{3}){1,}")
_MARKS = re.compile(r"\d\s*[°º˚'’′\"″]|\d\s*(?:deg|град)", re.IGNORECASE)
_GRID = re.compile(r"\b\d{1,2}\s?[C-HJ-NP-X]\s?[A-HJ-NP-Z]{2}\s?\d*\b", re.IGNORECASE)
_LETTERED = re.compile(r"\b[NSEWСЮВЗ]\s*\d|\d\s*[NSEWСЮВЗ]\b", re.IGNORECASE)
_DAY = re.compile(
    r"\d{4}([-/.])\d{1,2}\1\d{1,2}(?:[T ][\d:.+Z-]*)?|\d{1,2}([-/.])\d{1,2}\2(?:\d{4}|\d\d)|"
    r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
)
# Words of headers under which a place may stand in words or in legs of a survey.
_PLACE_WORDS = frozenset(
    (
        "lat",
        "latitude",
        "lon",
        "long",
        "lng",
        "longitude",
        "x",
        "y",
        "z",
        "easting",
        "northing",
        "east",
        "north",
        "coord",
        "coords",
        "coordinate",
        "coordinates",
        "mgrs",
        "utm",
        "grid",
        "position",
        "pos",
        "location",
        "place",
        "address",
        "village",
        "landmark",
        "benchmark",
        "reference",
        "azimuth",
        "bearing",
        "distance",
        "dist",
        "shape",
        "geom",
        "geometry",
        "wkt",
        "wkb",
        "point",
        "points",
        "description",
        "desc",
        "remark",
        "remarks",
        "comment",
        "comments",
        "note",
        "notes",
        "direction",
        "route",
        "ориентир",
        "место",
        "координаты",
        "широта",
        "долгота",
        "азимут",
        "расстояние",
        "описание",
        "примечание",
        "yer",
        "koordinat",
        "koordinatlar",
        "azimut",
        "məsafə",
        "qeyd",
        "الموقع",
        "ملاحظات",
    )
)


def looks_like_position(text: str) -> bool:
    """Tell whether a text may give away a position: it errs on the side of yes.

    Parameters
    ----------
    text : str

    Examples
    --------
    >>> [looks_like_position(text) for text in ("39.9912", "38SPK6477", "39 59 24 N", "664770")]
    [True, True, True, True]
    >>> [looks_like_position(text) for text in ("PMN-2", "2021-06-12", "12", "cleared", "0.5")]
    [False, False, False, False, False]
    """
    plain = text.strip()
    if not any(char.isdigit() for char in plain) or _DAY.fullmatch(plain):
        return False
    if any(pattern.search(plain) for pattern in (_NUMBER, _MARKS, _GRID, _LETTERED)):
        return True
    reading = read_position(plain)
    return reading.position is not None or bool(reading.readings)


def names_a_place(header: str) -> bool:
    """Tell whether cells under this header may say where something is.

    Examples
    --------
    >>> names_a_place("Nearest village"), names_a_place("GPS_X"), names_a_place("Depth")
    (True, True, False)
    """
    return bool(_PLACE_WORDS & set(normalise(header).split("_")))


def cell_text(value: Any) -> str:
    r"""Write a cell on one line; "" where it is blank.

    Examples
    --------
    >>> cell_text(12.0), cell_text(float("nan")), cell_text(None), cell_text(" a\nb ")
    ('12', '', '', 'a b')
    """
    if value is None or value != value or str(value) in ("<NA>", "NaT"):
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return " ".join(str(value).split())


def cut(text: str) -> str:
    """Cut a text to what a table can hold."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def form(text: str) -> str:
    """Show the form of an id and not the id: X for a letter, 9 for a digit.

    Examples
    --------
    >>> form("F-0193"), form("0193/ab"), form("")
    ('X-9999', '9999/xx', '')
    """
    shown = (
        "9" if char.isdigit() else (("X" if char.isupper() else "x") if char.isalpha() else char)
        for char in text
    )
    return cut("".join(shown))


def safe_name(name: str) -> str:
    """Give a name of a layer, a sheet or a column, unless it may itself be a position.

    Examples
    --------
    >>> safe_name("Finds 2021"), safe_name("39.9912 46.9300")
    ('Finds 2021', '[withheld]')
    """
    return WITHHELD if looks_like_position(name) else name


def are_data(headers: Iterable[str]) -> bool:
    """Tell whether a row of headers seems to be a row of data.

    Examples
    --------
    >>> are_data(["id", "Lat (Y)"]), are_data(["F-1", "39.9912"])
    (False, True)
    """
    return any(looks_like_position(header) for header in headers)
