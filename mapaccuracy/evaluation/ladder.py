"""The figures at every tolerance of the ladder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy.evaluation.anywhere import shares_anywhere
from mapaccuracy.evaluation.chance import stand_for_groups
from mapaccuracy.evaluation.groupings import Grouping
from mapaccuracy.evaluation.resolution import spacing_of_groups
from mapaccuracy.schema import Bools, Group, Ints, Rung
from mapaccuracy.statistics.disclosure import LEAST_ITEMS, group_to_withhold
from mapaccuracy.statistics.groups import f1_score, ratio
from mapaccuracy.statistics.ladder import counts, counts_within

if TYPE_CHECKING:
    from mapaccuracy.evaluation.evidence import Evidence

NOT_TOLD_APART = "points cannot be told apart at this tolerance"
NOT_COUNTED = (
    "not counted, because points of the whole map cannot be told apart at this tolerance "
    "(--full-ladder counts them)"
)
FOLLOWS_FINDS = "the search followed the finds, and there is no figure by chance to set beside this"
FEW_ITEMS = f"fewer than {LEAST_ITEMS} points or finds"
WOULD_TELL_OTHERS = "withheld, because the rest would tell single items of others"
# Of the distance to which perimeters follow the finds: beyond, being searched means being near one.
_FADE_OUT_SHARE = 1 / 4


def of_groups(
    evidence: Evidence, grouping: Grouping, groups: Sequence[Group]
) -> list[tuple[Rung, ...]]:
    """Count at every rung; the sets that are counted are those of the headline tolerance.

    Pairs are counted where the points of the whole map, and of the group, can be told apart;
    whether any find lies near needs no pairs and is told at every rung. Rung by rung, figures of
    very few points or finds would tell how far single ones lie from the other side: such groups
    have those of the headline only, and so has the smallest group beside them where the whole
    less the groups told would give them away.
    """
    compared = evidence.compared
    supplied, finds, settings = compared.supplied, compared.finds, compared.settings
    g, rungs = len(groups), np.array(evidence.rungs)
    point_group = np.where(supplied.verifiable, grouping.supplied, -1)
    find_group = np.where(finds.counted, grouping.finds, -1)
    any_find = counts_within(evidence.nearest_find_m, point_group, rungs, g)
    any_point = counts_within(evidence.nearest_supplied_m, find_group, rungs, g)
    anywhere = shares_anywhere(evidence, grouping, evidence.rungs)
    spacing = spacing_of_groups(compared, grouping, g)
    withheld_points = _withheld(point_group, int(supplied.verifiable.sum()), g)
    withheld_finds = _withheld(find_group, int(finds.counted.sum()), g)
    ladder: list[list[Rung]] = [[] for _ in groups]
    for column, rung in enumerate(evidence.rungs):
        paired = _paired(evidence, grouping, rung, g)
        expected = _expected(evidence, grouping, rung, g)
        beyond = rung != settings.tolerance_m
        for index, group in enumerate(groups):
            n, n_finds = group.precision.n, group.recall.n
            of_points = withheld_points[index] if beyond else None
            of_finds = withheld_finds[index] if beyond else None
            reason = None
            if not settings.full_ladder and rung > spacing[index]:
                reason = NOT_TOLD_APART
            elif paired is None:
                reason = NOT_COUNTED
            elif (
                settings.fade_out_m is not None
                and rung > _FADE_OUT_SHARE * settings.fade_out_m
                and expected[index] is None
            ):
                reason = FOLLOWS_FINDS
            c = m = None
            if reason is None and paired is not None:
                c = None if of_points is not None else int(paired[0][index])
                m = None if of_finds is not None else int(paired[1][index])
            precision = None if c is None else ratio(c, n)
            recall = None if m is None else ratio(m, n_finds)
            if c is not None and precision is None:
                reason = group.precision.reason
            near = None if of_points is not None else int(any_find[index, column])
            near_finds = None if of_finds is not None else int(any_point[index, column])
            ladder[index].append(
                Rung(
                    tolerance_m=rung,
                    n=n,
                    confirmed=c,
                    mapped=m,
                    precision=precision,
                    recall=recall,
                    f1=f1_score(precision, recall),
                    any_find_share=None if near is None else ratio(near, n),
                    any_point_share=None if near_finds is None else ratio(near_finds, n_finds),
                    expected_precision=expected[index],
                    expected_any_find_share=anywhere[index][column].any_find_share,
                    reason=_joined(of_points, of_finds, reason),
                )
            )
    return [tuple(rows) for rows in ladder]


def _withheld(group: Ints, total: int, g: int) -> list[str | None]:
    """Say for each group why its figures beyond the headline are withheld; None if they are not."""
    n = np.bincount(group[group >= 0], minlength=g)
    reasons = [FEW_ITEMS if 0 < count < LEAST_ITEMS else None for count in n.tolist()]
    index = group_to_withhold(n, n >= LEAST_ITEMS, total, LEAST_ITEMS)
    if index is not None:
        reasons[index] = WOULD_TELL_OTHERS
    return reasons


def _joined(*reasons: str | None) -> str | None:
    """Give each reason once.

    Examples
    --------
    >>> _joined("few", None, "few"), _joined(None)
    ('few', None)
    """
    return "; ".join(dict.fromkeys(reason for reason in reasons if reason is not None)) or None


def _paired(
    evidence: Evidence, grouping: Grouping, rung: float, g: int
) -> tuple[Ints, Ints] | None:
    """Count verifiable points and finds that count with a pair at one rung."""
    compared = evidence.compared
    matching = compared.matchings.get(rung)
    if matching is None:
        return None
    paired: list[Bools] = []
    for rows, n in (
        (matching.supplied, len(grouping.supplied)),
        (matching.find, len(grouping.finds)),
    ):
        flag = np.zeros(n, dtype=bool)
        flag[rows] = True
        paired.append(flag)
    return (
        counts(grouping.supplied, compared.supplied.verifiable & paired[0], g),
        counts(grouping.finds, compared.finds.counted & paired[1], g),
    )


def _expected(evidence: Evidence, grouping: Grouping, rung: float, g: int) -> list[float | None]:
    """Precision of the records that could be moved, where they were moved to."""
    layers = evidence.draws.records
    if layers is None or rung not in layers.paired:
        return [None] * g
    stands = stand_for_groups(evidence, grouping)
    group = grouping.supplied[layers.point]
    share = layers.paired[rung].mean(axis=0)
    held = group >= 0
    n = np.bincount(group[held], minlength=g)
    total = np.bincount(group[held], share[held], minlength=g)
    return [
        ratio(float(total[index]), int(n[index])) if stands[index] else None for index in range(g)
    ]
