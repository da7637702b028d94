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
#
# Models: general knowledge of the field, no source at hand. Not obvious by their names: MON,
# MRUD, M18 and Type 66 are directional and count as AP; so do POM, PFM and BLU-92, which are
# scattered, and bounding mines (OZM, PROM, Valmara, Type 69). PTM-1, PTM-3, PTKM and BLU-91 are
# scattered or off-route against vehicles. A name that is also that of a weapon (Type 59, M14,
# M16) counts only beside the word mine; what stays unknown is counted, and can be named in
# `Settings.categories`.
CATEGORY_WORDS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("AT", ("blu-91*",)),
    ("AP", ("blu-43*", "blu-44*", "blu-92*")),
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
            "tm-35*",
            "tm-39*",
            "tm-41*",
            "tm-44*",
            "tm-46*",
            "tmn-46*",
            "tm-56*",
            "tm-57*",
            "tm-62*",
            "tm-72*",
            "tm-83*",
            "tm-89*",
            "tmb-1*",
            "tmb-2*",
            "tmk-2*",
            "tmd-40*",
            "tmd-44*",
            "tmd-1*",
            "tmd-2*",
            "tmd-b",
            "yam-5*",
            "yam-10*",
            "tma-1*",
            "tma-2*",
            "tma-3*",
            "tma-4*",
            "tma-5*",
            "tmm-1*",
            "tmrp-6*",
            "ptm-1*",
            "ptm-3*",
            "ptm-4*",
            "ptkm*",
            "pt-mi-*",
            "vs-1 6",
            "vs-2 2",
            "vs-3 6",
            "vs-hct*",
            "tc-2 4",
            "tc-3 6",
            "tc-6",
            "tce-3 6",
            "tce-6",
            "sh-55*",
            "sb-81*",
            "mats-1 4",
            "mats-2 6",
            "mats-2",
            "type-72 at",
            "type-84 mine*",
            "m6a2 mine*",
            "m7a2 mine*",
            "m15 mine*",
            "mine m15",
            "m19 mine*",
            "mine m19",
            "m21 mine*",
            "mine m21",
            "m24 mine*",
            "противотанк*",
            "противотранспорт*",
            "противоднищ*",
            "птм*",
            "=пт",
            "пт мин*",
            "тм-35*",
            "тм-39*",
            "тм-41*",
            "тм-44*",
            "тм-46*",
            "тмн-46*",
            "тм-56*",
            "тм-57*",
            "тм-62*",
            "тм-72*",
            "тм-83*",
            "тм-89*",
            "тмб-1*",
            "тмб-2*",
            "тмк-2*",
            "тмд-40*",
            "тмд-44*",
            "тмд-б",
            "ям-5*",
            "ям-10*",
            "пткм*",
            "тма-1*",
            "тма-2*",
            "тма-3*",
            "тма-4*",
            "тма-5*",
            "тмм-1*",
            "тмрп-6*",
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
            "pmd-1*",
            "pmd-57*",
            "pmd-6*",
            "pmd-7*",
            "pmk-40*",
            "pfm-1*",
            "pma-1*",
            "pma-2*",
            "pma-3*",
            "pmr-1*",
            "pmr-2*",
            "pmr-3*",
            "pmr-4*",
            "prom-1*",
            "mrud*",
            "ozm*",
            "mon-50*",
            "mon-90*",
            "mon-100*",
            "mon-200*",
            "pomz*",
            "pom-1*",
            "pom-2*",
            "pom-3*",
            "gyata*",
            "ppm-2*",
            "pp-mi-*",
            "vs-50*",
            "vs-mk-2*",
            "ts-50*",
            "sb-33*",
            "var-40*",
            "valmara*",
            "v-69",
            "type-72a",
            "type-72b",
            "type-72c",
            "type-58 mine*",
            "type-59 mine*",
            "type-66 mine*",
            "type-69 mine*",
            "m14 mine*",
            "mine m14",
            "m16 mine*",
            "m16a1 mine*",
            "m16a2 mine*",
            "mine m16*",
            "m2a4",
            "m26 mine*",
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
            "пом-1*",
            "пом-2*",
            "пом-3*",
            "пма-1*",
            "пма-2*",
            "пма-3*",
            "пмр-1*",
            "пмр-2*",
            "пмр-3*",
            "пмр-4*",
            "пром-1*",
            "мруд*",
            "клеймор*",
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
    "ml-7",
    "ml-8",
    "ms-3",
    "ms-4",
    "ms-5",
    "other item*",
    "other mine*",
    "мина",
    "мины",
    "мина-ловушк*",
    "ловушк*",
    "мл-7",
    "мл-8",
    "мс-3",
    "мс-4",
    "мс-5",
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

