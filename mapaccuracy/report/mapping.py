"""What was found in files, as a configuration: which file, layer and columns each role takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mapaccuracy.schema import ROLES, WITHHELD

if TYPE_CHECKING:
    from tomlkit.items import Table

Entry = Mapping[str, Any]
# Roles for which a configuration can name a coordinate system of their own.
_OWN_SYSTEM = ("supplied", "finds")
# A column of this name would be taken for the sheet of a workbook.
_AMBIGUOUS = "sheet"
_HEAD = (
    "Written by mapaccuracy inspect. Every line is a guess from the headers: look at each.",
    "Paths are relative to the folder of this file.",
)


def render(document: Entry, locations: Mapping[str, Any] | None) -> dict[str, bytes]:
    """Render ``mapaccuracy.toml``: a table for each role, with the reasons as comments.

    Parameters
    ----------
    document : mapping
        With ``files``, as `io.inspect_file` gives them.
    locations : mapping
        ``paths``: for each file, how the configuration names it.

    Returns
    -------
    dict of str to bytes
        UTF-8. Coordinate systems that no file states are comments: the sender must be asked.
    """
    import tomlkit

    paths: Sequence[str] = (locations or {})["paths"]
    toml = tomlkit.document()
    for line in _HEAD:
        toml.add(tomlkit.comment(line))
    toml.add("schema", 1)
    inputs = tomlkit.table(is_super_table=True)
    parts = [
        (file["file"], path, part)
        for file, path in zip(document["files"], paths, strict=True)
        for part in file["parts"]
    ]
    for role in ROLES:
        of_role = [entry for entry in parts if entry[2]["role"]["role"] == role]
        if of_role:
            inputs.add(role, _role(of_role))
    if len(inputs):
        toml.add(tomlkit.nl())
        toml.add("inputs", inputs)
    for file in document["files"]:
        for text in _left_out(file):
            toml.add(tomlkit.comment(_line(text)))
    return {"mapaccuracy.toml": tomlkit.dumps(toml).encode("utf-8", "replace")}


def _line(text: str) -> str:
    """Keep a comment on its line: a control character could end it."""
    return "".join(char if char.isprintable() else " " for char in text)


def _role(parts: Sequence[tuple[str, str, Entry]]) -> Table:
    import tomlkit

    table = tomlkit.table()
    paths = list(dict.fromkeys(path for _, path, _ in parts))
    table.add("path", paths[0] if len(paths) == 1 else paths)
    table["path"].comment(_line("; ".join(dict.fromkeys(p["role"]["why"] for _, _, p in parts))))
    layers = [part["layer"] for _, _, part in parts]
    if len(parts) == 1 and layers[0] not in (None, WITHHELD):
        table.add("layer", layers[0])
    elif any(layers):
        table.add(tomlkit.comment("Several layers fit; all of them are read."))
    for name, _, part in parts:
        crs = part["crs"]
        if crs["ask"]:
            given = crs["read_as"] or "EPSG:nnnn"
            own = part["role"]["role"] in _OWN_SYSTEM
            where = "" if own else ", and give it under [evaluate]"
            text = f'crs = "{given}"  # {name}: {crs["why"]}; ask the sender{where}'
            table.add(tomlkit.comment(_line(text)))
        if part["resolution"] is not None and part["resolution"]["order_unknown"]:
            text = f'order = "lat,lon"  # {name}: or "lon,lat"; ask the sender'
            table.add(tomlkit.comment(_line(text)))
    _add_columns(table, parts)
    return table


def _add_columns(table: Table, parts: Sequence[tuple[str, str, Entry]]) -> None:
    import tomlkit

    holders: dict[str, dict[str, str]] = {}
    for _, _, part in parts:
        for entry in part["columns"]:
            if entry["column"] is not None and entry["header"] != WITHHELD:
                holders.setdefault(entry["column"], {})[entry["header"]] = entry["why"]
    for column, headers in holders.items():
        if len(headers) > 1:
            listed = ", ".join(f"'{header}'" for header in headers)
            text = f"{column}: recognised in each file as {listed}"
            table.add(tomlkit.comment(_line(text)))
            continue
        ((header, why),) = headers.items()
        if column == _AMBIGUOUS:
            value = tomlkit.inline_table()
            value.add("column", header)
            table.add(column, value)
        else:
            table.add(column, header)
        table[column].comment(_line(why))
    for name, _, part in parts:
        for missing in part["missing"]:
            header = tomlkit.string(missing["closest"] or "HEADER").as_string()
            text = f"{missing['column']} = {header}  # {name}: {missing['message']}"
            table.add(tomlkit.comment(_line(text)))
        spare = [entry["header"] for entry in part["columns"] if entry["column"] is None]
        if spare:
            table.add(tomlkit.comment(_line(f"{name}: not used: {', '.join(spare)}")))


def _left_out(file: Entry) -> list[str]:
    """Say which parts of a file are in no table of the configuration, and why."""
    said = [
        f"{file['file']}{' (' + part['layer'] + ')' if part['layer'] else ''} is left out: "
        f"{part['role']['why']}; give --role."
        for part in file["parts"]
        if part["role"]["role"] is None
    ]
    if not file["parts"]:
        said.append(f"{file['file']} is left out: it could not be read.")
    return said
