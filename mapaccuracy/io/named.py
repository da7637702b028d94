"""Which files a name stands for: one, those that fit a pattern, or standard input."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from mapaccuracy.errors import InputError
from mapaccuracy.io.addresses import scheme_of
from mapaccuracy.io.request import shown_name, unreadable

STDIN = "-"
# Excel lays such a file beside a workbook that is open.
_LOCK = "~$"


def is_among(target: Path, paths: Iterable[str | Path]) -> bool:
    """Tell whether a file is one of those that names stand for.

    Parameters
    ----------
    target : Path
        Exists.
    paths : iterable of str or Path

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.csv"
    ...     file.touch()
    ...     is_among(file, [f"{folder}/*.csv"]), is_among(file, [f"{folder}/*.txt"])
    (True, False)
    """
    for path in paths:
        if scheme_of(path) is not None:
            continue
        with suppress(InputError):
            if any(file.exists() and target.samefile(file) for file in files_of(path)):
                return True
    return False


def files_of(path: str | Path) -> list[Path]:
    """List the files that a name stands for, in the order of their names.

    Parameters
    ----------
    path : str or Path
        A name that exists is itself, whatever its letters. Otherwise ``*``, ``?`` and ``[...]``
        stand for letters of a name, and ``**`` for folders; files whose names begin with a point
        fit none of them, nor do those that Excel lays beside an open workbook.

    Returns
    -------
    list of Path
        At least one; a name without a pattern is given back, whether it exists or not.

    Raises
    ------
    InputError
        If no file fits a pattern.

    Examples
    --------
    >>> files_of("no-such.csv")[0].name
    'no-such.csv'
    """
    text = str(path)
    # os.path tells names that no system takes; Path.exists raises for some of them.
    if not glob.has_magic(text) or os.path.lexists(text):
        return [Path(path)]
    try:
        found = sorted(glob.glob(text, recursive=True))  # noqa: PTH207
    except (OSError, ValueError, RecursionError):
        found = []
    files = [Path(name) for name in found if not Path(name).name.startswith(_LOCK)]
    if not files:
        fix = "check the pattern and the folder"
        raise unreadable(shown_name(Path(path)), "no file fits this pattern", fix=fix)
    return files
