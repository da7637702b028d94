"""What is concluded: one verdict, and the order of the hypotheses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mapaccuracy.displacement.free import LEVEL, Free, Moved
from mapaccuracy.displacement.tested import MIN_CONTRIBUTING, Tested, changes
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.schema import AS_SUPPLIED, DISPLACEMENT, Closer, Gain, Move, Verdict
from mapaccuracy.statistics.displacement import TOO_FEW

GAIN_UNSURE = (
    "a common displacement is beyond chance, but what it gains, held out, varies so much between "
    "records that it may be nothing"
)
GAINS_NOTHING = "the common displacement that was found gains nothing, held out"
SHORT_MOVE = (
    "a common move shorter than the tolerance brings pairs closer than any known mistake does, and "
    "changes nothing that is found"
)
# Two datum operations for one system differ by so much at most where the system is in use.
OPERATIONS_APART_M = 6.0


@dataclass(frozen=True)
class Judged:
    """The verdict.

    Attributes
    ----------
    verdict : Verdict
    name : str or None
        Of the hypothesis that it rests on.
    reason : str
        Why, in one sentence.
    """

    verdict: Verdict
    name: str | None
    reason: str


def is_above_0(change: Gain | Closer | None) -> bool:
    """Tell whether the interval of a change lies above 0."""
    return change is not None and change.low is not None and change.low > 0


def _is_accepted(p: float | None, nearer: Closer | None, contributing: int) -> bool:
    beyond_chance = p is not None and p <= LEVEL
    return beyond_chance and is_above_0(nearer) and contributing >= MIN_CONTRIBUTING


def helps(one: Tested) -> bool:
    """Tell whether undoing a mistake is accepted: beyond chance, and pairs come closer by it."""
    return _is_accepted(one.p, one.closer, one.contributing)


def best_of(tested: Sequence[Tested]) -> Tested | None:
    """Choose the mistake that brings pairs closest, of those that are accepted."""
    helping = [one for one in tested[1:] if helps(one)]
    return max(helping, key=lambda one: one.closeness, default=None)


def helps_a_part(one: Tested) -> bool:
    """Tell whether a mistake helps some records beyond chance, though not the map."""
    beyond_chance = one.p is not None and one.p <= LEVEL
    return beyond_chance and one.helped >= MIN_CONTRIBUTING and not helps(one)


def shift_is_accepted(free: Free, moved: Moved | None) -> bool:
    """Tell whether the common displacement is accepted, held out.

    One that is fitted must change which points have a find: what moves the map by less is an
    error of position. A known mistake explains that error, and needs no such gain.
    """
    figure = free.figure
    return (
        moved is not None
        and is_above_0(moved.gain)
        and _is_accepted(figure.p, moved.closer, figure.contributing)
    )


def judge(compared: Compared, tested: Sequence[Tested], free: Free, moved: Moved | None) -> Judged:
    """Conclude from every hypothesis and the search."""
    as_supplied, *named = tested
    best = best_of(tested)
    shift_helps = shift_is_accepted(free, moved)
    by_m = free.moves_m
    if moved is not None and by_m is not None and shift_helps:
        told = _of_shift(compared, tested, by_m, moved, best)
        if told is not None:
            return told
    shorter = best is not None and _is_a_short_move(compared, best, moved)
    if best is not None and not shorter:
        return Judged("explained", best.undone.name, best.undone.cause)
    if as_supplied.p is not None and as_supplied.p <= LEVEL:
        if as_supplied.contributing >= MIN_CONTRIBUTING:
            parts = any(helps_a_part(one) for one in named)
            reason = SHORT_MOVE if shorter else "nothing tested fits the whole map better"
            return Judged(
                "as_supplied",
                AS_SUPPLIED,
                f"{reason}, but a part of it, see notes" if parts else reason,
            )
        return Judged("cannot_be_told", None, _few(as_supplied.contributing))
    return _nothing_helps(tested, free, moved)


def _of_shift(
    compared: Compared,
    tested: Sequence[Tested],
    by_m: tuple[float, float],
    moved: Moved,
    best: Tested | None,
) -> Judged | None:
    """Conclude where a displacement helps; None where a named mistake says it better."""
    if best is not None and best.outcome is not None:
        further, _ = changes(compared, best.outcome, moved.held_out)
        if not is_above_0(further):
            return None
    off = [(_off_m(one.move, by_m), one) for one in tested if one.undone.operation and one.move]
    off_m, suspect = min(off, key=lambda entry: entry[0], default=(math.inf, None))
    if suspect is not None and off_m <= OPERATIONS_APART_M:
        return Judged(
            "explained",
            suspect.undone.name,
            f"{suspect.undone.cause}; the displacement found lies {off_m:.1f} m from what that "
            "mistake gives, as another choice of datum operation would",
        )
    return Judged(
        "displaced", DISPLACEMENT, "one common displacement helps, and no known mistake explains it"
    )


def _is_a_short_move(compared: Compared, best: Tested, moved: Moved | None) -> bool:
    """Tell whether a common move below the tolerance does better than a mistake that is as small.

    Where all reference points lie on one side, a turn about them looks like such a move.
    """
    if is_above_0(best.gain) or best.outcome is None or moved is None:
        return False
    _, nearer = changes(compared, best.outcome, moved.held_out)
    return is_above_0(nearer)


def _off_m(move: Move, by_m: tuple[float, float]) -> float:
    return math.hypot(move.east_m - by_m[0], move.north_m - by_m[1])


def _few(contributing: int) -> str:
    return f"{contributing} records fit beyond chance; {MIN_CONTRIBUTING} are needed"


def _nothing_helps(tested: Sequence[Tested], free: Free, moved: Moved | None) -> Judged:
    gains = [one.gain for one in tested if one.gain is not None]
    if free.fits is None:
        return Judged("cannot_be_told", None, free.figure.reason or "")
    if gains and all(one.reason == TOO_FEW for one in gains):
        return Judged("cannot_be_told", None, TOO_FEW)
    if free.found is not None and free.found.p <= LEVEL and moved is None:
        return Judged("cannot_be_told", None, free.figure.reason or "")
    if moved is not None and moved.gain.high is not None:
        if moved.gain.high > 0:
            return Judged("cannot_be_told", None, GAIN_UNSURE)
        return Judged("no_displacement_helps", None, GAINS_NOTHING)
    return Judged(
        "no_displacement_helps",
        None,
        "neither the map as supplied nor any move of it fits beyond what unrelated records show",
    )
