"""What is concluded: one verdict, and the order of the hypotheses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from mapaccuracy.displacement.free import LEVEL, Free, Moved
from mapaccuracy.displacement.tested import MIN_CONTRIBUTING, Tested, gain_of
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.schema import AS_SUPPLIED, DISPLACEMENT, Gain, Move, Verdict
from mapaccuracy.statistics.displacement import TOO_FEW

GAIN_UNSURE = (
    "a common displacement is beyond chance, but what it gains, held out, varies so much between "
    "records that it may be nothing"
)
GAINS_NOTHING = "the common displacement that was found gains nothing, held out"
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


def is_accepted(p: float | None, gained: Gain | None, contributing: int, closer: bool) -> bool:
    """Tell whether a hypothesis is beyond chance, and gains.

    Parameters
    ----------
    p : float or None
    gained : Gain or None
    contributing : int
    closer : bool
        Pairs are closer than as supplied: a few points may come into reach at the edge of the
        tolerance while all the others go farther off.
    """
    return (
        closer
        and p is not None
        and p <= LEVEL
        and gained is not None
        and gained.low is not None
        and gained.low > 0
        and contributing >= MIN_CONTRIBUTING
    )


def helps(one: Tested, as_supplied: Tested) -> bool:
    """Tell whether undoing a mistake is accepted."""
    closer = one.closeness > as_supplied.closeness
    return is_accepted(one.p, one.gain, one.contributing, closer)


def best_of(tested: Sequence[Tested]) -> Tested | None:
    """Choose the mistake that brings pairs closest, of those that are accepted."""
    as_supplied, *named = tested
    helping = [one for one in named if helps(one, as_supplied)]
    return max(helping, key=lambda one: one.closeness, default=None)


def helps_a_part(one: Tested, as_supplied: Tested) -> bool:
    """Tell whether a mistake helps some records beyond chance, though not the map."""
    beyond_chance = one.p is not None and one.p <= LEVEL
    whole = helps(one, as_supplied)
    return beyond_chance and one.helped >= MIN_CONTRIBUTING and not whole


def shift_is_accepted(free: Free, moved: Moved | None, as_supplied: Tested) -> bool:
    """Tell whether the common displacement is accepted, held out."""
    if moved is None:
        return False
    closer = moved.held_out.closeness > as_supplied.closeness
    return is_accepted(free.figure.p, moved.gain, free.figure.contributing, closer)


def judge(compared: Compared, tested: Sequence[Tested], free: Free, moved: Moved | None) -> Judged:
    """Conclude from every hypothesis and the search."""
    as_supplied, *named = tested
    best = best_of(tested)
    shift_helps = shift_is_accepted(free, moved, as_supplied)
    by_m = free.moves_m
    if moved is not None and by_m is not None and shift_helps:
        told = _of_shift(compared, tested, by_m, moved, best)
        if told is not None:
            return told
    if best is not None:
        return Judged("explained", best.undone.name, best.undone.cause)
    if as_supplied.p is not None and as_supplied.p <= LEVEL:
        if as_supplied.contributing >= MIN_CONTRIBUTING:
            parts = any(helps_a_part(one, as_supplied) for one in named)
            reason = "nothing tested fits the whole map better"
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
        further = gain_of(compared, best.outcome.paired, moved.held_out.paired)
        if not (further.low is not None and further.low > 0):
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
