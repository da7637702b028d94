"""What is in a file: its format, its sheets or layers, and what each of them holds."""

from __future__ import annotations

import codecs
import csv
import io
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.intake.inspecting import entry_of, guess_role, inspect_table
from mapaccuracy.intake.inspecting.withholding import safe_name
from mapaccuracy.io import workbook
from mapaccuracy.io.addresses import scheme_of
from mapaccuracy.io.inputs import format_name, layer_names, read
from mapaccuracy.io.request import shown_name, unreadable
from mapaccuracy.schema import GEOMETRY, Problem, RawTable, Role

_SHEETS = (".xlsx", ".xlsm")
_LAYERED = (".gpkg", ".gdb")
_ADDRESSES = {
    "http": "service",
    "https": "service",
    "postgresql": "database",
    "postgres": "database",
}
_STDIN = "-"
_SAMPLE = 1 << 18
_SQLITE = b"SQLite format 3\x00"
_MARKS = {
    codecs.BOM_UTF8: "UTF-8 with a byte order mark",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
_SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs"}
# Any role of points, and of polygons: the layers that each reads are together all that there are.
_EITHER: tuple[Role, Role] = ("finds", "searched")

Entry = dict[str, Any]


def inspect_file(
    path: str | Path, role: Role | None = None, *, with_locations: bool = False
) -> Entry:
    """Say what is in a file; one that cannot be read is told, too.

    Parameters
    ----------
    path : str or Path
        Whatever `read` takes.
    role : str, optional
        What the file is; guessed for each sheet or layer if it is not given.
    with_locations : bool
        Show positions, ids and cells as they stand.

    Returns
    -------
    dict
        ``file``, ``format`` (None if its ending says none), ``size_bytes`` (None if it is no file),
        ``encoding`` and ``separator`` (None but for CSV), ``empty_layers`` (names of sheets and
        layers without a table), ``parts`` (as `inspect_table` gives, for each that was read), and
        ``problems`` (what kept the file or parts of it from being read).

    Notes
    -----
    Memory: that of `read`, and one table at a time.

    Examples
    --------
    >>> found = inspect_file("no-such.csv")
    >>> found["parts"], found["problems"][0]["code"]
    ([], 'MA001')
    """
    entry: Entry = {
        "file": _name(path),
        "format": _format(path),
        "size_bytes": _size(path),
        "encoding": None,
        "separator": None,
        "empty_layers": [],
        "parts": [],
        "problems": [],
    }
    problems: list[Problem] = []
    refused: list[str] = []
    headers: list[str] = []
    names = _names(path)
    for name in names:
        try:
            tables = _tables(path, name, role)
        except InputError as error:
            found = [problem for problem in error.problems if isinstance(problem, Problem)]
            if len(names) > 1 and all(problem.code == "MA004" for problem in found):
                entry["empty_layers"].append(safe_name(name or ""))
            else:
                problems += found
        except SettingsError as error:
            refused += error.messages
        else:
            for table in tables:
                headers = list(map(str, table.frame.columns))
                if scheme_of(path) is not None and table.layer is None:
                    entry["file"] = table.source
                entry["parts"].append(inspect_table(table, role, with_locations=with_locations))
    if not (entry["parts"] or problems or refused):
        problems.append(Problem("MA004", entry["file"], values={"detail": ""}))
    if entry["format"] == "CSV" and entry["parts"]:
        entry["encoding"], entry["separator"] = _form(Path(path), headers)
    entry["problems"] = [entry_of(problem, with_locations) for problem in problems]
    entry["problems"] += [
        {"code": None, "severity": "error", "place": "", "message": message, "fix": ""}
        for message in dict.fromkeys(refused)
    ]
    return entry


def _name(path: str | Path) -> str:
    scheme = scheme_of(path)
    # An address may hold a user, a query or a token.
    return shown_name(Path(path)) if scheme is None else f"{scheme} address"


def _format(path: str | Path) -> str | None:
    scheme = scheme_of(path)
    return format_name(path) if scheme is None else _ADDRESSES.get(scheme)


def _size(path: str | Path) -> int | None:
    try:
        file = Path(path)
        parts = [p for p in file.rglob("*") if p.is_file()] if file.is_dir() else [file]
        return sum(part.stat().st_size for part in parts) if file.exists() else None
    except (OSError, ValueError):
        return None


def _form(file: Path, headers: Sequence[str]) -> tuple[str, str | None]:
    """Tell the encoding of a CSV file, and the separator by which its headers come apart."""
    with file.open("rb") as stream:
        start = stream.read(_SAMPLE)
    mark = next((mark for mark in _MARKS if start.startswith(mark)), b"")
    encoding = _MARKS.get(mark, "UTF-8")
    text = start.decode("utf-16" if encoding == "UTF-16" else "utf-8-sig", "ignore")
    for separator, name in _SEPARATORS.items():
        try:
            for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
                cells = [cell.strip() for cell in row]
                if (
                    len(cells) >= len(headers)
                    and all(
                        cell in ("", header) or header.startswith(f"{cell} (column")
                        for cell, header in zip(cells, headers, strict=False)
                    )
                    and any(cells)
                ):
                    return encoding, name
        except csv.Error:
            continue
    return encoding, None


def _names(path: str | Path) -> Sequence[str | None]:
    """Name the sheets or layers that are looked at one by one; [None] for the whole file."""
    if scheme_of(path) is not None:
        try:
            return layer_names(path) or [None]
        except (InputError, SettingsError):  # its reader says so, too
            return [None]
    ending = Path(path).suffix.lower()
    try:
        if ending in _SHEETS:
            return _sheets(Path(path)) or [None]
        if ending in _LAYERED:
            return _layers(Path(path)) or [None]
    except Exception:  # what is wrong with the file is for its reader to say
        return [None]
    return [None]


def _sheets(file: Path) -> list[str | None]:
    name = shown_name(file)
    return [*workbook.sheet_names(file.read_bytes(), lambda reason: unreadable(name, reason))]


def _layers(file: Path) -> list[str | None]:
    import pyogrio

    # GDAL opens what the content says, whatever the ending.
    if not file.is_dir():
        with file.open("rb") as stream:
            if stream.read(len(_SQLITE)) != _SQLITE:
                return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [str(name) for name, _ in pyogrio.list_layers(file)]


def _tables(path: str | Path, layer: str | None, role: Role | None) -> list[RawTable]:
    """Read a sheet, a layer or a whole file, each table for the role that it seems to have."""
    if role is not None or str(path) == _STDIN or scheme_of(path) is not None:
        # What comes from a stream comes once, and nobody is asked twice for what is the same;
        # where no layer fits the role, all are read.
        return list(read(path, role or _EITHER[0], layer=layer, as_written=True))
    found: dict[str | None, tuple[Role, RawTable]] = {}
    faults: list[InputError] = []
    for first in _EITHER:
        try:
            tables = read(path, first, layer=layer, as_written=True)
        except InputError as error:
            faults.append(error)
            continue
        for table in tables:
            found.setdefault(table.layer, (first, table))
        if layer is not None or all(table.geometry is None for table in tables):
            break
    if not found:
        raise faults[0]
    out = []
    for first, table in found.values():
        fitting = guess_role(table).reading
        if fitting == first or (len(found) > 1 and GEOMETRY[fitting] == GEOMETRY[first]):
            out.append(table)
            continue
        try:
            again = read(path, fitting, layer=table.layer if layer else None, as_written=True)
        except InputError:
            again = (table,)
        out += [entry for entry in again if entry.layer == table.layer] or [table]
    return out
