"""What several formats of findings say: by rule, counts, accounts, what did not run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Document = Mapping[str, Any]
Entry = Mapping[str, Any]
_LONGEST = 300


def by_rule(document: Document) -> list[tuple[Entry, list[Entry]]]:
    """Put the findings of each rule together: a rule with its findings, the worst first.

    Parameters
    ----------
    document : mapping
        The findings document.
    """
    rules = {rule["code"]: rule for rule in document["rules"]}
    groups: dict[str, list[Entry]] = {}
    for finding in document["findings"]:
        groups.setdefault(finding["code"], []).append(finding)
    return [(rules[code], findings) for code, findings in groups.items()]


def not_run(document: Document) -> list[tuple[str, list[Entry]]]:
    """Give the rules that did not run, by the reason why, in the order of their codes."""
    by_reason: dict[str, list[Entry]] = {}
    for rule in document["rules"]:
        if rule["state"] == "not_run":
            by_reason.setdefault(rule["reason"], []).append(rule)
    return list(by_reason.items())


def counted(document: Document) -> str:
    """Say in one sentence how many findings there are, and how many rules ran."""
    findings, rules = document["counts"]["findings"], document["counts"]["rules"]
    parts = [
        f"{findings[name]:,} {name}{'' if findings[name] == 1 or name == 'info' else 's'}"
        for name in ("error", "warning", "info")
    ]
    ran = rules["passed"] + rules["found"]
    return (
        f"Findings: {', '.join(parts)}. Rules: {ran} ran, {rules['passed']} passed, "
        f"{rules['found']} found something, {rules['not_run']} not run."
    )


def left_out(document: Document) -> list[str]:
    """Say which findings are left out, and why."""
    return [
        *(
            f"{code}: {n:,} left out, which follow from other findings"
            for code, n in document["explained"].items()
        ),
        *(f"{code}: {n:,} suppressed" for code, n in document["suppressed"].items()),
    ]


def accounts(document: Document) -> list[str]:
    """Say of each file how many rows were read, used and dropped."""
    lines = []
    for source in document["sources"]:
        dropped = ", ".join(f"{code}: {n:,}" for code, n in source["dropped"].items())
        reasons = f" ({dropped})" if dropped else ""
        lines.append(
            f"{source['name']} ({source['role']}): {source['rows_read']:,} rows read, "
            f"{source['rows_used']:,} used, {source['rows_dropped']:,} dropped{reasons}"
        )
    return lines


def where(finding: Entry) -> str:
    """Say where a finding is: file, place and id."""
    named = "" if finding["id"] is None else f"id {finding['id']}"
    return "  ".join(part for part in (finding["source"], finding["place"], named) if part)


def one_line(text: str) -> str:
    """Show control characters instead of obeying them."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def cut(text: str, longest: int = _LONGEST) -> str:
    r"""Cut a text to what a page can hold, control characters shown.

    Examples
    --------
    >>> cut("a" + chr(10) + "b"), len(cut("x" * 2_000))
    ('a\\nb', 303)
    """
    plain = one_line(text)
    return plain if len(plain) <= longest else plain[:longest] + "..."
