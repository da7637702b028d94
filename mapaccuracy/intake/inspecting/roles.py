"""Which role a table may have: by the columns that are recognised, its shapes and its name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mapaccuracy.schema import POSITION_COLUMNS, Role, normalise, recognise

# Words of a file or layer name that speak for a role.
_WORDS: Mapping[Role, frozenset[str]] = {
    "supplied": frozenset(
        {"supplied", "map", "maps", "claimed", "received", "minefields", "formulyar", "карта"}
    ),
    "finds": frozenset({"find", "finds", "found", "device", "devices", "находки", "tapıntı"}),
    "searched": frozenset({"searched", "cleared", "clearance", "search", "очищено"}),
    "districts": frozenset(
        {"district", "districts", "adm1", "adm2", "admin", "boundaries", "rayon", "raion", "районы"}
    ),
    "accidents": frozenset({"accident", "accidents", "incident", "incidents", "victims"}),
    "tasks": frozenset({"task", "tasks"}),
}
# A role by the shape of the rows: how the role is given, and whose columns such rows have.
_BY_SHAPE: Mapping[str, tuple[tuple[Role, Role], ...]] = {
    "points": (("supplied", "supplied"), ("finds", "finds"), ("accidents", "accidents")),
    "lines": (("supplied", "rows"),),
    "polygons": (
        ("searched", "searched"),
        ("districts", "districts"),
        ("supplied", "areas"),
        ("tasks", "tasks"),
    ),
    "quantities": (("finds", "quantities"),),
}
_SAID = {
    "lines": "lines are rows of mines, if they are of the map",
    "quantities": "it counts finds by task, without positions",
}
# A name is chosen by people; a column may be there by chance.
_NAME_WEIGHT = 3
_AXES = (("lat", "lon"), ("x", "y"))
_SHARED = POSITION_COLUMNS | {"id", "district", "date"}
_TRAVERSE = "see mapaccuracy traverse"


@dataclass(frozen=True)
class Guess:
    """Which role a table may have.

    Attributes
    ----------
    role : str or None
        None if nothing tells, or two roles fit as well.
    why : str
    candidates : tuple of (str, tuple of str)
        Roles that the shapes allow, best first, each with the columns recognised for it.
    """

    role: Role | None
    why: str
    candidates: tuple[tuple[Role, tuple[str, ...]], ...]

    @property
    def reading(self) -> Role:
        """The role to read the table for: the guess, or else the first that may be."""
        return self.role or (self.candidates[0][0] if self.candidates else "finds")


def guess(headers: Sequence[str], shapes: str | None, names: Sequence[str]) -> Guess:
    """Guess the role of a table.

    Parameters
    ----------
    headers : sequence of str
    shapes : {"points", "lines", "polygons"} or None
        What the geometry is; None for a table without.
    names : sequence of str
        Of the file and of the sheet or layer.

    Returns
    -------
    Guess

    Notes
    -----
    The role for which most columns are recognised; a word in the name counts for three. Two
    roles that come out equal are not decided between. Polygons are tasks only if the name says so:
    their columns are those of searched areas.

    Examples
    --------
    >>> found = guess(["Find ID", "Lat", "Long", "Model"], None, ["list.csv"])
    >>> found.role, found.why
    ('finds', 'columns that speak for it: id, model')
    >>> guess(["id", "lat", "lon"], None, ["list.csv"]).role is None
    True
    """
    unlike = _no_points(headers) if shapes is None else None
    if unlike is not None:
        return Guess(None, unlike, ())
    kind = shapes or ("quantities" if _are_quantities(headers) else "points")
    forms = dict(_BY_SHAPE[kind])
    words = {word for name in names for word in normalise(name).split("_")}
    hints = {role: sorted(set(map(normalise, _WORDS[role])) & words) for role in forms}
    roles = [role for role in forms if role != "tasks" or hints[role]]
    columns = {role: tuple(recognise(forms[role], headers)) for role in roles}
    scores = {role: len(columns[role]) + (_NAME_WEIGHT if hints[role] else 0) for role in roles}
    ranked = sorted(roles, key=lambda role: -scores[role])
    candidates = tuple((role, columns[role]) for role in ranked)
    best = ranked[0]
    if kind == "lines" and not (hints[best] or set(columns[best]) - _SHARED):
        return Guess(None, _SAID[kind], candidates)
    tied = [role for role in ranked if scores[role] == scores[best]]
    if len(tied) > 1:
        what = "no column" if not columns[best] else "none of the columns"
        why = f"{what} can tell {', '.join(tied[:-1])} and {tied[-1]} apart"
        return Guess(None, why, candidates)
    said = [_SAID[kind]] if kind in _SAID else []
    own = [
        name
        for name in columns[best]
        if name not in _SHARED or not _recognised_elsewhere(name, best, ranked, columns)
    ]
    if own:
        said.append(f"columns that speak for it: {', '.join(own)}")
    if hints[best]:
        said.append(f"the name says '{hints[best][0]}'")
    return Guess(best, "; ".join(said) or "more columns are recognised than for others", candidates)


def form_of(role: Role, headers: Sequence[str], shapes: str | None) -> Role:
    """Tell whose columns the rows of a table have that is given as a role.

    Examples
    --------
    >>> form_of("supplied", ["id"], "lines"), form_of("finds", ["task_id", "qty"], None)
    ('rows', 'quantities')
    """
    kind = shapes or ("quantities" if _are_quantities(headers) else "points")
    return dict(_BY_SHAPE[kind]).get(role, role)


def _are_quantities(headers: Sequence[str]) -> bool:
    """Tell whether a table counts finds by task and has no positions."""
    columns = set(recognise("finds", headers))
    return {"task_id", "quantity"} <= columns and not POSITION_COLUMNS & columns


def _no_points(headers: Sequence[str]) -> str | None:
    """Say so if a table holds records from which positions have to be worked out first."""
    if {"bearing", "distance_m"} <= set(recognise("legs", headers)):
        return f"it seems to hold legs by bearing and distance: {_TRAVERSE}"
    ends = set(recognise("row_ends", headers))
    if any({f"start_{a}", f"start_{b}", f"end_{a}", f"end_{b}"} <= ends for a, b in _AXES):
        return f"it seems to hold rows by their ends: {_TRAVERSE}"
    return None


def _recognised_elsewhere(
    name: str, best: Role, ranked: Sequence[Role], columns: Mapping[Role, tuple[str, ...]]
) -> bool:
    return any(name in columns[role] for role in ranked if role != best)
