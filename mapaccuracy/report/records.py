"""The table of minefield records, which only those see who asked for locations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mapaccuracy.report.layout import NOTHING, Entry, number

if TYPE_CHECKING:
    import pandas as pd

# The rest goes to the file.
MOST_ROWS = 40
FILE = "restricted/records.csv"
HEADERS = (
    "Record",
    "Clai-\nmed",
    "Verifi-\nable",
    "Con-\nfirmed",
    "By\nchance",
    "Any\nfind",
    "Nearest\nfind",
    "Spac-\ning m",
    "East\nm",
    "North\nm",
    "Position",
)


@dataclass(frozen=True)
class Section:
    """A table of records and what stands around it.

    Attributes
    ----------
    caption : str
    headers : sequence of str
    rows : list of sequence of str
        Worst first.
    reasons : list of str
        Why positions are judged as they are, with how many records each holds for.
    more : str or None
        Where the records are that are not shown.
    """

    caption: str
    headers: Sequence[str]
    rows: list[Sequence[str]]
    reasons: list[str]
    more: str | None


def section(
    document: Entry, locations: Mapping[str, Any] | None, most: int = MOST_ROWS
) -> Section | None:
    """Lay out the records; None where the settings or the user do not ask for them.

    Parameters
    ----------
    document : mapping
        The result document.
    locations : mapping or None
        Holds the table ``records``, where the user asked for locations.
    most : int
        Rows to show.

    Returns
    -------
    Section or None
    """
    if document["settings"]["by"] != "record" or locations is None:
        return None
    records = locations["records"]
    settings = document["settings"]
    left = len(records) - most
    judged = records.groupby(["verdict", "why"], sort=False).size()
    return Section(
        caption=(
            "Restricted, by minefield record, worst first. Claimed: single points. By chance: "
            "confirmed on average where the record is moved about in its own searched ground. "
            "Any find: verifiable points with a find within "
            f"{settings['tolerance_m']:g} m. Nearest find: from any point of the record. East, "
            "north: mean of point minus find, from 10 pairs on, where the record agrees better "
            "than when shifted along itself. The position of the record is judged, not its "
            "single mines."
        ),
        headers=HEADERS,
        rows=_rows(records.head(most)),
        reasons=[f"{verdict}, {n:,}: {why}" for (verdict, why), n in judged.items()],
        more=f"and {left:,} more in {FILE} (--out DIR)" if left > 0 else None,
    )


def as_csv(locations: Mapping[str, Any]) -> bytes:
    """Write the records as CSV; undefined values are empty, numbers read back equal."""
    text: str = locations["records"].to_csv(index=False, lineterminator="\n")
    return text.encode()


def _rows(records: pd.DataFrame) -> list[Sequence[str]]:
    return [
        (
            row["record"],
            *(number(row[name]) for name in ("claimed", "verifiable", "confirmed")),
            _measure(row["expected_confirmed"]),
            number(row["any_find"]),
            row["nearest_find_class"],
            *(_measure(row[name]) for name in ("spacing_m", "bias_east_m", "bias_north_m")),
            row["verdict"].removeprefix("position "),
        )
        for row in records.to_dict("records")
    ]


def _measure(value: float) -> str:
    """Write a number to a tenth, or that there is none.

    Examples
    --------
    >>> _measure(12.34), _measure(float("nan"))
    ('12.3', '–')
    """
    return NOTHING if math.isnan(value) else number(value, 1)
