"""What a reader of the figures must know: problems found on the way, and notes.

Nothing here names an item or a position.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from mapaccuracy import geography
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.located import Points
from mapaccuracy.matching import nearest_distance
from mapaccuracy.schema import Bools, Group, Layer, Note, Problem, normalise

_SMALL_GROUP = 5


def problems(compared: Compared) -> tuple[Problem, ...]:
    """Collect the warnings of intake and those that only the whole shows."""
    inputs = compared.inputs
    return (
        *(problem for layer in inputs.layers.values() for problem in layer.problems),
        *_shared_positions(inputs.supplied),
        *_shared_positions(inputs.finds),
        *_district_problems(compared),
        *_search_problems(compared),
        *_quantity_problems(inputs.finds),
        *_spacing_problems(compared),
    )


def notes(
    compared: Compared,
    whole: Group,
    by_district: Sequence[Group],
    collected: Sequence[Problem],
) -> tuple[Note, ...]:
    """Say what the figures are of, and what they cannot tell."""
    return (
        Note(
            "not_confirmed",
            "Not confirmed means that no find was recorded within the tolerance on searched "
            "ground. It does not mean that there is no mine. These figures are not a clearance "
            "certificate.",
        ),
        Note(
            "recall_charges_all_mines",
            "Recall charges the map with every mine in scope that was found in searched ground, "
            "also those laid by others or after the map was made. It says nothing about ground "
            "not yet searched.",
        ),
        Note(
            "chance_not_computed",
            "No figure here is set against chance: a map drawn without knowledge would be "
            "confirmed in part as well, the more so at a large tolerance or where the searched "
            "ground was drawn around the finds.",
        ),
        *_search_notes(compared, whole),
        _cluster_note(compared),
        *_scope_notes(compared),
        *_single_point_notes(whole),
        *_small_group_notes(by_district),
        *_problem_notes(collected),
    )


def _shared_positions(points: Points) -> list[Problem]:
    """Count the rows whose position another row of the role has as well."""
    position = points.x + 1j * points.y
    ordered = np.sort(position)
    same = ordered[1:] == ordered[:-1]
    shared = int((np.append(same, False) | np.append(False, same)).sum()) if len(position) else 0
    if not shared:
        return []
    role = points.layer.role
    return [Problem("MA402", role, values={"n": f"{shared:,}", "role": role})]


def _district_problems(compared: Compared) -> list[Problem]:
    inputs, areas = compared.inputs, compared.districts
    if areas is None:
        return []
    source = inputs.layers["districts"].sources[0].name
    out = [
        Problem(
            "MA504",
            source,
            values={
                "a": str(areas.names[first]),
                "b": str(areas.names[second]),
                "m2": f"{square_metres:,.0f}",
            },
        )
        for first, second, square_metres in areas.shared
    ]
    plain_name = np.array([normalise(name) for name in areas.names], dtype=object)
    plain_code = np.array([normalise(code) for code in areas.codes], dtype=object)
    for points, polygon in ((inputs.supplied, areas.supplied), (inputs.finds, areas.finds)):
        role = points.layer.role
        outside = int((polygon < 0).sum())
        if outside:
            out.append(Problem("MA501", role, values={"n": f"{outside:,}", "role": role}))
        typed = points.texts("district")
        if typed is None:
            continue
        raw, raw_of = np.unique(typed.astype(str), return_inverse=True)
        plain = np.array([normalise(text) for text in raw], dtype=object)[raw_of]
        told = (plain != "") & (polygon >= 0)
        differs = told & (plain != plain_name[polygon]) & (plain != plain_code[polygon])
        if differs.any():
            out.append(
                Problem("MA502", role, values={"n": f"{int(differs.sum()):,}", "role": role})
            )
    return out


def _search_problems(compared: Compared) -> list[Problem]:
    outside = int((compared.finds.in_scope & ~compared.finds.in_search).sum())
    if not outside:
        return []
    return [
        Problem(
            "MA505",
            compared.inputs.layers["searched"].sources[0].name,
            values={"n": f"{outside:,}"},
        )
    ]


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


def _spacing_problems(compared: Compared) -> list[Problem]:
    settings = compared.settings
    spacing = geography.spacing_m(compared.inputs.supplied.metres[compared.supplied.single])
    if spacing is None or settings.tolerance_m <= spacing / 2:
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
                "is a lower bound: supplied points with a find over all supplied points. Recall "
                "counts all finds in scope.",
            )
        ]
    share = 100 * compared.settings.verifiable_share
    inside = int((compared.supplied.single & ground.holds(inputs.supplied)).sum())
    verifiable = whole.confirmed + whole.not_confirmed
    out = [
        Note(
            "verifiable",
            f"{inside:,} of {whole.supplied:,} supplied points lie inside searched ground; for "
            f"{verifiable:,} at least {share:g} % of the tolerance disk was "
            "searched, and only these enter precision.",
        )
    ]
    basis = Counter(_words(inputs.layers["searched"], "basis"))
    stated = basis["tasked"] + basis["final"]
    total = sum(basis.values())
    if basis["final"] or stated < total:
        out.append(
            Note(
                "search_basis",
                f"Of {total:,} searched polygons {basis['final']:,} are stated as drawn after the "
                f"finds (final), {basis['tasked']:,} as tasked before them, {total - stated:,} "
                "say neither. Perimeters that follow finds raise precision.",
            )
        )
    reason = Counter(_words(inputs.layers["searched"], "reason"))
    if reason["map"]:
        out.append(
            Note(
                "searched_because_of_map",
                f"{reason['map']:,} of {total:,} searched polygons were searched because of the "
                "map; recall is higher on such ground than elsewhere.",
            )
        )
    if whole.released_without_search:
        bound = whole.confirmed / (verifiable + whole.released_without_search)
        out.append(
            Note(
                "released_without_search",
                f"{whole.released_without_search:,} supplied points lie on cancelled or reduced "
                "land, released without physical search. If none of them was a mine, precision "
                f"would be {whole.confirmed:,}/{verifiable + whole.released_without_search:,} = "
                f"{100 * bound:.1f} %.",
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
    open_points = np.flatnonzero(points.verifiable & ~points.paired)
    near = nearest_distance(
        inputs.supplied.metres[open_points],
        inputs.finds.metres[outside],
        compared.settings.tolerance_m,
    )
    only_out_of_scope = int((np.isfinite(near) & ~points.any_find[open_points]).sum())
    return [
        Note(
            "scope",
            f"{int(outside.sum()):,} finds are recognised as UXO, AXO, submunition or IED. Maps "
            "of mines do not speak of them: they take no part in matching and in recall. "
            f"{only_out_of_scope:,} of the not confirmed points have only such finds within the "
            "tolerance.",
        )
    ]


def _single_point_notes(whole: Group) -> list[Note]:
    if not whole.not_single_points:
        return []
    return [
        Note(
            "not_single_points",
            f"{whole.not_single_points:,} supplied rows stand for several mines or are centroids. "
            "They are not compared point by point; finds near them count as unmapped unless "
            "another point has them.",
        )
    ]


def _small_group_notes(by_district: Sequence[Group]) -> list[Note]:
    small = sum(
        0 < group.supplied < _SMALL_GROUP or 0 < group.finds < _SMALL_GROUP for group in by_district
    )
    if not small:
        return []
    return [
        Note(
            "small_groups",
            f"{small:,} districts have fewer than {_SMALL_GROUP} supplied points or finds. Whoever "
            "holds one of the inputs can tell single items of the other from their counts: leave "
            "these rows out of what is published.",
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
