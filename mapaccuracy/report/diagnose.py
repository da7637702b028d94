"""The diagnosis document as text, JSON, CSV and Markdown: wrong, or only misplaced.

A share after a fitted displacement is always the held-out one: what was fitted to the points
that are judged flatters any map.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
from mapaccuracy.report.markdown import MIND, escape
from mapaccuracy.report.markdown import table_of as markdown_table
from mapaccuracy.report.metrics import table_of as csv_table
from mapaccuracy.report.table import grid, wrapped
from mapaccuracy.report.words import LEVEL, change_points, many, p_value, range_of, tolerance
from mapaccuracy.schema import (
    AS_SUPPLIED,
    DISPLACEMENT,
    VERDICTS,
    Closer,
    Gain,
    Move,
    Rate,
    flatten,
)

Document = Mapping[str, Any]
_PARTS = {
    "precision": Rate,
    "recall": Rate,
    "held_out": Rate,
    "gain": Gain,
    "closer": Closer,
    "move": Move,
    "rest": Move,
}
_SUBJECT = 11
# What a screen has room for; the files and the Markdown hold all.
_ROWS = 6
_SHEETS = 3
_OTHERS = 2
_REASONS = 2
# Below this a move is the same everywhere, as far as anybody can tell.
_SAME_M = 0.5
_STAYS = "no move"
# Share of the points judged that must be judged on both sides, for their shares to be compared.
_SAME_GROUND = 0.8
# Units that must contribute before rotation and scale are fitted.
_LEAST_TURNED = 10
_TABLE = (
    "Gain: % points more of all single points with a find of their own. p: for all mistakes "
    "together; for the displacement, anywhere within range. Accepted: p at most "
    f"{LEVEL:g}, pairs closer (interval above 0), 5 records or more; a displacement must gain too."
)
_FITTED = "*"
_MARKS = {
    "≈": "≈: not the same everywhere.",
    _FITTED: "*: fitted to these finds.",
}
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
    "Nothing was corrected. That a mistake fits does not prove that it was made. Points that would "
    "not match may still be mines; this is no clearance certificate."
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
    lines += ["", grid(_HEADERS, [_cells(entry) for entry in shown]), wrapped(_caption(shown))]
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
    headers = ("", "Mistake", *_HEADERS[1:], MIND)
    rows = []
    for entry in _ranked(document):
        name, *cells = _cells(entry)
        rows.append((name, entry["cause"], *cells, entry["reason"] or ""))
    lines += [
        "## Hypotheses",
        "",
        escape(_caption(_ranked(document))),
        "",
        *markdown_table(headers, rows, 2),
        "",
    ]
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
    >>> hypothesis = {"accepted": True, "records": 9, "contributing": 8}
    >>> headline({"verdict": "explained", "cause": "axes were swapped", "reason": None,
    ...     "hypotheses": [hypothesis]})
    'A known mistake explains the error of the map: axes were swapped.'
    >>> headline({"verdict": "cannot_be_told", "cause": None, "reason": "no finds within 200 m",
    ...     "hypotheses": [hypothesis]})
    'It cannot be told whether the map is displaced: no finds within 200 m.'
    """
    verdict: str = VERDICTS[document["verdict"]]
    if part := _part_of(document):
        verdict = _OF_A_PART[document["verdict"]].format(part)
    cause, reason = document["cause"], document["reason"]
    if document["verdict"] == "displaced":
        reason = None
    elif cause and reason and cause in reason:
        cause = None
    more = [text for text in (cause, reason) if text]
    return verdict[0].upper() + verdict[1:] + "".join(f": {text}" for text in more) + "."


_OF_A_PART = {
    "explained": "a known mistake would explain the error of {}, and says nothing of the others",
    "displaced": "one common displacement, of unknown cause, would bring {} onto the finds, and "
    "says nothing of the others",
}


def _part_of(document: Document) -> str:
    """Name the records that a verdict is of, where most have nothing to do with it."""
    rests = rests_on(document)
    if rests is None or not rests["records"] or rests["contributing"] >= rests["records"] / 2:
        return ""
    unit = document["sampling"]["unit"]
    return f"{rests['contributing']:,} of {many(rests['records'], unit)}"


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
    if after is None or now is None or not _same_ground(entry, before):
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


