"""Two questions asked of chance: what the map would score if its records lay elsewhere.

Does the map know where the records lie? Each record is moved as a whole within its own part of
the searched ground; records near each other, which may be rows of one field, are moved as one.
Does it know where the mines are inside them? The points of each record are shifted along it.
What moves must be verifiable again, and is matched as the map itself is: all moved records of a
layer compete for the finds, by the same rule.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from mapaccuracy import geography
from mapaccuracy.evaluation.anywhere import shares_anywhere
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.groupings import Grouping
from mapaccuracy.evaluation.layers import Finds, Layers, finds_in_scope, match_layers
from mapaccuracy.evaluation.located import polygons_of, search_reasons
from mapaccuracy.geography import Moves, Placements, Shifts, Verifiable
from mapaccuracy.schema import Bools, Chance, Floats, GroundChance, Group, Ints, Null
from mapaccuracy.statistics import chance as figures
from mapaccuracy.statistics.medians import weighted_medians

if TYPE_CHECKING:
    from mapaccuracy.evaluation.evidence import Evidence

# Moved points of one question, in all layers: about so many where units are drawn at random, and
# above which they are. So a large map costs no more than a middling one.
SAMPLED_POINTS = 180_000
MOVED_POINTS = 300_000
# Layers below which nothing is said: a p of 1/20 must be possible.
LEAST_LAYERS = 19
# Samples of units that are tried, until enough of them can be tested.
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
FOLLOWS_FINDS = "the searched ground was drawn after the finds, so p does not hold"
NO_VERIFIABLE = "no verifiable supplied points"
NO_POSITIONS = "no positions were drawn in the searched ground"

TESTED, NOT_DRAWN, MAP_LED, NOT_STATED, NOT_WHOLE, NOT_ONE_PART, TOO_MANY, NO_ROOM = range(8)
NOT_APART, TOO_SHORT, NO_SHIFT = range(8, 11)
# What only trying tells.
_FAILED = [NOT_ONE_PART, NO_ROOM, TOO_SHORT, NO_SHIFT]
STATUS: Mapping[int, str] = {
    NOT_DRAWN: "no record is among those drawn at random for this question",
    MAP_LED: "not testable: ground was searched because of the map",
    NOT_STATED: "why the ground was searched is not stated (searched.reason)",
    NOT_WHOLE: "records do not lie whole in searched ground",
    NOT_ONE_PART: "records do not lie whole in one searched polygon",
    TOO_MANY: "records have too many points to move them at random",
    NO_ROOM: "no searched polygon is large enough to move a record in",
    NOT_APART: "mines inside a record cannot be told apart at this tolerance",
    TOO_SHORT: "records are too short for a shift at this tolerance",
    NO_SHIFT: "points of records cannot be shifted without leaving searched ground",
}


def _reasons_of_units(distance_m: float) -> Mapping[int, str]:
    """Say of records and their neighbours why they cannot be moved."""
    near = f"neighbours within {distance_m:g} m"
    several = f"records and their {near}"
    return {
        **STATUS,
        NOT_WHOLE: f"{several} do not lie whole in searched ground",
        NOT_ONE_PART: f"{several} do not lie whole in one searched polygon",
        TOO_MANY: f"{several} have too many points to move them at random",
        NO_ROOM: f"no searched polygon is large enough to move a record and its {near} in",
    }


@dataclass(frozen=True)
class Draws:
    """Both questions asked of chance, for the whole map.

    Attributes
    ----------
    records, inside : Layers or None
        Where the records lie, and where the mines are inside them; None where no record can be
        tested.
    unit : ndarray of int, shape (n_supplied,)
        What moves as one where records are moved, from 0: records with points within the
        cluster distance of each other; -1 for rows that are not single points.
    records_status : ndarray of int, shape (n_units,)
        Why each unit is not tested, as in `STATUS`; `TESTED` where it is.
    inside_status : ndarray of int, shape (n_records,)
        The same of each record.
    reason_stated : ndarray of bool, shape (n_records,)
        Whether it is stated of all polygons of a record's part why they were searched; True
        for records that lie in no part.
    follows_finds : ndarray of bool, shape (n_units,)
        Whether the searched ground of each unit was drawn after the finds.
    reason : str or None
        Why nothing could be drawn at all.
    """

    records: Layers | None
    inside: Layers | None
    unit: Ints
    records_status: Ints
    inside_status: Ints
    reason_stated: Bools
    follows_finds: Bools
    reason: str | None = None


def draw(compared: Compared) -> Draws:
    """Draw the layers of both questions.

    Notes
    -----
    At most 300,000 points are moved for each question. Where 19 layers of all that can be
    tested would be more, whole units (or records) are drawn at random, for some 180,000; one
    unit may come on top, of 300,000 at most. Time and memory hardly depend on the size of the
    map.
    """
    inputs = compared.inputs
    unit = _units(compared)
    records, units = (int(of.max(initial=-1)) + 1 for of in (compared.record, unit))
    if not inputs.ground.given:
        reason = ALL_DECLARED if inputs.ground.assumed else NO_SEARCHED_AREAS
        nothing, none = np.full(units, NOT_WHOLE), np.full(records, NOT_WHOLE)
        known, not_so = np.ones(records, dtype=bool), np.zeros(units, dtype=bool)
        return Draws(None, None, unit, nothing, none, known, not_so, reason)
    of_units, of_records = (
        _sizes(of, compared.supplied.verifiable, n)
        for of, n in ((unit, units), (compared.record, records))
    )
    finds = finds_in_scope(compared)
    first = of_units.first
    part = geography.first_polygon(
        inputs.supplied.x[first], inputs.supplied.y[first], inputs.ground.searched
    )
    led, stated, final = (
        np.append(known, missing)[part]
        for known, missing in zip(_reasons(compared), (False, True, False), strict=True)
    )
    headline = compared.settings.tolerance_m
    where = np.full(units, TESTED)
    where[part < 0] = NOT_ONE_PART
    where[~of_units.whole] = NOT_WHOLE
    where[~stated] = NOT_STATED
    where[led] = MAP_LED
    spacing_m = _median_spacing_m(compared, records)
    within = np.full(records, TESTED)
    within[~(spacing_m >= _LEAST_SPACING * headline)] = NOT_APART
    within[of_records.size == 1] = TOO_SHORT
    within[~of_records.whole] = NOT_WHOLE
    move = _Question(
        compared,
        _rigid(compared, part),
        unit,
        of_units.size,
        where,
        (NOT_ONE_PART, NO_ROOM),
        tuple(sorted(compared.matchings)),
        _MOVING_RECORDS,
    )
    shift = _Question(
        compared,
        _along(compared, spacing_m),
        compared.record,
        of_records.size,
        within,
        (TOO_SHORT, NO_SHIFT),
        (headline,),
        _MOVING_INSIDE,
    )
    layers = move.layers(finds), shift.layers(finds)
    follows = final | (compared.settings.fade_out_m is not None)
    return Draws(*layers, unit, where, within, stated[unit[of_records.first]], follows)


def _units(compared: Compared) -> Ints:
    """Join records whose points lie near each other: they may be rows of one field."""
    chain = compared.clusterings[0]
    by_record = compared.inputs.supplied.codes("record_id") is not None
    # A later link of the chain joins the records of a map sheet, which may lie far apart.
    return np.where(compared.supplied.single, chain[1] if by_record else chain[0], -1)


@dataclass(frozen=True)
class _Sizes:
    """Points of each unit or record, the first of them, and whether all are verifiable."""

    size: Ints
    first: Ints
    whole: Bools


def _sizes(of: Ints, verifiable: Bools, n: int) -> _Sizes:
    rows = np.flatnonzero(of >= 0)
    number = of[rows]
    first = np.zeros(n, dtype=np.int64)
    # Written from the last to the first, so that the first stays.
    first[number[::-1]] = rows[::-1]
    size = np.bincount(number, minlength=n)
    return _Sizes(size, first, np.bincount(number[verifiable[rows]], minlength=n) == size)


def _median_spacing_m(compared: Compared, records: int) -> Floats:
    """Median distance of the points of each record to the next; NaN where none is known."""
    rows = np.flatnonzero(~np.isnan(compared.spacing_m) & (compared.record >= 0))
    return weighted_medians(
        compared.spacing_m[rows], compared.spacing_weight[rows], compared.record[rows], records
    )


def _reasons(compared: Compared) -> tuple[Bools, Bools, Bools]:
    """Tell parts searched because of the map, parts that state why, and parts drawn after finds."""
    import shapely

    inputs = compared.inputs
    layer, parts = inputs.layers["searched"], inputs.ground.searched
    kept = np.asarray(layer.frame["ground"], dtype=object) == "searched"
    pieces, source = shapely.get_parts(polygons_of(layer, inputs.frame)[kept], return_index=True)
    inner = shapely.point_on_surface(pieces)
    part = geography.first_polygon(shapely.get_x(inner), shapely.get_y(inner), parts)
    names, code = search_reasons(layer, compared.settings)
    because = np.array([name == "map" for name in names], dtype=bool)[code]
    known = np.array([name != "" for name in names], dtype=bool)[code]
    led = np.zeros(len(parts), dtype=bool)
    led[part[because[source] & (part >= 0)]] = True
    stated = np.zeros(len(parts), dtype=bool)
    stated[part[part >= 0]] = True
    stated[part[~known[source] & (part >= 0)]] = False
    final = np.zeros(len(parts), dtype=bool)
    if "basis" in layer.frame.columns:
        after = np.asarray(layer.frame["basis"].fillna(""), dtype=object)[kept] == "final"
        final[part[after[source] & (part >= 0)]] = True
    return led, stated, final


def _rigid(compared: Compared, part: Ints) -> Build:
    """Move units as a whole within their own part, if they lie in it as a whole."""
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
        Makes moves from units, x, y and sizes, and tells which of the units can be moved.
    unit : ndarray of int, shape (n_supplied,)
        What moves as one, from 0: neighbouring records, or each record; -1 for other rows.
    size : ndarray of int, shape (n_units,)
        Points of each unit.
    status : ndarray of int, shape (n_units,)
        As far as known; brought up to date.
    obstacles : (int, int)
        Status of units that cannot be moved, and of those that have nowhere to go.
    rungs : tuple of float
        Tolerances at which pairs are counted.
    stream : int
        Of random numbers.
    """

    compared: Compared
    build: Build
    unit: Ints
    size: Ints
    status: Ints
    obstacles: tuple[int, int]
    rungs: tuple[float, ...]
    stream: int

    def layers(self, finds: Finds) -> Layers | None:
        """Draw moves of the units that can be tested, and match them."""
        rng = np.random.default_rng([self.compared.settings.seed, self.stream])
        moved, most = MOVED_POINTS, MOVED_POINTS // LEAST_LAYERS
        self.status[(self.status == TESTED) & (self.size > most)] = TOO_MANY
        waiting = np.flatnonzero(self.status == TESTED)
        in_question = len(waiting)
        if self.size[waiting].sum() > most:
            moved, most = SAMPLED_POINTS, SAMPLED_POINTS // LEAST_LAYERS
        room, tested = most, 0
        units, proposals = [], []
        for _ in range(_MOST_SAMPLES):
            drawn = _sampled(self.size[waiting], room, int(not tested), rng)
            if not drawn.any():
                break
            unit, proposal = self._first_moves(waiting[drawn], rng)
            # Others take the place of those that cannot be tested.
            room = int(self.size[waiting[drawn]].sum() - self.size[unit].sum())
            tested += len(unit)
            waiting = waiting[~drawn]
            units.append(unit)
            proposals.append(proposal)
        self.status[waiting] = NOT_DRAWN
        if not tested:
            return None
        order = np.argsort(np.concatenate(units))
        unit, proposal = np.concatenate(units)[order], np.concatenate(proposals)[order]
        looked = 1 - len(waiting) / in_question
        return self._matched(unit, proposal, moved, finds, looked, rng)

    def _first_moves(self, unit: Ints, rng: np.random.Generator) -> tuple[Ints, Floats]:
        """Give the units that can be tested, with the fewest moves that will do."""
        moves, usable = self._moves(unit, self._points(unit))
        self.status[unit[~usable]] = self.obstacles[0]
        asked = np.flatnonzero(usable)
        proposal, found = geography.draw_moves(moves, asked, LEAST_LAYERS, rng)
        least_m = _LEAST_SPAN * self.compared.settings.tolerance_m
        found[found] = moves.span_m(asked[found], proposal[found]) >= least_m
        self.status[unit[asked[~found]]] = self.obstacles[1]
        return unit[asked[found]], proposal[found]

    def _matched(
        self,
        unit: Ints,
        proposal: Floats,
        moved_points: int,
        finds: Finds,
        sampled_share: float,
        rng: np.random.Generator,
    ) -> Layers | None:
        """Draw the other moves, and match all."""
        point = self._points(unit)
        moves, _ = self._moves(unit, point)
        layers = min(self.compared.settings.draws, max(LEAST_LAYERS, moved_points // len(point)))
        number = np.arange(len(unit))
        if layers > LEAST_LAYERS:
            more, found = geography.draw_moves(moves, number, layers - LEAST_LAYERS, rng)
            self.status[unit[~found]] = self.obstacles[1]
            proposal = np.concatenate([proposal, more], axis=1)[found]
            number, point = number[found], self._points(unit[found])
            if not len(number):
                return None

        def moved(begin: int, end: int) -> tuple[Floats, Floats]:
            rows = np.moveaxis(proposal[:, begin:end], 1, 0).reshape(-1, moves.numbers)
            return moves.positions(np.tile(number, end - begin), rows)

        return match_layers(
            self.compared,
            finds,
            point,
            moved,
            layers,
            self.rungs,
            sampled_share,
            self.unit[point],
        )

    def _points(self, unit: Ints) -> Ints:
        """List the rows of units, sorted by unit, then record, then row."""
        asked = np.zeros(len(self.size) + 1, dtype=bool)
        asked[unit] = True
        # Rows that are no single points have the unit -1: the last, never asked for.
        rows = np.flatnonzero(asked[self.unit])
        return rows[np.lexsort((self.compared.record[rows], self.unit[rows]))]

    def _moves(self, unit: Ints, point: Ints) -> tuple[Moves, Bools]:
        supplied = self.compared.inputs.supplied
        return self.build(unit, supplied.x[point], supplied.y[point], self.size[unit])


def _sampled(size: Ints, room: int, least: int, rng: np.random.Generator) -> Bools:
    """Draw items of about so much size in all, whatever its size each as likely as any other.

    Every so-manieth of the items in the order of their sizes: what is drawn is no larger or
    smaller than planned by more than one item. Taking items for as long as they fit would leave
    out the large ones.

    Parameters
    ----------
    size : ndarray of int, shape (n,)
    room : int
        All are drawn if they have no more size than that.
    least : int
        Items that are drawn in any case, if there are any.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of bool, shape (n,)

    Examples
    --------
    >>> size = np.array([1, 1, 90, 1, 1, 90])
    >>> drawn = _sampled(size, 92, 1, np.random.default_rng(0))
    >>> int(drawn.sum()), int(size[drawn].sum())
    (3, 92)
    """
    total = int(size.sum())
    if total <= room or not len(size):
        return np.ones(len(size), dtype=bool)
    share = max(room / total, least / len(size))
    order = rng.permutation(len(size))
    order = order[np.argsort(size[order], kind="stable")]
    drawn = np.zeros(len(size), dtype=bool)
    drawn[order] = np.diff(np.floor(np.arange(len(size) + 1) * share + rng.random())) > 0
    return drawn


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
    record, distance_m = evidence.compared.record, evidence.compared.settings.cluster_distance_m
    records = _nulls(
        evidence,
        grouping,
        _Moved(
            draws.records,
            draws.unit,
            draws.records_status,
            _reasons_of_units(distance_m),
            doubtful=draws.follows_finds,
        ),
    )
    inside = _nulls(
        evidence,
        grouping,
        _Moved(draws.inside, record, draws.inside_status, STATUS, draws.unit),
    )
    ground = _ground(evidence, grouping, len(groups))
    return [Chance(*answers) for answers in zip(records, inside, ground, strict=True)]


@dataclass(frozen=True)
class _Moved:
    """What came of one question.

    Attributes
    ----------
    layers : Layers or None
    unit : ndarray of int, shape (n_supplied,)
        What moved as one.
    status : ndarray of int, shape (n_units,)
    words : mapping of int to str
        What each status means.
    cluster : ndarray of int, shape (n_supplied,), or None
        What may share an error although it did not move as one.
    doubtful : ndarray of bool, shape (n_units,), or None
        Units of whose placements no test can be made: their ground was drawn after the finds.
    """

    layers: Layers | None
    unit: Ints
    status: Ints
    words: Mapping[int, str]
    cluster: Ints | None = None
    doubtful: Bools | None = None


def _nulls(evidence: Evidence, grouping: Grouping, question: _Moved) -> list[Null]:
    """Answer one question for every group."""
    compared, reason = evidence.compared, evidence.draws.reason
    n = len(grouping.names)
    if reason is not None:
        return [figures.no_null(reason)] * n
    settings = compared.settings
    verifiable = _count(grouping.supplied[compared.supplied.verifiable], n)
    finds = _count(grouping.finds[compared.finds.counted], n)
    shares = _tested_shares(compared, grouping, question.unit, question.status)
    answers: dict[int, Null] = {}
    if question.layers is not None:
        tested = _Tested.of(question.layers, grouping, question, settings.tolerance_m)
        for index in np.unique(tested.group):
            rows = slice(*np.searchsorted(tested.group, [index, index + 1]))
            answer = figures.null_of(
                tested.observed[rows],
                tested.by_layer[:, rows],
                tested.size[rows],
                draws=settings.draws,
                rng=np.random.default_rng([settings.seed, _DRAWING]),
                verifiable=int(verifiable[index]),
                finds=int(finds[index]),
                tested_share=shares[int(index)],
                sampled_share=question.layers.sampled_share,
                cluster=None if tested.cluster is None else tested.cluster[rows],
                one_to_one=settings.matching != "nearest",
            )
            if question.doubtful is not None and question.doubtful[tested.unit[rows]].any():
                answer = replace(answer, p=None, reason=FOLLOWS_FINDS)
            answers[int(index)] = answer
    missing = np.array([index not in answers for index in range(n)], dtype=bool)
    reasons = _obstacles(compared, grouping, question, missing)
    return [
        answers[index] if index in answers else figures.no_null(reasons[index], shares[index])
        for index in range(n)
    ]


def _tested_shares(
    compared: Compared, grouping: Grouping, unit: Ints, status: Ints
) -> list[float | None]:
    """Share of the verifiable points of each group that lie in units that can be tested."""
    n, kinds = len(grouping.names), len(STATUS) + 1
    rows = np.flatnonzero(compared.supplied.verifiable & (grouping.supplied >= 0))
    kind = status[unit[rows]]
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
    draws = evidence.draws
    if draws.reason is not None:
        return [False] * len(grouping.names)
    shares = _tested_shares(evidence.compared, grouping, draws.unit, draws.records_status)
    return [share is not None and share >= figures.STANDS_FROM for share in shares]


def _count(group: Ints, n: int) -> Ints:
    return np.bincount(group[group >= 0], minlength=n)


@dataclass(frozen=True)
class _Tested:
    """Pairs of the tested points of each group and unit, sorted so."""

    group: Ints
    unit: Ints
    cluster: Ints | None
    size: Ints
    observed: Ints
    by_layer: Ints

    @classmethod
    def of(
        cls, layers: Layers, grouping: Grouping, question: _Moved, tolerance_m: float
    ) -> _Tested:
        group = grouping.supplied[layers.point]
        order = np.argsort(group, kind="stable")
        order = order[group[order] >= 0]
        point, group = layers.point[order], group[order]
        unit = question.unit[point]
        new = np.ones(len(order), dtype=bool)
        new[1:] = (group[1:] != group[:-1]) | (unit[1:] != unit[:-1])
        start = np.flatnonzero(new)
        observed, by_layer = (
            np.add.reduceat(pairs[..., order], start, axis=-1, dtype=np.int64)
            for pairs in (layers.observed[tolerance_m], layers.paired[tolerance_m])
        )
        size = np.diff(np.append(start, len(order)))
        cluster = None if question.cluster is None else question.cluster[point[start]]
        return cls(group[start], unit[start], cluster, size, observed, by_layer)


def _obstacles(
    compared: Compared, grouping: Grouping, question: _Moved, missing: Bools
) -> list[str]:
    """Say for groups without a tested unit what is most common among its units."""
    # A group without any is given none.
    asked = np.append(missing, False)[grouping.supplied] & compared.supplied.verifiable
    rows, status = np.flatnonzero(asked), question.status
    key = grouping.supplied[rows] * len(status) + question.unit[rows]
    # Rows of a unit mostly stand together: one of each run is enough.
    key = np.unique(key[np.append(True, key[1:] != key[:-1])]) if len(key) else key
    group, of = key // max(len(status), 1), status[key % max(len(status), 1)]
    table = np.zeros((len(missing), len(STATUS) + 1), dtype=np.int64)
    np.add.at(table, (group, of), 1)
    return [
        question.words[int(counts.argmax())] if counts.any() else NO_VERIFIABLE for counts in table
    ]


def _ground(evidence: Evidence, grouping: Grouping, n: int) -> list[GroundChance]:
    """Share of the positions open to the judged points of each group that have a find in reach."""
    reason = evidence.draws.reason
    if reason is None and evidence.sample is None:
        reason = NO_POSITIONS
    if reason is not None:
        return [GroundChance(None, None, 0, reason)] * n
    headline = (evidence.compared.settings.tolerance_m,)
    return [answer for (answer,) in shares_anywhere(evidence, grouping, headline)]
