"""Two supplied maps against the same finds: what changed, and whether it is more than noise.

Both maps are evaluated on the same finds, searched areas, districts and settings. They share no
records, so the change is judged on common blocks of ground.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

import numpy as np

from mapaccuracy import intake
from mapaccuracy.errors import InputError, SettingsError
from mapaccuracy.evaluation import groupings, noticed
from mapaccuracy.evaluation.compared import Compared
from mapaccuracy.evaluation.compared import compare as match_with_finds
from mapaccuracy.evaluation.groupings import Grouping
from mapaccuracy.evaluation.located import Inputs, Points, frame_of, locate_ground, locate_points
from mapaccuracy.evaluation.path import check_together, conform
from mapaccuracy.evaluation.resolution import spacing_of_groups
from mapaccuracy.evaluation.spellings import spelled_alike
from mapaccuracy.intake.headers import match_header
from mapaccuracy.schema import (
    Bools,
    Floats,
    Ints,
    Layer,
    Note,
    Problem,
    Rate,
    RawTable,
    Role,
    Settings,
    Source,
)
from mapaccuracy.schema.version import __version__
from mapaccuracy.statistics import differences

SCHEMA_VERSION = 1
Word = Literal["real", "within noise", "not comparable"]
REAL: Word = "real"
WITHIN_NOISE: Word = "within noise"
NOT_COMPARABLE: Word = "not comparable"
TOO_FEW_BLOCKS = "fewer than 5 effective blocks of ground for an interval"
DIFFERENT_GROUND = "the maps have less than half of their points on common ground"
OLD_ELSEWHERE = "more than half of what counts of the old map lies where the new has nothing"
NEW_ELSEWHERE = "more than half of what counts of the new map lies where the old has nothing"
NO_VARIATION = "the same change in every block: the interval is that of two separate shares"
OLD_NOT_RESOLVED = "points can be told apart at the tolerance in the new map, not in the old"
NEW_NOT_RESOLVED = "points can be told apart at the tolerance in the old map, not in the new"
NEITHER_RESOLVED = "points cannot be told apart at the tolerance in either map"

_MAPS = ("old", "new")
_SMALL_GROUP = 5
# From here on a denser map finds more of the finds by chance alone.
_MANY_MORE_POINTS = 1.25
_MOSTLY = 0.5
# Own stream of random numbers.
_STREAM = 12

Progress = Callable[[str], None]


@dataclass(frozen=True)
class Change:
    """Change of a share from the old map to the new.

    Attributes
    ----------
    old, new : Rate
        Of each map by itself, as `mapaccuracy.evaluate` gives it.
    change : float or None
        new - old, in [-1, 1]; None where not comparable.
    low, high : float or None
        95 % interval of the change over common blocks of ground.
    blocks : int or None
        Blocks that hold an item of either map.
    effective_blocks : float or None
        How many blocks of equal size would weigh as much.
    block_side_m : float or None
        Side of the blocks, of those tried the one with the widest interval.
    word : {"real", "within noise", "not comparable"}
        ``real`` if the interval excludes 0.
    reason : str or None
        Why not comparable, or what to mind.
    """

    old: Rate
    new: Rate
    change: float | None
    low: float | None
    high: float | None
    blocks: int | None
    effective_blocks: float | None
    block_side_m: float | None
    word: Word
    reason: str | None


@dataclass(frozen=True)
class GroupChange:
    """Changes of one district, or of the whole.

    Attributes
    ----------
    group : str
    supplied_old, supplied_new : int
        Single supplied points of each map.
    finds : int
        Finds that count; the same for both maps.
    precision, recall : Change
    """

    group: str
    supplied_old: int
    supplied_new: int
    finds: int
    precision: Change
    recall: Change


@dataclass(frozen=True)
class Comparison:
    """The outcome of `compare`: changes by group, sources and notes; no single item.

    Attributes
    ----------
    settings : Settings
    sources : tuple of (str, Source)
        With their roles: old, new, finds, searched, districts.
    overall : GroupChange
    districts : tuple of GroupChange
        Sorted by name; what lies on no district comes last.
    notes : tuple of Note
    problems : tuple of Problem
        Warnings and information about the inputs, with their places.
    """

    settings: Settings
    sources: tuple[tuple[str, Source], ...]
    overall: GroupChange
    districts: tuple[GroupChange, ...]
    notes: tuple[Note, ...]
    problems: tuple[Problem, ...]

    def to_dict(self) -> dict[str, Any]:
        """Make the comparison document: no position, no id, no row of a single item."""
        return {
            "schema_version": SCHEMA_VERSION,
            "tool": {"name": "mapaccuracy", "version": __version__},
            "settings": self.settings.to_dict(),
            "sources": [source.to_dict() | {"role": role} for role, source in self.sources],
            "overall": asdict(self.overall),
            "districts": [asdict(group) for group in self.districts],
            "notes": [note.to_dict() for note in self.notes],
        }


def compare(
    old: Any,
    new: Any,
    finds: Any,
    searched: Any = None,
    districts: Any = None,
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Compare two supplied maps on the same finds, searched areas and districts.

    The change of precision and of recall has a 95 % interval over common square blocks of
    ground: 2.5 median record diameters wide (no less than ``settings.cluster_distance_m``), and
    also twice and four times that; the widest interval counts. See
    `mapaccuracy.statistics.differences`.

    Parameters
    ----------
    old, new : DataFrame, GeoDataFrame, RawTable, or a sequence of these
        Supplied points of each map, as for `mapaccuracy.evaluate`.
    finds : the same
    searched, districts : the same with polygons, or None
    settings : Settings, optional
        The same for both maps; ``by`` and ``ladder`` have no part in it.
    progress : callable of str, optional
        Told the name of each step.

    Returns
    -------
    Comparison

    Raises
    ------
    InputError
        If rows of an input cannot be used.
    SettingsError
        If the coordinate system is missing or contradicts itself.

    Notes
    -----
    Time and memory: those of two evaluations of counts and rates, one after the other.

    Examples
    --------
    >>> import pandas as pd
    >>> at = [(1000.0 * i, 1000.0 * j) for i in range(5) for j in range(4)]
    >>> found = pd.DataFrame(at, columns=["x", "y"]).assign(id=[f"F{n}" for n in range(20)])
    >>> old = found.assign(x=found["x"] + 100, id=[f"S{n}" for n in range(20)])
    >>> new = found.assign(id=[f"T{n}" for n in range(20)])
    >>> result = compare(old, new, found, settings=Settings(crs="local", assume_searched=True))
    >>> result.overall.precision.change, result.overall.precision.word
    (1.0, 'real')
    """
    settings = Settings() if settings is None else settings
    step = _quiet if progress is None else progress
    check_together(settings, searched)
    # The ladder has no part in a comparison, and pairs at every rung cost time.
    lean = replace(settings, ladder=(settings.tolerance_m,))
    step("checking the inputs")
    layers = spelled_alike(_conform(old, new, finds, searched, districts, lean), lean)
    step("locating points")
    inputs, n_old = _located(layers, lean)
    areas = groupings.locate_districts(inputs)
    sides = (slice(None, n_old), slice(n_old, None))
    of_maps = []
    for name, rows in zip(_MAPS, sides, strict=True):
        step(f"matching the {name} map")
        own = replace(
            inputs,
            layers={**inputs.layers, "supplied": layers[name]},
            supplied=_part(inputs.supplied, layers[name], rows),
        )
        theirs = areas if areas is None else replace(areas, supplied=areas.supplied[rows])
        of_maps.append(match_with_finds(own, theirs, lean))
    step("counting")
    pair = _Pair(of_maps[0], of_maps[1], sides, _tilings(of_maps))
    (whole,) = pair.changes(groupings.overall(inputs))
    by_district = (
        groupings.by_column(inputs) if areas is None else groupings.by_polygon(inputs, areas)
    )
    parts = () if by_district is None else pair.changes(by_district)
    return Comparison(
        settings=settings,
        sources=tuple((role, source) for role, layer in layers.items() for source in layer.sources),
        overall=whole,
        districts=parts,
        notes=(*_same_file(layers), *_notes(pair, whole, parts)),
        problems=_problems(of_maps),
    )


