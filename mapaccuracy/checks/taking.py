"""From tables to what rules look at; nothing that is wrong with them stops here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from mapaccuracy import intake
from mapaccuracy.checks.given import Given
from mapaccuracy.schema import Layer, Problem, RawTable, Settings
from mapaccuracy.schema.configuration import Suppression


def take(
    tables: Mapping[str, Sequence[RawTable]],
    settings: Settings,
    faults: Mapping[str, Sequence[Problem]] | None = None,
    parameters: Mapping[str, Mapping[str, Any]] | None = None,
    suppressions: Sequence[Suppression] = (),
    today: date | None = None,
) -> Given:
    """Make layers of all inputs, of whatever rows can be used.

    Parameters
    ----------
    tables : mapping of str to sequence of RawTable
        By input: ``supplied`` (points, rows and outlines), ``finds``, ``searched``,
        ``districts``, ``previous``.
    settings : Settings
    faults : mapping of str to sequence of Problem, optional
        Of inputs that could not be read, what is wrong with them.
    parameters, suppressions, today : optional
        As in `Given`.

    Returns
    -------
    Given

    Raises
    ------
    SettingsError
        If a coordinate system is missing or contradicts a file.
    """
    inputs: dict[str, Sequence[RawTable]] = dict(tables)
    if "supplied" in inputs:
        inputs["supplied"] = ()
        by_shape: Mapping[Any, Sequence[RawTable]] = intake.by_shape(
            list(tables["supplied"]), settings
        )
        inputs.update(by_shape)
    noticed: list[Problem] = []
    failed: dict[str, str] = {}
    for name, problems in (faults or {}).items():
        noticed += problems
        failed[name] = f"{problems[0].source} cannot be read"
    layers: dict[str, Layer] = {}
    in_order: dict[str, tuple[RawTable, ...]] = {}
    for name, held in inputs.items():
        if not held:
            continue
        role: Any = "supplied" if name == "previous" else name
        looked = intake.look(held, role, replace(settings, drop_faulty=True))
        # What is wrong with the earlier submission is not the sender's fault now.
        noticed += looked.problems if name != "previous" else ()
        if looked.layer is None or not len(looked.layer.frame):
            failed[name] = f"no row of {held[0].source} can be used"
            continue
        layers[name] = looked.layer
        in_order[name] = looked.tables
    return Given(
        settings,
        layers,
        in_order,
        tuple(noticed),
        failed,
        parameters or {},
        tuple(suppressions),
        today,
    )
