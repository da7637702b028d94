"""What is said on stderr."""

from __future__ import annotations

from collections.abc import Iterable

import click

from mapaccuracy.errors import Describable, InputError


def show_unusable(error: InputError, with_locations: bool = False) -> None:
    """List every problem of inputs that cannot be used."""
    n = len(error.problems)
    click.echo(
        f"The inputs cannot be used: {n:,} problem{'' if n == 1 else 's'}. Nothing was evaluated.",
        err=True,
    )
    show(error.problems, with_locations)


def show(problems: Iterable[Describable], with_locations: bool = False) -> None:
    """List problems, one a line."""
    for problem in problems:
        click.echo(problem.text(with_locations), err=True)
