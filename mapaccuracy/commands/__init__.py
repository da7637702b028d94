"""The command line: the only part that knows the terminal."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any

import click

from mapaccuracy.commands.exits import (
    EXIT_INCOMPLETE,
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_USAGE,
)
from mapaccuracy.commands.messages import show_unusable
from mapaccuracy.errors import InputError, MapAccuracyError, SettingsError

# name: (module, what it does); modules are imported when their command is used.
_COMMANDS = {
    "evaluate": ("evaluate", "Compare supplied maps with recorded finds, per district."),
    "demo": ("demo", "Evaluate two cases that come with the program."),
    "simulate": ("simulate", "Write districts with minefields whose truth is known."),
}


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
def cli() -> None:
    """Say how far supplied minefield maps can be trusted.

    Compares supplied minefield maps with recorded finds and says, per district, how many
    supplied points are confirmed and how many finds were on the map, with intervals, and
    only about ground that somebody has searched.
    """


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit with the code of the contract."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A Windows console in an old code page must not end a run that is done.
            stream.reconfigure(encoding="utf-8", errors="replace")
    sys.exit(_run(args))


def _run(args: list[str] | None) -> int:
    try:
        result: Any = cli.main(args=args, prog_name="mapaccuracy", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        # CPython ends itself by the signal, not with our code, if text that was being
        # executed (a dataclass, while importing) was the last to be interrupted.
        exec("pass")  # noqa: S102
        click.echo("Interrupted; nothing was written.", err=True)
        return EXIT_INTERRUPTED
    except SettingsError as error:
        for message in error.messages:
            click.echo(f"Error: {message}", err=True)
        return EXIT_USAGE
    except InputError as error:
        show_unusable(error)
        return EXIT_INCOMPLETE
    except BrokenPipeError:
        # The reader of a pipe, such as head, has gone: no fault of the run.
        sys.stdout = open(os.devnull, "w")  # noqa: PTH123, SIM115
        return EXIT_OK
    except MapAccuracyError as error:
        click.echo(f"Error: {error}", err=True)
        return EXIT_INTERNAL
    except Exception as error:
        if os.environ.get("MAPACCURACY_TRACEBACK"):
            raise
        click.echo(
            f"Internal error ({type(error).__name__}): this is a fault of the program, not of "
            "your data. Set MAPACCURACY_TRACEBACK=1 and run again to see where it happened; the "
            "details may hold positions.",
            err=True,
        )
        return EXIT_INTERNAL
    return result if isinstance(result, int) else EXIT_OK
