"""HTML: the main text of a page, without what surrounds it and without what nobody sees.

Scripts, styles, forms, menus and hidden elements (see `hidden`) are left out by what they are; a
block that is mostly links, by that. Where a page marks its main part, only that is read.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser

from .hidden import Styles, uncommented_styles
from .html_table import HtmlTable
from .page import MOST_TITLE, Block, Page, decoded, one_line, section_of

_VOID_TEXT = """
    area base br col embed hr img input link meta source track wbr param keygen
"""
_VOID = frozenset(_VOID_TEXT.split())
_NEVER_READ_TEXT = """
    script style noscript template nav footer aside form button select textarea svg math iframe
    object canvas audio video dialog menu datalist
"""
_NEVER_READ = frozenset(_NEVER_READ_TEXT.split())
_BLOCKS_TEXT = """
    p div section article main header li ul ol dl dt dd blockquote pre figure figcaption table
    caption details summary address center body td th
"""
_BLOCKS = frozenset(_BLOCKS_TEXT.split())
_TABLE = frozenset({"tr", "td", "th", "thead", "tbody", "tfoot"})
_MAIN = frozenset({"main", "article"})
_ROLES = frozenset({"navigation", "banner", "contentinfo", "search", "complementary", "menu"})
_DECLARATION = re.compile(r"<!--|<[!?]")
_HEADING = re.compile(r"h[1-6]\Z")
_MOST_LINKED = 0.6
"""Share of a short block's letters in links from which it is a menu."""
_SHORT = 200
_MAIN_SHARE = 0.3
"""Of all letters: a main part with less is not where the text is."""


class _Element:
    """An element that is open."""

    __slots__ = ("name", "unread")

    def __init__(self, name: str, unread: bool) -> None:
        self.name, self.unread = name, unread