def _same_file(layers: Mapping[str, Layer]) -> list[Note]:
    """Say that both maps are one, where they are."""
    old, new = ({source.sha256 for source in layers[name].sources} for name in _MAPS)
    if old != new or None in old:
        return []
    return [Note("same_file", "The old and the new map are the same file: nothing can change.")]


def _quiet(step: str) -> None:
    """Tell nobody."""


def _conform(
    old: Any, new: Any, finds: Any, searched: Any, districts: Any, settings: Settings
) -> dict[str, Layer]:
    """Conform all inputs, and raise the problems of all of them at once."""
    maps = {"old": _named(old, "old"), "new": _named(new, "new")}
    layers: dict[str, Layer] = {}
    faults: list[Any] = []
    unusable: list[str] = []
    others: dict[Role, Any] = {"finds": finds, "searched": searched, "districts": districts}
    rest = others
    for name in _MAPS:
        own = replace(settings, columns=_columns_of(name, maps, settings))
        try:
            found = conform({"supplied": maps[name], **rest}, own)
        except SettingsError as error:
            unusable += error.messages
        except InputError as error:
            faults += error.problems
        else:
            for role, layer in found.items():
                layers[name if role == "supplied" else role] = layer
        rest = {}
    if unusable:
        raise SettingsError(list(dict.fromkeys(unusable)))
    if faults:
        raise InputError(faults)
    return {role: layers[role] for role in (*_MAPS, *others) if role in layers}


