"""Cells as texts and as numbers, a column at a time."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mapaccuracy.schema import Bools, Floats, Ints

if TYPE_CHECKING:
    import pandas as pd

Texts = npt.NDArray[np.object_]

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_COMMA = r"[+-]?\d*,\d+"
_THOUSANDS = r"[+-]?\d{1,3},\d{3}"
_ENDLESS = r"(?i:[+-]?(?:nan|inf|infinity|n/a|null|none))"

# Why a text is no number, the first that fits; nothing here repeats the text.
_HINTS = (
    (re.compile(r"[°'\"′″]"), ": it holds marks of degrees, minutes or seconds"),
    (
        re.compile(r"\d\s*[NSEW]\s*$|^\s*[NSEW]\s*\d", re.IGNORECASE),
        ": give the sign, not a letter",
    ),
    (re.compile(r"\d[\s  ]+\d"), ": it holds a blank"),
    (re.compile(r",.*\.|\..*,|,.*,|\..*\."), ": it seems to hold a thousands separator"),
    (re.compile(r"[٠-٩۰-۹]"), ": give the digits 0 to 9"),
)


_LONGEST_SHOWN = 40


def shown(text: str) -> str:
    """Cut the text of a cell to what a message can hold.

    Examples
    --------
    >>> shown("cleared"), len(shown("x" * 2_000))
    ('cleared', 40)
    """
    return text if len(text) <= _LONGEST_SHOWN else f"{text[: _LONGEST_SHOWN - 1]}…"


def telling(text: str) -> bool:
    """Tell whether the text of a cell may be a position or an id: it holds a digit.

    Examples
    --------
    >>> telling("partly"), telling("INC-0042 at 46.5")
    (False, True)
    """
    return any(char.isdigit() for char in text)


def as_text(column: pd.Series[Any]) -> Texts:
    """Take cells as texts, without blanks around them; an empty cell is "".

    A whole number has no decimal point, a date is written as 2020-04-03.

    Parameters
    ----------
    column : Series, shape (n,)

    Returns
    -------
    ndarray of str, shape (n,)

    Examples
    --------
    >>> import pandas as pd
    >>> as_text(pd.Series([7.0, 7.5, None])).tolist()
    ['7', '7.5', '']
    >>> as_text(pd.Series([" 007", "x ", None])).tolist()
    ['007', 'x', '']
    """
    import pandas as pd

    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(object)
    if isinstance(column.dtype, pd.StringDtype):
        return np.asarray(column.str.strip().fillna("").to_numpy(dtype=object), dtype=object)
    values = column.to_numpy(dtype=object)
    out = np.empty(values.size, dtype=object)
    try:
        out[:] = list(map(str.strip, values))
    except TypeError:  # blank cells, numbers or dates among the texts
        out[:] = [_word(value) for value in values]
    return out


@dataclass(frozen=True, eq=False)
class Words:
    """Texts that repeat: each once, and for every row which of them.

    Rows are put into another order and looked at many times sooner than as texts.
    `numpy.asarray` gives the texts themselves.

    Attributes
    ----------
    codes : ndarray of int, shape (n,)
        Index in `texts`.
    texts : ndarray of str, shape (k,)
        Mostly distinct.

    Examples
    --------
    >>> words = Words(np.array([1, 0, 1]), np.array(["AP", "AT"], dtype=object))
    >>> np.asarray(words[1:]).tolist()
    ['AP', 'AT']
    """

    codes: npt.NDArray[np.signedinteger[Any]]
    texts: Texts

    def __getitem__(self, rows: Bools | Ints | slice) -> Words:
        return Words(self.codes[rows], self.texts)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Texts:
        return np.asarray(self.texts[self.codes], dtype=object)


Column = npt.NDArray[np.generic] | Words
Columns = dict[str, Column]


def as_words(column: pd.Series[Any]) -> Words:
    """Take cells as texts that repeat.

    The same as `as_text`; faster and smaller where a text stands in many rows.

    Parameters
    ----------
    column : Series, shape (n,)

    Returns
    -------
    Words

    Examples
    --------
    >>> import pandas as pd
    >>> np.asarray(as_words(pd.Series([" AP", "AT ", "AP", None]))).tolist()
    ['AP', 'AT', 'AP', '']
    """
    import pandas as pd

    if column.dtype != object and not isinstance(column.dtype, pd.StringDtype):
        return words_of(as_text(column))
    codes, words = pd.factorize(column)
    # 1 and True are one key, but two texts.
    if column.dtype == object and not all(isinstance(word, str) for word in words):
        return words_of(as_text(column))
    # Code -1, an empty cell, takes the last one.
    codes[codes < 0] = len(words)
    return Words(
        codes.astype(np.int32),
        np.append(as_text(pd.Series(words, dtype=column.dtype)), "").astype(object),
    )


def words_of(texts: Column) -> Words:
    """Find the distinct ones of texts.

    Examples
    --------
    >>> words_of(np.array(["b", "a", "b"], dtype=object)).codes.tolist()
    [0, 1, 0]
    """
    import pandas as pd

    if isinstance(texts, Words):
        return texts
    codes, distinct = pd.factorize(np.asarray(texts, dtype=object))
    return Words(codes.astype(np.int32), np.asarray(distinct, dtype=object))


def joined(pieces: Sequence[Column]) -> Column:
    """Put columns of several tables one below the other.

    Examples
    --------
    >>> one, other = (words_of(np.array([text], dtype=object)) for text in "ab")
    >>> np.asarray(joined([one, other, one])).tolist()
    ['a', 'b', 'a']
    """
    if len(pieces) == 1:
        return pieces[0]
    words = [piece for piece in pieces if isinstance(piece, Words)]
    if len(words) < len(pieces):
        return np.concatenate([np.asarray(piece) for piece in pieces])
    starts = np.cumsum([0, *(piece.texts.size for piece in words)]).tolist()
    codes = [
        np.add(piece.codes, start, dtype=np.int32)
        for piece, start in zip(words, starts, strict=False)
    ]
    return Words(np.concatenate(codes), np.concatenate([piece.texts for piece in words]))


def are(texts: Column, text: str) -> Bools:
    """Tell where a column holds a text, shape (n,).

    Examples
    --------
    >>> are(words_of(np.array(["b", "a", "b"], dtype=object)), "b").tolist()
    [True, False, True]
    """
    if isinstance(texts, Words):
        found = texts.texts == text
        return np.asarray(found[texts.codes], dtype=bool)
    return np.asarray(texts == text, dtype=bool)


def each_text(texts: Column, meaning: Callable[[str], str]) -> Texts:
    """Apply a function to each distinct text once, and give every row its outcome.

    Parameters
    ----------
    texts : ndarray of str, shape (n,), or Words
    meaning : callable of str to str

    Returns
    -------
    ndarray of str, shape (n,)

    Examples
    --------
    >>> each_text(np.array(["a", "b", "a"], dtype=object), str.upper).tolist()
    ['A', 'B', 'A']
    """
    words = words_of(texts)
    out = np.empty(words.texts.size, dtype=object)
    out[:] = [meaning(str(text)) for text in words.texts]
    return np.asarray(out[words.codes], dtype=object)


def _word(value: Any) -> str:
    if isinstance(value, str):
        return value.strip()
    if value is None or value != value or str(value) in ("<NA>", "NaT"):
        return ""
    if isinstance(value, (bool, np.bool_)):
        return str(value)
    if isinstance(value, (float, np.floating)):
        return (
            str(int(value))
            if np.isfinite(value) and float(value).is_integer()
            else repr(float(value))
        )
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return str(value).strip()


@dataclass(frozen=True)
class Numbers:
    """A column of numbers, and what kept cells from being one.

    Attributes
    ----------
    values : ndarray of float, shape (n,)
        NaN where there is no number.
    empty : ndarray of bool, shape (n,)
        The cell is blank, or says NaN.
    endless : ndarray of bool, shape (n,)
        The number is infinite.
    bad : ndarray of bool, shape (n,)
        The cell holds text that is no number.
    shown : callable
        Index to the cell as text.
    hint : callable
        Index of a bad cell to the likely cause, or "".
    """

    values: Floats
    empty: Bools
    endless: Bools
    bad: Bools
    shown: Callable[[int], str]
    hint: Callable[[int], str]


def as_numbers(column: pd.Series[Any], *, comma_is_decimal: bool) -> Numbers:
    """Take cells as numbers: plain decimals, with a decimal point or a decimal comma.

    Parameters
    ----------
    column : Series, shape (n,)
    comma_is_decimal : bool
        True if no value can have thousands (degrees). Otherwise a column in which every
        comma stands before exactly three digits is refused: nobody can tell.

    Returns
    -------
    Numbers

    Examples
    --------
    >>> import pandas as pd
    >>> as_numbers(pd.Series([" 39,99", "−1.5"]), comma_is_decimal=True).values.tolist()
    [39.99, -1.5]
    >>> found = as_numbers(pd.Series(["1,234", "5,678"]), comma_is_decimal=False)
    >>> found.bad.tolist(), found.hint(0)
    ([True, True], ': the comma may mean decimals or thousands')
    """
    import pandas as pd

    kind = column.dtype
    if pd.api.types.is_numeric_dtype(kind) and not (
        pd.api.types.is_bool_dtype(kind) or pd.api.types.is_complex_dtype(kind)
    ):
        values = np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan), dtype=np.float64)
        endless = np.isinf(values)
        return Numbers(
            values=np.where(endless, np.nan, values),
            empty=np.isnan(values),
            endless=endless,
            bad=np.zeros(values.size, dtype=bool),
            shown=lambda index: repr(float(values[index])),
            hint=lambda _: "",
        )
    return _from_text(as_text(column), comma_is_decimal)


def _from_text(every: Texts, comma_is_decimal: bool) -> Numbers:
    import pandas as pd

    # Counts and quantities repeat: each distinct text is read once.
    codes, distinct = pd.factorize(every)
    texts = np.asarray(distinct, dtype=object)
    cells = pd.Series(texts, dtype=object)
    plain = cells.str.replace("−", "-", regex=False)
    number = _matches(plain, _NUMBER)
    comma = _matches(plain, _COMMA)
    thousands = _matches(plain, _THOUSANDS)
    unclear = bool(not comma_is_decimal and comma.any() and (thousands | ~comma).all())
    if unclear:
        comma = np.zeros_like(comma)
    word = _matches(plain, _ENDLESS)
    blank = np.asarray(cells == "", dtype=bool)
    values = np.full(texts.size, np.nan)
    values[number] = plain[number].to_numpy(dtype=object).astype(np.float64)
    values[comma] = (
        plain[comma].str.replace(",", ".", regex=False).to_numpy(dtype=object).astype(np.float64)
    )
    infinite = np.isinf(values)  # 1e999
    values[infinite] = np.nan
    endless = infinite | (word & _matches(plain, r"(?i:[+-]?inf(?:inity)?)"))
    return Numbers(
        values=values[codes],
        empty=(blank | (word & ~endless))[codes],
        endless=endless[codes],
        bad=(~(number | comma | word | blank))[codes],
        shown=lambda index: str(every[index]),
        hint=lambda index: _hint(str(every[index]), unclear),
    )


def _matches(cells: pd.Series[Any], pattern: str) -> Bools:
    return np.asarray(cells.str.fullmatch(pattern, flags=re.ASCII), dtype=bool)


def _hint(text: str, unclear: bool) -> str:
    if unclear and re.fullmatch(_COMMA, text.replace("−", "-"), re.ASCII):
        return ": the comma may mean decimals or thousands"
    return next((hint for pattern, hint in _HINTS if pattern.search(text)), "")
