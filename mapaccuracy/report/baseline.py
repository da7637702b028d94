"""A baseline as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_METRICS = ("precision", "recall")
_LONGEST = 40


def render(document: Mapping[str, Any], locations: Any = None) -> dict[str, bytes]:  # noqa: ARG001
    """Render a line for each district: rates with their intervals, and searched hectares."""
    groups = {"overall": document["overall"], **document["districts"]}
    wide = min(_LONGEST, max(map(len, groups)))
    lines = [f"{'':<{wide}}  {'precision':<26}{'recall':<26}searched ha"]
    for name, group in groups.items():
        rates = "".join(f"{_rate(group[metric]):<26}" for metric in _METRICS)
        hectares = group["searched_hectares"]
        ground = "-" if hectares is None else f"{hectares:,.1f}"
        lines.append(f"{name[:wide]:<{wide}}  {rates}{ground}")
    lines += [
        "",
        f"Tolerance {document['tolerance_m']:g} m. Accepted findings: "
        f"{len(document['accepted']):,}.",
        "",
    ]
    return {"baseline.txt": "\n".join(lines).encode()}


def _rate(rate: Mapping[str, Any]) -> str:
    if rate["value"] is None:
        return "-"
    ends = "" if rate["low"] is None else f" ({rate['low']:.2f}-{rate['high']:.2f})"
    return f"{rate['value']:.2f}{ends} n {rate['n']:,}"
