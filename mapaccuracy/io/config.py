"""The configuration file: where it is found, and what it says."""

from __future__ import annotations

import glob
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mapaccuracy.errors import SettingsError
from mapaccuracy.io.addresses import scheme_of
from mapaccuracy.io.checking import Rules
from mapaccuracy.io.places import places_of
from mapaccuracy.io.request import shown_name
from mapaccuracy.schema import INPUT_ROLES, Role, Settings, closest
from mapaccuracy.schema.configuration import (
    ALIAS,
    CODE,
    ELSEWHERE,
    EVALUATE,
    GATE,
    SCHEMA_VERSION,
    UNJUDGED,
    Checking,
    Gate,
    Key,
    input_keys,
)
from mapaccuracy.schema.settings_checks import is_whole

NAMES = ("mapaccuracy.toml", "pyproject.toml")
_TABLES = ("schema", "inputs", "evaluate", "codes", "aliases", "gate", "check")
_IN_PROJECT = ("tool", "mapaccuracy")
_FREE = {"codes": (CODE, "categories"), "aliases": (ALIAS, "aliases")}
_STDIN = "-"


@dataclass(frozen=True)
class Configuration:
    """What a configuration file says.

    Attributes
    ----------
    file : Path
    settings : mapping of str to Any
        Names and values for `Settings.from_mapping`; only what the file says.
    paths : mapping of role to tuple of str
        Relative ones start where the program runs, not where the file lies.
    layers : mapping of role to str
        The only sheet or layer to read.
    gates : tuple of Gate
    checking : Checking
    lines : mapping of str to int
        Line of a setting, such as ``tolerance_m`` or ``columns.finds.id``, of
        ``inputs.finds.path`` and ``inputs.finds.layer``; as far as it is known.
    """

    file: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    paths: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    layers: Mapping[Role, str] = field(default_factory=dict)
    gates: tuple[Gate, ...] = ()
    checking: Checking = field(default_factory=Checking)
    lines: Mapping[str, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The file's name as messages show it."""
        return shown_name(self.file)


def find_config(folder: str | Path = ".") -> Path | None:
    r"""Look for a configuration: in a folder, and above it up to the root of a git working tree.

    Outside of a git working tree only the folder itself is looked at: a file that was left
    somewhere above must not change figures. In each folder ``mapaccuracy.toml`` goes before
    ``pyproject.toml``, which counts only if it has a table ``[tool.mapaccuracy]``.

    Parameters
    ----------
    folder : str or Path

    Returns
    -------
    Path or None

    Raises
    ------
    SettingsError
        If a ``pyproject.toml`` that names ``tool.mapaccuracy`` is not TOML.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as top:
    ...     inner = Path(top) / "project" / "area"
    ...     inner.mkdir(parents=True)
    ...     _ = (Path(top) / "project" / "mapaccuracy.toml").write_text("schema = 1\n", "utf-8")
    ...     before = find_config(inner)
    ...     (Path(top) / "project" / ".git").mkdir()
    ...     before is None, find_config(inner).name
    (True, 'mapaccuracy.toml')
    """
    start = Path(folder).resolve()
    above = [start, *start.parents]
    roots = [number for number, place in enumerate(above) if _exists(place / ".git")]
    for place in above[: roots[0] + 1] if roots else above[:1]:
        plain, project = (place / name for name in NAMES)
        if _exists(plain):
            return plain
        if _exists(project) and _is_ours(project):
            return project
    return None


def _exists(path: Path) -> bool:
    # What may not be looked at counts as not there, where Path.exists would raise.
    return os.path.exists(path)  # noqa: PTH110


def _is_ours(project: Path) -> bool:
    """Tell whether a project file has a table of ours; what is none of ours may be broken."""
    try:
        data = project.read_bytes()
    except OSError:
        return False
    if b"mapaccuracy" not in data:
        return False
    try:
        return _of_project(_parsed(project, _text(project))) is not None
    except SettingsError:
        if b"tool.mapaccuracy" in data:
            raise
        return False


def read_config(path: str | Path) -> Configuration:
    r"""Read a configuration file.

    Parameters
    ----------
    path : str or Path
        Of a ``pyproject.toml`` the table ``[tool.mapaccuracy]`` is read.

    Returns
    -------
    Configuration

    Raises
    ------
    SettingsError
        If the file is missing or is not TOML, or for every key that is not known (with the
        closest one) and every value that cannot be used; with lines.

    Examples
    --------
    >>> import tempfile
    >>> text = '[evaluate]\ntolerance_m = 5\n[inputs.finds]\nsheet = "Finds"\nid = "No."\n'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "mapaccuracy.toml"
    ...     _ = file.write_text(text, "utf-8")
    ...     config = read_config(file)
    >>> config.settings, config.layers, config.lines["columns.finds.id"]
    ({'columns': {'finds.id': 'No.'}, 'tolerance_m': 5}, {'finds': 'Finds'}, 5)
    """
    file = Path(path)
    text = _text(file)
    content: Any = _parsed(file, text)
    below: tuple[str, ...] = ()
    if file.name == NAMES[1]:
        content, below = _of_project(content), _IN_PROJECT
        if content is None:
            raise SettingsError(f"{shown_name(file)} has no table [tool.mapaccuracy].")
    return _Reading(file, places_of(text, below)).read(content)


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise SettingsError(f"{shown_name(file)}: there is no such configuration file.") from None
    except IsADirectoryError:
        raise SettingsError(f"{shown_name(file)} is a folder, not a configuration file.") from None
    except OSError:
        raise SettingsError(f"{shown_name(file)}: the configuration file cannot be read.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{shown_name(file)}: line {line} is not UTF-8 text.") from None


def _parsed(file: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = str(error) if isinstance(error, tomllib.TOMLDecodeError) else "too deep"
        raise SettingsError(f"{shown_name(file)} is not valid TOML: {reason}.") from None


def _of_project(content: Mapping[str, Any]) -> Any:
    tools = content.get("tool")
    return tools.get("mapaccuracy") if isinstance(tools, dict) else None


class _Reading:
    """One pass over a file that collects what it says, and all that is wrong with it."""

    def __init__(self, file: Path, places: Mapping[tuple[str, ...], int]) -> None:
        self._file = file
        self._places = places
        self._faults: list[str] = []
        self._settings: dict[str, Any] = {}
        self._origin: dict[str, tuple[str, ...]] = {}
        self._paths: dict[Role, tuple[str, ...]] = {}
        self._layers: dict[Role, str] = {}
        self._gates: list[Gate] = []
        self._unfit: dict[str, Key] = {}

    def read(self, content: Any) -> Configuration:
        if not self._is_table((), "tool.mapaccuracy", content):
            raise SettingsError(self._faults)
        for name in content:
            if name not in _TABLES:
                self._fault((name,), f"there is no '{name}'{closest(name, list(_TABLES))}")
        version = content.get("schema", SCHEMA_VERSION)
        if not (is_whole(version) and version == SCHEMA_VERSION):
            said = f"schema is {version}; this version reads schema {SCHEMA_VERSION}."
            self._fault(("schema",), said)
        self._inputs(content.get("inputs", {}))
        self._evaluate(content.get("evaluate", {}))
        for name, (key, setting) in _FREE.items():
            self._free(name, key, setting, content.get(name, {}))
        self._all_gates(content.get("gate", []))
        self._check_settings()
        checking = Rules(self._fault).read(content.get("check", {}))
        if self._faults:
            raise SettingsError(self._faults)
        lines = {
            name: self._places[origin]
            for name, origin in self._origin.items()
            if origin in self._places
        }
        return Configuration(
            self._file,
            self._settings,
            self._paths,
            self._layers,
            tuple(self._gates),
            checking,
            lines,
        )

    def _fault(self, place: tuple[str, ...], said: str) -> None:
        line = self._places.get(place)
        where = "" if line is None else f", line {line}"
        self._faults.append(f"{shown_name(self._file)}{where}: {said}")

    def _is_table(self, place: tuple[str, ...], name: str, value: Any) -> bool:
        if isinstance(value, dict):
            return True
        self._fault(place, f"{name} must be a table, written [{name}].")
        return False

    def _fits(self, place: tuple[str, ...], shown: str, key: Key, value: Any) -> bool:
        if key.kind.fits(value):
            return True
        near = ""
        if isinstance(value, str) and "enum" in key.kind.schema:
            near = closest(value, list(key.kind.schema["enum"]))
        self._fault(place, f"{shown} must be {key.kind.said}{near or '.'}")
        return False

    def _set(self, place: tuple[str, ...], setting: str, value: Any) -> None:
        """Take a value as a setting; what is said twice must be the same."""
        group, _, name = setting.partition(".")
        target = self._settings if not name else self._settings.setdefault(group, {})
        name = name or group
        if setting in self._origin and target[name] != value:
            other = self._places.get(self._origin[setting])
            where = "elsewhere" if other is None else f"in line {other}"
            self._fault(place, f"{'.'.join(place)} differs from what is said {where}.")
            return
        target[name] = value
        self._origin[setting] = place

    def _evaluate(self, table: Any) -> None:
        if not self._is_table(("evaluate",), "evaluate", table):
            return
        keys = {key.name: key for key in EVALUATE}
        for name, value in table.items():
            place = ("evaluate", name)
            if name in ELSEWHERE:
                self._fault(place, f"{name} stands under {ELSEWHERE[name]}.")
            elif name not in keys:
                near = closest(name, list(keys))
                self._fault(place, f"there is no '{name}' in [evaluate]{near}")
            elif name != "columns":
                self._set(place, name, value)
                if not keys[name].kind.fits(value):
                    self._unfit[name] = keys[name]
            elif self._fits(place, "columns", keys[name], value):
                for column, header in value.items():
                    self._set((*place, column), f"columns.{column}", header)

    def _inputs(self, inputs: Any) -> None:
        if not self._is_table(("inputs",), "inputs", inputs):
            return
        for role, table in inputs.items():
            place = ("inputs", role)
            if role not in INPUT_ROLES:
                near = closest(role, list(INPUT_ROLES))
                self._fault(place, f"there is no role '{role}'{near}")
            elif self._is_table(place, f"inputs.{role}", table):
                self._input(role, table)

    def _input(self, role: Role, table: Mapping[str, Any]) -> None:
        keys = {key.name: key for key in input_keys(role)}
        for name, value in table.items():
            place, shown = ("inputs", role, name), f"{name} in [inputs.{role}]"
            if name not in keys:
                self._unknown_input(role, name, value, list(keys))
            elif name == "sheet" and role == "supplied" and isinstance(value, str):
                self._fault(
                    place,
                    f"{shown} could be the sheet of a workbook or the column of map sheets: write "
                    'layer = "..." for the first, sheet = {column = "..."} for the second.',
                )
            elif self._fits(place, shown, keys[name], value):
                self._take(role, keys[name], place, value)
        if role != "supplied" and {"layer", "sheet"} <= set(table):
            place = ("inputs", role, "sheet")
            self._fault(place, f"layer and sheet in [inputs.{role}] say the same; give one.")

    def _unknown_input(self, role: Role, name: str, value: Any, known: list[str]) -> None:
        place, inside = ("inputs", role, name), f"[inputs.{role}]"
        if isinstance(value, dict):
            said = (
                f"[inputs.{role}.{name}]: tables for single sets or files are not read. Files "
                f'that make up one input stand together, path = ["a.csv", "b.csv"] in {inside}; '
                "two maps are compared with mapaccuracy compare OLD NEW."
            )
        elif name == "where":
            said = f"there is no 'where' in {inside}; to use only some rows write filter = ..."
        elif name == "crs":
            said = f"there is no 'crs' in {inside}; crs in [evaluate] speaks for every role."
        else:
            said = f"there is no '{name}' in {inside}{closest(name, known)}"
        self._fault(place, said)

    def _take(self, role: Role, key: Key, place: tuple[str, ...], value: Any) -> None:
        if key.name == "path":
            files = [value] if isinstance(value, str) else value
            self._paths[role] = tuple(self._from_here(file) for file in files)
            self._origin[f"inputs.{role}.path"] = place
        elif key.name == "layer" or (key.name == "sheet" and role != "supplied"):
            self._layers[role] = value
            self._origin[f"inputs.{role}.layer"] = place
        elif isinstance(value, dict):
            if "column" in value:
                self._set(place, key.setting, value["column"])
            if "format" in value:
                self._set(place, f"formats.{role}.{key.name}", value["format"])
        else:
            self._set(place, key.setting, value)

    def _from_here(self, path: str) -> str:
        """Make a path relative to the file one that holds where the program runs."""
        if path == _STDIN or scheme_of(path) is not None:
            return path
        folder = os.path.relpath(self._file.parent)
        if folder == os.curdir:
            return path
        # Only a pattern is taken as one, folder and all.
        return str(Path(glob.escape(folder) if glob.has_magic(path) else folder) / path)

    def _free(self, name: str, key: Key, setting: str, table: Any) -> None:
        if not self._is_table((name,), name, table):
            return
        for word, value in table.items():
            place = (name, word)
            if not word.strip():
                self._fault(place, f"[{name}] has a blank name.")
            elif self._fits(place, f"'{word}' in [{name}]", key, value):
                self._set(place, f"{setting}.{word}", value)

    def _all_gates(self, gates: Any) -> None:
        if not (isinstance(gates, list) and all(isinstance(gate, dict) for gate in gates)):
            self._fault(("gate",), "gate must be a list of tables, each written [[gate]].")
            return
        for number, table in enumerate(gates):
            self._gate(("gate", str(number)), table)

    def _gate(self, place: tuple[str, ...], table: Mapping[str, Any]) -> None:
        keys = {key.name: key for key in GATE}
        before = len(self._faults)
        for name, value in table.items():
            if name not in keys:
                near = closest(name, list(keys))
                self._fault((*place, name), f"there is no '{name}' in [[gate]]{near}")
            else:
                self._fits((*place, name), f"{name} in [[gate]]", keys[name], value)
        if "metric" not in table:
            self._fault(place, "[[gate]] has no metric.")
        if not {"min", "max_drop"} & set(table):
            self._fault(place, "[[gate]] has neither min nor max_drop.")
        metric, use = table.get("metric"), table.get("use", "upper")
        if metric in UNJUDGED and use != "value":
            said = f'{metric} has no interval: write use = "value" in this [[gate]].'
            self._fault(place, said)
        if len(self._faults) == before:
            names = table.get("districts", "*")
            districts = (names,) if isinstance(names, str) else tuple(names)
            self._gates.append(Gate(**{**table, "districts": districts}))

    def _check_settings(self) -> None:
        """Say what is wrong with the settings of the file by themselves; their own words first."""
        try:
            Settings.from_mapping(self._settings)
        except SettingsError as error:
            for message in error.messages:
                name = message.split(" ", 1)[0].rstrip(":")
                self._unfit.pop(name, None)
                self._fault(self._origin.get(name, ()), message)
        for name, key in self._unfit.items():
            self._fault(self._origin[name], f"{name} in [evaluate] must be {key.kind.said}.")
