"""Sentences about what the figures are worth: against chance, and what nobody knows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mapaccuracy.report.layout import Entry, percent
from mapaccuracy.report.words import (
    LEVEL,
    has_searched,
    listed,
    many,
    odds,
    p_value,
    points,
    range_of,
    tolerance,
    unresolvable,
)

# Of each question: its name, what is moved and how, and what a map would know.
_QUESTIONS = {
    "records": (
        "Where records lie",
        "with the records put elsewhere in their own searched ground",
        "the map knows something of where its records lie",
    ),
    "inside": (
        "Where mines are inside records",
        "with the points shifted along their records",
        "the map knows something of where mines are inside its records",
    ),
}


# Of fewer records no knowledge is told, as no interval is given.
LEAST_RECORDS = 5
# What no test of positions can rule out.
EVENLY = "A row that lies whole spacings too far along itself would score as well."


def chance(group: Entry, document: Entry, brief: bool) -> Iterator[str]:
    """Tell what a map that knows nothing would score, and whether this one does better."""
    told = group.get("chance")
    if told is None:
        return
    ground = told["ground"]["any_find_share"]
    tested = [told[name]["expected_precision"] is not None for name in _QUESTIONS]
    if ground is None and not any(tested):
        reasons = dict.fromkeys(told[name]["reason"] for name in (*_QUESTIONS, "ground"))
        yield (
            "Whether this beats chance cannot be tested: "
            f"{'; '.join(reason for reason in reasons if reason)}."
        )
        return
    p_inside = told["inside"]["p"]
    # Where records lie is no knowledge of mines: only the second question asks for that.
    about_mines = p_inside is not None and p_inside <= LEVEL and not unresolvable(group)
    for name, question in _QUESTIONS.items():
        evenly = EVENLY if name == "inside" else None
        yield from _null(told[name], *question, about_mines=about_mines, evenly=evenly)
    if ground is None:
        yield f"Points anywhere in their searched polygon: no answer; {told['ground']['reason']}."
    elif not (brief and any(tested)):
        yield (
            f"If every point judged lay anywhere in its own searched polygon, {percent(ground)} "
            f"would have a find within {tolerance(document)}."
        )


def _null(
    null: Entry, question: str, moved: str, what: str, *, about_mines: bool, evenly: str | None
) -> Iterator[str]:
    if null["expected_precision"] is None:
        yield f"{question}: no answer; {null['reason']}."
        return
    error = "" if null["mc_error"] is None else f", error {points(null['mc_error'])}"
    yield (
        f"{question}: {percent(null['observed_precision'])} of {many(null['points'], 'point')} "
        f"tested{_part(null)} are confirmed, {percent(null['expected_precision'])} {moved} "
        f"({null['draws']:,} draws{error})."
    )
    if null["p"] is None:
        yield f"No test of the difference: {null['reason']}."
        return
    often = f"So high a share comes {odds(null['p'])} random placements ({p_value(null['p'])}),"
    if null["p"] > LEVEL:
        yield f"{often} so it could be chance; that neither shows nor rules out knowledge."
        return
    if null["records"] < LEAST_RECORDS:
        yield f"{often} but of {many(null['records'], 'record')} only: too few to conclude from."
        return
    yield f"{often} more than chance explains: {what}."
    if not about_mines:
        yield "This says nothing about single mines."
    elif evenly is not None:
        yield evenly


def _part(null: Entry) -> str:
    """Say how much of the group can be tested, where that is not all."""
    if null["tested_share"] is None or null["tested_share"] == 1:
        return ""
    return f" ({percent(null['tested_share'], 0)} of those judged can be)"


def unknown(group: Entry, document: Entry, brief: bool) -> Iterator[str]:
    """Tell what the figures leave open."""
    released, n = group["released_without_search"], group["precision"]["n"]
    supplied, confirmed = group["supplied"], group["confirmed"]
    if group["unsearched"] and n:
        low, high = confirmed / supplied, (confirmed + group["unsearched"]) / supplied
        yield (
            f"{many(group['unsearched'], 'point')} cannot be judged yet; whatever they turn out "
            f"to be, precision over all {supplied:,} will lie between {percent(low)} and "
            f"{percent(high)}."
        )
        yield from _whole_map(group.get("whole_map"), brief)
        yield from _selection(group.get("selection"))
    if released and n:
        yield (
            f"If the {released:,} of them on land released without search count as not confirmed, "
            f"precision is {confirmed:,} of {n + released:,} "
            f"({percent(confirmed / (n + released))})."
        )
    elif released:
        yield f"On land released without search: {many(released, 'point')}."
    if group.get("finds_outside_search") and not brief:
        outside = many(group["finds_outside_search"], "find")
        yield f"In no figure: {outside} outside searched ground."
    if has_searched(document):
        yield "What lies in ground not searched is unknown."
    if group["not_confirmed"]:
        yield "A point not confirmed may still be a mine."


def _whole_map(whole: Entry | None, brief: bool) -> Iterator[str]:
    if whole is None:
        return
    if whole["value"] is None:
        yield f"No closer estimate: {whole['reason']}."
        return
    strata = f" ({whole['strata']:,} strata)" if whole["strata"] > 1 else ""
    interval = (
        f" ({whole['reason']})" if whole["low"] is None else range_of(whole["low"], whole["high"])
    )
    yield (
        f"Assuming that they are like those judged{strata}, it would be {percent(whole['value'])}"
        f"{interval}."
    )
    if brief:
        return
    if whole["half_as_likely"] is not None and whole["fifth_as_likely"] is not None:
        yield (
            f"If they were half as likely to be confirmed, {percent(whole['half_as_likely'])}; a "
            f"fifth as likely, {percent(whole['fifth_as_likely'])}."
        )
    if whole["left_out_share"]:
        yield (
            f"Of the strata of {percent(whole['left_out_share'])} of all points none was judged: "
            "they are taken to be like the other strata."
        )


def _selection(selection: Sequence[Entry] | None) -> Iterator[str]:
    flagged = [entry["attribute"] for entry in selection or () if entry["flagged"]]
    if flagged:
        yield f"But they differ from these on the map itself: {listed(flagged)}."
