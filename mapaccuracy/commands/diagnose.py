"""``mapaccuracy diagnose``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import click

from mapaccuracy.commands import interruption, options
from mapaccuracy.commands.choices import asked, files
from mapaccuracy.commands.exits import EXIT_FINDINGS, EXIT_OK
from mapaccuracy.commands.working import (
    OUT_WRITTEN,
    conclude,
    result_folder,
    usable,
    worked_out,
)
from mapaccuracy.errors import SettingsError
from mapaccuracy.report import render_text, renderer
from mapaccuracy.schema import AS_SUPPLIED, DISPLACEMENT, Settings, closest

if TYPE_CHECKING:
    from mapaccuracy.io.write import Copy

_EPILOG = """\b
Examples:
  mapaccuracy diagnose supplied.csv finds.csv --searched cleared.geojson
  mapaccuracy diagnose map.xlsx finds.gpkg --searched cleared.gpkg --range 300 \\
      --out diagnosis
  mapaccuracy diagnose map.csv finds.csv --assume-searched \\
      --write-corrected private/corrected.csv
  mapaccuracy diagnose map.csv finds.csv --assume-searched --format json \\
      --write-corrected private/corrected.gpkg --hypothesis sk42_as_wgs84
"""
_NO_FIGURE = (
    "No figure was drawn: that needs matplotlib. Install it with pip install 'mapaccuracy[report]'."
)
_NO_ROWS = "What is left by record was not written: that needs --out DIR."
_COPY_WRITTEN = "The corrected copy asked for with --write-corrected was written."


@click.command("diagnose", epilog=_EPILOG)
@click.argument("supplied", required=False)
@click.argument("finds", required=False)
@options.MORE_SUPPLIED
@options.MORE_FINDS
@options.AREAS
@options.DISPLACEMENT
@options.MATCHING
@options.READING
@options.DRAWS
@options.CONFIG
@click.option("--out", metavar="DIR", help="Folder for diagnosis.json, hypotheses.csv and figure.")
@click.option(
    "--write-corrected",
    "copy_to",
    metavar="FILE",
    help="Also write the supplied points with corrected positions: restricted, .csv, .geojson or "
    ".gpkg. An existing FILE is replaced, an input never.",
)
@click.option(
    "--hypothesis",
    metavar="NAME",
    help="Correct by this hypothesis, not by the one that the verdict rests on.",
)
@click.option(
    "--with-locations",
    is_flag=True,
    help="Also show positions in messages, and write DIR/restricted with what is left by record.",
)
def command(
    supplied: str | None,
    finds: str | None,
    more_supplied: tuple[str, ...],
    more_finds: tuple[str, ...],
    searched: tuple[str, ...],
    districts: tuple[str, ...],
    output_format: str,
    out: str | None,
    copy_to: str | None,
    hypothesis: str | None,
    with_locations: bool,
    **chosen: Any,
) -> int:
    """Tell whether a supplied map is wrong, or only misplaced.

    Tests known mistakes, such as a datum that was misread, and one common displacement of the
    whole map, each against chance. Nothing is corrected unless you ask for a corrected copy; the
    supplied files stay as they are.
    """
    if hypothesis is not None and copy_to is None:
        raise SettingsError("--hypothesis says what to correct by; add --write-corrected FILE.")
    choices = asked(
        {**chosen, "output_format": output_format},
        {
            "supplied": files(supplied, more_supplied),
            "finds": files(finds, more_finds),
            "searched": searched,
            "districts": districts,
        },
    )
    settings = choices.settings
    given = [path for paths in choices.paths.values() for path in paths]
    given += [choices.config_file] if choices.config_file is not None else []
    if hypothesis is not None:
        _check_name(hypothesis)
    remarks: list[str] = []
    missing: str | None = None
    with (
        usable(with_locations),
        _corrected_copy(copy_to, given, settings, out) as copy,
        result_folder(out) as folder,
    ):
        diagnosis = worked_out(_diagnosed, choices.paths, choices.layers, settings)
        document = diagnosis.to_dict()
        text = render_text(f"diagnose_{output_format}", document)
        if folder is not None:
            remarks += _fill(folder, document, diagnosis if with_locations else None)
        elif with_locations:
            remarks.append(_NO_ROWS)
        if copy is not None:
            missing = _copy(copy, diagnosis, hypothesis)
        interruption.complete()
    if copy_to is not None:
        remarks.append(
            _about_copy(document, copy_to, hypothesis)
            if missing is None
            else f"No corrected copy was written. {missing}"
        )
    written = [] if out is None else [OUT_WRITTEN]
    written += [_COPY_WRITTEN] if copy_to is not None and missing is None else []
    conclude(text, diagnosis.problems, with_locations, remarks, written)
    return EXIT_OK if missing is None else EXIT_FINDINGS


def _check_name(name: str) -> None:
    """Refuse a name that no hypothesis has, before the work is done."""
    from mapaccuracy.coordinates.misreadings import MISREADINGS

    if name == AS_SUPPLIED:
        raise SettingsError(
            f"--hypothesis {name} moves nothing, so there is nothing to correct; name a mistake or "
            f"{DISPLACEMENT}, or leave out --write-corrected."
        )
    known = [*(mistake.name for mistake in MISREADINGS), DISPLACEMENT]
    if name not in known:
        raise SettingsError(
            f"--hypothesis is '{name}'; give one of {', '.join(known)}{closest(name, known)}"
        )


def _corrected_copy(
    path: str | None, inputs: Iterable[str], settings: Settings, out: str | None
) -> AbstractContextManager[Copy | None]:
    """Open the file of ``--write-corrected``, where one is asked for."""
    from mapaccuracy import io

    if path is None:
        return nullcontext()
    return io.open_copy(path, inputs, local=settings.local, folder=out)


def _diagnosed(**inputs: Any) -> Any:
    from mapaccuracy.displacement import diagnose

    return diagnose(**inputs)


def _fill(folder: Any, document: Mapping[str, Any], diagnosis: Any | None) -> list[str]:
    """Write the folder; return what to say about it."""
    for name in ("csv", "json"):
        folder.write(renderer(f"diagnose_{name}")(document, None))
    rows = None if diagnosis is None else {"residuals": diagnosis.residual_rows}
    folder.write(renderer("diagnose_restricted")(document, rows), restricted=True)
    if not document["histogram"]["counts"]:
        return [f"No figure was drawn: {document['histogram']['reason']}."]
    if find_spec("matplotlib") is None:
        return [_NO_FIGURE]
    folder.write(renderer("diagnose_figure")(document, None))
    return []


def _copy(copy: Copy, diagnosis: Any, hypothesis: str | None) -> str | None:
    """Write the corrected copy; return why there is none."""
    try:
        table = diagnosis.corrected(hypothesis)
    except SettingsError as error:
        earlier = [f"{copy.name} is of an earlier run."] if copy.earlier else []
        return " ".join([*error.messages, *earlier])
    copy.write(table)
    return None


def _about_copy(document: Mapping[str, Any], path: str, hypothesis: str | None) -> str:
    """Say what stands in a corrected copy, and whose choice that was."""
    from mapaccuracy.report.diagnose import chosen, evidence, rests_on, strength

    # The verdict rests on the first.
    name = document["hypotheses"][0]["name"] if hypothesis is None else hypothesis
    entry = next(one for one in document["hypotheses"] if one["name"] == name)
    by_verdict = chosen(document)
    told = [f"Wrote {path}, restricted: positions corrected by {name}, not measured."]
    if by_verdict is None or name != by_verdict["name"]:
        rests = "none" if by_verdict is None else by_verdict["name"]
        told.append(
            f"That was your choice; the verdict is {document['verdict']} and rests on {rests}."
        )
        told.append(f"{evidence(entry, document)} {strength(entry, document)}")
    elif rests_on(document) is not by_verdict:
        told.append(
            f"The verdict names it only because the displacement found lies close: "
            f"{strength(entry, document)} --hypothesis {DISPLACEMENT} corrects by what was found."
        )
    return " ".join(told)
