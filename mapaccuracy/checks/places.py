"""Rules on the districts in which the rows of a submission lie, and those that they name."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from mapaccuracy.checks.given import CannotRunError, Given
from mapaccuracy.checks.rule import rule
from mapaccuracy.geography import first_polygon, overlaps
from mapaccuracy.schema import Ints, Problem, closest
from mapaccuracy.schema.spellings import Spellings

_PARTS = ("supplied", "rows", "areas")
_LISTED = 5

Texts = npt.NDArray[np.object_]


def _parts(given: Given) -> list[str]:
    return [name for name in _PARTS if name in given.layers]


def _district(given: Given, name: str) -> Ints:
    """Give the district in which each row lies, shape (n,); -1 is none."""
    x, y = given.inside(name)
    return first_polygon(x, y, given.polygons("districts"))


def _typed(given: Given) -> list[tuple[str, Texts]]:
    """Give the districts that rows name, by part of the submission."""
    typed = [
        (name, np.asarray(frame["district"], dtype=object))
        for name in _parts(given)
        if "district" in (frame := given.layers[name].frame).columns
    ]
    if not typed:
        raise CannotRunError("the submission has no column of districts")
    return typed


def _known(given: Given, spellings: Spellings) -> list[set[str]]:
    """Give the names under which each district is known."""
    districts = given.layers["districts"].frame
    known = [{spellings.key(str(name))} for name in districts["district"]]
    if "code" in districts.columns:
        for keys, code in zip(known, districts["code"], strict=True):
            keys.add(spellings.key(str(code)))
    return known


@rule(
    "MA501",
    needs=("submission", "districts"),
    why="Rows outside every district are in no figure of a district.",
)
def outside_all_districts(given: Given) -> list[Problem]:
    """Find rows outside every district."""
    return [
        problem
        for name in _parts(given)
        for problem in given.problems("MA501", name, np.flatnonzero(_district(given, name) < 0))
    ]


@rule(
    "MA502",
    needs=("submission", "districts"),
    why="Figures by district follow the position; lists by the typed name will differ.",
)
def district_disagrees(given: Given) -> list[Problem]:
    """Find rows that name another district than the one they lie in."""
    spellings = Spellings(given.settings.aliases)
    names = [str(name) for name in given.layers["districts"].frame["district"]]
    known = _known(given, spellings)
    every = set().union(*known)
    out: list[Problem] = []
    for name, typed in _typed(given):
        at = _district(given, name)
        keys = {text: spellings.key(text) for text in set(typed.tolist())}
        other = [
            index
            for index in np.flatnonzero((at >= 0) & (typed != "")).tolist()
            if keys[typed[index]] in every and keys[typed[index]] not in known[at[index]]
        ]
        values: dict[str, Sequence[str]] = {
            "typed": [str(typed[index]) for index in other],
            "found": [names[at[index]] for index in other],
        }
        out += given.problems("MA502", name, other, "district", values)
    return out


@rule(
    "MA503",
    needs=("submission", "districts"),
    why="The name stands for no district, so nobody can say which one is meant.",
)
def unknown_district(given: Given) -> list[Problem]:
    """Find rows that name a district that is not among the districts."""
    spellings = Spellings(given.settings.aliases)
    every = set().union(*_known(given, spellings))
    names = [str(name) for name in given.layers["districts"].frame["district"]]
    out: list[Problem] = []
    for name, typed in _typed(given):
        strange = {text for text in set(typed.tolist()) - {""} if spellings.key(text) not in every}
        rows = np.flatnonzero(np.isin(typed, list(strange))).tolist()
        values: dict[str, Sequence[str]] = {
            "typed": [str(typed[index]) for index in rows],
            "near": [closest(str(typed[index]), names).rstrip("?.") for index in rows],
        }
        out += given.problems("MA503", name, rows, "district", values)
    return out


@rule(
    "MA504",
    needs=("districts",),
    why="Points there count for one of the two districts by the order of codes alone.",
)
def districts_overlap(given: Given) -> list[Problem]:
    """Find districts that share ground."""
    shared = overlaps(given.polygons("districts"), given.frame)
    if not shared:
        return []
    names = [str(name) for name in given.layers["districts"].frame["district"]]
    largest = sorted(shared, key=lambda pair: (-pair[2], pair[0], pair[1]))
    told = [f"{names[a]} and {names[b]} by {m2:,.0f} m2" for a, b, m2 in largest[:_LISTED]]
    more = len(largest) - len(told)
    examples = ", ".join(told) + (f", and {more:,} more" if more else "")
    return [given.problem("MA504", "districts", {"n": f"{len(shared):,}", "examples": examples})]


@rule(
    "MA525",
    needs=("points", "districts"),
    why="The centre of a district is where nothing was found.",
)
def centre_of_district(given: Given) -> list[Problem]:
    """Find rows that have the centre of their district for a position."""
    from mapaccuracy.evaluation.noticed import SMALL_GROUP, at_centre

    points, polygons = given.points("supplied"), given.polygons("districts")
    near = at_centre(points, polygons, _district(given, "supplied"), given.frame)
    rows = np.flatnonzero(near)
    # Of fewer it would tell where single ones lie.
    if len(rows) < SMALL_GROUP:
        return []
    values = {"n": f"{len(rows):,}", "role": "supplied"}
    return given.together("MA525", "supplied", rows, values)


RULES = (
    outside_all_districts,
    district_disagrees,
    unknown_district,
    districts_overlap,
    centre_of_district,
)
