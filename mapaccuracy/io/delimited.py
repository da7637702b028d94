"""CSV files: encoding, separator and header are found, every row is accounted for."""

from __future__ import annotations

import codecs
import csv
import io
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy.errors import InputError
from mapaccuracy.intake.headers import distinct_names
from mapaccuracy.io import header, regular
from mapaccuracy.io.request import SAVE_AGAIN, Request
from mapaccuracy.schema import AXIS_COLUMNS, GEOMETRY, Problem, RawTable, recognise

if TYPE_CHECKING:
    import pandas as pd

_SEPARATORS = (",", ";", "\t")
_SAMPLE = 1 << 18
# Never by way of Excel: it reads 007 as 7 and 01/88 as a day, and saves what it has read.
_SAVE_AS_UTF8 = (
    "open it in a text editor that shows its letters right, such as Notepad on a machine of the "
    "sender, and save it with the encoding UTF-8; Excel changes ids such as 007 and 01/88"
)
_ONE_ROW = "save it with one row a line, or check that the copy is complete"
_CHUNK = 1 << 24
_NEWLINE = 10
# A line holds a row; WKT of the largest outlines is far below.
_LONGEST_LINE = 1 << 23
# As many as a sheet has.
_MOST_COLUMNS = 1 << 14
_TOO_LONG = "a cell is longer than 131,072 characters; is a quotation mark never closed?"
# What pandas' parser reads exactly as Python does; all else goes through text, where the
# reason can be told.
_PLAIN = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
# A decimal comma leaves nothing open in degrees; in metres it may stand for thousands.
_COMMA = re.compile(r"\s*[+-]?\d+(,\d+)?\s*", re.ASCII)


@dataclass(frozen=True)
class _Form:
    separator: str
    headers: list[str]
    header_row: int
    body: int
    first: list[str]


def read(request: Request) -> tuple[RawTable, ...]:
    """Read a CSV file: UTF-8 or UTF-16, separated by comma, semicolon or tab.

    Raises
    ------
    InputError
        If it is not such text, has no rows, has a line of more than 8 MiB or a cell that is
        never closed, or has rows longer than its header (all of them listed).

    Notes
    -----
    Other encodings are refused and not guessed: Cyrillic in one reads as other letters in the
    next, and an id that was read wrongly would match nothing.
    """
    if request.layer is not None:
        raise request.no_layer([])
    data = _utf8(request)
    _check_lines(request, data)
    form = _form(request, data)
    plain = _is_regular(data, form)
    if not plain:
        _check_lengths(request, data, form)
    frame = _frame(request, data, form, plain)
    if len(frame) == 0:
        raise request.empty()
    noticed = () if form.header_row == 1 else (request.header_below(form.header_row),)
    return (
        RawTable(
            source=request.name,
            frame=frame,
            rows=np.arange(len(frame), dtype=np.int64) + form.header_row + 1,
            sha256=request.sha256,
            problems=noticed,
            unread=tuple(name for name in form.headers if name not in frame.columns),
        ),
    )


def _utf8(request: Request) -> bytes:
    data = request.data
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            data = data.decode("utf-16").encode()
        except UnicodeError:
            raise request.refuse("it is not complete UTF-16 text") from None
    else:
        data = data.removeprefix(codecs.BOM_UTF8)
        _check_utf8(request, data)
    at = data.find(b"\x00")
    if at >= 0:
        line = data.count(b"\n", 0, at) + 1
        raise request.refuse(f"it is binary, not text (byte {at + 1}, line {line})")
    if not data or data.isspace():
        raise request.empty(": it is blank")
    return data


def _check_utf8(request: Request, data: bytes) -> None:
    """Decode piece by piece: the text as a whole would take up to four times the memory."""
    if data.isascii():
        return
    decoder = codecs.getincrementaldecoder("utf-8")()
    start = 0
    try:
        for start in range(0, len(data), _CHUNK):
            decoder.decode(data[start : start + _CHUNK])
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        held = len(error.object) - len(data[start : start + _CHUNK])
        at = start - held + error.start + len(request.data) - len(data)
        line = request.data.count(b"\n", 0, at) + 1
        binary = b"\x00" in data[:_SAMPLE]
        kind = "it is binary, not text" if binary else "it is not UTF-8 text"
        fix = SAVE_AGAIN if binary else _SAVE_AS_UTF8
        raise request.refuse(f"{kind} (byte {at + 1}, line {line})", fix=fix) from None


