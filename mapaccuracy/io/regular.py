"""Regular CSV text, read by Arrow where it is installed: the same table, several times sooner."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def parse(
    data: bytes,
    body: int,
    headers: Sequence[str],
    separator: str,
    wanted: Sequence[str],
    numbers: Collection[str],
    decimal: str,
) -> pd.DataFrame | None:
    r"""Read the rows of a text without quotation marks in which each row has every cell.

    Parameters
    ----------
    data : bytes
        UTF-8.
    body : int
        Where the rows begin, in bytes.
    headers : sequence of str
        One a column; distinct.
    separator : str
    wanted : sequence of str
        Headers of the columns that are read.
    numbers : collection of str
        Headers of columns of numbers; the others stay text. A blank number is NaN.
    decimal : {".", ","}

    Returns
    -------
    DataFrame or None
        None where another reader must do it: Arrow is not installed, a cell is no plain
        number, or the text is not as regular as that.

    Examples
    --------
    >>> frame = parse(b"id,lat\n007,39.5\n", 7, ["id", "lat"], ",", ["id", "lat"], ["lat"], ".")
    >>> frame is None or frame.to_numpy().tolist() == [["007", 39.5]]
    True
    """
    if find_spec("pyarrow") is None or len(headers) < 2 or _has_lone_returns(data):
        return None
    import pyarrow as pa
    from pyarrow import csv

    types = {name: pa.float64() if name in numbers else pa.large_string() for name in wanted}
    try:
        table = csv.read_csv(
            pa.BufferReader(pa.py_buffer(data).slice(body)),
            read_options=csv.ReadOptions(column_names=list(headers)),
            parse_options=csv.ParseOptions(
                delimiter=separator, quote_char=False, ignore_empty_lines=False
            ),
            convert_options=csv.ConvertOptions(
                column_types=types,
                include_columns=list(wanted),
                null_values=[""],
                strings_can_be_null=False,
                decimal_point=decimal,
            ),
        )
    except pa.ArrowException:  # the reason is told by the other reader, without the cell's text
        return None
    frame: pd.DataFrame = table.to_pandas()
    return frame


def _has_lone_returns(data: bytes) -> bool:
    """Tell whether a carriage return stands where no line ends: readers differ over these."""
    return b"\r" in data and data.count(b"\r") != data.count(b"\r\n")
