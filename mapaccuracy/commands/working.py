"""From files to what is printed: the way that several commands go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from mapaccuracy.commands import messages
from mapaccuracy.commands.exits import EXIT_INCOMPLETE
from mapaccuracy.commands.progress import progress
from mapaccuracy.errors import InputError, SettingsError

if TYPE_CHECKING:
    from mapaccuracy.checks.gates import Judged
    from mapaccuracy.io.write import Folder
    from mapaccuracy.schema import Problem, Settings

Paths = Mapping[Any, Sequence[str]]
OUT_WRITTEN = "The files asked for with --out were written."


@contextmanager
def usable(with_locations: bool, undone: str = "Nothing was evaluated.") -> Iterator[None]:
    """List what is wrong with inputs that cannot be used, and end the command."""
    try:
        yield
    except InputError as error:
        messages.show_unusable(error, with_locations, undone)
        raise click.exceptions.Exit(EXIT_INCOMPLETE) from None


def result_folder(out: str | None) -> AbstractContextManager[Folder | None]:
    """Open the folder of ``--out``, where one is asked for."""
    from mapaccuracy import io

    return nullcontext() if out is None else io.open_folder(out)


def read_tables(
    paths: Paths, layers: Mapping[Any, str], columns: Mapping[str, str]
) -> dict[Any, Any]:
    """Read the files of every role that has any."""
    from mapaccuracy import io

    return io.read_all(
        {role: files for role, files in paths.items() if files}, layers=layers, columns=columns
    )


def worked_out(
    work: Callable[..., Any],
    paths: Paths,
    layers: Mapping[Any, str],
    settings: Settings,
    read: Callable[[Paths, Mapping[Any, str], Mapping[str, str]], Mapping[str, Any]] = read_tables,
) -> Any:
    """Read the files and work on them, with progress.

    Parameters
    ----------
    work : callable
        Takes tables by their names, ``settings`` and ``progress``.
    paths : mapping of str to sequence of str
    layers : mapping of str to str
    settings : Settings
    read : callable, optional
        Takes paths, layers and columns; gives tables by the names that `work` knows.
    """
    with progress() as step:
        step("reading files")
        tables = read(paths, layers, named_headers(settings))
        return work(**tables, settings=settings, progress=step)


def named_headers(settings: Settings) -> dict[str, str]:
    """Give the headers that settings name: readers may leave out columns that nobody needs."""
    filters = {
        f"{role}.(filter)": where.partition("=")[0].strip()
        for role, where in settings.filters.items()
    }
    return {**settings.columns, **filters}


def gate_remarks(judged: Sequence[Judged]) -> list[str]:
    """Say which gates are not met or cannot be judged, and how many there are of each."""
    lines = [
        f"Gate {entry.outcome} ({entry.gate.level}): {entry.gate.metric} in {entry.district}: "
        f"{entry.said}."
        for entry in judged
        if entry.outcome != "met"
    ]
    counts = Counter(entry.outcome for entry in judged)
    if judged:
        lines.append(f"Gates: {', '.join(f'{n} {word}' for word, n in sorted(counts.items()))}.")
    return lines


def conclude(
    text: str,
    problems: Iterable[Problem],
    with_locations: bool,
    remarks: Iterable[str] = (),
    written: Sequence[str] = (),
) -> None:
    """Show the problems of a run that is done, remarks, and its result.

    Parameters
    ----------
    text : str
        The result.
    problems : iterable of Problem
        Without those that are for information only.
    with_locations : bool
    remarks : iterable of str
    written : sequence of str
        Which files are there even if the text cannot be printed.

    Raises
    ------
    SettingsError
        If standard output cannot be written.
    """
    messages.show((p for p in problems if p.severity != "info"), with_locations)
    for remark in remarks:
        messages.tell(remark)
    try:
        messages.say(text)
    except SettingsError as error:
        raise SettingsError([*error.messages, *written]) from None