def _same_ground(entry: Entry, before: Entry) -> bool:
    """Whether about as many points are judged; else shares are of different ground."""
    counts = entry["held_out"]["n"], before["held_out"]["n"]
    return bool(min(counts) >= _SAME_GROUND * max(counts))


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
    return ", ".join(parts) or _STAYS


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
    unit, found = document["sampling"]["unit"], document["displacement"]
    told = _turned(found)
    by = f" by {where(found['east_m'], found['north_m'])}" if found["east_m"] is not None else ""
    turned = f", {told}" if told else ""
    return f"After moving every {unit}{by}{turned} (estimated from the other {unit}s each time)"


def _findings(document: Document) -> Iterator[tuple[str, str]]:
    """Say the verdict, what it rests on, and what the search found."""
    best, rests = chosen(document), rests_on(document)
    more = [evidence(rests, document)] if rests is not None else []
    more += _sheets_apart(document)
    yield "Verdict", " ".join([headline(document), *more])
    yield "As is", _figures(_named(document, AS_SUPPLIED))
    if best is not None and rests is not None:
        yield "After", " ".join([_figures(rests), *_area(rests)])
        yield "Evidence", strength(rests, document)
        if rests is not best:
            told = f"{best['name']} itself is not accepted: {_obstacle(best)}."
            yield "Mistake", " ".join([told, *_area(best)])
    else:
        other = next((entry for entry in _ranked(document)[1:] if entry["confirmed_share"]), None)
        if other is not None and not _same(other):
            yield "Next best", f"{_label(other)}: {_figures(other)} {strength(other, document)}"
    yield from _search(document)


def _same(entry: Entry) -> bool:
    """Tell whether a displacement leaves the map where it is."""
    move = entry["move"]
    return (
        entry["name"] == DISPLACEMENT
        and move is not None
        and move["spread_m"] < _SAME_M
        and where(move["east_m"], move["north_m"]) == _STAYS
    )


def rests_on(document: Document) -> Entry | None:
    """Look up the hypothesis whose figures are the evidence of the verdict.

    That is the displacement found, where a known mistake is named only because it lies close.
    """
    best = chosen(document)
    if best is None or best["accepted"]:
        return best
    found = _named(document, DISPLACEMENT)
    return found if found["accepted"] else best


def _sheets_apart(document: Document) -> list[str]:
    """Point to map sheets that are displaced each by itself, where the whole map is not."""
    if document["verdict"] not in ("no_displacement_helps", "cannot_be_told"):
        return []
    found = sum(sheet["east_m"] is not None for sheet in document["sheets"])
    if not found:
        return []
    what = "has a displacement" if found == 1 else "have displacements"
    return [f"But {found:,} of {many(len(document['sheets']), 'map sheet')} {what}: see Sheets."]


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
    # The same again where every single point is judged.
    if share is not None and share != rate["value"]:
        told += f"; {percent(share)} of all single points"
    recall = entry["recall"]
    if recall is not None and recall["value"] is not None:
        fitted = ", to which it was fitted" if entry["name"] == DISPLACEMENT else ""
        told += f"; recall {percent(recall['value'])} of {many(recall['n'], 'find')}{fitted}"
    return told + "."


def _area(entry: Entry) -> list[str]:
    told = [f"Operation: {entry['operation']}."] if entry["operation"] else []
    reason = entry["reason"]
    if entry["in_area"] is False and not (reason and "outside the area" in reason):
        told.append("The map lies outside the area that this operation is made for.")
    if reason:
        told.append(f"To mind: {reason}.")
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
        if gain["low"] is None or gain["low"] <= 0:
            told += _closer(entry["closer"])
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
    changes = entry["gain"], entry["closer"]
    if any(change is None or change["low"] is None for change in changes):
        return "the gain has no interval"
    if entry["closer"]["low"] <= 0:
        return "pairs come no closer by it than may vary between records"
    if entry["name"] == DISPLACEMENT and entry["gain"]["low"] <= 0:
        return "the interval of the gain does not lie above 0"
    return "too few records contribute"


