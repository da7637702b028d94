"""Rules on the figures of a submission: gates, and what changed since an earlier result."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mapaccuracy.checks.gates import judge, rate_of
from mapaccuracy.checks.given import CannotRunError, Given
from mapaccuracy.checks.rule import rule
from mapaccuracy.schema import Problem, Severity
from mapaccuracy.schema.configuration import JUDGED

_SOURCE = "result"
# Of searched ground, the loss that rounding does not explain.
_SHRUNK = 0.01


def _result(given: Given) -> Mapping[str, Any]:
    if given.result is None:
        raise CannotRunError(given.no_result[0], failed=given.no_result[1])
    return given.result


def _baseline(given: Given) -> Mapping[str, Any]:
    if given.baseline is None:
        raise CannotRunError("no baseline was given (--baseline)")
    return given.baseline


def _judged(given: Given, outcome: str) -> list[tuple[Severity, dict[str, str]]]:
    if not given.gates:
        raise CannotRunError("the configuration has no gates")
    return [
        (
            "error" if entry.gate.level == "error" else "warning",
            {"metric": entry.gate.metric, "district": entry.district, "said": entry.said},
        )
        for entry in judge(_result(given), given.gates, given.baseline)
        if entry.outcome == outcome
    ]


@rule("MA701", why="A figure does not keep a limit that was agreed on.")
def gate_not_met(given: Given) -> list[Problem]:
    """Find gates that are not met."""
    return [
        Problem(
            "MA701", _SOURCE, severity="error" if level == "error" else "warning", values=values
        )
        for level, values in _judged(given, "not met")
    ]


@rule("MA702", why="Nobody can say from so few whether the limit is kept.")
def too_few(given: Given) -> list[Problem]:
    """Find gates that too few points or finds decide."""
    return [Problem("MA702", _SOURCE, values=values) for _, values in _judged(given, "too few")]


@rule("MA703", why="A check of figures that compares nothing would pass whatever the map is worth.")
def nothing_evaluated(given: Given) -> list[Problem]:
    """Find that no district has points and finds that can be compared."""
    result = _result(given)
    groups = result["districts"] or [result["overall"]]
    if any(group["precision"]["n"] and group["recall"]["n"] for group in groups):
        return []
    return [Problem("MA703", _SOURCE)]


def _pairs(given: Given) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Give the groups of now and before that have one name."""
    before, now = _baseline(given), _result(given)
    groups = {str(group["group"]): group for group in now["districts"]}
    yield "overall", now["overall"], before["overall"]
    for name, old in before["districts"].items():
        if name in groups:
            yield name, groups[name], old


def _changes(given: Given, *, better: bool) -> list[dict[str, str]]:
    out = []
    for name, now, old in _pairs(given):
        for metric in JUDGED:
            rate, was = rate_of(now, metric), old[metric]["value"]
            if was is None or rate["low"] is None or rate["high"] is None:
                continue
            if rate["low"] > was if better else rate["high"] < was:
                out.append(
                    {
                        "metric": metric,
                        "district": name,
                        "old": f"{was:.3g}",
                        "new": f"{rate['value']:.3g}",
                        "interval": f"{rate['low']:.3g} to {rate['high']:.3g}",
                    }
                )
    return out


@rule("MA601", why="The map is worse than the one before, beyond chance.")
def regressed(given: Given) -> list[Problem]:
    """Find rates of which even the upper end is below what they were."""
    changes = _changes(given, better=False)
    return [Problem("MA601", _SOURCE, values=values) for values in changes]


@rule("MA605", why="The next submission can be held against the better figure.")
def improved(given: Given) -> list[Problem]:
    """Find rates of which even the lower end is above what they were."""
    return [Problem("MA605", _SOURCE, values=values) for values in _changes(given, better=True)]


@rule("MA602", why="Figures of a district that is gone cannot be seen to fall.")
def district_gone(given: Given) -> list[Problem]:
    """Find districts of the baseline that the result does not have."""
    before, now = _baseline(given), _result(given)
    names = {str(group["group"]) for group in now["districts"]}
    return [
        Problem("MA602", _SOURCE, values={"district": name})
        for name in before["districts"]
        if name not in names
    ]


@rule("MA604", why="Cleared land does not become uncleared: an area is missing.")
def searched_shrank(given: Given) -> list[Problem]:
    """Find districts of which less ground counts as searched than before."""
    out = []
    for name, now, old in _pairs(given):
        was, is_now = old["searched_hectares"], now["searched_hectares"]
        if was is not None and is_now is not None and is_now < was * (1 - _SHRUNK):
            values = {"district": name, "old": f"{was:,.1f}", "new": f"{is_now:,.1f}"}
            out.append(Problem("MA604", _SOURCE, values=values))
    return out


RULES = (
    gate_not_met,
    too_few,
    nothing_evaluated,
    regressed,
    improved,
    district_gone,
    searched_shrank,
)
