"""What a reader of the figures must know, as notes.

Nothing here names an item or a position.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from mapaccuracy.evaluation import accidents
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.groupings import district_labels
from mapaccuracy.evaluation.located import Points, search_reasons
from mapaccuracy.evaluation.noticed import SMALL_GROUP
from mapaccuracy.evaluation.suspicion import suspicion
from mapaccuracy.matching import nearest_distance
from mapaccuracy.schema import Bools, Group, Layer, Note, Problem

_EXAMPLES = 5


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
        if 0 < group.supplied < SMALL_GROUP or 0 < group.finds < SMALL_GROUP
    ]
    if not small:
        return []
    return [
        Note(
            "small_groups",
            f"Fewer than {SMALL_GROUP} supplied points or finds: {', '.join(small)}. Whoever "
            "holds one of the inputs can tell single items of the other from such counts: leave "
            "these rows, and differences that give them away, out of what is published. So it is "
            f"with cells below {SMALL_GROUP} in the tables of types and of parts of recall.",
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
