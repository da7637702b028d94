"""Rules on cells and columns of a submission."""

from __future__ import annotations

import numpy as np

from mapaccuracy.checks.given import CannotRunError, Given
from mapaccuracy.checks.rule import rule
from mapaccuracy.intake.dates import ambiguous
from mapaccuracy.schema import Problem, normalise

# Headers of what nobody needs here, as `normalise` writes them.
_PERSONAL = frozenset(
    {
        *("surname", "last_name", "first_name", "full_name", "family_name", "patronymic"),
        *("person", "contact", "contact_person", "contact_name", "informant", "reporter_name"),
        *("reported_by_name", "phone", "phone_number", "telephone", "mobile", "cell_phone"),
        *("email", "e_mail", "passport", "passport_no", "national_id", "date_of_birth"),
        *("фио", "фамилия", "имя", "отчество", "телефон", "паспорт", "контакт"),
        *("soyad", "soyadi", "ad_soyad", "ata_adi", "telefon", "elaqe", "sexsiyyet_vesiqesi"),
    }
)


@rule(
    "MA105",
    needs=("points",),
    why="Read the other way round, the row may be older or younger than the map.",
)
def ambiguous_dates(given: Given) -> list[Problem]:
    """Find dates that fit both day/month and month/day."""
    frame = given.layers["supplied"].frame
    if "date" not in frame.columns:
        raise CannotRunError("the submission has no column of dates")
    rows = np.flatnonzero(ambiguous(np.asarray(frame["date"], dtype=object)))
    if not len(rows):
        return []
    return given.together("MA105", "supplied", rows, {"n": f"{len(rows):,}"}, "date")


@rule(
    "MA118",
    needs=("points",),
    why="A point that was generated along a row is held to the error of one that was surveyed.",
)
def basis_missing(given: Given) -> list[Problem]:
    """Find that nobody says how the points came about."""
    layer = given.layers["supplied"]
    if "geometry_basis" not in layer.frame.columns:
        return [given.problem("MA118", "supplied", {"what": "any point"})]
    rows = np.flatnonzero(np.asarray(layer.frame["geometry_basis"], dtype=object) == "")
    if not len(rows):
        return []
    values = {"what": f"{len(rows):,} of {len(layer.frame):,} points"}
    return given.together("MA118", "supplied", rows, values, "geometry_basis")


@rule(
    "MA902",
    why="Names and numbers of people have no place in a map, and travel with every copy of it.",
)
def personal_data(given: Given) -> list[Problem]:
    """Find columns that look as if they held data of persons."""
    out: list[Problem] = []
    seen: set[tuple[str, str]] = set()
    for name in sorted(given.tables):
        for table in given.tables[name] if name != "previous" else ():
            for header in (*map(str, table.frame.columns), *table.unread):
                if normalise(header) in _PERSONAL and (table.source, header) not in seen:
                    seen.add((table.source, header))
                    values = {"column": header}
                    out.append(
                        Problem(
                            "MA902", table.source, table.layer or "", column=header, values=values
                        )
                    )
    return out


RULES = (ambiguous_dates, basis_missing, personal_data)
