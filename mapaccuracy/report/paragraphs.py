"""A short paragraph for each group, in plain English; every number follows from its counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mapaccuracy.report.layout import percent


def paragraph(group: Mapping[str, Any], settings: Mapping[str, Any]) -> str:
    """Say what was found in one group, what it is worth, and what is not known.

    Parameters
    ----------
    group : mapping
        A group of the result document.
    settings : mapping
        The settings of the result document.

    Returns
    -------
    str

    Examples
    --------
    >>> rate = {"value": 0.25, "low": None, "high": None, "n": 8, "clusters": 2,
    ...         "effective_clusters": 2.0, "design_effect": 1.0, "cluster_low": 0.0,
    ...         "cluster_high": 0.5, "reason": "too few records for an interval"}
    >>> group = {"group": "A", "supplied": 10, "confirmed": 2, "not_confirmed": 6,
    ...          "unsearched": 2, "confirmed_outside_search": 1, "released_without_search": 0,
    ...          "not_single_points": 0, "confirmed_share": 0.3, "finds": 0, "mapped": 0,
    ...          "unmapped": 0, "searched_hectares": 1.0, "precision": rate,
    ...          "finds_per_verifiable_point": None,
    ...          "recall": rate | {"value": None, "n": 0, "reason": "no finds in scope"}}
    >>> print(paragraph(group, {"tolerance_m": 10.0}))
    A: 10 supplied points; for 8 of them the ground within 10 m has been searched. 2 of these 8
    (25.0 %) have a find within 10 m. The points come in 2 clusters, too few for an interval; by
    cluster the share runs from 0.0 % to 50.0 %. 2 points cannot be judged yet; whatever they turn
    out to be, the final share will lie between 20.0 % and 40.0 %. Recall is not defined: no finds
    in scope.
    """
    sentences = [*_precision(group, settings), *_recall(group)]
    return " ".join(sentences)


def _precision(group: Mapping[str, Any], settings: Mapping[str, Any]) -> list[str]:
    tolerance = f"{settings['tolerance_m']:g} m"
    rate = group["precision"]
    opening = f"{group['group']}: {_many(group['supplied'], 'supplied point')}"
    if rate["value"] is None:
        paired = group["confirmed"] + group["confirmed_outside_search"]
        out = [f"{opening}; precision is not defined: {rate['reason']}."]
        if group["supplied"]:
            out.append(
                f"So far {paired:,} of {group['supplied']:,} ({percent(group['confirmed_share'])}) "
                f"have a find within {tolerance}; this is a lower bound."
            )
        return out
    out = [
        f"{opening}; for {rate['n']:,} of them the ground within {tolerance} has been searched.",
        f"{group['confirmed']:,} of these {rate['n']:,} ({percent(rate['value'])}) have a find "
        f"within {tolerance}.",
        _interval(rate, "The points come"),
    ]
    if group["unsearched"]:
        low = group["confirmed"] / group["supplied"]
        high = (group["confirmed"] + group["unsearched"]) / group["supplied"]
        out.append(
            f"{_many(group['unsearched'], 'point')} cannot be judged yet; whatever they turn out "
            f"to be, the final share will lie between {percent(low)} and {percent(high)}."
        )
    if group["released_without_search"]:
        n = rate["n"] + group["released_without_search"]
        out.append(
            f"{group['released_without_search']:,} of them lie on land released without search; "
            f"if none of these was a mine, the share is {group['confirmed']:,} of {n:,} "
            f"({percent(group['confirmed'] / n)})."
        )
    return out


def _recall(group: Mapping[str, Any]) -> list[str]:
    rate = group["recall"]
    if rate["value"] is None:
        return [f"Recall is not defined: {rate['reason']}."]
    where = "" if group["searched_hectares"] is None else " in searched ground"
    out = [
        f"Of {_many(rate['n'], 'find')} in scope{where}, {group['mapped']:,} "
        f"({percent(rate['value'])}) are on the map.",
        _interval(rate, "These finds come"),
    ]
    ratio = group["finds_per_verifiable_point"]
    if ratio is not None:
        out.append(f"That is {ratio:,.1f} finds for each point that could be judged.")
    return out


def _interval(rate: Mapping[str, Any], subject: str) -> str:
    clusters = _many(rate["clusters"], "cluster")
    if rate["low"] is None:
        return (
            f"{subject} in {clusters}, too few for an interval; by cluster the share runs from "
            f"{percent(rate['cluster_low'])} to {percent(rate['cluster_high'])}."
        )
    effect = rate["design_effect"]
    behind = "" if effect is None else f" (design effect {effect:.1f})"
    return (
        f"{subject} in {clusters}; allowing for that, the 95 % interval is "
        f"{percent(rate['low'])} to {percent(rate['high'])}{behind}."
    )


def _many(n: int, noun: str) -> str:
    return f"{n:,} {noun}{'' if n == 1 else 's'}"
