"""Ctrl-C: an interrupted run writes nothing, a run that writes is not interrupted.

Python drops a KeyboardInterrupt that falls into some callbacks of its own, so the signal is
remembered and looked at again between steps and before anything is put in place.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType

_seen = threading.Event()


def watch() -> None:
    """Remember Ctrl-C from now on, and raise KeyboardInterrupt at once."""
    _seen.clear()
    _on_interrupt(_raise)


def check() -> None:
    """Raise KeyboardInterrupt if Ctrl-C was pressed since `watch`."""
    if _seen.is_set():
        raise KeyboardInterrupt


def complete() -> None:
    """From here the run is completed: Ctrl-C is ignored, unless it was pressed before."""
    _on_interrupt(signal.SIG_IGN)
    check()


def ending() -> None:
    """Ignore Ctrl-C while the run ends, so that it ends with its own exit code."""
    _on_interrupt(signal.SIG_IGN)


def _raise(_number: int, _frame: FrameType | None) -> None:
    _seen.set()
    raise KeyboardInterrupt


def _on_interrupt(handler: object) -> None:
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, handler)  # type: ignore[arg-type]
