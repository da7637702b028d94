"""XML of strangers: no document types, no entities of its own, nothing read from elsewhere.

A document type can name other files and addresses to be read in, and entities that grow without
bound. Neither KML nor GPX needs one.
"""

from __future__ import annotations

import html.parser
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from xml.parsers import expat

from mapaccuracy.intake.headers import match_header
from mapaccuracy.io.request import Request
from mapaccuracy.schema import COLUMNS, normalise, recognise

_CHUNK = 1 << 20
_DEEPEST = 200
_SPACE = re.compile(r"\s+")


@dataclass
class Element:
    """An element, with its name apart from the prefix of its namespace."""

    name: str
    attributes: Mapping[str, str]
    text: str = ""
    children: list[Element] = field(default_factory=list)

    def child(self, name: str) -> Element | None:
        """Give the first child of this name."""
        return next((child for child in self.children if child.name == name), None)

    def value(self, *path: str) -> str:
        """Give the text at the end of a path of names; "" if there is none."""
        found: Element | None = self
        for name in path:
            found = None if found is None else found.child(name)
        return "" if found is None else found.text.strip()

    def all(self, *names: str) -> list[Element]:
        """Give the children of these names, in order."""
        return [child for child in self.children if child.name in names]


class _RefusedError(Exception):
    """A reason not to go on."""


class Walk:
    """One pass over a document that keeps the elements of a few names, and no others.

    Parameters
    ----------
    request : Request
        For its errors.
    root : str
        Name of the outermost element.
    kept : collection of str
        Names of the elements that are given to `found` when they end, with all inside of them.
    found : callable
        Takes the element and the names of those around it, outermost first.
    opened, closed : callable, optional
        Told of every element outside of those that are kept, with the same names and its text.
    """

    def __init__(
        self,
        request: Request,
        root: str,
        kept: Sequence[str],
        found: Callable[[Element, Sequence[str]], None],
        opened: Callable[[Sequence[str]], None] | None = None,
        closed: Callable[[Sequence[str], str], None] | None = None,
    ) -> None:
        self._request = request
        self._root = root
        self._kept = frozenset(kept)
        self._found = found
        self._opened = opened
        self._closed = closed
        self._path: list[str] = []
        self._begun = False
        self._inside: list[Element] = []
        self._text: list[str] = []

    def over(self, data: bytes, what: str) -> None:
        """Go over a document.

        Parameters
        ----------
        data : bytes
        what : str
            How its format is called in messages.

        Raises
        ------
        InputError
            If it is not complete XML, is something else, has a document type, or is nested more
            than 200 deep.
        """
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._document_type
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._characters
        try:
            for start in range(0, len(data), _CHUNK):
                parser.Parse(data[start : start + _CHUNK], False)
            parser.Parse(b"", True)
        except _RefusedError as error:
            raise self._request.refuse(str(error)) from None
        except (expat.ExpatError, LookupError, ValueError):
            if not self._begun:
                raise self._request.refuse(f"its content is not {what}") from None
            reason = f"it is not complete XML (line {parser.CurrentLineNumber})"
            raise self._request.refuse(reason) from None

    def _document_type(self, *_: object) -> None:
        raise _RefusedError(
            "it has a document type (DOCTYPE), which could read in other files; none is needed"
        )

    def _start(self, prefixed: str, attributes: Mapping[str, str]) -> None:
        name = prefixed.rpartition(":")[2]
        if not self._path and name != self._root:
            raise _RefusedError(f"its outermost element is not '{self._root}'")
        self._begun = True
        self._path.append(name)
        if len(self._path) > _DEEPEST:
            raise _RefusedError("its XML is nested too deeply")
        if self._inside or name in self._kept:
            self._take_text()
            self._inside.append(Element(name, dict(attributes)))
        else:
            self._text.clear()
            if self._opened is not None:
                self._opened(self._path)

    def _end(self, _: str) -> None:
        if self._inside:
            self._take_text()
            element = self._inside.pop()
            if self._inside:
                self._inside[-1].children.append(element)
            else:
                self._found(element, self._path[:-1])
        elif self._closed is not None:
            self._closed(self._path, "".join(self._text).strip())
        self._text.clear()
        self._path.pop()

    def _characters(self, text: str) -> None:
        self._text.append(text)

    def _take_text(self) -> None:
        if self._inside and self._text:
            self._inside[-1].text += "".join(self._text)
        self._text.clear()


class _Stripper(html.parser.HTMLParser):
    """Keeps the text of HTML; scripts and styles are none."""

    _HIDDEN = ("script", "style")

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, _: object) -> None:
        self._hidden += tag in self._HIDDEN
        self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._hidden = max(0, self._hidden - (tag in self._HIDDEN))
        self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.parts.append(data)


def plain_text(markup: str) -> str:
    """Give the text of HTML in one line.

    Examples
    --------
    >>> plain_text("<table><tr><td>Model</td><td>PMN&#45;2 &amp; fuze</td></tr></table>")
    'Model PMN-2 & fuze'
    >>> plain_text("deeper than 2 m")
    'deeper than 2 m'
    """
    if "<" in markup or "&" in markup:
        stripper = _Stripper()
        stripper.feed(markup)
        stripper.close()
        markup = "".join(stripper.parts)
    return _SPACE.sub(" ", markup).strip()


def with_ids(request: Request, headers: Sequence[str]) -> list[str]:
    """Call the column of names ``id``, where the role has ids and no column is meant for them.

    Only formats whose points are known by their name do so: in a table, a column of names may
    hold anything.

    Parameters
    ----------
    request : Request
    headers : sequence of str

    Returns
    -------
    list of str
    """
    if "name" not in headers or all(column.name != "id" for column in COLUMNS[request.role]):
        return list(headers)
    others = {column: header for column, header in request.columns.items() if column != "id"}
    wanted = request.columns.get("id")
    if wanted is None:
        known = "id" in recognise(request.role, list(headers))
    else:
        known = match_header(headers, wanted) is not None or normalise(wanted) != "id"
    if known or any(normalise(header) == "name" for header in others.values()):
        return list(headers)
    return ["id" if header == "name" else header for header in headers]
