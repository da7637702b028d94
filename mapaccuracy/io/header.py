"""The header of a table that has no fixed place for it: found by the columns it names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mapaccuracy.intake.recorded import is_validation
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


def used(headers: Sequence[str], role: Role, named: Mapping[str, str]) -> list[str]:
    """List the headers that intake will use, in their order.

    Parameters
    ----------
    headers : sequence of str
    role : str
    named : mapping of str to str
        Column name to header, as the user named them.

    Examples
    --------
    >>> used(["Model", "No", "Lat", "Remark"], "finds", {"id": "no"})
    ['Model', 'No', 'Lat']
    >>> used(["ID", "Lat", "Long", "ops_validation"], "finds", {})
    ['ID', 'Lat', 'Long', 'ops_validation']
    """
    wanted = {normalise(header) for header in named.values()}
    own = [header for header in headers if normalise(header) in wanted]
    # What the user names for one column is free for no other.
    rest = recognise(role, [header for header in headers if header not in own])
    taken = {*own, *rest.values(), *recognise(role, headers).values()}
    if role == "finds":
        taken |= set(filter(is_validation, headers))
    return [header for header in headers if header in taken]


def is_complete(headers: Sequence[str], role: Role, named: Mapping[str, str]) -> bool:
    """Tell whether points have all they need among the headers, the user's among them.

    Examples
    --------
    >>> is_complete(["No", "Lat", "Long"], "finds", {"id": "no"})
    True
    >>> is_complete(["No", "Lat", "Long"], "finds", {"id": "number"})
    False
    """
    plain = {normalise(header) for header in headers}
    if not all(normalise(header) in plain for header in named.values()):
        return False
    found = {*named, *recognise(role, headers)}
    places: tuple[set[str], ...] = ({"lat", "lon"}, {"x", "y"}, {"position"})
    return "id" in found and any(place <= found for place in places)
