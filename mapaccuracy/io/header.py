"""The header of a table that has no fixed place for it: found by the columns it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mapaccuracy.schema import Role, normalise, recognise

SEARCHED_ROWS = 50


def find(
    rows: Sequence[Sequence[str]], role: Role, named: Mapping[str, str]
) -> tuple[int, int] | None:
    """Find the header row below title rows.

    Parameters
    ----------
    rows : sequence of rows of cells
        The first rows of a table, blank ones included.
    role : str
    named : mapping of str to str
        Column name to header, as the user named them.

    Returns
    -------
    (index, score) or None
        The row in which most columns are recognised, the first of equals, and how many
        those are. If fewer than two are recognised anywhere: the first row with most cells,
        for a title has few and data have no more than their header. None if all is blank.

    Examples
    --------
    >>> find([["SYNTHETIC list"], [], ["Find ID", "Lat", "Long"], ["7", "1", "2"]], "finds", {})
    (2, 3)
    """
    scores = [_score(row, role, named) for row in rows]
    best = max(scores, default=0)
    if best >= 2:
        return scores.index(best), best
    filled = [sum(1 for cell in row if cell.strip()) for row in rows]
    most = max(filled, default=0)
    if most == 0:
        return None
    index = filled.index(most)
    return index, scores[index]


def _score(row: Sequence[str], role: Role, named: Mapping[str, str]) -> int:
    plain = {normalise(cell) for cell in row if cell.strip()}
    wanted = {normalise(header) for header in named.values()}
    return len(recognise(role, list(row))) + len(wanted & plain)


def names(cells: Sequence[str], letters: Sequence[str]) -> list[str]:
    """Make the headers of a table distinct and not empty.

    Parameters
    ----------
    cells : sequence of str
        The cells of the header row.
    letters : sequence of str
        How each column is called where its header is blank.

    Examples
    --------
    >>> names(["id", "", "Lat", "Lat"], ["A", "B", "C", "D"])
    ['id', '(column B)', 'Lat', 'Lat (column D)']
    """
    found: list[str] = []
    for cell, letter in zip(cells, letters, strict=True):
        name = cell.strip() or f"(column {letter})"
        found.append(f"{name} (column {letter})" if name in found else name)
    return found
