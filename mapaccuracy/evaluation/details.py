"""Every figure of a group beyond its counts and rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from mapaccuracy.evaluation import (
    accidents,
    chance,
    effort,
    ladder,
    position,
    recalls,
    resolution,
    types,
    whole_map,
)
from mapaccuracy.evaluation.evidence import Evidence
from mapaccuracy.evaluation.groupings import Grouping
from mapaccuracy.schema import Group

Figure = Callable[[Evidence, Grouping, Sequence[Group]], Sequence[Any]]

# Field of a group: one figure for each group of a grouping, in its order.
_FIGURES: Mapping[str, Figure] = {
    "resolution": resolution.of_groups,
    "agreement": resolution.agreement_of_groups,
    "ladder": ladder.of_groups,
    "effort": effort.of_groups,
    "types": types.of_groups,
    "whole_map": whole_map.of_groups,
    "selection": whole_map.selection_of_groups,
    "recall_parts": recalls.of_groups,
    "accidents": accidents.of_groups,
}


def detailed(evidence: Evidence, grouping: Grouping, groups: Sequence[Group]) -> tuple[Group, ...]:
    """Add every figure to every group of a grouping of places."""
    nulls = chance.of_groups(evidence, grouping, groups)
    figures: dict[str, Sequence[Any]] = {
        "chance": nulls,
        "position": position.of_groups(evidence, grouping, groups, nulls),
        **{name: of(evidence, grouping, groups) for name, of in _FIGURES.items()},
    }
    return tuple(
        replace(group, **{name: values[index] for name, values in figures.items()})
        for index, group in enumerate(groups)
    )
