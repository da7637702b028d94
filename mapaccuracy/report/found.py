"""Sentences about what was found: agreement by record, precision, recall."""

from __future__ import annotations

from collections.abc import Iterator

from mapaccuracy.report.layout import Entry, percent
from mapaccuracy.report.words import (
    amount,
    has_searched,
    interval_clause,
    listed,
    many,
    range_of,
    tolerance,
    unresolvable,
)

# Of fewer finds a share would tell single ones.
_LEAST_PART = 5


def records(group: Entry, document: Entry, brief: bool) -> Iterator[str]:
    """Tell the agreement by record, which leads where points cannot be told apart."""
    agreement = group.get("agreement")
    if unresolvable(group):
        spacing = group["resolution"]["spacing_m"]
        apart = "" if spacing is None else f"{amount(spacing, 'm')} apart (median), "
        yield (
            f"Supplied points lie {apart}closer than the tolerance of {tolerance(document)}: "
            "shares by point are not resolvable at this tolerance and say nothing about single "
            "mines. Read the agreement by record instead."
        )
    elif brief:
        return
    if agreement is None:
        return
    share, settings = agreement["share"], document["settings"]
    if share["value"] is None:
        yield f"Agreement by record is not defined: {share['reason']}."
        return
    verb = "agrees" if agreement["agreeing"] == 1 else "agree"
    yield (
        f"{agreement['agreeing']:,} of {many(share['n'], 'record')} judged "
        f"({percent(share['value'])}) {verb}: at least {percent(settings['record_share'], 0)} of "
        f"the points judged have any find within {tolerance(document)}."
    )
    yield interval_clause(share, "records")
    if agreement["expected_share"] is not None:
        yield f"By chance {percent(agreement['expected_share'])} would agree."
    elif agreement["reason"] is not None:
        yield f"By chance: not known; {agreement['reason']}."


def precision(group: Entry, document: Entry, brief: bool) -> Iterator[str]:
    """Tell the share of supplied points confirmed, of those that can be judged."""
    settings, rate = document["settings"], group["precision"]
    opening = many(group["supplied"], "supplied point")
    if rate["value"] is None:
        yield f"{opening}. Not defined: {rate['reason']}."
        paired = group["confirmed"] + group["confirmed_outside_search"]
        if group["supplied"] and not (group["finds"] or paired):
            yield "No find is recorded here, so nothing can be said of these points."
        elif group["supplied"]:
            told = _of(paired, group["supplied"], group["confirmed_share"], document)
            yield f"So far {told}; this is a lower bound."
        return
    if settings["assume_searched"]:
        yield f"{opening}, all of them declared searched."
    else:
        yield (
            f"{opening}; {rate['n']:,} can be judged, because the ground within "
            f"{tolerance(document)} has been searched."
        )
    yield _of(group["confirmed"], rate["n"], rate["value"], document, "these ") + "."
    yield interval_clause(rate, "points")
    yield from _cautions(group, document, brief)


def _of(k: int, n: int, share: float, document: Entry, these: str = "") -> str:
    whole = f"{these}{n:,}" if n > 1 else f"{n:,}"
    verb, owner = ("has", "its") if k == 1 else ("have", "their")
    own = "" if document["settings"]["matching"] == "nearest" else f" of {owner} own"
    return f"{k:,} of {whole} ({percent(share)}) {verb} a find{own} within {tolerance(document)}"


def _cautions(group: Entry, document: Entry, brief: bool) -> Iterator[str]:
    """Say next to the figure what raises it whatever the map."""
    resolution = group.get("resolution")
    if resolution is not None and resolution["ratio"] is not None:
        apart = f"({amount(resolution['spacing_m'], 'm')})"
        if 1 <= resolution["ratio"] < 2:
            yield (
                "Careful: the tolerance is more than half the distance between supplied points "
                f"{apart}, so pairs may be chance."
            )
        elif resolution["resolvable"] and not brief:
            yield f"Supplied points are far enough apart {apart} to be told from each other."
    fade_out_m = document["settings"].get("fade_out_m")
    if fade_out_m is not None:
        yield (
            f"Careful: the searched perimeters follow the finds, out to {fade_out_m:g} m, which "
            "raises this share whatever the map."
        )
    elif any(note["code"] == "search_follows_finds" for note in document["notes"]):
        yield (
            "Careful: searched ground was drawn after the finds, all or part of it, which raises "
            "this share whatever the map."
        )


def recall(group: Entry, document: Entry, brief: bool) -> Iterator[str]:
    """Tell the share of finds that are on the map."""
    rate = group["recall"]
    if rate["value"] is None:
        yield f"Not defined: {rate['reason']}."
        return
    yield (
        f"Of {many(rate['n'], 'find')} in scope"
        f"{' in searched ground' if has_searched(document) else ''}, {group['mapped']:,} "
        f"({percent(rate['value'])}) "
        f"{'pairs' if group['mapped'] == 1 else 'pair'} with a supplied point."
    )
    yield interval_clause(rate, "finds")
    chance = group.get("chance")
    if chance is not None and chance["records"]["expected_recall"] is not None:
        yield f"By chance it would be {percent(chance['records']['expected_recall'])}."
    ratio = group["finds_per_verifiable_point"]
    if ratio is not None:
        yield f"That is {ratio:,.1f} finds for each point that could be judged."
    parts = group.get("recall_parts")
    if parts is not None:
        yield from _parts(parts, document["settings"], brief)


def _parts(parts: Entry, settings: Entry, brief: bool) -> Iterator[str]:
    """Tell recall of finds near the map, of late ones, and by why the ground was searched."""
    near, late = parts["near_map"], parts["after_map"]
    if near["n"] >= _LEAST_PART and not brief:
        yield (
            f"Of the {near['n']:,} inside records of the map or within "
            f"{settings['cluster_distance_m']:g} m of them, {percent(near['value'])} are on it."
        )
    if late["n"] >= _LEAST_PART:
        yield (
            f"The honest test: of {late['n']:,} found since the map was received "
            f"({settings['map_received']}), {percent(late['value'])} are"
            f"{range_of(late['low'], late['high'])}."
        )
    told = [
        f"{percent(part['value'])} of {part['n']:,} where the reason is {reason}"
        for reason, part in parts["by_reason"].items()
        if part["n"] >= _LEAST_PART and reason != "not stated"
    ]
    if told and not brief:
        yield f"By why the ground was searched: {listed(told)}."
