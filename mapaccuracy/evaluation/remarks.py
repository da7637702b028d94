"""What a reader of the figures must know: problems found on the way, and notes.

Nothing here names an item or a position.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from mapaccuracy.evaluation import accidents
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.groupings import Districts, district_labels
from mapaccuracy.evaluation.located import Points, coded, search_reasons
from mapaccuracy.evaluation.suspicion import suspicion
from mapaccuracy.geography import Frame
from mapaccuracy.intake.dates import ambiguous, iso_days
from mapaccuracy.intake.written import MOSTLY, usual_m
from mapaccuracy.matching import nearest_distance
from mapaccuracy.schema import Bools, Group, Ints, Layer, Note, Problem, normalise
from mapaccuracy.schema.spellings import Spellings

_SMALL_GROUP = 5
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


def notes(
    compared: Compared,
    whole: Group,
    shown: Sequence[Group],
    collected: Sequence[Problem],
) -> tuple[Note, ...]:
    """Say what the figures are of, and what they cannot tell."""
    suspected = suspicion(compared)
    return (
        *(() if suspected is None else (suspected,)),
        _not_confirmed_note(compared),
        Note(
            "recall_charges_all_mines",
            "Recall charges the map with every mine in scope that was found"
            f"{' in searched ground' if compared.inputs.ground.given else ''}, also those laid by "
            "others or after the map was made. It says nothing about ground not yet searched.",
        ),
        _chance_note(compared, [whole, *shown]),
        *_search_notes(compared, whole),
        *_fade_out_notes(compared),
        *_resolution_notes([whole, *shown]),
        _cluster_note(compared),
        *_scope_notes(compared),
        *_type_notes(compared),
        *_date_notes(compared),
        *accidents.notes(compared, whole),
        *_single_point_notes(whole),
        *_empty_district_notes(compared, shown),
        *_small_group_notes([whole, *shown]),
        *_problem_notes(collected),
    )


def notes_without_points(
    compared: Compared,
    whole: Group,
    shown: Sequence[Group],
    collected: Sequence[Problem],
    of_claims: Sequence[Note],
) -> tuple[Note, ...]:
    """Say what the figures are of where the map has no points, or no find has a position."""
    located = len(compared.inputs.finds) > 0
    missing = "the supplied map has no points" if located else "no find has a position"
    return (
        Note(
            "no_points",
            f"Figures of points, such as precision and recall, are not defined: {missing}.",
        ),
        Note(
            "not_confirmed",
            "Where nothing was found there may still be a mine. These figures are not a clearance "
            "certificate.",
        ),
        *of_claims,
        *(_search_notes(compared, whole) if located else ()),
        *(_scope_notes(compared) if located else ()),
        *_left_out_notes(compared, missing),
        *_single_point_notes(whole),
        *_small_group_notes([whole, *shown]),
        *_problem_notes(collected),
    )


def _left_out_notes(compared: Compared, missing: str) -> list[Note]:
    """Say that accidents were given and nothing is told of them."""
    given = compared.inputs.accidents
    if given is None:
        return []
    return [Note("accidents", f"Accidents given: {len(given):,}. No share is given: {missing}.")]


def _not_confirmed_note(compared: Compared) -> Note:
    left = (
        "no find in scope lies within the tolerance; one find may confirm several points."
        if compared.settings.matching == "nearest"
        else "no find in scope within the tolerance was left for it; one find confirms one point."
    )
    return Note(
        "not_confirmed",
        f"Not confirmed means that the ground around a supplied point was searched and that {left} "
        "It does not mean that there is no mine. These figures are not a clearance certificate.",
    )


def _chance_note(compared: Compared, groups: Sequence[Group]) -> Note:
    settings = compared.settings
    asked = [
        null
        for group in groups
        if group.chance is not None
        for null in (group.chance.records, group.chance.inside)
    ]
    given = sum(null.p is not None for null in asked)
    many = (
        f" This result holds {given:,} values of p: with many of them some fall below 0.05 by "
        "chance alone, about one in twenty where a map knows nothing."
    )
    if any(null.draws for null in asked):
        return Note(
            "chance",
            "By chance means: the same records, put elsewhere in their own searched ground "
            f"(records within {settings.cluster_distance_m:g} m of each other as one) or shifted "
            "along themselves, matched in the same way. p = (draws at least as precise as the map "
            "+ 1) / (draws + 1), or, where shifted records lie so near each other, the p of a "
            f"t-test on their clusters if that is larger; seed {settings.seed}. A small p says "
            "that the map is not independent of the finds, not that it is good."
            f"{many if given > 1 else ''}",
        )
    return Note(
        "chance_not_tested",
        "No figure here is tested against chance, for the reasons given in each group. A map drawn "
        "without knowledge would be confirmed in part as well, the more so at a large tolerance or "
        "where the searched ground was drawn around the finds.",
    )


def _fade_out_notes(compared: Compared) -> list[Note]:
    fade_out_m = compared.settings.fade_out_m
    if fade_out_m is None:
        return []
    return [
        Note(
            "fade_out",
            f"Searched perimeters follow the finds, out to {fade_out_m:g} m: to be searched means "
            "to lie near a find, where a map without knowledge is confirmed as well. At a "
            f"tolerance above {fade_out_m / 4:g} m, a quarter of that, only shares with a "
            "figure by chance beside them can be read.",
        )
    ]


def _resolution_notes(groups: Sequence[Group]) -> list[Note]:
    names = [
        group.group
        for group in groups
        if group.resolution is not None and group.resolution.resolvable is False
    ]
    if not names:
        return []
    return [
        Note(
            "unresolvable",
            f"Tolerance larger than the spacing of the supplied points: {', '.join(names)}. Which "
            "point a find confirms cannot be told there: shares by point say nothing about single "
            "mines, and the agreement by record is the figure to quote.",
        )
    ]


def _date_notes(compared: Compared) -> list[Note]:
    day = compared.settings.map_received
    if day is None:
        return []
    return [
        Note(
            "map_received",
            f"The map was received on {day}. Finds made on that day or later could not have "
            "entered it: recall of these is the honest test. They stand apart, and so do finds "
            "without a date that can be read.",
        )
    ]


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
    import shapely

    centre = shapely.centroid(areas.polygons)
    east, north = (of(centre)[polygon] for of in (shapely.get_x, shapely.get_y))
    x_m, y_m = frame.scale(points.y)
    away_m = np.hypot((points.x - east) * x_m, (points.y - north) * y_m)
    near = (polygon >= 0) & (away_m <= _CENTRE_M)
    n = int(near.sum())
    # Of fewer it would tell where single ones lie.
    if n < _SMALL_GROUP:
        return []
    role = points.layer.role
    return [Problem("MA525", role, values={"n": f"{n:,}", "role": role})]


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


def _search_notes(compared: Compared, whole: Group) -> list[Note]:
    inputs = compared.inputs
    ground = inputs.ground
    if ground.assumed:
        return [
            Note(
                "assumed_searched",
                "All ground was declared searched; nobody checked that. Precision counts every "
                "supplied point, recall every find in scope.",
            )
        ]
    if not ground.given:
        return [
            Note(
                "no_searched_areas",
                "No searched areas were given, so precision is not defined. The confirmed share "
                "is a lower bound: supplied points with a pair over all supplied points. Recall "
                "counts all finds in scope.",
            )
        ]
    share = 100 * compared.settings.verifiable_share
    inside = int((compared.supplied.single & ground.holds(inputs.supplied)).sum())
    verifiable = whole.confirmed + whole.not_confirmed
    out = [
        Note(
            "verifiable",
            f"Supplied points inside searched ground: {inside:,} of {whole.supplied:,}. Only those "
            f"of which at least {share:g} % of the tolerance disk was searched enter precision: "
            f"{verifiable:,}.",
        )
    ]
    basis = Counter(_words(inputs.layers["searched"], "basis"))
    total = sum(basis.values())
    silent = total - basis["tasked"] - basis["final"]
    if basis["final"] or silent:
        out.append(
            Note(
                # Beside each precision only where it is known, not where nobody says.
                "search_follows_finds" if basis["final"] else "search_basis",
                f"Searched polygons: {total:,}; drawn after the finds (final): "
                f"{basis['final']:,}; as tasked before them: {basis['tasked']:,}; not stated: "
                f"{silent:,}. Perimeters that follow finds raise precision.",
            )
        )
    names, code = search_reasons(inputs.layers["searched"], compared.settings)
    reason = Counter(names[index] for index in code.tolist())
    declared = compared.settings.search_reason
    blank = _words(inputs.layers["searched"], "reason").count("")
    if declared is not None and blank:
        out.append(
            Note(
                "search_reason",
                f"Searched polygons that do not say why they were searched: {blank:,} of "
                f"{total:,}. Of these the reason was declared: {declared}.",
            )
        )
    if reason["map"]:
        out.append(
            Note(
                "searched_because_of_map",
                f"Searched because of the map: {reason['map']:,} of {total:,} polygons. Recall may "
                "be higher there than on ground searched for other reasons.",
            )
        )
    if whole.released_without_search:
        judged = verifiable + whole.released_without_search
        out.append(
            Note(
                "released_without_search",
                f"Supplied points on cancelled or reduced land, released without physical search: "
                f"{whole.released_without_search:,}. Counting them as not confirmed, precision is "
                f"{whole.confirmed:,}/{judged:,} = {100 * whole.confirmed / judged:.1f} %.",
            )
        )
    return out


def _words(layer: Layer, name: str) -> list[str]:
    """List what the polygons of searched ground say in a column, "" where nothing."""
    rows = np.asarray(layer.frame["ground"], dtype=object) == "searched"
    if name not in layer.frame.columns:
        return [""] * int(rows.sum())
    return [str(word) for word in np.asarray(layer.frame[name].fillna(""), dtype=object)[rows]]


def _cluster_note(compared: Compared) -> Note:
    claimed, found = compared.inputs.supplied, compared.inputs.finds
    distance_m = compared.settings.cluster_distance_m

    def links(points: Points, columns: Mapping[str, str]) -> str:
        given = [words for name, words in columns.items() if points.texts(name) is not None]
        return "".join(f" or share a {words}" for words in given)

    return Note(
        "clusters",
        "Intervals are 95 % and take clusters as their unit: supplied points that lie within "
        f"{distance_m:g} m of each other"
        f"{links(claimed, {'record_id': 'record', 'sheet': 'map sheet'})}; finds that lie within "
        f"{distance_m:g} m of each other{links(found, {'task_id': 'task'})}. "
        "Of the clusterings possible, the one with the widest interval counts.",
    )


def _scope_notes(compared: Compared) -> list[Note]:
    inputs, points = compared.inputs, compared.supplied
    outside: Bools = ~compared.finds.in_scope
    if not outside.any():
        return []
    message = (
        f"Finds recognised as UXO, AXO, submunition or IED: {int(outside.sum()):,}. Maps of mines "
        "do not speak of them: they take no part in matching and in recall."
    )
    open_points = np.flatnonzero(points.verifiable & ~points.paired)
    if len(open_points):
        near = nearest_distance(
            inputs.supplied.metres[open_points],
            inputs.finds.metres[outside],
            compared.settings.tolerance_m,
        )
        only_such = int((np.isfinite(near) & ~points.any_find[open_points]).sum())
        message += (
            f" Not confirmed points with only such finds within the tolerance: {only_such:,}."
        )
    return [Note("scope", message)]


def _type_notes(compared: Compared) -> list[Note]:
    under = "Supplied points stand under the type claimed, finds under the type found."
    if compared.settings.match_type:
        return [
            Note(
                "matched_by_type",
                "A point and a find whose stated types differ are no pair; a side that states "
                f"none never differs. {under}",
            )
        ]
    if compared.settings.by != "type":
        return []
    return [
        Note(
            "types_not_matched",
            "Pairs are formed without regard to type: a point confirmed under AP may have an AT "
            f"find. {under}",
        )
    ]


def _single_point_notes(whole: Group) -> list[Note]:
    if not whole.not_single_points:
        return []
    return [
        Note(
            "not_single_points",
            f"Supplied rows that stand for several mines or are centroids: "
            f"{whole.not_single_points:,}. They are not compared point by point; finds near them "
            "count as unmapped unless another point has them.",
        )
    ]


def _empty_district_notes(compared: Compared, shown: Sequence[Group]) -> list[Note]:
    """Name the districts that no group stands for: nothing that was read may vanish."""
    areas = compared.districts
    if areas is None:
        return []
    told = {group.group for group in shown}
    empty = sorted(set(district_labels(areas)) - told)
    if not empty:
        return []
    listed = ", ".join(empty[:_EXAMPLES])
    more = f", and {len(empty) - _EXAMPLES:,} more" if len(empty) > _EXAMPLES else ""
    return [
        Note(
            "empty_districts",
            f"Districts without any supplied point, find or searched ground: {listed}{more}.",
        )
    ]


def _small_group_notes(groups: Sequence[Group]) -> list[Note]:
    small = [
        group.group
        for group in groups
        if 0 < group.supplied < _SMALL_GROUP or 0 < group.finds < _SMALL_GROUP
    ]
    if not small:
        return []
    return [
        Note(
            "small_groups",
            f"Fewer than {_SMALL_GROUP} supplied points or finds: {', '.join(small)}. Whoever "
            "holds one of the inputs can tell single items of the other from such counts: leave "
            "these rows, and differences that give them away, out of what is published. So it is "
            f"with cells below {_SMALL_GROUP} in the tables of types and of parts of recall.",
        )
    ]


def _problem_notes(collected: Sequence[Problem]) -> list[Note]:
    """Repeat what concerns a whole input; what concerns single rows stays out of the result."""
    told = {
        (problem.code, f"{problem.source}: {problem.message()}")
        for problem in collected
        if problem.row is None and problem.id is None and problem.code != "MA010"
    }
    return [Note(code, message) for code, message in sorted(told)]