def _closer(change: Entry | None) -> list[str]:
    """Say how much closer pairs come."""
    if change is None or change["low"] is None or change["low"] <= 0:
        return []
    ends = f"{change['low']:.2f} to {change['high']:.2f}"
    return [
        f"Pairs come closer: mean score +{change['value']:.2f} (95 % interval {ends}; 1 for a find "
        f"at the point, 0 at {change['scale_m']:.1f} m or more)."
    ]


def _chance(p: float, draws: int, name: str, document: Document) -> str:
    sampling = document["sampling"]
    counted = f"{draws:,} draws"
    if name == DISPLACEMENT:
        tested = f"anywhere within {document['settings']['range_m']:g} m"
        if document["displacement"]["rotation_deg"] is not None:
            tested += ", turned as well"
        counted += _error(sampling)
    else:
        n = sum(entry["p"] is not None for entry in _mistakes(document))
        tested = f"under any of {many(n, 'mistake')}"
    return (
        f"{p_value(p)}: how often {sampling['unit']}s that are moved at random, each by itself, "
        f"fit as well {tested} ({counted})"
    )


def _error(sampling: Entry) -> str:
    error = sampling["p_error"]
    return "" if error is None else f", Monte-Carlo error {error:.3f}"


def _search(document: Document) -> Iterator[tuple[str, str]]:
    """Say what the search for one common displacement found, and how chance does."""
    found, sampling = document["displacement"], document["sampling"]
    unit, within = sampling["unit"], f"within {document['settings']['range_m']:g} m"
    if found["east_m"] is None:
        reason = found["reason"] or "no peak stands out"
        told = [f"No common displacement {within} is claimed: {reason}."]
        if found["records"] and str(found["records"]) not in reason:
            told.append(f"{_all(found['records'], unit)} looked at.")
    else:
        told = [_told(found, unit, within), *_no_matter(document)]
    if document["settings"]["rotation"]:
        told += _without_turn(found, unit)
    yield "Search", " ".join(told)
    if found["alternatives"]:
        yield "Or", _alternatives(found)
    told = [*_by_chance(found, sampling)]
    if told:
        yield "By chance", " ".join(told)


def _all(n: int, unit: str) -> str:
    return f"{many(n, unit)} {'was' if n == 1 else 'were'}"


def _told(found: Entry, unit: str, within: str) -> str:
    """Say what displacement was found, and how well it is known."""
    moved = where(found["east_m"], found["north_m"])
    told = [f"The one common displacement found {within} is {moved}"]
    if moved == _STAYS:
        told = [f"The map is found where it is (no move {within} fits better)"]
    ellipse = found["ellipse"]
    if ellipse is not None:
        told.append(
            f"95 % ellipse ±{ellipse['semi_major_m']:.1f} m by ±{ellipse['semi_minor_m']:.1f} m, "
            f"longest towards {ellipse['bearing_deg']:.0f}°"
        )
    if turned := _turned(found):
        told.append(turned)
    if found["stability"] is not None:
        share = found["stability"]
        fits = "all fits" if share == 1 else f"{percent(share)} of the fits"
        told.append(f"found again in {fits} without one {unit}")
    part = f"{found['contributing']:,} of {many(found['records'], unit)}"
    told.append(f"{part} contribute (more pairs there than around)")
    return "; ".join(told) + "."


def _turned(found: Entry) -> str:
    """Write a rotation and a scale, no finer than a map of some kilometres can tell."""
    if found["rotation_deg"] is None:
        return ""
    degrees, ppm = found["rotation_deg"], found["scale_ppm"]
    way = "clockwise" if degrees >= 0 else "anticlockwise"
    told = f"turned by {abs(degrees):.2f}° {way} about the centre of the map"
    if ppm is None:
        return told
    return f"{told} and {'enlarged' if ppm >= 0 else 'reduced'} by {abs(ppm):,.0f} ppm"


