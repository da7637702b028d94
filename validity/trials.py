"""One world, one evaluation: what a reader of the result would be told of chance."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

import mapaccuracy
from validity.worlds import World

SEED = 20240607
DRAWS = 199
LEVEL = 0.05


@dataclass(frozen=True)
class Asked:
    """What came of one question asked of chance.

    Attributes
    ----------
    p, observed, expected : float or None
    records : int
        Records that could be tested.
    reason : str or None
    """

    p: float | None
    observed: float | None
    expected: float | None
    records: int
    reason: str | None

    @property
    def knows(self) -> bool:
        """Whether a reader is told that the map knows something."""
        return self.p is not None and self.p <= LEVEL


@dataclass(frozen=True)
class Told:
    """One rung of the ladder, as told."""

    tolerance_m: float
    n: int
    precision: float | None
    expected: float | None
    anywhere: float | None
    reason: str | None


@dataclass(frozen=True)
class Trial:
    """What the result of one world says.

    Attributes
    ----------
    n : int
        Verifiable points.
    precision, anywhere : float or None
        Of the map; share of positions in searched ground with any find within the tolerance.
    records, inside : Asked
    ladder : tuple of Told
    agreeing : int
        Records that agree.
    resolvable : bool or None
    bias_east_m : float or None
    """

    n: int
    precision: float | None
    anywhere: float | None
    records: Asked
    inside: Asked
    ladder: tuple[Told, ...]
    agreeing: int
    resolvable: bool | None
    bias_east_m: float | None


@dataclass(frozen=True)
class Study:
    """Many worlds of one kind, evaluated in one way.

    Attributes
    ----------
    key : int
        Own stream of random numbers.
    name : str
        As the table says it.
    make : callable
        Makes a world.
    tolerance_m : float
    runs : (int, int)
        In the whole form, and in the short one.
    ladder : tuple of float
    full_ladder : bool
    fade_out_m : float or None
    """

    key: int
    name: str
    make: Callable[[np.random.Generator], World]
    tolerance_m: float
    runs: tuple[int, int]
    ladder: tuple[float, ...] = ()
    full_ladder: bool = False
    fade_out_m: float | None = None

    def settings(self, run: int) -> mapaccuracy.Settings:
        """Settings of one run; every run draws for itself."""
        return mapaccuracy.Settings(
            crs="local",
            tolerance_m=self.tolerance_m,
            ladder=self.ladder or (self.tolerance_m,),
            full_ladder=self.full_ladder,
            fade_out_m=self.fade_out_m,
            draws=DRAWS,
            seed=run,
        )


def trial(study: Study, run: int) -> Trial:
    """Make one world and evaluate it.

    Studies of one key see the same worlds, run by run, so that their rows can be compared.
    """
    world = study.make(np.random.default_rng([SEED, study.key, run]))
    result = mapaccuracy.evaluate(
        world.supplied, world.finds, world.searched, settings=study.settings(run)
    )
    whole = result.to_dict()["overall"]
    chance = whole["chance"]
    return Trial(
        whole["precision"]["n"],
        whole["precision"]["value"],
        chance["ground"]["any_find_share"],
        _asked(chance["records"]),
        _asked(chance["inside"]),
        tuple(
            Told(
                rung["tolerance_m"],
                rung["n"],
                rung["precision"],
                rung["expected_precision"],
                rung["expected_any_find_share"],
                rung["reason"],
            )
            for rung in whole["ladder"]
        ),
        whole["agreement"]["agreeing"],
        whole["resolution"]["resolvable"],
        whole["position"]["bias_east_m"],
    )


def _asked(null: Mapping[str, Any]) -> Asked:
    return Asked(
        null["p"],
        null["observed_precision"],
        null["expected_precision"],
        null["records"],
        null["reason"],
    )
