"""`mondegreen cache`: what is kept for the next start."""

from __future__ import annotations

from .shared.options import AsJson, group
from .shared.output import counted, print_json

app = group("What is kept for the next start: where, how much, and how to remove it.")


@app.command()
def show(as_json: AsJson = False) -> None:
    """Say what is kept for the next start, and where."""
    from ..jobs.cache import KINDS, Cache, cache_folder

    if as_json:
        folder = cache_folder()
        sizes = {kind: Cache(kind).size() for kind in KINDS}
        kept_kinds = {kind: {"files": n, "bytes": size} for kind, (n, size) in sizes.items()}
        print_json({"folder": None if folder is None else str(folder), **kept_kinds})
    else:
        print(contents())


@app.command()
def clear(as_json: AsJson = False) -> None:
    """Remove all that is kept; it is made again when it is needed."""
    from ..jobs.cache import KINDS, Cache, cache_folder

    removed = sum(Cache(kind).clear() for kind in KINDS)
    if as_json:
        print_json({"removed": removed})
    else:
        print(f"{counted(removed, 'file')} removed from {cache_folder()}")


def contents() -> str:
    """What is kept and where, in words."""
    from ..jobs.cache import GRAMMARS, KINDS, Cache, cache_folder

    folder = cache_folder()
    if folder is None:
        return "nothing is kept: this user has no home; MONDEGREEN_CACHE names a folder"
    grammars, _ = Cache(GRAMMARS).size()
    size = sum(Cache(kind).size()[1] for kind in KINDS)
    return f"{counted(grammars, 'compiled grammar')}, {size / 1e6:.1f} MB in all, in {folder}"
