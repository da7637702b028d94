"""Well-known binary of plain points, read all at once and not one object after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mapaccuracy.schema import PlainPoints

if TYPE_CHECKING:
    import pandas as pd

_POINT = np.dtype([("order", "u1"), ("type", "<u4"), ("east", "<f8"), ("north", "<f8")])
_LITTLE_ENDIAN, _PLANE_POINT = 1, 1


def from_wkb(octets: Any, n: int) -> PlainPoints | None:
    """Read points that stand one after the other.

    Parameters
    ----------
    octets : bytes or buffer
        Of n geometries, 21 bytes each.
    n : int

    Returns
    -------
    PlainPoints or None
        None if a geometry is no point of two finite coordinates, or its bytes are in the order
        of other machines.

    Examples
    --------
    >>> import shapely
    >>> from_wkb(shapely.Point(46.5, 39.5).wkb * 2, 2).north.tolist()
    [39.5, 39.5]
    """
    points = np.frombuffer(octets, dtype=_POINT, count=n)
    plain = (points["order"] == _LITTLE_ENDIAN) & (points["type"] == _PLANE_POINT)
    east, north = np.ascontiguousarray(points["east"]), np.ascontiguousarray(points["north"])
    # A point of coordinates that are no numbers is an empty one.
    if not (plain & np.isfinite(east) & np.isfinite(north)).all():
        return None
    return PlainPoints(east, north)


def of_features(binary: npt.NDArray[np.object_]) -> PlainPoints | None:
    """Read the geometries of features, each bytes or None, if all are plain points."""
    lengths = {0 if entry is None else len(entry) for entry in binary}
    return from_wkb(b"".join(binary), binary.size) if lengths == {_POINT.itemsize} else None


def of_geoparquet(data: bytes) -> tuple[pd.DataFrame, PlainPoints, Any] | None:
    """Read a GeoParquet file whose only geometries are plain points in well-known binary.

    Parameters
    ----------
    data : bytes

    Returns
    -------
    tuple of DataFrame, PlainPoints and CRS or None, or None
        The other columns; as geopandas reads them, which decides what the file's metadata mean.
        None if the file is of another kind.

    Raises
    ------
    Exception
        As of `geopandas.read_parquet`, which has many.
    """
    import geopandas as gpd
    import pyarrow as pa
    from pyarrow import parquet

    file = parquet.ParquetFile(pa.BufferReader(data))
    head = pa.BufferOutputStream()
    parquet.write_table(file.schema_arrow.empty_table(), head)
    without_rows = gpd.read_parquet(pa.BufferReader(head.getvalue()))
    name = without_rows.geometry.name
    others = [column for column in without_rows.columns if column != name]
    if not others or "geometry" in map(str, without_rows[others].dtypes):
        return None
    table = file.read(columns=[name, *others])
    column = table.column(name)
    binary = pa.types.is_binary(column.type) or pa.types.is_large_binary(column.type)
    if not binary or column.null_count:
        return None
    try:
        fixed = column.cast(pa.binary(_POINT.itemsize)).combine_chunks()
    except pa.ArrowInvalid:  # some are longer or shorter
        return None
    if fixed.offset:
        return None
    points = from_wkb(fixed.buffers()[1], len(fixed))
    if points is None:
        return None
    return table.select(others).to_pandas(), points, without_rows.crs
