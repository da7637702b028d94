"""What is wrong with the choices of an evaluation, said all at once."""

from __future__ import annotations

import difflib
import math
import numbers
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, get_args

from mapaccuracy.schema.columns import COLUMNS, GEOMETRY, GIVEN_AS, INPUT_ROLES, ROLES, normalise
from mapaccuracy.schema.day_formats import precision_of
from mapaccuracy.schema.results import Rule
from mapaccuracy.schema.vocabulary import CATEGORIES, REASON_WORDS, plain

if TYPE_CHECKING:
    from mapaccuracy.schema.settings import Settings

MATCHING_RULES: tuple[str, ...] = get_args(Rule)
SCOPES = ("mines", "all")
POSITION_ORDERS = ("lat,lon", "lon,lat")
GROUPINGS = ("district", "type", "record")
SEARCH_REASONS = tuple(REASON_WORDS)
LOCAL = "local"
# Settings in metres, each with an example; settings that are whole numbers, with their least.
METRES = {"tolerance_m": 10, "cluster_distance_m": 50, "fade_out_m": 25, "range_m": 200}
COUNTS = {"record_points": 1, "draws": 19, "seed": 0}
MOST = {"draws": 100_000}
SHARES = ("verifiable_share", "record_share")
SWITCHES = ("drop_faulty", "assume_searched", "match_type", "full_ladder", "rotation")
LEAST_M, MOST_M = 0.001, 1_000_000.0
MOST_DECLINATION_DEG = 90.0
# A ladder of close rungs would tell the distances of single pairs.
MOST_RUNGS = 12
LEAST_STEP = 1.25
_LONGEST = 60


def closest(word: str, known: list[str]) -> str:
    """Say ``; did you mean 'x'?`` if one of the known words is close, else nothing.

    Examples
    --------
    >>> closest("tolerence_m", ["tolerance_m", "scope"]), closest("ap", ["AT", "AP"])
    ("; did you mean 'tolerance_m'?", "; did you mean 'AP'?")
    """
    folded = {name.casefold(): name for name in reversed(known)}
    match = difflib.get_close_matches(word, known, n=1) or [
        folded[name] for name in difflib.get_close_matches(word.casefold(), folded, n=1)
    ]
    return f"; did you mean '{match[0]}'?" if match else ""


def faults_of(settings: Settings) -> list[str]:
    """Say everything that is wrong with settings, a sentence each."""
    return [
        *_number_faults(settings),
        *_choice_faults(settings),
        *_column_faults(settings.columns),
        *_format_faults(settings.formats),
        *_category_faults(settings.categories),
        *_alias_faults(settings.aliases),
        *_filter_faults(settings.filters),
        *_crs_faults(settings),
        *_where_faults(settings.searched_where),
        *_ladder_faults(settings.ladder),
        *_day_faults(settings.map_received),
    ]


def _told(value: object) -> str:
    """Show a value of a setting and, where it is not plain, its kind.

    Examples
    --------
    >>> [_told(value) for value in (5, "5", True, None, ["5"])]
    ['5', "'5' (text)", 'true', 'not given', 'a list']
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, numbers.Number):
        return str(value)
    if isinstance(value, str):
        return f"'{value[:_LONGEST]}' (text)"
    return "not given" if value is None else f"a {type(value).__name__}"


def is_whole(value: object) -> bool:
    """Tell whether a value is a whole number; 5.0 is none."""
    return isinstance(value, numbers.Integral) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Tell whether a value is a finite number."""
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)


