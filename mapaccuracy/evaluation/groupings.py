"""Which group every supplied point, find and hectare belongs to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mapaccuracy import geography
from mapaccuracy.evaluation.located import Inputs, Texts, polygons_of
from mapaccuracy.geography import Frame
from mapaccuracy.schema import CATEGORIES, Floats, Ints, Layer, normalise

OVERALL = "overall"
OUTSIDE_ALL_DISTRICTS = "outside all districts"
DISTRICT_NOT_STATED = "district not stated"
TYPE_NOT_STATED = "type not stated"
RECORD_NOT_STATED = "record not stated"
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
    """

    names: list[str]
    supplied: Ints
    finds: Ints
    hectares: Floats | None


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
    )


def by_polygon(inputs: Inputs, districts: Districts) -> Grouping:
    """Group by district polygon; what lies on none comes last."""
    ground, frame = inputs.ground, inputs.frame
    labels = _district_labels(districts)
    names, group_of = np.unique(labels.astype(str), return_inverse=True)
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
    return _without_empty([*names.tolist(), OUTSIDE_ALL_DISTRICTS], supplied, finds, area)


def _district_labels(districts: Districts) -> Texts:
    """Name of each district, with its code where another district has the same name."""
    codes_of: dict[str, set[str]] = {}
    for name, code in zip(districts.names, districts.codes, strict=True):
        codes_of.setdefault(name, set()).add(code)
    return np.array(
        [
            f"{name} ({code})" if len(codes_of[name]) > 1 and code else name
            for name, code in zip(districts.names, districts.codes, strict=True)
        ],
        dtype=object,
    )


def by_column(inputs: Inputs) -> Grouping | None:
    """Group by the district that the rows name; None if the inputs have no such column."""
    supplied, finds = inputs.supplied, inputs.finds
    typed = [points.texts("district") for points in (supplied, finds)]
    if all(texts is None for texts in typed):
        return None
    filled = [
        np.full(len(points), "", dtype=object) if texts is None else texts
        for texts, points in zip(typed, (supplied, finds), strict=True)
    ]
    names, group_of = _by_text(np.concatenate(filled), DISTRICT_NOT_STATED)
    area = None
    if inputs.ground.given:
        area = _hectares_by_text(inputs.layers["searched"], names, inputs.frame)
    return _without_empty(names, group_of[: len(supplied)], group_of[len(supplied) :], area)


def _hectares_by_text(searched: Layer, names: list[str], frame: Frame) -> Floats:
    area = np.full(len(names), np.nan)
    if "district" not in searched.frame.columns:
        return area
    ground = np.asarray(searched.frame["ground"], dtype=object) == "searched"
    typed = [normalise(text) for text in searched.frame["district"].fillna("")]
    polygons = polygons_of(searched, frame)
    for index, name in enumerate(names):
        rows = ground & (np.array(typed, dtype=object) == normalise(name))
        area[index] = geography.hectares(geography.dissolve(polygons[rows]), frame)
    return area


def by_type(inputs: Inputs) -> Grouping:
    """Group supplied points by the type claimed, finds by the type found."""
    supplied, finds = inputs.supplied, inputs.finds
    names = [*CATEGORIES, TYPE_NOT_STATED]
    claimed = supplied.texts("category")
    found = finds.texts("category")
    groups = [
        np.full(len(points), len(CATEGORIES), dtype=np.int64)
        if texts is None
        else reported_category(texts)
        for texts, points in ((claimed, supplied), (found, finds))
    ]
    return _without_empty(names, groups[0], groups[1], None)


def by_record(inputs: Inputs) -> Grouping:
    """Group supplied points by minefield record; finds belong to none."""
    supplied, finds = inputs.supplied, inputs.finds
    record = supplied.texts("record_id")
    texts = np.full(len(supplied), "", dtype=object) if record is None else record
    codes, group_of = np.unique(texts.astype(str), return_inverse=True)
    names = [str(code) if code else RECORD_NOT_STATED for code in codes]
    return Grouping(names, group_of, np.full(len(finds), -1, dtype=np.int64), None)


def reported_category(category: Texts) -> Ints:
    """Give the index into `CATEGORIES` under which each kind of item is reported."""
    kinds, kind = np.unique(category.astype(str), return_inverse=True)
    other = CATEGORIES.index("other")
    return np.array([_REPORTED_AS.get(name, other) for name in kinds], dtype=np.int64)[kind]


def _by_text(texts: Texts, blank: str) -> tuple[list[str], Ints]:
    """Group by text as a reader sees it: case and accents do not matter; blanks come last."""
    raw, raw_of = np.unique(texts.astype(str), return_inverse=True)
    keys = [normalise(text) for text in raw]
    label: dict[str, str] = {}
    for key, text in zip(keys, raw, strict=True):
        label.setdefault(key, str(text).strip())
    order = sorted((key for key in label if key), key=lambda key: label[key])
    names = [label[key] for key in order] + [blank]
    position = {key: index for index, key in enumerate(order)}
    group = np.array([position.get(key, len(order)) for key in keys], dtype=np.int64)
    return names, group[raw_of]


def _without_empty(
    names: list[str], supplied: Ints, finds: Ints, hectares: Floats | None
) -> Grouping:
    """Leave out groups without any point, find or searched ground."""
    held = np.zeros(len(names), dtype=bool)
    held[supplied] = True
    held[finds] = True
    if hectares is not None:
        held |= np.nan_to_num(hectares) > 0
    new = np.cumsum(held) - 1
    return Grouping(
        [name for name, keep in zip(names, held, strict=True) if keep],
        new[supplied],
        new[finds],
        None if hectares is None else hectares[held],
    )
