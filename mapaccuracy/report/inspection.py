"""What is in files, as text on a screen and as JSON."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from mapaccuracy.report.document import encoded
from mapaccuracy.report.layout import printable
from mapaccuracy.schema import CATALOGUE

Entry = Mapping[str, Any]
_WIDTH = 100
_NAMES = 13
# Layers of a file that are shown whole; the others have a line each.
_SHOWN = 10
_NOT_USED = "–"
_LEAST_CELLS = 20


def render_json(document: Entry, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render the document as it is."""
    return {"inspection.json": encoded(document)}


def render_table(document: Entry, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render a block for each file, at most 100 columns wide, and what to do next."""
    lines: list[str] = []
    for file in document["files"]:
        lines += [*_file(file), ""]
    lines += _next(document["next"])
    return {"inspection.txt": printable("\n".join(lines) + "\n")}


def _file(file: Entry) -> list[str]:
    head = [
        (file["format"] or "format not known").removeprefix("an ").removeprefix("a "),
        *([] if file["size_bytes"] is None else [_size(file["size_bytes"])]),
        *([f"encoding {file['encoding']}"] if file["encoding"] else []),
        *([f"separated by {file['separator']}"] if file["separator"] else []),
    ]
    lines = [f"── {file['file']}: {', '.join(head)} ".ljust(_WIDTH, "─")]
    parts, blank = file["parts"], file["empty_layers"]
    if len(parts) + len(blank) > 1:
        told = [f"{part['layer']} ({_extent(part)})" for part in parts]
        told += [f"{name} (no table)" for name in blank]
        lines += _said("Holds", ", ".join(told))
    for part in parts[:_SHOWN]:
        lines += _part(part, file["file"])
    for part in parts[_SHOWN:]:
        lines += _said("Also", f"{part['layer']}: {_extent(part)}; {_role(part['role'])}")
    for problem in file["problems"]:
        code = f"{problem['code']} " if problem["code"] else ""
        place = f"{problem['place']}: " if problem["place"] else ""
        fix = f" Fix: {problem['fix']}" if problem["fix"] else ""
        lines += _said("Not read", f"{code}{place}{problem['message']}{fix}")
    return lines


def _size(size: int) -> str:
    """Write a size in bytes.

    Examples
    --------
    >>> _size(999), _size(1_250_000)
    ('999 bytes', '1.2 MB')
    """
    if size < 1_000:
        return f"{size} bytes"
    unit, name = (1_000, "kB") if size < 1_000_000 else (1_000_000, "MB")
    return f"{size / unit:,.1f} {name}"


def _extent(part: Entry) -> str:
    rows = f"{part['rows']:,} row{'' if part['rows'] == 1 else 's'}"
    if part["shapes"] is None:
        return rows
    kinds = ((kind.removesuffix("s") if n == 1 else kind, n) for kind, n in part["shapes"].items())
    return f"{rows}: " + ", ".join(f"{n:,} {kind}" for kind, n in kinds)


def _part(part: Entry, file: str) -> list[str]:
    # A pattern may stand for several files.
    own = [] if part["source"] == file else [part["source"]]
    name = " ".join([*own, *([part["layer"]] if part["layer"] else [])]) or "Table"
    row = part["header_row"]
    header = "" if row is None else f"; header in row {row}"
    lines = [f"{name}: {_extent(part)}{header}"]
    lines += _said("Role", _role(part["role"]))
    lines += _columns(part)
    for missing in part["missing"]:
        closest = missing["closest"]
        hint = "" if closest is None else f"; '{closest}' may be meant: {missing['why']}"
        lines += _said("Missing", f"{missing['message']}{hint}")
    lines += _crs(part["crs"])
    lines += _positions(part["resolution"])
    lines += _usable(part)
    for problem in part["problems"]:
        place = f"{problem['place']}: " if problem["place"] else ""
        lines += _said("Noticed", f"{problem['code']} {place}{problem['message']}")
    return lines


def _role(role: Entry) -> str:
    if role["role"] is not None:
        return f"{role['role']} ({role['why']})"
    as_if = f"; shown as if {role['read_for']}" if role["candidates"] else ""
    return f"not told: {role['why']}{as_if}"


def _columns(part: Entry) -> list[str]:
    """Say what each column is used for and why, beside its first cells."""
    rows = [
        (
            entry["header"],
            entry["column"] or _NOT_USED,
            entry["why"] or f"not used; {entry['holds']}",
            " | ".join(row["cells"][index] or "·" for row in part["sample"]),
        )
        for index, entry in enumerate(part["columns"])
    ]
    if part["shapes"] is not None:
        shown = " | ".join(row["geometry"] or "·" for row in part["sample"])
        rows.append(("(geometry)", "position", "geometry decides over columns", shown))
    places = " | ".join(row["place"] for row in part["sample"])
    rows.insert(0, ("Header", "used as", "why", places))
    widths = [
        min(max(len(row[n]) for row in rows), most) for n, most in ((0, 24), (1, 14), (2, 34))
    ]
    lines = []
    for row in rows:
        cells = [_cut(text, width).ljust(width) for text, width in zip(row, widths, strict=False)]
        start = "  " + "  ".join(cells) + "  "
        lines.append((start + _cut(row[3], max(_WIDTH - len(start), _LEAST_CELLS))).rstrip())
    return lines


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"


def _crs(crs: Entry) -> list[str]:
    told = "not known" if crs["read_as"] is None else f"read as {crs['read_as']}"
    told += f": {crs['why']}." if crs["why"] else "."
    if crs["operation"] is not None:
        told += f" To WGS 84: {crs['operation']}."
    if crs["fits"]:
        told += f" The numbers fit: {'; '.join(crs['fits'])}."
    for column in crs["said"]:
        words = ", ".join(f"'{word}' ({n:,})" for word, n in column["words"].items())
        told += f" Column '{column['header']}' says {words}."
    return _said("CRS", told)


def _positions(resolution: Entry | None) -> list[str]:
    if resolution is None:
        return []
    told = []
    notations = ", ".join(f"{name} in {n:,}" for name, n in resolution["notations"].items())
    if notations:
        told.append(f"{notations} of {resolution['looked_at']:,} looked at")
    if resolution["decimals"]:
        counts = ", ".join(f"{n} of {axis}" for axis, n in resolution["decimals"].items())
        told.append(f"decimals: {counts}")
    step = resolution["half_step_m"]
    if step is not None:
        told.append(f"written {metres(step)}")
    lines = _said("Positions", "; ".join(told) + ".") if told else []
    if resolution["grid"] is not None:
        grid = resolution["grid"]
        lines += _said(
            "",
            f"The decimals are {grid['unit']} in fact: they were written "
            f"{metres(grid['half_step_m'])}, whatever their number.",
        )
    for reason, n in resolution["refusals"].items():
        lines += _said("", f"Refused in {n:,}: {reason}")
    for suspicion in resolution["suspicions"]:
        lines += _said("", f"{suspicion[0].upper()}{suspicion[1:]}.")
    return lines


def metres(step: float) -> str:
    """Write half a step of the last digit.

    Examples
    --------
    >>> metres(0.0000002), metres(0.0555), metres(15.4), metres(4826.7)
    ('finer than ±1 mm', 'to ±0.056 m', 'to ±15 m', 'to ±4,800 m')
    """
    if step < 0.001:
        return "finer than ±1 mm"
    if step < 10:
        return f"to ±{step:.2g} m"
    return f"to ±{float(f'{step:.2g}'):,.0f} m"


def _usable(part: Entry) -> list[str]:
    usable = part["usable"]
    if usable["rows"] is None:
        return []
    told = f"{usable['rows']:,} of {part['rows']:,} rows as they stand"
    listed = [
        f"{code} {CATALOGUE[code].slug}"
        + (f" ({n:,})" if CATALOGUE[code].severity == "error" else "")
        for code, n in usable["problems"].items()
    ]
    return _said("Usable", told + (f"; {', '.join(listed)}" if listed else "") + ".")


def _next(following: Entry) -> list[str]:
    lines: list[str] = []
    for number, sentence in enumerate(following["first"]):
        lines += _said("First" if number == 0 else "", sentence)
    return [*lines, f"{'Next:':<{_NAMES}}{following['command']}"]


def _said(name: str, text: str) -> list[str]:
    """Write a sentence beside a name, wrapped."""
    start = f"{name}:" if name else ""
    return textwrap.wrap(
        text,
        _WIDTH,
        initial_indent=f"  {start:<{_NAMES - 2}}",
        subsequent_indent=" " * _NAMES,
        break_long_words=False,
        break_on_hyphens=False,
    )
