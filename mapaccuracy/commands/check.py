"""``mapaccuracy check``."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import click

from mapaccuracy.commands import interruption, options
from mapaccuracy.commands.choices import asked, files
from mapaccuracy.commands.exits import EXIT_FINDINGS, EXIT_INCOMPLETE, EXIT_OK
from mapaccuracy.commands.messages import say
from mapaccuracy.commands.progress import progress
from mapaccuracy.commands.working import named_headers
from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.report import FINDING_FORMATS, renderer
from mapaccuracy.schema import closest
from mapaccuracy.schema.configuration import FAIL_ON

if TYPE_CHECKING:
    from mapaccuracy.checks import Given
    from mapaccuracy.schema import Settings

_EPILOG = """\b
Examples:
  mapaccuracy check submission.xlsx
  mapaccuracy check map.gpkg --districts districts.gpkg --previous last-year.gpkg
  mapaccuracy check map.csv --finds finds.csv --searched cleared.gpkg -o text -o csv=findings.csv
  mapaccuracy check map.csv --ignore MA117 --fail-on warning
"""
_FAILING = {"error": ("error",), "warning": ("error", "warning"), "never": ()}
_TEXT = "text"
# The submission itself, with its cells at fault marked.
_WORKBOOK = "xlsx"
_FORMATS = (*FINDING_FORMATS, _WORKBOOK)
# Where GitHub shows what a job has to say.
_SUMMARY = "GITHUB_STEP_SUMMARY"


def _outputs(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> list[tuple[str, str | None]]:
    """Take FORMAT[=PATH] apart."""
    asked_for: list[tuple[str, str | None]] = []
    for value in values or (_TEXT,):
        name, equals, path = value.partition("=")
        if name not in _FORMATS:
            near = closest(name, list(_FORMATS))
            raise click.BadParameter(f"there is no format '{name}'{near}")
        if equals and not path:
            raise click.BadParameter(f"'{value}' names no file")
        if name == _WORKBOOK and not path:
            raise click.BadParameter(f"{_WORKBOOK} needs a file: {_WORKBOOK}=PATH")
        asked_for.append((name, path or None))
    if sum(path is None for _, path in asked_for) > 1:
        raise click.BadParameter("one format at most can be printed; give the others a file: =PATH")
    return asked_for


def _codes(
    _ctx: click.Context, _param: click.Parameter, values: tuple[str, ...]
) -> tuple[str, ...]:
    """Take lists of codes apart, and refuse what begins no code."""
    from mapaccuracy.checks import RULES

    codes = tuple(code.strip().upper() for value in values for code in value.split(",") if code)
    known = [rule.code for rule in RULES]
    for code in codes:
        if not any(rule.startswith(code) for rule in known):
            raise click.BadParameter(f"no rule begins with '{code}'{closest(code, known)}")
    return codes


@click.command("check", epilog=_EPILOG)
@click.argument("submission", nargs=-1)
@click.option("--finds", multiple=True, metavar="F", help="Recorded finds; may be repeated.")
@options.AREAS
@click.option(
    "--previous",
    multiple=True,
    metavar="F",
    help="The submission before this one; may be repeated.",
)
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    callback=_outputs,
    metavar="FORMAT[=PATH]",
    help=f"What is printed, or written to PATH; may be repeated: {', '.join(_FORMATS)}.  "
    "[default: text]",
)
@click.option(
    "--select",
    multiple=True,
    callback=_codes,
    metavar="CODE",
    help="Only these rules, or all that begin so (MA2); may be repeated.",
)
@click.option(
    "--ignore", multiple=True, callback=_codes, metavar="CODE", help="Not these; may be repeated."
)
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    help="From which severity findings end the command with 1.  [default: error]",
)
@click.option(
    "--baseline",
    metavar="FILE",
    help="Earlier figures and accepted findings, as mapaccuracy baseline update writes them.",
)
@options.CHECK_READING
@options.CONFIG_FILE
@click.option("--with-locations", is_flag=True, help="Show positions in messages and outputs.")
def command(
    submission: tuple[str, ...],
    finds: tuple[str, ...],
    searched: tuple[str, ...],
    districts: tuple[str, ...],
    previous: tuple[str, ...],
    outputs: list[tuple[str, str | None]],
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    fail_on: str | None,
    baseline: str | None,
    with_locations: bool,
    **chosen: Any,
) -> int:
    """Check a new submission of minefield maps: what is wrong with it, where, and how to mend it.

    SUBMISSION is one or more files of points, rows of mines and outlines, as for evaluate. Finds,
    searched areas, districts and the submission before this one are optional; rules that need
    them are listed as not run without them. Ends with 0 if nothing was found, 1 with findings, 3
    if something that was given could not be checked.
    """
    choices = asked(
        {**chosen, "output_format": "table"},
        {
            "supplied": files(None, submission),
            "finds": finds,
            "searched": searched,
            "districts": districts,
            "previous": previous,
        },
        needed=("supplied",),
    )
    from mapaccuracy import io
    from mapaccuracy.checks import RULES, Choice, check, document, take
    from mapaccuracy.checks.baseline import checked_baseline

    if not with_locations and any(name == _WORKBOOK for name, _ in outputs):
        raise SettingsError(
            f"-o {_WORKBOOK} writes a copy of the submission: add --with-locations if you may "
            "see it."
        )
    said = choices.checking
    inputs = [file for paths in choices.paths.values() for file in paths]
    for _, path in outputs:
        if path is not None:
            io.check_target(path, "-o", force=True, inputs=inputs)
    with progress() as step:
        step("reading files")
        tables, faults = _read(choices.paths, choices.layers, named_headers(choices.settings))
        step("checking the inputs")
        given = take(tables, choices.settings, faults, said.params, said.suppress, today=_today())
        if baseline is not None:
            given = replace(given, baseline=checked_baseline(io.read_json(baseline)))
        given = replace(given, gates=choices.gates)
        if choices.gates or baseline is not None:
            given = _evaluated(given, tables, choices.settings, faults, step)
        step("running the rules")
        choice = Choice(select or said.select, ignore or said.ignore, said.severity)
        checked = check(given, RULES, choice)
        found = document(given, checked, choice, with_locations=with_locations)
    printed = ""
    where = {"paths": io.relative_paths(inputs)}
    for name, path in outputs:
        if name == _WORKBOOK:
            data = io.returned_workbook(choices.paths["supplied"], found["findings"])
        else:
            (data,) = renderer(f"findings_{name}")(found, where).values()
        if path is None:
            printed = data.decode()
        else:
            io.write_file(path, data, "-o", force=True, restricted=name == _WORKBOOK)
    summary = os.environ.get(_SUMMARY)
    if summary and any(name == "github" for name, _ in outputs):
        (data,) = renderer("findings_markdown")(found, None).values()
        io.append_file(summary, data, _SUMMARY)
    interruption.complete()
    say(printed)
    if checked.incomplete or faults:
        return EXIT_INCOMPLETE
    counts = found["counts"]["findings"]
    failing = _FAILING[fail_on or said.fail_on or FAIL_ON[0]]
    return EXIT_FINDINGS if any(counts[level] for level in failing) else EXIT_OK


def _evaluated(
    given: Given,
    tables: Mapping[str, Any],
    settings: Settings,
    faults: Mapping[str, Any],
    step: Callable[[str], None],
) -> Given:
    """Add the figures of the submission, where finds are there to hold it against."""
    from mapaccuracy.evaluation import evaluate

    if "finds" in faults or "supplied" in faults:
        return replace(given, no_result=("its inputs cannot be read", True))
    if "finds" not in tables:
        return replace(given, no_result=("no finds were given (--finds)", False))
    roles = ("supplied", "finds", "searched", "districts")
    inputs = {role: tables[role] for role in roles if role in tables}
    try:
        result = evaluate(**inputs, settings=replace(settings, drop_faulty=True), progress=step)
    except InputError:
        return replace(given, no_result=("the submission cannot be evaluated as it is", True))
    return replace(given, result=result.to_dict())


def _today() -> date:
    return datetime.now(tz=UTC).astimezone().date()


def _read(
    paths: Mapping[str, Sequence[str]], layers: Mapping[Any, str], columns: Mapping[str, str]
) -> tuple[dict[str, list[Any]], dict[str, list[Any]]]:
    """Read all files of each input, or say what is wrong with them."""
    from mapaccuracy import io

    tables: dict[str, list[Any]] = {}
    faults: dict[str, list[Any]] = {}
    refused: list[str] = []
    for name, given in paths.items():
        role: Any = "supplied" if name == "previous" else name
        for file in given:
            try:
                read = io.read(file, role, layer=layers.get(name), columns=columns)
            except InputError as error:
                faults.setdefault(name, []).extend(error.problems)
            except SettingsError as error:
                refused += error.messages
            else:
                tables.setdefault(name, []).extend(read)
    if refused:
        raise SettingsError(list(dict.fromkeys(refused)))
    # Figures of a part would be taken for those of all of it.
    return {name: held for name, held in tables.items() if name not in faults}, faults
