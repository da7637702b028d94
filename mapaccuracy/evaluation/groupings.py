"""Which group every supplied point, find and hectare belongs to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from mapaccuracy import geography
from mapaccuracy.evaluation.located import Inputs, Points, Texts, coded, polygons_of
from mapaccuracy.schema import CATEGORIES, Bools, Floats, Ints, normalise

OVERALL = "overall"
OUTSIDE_ALL_DISTRICTS = "outside all districts"
DISTRICT_NOT_STATED = "district not stated"
TYPE_NOT_STATED = "type not stated"
# Explosive remnants of war are reported together; what is none of these is other.
_REPORTED_AS = {"AP": 0, "AT": 1, "UXO": 2, "AXO": 2, "submunition": 2}
_LEAST_HECTARES = 0.01


@dataclass(frozen=True)
class Grouping:
    """Names of groups, and what belongs to them.

    Attributes
    ----------
    names : list of str
        In the order of the result.
    supplied, finds : ndarray of int
        Group of every row; -1 is in none.
    hectares : ndarray of float, shape (g,), or None
        Searched hectares; None where no searched areas tell.
    at : callable or None
        Group of any position of searched ground, from x and y in the plane; -1 is in none.
        None where the groups are no places.
    """

    names: list[str]
    supplied: Ints
    finds: Ints
    hectares: Floats | None
    at: Callable[[Floats, Floats], Ints] | None = None


@dataclass(frozen=True)
class Districts:
    """District polygons in the plane, first code first.

    Attributes
    ----------
    names, codes : ndarray of str, shape (m,)
        Of each polygon; codes are "" where the input has none.
    polygons : ndarray of shapely polygons, shape (m,)
    shared : list of (int, int, float)
        Pairs of polygons that overlap, with square metres.
    supplied, finds : ndarray of int
        Polygon of every row; -1 is on none.
    """

    names: Texts
    codes: Texts
    polygons: geography.Geometries
    shared: list[tuple[int, int, float]]
    supplied: Ints
    finds: Ints


def locate_districts(inputs: Inputs) -> Districts | None:
    """Find the district of every point by polygon; None where no polygons are given."""
    layer = inputs.layers.get("districts")
    if layer is None:
        return None
    frame, supplied, finds = inputs.frame, inputs.supplied, inputs.finds
    polygons = polygons_of(layer, frame)
    names = np.asarray(layer.frame["district"], dtype=object)
    codes = (
        np.asarray(layer.frame["code"].fillna(""), dtype=object)
        if "code" in layer.frame.columns
        else np.full(len(names), "", dtype=object)
    )
    return Districts(
        names,
        codes,
        polygons,
        geography.overlaps(polygons, frame),
        geography.first_polygon(supplied.x, supplied.y, polygons),
        geography.first_polygon(finds.x, finds.y, polygons),
    )


def overall(inputs: Inputs) -> Grouping:
    """Put everything into one group."""
    ground = inputs.ground
    area = geography.hectares(ground.searched, inputs.frame) if ground.given else np.nan
    return Grouping(
        [OVERALL],
        np.zeros(len(inputs.supplied), dtype=np.int64),
        np.zeros(len(inputs.finds), dtype=np.int64),
        np.array([area]),
        lambda x, _: np.zeros(len(x), dtype=np.int64),
    )


def by_polygon(inputs: Inputs, districts: Districts) -> Grouping:
    """Group by district polygon; what lies on none comes last."""
    ground, frame = inputs.ground, inputs.frame
    names, group_of = coded(district_labels(districts))
    outside = len(names)
    supplied, finds = (
        np.where(polygon >= 0, group_of[polygon], outside)
        for polygon in (districts.supplied, districts.finds)
    )
    area = None
    if ground.given:
        alone = geography.without_overlaps(districts.polygons, districts.shared)
        inside = geography.hectares_by_polygon(ground.searched, alone, frame)
        area = np.zeros(outside + 1)
        np.add.at(area, group_of, inside)
        beyond = geography.hectares(ground.searched, frame) - float(area.sum())
        area[outside] = beyond if beyond >= _LEAST_HECTARES else 0.0

    def at(x: Floats, y: Floats) -> Ints:
        polygon = geography.first_polygon(x, y, districts.polygons)
        return np.where(polygon >= 0, group_of[polygon], outside)

    return _without_empty([*names, OUTSIDE_ALL_DISTRICTS], supplied, finds, area, at)


def district_labels(districts: Districts) -> Texts:
    """Name each district, with its code where another district has the same name."""
    codes_of: dict[str, set[str]] = {}
    for name, code in zip(districts.names, districts.codes, strict=True):
        codes_of.setdefault(name, set()).add(code)
    return np.array(
        [
            f"{name} ({code})" if len(codes_of[name]) > 1 and code else _own_name(name)
            for name, code in zip(districts.names, districts.codes, strict=True)
        ],
        dtype=object,
    )


def _own_name(name: str) -> str:
    """Tell a district from the groups that the result makes itself."""
    reserved = (OVERALL, OUTSIDE_ALL_DISTRICTS, DISTRICT_NOT_STATED)
    return f"{name} (district)" if normalise(name) in map(normalise, reserved) else name


def by_column(inputs: Inputs) -> Grouping | None:
    """Group by the district that the rows name; None if the inputs have no such column."""
    supplied, finds = inputs.supplied, inputs.finds
    typed = [points.texts("district") for points in (supplied, finds)]
    if all(texts is None for texts in typed):
        return None
    polygons, named = _searched_by_name(inputs)
    filled = [
        np.full(len(points), "", dtype=object) if texts is None else texts
        for texts, points in zip(typed, (supplied, finds), strict=True)
    ]
    names, group_of = _by_text(np.concatenate([*filled, named]), DISTRICT_NOT_STATED)
    ends = len(supplied), len(supplied) + len(finds)
    area = at = None
    if len(polygons):
        area = np.full(len(names), np.nan)
        of_polygon = group_of[ends[1] :]
        for index in np.unique(of_polygon):
            parts = geography.dissolve(polygons[of_polygon == index])
            parts = geography.left_of(parts, inputs.ground.unlocated)
            area[index] = geography.hectares(parts, inputs.frame)

        def at(x: Floats, y: Floats) -> Ints:
            polygon = geography.first_polygon(x, y, polygons)
            return np.where(polygon >= 0, of_polygon[polygon], -1)

    return _without_empty(names, group_of[: ends[0]], group_of[ends[0] : ends[1]], area, at)


@dataclass(frozen=True)
class Side:
    """Things that lie in districts: positions in the plane, and the district each one names.

    Attributes
    ----------
    x, y : ndarray of float, shape (n,)
    named : ndarray of str, shape (n,), or None
    """

    x: Floats
    y: Floats
    named: Texts | None


def by_district(districts: Districts | None, sides: Sequence[Side]) -> tuple[list[str], list[Ints]]:
    """Group several kinds of things alike: by polygon, or else by the district they name.

    Parameters
    ----------
    districts : Districts or None
    sides : sequence of Side

    Returns
    -------
    names : list of str
        Only districts that hold anything; empty where nothing tells districts.
    groups : list of ndarray of int
        For each side the group of every thing.
    """
    ends = np.cumsum([len(side.x) for side in sides])[:-1]
    if districts is None:
        if all(side.named is None for side in sides):
            return [], []
        named = [
            np.full(len(side.x), "", dtype=object) if side.named is None else side.named
            for side in sides
        ]
        names, group = _by_text(np.concatenate(named), DISTRICT_NOT_STATED)
    else:
        names, group_of = coded(district_labels(districts))
        names = [*names, OUTSIDE_ALL_DISTRICTS]
        x, y = (np.concatenate([getattr(side, axis) for side in sides]) for axis in ("x", "y"))
        polygon = geography.first_polygon(x, y, districts.polygons)
        group = np.where(polygon >= 0, group_of[polygon], len(names) - 1)
    held, new = np.unique(group, return_inverse=True)
    return [names[index] for index in held], np.split(new.astype(np.int64), ends)


def _searched_by_name(inputs: Inputs) -> tuple[geography.Geometries, Texts]:
    """Give the polygons of searched ground and the districts they name, if they name any."""
    nothing = np.empty(0, dtype=object)
    layer = inputs.layers.get("searched")
    if layer is None or "district" not in layer.frame.columns:
        return nothing, nothing
    ground = np.asarray(layer.frame["ground"], dtype=object) == "searched"
    named = np.asarray(layer.frame["district"].fillna(""), dtype=object)
    return polygons_of(layer, inputs.frame)[ground], named[ground]


def by_type(inputs: Inputs) -> Grouping:
    """Group supplied points by the type claimed, finds by the type found."""
    supplied, finds = (
        np.where(stated >= 0, stated, len(CATEGORIES))
        for stated in (stated_type(inputs.supplied), stated_type(inputs.finds))
    )
    return _without_empty([*CATEGORIES, TYPE_NOT_STATED], supplied, finds, None)


def stated_type(points: Points) -> Ints:
    """Give each row's index into `CATEGORIES`; -1 where it states neither type nor model."""
    none = np.full(len(points), -1, dtype=np.int64)
    category = points.texts("category")
    if category is None:
        return none
    told = [texts != "" for name in ("type", "model") if (texts := points.texts(name)) is not None]
    stated = np.any(told, axis=0) if told else np.zeros(len(points), dtype=bool)
    return np.where(stated, reported_category(category), none)


