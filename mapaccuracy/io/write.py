"""Writing result folders: whole or not at all."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mapaccuracy.errors import SettingsError

if TYPE_CHECKING:
    import pandas as pd

RESTRICTED = "restricted"
RESTRICTED_FILES = ("pairs.csv", "records.csv")
# Written only where they hold a row: what an earlier result left would pass for part of this one.
PARTIAL_FILES = (
    "ladder.csv",
    "effort.csv",
    "types.csv",
    "type_ratios.csv",
    "selection.csv",
    "accidents.csv",
)
_OWNER_FOLDER = 0o700
_OWNER_FILE = 0o600


class Folder:
    """A result folder that is filled beside its final place.

    Files are written to a temporary folder next to the target; `write` may be called
    several times, and nothing is seen at the target before `open_folder` ends without an
    error.
    """

    def __init__(self, temporary: Path) -> None:
        self._temporary = temporary

    def write(self, files: Mapping[str, bytes], *, restricted: bool = False) -> None:
        """Write files; restricted ones go to a folder that only the owner can read."""
        folder = self._temporary
        if restricted and files:
            folder = folder / RESTRICTED
            folder.mkdir(mode=_OWNER_FOLDER, exist_ok=True)
        for name, content in files.items():
            path = folder / name
            path.write_bytes(content)
            if restricted:
                path.chmod(_OWNER_FILE)


@contextmanager
def open_folder(target: str | Path) -> Iterator[Folder]:
    """Prepare a result folder; put its files in place when all of them are written.

    Files of the same name at the target are replaced, others stay; but restricted rows of an
    earlier result, and the tables that not every result has, go with that result.

    Parameters
    ----------
    target : path
        Folder; made if it does not exist.

    Raises
    ------
    SettingsError
        If the target cannot be written, before any work is done.
    """
    target = Path(target)
    made: list[Path] = []
    temporary: Path | None = None
    try:
        try:
            made += _missing_parents(target)
            # Named before it is made, so that no interruption can leave it behind.
            place = target if target.is_dir() else target.parent
            temporary = place / f".{target.name[:40]}-{secrets.token_hex(4)}"
            _prepare(temporary, target)
        except OSError as error:
            raise SettingsError(_unwritable(target, error)) from None
        yield Folder(temporary)
        try:
            _put_in_place(temporary, target)
        except OSError as error:
            raise SettingsError(_unwritable(target, error)) from None
        made.clear()
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
        for folder in made:
            with suppress(OSError):
                folder.rmdir()


def _missing_parents(target: Path) -> list[Path]:
    """List the folders above the target that do not exist yet, the innermost first."""
    return [folder for folder in target.absolute().parents if not folder.exists()]


def _prepare(temporary: Path, target: Path) -> None:
    if not str(target).strip() or str(target) == ".":
        raise SettingsError("--out names no folder; give the name of a folder, such as result.")
    if target.exists() and not target.is_dir():
        raise SettingsError(f"Cannot write to {target}: it is a file; name a folder with --out.")
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary.mkdir()


def _put_in_place(temporary: Path, target: Path) -> None:
    if not target.exists():
        temporary.replace(target)
        return
    files = sorted(path for path in temporary.rglob("*") if path.is_file())
    places = [target / path.relative_to(temporary) for path in files]
    # All or nothing: what could not be replaced is found before anything is.
    for place in places:
        if place.is_dir() or (place.parent.exists() and not place.parent.is_dir()):
            raise FileExistsError(17, f"{place.relative_to(target)} is in the way")
    for name in RESTRICTED_FILES:
        (target / RESTRICTED / name).unlink(missing_ok=True)
    if (temporary / "result.json").exists():
        for name in PARTIAL_FILES:
            (target / name).unlink(missing_ok=True)
    with suppress(OSError):
        (target / RESTRICTED).rmdir()
    for path, place in zip(files, places, strict=True):
        if place.parent != target:
            place.parent.mkdir(mode=_OWNER_FOLDER, exist_ok=True)
            place.parent.chmod(_OWNER_FOLDER)
        path.replace(place)


def _unwritable(target: Path, error: OSError) -> str:
    reason = (error.strerror or "the system refused").lower()
    return f"Cannot write to {target}: {reason}; name another folder with --out."


def to_bytes(table: pd.DataFrame) -> bytes:
    r"""Write a table as CSV, or as GeoJSON if it has geometry; numbers read back equal.

    Examples
    --------
    >>> import pandas as pd
    >>> to_bytes(pd.DataFrame({"id": ["S1"], "lat": [39.5]}))
    b'id,lat\nS1,39.5\n'
    """
    if hasattr(table, "geometry"):
        layer: Any = table
        return f"{layer.to_json(to_wgs84=True, drop_id=True, separators=(',', ':'))}\n".encode()
    return table.to_csv(index=False, lineterminator="\n").encode()
