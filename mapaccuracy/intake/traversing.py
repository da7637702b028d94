"""`traverse`: records by bearing and distance become supplied points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mapaccuracy.coordinates.grids import meridian_of
from mapaccuracy.coordinates.traverses import GRID, MAGNETIC, Legs, Walked, accuracy_m, traversed
from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.intake.cells import Texts
from mapaccuracy.intake.closing import Closed, close, settle
from mapaccuracy.intake.landmarks import Landmarks, read_landmarks
from mapaccuracy.intake.leg_joints import rows_of
from mapaccuracy.intake.legs import LegTable, read_legs
from mapaccuracy.intake.made_points import Positions, leg_rows, points_of, row_points
from mapaccuracy.intake.row_ends import RowEnds, read_row_ends
from mapaccuracy.schema import Bools, Floats, Note, Problem, Settings, Source
from mapaccuracy.schema.traverse import (
    CLOSED,
    CLOSURE_SHARE,
    NOT_CHECKED,
    OPEN,
    TraverseRecord,
    TraverseRules,
)
from mapaccuracy.schema.version import __version__

if TYPE_CHECKING:
    import pandas as pd

SCHEMA_VERSION = 1


@dataclass(frozen=True)
class Traverse:
    """The outcome of `traverse`.

    Attributes
    ----------
    settings : mapping of str to object
        How records were read and checked.
    sources : tuple of Source
    records : tuple of TraverseRecord
        Sorted by their names.
    notes : tuple of Note
    problems : tuple of Problem
        Records that do not close (errors), warnings and information, with their places.
    points : pandas.DataFrame
        Restricted: the points that stand for mines, sorted by id; a table of supplied points for
        `evaluate`, with what was recorded and what it was converted to.
    legs : pandas.DataFrame
        Restricted: one row a leg, as it was recorded and as it was converted.
    """

    settings: Mapping[str, Any]
    sources: tuple[Source, ...]
    records: tuple[TraverseRecord, ...]
    notes: tuple[Note, ...]
    problems: tuple[Problem, ...]
    # What is printed of a result must not hold what only the user may see.
    points: pd.DataFrame = field(repr=False)
    legs: pd.DataFrame = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Make the document: how records close, and no position."""
        from dataclasses import asdict

        return {
            "schema_version": SCHEMA_VERSION,
            "tool": {"name": "mapaccuracy", "version": __version__},
            "settings": dict(self.settings),
            "sources": [source.to_dict() for source in self.sources],
            "records": [asdict(record) for record in self.records],
            "notes": [note.to_dict() for note in self.notes],
        }


