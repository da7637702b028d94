"""Which figures stand in which table, and how numbers are written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mapaccuracy.schema import CATALOGUE, GIVEN_AS

Entry = Mapping[str, Any]
NOTHING = "–"
# The key under which rows that a filter leaves out are counted as dropped.
FILTER = "filter"


def percent(value: float | None, digits: int = 1) -> str:
    """Write a share in per cent.

    Examples
    --------
    >>> percent(0.25), percent(None), percent(1.0, 0)
    ('25.0 %', '–', '100 %')
    """
    return NOTHING if value is None else f"{100 * value:.{digits}f} %"


def interval(rate: Entry) -> str:
    """Write an interval in per cent, or say that there are too few clusters for one.

    Examples
    --------
    >>> interval({"low": 0.125, "high": 0.4, "cluster_low": None, "cluster_high": None})
    '12.5–40.0'
    """
    if rate["low"] is not None:
        return f"{100 * rate['low']:.1f}–{100 * rate['high']:.1f}"
    return "too few" if rate["value"] is not None else NOTHING


def number(value: float | None, digits: int = 0) -> str:
    """Write a number with thousands separated by commas.

    Examples
    --------
    >>> number(1234567), number(12.5, 1), number(None)
    ('1,234,567', '12.5', '–')
    """
    return NOTHING if value is None else f"{value:,.{digits}f}"


def printable(text: str) -> bytes:
    r"""Encode text; control characters, which names may hold, become blanks.

    Examples
    --------
    >>> printable("a\x1b[31mred\n")
    b'a [31mred\n'
    """
    shown = "".join(char if char.isprintable() or char == "\n" else " " for char in text)
    return shown.encode("utf-8", "replace")


@dataclass(frozen=True)
class Table:
    """A table of groups: a caption, headers, and how a cell follows from a group."""

    caption: str
    headers: Sequence[str]
    cells: Callable[[Entry], Sequence[str]]


def _spread(rate: Entry) -> Sequence[str]:
    return (
        percent(rate["value"]),
        interval(rate),
        number(rate["clusters"]),
        number(rate["effective_clusters"], 1),
        number(rate["design_effect"], 1),
    )


def _points(group: Entry) -> Sequence[str]:
    return (
        group["group"],
        number(group["supplied"]),
        percent(group["confirmed_share"]),
        percent(group["any_find_share"]),
        number(group["precision"]["n"]),
        number(group["confirmed"]),
        *_spread(group["precision"]),
    )


def _finds(group: Entry) -> Sequence[str]:
    return (
        group["group"],
        number(group["recall"]["n"]),
        number(group["mapped"]),
        *_spread(group["recall"]),
        percent(group["f1"]),
        number(group["finds_per_verifiable_point"], 2),
    )


def _apart(group: Entry) -> Sequence[str]:
    return (
        group["group"],
        number(group["unsearched"]),
        number(group["confirmed_outside_search"]),
        number(group["released_without_search"]),
        number(group["not_single_points"]),
        number(group["finds_outside_search"]),
        number(group["finds_out_of_scope"]),
    )


def _field(group: Entry) -> Sequence[str]:
    kinds = group["finds_by_category"]
    return (
        group["group"],
        number(group["searched_hectares"], 1),
        number(group["finds"]),
        *(number(kinds[kind]) for kind in ("AP", "AT", "UXO", "other")),
        number(group["finds_per_hectare"], 2),
    )


TABLES = (
    Table(
        "Supplied points. Paired, any find: share of all supplied points with a pair, and with any "
        "find in reach. Precision = confirmed / verifiable. 95 % interval in per cent; clusters, "
        "effective clusters, design effect.",
        (
            "",
            "Supplied",
            "Paired",
            "Any\nfind",
            "Verifi-\nable",
            "Con-\nfirmed",
            "Preci-\nsion",
            "95 %",
            "Clus-\nters",
            "eff.",
            "deff",
        ),
        _points,
    ),
    Table(
        "Finds that count: in scope and, where searched areas are given, in searched ground. "
        "Recall = mapped / finds that count. F1 = harmonic mean of precision and recall.",
        (
            "",
            "Count-\ning",
            "Mapped",
            "Recall",
            "95 %",
            "Clus-\nters",
            "eff.",
            "deff",
            "F1",
            "Finds per\nverif. point",
        ),
        _finds,
    ),
    Table(
        "Counted apart, in no rate.",
        (
            "",
            "Unsearched",
            "of these\npaired",
            "of these\nreleased",
            "Not single\npoints",
            "Finds outside\nsearch",
            "Finds out\nof scope",
        ),
        _apart,
    ),
    Table(
        "What the field reports: hectares searched, all finds on record by category, and finds of "
        "every category in searched ground per hectare.",
        ("", "Hectares", "All\nfinds", "AP", "AT", "UXO", "Other", "In search\nper ha"),
        _field,
    ),
)


def _overview(group: Entry) -> Sequence[str]:
    resolution = group.get("resolution")
    unresolvable = resolution is not None and resolution["resolvable"] is False
    mark = UNRESOLVABLE if unresolvable else ""
    precision, recall = group["precision"], group["recall"]
    return (
        group["group"],
        number(group["supplied"]),
        number(precision["n"]),
        number(group["confirmed"]),
        _marked(precision["value"], mark),
        interval(precision),
        _by_chance(group),
        number(recall["n"]),
        number(group["mapped"]),
        _marked(recall["value"], mark),
        interval(recall),
    )


def _marked(share: float | None, mark: str) -> str:
    return NOTHING if share is None else f"{100 * share:.1f}{mark}"


def _by_chance(group: Entry) -> str:
    """Give the share of the records elsewhere or, with a mark, of any searched ground."""
    chance = group.get("chance")
    if chance is None:
        return NOTHING
    if not chance["records"]["stands_for_group"]:
        return _marked(chance["ground"]["any_find_share"], ANYWHERE)
    return _marked(chance["records"]["expected_precision"], "")


UNRESOLVABLE = "?"
ANYWHERE = "*"
OVERVIEW = Table(
    "Judged: supplied points with searched ground all around them. Confirmed: judged, and paired "
    "with a find within the tolerance; a find pairs with one point only. Precision: confirmed / "
    "judged. Finds: in scope, and in searched ground where that is known. Mapped: paired with a "
    "supplied point. Recall: mapped / finds. 95 %: interval in per cent. By chance: per cent "
    "confirmed of the same records elsewhere in their own searched ground. –: not defined or not "
    "known; the text says why.",
    (
        "",
        "Supplied\npoints",
        "Judged",
        "Con-\nfirmed",
        "Preci-\nsion %",
        "95 %",
        "By\nchance",
        "Finds",
        "Mapped",
        "Recall\n%",
        "95 %",
    ),
    _overview,
)
# Columns that the others tell as well, from the right: mapped and confirmed.
SPARED = (8, 3)
# What a mark in the overview means, told where it stands.
_MARKS = {
    ANYWHERE: "If each point judged lay anywhere in its own searched polygon, by itself.",
    UNRESOLVABLE: "Not resolvable at this tolerance: it says nothing about single mines.",
}


def overview_caption(groups: Sequence[Entry]) -> str:
    """Say what the columns of the overview mean, and the marks that stand in it."""
    cells = [cell for group in groups for cell in OVERVIEW.cells(group)[1:]]
    used = [mark for mark in _MARKS if any(cell.endswith(mark) for cell in cells)]
    return " ".join([OVERVIEW.caption, *(f"{mark}: {_MARKS[mark]}" for mark in used)])


def groups_of(document: Entry) -> list[Entry]:
    """Choose the groups that the settings ask for, the overall one first; records stand apart."""
    by = document["settings"]["by"]
    names = {"type": "types", "district": "districts"}
    return [document["overall"], *(document[names[by]] if by in names else ())]


def heading(document: Entry) -> str:
    """Say what was compared, in one line."""
    settings = document["settings"]
    names = {
        role: " + ".join(
            dict.fromkeys(
                source["name"]
                for source in document["sources"]
                if GIVEN_AS.get(source["role"], source["role"]) == role
            )
        )
        for role in ("supplied", "finds")
    }
    return (
        f"{names['supplied']} against {names['finds']}: tolerance "
        f"{settings['tolerance_m']:g} m, matching {settings['matching']}, scope {settings['scope']}"
    )


def without_points(document: Entry) -> str | None:
    """Say why no figure of points is defined; None where some may be."""
    codes = {note["code"]: note["message"] for note in document["notes"]}
    if "no_points" not in codes:
        return None
    whole = document["overall"]
    return (
        f"{codes['no_points']} Supplied points: {whole['supplied']:,}; finds with a position: "
        f"{whole['finds']:,}."
    )


_SUSPICION = "displacement_suspected"


def suspicion(document: Entry) -> list[str]:
    """Find what is suspected of the whole map, which comes before any figure: a line, or none."""
    return [note["message"] for note in document["notes"] if note["code"] == _SUSPICION]


def other_notes(document: Entry) -> list[Entry]:
    """List the notes that stand below the figures."""
    return [note for note in document["notes"] if note["code"] != _SUSPICION]


def accounting(document: Entry) -> list[str]:
    """Say for each input how many rows were read, used and dropped, and why."""
    lines = []
    for source in document["sources"]:
        reasons = ", ".join(
            f"{n:,} by the filter"
            if code == FILTER
            else f"{n:,} for {CATALOGUE[code].slug.replace('-', ' ')} ({code})"
            for code, n in sorted(source["dropped"].items())
        )
        lines.append(
            f"{source['role']} {source['name']}: {source['rows_read']:,} rows read, "
            f"{source['rows_used']:,} used, {source['rows_dropped']:,} dropped"
            + (f" ({reasons})" if reasons else "")
            + f"; {source['crs']}"
            + (f", {source['operation']}" if source["operation"] else "")
        )
    return lines
