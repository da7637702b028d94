"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mapaccuracy.checks.given import Given
from mapaccuracy.schema import CATALOGUE, Problem, Severity

Find = Callable[[Given], Sequence[Problem]]


@dataclass(frozen=True)
class Rule:
    """One thing that can be wrong with a submission, and how it is found.

    Attributes
    ----------
    code : str
        Of the catalogue, which has the texts.
    needs : tuple of str
        What it cannot run without, as `Given.lack` knows it: ``points``, ``districts`` ...
    why : str
        What follows for the user if the fault stays: one sentence.
    find : callable
        Takes what was given and lists what was found.
    explains : tuple of str
        Codes that are left out for the rows of a finding of this rule: they follow from it.
    """

    code: str
    needs: tuple[str, ...]
    why: str
    find: Find
    explains: tuple[str, ...] = ()

    @property
    def slug(self) -> str:
        """Its name, for people."""
        return CATALOGUE[self.code].slug

    @property
    def severity(self) -> Severity:
        """How much it weighs, if the user says nothing else."""
        return CATALOGUE[self.code].severity


def rule(
    code: str, *, needs: tuple[str, ...] = (), why: str, explains: tuple[str, ...] = ()
) -> Callable[[Find], Rule]:
    """Make a rule of a function that finds.

    Examples
    --------
    >>> @rule("MA010", why="Nothing follows.")
    ... def nothing(given):
    ...     return []
    >>> nothing.slug, nothing.severity, nothing.needs
    ('rows-accounted', 'info', ())
    """

    def made(find: Find) -> Rule:
        return Rule(code, needs, why, find, explains)

    return made
