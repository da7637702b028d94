"""XLSX workbooks: sheets that fit the role, header below title rows, cell addresses."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, repeat
from typing import TYPE_CHECKING, Any

import numpy as np

from mapaccuracy.errors import InputError
from mapaccuracy.intake.headers import distinct_names, match_header
from mapaccuracy.io import archives, header
from mapaccuracy.io.archives import Archive
from mapaccuracy.io.request import Request
from mapaccuracy.schema import COLUMNS, GEOMETRY, POSITION_COLUMNS, Problem, RawTable, recognise

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl import Workbook

_ZEROS = re.compile("0+")
_DAMAGED = "its content is not a complete Excel workbook"
_DOCTYPE = "<!DOCTYPE"
_MARKUP = (".xml", ".rels")
_FORMULA = re.compile(rb"<(?:\w+:)?f[ >/]")
_MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]*?ref=[\"']([A-Z]{1,3}\d+:[A-Z]{1,3}\d+)[\"']")
# Cells and rows that hold a format and nothing else: openpyxl makes an object of each.
_LARGE = 1 << 22
_BLANK_CELL = re.compile(rb'<c r="[A-Z]+\d+"(?: s="\d+")?\s*/>')
_BLANK_ROW = re.compile(rb'<row r="\d+"[^>]*?(?:/>|>\s*</row>)')
_UNNUMBERED = re.compile(rb"<(?:c|row)(?: (?!r=)|[/>])")
# Excel has no more rows; blank cells with a format are cells too.
_MOST_ROWS = 1 << 20
_MOST_CELLS = 50_000_000
# Merged cells of a header that are listed.
_SHOWN = 10
_SAVE = "open the workbook in Excel and save it, or copy and Paste Special > Values"
_UNMERGE = "unmerge the cells, and fill in each of them"


class _Unsaved:
    """A formula of which the workbook holds no value; blank to all but the check."""

    def __str__(self) -> str:
        return ""


_UNSAVED = _Unsaved()


class _Failed:
    """A cell with an error of Excel, such as ``#REF!``; blank to all but the count."""

    def __init__(self, text: str) -> None:
        self.text = text

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True)
class _Merged:
    """A range of merged cells; rows and columns from 1."""

    ref: str
    left: int
    top: int
    right: int
    bottom: int


@dataclass(frozen=True)
class _Sheet:
    """A sheet without its blank rows.

    Attributes
    ----------
    numbers : list of int
        Row numbers, from 1.
    rows : list of list
        Their cells, without the blank ones at the end.
    header : int
        Row number of the header.
    merged : tuple of _Merged
    """

    name: str
    numbers: list[int]
    rows: list[list[Any]]
    header: int
    headers: list[str]
    score: int
    fits: bool
    merged: tuple[_Merged, ...]

    @property
    def body(self) -> Iterator[tuple[int, list[Any]]]:
        """Rows below the header, with their numbers."""
        return (
            (number, row)
            for number, row in zip(self.numbers, self.rows, strict=True)
            if number > self.header
        )

    @property
    def has_rows(self) -> bool:
        """Whether there is any row below the header."""
        return bool(self.numbers) and self.numbers[-1] > self.header


def read(request: Request) -> tuple[RawTable, ...]:
    """Read the sheets of a workbook whose header fits the role.

    A whole number under a format of zeros alone (``00000``) becomes text with its leading
    zeros, as the sheet shows it. Values are those that were saved with the workbook; a
    formula without one, in a column that is used, is a fault of its row, and so is a cell that
    is blank because it is merged with another. Blank rows are left out.

    Raises
    ------
    InputError
        If it is no workbook, breaks the limits of `archives`, has more than 1,048,576 rows or
        50,000,000 cells, or has no such sheet or no rows.
    """
    archive = archives.opened(request.data, request.refuse, _DAMAGED)
    has_formulas, data = _look_over(request, archive)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = _open(request, data, saved_values=True)
        known = [sheet.title for sheet in book.worksheets]
        if request.layer is not None and request.layer not in known:
            raise request.no_layer(known)
        wanted = known if request.layer is None else [request.layer]
        formulas = _open(request, data, saved_values=False) if has_formulas else None
        found = [
            sheet
            for name in wanted
            if (sheet := _sheet(request, archive, book, formulas, name)) is not None
        ]
        book.close()
        if formulas is not None:
            formulas.close()
    chosen = [sheet for sheet in found if sheet.fits and sheet.has_rows]
    chosen = chosen or sorted(found, key=lambda sheet: -sheet.score)[:1]
    if not any(sheet.has_rows for sheet in chosen):
        raise request.empty()
    noticed = [request.several([sheet.name for sheet in chosen])] if len(chosen) > 1 else []
    tables = []
    for sheet in chosen:
        if sheet.header > 1:
            noticed.append(request.header_below(sheet.header, sheet.name))
        noticed += _merged_header(request, sheet)
        tables.append(_table(request, sheet, tuple(noticed)))
        noticed = []
    return tuple(tables)


