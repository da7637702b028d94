"""``mapaccuracy explain``."""

from __future__ import annotations

import click

from mapaccuracy.commands.exits import EXIT_OK
from mapaccuracy.commands.messages import say
from mapaccuracy.report import render_text

_EPILOG = """\b
Examples:
  mapaccuracy explain MA203
  mapaccuracy explain duplicate-id
"""


@click.command("explain", epilog=_EPILOG)
@click.argument("rule", metavar="CODE")
def command(rule: str) -> int:
    """Explain a rule of check: what it sees, why it matters, and how to mend it.

    CODE is a code such as MA203, or the name of a rule. Nothing is asked of any server.
    """
    from mapaccuracy.checks import RULES, rule_of
    from mapaccuracy.checks.pages import page_of
    from mapaccuracy.schema import closest

    found = rule_of(rule)
    if found is None:
        known = [name for entry in RULES for name in (entry.code, entry.slug)]
        wanted = rule.upper() if rule[:2].upper() == "MA" else rule.lower()
        raise click.BadParameter(f"there is no rule '{rule[:60]}'{closest(wanted, known)}")
    say(render_text("rule", page_of(found, RULES)))
    return EXIT_OK