def _without_turn(found: Entry, unit: str) -> list[str]:
    """Say why no rotation is given although it was asked for."""
    if found["rotation_deg"] is not None:
        return []
    if found["east_m"] is None:
        return ["Rotation and scale were searched as well: none was found."]
    if found["contributing"] < _LEAST_TURNED:
        return [f"Rotation and scale were not fitted: that needs {_LEAST_TURNED} {unit}s."]
    return ["Rotation and scale were searched as well: a shift alone does as well."]


def _no_matter(document: Document) -> list[str]:
    """Say of a displacement that is there what it does not change."""
    found = document["displacement"]
    if where(found["east_m"], found["north_m"]) == _STAYS:
        return []
    if _in_ellipse(found):
        return ["That is no more than its ellipse, so there may be none."]
    if document["verdict"] != AS_SUPPLIED:
        return []
    gain = _named(document, DISPLACEMENT)["gain"]
    if gain is None or gain["low"] is None:
        return ["It is there; whether more points match after it is not known."]
    unit = document["sampling"]["unit"]
    return [
        "It is there, but the share of points that match does not grow by more than it varies "
        f"between {unit}s: the map need not be moved."
    ]


def _in_ellipse(found: Entry) -> bool:
    """Tell whether no displacement at all lies within the ellipse of the one found."""
    ellipse = found["ellipse"]
    if ellipse is None or not ellipse["semi_minor_m"] > 0:
        return False
    turn = math.radians(ellipse["bearing_deg"])
    east_m, north_m = found["east_m"], found["north_m"]
    along = east_m * math.sin(turn) + north_m * math.cos(turn)
    across = east_m * math.cos(turn) - north_m * math.sin(turn)
    return math.hypot(along / ellipse["semi_major_m"], across / ellipse["semi_minor_m"]) <= 1


def _by_chance(found: Entry, sampling: Entry) -> Iterator[str]:
    """Hold the highest peak against maps whose records share no displacement."""
    unit, peak, second = sampling["unit"], found["peak"], found["second_peak"]
    told = []
    if found["highest"] is not None:
        told.append(f"Highest peak {_count(found['highest'])} pairs above background")
    if found["highest_by_chance"] is not None:
        told.append(
            f"95 % of maps whose {unit}s share no displacement stay below "
            f"{_count(found['highest_by_chance'])}"
        )
    if found["east_m"] is None and found["p"] is not None:
        told.append(f"{p_value(found['p'])}{_error(sampling)}")
    if told:
        yield "; ".join(told) + "."
    if peak is not None and second is not None:
        yield (
            f"Counted over its own width, the peak has {_excess(peak)} pairs above background, "
            f"the next one elsewhere {_excess(second)}."
        )
    if sampling["units_drawn"] < sampling["units"]:
        yield (
            f"{sampling['units_drawn']:,} of {sampling['units']:,} {unit}s, drawn at random, "
            "were looked at."
        )


def _alternatives(found: Entry) -> str:
    """Name the moves that cannot be told from the one found, the likeliest first."""
    others = sorted(found["alternatives"], key=lambda peak: -peak["as_high_share"])
    peaks = [peak for peak in (found["peak"], *others[:_OTHERS]) if peak is not None]
    named = " or ".join(where(peak["east_m"], peak["north_m"]) for peak in peaks)
    if len(others) > _OTHERS:
        named += f" or {many(len(others) - _OTHERS, 'other')}"
    shares = ", ".join(percent(peak["as_high_share"], 0) for peak in others[:_OTHERS])
    rows = ""
    if found["repeat_m"] is not None:
        rows = f": the rows repeat every {found['repeat_m']:.3g} m"
    return f"{named} cannot be told apart{rows} (as high in {shares} of samples of records)."


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


def _label(entry: Entry) -> str:
    """Name a hypothesis; what is fitted is told apart."""
    if entry["name"] == DISPLACEMENT:
        return f"{entry['name']}, held out"
    name: str = entry["name"]
    return name.replace("_", " ") if name == AS_SUPPLIED else name


