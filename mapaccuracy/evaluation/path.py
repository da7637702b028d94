"""From tables to figures, step by step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mapaccuracy import geography, intake
from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.evaluation import groupings, remarks
from mapaccuracy.evaluation.located import (
    Ground,
    Points,
    Texts,
    frame_of,
    locate_ground,
    locate_points,
)
from mapaccuracy.evaluation.result import Evaluation
from mapaccuracy.matching import match_metres, nearest_distance
from mapaccuracy.schema import (
    ROLES,
    Bools,
    Group,
    Ints,
    Layer,
    Matching,
    Role,
    Settings,
)
from mapaccuracy.statistics import groups as figures
from mapaccuracy.statistics.clusters import merge_partitions
from mapaccuracy.statistics.outcomes import find_outcomes, supplied_outcomes

if TYPE_CHECKING:
    import pandas as pd

OUT_OF_SCOPE = ("UXO", "AXO", "submunition", "IED")

Progress = Callable[[str], None]


def evaluate(
    supplied: Any,
    finds: Any,
    searched: Any = None,
    districts: Any = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
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
    if settings.assume_searched and searched is not None:
        raise SettingsError(
            "Searched areas are given and all ground is declared searched; use one of the two."
        )
    step("checking the inputs")
    layers = _conform(
        {"supplied": supplied, "finds": finds, "searched": searched, "districts": districts},
        settings,
    )
    step("locating points")
    frame = frame_of(layers, settings)
    claimed, found = (locate_points(layers[role], frame) for role in ("supplied", "finds"))
    ground = locate_ground(layers.get("searched"), settings, frame)
    areas = (
        groupings.locate_districts(layers["districts"], claimed, found, frame)
        if "districts" in layers
        else None
    )
    share = ground.share(claimed, settings.tolerance_m, frame)
    step("matching")
    single = _single(claimed)
    in_scope = _in_scope(found, settings)
    matching = _match(claimed, found, single, in_scope, settings)
    step("counting")
    points = supplied_outcomes(
        single,
        share,
        ground.was_released(claimed),
        _any_within(claimed, found, in_scope, settings.tolerance_m),
        matching,
        settings.verifiable_share,
    )
    items = find_outcomes(in_scope, ground.holds(found), matching)
    category = _reported(found)
    clusterings = (
        _clusterings(claimed, single, ("record_id", "sheet"), settings.cluster_distance_m),
        _clusterings(found, in_scope, ("task_id",), settings.cluster_distance_m),
    )

    def figures_of(grouping: groupings.Grouping, reasons: figures.Reasons) -> tuple[Group, ...]:
        return tuple(
            figures.make_groups(
                grouping.names,
                figures.Side(grouping.supplied, clusterings[0]),
                points,
                figures.Side(grouping.finds, clusterings[1]),
                items,
                category,
                grouping.hectares,
                reasons,
            )
        )

    reasons = _reasons(ground)
    by_district = (
        groupings.by_polygon(areas, ground, frame)
        if areas is not None
        else groupings.by_column(claimed, found, layers.get("searched"), ground, frame)
    )
    whole = figures_of(groupings.overall(claimed, found, ground, frame), reasons)[0]
    by_name = () if by_district is None else figures_of(by_district, reasons)
    problems = remarks.problems(layers, claimed, found, areas, points, items, ground, settings)
    return Evaluation(
        settings=settings,
        sources=tuple(
            source for role in ROLES if role in layers for source in layers[role].sources
        ),
        overall=whole,
        districts=by_name,
        types=figures_of(groupings.by_type(claimed, found), reasons)
        if settings.by == "type"
        else None,
        records=figures_of(
            groupings.by_record(claimed, found),
            figures.Reasons(reasons.precision, figures.FINDS_HAVE_NO_RECORD),
        )
        if settings.by == "record"
        else None,
        notes=remarks.notes(
            layers, whole, by_name, claimed, found, points, items, ground, settings, problems
        ),
        pairs=_pairs(claimed, found, matching),
        problems=problems,
    )


def _quiet(step: str) -> None:
    """Tell nobody."""


def _conform(inputs: Mapping[Role, Any], settings: Settings) -> dict[Role, Layer]:
    """Conform all inputs, and raise the problems of all of them at once."""
    layers: dict[Role, Layer] = {}
    unusable: list[str] = []
    faults: list[Any] = []
    for role, data in inputs.items():
        if data is None:
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


def _single(points: Points) -> Bools:
    """Tell the rows that claim one mine at one position."""
    single = np.ones(len(points), dtype=bool)
    count = points.numbers("count")
    if count is not None:
        single &= ~(count > 1)
    basis = points.texts("geometry_basis")
    if basis is not None:
        single &= basis != "centroid"
    return single


def _in_scope(finds: Points, settings: Settings) -> Bools:
    """Tell the finds that maps of mines can be asked about."""
    category = finds.texts("category")
    if settings.scope == "all" or category is None:
        return np.ones(len(finds), dtype=bool)
    return ~np.isin(category.astype(str), OUT_OF_SCOPE)


def _reported(finds: Points) -> Ints:
    category = finds.texts("category")
    kinds: Texts = np.full(len(finds), "other", dtype=object) if category is None else category
    return groupings.reported_category(kinds)


def _match(
    claimed: Points, found: Points, single: Bools, in_scope: Bools, settings: Settings
) -> Matching:
    """Match single points with finds in scope; indices are those of all rows."""
    a, b = np.flatnonzero(single), np.flatnonzero(in_scope)
    chosen = match_metres(
        claimed.metres[a], found.metres[b], settings.tolerance_m, settings.matching
    )
    return Matching(a[chosen.supplied], b[chosen.find], chosen.distance_m, chosen.group)


def _any_within(claimed: Points, found: Points, in_scope: Bools, tolerance_m: float) -> Bools:
    return np.isfinite(nearest_distance(claimed.metres, found.metres[in_scope], tolerance_m))


def _clusterings(
    points: Points, counted: Bools, columns: tuple[str, ...], distance_m: float
) -> list[Ints]:
    """Cluster by neighbourhood and then also by each column given; coarser each time."""
    near = np.zeros(len(points), dtype=np.int64)
    near[counted] = geography.neighbourhoods(points.metres[counted], distance_m)
    chain = [near]
    for name in columns:
        texts = points.texts(name)
        if texts is not None:
            codes, code = np.unique(texts.astype(str), return_inverse=True)
            chain.append(
                merge_partitions(chain[-1], np.where(counted & (codes != "")[code], code, -1))
            )
    return chain


def _reasons(ground: Ground) -> figures.Reasons:
    if ground.given:
        return figures.Reasons()
    return figures.Reasons(
        figures.NO_VERIFIABLE if ground.assumed else figures.NO_SEARCHED_AREAS,
        figures.NO_FINDS_IN_SCOPE,
    )


def _pairs(claimed: Points, found: Points, matching: Matching) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(
        {
            "supplied_id": np.asarray(claimed.layer.frame["id"])[matching.supplied],
            "find_id": np.asarray(found.layer.frame["id"])[matching.find],
            "distance_m": matching.distance_m,
        }
    )
