"""Shapefiles: their parts are there and whole, and their texts are in a known encoding."""

from __future__ import annotations

import struct
from collections.abc import Mapping

import numpy as np

from mapaccuracy.errors import InputError
from mapaccuracy.io.request import Request, refused
from mapaccuracy.io.vector import Source, read_sources
from mapaccuracy.schema import Problem, RawTable

_SHP_HEADER = 100
_DBF_HEADER = 32
# Where a table states the encoding of its texts; 0 and 0x57 (that of the system) say none.
_DBF_ENCODING = 29
_NO_ENCODING = (0, 0x57)


def read(request: Request) -> tuple[RawTable, ...]:
    """Read a shapefile; without a .prj part it states no coordinate system.

    Raises
    ------
    InputError
        If a part is missing that holds data, or as in `mapaccuracy.io.vector.read_sources`.
    """
    try:
        there = {
            part.suffix.lower(): part
            for part in request.path.parent.iterdir()
            if part.stem == request.path.stem
        }
    except OSError as error:
        raise refused(request.name, error, "its folder") from None
    try:
        parts: dict[str, bytes] = {
            part: there[part].read_bytes() for part in (".shx", ".dbf", ".cpg") if part in there
        }
    except OSError as error:
        raise refused(request.name, error, "its other parts") from None
    parts[".shp"] = request.data
    return read_sources(request, [Source(str(request.path), encoding=check(request, parts))])


def check(request: Request, parts: Mapping[str, bytes], place: str = "") -> str | None:
    """Check that the parts of a shapefile are there and whole, and that its texts can be read.

    Parameters
    ----------
    request : Request
    parts : mapping of str to bytes
        By their endings.
    place : str
        Which of several shapefiles it is.

    Returns
    -------
    str or None
        The encoding of its texts, if it states none.

    Raises
    ------
    InputError
        If a part is missing or cut off, or if texts have letters beyond ASCII, are not UTF-8, and
        nothing says in which encoding: ids that are read wrongly would match nothing.
    """
    missing = [part for part in (".shp", ".shx", ".dbf") if part not in parts]
    if missing:
        values = {"parts": " and ".join(missing)}
        raise InputError([Problem("MA005", request.name, place, values=values)])
    short = [
        part for part in (".dbf", ".shp", ".shx") if len(parts[part]) < _length(part, parts[part])
    ]
    if short:
        raise request.refuse(f"its {' and '.join(short)} part is cut off", place)
    table = parts[".dbf"]
    if ".cpg" in parts or table[_DBF_ENCODING] not in _NO_ENCODING or table.isascii():
        return None
    return None if _texts(table).isascii() else _guessed(request, table, place)


def _guessed(request: Request, table: bytes, place: str) -> str:
    try:
        _texts(table).decode("utf-8")
    except UnicodeDecodeError:
        reason = "its .dbf part has letters beyond ASCII, and nothing says in which encoding"
        fix = (
            "add a .cpg part that names it, such as 1251 or UTF-8, or open the file in QGIS with "
            "the encoding in which its texts look right, and save it as GeoPackage"
        )
        raise request.refuse(reason, place, fix=fix) from None
    return "UTF-8"


def _texts(table: bytes) -> bytes:
    """Give the texts of a table: the names of its fields, and what they hold."""
    n, head, record = struct.unpack("<IHH", table[4:12])
    fields = [table[start : start + _DBF_HEADER] for start in range(_DBF_HEADER, head - 1, 32)]
    found = [entry[:11].partition(b"\x00")[0] for entry in fields if not entry.startswith(b"\r")]
    if n * record == 0:
        return b"".join(found)
    rows = np.frombuffer(table, dtype=np.uint8, count=n * record, offset=head).reshape(n, record)
    at = 1
    for entry in fields:
        if entry[11:12] == b"C":
            found.append(rows[:, at : at + entry[16]].tobytes())
        at += entry[16]
    return b"".join(found)


def _length(part: str, data: bytes) -> int:
    """Read the length of a part of a shapefile, in bytes, from its header."""
    if part == ".dbf":
        if len(data) < _DBF_HEADER:
            return _DBF_HEADER
        n, head, record = struct.unpack("<IHH", data[4:12])
        return int(head + n * record)
    if len(data) < _SHP_HEADER:
        return _SHP_HEADER
    return 2 * int.from_bytes(data[24:28], "big")