def _cells(entry: Entry) -> tuple[str, ...]:
    rate, recall, gain, move = (entry[k] for k in ("held_out", "recall", "gain", "move"))
    moved = NOTHING
    if move is not None and entry["name"] != AS_SUPPLIED:
        about = "≈" if move["spread_m"] >= _SAME_M else ""
        moved = about + where(move["east_m"], move["north_m"], brief=True)
    ends = NOTHING
    if gain is not None and gain["low"] is not None:
        ends = f"{change_points(gain['low'])}, {change_points(gain['high'])}"
    found = _bare(recall)
    return (
        _label(entry),
        moved,
        _bare(rate),
        NOTHING if rate is None else interval(rate),
        found + _FITTED if entry["name"] == DISPLACEMENT and found != NOTHING else found,
        NOTHING if gain is None else change_points(gain["value"]),
        ends,
        NOTHING if entry["p"] is None else f"{entry['p']:.3f}",
    )


def _caption(entries: Iterable[Entry]) -> str:
    """Say what the columns mean, and the marks that stand in them."""
    cells = [cell for entry in entries for cell in _cells(entry)[1:]]
    used = [text for mark, text in _MARKS.items() if any(mark in cell for cell in cells)]
    return " ".join([_TABLE, *used])


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
        shown = of.most_common(len(of) if len(of) <= _REASONS else 1)
        told = [f"{reason} ({n:,})" for reason, n in shown]
        if len(of) > len(shown):
            told.append(f"{many(len(of) - len(shown), 'further reason')} (--format markdown)")
        yield f"{many(len(untested), 'mistake')} not tested: {'; '.join(told)}."


def _remainder(document: Document) -> Iterator[tuple[str, str]]:
    """Say what error is left, how the sheets differ, and what all this does not say."""
    yield "Left over", _residuals(document["residuals"])
    if document["sheets"]:
        yield "Sheets", " ".join(_sheets(document["sheets"]))
    yield "Not said", _NOT_SAID


def _residuals(left: Entry) -> str:
    """Say what error is left, and whether it is one for all."""
    after = "as supplied" if left["after"] in (None, AS_SUPPLIED) else f"after {left['after']}"
    told = []
    if left["within_m"] is not None:
        told.append(f"points scatter by {left['within_m']:.1f} m about the mean of their record")
    if left["between_m"] is not None:
        told.append(f"the means of records by {left['between_m']:.1f} m")
    if left["between_sheets_m"] is not None:
        told.append(f"those of map sheets by {left['between_sheets_m']:.1f} m")
    if left["rotation_deg"] is not None:
        turn = f"{left['rotation_deg']:.1f}°"
        told.append("records not turned" if turn == "0.0°" else f"records turned by {turn}")
    pairs = f"{many(left['pairs'], 'pair')}, {many(left['records'], 'record')} with 5 or more"
    if not told:
        reason = left["reason"] or "no reason is known"
        return f"Not known {after}: {reason}."
    picture = left["picture"]
    if picture is None:
        first = f"Error {after} (whether it is one for all is not known"
        first += f": {left['reason']})" if left["reason"] else ")"
    else:
        first = f"{picture[0].upper()}{picture[1:]}, {after}"
        first += f" ({left['reason']})" if left["reason"] else ""
    return (
        f"{first}: {', '.join(told)} (standard deviations by axis; {pairs}). All are "
        f"understated: pairs lie within {left['tolerance_m']:g} m."
    )


def _sheets(sheets: Sequence[Entry]) -> Iterator[str]:
    """Say which map sheets have a displacement, each looked at by itself."""
    found = [sheet for sheet in sheets if sheet["east_m"] is not None]
    yield (
        f"A displacement was found in {len(found):,} of {many(len(sheets), 'map sheet')}, each by "
        "itself."
    )
    for sheet in found[:_SHEETS]:
        ellipse = sheet["ellipse"]
        about = "" if ellipse is None else f" ±{ellipse['semi_major_m']:.1f} m"
        none = ", which may be none" if _in_ellipse(sheet) else ""
        yield f"{sheet['sheet']}: {where(sheet['east_m'], sheet['north_m'])}{about}{none}."
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
    headers = ("Sheet", "Records", "Contributing", "Move", "95 % ellipse", "p", MIND)
    return markdown_table(headers, rows, 1)
