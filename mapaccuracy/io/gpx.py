"""GPX from a handset: waypoints with their names, and what else is said of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from mapaccuracy.coordinates import WGS84
from mapaccuracy.intake.headers import distinct_names
from mapaccuracy.io.markup import Element, Walk, plain_text, with_ids
from mapaccuracy.io.request import Request
from mapaccuracy.schema import RawTable

_FIRST = ("name", "lat", "lon", "ele", "time")
_LEFT_OUT = {"trk": "tracks", "rte": "routes"}


def read(request: Request) -> tuple[RawTable, ...]:
    """Read the waypoints of a GPX file; its positions are WGS 84, kept as they are written.

    Raises
    ------
    InputError
        If it is no GPX or has no waypoints.
    """
    import pandas as pd

    if request.layer is not None:
        raise request.no_layer([])
    rows: list[dict[str, str]] = []
    others: Counter[str] = Counter()

    def found(element: Element, _: Sequence[str]) -> None:
        rows.append(_cells(element))

    def opened(path: Sequence[str]) -> None:
        others.update(path[-1:] if path[-1] in _LEFT_OUT else ())

    Walk(request, "gpx", ["wpt"], found, opened).over(request.data, "GPX")
    left = " and ".join(f"{_LEFT_OUT[name]} ({others[name]:,})" for name in sorted(others))
    if not rows:
        raise request.empty(f": it has no waypoints, only {left}" if left else "")
    names = list(dict.fromkeys([*_FIRST, *(name for row in rows for name in row)]))
    cells = {name: [row.get(name, "") for row in rows] for name in names}
    names = [name for name in names if name in ("name", "lat", "lon") or any(cells[name])]
    numbers = [str(number) for number in range(1, len(names) + 1)]
    headers = with_ids(request, distinct_names(names, numbers))
    return (
        RawTable(
            source=request.name,
            frame=pd.DataFrame(
                {
                    header: pd.Series(cells[name], dtype=object)
                    for header, name in zip(headers, names, strict=True)
                }
            ),
            rows=np.arange(len(rows), dtype=np.int64) + 1,
            place="feature",
            crs=WGS84,
            sha256=request.sha256,
            problems=(request.left_out(left),) if left else (),
        ),
    )


def _cells(waypoint: Element) -> dict[str, str]:
    """Take a waypoint apart; what extensions hold goes by its own names, after all else."""
    cells = {name: waypoint.attributes.get(name, "").strip() for name in ("lat", "lon")}
    inner: list[Element] = []
    for child in waypoint.children:
        if child.name == "extensions":
            inner += child.children
        elif not child.children:
            cells.setdefault(child.name, plain_text(child.text))
    while inner:
        element = inner.pop(0)
        if element.children:
            inner = [*element.children, *inner]
        else:
            cells.setdefault(element.name, plain_text(element.text))
    return cells
