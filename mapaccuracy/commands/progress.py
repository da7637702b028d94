"""Progress of long work: on stderr, and only on a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from mapaccuracy.commands import interruption


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """Show the current step while the block runs; nothing outside a terminal or in CI."""
    if not sys.stderr.isatty() or os.environ.get("CI"):
        yield lambda _: interruption.check()
        return
    from rich.console import Console

    with Console(stderr=True).status("starting") as status:

        def step(name: str) -> None:
            interruption.check()
            status.update(name)

        yield step
