"""Processes that share work: results in the order of the tasks, and a prompt end on Ctrl-C."""

from __future__ import annotations

import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from signal import SIG_IGN, SIGINT, signal
from typing import TypeVar

Task = TypeVar("Task")
Result = TypeVar("Result")


def in_order(
    work: Callable[[Task], Result], tasks: Iterable[Task], workers: int
) -> Iterator[Result]:
    """`work` of every task, by `workers` processes (1: by this one), in the order of the tasks.

    Tasks are taken as they are needed, so there may be millions. `work` has to be importable by
    name. Processes are started afresh, not forked: libraries that hold threads survive no fork.
    """
    if workers == 1:
        yield from map(work, tasks)
        return
    pool = ProcessPoolExecutor(workers, get_context("spawn"), _start, (os.getpid(),))
    waiting: deque[Future[Result]] = deque()
    try:
        for task in tasks:
            waiting.append(pool.submit(work, task))
            if len(waiting) > 4 * workers:  # a slow task in front must not leave others idle
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        _stop(pool)


def _start(parent: int) -> None:
    """Workers leave Ctrl-C to their parent, use one thread each, and end when the parent does."""
    signal(SIGINT, SIG_IGN)
    for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.2)
    os._exit(1)


def _stop(pool: ProcessPoolExecutor) -> None:
    processes = list((pool._processes or {}).values())
    pool.shutdown(wait=False, cancel_futures=True)
    for process in processes:
        process.terminate()
    for process in processes:
        process.join()


__all__ = ["in_order"]
