"""Engines by name: ours, and those that installed packages register (`mondegreen.engines`)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from ..errors import ModelError, SettingsError
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
OF_GRAMMARS = {
    "usage": "usage counts",
    "home": "the names of a home",
    "lists": "values for lists",
    "lexicon": "pronunciations",
}
"""Settings of grammars alone, in words."""
DESCRIPTION = "mondegreen.json"
"""A model folder says in it, under `engine`, which kind of engine reads it."""


def load(source: str | Path | None = None, *, engine: str | None = None, **settings: Any) -> Engine:
    """The engine for a grammar or a model.

    `source` is what it understands by: the path of a grammar or a model folder, or the name of one
    that ships ("starter", the default of grammars; "general"). Several with a plus between them,
    such as "starter+general", are asked in that order. `engine` names the kind of engine where the
    source does not say it itself; with a plus it is a source. `settings` go to that engine; for
    grammars they are those of `GrammarEngine.load`.
    """
    if source is None and engine is not None and BETWEEN in engine:
        source, engine = engine, None
    kind = engine or _kind_of(source)
    wrong = [name for name in OF_GRAMMARS if name in settings] if kind == GENERAL else []
    if wrong:
        raise SettingsError(
            f"only grammars take {OF_GRAMMARS[wrong[0]]}; leave {wrong[0]!r} out, or understand by "
            "a grammar"
        )
    return cast(Engine, ENGINES.call(kind, *filter(None, [source]), **settings))


def _kind_of(source: str | Path | None) -> str:
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
