"""Figures and accepted findings of an earlier run, to hold a later one against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mapaccuracy.checks.gates import rate_of
from mapaccuracy.errors import SettingsError
from mapaccuracy.schema.configuration import JUDGED
from mapaccuracy.schema.version import __version__

SCHEMA_VERSION = 1
# Of fewer a rate tells of single items.
_FEW = 5


def baseline_of(
    result: Mapping[str, Any], accepted: Sequence[str] = (), before: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Make a baseline of a result document: rates with their intervals, and searched hectares.

    Parameters
    ----------
    result : mapping
    accepted : sequence of str
        Fingerprints of findings that are accepted from now on.
    before : mapping, optional
        The baseline so far, of which what is accepted stays so.

    Returns
    -------
    dict
        ``schema_version``, ``tool``, ``tolerance_m``, ``overall``, ``districts`` (by name) and
        ``accepted`` (sorted). No position, no id; rates of fewer than 5 are null.

    Raises
    ------
    SettingsError
        If it is no result document.
    """
    try:
        groups = {str(group["group"]): _figures(group) for group in result["districts"]}
        whole = _figures(result["overall"])
        tolerance_m = result["settings"]["tolerance_m"]
    except (KeyError, TypeError):
        raise SettingsError("The file is no result of mapaccuracy evaluate.") from None
    kept = set(accepted) | set(() if before is None else before["accepted"])
    return {
        "schema_version": SCHEMA_VERSION,
        "tool": {"name": "mapaccuracy", "version": __version__},
        "tolerance_m": tolerance_m,
        "overall": whole,
        "districts": dict(sorted(groups.items())),
        "accepted": sorted(kept),
    }


def _figures(group: Mapping[str, Any]) -> dict[str, Any]:
    rates = {name: rate_of(group, name) for name in JUDGED}
    hidden = {"value": None, "low": None, "high": None}
    shown = {
        name: {**rate, **hidden, "n": None} if rate["n"] < _FEW else rate
        for name, rate in rates.items()
    }
    return {**shown, "searched_hectares": group["searched_hectares"]}


def checked_baseline(document: Any) -> dict[str, Any]:
    """Take a baseline as it was read, if it is one of this version.

    Raises
    ------
    SettingsError
    """
    parts = {"overall": dict, "districts": dict, "accepted": list}
    if not isinstance(document, dict) or not all(
        isinstance(document.get(name), kind) for name, kind in parts.items()
    ):
        raise SettingsError("The file is no baseline; mapaccuracy baseline update writes one.")
    if document.get("schema_version") != SCHEMA_VERSION:
        raise SettingsError(
            f"The baseline is of version {document.get('schema_version')}; this program reads "
            f"{SCHEMA_VERSION}. Write it again with mapaccuracy baseline update."
        )
    return document