def sheet_names(data: bytes, refuse: Callable[[str], InputError]) -> list[str]:
    """List the sheets of a workbook that hold cells.

    Parameters
    ----------
    data : bytes
    refuse : callable
        Makes the error of a reason.

    Raises
    ------
    InputError
        If it is no workbook, or breaks the limits of `archives`.
    """
    from openpyxl import load_workbook

    archives.opened(data, refuse, _DAMAGED)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            book = load_workbook(io.BytesIO(data), read_only=True)
        except Exception:  # as in `_open`
            raise refuse(_DAMAGED) from None
        names = [str(sheet.title) for sheet in book.worksheets]
        book.close()
    return names


def _open(request: Request, data: bytes, saved_values: bool) -> Workbook:
    from openpyxl import load_workbook

    try:
        return load_workbook(io.BytesIO(data), read_only=True, data_only=saved_values)
    except Exception:  # a damaged part fails in any way; the errors may hold cells
        raise request.refuse(_DAMAGED) from None


def _value(cell: Any) -> Any:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type == "e":
        return _Failed(str(value))
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if whole and not isinstance(value, bool) and _ZEROS.fullmatch(cell.number_format or ""):
        return str(int(value)).zfill(len(cell.number_format))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return value


def _look_over(request: Request, archive: Archive) -> tuple[bool, bytes]:
    """Look at the parts of a workbook before openpyxl does.

    Refuses document types. Tells whether any sheet has formulas, and gives the workbook without
    the cells that are blank but formatted, if these are most of a large sheet.
    """
    has_formulas = False
    lean: dict[str, bytes] = {}
    types = [_DOCTYPE.encode(code) for code in ("ascii", "utf-16-le", "utf-16-be")]
    for name in archive.names:
        if name.lower().endswith(_MARKUP):
            part = archive.read(name)
            if any(mark in part for mark in types):
                raise request.refuse("it has a document type (DOCTYPE), which no workbook needs")
            if name.startswith("xl/worksheets/"):
                has_formulas = has_formulas or _FORMULA.search(part) is not None
                less = _without_blanks(part) if len(part) > _LARGE else part
                if len(less) < len(part) // 2:
                    lean[name] = less
    return has_formulas, _with_parts(archive, lean) if lean else request.data


def _without_blanks(part: bytes) -> bytes:
    """Leave out blank cells and rows, if all have numbers: otherwise they are counted."""
    if _UNNUMBERED.search(part) is not None:
        return part
    kept = []
    start = 0
    while start < len(part):  # piece by piece, each of whole rows: what is cut out takes memory
        end = part.rfind(b"<row ", start + 1, start + _LARGE)
        end = end if end > start and start + _LARGE < len(part) else len(part)
        kept.append(_BLANK_ROW.sub(b"", _BLANK_CELL.sub(b"", part[start:end])))
        start = end
    return b"".join(kept)


