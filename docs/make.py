"""Write the parts of the docs that follow from the code: ``python docs/make.py [--check]``."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from mapaccuracy.checks import RULES
from mapaccuracy.checks.pages import page_of
from mapaccuracy.report import renderer
from mapaccuracy.schema import (
    CATALOGUE,
    COLUMNS,
    GEOMETRY,
    GIVEN_AS,
    INPUT_ROLES,
    ROLES,
    TRAVERSE_ROLES,
    Role,
)
from mapaccuracy.schema import configuration as config

PAGE = Path(__file__).parent / "inputs.md"
RULE_PAGES = Path(__file__).parent / "rules"
TRAVERSE = Path(__file__).parent / "traverse.md"
CONFIGURATION = Path(__file__).parent / "configuration.md"
SCHEMA = Path(config.__file__).parent / "config.schema.json"


def between(page: str, name: str, text: str) -> str:
    """Replace what stands between the marks of this name."""
    start, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    head, _, rest = page.partition(start)
    _, mark, tail = rest.partition(end)
    if not mark:
        raise SystemExit(f"the page has no marks named {name}")
    return f"{head}{start}\n\n{text}\n\n{mark}{tail}"


def columns(roles: Sequence[Role] = (*ROLES, *GIVEN_AS)) -> str:
    lines = []
    for role in roles:
        lines += [f"### {role} ({GEOMETRY[role]})", "", "| column | meaning | also recognised |"]
        lines.append("|---|---|---|")
        for column in COLUMNS[role]:
            name = f"**{column.name}**" if column.required else column.name
            unit = f" ({column.unit})" if column.unit else ""
            synonyms = ", ".join(f"`{s}`" for s in column.synonyms if s != column.name)
            lines.append(f"| {name} | {column.meaning}{unit} | {synonyms} |")
        lines.append("")
    return "\n".join(lines).strip()


def codes() -> str:
    lines = ["| code | severity | what | how to mend it |", "|---|---|---|---|"]
    for fault in CATALOGUE.values():
        cells = (f"{fault.code} {fault.slug}", fault.severity, fault.message, fault.fix)
        lines.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(lines)


def keys() -> str:
    of_files: dict[str, tuple[config.Key, list[str]]] = {}
    for role in INPUT_ROLES:
        for entry in config.input_keys(role):
            if not entry.setting.startswith("columns."):
                of_files.setdefault(entry.name, (entry, []))[1].append(role)
    lines = ["### [inputs.ROLE]", "", "| key | what | must be | roles |", "|---|---|---|---|"]
    for entry, roles in of_files.values():
        told = "all" if len(roles) == len(INPUT_ROLES) else ", ".join(roles)
        lines.append(_row(f"`{entry.name}`", entry.meaning, entry.kind.said, told))
    for name, entries in (
        ("[evaluate]", config.EVALUATE),
        ("[codes]", (config.CODE,)),
        ("[aliases]", (config.ALIAS,)),
        ("[[gate]]", config.GATE),
        ("[check]", config.CHECK),
        ("[check.severity]", (config.SEVERITY,)),
        ("[[check.suppress]]", config.SUPPRESS),
        *((f"[check.params.{code}]", keys) for code, keys in config.PARAMS.items()),
    ):
        lines += ["", f"### {name}", "", "| key | what | must be |", "|---|---|---|"]
        for entry in entries:
            shown = "any word" if entry.name == "*" else f"`{entry.name}`"
            lines.append(_row(shown, entry.meaning, entry.kind.said))
    return "\n".join(lines)


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def rules() -> dict[Path, str]:
    pages = [page_of(rule, RULES) for rule in RULES]
    (index,) = renderer("rules_markdown")({"rules": pages}, None).values()
    head = "# The rules of check\n\nWritten by `python docs/make.py` from the rules themselves.\n\n"
    out = {RULE_PAGES / "README.md": head + index.decode()}
    for page in pages:
        for name, data in renderer("rule_markdown")(page, None).items():
            out[RULE_PAGES / name] = data.decode()
    return out


def made() -> dict[Path, str]:
    """Everything that follows from the code, by the file that holds it."""
    page = PAGE.read_text("utf-8")
    return {
        PAGE: between(between(page, "columns", columns()), "codes", codes()),
        TRAVERSE: between(TRAVERSE.read_text("utf-8"), "columns", columns(TRAVERSE_ROLES)),
        CONFIGURATION: between(CONFIGURATION.read_text("utf-8"), "keys", keys()),
        SCHEMA: json.dumps(config.json_schema(), indent=2, ensure_ascii=False) + "\n",
        **rules(),
    }


def main() -> int:
    outdated = {
        path: text
        for path, text in made().items()
        if not path.exists() or path.read_text("utf-8") != text
    }
    if "--check" in sys.argv[1:]:
        for path in outdated:
            print(f"{path.name} is outdated: run python docs/make.py")
        return int(bool(outdated))
    RULE_PAGES.mkdir(exist_ok=True)
    for path, text in outdated.items():
        path.write_text(text, "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
