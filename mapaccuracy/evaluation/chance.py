"""Two questions asked of chance: what the map would score if its records lay elsewhere.

Does the map know where the records lie? Each record is moved as a whole within its own part of
the searched ground. Does it know where the mines are inside them? The points of each record are
shifted along it. What moves must be verifiable again, and is matched as the map itself is:
all moved records of a layer compete for the finds, by the same rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy import geography
from mapaccuracy.evaluation.anywhere import shares_anywhere
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.groupings import Grouping
from mapaccuracy.evaluation.layers import Finds, Layers, finds_in_scope, match_layers
from mapaccuracy.evaluation.located import coded, polygons_of
from mapaccuracy.geography import Moves, Placements, Shifts, Verifiable
from mapaccuracy.schema import Bools, Chance, Floats, GroundChance, Group, Ints, Null
from mapaccuracy.statistics import chance as figures

if TYPE_CHECKING:
    from mapaccuracy.evaluation.evidence import Evidence

# Moved points of one question, in all layers: where records are drawn at random, and above which
# they are. So a large map costs no more than a middling one.
SAMPLED_POINTS = 180_000
MOVED_POINTS = 300_000
# Layers below which nothing is said: a p of 1/20 must be possible.
LEAST_LAYERS = 19
# Samples of records that are tried, until enough of them can be tested.
_MOST_SAMPLES = 4
# Placements of a record must lie so many tolerances apart, or its draws are all one.
_LEAST_SPAN = 4
# Shifts inside a record, and the spacing that tells its points apart, in tolerances.
_LEAST_SHIFT = 3
_LEAST_SPACING = 2.5
# Streams of random numbers, one a purpose.
_MOVING_RECORDS, _MOVING_INSIDE, _DRAWING = 601, 602, 603

Build = Callable[[Ints, Floats, Floats, Ints], tuple[Moves, Bools]]

NO_SEARCHED_AREAS = "no searched areas given"
ALL_DECLARED = "all ground was declared searched, so there is no known ground to move records in"
NO_VERIFIABLE = "no verifiable supplied points"
REASON_NOT_STATED = (
    "why the ground was searched is not stated; p holds only where it was not because of the map"
)
NO_POSITIONS = "no positions were drawn in the searched ground"

TESTED, NOT_DRAWN, MAP_LED, NOT_WHOLE, NOT_ONE_PART, TOO_MANY, NO_ROOM = range(7)
NOT_APART, TOO_SHORT, NO_SHIFT = range(7, 10)
# What only trying tells.
_FAILED = [NOT_ONE_PART, NO_ROOM, TOO_SHORT, NO_SHIFT]
STATUS: Mapping[int, str] = {
    NOT_DRAWN: "no record is among those drawn at random for this question",
    MAP_LED: "not testable: ground was searched because of the map",
    NOT_WHOLE: "records do not lie whole in searched ground",
    NOT_ONE_PART: "records do not lie whole in one searched polygon",
    TOO_MANY: "records have too many points to move them at random",
    NO_ROOM: "no searched polygon is large enough to move a record in",
    NOT_APART: "mines inside a record cannot be told apart at this tolerance",
    TOO_SHORT: "records are too short for a shift at this tolerance",
    NO_SHIFT: "points of records cannot be shifted without leaving searched ground",
}


@dataclass(frozen=True)
class Draws:
    """Both questions asked of chance, for the whole map.

    Attributes
    ----------
    records, inside : Layers or None
        Where the records lie, and where the mines are inside them; None where no record can be
        tested.
    records_status, inside_status : ndarray of int, shape (n_records,)
        Why each record is not tested, as in `STATUS`; `TESTED` where it is.
    reason_stated : ndarray of bool, shape (n_records,)
        Whether it is stated of all polygons of a record's part why they were searched; True
        for records that lie in no part.
    reason : str or None
        Why nothing could be drawn at all.
    """

    records: Layers | None
    inside: Layers | None
    records_status: Ints
    inside_status: Ints
    reason_stated: Bools
    reason: str | None = None


def draw(compared: Compared) -> Draws:
    """Draw the layers of both questions.

    Notes
    -----
    At most 300,000 points are moved for each question. Where 19 layers of all records that can
    be tested would be more, whole records are drawn at random, for 180,000. Time and memory
    hardly depend on the size of the map.
    """
    inputs = compared.inputs
    records = int(compared.record.max(initial=-1)) + 1
    if not inputs.ground.given:
        reason = ALL_DECLARED if inputs.ground.assumed else NO_SEARCHED_AREAS
        nothing = np.full(records, NOT_WHOLE)
        return Draws(None, None, nothing, nothing, np.ones(records, dtype=bool), reason)
    size, first, whole = _sizes(compared, records)
    finds = finds_in_scope(compared)
    part = geography.first_polygon(
        inputs.supplied.x[first], inputs.supplied.y[first], inputs.ground.searched
    )
    led, stated = (
        np.append(known, missing)[part]
        for known, missing in zip(_reasons(compared), (False, True), strict=True)
    )
    headline = compared.settings.tolerance_m
    where = np.full(records, TESTED)
    where[part < 0] = NOT_ONE_PART
    where[~whole] = NOT_WHOLE
    where[led] = MAP_LED
    spacing_m = _median_spacing_m(compared, records)
    within = np.full(records, TESTED)
    within[~(spacing_m >= _LEAST_SPACING * headline)] = NOT_APART
    within[size == 1] = TOO_SHORT
    within[~whole] = NOT_WHOLE
    move = _Question(
        compared,
        _rigid(compared, part),
        size,
        where,
        (NOT_ONE_PART, NO_ROOM),
        tuple(sorted(compared.matchings)),
        _MOVING_RECORDS,
    )
    shift = _Question(
        compared,
        _along(compared, spacing_m),
        size,
        within,
        (TOO_SHORT, NO_SHIFT),
        (headline,),
        _MOVING_INSIDE,
    )
    return Draws(move.layers(finds), shift.layers(finds), where, within, stated)


def _sizes(compared: Compared, records: int) -> tuple[Ints, Ints, Bools]:
    """Points of each record, the first of them, and whether all of them are verifiable."""
    record = compared.record
    rows = np.flatnonzero(record >= 0)
    of = record[rows]
    first = np.zeros(records, dtype=np.int64)
    # Written from the last to the first, so that the first stays.
    first[of[::-1]] = rows[::-1]
    size = np.bincount(of, minlength=records)
    verifiable = np.bincount(of[compared.supplied.verifiable[rows]], minlength=records)
    return size, first, verifiable == size


def _median_spacing_m(compared: Compared, records: int) -> Floats:
    """Median distance between neighbouring points of each record; NaN where none is known."""
    rows = np.flatnonzero(~np.isnan(compared.spacing_m) & (compared.record >= 0))
    rows = rows[np.lexsort((compared.spacing_m[rows], compared.record[rows]))]
    spacing_m = compared.spacing_m[rows]
    known = np.bincount(compared.record[rows], minlength=records)
    start = np.cumsum(known) - known
    median = np.full(records, np.nan)
    some = known > 0
    low, high = (start + (known - 1) // 2)[some], (start + known // 2)[some]
    median[some] = (spacing_m[low] + spacing_m[high]) / 2
    return median


def _reasons(compared: Compared) -> tuple[Bools, Bools]:
    """Tell the parts of ground searched because of the map, and those whose reasons are stated."""
    import shapely

    inputs = compared.inputs
    layer, parts = inputs.layers["searched"], inputs.ground.searched
    kept = np.asarray(layer.frame["ground"], dtype=object) == "searched"
    pieces, source = shapely.get_parts(polygons_of(layer, inputs.frame)[kept], return_index=True)
    inner = shapely.point_on_surface(pieces)
    part = geography.first_polygon(shapely.get_x(inner), shapely.get_y(inner), parts)
    because = np.zeros(int(kept.sum()), dtype=bool)
    known = np.zeros(int(kept.sum()), dtype=bool)
    if "reason" in layer.frame.columns:
        names, code = coded(np.asarray(layer.frame["reason"].fillna(""), dtype=object)[kept])
        because = np.array([name == "map" for name in names], dtype=bool)[code]
        known = np.array([name != "" for name in names], dtype=bool)[code]
    led = np.zeros(len(parts), dtype=bool)
    led[part[because[source] & (part >= 0)]] = True
    stated = np.zeros(len(parts), dtype=bool)
    stated[part[part >= 0]] = True
    stated[part[~known[source] & (part >= 0)]] = False
    return led, stated


def _rigid(compared: Compared, part: Ints) -> Build:
    """Move records as a whole within their own part, if they lie in it as a whole."""
    import shapely

    frame, parts = compared.inputs.frame, compared.inputs.ground.searched

    def build(record: Ints, x: Floats, y: Floats, size: Ints) -> tuple[Moves, Bools]:
        used, own = np.unique(part[record], return_inverse=True)
        verifiable = _verifiable(compared, shapely.bounds(parts[used]), 0.0)
        inside = geography.first_polygon(x, y, parts[used]) == np.repeat(own, size)
        moves = Placements(geography.outline(x, y, size, frame), own, parts[used], verifiable)
        return moves, np.logical_and.reduceat(inside, np.cumsum(size) - size)

    return build


def _along(compared: Compared, spacing_m: Floats) -> Build:
    """Shift points along their record, if it is long enough."""
    frame, least_m = compared.inputs.frame, _LEAST_SHIFT * compared.settings.tolerance_m

    def build(record: Ints, x: Floats, y: Floats, size: Ints) -> tuple[Moves, Bools]:
        outline = geography.outline(x, y, size, frame)
        far_m = np.maximum.reduceat(np.hypot(outline.east_m, outline.north_m), outline.start[:-1])
        anchors = np.column_stack([outline.anchor_x, outline.anchor_y] * 2)
        # No two points are farther apart than twice that, nor is one shifted by more.
        verifiable = _verifiable(compared, anchors, 3 * far_m + spacing_m[record])
        moves = Shifts(outline, spacing_m[record], least_m, verifiable)
        return moves, moves.possible

    return build


def _verifiable(compared: Compared, bounds: Floats, reach_m: Floats | float) -> Verifiable:
    """Say when positions within reach of the bounds are verifiable."""
    import shapely

    settings, frame = compared.settings, compared.inputs.frame
    searched = compared.inputs.ground.searched
    # A little more, as the scale is not the same everywhere.
    reach_m = 1.01 * (reach_m + settings.tolerance_m)
    scales = [frame.scale(bounds[:, side]) for side in (1, 3)]
    wide = reach_m / np.minimum(scales[0][0], scales[1][0])
    high = reach_m / np.minimum(scales[0][1], scales[1][1])
    boxes = shapely.box(*(bounds + np.column_stack([-wide, -high, wide, high])).T)
    near = np.unique(shapely.STRtree(searched).query(boxes)[1])
    return Verifiable(searched[near], settings.tolerance_m, settings.verifiable_share, frame)


@dataclass(frozen=True)
class _Question:
    """What is moved, and how.

    Attributes
    ----------
    compared : Compared
    build : callable
        Makes moves from records, x, y and sizes, and tells which of the records can be moved.
    size : ndarray of int, shape (n_records,)
        Points of each record.
    status : ndarray of int, shape (n_records,)
        As far as known; brought up to date.
    obstacles : (int, int)
        Status of records that cannot be moved, and of those that have nowhere to go.
    rungs : tuple of float
        Tolerances at which pairs are counted.
    stream : int
        Of random numbers.
    """

    compared: Compared
    build: Build
    size: Ints
    status: Ints
    obstacles: tuple[int, int]
    rungs: tuple[float, ...]
    stream: int

    def layers(self, finds: Finds) -> Layers | None:
        """Draw moves of the records that can be tested, and match them."""
        rng = np.random.default_rng([self.compared.settings.seed, self.stream])
        moved, most = MOVED_POINTS, MOVED_POINTS // LEAST_LAYERS
        self.status[(self.status == TESTED) & (self.size > most)] = TOO_MANY
        waiting = np.flatnonzero(self.status == TESTED)
        if self.size[waiting].sum() > most:
            waiting = rng.permutation(waiting)
            moved, most = (
                SAMPLED_POINTS,
                max(SAMPLED_POINTS // LEAST_LAYERS, int(self.size[waiting[0]])),
            )
        looked, room = 0, most
        records, proposals = [], []
        for _ in range(_MOST_SAMPLES):
            ends = np.cumsum(self.size[waiting[looked:]])
            fitting = int(np.searchsorted(ends, room, side="right"))
            if not fitting:
                break
            record, proposal = self._first_moves(np.sort(waiting[looked : looked + fitting]), rng)
            looked += fitting
            room -= int(self.size[record].sum())
            records.append(record)
            proposals.append(proposal)
        self.status[waiting[looked:]] = NOT_DRAWN
        if room == most:
            return None
        order = np.argsort(np.concatenate(records))
        record, proposal = np.concatenate(records)[order], np.concatenate(proposals)[order]
        return self._matched(record, proposal, moved, finds, looked / len(waiting), rng)

    def _first_moves(self, record: Ints, rng: np.random.Generator) -> tuple[Ints, Floats]:
        """Give the records that can be tested, with the fewest moves that will do."""
        moves, usable = self._moves(record, self._points(record))
        self.status[record[~usable]] = self.obstacles[0]
        asked = np.flatnonzero(usable)
        proposal, found = geography.draw_moves(moves, asked, LEAST_LAYERS, rng)
        least_m = _LEAST_SPAN * self.compared.settings.tolerance_m
        found[found] = moves.span_m(asked[found], proposal[found]) >= least_m
        self.status[record[asked[~found]]] = self.obstacles[1]
        return record[asked[found]], proposal[found]

    def _matched(
        self,
        record: Ints,
        proposal: Floats,
        moved_points: int,
        finds: Finds,
        sampled_share: float,
        rng: np.random.Generator,
    ) -> Layers | None:
        """Draw the other moves, and match all."""
        point = self._points(record)
        moves, _ = self._moves(record, point)
        layers = min(self.compared.settings.draws, max(LEAST_LAYERS, moved_points // len(point)))
        number = np.arange(len(record))
        if layers > LEAST_LAYERS:
            more, found = geography.draw_moves(moves, number, layers - LEAST_LAYERS, rng)
            self.status[record[~found]] = self.obstacles[1]
            proposal = np.concatenate([proposal, more], axis=1)[found]
            number, point = number[found], self._points(record[found])
            if not len(number):
                return None

        def moved(begin: int, end: int) -> tuple[Floats, Floats]:
            rows = np.moveaxis(proposal[:, begin:end], 1, 0).reshape(-1, moves.numbers)
            return moves.positions(np.tile(number, end - begin), rows)

        return match_layers(self.compared, finds, point, moved, layers, self.rungs, sampled_share)

    def _points(self, record: Ints) -> Ints:
        """List the rows of records, sorted by record, then row."""
        asked = np.zeros(len(self.size) + 1, dtype=bool)
        asked[record] = True
        # Rows that are no single points have the record -1: the last, never asked for.
        rows = np.flatnonzero(asked[self.compared.record])
        return rows[np.argsort(self.compared.record[rows], kind="stable")]

    def _moves(self, record: Ints, point: Ints) -> tuple[Moves, Bools]:
        supplied = self.compared.inputs.supplied
        return self.build(record, supplied.x[point], supplied.y[point], self.size[record])


def of_groups(evidence: Evidence, grouping: Grouping, groups: Sequence[Group]) -> list[Chance]:
    """Answer both questions for every group, and say what searched ground itself would score.

    Parameters
    ----------
    evidence : Evidence
    grouping : Grouping
    groups : sequence of Group
        In the order of the grouping.

    Returns
    -------
    list of Chance
    """
    draws = evidence.draws
    records = _nulls(evidence, grouping, draws.records, draws.records_status, ~draws.reason_stated)
    inside = _nulls(evidence, grouping, draws.inside, draws.inside_status, None)
    ground = _ground(evidence, grouping, len(groups))
    return [Chance(*answers) for answers in zip(records, inside, ground, strict=True)]


def _nulls(
    evidence: Evidence,
    grouping: Grouping,
    layers: Layers | None,
    status: Ints,
    doubtful: Bools | None,
) -> list[Null]:
    """Answer one question for every group."""
    compared, reason = evidence.compared, evidence.draws.reason
    n = len(grouping.names)
    if reason is not None:
        return [figures.no_null(reason)] * n
    settings = compared.settings
    verifiable = _count(grouping.supplied[compared.supplied.verifiable], n)
    finds = _count(grouping.finds[compared.finds.counted], n)
    shares = _tested_shares(compared, grouping, status)
    answers: dict[int, Null] = {}
    if layers is not None:
        tested = _Tested.of(layers, grouping, settings.tolerance_m)
        for index in np.unique(tested.group):
            rows = slice(*np.searchsorted(tested.group, [index, index + 1]))
            no_p = doubtful is not None and bool(doubtful[tested.record[rows]].any())
            answers[int(index)] = figures.null_of(
                tested.observed[rows],
                tested.by_layer[:, rows],
                tested.size[rows],
                draws=settings.draws,
                rng=np.random.default_rng([settings.seed, _DRAWING]),
                verifiable=int(verifiable[index]),
                finds=int(finds[index]),
                tested_share=shares[int(index)],
                sampled_share=layers.sampled_share,
                no_p=REASON_NOT_STATED if no_p else None,
            )
    missing = np.array([index not in answers for index in range(n)], dtype=bool)
    reasons = _obstacles(compared, grouping, status, missing)
    return [
        answers[index] if index in answers else figures.no_null(reasons[index], shares[index])
        for index in range(n)
    ]


def _tested_shares(compared: Compared, grouping: Grouping, status: Ints) -> list[float | None]:
    """Share of the verifiable points of each group that lie in records that can be tested."""
    n, kinds = len(grouping.names), len(STATUS) + 1
    rows = np.flatnonzero(compared.supplied.verifiable & (grouping.supplied >= 0))
    kind = status[compared.record[rows]]
    table = np.bincount(grouping.supplied[rows] * kinds + kind, minlength=n * kinds)
    table = table.reshape(n, kinds)
    tested, untried = table[:, TESTED], table[:, NOT_DRAWN]
    failed = table[:, _FAILED].sum(axis=1)
    return [
        figures.share_testable(int(t), int(u), int(f), int(points))
        for t, u, f, points in zip(tested, untried, failed, table.sum(axis=1), strict=True)
    ]


def stand_for_groups(evidence: Evidence, grouping: Grouping) -> list[bool]:
    """Whether the records that can be moved stand for each group."""
    if evidence.draws.reason is not None:
        return [False] * len(grouping.names)
    shares = _tested_shares(evidence.compared, grouping, evidence.draws.records_status)
    return [share is not None and share >= figures.STANDS_FROM for share in shares]


def _count(group: Ints, n: int) -> Ints:
    return np.bincount(group[group >= 0], minlength=n)


@dataclass(frozen=True)
class _Tested:
    """Pairs of the tested points of each group and record, sorted so."""

    group: Ints
    record: Ints
    size: Ints
    observed: Ints
    by_layer: Ints

    @classmethod
    def of(cls, layers: Layers, grouping: Grouping, tolerance_m: float) -> _Tested:
        group = grouping.supplied[layers.point]
        order = np.argsort(group, kind="stable")
        order = order[group[order] >= 0]
        group, record = group[order], layers.record[order]
        new = np.ones(len(order), dtype=bool)
        new[1:] = (group[1:] != group[:-1]) | (record[1:] != record[:-1])
        start = np.flatnonzero(new)
        observed, by_layer = (
            np.add.reduceat(pairs[..., order], start, axis=-1, dtype=np.int64)
            for pairs in (layers.observed[tolerance_m], layers.paired[tolerance_m])
        )
        size = np.diff(np.append(start, len(order)))
        return cls(group[start], record[start], size, observed, by_layer)


def _obstacles(compared: Compared, grouping: Grouping, status: Ints, missing: Bools) -> list[str]:
    """Say for groups without a tested record what is most common among its records."""
    # A group without any is given none.
    asked = np.append(missing, False)[grouping.supplied] & compared.supplied.verifiable
    rows = np.flatnonzero(asked)
    key = grouping.supplied[rows] * len(status) + compared.record[rows]
    # Rows of a record mostly stand together: one of each run is enough.
    key = np.unique(key[np.append(True, key[1:] != key[:-1])]) if len(key) else key
    group, of = key // max(len(status), 1), status[key % max(len(status), 1)]
    table = np.zeros((len(missing), len(STATUS) + 1), dtype=np.int64)
    np.add.at(table, (group, of), 1)
    return [STATUS[int(counts.argmax())] if counts.any() else NO_VERIFIABLE for counts in table]


def _ground(evidence: Evidence, grouping: Grouping, n: int) -> list[GroundChance]:
    """Share of the positions open to the judged points of each group that have a find in reach."""
    reason = evidence.draws.reason
    if reason is None and evidence.sample is None:
        reason = NO_POSITIONS
    if reason is not None:
        return [GroundChance(None, None, 0, reason)] * n
    headline = (evidence.compared.settings.tolerance_m,)
    return [answer for (answer,) in shares_anywhere(evidence, grouping, headline)]