# How far a report went through the checks of its own system: first words of the status. Rows
# with any other status, such as "approved" or "destroyed", stand without remark. Kinds of
# refusal come first, because "not accepted" is one and "not approved" may still be.
APPROVAL_WORDS: Mapping[str, tuple[str, ...]] = {
    "rejected": (
        "rejected*",
        "refused*",
        "declined*",
        "not accepted*",
        "отклонен*",
        "отвергнут*",
        "отказано*",
        "не принят*",
        "rədd edil*",
        "qəbul edilmə*",
        "مرفوض*",
        "رفض*",
        "لم يقبل*",
    ),
    "draft": (
        "draft*",
        "unfinished*",
        "черновик*",
        "qaralama*",
        "مسودة*",
    ),
    "pending": (
        "pending*",
        "waiting*",
        "awaiting*",
        "on hold*",
        "queued*",
        "ожида*",
        "в ожидании*",
        "gözlə*",
        "قيد الانتظار*",
        "بانتظار*",
        "في انتظار*",
        "معلق*",
    ),
    "submitted": (
        "submitted*",
        "resubmitted*",
        "sent for*",
        "отправлен*",
        "подан*",
        "представлен*",
        "təqdim edil*",
        "göndəril*",
        "مقدم*",
        "تم التقديم*",
        "مرسل*",
    ),
    "in review": (
        "in review*",
        "under review*",
        "in validation*",
        "under validation*",
        "in verification*",
        "being checked*",
        "to be *",
        "returned*",
        "на рассмотрении*",
        "на проверке*",
        "на согласовании*",
        "на утверждении*",
        "возвращен*",
        "yoxlanıl*",
        "yoxlamada*",
        "baxıl*",
        "nəzərdən keçiril*",
        "geri qaytarıl*",
        "قيد المراجعة*",
        "قيد التدقيق*",
    ),
    "not approved": (
        "not approved*",
        "unapproved*",
        "not validated*",
        "unvalidated*",
        "not verified*",
        "unverified*",
        "not confirmed*",
        "unconfirmed*",
        "preliminary*",
        "provisional*",
        "не утвержден*",
        "не подтвержден*",
        "не проверен*",
        "неутвержден*",
        "неподтвержден*",
        "непроверен*",
        "предварительн*",
        "təsdiqlənmə*",
        "təsdiq edilmə*",
        "ilkin*",
        "غير معتمد*",
        "غير موافق*",
        "غير مؤكد*",
        "لم يعتمد*",
    ),
}
REJECTED = "rejected"

# What a word may be declared to mean: every category, and what is none of them.
CATEGORIES: tuple[str, ...] = ("AP", "AT", "UXO", "AXO", "submunition", "IED", OTHER)

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


class Codes:
    """Categories by the user's own words, `Settings.categories`.

    A word is the whole text, after `plain`; a hyphen stands for an optional gap, a star at
    either end for any text. Words without a star come first, then the longest.

    Parameters
    ----------
    categories : mapping of str to str
        Word to category.

    Examples
    --------
    >>> codes = Codes({"Type 9*": "AT", "M-7 (local)": "AP", "type 90": "UXO"})
    >>> [codes.category_of(t) for t in ("M7 LOCAL", "Type 9-B", "TYPE 90", "m 7", "M7 locals")]
    ['AP', 'AT', 'UXO', '', '']
    """

    def __init__(self, categories: Mapping[str, str]) -> None:
        ranked = sorted(categories, key=lambda word: ("*" in word, -len(plain(word)), word))
        self._patterns = [(re.compile(self._pattern(word)), categories[word]) for word in ranked]

    @staticmethod
    def _pattern(word: str) -> str:
        body = word.strip()
        parts = filter(None, (plain(part) for part in body.strip("*").split("-")))
        core = " ?".join(re.escape(part) for part in parts)
        head, tail = (".*" if mark else "" for mark in (body.startswith("*"), body.endswith("*")))
        return f"{head}{core}{tail}"

    def __bool__(self) -> bool:
        return bool(self._patterns)

    def category_of(self, text: str) -> str:
        """Give the category that the user's words say; "" if none fits."""
        words = plain(text)
        found = (name for pattern, name in self._patterns if pattern.fullmatch(words))
        return next(found, "")


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


@lru_cache(maxsize=1)
def _approvals() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (state, re.compile("|".join(_pattern(f"^{word}") for word in words)))
        for state, words in APPROVAL_WORDS.items()
    )


@lru_cache(maxsize=4096)
def approval_of(text: str) -> str:
    """Tell how a row stands in its source system, if it is not approved there.

    Parameters
    ----------
    text : str
        A cell as it stands in the file.

    Returns
    -------
    {"rejected", "draft", "pending", "submitted", "in review", "not approved", ""}
        "" for approved rows, for words that are not known, and for none.

    Examples
    --------
    >>> [approval_of(text) for text in ("submitted_ops", "На проверке", "finalised", "")]
    ['submitted', 'in review', '', '']
    """
    words = plain(text)
    return next((state for state, pattern in _approvals() if pattern.search(words)), "")


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
