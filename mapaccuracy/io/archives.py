"""ZIP archives: judged by their list of contents before anything is unpacked, and in memory only.

Spreadsheets, KMZ and zipped shapefiles are all such archives. Nothing is written to disk: what
was unpacked could hold positions, and would stay behind if the program were killed.
"""

from __future__ import annotations

import io
import re
import stat
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePosixPath

from mapaccuracy.errors import InputError

# A gigabyte of text is ten million rows; deflate itself can expand a thousandfold.
MOST_BYTES = 1 << 30
# Blank cells of a wide table compress very well; up to this size they may.
FREE_BYTES = 1 << 26
MOST_TIMES = 200
MOST_PARTS = 10_000

_DRIVE = re.compile(r"[A-Za-z]:")
_LOCKED = 1


@dataclass(frozen=True)
class Archive:
    """A ZIP archive that keeps to the limits.

    Attributes
    ----------
    names : tuple of str
        Of its files, with slashes, in the order of the archive.
    """

    names: tuple[str, ...]
    _file: zipfile.ZipFile
    _refuse: Callable[[str], InputError]
    _damaged: str

    def read(self, name: str) -> bytes:
        """Unpack one file; never more than the archive says beforehand, and with its checksum.

        Raises
        ------
        InputError
            If it is damaged.
        """
        try:
            return self._file.read(name)
        except Exception:  # a damaged part fails in any way
            raise self._refuse(self._damaged) from None


def opened(data: bytes, refuse: Callable[[str], InputError], damaged: str) -> Archive:
    """Open an archive, and refuse one that is not what it should be.

    Parameters
    ----------
    data : bytes
    refuse : callable
        Makes the error of a reason.
    damaged : str
        The reason given for an archive that cannot be read.

    Returns
    -------
    Archive

    Raises
    ------
    InputError
        If it is damaged or locked, if paths in it lead out of it, are links or stand twice, or if
        it would unpack to more than `MOST_BYTES`, or to more than `FREE_BYTES` and `MOST_TIMES`
        its own size, or holds more than `MOST_PARTS`.

    Examples
    --------
    >>> stream = io.BytesIO()
    >>> with zipfile.ZipFile(stream, "w") as file:
    ...     file.writestr("a/b.txt", "SYNTHETIC")
    >>> archive = opened(stream.getvalue(), InputError, "it is damaged")
    >>> archive.names, archive.read("a/b.txt")
    (('a/b.txt',), b'SYNTHETIC')
    """
    try:
        file = zipfile.ZipFile(io.BytesIO(data))
        parts = file.infolist()
    except Exception:  # as in `Archive.read`
        raise refuse(damaged) from None
    reason = _reason(parts, len(data))
    if reason is not None:
        raise refuse(reason)
    names = tuple(part.filename for part in parts if not part.is_dir())
    return Archive(names, file, refuse, damaged)


def _reason(parts: list[zipfile.ZipInfo], size: int) -> str | None:
    """Say why an archive is not unpacked, if there is a reason."""
    if len(parts) > MOST_PARTS:
        return f"it is an archive of {len(parts):,} files; up to {MOST_PARTS:,} are read"
    total = sum(part.file_size for part in parts)
    if total > MOST_BYTES:
        return f"it would unpack to {total:,} bytes; up to {MOST_BYTES:,} are read"
    if total > FREE_BYTES and total > MOST_TIMES * size:
        return (
            f"it would unpack to {total // size:,} times its size; beyond {FREE_BYTES:,} bytes, "
            f"up to {MOST_TIMES} times are read"
        )
    if any(part.flag_bits & _LOCKED for part in parts):
        return "it is locked with a password"
    if any(_leads_out(part.orig_filename) for part in parts):
        return "it is an archive with a path that leads out of it"
    if any(stat.S_ISLNK(part.external_attr >> 16) for part in parts):
        return "it is an archive that holds a link to another file"
    if len({part.filename.casefold() for part in parts}) < len(parts):
        return "it is an archive that holds two files of the same name"
    return None


def _leads_out(name: str) -> bool:
    path = PurePosixPath(name.replace("\\", "/"))
    return path.is_absolute() or ".." in path.parts or bool(_DRIVE.match(name)) or "\x00" in name
