"""Grammars from files: whichever format they are written in, recognised by their content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from ..errors import GrammarError
from ..jobs.files import read_text, regular_files
from ..registry import nearest
from .builtins.dates import Clock
from .expression import Grammar, Notice
from .formats.format import FORMATS, GrammarFormat, Options
from .formats.limits import check_limits
from .formats.marked_yaml import Keys, Node, from_python, parse_yaml, plain
from .home.home import Home
from .home.read_home import read_home
from .source import ENDINGS, GrammarText, is_folder, place_of


def load_grammar(
    source: str | Path | Mapping[str, Any] | GrammarText,
    *,
    lists: Mapping[str, Any] | str | Path | None = None,
    home: Home | Mapping[str, Any] | str | Path | None = None,
    name: str | None = None,
    clock: Clock = date.today,
) -> Grammar:
    """The grammar in a file, a folder of hassil files, a mapping or text, or "starter".

    `lists` gives values to hassil lists that are filled at run time (areas, device names): a
    mapping, or the path of a YAML file with `lists:`. `home` gives the names of areas, floors and
    devices, as `read_home` reads them: to hassil as the lists `area`, `floor` and `name`, and to
    the slots that a Rhino grammar names under `home:`. `clock` tells what day today is, for dates.
    `Grammar.notices` says what was left out. Raises GrammarError.
    """
    documents, folder, default_name = _documents(source)
    options = Options(
        name or default_name,
        folder,
        read_lists(lists),
        clock,
        None if home is None else read_home(home),
    )
    grammar = check_limits(_format_of(documents).read(documents, options))
    notices = [
        Notice("left out, since it is a pipe or a device", str(path)) for path in _pipes_in(source)
    ]
    return replace(grammar, notices=(*grammar.notices, *notices)) if notices else grammar


def _format_of(documents: Sequence[Node]) -> GrammarFormat:
    """The first format that recognises all documents, or else one that recognises any."""
    some: GrammarFormat | None = None
    for _, make in FORMATS.each():  # one after the other: a Rhino grammar need not load hassil
        candidate = make()
        if all(candidate.recognises(document) for document in documents):
            return candidate
        if some is None and any(candidate.recognises(document) for document in documents):
            some = candidate
    if some is None:
        raise _unknown_format(documents[0])
    return some


def _unknown_format(document: Node) -> GrammarError:
    if not isinstance(document, Keys):
        return document.error(f"a grammar is a mapping, not {document.kind}")
    keys = [key.text for key, _ in document.entries]
    hint = "".join(nearest(k, ("context", "intents")) for k in keys[:1])
    return document.error(
        f"no known grammar format: the top-level keys are {', '.join(keys[:8]) or 'none'}{hint}. "
        f"Formats: {', '.join(FORMATS.names())}. "
        "A Rhino context has `context:`, hassil has `intents:`"
    )


def _documents(
    source: str | Path | Mapping[str, Any] | GrammarText,
) -> tuple[list[Node], Path | None, str]:
    """The documents, what paths in them are relative to (None: they may have none), and a name."""
    if isinstance(source, GrammarText):
        return [parse_yaml(source.text, source.name)], None, source.name
    if isinstance(source, Mapping):
        return [from_python(source)], Path(), "grammar"
    _check_path(source, "a grammar")
    path = place_of(source)
    if is_folder(path):
        paths = regular_files(path, ENDINGS)
        if not paths:
            raise GrammarError(f"no .yaml file in the folder {path}")
        nodes = [parse_yaml(read_text(p), str(p)) for p in paths]
        return nodes, path, path.resolve().name
    return [parse_yaml(read_text(path), str(path))], path.parent, path.stem


def _pipes_in(source: object) -> list[Path]:
    """Pipes and devices in a folder, named like grammars: reading one could wait for ever."""
    if not isinstance(source, str | Path) or not is_folder(Path(source)):
        return []
    names = (path for path in Path(source).rglob("*") if path.suffix in ENDINGS)
    return sorted(path for path in names if not path.is_file() and not path.is_dir())


def _check_path(source: object, what: str) -> None:
    """Raise GrammarError unless `source` can name a file: mistakes of programs, not of files."""
    if not isinstance(source, str | Path):
        raise GrammarError(
            f"{what} is {type(source).__name__}; expected the name of a file, or a mapping"
        )


def read_lists(lists: Mapping[str, Any] | str | Path | None) -> Mapping[str, Any]:
    """Values for hassil lists, from a mapping or a YAML file. Raises GrammarError."""
    if lists is None:
        return {}
    if isinstance(lists, Mapping):
        return lists
    _check_path(lists, "`lists`")
    node = parse_yaml(read_text(Path(lists)), str(lists), "a file of lists needs `lists:`")
    if not isinstance(node, Keys):
        raise node.error(f"a file of lists is a mapping, not {node.kind}; expected `lists:`")
    values = plain(node.get("lists") or node)
    if not isinstance(values, dict):
        raise node.error("`lists:` must be a mapping of list names to values")
    return values
