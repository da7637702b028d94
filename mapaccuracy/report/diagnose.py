"""The diagnosis document as text, JSON, CSV and Markdown: wrong, or only misplaced.

A share after a fitted displacement is always the held-out one: what was fitted to the points
that are judged flatters any map.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from mapaccuracy.report.document import encoded
from mapaccuracy.report.layout import (
    NOTHING,
    Entry,
    accounting,
    heading,
    interval,
    number,
    percent,
    printable,
)
from mapaccuracy.report.markdown import escape
from mapaccuracy.report.markdown import table_of as markdown_table
from mapaccuracy.report.metrics import table_of as csv_table
from mapaccuracy.report.table import grid, wrapped
from mapaccuracy.report.words import LEVEL, change_points, many, p_value, range_of, tolerance
from mapaccuracy.schema import AS_SUPPLIED, DISPLACEMENT, VERDICTS, Gain, Move, Rate, flatten

Document = Mapping[str, Any]
_PARTS = {
    "precision": Rate,
    "recall": Rate,
    "held_out": Rate,
    "gain": Gain,
    "move": Move,
    "rest": Move,
}
_SUBJECT = 11
# What a screen has room for; the files and the Markdown hold all.
_ROWS = 6
_SHEETS = 4
_REASONS = 2
# Below this a move is the same everywhere, as far as anybody can tell.
_SAME_M = 0.5
_TABLE = (
    "Gain: change of the share of all single points that have a find of their own, in points of "
    "per cent. p holds for all mistakes together. ≈: not the same move everywhere."
)
_HEADERS = (
    "",
    "Move",
    "Preci-\nsion %",
    "95 %",
    "Recall\n%",
    "Gain",
    "95 %",
    "p",
)
_NOT_SAID = (
    "Nothing was corrected: these figures say what would match if the map were moved. That a "
    "mistake fits does not prove that it was made. Points that would not match may still be mines; "
    "this is no clearance certificate."
)


def render_json(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render ``diagnosis.json``: UTF-8, indented, every number shortest that reads back equal."""
    return {"diagnosis.json": encoded(document)}


