"""Faults planted in a simulated submission: what is done to it, and what a check must find.

Everything is SYNTHETIC. A plant changes tables in place and gives what must be found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pandas as pd

from mapaccuracy.simulate import Scenario, Simulation, simulate


@cache
def _simulated(seed: int, records: int) -> Simulation:
    return simulate(Scenario(seed=seed, records=records, unmapped_fields=max(1, records // 3)))


@dataclass
class World:
    """The inputs of a check, as tables; a plant may change any of them.

    Attributes
    ----------
    outlines : GeoDataFrame or None
        A further file of the submission.
    more : dict of str to bytes
        Further files of the submission, by name.
    options : list of str
        Further arguments of the command.
    """

    supplied: Any
    finds: Any
    searched: Any
    districts: Any
    previous: Any = None
    outlines: Any = None
    more: dict[str, bytes] = field(default_factory=dict)
    options: list[str] = field(default_factory=lambda: ["--crs", "EPSG:4326"])

    def row(self, index: int) -> int:
        """Give the row number of a supplied point, as a spreadsheet counts."""
        return index + 2


def clean(seed: int = 0, records: int = 12) -> World:
    """Make a submission without a fault: about 200 points a record."""
    made = _simulated(seed, records)
    return World(
        made.supplied.drop(columns="note"),
        made.finds.drop(columns="note"),
        made.searched[made.searched["status"] == "cleared"].drop(columns="note"),
        made.districts.drop(columns="note"),
    )


# What must be found: code to rows of the submission; () is a finding of the whole file.
Found = dict[str, tuple[int, ...]]
PLANTS: dict[str, Callable[[World], Found]] = {}


def plant(function: Callable[[World], Found]) -> Callable[[World], Found]:
    PLANTS[function.__name__] = function
    return function


def _set(frame: pd.DataFrame, index: int, **cells: Any) -> None:
    for name, value in cells.items():
        if not isinstance(value, (int, float)):
            frame[name] = frame[name].astype(object)
        frame.loc[frame.index[index], name] = value


@plant
def axes_swapped(world: World) -> Found:
    for index in (5, 117):
        row = world.supplied.iloc[index]
        _set(world.supplied, index, lat=row["lon"], lon=row["lat"])
    return {"MA203": (world.row(5), world.row(117))}


@plant
def outside_all_districts(world: World) -> Found:
    _set(world.supplied, 30, lat=-28.5)
    return {"MA501": (world.row(30),)}


@plant
def district_disagrees(world: World) -> Found:
    other = world.supplied["district"].iloc[-1]
    assert world.supplied["district"].iloc[40] != other
    _set(world.supplied, 40, district=other)
    return {"MA502": (world.row(40),)}


@plant
def missing_id(world: World) -> Found:
    _set(world.supplied, 50, id="")
    return {"MA102": (world.row(50),)}


@plant
def not_a_number(world: World) -> Found:
    _set(world.supplied, 60, lat="thirty")
    return {"MA103": (world.row(60),)}


@plant
def null_island(world: World) -> Found:
    _set(world.supplied, 70, lat=0.0, lon=0.0)
    return {"MA207": (world.row(70),)}


@plant
def duplicate_id(world: World) -> Found:
    _set(world.supplied, 81, id=world.supplied["id"].iloc[80])
    return {"MA401": (world.row(80), world.row(81))}
