"""Tables of what was walked: one row a leg, and one row a point that stands for a mine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from mapaccuracy.coordinates.traverses import (
    GRID,
    MAGNETIC,
    Spaced,
    Walked,
    along_rows,
    root_of,
)
from mapaccuracy.errors import SettingsError
from mapaccuracy.intake.cells import Texts
from mapaccuracy.intake.closing import Closed, leg_name
from mapaccuracy.intake.landmarks import Landmarks
from mapaccuracy.intake.leg_words import MINE
from mapaccuracy.intake.legs import LegTable
from mapaccuracy.intake.row_ends import RowEnds
from mapaccuracy.schema import Floats, Ints
from mapaccuracy.schema.traverse import NORTHS

if TYPE_CHECKING:
    import pandas as pd

MOST_POINTS = 2_000_000
BASIS = "generated"
_RECORDED = ("from", "to", "kind", "bearing", "north", "unit", "direction", "distance_m")
_POINT_COLUMNS = (
    "id", "record_id", "lat", "lon", "type", "count", "date", "district", "geometry_basis",
    "accuracy_m", "reference_lat", "reference_lon", "made_from", "row", "row_place", "source",
    "place", "leg", *(f"recorded_{name}" for name in _RECORDED), "bearing_deg", "bearing_north",
    "bearing_unit", "bearing_direction", "declination_deg", "convergence_deg", "true_azimuth_deg",
    "from_lat", "from_lon", "unadjusted_lat", "unadjusted_lon",
)  # fmt: skip


@dataclass(frozen=True)
class Positions:
    """Where legs end: at the point that they reach, or at the one that was known.

    Attributes
    ----------
    lon, lat, accuracy_m : ndarray of float, shape (n,)
    root_lon, root_lat : ndarray of float, shape (n,)
        The landmark from which the leg hangs.
    """

    lon: Floats
    lat: Floats
    accuracy_m: Floats
    root_lon: Floats
    root_lat: Floats

    @classmethod
    def of(
        cls, table: LegTable, walked: Walked, landmarks: Landmarks, accuracy: Floats
    ) -> Positions:
        """Put known points in the place of ends that close upon them."""
        at_mark = table.end_leg < 0
        mark = np.where(at_mark, table.end_landmark, 0)
        lon, lat, metres = (
            np.where(at_mark, known[mark], end[table.end_leg])
            for known, end in (
                (landmarks.lon, walked.lon),
                (landmarks.lat, walked.lat),
                (landmarks.accuracy_m, accuracy),
            )
        )
        root = table.start_landmark[root_of(table.base)]
        return cls(lon, lat, metres, landmarks.lon[root], landmarks.lat[root])


def leg_rows(
    table: LegTable, walked: Walked, final: Walked, accuracy: Floats, closed: Closed
) -> pd.DataFrame:
    """Make the table of legs: as recorded, and as converted.

    Parameters
    ----------
    table : LegTable
    walked, final : Walked
        Before and after closure errors were distributed.
    accuracy : ndarray of float, shape (n,)
    closed : Closed
    """
    import pandas as pd

    n = table.n
    error = np.full(n, np.nan)
    error[closed.leg] = [closure.error_m for closure in closed.closures]
    columns: dict[str, Any] = {
        "record_id": table.written["record_id"],
        "leg": _texts(leg_name(table, leg) for leg in range(n)),
        "source": table.source,
        "place": table.place,
        **{f"recorded_{name}": table.written[name] for name in _RECORDED},
        "date": table.written["date"],
        "type": table.written["type"],
        "count": table.count,
        "district": table.written["district"],
        "bearing_north": _texts(NORTHS[code] for code in table.north.tolist()),
        "bearing_unit": table.unit,
        "bearing_direction": table.direction,
        "bearing_deg": table.bearing_deg,
        "bearing_step_deg": table.bearing_step_deg,
        "distance_step_m": table.distance_step_m,
        "declination_deg": np.where(table.north == MAGNETIC, final.declination_deg, np.nan),
        "convergence_deg": np.where(table.north == GRID, final.convergence_deg, np.nan),
        "true_azimuth_deg": final.azimuth_deg,
        "from_lat": final.from_lat,
        "from_lon": final.from_lon,
        "lat": final.lat,
        "lon": final.lon,
        "accuracy_m": accuracy,
        "closure_error_m": error,
    }
    if closed.settled.any():
        columns |= {"unadjusted_lat": walked.lat, "unadjusted_lon": walked.lon}
    return pd.DataFrame(columns)


def _texts(values: Any) -> Texts:
    listed = list(values)
    out = np.empty(len(listed), dtype=object)
    out[:] = listed
    return out


def points_of(
    table: LegTable, legs: pd.DataFrame, positions: Positions, begin: Ints
) -> pd.DataFrame:
    """Make the table of points that stand for mines: single ones, and those along rows.

    Parameters
    ----------
    table : LegTable
    legs : DataFrame
        As of `leg_rows`.
    positions : Positions
    begin : ndarray of int, shape (n,)
        For the end of each row, the leg of its start; -1 elsewhere.
    """
    import pandas as pd

    single = np.flatnonzero(np.isin(table.kind, (MINE, "")) & ~table.closing)
    ends = np.flatnonzero(begin >= 0)
    spaced = _spaced(table, positions, ends, begin[ends])
    along = ends[spaced.row]
    rows = np.concatenate([single, along])
    made = legs.iloc[rows].reset_index(drop=True)
    name = np.where(table.written["to"] == "", legs["leg"], table.written["to"])
    ids = legs["record_id"].to_numpy(dtype=object) + "_" + name
    width = len(str(int(table.count[ends].max()))) if ends.size else 1
    numbers = _texts(f"_{place + 1:0{width}d}" for place in spaced.place.tolist())
    made["id"] = np.concatenate([ids[single], ids[along] + numbers])
    made["lat"] = np.concatenate([positions.lat[single], spaced.lat])
    made["lon"] = np.concatenate([positions.lon[single], spaced.lon])
    made["accuracy_m"] = np.concatenate([positions.accuracy_m[single], spaced.accuracy_m])
    made["reference_lat"] = positions.root_lat[rows]
    made["reference_lon"] = positions.root_lon[rows]
    made["made_from"] = np.repeat(["leg", "row"], [single.size, along.size])
    made["row"] = np.concatenate([np.full(single.size, "", dtype=object), ids[along]])
    made["row_place"] = np.concatenate([np.full(single.size, np.nan), spaced.place + 1.0])
    counts = np.nan_to_num(table.count[single], nan=1.0)
    made["count"] = np.concatenate([counts, np.ones(along.size)]).astype(np.int64)
    for column in ("type", "district", "date"):
        # What the end of a row does not say, its start may.
        at_start = table.written[column][begin[along]]
        own = made[column].to_numpy(dtype=object)
        own[single.size :] = np.where(own[single.size :] == "", at_start, own[single.size :])
        made[column] = own
    if "unadjusted_lat" in made:
        made.loc[single.size :, ["unadjusted_lat", "unadjusted_lon"]] = np.nan
    return _in_order(made, pd)


def row_points(ends: RowEnds) -> pd.DataFrame:
    """Make the table of points along rows that are given by their ends."""
    import pandas as pd

    n = ends.count.size
    _check_most(int(ends.count.sum()))
    twice = np.repeat(np.arange(n), 2)
    spaced = along_rows(
        twice, ends.lon.ravel(), ends.lat.ravel(), np.repeat(ends.accuracy_m, 2), ends.count
    )
    row = spaced.row
    record, name = ends.written["record_id"][row], ends.written["id"][row]
    full = np.where(record == "", name, record + "_" + name)
    width = len(str(int(ends.count.max(initial=1))))
    made = pd.DataFrame(
        {
            "id": full + _texts(f"_{place + 1:0{width}d}" for place in spaced.place.tolist()),
            "record_id": record,
            "lat": spaced.lat,
            "lon": spaced.lon,
            **{column: ends.written[column][row] for column in ("type", "date", "district")},
            "count": 1,
            "accuracy_m": spaced.accuracy_m,
            "made_from": "row_ends",
            "row": full,
            "row_place": spaced.place + 1.0,
            "source": ends.source[row],
            "place": ends.place[row],
            "from_lat": ends.lat[row, 0],
            "from_lon": ends.lon[row, 0],
        }
    )
    return _in_order(made, pd)


def _in_order(made: pd.DataFrame, pd: Any) -> pd.DataFrame:
    made["geometry_basis"] = BASIS
    made["row_place"] = made["row_place"].astype(pd.Int64Dtype())
    wanted = [name for name in _POINT_COLUMNS if name in made]
    return made[wanted]


def _check_most(n: int) -> None:
    if n > MOST_POINTS:
        raise SettingsError(
            f"The rows ask for {n:,} points; {MOST_POINTS:,} at most are made at once. Divide the "
            "file, or check the counts."
        )


def _spaced(table: LegTable, positions: Positions, ends: Ints, starts: Ints) -> Spaced:
    """Space points along rows, bent where turning points lie between their ends."""
    count = table.count[ends].astype(np.int64)
    _check_most(int(count.sum()))
    row, step, node = _vertices(table, ends, starts)
    order = np.lexsort((-step, row))
    at = node[order]
    lon, lat, metres = positions.lon[at], positions.lat[at], positions.accuracy_m[at]
    return along_rows(row[order], lon, lat, metres, count)


def _vertices(table: LegTable, ends: Ints, starts: Ints) -> tuple[Ints, Ints, Ints]:
    """List the points of rows: number of the row, steps before its end, leg that ends there.

    A row runs along the legs between its start and its end, or straight if its end was not measured
    from its start.
    """
    number = np.arange(ends.size)
    target_leg, target_mark = table.end_leg[starts], table.end_landmark[starts]
    rows, steps, nodes = [number], [np.zeros_like(number)], [ends]
    reached = np.zeros(ends.size, dtype=bool)
    active, at, step = number, ends, 0
    while active.size:
        step += 1
        below = table.base[at]
        mark = np.where(below < 0, table.start_landmark[at], -1)
        there = np.where(below >= 0, below == target_leg[active], False)
        there |= (below < 0) & (target_leg[active] < 0) & (mark == target_mark[active])
        reached[active[there]] = True
        going = ~there & (below >= 0)
        active, at = active[going], below[going]
        rows.append(active)
        steps.append(np.full(active.size, step))
        nodes.append(at)
    row, back, node = np.concatenate(rows), np.concatenate(steps), np.concatenate(nodes)
    keep = (back == 0) | reached[row]
    row, back, node = row[keep], back[keep], node[keep]
    farthest = int(back.max(initial=0)) + 1
    return (
        np.concatenate([row, number]),
        np.concatenate([back, np.full(ends.size, farthest)]),
        np.concatenate([node, starts]),
    )
