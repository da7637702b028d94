"""Dates as texts: days and years that nobody can read otherwise, or as the user says."""

from __future__ import annotations

import re
from calendar import isleap, monthrange
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mapaccuracy.intake.cells import Texts
from mapaccuracy.schema import Bools, Floats
from mapaccuracy.schema.day_formats import day_in, precision_of

if TYPE_CHECKING:
    import pandas as pd

Days = npt.NDArray[np.datetime64]

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}\S*)?", re.ASCII)
_MONTH = re.compile(r"\d{4}-\d{2}", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
_NUMBERS = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2\d{2,4}(?!\d).*", re.DOTALL)
_MOST_MONTHS = 12
# How much of YYYY-MM-DD is written of a date that is known to a day, a month or a year.
_WRITTEN = {"day": 10, "month": 7, "year": 4}


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


def by_format(texts: Texts, cells: pd.Series[Any], form: str) -> tuple[Texts, Bools]:
    """Rewrite dates that are written in a stated format as YYYY-MM-DD.

    Parameters
    ----------
    texts : ndarray of str, shape (n,)
        Of the cells.
    cells : Series, shape (n,)
        As they were read: what a spreadsheet or a layer holds as a date is none to be read
        in any format.
    form : str
        Of `datetime.datetime.strptime`: ``%d/%m/%Y``, or ``%m/%Y`` for months, or ``%Y``.

    Returns
    -------
    texts : ndarray of str, shape (n,)
        YYYY-MM-DD, YYYY-MM or YYYY, as far as the format tells. The day is the one written,
        whatever the time zone. A text that does not fit stays as it is, for nobody to read.
    misfit : ndarray of bool, shape (n,)
        There is a text, and it does not fit. YYYY-MM-DD fits every format, because it cannot
        mean another day, unless the format itself gives these numbers another order.

    Notes
    -----
    Names of months are English; two digits of a year are 1969 to 2068. A distinct text is
    read once.

    Examples
    --------
    >>> import pandas as pd
    >>> cells = pd.Series(["03/04/2021", "2021-04-03", "31/02/2021", ""])
    >>> texts, misfit = by_format(cells.to_numpy(dtype=object), cells, "%d/%m/%Y")
    >>> texts.tolist(), misfit.tolist()
    (['2021-04-03', '2021-04-03', '31/02/2021', ''], [False, False, True, False])
    """
    import pandas as pd

    plain = _DAY.match(date(2021, 6, 12).strftime(form)) is None
    written = _WRITTEN[precision_of(form) or "day"]

    def told(text: str) -> str | None:
        day = day_in(text, form)
        if day is not None:
            return day.isoformat()[:written]
        return text if not text or (plain and _day(text) is not None) else None

    codes, distinct = pd.factorize(texts)
    read = [told(str(text)) for text in distinct]
    fits = np.array([*(text is not None for text in read), True], dtype=bool)
    # A misfit must not be read as YYYY-MM-DD if its numbers are said to stand otherwise.
    kept = [text if plain else "" for text in distinct]
    out = np.empty(len(read) + 1, dtype=object)
    out[:] = [*(own if new is None else new for own, new in zip(kept, read, strict=True)), ""]
    result, misfit = out[codes], ~fits[codes]
    dated = _are_dates(cells)
    result[dated], misfit[dated] = np.asarray(texts, dtype=object)[dated], False
    return np.asarray(result, dtype=object), misfit


def ambiguous(texts: Texts) -> Bools:
    """Tell the dates that fit both day/month and month/day, as two different days; shape (n,).

    Examples
    --------
    >>> ambiguous(np.array(["03/04/2021", "3.3.21", "13-04-2021", "2021-04-03"], object)).tolist()
    [True, False, False, False]
    """
    import pandas as pd

    codes, distinct = pd.factorize(texts)
    return np.array([*(_is_ambiguous(str(text)) for text in distinct), False], dtype=bool)[codes]


def day_codes(texts: Texts) -> npt.NDArray[np.int64]:
    """Give each day that dates name a number, as far as their texts tell days apart.

    Returns
    -------
    ndarray of int, shape (n,)
        Equal for equal days; -1 where there is no text. Where a text is no day that can be
        read, its first word stands for the day.

    Examples
    --------
    >>> texts = ["2021-06-12", "2021-06-12T08:00", "12/06/2021 08:00", "12/06/2021 09:30", ""]
    >>> day_codes(np.array(texts, dtype=object)).tolist()
    [0, 0, 1, 1, -1]
    """
    import pandas as pd

    codes, distinct = pd.factorize(texts)
    words = [str(_day(text) or next(iter(text.split()), "")) for text in map(str, distinct)]
    days, named = pd.factorize(np.array([*words, ""], dtype=object))
    days[np.asarray(named[days] == "", dtype=bool)] = -1
    return np.asarray(days[codes], dtype=np.int64)


def _is_ambiguous(text: str) -> bool:
    found = _NUMBERS.fullmatch(text)
    if found is None:
        return False
    first, second = int(found[1]), int(found[3])
    return first != second and 1 <= first <= _MOST_MONTHS and 1 <= second <= _MOST_MONTHS


def _are_dates(cells: pd.Series[Any]) -> Bools:
    """Tell the cells that are dates already, and no texts."""
    import pandas as pd

    if cells.dtype != object:
        return np.full(len(cells), pd.api.types.is_datetime64_any_dtype(cells.dtype))
    if pd.api.types.infer_dtype(cells, skipna=False) == "string":
        return np.zeros(len(cells), dtype=bool)
    return np.fromiter((isinstance(cell, date) for cell in cells), dtype=bool, count=len(cells))


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
