"""Compiled grammars on disk: a grammar that has not changed is neither read nor compiled again.

An entry is named after what was asked for and the code that made it, and says itself which files it
was made of: it counts only while all of them are as they were.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...grammar.source import ELSEWHERE, ENDINGS, GrammarText, is_folder, place_of
from ...jobs.cache import Cache
from ...jobs.files import digest, noting_reads
from ...phonetics.dictionary import assets
from ...phonetics.pronouncer import Pronouncer, read_lexicon
from ...version import __version__
from .compiled import CompiledGrammar
from .stored_graph import Stored, pack, unpack

if TYPE_CHECKING:
    from ...grammar.home.home import Home

_PACKAGE = Path(__file__).parents[2]
_MADE_BY = ("grammar", "text", "phonetics", "engines/grammar")
"""Where the code and the data lie that decide what a grammar compiles to."""
_CODE = (".py", ".tsv", ".lexicon")


@dataclass(frozen=True)
class Written:
    """What a grammar is made of, as `GrammarEngine.load` is told."""

    source: str | Path | Mapping[str, Any] | GrammarText
    lists: str | Path | Mapping[str, Any] | None = None
    home: Home | str | Path | Mapping[str, Any] | None = None
    lexicon: str | Path | None = None


def load_compiled(written: Written, store: Cache | None) -> CompiledGrammar:
    """The grammar, compiled, out of `store` where it has it.

    What was compiled is left there for the next time; None keeps nothing. Raises GrammarError.
    """
    key = None if store is None else _key(written)
    if store is None or key is None:
        return _compile(written)
    name = hashlib.sha256(key.encode()).hexdigest()[:32]
    data = store.read(name)
    stored = None if data is None else unpack(data, key)
    if stored is not None and _as_it_was(stored):
        return CompiledGrammar(stored)
    with noting_reads() as needs:
        compiled = _compile(written)
    if all(needs.values()) and _formats_are_ours():
        fresh = pack(compiled, key, needs)
        if fresh is not None:
            store.write(name, fresh)
    return compiled


def _compile(written: Written) -> CompiledGrammar:
    from ...grammar.load import load_grammar  # and all formats: a stored grammar needs none

    grammar = load_grammar(written.source, lists=written.lists, home=written.home)
    own = read_lexicon(written.lexicon) if written.lexicon else {}
    compiled = CompiledGrammar(grammar, Pronouncer({**grammar.lexicon, **own}))
    compiled.graph  # noqa: B018  (compile now: mistakes belong to load, not to the first utterance)
    return compiled


def _formats_are_ours() -> bool:
    """Whether no package adds formats: what theirs reads beside the grammar is not known."""
    from ...grammar.formats.format import FORMATS

    return FORMATS.names() == list(FORMATS.ours)


def _as_it_was(stored: Stored) -> bool:
    """Whether all files that a compiled grammar was made of still say the same."""
    for name, expected in stored.needs.items():
        path = Path(name)
        try:
            # A pipe that took the file's place would never end.
            if not path.is_file() or digest(path.read_bytes()) != expected:
                return False
        except OSError:
            return False
    return True


def _key(written: Written) -> str | None:
    """All that decides what is compiled but the content of files; None: not known in full."""
    parts = [
        _described(written.source, _texts_in),
        _described(written.lists),
        _described(written.home, _registries_near),
        _described(written.lexicon),
    ]
    if None in parts:
        return None
    versions = (__version__, sys.version_info[:3], _code_digest(), _dictionary_state())
    return repr((*versions, str(Path.cwd()), os.environ.get(ELSEWHERE), *parts))


def _described(source: object, beside: Callable[[Path], list[str]] = lambda _: []) -> str | None:
    """A name or a mapping in words that no other one has; None where there are none.

    `beside` lists the files that may be read with one of that name.
    """
    if isinstance(source, GrammarText):
        return repr(source)
    if isinstance(source, str | Path):
        try:
            path = place_of(source)
            return repr((str(source), str(path.absolute()), beside(path)))
        except (OSError, ValueError):  # reading it says what is wrong
            return None
    return repr(source) if _is_plain(source) else None


def _texts_in(folder: Path) -> list[str]:
    """What belongs to a grammar in a folder. Raises ValueError when it is no file."""
    if not is_folder(folder):
        return []
    paths = sorted(path for path in folder.rglob("*") if path.suffix in ENDINGS)
    if not all(path.is_file() for path in paths):
        raise ValueError("a pipe or a device is reported each time")
    return list(map(str, paths))


def _registries_near(home: Path) -> list[str]:
    """Home Assistant's registries, of which a home has some, in its folder or beside its file."""
    folder = home if is_folder(home) else home.parent
    places = (folder, folder / ".storage")
    return sorted(str(path) for place in places for path in place.glob("core.*_registry*"))


def _is_plain(value: object) -> bool:
    """Whether its repr tells a value from any other."""
    if isinstance(value, dict) and type(value) is dict:
        return all(map(_is_plain, value)) and all(map(_is_plain, value.values()))
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return all(map(_is_plain, value))
    return type(value) in (str, int, float, bool, type(None))


@cache
def _code_digest() -> str:
    """Of all code and data of ours that decide what is compiled; some 80 files, 3 ms."""
    whole = hashlib.blake2b(digest_size=16)
    for folder in _MADE_BY:
        for path in _files_in(_PACKAGE / folder):
            whole.update(str(path.relative_to(_PACKAGE)).encode())
            whole.update(path.read_bytes())
    return whole.hexdigest()


def _files_in(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.suffix in _CODE)


def _dictionary_state() -> list[tuple[str, int, int]]:
    """Name, size and time of the pronouncing dictionary's files, which are too large to be read."""
    return sorted(
        (entry.name, entry.stat().st_size, entry.stat().st_mtime_ns)
        for place in (assets(), assets().with_name("g2p"))
        for entry in os.scandir(place)
        if entry.is_file()
    )
