"""Tables of the figures beyond counts and rates: rows for each group, as text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mapaccuracy.report.layout import NOTHING, Entry, interval, number, percent
from mapaccuracy.report.words import amount, hectares

Row = Sequence[str]
# Header of the column that says why a figure is missing.
REASON = "Why not"


@dataclass(frozen=True)
class Detail:
    """A table of which a group may have several rows, or none: headers start at the group."""

    title: str
    caption: str
    headers: Sequence[str]
    rows: Callable[[Any], Iterator[Row]]
    block: str


def _bare(share: float | None) -> str:
    return percent(share).removesuffix(" %")


def ladder_rows(ladder: Sequence[Entry], headline_m: float) -> list[Row]:
    """Write the rungs of the ladder, without per cent signs; an arrow marks the headline."""
    return [
        (
            f"{rung['tolerance_m']:g} m" + (" ←" if rung["tolerance_m"] == headline_m else ""),
            number(rung["confirmed"]),
            _bare(rung["precision"]),
            _bare(rung["expected_precision"]),
            _bare(rung["any_find_share"]),
            _bare(rung["expected_any_find_share"]),
            number(rung["mapped"]),
            _bare(rung["recall"]),
            _bare(rung["any_point_share"]),
        )
        for rung in ladder
    ]


def ladder_silence(ladder: Sequence[Entry]) -> str:
    """Say why rungs have no figures by pair, nothing where all have.

    Examples
    --------
    >>> ladder_silence([{"tolerance_m": 5.0, "reason": None}, {"tolerance_m": 20.0, "reason": "x"}])
    ' At 20 m: x.'
    """
    reasons: dict[str, list[str]] = {}
    for rung in ladder:
        if rung["reason"] is not None:
            reasons.setdefault(rung["reason"], []).append(f"{rung['tolerance_m']:g}")
    return "".join(f" At {', '.join(at)} m: {reason}." for reason, at in reasons.items())


def _rungs(ladder: Sequence[Entry]) -> Iterator[Row]:
    for rung in ladder:
        yield (
            f"{rung['tolerance_m']:g} m",
            number(rung["n"]),
            number(rung["confirmed"]),
            percent(rung["precision"]),
            percent(rung["expected_precision"]),
            percent(rung["any_find_share"]),
            percent(rung["expected_any_find_share"]),
            number(rung["mapped"]),
            percent(rung["recall"]),
            percent(rung["f1"]),
            percent(rung["any_point_share"]),
            rung["reason"] or "",
        )


def _chance(chance: Entry) -> Iterator[Row]:
    for name in ("records", "inside"):
        null = chance[name]
        yield (
            "where the records lie" if name == "records" else "where mines are inside them",
            number(null["records"]),
            number(null["points"]),
            percent(null["observed_precision"]),
            percent(null["expected_precision"]),
            percent(null["expected_recall"]),
            number(null["skill"], 2),
            number(null["p"], 3),
            number(null["draws"]),
            number(null["mc_error"], 4),
            null["reason"] or "",
        )
    ground = chance["ground"]
    yield (
        "any searched ground, any find near",
        "",
        number(ground["samples"]),
        "",
        percent(ground["any_find_share"]),
        "",
        "",
        "",
        "",
        number(ground["mc_error"], 4),
        ground["reason"] or "",
    )


def _resolution(resolution: Entry) -> Iterator[Row]:
    answer = {True: "yes", False: "no", None: "not known"}[resolution["resolvable"]]
    yield (
        amount(resolution["spacing_m"], "m"),
        number(resolution["ratio"], 2),
        answer,
        resolution["reason"] or "",
    )


def _agreement(agreement: Entry) -> Iterator[Row]:
    share = agreement["share"]
    yield (
        number(share["n"]),
        number(agreement["agreeing"]),
        percent(share["value"]),
        interval(share),
        percent(agreement["expected_share"]),
        share["reason"] or agreement["reason"] or "",
    )


def _position(position: Entry) -> Iterator[Row]:
    yield (
        number(position["n"]),
        *(amount(position[name]) for name in ("bias_east_m", "bias_north_m", "bias_m")),
        number(position["bias_bearing_deg"]),
        number(position["bias_p"], 3),
        *(
            amount(position[name])
            for name in (
                "rmse_east_m",
                "rmse_north_m",
                "rmse_radial_m",
                "ce50_m",
                "ce90_m",
                "ce95_m",
                "median_m",
                "p90_m",
                "p95_m",
                "sigma_untruncated_m",
            )
        ),
        position["reason"] or "",
    )


_LEVELS = ("50", "80", "95")


def _effort(effort: Entry) -> Iterator[Row]:
    yield (
        number(effort["finds"]),
        number(effort["auc"], 3),
        _area_interval(effort["auc_low"], effort["auc_high"]),
        number(effort["mc_error"], 3),
        *(hectares(effort["hectares_for"][level]) for level in _LEVELS),
        *(hectares(effort["hectares_saved"][level]) for level in _LEVELS),
        *(number(effort[f"hectares_per_find_{how}_map"]["80"], 4) for how in ("with", "without")),
        effort["reason"] or "",
    )


def _area_interval(low: float | None, high: float | None) -> str:
    return NOTHING if low is None else f"{low:.3f}–{high:.3f}"


def _curve(effort: Entry) -> Iterator[Row]:
    for step in effort["curve"]:
        yield (
            f"{step['radius_m']:g} m",
            percent(step["area_share"]),
            percent(step["find_share"]),
            number(step["pai"], 2),
        )


def _pairs_by_type(types: Entry) -> Iterator[Row]:
    for cell in types["table"]:
        yield cell["claimed"], cell["found"], number(cell["n"])


def _ratios(types: Entry) -> Iterator[Row]:
    for entry in types["ratios"]:
        yield (
            entry["type"],
            number(entry["claimed"]),
            number(entry["found"]),
            amount(entry["ratio"]),
            "–" if entry["low"] is None else f"{amount(entry['low'])}–{amount(entry['high'])}",
            entry["reason"] or "",
        )


def _whole_map(whole: Entry) -> Iterator[Row]:
    yield (
        percent(whole["verified_share"]),
        percent(whole["value"]),
        NOTHING if whole["low"] is None else interval(whole),
        percent(whole["bound_low"]),
        percent(whole["bound_high"]),
        percent(whole["released_bound"]),
        percent(whole["half_as_likely"]),
        percent(whole["fifth_as_likely"]),
        number(whole["strata"]),
        percent(whole["left_out_share"]),
        whole["reason"] or "",
    )


def _selection(selection: Sequence[Entry]) -> Iterator[Row]:
    for entry in selection:
        yield (
            entry["attribute"],
            number(entry["searched"], 2),
            number(entry["unsearched"], 2),
            number(entry["difference"], 2),
            "yes" if entry["flagged"] else "no",
        )


def _parts(parts: Entry) -> Iterator[Row]:
    named = {
        "near the map's points": parts["near_map"],
        **{f"reason for search: {name}": rate for name, rate in parts["by_reason"].items()},
        "before the map was received": parts["before_map"],
        "since the map was received": parts["after_map"],
        "without a date": parts["undated"],
    }
    for name, rate in named.items():
        yield (
            name,
            number(rate["n"]),
            percent(rate["value"]),
            interval(rate),
            number(rate["clusters"]),
            rate["reason"] or "",
        )


def _accidents(accidents: Entry) -> Iterator[Row]:
    for entry in accidents["beyond"]:
        share: Mapping[str, Any] = entry["share"]
        yield (
            f"{entry['tolerance_m']:g} m",
            number(share["n"]),
            percent(share["value"]),
            interval(share),
            number(share["clusters"]),
            share["reason"] or "",
        )


DETAILS = (
    Detail(
        "Against chance",
        "The same map without knowledge. As supplied, by chance: precision of the records that "
        "could be tested. Skill = (as supplied - by chance) / (1 - by chance). p = (draws at least "
        "as precise + 1) / (draws + 1), or that of clusters of records if larger. Of ground: "
        "many-to-one, a figure and never a test.",
        (
            "Question",
            "Records",
            "Points",
            "As supplied",
            "By chance",
            "Recall by chance",
            "Skill",
            "p",
            "Draws",
            "Error",
            REASON,
        ),
        _chance,
        "chance",
    ),
    Detail(
        "Resolution",
        "Median distance from a supplied point to the next, and whether one can be told from the "
        "next at the tolerance.",
        ("Spacing", "Spacing / tolerance", "Told apart", REASON),
        _resolution,
        "resolution",
    ),
    Detail(
        "Agreement by record",
        "Records judged, and those of which enough points have any find within the tolerance. "
        "95 % interval in per cent.",
        ("Judged", "Agree", "Share", "95 %", "By chance", REASON),
        _agreement,
        "agreement",
    ),
    Detail(
        "Other tolerances",
        "The points are those that can be judged at the headline tolerance. Any find, any point: "
        "many-to-one. Anywhere: any find near a point put anywhere in the searched ground.",
        (
            "Tolerance",
            "Points",
            "Confirmed",
            "Precision",
            "By chance",
            "Any find",
            "Anywhere",
            "Mapped",
            "Recall",
            "F1",
            "Any point",
            REASON,
        ),
        _rungs,
        "ladder",
    ),
    Detail(
        "Position error of the pairs",
        "Metres, supplied minus find. Errors beyond the tolerance are in no figure. CE: radius "
        "that holds 50, 90, 95 % under a normal model with this shift; then quantiles of the "
        "distances, and the standard deviation per axis allowing for the tolerance.",
        (
            "Pairs",
            "East",
            "North",
            "Shift",
            "Bearing",
            "p of no shift",
            "RMSE east",
            "RMSE north",
            "RMSE radial",
            "CE50",
            "CE90",
            "CE95",
            "Median",
            "90 %",
            "95 %",
            "Sigma",
            REASON,
        ),
        _position,
        "position",
    ),
    Detail(
        "Effort",
        "Searched ground in order of distance from the supplied points. Hectares to have found 50, "
        "80, 95 % of the finds, hectares less than in random order, and hectares a find at 80 %. "
        "Area under the curve: 0.5 is no help, 1 the most. It speaks of the searched ground "
        "only, which was chosen on suspicion.",
        (
            "Finds",
            "Area under curve",
            "its 95 %",
            "Error",
            "ha for 50 %",
            "80 %",
            "95 %",
            "ha less at 50 %",
            "80 %",
            "95 %",
            "ha a find with map",
            "without",
            REASON,
        ),
        _effort,
        "effort",
    ),
    Detail(
        "Success rate by radius",
        "Searched ground and finds within a radius of the supplied points. PAI = finds / ground.",
        ("Radius", "Ground", "Finds", "PAI"),
        _curve,
        "effort",
    ),
    Detail(
        "Types of the pairs",
        "Points that can be judged and finds that count, by type claimed and type found.",
        ("Claimed", "Found", "Number"),
        _pairs_by_type,
        "types",
    ),
    Detail(
        "Finds for each point claimed",
        "Points that can be judged and finds that count, by type; interval over clusters of both.",
        ("Type", "Claimed", "Found", "Ratio", "95 %", REASON),
        _ratios,
        "types",
    ),
    Detail(
        "The whole map",
        "Estimate: if points not searched were like those of their stratum that were. Bounds: "
        "without any assumption. Released: land released without search counted as not confirmed.",
        (
            "Judged",
            "Estimate",
            "95 %",
            "Bound low",
            "Bound high",
            "Released",
            "Half as likely",
            "A fifth as likely",
            "Strata",
            "Strata without any judged",
            REASON,
        ),
        _whole_map,
        "whole_map",
    ),
    Detail(
        "Searched points against the others",
        "What the map says of both. Difference in standard deviations; flagged beyond 0.25.",
        ("Attribute", "Searched", "Others", "Difference", "Flagged"),
        _selection,
        "selection",
    ),
    Detail(
        "Recall of parts",
        "95 % interval in per cent.",
        ("Finds", "Count", "Recall", "95 %", "Clusters", REASON),
        _parts,
        "recall_parts",
    ),
    Detail(
        "Accidents outside the map",
        "Accidents farther than a distance from every supplied point. 95 % interval in per cent.",
        ("Farther than", "Accidents", "Share", "95 %", "Clusters", REASON),
        _accidents,
        "accidents",
    ),
)
