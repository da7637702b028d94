"""Dates as texts: days and years that nobody can read otherwise."""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from datetime import date, datetime

import numpy as np
import numpy.typing as npt

from mapaccuracy.intake.cells import Texts
from mapaccuracy.schema import Floats

Days = npt.NDArray[np.datetime64]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S*)?", re.ASCII)
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)


def iso_days(texts: Texts) -> Days:
    """Read days that nobody can read otherwise: YYYY-MM-DD, with or without a time.

    Parameters
    ----------
    texts : ndarray of str, shape (n,)

    Returns
    -------
    ndarray of datetime64[D], shape (n,)
        The day as written, whatever the time zone; not a time (NaT) where a text is no such
        day.

    Examples
    --------
    >>> texts = ["2021-06-12", "2021-06-12T23:30:00-05:00", "12.06.2021", "2021-02-30", ""]
    >>> iso_days(np.array(texts, dtype=object)).astype(str).tolist()
    ['2021-06-12', '2021-06-12', 'NaT', 'NaT', 'NaT']
    """
    import pandas as pd

    codes, distinct = pd.factorize(texts)
    # Code -1, no text at all, takes the last one.
    days = np.array([*(_day(str(text)) for text in distinct), None], dtype="datetime64[D]")
    return days[codes]


def decimal_years(texts: Texts) -> Floats:
    """Read dates as years with decimals: YYYY-MM-DD (with or without a time), YYYY-MM or YYYY.

    Parameters
    ----------
    texts : ndarray of str, shape (n,)

    Returns
    -------
    ndarray of float, shape (n,)
        The middle of the day, the month or the year that is written: year + (days of the year
        before that middle) / (days of the year), in [1, 10000). NaN where a text is no such
        date.

    Notes
    -----
    What changes by the year, such as the magnetic declination, needs no more of a date that
    says no more. A distinct text is read once.

    Examples
    --------
    >>> texts = ["1992-06-12", "1992-06", "1992", "12.06.1992", "1992-13", ""]
    >>> decimal_years(np.array(texts, dtype=object)).round(2).tolist()
    [1992.45, 1992.46, 1992.5, nan, nan, nan]
    """
    import pandas as pd

    codes, distinct = pd.factorize(texts)
    years = np.array([*(_decimal_year(str(text)) for text in distinct), np.nan])
    return years[codes]


def _day(text: str) -> date | None:
    if _DAY.fullmatch(text) is None:
        return None
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def _decimal_year(text: str) -> float:
    if _YEAR.fullmatch(text):
        # There is no year 0 before the year 1.
        return int(text) + 0.5 if int(text) else np.nan
    whole_month = _MONTH.fullmatch(text) is not None
    first = _day(f"{text}-01" if whole_month else text)
    if first is None:
        return np.nan
    days = monthrange(first.year, first.month)[1] if whole_month else 1
    middle = first.toordinal() - date(first.year, 1, 1).toordinal() + days / 2
    return first.year + middle / (366 if isleap(first.year) else 365)
