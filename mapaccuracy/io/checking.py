"""What a configuration says of checks: ``[check]`` and what stands under it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from mapaccuracy.schema import CATALOGUE, closest
from mapaccuracy.schema.configuration import (
    CHECK,
    PARAMS,
    SEVERITY,
    SUPPRESS,
    Checking,
    Key,
    Suppression,
)

Fault = Callable[[tuple[str, ...], str], None]
_TABLES = ("severity", "params", "suppress")


class Rules:
    """Reads the table of checks, and tells all that is wrong with it.

    Parameters
    ----------
    fault : callable
        Takes the place of a fault in the file, and what is wrong.
    """

    def __init__(self, fault: Fault) -> None:
        self._fault = fault
        self._sound = True

    def read(self, table: Any) -> Checking:
        """Read ``[check]``; what cannot be used is told and left out."""
        if not isinstance(table, dict):
            self._say(("check",), "check must be a table, written [check].")
            return Checking()
        inner = {name: value for name, value in table.items() if name not in _TABLES}
        known = self._keys(("check",), "[check]", CHECK, inner, _TABLES)
        for name in ("select", "ignore"):
            for code in known.get(name, []):
                if not any(rule.startswith(code) for rule in CATALOGUE):
                    self._say(("check", name), f"{name} in [check]: no rule begins with '{code}'.")
        return Checking(
            select=tuple(known.get("select", ())),
            ignore=tuple(known.get("ignore", ())),
            fail_on=known.get("fail_on"),
            severity=self._severity(table.get("severity", {})),
            params=self._params(table.get("params", {})),
            suppress=tuple(self._suppressions(table.get("suppress", []))),
        )

    def _say(self, place: tuple[str, ...], said: str) -> None:
        self._sound = False
        self._fault(place, said)

    def _keys(
        self,
        place: tuple[str, ...],
        shown: str,
        keys: Sequence[Key],
        table: Mapping[str, Any],
        more: Sequence[str] = (),
    ) -> dict[str, Any]:
        """Take what is known and fits."""
        by_name = {key.name: key for key in keys}
        taken: dict[str, Any] = {}
        for name, value in table.items():
            if name not in by_name:
                near = closest(name, [*by_name, *more])
                self._say((*place, name), f"there is no '{name}' in {shown}{near}")
            elif by_name[name].kind.fits(value):
                taken[name] = value
            else:
                said = f"{name} in {shown} must be {by_name[name].kind.said}."
                self._say((*place, name), said)
        return taken

    def _code(self, place: tuple[str, ...], code: str) -> bool:
        if code in CATALOGUE:
            return True
        self._say(place, f"there is no rule '{code}'{closest(code, list(CATALOGUE))}")
        return False

    def _severity(self, table: Any) -> dict[str, str]:
        if not isinstance(table, dict):
            self._say(("check", "severity"), "severity must be a table, written [check.severity].")
            return {}
        out: dict[str, str] = {}
        for code, value in table.items():
            place = ("check", "severity", code)
            if not self._code(place, code):
                continue
            if SEVERITY.kind.fits(value):
                out[code] = value
            else:
                self._say(place, f"{code} in [check.severity] must be {SEVERITY.kind.said}.")
        return out

    def _params(self, table: Any) -> dict[str, dict[str, float]]:
        if not isinstance(table, dict):
            self._say(("check", "params"), "params must be tables, written [check.params.CODE].")
            return {}
        out: dict[str, dict[str, float]] = {}
        for code, inner in table.items():
            place = ("check", "params", code)
            if code not in PARAMS:
                near = closest(code, list(PARAMS))
                self._say(place, f"there is nothing to set of '{code}'{near}")
            elif not isinstance(inner, dict):
                self._say(place, f"{code} must be a table, written [check.params.{code}].")
            else:
                out[code] = self._keys(place, f"[check.params.{code}]", PARAMS[code], inner)
        return out

    def _suppressions(self, listed: Any) -> list[Suppression]:
        shown = "[[check.suppress]]"
        if not (isinstance(listed, list) and all(isinstance(entry, dict) for entry in listed)):
            said = f"suppress must be a list of tables, each written {shown}."
            self._say(("check", "suppress"), said)
            return []
        out: list[Suppression] = []
        for number, table in enumerate(listed):
            place = ("check", "suppress", str(number))
            self._sound = True
            taken = self._keys(place, shown, SUPPRESS, table)
            for name in ("code", "reason", "until"):
                if name not in table:
                    self._say(place, f"{shown} has no {name}.")
            if "code" in taken:
                self._code((*place, "code"), taken["code"])
            if not self._sound:
                continue
            until, ids = taken["until"], taken.get("id", ())
            out.append(
                Suppression(
                    code=taken["code"],
                    reason=taken["reason"],
                    until=until if isinstance(until, date) else date.fromisoformat(until),
                    file=taken.get("file"),
                    ids=(ids,) if isinstance(ids, str) else tuple(ids),
                )
            )
        return out
