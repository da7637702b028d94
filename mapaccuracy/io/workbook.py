"""XLSX workbooks: sheets that fit the role, header below title rows, cell addresses."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mapaccuracy.intake.headers import distinct_names, match_header
from mapaccuracy.io import header
from mapaccuracy.io.request import Request
from mapaccuracy.schema import COLUMNS, GEOMETRY, POSITION_COLUMNS, Problem, RawTable, recognise

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl import Workbook

_ZEROS = re.compile("0+")
_DAMAGED = "its content is not a complete Excel workbook"


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
class _Sheet:
    name: str
    rows: list[list[Any]]
    header: int
    headers: list[str]
    score: int
    fits: bool


def read(request: Request) -> tuple[RawTable, ...]:
    """Read the sheets of a workbook whose header fits the role.

    A whole number under a format of zeros alone (``00000``) becomes text with its leading
    zeros, as the sheet shows it. Values are those that were saved with the workbook; a
    formula without one, in a column that is used, is a fault of its row.

    Raises
    ------
    InputError
        If it is no workbook, or has no such sheet or no rows.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = _open(request, saved_values=True)
        known = [sheet.title for sheet in book.worksheets]
        if request.layer is not None and request.layer not in known:
            raise request.no_layer(known)
        wanted = known if request.layer is None else [request.layer]
        formulas = _open(request, saved_values=False) if _has_formulas(request) else None
        found = [
            sheet for name in wanted if (sheet := _sheet(request, book, formulas, name)) is not None
        ]
        book.close()
        if formulas is not None:
            formulas.close()
    chosen = [sheet for sheet in found if sheet.fits and len(sheet.rows) > sheet.header + 1]
    chosen = chosen or sorted(found, key=lambda sheet: -sheet.score)[:1]
    if not chosen or all(len(sheet.rows) <= sheet.header + 1 for sheet in chosen):
        raise request.empty()
    noticed = [request.several([sheet.name for sheet in chosen])] if len(chosen) > 1 else []
    tables = []
    for sheet in chosen:
        if sheet.header > 0:
            noticed.append(request.header_below(sheet.header + 1, sheet.name))
        tables.append(_table(request, sheet, tuple(noticed)))
        noticed = []
    return tuple(tables)


def _open(request: Request, saved_values: bool) -> Workbook:
    from openpyxl import load_workbook

    try:
        return load_workbook(io.BytesIO(request.data), read_only=True, data_only=saved_values)
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


def _has_formulas(request: Request) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(request.data)) as archive:
            parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
            return any(re.search(rb"<f[ >/]", archive.read(name)) for name in parts)
    except Exception:  # as in `_open`
        raise request.refuse(_DAMAGED) from None


def _mark_unsaved(rows: list[list[Any]], book: Workbook, name: str) -> None:
    """Tell formulas without a saved value from blank cells; needs a second reading."""
    sheet: Any = book[name]
    sheet.reset_dimensions()
    for saved, cells in zip(rows, sheet.iter_rows(), strict=False):
        for number, (value, cell) in enumerate(zip(saved, cells, strict=False)):
            if value == "" and cell.data_type == "f":
                saved[number] = _UNSAVED


def _sheet(request: Request, book: Workbook, formulas: Workbook | None, name: str) -> _Sheet | None:
    from openpyxl.utils import get_column_letter

    try:
        sheet: Any = book[name]
        sheet.reset_dimensions()  # the size that a workbook states is often wrong
        rows = [[_value(cell) for cell in row] for row in sheet.iter_rows()]
        if formulas is not None:
            _mark_unsaved(rows, formulas, name)
    except Exception:  # as in `_open`
        raise request.refuse(_DAMAGED, name) from None
    while rows and _is_blank(rows[-1]):
        rows.pop()
    top = [[str(value) for value in row] for row in rows[: header.SEARCHED_ROWS]]
    found = header.find(top, request.role, request.columns)
    if found is None:
        return None
    index, score = found
    width = max((last + 1 for row in rows[index:] if (last := _last(row)) >= 0), default=0)
    cells = [*top[index], *[""] * width][:width]
    headers = distinct_names(cells, [get_column_letter(number + 1) for number in range(width)])
    columns = set(recognise(request.role, headers)) | set(request.columns)
    needed = {column.name for column in COLUMNS[request.role] if column.required}
    tabular = GEOMETRY[request.role] == "table"
    places: list[set[str]] = [set()] if tabular else [{"lat", "lon"}, {"x", "y"}, {"position"}]
    fits = needed <= columns and any(pair <= columns for pair in places)
    return _Sheet(name, rows, index, headers, score, fits)


def _last(row: Sequence[Any]) -> int:
    return max((number for number, value in enumerate(row) if value != ""), default=-1)


def _is_blank(row: Sequence[Any]) -> bool:
    return all(isinstance(value, str) and not value.strip() for value in row)


def _unsaved(request: Request, sheet: _Sheet, letters: Sequence[str]) -> list[Problem]:
    """List the formulas without a saved value in columns that are used."""
    used = header.used(sheet.headers, request.role, request.columns)
    columns = [(n, name, letters[n]) for n, name in enumerate(sheet.headers) if name in used]
    return [
        Problem(
            "MA008",
            request.name,
            f"{sheet.name}!{letter}{number}",
            row=number,
            column=name,
            values={"cell": f"{sheet.name}!{letter}{number}"},
        )
        for number, row in enumerate(sheet.rows[sheet.header + 1 :], start=sheet.header + 2)
        for n, name, letter in columns
        if n < len(row) and row[n] is _UNSAVED
    ]


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
        for number, row in enumerate(sheet.rows[sheet.header + 1 :], start=sheet.header + 2)
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
        for row in sheet.rows[sheet.header + 1 :]
    ]
    columns: dict[str, pd.Series[Any]] = {
        name: pd.Series([row[number] for row in body], dtype=object)
        for number, name in enumerate(sheet.headers)
    }
    return RawTable(
        source=request.name,
        frame=pd.DataFrame(columns),
        rows=np.arange(len(body), dtype=np.int64) + sheet.header + 2,
        place="cell",
        layer=sheet.name,
        sha256=request.sha256,
        problems=(*noticed, *_failed(request, sheet, holders), *_unsaved(request, sheet, letters)),
        column_letters=dict(zip(sheet.headers, letters, strict=True)),
    )
