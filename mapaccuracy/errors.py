"""The exceptions of the package; every one that a user can cause has this root."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Describable(Protocol):
    """Anything that can state itself in one line, with or without positions."""

    def text(self, with_locations: bool = False) -> str:
        """Say it in one line."""
        ...


class MapAccuracyError(Exception):
    """Root of all errors that the package raises on purpose."""


class SettingsError(MapAccuracyError):
    """Options, configuration, tolerance or coordinate system cannot be used (exit code 2).

    Parameters
    ----------
    messages : sequence of str
        One sentence per fault; all faults at once.
    """

    def __init__(self, messages: str | Sequence[str]) -> None:
        self.messages = (messages,) if isinstance(messages, str) else tuple(messages)
        super().__init__("\n".join(self.messages))


class InputError(MapAccuracyError):
    """An input is missing, unreadable, empty or has rows that cannot be used (exit code 3).

    Parameters
    ----------
    problems : sequence of Problem
        Every fault found, of all inputs together. ``str()`` of the error withholds
        values that are positions.
    """

    def __init__(self, problems: Sequence[Describable]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(problem.text() for problem in self.problems))
