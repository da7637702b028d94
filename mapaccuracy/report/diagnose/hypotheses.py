"""The table of hypotheses: its columns, its caption, and what does not stand in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mapaccuracy.report.diagnose.entries import Document, label, ranked
from mapaccuracy.report.diagnose.evidence import is_at_floor
from mapaccuracy.report.diagnose.moves import SAME_M, moved_by
from mapaccuracy.report.layout import NOTHING, Entry, interval, percent
from mapaccuracy.report.words import LEVEL, change_points, many, tolerance
from mapaccuracy.schema import AS_SUPPLIED, DISPLACEMENT

# Of the reasons why mistakes were not tested, as many as a screen has room for.
_REASONS = 2
_MEANING = (
    "All points: % of all single points with a find of their own; gain: % points more. p: of how "
    "close pairs are, not of how many; for all mistakes together, or anywhere within range. "
    "Accepted: p at most "
    f"{LEVEL:g}, pairs closer (interval above 0), 5 records or more; a displacement must gain too."
)
_FITTED = "*"
_MARKS = {
    "≈": "≈: not the same everywhere.",
    _FITTED: "*: fitted to these finds.",
}


@dataclass(frozen=True)
class Hypotheses:
    """Some hypotheses as a table.

    Attributes
    ----------
    headers : tuple of str
        The first column names the hypothesis.
    rows : tuple of tuple of str
    caption : str
        What the columns and the marks in them mean.
    """

    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str


def table_of(document: Document, entries: Sequence[Entry], *, recall: bool) -> Hypotheses:
    """Set hypotheses in a table; precision has a column where it is known of any of the map's."""
    precise = any(
        entry["held_out"] is not None and entry["held_out"]["value"] is not None
        for entry in document["hypotheses"]
    )
    left_out = (() if precise else _PRECISION) + (() if recall else _RECALL)
    columns = {header: cell for header, cell in _COLUMNS.items() if header not in left_out}
    rows = tuple(tuple(cell(entry) for cell in columns.values()) for entry in entries)
    used = [text for mark, text in _MARKS.items() if any(mark in c for r in rows for c in r[1:])]
    return Hypotheses(tuple(h.strip() for h in columns), rows, " ".join([_MEANING, *used]))


def shown(document: Document, rows: int) -> tuple[list[Entry], list[Entry]]:
    """Choose so many hypotheses beside the map as supplied, and the displacement; part the others.

    Returns
    -------
    shown, rest : list of Entry
        What stands in the table of a screen, and what is only counted there.
    """
    entries = ranked(document)
    matter = [
        entry
        for entry in entries
        if entry["name"] in (AS_SUPPLIED, DISPLACEMENT) or entry["confirmed_share"]
    ]
    names = {entry["name"] for entry in matter[: rows + 1]} | {DISPLACEMENT}
    some = [entry for entry in entries if entry["name"] in names]
    return some, [entry for entry in entries if entry["name"] not in names]


def others(document: Document, rest: Sequence[Entry]) -> Iterator[str]:
    """Count the hypotheses that do not stand in the table."""
    some = [entry for entry in rest if entry["confirmed_share"]]
    none = [entry for entry in rest if entry["p"] is not None and not entry["confirmed_share"]]
    untested = [entry for entry in rest if entry["p"] is None]
    if some:
        more, accepted = many(len(some), "further mistake"), sum(one["accepted"] for one in some)
        yield f"{more}, {accepted or 'none'} accepted: --format markdown tells them."
    if none:
        other = many(len(none), "other mistake")
        yield f"{other}: no point within {tolerance(document)} of a find."
    of = Counter(entry["reason"] or "no reason is known" for entry in untested)
    if of:
        common = of.most_common(len(of) if len(of) <= _REASONS else 1)
        told = [f"{reason} ({n:,})" for reason, n in common]
        if len(of) > len(common):
            told.append(f"{many(len(of) - len(common), 'further reason')} (--format markdown)")
        yield f"{many(len(untested), 'mistake')} not tested: {'; '.join(told)}."


def _moved(entry: Entry) -> str:
    move = entry["move"]
    if move is None or entry["name"] == AS_SUPPLIED:
        return NOTHING
    about = "≈" if move["spread_m"] >= SAME_M else ""
    return about + moved_by(move, brief=True)


def _precision(entry: Entry) -> str:
    return NOTHING if entry["held_out"] is None else _bare(entry["held_out"]["value"])


def _precision_ends(entry: Entry) -> str:
    return NOTHING if entry["held_out"] is None else interval(entry["held_out"])


def _recall(entry: Entry) -> str:
    found = NOTHING if entry["recall"] is None else _bare(entry["recall"]["value"])
    return found + _FITTED if entry["name"] == DISPLACEMENT and found != NOTHING else found


def _gain(entry: Entry) -> str:
    return NOTHING if entry["gain"] is None else change_points(entry["gain"]["value"])


def _gain_ends(entry: Entry) -> str:
    gain = entry["gain"]
    if gain is None or gain["low"] is None:
        return NOTHING
    return f"{change_points(gain['low'])}, {change_points(gain['high'])}"


def _p(entry: Entry) -> str:
    if entry["p"] is None:
        return NOTHING
    return f"{'≤' if is_at_floor(entry['p'], entry['draws']) else ''}{entry['p']:.3f}"


def _bare(share: float | None) -> str:
    return percent(share).removesuffix(" %")


_PRECISION = ("Preci-\nsion %", "95 %")
_RECALL = ("Recall\n%",)
# A blank sets two columns of one name apart.
_COLUMNS: Mapping[str, Callable[[Entry], str]] = {
    "": label,
    "Move": _moved,
    "Preci-\nsion %": _precision,
    "95 %": _precision_ends,
    "Recall\n%": _recall,
    "All\npoints": lambda entry: _bare(entry["confirmed_share"]),
    "Gain": _gain,
    "95 % ": _gain_ends,
    "p": _p,
}
