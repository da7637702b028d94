"""XLSX workbooks: sheets that fit the role, header below title rows, cell addresses."""

from __future__ import annotations

import datetime as dt
import io
import re
import warnings
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mapaccuracy.errors import InputError
from mapaccuracy.io import header
from mapaccuracy.io.request import Request
from mapaccuracy.schema import COLUMNS, Problem, RawTable, normalise, recognise

if TYPE_CHECKING:
    import pandas as pd
    from openpyxl import Workbook

_ZEROS = re.compile("0+")


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
    zeros, as the sheet shows it. Values are those that were saved with the workbook.

    Raises
    ------
    InputError
        If it is no workbook, has no such sheet or no rows, or a formula in a column that is
        used has no saved value (all of them listed).
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = _open(request, saved_values=True)
        known = [sheet.title for sheet in book.worksheets]
        if request.layer is not None and request.layer not in known:
            raise request.no_layer(known)
        wanted = known if request.layer is None else [request.layer]
        found = [sheet for name in wanted if (sheet := _sheet(request, book, name)) is not None]
        book.close()
    chosen = [sheet for sheet in found if sheet.fits and len(sheet.rows) > sheet.header + 1]
    chosen = chosen or sorted(found, key=lambda sheet: -sheet.score)[:1]
    if not chosen or all(len(sheet.rows) <= sheet.header + 1 for sheet in chosen):
        raise request.empty()
    _check_formulas(request, chosen)
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
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError, AttributeError):
        raise request.refuse("its content is not a complete Excel workbook") from None


def _value(cell: Any) -> Any:
    value = cell.value
    if value is None:
        return ""
    whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    if whole and not isinstance(value, bool) and _ZEROS.fullmatch(cell.number_format or ""):
        return str(int(value)).zfill(len(cell.number_format))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return value


def _sheet(request: Request, book: Workbook, name: str) -> _Sheet | None:
    from openpyxl.utils import get_column_letter

    sheet: Any = book[name]
    sheet.reset_dimensions()  # the size that a workbook states is often wrong
    try:
        rows = [[_value(cell) for cell in row] for row in sheet.iter_rows()]
    except (KeyError, ValueError, SyntaxError, zipfile.BadZipFile):
        raise request.refuse("its content is not a complete Excel workbook", name) from None
    while rows and _is_blank(rows[-1]):
        rows.pop()
    top = [[str(value) for value in row] for row in rows[: header.SEARCHED_ROWS]]
    found = header.find(top, request.role, request.columns)
    if found is None:
        return None
    index, score = found
    width = max((last + 1 for row in rows[index:] if (last := _last(row)) >= 0), default=0)
    cells = [*top[index], *[""] * width][:width]
    headers = header.names(cells, [get_column_letter(number + 1) for number in range(width)])
    columns = set(recognise(request.role, headers)) | set(request.columns)
    needed = {column.name for column in COLUMNS[request.role] if column.required}
    places = [{"lat", "lon"}, {"x", "y"}]
    fits = needed <= columns and any(pair <= columns for pair in places)
    return _Sheet(name, rows, index, headers, score, fits)


def _last(row: Sequence[Any]) -> int:
    return max((number for number, value in enumerate(row) if value != ""), default=-1)


def _is_blank(row: Sequence[Any]) -> bool:
    return all(isinstance(value, str) and not value.strip() for value in row)


def _used(request: Request, headers: Sequence[str]) -> set[str]:
    named = {normalise(name) for name in request.columns.values()}
    found = set(recognise(request.role, headers).values())
    return found | {name for name in headers if normalise(name) in named}


def _check_formulas(request: Request, sheets: Sequence[_Sheet]) -> None:
    """Refuse formulas without a saved value; a second reading, only if there are formulas."""
    with zipfile.ZipFile(io.BytesIO(request.data)) as archive:
        parts = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        if not any(re.search(rb"<f[ >/]", archive.read(name)) for name in parts):
            return
    problems = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = _open(request, saved_values=False)
        for sheet in sheets:
            used = _used(request, sheet.headers)
            opened: Any = book[sheet.name]
            opened.reset_dimensions()
            for row, saved in zip(opened.iter_rows(), sheet.rows, strict=False):
                for cell, value, name in zip(row, saved, sheet.headers, strict=False):
                    if value == "" and cell.data_type == "f" and name in used:
                        address = f"{sheet.name}!{cell.coordinate}"
                        problems.append(
                            Problem(
                                "MA008",
                                request.path.name,
                                address,
                                row=cell.row,
                                column=name,
                                values={"cell": address},
                            )
                        )
        book.close()
    if problems:
        raise InputError(problems)


def _table(request: Request, sheet: _Sheet, noticed: tuple[Problem, ...]) -> RawTable:
    import pandas as pd
    from openpyxl.utils import get_column_letter

    width = len(sheet.headers)
    body = [([*row, *[""] * width])[:width] for row in sheet.rows[sheet.header + 1 :]]
    columns: dict[str, pd.Series[Any]] = {
        name: pd.Series([row[number] for row in body], dtype=object)
        for number, name in enumerate(sheet.headers)
    }
    return RawTable(
        source=request.path.name,
        frame=pd.DataFrame(columns),
        rows=np.arange(len(body), dtype=np.int64) + sheet.header + 2,
        place="cell",
        layer=sheet.name,
        sha256=request.sha256,
        problems=noticed,
        column_letters={
            name: get_column_letter(number + 1) for number, name in enumerate(sheet.headers)
        },
    )
