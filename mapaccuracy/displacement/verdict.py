"""What is concluded: one verdict, and the order of the hypotheses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from mapaccuracy.displacement.free import LEVEL, Elsewhere, Free, Moved, fitting_elsewhere
from mapaccuracy.displacement.tested import (
    ENOUGH,
    MIN_CONTRIBUTING,
    TOO_FEW_SHEETS,
    Tested,
    are_enough,
    changes,
    counted,
)
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.schema import AS_SUPPLIED, DISPLACEMENT, Closer, Gain, Move, Verdict
from mapaccuracy.statistics.displacement import TOO_FEW

GAIN_UNSURE = (
    "a common displacement is beyond chance, but what it gains, held out, varies so much between "
    "{kind}s that it may be nothing"
)
GAIN_UNKNOWN = (
    "a common displacement is beyond chance, but {kind}s are too few, or too unequal, for an "
    "interval of what it gains"
)
MAY_GAIN_MORE = "a move gains more than the map as supplied, but it cannot be told: {reason}"
GAINS_NOTHING = "the common displacement that was found gains nothing, held out"
SHORT_MOVE = (
    "a common move shorter than the tolerance brings pairs closer than any known mistake does, and "
    "changes nothing that is found"
)
# Two datum operations for one system differ by so much at most where the system is in use.
OPERATIONS_APART_M = 6.0
# A datum moves a map by much more than that: shorter moves are near to it by chance.
_DATUM_MOVES_M = 5 * OPERATIONS_APART_M


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


def _is_accepted(
    p: float | None, nearer: Closer | None, contributing: int, by_chance: float
) -> bool:
    beyond_chance = p is not None and p <= LEVEL
    return beyond_chance and is_above_0(nearer) and are_enough(contributing, by_chance)


def helps(one: Tested) -> bool:
    """Tell whether undoing a mistake is accepted: beyond chance, and pairs come closer by it."""
    return _is_accepted(one.p, one.closer, one.contributing, one.by_chance)


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
        and _is_accepted(figure.p, moved.closer, figure.contributing, figure.by_chance)
    )


def judge(
    compared: Compared, tested: Sequence[Tested], free: Free, moved: Moved | None, kind: str
) -> Judged:
    """Conclude from every hypothesis and the search.

    Parameters
    ----------
    compared : Compared
    tested : sequence of Tested
        The map as supplied first.
    free : Free
    moved : Moved or None
    kind : {"record", "sheet"}
        What moved as one.
    """
    as_supplied = tested[0]
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
        if not are_enough(as_supplied.contributing, as_supplied.by_chance):
            return Judged("cannot_be_told", None, _few(as_supplied, kind))
        unsure = _gains_unsurely(tested, free, moved)
        if unsure is not None:
            return Judged("cannot_be_told", None, MAY_GAIN_MORE.format(reason=unsure))
        other = fitting_elsewhere(free, compared.settings.tolerance_m)
        here = as_supplied.contributing
        if other is not None and other.contributing >= here:
            return Judged("cannot_be_told", None, _two_sources(here, other, kind))
        judged = Judged("as_supplied", AS_SUPPLIED, "nothing tested fits the whole map better")
        if other is not None:
            return replace(judged, reason=f"{judged.reason}, but {_of_others(other, kind)}")
        if shorter:
            return replace(judged, reason=SHORT_MOVE)
        if any(helps_a_part(one) for one in tested[1:]):
            return replace(judged, reason=f"{judged.reason}, but a part of it, see notes")
        return judged
    return _nothing_helps(tested, free, moved, kind)


def _of_others(other: Elsewhere, kind: str) -> str:
    length_m = math.hypot(other.east_m, other.north_m)
    fit = "fits" if other.contributing == 1 else "fit"
    return (
        f"{other.contributing} of {counted(other.records, kind)} {fit} only after a move of "
        f"{length_m:.0f} m: the map may be of several sources"
    )


def _two_sources(here: int, other: Elsewhere, kind: str) -> str:
    return f"{counted(here, kind)} fit where they are, and {_of_others(other, kind)}"


def _gains_unsurely(tested: Sequence[Tested], free: Free, moved: Moved | None) -> str | None:
    """Tell why it is not known what a move gains that is beyond chance, and seems to gain."""
    moves = [(one.p, one.gain, one.closer) for one in tested[1:]]
    if moved is not None:
        moves.append((free.figure.p, moved.gain, moved.closer))
    for p, gained, nearer in moves:
        if p is None or p > LEVEL or gained is None or nearer is None or gained.low is not None:
            continue
        if (gained.value or 0) > 0 and (nearer.value or 0) > 0:
            return gained.reason
    return None


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
    off = [(_off_m(one.move, by_m), one) for one in tested if one.move and _is_of_datum(one)]
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


def _is_of_datum(one: Tested) -> bool:
    """Tell whether a mistake moves the whole map alike, as one of datum or ellipsoid does."""
    move = one.move
    return (
        one.undone.operation is not None
        and move is not None
        and move.spread_m <= OPERATIONS_APART_M
        and math.hypot(move.east_m, move.north_m) >= _DATUM_MOVES_M
    )


def _off_m(move: Move, by_m: tuple[float, float]) -> float:
    return math.hypot(move.east_m - by_m[0], move.north_m - by_m[1])


def _few(one: Tested, kind: str) -> str:
    return (
        f"{counted(one.contributing, kind)} of {one.records:,} fit beyond what surrounds them, and "
        f"{one.by_chance:.1f} would by chance; {ENOUGH}"
    )


def _nothing_helps(tested: Sequence[Tested], free: Free, moved: Moved | None, kind: str) -> Judged:
    gains = [one.gain for one in tested if one.gain is not None]
    gains += [] if moved is None else [moved.gain]
    if free.fits is None:
        return Judged("cannot_be_told", None, free.figure.reason or "")
    if gains and all(one.reason in (TOO_FEW, TOO_FEW_SHEETS) for one in gains):
        return Judged("cannot_be_told", None, gains[0].reason or "")
    if free.found is not None and free.found.p <= LEVEL and moved is None:
        return Judged("cannot_be_told", None, free.figure.reason or "")
    if moved is not None:
        if moved.gain.high is None:
            return Judged("cannot_be_told", None, GAIN_UNKNOWN.format(kind=kind))
        if moved.gain.high > 0:
            return Judged("cannot_be_told", None, GAIN_UNSURE.format(kind=kind))
        return Judged("no_displacement_helps", None, GAINS_NOTHING)
    return Judged(
        "no_displacement_helps",
        None,
        "neither the map as supplied nor any move of it fits beyond what unrelated records show",
    )
