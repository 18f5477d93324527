"""Long work over many items: in parallel, resumable after any stop, the same bytes every time.

Items are worked through in parts. Each finished item is written to its part's journal at
once, so that a run that was killed goes on with the next item; parts are put together in the order
of the items, so the number of workers changes nothing. What an item becomes may depend on the item
alone. Whoever runs a job holds the lock (see `lock.alone`) on the folder, or on what it is part of,
until the result is written.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from textwrap import shorten
from typing import Any, Generic, NamedTuple, TypeVar

from ..errors import DataError, MondegreenError, OutputError
from .files import remove_leftovers, replacing
from .journal import Journal
from .lock import LOCK, join
from .problems import Problem, Problems
from .processes import by_this_one, processes
from .progress import bars
from .strict_json import to_json

Item = TypeVar("Item")

RECIPE = "recipe.json"
"""How a folder was made; a run with another recipe may not go on in it."""
_ROWS = "manifest"
"""What a recipe calls the digest of the rows that are worked on: a digest tells people nothing."""
PARTS = ".parts"
"""Journals of unfinished work, inside the folder that is being made."""


class Result(NamedTuple):
    """What one item became."""

    row: Mapping[str, Any]
    """JSON."""
    data: bytes = b""
    """Goes into the part's data file, if the job keeps one; the row then gets its `file`, and the
    number of its `bytes`. They lie there in the order of the rows."""


Work = Callable[[Item], Result]
"""Makes one item; has to be importable by name (a frozen dataclass with `__call__`, say). A
MondegreenError marks the item as bad; an OutputError ends the work, for it would meet all."""


@dataclass(frozen=True)
class Job(Generic[Item]):
    """A folder to make out of items."""

    folder: Path
    recipe: Mapping[str, Any]
    """Everything the result depends on, JSON; kept in the folder."""
    items: Iterable[Item]
    total: int
    work: Work[Item]
    what: str
    """What the progress bar calls it."""
    keeps_data: bool = False
    """Whether parts keep data files, `PARTS/NNNNNN.bin`."""
    part: int = 16
    """Items handed to a worker at a time: enough that handing over costs nothing."""


def finished(folder: Path, recipe: Mapping[str, Any], result: str) -> bool:
    """Whether `folder` holds the finished `result` (a file name) of this recipe.

    Raises DataError when the folder holds something else.
    """
    path = folder / RECIPE
    if path.exists():
        earlier = _read_json(path)
        ours = json.loads(json.dumps(recipe))
        if earlier != ours:
            raise DataError(f"{folder}{_otherwise(earlier, ours)}")
        return (folder / result).exists()
    if folder.is_dir() and any(other.name != LOCK for other in folder.iterdir()):
        raise DataError(f"{folder} holds other files; choose an empty or new folder")
    return False


def run(
    job: Job[Item], lock: Path, *, workers: int, problems: Problems
) -> Iterator[Mapping[str, Any]]:
    """Make every item that is not made yet; then yields the rows of all, in the items' order.

    `lock` is the lock file that `alone` gave; the workers share it. Bad items are reported to
    `problems`; without `skip` the first one ends the run, and what is made stays. Raises DataError
    when the folder belongs to another recipe.
    """
    _claim(job)
    parts = job.folder / PARTS
    parts.mkdir(exist_ok=True)
    remove_leftovers(job.folder)
    _make_all(job, parts, lock, workers, problems.skip)
    return _rows(parts, problems)


def run_to_file(
    job: Job[Item], lock: Path, name: str, *, workers: int, problems: Problems
) -> list[Mapping[str, Any]]:
    """The rows of a job, which lie in the file `name` of its folder once all are made.

    For `lock` and errors see `run`.
    """
    path = job.folder / name
    if not finished(job.folder, job.recipe, name):
        rows = run(job, lock, workers=workers, problems=problems)
        with replacing(path) as temporary, temporary.open("w", encoding="utf-8") as file:
            for row in rows:
                file.write(to_json(row) + "\n")
        clear(job.folder)
    return list(Journal(path).entries())


def clear(folder: Path) -> None:
    """Take the journals away once the result is written."""
    shutil.rmtree(folder / PARTS, ignore_errors=True)


def _claim(job: Job[Any]) -> None:
    """Make the folder and leave the recipe in it."""
    finished(job.folder, job.recipe, RECIPE)
    job.folder.mkdir(parents=True, exist_ok=True)
    if not (job.folder / RECIPE).exists():
        with replacing(job.folder / RECIPE) as temporary:
            temporary.write_text(json.dumps(job.recipe, indent=1) + "\n", encoding="utf-8")


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(f"{path}: not readable as JSON ({error}); delete the folder") from error


def _otherwise(earlier: Any, ours: Any) -> str:
    """How a folder was made otherwise, as what is said of it, and what to do."""
    if isinstance(earlier, dict) and {**earlier, _ROWS: ours.get(_ROWS)} == ours:
        return (
            ": the manifest has changed since this was begun (a row was mended, added, moved or "
            "left out); choose another place for the result, or delete this one to make all of it "
            "anew"
        )
    return (
        f" was made with another recipe ({_difference(earlier, ours)}); choose another folder, or "
        "delete this one"
    )


def _difference(earlier: Any, ours: Any, name: str = "") -> str:
    """The first setting in which two recipes differ."""
    if not (isinstance(earlier, dict) and isinstance(ours, dict)):
        there, now = (shorten(json.dumps(side), 60) for side in (earlier, ours))
        return f"{name}: {there} there, {now} now"
    differing = (key for key in [*earlier, *ours] if earlier.get(key) != ours.get(key))
    key = next(differing, "")
    return _difference(earlier.get(key), ours.get(key), f"{name}.{key}".lstrip("."))


def _make_all(job: Job[Any], parts: Path, lock: Path, workers: int, skip: bool) -> None:
    waiting = _unfinished(job, parts)
    with bars() as display:
        bar = display.add(job.what, job.total)
        if by_this_one(workers):
            for path, items in waiting:
                if path is not None:
                    _make_part(job.work, items, path, job.keeps_data, skip)
                bar.advance(len(items))
            return
        # When the run stops early, workers end at once: what they are at is not journalled.
        with processes(workers, join, lock) as pool:
            for count in _spread(pool, job, waiting, workers, skip):
                bar.advance(count)


def _spread(
    pool: Executor,
    job: Job[Any],
    waiting: Iterator[tuple[Path | None, list[Any]]],
    workers: int,
    skip: bool,
) -> Iterator[int]:
    """Hand out parts, a few more than there are workers at a time; yields items done."""
    running: dict[Future[None], int] = {}
    for path, items in waiting:
        if path is None:
            yield len(items)
            continue
        future = pool.submit(_make_part, job.work, items, path, job.keeps_data, skip)
        running[future] = len(items)
        if len(running) >= workers + 2:
            yield _collect(running)
    while running:
        yield _collect(running)


def _collect(running: dict[Future[None], int]) -> int:
    """Items of the parts that are done by now, at least one of them.

    Parts were handed out in order: when one fails, those before it are waited for, so that the bad
    row that is named is the first one, whichever worker was faster.
    """
    done, _ = wait(running, return_when=FIRST_COMPLETED)
    if any(future.exception() for future in done):
        for future in running:
            future.result()
    return sum(running.pop(future) for future in done)


def _unfinished(job: Job[Any], parts: Path) -> Iterator[tuple[Path | None, list[Any]]]:
    """The items of each part in order, with its file, or None where it is made already."""
    items = iter(job.items)
    number = 0
    while part := list(islice(items, job.part)):
        path = parts / f"{number:06d}.jsonl"
        yield (None if path.exists() else path), part
        number += 1


def _make_part(
    work: Work[Any], items: Sequence[Any], path: Path, keeps_data: bool, skip: bool
) -> None:
    partial, data = path.with_suffix(".partial"), path.with_suffix(".bin")
    with Journal(partial) as journal, data.open("ab") if keeps_data else nullcontext() as blob:
        rows = list(journal.entries())
        if blob is not None:  # what follows the last journalled item belongs to none
            blob.truncate(sum(row.get("bytes", 0) for row in rows))
        for item in items[len(rows) :]:
            try:
                product = work(item)
            except MondegreenError as error:
                if not skip or isinstance(error, OutputError):
                    raise
                product = Result({"skipped": str(error)})
            row = dict(product.row)
            if blob is not None and product.data:
                blob.write(product.data)
                blob.flush()
                row["bytes"] = len(product.data)
            journal.append(row)
    partial.replace(path)


def _rows(parts: Path, problems: Problems) -> Iterator[Mapping[str, Any]]:
    for path in sorted(parts.glob("*.jsonl")):
        for row in Journal(path).entries():
            if "skipped" in row:
                place, _, reason = row["skipped"].partition(": ")
                problems.extend([Problem(place, reason)])
            else:
                yield {**row, "file": f"{path.stem}.bin"} if "bytes" in row else row


__all__ = ["PARTS", "RECIPE", "Job", "Result", "clear", "finished", "run", "run_to_file"]
