"""Grammars from files: whichever format they are written in, recognised by their content."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import entry_points
from importlib.resources import files
from pathlib import Path
from typing import Any, Protocol

from ..errors import GrammarError
from ..jobs.files import read_text
from ..registry import nearest
from .builtins.dates import Clock
from .expression import Grammar
from .formats.hassil_templates import read_hassil
from .formats.hassil_templates import recognises as is_hassil
from .formats.limits import check_limits
from .formats.marked_yaml import Keys, Node, from_python, parse_yaml, plain
from .formats.rhino import read_rhino
from .formats.rhino import recognises as is_rhino

STARTER = "starter"
"""The name of the grammar that comes with the package."""
ENTRY_POINTS = "mondegreen.grammars"


@dataclass(frozen=True)
class Options:
    """What a format may need besides the text."""

    name: str
    folder: Path
    lists: Mapping[str, Any] = field(default_factory=dict)
    """Values for lists that the grammar names and does not define."""
    clock: Clock = date.today


class GrammarFormat(Protocol):
    """A way to write grammars; others add theirs as entry points `mondegreen.grammars`."""

    def recognises(self, document: Node) -> bool:
        """Whether a document is written in this format."""
        ...

    def read(self, documents: Sequence[Node], options: Options) -> Grammar:
        """The grammar of one or more documents (a folder gives several)."""
        ...


@dataclass(frozen=True)
class Rhino:
    """Picovoice Rhino contexts."""

    def recognises(self, document: Node) -> bool:
        """See GrammarFormat."""
        return is_rhino(document)

    def read(self, documents: Sequence[Node], options: Options) -> Grammar:
        """See GrammarFormat. A context is one document."""
        if len(documents) > 1:
            raise documents[1].error("a Rhino context is one file; name the file, not its folder")
        return read_rhino(
            documents[0], name=options.name, folder=options.folder, clock=options.clock
        )


@dataclass(frozen=True)
class Hassil:
    """hassil sentence templates, as Home Assistant writes them."""

    def recognises(self, document: Node) -> bool:
        """See GrammarFormat."""
        return is_hassil(document)

    def read(self, documents: Sequence[Node], options: Options) -> Grammar:
        """See GrammarFormat. Documents are merged in order, as Home Assistant does."""
        return read_hassil(documents, name=options.name, lists=options.lists)


def formats() -> dict[str, GrammarFormat]:
    """Every known format by name: ours and those that installed packages register."""
    found: dict[str, GrammarFormat] = {"rhino": Rhino(), "hassil": Hassil()}
    for entry in entry_points(group=ENTRY_POINTS):
        if entry.name not in found:
            make: Callable[[], GrammarFormat] = entry.load()
            found[entry.name] = make()
    return found


def load_grammar(
    source: str | Path | Mapping[str, Any],
    *,
    lists: Mapping[str, Any] | str | Path | None = None,
    name: str | None = None,
    clock: Clock = date.today,
) -> Grammar:
    """The grammar in a file, a folder of hassil files, a mapping already loaded, or "starter".

    `lists` gives values to hassil lists that are filled at run time (areas, device names): a
    mapping, or the path of a YAML file with `lists:`. `clock` tells what day today is, for dates.
    `Grammar.notices` says what was left out. Raises GrammarError.
    """
    documents, folder, default_name = _documents(source)
    known = formats()
    chosen = next((f for f in known.values() if all(f.recognises(d) for d in documents)), None)
    if chosen is None:
        chosen = next((f for f in known.values() if any(f.recognises(d) for d in documents)), None)
    if chosen is None:
        raise _unknown(documents[0], list(known))
    options = Options(name or default_name, folder, read_lists(lists), clock)
    return check_limits(chosen.read(documents, options))


def _unknown(document: Node, known: list[str]) -> GrammarError:
    if not isinstance(document, Keys):
        return document.error(f"a grammar is a mapping, not {document.kind}")
    keys = [key.text for key, _ in document.entries]
    hint = "".join(nearest(k, ("context", "intents")) for k in keys[:1])
    return document.error(
        f"no known grammar format: the top-level keys are {', '.join(keys[:8]) or 'none'}{hint}. "
        f"Formats: {', '.join(known)}. A Rhino context has `context:`, hassil has `intents:`"
    )


def _documents(source: str | Path | Mapping[str, Any]) -> tuple[list[Node], Path, str]:
    if isinstance(source, Mapping):
        return [from_python(source)], Path(), "grammar"
    _check_path(source, "a grammar")
    path = Path(source)
    if str(source) == STARTER and not path.exists():
        path = Path(str(files(__package__) / "starter" / "starter.yaml"))
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.suffix in (".yaml", ".yml"))
        if not found:
            raise GrammarError(f"no .yaml file in the folder {path}")
        nodes = [parse_yaml(read_text(p), str(p)) for p in found]
        return nodes, path, path.resolve().name
    return [parse_yaml(read_text(path), str(path))], path.parent, path.stem


def _check_path(source: object, what: str) -> None:
    """Raise GrammarError for what is no file name: mistakes of programs, not of files."""
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
    node = parse_yaml(read_text(Path(lists)), str(lists))
    if not isinstance(node, Keys):
        raise node.error(f"a file of lists is a mapping, not {node.kind}; expected `lists:`")
    found = plain(node.get("lists") or node)
    if not isinstance(found, dict):
        raise node.error("`lists:` must be a mapping of list names to values")
    return found
