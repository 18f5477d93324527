"""Slot types from a grammar file: lists of values, spoken forms, and catalogues of names."""

from __future__ import annotations

import gc
import os
from pathlib import Path

from ...errors import GrammarError
from ...jobs.files import read_text
from ..expression import EMPTY, Expression, SlotUse, Value, ValueList, one_of, walk
from ..phrases import phrase, silence
from ..source import ELSEWHERE
from .limits import check_length, check_names
from .marked_yaml import Items, Keys, Node, Scalar
from .rhino_syntax import ExpressionError, assemble, mentions, parse_expression

_MARKUP = set("[]()$@{}<>|")


def read_slot(name: str, node: Node, folder: Path | None) -> ValueList:
    """The slot type written under a slot's name: a list of values, or `{catalogue: FILE}`.

    Raises GrammarError with the line for an empty list, wrong types, and files that cannot be read.
    """
    if isinstance(node, Keys):
        path = node.get("catalogue")
        if not isinstance(path, Scalar) or len(node.entries) != 1:
            raise node.error(
                f"slot {name!r} is a mapping without `catalogue:`; expected a list of values, "
                "{catalogue: names.txt}, or {home: light}"
            )
        if folder is None:
            raise path.error(
                f"slot {name!r} names the file {path.text!r}, and this grammar came without files; "
                "list its values"
            )
        return read_catalogue(name, _catalogue_path(path, folder), path)
    if not isinstance(node, Items):
        raise node.error(
            f"slot {name!r} is {node.kind}; expected a list of values, or {{catalogue: names.txt}}"
        )
    if not node.items:
        raise node.error(f"slot {name!r} has no values; add at least one")
    return ValueList(name, tuple(_value(name, item) for item in node.items), node.line, node.source)


def _catalogue_path(path: Scalar, folder: Path) -> Path:
    """The file that a grammar names, in its own folder or in one that ELSEWHERE allows.

    A grammar may come from anybody, and what a catalogue says ends up in results and messages.
    Raises GrammarError for a file that lies elsewhere.
    """
    try:
        place = (folder / path.text).resolve()
        elsewhere = os.environ.get(ELSEWHERE, "").split(os.pathsep)
        allowed = [folder, *(Path(name) for name in elsewhere if name)]
        inside = any(place.is_relative_to(one.resolve()) for one in allowed)
    except (OSError, ValueError, RuntimeError):  # reading it says what is wrong
        return folder / path.text
    if not inside:
        raise path.error(
            f"the catalogue {path.text!r} lies outside the grammar's folder; copy it there, or "
            f"allow its folder: {ELSEWHERE}={place.parent}"
        )
    return folder / path.text


def _value(name: str, node: Node) -> Value:
    if isinstance(node, Scalar):
        return Value(node.text, wording_of(node.text, node, f"a value of slot {name!r}"))
    if not isinstance(node, Keys):
        raise node.error(
            f"a value of slot {name!r} is {node.kind}; expected a text or {{value: …, say: […]}}; "
            "quote texts that begin with ["
        )
    unknown = [key.text for key, _ in node.entries if key.text not in ("value", "say")]
    value = node.get("value")
    if unknown or not isinstance(value, Scalar):
        wrong = f"has the unknown key {unknown[0]!r}" if unknown else "lacks `value:`"
        raise node.error(f"a value of slot {name!r} {wrong}; expected {{value: …, say: […]}}")
    say = node.get("say")
    canonical: str | int | float | bool = value.text
    if isinstance(value.value, bool):
        # `value: off` is a word to people, whatever YAML makes of it.
        canonical = value.value if value.text.lower() in ("true", "false") else value.text
    elif isinstance(value.value, int | float) and str(value.value) == value.text:
        canonical = value.value  # but 010 is no 8 to people, and 7:30 no 450
    if say is None:
        return Value(canonical, wording_of(value.text, value, f"a value of slot {name!r}"))
    forms = say.items if isinstance(say, Items) else (say,)
    if not forms:
        raise say.error(f"`say:` of {value.text!r} is empty; give at least one spoken form")
    return Value(canonical, one_of(_spoken_form(name, form) for form in forms))


def wording_of(text: str, node: Node, what: str) -> Expression:
    """How a plain text is said. Raises GrammarError for markup in it and for text without words."""
    markup = _MARKUP.intersection(text)
    if markup:
        raise node.error(
            f"{what} contains {sorted(markup)[0]!r}: {text!r}; write several wordings as "
            "{value: …, say: [first, second]}"
        )
    expression = phrase(text)
    if expression == EMPTY:
        raise node.error(
            f"{what} has no speakable word: {text!r}{silence(text)}; give its spoken form: "
            f"{{value: {text!r}, say: […]}}"
        )
    return expression


def _spoken_form(name: str, node: Node) -> Expression:
    if not isinstance(node, Scalar):
        raise node.error(
            f"a spoken form in slot {name!r} is {node.kind}; expected a text in quotes"
        )
    try:
        parts = parse_expression(node.text, node.line)
    except ExpressionError as problem:
        raise node.error(f"in a spoken form of slot {name!r}, {problem}") from problem
    if not parts or mentions(parts):
        wrong = "uses a macro" if parts else "is empty"
        raise node.error(f"a spoken form in slot {name!r} {wrong}; write its words out")
    expression = assemble(parts, {})
    if any(isinstance(e, SlotUse) for e in walk(expression)):
        raise node.error(f"a spoken form in slot {name!r} uses a slot; values hold words only")
    return expression


def read_catalogue(name: str, path: Path, at: Node | None = None) -> ValueList:
    """A slot type from a file with one name a line, or `value<TAB>spoken form`.

    Empty lines and lines that begin with `#` are skipped. Raises GrammarError as `read_text` does,
    and with the line for a name without a speakable word.
    """
    lines = read_text(path, GrammarError if at is None else at.error).splitlines()
    names = sum(bool(line.strip()) and line.lstrip()[0] != "#" for line in lines)
    try:
        check_names(names, "the catalogue")
    except ValueError as error:
        raise GrammarError(str(error), source=str(path)) from error
    values: list[Value] = []
    # A hundred thousand small objects survive here; without this the collector doubles the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        for number, line in enumerate(lines, 1):
            text = line.strip()
            if not text or text[0] == "#":
                continue
            value, tab, spoken_form = text.partition("\t")
            expression = phrase(spoken_form if tab else value)
            if expression == EMPTY:
                raise GrammarError(
                    f"no speakable word in {text!r}{silence(spoken_form if tab else value)}; "
                    "add a tab and how it is said",
                    source=str(path), line=number,
                )  # fmt: skip
            try:
                check_length(expression, {})
            except ValueError as error:
                raise GrammarError(str(error), source=str(path), line=number) from error
            values.append(Value(value.strip(), expression))
    finally:
        if collecting:
            gc.enable()
    if not values:
        raise GrammarError("the catalogue is empty; expected one name a line", source=str(path))
    if at is None:
        return ValueList(name, tuple(values))
    return ValueList(name, tuple(values), at.line, at.source)
