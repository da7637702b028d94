"""Whether figures keep the limits that somebody set; from the result document alone.

A gate acts on an end of an interval, so that it does not trip on chance: it fails where even the
upper end is too low, or, if asked for, where the lower end is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from mapaccuracy.schema.configuration import JUDGED, Gate

Outcome = Literal["met", "not met", "too few", "not judged"]
_ALL = "*"
_ENDS = {"upper": "high", "lower": "low", "value": "value"}
_SAID = {"upper": "the upper end", "lower": "the lower end", "value": "the value"}

Group = Mapping[str, Any]


@dataclass(frozen=True)
class Judged:
    """What became of a gate in one district.

    Attributes
    ----------
    gate : Gate
    district : str
        Name of the group; ``overall`` where the result has no districts.
    outcome : {"met", "not met", "too few", "not judged"}
    said : str
        Why, in words.
    """

    gate: Gate
    district: str
    outcome: Outcome
    said: str


def judge(
    result: Mapping[str, Any], gates: Sequence[Gate], baseline: Mapping[str, Any] | None = None
) -> list[Judged]:
    """Judge gates.

    Parameters
    ----------
    result : mapping
        The result document.
    gates : sequence of Gate
    baseline : mapping, optional
        Earlier figures, against which ``max_drop`` is held.

    Returns
    -------
    list of Judged
        One for each gate and district it speaks of.

    Examples
    --------
    >>> rate = {"value": 0.5, "low": 0.3, "high": 0.6, "n": 40, "reason": None}
    >>> result = {"overall": {"group": "overall", "recall": rate}, "districts": []}
    >>> [judge(result, [Gate("recall", min=0.7, use=use)])[0].outcome
    ...  for use in ("upper", "lower", "value")]
    ['not met', 'not met', 'not met']
    >>> judge(result, [Gate("recall", min=0.55)])[0].outcome
    'met'
    """
    groups: list[Group] = list(result["districts"]) or [result["overall"]]
    known = {str(group["group"]): group for group in groups}
    out: list[Judged] = []
    for gate in gates:
        names = list(known) if _ALL in gate.districts else list(gate.districts)
        for name in names:
            if name in known:
                outcome, said = _of_group(gate, known[name], _before(baseline, name, gate.metric))
            else:
                outcome, said = "not judged", "the result has no such district"
            out.append(Judged(gate, name, outcome, said))
    return out


def _before(baseline: Mapping[str, Any] | None, name: str, metric: str) -> Group | None:
    if baseline is None:
        return None
    group = baseline["districts"].get(name, baseline["overall"] if name == "overall" else None)
    return None if group is None else group.get(metric)


def rate_of(group: Group, metric: str) -> dict[str, Any]:
    """Give ``value``, ``low``, ``high`` and ``n`` of a figure; None where it has no interval."""
    if metric in JUDGED:
        return {name: group[metric][name] for name in ("value", "low", "high", "n")}
    n = int(group["supplied"])
    if metric == "f1":
        n = min(int(group["precision"]["n"]), int(group["recall"]["n"]))
    return {"value": group[metric], "low": None, "high": None, "n": n}


def _of_group(gate: Gate, group: Group, before: Group | None) -> tuple[Outcome, str]:
    rate = rate_of(group, gate.metric)
    if rate["value"] is None:
        return "not judged", "it is not defined here"
    if rate["n"] < gate.min_n:
        return "too few", f"of {rate['n']:,}, and at least {gate.min_n:,} are asked for"
    told: list[str] = []
    if gate.min is not None:
        held = rate[_ENDS[gate.use]]
        if held is None:
            return "too few", "there is no interval"
        if held < gate.min:
            return (
                "not met",
                f"{_SAID[gate.use]} {held:.3g} is below {gate.min:g} (n {rate['n']:,})",
            )
        told.append(f"{_SAID[gate.use]} {held:.3g} is not below {gate.min:g} (n {rate['n']:,})")
    if gate.max_drop is not None:
        if before is None or before.get("value") is None:
            return "not judged", "there is no earlier figure; name one with --baseline"
        upper = rate["value"] if gate.metric not in JUDGED else rate["high"]
        if upper is None:
            return "too few", "there is no interval"
        least = before["value"] - gate.max_drop
        of = "the value" if gate.metric not in JUDGED else "the upper end"
        was = f"{before['value']:.3g} before less {gate.max_drop:g}"
        if upper < least:
            return "not met", f"{of} {upper:.3g} is below {was} (n {rate['n']:,})"
        told.append(f"{of} {upper:.3g} is not below {was}")
    return "met", "; ".join(told)
