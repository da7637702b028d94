"""Writing one file: whole or not at all, and over nothing by accident."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from mapaccuracy.errors import SettingsError
from mapaccuracy.io.addresses import scheme_of
from mapaccuracy.io.named import is_among
from mapaccuracy.io.request import refused, shown_name, unreadable

_SECRET = frozenset({"token", "user", "password", "passfile", "sslpassword", "service"})

_OWNER = 0o600


def check_target(
    target: str | Path, option: str, *, force: bool, inputs: Iterable[str | Path] = ()
) -> None:
    """Refuse a file that cannot or must not be written, before any work is done.

    Parameters
    ----------
    target : path
    option : str
        What names it, for messages.
    force : bool
        Whether a file that exists may be replaced.
    inputs : iterable of path
        Files that are never overwritten.

    Raises
    ------
    SettingsError
    """
    file = Path(target)
    name = shown_name(file)
    try:
        if file.is_dir():
            raise SettingsError(f"{option} names {name}, which is a folder; name a file.")
        if not file.parent.is_dir():
            raise SettingsError(f"{option}: there is no folder for {name}; make it first.")
        if file.exists():
            if is_among(file, inputs):
                raise SettingsError(f"{name} is an input, which is never overwritten.")
            if not force:
                raise SettingsError(
                    f"{name} exists; name another file with {option}, or give --force."
                )
    except (OSError, ValueError):
        raise SettingsError(f"{option}: {name} cannot be written.") from None


def write_file(
    target: str | Path, data: bytes, option: str, *, force: bool, restricted: bool = False
) -> None:
    """Write a file beside its place and put it there when it is complete.

    Raises
    ------
    SettingsError
        If the system refuses, or the file has come to exist and `force` is not given.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_file(Path(folder) / "a.toml", b"schema = 1", "--write-config", force=False)
    ...     [path.name for path in Path(folder).iterdir()]
    ['a.toml']
    """
    file = Path(target)
    temporary = file.parent / f".{file.name[:40]}-{secrets.token_hex(4)}"
    try:
        # Nobody else may read it from the first byte on.
        temporary.touch(mode=_OWNER if restricted else 0o666)
        temporary.write_bytes(data)
        if force:
            temporary.replace(file)
        else:
            _place(temporary, file)
    except FileExistsError:
        name = shown_name(file)
        raise SettingsError(
            f"{name} exists; name another file with {option}, or give --force."
        ) from None
    except OSError as error:
        reason = (error.strerror or "the system refused").lower()
        raise SettingsError(f"Cannot write {shown_name(file)}: {reason}.") from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def is_file(path: str | Path) -> bool:
    """Tell whether there is a file of this name."""
    return Path(path).is_file()


def read_json(path: str | Path) -> Any:
    """Read a JSON document that another command wrote.

    Raises
    ------
    InputError
        If it is missing or is none.
    """
    file = Path(path)
    name = shown_name(file)
    try:
        return json.loads(file.read_bytes())
    except FileNotFoundError:
        raise unreadable(name, "there is no such file", fix="check the name") from None
    except OSError as error:
        raise refused(name, error) from None
    except (ValueError, RecursionError):
        raise unreadable(name, "it is not complete JSON", fix="write it again") from None


def append_file(target: str | Path, data: bytes, option: str) -> None:
    """Write at the end of a file that others write to as well.

    Raises
    ------
    SettingsError
        If the system refuses.
    """
    file = Path(target)
    try:
        with file.open("ab") as stream:
            stream.write(data)
    except OSError as error:
        reason = (error.strerror or "the system refused").lower()
        raise SettingsError(f"{option}: cannot write {shown_name(file)}: {reason}.") from None


def relative_paths(paths: Iterable[str | Path]) -> dict[str, str]:
    """Give the path of each file as it was named, by its name, if it lies below this folder.

    Examples
    --------
    >>> relative_paths(["in/map.csv", "/elsewhere/finds.csv", "../up.csv"])
    {'map.csv': 'in/map.csv'}
    """
    known: dict[str, str] = {}
    for path in paths:
        file = Path(path)
        if scheme_of(path) is None and not file.is_absolute() and ".." not in file.parts:
            known.setdefault(shown_name(file), file.as_posix())
    return known


def _place(temporary: Path, file: Path) -> None:
    """Give a file its name unless there is one of that name."""
    try:
        os.link(temporary, file)
    except FileExistsError:
        raise
    except OSError:
        # Some file systems know no second name of a file.
        if file.exists():
            raise FileExistsError(17, "it exists") from None
        temporary.replace(file)


def relative_to_file(paths: Iterable[str], target: str | Path) -> list[str]:
    """Give paths as a file names them: relative to its folder, with slashes.

    An address is given without user, query and token.

    Examples
    --------
    >>> relative_to_file(["data/finds.csv", "https://u:p@host/FeatureServer/0?token=x"], "a.toml")
    ['data/finds.csv', 'https://host/FeatureServer/0']
    """
    folder = Path(target).parent
    return [_plain(path) if "://" in path else _relative(path, folder) for path in paths]


def _relative(path: str, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive of Windows
        return Path(path).absolute().as_posix()


def _plain(address: str) -> str:
    parts = urlsplit(address)
    # The table of a database stands in its query; of a service, which features are meant.
    query = parse_qsl(parts.query)
    if parts.scheme.startswith("http"):
        query = [(name, value) for name, value in query if name.lower() == "where"]
    kept = [(name, value) for name, value in query if name.lower() not in _SECRET]
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, urlencode(kept), ""))
