"""Problems that only all inputs together show; nothing here names an item or a position."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.groupings import Districts
from mapaccuracy.evaluation.located import Points, coded
from mapaccuracy.geography import Frame, Geometries
from mapaccuracy.intake.dates import ambiguous, iso_days
from mapaccuracy.intake.written import MOSTLY, usual_m
from mapaccuracy.schema import Bools, Ints, Problem, normalise
from mapaccuracy.schema.spellings import Spellings

SMALL_GROUP = 5
_EXAMPLES = 5
_POINTS_FOR_SPACING = 10
_FEW_INSIDE = 0.1
# Nothing lies so near the one centre of a district by chance.
_CENTRE_M = 10.0
# Numbers of rows, and where they lie as complex numbers.
_Rows = tuple[Ints, npt.NDArray[np.complex128]]


def problems(compared: Compared) -> tuple[Problem, ...]:
    """Collect the warnings of intake and those that only the whole shows."""
    inputs = compared.inputs
    return (
        *(problem for layer in inputs.layers.values() for problem in layer.problems),
        *_same_rows(inputs.supplied, inputs.finds),
        *_district_problems(compared),
        *_search_problems(compared),
        *_quantity_problems(inputs.finds),
        *_date_problems(compared),
        *_accuracy_problems(compared),
        *_spacing_problems(compared),
    )


def _accuracy_problems(compared: Compared) -> list[Problem]:
    """Count, by role, the positions that are known to no better than the tolerance."""
    found = []
    tolerance_m = compared.settings.tolerance_m
    for points in (compared.inputs.supplied, compared.inputs.finds):
        known = points.numbers("accuracy_m")
        if known is None:
            continue
        known = known[np.isfinite(known)]
        # A few rows in a hundred do not change what the figures say.
        if not known.size or np.mean(known > tolerance_m) <= 1 - MOSTLY:
            continue
        role = points.layer.role
        values = {
            "role": role,
            "tolerance": f"{tolerance_m:g}",
            "n": f"{int((known > tolerance_m).sum()):,}",
            "total": f"{known.size:,}",
            "usual": _two_digits(usual_m(known, np.ones(known.size, dtype=bool)) or 0.0),
        }
        found.append(Problem("MA226", role, values=values))
    return found


def _two_digits(value: float) -> str:
    """Write a number of metres with two digits.

    Examples
    --------
    >>> [_two_digits(value) for value in (0.0449, 4.5004, 64.7, 45_439.0)]
    ['0.045', '4.5', '65', '45,000']
    """
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:g}"


def _same_rows(claimed: Points, found: Points) -> list[Problem]:
    """Name the files whose rows were given as supplied points and as finds at once."""
    names = {
        mine.name
        for first, mine in enumerate(claimed.layer.sources)
        for second, theirs in enumerate(found.layer.sources)
        if mine.sha256 is not None and mine.sha256 == theirs.sha256
        # One file may hold both, in sheets or in columns of their own.
        if _are_same(_by_row(claimed, first), _by_row(found, second))
    }
    return [Problem("MA516", name) for name in sorted(names)]


def _by_row(points: Points, source: int) -> _Rows:
    """Give the numbers of the rows of a source, and where they lie."""
    here = np.flatnonzero(np.asarray(points.layer.frame["source"]) == source)
    return np.asarray(points.layer.frame["row"])[here], (points.x + 1j * points.y)[here]


def _are_same(one: _Rows, other: _Rows) -> bool:
    both, mine, theirs = np.intersect1d(one[0], other[0], return_indices=True)
    return bool(both.size and (one[1][mine] == other[1][theirs]).all())


def _district_problems(compared: Compared) -> list[Problem]:
    inputs, areas = compared.inputs, compared.districts
    if areas is None:
        return []
    out = [*_overlap_problems(areas)]
    spellings = Spellings(compared.settings.aliases)
    known_name = np.array([spellings.key(name) for name in areas.names], dtype=object)
    plain_code = np.array([normalise(code) for code in areas.codes], dtype=object)
    for points, polygon in ((inputs.supplied, areas.supplied), (inputs.finds, areas.finds)):
        role = points.layer.role
        outside = int((polygon < 0).sum())
        if outside:
            out.append(Problem("MA501", role, values={"n": f"{outside:,}", "role": role}))
        out += _centre_problems(points, areas, polygon, inputs.frame)
        typed = points.texts("district")
        if typed is None:
            continue
        raw, raw_of = coded(typed)
        plain = np.array([normalise(text) for text in raw], dtype=object)[raw_of]
        known = np.array([spellings.key(text) for text in raw], dtype=object)[raw_of]
        told = (plain != "") & (polygon >= 0)
        differs = told & (known != known_name[polygon]) & (plain != plain_code[polygon])
        if differs.any():
            out.append(
                Problem("MA502", role, values={"n": f"{int(differs.sum()):,}", "role": role})
            )
    return out


def _centre_problems(
    points: Points, areas: Districts, polygon: Ints, frame: Frame
) -> list[Problem]:
    """Count the rows that have the centre of their district for a position."""
    n = int(at_centre(points, areas.polygons, polygon, frame).sum())
    # Of fewer it would tell where single ones lie.
    if n < SMALL_GROUP:
        return []
    role = points.layer.role
    return [Problem("MA525", role, values={"n": f"{n:,}", "role": role})]


def at_centre(points: Points, polygons: Geometries, polygon: Ints, frame: Frame) -> Bools:
    """Tell the rows that lie within 10 m of the centre of their polygon, shape (n,).

    Parameters
    ----------
    points : Points
    polygons : ndarray of shapely polygons, shape (m,)
    polygon : ndarray of int, shape (n,)
        That of each row; -1 is none.
    frame : Frame
    """
    import shapely

    centre = shapely.centroid(polygons)
    east, north = (of(centre)[polygon] for of in (shapely.get_x, shapely.get_y))
    x_m, y_m = frame.scale(points.y)
    away_m = np.hypot((points.x - east) * x_m, (points.y - north) * y_m)
    return np.asarray((polygon >= 0) & (away_m <= _CENTRE_M), dtype=bool)


def _overlap_problems(areas: Districts) -> list[Problem]:
    if not areas.shared:
        return []
    largest = sorted(areas.shared, key=lambda pair: (-pair[2], pair[0], pair[1]))
    examples = ", ".join(
        f"{areas.names[first]} and {areas.names[second]} by {square_metres:,.0f} m2"
        for first, second, square_metres in largest[:_EXAMPLES]
    )
    more = len(largest) - _EXAMPLES
    values = {
        "n": f"{len(largest):,}",
        "examples": f"{examples}, and {more:,} more" if more > 0 else examples,
    }
    return [Problem("MA504", "districts", values=values)]


def _search_problems(compared: Compared) -> list[Problem]:
    finds = compared.finds
    outside = int((finds.in_scope & ~finds.in_search).sum())
    if not outside:
        return []
    few_inside = finds.in_search.mean() < _FEW_INSIDE
    hint = " Nearly no find lies inside: is the coordinate system right?" if few_inside else ""
    return [Problem("MA505", "searched", values={"n": f"{outside:,}", "hint": hint})]


def _quantity_problems(found: Points) -> list[Problem]:
    quantity = found.numbers("quantity")
    if quantity is None:
        return []
    several = quantity > 1
    if not several.any():
        return []
    extra = int((quantity[several] - 1).sum())
    values = {"n": f"{int(several.sum()):,}", "extra": f"{extra:,}"}
    return [Problem("MA509", "finds", values=values)]


def _date_problems(compared: Compared) -> list[Problem]:
    """Count the dates that cannot tell whether a find is later than the map."""
    texts = compared.inputs.finds.texts("date")
    if compared.settings.map_received is None or texts is None:
        return []
    written = texts != ""
    unread = written & np.isnat(iso_days(texts))
    if not unread.any():
        return []
    values = {
        "n": f"{int(unread.sum()):,}",
        "total": f"{int(written.sum()):,}",
        "ambiguous": f"{int(ambiguous(texts[unread]).sum()):,}",
    }
    return [Problem("MA515", "finds", values=values)]


def _spacing_problems(compared: Compared) -> list[Problem]:
    settings = compared.settings
    spacing = compared.spacing_of_map_m
    # Of a few points the spacing would tell single distances.
    few = compared.supplied.single.sum() < _POINTS_FOR_SPACING
    if few or not settings.tolerance_m > spacing / 2:
        return []
    saturated = settings.tolerance_m > spacing
    return [
        Problem(
            "MA704",
            "supplied",
            values={
                "tolerance": f"{settings.tolerance_m:g}",
                "spacing": f"{spacing:.1f}",
                "limit": "the spacing" if saturated else "half the spacing",
                "consequence": "which of several neighbouring points a find confirms cannot be "
                "told, so the share by point is not resolvable at this tolerance"
                if saturated
                else "pairs may be chance",
            },
        )
    ]
