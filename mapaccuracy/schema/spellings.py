"""Spellings of districts: which of them name one district.

Only spellings of one name stand together, never two names of one place: to call a place by
another name is not for a program to decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from mapaccuracy.schema.columns import normalise

# Azerbaijani (Latin, and as it is typed without its letters), English and Russian. What differs
# in case, in marks over letters, or in the dot of an i only, need not be listed.
DISTRICT_SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "Aghdam": ("Ağdam", "Агдам"),
    "Aghdara": ("Ağdərə", "Agdara", "Agdere", "Агдере", "Агдара"),
    "Aghjabadi": ("Ağcabədi", "Agjabadi", "Agcabedi", "Агджабеди"),
    "Aghstafa": ("Ağstafa", "Akstafa", "Агстафа", "Акстафа"),
    "Barda": ("Bərdə", "Berde", "Барда"),
    "Beylagan": ("Beyləqan", "Beylaqan", "Beyleqan", "Бейлаган"),
    "Dashkasan": ("Daşkəsən", "Dashkesan", "Daskesen", "Дашкесан"),
    "Fuzuli": ("Füzuli", "Fizuli", "Физули", "Физюли"),
    "Gadabay": ("Gədəbəy", "Gedabey", "Gedebey", "Kedabek", "Гедабей", "Кедабек"),
    "Gazakh": ("Qazax", "Qazakh", "Kazakh", "Газах", "Казах"),
    "Goranboy": ("Geranboy", "Горанбой", "Геранбой"),
    "Gubadli": ("Qubadlı", "Gubadly", "Kubatly", "Kubatli", "Губадлы", "Кубатлы"),
    "Jabrayil": ("Cəbrayıl", "Cebrayil", "Jabrail", "Jebrail", "Dzhabrail", "Джебраил", "Джабраил"),
    "Kalbajar": ("Kəlbəcər", "Kelbecer", "Kelbajar", "Kelbadjar", "Кельбаджар", "Кяльбаджар"),
    "Khojaly": ("Xocalı", "Khojali", "Ходжалы"),
    "Khojavand": ("Xocavənd", "Xocavend", "Khojavend", "Ходжавенд"),
    "Lachin": ("Laçın", "Лачин"),
    "Shusha": ("Şuşa", "Шуша"),
    "Tartar": ("Tərtər", "Terter", "Тертер"),
    "Tovuz": ("Tauz", "Товуз", "Тауз"),
    "Zangilan": ("Zəngilan", "Zengilan", "Zangelan", "Зангилан", "Зангелан"),
}


@lru_cache(maxsize=1)
def _known() -> Mapping[str, str]:
    """Give each spelling in its plain form, with the plain form of the name."""
    return {
        normalise(spelling): normalise(name)
        for name, others in DISTRICT_SPELLINGS.items()
        for spelling in (name, *others)
    }


@lru_cache(maxsize=1)
def _names() -> Mapping[str, str]:
    return {normalise(name): name for name in DISTRICT_SPELLINGS}


class Spellings:
    """Which texts name one district: what the user says, then the list above.

    Parameters
    ----------
    aliases : mapping of str to str
        `Settings.aliases`. A spelling that is said to be itself is of no other district.

    Examples
    --------
    >>> spellings = Spellings({"Akdam": "Aghdam", "Shusha": "Shusha"})
    >>> [spellings.key(text) for text in ("AKDAM", "Ağdam", "Şuşa", "Shusha", "Alder")]
    ['aghdam', 'aghdam', 'shusha', '= shusha', 'alder']
    """

    def __init__(self, aliases: Mapping[str, str]) -> None:
        self._own = {normalise(spelling): name.strip() for spelling, name in aliases.items()}

    def key(self, text: str) -> str:
        """Give what is the same for all spellings of one district; "" for a blank."""
        plain = normalise(text)
        name = normalise(self._own.get(plain, plain))
        if name in self._own and normalise(self._own[name]) == name:
            # No spelling of the list can reach it.
            return f"= {name}"
        return _known().get(name, name)

    def label(self, texts: list[str]) -> str:
        """Name a district by the spellings of it that occur, all of one key.

        The name that the user gives to one of them; else the spelling, if it is only one apart
        from case and marks; else the name in the list.

        Examples
        --------
        >>> spellings = Spellings({"Akdam": "Agdam"})
        >>> spellings.label(["Ağdam", "AGDAM"]), spellings.label(["Агдам", "Ağdam"])
        ('AGDAM', 'Aghdam')
        >>> spellings.label(["Akdam", "Агдам"])
        'Agdam'
        """
        told = [own for text in texts if (own := self._own.get(normalise(text))) is not None]
        if told:
            return min(told)
        first = min(text.strip() for text in texts)
        if len({normalise(text) for text in texts}) == 1:
            return first
        return _names().get(self.key(first), first)
