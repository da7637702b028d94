"""What a hypothesis would give, how chance does, and what stands against it, in sentences."""

from __future__ import annotations

from mapaccuracy.report.diagnose.entries import Document, mistakes, named, other_peaks
from mapaccuracy.report.diagnose.moves import moved_by, turned
from mapaccuracy.report.layout import Entry, percent
from mapaccuracy.report.words import (
    LEVEL,
    change_points,
    has_searched,
    many,
    p_value,
    range_of,
    tolerance,
)
from mapaccuracy.schema import AS_SUPPLIED, DISPLACEMENT

# Share of the points judged that must be judged on both sides, for their shares to be compared.
_SAME_GROUND = 0.8


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
    before = named(document, AS_SUPPLIED)
    what, after, now = "the points judged", _value(entry), _value(before)
    if after is None or now is None or not _same_ground(entry, before):
        what = "all single points"
        after, now = entry["confirmed_share"], before["confirmed_share"]
    told = (
        f"{_step(entry, document)} {percent(after)} of {what} would match a find within "
        f"{tolerance(document)}, against {percent(now)} as supplied."
    )
    same: list[Entry] = []
    if entry["name"] == DISPLACEMENT:
        same, _ = other_peaks(document["displacement"])
    return f"{told} Which of {len(same) + 1} moves it is cannot be told." if same else told


def _same_ground(entry: Entry, before: Entry) -> bool:
    """Whether about as many points are judged; else shares are of different ground."""
    counts = entry["held_out"]["n"], before["held_out"]["n"]
    return bool(min(counts) >= _SAME_GROUND * max(counts))


def _value(entry: Entry) -> float | None:
    value: float | None = entry["held_out"]["value"] if entry["held_out"] is not None else None
    return value


def _step(entry: Entry, document: Document) -> str:
    if entry["name"] != DISPLACEMENT:
        return "After undoing it"
    unit, found = document["sampling"]["unit"], document["displacement"]
    told = turned(found)
    by = f" by {moved_by(found)}" if found["east_m"] is not None else ""
    turn = f", {told}" if told else ""
    return f"After moving every {unit}{by}{turn} (estimated from the other {unit}s each time)"


def figures(entry: Entry, document: Document) -> str:
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
    # That of a displacement is of the finds that it was fitted to.
    if recall is not None and recall["value"] is not None and entry["name"] != DISPLACEMENT:
        ground = " in searched ground" if has_searched(document) else ""
        told += f"; recall {percent(recall['value'])} of {many(recall['n'], 'find')}{ground}"
    return told + "."


def strength(entry: Entry, document: Document, *, brief: bool = False) -> str:
    """Say what a hypothesis gains, how chance does, and whether it is accepted.

    Parameters
    ----------
    entry : mapping
        The hypothesis.
    document : mapping
    brief : bool
        Give p without the words that say what it is.
    """
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
        told.append(chance(entry, document, brief=brief))
    told.append("Accepted." if entry["accepted"] else f"Not accepted: {obstacle(entry)}.")
    return " ".join(told)


def obstacle(entry: Entry) -> str:
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
    return "too few records contribute, or too many of them by chance"


def _closer(change: Entry | None) -> list[str]:
    """Say how much closer pairs come."""
    if change is None or change["low"] is None or change["low"] <= 0:
        return []
    ends = f"{change['low']:.2f} to {change['high']:.2f}"
    return [
        f"Pairs come closer: mean score +{change['value']:.2f} (95 % interval {ends}; 1 for a find "
        f"at the point, 0 at {change['scale_m']:.1f} m or more)."
    ]


def chance(entry: Entry, document: Document, *, brief: bool = False) -> str:
    """Say how often records moved at random come as close as those of a hypothesis.

    Parameters
    ----------
    entry : mapping
        The hypothesis.
    document : mapping
    brief : bool
        Say only what p is, and of what.
    """
    more = ""
    if entry["name"] == DISPLACEMENT:
        tested = f"anywhere within {document['settings']['range_m']:g} m"
        if document["displacement"]["rotation_deg"] is not None:
            tested += ", turned as well"
        more = p_error(document)
    else:
        n = sum(one["p"] is not None for one in mistakes(document))
        tested = f"under any of {many(n, 'mistake')} or none"
    told, draws = f"{p_value(entry['p'])}", f"{entry['draws']:,} draws"
    if is_at_floor(entry["p"], entry["draws"]):
        told, draws = at_most(entry["p"]), f"the least that {draws} can show"
    if brief:
        return f"{told} ({draws}{more}) {tested}."
    return (
        f"{told} ({draws}{more}): how often {document['sampling']['unit']}s that are moved at "
        f"random, each by itself, come as close {tested}."
    )


def is_at_floor(p: float, draws: int) -> bool:
    """Tell whether no draw did as well, so that p may be anything below.

    Examples
    --------
    >>> is_at_floor(0.005, 199), is_at_floor(0.01, 199)
    (True, False)
    """
    return p * (draws + 1) < 1.5


def at_most(p: float) -> str:
    """Write a p at which draws end.

    Examples
    --------
    >>> at_most(0.005), at_most(0.00001)
    ('p at most 0.005', 'p at most 1e-05')
    """
    return f"p at most {p:.3g}"


def p_error(document: Document) -> str:
    """Write the Monte-Carlo error of the p of the displacement, for the end of a bracket."""
    error = document["sampling"]["p_error"]
    return "" if error is None else f", Monte-Carlo error {error:.3f}"
