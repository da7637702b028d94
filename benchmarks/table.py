"""The results as the Markdown of docs/benchmarks.md."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measure import Result, ratios

BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def seconds(value: float) -> str:
    """Three figures are more than a shared machine can tell.

    Examples
    --------
    >>> seconds(0.0634), seconds(1.537), seconds(21.6)
    ('0.06', '1.54', '21.6')
    """
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"


def spread(values: Sequence[float]) -> str:
    """Median, and from least to greatest.

    Examples
    --------
    >>> spread([1.0, 0.5, 0.75])
    '0.75 (0.50 to 1.00)'
    """
    return f"{statistics.median(values):.2f} ({min(values):.2f} to {max(values):.2f})"


def rows(cells: Sequence[Sequence[str]]) -> str:
    """Lay out a Markdown table; the first row is the header.

    Examples
    --------
    >>> print(rows([["who", "seconds"], ["ours", "1.00"]]))
    | who | seconds |
    |---|---|
    | ours | 1.00 |
    """
    header, *body = ("| " + " | ".join(row) + " |" for row in cells)
    return "\n".join([header, "|" + "---|" * len(cells[0]), *body])


def comparison(results: Sequence[Result], timed: str) -> str:
    """Ours stands first; the last column is ours against each, by round."""
    first = results[0]
    cells = [["contender", "pairs", timed, "whole process, s", "peak MiB", "ours / it, by round"]]
    for result in results:
        if result.failed is not None:
            cells.append([result.name, "", f"not measured: {result.failed}", "", "", ""])
            continue
        against = result is not first and first.failed is None
        cells.append(
            [
                result.name,
                "" if result.pairs is None else f"{result.pairs:,}",
                seconds(result.seconds),
                seconds(result.wall_seconds),
                f"{result.peak_mib:,.0f}",
                spread(ratios(first, result)) if against else "",
            ]
        )
    return rows(cells)


def replaced(page: str, text: str) -> str:
    """Put the text between the two marks of a page.

    Examples
    --------
    >>> page = f"before {BEGIN} old {END} after"
    >>> print(replaced(page, "new").replace("\\n\\n", " "))
    before <!-- measured: begin --> new <!-- measured: end --> after
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"the page has no lines {BEGIN} and {END}")
    return f"{before}{BEGIN}\n\n{text}\n\n{END}{after}"


def write(path: Path, text: str) -> None:
    path.write_text(replaced(path.read_text(encoding="utf-8"), text), encoding="utf-8")
