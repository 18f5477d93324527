"""Names: of modules, and of what is assigned in them."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
PLACES = ("src", "benchmarks", "tests")
SAME_ON_PURPOSE = {
    "engine.py": "the contract of engines, and the grammar's",
    "turn.py": "the contract of engines, and the grammar's",
    "load.py": "what opens an engine, and what opens a grammar",
    "lhotse.py": "a format, read and written",
    "huggingface.py": "a format, read and written",
    "rhino.py": "a format, of grammars and of recordings",
    "home.py": "what a home is, and the verb",
    "cache.py": "what it is, and the verb",
    "check.py": "what is wrong with a grammar, and `data check`",
    "split.py": "what it does, and the verb",
    "stats.py": "what it does, and the verb",
    "export.py": "`export` of a model, and `data export`",
    "align.py": "what it does, and the verb",
    "synthesize.py": "what it does, and the verb",
    "server.py": "one for each protocol",
    "search.py": "through pages, and through a graph of sentences",
    "stored.py": "an index, and a grammar, as they lie on disk",
    "question.py": "one that is asked of pages, and one that the assistant asks",
    "sentences.py": "of a page, and of a meaning for Home Assistant",
    "lexical.py": "search by words, and measures of words",
    "minilm.py": "what embeds with it, and its network for training",
    "page.py": "what is read, and what a browser is shown",
}
"""Modules that share a file name although their rooms differ, and why."""
TENSES = frozenset({"said", "heard", "known", "found", "made", "told", "got"})
"""Words that tell when something happened to a thing, and not what it is."""


def _modules(place: str) -> Iterator[Path]:
    return (ROOT / place).rglob("*.py")


def test_no_two_modules_share_a_name_without_need() -> None:
    rooms: defaultdict[str, list[str]] = defaultdict(list)
    for path in _modules("src"):
        if path.name != "__init__.py":
            rooms[path.name].append(str(path.parent))
    shared = {name for name, parents in rooms.items() if len(parents) > 1}
    assert shared == SAME_ON_PURPOSE.keys()


def _assigned(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield node.lineno, name
            case ast.arg(arg=name):
                yield node.lineno, name
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield node.lineno, name
            case ast.ClassDef(name=name):
                yield node.lineno, name.lower()


def test_names_say_what_they_hold() -> None:
    tenses = [
        f"{path.relative_to(ROOT)}:{line}: {name}"
        for place in PLACES
        for path in _modules(place)
        for line, name in _assigned(ast.parse(path.read_text(encoding="utf-8")))
        if name.strip("_") in TENSES
    ]
    assert tenses == []