def _with_parts(archive: Archive, parts: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as made:
        for name in archive.names:
            made.writestr(name, parts[name] if name in parts else archive.read(name))
    return stream.getvalue()


def _cells(request: Request, book: Workbook, formulas: Workbook | None, name: str) -> Iterator[Any]:
    """Go over the rows of a sheet; a formula without a saved value is told from a blank cell."""
    cells = 0
    others: Iterator[Any] = repeat(()) if formulas is None else _rows(formulas, name)
    for number, (row, other) in enumerate(zip(_rows(book, name), others, strict=False), start=1):
        cells += len(row)
        if number > _MOST_ROWS or cells > _MOST_CELLS:
            fix = "delete the rows and columns that are blank but formatted, and save it again"
            more = f"{_MOST_ROWS:,} rows or {_MOST_CELLS:,} cells"
            raise request.refuse(f"it has more than {more}", name, fix=fix)
        found = ["" if cell.value is None else _value(cell) for cell in row]
        for index, cell in enumerate(other):
            if cell.data_type == "f" and found[index] == "":
                found[index] = _UNSAVED
        yield found


def _rows(book: Workbook, name: str) -> Iterator[Any]:
    sheet: Any = book[name]
    sheet.reset_dimensions()  # the size that a workbook states is often wrong
    return iter(sheet.iter_rows())


def _merged_cells(archive: Archive, book: Workbook, name: str) -> tuple[_Merged, ...]:
    """List merged cells, which openpyxl does not tell when it reads row by row."""
    from openpyxl.utils.cell import range_boundaries

    sheet: Any = book[name]
    part = archive.read(str(sheet._worksheet_path))
    refs = (match[1].decode() for match in _MERGED.finditer(part))
    found = (_Merged(ref, *range_boundaries(ref)) for ref in refs)
    return tuple(sorted(found, key=lambda entry: (entry.top, entry.left)))


def _sheet(
    request: Request, archive: Archive, book: Workbook, formulas: Workbook | None, name: str
) -> _Sheet | None:
    from openpyxl.utils import get_column_letter

    numbers: list[int] = []
    rows: list[list[Any]] = []
    try:
        merged = _merged_cells(archive, book, name)
        for number, row in enumerate(_cells(request, book, formulas, name), start=1):
            if not _is_blank(row):
                numbers.append(number)
                rows.append(row[: _last(row) + 1])
    except InputError:
        raise
    except Exception:  # as in `_open`
        raise request.refuse(_DAMAGED, name) from None
    top = _top(numbers, rows, merged)
    found = header.find(top, request.role, request.columns)
    if found is None:
        return None
    index, score = found
    number = index + 1
    below = (len(row) for at, row in zip(numbers, rows, strict=True) if at >= number)
    width = max(chain(below, [_last(top[index]) + 1]))
    cells = [*top[index], *[""] * width][:width]
    headers = distinct_names(cells, [get_column_letter(number + 1) for number in range(width)])
    columns = set(recognise(request.role, headers)) | set(request.columns)
    needed = {column.name for column in COLUMNS[request.role] if column.required}
    tabular = GEOMETRY[request.role] == "table"
    places: list[set[str]] = [set()] if tabular else [{"lat", "lon"}, {"x", "y"}, {"position"}]
    fits = needed <= columns and any(pair <= columns for pair in places)
    return _Sheet(name, numbers, rows, number, headers, score, fits, merged)


def _top(
    numbers: Sequence[int], rows: Sequence[Sequence[Any]], merged: Sequence[_Merged]
) -> list[list[str]]:
    """Give the first rows as text; a cell merged downwards stands in every row that it covers."""
    last = min(numbers[-1] if numbers else 0, header.SEARCHED_ROWS)
    top: list[list[str]] = [[] for _ in range(last)]
    for number, row in zip(numbers, rows, strict=True):
        if number > last:
            break
        top[number - 1] = [str(value) for value in row]
    for entry in merged:
        above = top[entry.top - 1] if entry.top <= last else []
        text = above[entry.left - 1] if entry.left <= len(above) else ""
        for row in top[entry.top : entry.bottom] if text else []:
            row += [""] * (entry.left - len(row))
            row[entry.left - 1] = row[entry.left - 1] or text
    return top


def _last(row: Sequence[Any]) -> int:
    return max((number for number, value in enumerate(row) if value != ""), default=-1)


def _is_blank(row: Sequence[Any]) -> bool:
    return all(isinstance(value, str) and not value.strip() for value in row)


def _without_value(request: Request, sheet: _Sheet, letters: Sequence[str]) -> list[Problem]:
    """List cells of used columns that only look blank: unsaved formulas, and merged ones."""
    used = header.used(sheet.headers, request.role, request.columns)
    columns = {n: name for n, name in enumerate(sheet.headers) if name in used}

    def problem(number: int, n: int, what: str, how: str) -> Problem:
        cell = f"{sheet.name}!{letters[n]}{number}"
        values = {"cell": cell, "what": what, "how": how}
        return Problem("MA008", request.name, cell, row=number, column=columns[n], values=values)

    found = [
        problem(number, n, "holds a formula without a saved value", _SAVE)
        for number, row in sheet.body
        for n in columns
        if n < len(row) and row[n] is _UNSAVED
    ]
    body = dict(sheet.body)
    for entry in sheet.merged:
        first = f"{letters[entry.left - 1]}{entry.top}" if entry.left <= len(letters) else ""
        above = body.get(entry.top, [])
        text = str(above[entry.left - 1]) if entry.left <= len(above) else ""
        if not (text.strip() or entry.top <= sheet.header < entry.bottom):
            continue  # blank as a whole
        what = f"is one of the merged cells {entry.ref}, of which only {first} holds a value"
        found += [
            problem(number, n, what, _UNMERGE)
            for number in _numbers_within(sheet, entry)
            for n in range(entry.left - 1, min(entry.right, len(letters)))
            if n in columns and (number, n + 1) != (entry.top, entry.left)
        ]
    return found


def _numbers_within(sheet: _Sheet, merged: _Merged) -> list[int]:
    start = bisect_left(sheet.numbers, max(merged.top, sheet.header + 1))
    return sheet.numbers[start : bisect_right(sheet.numbers, merged.bottom)]


def _merged_header(request: Request, sheet: _Sheet) -> list[Problem]:
    found = [entry.ref for entry in sheet.merged if entry.top <= sheet.header <= entry.bottom]
    if not found:
        return []
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    values = {"cells": ", ".join(found[:_SHOWN]) + more}
    return [Problem("MA015", request.name, sheet.name, values=values)]


def _holders(request: Request, sheet: _Sheet) -> dict[str, str]:
    """Column name to header, the user's word before recognition."""
    named = {
        name: header
        for name, wanted in request.columns.items()
        if (header := match_header(sheet.headers, wanted)) is not None
    }
    free = [header for header in sheet.headers if header not in named.values()]
    return recognise(request.role, free) | named


def _failed(request: Request, sheet: _Sheet, holders: Mapping[str, str]) -> list[Problem]:
    """Say where errors of Excel stand in columns that are used.

    A row without an id is a fault; positions stay as text, which intake says is no number.
    """
    names = {header: name for name, header in holders.items() if name not in POSITION_COLUMNS}
    columns = {n: header for n, header in enumerate(sheet.headers) if header in names}
    found = [
        (number, columns[n])
        for number, row in sheet.body
        for n, value in enumerate(row)
        if isinstance(value, _Failed) and n in columns
    ]
    lost = [
        Problem("MA102", request.name, f"{sheet.name}!{number}:{number}", row=number, column=header)
        for number, header in found
        if names[header] == "id"
    ]
    values = {"n": f"{len(found) - len(lost):,}"}
    said = [Problem("MA012", request.name, sheet.name, values=values)]
    return [*(said if len(found) > len(lost) else []), *lost]


def _content(value: Any, position: bool) -> Any:
    if isinstance(value, _Failed):
        return value.text if position else ""
    return "" if value is _UNSAVED else value


def _table(request: Request, sheet: _Sheet, noticed: tuple[Problem, ...]) -> RawTable:
    import pandas as pd
    from openpyxl.utils import get_column_letter

    width = len(sheet.headers)
    letters = [get_column_letter(number + 1) for number in range(width)]
    holders = _holders(request, sheet)
    places = {sheet.headers.index(holders[name]) for name in POSITION_COLUMNS & set(holders)}
    body = [
        [_content(value, n in places) for n, value in enumerate(([*row, *[""] * width])[:width])]
        for _, row in sheet.body
    ]
    columns: dict[str, pd.Series[Any]] = {
        name: pd.Series([row[number] for row in body], dtype=object)
        for number, name in enumerate(sheet.headers)
    }
    return RawTable(
        source=request.name,
        frame=pd.DataFrame(columns),
        rows=np.array([number for number, _ in sheet.body], dtype=np.int64),
        place="cell",
        layer=sheet.name,
        sha256=request.sha256,
        problems=(
            *noticed,
            *_failed(request, sheet, holders),
            *_without_value(request, sheet, letters),
        ),
        column_letters=dict(zip(sheet.headers, letters, strict=True)),
    )