def render_csv(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render ``hypotheses.csv``: one row a hypothesis, nested names joined by ``_``."""
    # Every column stands in every table, whatever was tested.
    rows = [
        flatten(
            {
                name: dict.fromkeys(entry.name for entry in fields(_PARTS[name]))
                if value is None and name in _PARTS
                else value
                for name, value in hypothesis.items()
            }
        )
        for hypothesis in document["hypotheses"]
    ]
    return {"hypotheses.csv": csv_table(rows)}


def render_residuals(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render ``residuals.csv``: a row a record, only where the user asked for locations."""
    if locations is None:
        return {}
    rows = locations["residuals"].to_csv(index=False, lineterminator="\n").encode()
    return {"residuals.csv": rows}


def render_table(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render verdict, evidence, hypotheses, notes and inputs as text, 100 columns at most."""
    lines = [wrapped(heading(document)), ""]
    lines += [wrapped(text, f"{s}:".ljust(_SUBJECT)) for s, text in _findings(document)]
    shown, rest = _shown(document)
    lines += ["", grid(_HEADERS, [_cells(entry) for entry in shown]), wrapped(_TABLE)]
    lines += [wrapped(text) for text in _others(document, rest)]
    lines += ["", *(wrapped(text, f"{s}:".ljust(_SUBJECT)) for s, text in _remainder(document))]
    lines += ["", "Notes", *(wrapped(note["message"], "- ") for note in document["notes"])]
    lines += ["", "Inputs", *(wrapped(line, "- ") for line in accounting(document))]
    bare = [line.rstrip() for line in "\n".join(lines).splitlines()]
    return {"diagnosis.txt": printable("\n".join(bare) + "\n")}


def render_markdown(document: Document, locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render ``diagnosis.md``, to paste into a document: every hypothesis and every sheet."""
    lines = ["# Is the map wrong, or only misplaced?", "", escape(heading(document)), ""]
    for subject, text in _findings(document):
        lines += [f"**{subject}.** {escape(text)}", ""]
    headers = ("", "Mistake", *_HEADERS[1:], "What to mind")
    rows = []
    for entry in _ranked(document):
        name, *cells = _cells(entry)
        rows.append((name, entry["cause"], *cells, entry["reason"] or ""))
    lines += ["## Hypotheses", "", escape(_TABLE), "", *markdown_table(headers, rows, 2), ""]
    if document["sheets"]:
        lines += ["## Map sheets", "", *_sheet_table(document["sheets"]), ""]
    for subject, text in _remainder(document):
        lines += [f"**{subject}.** {escape(text)}", ""]
    lines += ["## Notes", "", *(f"- {escape(note['message'])}" for note in document["notes"])]
    lines += ["", "## Inputs", "", *(f"- {escape(line)}" for line in accounting(document))]
    return {"diagnosis.md": printable("\n".join(lines) + "\n")}


def headline(document: Document) -> str:
    """Say the verdict in one sentence.

    Examples
    --------
    >>> headline({"verdict": "explained", "cause": "axes were swapped", "reason": None})
    'A known mistake explains the error of the map: axes were swapped.'
    >>> headline({"verdict": "cannot_be_told", "cause": None, "reason": "no finds within 200 m"})
    'It cannot be told whether the map is displaced: no finds within 200 m.'
    """
    verdict: str = VERDICTS[document["verdict"]]
    cause, reason = document["cause"], document["reason"]
    if document["verdict"] == "displaced":
        reason = None
    elif cause and reason and cause in reason:
        cause = None
    more = [text for text in (cause, reason) if text]
    return verdict[0].upper() + verdict[1:] + "".join(f": {text}" for text in more) + "."


def evidence(entry: Entry, document: Document) -> str:
    """Say how much would match after a hypothesis, against the map as supplied.

    Examples
    --------
    >>> rate = {"value": 0.59, "n": 100}
    >>> entry = {"name": "sk42_as_wgs84", "held_out": rate, "confirmed_share": 0.5}
    >>> document = {"hypotheses": [entry | {"name": "as_supplied", "held_out": rate | {"n": 90,
    ...     "value": 0.03}}, entry], "settings": {"tolerance_m": 10.0}}
    >>> evidence(entry, document)
    'After undoing it 59.0 % of the points judged would match a find within 10 m, against 3.0 % as
    supplied.'
    """
    before = _named(document, AS_SUPPLIED)
    what, after, now = "the points judged", _value(entry), _value(before)
    if after is None or now is None:
        what = "all single points"
        after, now = entry["confirmed_share"], before["confirmed_share"]
    told = (
        f"{_step(entry, document)} {percent(after)} of {what} would match a find within "
        f"{tolerance(document)}, against {percent(now)} as supplied."
    )
    others = 0
    if entry["name"] == DISPLACEMENT:
        others = len(document["displacement"]["alternatives"])
    return f"{told} Which of {others + 1} moves it is cannot be told." if others else told


def chosen(document: Document) -> Entry | None:
    """Look up the hypothesis that the verdict rests on, None where the map is not to be moved."""
    first: Entry = document["hypotheses"][0]
    return first if document["verdict"] in ("explained", "displaced") else None


def where(east_m: float, north_m: float, *, brief: bool = False) -> str:
    """Write a move by its parts.

    Examples
    --------
    >>> where(-62.04, 88.0), where(-102.1, -9.6, brief=True), where(0.01, 0.0)
    ('62.0 m west, 88.0 m north', '102 m W, 9.6 m S', 'no move')
    >>> where(0.0, 1870.2), where(-512_345.0, 0.0)
    ('1.87 km north', '512 km west')
    """
    parts = [
        f"{_length(abs(metres), brief)} {side[0].upper() if brief else side}"
        for metres, side in (
            (east_m, "east" if east_m > 0 else "west"),
            (north_m, "north" if north_m > 0 else "south"),
        )
        if abs(metres) >= 0.05
    ]
    return ", ".join(parts) or "no move"


def _length(metres: float, brief: bool) -> str:
    if metres < 1000:
        return f"{metres:.{0 if brief and metres >= 99.95 else 1}f} m"
    return f"{metres / 1000:,.{2 if metres < 10_000 else 0}f} km"


def _named(document: Document, name: str) -> Entry:
    return next(entry for entry in document["hypotheses"] if entry["name"] == name)


def _mistakes(document: Document) -> list[Entry]:
    names = (AS_SUPPLIED, DISPLACEMENT)
    return [entry for entry in document["hypotheses"] if entry["name"] not in names]


def _value(entry: Entry) -> float | None:
    value: float | None = entry["held_out"]["value"] if entry["held_out"] is not None else None
    return value


def _step(entry: Entry, document: Document) -> str:
    if entry["name"] != DISPLACEMENT:
        return "After undoing it"
    unit = document["sampling"]["unit"]
    move = entry["move"]
    by = f" by {where(move['east_m'], move['north_m'])}" if move is not None else ""
    return f"After moving every {unit}{by} (estimated from the other {unit}s each time)"


def _findings(document: Document) -> Iterator[tuple[str, str]]:
    """Say the verdict, what it rests on, and what the search found."""
    best = chosen(document)
    more = [evidence(best, document)] if best is not None else []
    yield "Verdict", " ".join([headline(document), *more])
    yield "As is", _figures(_named(document, AS_SUPPLIED))
    if best is not None:
        yield "After", " ".join([_figures(best), *_area(best)])
        yield "Evidence", strength(best, document)
    else:
        other = next((entry for entry in _ranked(document)[1:] if entry["confirmed_share"]), None)
        if other is not None:
            yield "Next best", f"{other['name']}: {_figures(other)} {strength(other, document)}"
    yield from _search(document)


def _figures(entry: Entry) -> str:
    """Tell the shares of one hypothesis, with their denominators."""
    rate, share = entry["held_out"], entry["confirmed_share"]
    if rate is None:
        return f"Not tested: {entry['reason']}."
    if rate["value"] is None:
        told = f"Precision is not defined: {rate['reason']}"
    else:
        told = f"{percent(rate['value'])} of {many(rate['n'], 'point')} judged"
        told += range_of(rate["low"], rate["high"]) or f" (no interval: {rate['reason']})"
    if share is not None:
        told += f"; {percent(share)} of all single points"
    recall = entry["recall"]
    if recall is not None and recall["value"] is not None:
        told += f"; recall {percent(recall['value'])} of {many(recall['n'], 'find')}"
    return told + "."


def _area(entry: Entry) -> list[str]:
    told = [f"Operation: {entry['operation']}."] if entry["operation"] else []
    if entry["in_area"] is False:
        told.append("The map lies outside the area that this operation is made for.")
    if entry["reason"]:
        told.append(f"To mind: {entry['reason']}.")
    return told


def strength(entry: Entry, document: Document) -> str:
    """Say what a hypothesis gains, how chance does, and whether it is accepted."""
    gain = entry["gain"]
    told = []
    if gain is not None and gain["value"] is not None:
        points = f"Gain {change_points(gain['value'])} % points"
        if gain["low"] is None:
            told.append(f"{points} (no interval: {gain['reason']}).")
        else:
            ends = f"{change_points(gain['low'])} to {change_points(gain['high'])}"
            told.append(f"{points} (95 % interval {ends}, {many(gain['clusters'], 'cluster')}).")
    if entry["p"] is not None:
        told.append(f"{_chance(entry['p'], entry['draws'], entry['name'], document)}.")
    told.append("Accepted." if entry["accepted"] else f"Not accepted: {_obstacle(entry)}.")
    return " ".join(told)


def _obstacle(entry: Entry) -> str:
    """Say what stands against accepting a hypothesis, the plainest thing first."""
    if entry["p"] is None:
        return "it was not tested"
    if entry["p"] > LEVEL:
        return f"p is above {LEVEL:g}"
    if entry["gain"] is None or entry["gain"]["low"] is None:
        return "the gain has no interval"
    if entry["gain"]["low"] <= 0:
        return "the interval of the gain does not lie above 0"
    return "too few records contribute"


def _chance(p: float, draws: int, name: str, document: Document) -> str:
    if name == DISPLACEMENT:
        tested = f"anywhere within {document['settings']['range_m']:g} m"
    else:
        n = sum(entry["p"] is not None for entry in _mistakes(document))
        tested = f"under any of {many(n, 'mistake')}"
    unit = document["sampling"]["unit"]
    return (
        f"{p_value(p)}: how often {unit}s that are moved at random, each by itself, fit as well "
        f"{tested} ({draws:,} draws)"
    )


def _search(document: Document) -> Iterator[tuple[str, str]]:
    found, sampling = document["displacement"], document["sampling"]
    unit = sampling["unit"]
    part = f"{found['contributing']:,} of {many(found['records'], unit)} contribute"
    if found["east_m"] is None:
        reason = found["reason"] or "no peak stands out"
        yield "Moved by", f"No common displacement is claimed: {reason}. {part}."
    else:
        told = [where(found["east_m"], found["north_m"]), *_precise(found, unit), part]
        yield "Moved by", "; ".join(told) + "."
    if found["alternatives"]:
        yield "Or", _alternatives(found)
    told = []
    peak, second = found["peak"], found["second_peak"]
    if peak is not None:
        told.append(f"highest peak {_excess(peak)} pairs above background")
    if peak is not None and second is not None:
        told.append(f"next one elsewhere {_excess(second)}")
    if found["highest_by_chance"] is not None:
        above = "" if peak is not None else " pairs above background"
        told.append(
            f"95 % of maps whose {unit}s share no displacement stay below "
            f"{_count(found['highest_by_chance'])}{above}"
        )
    if found["p"] is not None:
        error = sampling["p_error"]
        give = "" if error is None else f" (Monte-Carlo error {error:.4f})"
        told.append(f"{p_value(found['p'])}{give}")
    if sampling["units_drawn"] < sampling["units"]:
        told.append(
            f"{sampling['units_drawn']:,} of {sampling['units']:,} {unit}s, drawn at random, "
            "were looked at"
        )
    text = "; ".join(told)
    if text:
        yield "By chance", text[0].upper() + text[1:] + "."


def _precise(found: Entry, unit: str) -> Iterator[str]:
    """Say how well a displacement is known, and what was found with it."""
    ellipse = found["ellipse"]
    if ellipse is not None:
        yield (
            f"95 % ellipse ±{ellipse['semi_major_m']:.1f} m by ±{ellipse['semi_minor_m']:.1f} m, "
            f"longest towards {ellipse['bearing_deg']:.0f}°"
        )
    if found["stability"] is not None:
        yield f"found again in {percent(found['stability'], 0)} of the fits without one {unit}"
    if found["rotation_deg"] is not None:
        yield f"turned {found['rotation_deg']:.3f}° clockwise"
    if found["scale_ppm"] is not None:
        yield f"scale {found['scale_ppm']:+.0f} ppm"


def _alternatives(found: Entry) -> str:
    peaks = [peak for peak in (found["peak"], *found["alternatives"]) if peak is not None]
    named = " or ".join(where(peak["east_m"], peak["north_m"]) for peak in peaks)
    shares = ", ".join(percent(peak["chosen_share"], 0) for peak in peaks)
    rows = ""
    if found["repeat_m"] is not None:
        rows = f": the rows repeat every {found['repeat_m']:.3g} m"
    return f"{named} cannot be told apart{rows} (highest in {shares} of the samples of records)."


def _excess(peak: Entry) -> str:
    return _count(peak["pairs"] - peak["background"])


def _count(pairs: float) -> str:
    return number(pairs, 0 if abs(pairs) >= 10 else 1)


def _ranked(document: Document) -> list[Entry]:
    """Put the map as supplied first; the others come as the document has them, best first."""
    return sorted(document["hypotheses"], key=lambda entry: entry["name"] != AS_SUPPLIED)


def _shown(document: Document) -> tuple[list[Entry], list[Entry]]:
    """Choose the hypotheses that stand in the table; the others are counted."""
    ranked = _ranked(document)
    matter = [
        entry
        for entry in ranked
        if entry["name"] in (AS_SUPPLIED, DISPLACEMENT) or entry["confirmed_share"]
    ]
    names = {entry["name"] for entry in matter[: _ROWS + 1]} | {DISPLACEMENT}
    shown = [entry for entry in ranked if entry["name"] in names]
    return shown, [entry for entry in ranked if entry["name"] not in names]


def _cells(entry: Entry) -> tuple[str, ...]:
    rate, recall, gain, move = (entry[k] for k in ("held_out", "recall", "gain", "move"))
    moved = NOTHING
    if move is not None and entry["name"] != AS_SUPPLIED:
        about = "≈ " if move["spread_m"] >= _SAME_M else ""
        moved = about + where(move["east_m"], move["north_m"], brief=True)
    ends = NOTHING
    if entry["name"] == AS_SUPPLIED:
        gain = None
    if gain is not None and gain["low"] is not None:
        ends = f"{change_points(gain['low'])}, {change_points(gain['high'])}"
    return (
        entry["name"].replace("_", " ") if entry["name"] == AS_SUPPLIED else entry["name"],
        moved,
        _bare(rate),
        NOTHING if rate is None else interval(rate),
        _bare(recall),
        NOTHING if gain is None else change_points(gain["value"]),
        ends,
        NOTHING if entry["p"] is None else f"{entry['p']:.3f}",
    )


def _bare(rate: Entry | None) -> str:
    return NOTHING if rate is None else percent(rate["value"]).removesuffix(" %")


def _others(document: Document, rest: Sequence[Entry]) -> Iterator[str]:
    """Count the hypotheses that do not stand in the table."""
    some = [entry for entry in rest if entry["confirmed_share"]]
    none = [entry for entry in rest if entry["p"] is not None and not entry["confirmed_share"]]
    untested = [entry for entry in rest if entry["p"] is None]
    if some:
        more = many(len(some), "further mistake")
        yield f"{more}, none accepted: --format markdown tells them."
    if none:
        other = many(len(none), "other mistake")
        yield f"{other}: no point within {tolerance(document)} of a find."
    of = Counter(entry["reason"] or "no reason is known" for entry in untested)
    if of:
        told = [f"{reason} ({n:,})" for reason, n in of.most_common(_REASONS)]
        if len(of) > _REASONS:
            told.append(f"{many(len(of) - _REASONS, 'further reason')} (--format markdown)")
        yield f"{many(len(untested), 'mistake')} not tested: {'; '.join(told)}."


def _remainder(document: Document) -> Iterator[tuple[str, str]]:
    """Say what error is left, how the sheets differ, and what all this does not say."""
    yield "Left over", _residuals(document["residuals"])
    if document["sheets"]:
        yield "Sheets", " ".join(_sheets(document["sheets"]))
    yield "Not said", _NOT_SAID


def _residuals(left: Entry) -> str:
    after = "as supplied" if left["after"] in (None, AS_SUPPLIED) else f"after {left['after']}"
    told = []
    if left["within_m"] is not None:
        told.append(f"points lie {left['within_m']:.1f} m about the mean of their record")
    if left["between_m"] is not None:
        told.append(f"the means of records {left['between_m']:.1f} m about their own")
    if left["between_sheets_m"] is not None:
        told.append(f"those of sheets {left['between_sheets_m']:.1f} m")
    if left["rotation_deg"] is not None:
        told.append(f"records are turned by {left['rotation_deg']:.2f}°")
    pairs = f"{many(left['pairs'], 'pair')}, {many(left['records'], 'record')} with 5 or more"
    picture = left["picture"] or "not known"
    reason = f" ({left['reason']})" if left["reason"] else ""
    text = f"{picture[0].upper()}{picture[1:]}{reason}"
    if not told:
        return f"{text}, {after}: {pairs}."
    return (
        f"{text}, {after}: {', '.join(told)} (standard deviations by axis; {pairs}). Pairs cannot "
        f"be farther apart than {left['tolerance_m']:g} m, so all of these are understated."
    )


def _sheets(sheets: Sequence[Entry]) -> Iterator[str]:
    found = [sheet for sheet in sheets if sheet["east_m"] is not None]
    yield f"{many(len(sheets), 'map sheet')}, a displacement of its own in {len(found):,}."
    for sheet in found[:_SHEETS]:
        ellipse = sheet["ellipse"]
        about = "" if ellipse is None else f" ±{ellipse['semi_major_m']:.1f} m"
        yield f"{sheet['sheet']}: {where(sheet['east_m'], sheet['north_m'])}{about}."
    if len(found) > _SHEETS:
        yield f"{len(found) - _SHEETS:,} more: --format markdown tells them."


def _sheet_table(sheets: Sequence[Entry]) -> list[str]:
    rows = [
        (
            sheet["sheet"],
            number(sheet["records"]),
            number(sheet["contributing"]),
            NOTHING
            if sheet["east_m"] is None
            else where(sheet["east_m"], sheet["north_m"], brief=True),
            NOTHING
            if sheet["ellipse"] is None
            else f"±{sheet['ellipse']['semi_major_m']:.1f} by "
            f"±{sheet['ellipse']['semi_minor_m']:.1f} m",
            NOTHING if sheet["p"] is None else f"{sheet['p']:.3f}",
            sheet["reason"] or "",
        )
        for sheet in sheets
    ]
    headers = ("Sheet", "Records", "Contributing", "Move", "95 % ellipse", "p", "What to mind")
    return markdown_table(headers, rows, 1)
