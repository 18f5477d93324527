"""What a verb over data says when it is done: what lies where, and what was skipped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import in_one_line
from .output import counted, note, print_json

if TYPE_CHECKING:
    from ...data.manifest import Manifest
    from ...jobs.problems import Problems


def list_skipped(problems: Problems, beside: Path) -> Path | None:
    """Write what was skipped to `beside` with `.skipped.jsonl` for its ending, and say so.

    Returns the file, or None when nothing was skipped; a list of an earlier run is removed then.
    """
    path = beside.with_suffix(".skipped.jsonl")
    if not problems.rows:
        path.unlink(missing_ok=True)
        return None
    problems.write(path)
    count = len(problems.rows)
    was = "was" if count == 1 else "were"
    note(f"{counted(count, 'row')} {was} skipped; {path} says why")
    return path


def note_skipped(problems: Problems) -> None:
    """Say how many rows were skipped, where nobody named a place for a list of them."""
    if problems.rows:
        note(f"{counted(len(problems.rows), 'row')} skipped; the first is {problems.rows[0]}")


def say_manifest(manifest: Manifest, folder: Path, *, as_json: bool) -> None:
    """Say what lies in a folder that `synthesize` or `augment` made."""
    from ...data.make.derive import MANIFEST, SKIPPED

    seconds = sum(utterance.duration or 0.0 for utterance in manifest)
    out, skipped = folder / MANIFEST, folder / SKIPPED
    if skipped.exists():
        note(f"{skipped} lists what could not be used, and why")
    if as_json:
        print_json(
            {
                "manifest": str(out), "utterances": len(manifest), "seconds": round(seconds, 3),
                "skipped": str(skipped) if skipped.exists() else None,
            }
        )  # fmt: skip
    else:
        print(f"{in_one_line(out)}: {len(manifest)} utterances, {seconds / 3600:.2f} hours")
