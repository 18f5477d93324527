"""Processes that share work: results in the order of the tasks, and a prompt end on Ctrl-C."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from multiprocessing import get_context
from signal import SIG_IGN, SIGINT, signal
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")

Pool = Callable[
    [int, Callable[..., None] | None, tuple[object, ...]], AbstractContextManager[Executor]
]
"""Opens a pool of so many processes, which call the second with the third before they work."""

_elsewhere: ContextVar[Pool | None] = ContextVar("elsewhere", default=None)


@contextmanager
def working_in(pool: Pool) -> Iterator[None]:
    """What the block gives to processes goes to those of `pool` instead of this machine's."""
    token = _elsewhere.set(pool)
    try:
        yield
    finally:
        _elsewhere.reset(token)


def by_this_one(workers: int) -> bool:
    """Whether so many workers are this process and no other."""
    return workers == 1 and _elsewhere.get() is None


@contextmanager
def processes(
    workers: int, begin: Callable[..., None] | None = None, *arguments: object
) -> Iterator[Executor]:
    """A pool whose processes leave Ctrl-C to this one, use a thread each, and end when it does.

    Each first calls `begin` with the `arguments`. Processes are started afresh, not forked:
    libraries that hold threads survive no fork. When the block ends, work that has not begun is
    dropped.
    """
    elsewhere = _elsewhere.get()
    if elsewhere is not None:
        with elsewhere(workers, begin, arguments) as executor:
            yield executor
        return
    pool = ProcessPoolExecutor(
        workers, get_context("spawn"), _start, (os.getpid(), begin, arguments)
    )
    try:
        yield pool
    finally:
        running = list((pool._processes or {}).values())
        pool.shutdown(wait=False, cancel_futures=True)
        for process in running:
            process.terminate()
        for process in running:
            process.join()


def _start(parent: int, begin: Callable[..., None] | None, arguments: tuple[object, ...]) -> None:
    signal(SIGINT, SIG_IGN)
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
    if os.getppid() != parent:  # killed while this process was starting
        os._exit(1)
    if begin is not None:
        begin(*arguments)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


def in_order(
    work: Callable[[Task], Result], tasks: Iterable[Task], workers: int
) -> Iterator[Result]:
    """`work` of every task, by `workers` processes (1: by this one), in the order of the tasks.

    Tasks are taken as they are needed, so there may be millions. `work` has to be importable by
    name.
    """
    if by_this_one(workers):
        yield from map(work, tasks)
        return
    waiting: deque[Future[Result]] = deque()
    with processes(workers) as pool:
        for task in tasks:
            waiting.append(pool.submit(work, task))
            # A slow task in front must not leave others idle.
            while waiting and (waiting[0].done() or len(waiting) > 4 * workers):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


__all__ = ["by_this_one", "in_order", "processes", "working_in"]
