"""What error is left, how the sheets differ, and what all this does not say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mapaccuracy.report.diagnose.entries import Document, named
from mapaccuracy.report.diagnose.moves import is_in_ellipse, moved_by
from mapaccuracy.report.layout import NOTHING, Entry, number
from mapaccuracy.report.markdown import MIND
from mapaccuracy.report.markdown import table_of as markdown_table
from mapaccuracy.report.words import many
from mapaccuracy.schema import AS_SUPPLIED

# Sheets that a screen has room for; the Markdown holds all.
_SHEETS = 3
_NOT_SAID = (
    "Nothing was corrected. Whether a mistake that fits was made, only those who made the map "
    "know. Points without a match may still be mines; this is no clearance certificate."
)


def remainder(document: Document) -> Iterator[tuple[str, str]]:
    """Give the lines below the table, each with its subject."""
    yield "Left over", _residuals(document)
    if document["sheets"]:
        yield "Sheets", " ".join(_sheets(document["sheets"]))
    yield "Not said", _NOT_SAID


def _residuals(document: Document) -> str:
    """Say what error is left, and whether it is one for all."""
    left = document["residuals"]
    after = "as supplied" if left["after"] in (None, AS_SUPPLIED) else f"after {left['after']}"
    told = []
    if left["within_m"] is not None:
        told.append(f"points scatter by {left['within_m']:.1f} m about the mean of their record")
    if left["between_m"] is not None:
        told.append(f"the means of records by {left['between_m']:.1f} m")
    if left["between_sheets_m"] is not None:
        told.append(f"those of map sheets by {left['between_sheets_m']:.1f} m")
    if left["rotation_deg"] is not None:
        turn = f"{left['rotation_deg']:.1f}°"
        told.append("records not turned" if turn == "0.0°" else f"records turned by {turn}")
    if not told:
        reason = left["reason"] or "no reason is known"
        return f"Not known {after}: {reason}."
    part, rest = "", ""
    looked_at = _looked_at(document)
    if left["records"] < looked_at:
        part = f"{left['records']:,} of {many(looked_at, 'record')}"
        rest = " The others have too few pairs, and may lie elsewhere."
    picture = left["picture"]
    if picture is None:
        first = f"Error {after} (whether it is one for all is not known"
        first += f": {left['reason']})" if left["reason"] else ")"
    else:
        if part:
            told_of = picture.replace("for all", f"for {part}")
            picture = told_of if told_of != picture else f"{picture} ({part})"
        first = f"{picture[0].upper()}{picture[1:]}, {after}"
        first += f" ({left['reason']})" if left["reason"] else ""
    return (
        f"{first}: {', '.join(told)} (standard deviations by axis; {many(left['pairs'], 'pair')}, "
        f"{many(left['records'], 'record')} with 5 or more).{rest} All are understated: "
        f"pairs lie within {left['tolerance_m']:g} m."
    )


def _looked_at(document: Document) -> int:
    """Count the records of the map; 0 where what moves as one is a sheet."""
    after = document["residuals"]["after"] or AS_SUPPLIED
    records: int | None = named(document, after)["records"]
    return records or 0 if document["sampling"]["unit"] == "record" else 0


def _sheets(sheets: Sequence[Entry]) -> Iterator[str]:
    """Say which map sheets have a displacement, each looked at by itself."""
    found = [sheet for sheet in sheets if sheet["east_m"] is not None]
    yield (
        f"A displacement was found in {len(found):,} of {many(len(sheets), 'map sheet')}, each by "
        "itself."
    )
    for sheet in found[:_SHEETS]:
        ellipse = sheet["ellipse"]
        about = "" if ellipse is None else f" ±{ellipse['semi_major_m']:.1f} m"
        none = ", which may be none" if is_in_ellipse(sheet) else ""
        yield f"{sheet['sheet']}: {moved_by(sheet)}{about}{none}."
    if len(found) > _SHEETS:
        yield f"{len(found) - _SHEETS:,} more: --format markdown tells them."


def sheet_table(sheets: Sequence[Entry]) -> list[str]:
    """Write every sheet as a row of a table of Markdown."""
    rows = [
        (
            sheet["sheet"],
            number(sheet["records"]),
            number(sheet["contributing"]),
            NOTHING if sheet["east_m"] is None else moved_by(sheet, brief=True),
            NOTHING
            if sheet["ellipse"] is None
            else f"±{sheet['ellipse']['semi_major_m']:.1f} by "
            f"±{sheet['ellipse']['semi_minor_m']:.1f} m",
            NOTHING if sheet["p"] is None else f"{sheet['p']:.3f}",
            sheet["reason"] or "",
        )
        for sheet in sheets
    ]
    headers = ("Sheet", "Records", "Contributing", "Move", "95 % ellipse", "p", MIND)
    return markdown_table(headers, rows, 1)
