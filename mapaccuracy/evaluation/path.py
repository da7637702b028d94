"""From tables to figures, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from mapaccuracy import intake
from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.evaluation import claims, groupings, noticed, records, remarks
from mapaccuracy.evaluation.compared import Compared, compare
from mapaccuracy.evaluation.details import detailed
from mapaccuracy.evaluation.evidence import Evidence, gather
from mapaccuracy.evaluation.located import Inputs
from mapaccuracy.evaluation.result import Evaluation
from mapaccuracy.evaluation.spellings import spelled_alike
from mapaccuracy.schema import (
    GIVEN_AS,
    Group,
    Layer,
    Matching,
    Problem,
    Role,
    Settings,
    Source,
)

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[str], None]
_NONE: Mapping[Role, Settings] = MappingProxyType({})
# Of inputs in a result.
_ORDER: tuple[Role, ...] = (
    "supplied",
    "rows",
    "areas",
    "finds",
    "quantities",
    "searched",
    "districts",
    "accidents",
    "tasks",
)


def evaluate(
    supplied: Any,
    finds: Any,
    searched: Any = None,
    districts: Any = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
    *,
    accidents: Any = None,
    tasks: Any = None,
) -> Evaluation:
    """Compare supplied minefield maps with recorded finds.

    Parameters
    ----------
    supplied, finds : DataFrame, GeoDataFrame, RawTable, or a sequence of these
        Points: ``id`` and a position (geometry, lat and lon, or x and y with a coordinate
        system). Other columns as the documentation of roles lists them. Supplied lines are rows
        of mines, supplied polygons outlines of minefields, each with an ``id`` and perhaps a
        ``count``. With `tasks`, finds may have a ``task_id`` and a ``quantity`` instead of a
        position.
    searched, districts : the same with polygons, or None
        Ground searched to completion; areas for which figures are reported.
    settings : Settings, optional
    progress : callable of str, optional
        Told the name of each step.
    accidents : the same as `supplied`, or None
        Places of accidents; only their distance to the supplied points is counted.
    tasks : the same as `searched`, or None
        Clearance tasks with their ids.

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
    given: dict[Role, Any] = {
        "supplied": supplied,
        "finds": finds,
        "searched": searched,
        "districts": districts,
        "accidents": accidents,
        "tasks": tasks,
    }
    layers = spelled_alike(_layers(given, settings), settings)
    step("locating points")
    inputs = claims.located(layers, settings)
    areas = groupings.locate_districts(inputs)
    step("matching")
    compared = compare(inputs, areas, settings)
    step("counting")
    of_claims = claims.claims(compared)
    if not inputs.by_point:
        return _without_points(compared, of_claims)
    evidence = gather(compared)
    (whole,) = _figures(evidence, groupings.overall(inputs))
    by_district = (
        groupings.by_column(inputs) if areas is None else groupings.by_polygon(inputs, areas)
    )
    district_figures = () if by_district is None else _figures(evidence, by_district)
    types = compared.figures_of(groupings.by_type(inputs)) if settings.by == "type" else None
    problems = (*noticed.problems(compared), *of_claims.problems)
    noted = remarks.notes(compared, whole, (*district_figures, *(types or ())), problems)
    return Evaluation(
        settings=settings,
        sources=_sources(layers),
        overall=whole,
        districts=district_figures,
        types=types,
        records=records.table(evidence),
        notes=(*noted, *of_claims.notes),
        pairs=_pairs(inputs, compared.matching),
        problems=problems,
        rows=of_claims.rows,
        areas=of_claims.areas,
        tasks=of_claims.tasks,
        tables=of_claims.tables,
    )


def _sources(layers: Mapping[Role, Layer]) -> tuple[Source, ...]:
    return tuple(source for role in _ORDER if role in layers for source in layers[role].sources)


def _without_points(compared: Compared, of_claims: claims.Claims) -> Evaluation:
    """Make the result where the map has no points, or no find has a position.

    Counts stay; every figure that needs points on both sides is left out, with a reason.
    """
    inputs, areas, settings = compared.inputs, compared.districts, compared.settings
    places = groupings.by_column(inputs) if areas is None else groupings.by_polygon(inputs, areas)
    types = groupings.by_type(inputs) if settings.by == "type" else None
    overall, parts, kinds = (
        ()
        if grouping is None
        else tuple(claims.without_points(inputs, group) for group in compared.figures_of(grouping))
        for grouping in (groupings.overall(inputs), places, types)
    )
    problems = (*noticed.problems(compared), *of_claims.problems)
    return Evaluation(
        settings=settings,
        sources=_sources(inputs.layers),
        overall=overall[0],
        districts=parts,
        types=None if types is None else kinds,
        records=records.nothing(),
        notes=remarks.notes_without_points(
            compared, overall[0], (*parts, *kinds), problems, of_claims.notes
        ),
        pairs=_pairs(inputs, compared.matching),
        problems=problems,
        rows=of_claims.rows,
        areas=of_claims.areas,
        tasks=of_claims.tasks,
        tables=of_claims.tables,
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


def _layers(given: Mapping[Role, Any], settings: Settings) -> dict[Role, Layer]:
    """Conform all inputs, after rows were sorted by what they are: points, lines, outlines."""
    lacking: list[Problem] = []
    inputs: dict[Role, Any] = dict(given)
    if given["supplied"] is not None:
        inputs |= {"supplied": None}
        inputs |= intake.by_shape(intake.as_tables(given["supplied"], "supplied"), settings)
    if given["finds"] is not None:
        tables = intake.as_tables(given["finds"], "finds")
        if given["tasks"] is None:
            lacking = intake.only_tasks(tables, settings)
        else:
            inputs |= {"finds": None}
            inputs |= intake.by_position(tables, settings)
    # Where a map has no points, or no find has a position, something else is there instead.
    bare: list[Role] = [
        role
        for role in ("supplied", "finds")
        if inputs[role] is None and any(GIVEN_AS.get(other) == role for other in inputs)
    ]
    held = {role: data for role, data in inputs.items() if role not in bare}
    if lacking:
        del held["finds"]
    layers = conform(held, settings, lacking, _own(held, settings))
    return layers | {role: intake.empty(role, settings) for role in bare}


def _own(inputs: Mapping[Role, Any], settings: Settings) -> dict[Role, Settings]:
    """Give the settings of roles that were given together, such as points and rows of a map."""
    given = {role: GIVEN_AS.get(role, role) for role in inputs if inputs[role] is not None}
    several = {given[role] for role in GIVEN_AS if role in given}
    return {
        role: intake.own_settings(
            settings, role, {other: inputs[other] for other in given if given[other] == of}
        )
        for role, of in given.items()
        if of in several
    }


def conform(
    inputs: Mapping[Role, Any],
    settings: Settings,
    lacking: Sequence[Problem] = (),
    own: Mapping[Role, Settings] = _NONE,
) -> dict[Role, Layer]:
    """Conform all inputs, and raise the problems of all of them at once.

    Parameters
    ----------
    inputs : mapping of role to tables
    settings : Settings
    lacking : sequence of Problem
        What is known to be wrong already.
    own : mapping of role to Settings
        Of roles that go by settings of their own.

    Returns
    -------
    dict of role to Layer
    """
    layers: dict[Role, Layer] = {}
    unusable: list[str] = []
    faults: list[Any] = list(lacking)
    for role, data in inputs.items():
        if data is None and role not in ("supplied", "finds"):
            continue
        try:
            tables = intake.as_tables(data, role)
            layers[role] = intake.conform(tables, role, own.get(role, settings))
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
