"""Write the parts of the docs that follow from the code: ``python docs/make.py [--check]``."""

from __future__ import annotations

import sys
from pathlib import Path

from mapaccuracy.schema import CATALOGUE, COLUMNS, GEOMETRY, ROLES

PAGE = Path(__file__).parent / "inputs.md"


def between(page: str, name: str, text: str) -> str:
    """Replace what stands between the marks of this name."""
    start, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    head, _, rest = page.partition(start)
    _, mark, tail = rest.partition(end)
    if not mark:
        raise SystemExit(f"inputs.md has no marks named {name}")
    return f"{head}{start}\n\n{text}\n\n{mark}{tail}"


def columns() -> str:
    lines = []
    for role in ROLES:
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


def main() -> int:
    old = PAGE.read_text("utf-8")
    new = between(between(old, "columns", columns()), "codes", codes())
    if "--check" in sys.argv[1:]:
        if old != new:
            print("docs/inputs.md is outdated: run python docs/make.py")
        return int(old != new)
    PAGE.write_text(new, "utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