def tells_type(stated: Ints) -> Bools:
    """Tell the types that can agree or differ: "mine" and unknown words, both "other", cannot.

    Examples
    --------
    >>> tells_type(np.array([0, CATEGORIES.index("other"), -1])).tolist()
    [True, False, False]
    """
    tells: Bools = (stated >= 0) & (stated != CATEGORIES.index("other"))
    return tells


def reported_category(category: Texts) -> Ints:
    """Give the index into `CATEGORIES` under which each kind of item is reported."""
    kinds, kind = coded(category)
    other = CATEGORIES.index("other")
    return np.array([_REPORTED_AS.get(name, other) for name in kinds], dtype=np.int64)[kind]


def _by_text(texts: Texts, blank: str) -> tuple[list[str], Ints]:
    """Group by text as a reader sees it: case and accents do not matter; blanks come last."""
    raw, raw_of = coded(texts)
    keys = [normalise(text) for text in raw]
    label: dict[str, str] = {}
    for key, text in zip(keys, raw, strict=True):
        label.setdefault(key, text.strip())
    order = sorted((key for key in label if key), key=lambda key: label[key])
    names = [_own_name(label[key]) for key in order] + [blank]
    position = {key: index for index, key in enumerate(order)}
    group = np.array([position.get(key, len(order)) for key in keys], dtype=np.int64)
    return names, group[raw_of]


def _without_empty(
    names: list[str],
    supplied: Ints,
    finds: Ints,
    hectares: Floats | None,
    at: Callable[[Floats, Floats], Ints] | None = None,
) -> Grouping:
    """Leave out groups without any point, find or searched ground."""
    held = np.zeros(len(names), dtype=bool)
    held[supplied] = True
    held[finds] = True
    if hectares is not None:
        held |= np.nan_to_num(hectares) > 0
    new = np.where(held, np.cumsum(held) - 1, -1)

    def held_at(x: Floats, y: Floats) -> Ints:
        group = at(x, y) if at is not None else np.full(len(x), -1, dtype=np.int64)
        return np.where(group >= 0, new[group], -1)

    return Grouping(
        [name for name, keep in zip(names, held, strict=True) if keep],
        new[supplied],
        new[finds],
        None if hectares is None else hectares[held],
        None if at is None else held_at,
    )
