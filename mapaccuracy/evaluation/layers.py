"""Supplied points moved many times over, matched with the finds as the map itself is.

A layer is one draw of all tested records. Each layer has the finds to itself: finds are numbered
anew in each, so that all layers are matched at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from mapaccuracy.evaluation.compared import Compared, chosen_of, may_be_alike
from mapaccuracy.evaluation.groupings import stated_type
from mapaccuracy.matching import Places, assign, candidates, each, places
from mapaccuracy.schema import Bools, Candidates, Floats, Ints, Rule

# Layers and moved points that are matched at other tolerances than the headline.
RUNG_LAYERS = 199
RUNG_POINTS = 50_000
# Candidates that are listed at one time, and in all at each tolerance above the headline.
_CANDIDATES_AT_ONCE = 3_000_000
_MOST_CANDIDATES = 10_000_000
# Points of which the candidates are listed first, to tell how many there are.
_FIRST_POINTS = 20_000

# Positions in the plane of the layers from one number up to another, layer by layer.
Moved = Callable[[int, int], tuple[Floats, Floats]]


@dataclass(frozen=True)
class Layers:
    """Tested points as supplied and moved, many times over: one question asked of chance.

    Attributes
    ----------
    point : ndarray of int, shape (n,)
        Supplied rows, sorted by what moves together, then record, then row; all are verifiable.
    record : ndarray of int, shape (n,)
        Record of each, as `Compared.record`. Points of one record stand together.
    observed : mapping of float to ndarray of bool, shape (n,)
        By tolerance: whether the point has a pair as supplied, among the tested points only.
    paired : mapping of float to ndarray of bool, shape (layers, n)
        By tolerance: whether it has one where it was moved. All layers at the headline; at other
        tolerances the first 199 at most, and so few that not many more than 50,000 points and
        10 million candidates are matched.
    any_find : ndarray of bool, shape (layers, n)
        Whether any find in scope lies within the headline tolerance of where it was moved.
    sampled_share : float
        Share of the records in question that was looked at, drawn at random; 1 where all were.
    """

    point: Ints
    record: Ints
    observed: Mapping[float, Bools]
    paired: Mapping[float, Bools]
    any_find: Bools
    sampled_share: float


@dataclass(frozen=True)
class Finds:
    """Finds in scope, as places.

    Attributes
    ----------
    at_m : ndarray of float, shape (k, 2) or (k, 3)
    places : Places
    stated_type : ndarray of int, shape (k,), or None
        Where pairs need types that do not differ; every find is a place of its own then.
    """

    at_m: Floats
    places: Places
    stated_type: Ints | None


def finds_in_scope(compared: Compared) -> Finds:
    """Collect the finds that layers are matched with."""
    found, in_scope = compared.inputs.finds, compared.finds.in_scope
    metres = found.metres if in_scope.all() else found.metres[in_scope]
    if compared.settings.match_type:
        at_m, at_places = each(metres)
        return Finds(at_m, at_places, stated_type(found)[in_scope])
    return Finds(*places(metres), None)


def match_layers(
    compared: Compared,
    finds: Finds,
    point: Ints,
    moved: Moved,
    layers: int,
    rungs: tuple[float, ...],
    sampled_share: float = 1.0,
    together: Ints | None = None,
) -> Layers:
    """Match tested points with finds where they stand, and in every layer.

    Parameters
    ----------
    compared : Compared
    finds : Finds
    point : ndarray of int, shape (n,)
        Supplied rows, sorted by what moves together, then record, then row.
    moved : callable
        Gives x and y, shape (m * n,), of layers ``begin`` to ``end``, with m = end - begin.
    layers : int
    rungs : tuple of float
        Tolerances; the headline is always among them.
    sampled_share : float
    together : ndarray of int, shape (n,), optional
        What moves as one; by default the record of each point.

    Returns
    -------
    Layers

    Notes
    -----
    Memory: about 3 million candidates at a time, more only where one layer has more; and a byte
    for each moved point and tolerance.
    """
    headline = compared.settings.tolerance_m
    frame = compared.inputs.frame
    tested = _Tested.of(compared, point, compared.record[point] if together is None else together)

    def moved_m(begin: int, end: int) -> Floats:
        x, y = (
            values.reshape(-1, len(point))[:, tested.first].ravel() for values in moved(begin, end)
        )
        return frame.metres(x, y)

    def standing_m(_begin: int, _end: int) -> Floats:
        return compared.inputs.supplied.metres[point[tested.first]]

    matcher = _Matcher(tested, finds, compared.settings.matching)
    near = tuple(sorted({headline, *(rung for rung in rungs if rung < headline)}))
    far = tuple(rung for rung in rungs if rung > headline)
    observed, _ = matcher.paired(standing_m, 1, near)
    for rung in far:
        observed |= matcher.paired(standing_m, 1, (rung,))[0]
    paired, any_find = matcher.paired(moved_m, layers, near)
    for rung in far:
        paired |= matcher.paired(moved_m, matcher.few(layers), (rung,), _MOST_CANDIDATES)[0]
    return Layers(
        point,
        compared.record[point],
        {rung: one[0] for rung, one in observed.items()},
        paired,
        any_find,
        sampled_share,
    )


@dataclass(frozen=True)
class _Tested:
    """Tested points as places: coincident points stay so if they move together.

    Attributes
    ----------
    places : Places
    first : ndarray of int, shape (k,)
        One point of each place.
    stated_type : ndarray of int, shape (k,)
    """

    places: Places
    first: Ints
    stated_type: Ints | None

    @classmethod
    def of(cls, compared: Compared, point: Ints, together: Ints) -> _Tested:
        claimed = compared.inputs.supplied
        if compared.settings.match_type:
            _, alone = each(claimed.metres[point])
            return cls(alone, alone.points, stated_type(claimed)[point])
        _, at = places(claimed.metres[point])
        if len(at.count) == len(point):
            return cls(at, at.points, None)
        # Points at one position part as soon as they move, unless they move together.
        code = together * len(at.count) + at.of_point
        _, of_point, count = np.unique(code, return_inverse=True, return_counts=True)
        points = np.argsort(of_point, kind="stable")
        start = np.cumsum(count) - count
        return cls(Places(of_point, count, points, start), points[start], None)

    def layered(self, layers: int) -> Places:
        """Repeat the places for each of so many layers."""
        one, turn = self.places, np.arange(layers)[:, None]
        points, count = len(one.of_point), len(one.count)
        return Places(
            (turn * count + one.of_point).ravel(),
            np.tile(one.count, layers),
            (turn * points + one.points).ravel(),
            (turn * points + one.start).ravel(),
        )


@dataclass(frozen=True)
class _Matcher:
    """Matches layers of tested points with finds."""

    tested: _Tested
    finds: Finds
    rule: Rule

    def few(self, layers: int) -> int:
        """Layers that are matched at other tolerances than the headline."""
        return max(1, min(layers, RUNG_LAYERS, RUNG_POINTS // len(self.tested.places.of_point)))

    def paired(
        self,
        at_m: Callable[[int, int], Floats],
        layers: int,
        rungs: tuple[float, ...],
        most: int | None = None,
    ) -> tuple[dict[float, Bools], Bools]:
        """Tell which points have a pair at each rung, and any find at the last.

        Rungs below the last are matched in the first layers only; with `most`, no further layers
        are begun once so many candidates were listed.
        """
        few = self.few(layers)
        step = max(1, min(few, _FIRST_POINTS // len(self.tested.places.of_point)))
        parts: dict[float, list[Bools]] = {rung: [] for rung in rungs}
        reached = []
        begin = listed = 0
        while begin < layers and (most is None or listed < most):
            end = min(begin + step, layers if begin >= few else few)
            asked = rungs if begin < few else rungs[-1:]
            found, any_find, n = self._at_once(at_m(begin, end), end - begin, asked)
            for rung in asked:
                parts[rung].append(found[rung])
            reached.append(any_find)
            begin, listed = end, listed + n
            # As many as there is room for, but no leap from layers that may have had few by chance.
            step = max(1, min(int(_CANDIDATES_AT_ONCE * begin / max(listed, 1)), 4 * begin))
        return {rung: np.concatenate(part) for rung, part in parts.items()}, np.concatenate(reached)

    def _at_once(
        self, at_m: Floats, layers: int, rungs: tuple[float, ...]
    ) -> tuple[dict[float, Bools], Bools, int]:
        of_point = self.tested.places.of_point
        places_of_one, finds_of_one = len(self.tested.places.count), len(self.finds.at_m)
        near = candidates(at_m, self.finds.at_m, rungs[-1])
        listed = len(near.supplied)
        reached = np.zeros((layers, places_of_one), dtype=bool)
        reached.ravel()[near.supplied] = True
        if self.tested.stated_type is not None and self.finds.stated_type is not None:
            claimed = self.tested.stated_type[near.supplied % places_of_one]
            near = chosen_of(near, may_be_alike(claimed, self.finds.stated_type[near.find]))
        number, find = np.unique(
            near.supplied // places_of_one * finds_of_one + near.find, return_inverse=True
        )
        near = Candidates(near.supplied, find, near.distance_m)
        count = self.finds.places.count[number % finds_of_one]
        every = np.arange(int(count.sum()))
        b_places = Places(
            np.repeat(np.arange(len(count)), count), count, every, np.cumsum(count) - count
        )
        a_places = self.tested.layered(layers)
        paired = {}
        for rung in rungs:
            within = near if rung == rungs[-1] else chosen_of(near, near.distance_m <= rung)
            pairs = assign(within, a_places, b_places, self.rule)
            flat = np.zeros(layers * len(of_point), dtype=bool)
            flat[pairs.supplied] = True
            paired[rung] = flat.reshape(layers, -1)
        return paired, reached[:, of_point], listed
