"""The submission returned as a workbook: cells at fault are coloured, and say how to mend them."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mapaccuracy.io.inputs import format_name, read
from mapaccuracy.io.request import shown_name
from mapaccuracy.schema import RawTable

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_SHEET = "Findings"
_COLOURS = {"error": "FFF4B6B6", "warning": "FFFFE8A3", "info": "FFCFE2F7"}
_HEADERS = ("code", "severity", "file", "where", "id", "what was seen", "how to mend it")
_WIDTHS = (9, 10, 22, 24, 16, 60, 60)
# Cells of one rule that are coloured; the sheet of findings lists all.
_MOST_CELLS = 5_000
_LONGEST = 1_000
_LINE_POINTS = 15.0
_AUTHOR = "mapaccuracy"
_CELL = re.compile(r"(?P<sheet>.*)!(?P<cell>[A-Z]{1,3}\d+|\d+:\d+)")
_EXCEL = "an Excel workbook"
_NOT_IN_CELLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
# The same input gives the same bytes: no clock in a workbook.
_FIXED = (1980, 1, 1, 0, 0, 0)
_CLOCK = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_LARGEST_NAME = 31

Entry = Mapping[str, Any]


def returned_workbook(files: Sequence[str], findings: Sequence[Entry]) -> bytes:
    """Make a workbook of the tables of a submission, with what was found in them.

    Parameters
    ----------
    files : sequence of str
        Of the submission. Workbooks are copied with all their sheets; of text files every cell
        is a text, in the rows in which it stands in the file; other files are named only.
    findings : sequence of mapping
        Of the findings document.

    Returns
    -------
    bytes
        A workbook (XLSX) whose first sheet lists all findings, with links to their cells.

    Notes
    -----
    Of a workbook that is copied pictures, charts and macros are lost. If there are several
    tables, each gets a sheet of its own.
    """
    from openpyxl import Workbook, load_workbook

    tables = [file for file in files if format_name(file) in (_EXCEL, "CSV")]
    books = [file for file in tables if format_name(file) == _EXCEL]
    # One workbook can be given back as it is; sheets of several are copied by their cells.
    book = load_workbook(books[0]) if books else Workbook()
    if not books:
        book.remove(book.worksheets[0])
    sheets: dict[tuple[str, str], Worksheet] = {}
    if books:
        name = shown_name(Path(books[0]))
        sheets |= {(name, sheet.title): sheet for sheet in book.worksheets}
    for file in tables:
        if file not in books[:1]:
            sheets |= _copied(book, file)
    listed = book.create_sheet(_free(book, _SHEET), 0)
    _mark(sheets, findings)
    _list(listed, sheets, findings)
    book.active = 0
    return _without_clock(_saved(book))


def _copied(book: Workbook, file: str) -> dict[tuple[str, str], Worksheet]:
    name = shown_name(Path(file))
    out: dict[tuple[str, str], Worksheet] = {}
    for table in read(file, "supplied", as_written=True):
        title = _free(book, table.layer or Path(name).stem)
        sheet = book.create_sheet(title)
        _fill(sheet, table)
        out[name, table.layer or ""] = sheet
    return out


def _fill(sheet: Worksheet, table: RawTable) -> None:
    header = max(1, int(table.rows[0]) - 1)
    for column, title in enumerate(map(str, table.frame.columns), start=1):
        _write(sheet, header, column, title)
        for row, value in zip(table.rows.tolist(), table.frame.iloc[:, column - 1], strict=True):
            if value is not None and value == value and value != "":
                _write(sheet, int(row), column, str(value))
    sheet.freeze_panes = f"A{header + 1}"


def _write(sheet: Worksheet, row: int, column: int, text: str) -> Any:
    cell: Any = sheet.cell(row, column)
    cell.value = _NOT_IN_CELLS.sub("?", text)
    # A text that begins with = is no formula.
    cell.data_type = "s"
    return cell


def _free(book: Workbook, name: str) -> str:
    plain = re.sub(r"[\\/*?:\[\]]", " ", name).strip()[:_LARGEST_NAME] or "Table"
    title, number = plain, 2
    taken = {sheet.lower() for sheet in book.sheetnames}
    while title.lower() in taken:
        title = f"{plain[: _LARGEST_NAME - 4]} {number}"
        number += 1
    return title


def _columns(sheet: Worksheet, header: str | None) -> int:
    """Find the column of a header; the first where there is none of that name."""
    if header:
        for row in sheet.iter_rows(min_row=1, max_row=60, values_only=True):
            for column, value in enumerate(row, start=1):
                if str(value or "").strip() == header:
                    return column
    return 1


def _targets(
    sheets: Mapping[tuple[str, str], Worksheet], finding: Entry
) -> list[tuple[Worksheet, str]]:
    """Name the cells that a finding speaks of."""
    from openpyxl.utils import get_column_letter

    match = _CELL.fullmatch(finding["place"])
    if match is not None:
        sheet = sheets.get((finding["source"], match["sheet"]))
        if sheet is None:
            return []
        cell = match["cell"]
        return [(sheet, f"A{cell.partition(':')[0]}" if ":" in cell else cell)]
    own = {title: sheet for (source, title), sheet in sheets.items() if source == finding["source"]}
    named = own.get(finding["place"]) or (next(iter(own.values())) if len(own) == 1 else None)
    if named is None:
        return []
    sheet = named
    letter = get_column_letter(_columns(sheet, finding["column"]))
    rows = finding["rows"] or ([] if finding["row"] is None else [finding["row"]])
    return [(sheet, f"{letter}{row}") for row in rows]


def _mark(sheets: Mapping[tuple[str, str], Worksheet], findings: Iterable[Entry]) -> None:
    from openpyxl.comments import Comment
    from openpyxl.styles import PatternFill

    marked: dict[str, int] = {}
    # The worst comes first, so that its colour stays.
    for finding in findings:
        colour = _COLOURS[finding["severity"]]
        for sheet, at in _targets(sheets, finding):
            code = finding["code"]
            marked[code] = marked.get(code, 0) + 1
            if marked[code] > _MOST_CELLS:
                break
            cell = sheet[at]
            said = f"{code} ({finding['severity']}): {finding['message']}\nFix: {finding['fix']}"
            said = _NOT_IN_CELLS.sub("?", said)[:_LONGEST]
            before = "" if cell.comment is None else f"{cell.comment.text}\n\n"
            cell.comment = Comment(before + said, _AUTHOR, height=160, width=360)
            if not before:
                cell.fill = PatternFill("solid", fgColor=colour)


def _list(
    sheet: Worksheet, sheets: Mapping[tuple[str, str], Worksheet], findings: Sequence[Entry]
) -> None:
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    note = (
        "Findings of mapaccuracy check. RESTRICTED: this workbook holds the submission. Click a "
        "place to go to its cell; the cells at fault are coloured and say how to mend them."
    )
    _write(sheet, 1, 1, note).font = Font(bold=True)
    for column, (title, width) in enumerate(zip(_HEADERS, _WIDTHS, strict=True), start=1):
        _write(sheet, 3, column, title).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = width
    wrapped = Alignment(wrap_text=True, vertical="top")
    for row, finding in enumerate(findings, start=4):
        cells = (
            finding["code"],
            finding["severity"],
            finding["source"],
            _where(finding),
            finding["id"] or "",
            finding["message"],
            finding["fix"],
        )
        for column, text in enumerate(cells, start=1):
            _write(sheet, row, column, text[:_LONGEST]).alignment = wrapped
        # Not every program makes a row as high as its wrapped texts.
        lines = max(
            math.ceil(len(text[:_LONGEST]) / (width - 4))
            for text, width in zip(cells, _WIDTHS, strict=True)
        )
        sheet.row_dimensions[row].height = _LINE_POINTS * max(1, lines)
        sheet.cell(row, 2).fill = PatternFill("solid", fgColor=_COLOURS[finding["severity"]])
        targets = _targets(sheets, finding)
        if targets:
            other, at = targets[0]
            title = other.title.replace("'", "''")
            link = sheet.cell(row, 4)
            link.hyperlink = f"#'{title}'!{at}"
            link.font = Font(underline="single", color="FF0563C1")
    sheet.freeze_panes = "A4"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.auto_filter.ref = f"A3:G{max(4, len(findings) + 3)}"


def _where(finding: Entry) -> str:
    rows, place = finding["rows"], str(finding["place"])
    if finding["row"] is not None or not rows:
        return place or "the whole file"
    more = len(rows) - 5
    told = f"rows {', '.join(map(str, rows[:5]))}" + (f" and {more:,} more" if more > 0 else "")
    return f"{place}, {told}" if place else told


def _saved(book: Workbook) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _without_clock(data: bytes) -> bytes:
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _CLOCK.sub(rb"\g<1>1980-01-01T00:00:00Z", content)
            new.writestr(zipfile.ZipInfo(name, _FIXED), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
