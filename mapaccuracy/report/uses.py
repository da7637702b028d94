"""Sentences about what a planner asks: error of position, effort, accidents, types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mapaccuracy.report.layout import Entry, number, percent
from mapaccuracy.report.words import (
    amount,
    compass,
    hectares,
    listed,
    many,
    p_value,
    range_of,
    tolerance,
)


def position(group: Entry, document: Entry, brief: bool) -> Iterator[str]:
    """Tell how far supplied points lie from their finds."""
    told = group.get("position")
    if told is None:
        return
    if told["bias_m"] is None:
        yield f"Not told: {told['reason']}."
        return
    tested = (
        "" if told["bias_p"] is None else f" ({p_value(told['bias_p'])} if there were no shift)"
    )
    spread = (
        ""
        if told["ce90_m"] is None
        else f"; 50, 90, 95 % within {amount(told['ce50_m'])}, {amount(told['ce90_m'])}, "
        f"{amount(told['ce95_m'], 'm')} of them (normal model)"
    )
    bearing = told["bias_bearing_deg"]
    # Errors that cancel out to the last bit have no direction.
    towards = "off" if bearing is None else f"{compass(bearing)} of"
    yield (
        f"In {many(told['n'], 'pair')}, points lie {amount(told['bias_m'], 'm')} "
        f"{towards} their finds on average{tested}{spread}."
    )
    yield f"Errors above the tolerance of {tolerance(document)} are not seen here."
    if brief:
        return
    if told["sigma_untruncated_m"] is not None:
        yield (
            "Allowing for that, errors without shift would have a standard deviation of "
            f"{amount(told['sigma_untruncated_m'], 'm')} per axis."
        )
    if told["reason"] is not None:
        yield f"Missing in part: {told['reason']}."


def effort(group: Entry, _document: Entry, brief: bool) -> Iterator[str]:
    """Tell how much ground was to be searched around the supplied points."""
    told = group.get("effort")
    if told is None:
        return
    needed, saved = told["hectares_for"], told["hectares_saved"]
    if told["auc"] is None or None in needed.values():
        yield f"Not told: {told['reason']}."
        return
    without = [needed[level] + less for level, less in saved.items() if less is not None]
    in_any_order = f"; in random order, {_row(without)} ha" if without else ""
    yield (
        f"Nearest to supplied points first, 50, 80, 95 % of {many(told['finds'], 'find')} are "
        f"reached after {_row(needed.values())} of {amount(group['searched_hectares'], 'ha')} "
        f"searched{in_any_order}."
    )
    if told["auc_low"] is None:
        # Of the reasons the first tells of the interval.
        interval, verdict = f"; {told['reason'].partition('; ')[0]}", ""
    else:
        interval = f"; 95 % interval {told['auc_low']:.2f} to {told['auc_high']:.2f}"
        verdict = f": {_against_any_order(told['auc_low'], told['auc_high'])}"
    yield f"Area under the curve {told['auc']:.2f} (0.5 no help, 1 best{interval}){verdict}."
    if not brief:
        yield f"Sampling the ground alone makes an error of {number(told['mc_error'], 3)}."


def _against_any_order(low: float, high: float) -> str:
    """Say what an interval of the area allows to be said of the map."""
    if low > 0.5:
        return "better than random order"
    if high < 0.5:
        return "worse than random order"
    return "no help shown"


def _row(values: Iterable[float]) -> str:
    return ", ".join(hectares(value) for value in values)


def accidents(group: Entry, document: Entry, brief: bool) -> Iterator[str]:
    """Tell how many accidents happened away from the map."""
    told = group.get("accidents")
    if told is None:
        return
    beyond = [entry for entry in told["beyond"] if entry["share"]["value"] is not None]
    if not beyond:
        reason = told["reason"] or "none lies here"
        yield f"{many(told['n'], 'accident')}; no share: {reason}."
        return
    headline = document["settings"]["tolerance_m"]
    rungs = (headline,) if brief else (headline, beyond[-1]["tolerance_m"])
    for entry in beyond:
        if entry["tolerance_m"] in rungs:
            share = entry["share"]
            yield (
                f"{percent(share['value'])} of {many(share['n'], 'accident')} lie farther than "
                f"{entry['tolerance_m']:g} m from every supplied point"
                f"{range_of(share['low'], share['high'])}."
            )


def types(group: Entry, _document: Entry, brief: bool) -> Iterator[str]:
    """Tell whether the types are right, and how many finds come to a point claimed."""
    told = group.get("types")
    if told is None or brief:
        return
    same = told["same_type"]
    if same["value"] is not None:
        yield (
            f"Of {many(same['n'], 'confirmed point')} where both sides state a type, "
            f"{percent(same['value'])} have the type claimed"
            f"{range_of(same['low'], same['high'])}."
        )
    ratios = [
        f"{amount(entry['ratio'])} for {entry['type']}{_between(entry['low'], entry['high'])}"
        for entry in told["ratios"]
        if entry["ratio"] is not None
    ]
    if ratios:
        yield f"Finds for each point claimed: {listed(ratios)}."


def _between(low: float | None, high: float | None) -> str:
    return "" if low is None else f" (95 % interval {amount(low)} to {amount(high)})"
