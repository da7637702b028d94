"""Rules whose findings come up where files are read and layers are made: they look there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from mapaccuracy.checks.given import CannotRunError, Given
from mapaccuracy.checks.rule import Rule
from mapaccuracy.schema import Problem

# Code: what follows if the fault stays.
_READING: Mapping[str, str] = {
    "MA001": "Nothing in the file is checked or evaluated.",
    "MA002": "Another layer than the one meant could be taken, or none.",
    "MA003": "Layers that were not meant for this, such as drafts, count as well.",
    "MA004": "There is nothing to check, and an empty export looks like a map without mines.",
    "MA005": "Positions without their attributes, or ids without a position, match nothing.",
    "MA006": "Figures of a part of the map are taken for figures of all of it.",
    "MA007": "Titles above the table may hide rows, or a wrong row is taken for the header.",
    "MA008": "The cell has no value of its own, so its row cannot be placed or counted.",
    "MA011": "Cells stand under headers that are not theirs.",
    "MA012": "A cell that Excel could not work out has no value.",
    "MA013": "Something in the file is in no figure.",
    "MA014": "A place that the file shows on a map is in no figure.",
    "MA015": "A header over several columns or rows may be taken for another one.",
    "MA020": "Nothing of the service is checked or evaluated.",
    "MA021": "Nothing of the service is checked or evaluated.",
    "MA022": "Nothing behind the address is checked or evaluated.",
    "MA023": "Another layer than the one meant could be taken.",
    "MA024": "Nothing behind the address is checked or evaluated.",
    "MA025": "Nothing of the database is checked or evaluated.",
    "MA026": "Nothing of the database is checked or evaluated.",
    "MA027": "Another table than the one meant could be taken.",
    "MA028": "Nothing of the database is checked or evaluated.",
}
_ROWS: Mapping[str, str] = {
    "MA101": "Without this column no row can be placed or told from another.",
    "MA102": "A row that nobody can name cannot be corrected, compared or traced.",
    "MA103": "The row has no position or number, and is in no figure.",
    "MA104": "Nobody can tell whether the row is older than the map.",
    "MA106": "The row counts under no word that the figures know.",
    "MA107": "One slip of a unit changes counts or areas by orders of magnitude.",
    "MA109": "Ids that Excel changed match nothing, and two of them may have become one.",
    "MA117": "A column that was meant to count is not used.",
    "MA120": "The row lacks something that it cannot be used without.",
    "MA121": "Districts are named by their codes in every table.",
    "MA122": "Words that nobody knows count as unknown, and figures by type lack these rows.",
    "MA123": "Ground may count as searched that nobody searched.",
    "MA124": "One of the two columns is taken, and it may be the wrong one.",
    "MA125": "Your own words decide what these rows are.",
    "MA126": "Rows that the filter leaves out are in no figure.",
    "MA201": "Read in another coordinate system, all positions shift by metres to kilometres.",
    "MA207": "The row lies in the sea off Africa and matches nothing.",
    "MA208": "The row lies nowhere on the Earth and is in no figure.",
    "MA211": "A slip of a digit moves the position by up to a degree.",
    "MA212": "The position cannot be told, or lies in another square.",
    "MA213": "The true place is anywhere in the square, so that matches may be chance.",
    "MA216": "Positions went to WGS 84 by this operation; another one moves them by metres.",
    "MA217": "Positions keep a shift of metres that a better operation takes away.",
    "MA218": "Easting and northing exchanged put the map into another country.",
    "MA219": "Shifts of this record cannot be told from its reference point.",
    "MA220": "Figures by reference point speak of these rows only.",
    "MA221": "The row has no position, and is in no figure.",
    "MA222": "Nobody knows which of the two positions is the right one.",
    "MA223": "One of two columns with positions is not used.",
    "MA224": "Positions may be metres off where a better operation is missing.",
    "MA225": "The position is taken for one beyond the equator or the meridian, or is lost.",
    "MA227": "In a wrong zone, or with axes exchanged, rows lie hundreds of kilometres away.",
    "MA304": "What was expected is not in the layer, so nothing of it counts.",
    "MA307": "The shape lies nowhere and is in no figure.",
    "MA308": "Heights or curves of the file are in no figure.",
    "MA401": "Nobody can tell which of the rows a message, a match or a correction means.",
    "MA402": "Which of the rows is matched says nothing.",
    "MA510": "Finds at a place of demolition match points that were never there.",
    "MA511": "Rows that nobody approved stand in the figures.",
    "MA512": "Ground that nobody searched would count as searched without a find.",
    "MA513": "Land that was released without search may count as searched.",
    "MA514": "Finds that no map of mines would show may count against the map.",
    "MA523": "Reports that were rejected stand in the figures.",
    "MA524": "One position given for many rows matches by chance, and most of them are elsewhere.",
}


def found(code: str, given: Given) -> list[Problem]:
    """List what was found on the way under a code.

    Raises
    ------
    CannotRunError
        If nothing was, and an input could not be looked at.
    """
    problems = [problem for problem in given.noticed if problem.code == code]
    if not problems and given.failed:
        # What could not be looked at has not passed.
        raise CannotRunError(next(iter(given.failed.values())), failed=True)
    return problems


# Rules that speak of one input only.
_NEEDS: Mapping[str, tuple[str, ...]] = {
    "MA104": ("points",),
    "MA121": ("districts",),
    "MA122": ("searched",),
    "MA123": ("searched",),
    "MA219": ("points",),
    "MA220": ("points",),
    "MA402": ("points",),
    "MA510": ("finds",),
    "MA511": ("finds",),
    "MA512": ("searched",),
    "MA513": ("searched",),
    "MA514": ("finds",),
    "MA523": ("finds",),
    "MA524": ("points",),
}

NOTICED = tuple(
    Rule(code, _NEEDS.get(code, ()), why, partial(found, code))
    for code, why in {**_READING, **_ROWS}.items()
)
