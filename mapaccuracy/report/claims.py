"""Rows of mines, outlines and tasks: a short section for each that the result has."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mapaccuracy.report.layout import NOTHING, Entry, number, percent
from mapaccuracy.report.words import amount, many, range_of, tolerance

Row = Sequence[str]


@dataclass(frozen=True)
class Section:
    """What is said of one kind of unit.

    Attributes
    ----------
    title : str
    sentences : list of str
        Of all groups together.
    caption : str
        What the columns mean.
    headers : sequence of str
    rows : list of sequence of str
        The whole first, then districts.
    """

    title: str
    sentences: list[str]
    caption: str
    headers: Sequence[str]
    rows: list[Row]


def sections(document: Entry) -> list[Section]:
    """Lay out what the result says of rows, outlines and tasks.

    Parameters
    ----------
    document : mapping
        The result document.

    Returns
    -------
    list of Section
        Only of what there is.
    """
    return [
        Section(
            title,
            list(told(document[name]["overall"], document)),
            caption,
            headers,
            [cells(group) for group in groups_of(document, name)],
        )
        for name, (title, told, caption, headers, cells) in _KINDS.items()
        if document.get(name) is not None
    ]


def groups_of(document: Entry, name: str) -> list[Entry]:
    """Choose the groups that the settings ask for, the overall one first."""
    block = document[name]
    by_district = document["settings"]["by"] == "district"
    return [block["overall"], *(block["districts"] if by_district else ())]


def _rows(told: Entry, document: Entry) -> Iterator[str]:
    within = tolerance(document)
    size = f"{many(told['rows'], 'row')} of mines, {amount(told['kilometres'], 'km')}"
    silence = _silence(told["with_finds"]["1"], told["finds_near"])
    if silence is not None:
        yield f"{size}. Nothing can be said of them: {silence}."
        return
    because = f"because the ground within {within} was searched"
    yield f"{size}; {_judged(told, because)}."
    yield _share("Judged rows with a find", told["with_finds"]["1"])
    further = [told["with_finds"][k] for k in ("2", "5")]
    if all(rate["value"] is not None for rate in further):
        yield (
            f"With at least 2 finds: {percent(further[0]['value'])}; with at least 5: "
            f"{percent(further[1]['value'])}."
        )
    yield _found(told["found"], "rows")
    yield _share(f"Finds within {within} of a row", told["finds_near"])
    if told["ground_near_share"] is not None:
        yield f"Of the searched ground {percent(told['ground_near_share'])} lies so near to rows."
    if told["without_count"]:
        yield f"Rows that do not say how many mines they hold: {told['without_count']:,}."


def _areas(told: Entry, document: Entry) -> Iterator[str]:
    size = f"{many(told['outlines'], 'outline')}, {amount(told['hectares'], 'ha')}"
    silence = _silence(told["without_find"], told["finds_inside"])
    if told["outlines"] and silence is not None:
        yield f"{size}. Nothing can be said of them: {silence}."
    elif told["outlines"]:
        searched = _judged(told, "because their ground was searched")
        partly = told["partly_searched"]
        yield f"{size}; {searched}{f'; {partly:,} were searched in part only' if partly else ''}."
        yield _share("Judged outlines without any find", told["without_find"])
        yield _found(told["found"], "outlines")
        yield _share("Finds inside an outline", told["finds_inside"])
        if told["ground_inside_share"] is not None:
            yield f"Of the searched ground {percent(told['ground_inside_share'])} lies inside."
        near = told["finds_near"]
        if near["value"] is not None:
            yield f"Inside or within {tolerance(document)}: {percent(near['value'])} of the finds."
        if told["without_count"]:
            yield f"Outlines that do not say how many mines they hold: {told['without_count']:,}."
    if told["centroids"]:
        yield (
            f"Points that stand for several mines or for a field: {told['centroids']:,}; they "
            f"claim {told['centroids_claimed']:,} mines, and have no outline to look into."
        )


def _tasks(told: Entry, _document: Entry) -> Iterator[str]:
    yield (
        f"{many(told['tasks'], 'task')}, {told['searched']:,} searched to completion "
        f"({amount(told['hectares'], 'ha')}). Items in scope found there: {told['items']:,}"
        + (
            ""
            if told["with_position_share"] is None
            else f", {percent(told['with_position_share'])} with a position of their own"
        )
        + "."
    )
    yield _found(told["found"], "tasks")
    yield _share("Tasks in which a mine is claimed and nothing was found", told["without_find"])
    yield _share("Tasks with items found that nothing on the map touches", told["off_map"])
    if told["left_out"]:
        yield (
            "Tasks left out of found for each claimed, because a claim there does not say how many "
            f"mines it holds: {told['left_out']:,}."
        )
    if told["claims_cut"]:
        yield f"Rows and outlines that a border of a task cuts: {told['claims_cut']:,}."


def _judged(told: Entry, because: str) -> str:
    """Say how many can be judged, and why they can if any.

    Examples
    --------
    >>> _judged({"judged": 0}, "because ..."), _judged({"judged": 7}, "because ...")
    ('none can be judged', '7 can be judged, because ...')
    """
    return (
        f"{told['judged']:,} can be judged, {because}" if told["judged"] else "none can be judged"
    )


def _silence(*rates: Entry) -> str | None:
    """Give the reason why there is no figure at all, if it is one and the same."""
    reasons = {rate["reason"] for rate in rates}
    one = len(reasons) == 1 and all(rate["value"] is None for rate in rates)
    return str(reasons.pop()) if one else None


def _share(what: str, rate: Entry) -> str:
    """Write a share with its denominator and interval, or why there is none.

    Examples
    --------
    >>> _share("With a find", {"value": 0.25, "n": 8, "low": 0.1, "high": 0.5, "reason": None})
    'With a find: 25.0 % of 8 (95 % interval 10.0 % to 50.0 %).'
    >>> _share("With a find", {"value": None, "n": 0, "low": None, "high": None, "reason": "x"})
    'With a find: not given; x.'
    """
    if rate["value"] is None:
        return f"{what}: not given; {rate['reason']}."
    shown = range_of(rate["low"], rate["high"]) or f" (no interval: {rate['reason']})"
    return f"{what}: {percent(rate['value'])} of {rate['n']:,}{shown}."


def _found(found: Entry, units: str) -> str:
    claimed = number(found["claimed"], 0 if float(found["claimed"]).is_integer() else 1)
    if found["found"] is None or found["value"] is None:
        return f"Found for each mine claimed: not given; {found['reason']}."
    if found["low"] is None:
        spread = f" (no interval: {found['reason']})"
    else:
        spread = f" (95 % interval {amount(found['low'])} to {amount(found['high'])})"
    return (
        f"Claimed in {found['units']:,} {units}: {claimed} mines; found: {found['found']:,}; found "
        f"for each claimed: {amount(found['value'])}{spread}."
    )


def _of_claimed(found: Entry) -> Row:
    return (
        number(found["units"]),
        number(found["claimed"]),
        number(found["found"]),
        NOTHING if found["value"] is None else amount(found["value"]),
    )


def _row_cells(group: Entry) -> Row:
    return (
        group["group"],
        number(group["rows"]),
        number(group["judged"]),
        _bare(group["with_finds"]["1"]["value"]),
        *_of_claimed(group["found"]),
        number(group["finds_near"]["n"]),
        _bare(group["finds_near"]["value"]),
    )


def _area_cells(group: Entry) -> Row:
    return (
        group["group"],
        number(group["outlines"]),
        number(group["judged"]),
        _bare(group["without_find"]["value"]),
        *_of_claimed(group["found"]),
        number(group["finds_inside"]["n"]),
        _bare(group["finds_inside"]["value"]),
        number(group["centroids_claimed"]),
    )


def _task_cells(group: Entry) -> Row:
    return (
        group["group"],
        number(group["tasks"]),
        number(group["searched"]),
        number(group["items"]),
        *_of_claimed(group["found"]),
        _bare(group["without_find"]["value"]),
        _bare(group["off_map"]["value"]),
    )


def _bare(share: float | None) -> str:
    return percent(share).removesuffix(" %")


_PER_CLAIMED = ("With a\ncount", "Claimed", "Found", "Found per\nclaimed")
_Told = Callable[[Entry, Entry], Iterator[str]]
_CLAIMED_SAID = (
    "Claimed and found: mines, in those judged that say how many they hold (with a count)."
)
_KINDS: dict[str, tuple[str, _Told, str, Sequence[str], Callable[[Entry], Row]]] = {
    "rows": (
        "Rows of mines",
        _rows,
        f"With a find: of the rows judged. {_CLAIMED_SAID} Near a row: of the finds of the group.",
        ("", "Rows", "Judged", "With a\nfind %", *_PER_CLAIMED, "Finds", "Near a\nrow %"),
        _row_cells,
    ),
    "areas": (
        "Outlines of minefields",
        _areas,
        f"Without find: of the outlines judged. {_CLAIMED_SAID} Inside: of the finds of the group.",
        (
            "",
            "Outlines",
            "Judged",
            "Without\nfind %",
            *_PER_CLAIMED,
            "Finds",
            "Inside\n%",
            "Claimed by\ncentroids",
        ),
        _area_cells,
    ),
    "tasks": (
        "Clearance tasks",
        _tasks,
        "Items: found in scope in searched tasks. Compared: searched tasks in which every claim "
        "says how many mines it holds; claimed and found are of these. Claimed, no find: of tasks "
        "in which a mine is claimed. Off the map: of tasks with items.",
        (
            "",
            "Tasks",
            "Searched",
            "Items",
            "Com-\npared",
            *_PER_CLAIMED[1:],
            "Claimed,\nno find %",
            "Off the\nmap %",
        ),
        _task_cells,
    ),
}
