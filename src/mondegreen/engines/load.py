"""Engines by name: ours, and those that installed packages register (`mondegreen.engines`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from ..errors import ModelError, SettingsError
from ..grammar.expression import Grammar
from ..grammar.source import STARTER
from ..grammar.unused import unused_in
from ..registry import Registry
from .engine import Engine

ENGINES: Registry[Callable[..., Engine]] = Registry(
    "mondegreen.engines",
    "engine",
    {
        "grammar": "mondegreen.engines.grammar.engine:GrammarEngine.load",
        "general": "mondegreen.engines.general.engine:GeneralEngine.load",
        "several": "mondegreen.engines.several.in_order:EnginesInOrder.load",
    },
)
"""A kind of engine is a callable: what it understands by (a file, a folder, a name) comes first."""
GENERAL = "general"
"""Name of the general model that ships."""
BETWEEN = "+"
"""Stands between the sources of engines that are asked one after the other."""
DESCRIPTION = "mondegreen.json"
"""A model folder says in it, under `engine`, which kind of engine reads it."""


def load(
    source: str | Path | Mapping[str, Any] | None = None,
    *,
    engine: str | None = None,
    **settings: Any,
) -> Engine:
    """The engine for a grammar or a model.

    `source` is what it understands by: the path of a grammar or a model folder, the name of one
    that ships ("starter", the default of grammars; "general"), or a grammar as a mapping. Several
    names with a plus between them, such as "starter+general", are asked in that order. `engine`
    names the kind of engine where the source does not say it itself; with a plus it is a source.
    `settings` go to that engine; for grammars they are those of `GrammarEngine.load`. Raises
    SettingsError for a setting that the engine does not take, and what its own loading raises.
    """
    if source is None and engine is not None and BETWEEN in engine:
        source, engine = engine, None
    kind = engine or kind_of(source)
    if kind == GENERAL and source == STARTER:
        raise SettingsError(
            f"{STARTER!r} is a grammar, and engines of the kind {GENERAL!r} read model folders: "
            f"leave the kind out, or give {GENERAL!r} in place of {STARTER!r}, or "
            f"'{STARTER}{BETWEEN}{GENERAL}' for both"
        )
    if isinstance(source, Mapping) and kind in (GENERAL, "several"):
        raise SettingsError(
            f"a mapping is a grammar, and engines of the kind {kind!r} read no grammar: leave the "
            "kind out"
        )
    _check_taken(kind, settings)
    # A name that is empty is none, and an empty mapping is a mistake, which its reader names.
    sources = [source] if source or isinstance(source, Mapping) else []
    return cast(Engine, ENGINES.call(kind, *sources, **settings))


def _check_taken(kind: str, settings: Mapping[str, Any]) -> None:
    """Raise SettingsError for a setting that grammars alone take, where the engine is of another
    kind; of what no kind takes the call itself says so."""
    for name in settings:
        if ENGINES.takes(kind, name) or ENGINES.takes(GENERAL, name):
            continue
        if ENGINES.takes("grammar", name):
            raise SettingsError(
                f"only grammars take {name!r}, and an engine of the kind {kind!r} does not: leave "
                f"it out, or begin with a grammar, as in '{STARTER}{BETWEEN}{GENERAL}'"
            )


def unused_settings(engine: Engine) -> list[str]:
    """What is to be said of a `home` and `lists` for which an engine's grammar has no use."""
    leading = getattr(engine, "engines", (engine,))[0]
    grammar = getattr(leading, "grammar", None)
    return unused_in(grammar) if isinstance(grammar, Grammar) else []


def kind_of(source: str | Path | Mapping[str, Any] | None) -> str:
    """The kind of engine that a source says it is for; a grammar where it says nothing."""
    if not isinstance(source, str | Path | None):
        return "grammar"  # a mapping; of what is none either, its reader says so
    if source == GENERAL:
        return GENERAL
    if isinstance(source, str) and BETWEEN in source and not Path(source).exists():
        return "several"
    description = Path(source, DESCRIPTION) if source is not None else None
    if description is None or not description.is_file():
        return "grammar"
    try:
        kind = json.loads(description.read_bytes())["engine"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ModelError(
            f"{description} does not say which engine reads the folder ({error!r}); expected a "
            'model folder with {"engine": …}'
        ) from error
    return str(kind)