def _check_lines(request: Request, data: bytes) -> None:
    """Refuse lines that no table has, before any of them is taken apart."""
    start = 0
    while len(data) - start > _LONGEST_LINE:
        # The last end of a line within reach; from there the next line begins.
        ends = (data.rfind(end, start, start + _LONGEST_LINE) for end in (b"\n", b"\r"))
        end = next((end for end in ends if end >= 0), None)
        if end is None:
            line = data.count(b"\n", 0, start) + 1
            reason = f"its line {line:,} is longer than {_LONGEST_LINE:,} bytes"
            raise request.refuse(reason, fix=_ONE_ROW)
        start = end + 1


def _lines(text: str) -> Iterator[str]:
    # newline="" keeps the ends of lines as they are, so that lengths are those of the file.
    return iter(io.StringIO(text, newline=""))


def _sample(text: str, separator: str) -> tuple[list[list[str]], list[int]]:
    rows: list[list[str]] = []
    ends: list[int] = []
    reader = csv.reader(_lines(text), delimiter=separator)
    # A cell that is too long for Python's reader ends the sample; the header may stand above.
    with suppress(csv.Error):
        for row in reader:
            rows.append(row)
            ends.append(reader.line_num)
            if len(rows) > header.SEARCHED_ROWS:
                break
    return rows, ends


def _form(request: Request, data: bytes) -> _Form:
    text = data[:_SAMPLE].decode(errors="ignore")
    if len(data) > _SAMPLE and "\n" not in text and "\r" not in text:
        reason = f"its first line is longer than {_SAMPLE:,} bytes"
        raise request.refuse(reason, fix=_ONE_ROW)
    best: tuple[tuple[int, int], _Form] | None = None
    most = 0
    for separator in _SEPARATORS:
        rows, ends = _sample(text, separator)
        width = max(map(len, rows), default=0)
        if width > _MOST_COLUMNS:
            most = max(most, width)
            continue
        found = header.find(rows[: header.SEARCHED_ROWS], request.role, request.columns)
        if found is None:
            continue
        index, score = found
        first = next((row for row in rows[index + 1 :] if any(map(str.strip, row))), [])
        cells = rows[index]
        # A blank header at the end is none, unless there is something below it.
        while len(cells) > 1 and not "".join([cells[-1], *first[len(cells) - 1 :]]).strip():
            cells = cells[:-1]
        letters = [str(number) for number in range(1, len(cells) + 1)]
        lines = list(_lines(text))
        if len(data) > _SAMPLE and ends[index] >= len(lines):
            continue  # it goes on beyond the sample
        lines = lines[: ends[index]]
        form = _Form(
            separator=separator,
            headers=distinct_names(cells, letters),
            header_row=index + 1,
            body=sum(len(line.encode()) for line in lines),
            first=first,
        )
        rank = (score, len(cells))
        if best is None or rank > best[0]:
            best = (rank, form)
    if most and (best is None or best[0][0] < 2):
        reason = f"it has a row of {most:,} cells; up to {_MOST_COLUMNS:,} columns are read"
        raise request.refuse(reason, fix=_ONE_ROW)
    if best is None:
        raise request.refuse("no header row was found" if any(ends) else _TOO_LONG)
    return best[1]


def _check_lengths(request: Request, data: bytes, form: _Form) -> None:
    """Refuse rows that hold more than the header names, all at once."""
    width = len(form.headers)
    problems = []
    number = form.header_row
    stream = io.BytesIO(data)
    stream.seek(form.body)
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    try:
        for row in csv.reader(text, delimiter=form.separator):
            number += 1
            if len(row) > width and any(map(str.strip, row[width:])):
                values = {"n": str(len(row)), "columns": str(width)}
                problems.append(
                    Problem("MA011", request.name, f"row {number}", row=number, values=values)
                )
    except csv.Error:
        raise request.refuse(_TOO_LONG, f"row {number + 1}") from None
    if problems:
        raise InputError(problems)


