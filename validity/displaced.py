"""Is the map wrong, or only misplaced: many worlds, diagnosed, and set against their truth."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from statistics import fmean

import numpy as np

from mapaccuracy import Settings
from mapaccuracy.displacement import Diagnosis, diagnose
from validity import displaced_worlds, worlds
from validity.displaced_worlds import LAYOUTS, MISTAKES, Displaced
from validity.trials import DRAWS, SEED

Make = Callable[[np.random.Generator, int], Displaced]
Rows = list[list[str]]

RIGHT_M = 1.0
CLAIMED_RIGHT = 0.95
CLAIMED_FALSE = 0.05
CLAIMED_FLATTERY = 0.015
SHIFT = "displacement"
TRUE = "as_supplied"
# At this tolerance a degree of turn shows; the range keeps the cells of the search as many.
FINE_M, NEAR_M = 2.0, 40.0


@dataclass(frozen=True)
class Case:
    """Many worlds of one kind.

    Attributes
    ----------
    key : int
        Own stream of random numbers.
    name : str
        As the table says it.
    make : callable
        Makes the world of a run.
    runs : (int, int)
        In the whole form, and in the short one.
    right : str or None
        Name of the hypothesis that is right; None where the map knows nothing.
    tolerance_m, range_m : float
    """

    key: int
    name: str
    make: Make
    runs: tuple[int, int]
    right: str | None
    tolerance_m: float = 10.0
    range_m: float = 200.0


@dataclass(frozen=True)
class Diagnosed:
    """What was said of one world, and how far it is from the truth.

    Attributes
    ----------
    place, layout : str
    missing : float
    verdict : str
    first : str
        Name of the first hypothesis.
    accepted : tuple of str
    off_m : float or None
        Median distance from the truth of the map, corrected by the verdict; None where that
        corrects nothing.
    claimed : bool
        Whether a displacement is given.
    shift_off_m : float or None
        From the displacement given to the true one; None where either is missing.
    nearest_off_m : float or None
        The same from the nearest of the displacement and the alternatives named with it.
    alternatives : int
    gain : float or None
        Share of points that have a pair after the displacement less share as supplied, held out.
    precision_gain : float or None
        The same of precision.
    """

    place: str
    layout: str
    missing: float
    verdict: str
    first: str
    accepted: tuple[str, ...]
    off_m: float | None
    claimed: bool
    shift_off_m: float | None
    nearest_off_m: float | None
    alternatives: int
    gain: float | None
    precision_gain: float | None

    def told(self, right: str) -> bool:
        """Whether the verdict is the right one, by the right cause."""
        verdict = {TRUE: "as_supplied", SHIFT: "displaced"}.get(right, "explained")
        return self.verdict == verdict and self.first == right

    @property
    def on_truth(self) -> bool:
        """Whether the corrected map lies within 1 m of the truth."""
        return self.off_m is not None and self.off_m <= RIGHT_M

    @property
    def shift_right(self) -> bool:
        return self.shift_off_m is not None and self.shift_off_m <= RIGHT_M

    @property
    def shift_right_or_said(self) -> bool:
        """Whether the true displacement is given, or named as one that cannot be told from it."""
        return self.nearest_off_m is not None and self.nearest_off_m <= RIGHT_M


Found = Mapping[Case, Sequence[Diagnosed]]


def diagnosed(case: Case, run: int, draws: int = DRAWS) -> Diagnosed:
    """Make one world and diagnose it; cases of one key see the same worlds, run by run."""
    world = case.make(np.random.default_rng([SEED, case.key, run]), run)
    settings = Settings(
        tolerance_m=case.tolerance_m,
        range_m=case.range_m,
        draws=draws,
        seed=run,
        **world.settings,
    )
    told = diagnose(world.supplied, world.finds, world.searched, settings=settings)
    by_name = {one.name: one for one in told.hypotheses}
    shift = told.displacement
    claimed = shift.east_m is not None and shift.north_m is not None
    off = [
        float(np.hypot(peak[0] - world.move_m[0], peak[1] - world.move_m[1]))
        for peak in [
            (shift.east_m, shift.north_m),
            *((peak.east_m, peak.north_m) for peak in shift.alternatives),
        ]
        if claimed and np.isfinite(world.move_m[0])
    ]
    held_out, before = by_name[SHIFT].held_out, by_name[TRUE].precision
    known = None not in (
        None if held_out is None else held_out.value,
        None if before is None else before.value,
    )
    gain = by_name[SHIFT].gain
    return Diagnosed(
        place=displaced_worlds.place_of(run),
        layout=displaced_worlds.layout_of(run),
        missing=world.missing,
        verdict=told.verdict,
        first=told.hypotheses[0].name,
        accepted=tuple(one.name for one in told.hypotheses if one.accepted),
        off_m=_off_m(told, world) if told.verdict in ("explained", "displaced") else None,
        claimed=claimed,
        shift_off_m=off[0] if off else None,
        nearest_off_m=min(off) if off else None,
        alternatives=len(shift.alternatives),
        gain=None if gain is None else gain.value,
        precision_gain=held_out.value - before.value if known else None,
    )


def _off_m(told: Diagnosis, world: Displaced) -> float:
    """Measure the median distance of the corrected copy from the truth, on the ellipsoid."""
    # Supplied points are in the order of their ids, here and there.
    rows = told.corrected()
    if "corrected_x" in rows:
        x, y = rows["corrected_x"].to_numpy(), rows["corrected_y"].to_numpy()
        return float(np.median(np.hypot(x - world.true_lon, y - world.true_lat)))
    lon, lat = rows["corrected_lon"].to_numpy(), rows["corrected_lat"].to_numpy()
    _, _, metres = displaced_worlds.GEOD.inv(lon, lat, world.true_lon, world.true_lat)
    return float(np.median(metres))


# --- what is simulated ---------------------------------------------------------------------------

RUNS, SHORT_RUNS = 200, 3
# Mistakes that move the whole map alike, by less than the range of the search.
SHIFTS = ("sk42_as_wgs84", "wgs84_as_sk42", "gk_on_wgs84_ellipsoid")
# The turn moves points by less than the tolerance of 10 m.
TOO_SMALL = ("grid_as_true", "true_as_grid")
MISREAD = [
    Case(
        700 + number,
        name,
        partial(displaced_worlds.misread, name=name),
        (RUNS, SHORT_RUNS),
        name,
    )
    for number, name in enumerate(MISTAKES)
]
FINE = [
    replace(case, tolerance_m=FINE_M, range_m=NEAR_M) for case in MISREAD if case.name in TOO_SMALL
]
SHIFTED = [
    Case(
        750 + number,
        f"anything up to 150 m, {layout}",
        partial(displaced_worlds.shifted, layout=layout),
        (RUNS, SHORT_RUNS),
        SHIFT,
    )
    for number, layout in enumerate(LAYOUTS)
]
ALIASED = [
    Case(760, "ten records, 102 m along their rows", displaced_worlds.aliased, (20, 1), SHIFT)
]
RIGHT = [Case(770, "right as supplied", displaced_worlds.true_map, (RUNS, SHORT_RUNS), TRUE)]
UNRELATED = [
    *(
        Case(
            780 + number,
            f"four squares, {layout}",
            partial(displaced_worlds.unrelated, layout=layout),
            (RUNS, SHORT_RUNS),
            None,
        )
        for number, layout in enumerate(LAYOUTS)
    ),
    *(
        Case(
            790 + number,
            name,
            partial(displaced_worlds.unrelated_in, make=make),
            (RUNS, SHORT_RUNS),
            None,
        )
        for number, (name, make) in enumerate(
            (
                ("squares of 250 to 500 m", worlds.unrelated_squares),
                ("one L, arms of 1,200 m by 300 m", worlds.unrelated_ell),
                ("strips of 60 m by 600 m", worlds.unrelated_strips),
                ("strips of 60 m, near their axes", worlds.unrelated_along_roads),
            )
        )
    ),
]


# --- tables ---------------------------------------------------------------------------------------


def share(flags: Sequence[bool]) -> float:
    return fmean(flags)


def _per_cent(flags: Sequence[bool]) -> str:
    return f"{100 * share(flags):.1f} %" if len(flags) else ""


def _others(told: Sequence[Diagnosed], right: str) -> str:
    """What was said instead, the most common first."""
    said = Counter(
        one.verdict if one.verdict != "explained" else one.first
        for one in told
        if not one.told(right)
    )
    return ", ".join(f"{name} ({n})" for name, n in said.most_common(3))


def _verdicts(told: Sequence[Diagnosed]) -> str:
    return ", ".join(f"{name} ({n})" for name, n in Counter(o.verdict for o in told).most_common())


def misread_table(found: Found) -> Rows:
    """Lay out whether the mistake that was made is named."""
    rows = [
        [
            "mistake made",
            "tolerance",
            "runs",
            "named first",
            "explained by it",
            "corrected map within 1 m",
            "search alone within 1 m, or said",
            "else said (runs)",
        ]
    ]
    for case, told in found.items():
        rows.append(
            [
                case.name,
                f"{case.tolerance_m:g} m",
                str(len(told)),
                _per_cent([one.first == case.right for one in told]),
                _per_cent([one.told(case.right) for one in told]),
                _per_cent([one.on_truth for one in told]),
                _per_cent([one.shift_right_or_said for one in told] if case.name in SHIFTS else []),
                _others(told, case.right),
            ]
        )
    return rows


def search_table(found: Found) -> Rows:
    """Lay out whether the search finds a displacement that is within range."""
    rows = [
        [
            "map moved by",
            "runs",
            "displacement given",
            "within 1 m",
            "within 1 m, or named as an alternative",
            "with alternatives",
            "verdicts (runs)",
        ]
    ]
    for case, told in found.items():
        rows.append(
            [
                case.name,
                str(len(told)),
                _per_cent([one.claimed for one in told]),
                _per_cent([one.shift_right for one in told]),
                _per_cent([one.shift_right_or_said for one in told]),
                _per_cent([one.alternatives > 0 for one in told]),
                _verdicts(told),
            ]
        )
    return rows


def right_table(found: Found) -> Rows:
    """Lay out what is said of a map that is right."""
    rows = [["map", "runs", "as supplied", "anything accepted against it", "else said (runs)"]]
    for case, told in found.items():
        rows.append(
            [
                case.name,
                str(len(told)),
                _per_cent([one.told(TRUE) for one in told]),
                _per_cent([bool(set(one.accepted) - {TRUE}) for one in told]),
                _others(told, TRUE),
            ]
        )
    return rows


def unrelated_table(found: Found) -> Rows:
    """Lay out how often a map that knows nothing is rescued."""
    rows = [
        [
            "searched ground",
            "runs",
            "any hypothesis accepted",
            "displacement given",
            "held-out share less share as supplied, mean",
            "largest",
            "verdicts (runs)",
        ]
    ]
    for case, told in found.items():
        gains = flattery(told)
        rows.append(
            [
                case.name,
                str(len(told)),
                _per_cent([bool(one.accepted) for one in told]),
                _per_cent([one.claimed for one in told]),
                f"{fmean(gains) + 0.0:.4f}",
                f"{max(gains):.3f}",
                _verdicts(told),
            ]
        )
    return rows


def flattery(told: Sequence[Diagnosed]) -> list[float]:
    """Give the larger of both held-out gains, run by run; 0 where no displacement is given."""
    return [
        max([gain for gain in (one.gain, one.precision_gain) if gain is not None], default=0.0)
        for one in told
    ]


PARTS: tuple[tuple[str, Sequence[Case], Callable[[Found], Rows]], ...] = (
    ("Misread maps: is the mistake named?", MISREAD, misread_table),
    ("The same at 2 m, where a small turn shows", FINE, misread_table),
    ("Moved maps: is the displacement found?", [*SHIFTED, *ALIASED], search_table),
    ("Right maps: are they left alone?", RIGHT, right_table),
    ("Unrelated maps: is any rescued?", UNRELATED, unrelated_table),
)
