"""Work on Ray: what a run gives to processes of this machine goes to those of a cluster.

Everything else stays with the run: it hands out items in their order and puts the results together
in that order, so a cluster gives the bytes that one machine gives. The workers read and write the
run's files themselves, under the same names; only items and rows travel.
"""

from __future__ import annotations

import logging
import os
import platform
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Semaphore
from typing import Any, TypeVar
from uuid import uuid4

from ..errors import MissingExtra, MondegreenError, SettingsError
from ..version import __version__
from .processes import working_in

Result = TypeVar("Result")

LOCAL = "local"
"""Instead of an address: start Ray on this machine, and end it with the work."""
_PATIENCE = 5.0
"""Seconds for a machine to answer: Ray itself would ask one that is not there for seven minutes."""
_ENDING = 30.0
"""Seconds for tasks that were called off. They hear of it between two lines of Python, and the
longest step, speaking a long sentence, takes seconds."""


@contextmanager
def connected(address: str, processors: int | None = None) -> Iterator[None]:
    """Ray at `address`: `local`, `auto` (the cluster of this machine), or HOST:PORT.

    A local one takes `processors` tasks at a time, None: as many as there are cores. Raises
    SettingsError where no Ray is found, MissingExtra without the extra `ray`.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is reported to anybody
    try:
        import ray
    except ImportError as error:
        raise MissingExtra("--ray", "ray") from error
    own: dict[str, Any] = {"include_dashboard": False, "num_cpus": processors}
    try:
        _ask(address)
        ray.init(
            address=None if address == LOCAL else address,
            log_to_driver=False,
            logging_level=logging.ERROR,
            **(own if address == LOCAL else {}),
        )
    except (OSError, ValueError) as error:
        raise SettingsError(
            f"--ray {address}: found no Ray there ({error}); expected local, auto, or the "
            "HOST:PORT of a cluster that runs, and where it asks for a token RAY_AUTH_MODE=token"
        ) from error
    try:
        yield
    finally:
        ray.shutdown()


def _ask(address: str) -> None:
    """Raises OSError where nobody listens at a HOST:PORT."""
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), _PATIENCE).close()


@contextmanager
def workers_on(address: str | None, workers: int | None = None) -> Iterator[int]:
    """What the block gives to `processes` is done on Ray at `address` (None: on this machine).

    Gives the number of workers: `workers`, or None: as many as there are processors, there or here.
    For errors see `connected`.
    """
    if address is None:
        yield workers or os.cpu_count() or 1
        return
    with connected(address, workers), working_in(_pool):
        import ray

        yield workers or max(1, int(ray.cluster_resources().get("CPU", 1)))


@contextmanager
def _pool(
    workers: int, begin: Callable[..., None] | None, arguments: tuple[object, ...]
) -> Iterator[Executor]:
    beginning = _Beginning(uuid4().hex, str(Path.cwd()), __version__, begin, arguments)
    pool = _RayPool(workers, beginning)
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


@dataclass(frozen=True)
class _Beginning:
    """What a process of Ray does before its first task of a pool."""

    pool: str
    folder: str
    """Names of files count from it."""
    version: str
    begin: Callable[..., None] | None
    arguments: tuple[object, ...]

    def __call__(self) -> None:
        if self.version != __version__:
            raise MondegreenError(
                f"--ray: {platform.node()} has mondegreen {__version__}, and the run is of "
                f"{self.version}; results are the same only with one version everywhere"
            )
        try:
            os.chdir(self.folder)
        except OSError as error:
            raise MondegreenError(
                f"--ray: {platform.node()} has no folder {self.folder}; all machines need the "
                "run's files under the same names, as on a network drive"
            ) from error
        if self.begin is not None:
            self.begin(*self.arguments)


_begun = ""
"""The pool that this process of Ray works for."""


def _do(beginning: _Beginning, work: Callable[..., Result], arguments: tuple[Any, ...]) -> Result:
    """One task, in a process of Ray."""
    global _begun  # noqa: PLW0603 - a process has one state, and tasks share nothing else
    if _begun != beginning.pool:
        beginning()
        _begun = beginning.pool
    return work(*arguments)


class _RayPool(Executor):
    """Tasks on Ray, each on one processor. None is tried twice: a run may be started again.

    The cluster has `workers` of them at a time and no more, so that others may use it as well.
    """

    def __init__(self, workers: int, beginning: _Beginning) -> None:
        import ray

        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        self._do = ray.remote(num_cpus=1, max_retries=0, runtime_env={"env_vars": threads})(_do)
        self._beginning = beginning
        self._running: dict[Future[Any], Any] = {}
        self._free = Semaphore(workers)

    def submit(self, fn: Callable[..., Result], /, *args: Any, **kwargs: Any) -> Future[Result]:
        """`fn`, importable by name, of the arguments; a fault comes as it was raised there.

        Waits until a worker is free.
        """
        self._free.acquire()
        task = self._do.remote(self._beginning, partial(fn, **kwargs) if kwargs else fn, args)
        future: Future[Result] = Future()
        self._running[future] = task
        future.add_done_callback(self._finished)
        task.future().add_done_callback(partial(_pass_on, future))
        return future

    def _finished(self, future: Future[Any]) -> None:
        del self._running[future]
        self._free.release()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Call off what is not done, and wait until nothing is written any more."""
        import ray

        tasks = list(self._running.values())
        if cancel_futures:
            for task in tasks:
                ray.cancel(task)
        if wait and tasks:
            ray.wait(tasks, num_returns=len(tasks), timeout=_ENDING if cancel_futures else None)


def _pass_on(future: Future[Result], task: Future[Result]) -> None:
    error = task.exception()
    if error is None:
        future.set_result(task.result())
    else:
        future.set_exception(_plain(error))


def _plain(error: BaseException) -> BaseException:
    """What a task raised, without what Ray wraps around it; a process that ended, in words."""
    cause = getattr(error, "cause", None)
    if isinstance(cause, ImportError):
        return MondegreenError(
            f"--ray: a machine there lacks what this run needs ({cause}); install mondegreen "
            "there, with the same extras"
        )
    if isinstance(cause, BaseException):
        return cause
    reason = str(error).partition("\n")[0]
    return MondegreenError(
        f"--ray: a worker ended before its work did ({reason}); see that the run's files are under "
        "the same names on all machines and that memory suffices, and run again to go on"
    )


__all__ = ["LOCAL", "connected", "workers_on"]
