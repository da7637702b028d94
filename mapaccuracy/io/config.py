"""The configuration file: settings and columns as TOML."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from mapaccuracy.errors import SettingsError
from mapaccuracy.io.request import shown_name
from mapaccuracy.schema import COLUMNS, ROLES, Role, Settings, closest

_TABLES = ("schema", "evaluate", "inputs")


def read_config(path: str | Path) -> dict[str, Any]:
    r"""Read a configuration file.

    ``schema = 1`` may stand at the top. ``[evaluate]`` holds names of `Settings`.
    ``[inputs.supplied]`` and so on hold ``layer``, ``crs`` (supplied and finds), ``where``
    (searched), and column names with the header that holds them.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    dict
        ``settings``: names and values for `Settings.from_mapping`; ``layers``: role to the
        name of the only layer to read. Only what the file says.

    Raises
    ------
    SettingsError
        If the file is missing or is not TOML (with the line), or for every key that is not
        known (with the closest one) and every value of the wrong kind.

    Examples
    --------
    >>> import tempfile
    >>> text = '[evaluate]\ntolerance_m = 5\n[inputs.finds]\nlayer = "Finds"\nid = "No."\n'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "mapaccuracy.toml"
    ...     _ = file.write_text(text, "utf-8")
    ...     read_config(file)
    {'settings': {'tolerance_m': 5, 'columns': {'finds.id': 'No.'}}, 'layers': {'finds': 'Finds'}}
    """
    file = Path(path)
    content = _load(file)
    faults = [
        f"{shown_name(file)}: there is no '{name}'{closest(name, list(_TABLES))}"
        for name in content
        if name not in _TABLES
    ]
    if "schema" in content and content["schema"] != 1:
        faults.append(
            f"{shown_name(file)}: schema is {content['schema']}; this version reads schema 1."
        )
    settings = _evaluate(file, content.get("evaluate", {}), faults)
    layers = _inputs(file, content.get("inputs", {}), settings, faults)
    if faults:
        raise SettingsError(faults)
    return {"settings": settings, "layers": layers}


def _load(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_bytes().decode("utf-8-sig"))
    except FileNotFoundError:
        raise SettingsError(f"{shown_name(file)}: there is no such configuration file.") from None
    except IsADirectoryError:
        raise SettingsError(f"{shown_name(file)} is a folder, not a configuration file.") from None
    except OSError:
        raise SettingsError(f"{shown_name(file)}: the configuration file cannot be read.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{shown_name(file)}: line {line} is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{shown_name(file)} is not valid TOML: {error}.") from None


def _is_table(file: Path, name: str, value: Any, faults: list[str]) -> bool:
    if isinstance(value, dict):
        return True
    faults.append(f"{shown_name(file)}: {name} must be a table, written [{name}].")
    return False


def _evaluate(file: Path, table: Any, faults: list[str]) -> dict[str, Any]:
    if not _is_table(file, "evaluate", table, faults):
        return {}
    known = [entry.name for entry in fields(Settings)]
    faults += [
        f"{shown_name(file)}: there is no '{name}' in [evaluate]{closest(name, known)}"
        for name in table
        if name not in known
    ]
    found = {name: value for name, value in table.items() if name in known}
    if "columns" in found and not (
        isinstance(found["columns"], dict)
        and all(isinstance(header, str) for header in found["columns"].values())
    ):
        faults.append(f"{shown_name(file)}: columns must be a table of 'role.name' = \"HEADER\".")
        del found["columns"]
    return found


def _inputs(
    file: Path, inputs: Any, settings: dict[str, Any], faults: list[str]
) -> dict[Role, str]:
    layers: dict[Role, str] = {}
    columns: dict[str, str] = dict(settings.get("columns", {}))
    if not _is_table(file, "inputs", inputs, faults):
        return layers
    faults += [
        f"{shown_name(file)}: there is no role '{name}'{closest(name, list(ROLES))}"
        for name in inputs
        if name not in ROLES
    ]
    for role in ROLES:
        table = inputs.get(role, {})
        if not _is_table(file, f"inputs.{role}", table, faults):
            continue
        for key, value in _texts(file, role, table, faults).items():
            if key == "layer":
                layers[role] = value
            elif key in _options(role):
                settings[_options(role)[key]] = value
            else:
                columns[f"{role}.{key}"] = value
    if columns:
        settings["columns"] = columns
    return layers


def _options(role: Role) -> dict[str, str]:
    if role in ("supplied", "finds"):
        return {"crs": f"{role}_crs"}
    return {"where": "searched_where"} if role == "searched" else {}


def _texts(file: Path, role: Role, table: Mapping[str, Any], faults: list[str]) -> dict[str, str]:
    known = ["layer", *_options(role), *(column.name for column in COLUMNS[role])]
    found = {}
    for key, value in table.items():
        if key not in known:
            faults.append(
                f"{shown_name(file)}: there is no '{key}' in [inputs.{role}]{closest(key, known)}"
            )
        elif not isinstance(value, str):
            faults.append(
                f'{shown_name(file)}: {key} in [inputs.{role}] must be text, written "...".'
            )
        else:
            found[key] = value
    return found