class _Parser(HTMLParser):
    """Collects blocks of text with their sections."""

    def __init__(self, styles: Styles) -> None:
        super().__init__(convert_charrefs=True)
        self._styles = styles
        self.title, self.link, self.heading = "", "", ""
        self.blocks: list[tuple[Block, bool]] = []
        self._open: list[_Element] = []
        self._counts: dict[str, int] = {}
        self._unread = self._links = self._linked = self._main = 0
        self._text: list[str] = []
        self._headings: list[str] = []
        self._anchor = self._id = ""
        self._table: HtmlTable | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element, and close what its beginning ends."""
        given = {name: value or "" for name, value in attrs}
        if tag == "link" and given.get("rel", "").lower() == "canonical":
            self.link = self.link or given.get("href", "").strip()
        if tag in _VOID:
            if tag in ("br", "hr"):
                self._text.append(" ")
            return
        if tag in ("p", "li", "td", "th", "tr", "dt", "dd"):
            self._close_implied(tag)
        unread = tag in _NEVER_READ or _is_hidden(given) or self._styles.hide(tag, given)
        self._open.append(_Element(tag, unread))
        self._counts[tag] = self._counts.get(tag, 0) + 1
        self._unread += unread
        if self._unread:
            return
        self._main += tag in _MAIN
        self._links += tag == "a"
        self._begin(tag, given)

    def _begin(self, tag: str, given: dict[str, str]) -> None:
        if self._table is not None:
            if tag in _TABLE:
                self._cell(self._table)
                self._table.begin(tag, given)
            elif tag in _BLOCKS:
                self._text.append(" ")
        elif tag in _BLOCKS or _HEADING.match(tag):
            self._flush()
            self._id = given.get("id", "") if _HEADING.match(tag) else ""
            if tag == "table":
                self._table = HtmlTable()

    def handle_endtag(self, tag: str) -> None:
        """Close an element with all that is open in it; ends of what is not open do nothing."""
        if not self._counts.get(tag):
            return
        while True:
            element = self._open.pop()
            self._counts[element.name] -= 1
            if not self._unread:
                self._end(element.name)
            self._unread -= element.unread
            if element.name == tag:
                return

    def _end(self, tag: str) -> None:
        self._main -= tag in _MAIN
        self._links -= tag == "a"
        if _HEADING.match(tag):
            self._begin_section(int(tag[1]))
        elif tag == "title":
            self.title = self.title or one_line("".join(self._text))
            self._text = []
        elif self._table is not None:
            if tag in ("td", "th"):
                self._cell(self._table)
            elif tag == "table":
                self._end_table(self._table)
        elif tag in _BLOCKS:
            self._flush()

    def handle_data(self, data: str) -> None:
        """Take text, unless nobody sees it."""
        if self._unread:
            return
        self._text.append(data)
        if self._links:
            self._linked += len(data.strip())

    def close(self) -> None:
        """Take what is left when the page ends."""
        super().close()
        if self._table is not None:
            self._end_table(self._table)
        self._flush()

    def _close_implied(self, tag: str) -> None:
        """An element whose end may be left out ends where the next of its kind begins."""
        last = self._open[-1].name if self._open else ""
        same = {"td": ("td", "th"), "th": ("td", "th"), "dt": ("dt", "dd"), "dd": ("dt", "dd")}
        if last in same.get(tag, (tag,)):
            self.handle_endtag(last)

    def _begin_section(self, level: int) -> None:
        heading = one_line("".join(self._text))
        self._text, self._linked = [], 0
        if not heading or len(heading) > MOST_TITLE:
            return
        if level == 1 and not self.heading:
            self.heading = heading
        kept = self._headings[: level - 1]
        self._headings = [*kept, *[""] * (level - 1 - len(kept)), heading]
        self._anchor = self._id

    def _cell(self, table: HtmlTable) -> None:
        table.take("".join(self._text))
        self._text, self._linked = [], 0

    def _end_table(self, table: HtmlTable) -> None:
        self._cell(table)
        self._table = None
        for sentence in table.sentences():
            self._add(sentence)

    def _flush(self) -> None:
        text = one_line("".join(self._text))
        linked, self._text, self._linked = self._linked, [], 0
        menu = len(text) < _SHORT and linked > _MOST_LINKED * len(text.replace(" ", ""))
        if text and not menu:
            self._add(text)

    def _add(self, text: str) -> None:
        above = [h for h in self._headings if h not in (self.heading, self.title)]
        block = Block(text, section_of(above), self._anchor)
        self.blocks.append((block, self._main > 0))


def _is_hidden(given: dict[str, str]) -> bool:
    return (
        "hidden" in given
        or given.get("aria-hidden", "").lower() == "true"
        or given.get("role", "").lower() in _ROLES
    )


def _without_comments(text: str) -> str:
    """Without comments and declarations, and with nothing that looks like a tag and never ends.

    Python's parser looks for the end of each of them anew: 200 kB of "<!--" take it 20 seconds.
    """
    last = text.rfind(">") + 1
    text = text[:last] + text[last:].replace("<", " ")
    parts, place, closed = [], 0, True
    for match in _DECLARATION.finditer(text):
        if match.start() < place:
            continue
        end = text.find("-->", match.end()) + 3 if closed and match[0] == "<!--" else 0
        if end < 3:  # no comment ends from here on: it is over with its tag
            closed = closed and match[0] != "<!--"
            end = text.find(">", match.end()) + 1
        parts.append(text[place : match.start()])
        place = end
    return "".join([*parts, text[place:]])


def read_html(data: bytes, name: str) -> list[Page]:
    """One page; its title is its first heading of the first order, else its `<title>`."""
    text = _without_comments(uncommented_styles(decoded(data, markup=True)))
    parser = _Parser(Styles(text))
    parser.feed(text)
    parser.close()
    every = sum(len(block.text) for block, _ in parser.blocks)
    main = [block for block, inside in parser.blocks if inside]
    whole = sum(len(block.text) for block in main) < _MAIN_SHARE * every
    blocks = [block for block, _ in parser.blocks] if whole else main
    link = parser.link if parser.link.startswith(("http://", "https://")) else ""
    return [Page(parser.heading or parser.title or name, tuple(blocks), link)]


__all__ = ["read_html"]
