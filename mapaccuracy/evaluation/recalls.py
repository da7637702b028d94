"""Recall of parts of the finds: near the map, by why ground was searched, by when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy import geography
from mapaccuracy.evaluation.groupings import Grouping
from mapaccuracy.evaluation.located import Inputs, polygons_of, search_reasons
from mapaccuracy.intake import iso_days
from mapaccuracy.schema import Bools, Group, Ints, Rate, RecallParts, Settings
from mapaccuracy.statistics.groups import (
    NO_SEARCHED_AREAS,
    TOO_FEW_FIND_GROUPS,
    Side,
    rates,
)

if TYPE_CHECKING:
    from mapaccuracy.evaluation.evidence import Evidence

NOT_STATED = "not stated"
REASONS = ("map", "incident", "systematic", NOT_STATED)
NONE_NEAR = "no finds in scope near the map"
TOLERANCE_TOO_LARGE = "the tolerance is too large to speak of finds near the map"
NONE_OF_REASON = "no finds in scope in ground searched for this reason"
NONE_WITHOUT_REASON = "no finds in scope in ground without a stated reason"
NOT_RECEIVED = "the day the map was received is not given"
NONE_DATED = (
    "no finds in scope dated before the map was received",
    "no finds in scope dated on the day the map was received or later",
    "no finds in scope without a date that can be read",
)


def of_groups(evidence: Evidence, grouping: Grouping, groups: Sequence[Group]) -> list[RecallParts]:
    """Rate parts of the finds that count, each with the interval over clusters of finds.

    Search follows maps and incidents, and a map may have been drawn from earlier finds: recall
    of ground searched systematically, and of finds made after the map was received, says most.

    Returns
    -------
    list of RecallParts
        A part without a find has no value, but a reason.
    """
    compared, g = evidence.compared, len(groups)
    finds, settings = compared.finds, compared.settings
    rows = np.flatnonzero(finds.counted & (grouping.finds >= 0))
    group, mapped = grouping.finds[rows], finds.mapped[rows]
    chain = [cluster[rows] for cluster in compared.clusterings[1]]

    def parted(part: Ints, reasons: Sequence[str]) -> list[list[Rate]]:
        """Rate the parts 0, 1, ... of every group, with what to say of an empty one; -1: none."""
        side = Side(np.where(part >= 0, part * g + group, -1), chain)
        counted = np.ones(len(rows), dtype=bool)
        every = rates(
            side, counted, mapped, len(reasons) * g, empty="", too_few=TOO_FEW_FIND_GROUPS
        )
        return [
            [
                rate if rate.n else replace(rate, reason=reason)
                for rate in every[order * g : order * g + g]
            ]
            for order, reason in enumerate(reasons)
        ]

    # A larger one reaches across this ground, and every other find of it has a pair by chance.
    if settings.tolerance_m > settings.cluster_distance_m / 2:
        near_map = [_without(TOLERANCE_TOO_LARGE)] * g
    else:
        (near_map,) = parted(np.where(_near_map(evidence, rows), 0, -1), [NONE_NEAR])
    if compared.inputs.ground.given:
        empty = [NONE_WITHOUT_REASON if name == NOT_STATED else NONE_OF_REASON for name in REASONS]
        by_reason = parted(_reasons(compared.inputs, rows, settings), empty)
    else:
        by_reason = [[_without(NO_SEARCHED_AREAS)] * g] * len(REASONS)
    if settings.map_received is None:
        by_day = [[_without(NOT_RECEIVED)] * g] * len(NONE_DATED)
    else:
        by_day = parted(_periods(compared.inputs, rows, settings.map_received), NONE_DATED)
    return [
        RecallParts(
            near_map=near_map[index],
            by_reason={name: part[index] for name, part in zip(REASONS, by_reason, strict=True)},
            before_map=by_day[0][index],
            after_map=by_day[1][index],
            undated=by_day[2][index],
        )
        for index in range(g)
    ]


def _without(reason: str) -> Rate:
    """Make a rate of which nothing is known."""
    return Rate(None, None, None, 0, 0, None, None, None, None, reason)


def _near_map(evidence: Evidence, rows: Ints) -> Bools:
    """Tell the finds in the ground that the map speaks of, which depends on no tolerance.

    It is the convex hull of the single points of each record, widened by the cluster distance.
    """
    compared = evidence.compared
    claimed, found, frame = compared.inputs.supplied, compared.inputs.finds, compared.inputs.frame
    margin_m = compared.settings.cluster_distance_m
    near = evidence.nearest_supplied_m[rows] <= margin_m
    single, others = compared.supplied.single, rows[~near]
    hulls = geography.widened_hulls(
        claimed.x[single], claimed.y[single], compared.record[single], margin_m, frame
    )
    near[~near] = geography.first_polygon(found.x[others], found.y[others], hulls) >= 0
    return near


def _reasons(inputs: Inputs, rows: Ints, settings: Settings) -> Ints:
    """Tell why the ground of each find was searched, as an index into `REASONS`.

    Of overlapping areas the first decides; areas are in the order of their outlines.
    """
    layer, not_stated = inputs.layers["searched"], REASONS.index(NOT_STATED)
    searched = np.asarray(layer.frame["ground"], dtype=object) == "searched"
    names, code = search_reasons(layer, settings)
    known = [REASONS.index(name) if name in REASONS else not_stated for name in names]
    of_polygon = np.array(known, dtype=np.int64)[code]
    if len(set(of_polygon.tolist())) == 1:
        return np.full(len(rows), of_polygon[0])
    polygons = polygons_of(layer, inputs.frame)[searched]
    polygon = geography.first_polygon(inputs.finds.x[rows], inputs.finds.y[rows], polygons)
    # A find on the very seam of two areas may lie in neither by rounding.
    return np.where(polygon >= 0, of_polygon[polygon], not_stated)


def _periods(inputs: Inputs, rows: Ints, received: str) -> Ints:
    """Tell finds before the map was received (0) from later ones (1) and from undated ones (2)."""
    texts = inputs.finds.texts("date")
    if texts is None:
        return np.full(len(rows), 2, dtype=np.int64)
    days = iso_days(texts[rows])
    later = (days >= np.datetime64(date.fromisoformat(received), "D")).astype(np.int64)
    return np.where(np.isnat(days), 2, later)
