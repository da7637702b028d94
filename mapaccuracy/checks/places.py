"""Rules on where the points of a submission lie: districts, exchanged axes."""

from __future__ import annotations

import numpy as np

from mapaccuracy.checks.given import CannotRunError, Given
from mapaccuracy.checks.home import Home, home_of
from mapaccuracy.checks.rule import rule
from mapaccuracy.geography import first_polygon
from mapaccuracy.schema import Ints, Problem
from mapaccuracy.schema.spellings import Spellings

_POSITION = frozenset({"lat", "lon"})


def home(given: Given) -> Home:
    """Give where the submission belongs; a rule that needs it cannot run without."""
    found = home_of(given)
    if found is None:
        raise CannotRunError("too few points tell where the submission belongs")
    return found


def _district(given: Given, name: str) -> Ints:
    points = given.points(name)
    return first_polygon(points.x, points.y, given.polygons("districts"))


@rule(
    "MA203",
    needs=("points",),
    why="All rows concerned lie in another country and match nothing.",
    explains=("MA501", "MA502"),
)
def axes_swapped(given: Given) -> list[Problem]:
    """Find rows that belong where the submission does only with latitude and longitude swapped."""
    at = home(given)
    frame = given.layers["supplied"].frame
    lon, lat = (np.asarray(frame[axis], dtype=np.float64) for axis in ("lon", "lat"))
    can = np.abs(lon) <= 90
    swapped = ~at.holds(lon, lat) & can
    swapped[swapped] = at.holds(lat[swapped], lon[swapped])
    rows = np.flatnonzero(swapped)
    values = {
        "rows": f"{len(rows):,} of {len(frame):,}",
        "home": at.said,
        "lat": [repr(float(value)) for value in lat[rows]],
        "lon": [repr(float(value)) for value in lon[rows]],
    }
    return given.problems("MA203", "supplied", rows, values=values, positions=_POSITION)


@rule(
    "MA501",
    needs=("points", "districts"),
    why="Rows outside every district are in no figure of a district.",
)
def outside_all_districts(given: Given) -> list[Problem]:
    """Find rows outside every district."""
    return given.problems("MA501", "supplied", np.flatnonzero(_district(given, "supplied") < 0))


@rule(
    "MA502",
    needs=("points", "districts"),
    why="Figures by district follow the position; lists by the typed name will differ.",
)
def district_disagrees(given: Given) -> list[Problem]:
    """Find rows that name another district than the one they lie in."""
    layer, districts = given.layers["supplied"], given.layers["districts"].frame
    if "district" not in layer.frame.columns:
        raise CannotRunError("the submission has no column of districts")
    spellings = Spellings(given.settings.aliases)
    names = np.asarray(districts["district"], dtype=object)
    known = [{spellings.key(str(name))} for name in names]
    if "code" in districts.columns:
        for keys, code in zip(known, districts["code"], strict=True):
            keys.add(spellings.key(str(code)))
    typed = np.asarray(layer.frame["district"], dtype=object)
    at = _district(given, "supplied")
    keys_of = {text: spellings.key(text) for text in set(typed.tolist())}
    other = [
        index
        for index in np.flatnonzero((at >= 0) & (typed != "")).tolist()
        if keys_of[typed[index]] not in known[at[index]]
    ]
    values = {
        "typed": [str(typed[index]) for index in other],
        "found": [str(names[at[index]]) for index in other],
    }
    return given.problems("MA502", "supplied", other, "district", values)


RULES = (axes_swapped, outside_all_districts, district_disagrees)
