"""What a run was asked for: defaults, configuration, environment and options, in this order."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from mapaccuracy.commands import messages
from mapaccuracy.commands.exits import EXIT_OK
from mapaccuracy.errors import SettingsError
from mapaccuracy.report import render_text
from mapaccuracy.schema import Settings, closest
from mapaccuracy.schema.configuration import Checking, Gate

if TYPE_CHECKING:
    from mapaccuracy.io import Configuration

# Settings with a value for each name: what is said later is added to what was said before.
_BY_NAME = ("columns", "filters")
_MAPPINGS = (*_BY_NAME, "formats", "categories", "aliases")
_ENVIRONMENT = "MAPACCURACY_CONFIG"
# Commands that judge gates.
_JUDGES = ("evaluate", "check")
_NEEDED = {"supplied": "supplied points", "finds": "finds"}


@dataclass(frozen=True)
class Asked:
    """What a run was asked for.

    Attributes
    ----------
    settings : Settings
    layers : mapping of role to str
        The only sheet or layer to read from the files of a role.
    paths : mapping of str to tuple of str
        Files by role; of a comparison also ``old`` and ``new``.
    config_file : str or None
        The configuration that was read.
    checking : Checking
        What it says of checks.
    gates : tuple of Gate
    """

    settings: Settings
    layers: Mapping[Any, str]
    paths: Mapping[Any, tuple[str, ...]]
    config_file: str | None
    checking: Checking
    gates: tuple[Gate, ...]


def asked(
    chosen: Mapping[str, Any],
    given: Mapping[str, Sequence[str]],
    needed: Sequence[str] = ("supplied", "finds"),
) -> Asked:
    """Put together what a command was asked for; show it and end, where that was asked for.

    Parameters
    ----------
    chosen : mapping of str to Any
        All other options of the command, by the names of its parameters; None is not given.
    given : mapping of str to sequence of str
        Files by role, as far as the command line names any.
    needed : sequence of str
        Roles without which the command cannot run.

    Raises
    ------
    SettingsError
        If a choice cannot be used, or an input is missing.
    """
    options = dict(chosen)
    named, without = options.pop("config_file"), options.pop("no_config")
    show, output_format = options.pop("show_config"), options.pop("output_format")
    ctx = click.get_current_context()
    _check_environment(ctx)
    config, found = _configuration(named, without)
    said = {} if config is None else dict(config.settings)
    settings = Settings.from_mapping(merged(said, options))
    from_file = {} if config is None else dict(config.paths)
    paths = {role: tuple(files) or from_file.get(role, ()) for role, files in given.items()}  # type: ignore[call-overload]
    layers = {} if config is None else config.layers
    if show:
        if output_format not in ("table", "json"):
            raise SettingsError("--show-config prints --format table or json.")
        rows = _rows(ctx, settings, config, paths, given, options)
        messages.say(render_text(f"settings_{output_format}", {"values": rows}))
        raise click.exceptions.Exit(EXIT_OK)
    _check_inputs(ctx.info_name or "evaluate", paths, needed)
    if config is not None:
        _tell(config, found, given, ctx.info_name in _JUDGES)
    where = None if config is None else str(config.file)
    checking = Checking() if config is None else config.checking
    gates = () if config is None else config.gates
    return Asked(settings, layers, paths, where, checking, gates)


def files(argument: str | None, more: Sequence[str]) -> tuple[str, ...]:
    """Put the file of an argument, if it is there, before those of its option."""
    return tuple(more) if argument is None else (argument, *more)


def merged(config: Mapping[str, Any], chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Lay the options that were given over the configuration; columns are merged name by name."""
    given = {name: value for name, value in chosen.items() if value is not None}
    by_name = {
        name: {**config.get(name, {}), **given.get(name, {})}
        for name in _BY_NAME
        if name in config or name in given
    }
    return {**config, **given, **by_name}


def _configuration(named: str | None, without: bool) -> tuple[Configuration | None, bool]:
    """Read the configuration, if there is any; tell whether nobody named it on the command line."""
    from mapaccuracy import io

    source = click.get_current_context().get_parameter_source("config_file")
    by_option = named is not None and source is ParameterSource.COMMANDLINE
    if by_option and without:
        raise SettingsError("--config and --no-config are given; use one of the two.")
    if without or (named is None and os.environ.get(_ENVIRONMENT) == ""):
        return None, False
    if named is not None:
        return io.read_config(named), not by_option
    path = io.find_config()
    return (None, False) if path is None else (io.read_config(path), True)


def _check_environment(ctx: click.Context) -> None:
    """Refuse variables of this command that mean nothing: a misspelt one would change figures."""
    prefix = f"{ctx.auto_envvar_prefix}_"
    known = [
        f"{prefix}{(param.name or '').upper()}"
        for param in ctx.command.params
        if isinstance(param, click.Option)
    ]
    unknown = [name for name in sorted(os.environ) if name.startswith(prefix)]
    faults = [
        f"The environment variable {name} is not known{closest(name, known)}"
        for name in unknown
        if name not in known
    ]
    if faults:
        raise SettingsError(faults)


def _check_inputs(command: str, paths: Mapping[str, Sequence[str]], needed: Sequence[str]) -> None:
    missing = [role for role in needed if role in paths and not paths[role]]
    if not missing:
        return
    usage = {"compare": "OLD NEW FINDS", "check": "SUBMISSION"}.get(command, "SUPPLIED FINDS")
    raise SettingsError(
        [
            f"No {_NEEDED[role]} are given: name a file (mapaccuracy {command} {usage}), or set "
            f"path under [inputs.{role}] in mapaccuracy.toml."
            for role in missing
        ]
    )


