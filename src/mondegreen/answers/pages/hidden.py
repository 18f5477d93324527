"""What a page's own styles hide from whoever looks at it: such text answers nothing.

Styles are read as far as they need be: rules whose selector is one element's name, classes and id
(`.note`, `#top`, `p.note.old`), by specificity and order, and the element's own `style` over them.
Rules for some media alone, and style sheets in files of their own, are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_STYLE = re.compile(r"<style\b([^<>]{0,1000})>", re.I)
_STYLE_END = re.compile(r"</style", re.I)
_MEDIA = re.compile(r"\bmedia\s*=\s*[\"']?\s*(?!all\b|screen\b|[\"'])\w", re.I)
_MARK = re.compile(r"[{};]")
_SELECTOR = re.compile(r"([a-z][a-z0-9]*)?((?:[.#][\w-]+)*)", re.I)
_MOST_RULES = 50
"""For one class, id or name of elements; the rest is passed over, or a page could take hours."""
_AWAY = -500.0
"""From here on a place is outside of any screen, whatever the unit."""
_PLACES = ("left", "right", "top", "bottom", "margin-left", "margin-top", "text-indent")
_HIDING = frozenset({
    *_PLACES, "display", "visibility", "font-size", "clip", "clip-path", "width", "height",
    "overflow", "color", "background", "background-color", "background-image", "transform",
})  # fmt: skip
_NUMBER = re.compile(r"([-+]?(?:\d+\.?\d*|\.\d+))([a-z%]*)")
_SMALL_CLIP = re.compile(r"rect\((?:[\s,]*[01](?:\.0)?(?:px|em|rem)?(?=[\s,)])){4}\s*\)")
_SMALL_INSET = re.compile(r"inset\(\s*(?:[5-9]\d|100)%|circle\(\s*0(?:px|%)?[\s)]")
_MOVED = re.compile(r"translate(?:x|y|3d)?\([^)]{0,50}?-\d{4}")
_COLOURS = {"white": "#ffffff", "black": "#000000", "red": "#ff0000", "yellow": "#ffff00"}
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})")

Declarations = dict[str, tuple[bool, str]]
"""By property: whether it is `!important`, and the value."""


@dataclass(frozen=True)
class _Rule:
    tag: str
    names: frozenset[str]
    """Its classes and ids, with their signs."""
    order: int
    declarations: Declarations

    @property
    def weight(self) -> tuple[int, int, bool, int]:
        """By which later ones win."""
        ids = sum(name.startswith("#") for name in self.names)
        return ids, len(self.names) - ids, bool(self.tag), self.order


class Styles:
    """The rules in a page's own `<style>` elements."""

    def __init__(self, page: str = "") -> None:
        self._rules: dict[str, list[_Rule]] = {}
        count = 0
        for sheet in _sheets(page):
            for selectors, body in _blocks(sheet):
                declarations = _declarations(body)
                for selector in selectors.split(",") if declarations else ():
                    count += 1
                    self._add(selector.strip(), count, declarations)

    def hide(self, tag: str, given: Mapping[str, str]) -> bool:
        """Whether an element is hidden by them or by its own `style`."""
        own = given.get("style", "")
        if not own and not self._rules:
            return False
        names = [f".{name}" for name in given.get("class", "").split()[:_MOST_RULES]]
        names += [f"#{given['id']}"] if given.get("id") else []
        matching = [] if tag in ("html", "body") else self._matching(tag, frozenset(names))
        if not own and not matching:
            return False
        values: Declarations = {}
        for rule in matching:
            _lay_over(values, rule.declarations)
        _lay_over(values, _declarations(own))
        return _hides({name: value for name, (_, value) in values.items()})

    def _add(self, selector: str, order: int, declarations: Declarations) -> None:
        match = _SELECTOR.fullmatch(selector)
        if match is None or not selector:
            return
        tag, names = (match[1] or "").lower(), re.findall(r"[.#][\w-]+", match[2])
        rules = self._rules.setdefault(names[-1] if names else tag, [])
        if len(rules) < _MOST_RULES:
            rules.append(_Rule(tag, frozenset(names), order, declarations))

    def _matching(self, tag: str, names: frozenset[str]) -> list[_Rule]:
        """The rules for an element, the strongest last."""
        every = (rule for key in (tag, *names) for rule in self._rules.get(key, ()))
        matching = [r for r in every if r.tag in ("", tag) and r.names <= names]
        return sorted(matching, key=lambda rule: rule.weight)