def _number_faults(settings: Settings) -> list[str]:
    faults = []
    for name, example in METRES.items():
        value = getattr(settings, name)
        if value is None and name == "fade_out_m":
            continue
        if not (is_number(value) and value > 0):
            faults.append(
                f"{name} is {_told(value)}; give a number of metres above 0, such as {example}."
            )
        elif not LEAST_M <= value <= MOST_M:
            faults.append(
                f"{name} is {value:g}; give metres from {LEAST_M:g} to {MOST_M:,.0f}, such as "
                f"{example}."
            )
    for name in SHARES:
        share = getattr(settings, name)
        if not (is_number(share) and 0 < share <= 1):
            faults.append(f"{name} is {_told(share)}; give a share above 0 and at most 1.")
    turn = settings.declination_deg
    if turn is not None and not (is_number(turn) and abs(turn) <= MOST_DECLINATION_DEG):
        faults.append(
            f"declination_deg is {_told(turn)}; give degrees from -90 to 90, such as 6.3."
        )
    for name, least in COUNTS.items():
        count: object = getattr(settings, name)
        if not is_whole(count) or int(count) < least:  # type: ignore[call-overload]
            faults.append(f"{name} is {_told(count)}; give a whole number, {least} or more.")
        elif int(count) > MOST.get(name, int(count)):  # type: ignore[call-overload]
            faults.append(f"{name} is {count}; give a whole number, {MOST[name]:,} at most.")
    return faults


def _ladder_faults(ladder: object) -> list[str]:
    example = "give tolerances in metres above 0, such as 1,2,5,10 (in a file [1, 2, 5, 10])."
    if isinstance(ladder, str) or not isinstance(ladder, Sequence):
        return [f"ladder is {_told(ladder)}; {example}"]
    if not ladder:
        return [f"ladder is empty; {example}"]
    faults = [
        f"ladder holds {_told(rung)}; {example}"
        for rung in ladder
        if not (is_number(rung) and LEAST_M <= rung <= MOST_M)
    ]
    if faults:
        return faults
    rungs = sorted(set(ladder))
    close = any(b < LEAST_STEP * a for a, b in pairwise(rungs))
    if len(rungs) > MOST_RUNGS or close:
        return [
            f"ladder has {len(rungs)} tolerances{', some close together' if close else ''}: so it "
            f"would tell the distances of single pairs. Give {MOST_RUNGS} at most, each at least "
            f"{LEAST_STEP:g} times the one before."
        ]
    return []


def _day_faults(day: object) -> list[str]:
    if day is None:
        return []
    try:
        date.fromisoformat(day)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return [f"map_received is {_told(day)}; give a day as YYYY-MM-DD, such as 2021-06-12."]
    return []


def _choice_faults(settings: Settings) -> list[str]:
    choices = {"matching": MATCHING_RULES, "scope": SCOPES, "by": GROUPINGS}
    if settings.search_reason is not None:
        choices["search_reason"] = SEARCH_REASONS
    faults = []
    for name, known in choices.items():
        value: object = getattr(settings, name)
        if isinstance(value, str):
            told, near = f"'{value[:_LONGEST]}'", closest(value, list(known))
        else:
            told, near = _told(value), ""
        if not (isinstance(value, str) and value in known):
            faults.append(f"{name} is {told}; give one of {', '.join(known)}{near}")
    return faults + [
        f"{name} is {_told(value)}; give true or false."
        for name in SWITCHES
        if not isinstance(value := getattr(settings, name), bool)
    ]


def _column_faults(columns: object) -> list[str]:
    if not isinstance(columns, Mapping):
        return [f"columns is {_told(columns)}; give names such as supplied.id with their headers."]
    known = [f"{role}.{column.name}" for role, listed in COLUMNS.items() for column in listed]
    asked = [name for name in known if name.partition(".")[0] in ROLES]
    return [_unknown_column(str(name), asked) for name in columns if name not in known] + [
        f"columns: {name} is {_told(header)}; give the header as text."
        for name, header in columns.items()
        if name in known and not isinstance(header, str)
    ]


def _texts_of(name: str, values: object, example: str) -> tuple[dict[str, str], list[str]]:
    """Take a setting as texts by names, with what is wrong with it."""
    if not isinstance(values, Mapping):
        return {}, [f"{name} is {_told(values)}; give names with texts, such as {example}."]
    wrong = [
        f"{name}: '{str(key)[:_LONGEST]}' is {_told(value)}; give text, such as {example}."
        for key, value in values.items()
        if not (isinstance(value, str) and value.strip())
    ]
    return {str(key): str(value) for key, value in values.items()}, wrong


