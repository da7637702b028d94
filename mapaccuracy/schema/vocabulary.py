"""The words of the field as data: kinds of items, states of land, and how they are read.

Words are compared after `plain`. In the tables below a hyphen stands for an optional gap
(``tm-62`` is read in ``TM-62``, ``TM 62`` and ``TM62``), a blank for a gap that must be
there, a star at an end for any further letters, a leading ``=`` for the whole text, and a
leading ``^`` for its first words ("AT" may stand alone or first; later it may be English).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from mapaccuracy.schema.columns import normalise

OTHER = "other"

# Read from top to bottom; the first entry with a word in the text decides. Names of
# ordnance stand before the words for mines, because "anti-tank grenade" is no mine and a
# Russian mortar bomb is called a mine; submunitions and IEDs stand before all, because
# "anti-personnel bomblet" and "pressure plate IED" are neither mines nor UXO.
CATEGORY_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "submunition",
        (
            "submunition*",
            "sub-munition*",
            "bomblet*",
            "cluster*",
            "=cmr",
            "dpicm",
            "shoab*",
            "ptab*",
            "ao-1sch*",
            "ao-2 5rt*",
            "9n210",
            "9n235",
            "9n24",
            "blu-*",
            "кассет*",
            "суббоеприпас*",
            "шоаб*",
            "птаб*",
            "9н210",
            "9н235",
            "9н24",
            "kaset*",
        ),
    ),
    (
        "IED",
        (
            "*ied",
            "ieds",
            "improvised explosive*",
            "improvised device*",
            "сву",
            "самодельн*",
            "əldəqayırma*",
            "əl istehsalı*",
        ),
    ),
    (
        "AXO",
        ("axo", "abandoned explosive*", "abandoned ordnance", "abandoned munition*"),
    ),
    (
        "UXO",
        (
            "grenade*",
            "projectile*",
            "artillery*",
            "shell*",
            "mortar*",
            "rocket*",
            "missile*",
            "aircraft bomb*",
            "air-dropped*",
            "=bomb",
            "=bombs",
            "pg-7*",
            "og-7*",
            "pg-9*",
            "og-9*",
            "pg-15*",
            "rpg*",
            "rgd-5",
            "rgn",
            "rgo",
            "rkg-3*",
            "vog-17*",
            "vog-25*",
            "9m22*",
            "граната*",
            "гранаты",
            "снаряд*",
            "миномет*",
            "ракет*",
            "авиабомб*",
            "пг-7*",
            "ог-7*",
            "рпг*",
            "ргд-5",
            "ркг-3*",
            "вог-17*",
            "вог-25*",
            "qumbara*",
            "mərmi*",
            "raket*",
        ),
    ),
    (
        "AT",
        (
            "anti-tank*",
            "anti-vehicle*",
            "^at",
            "at-mine*",
            "mine at",
            "mines at",
            "landmine at",
            "^av",
            "av-mine*",
            "mine av",
            "mines av",
            "landmine av",
            "atm",
            "atms",
            "avm",
            "avms",
            "tm-46*",
            "tmn-46*",
            "tm-57*",
            "tm-62*",
            "tm-72*",
            "tm-83*",
            "tm-89*",
            "tmd-44*",
            "tmd-b",
            "tma-1*",
            "tma-2*",
            "tma-3*",
            "tma-4*",
            "tma-5*",
            "tmm-1*",
            "tmrp-6*",
            "ptm-1*",
            "ptm-3*",
            "vs-1 6",
            "vs-2 2",
            "vs-3 6",
            "m15 mine*",
            "m19 mine*",
            "противотанк*",
            "противотранспорт*",
            "противоднищ*",
            "птм*",
            "=пт",
            "пт мин*",
            "тм-46*",
            "тмн-46*",
            "тм-57*",
            "тм-62*",
            "тм-72*",
            "тм-83*",
            "тм-89*",
            "тмд-44*",
            "tank əleyhinə*",
            "tank əleyhdarı*",
            "tanka qarşı*",
            "=tə",
            "tə mina*",
        ),
    ),
    (
        "AP",
        (
            "anti-personnel*",
            "anti-personel*",
            "antipers*",
            "ap",
            "ap-mine*",
            "apm",
            "apms",
            "apers*",
            "pmn*",
            "pmd-6*",
            "pmd-7*",
            "pfm-1*",
            "pma-1*",
            "pma-2*",
            "pma-3*",
            "pmr-*",
            "prom-1*",
            "ozm*",
            "mon-50*",
            "mon-90*",
            "mon-100*",
            "mon-200*",
            "pomz*",
            "pom-2*",
            "pom-3*",
            "gyata*",
            "ppm-2*",
            "vs-50*",
            "ts-50*",
            "type-72a",
            "m14 mine*",
            "m16 mine*",
            "m18*",
            "claymore*",
            "противопех*",
            "ппм",
            "=пп",
            "пп мин*",
            "пмн*",
            "пмд*",
            "пфм*",
            "озм*",
            "мон-50*",
            "мон-90*",
            "мон-100*",
            "мон-200*",
            "помз*",
            "пом-2*",
            "piyada əleyhinə*",
            "piyada əleyhdarı*",
            "piyadaya qarşı*",
            "=pə",
            "pə mina*",
        ),
    ),
    (
        "UXO",
        (
            "uxo",
            "uxos",
            "unexploded*",
            "erw",
            "explosive remnant*",
            "неразорв*",
            "нвб",
            "нбп",
            "нрб",
            "взрывоопасн*",
            "взрывоопасные предметы",
            "впв",
            "partlamamış*",
            "phs",
        ),
    ),
)

# Known, but of no category above: they count as mines, and that is what they are.
OTHER_WORDS: tuple[str, ...] = (
    "mine",
    "mines",
    "landmine*",
    "land mine*",
    "booby-trap*",
    "boobytrap*",
    "=other",
    "=others",
    "other item*",
    "other mine*",
    "мина",
    "мины",
    "мина-ловушк*",
    "ловушк*",
    "=другое",
    "=прочее",
    "mina*",
    "tələ*",
    "=digər",
)

# Only whole texts count here: "not cleared" and "partly cleared" hold "cleared" too.
# "released" and "closed" are left out on purpose: land is released or closed with and
# without a physical search. So is "clearance", which names a kind of work and not its end.
GROUND_WORDS: Mapping[str, tuple[str, ...]] = {
    "searched": (
        "cleared",
        "fully cleared",
        "completely cleared",
        "clear",
        "clearance complete",
        "clearance completed",
        "completed clearance",
        "clearance finished",
        "complete",
        "completed",
        "finished",
        "searched",
        "fully searched",
        "physically searched",
        "search completed",
        "demined",
        "очищено",
        "очищена",
        "очищен",
        "разминировано",
        "разминирована",
        "разминирован",
        "завершено",
        "завершена",
        "завершен",
        "təmizlənib",
        "təmizlənmiş",
        "təmizləndi",
        "tamamlanıb",
        "tamamlandı",
    ),
    "released": (
        "cancelled",
        "canceled",
        "cancellation",
        "cancelled by nts",
        "reduced",
        "reduction",
        "reduced by ts",
        "released without search",
        "отменено",
        "отменена",
        "аннулировано",
        "сокращено",
        "сокращена",
        "ləğv edilib",
        "ləğv edilmiş",
        "azaldılıb",
        "azaldılmış",
    ),
    "open": (
        "open",
        "ongoing",
        "in progress",
        "in work",
        "active",
        "started",
        "planned",
        "scheduled",
        "suspended",
        "stopped",
        "not started",
        "not cleared",
        "not searched",
        "uncleared",
        "pending",
        "incomplete",
        "partially cleared",
        "partly cleared",
        "открыто",
        "в работе",
        "не завершено",
        "не очищено",
        "запланировано",
        "приостановлено",
        "davam edir",
        "planlaşdırılıb",
        "dayandırılıb",
    ),
}

BASIS_WORDS: Mapping[str, tuple[str, ...]] = {
    "tasked": ("tasked", "task", "task perimeter", "planned", "planned perimeter", "before"),
    "final": ("final", "final perimeter", "as cleared", "completion", "completed", "after"),
}

REASON_WORDS: Mapping[str, tuple[str, ...]] = {
    "map": ("map", "maps", "minefield map", "record", "minefield record", "supplied map"),
    "incident": ("incident", "accident", "victim", "report", "casualty"),
    "systematic": ("systematic", "systematic survey", "survey", "area", "blanket", "full coverage"),
}

# What a word may be declared to mean: every category, and what is none of them.
CATEGORIES: tuple[str, ...] = (*dict.fromkeys(name for name, _ in CATEGORY_WORDS), OTHER)

GEOMETRY_BASES = ("surveyed", "generated", "centroid")


def plain(text: str) -> str:
    """Reduce a cell to the form that words are compared in.

    Examples
    --------
    >>> plain(" Landmine - Anti-Personnel "), plain("TM-62M"), plain("Täsk_Final")
    ('landmine anti personnel', 'tm 62m', 'task final')
    """
    return normalise(text).replace("_", " ")


def _pattern(word: str) -> str:
    mark, body = (word[0], word[1:]) if word[0] in "=^" else ("", word)
    head, tail = body.startswith("*"), body.endswith("*")
    parts = [plain(part) for part in body.strip("*").split("-")]
    core = " ?".join(re.escape(part) for part in parts)
    core = (r"\w*" if head else "") + core + (r"\w*" if tail else "")
    return (
        {"": r"(?<!\w)", "^": r"\A", "=": r"\A"}[mark]
        + core
        + (r"\Z" if mark == "=" else r"(?!\w)")
    )


@lru_cache(maxsize=1)
def _categories() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (category, re.compile("|".join(map(_pattern, words)))) for category, words in CATEGORY_WORDS
    )


@lru_cache(maxsize=4096)
def category_of(text: str) -> str:
    """Tell the category of an item from the words for its type or model.

    Parameters
    ----------
    text : str
        A cell as it stands in the file.

    Returns
    -------
    {"AP", "AT", "UXO", "AXO", "submunition", "IED", "other"}
        ``other`` if no word is known.

    Examples
    --------
    >>> [category_of(t) for t in ("Landmine - Anti-Vehicle", "ПМН-2", "anti-tank grenade", "?")]
    ['AT', 'AP', 'UXO', 'other']
    """
    words = plain(text)
    return next((name for name, pattern in _categories() if pattern.search(words)), OTHER)


@lru_cache(maxsize=1)
def _others() -> re.Pattern[str]:
    return re.compile("|".join(map(_pattern, OTHER_WORDS)))


@lru_cache(maxsize=4096)
def is_recognised(text: str) -> bool:
    """Tell whether a text names a category, or an item that is known to have none.

    Examples
    --------
    >>> [is_recognised(text) for text in ("TM-62", "Booby Trap", "mine", "scrap", "")]
    [True, True, True, False, False]
    """
    return category_of(text) != OTHER or _others().search(plain(text)) is not None


@lru_cache(maxsize=16)
def _lookup(table: tuple[tuple[str, tuple[str, ...]], ...]) -> dict[str, str]:
    return {plain(word): meaning for meaning, words in table for word in words}


def meaning_of(text: str, table: Mapping[str, tuple[str, ...]]) -> str | None:
    """Look a whole text up in a table of words.

    Parameters
    ----------
    text : str
    table : mapping of str to tuple of str
        Meaning to the words for it, such as `GROUND_WORDS`.

    Returns
    -------
    str or None
        The meaning; None if the text is not in the table.

    Examples
    --------
    >>> meaning_of("Clearance completed", GROUND_WORDS), meaning_of("released", GROUND_WORDS)
    ('searched', None)
    """
    return _lookup(tuple(table.items())).get(plain(text))