def uncommented_styles(page: str) -> str:
    """The page with `<style><!--` as `<style>`: so were styles hidden from browsers of old."""
    return re.sub(r"(<style\b[^<>]{0,1000}>\s{0,100})<!--", r"\1", page, flags=re.I)


def _sheets(page: str) -> Iterator[str]:
    place = 0
    while (begin := _STYLE.search(page, place)) is not None:
        end = _STYLE_END.search(page, begin.end())
        place = end.start() if end else len(page)
        if not _MEDIA.search(begin[1]):
            sheet = page[begin.end() : place].replace("<!--", " ").replace("-->", " ")
            yield " ".join(part.partition("/*")[0] for part in sheet.split("*/"))


def _blocks(sheet: str) -> Iterator[tuple[str, str]]:
    """The selectors and the body of each rule that stands in no other."""
    place = depth = 0
    head = ""
    for mark in _MARK.finditer(sheet):
        text = sheet[place : mark.start()]
        if mark[0] == "{":
            head = text.strip() if depth == 0 else head
            place = mark.end() if depth == 0 else place
            depth += 1
        elif mark[0] == "}":
            depth = max(0, depth - 1)
            if depth == 0:
                if not head.startswith("@"):
                    yield head, text
                place = mark.end()
        elif depth == 0:
            place = mark.end()  # behind an @import


def _declarations(text: str) -> Declarations:
    values: Declarations = {}
    for part in text.lower().split(";"):
        name, _, rest = part.partition(":")
        value, _, mark = rest.partition("!")
        if name.strip() in _HIDING and value.strip():
            _lay_over(values, {name.strip(): (mark.strip() == "important", value.strip())})
    return values


def _lay_over(values: Declarations, later: Declarations) -> None:
    for name, (important, value) in later.items():
        if important or not values.get(name, (False, ""))[0]:
            values[name] = important, value


def _hides(values: Mapping[str, str]) -> bool:
    sizes = [_size(values.get(name)) for name in ("width", "height")]
    places = [_size(values.get(name)) for name in _PLACES]
    return (
        values.get("display") == "none"
        or values.get("visibility") in ("hidden", "collapse")
        or _size(values.get("font-size")) == 0
        or any(place is not None and place <= _AWAY for place in places)
        or _MOVED.search(values.get("transform", "")) is not None
        or _SMALL_CLIP.match(values.get("clip", "")) is not None
        or _SMALL_INSET.match(values.get("clip-path", "")) is not None
        or (values.get("overflow") in ("hidden", "clip") and any(s in (0, 1) for s in sizes))
        or _is_invisible(values)
    )


def _size(value: str | None) -> float | None:
    match = _NUMBER.fullmatch(value or "")
    return float(match[1]) if match else None


def _is_invisible(values: Mapping[str, str]) -> bool:
    """Whether letters have the colour of what is behind them, and no picture is."""
    behind = values.get("background-color", values.get("background", ""))
    if "background-image" in values or re.search(r"url\(|gradient", values.get("background", "")):
        return False
    own = _colour(values.get("color", ""))
    return own != "" and own == _colour(behind)


def _colour(value: str) -> str:
    """A colour as #rrggbb, or as it stands there."""
    rgb = _RGB.match(value)
    if rgb:
        return "#" + "".join(f"{int(part):02x}" for part in rgb.groups())
    if re.fullmatch(r"#[0-9a-f]{3}", value):
        return "#" + "".join(2 * digit for digit in value[1:])
    return _COLOURS.get(value, value)


__all__ = ["Styles", "uncommented_styles"]
