"""How dates are written, by the directives of strptime: what such a format tells."""

from __future__ import annotations

import unicodedata
from datetime import UTC, date, datetime
from typing import Literal

Precision = Literal["day", "month", "year"]

# Two days of different years, months and weeks: what a format loses, it loses of one of them.
_PROBES = (datetime(2019, 11, 28, tzinfo=UTC), datetime(2021, 6, 12, tzinfo=UTC))


def precision_of(form: str) -> Precision | None:
    """Tell how much of a date a format tells.

    Parameters
    ----------
    form : str
        Such as ``%d/%m/%Y``; the directives of `datetime.datetime.strptime`.

    Returns
    -------
    {"day", "month", "year"} or None
        None if it does not tell the year, tells a day without its month, or is no format.

    Examples
    --------
    >>> [precision_of(form) for form in ("%d.%m.%y", "%m/%Y", "%Y", "%d/%m", "%Q")]
    ['day', 'month', 'year', None, None]
    """
    read = []
    for probe in _PROBES:
        try:
            read.append((probe.date(), day_in(probe.strftime(form), form)))
        except ValueError:
            return None
    shapes: tuple[tuple[Precision, dict[str, int]], ...] = (
        ("day", {}),
        ("month", {"day": 1}),
        ("year", {"month": 1, "day": 1}),
    )
    return next(
        (name for name, lost in shapes if all(day.replace(**lost) == got for day, got in read)),
        None,
    )


def day_in(text: str, form: str) -> date | None:
    """Read a date that is written in a format, with the digits of any script; None if it is not.

    Examples
    --------
    >>> day_in("12/06/2021", "%d/%m/%Y"), day_in("12.06.2021", "%d/%m/%Y")
    (datetime.date(2021, 6, 12), None)
    """
    if not text.isascii():
        text = "".join(str(unicodedata.decimal(char, char)) for char in text)
    try:
        # The day as written: no zone is wanted here.
        return datetime.strptime(text, form).date()
    except ValueError:
        return None
