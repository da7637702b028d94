"""Accidents against the map: how many happened beyond a distance from every supplied point."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy import geography
from mapaccuracy.evaluation.groupings import DISTRICT_NOT_STATED, OVERALL, Grouping
from mapaccuracy.evaluation.located import Points
from mapaccuracy.schema import Accidents, Beyond, Group, Ints, Note, Rate, normalise
from mapaccuracy.statistics.disclosure import LEAST_ITEMS, group_to_withhold
from mapaccuracy.statistics.groups import Side, rates

if TYPE_CHECKING:
    from mapaccuracy.evaluation.compared import Compared
    from mapaccuracy.evaluation.evidence import Evidence

NO_ACCIDENTS = "no accidents"
NO_SUPPLIED_POINTS = "no single supplied points"
FEW_ACCIDENTS = f"fewer than {LEAST_ITEMS} accidents: shares would tell single ones"
WOULD_TELL_OTHERS = "withheld, because the rest would tell single accidents of other groups"
TOO_FEW_PLACES = "too few separate places of accidents for an interval"


def of_groups(
    evidence: Evidence, grouping: Grouping, groups: Sequence[Group]
) -> list[Accidents | None]:
    """Share of the accidents of each group beyond each rung; None where none were given."""
    accidents, distance_m = evidence.compared.inputs.accidents, evidence.accident_m
    if accidents is None or distance_m is None:
        return [None] * len(groups)
    group = _group_of(evidence, grouping, accidents)
    n = np.bincount(group[group >= 0], minlength=len(groups))
    if not evidence.compared.supplied.single.any():
        return [Accidents(int(count), (), NO_SUPPLIED_POINTS) for count in n]
    cluster = geography.neighbourhoods(
        accidents.metres, evidence.compared.settings.cluster_distance_m
    )
    shares = [
        rates(
            Side(group, [cluster]),
            np.ones(len(accidents), dtype=bool),
            distance_m > rung,
            len(groups),
            empty=NO_ACCIDENTS,
            too_few=TOO_FEW_PLACES,
        )
        for rung in evidence.rungs
    ]
    reasons = _withheld(n, len(accidents))
    return [
        Accidents(
            int(n[index]),
            () if reason is not None else _beyond(evidence.rungs, [of[index] for of in shares]),
            reason,
        )
        for index, reason in enumerate(reasons)
    ]


def _beyond(rungs: Sequence[float], shares: Sequence[Rate]) -> tuple[Beyond, ...]:
    # The range over clusters would tell of clusters that are one accident.
    return tuple(
        Beyond(rung, replace(share, cluster_low=None, cluster_high=None))
        for rung, share in zip(rungs, shares, strict=True)
    )


def _withheld(n: Ints, total: int) -> list[str | None]:
    """Say for each group why it has no shares, or None.

    Groups of very few accidents have none; nor has, where those of all other groups would give
    them away by subtraction from the whole, the next smallest group.
    """
    reasons: list[str | None] = [
        NO_ACCIDENTS if not count else FEW_ACCIDENTS if count < LEAST_ITEMS else None for count in n
    ]
    index = group_to_withhold(n, n >= LEAST_ITEMS, total, LEAST_ITEMS)
    if index is not None:
        reasons[index] = WOULD_TELL_OTHERS
    return reasons


def _group_of(evidence: Evidence, grouping: Grouping, accidents: Points) -> Ints:
    """Group of each accident: by polygon where districts are polygons, else by name."""
    by_place = evidence.compared.districts is not None or grouping.names == [OVERALL]
    if by_place and grouping.at is not None:
        return grouping.at(accidents.x, accidents.y)
    coded = accidents.codes("district")
    if coded is None:
        coded = [""], np.zeros(len(accidents), dtype=np.int64)
    names, code = coded
    known = {normalise(name): index for index, name in enumerate(grouping.names)}
    # A blank is no name, even if a district were called as those without one are.
    unstated = [i for i, name in enumerate(grouping.names) if name == DISTRICT_NOT_STATED]
    known[""] = unstated[-1] if unstated else -1
    group = np.array([known.get(normalise(name), -1) for name in names], dtype=np.int64)
    return group[code]


def notes(compared: Compared, whole: Group) -> list[Note]:
    """Say which distance the shares speak of, and of how many accidents."""
    of_whole = whole.accidents
    if of_whole is None:
        return []
    told = f"Accidents given: {of_whole.n:,}."
    beyond = {entry.tolerance_m: entry.share for entry in of_whole.beyond}
    share = beyond.get(compared.settings.tolerance_m)
    if share is None or share.value is None:
        return [Note("accidents", f"{told} No share is given: {of_whole.reason}.")]
    return [
        Note(
            "accidents",
            f"{told} {round(share.value * share.n):,} of them ({100 * share.value:.1f} %) lie more "
            f"than {compared.settings.tolerance_m:g} m from every single supplied point, in any "
            "district. An accident off the map says that the map is not complete; one near it "
            "does not say that the mine was on it.",
        )
    ]
