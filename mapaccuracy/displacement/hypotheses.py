"""Every way in which the map may be wrong, with what it would mean."""

from __future__ import annotations

from collections.abc import Sequence

from mapaccuracy.displacement.free import Free, Moved
from mapaccuracy.displacement.tested import Tested, move_of
from mapaccuracy.displacement.verdict import Judged, helps, shift_is_accepted
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.schema import DISPLACEMENT, Hypothesis, Move

CAUSE_UNKNOWN = "one common displacement of the whole map, cause unknown"
NO_REACH = "no point comes near a find"
# Length of a move from which on it is rounded to so much.
_STEPS_M = ((10_000.0, 10_000.0), (1000.0, 10.0), (0.0, 0.1))
IN_PART = "on points drawn at random: {shown:,} of {all:,}"


def hypotheses_of(
    compared: Compared,
    tested: Sequence[Tested],
    free: Free,
    moved: Moved | None,
    judged: Judged,
) -> tuple[Hypothesis, ...]:
    """List all hypotheses: the one of the verdict first, then by how close they come."""
    listed = [(one.closeness, _named(compared, one)) for one in tested]
    closeness = 0.0 if moved is None else moved.held_out.closeness
    listed.append((closeness, _displaced(compared, free, moved)))

    def rank(entry: tuple[float, Hypothesis]) -> tuple[bool, bool, float]:
        close, told = entry
        return told.name != judged.name, not told.accepted, -close

    return tuple(told for _, told in sorted(listed, key=rank))


def _named(compared: Compared, one: Tested) -> Hypothesis:
    whole = None if one.outcome is None else one.outcome.whole
    reason = one.undone.reason
    if one.p is not None and whole is None:
        reason = NO_REACH
    elif whole is not None and len(one.outcome.paired) < len(compared.record):  # type: ignore[union-attr]
        shown = IN_PART.format(shown=len(one.outcome.paired), all=len(compared.record))  # type: ignore[union-attr]
        reason = shown if reason is None else f"{reason}; {shown}"
    in_part = whole is not None and len(one.outcome.paired) < len(compared.record)  # type: ignore[union-attr]
    precision = None if whole is None else whole.precision
    return Hypothesis(
        name=one.undone.name,
        cause=one.undone.cause,
        precision=precision,
        # Finds near records that were not drawn have no point to be paired with.
        recall=None if whole is None or in_part else whole.recall,
        held_out=precision,
        confirmed_share=None if whole is None else whole.confirmed_share,
        gain=one.gain,
        closer=one.closer,
        p=one.p,
        draws=compared.settings.draws if one.p is not None else 0,
        records=one.records if one.p is not None else None,
        contributing=one.contributing if one.p is not None else None,
        by_chance=one.by_chance if one.p is not None else None,
        accepted=helps(one),
        move=_rounded(one.move),
        rest=one.rest,
        in_area=one.undone.in_area,
        operation=one.undone.operation,
        reason=reason,
    )


def _displaced(compared: Compared, free: Free, moved: Moved | None) -> Hypothesis:
    figure = free.figure
    given = free.moves_m
    move = None if given is None else Move(*given, 0.0)
    if moved is not None and free.turned is not None:
        move = move_of(compared, *moved.at)
    return Hypothesis(
        name=DISPLACEMENT,
        cause=CAUSE_UNKNOWN,
        precision=None if moved is None else moved.in_sample.whole.precision,
        recall=None if moved is None else moved.in_sample.whole.recall,
        held_out=None if moved is None else moved.held_out.whole.precision,
        confirmed_share=None if moved is None else moved.held_out.whole.confirmed_share,
        gain=None if moved is None else moved.gain,
        closer=None if moved is None else moved.closer,
        p=figure.p,
        draws=0 if figure.p is None else free.draws,
        records=figure.records if figure.p is not None else None,
        contributing=figure.contributing if figure.p is not None else None,
        by_chance=figure.by_chance if figure.p is not None else None,
        accepted=shift_is_accepted(free, moved),
        move=_rounded(move),
        rest=None,
        in_area=None,
        operation=None,
        reason=figure.reason,
    )


def _rounded(move: Move | None) -> Move | None:
    """Round a move to 0.1 m, 10 m from 1 km on, 10 km from 10 km on.

    What some mistakes move a map by depends on where it lies: to the metre, it would tell that.
    """
    if move is None:
        return None
    parts = move.east_m, move.north_m, move.spread_m
    step_m = next(step for least, step in _STEPS_M if max(map(abs, parts)) >= least)
    # Divided by whole steps a metre, so that 0.3 is 0.3.
    return Move(*(round(m / step_m) / (1 / step_m) + 0.0 for m in parts))