def _columns_of(
    name: str, maps: Mapping[str, Sequence[RawTable]], settings: Settings
) -> dict[str, str]:
    """Leave out headers that the user named and only the other map has."""

    def has(which: str, wanted: str) -> bool:
        tables = maps[which]
        return any(
            match_header([*map(str, table.frame.columns), *table.unread], wanted) is not None
            for table in tables
        )

    other = _MAPS[1 - _MAPS.index(name)]
    return {
        key: header
        for key, header in settings.columns.items()
        if not key.startswith("supplied.") or has(name, header) or not has(other, header)
    }


def _named(data: Any, name: str) -> list[RawTable]:
    """Take tables of a map in memory; those without a file are called after the map."""
    tables = intake.as_tables(data, "supplied")
    return [
        replace(table, source=table.source.replace("supplied", name, 1))
        if table.sha256 is None and table.source.split(" ")[0] == "supplied"
        else table
        for table in tables
    ]


def _located(layers: Mapping[str, Layer], settings: Settings) -> tuple[Inputs, int]:
    """Put both maps, one after the other, and all else into one plane."""
    frame = frame_of([layers["old"], layers["new"], layers["finds"]], settings)
    old, new = (locate_points(layers[name], frame) for name in _MAPS)
    searched = layers.get("searched")
    both = _joined(old, new)
    roles: tuple[Role, ...] = ("finds", "searched", "districts")
    known: dict[Role, Layer] = {role: layers[role] for role in roles if role in layers}
    return (
        Inputs(
            {"supplied": both.layer, **known},
            frame,
            both,
            locate_points(layers["finds"], frame),
            locate_ground(searched, settings, frame),
        ),
        len(old),
    )


def _joined(old: Points, new: Points) -> Points:
    """Put the points of both maps into one list, with what the groupings of places need."""
    import pandas as pd

    frames = [
        points.layer.frame[[name for name in ("district",) if name in points.layer.frame.columns]]
        for points in (old, new)
    ]
    layer = replace(old.layer, frame=pd.concat(frames, ignore_index=True), problems=())
    return Points(
        layer,
        np.concatenate([old.x, new.x]),
        np.concatenate([old.y, new.y]),
        np.concatenate([old.metres, new.metres]),
    )


def _part(both: Points, layer: Layer, rows: slice) -> Points:
    return Points(layer, both.x[rows], both.y[rows], both.metres[rows])


@dataclass(frozen=True)
class _Tiling:
    """Blocks of one side, numbered alike for both maps and the finds."""

    side_m: float
    old: Ints
    new: Ints
    finds: Ints


def _tilings(of_maps: Sequence[Compared]) -> list[_Tiling]:
    """Tile the ground with squares of three sides, from the origin of the plane."""
    old, new = of_maps
    found = old.inputs.finds
    # One scale for all: the finds are the same whichever map is called the old one.
    at = np.array([float(found.y.mean())])
    x_scale, y_scale = (float(scale[0]) for scale in old.inputs.frame.scale(at))

    def metres(points: Points) -> tuple[Floats, Floats]:
        return points.x * x_scale, points.y * y_scale

    diameters = [differences.diameters_m(*metres(m.inputs.supplied), m.record) for m in of_maps]
    least_m = old.settings.cluster_distance_m
    side_m = differences.block_side_m(np.concatenate(diameters), least_m)
    places = [metres(points) for points in (old.inputs.supplied, new.inputs.supplied, found)]
    x_m, y_m = (np.concatenate(axis) for axis in zip(*places, strict=True))
    ends = np.cumsum([len(x) for x, _ in places])[:-1]
    return [
        _Tiling(side, *np.split(differences.square_blocks(x_m, y_m, side), ends))
        for side in (side_m * times for times in differences.SIDES)
    ]


