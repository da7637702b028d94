"""Tables that a caller has in memory, as raw tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from mapaccuracy.intake.headers import distinct_names
from mapaccuracy.schema import RawTable, Role

if TYPE_CHECKING:
    import pandas as pd


def as_tables(
    data: RawTable | pd.DataFrame | Sequence[RawTable | pd.DataFrame], role: Role
) -> list[RawTable]:
    """Take tables in memory as raw tables.

    Parameters
    ----------
    data : DataFrame, GeoDataFrame, RawTable or sequence of these
        Rows are numbered from 1 in the given order. A GeoDataFrame states its coordinate
        system; a DataFrame states none.
    role : str
        Names the tables in messages.

    Returns
    -------
    list of RawTable

    Raises
    ------
    TypeError
        For anything else, a path for example, or a geometry column of anything but
        geometries of shapely.

    Examples
    --------
    >>> import pandas as pd
    >>> (table,) = as_tables(pd.DataFrame({"id": ["F-1"], "x": [1.0], "y": [2.0]}), "finds")
    >>> table.source, table.where(0, "x")
    ('finds', 'row 1, column x')
    """
    if isinstance(data, (list, tuple)):
        tables = [table for entry in data for table in as_tables(entry, role)]
        own = [number for number, table in enumerate(tables) if table.source == role]
        if len(own) > 1:
            for count, number in enumerate(own, start=1):
                tables[number] = replace(tables[number], source=f"{role} {count}")
        return tables
    if isinstance(data, RawTable):
        return [data]
    return [_from_frame(data, role)]


def _from_frame(data: Any, role: Role) -> RawTable:
    import pandas as pd

    if not isinstance(data, pd.DataFrame):
        raise TypeError(
            f"{role} must be a DataFrame, a GeoDataFrame or a sequence of these, "
            f"not {type(data).__name__}; mapaccuracy.io.read reads files"
        )
    if not data.columns.is_unique:
        numbers = [str(number) for number in range(1, len(data.columns) + 1)]
        data = data.set_axis(distinct_names(list(map(str, data.columns)), numbers), axis="columns")
    spatial = [name for name in data.columns if str(data[name].dtype) == "geometry"]
    active = getattr(data, "_geometry_column_name", None)
    name = active if active in spatial else next(iter(spatial), None)
    if name is None and "geometry" in data.columns:
        name = "geometry"
    geometry, crs = None, None
    if name is not None:
        geometry = _shapes(data[name], role)
        crs = crs_name(getattr(data[name], "crs", None))
    frame = pd.DataFrame(data.drop(columns=[*{*spatial, *([name] if name is not None else [])}]))
    return RawTable(
        source=role,
        frame=frame.reset_index(drop=True).rename(columns=str),
        rows=np.arange(1, len(frame) + 1, dtype=np.int64),
        geometry=geometry,
        crs=crs,
    )


def _shapes(column: pd.Series[Any], role: Role) -> npt.NDArray[np.object_]:
    import shapely

    shapes = column.to_numpy(dtype=object, copy=True)
    shapes[column.isna().to_numpy(dtype=bool)] = None
    strange = np.flatnonzero(~(shapely.is_geometry(shapes) | shapely.is_missing(shapes)))
    if strange.size:
        kind = type(shapes[strange[0]]).__name__
        raise TypeError(
            f"the geometry column of {role} holds {kind}, not geometries of shapely; "
            "geopandas.GeoSeries.from_wkt reads WKT"
        )
    return np.asarray(shapes, dtype=object)


def crs_name(crs: Any) -> str | None:
    """Name a coordinate system of pyproj: by its code if it has one, or as WKT.

    Examples
    --------
    >>> from pyproj import CRS
    >>> crs_name(CRS(32638)), crs_name(None)
    ('EPSG:32638', None)
    """
    if crs is None:
        return None
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.to_wkt())