def traverse(
    legs: Any = None,
    landmarks: Any = None,
    rows: Any = None,
    *,
    settings: Settings | None = None,
    north: str | None = None,
    unit: str | None = None,
    grid: str | None = None,
    closure_m: float | None = None,
    closure_share: float = CLOSURE_SHARE,
    adjust: bool = False,
) -> Traverse:
    """Turn minefield records written as landmark, bearing and distance into supplied points.

    Parameters
    ----------
    legs : DataFrame, RawTable or sequence of these, optional
        One row a leg; columns as in `COLUMNS` of role ``legs``.
    landmarks : DataFrame, GeoDataFrame, RawTable or sequence of these, optional
        The known points from which legs begin; role ``landmarks``.
    rows : DataFrame, RawTable or sequence of these, optional
        Rows of mines given by both ends and a count; role ``row_ends``.
    settings : Settings, optional
        Uses ``columns``, ``formats``, ``crs``, ``drop_faulty`` (a record of which any leg is
        faulty is left out whole) and ``declination_deg`` (of all magnetic bearings; by default from
        the model IGRF, by place and date).
    north, unit, grid, closure_m, closure_share, adjust
        As in `TraverseRules`.

    Returns
    -------
    Traverse

    Raises
    ------
    InputError
        With every problem: columns that are missing, cells that cannot be read, legs that begin
        nowhere, magnetic bearings without a date, rows of mines without an end.
    SettingsError
        If nothing says from which north bearings count, or where landmarks are.

    Notes
    -----
    Positions are walked along geodesics of WGS 84. They are computed from readings, so their
    ``geometry_basis`` is ``generated``; ``accuracy_m`` says what the steps of reading allow, as
    `mapaccuracy.coordinates.traverses.accuracy_m` propagates them. Memory: about 2 kB a leg, and
    1 kB a point.

    Examples
    --------
    >>> import pandas as pd
    >>> legs = pd.DataFrame({"record_id": ["R1"], "from": ["oak"], "bearing": ["90"],
    ...                      "north": ["true"], "unit": ["degrees"], "distance_m": ["100"]})
    >>> oak = pd.DataFrame({"id": ["oak"], "lat": [-30.0000041], "lon": [-25.0000037]})
    >>> made = traverse(legs, oak)
    >>> made.points[["id", "geometry_basis"]].to_numpy().tolist()
    [['R1_1', 'generated']]
    >>> float(made.points["lon"].round(5)[0]), float(made.points["accuracy_m"].round(2)[0])
    (-24.99897, 0.58)
    """
    settings = Settings() if settings is None else settings
    rules = TraverseRules(north, unit, grid, closure_m, closure_share, adjust)
    if legs is None and rows is None:
        raise SettingsError("Nothing to walk: give a table of legs, or rows by their ends.")
    if legs is not None and landmarks is None:
        raise SettingsError(
            "Legs begin at landmarks: give their positions with --points FILE (columns id and lat "
            "and lon, or x and y)."
        )
    ends = None if rows is None else read_row_ends(rows, settings)
    faults = [] if ends is None else _errors(ends.problems)
    twins = any(problem.code == "MA401" for problem in faults)
    known = read_landmarks(landmarks, settings)
    walked = None if legs is None else _Walk(legs, known, settings, rules)
    if walked is not None:
        faults += _errors(walked.account.problems())
    if faults and (twins or not settings.drop_faulty):
        raise InputError(faults)
    return _result(walked, known, ends, settings, rules)


