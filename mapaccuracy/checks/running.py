"""Run all rules: what each of them found, or why it could not run."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, NamedTuple, cast

from mapaccuracy.checks.given import CannotRunError, Given
from mapaccuracy.checks.rule import Rule
from mapaccuracy.checks.suppressions import left_of, told_unused
from mapaccuracy.schema import Problem, Severity

Verdict = Literal["passed", "found", "not_run"]
# Told once all others have run.
UNUSED = "MA906"
_ORDER = {"error": 0, "warning": 1, "info": 2}


@dataclass(frozen=True)
class Choice:
    """Which rules run, and what they weigh.

    Attributes
    ----------
    select : tuple of str
        Codes or their beginnings (``MA2``); none is all.
    ignore : tuple of str
        Codes or their beginnings, taken from those.
    severity : mapping of str to str
        By code, instead of that of the catalogue.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)

    def left_out(self, code: str) -> str | None:
        """Say why a rule is left out; None if it runs.

        Examples
        --------
        >>> choice = Choice(select=("MA2",), ignore=("MA209",))
        >>> choice.left_out("MA203"), choice.left_out("MA209"), choice.left_out("MA101")
        (None, 'ignored', 'not selected')
        """
        if self.select and not code.startswith(self.select):
            return "not selected"
        return "ignored" if self.ignore and code.startswith(self.ignore) else None


class State(NamedTuple):
    """How a rule ended.

    Attributes
    ----------
    code : str
    state : {"passed", "found", "not_run"}
    reason : str
        Why it did not run; "" otherwise.
    incomplete : bool
        It had been given what it needs and could not run all the same.
    """

    code: str
    state: Verdict
    reason: str = ""
    incomplete: bool = False


@dataclass(frozen=True)
class Checked:
    """The outcome of a check.

    Attributes
    ----------
    findings : tuple of Problem
        Errors first, then by code, file and row.
    states : tuple of State
        Of every rule, by code.
    explained : mapping of str to int
        Findings that were left out because another one explains them, by code.
    suppressed : mapping of str to int
        Findings that were left out because somebody accepts them, by code.
    """

    findings: tuple[Problem, ...]
    states: tuple[State, ...]
    explained: Mapping[str, int]
    suppressed: Mapping[str, int] = field(default_factory=dict)

    @property
    def incomplete(self) -> bool:
        """Whether a rule could not run although it had been given what it needs."""
        return any(state.incomplete for state in self.states)


def check(given: Given, rules: Sequence[Rule], choice: Choice) -> Checked:
    """Run rules.

    Parameters
    ----------
    given : Given
    rules : sequence of Rule
    choice : Choice

    Returns
    -------
    Checked
    """
    found: dict[str, list[Problem]] = {}
    states: dict[str, State] = {}
    for rule in rules:
        reason = choice.left_out(rule.code)
        if reason is not None:
            states[rule.code] = State(rule.code, "not_run", reason)
            continue
        states[rule.code], found[rule.code] = _run(rule, given)
    kept, explained = _unexplained(found, rules)
    left: dict[str, int] = {}
    if given.suppressions or given.baseline is not None:
        # In the order of the document, in which equal names are counted.
        every = sorted((p for problems in kept.values() for p in problems), key=_rank)
        whole, left, idle = left_of(every, given)
        kept = {code: [p for p in whole if p.code == code] for code in kept}
        if UNUSED in kept and idle:
            kept[UNUSED] = told_unused(idle)
            states[UNUSED] = State(UNUSED, "found")
    for code in {*explained, *left}:
        if not kept[code]:
            reason = "all of it is suppressed, or follows from other findings"
            states[code] = State(code, "found", reason)
    findings = [
        problem
        if problem.code not in choice.severity
        else replace(problem, severity=cast("Severity", choice.severity[problem.code]))
        for problems in kept.values()
        for problem in problems
    ]
    ordered = sorted(findings, key=_rank)
    ended = tuple(states[code] for code in sorted(states))
    return Checked(tuple(ordered), ended, explained, left)


def _rank(problem: Problem) -> tuple[object, ...]:
    row = -1 if problem.row is None else problem.row
    weight = _ORDER[problem.severity or "error"]
    return (weight, problem.code, problem.source, row, problem.place, problem.id or "")


def _run(rule: Rule, given: Given) -> tuple[State, list[Problem]]:
    lacks = [lack for lack in map(given.lack, rule.needs) if lack is not None]
    if lacks:
        worst = max(lacks, key=lambda lack: lack.failed)
        return State(rule.code, "not_run", worst.reason, worst.failed), []
    try:
        problems = list(rule.find(given))
    except CannotRunError as told:
        return State(rule.code, "not_run", told.reason, told.failed), []
    except Exception as error:  # whatever is wrong with a rule, the others must still be heard
        # Texts of libraries may hold positions.
        reason = f"it failed with an internal error ({type(error).__name__})"
        return State(rule.code, "not_run", reason, incomplete=True), []
    return State(rule.code, "found" if problems else "passed"), problems


def _unexplained(
    found: Mapping[str, Sequence[Problem]], rules: Iterable[Rule]
) -> tuple[dict[str, list[Problem]], dict[str, int]]:
    """Leave out findings that follow from others about the same rows."""
    by_code: dict[str, set[tuple[str, int]]] = {}
    for rule in rules:
        rows = {(p.source, row) for p in found.get(rule.code, ()) for row in rows_of(p)}
        for code in rule.explains if rows else ():
            by_code.setdefault(code, set()).update(rows)
    kept: dict[str, list[Problem]] = {}
    left: dict[str, int] = {}
    for code, problems in found.items():
        known = by_code.get(code, set())
        kept[code] = [
            problem
            for problem in problems
            if not (rows_of(problem) and {(problem.source, r) for r in rows_of(problem)} <= known)
        ]
        if len(kept[code]) < len(problems):
            left[code] = len(problems) - len(kept[code])
    return kept, left


def rows_of(problem: Problem) -> tuple[int, ...]:
    """Give the rows that a finding speaks of; none if it is of a whole file."""
    return problem.rows or (() if problem.row is None else (problem.row,))
