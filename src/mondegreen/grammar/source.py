"""Where the text of a grammar lies."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

STARTER = "starter"
"""The name of the grammar that comes with the package."""
ENDINGS = (".yaml", ".yml")
"""Of the files in a folder that belong to a grammar."""
ELSEWHERE = "MONDEGREEN_CATALOGUES"
"""The environment variable with further folders in which catalogues may lie, divided as in PATH. It
is for whoever runs a grammar to say, since grammars come from anybody."""


@dataclass(frozen=True)
class GrammarText:
    """A grammar that came as a text, from whom one need not trust: it may name no files."""

    text: str
    name: str = "grammar"


def place_of(source: str | Path) -> Path:
    """The file or folder that a grammar's name stands for."""
    path = Path(source)
    if str(source) == STARTER and not path.exists():
        return Path(__file__).with_name("starter") / "starter.yaml"
    return path


def is_folder(path: Path) -> bool:
    """Whether a folder is there."""
    try:
        return path.is_dir()
    except OSError:  # a name that is too long, as reading it says
        return False
