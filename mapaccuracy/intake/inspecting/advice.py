"""What to do next with files that were looked at."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from typing import Any

from mapaccuracy.schema import CATALOGUE, LOCAL, WITHHELD

# Of several hundred layers the first are spoken of.
_MOST = 20
_CONFIG = "mapaccuracy.toml"

Entry = Mapping[str, Any]


def advise(
    files: Sequence[Entry], paths: Sequence[str], config_file: str | None = None
) -> dict[str, Any]:
    """Say which command takes the files, with which options, and what must be settled first.

    Parameters
    ----------
    files : sequence of dict
        What is in each file: ``parts`` as from `inspect_table`.
    paths : sequence of str
        How each file is called on the command line. Addresses are not repeated: they may hold a
        token.
    config_file : str, optional
        The configuration to which all this is written.

    Returns
    -------
    dict
        ``command``: one line; words in capitals stand for what is not known. ``first``: sentences.
    """
    said: dict[str, list[str]] = {}
    options: list[str] = []
    roles: dict[str, list[str]] = {}
    several = False
    names = ["ADDRESS" if "://" in path else path for path in paths]
    for file, name in zip(files, names, strict=True):
        parts = file["parts"]
        several = several or len({part["role"]["role"] for part in parts}) > 1
        for part in parts[:_MOST]:
            where = file["file"] + (f" ({part['layer']})" if part["layer"] else "")
            first, given = _of_part(part)
            for sentence in first:
                said.setdefault(sentence, []).append(where)
            role = part["role"]["role"]
            if role is not None:
                options += given
                if name not in roles.setdefault(role, []):
                    roles[role].append(name)
    sentences = [f"{', '.join(wheres)}: {sentence}" for sentence, wheres in said.items()]
    if config_file is not None:
        command = f"mapaccuracy evaluate --config {shlex.quote(config_file)}"
    elif several:
        sentences.append(
            "A file holds several roles: a configuration can name the layer of each, and "
            "--write-config writes one."
        )
        command = " ".join(
            ["mapaccuracy inspect", *map(shlex.quote, names), "--write-config", _CONFIG]
        )
    else:
        command = _command(roles, options)
    return {"command": command, "first": sentences}


def _command(roles: Mapping[str, Sequence[str]], options: Sequence[str]) -> str:
    words = ["mapaccuracy", "evaluate"]
    points = ("supplied", "finds")
    words += [shlex.quote(roles[role][0]) if roles.get(role) else role.upper() for role in points]
    for role, paths in roles.items():
        for path in paths[1:] if role in points else paths:
            words += [f"--{role}", shlex.quote(path)]
    return " ".join([*words, *dict.fromkeys(options)])


def _of_part(part: Entry) -> tuple[list[str], list[str]]:
    """Give sentences about a part of a file, and the options that it needs."""
    first: list[str] = []
    options: list[str] = []
    role, named = part["role"]["role"], part["role"]["read_for"]
    if any(entry["header"] == WITHHELD for entry in part["columns"]):
        return ["the row of headers seems to be data: add a first row that names the columns."], []
    if role is None:
        roles = [entry["role"] for entry in part["role"]["candidates"]]
        if not roles:
            return [f"{part['role']['why']}."], []
        first.append(f"say what it is, with --role {', '.join(roles[:-1])} or {roles[-1]}.")
    for missing in part["missing"]:
        header = missing["closest"]
        option = f"{named}.{missing['column']}={header or 'HEADER'}"
        if header is None:
            first.append(
                f"{missing['message']}; name it with --columns {option}, or correct the file."
            )
        else:
            first.append(
                f"{missing['message']}; '{header}' may be meant ({missing['why']}). Look before "
                "you use it."
            )
            options.append(f"--columns {shlex.quote(option)}")
    crs = part["crs"]
    if crs["ask"] and crs["read_as"] is None:
        option = f"--{named}-crs" if named in ("supplied", "finds") else "--crs"
        first.append(
            f"ask the sender which coordinate system it is in, and give it with {option} EPSG:nnnn "
            f"('--crs {LOCAL}' for planar metres)."
        )
        options.append(f"{option} EPSG:nnnn")
    elif crs["ask"]:
        first.append("ask the sender which datum its positions are in.")
    if part["resolution"] is not None and part["resolution"]["order_unknown"]:
        first.append(
            "say which number of a position is the latitude: in a configuration, order = "
            f'"lat,lon" or "lon,lat" under [inputs.{named}].'
        )
    faults = [
        f"{code} ({CATALOGUE[code].slug})"
        for code in part["usable"]["problems"]
        if CATALOGUE[code].severity == "error"
    ]
    if faults and not part["missing"]:
        first.append(
            f"rows cannot be used: {', '.join(faults)}. evaluate lists them with their places; "
            "correct them, or go on without them with --drop-faulty."
        )
    return first, options