@dataclass(frozen=True)
class _Pair:
    """Both maps with the outcome of every row, and the blocks they are compared on."""

    old: Compared
    new: Compared
    sides: tuple[slice, slice]
    tilings: Sequence[_Tiling]

    def changes(self, grouping: Grouping) -> tuple[GroupChange, ...]:
        """Compare the maps in every group; `grouping` is of the rows of both maps."""
        own = [replace(grouping, supplied=grouping.supplied[rows]) for rows in self.sides]
        groups = [
            compared.figures_of(part)
            for compared, part in zip((self.old, self.new), own, strict=True)
        ]
        resolved = [
            _resolved(compared, part)
            for compared, part in zip((self.old, self.new), own, strict=True)
        ]
        precision = [
            differences.counts_on_blocks(
                _points(self.old, own[0].supplied, tiling.old),
                _points(self.new, own[1].supplied, tiling.new),
                len(grouping.names),
            )
            for tiling in self.tilings
        ]
        recall = [
            differences.counts_on_blocks(
                _finds(self.old, grouping.finds, tiling.finds),
                _finds(self.new, grouping.finds, tiling.finds),
                len(grouping.names),
            )
            for tiling in self.tilings
        ]
        return tuple(
            GroupChange(
                group=name,
                supplied_old=groups[0][index].supplied,
                supplied_new=groups[1][index].supplied,
                finds=groups[0][index].recall.n,
                precision=self._change(
                    groups[0][index].precision,
                    groups[1][index].precision,
                    (resolved[0][index], resolved[1][index]),
                    [of[index] for of in precision],
                ),
                recall=self._change(
                    groups[0][index].recall,
                    groups[1][index].recall,
                    (resolved[0][index], resolved[1][index]),
                    [of[index] for of in recall],
                ),
            )
            for index, name in enumerate(grouping.names)
        )

    def _change(
        self,
        old: Rate,
        new: Rate,
        resolved: tuple[bool | None, bool | None],
        counts: Sequence[differences.BlockCounts],
    ) -> Change:
        obstacle = _obstacle(old, new, resolved)
        if obstacle is not None:
            return _not_comparable(old, new, obstacle)
        # Maps that are displaced against each other have common ground on large blocks only.
        common = differences.common_shares(counts[-1])
        if max(common) < _MOSTLY:
            return _not_comparable(old, new, DIFFERENT_GROUND)
        settings = self.old.settings
        found = [
            differences.share_difference(of, settings.draws, (settings.seed, _STREAM))
            for of in counts
        ]
        widest = differences.widest_difference(found)
        chosen = None if widest is None else found[widest]
        if widest is None or chosen is None:
            return _not_comparable(old, new, TOO_FEW_BLOCKS)
        cautions = (
            (resolved == (False, False), NEITHER_RESOLVED),
            (common[0] < _MOSTLY, OLD_ELSEWHERE),
            (common[1] < _MOSTLY, NEW_ELSEWHERE),
            (differences.difference_variance(counts[widest]) == 0, NO_VARIATION),
        )
        return Change(
            old=old,
            new=new,
            change=chosen.change,
            low=chosen.low,
            high=chosen.high,
            blocks=chosen.blocks,
            effective_blocks=chosen.effective_blocks,
            block_side_m=self.tilings[widest].side_m,
            word=REAL if chosen.low > 0 or chosen.high < 0 else WITHIN_NOISE,
            reason="; ".join(said for holds, said in cautions if holds) or None,
        )


def _not_comparable(old: Rate, new: Rate, reason: str) -> Change:
    return Change(old, new, None, None, None, None, None, None, NOT_COMPARABLE, reason)


def _obstacle(old: Rate, new: Rate, resolved: tuple[bool | None, bool | None]) -> str | None:
    """Say what stands against comparing two shares at all."""
    missing = [
        f"{name} map: {rate.reason}"
        for name, rate in zip(_MAPS, (old, new), strict=True)
        if rate.value is None
    ]
    if missing:
        same = old.value is None and new.value is None and old.reason == new.reason
        return str(old.reason) if same else "; ".join(missing)
    if resolved == (False, True):
        return OLD_NOT_RESOLVED
    if resolved == (True, False):
        return NEW_NOT_RESOLVED
    return None


