"""Every value of a run with its origin, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mapaccuracy.report.document import encoded

# Least and most of the columns of names and of values; a longer text moves only its own line.
_WIDTHS = ((23, 40), (24, 40))
_ORIGINS = {"environment": "environment ", "option": "option ", "configuration": ""}


def render_json(
    document: Mapping[str, Any],
    locations: Mapping[str, Any] | None = None,  # noqa: ARG001
) -> dict[str, bytes]:
    """Render a list of ``{name, value, origin, where}``."""
    return {"settings.json": encoded(document["values"])}


def render_table(
    document: Mapping[str, Any],
    locations: Mapping[str, Any] | None = None,  # noqa: ARG001
) -> dict[str, bytes]:
    """Render a line for each value: its name, the value, and where it comes from.

    Examples
    --------
    >>> rows = [{"name": "seed", "value": 7, "origin": "option", "where": "--seed"},
    ...         {"name": "crs", "value": None, "origin": "default", "where": None}]
    >>> print(render_table({"values": rows})["settings.txt"].decode(), end="")
    seed                     7                         option --seed
    crs                      not given                 default
    """
    rows = [(_plain(row["name"]), _shown(row["value"]), _origin(row)) for row in document["values"]]
    first, second = (
        max([least, *(len(row[part]) for row in rows if len(row[part]) <= most)])
        for part, (least, most) in enumerate(_WIDTHS)
    )
    lines = [f"{name:<{first}}  {value:<{second}}  {origin}" for name, value, origin in rows]
    return {"settings.txt": "".join(f"{line}\n" for line in lines).encode()}


def _origin(row: Mapping[str, Any]) -> str:
    if row["origin"] == "default":
        return "default"
    return _plain(f"{_ORIGINS[row['origin']]}{row['where']}")


def _shown(value: Any) -> str:
    """Show a value as a person would write it.

    Examples
    --------
    >>> [_shown(value) for value in (True, None, [1.0, 2.5], "optimal", {}, [])]
    ['true', 'not given', '1, 2.5', 'optimal', 'none', 'none']
    """
    if value is None:
        return "not given"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, Mapping):
        told = [f"{name} = {_shown(inner)}" for name, inner in value.items() if inner is not None]
        return "; ".join(told) or "none"
    if isinstance(value, list):
        return ", ".join(map(_shown, value)) or "none"
    return _plain(str(value))


def _plain(text: str) -> str:
    """Keep a text in its line: what cannot be printed is written as in JSON."""
    return text if text.isprintable() else json.dumps(text)[1:-1]
