"""What is simulated, and the tables of what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import fmean

import numpy as np

from validity import worlds
from validity.trials import LEVEL, Asked, Study, Trial

Trials = Mapping[Study, Sequence[Trial]]
Rows = list[list[str]]
Make = Callable[[np.random.Generator], worlds.World]

CLAIMED_FALSE_ALARMS = 0.08
CLAIMED_POWER = 0.9
LADDER = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
ALIASED_RUNGS_M = (2.0, 5.0, 10.0, 25.0, 50.0)
SHIFTS_M = (99.0, 100.0, 101.0, 102.0, 103.0)

SQUARES = "squares of 250 to 500 m"
ELL = "one L, arms of 1,200 m by 300 m"
MANY_SQUARES = "144 squares, 240 records"
STRIPS = "strips of 60 m by 600 m"
ALONG_ROADS = "strips of 60 m, records and fields near their axes"
MAP_LED = "squares around records, searched because of the map"
AT_MOST_NOMINAL = (SQUARES, ELL, MANY_SQUARES)
# Name, kind of world, and runs in the whole and in the short form.
_UNRELATED: tuple[tuple[str, Make, tuple[int, int]], ...] = (
    (SQUARES, worlds.unrelated_squares, (250, 30)),
    (ELL, worlds.unrelated_ell, (250, 30)),
    (MANY_SQUARES, partial(worlds.unrelated_squares, times=12), (300, 4)),
    (STRIPS, worlds.unrelated_strips, (120, 10)),
    (ALONG_ROADS, worlds.unrelated_along_roads, (120, 10)),
    (MAP_LED, worlds.led_by_the_map, (50, 3)),
)
FALSE_ALARMS = [
    Study(key, name, make, tolerance_m, runs)
    for key, (name, make, runs) in enumerate(_UNRELATED, start=100)
    for tolerance_m in (2.0, 10.0)
]
POWER = [
    Study(
        200 + true,
        f"{true} of 10 records true",
        partial(worlds.true_map, share=true / 10),
        2.0,
        (100, 20),
    )
    for true in (10, 5, 2, 1)
]
NOTHING = "records lie right, mines anywhere in their outline"
ROWS = "rows lie right as well, mines anywhere along them"
SHORT_ROWS = "the same, rows of 8 mines and more"
MINES = "records and mines lie right"
KNOW_NO_MINES = (NOTHING, ROWS)
LONG = 11  # mines; such a row is longer than three rows are wide, so that its axis is the rows'
_INSIDE: tuple[tuple[str, Make], ...] = (
    (NOTHING, partial(worlds.right_records, known="nothing")),
    (ROWS, partial(worlds.right_records, known="rows", least_mines=LONG)),
    (SHORT_ROWS, partial(worlds.right_records, known="rows")),
    (MINES, partial(worlds.right_records, known="mines")),
)
INSIDE = [
    Study(key, name, make, tolerance_m, runs)
    for key, (name, make) in enumerate(_INSIDE, start=300)
    for tolerance_m, runs in ((1.5, (250, 20)), (10.0, (20, 2)))
]
FADE_OUT = [
    Study(
        400 + round(fade_out_m),
        f"{fade_out_m:g} m around finds, {'said so' if told else 'passed off as tasked'}",
        partial(worlds.followed_finds, fade_out_m=fade_out_m, basis="final" if told else "tasked"),
        10.0,
        (20, 2) if told else (150, 3),
        (1.0, 2.0, 5.0, 10.0, 20.0),
        full_ladder=True,
        fade_out_m=fade_out_m if told else None,
    )
    for fade_out_m in (15.0, 25.0, 50.0)
    for told in (True, False)
]
RECORDS = {1: "1 record", 10: "10 records"}
ALIASED_TABLE = [
    Study(
        500 + n,
        name,
        partial(worlds.aliased, records=n),
        10.0,
        (5, 1),
        ALIASED_RUNGS_M,
        full_ladder=True,
    )
    for n, name in RECORDS.items()
]
ALIASED = [
    Study(
        500 + n,
        name,
        partial(worlds.aliased, records=n, margin_m=150.0),
        tolerance_m,
        (20, 1),
        LADDER,
    )
    for n, name in RECORDS.items()
    for tolerance_m in LADDER
]
SHIFTED = [
    Study(
        600,
        f"{shift_m:g} m",
        partial(worlds.aliased, records=10, shift_m=shift_m),
        tolerance_m,
        (10, 1),
    )
    for shift_m in SHIFTS_M
    for tolerance_m in (1.0, 2.0)
]


# --- summaries, also asserted by the tests -------------------------------------------------------


def asked(trials: Sequence[Trial], question: str) -> list[Asked]:
    """Give what came of one question, where it could be asked."""
    every = [getattr(trial, question) for trial in trials]
    return [one for one in every if one.p is not None]


def share_that_knows(trials: Sequence[Trial], question: str) -> float | None:
    """Share of the runs with a p in which it is at most 5 %; None without such a run."""
    found = asked(trials, question)
    return fmean(one.knows for one in found) if found else None


def told_without_chance(trial: Trial, beyond_m: float = 0.0) -> list[float]:
    """Rungs beyond a distance at which precision stands with no figure by chance beside it."""
    return [
        rung.tolerance_m
        for rung in trial.ladder
        if rung.tolerance_m > beyond_m
        and rung.precision is not None
        and rung.expected is None
        and rung.anywhere is None
    ]


def reads_as_knowledge(trial: Trial) -> bool:
    """Whether a reader could take the result for a map that knows something."""
    return trial.records.knows or trial.inside.knows


def _per_cent(share: float | None) -> str:
    return "" if share is None else f"{100 * share:.1f} %"


def _mean(values: Sequence[float | None], digits: int = 3) -> str:
    known = [value for value in values if value is not None]
    # Adding nothing turns -0 into 0.
    return f"{round(fmean(known), digits) + 0.0:.{digits}f}" if known else ""


def _why(trials: Sequence[Trial], question: str) -> str:
    """The most common reason, and in how many runs it stands."""
    reasons = Counter(
        reason for trial in trials if (reason := getattr(trial, question).reason) is not None
    )
    if not reasons:
        return ""
    reason, n = reasons.most_common(1)[0]
    return f"{reason} ({n} runs)"


def _question(found: Trials, question: str, first: str) -> Rows:
    rows = [
        [
            first,
            "tolerance",
            "runs",
            "with a p",
            f"p at most {LEVEL:g}",
            "records tested",
            "precision of these",
            "expected by chance",
            "why no p",
        ]
    ]
    for study, trials in found.items():
        some = asked(trials, question)
        rows.append(
            [
                study.name,
                f"{study.tolerance_m:g} m",
                str(len(trials)),
                str(len(some)),
                _per_cent(share_that_knows(trials, question)),
                _mean([one.records for one in some], 1),
                _mean([one.observed for one in some]),
                _mean([one.expected for one in some]),
                _why(trials, question),
            ]
        )
    return rows


def false_alarms_table(found: Trials) -> Rows:
    """Lay out how often a map that knows nothing passes for one that does."""
    return _question(found, "records", "searched ground")


def power_table(found: Trials) -> Rows:
    """Lay out how often a map that knows something is recognised."""
    return _question(found, "records", "map")


def inside_table(found: Trials) -> Rows:
    """Lay out the same for the question where the mines are inside the records."""
    return _question(found, "inside", "map")


def fade_out_table(found: Trials) -> Rows:
    """Lay out what a random map scores where perimeters follow finds."""
    rows = [
        [
            "perimeters",
            "runs",
            "precision at 10 m",
            "anywhere in the ground",
            "records: p at most 0.05",
            "inside: p at most 0.05",
            "rungs told without chance",
        ]
    ]
    for study, trials in found.items():
        rows.append(
            [
                study.name,
                str(len(trials)),
                _mean([trial.precision for trial in trials]),
                _mean([trial.anywhere for trial in trials]),
                _knows_of_all(trials, "records"),
                _knows_of_all(trials, "inside"),
                str(sum(bool(told_without_chance(trial)) for trial in trials)),
            ]
        )
    return rows


def _knows_of_all(trials: Sequence[Trial], question: str) -> str:
    some = asked(trials, question)
    return f"{sum(one.knows for one in some)} of {len(some)}"


def aliased_precision_table(found: Trials) -> Rows:
    """Lay out precision by rung of a map of which every point is 102 m wrong."""
    rows = [["map", "runs", *(f"{rung:g} m" for rung in ALIASED_RUNGS_M)]]
    for study, trials in found.items():
        by_rung = [
            _mean([trial.ladder[k].precision for trial in trials], 2)
            for k in range(len(ALIASED_RUNGS_M))
        ]
        rows.append([study.name, str(len(trials)), *by_rung])
    return rows


def aliased_table(found: Trials) -> Rows:
    """Lay out what is said of that map at each headline tolerance."""
    rows = [
        [
            "map",
            "tolerance",
            "runs",
            "inside: p at most 0.05",
            "why no p",
            "records: p at most 0.05",
            "points told apart",
            "position error told",
        ]
    ]
    for study, trials in found.items():
        rows.append(
            [
                study.name,
                f"{study.tolerance_m:g} m",
                str(len(trials)),
                _knows_of_all(trials, "inside"),
                _why(trials, "inside"),
                _knows_of_all(trials, "records"),
                "yes" if all(trial.resolvable for trial in trials) else "no",
                str(sum(trial.bias_east_m is not None for trial in trials)),
            ]
        )
    return rows


def shifted_table(found: Trials) -> Rows:
    """Lay out the same for shifts round 102 m, with ten records."""
    rows = [
        [
            "map wrong by",
            "tolerance",
            "runs",
            "precision",
            "inside: p at most 0.05",
            "bias told, m",
        ]
    ]
    for study, trials in found.items():
        rows.append(
            [
                study.name,
                f"{study.tolerance_m:g} m",
                str(len(trials)),
                _mean([trial.precision for trial in trials], 2),
                _knows_of_all(trials, "inside"),
                _mean([trial.bias_east_m for trial in trials], 1) or "none",
            ]
        )
    return rows