def _is_regular(data: bytes, form: _Form) -> bool:
    """Tell whether plainly every line has as many cells as the header.

    Only for files without quotation marks; counts separators and ends of lines, 16 MB at a
    time, which is twenty times as fast as taking the rows apart.
    """
    if data.find(b'"', form.body) >= 0:
        return False
    width = len(form.headers)
    start = form.body
    while start < len(data):
        end = data.rfind(b"\n", start, start + _CHUNK) + 1
        if end <= start:
            return start + _CHUNK > len(data) and (
                data.count(form.separator.encode(), start) == width - 1
            )
        block = np.frombuffer(data, dtype=np.uint8, count=end - start, offset=start)
        ends = block == _NEWLINE
        marks = ends[(block == ord(form.separator)) | ends]
        if marks.size % width or marks.sum() * width != marks.size:
            return False
        if not marks[width - 1 :: width].all():
            return False
        start = end
    return True


def _frame(request: Request, data: bytes, form: _Form, plain: bool) -> pd.DataFrame:
    # Where a column is missing, all are read: the message names them in their order.
    lean = request.lean and GEOMETRY[request.role] == "points"
    complete = lean and header.is_complete(form.headers, request.role, request.columns)
    wanted = header.used(form.headers, request.role, request.columns) if complete else form.headers
    for decimal in () if request.as_written else (".", ","):
        numbers = _numbers(request, form, decimal)
        if numbers:
            frame = _quickly(data, form, wanted, numbers, decimal) if plain else None
            if frame is not None:
                return frame
            try:
                return _parse(request, data, form, wanted, numbers, decimal)
            except ValueError:  # a cell is no plain number: as text, so that it can be shown
                break
    frame = _quickly(data, form, wanted, [], ".") if plain else None
    return _parse(request, data, form, wanted, [], ".") if frame is None else frame


def _quickly(
    data: bytes, form: _Form, wanted: Sequence[str], numbers: Sequence[str], decimal: str
) -> pd.DataFrame | None:
    return regular.parse(data, form.body, form.headers, form.separator, wanted, numbers, decimal)


def _numbers(request: Request, form: _Form, decimal: str) -> list[str]:
    """Headers of coordinates, if the first row lets hope that all of them are plain numbers."""
    found = recognise(request.role, form.headers) | dict(request.columns)
    cells = dict(zip(form.headers, form.first, strict=False))
    positions = {column: found[column] for column in AXIS_COLUMNS & set(found)}
    if decimal == "," and not set(positions) <= {"lat", "lon"}:
        return []
    pattern = _PLAIN if decimal == "." else _COMMA
    plain = all(pattern.fullmatch(cells.get(name, "")) for name in positions.values())
    return sorted(positions.values()) if plain else []


def _parse(
    request: Request,
    data: bytes,
    form: _Form,
    wanted: Sequence[str],
    numbers: Sequence[str],
    decimal: str,
) -> pd.DataFrame:
    import pandas as pd
    from pandas.errors import EmptyDataError, ParserError

    stream = io.BytesIO(data)
    stream.seek(form.body)
    places = {name: number for number, name in enumerate(form.headers)}
    usecols = [places[name] for name in wanted]
    try:
        with warnings.catch_warnings():
            # Later versions of pandas read numbers exactly by default and warn of the option.
            warnings.simplefilter("ignore")
            frame = pd.read_csv(
                stream,
                sep=form.separator,
                header=None,
                names=form.headers,
                usecols=usecols,
                index_col=False,
                dtype={name: np.float64 if name in numbers else str for name in wanted},
                keep_default_na=False,
                na_values={name: [""] for name in numbers},
                skip_blank_lines=False,
                float_precision="round_trip",
                decimal=decimal,
                encoding="utf-8",
            )
    except EmptyDataError:
        raise request.empty() from None
    except ParserError as error:
        opened = re.search(r"EOF inside string starting at row (\d+)", str(error))
        if opened is None:
            raise request.refuse("its rows cannot be told apart") from None
        row = form.header_row + 1 + int(opened[1])
        reason = "a quotation mark is never closed"
        raise request.refuse(reason, f"row {row}") from None
    return frame[list(wanted)]