def _format_faults(formats: object) -> list[str]:
    texts, faults = _texts_of("formats", formats, "finds.date = %d/%m/%Y")
    dated = [role for role in INPUT_ROLES if any(entry.name == "date" for entry in COLUMNS[role])]
    known = [f"{role}.date" for role in dated]
    known += [f"{role}.position" for role in INPUT_ROLES if GEOMETRY[role] == "points"]
    if faults:
        return faults
    for key, value in texts.items():
        if key not in known:
            faults.append(f"formats: there is no '{key}'{closest(key, known)}")
        elif key.endswith(".position") and value not in POSITION_ORDERS:
            orders = " or ".join(POSITION_ORDERS)
            faults.append(f"formats: {key} is '{value[:_LONGEST]}'; give {orders}.")
        elif key.endswith(".date") and precision_of(value) is None:
            faults.append(
                f"formats: {key} is '{value[:_LONGEST]}', which tells neither day, month and year "
                "nor month and year nor a year; give how dates are written, such as %d/%m/%Y."
            )
    return faults


def _category_faults(categories: object) -> list[str]:
    texts, faults = _texts_of("categories", categories, "PMN-2 = AP")
    faults += [
        f"categories: '{word[:_LONGEST]}' has no letter or digit, and would fit any text."
        for word in texts
        if not plain(word)
    ]
    return faults or [
        f"categories: '{word[:_LONGEST]}' is '{value[:_LONGEST]}'; give one of "
        f"{', '.join(CATEGORIES)}{closest(value, list(CATEGORIES))}"
        for word, value in texts.items()
        if value not in CATEGORIES
    ]


def _alias_faults(aliases: object) -> list[str]:
    texts, faults = _texts_of("aliases", aliases, "Agdam = Aghdam")
    own: dict[str, str] = {}
    for spelling, name in texts.items():
        if own.setdefault(normalise(spelling), name) != name:
            faults.append(f"aliases: '{spelling[:_LONGEST]}' is given two names.")
    for spelling, name in texts.items():
        further = own.get(normalise(name))
        if further is not None and normalise(further) != normalise(name):
            faults.append(
                f"aliases: '{spelling[:_LONGEST]}' is '{name[:_LONGEST]}', which is itself "
                f"'{further[:_LONGEST]}'; give the last name."
            )
    return faults


def _filter_faults(filters: object) -> list[str]:
    texts, faults = _texts_of("filters", filters, "finds = status=approved")
    if faults:
        return faults
    for role, text in texts.items():
        column, equals, values = text.partition("=")
        if role not in (*ROLES, *GIVEN_AS):
            faults.append(f"filters: there is no role '{role}'{closest(role, list(ROLES))}")
        elif not (column.strip() and equals and values.strip()):
            faults.append(
                f"filters: {role} is '{text[:_LONGEST]}'; give COLUMN=VALUE, such as "
                "status=approved."
            )
    return faults


def _unknown_column(name: str, known: list[str]) -> str:
    full = [entry for entry in known if entry.partition(".")[2] == name]
    if not full:
        return f"There is no column '{name}'{closest(name, known)}"
    listed = " or ".join(f"'{entry}'" for entry in full)
    return f"'{name}' does not say whose column: write ROLE.NAME=HEADER; did you mean {listed}?"


def _crs_faults(settings: Settings) -> list[str]:
    given = {
        name: value
        for name in ("crs", "supplied_crs", "finds_crs")
        if (value := getattr(settings, name)) is not None
    }
    strange = [
        f"{name} is {_told(value)}; give an EPSG code such as EPSG:4326, or local."
        for name, value in given.items()
        if not isinstance(value, str)
    ]
    if strange:
        return strange
    if LOCAL in given.values() and set(given.values()) != {LOCAL}:
        return [
            "local planar metres and a coordinate system are given at once; local is for all roles."
        ]
    if LOCAL in given.values() and settings.crs != LOCAL and len(given) < 2:
        return ["local planar metres must hold for all roles; give crs = local."]
    return []


def _where_faults(where: object) -> list[str]:
    if where is None:
        return []
    example = "give COLUMN=VALUE, such as status=cleared."
    if not isinstance(where, str):
        return [f"searched_where is {_told(where)}; {example}"]
    column, equals, values = where.partition("=")
    if not (column.strip() and equals and values.strip()):
        return [f"searched_where is '{where[:_LONGEST]}'; {example}"]
    return []