def _tell(
    config: Configuration, found: bool, given: Mapping[str, Sequence[str]], judges: bool
) -> None:
    """Say which configuration was found, and what of it has no part in this run."""
    if found:
        messages.tell(f"Configuration: {os.path.relpath(config.file)}")
    unused = [role for role in config.paths if role not in given]
    if unused:
        listed = ", ".join(f"[inputs.{role}]" for role in unused)
        messages.tell(f"{config.name}: path in {listed} has no part in this command.")
    if config.gates and not judges:
        n = len(config.gates)
        messages.tell(
            f"{config.name}: {n} gate{'' if n == 1 else 's'} read; this command does not judge "
            f"{'it' if n == 1 else 'them'}."
        )


def _rows(
    ctx: click.Context,
    settings: Settings,
    config: Configuration | None,
    paths: Mapping[str, Sequence[str]],
    given: Mapping[str, Sequence[str]],
    options: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """List every value with its origin: inputs, settings, gates."""
    rows: list[dict[str, Any]] = []
    for role, files in paths.items():
        if given[role]:
            origin = _of_files(ctx, role)
        else:
            origin = _of_file(config, f"inputs.{role}.path") if files else _DEFAULT
        rows.append(
            {
                "name": f"inputs.{role}.path",
                "value": [_without_secrets(file) for file in files],
                **origin,
            }
        )
    if config is not None:
        for role, layer in config.layers.items():
            name = f"inputs.{role}.layer"
            rows.append({"name": name, "value": layer, **_of_file(config, name)})
    said = {} if config is None else config.settings
    for name, value in settings.to_dict().items():
        if name not in _MAPPINGS:
            origin = _of_setting(ctx, name, options, name in said, config, name)
            rows.append({"name": name, "value": value, **origin})
            continue
        for key, inner in value.items():
            by_option = {name: (options.get(name) or {}).get(key)}
            known = key in said.get(name, {})
            origin = _of_setting(ctx, name, by_option, known, config, f"{name}.{key}")
            rows.append({"name": f"{name}.{key}", "value": inner, **origin})
        if not value:
            rows.append({"name": name, "value": {}, **_DEFAULT})
    rows += _of_checks(config)
    for number, gate in enumerate(() if config is None else config.gates, start=1):
        values = {entry.name: getattr(gate, entry.name) for entry in fields(gate)}
        values["districts"] = list(gate.districts)
        rows.append({"name": f"gate {number}", "value": values, **_of_file(config, "")})
    return rows


def _of_checks(config: Configuration | None) -> list[dict[str, Any]]:
    """List what a configuration says of checks, as far as it says anything."""
    if config is None:
        return []
    checking = config.checking
    said: dict[str, Any] = {
        "check.select": list(checking.select),
        "check.ignore": list(checking.ignore),
        "check.fail_on": checking.fail_on,
        **{f"check.severity.{code}": level for code, level in checking.severity.items()},
        **{
            f"check.params.{code}.{name}": value
            for code, inner in checking.params.items()
            for name, value in inner.items()
        },
        **{
            f"check.suppress {number}": {
                "code": entry.code,
                "file": entry.file,
                "id": list(entry.ids),
                "reason": entry.reason,
                "until": str(entry.until),
            }
            for number, entry in enumerate(checking.suppress, start=1)
        },
    }
    return [
        {"name": name, "value": value, **_of_file(config, name)}
        for name, value in said.items()
        if value not in (None, [])
    ]


def _without_secrets(path: str) -> str:
    """Leave out of an address who asks, and what is asked with: tokens stand there.

    Examples
    --------
    >>> _without_secrets("postgresql://me:word@host/db?table=finds"), _without_secrets("a?.csv")
    ('postgresql://host/db', 'a?.csv')
    """
    from mapaccuracy.io.addresses import scheme_of

    scheme = scheme_of(path)
    if scheme is None:
        return path
    rest = path[len(scheme) + 1 :].lstrip("/\\")
    address = rest.partition("?")[0].partition("#")[0]
    host, slash, inner = address.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{inner}"


_DEFAULT = {"origin": "default", "where": None}


def _of_file(config: Configuration | None, name: str) -> dict[str, str | None]:
    if config is None:
        return dict(_DEFAULT)
    line = config.lines.get(name)
    return {
        "origin": "configuration",
        "where": config.name if line is None else f"{config.name}, line {line}",
    }


def _of_setting(
    ctx: click.Context,
    parameter: str,
    options: Mapping[str, Any],
    in_file: bool,
    config: Configuration | None,
    name: str,
) -> dict[str, str | None]:
    if options.get(parameter) is not None:
        return _of_parameter(ctx, parameter)
    return _of_file(config, name) if in_file else dict(_DEFAULT)


def _of_parameter(ctx: click.Context, name: str) -> dict[str, str | None]:
    if ctx.get_parameter_source(name) is ParameterSource.ENVIRONMENT:
        return {"origin": "environment", "where": f"{ctx.auto_envvar_prefix}_{name.upper()}"}
    param = next(param for param in ctx.command.params if param.name == name)
    shown = param.opts[0] if isinstance(param, click.Option) else name.upper()
    return {"origin": "option", "where": shown}


# Parameters that are called otherwise than their role.
_ALSO = {"supplied": ("submission",)}


def _of_files(ctx: click.Context, role: str) -> dict[str, str | None]:
    """Tell where the files of a role were named; a role has an argument, an option, or both."""
    names = {param.name for param in ctx.command.params}
    used = [
        name
        for name in (role, f"more_{role}", *_ALSO.get(role, ()))
        if name in names and ctx.params.get(name) not in (None, ())
    ]
    origins = [_of_parameter(ctx, name) for name in used]
    first = origins[0]
    where = ", ".join(str(origin["where"]) for origin in origins)
    return {"origin": first["origin"], "where": where}
