"""A choice of pairs among candidates, by one of the four rules."""

from __future__ import annotations

import numpy as np

from mapaccuracy.matching.coincidence import Places
from mapaccuracy.matching.graph import changes, graph_of
from mapaccuracy.matching.optimal import optimal
from mapaccuracy.matching.rules import greedy, mutual, nearest
from mapaccuracy.schema import Candidates, Ints, Matching, Rule

_RULES = {"optimal": optimal, "mutual": mutual, "greedy": greedy, "nearest": nearest}


def assign(
    found: Candidates, a_places: Places, b_places: Places, rule: Rule = "optimal"
) -> Matching:
    """Choose pairs among candidates.

    Parameters
    ----------
    found : Candidates
        Between places, sorted as `candidates` gives them.
    a_places, b_places : Places
        Of the supplied points and of the finds.
    rule : {"optimal", "mutual", "greedy", "nearest"}

    Returns
    -------
    Matching
        Of points; sorted by supplied.

    Raises
    ------
    MapAccuracyError
        If the flow solver gives up, which no input is known to cause.

    Examples
    --------
    >>> from mapaccuracy.matching import candidates, places
    >>> a_at, a_places = places(np.array([[0.0, 0], [4, 0]]))
    >>> b_at, b_places = places(np.array([[3.0, 0], [9, 0]]))
    >>> found = candidates(a_at, b_at, 5.0)
    >>> assign(found, a_places, b_places).find.tolist()
    [0, 1]
    >>> assign(found, a_places, b_places, "mutual").find.tolist()
    [0]
    """
    if not len(found.supplied):
        none = np.empty(0, dtype=np.int64)
        return Matching(none, none, np.empty(0), none)
    graph = graph_of(found, a_places.count, b_places.count)
    chosen, units = _RULES[rule](graph)
    supplied_place = np.repeat(graph.row_place[graph.row[chosen]], units)
    find_place = np.repeat(graph.column_place[graph.column[chosen]], units)
    supplied = a_places.points[a_places.start[supplied_place] + _rank(supplied_place)]
    turn = 0 if rule == "nearest" else _rank(find_place)
    find = b_places.points[b_places.start[find_place] + turn]
    order = np.argsort(supplied, kind="stable")
    return Matching(
        supplied[order],
        find[order],
        np.repeat(graph.distance_m[chosen], units)[order],
        np.repeat(graph.row_group[graph.row[chosen]], units)[order],
    )


def _rank(values: Ints) -> Ints:
    """Count the equal values that stand before each."""
    order = np.argsort(values, kind="stable")
    new = changes(values[order])
    before = np.arange(len(values))
    rank = np.empty_like(before)
    rank[order] = before - before[new][np.cumsum(new) - 1]
    return rank
