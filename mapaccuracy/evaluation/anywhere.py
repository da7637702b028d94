"""What judged points would score anywhere in their own searched polygon, each by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy.evaluation.groupings import Grouping
from mapaccuracy.schema import GroundChance, Ints
from mapaccuracy.statistics.chance import ground_chance
from mapaccuracy.statistics.ladder import counts_within

if TYPE_CHECKING:
    from mapaccuracy.evaluation.evidence import Evidence


def shares_anywhere(
    evidence: Evidence, grouping: Grouping, rungs: tuple[float, ...]
) -> list[list[GroundChance]]:
    """Share of the positions open to the judged points that have a find in reach.

    Parameters
    ----------
    evidence : Evidence
        With a sample.
    grouping : Grouping
    rungs : tuple of float
        Tolerances in metres, ascending.

    Returns
    -------
    list of list of GroundChance
        By group, then rung.
    """
    sample, parts = evidence.sample, len(evidence.compared.inputs.ground.searched)
    if sample is None:
        none = np.empty(0, dtype=np.int64)
        nothing = ground_chance(none, none, none, 0)
        return [[nothing] * len(rungs) for _ in grouping.names]
    part = np.where(sample.verifiable, sample.part, -1)
    drawn = np.bincount(part[part >= 0], minlength=parts)
    within = counts_within(sample.nearest_find_m, part, np.array(rungs), parts)
    points = _points_by_part(grouping.supplied, evidence.judged_part, parts)
    judged = np.bincount(
        grouping.supplied[(evidence.judged_part >= 0) & (grouping.supplied >= 0)],
        minlength=len(grouping.names),
    )
    ends = np.searchsorted(points[0], np.arange(len(grouping.names) + 1))
    answers = []
    for index in range(len(grouping.names)):
        own = slice(ends[index], ends[index + 1])
        of, n = points[1][own], points[2][own]
        answers.append(
            [
                ground_chance(within[of, column], drawn[of], n, int(judged[index]))
                for column in range(len(rungs))
            ]
        )
    return answers


def _points_by_part(group: Ints, part: Ints, parts: int) -> tuple[Ints, Ints, Ints]:
    """Count the judged points of each group and part: group, part, number; sorted."""
    rows = np.flatnonzero((part >= 0) & (group >= 0))
    key = group[rows] * parts + part[rows]
    # Rows of a part mostly stand together: counting runs first leaves little to sort.
    start = np.flatnonzero(np.append(True, key[1:] != key[:-1])) if len(key) else rows
    size = np.diff(np.append(start, len(key)))
    pairs, which = np.unique(key[start], return_inverse=True)
    number = np.bincount(which, size, minlength=len(pairs)).astype(np.int64)
    return pairs // max(parts, 1), pairs % max(parts, 1), number
