"""The command line: the only part that knows the terminal."""

from __future__ import annotations

import importlib
import os
import sys
from functools import partial
from typing import Any

import click

from mapaccuracy.commands import interruption
from mapaccuracy.commands.exits import (
    EXIT_INCOMPLETE,
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_USAGE,
)
from mapaccuracy.commands.messages import show_unusable, silence, tell
from mapaccuracy.errors import InputError, SettingsError

# name: (module, what it does); modules are imported when their command is used.
_COMMANDS = {
    "evaluate": ("evaluate", "Compare supplied maps with recorded finds, per district."),
    "check": ("check", "Check a new submission: what is wrong, where, and how to mend it."),
    "rules": ("rules", "List the rules of check."),
    "explain": (
        "explain",
        "Explain a rule of check: what it sees, and how to mend it.",
    ),
    "baseline": ("baseline", "Keep figures and accepted findings for the next submission."),
    "compare": ("compare", "Compare two supplied maps on the same finds: what changed."),
    "diagnose": ("diagnose", "Is the map wrong, or only misplaced: known mistakes, common shift."),
    "coords": ("coords", "Read positions as people write them, or say why not."),
    "traverse": ("traverse", "Turn records by bearing and distance into supplied points."),
    "inspect": ("inspect", "Say what is in files: layers, columns, coordinate system, three rows."),
    "doctor": ("doctor", "Say whether all that is needed is here: libraries, formats, folders."),
    "schema": ("schema", "Print the JSON Schema of the configuration or of a result."),
    "demo": ("demo", "Evaluate two cases that come with the program."),
    "simulate": ("simulate", "Write districts with minefields whose truth is known."),
}


_OFFLINE = "MAPACCURACY_OFFLINE"


class _Commands(click.Group):
    """Commands that are imported when they are used, so that --help is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"mapaccuracy.commands.{_COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in _COMMANDS.items()])


@click.group(
    cls=_Commands,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
        "auto_envvar_prefix": "MAPACCURACY",
    },
    epilog="Example: mapaccuracy evaluate supplied.csv finds.xlsx --searched cleared.gpkg "
    "--districts districts.geojson --out result",
)
@click.version_option(package_name="mapaccuracy", message="%(prog)s %(version)s")
@click.option(
    "--offline",
    is_flag=True,
    allow_from_autoenv=False,
    help="Refuse every input that is an address, as MAPACCURACY_OFFLINE=1 does.",
)
@click.pass_context
def cli(ctx: click.Context, offline: bool) -> None:
    """Say how far supplied minefield maps can be trusted.

    Compares supplied minefield maps with recorded finds and says, per district, how many
    supplied points are confirmed and how many finds were on the map, with intervals, and
    only about ground that somebody has searched.
    """
    if offline:
        ctx.call_on_close(partial(_set_offline, os.environ.get(_OFFLINE)))
        _set_offline("1")


def _set_offline(value: str | None) -> None:
    if value is None:
        os.environ.pop(_OFFLINE, None)
    else:
        os.environ[_OFFLINE] = value


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit with the code of the contract."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            silence(name)
        elif hasattr(stream, "reconfigure"):
            # A Windows console in an old code page must not end a run that is done.
            stream.reconfigure(encoding="utf-8", errors="replace")
    interruption.watch()
    code = _run(args)
    interruption.ending()
    sys.exit(code)


def _run(args: list[str] | None) -> int:
    try:
        result: Any = cli.main(args=args, prog_name="mapaccuracy", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        interruption.ending()
        # CPython ends itself by the signal, not with our code, if text that was being
        # executed (a dataclass, while importing) was the last to be interrupted.
        exec("pass")  # noqa: S102
        tell("Interrupted; nothing was written.")
        return EXIT_INTERRUPTED
    except SettingsError as error:
        for message in error.messages:
            tell(f"Error: {message}")
        return EXIT_USAGE
    except InputError as error:
        show_unusable(error)
        return EXIT_INCOMPLETE
    except SystemExit:
        # So click answers a reader of its help that has gone.
        silence("stdout")
        return EXIT_OK
    except Exception as error:
        if os.environ.get("MAPACCURACY_TRACEBACK"):
            raise
        tell(
            f"Internal error ({type(error).__name__}): this is a fault of the program, not of "
            "your data. Set MAPACCURACY_TRACEBACK=1 and run again to see where it happened; the "
            "details may hold positions."
        )
        return EXIT_INTERNAL
    return result if isinstance(result, int) else EXIT_OK
