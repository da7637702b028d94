"""From tables to figures, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mapaccuracy import intake
from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.evaluation import groupings, records, remarks
from mapaccuracy.evaluation.compared import compare
from mapaccuracy.evaluation.details import detailed
from mapaccuracy.evaluation.evidence import Evidence, gather
from mapaccuracy.evaluation.located import Inputs, locate
from mapaccuracy.evaluation.result import Evaluation
from mapaccuracy.schema import ROLES, Group, Layer, Matching, Role, Settings

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[str], None]


def evaluate(
    supplied: Any,
    finds: Any,
    searched: Any = None,
    districts: Any = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
    *,
    accidents: Any = None,
) -> Evaluation:
    """Compare supplied minefield maps with recorded finds.

    Parameters
    ----------
    supplied, finds : DataFrame, GeoDataFrame, RawTable, or a sequence of these
        Points: ``id`` and a position (geometry, lat and lon, or x and y with a coordinate
        system). Other columns as the documentation of roles lists them.
    searched, districts : the same with polygons, or None
        Ground searched to completion; areas for which figures are reported.
    settings : Settings, optional
    progress : callable of str, optional
        Told the name of each step.
    accidents : the same as `supplied`, or None
        Places of accidents; only their distance to the supplied points is counted.

    Returns
    -------
    Evaluation

    Raises
    ------
    InputError
        If rows of an input cannot be used; holds every problem of all inputs.
    SettingsError
        If the coordinate system is missing or contradicts itself.

    Examples
    --------
    >>> import pandas as pd
    >>> claimed = pd.DataFrame({"id": ["S1", "S2"], "x": [0.0, 100.0], "y": [0.0, 0.0]})
    >>> found = pd.DataFrame({"id": ["F1", "F2"], "x": [3.0, 50.0], "y": [4.0, 0.0]})
    >>> result = evaluate(claimed, found, settings=Settings(crs="local", assume_searched=True))
    >>> result.overall.confirmed, result.overall.precision.value, result.overall.mapped
    (1, 0.5, 1)
    >>> result.pairs.to_dict("records")
    [{'supplied_id': 'S1', 'find_id': 'F1', 'distance_m': 5.0}]
    """
    settings = Settings() if settings is None else settings
    step = _quiet if progress is None else progress
    check_together(settings, searched)
    step("checking the inputs")
    layers = conform(
        {
            "supplied": supplied,
            "finds": finds,
            "searched": searched,
            "districts": districts,
            "accidents": accidents,
        },
        settings,
    )
    step("locating points")
    inputs = locate(layers, settings)
    areas = groupings.locate_districts(inputs)
    step("matching")
    compared = compare(inputs, areas, settings)
    step("counting")
    evidence = gather(compared)
    (whole,) = _figures(evidence, groupings.overall(inputs))
    by_district = (
        groupings.by_column(inputs) if areas is None else groupings.by_polygon(inputs, areas)
    )
    district_figures = () if by_district is None else _figures(evidence, by_district)
    types = compared.figures_of(groupings.by_type(inputs)) if settings.by == "type" else None
    problems = remarks.problems(compared)
    return Evaluation(
        settings=settings,
        sources=tuple(
            source for role in ROLES if role in layers for source in layers[role].sources
        ),
        overall=whole,
        districts=district_figures,
        types=types,
        records=records.table(evidence),
        notes=remarks.notes(compared, whole, (*district_figures, *(types or ())), problems),
        pairs=_pairs(inputs, compared.matching),
        problems=problems,
    )


def _figures(evidence: Evidence, grouping: groupings.Grouping) -> tuple[Group, ...]:
    """Give every figure of the groups of a grouping of places."""
    return detailed(evidence, grouping, evidence.compared.figures_of(grouping))


def check_together(settings: Settings, searched: Any) -> None:
    """Refuse settings that do not go with the inputs given."""
    if not isinstance(settings, Settings):
        raise SettingsError(
            f"settings is a {type(settings).__name__}; give mapaccuracy.Settings(...)."
        )
    faults = []
    if settings.assume_searched and searched is not None:
        faults.append(
            "Searched areas are given and all ground is declared searched; use one of the two."
        )
    if settings.searched_where is not None and searched is None:
        faults.append(
            "searched_where says which areas are searched ground, but no searched areas are given."
        )
    if settings.search_reason is not None and searched is None:
        faults.append(
            "search_reason says why ground was searched, but no searched areas are given."
        )
    if faults:
        raise SettingsError(faults)


def _quiet(step: str) -> None:
    """Tell nobody."""


def conform(inputs: Mapping[Role, Any], settings: Settings) -> dict[Role, Layer]:
    """Conform all inputs, and raise the problems of all of them at once."""
    layers: dict[Role, Layer] = {}
    unusable: list[str] = []
    faults: list[Any] = []
    for role, data in inputs.items():
        if data is None and role not in ("supplied", "finds"):
            continue
        try:
            layers[role] = intake.conform(intake.as_tables(data, role), role, settings)
        except SettingsError as error:
            unusable.extend(error.messages)
        except InputError as error:
            faults.extend(error.problems)
    if unusable:
        raise SettingsError(list(dict.fromkeys(unusable)))
    if faults:
        raise InputError(faults)
    return layers


def _pairs(inputs: Inputs, matching: Matching) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "supplied_id": np.asarray(inputs.supplied.layer.frame["id"])[matching.supplied],
            "find_id": np.asarray(inputs.finds.layer.frame["id"])[matching.find],
            "distance_m": matching.distance_m,
        }
    )