def _errors(problems: Sequence[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.severity == "error"]


class _Walk:
    """Legs that were read and walked, records with a fault left out."""

    def __init__(
        self, data: Any, landmarks: Landmarks, settings: Settings, rules: TraverseRules
    ) -> None:
        self.meridian, self.whose = _meridian(rules, landmarks)
        table, self.account = read_legs(data, landmarks, settings, rules)
        begin = rows_of(table.kind, table.record, self.account)
        lost = np.zeros(table.n, dtype=bool)
        lost[np.isin(table.record, table.record[self.account.faulty])] = True
        self.lost = lost
        self.records_lost = int(np.unique(table.record[lost]).size)
        keep = ~lost
        number = np.cumsum(keep) - 1
        self.begin = np.where(begin >= 0, number[begin], -1)[keep]
        self.table = table.taken(keep)
        self.landmarks = landmarks
        self.walked = self._walked(settings)

    def _walked(self, settings: Settings) -> Walked:
        table, marks = self.table, self.landmarks
        at = np.where(table.base < 0, table.start_landmark, 0)
        start_lon, start_lat = (
            np.where(table.base < 0, part[at], np.nan) if table.n else np.empty(0)
            for part in (marks.lon, marks.lat)
        )
        legs = Legs(
            table.base,
            start_lon,
            start_lat,
            table.bearing_deg,
            table.north,
            table.year,
            table.distance_m,
        )
        return traversed(legs, settings.declination_deg, self.meridian)

    def accuracy(self) -> Floats:
        """Accuracy of the end of each leg that the steps of reading allow, metres."""
        table, marks = self.table, self.landmarks
        known = marks.accuracy_m[np.where(table.base < 0, table.start_landmark, 0)]
        return accuracy_m(
            table.base,
            np.where(table.base < 0, known, np.nan),
            table.bearing_step_deg / 2,
            table.distance_step_m / 2,
            table.distance_m,
        )


def _meridian(rules: TraverseRules, landmarks: Landmarks) -> tuple[float | None, str]:
    """Find the central meridian of the grid of grid bearings, and say whose it is."""
    if rules.grid is not None:
        from mapaccuracy.coordinates import operation

        operation(rules.grid)  # a code that does not exist is told
        meridian = meridian_of(rules.grid)
        if meridian is None:
            raise SettingsError(
                f"--grid {rules.grid} is no Gauss-Krueger or UTM grid; give one such as EPSG:28408."
            )
        return meridian, f"of {rules.grid}"
    systems = () if landmarks.layer is None else landmarks.layer.sources
    found = {meridian_of(source.crs) for source in systems} - {None}
    if len(found) == 1:
        return found.pop(), "of the coordinate system of the landmarks"
    return None, (
        "of the 6-degree zone of each place, because nobody states a single Gauss-Krueger or UTM "
        "grid"
    )


def _result(
    walk: _Walk | None,
    landmarks: Landmarks,
    ends: RowEnds | None,
    settings: Settings,
    rules: TraverseRules,
) -> Traverse:
    import pandas as pd

    problems: list[Problem] = []
    sources: list[Source] = []
    notes: list[Note] = []
    frames, records = [], {}
    legs = pd.DataFrame()
    if walk is not None:
        table, account = walk.table, walk.account
        if table.n == 0:
            values = {"detail": " that can be used"}
            raise InputError([Problem("MA004", account.tables[0].source, values=values)])
        problems += [*account.remarks(), *account.problems(), *_left_out(walk)]
        sources += account.sources(walk.lost, "MA325")
        closed = close(table, walk.walked, landmarks, rules)
        walked = settle(table, walk.walked, closed)
        accuracy = walk.accuracy()
        positions = Positions.of(table, walked, landmarks, accuracy)
        legs = leg_rows(table, walk.walked, walked, accuracy, closed)
        made = points_of(table, legs, positions, walk.begin)
        frames.append(made)
        records = _records(table, made, closed, rules)
        problems += [*_magnetic(table, walked, settings), *_kinds(table), *_open(table, closed)]
        notes += _grid_note(table, walked, walk)
    if landmarks.layer is not None:
        problems += landmarks.layer.problems
        sources += landmarks.layer.sources
    if ends is not None:
        problems += ends.problems
        sources += ends.sources
        made = row_points(ends)
        frames.append(made)
        records = _with_rows(records, ends, made)
    points = pd.concat(frames, ignore_index=True)
    points = points.sort_values("id", kind="stable", ignore_index=True)
    # What is known of the legs of its record; rows by their ends have none.
    walked_rows = points["made_from"] != "row_ends"
    outcomes = points["record_id"].map({name: one.outcome for name, one in records.items()})
    points.insert(
        list(points).index("made_from"), "closure", outcomes.where(walked_rows, NOT_CHECKED)
    )
    _check_unique(points, sources)
    notes.append(_basis_note())
    return Traverse(
        {**rules.to_dict(), "declination_deg": settings.declination_deg, "crs": settings.crs,
         "drop_faulty": settings.drop_faulty, "columns": dict(settings.columns),
         "formats": dict(settings.formats)},
        tuple(sources),
        tuple(records[name] for name in sorted(records)),
        tuple(notes),
        tuple(problems),
        points,
        legs,
    )  # fmt: skip


def _left_out(walk: _Walk) -> list[Problem]:
    if not walk.lost.any():
        return []
    further = int((walk.lost & ~walk.account.faulty).sum())
    values = {"n": f"{walk.records_lost:,}", "legs": f"{further:,}"}
    return [Problem("MA325", walk.account.tables[0].source, values=values)]


def _magnetic(table: LegTable, walked: Walked, settings: Settings) -> list[Problem]:
    """Say for each file how many bearings are magnetic, and what was added to them."""
    problems = []
    for name in np.unique(table.source):
        rows = (table.source == name) & (table.north == MAGNETIC)
        if not rows.any():
            continue
        low, high = walked.declination_deg[rows].min(), walked.declination_deg[rows].max()
        span = f"{low:+.2f}" if high - low < 0.005 else f"{low:+.2f} to {high:+.2f}"
        if settings.declination_deg is not None:
            how = "as given with --declination"
        else:
            years = np.floor(table.year[rows]).astype(int)
            first, last = years.min(), years.max()
            dated = f"{first}" if first == last else f"{first} to {last}"
            how = f"by the model IGRF, for the places and the dates of {dated}"
        values = {
            "n": f"{int(rows.sum()):,}",
            "applied": f"a declination of {span} degrees was applied, {how}.",
        }
        problems.append(Problem("MA214", str(name), values=values))
    return problems


def _kinds(table: LegTable) -> list[Problem]:
    problems = []
    for name in np.unique(table.source):
        rows = (table.source == name) & (table.kind == "") & ~table.closing
        if rows.any():
            problems.append(Problem("MA326", str(name), values={"n": f"{int(rows.sum()):,}"}))
    return problems


def _open(table: LegTable, closed: Closed) -> list[Problem]:
    problems = []
    for leg, closure in zip(closed.leg.tolist(), closed.closures, strict=True):
        if closure.within:
            continue
        named = " or ".join(f"leg {one['leg']} ({one['change']})" for one in closure.suspects)
        values = {
            "distance": f"{closure.error_m:,.1f}",
            "share": f"{100 * closure.share:.1f} %",
            "length": f"{closure.length_m:,.0f}",
            "limit": f"{closure.limit_m:,.1f}",
            "suspect": f" One change alone would close it: {named}." if named else "",
        }
        record = str(table.written["record_id"][leg])
        place, source = str(table.place[leg]), str(table.source[leg])
        problems.append(Problem("MA305", source, place, id=record, values=values))
    return problems


def _grid_note(table: LegTable, walked: Walked, walk: _Walk) -> list[Note]:
    rows = table.north == GRID
    if not rows.any():
        return []
    low, high = walked.convergence_deg[rows].min(), walked.convergence_deg[rows].max()
    span = f"{low:+.2f}" if high - low < 0.005 else f"{low:+.2f} to {high:+.2f}"
    return [
        Note(
            "grid_bearings",
            f"Grid bearings: {int(rows.sum()):,}; a grid convergence of {span} degrees was "
            f"applied, {walk.whose}.",
        )
    ]


def _basis_note() -> Note:
    return Note(
        "generated",
        "Positions are computed from readings, so all of them are marked generated. Their accuracy "
        "says how finely was read, not how well was measured, which can only be worse.",
    )


def _records(
    table: LegTable, made: pd.DataFrame, closed: Closed, rules: TraverseRules
) -> dict[str, TraverseRecord]:
    names, first = np.unique(table.record, return_index=True)
    ids = table.written["record_id"][first]
    legs = np.bincount(table.record)
    length = np.bincount(table.record, weights=table.distance_m)
    counted = made["record_id"].value_counts()
    named = made.loc[made["row"] != "", ["record_id", "row"]].drop_duplicates()
    rows = named["record_id"].value_counts()
    closures: dict[int, list[int]] = {}
    for number, leg in enumerate(closed.leg.tolist()):
        closures.setdefault(int(table.record[leg]), []).append(number)
    out = {}
    for number, name in zip(names.tolist(), ids.tolist(), strict=True):
        own = closures.get(number, [])
        done = any(closed.settled[one] for one in own)
        found = tuple(closed.closures[one] for one in own)
        outcome = NOT_CHECKED if not found else CLOSED
        reason = None if found else "no leg ends at a known point"
        if any(not one.within for one in found):
            outcome = OPEN
        if rules.adjust and found and not done:
            reason = closed.reasons[own[-1]]
        out[str(name)] = TraverseRecord(
            str(name),
            int(legs[number]),
            int(rows.get(name, 0)),
            int(counted.get(name, 0)),
            float(length[number]),
            found,
            outcome,
            done,
            reason,
        )
    return out


def _with_rows(
    records: Mapping[str, TraverseRecord], ends: RowEnds, made: pd.DataFrame
) -> dict[str, TraverseRecord]:
    """Count rows that are given by their ends in their records."""
    out = dict(records)
    names: Texts = ends.written["record_id"]
    points = made["record_id"].value_counts()
    for name in np.unique(names):
        own: Bools = names == name
        known = out.get(str(name)) or TraverseRecord(
            str(name), 0, 0, 0, 0.0, (), NOT_CHECKED, False, "it has no legs"
        )
        out[str(name)] = replace(
            known, rows=known.rows + int(own.sum()), points=known.points + int(points.get(name, 0))
        )
    return out


def _check_unique(points: pd.DataFrame, sources: Sequence[Source]) -> None:
    twins = points.loc[points["id"].duplicated(), "id"]
    if len(twins):
        times = points["id"].value_counts()
        raise InputError(
            [
                Problem(
                    "MA401",
                    sources[0].name,
                    id=str(name),
                    values={"n": str(times[name]), "places": "ids of points join record and name"},
                )
                for name in twins.drop_duplicates()
            ]
        )
