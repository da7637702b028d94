"""Landmarks: the known points from which legs are walked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mapaccuracy.errors import SettingsError
from mapaccuracy.intake.cells import Texts, as_text
from mapaccuracy.intake.conforming import conform
from mapaccuracy.intake.headers import find_columns
from mapaccuracy.intake.tables import as_tables
from mapaccuracy.schema import Floats, Layer, RawTable, Settings

_OWNED = " of record "


@dataclass(frozen=True)
class Landmarks:
    """Landmarks by their names.

    Attributes
    ----------
    layer : Layer or None
    name, record : ndarray of str, shape (k,)
        `record` is "" where every record knows it.
    lon, lat, accuracy_m : ndarray of float, shape (k,)
    """

    layer: Layer | None
    name: Texts
    record: Texts
    lon: Floats
    lat: Floats
    accuracy_m: Floats


def read_landmarks(data: Any, settings: Settings) -> Landmarks:
    """Read landmarks, as points are read; names are unique in their record.

    Raises
    ------
    InputError, SettingsError
        As in `conform`.
    """
    if settings.local:
        raise SettingsError(
            "Bearings are walked on the Earth: give landmarks in a coordinate system of it, not in "
            "local metres."
        )
    if data is None:
        none = np.empty(0)
        words = np.empty(0, dtype=object)
        return Landmarks(None, words, words, none, none, none)
    tables = as_tables(data, "landmarks")
    layer = conform([_owned(table, tables, settings) for table in tables], "landmarks", settings)
    frame = layer.frame
    n = len(frame)
    blank = np.full(n, "", dtype=object)
    record = frame["record_id"].to_numpy(dtype=object) if "record_id" in frame else blank
    name = np.empty(n, dtype=object)
    name[:] = [
        str(full).removesuffix(f"{_OWNED}{own}") if own else str(full)
        for full, own in zip(frame["id"], record, strict=True)
    ]
    accuracy = frame["accuracy_m"].to_numpy() if "accuracy_m" in frame else np.full(n, np.nan)
    return Landmarks(
        layer,
        name,
        record,
        np.asarray(frame["lon"], dtype=np.float64),
        np.asarray(frame["lat"], dtype=np.float64),
        np.asarray(accuracy, dtype=np.float64),
    )


def _owned(table: RawTable, tables: Sequence[RawTable], settings: Settings) -> RawTable:
    """Name landmarks after their records, for the same name may stand in every record."""
    found, _ = find_columns(table, tables, "landmarks", settings)
    if "id" not in found or "record_id" not in found:
        return table
    names, records = (as_text(table.frame[found[name]]) for name in ("id", "record_id"))
    own = (names != "") & (records != "")
    names[own] = names[own] + _OWNED + records[own]
    return replace(table, frame=table.frame.assign(**{found["id"]: names}))
