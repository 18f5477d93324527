"""Engines by name: ours, and those that installed packages register (`mondegreen.engines`)."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from ..errors import ModelError
from ..registry import Registry
from .engine import Engine

ENGINES: Registry[Callable[..., Engine]] = Registry(
    "mondegreen.engines",
    "engine",
    {"grammar": "mondegreen.engines.grammar.engine:GrammarEngine.load"},
)
"""A kind of engine is a callable: what it understands by (a file, a folder, a name) comes first."""
DESCRIPTION = "mondegreen.json"
"""A model folder says in it, under `engine`, which kind of engine reads it."""


def load(source: str | Path | None = None, *, engine: str | None = None, **settings: Any) -> Engine:
    """The engine for a grammar or a model.

    `source` is what it understands by: the path of a grammar or a model folder, or the name of one
    that ships ("starter", the default of grammars). `engine` names the kind of engine where the
    source does not say it itself. `settings` go to that engine; for grammars they are those of
    `GrammarEngine.load`.
    """
    new_engine = ENGINES.call(engine or _kind_of(source), *filter(None, [source]), **settings)
    return cast(Engine, new_engine)


def _kind_of(source: str | Path | None) -> str:
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