def _resolved(compared: Compared, grouping: Grouping) -> list[bool | None]:
    """Whether one point can be told from the next at the tolerance; None where unknown."""
    spacing = spacing_of_groups(compared, grouping, len(grouping.names))
    tolerance_m = compared.settings.tolerance_m
    return [None if np.isnan(value) else bool(tolerance_m <= value) for value in spacing]


def _points(compared: Compared, group: Ints, block: Ints) -> tuple[Ints, Ints, Bools]:
    counted = compared.supplied.verifiable
    return np.where(counted, group, -1), block, compared.supplied.confirmed


def _finds(compared: Compared, group: Ints, block: Ints) -> tuple[Ints, Ints, Bools]:
    counted = compared.finds.counted
    return np.where(counted, group, -1), block, compared.finds.mapped


def _notes(pair: _Pair, whole: GroupChange, parts: Sequence[GroupChange]) -> tuple[Note, ...]:
    ground = pair.old.inputs.ground
    sides = ", ".join(f"{tiling.side_m:,.0f} m" for tiling in pair.tilings)
    out = [
        Note(
            "change",
            "Change is the share under the new map less the share under the old one, on the same "
            "finds, searched areas, districts and settings. Real: the 95 % interval of the change "
            "excludes 0. Within noise: a change of this size may be chance. Neither word says "
            "that a map is better than chance would be; see mapaccuracy evaluate.",
        ),
        Note(
            "blocks",
            "Intervals are 95 % and take common square blocks of ground as their unit, of sides "
            f"{sides}; the widest interval counts. Errors that records share over more ground "
            "than the largest block, as those of one map sheet may, are not seen by it.",
        ),
        Note(
            "followed_map",
            "Both maps are judged where people have searched. Where the searching followed one of "
            "the maps, that map is favoured.",
        ),
        Note(
            "not_confirmed",
            "Not confirmed does not mean that there is no mine. These figures are not a clearance "
            "certificate.",
        ),
    ]
    if ground.assumed:
        out.append(
            Note("assumed_searched", "All ground was declared searched; nobody checked that.")
        )
    elif not ground.given:
        out.append(
            Note(
                "no_searched_areas",
                "No searched areas were given, so precision is not defined, and recall counts all "
                "finds in scope.",
            )
        )
    fewer, more = sorted((whole.supplied_old, whole.supplied_new))
    if more > _MANY_MORE_POINTS * fewer:
        out.append(
            Note(
                "different_numbers",
                f"The old map has {whole.supplied_old:,} single points, the new one "
                f"{whole.supplied_new:,}. A map with more points has more of the finds near it by "
                "chance alone: compare what chance gives for each map before reading a change of "
                "recall.",
            )
        )
    judged = sum(
        change.change is not None for part in parts for change in (part.precision, part.recall)
    )
    if judged > 1:
        out.append(
            Note(
                "several_changes",
                f"Changes judged by district: {judged:,}. Of changes that are chance alone about "
                "1 in 20 is called real.",
            )
        )
    return (*out, *_small_groups([whole, *parts]))


def _small_groups(groups: Sequence[GroupChange]) -> list[Note]:
    small = [
        group.group
        for group in groups
        if any(0 < n < _SMALL_GROUP for n in (group.supplied_old, group.supplied_new, group.finds))
    ]
    if not small:
        return []
    return [
        Note(
            "small_groups",
            f"Fewer than {_SMALL_GROUP} supplied points or finds: {', '.join(small)}. Whoever "
            "holds one of the inputs can tell single items of the other from such counts: leave "
            "these rows out of what is published.",
        )
    ]


def _problems(of_maps: Sequence[Compared]) -> tuple[Problem, ...]:
    """Collect what was noticed about the inputs of both maps, each once."""
    told: dict[tuple[str, str, str, str], Problem] = {}
    for name, compared in zip(_MAPS, of_maps, strict=True):
        for problem in noticed.problems(compared):
            if problem.source == "supplied":
                problem = replace(problem, source=name)
            key = (problem.code, problem.source, problem.place, problem.message(True))
            told.setdefault(key, problem)
    return tuple(told.values())
