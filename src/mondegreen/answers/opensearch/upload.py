"""An index brought to a server, whole or not at all: its name stands for it once all is there.

Each version has an index of its own, with rows by number: a run that was stopped goes on, and one
that is done again changes nothing. Whoever asks meanwhile has the old version.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import msgspec

from ...client import retries
from ...client.client_error import ServerError, Unavailable
from ...errors import DataError, SettingsError
from ..stored import StoredIndex
from .address import Address, read_address
from .bodies import bulk, creation, lines, replacement
from .exchange import ROWS, Exchange, Refusal
from .few_passages import FORMAT, About
from .passage_row import SentRow, passage_row
from .served_index import read_about, versions

AT_ONCE = 250
"""Rows of a request: 2 MB."""
_TIMEOUT = 120.0
"""Seconds for a request; the server may have to put together what it has."""
_TRIES = 5
T = TypeVar("T")
_THERE = "resource_already_exists_exception"
_NO_VECTORS = re.compile(r"\[index\.knn\]|\[knn_vector\]")
"""What a server without the k-NN plugin says that it does not know."""


@dataclass(frozen=True)
class Uploaded:
    """What was done."""

    address: str
    """Without a password."""
    index: str
    """Of this version; the address's name stands for it."""
    passages: int
    sent: int
    """Of them, in this run."""


class _Item(msgspec.Struct):
    status: int
    error: Any = None


class _Outcome(msgspec.Struct):
    errors: bool
    items: list[dict[str, _Item]]


class _Count(msgspec.Struct):
    count: int


def upload(
    index: StoredIndex, address: str, *, advance: Callable[[float], None] = lambda _: None
) -> Uploaded:
    """Bring an index to the server and have its name stand for it; `advance` hears of passages.

    Raises SettingsError for what is no address, and for vectors where the server has no k-NN;
    ModelError where the name is another's; ServerError, or Unavailable, as Exchange does: when it
    is run again, it goes on.
    """
    where = read_address(address)
    exchange = Exchange(where, timeout=_TIMEOUT)
    target = f"{where.name}-{FORMAT}-{index.version}"
    current = _current(exchange, where)
    start = len(index) if current == {target} else _begun(exchange, target, index)
    advance(start)
    for first in range(start, len(index), AT_ONCE):
        numbers = range(first, min(first + AT_ONCE, len(index)))
        _send(exchange, target, [(n, passage_row(index, n)) for n in numbers])
        advance(len(numbers))
    if current != {target}:
        _finish(exchange, target, len(index))
    return Uploaded(str(where), target, len(index), len(index) - start)


def about_of(index: StoredIndex) -> About:
    """What the server keeps about the whole collection."""
    return About(
        format=FORMAT, version=index.version, passages=len(index), embedder=index.embedder,
        embedder_digest=index.embedder_digest, mean_terms=index.mean_terms,
        chance=index.array("chance").tobytes(),
    )  # fmt: skip


def _current(exchange: Exchange, where: Address) -> set[str]:
    """The versions that the name stands for. Raises ModelError where it is another's."""
    there = versions(exchange, where.name)
    for index, meta in there.items():
        if not _is_ours(index, where.name, meta):
            read_about(None, where)
    return set(there)


def _is_ours(index: str, name: str, meta: Any) -> bool:
    is_version = re.fullmatch(rf"{re.escape(name)}-\d+-[0-9a-f]{{16}}", index)
    return is_version is not None and isinstance(meta, dict)


def _begun(exchange: Exchange, target: str, index: StoredIndex) -> int:
    """How many passages the index of this version surely has; it is made if it is not there."""
    try:
        body = msgspec.json.encode(creation(about_of(index)))
        exchange.send("PUT", f"/{target}", body)
    except Refusal as error:
        if _NO_VECTORS.search(str(error)):
            raise SettingsError(
                f"{exchange.address.server} has no k-NN plugin, which vectors need: install "
                "opensearch-knn there, or make the index with --embedder none"
            ) from error
        if error.kind != _THERE:
            raise
        # Rows are sent one request after the other: of the last not all may be there.
        return max(0, _count(exchange, target) - AT_ONCE)
    return 0


def _count(exchange: Exchange, target: str) -> int:
    exchange.send("POST", f"/{target}/_refresh")
    return _decoded(exchange, exchange.get(f"/{target}/_count"), _Count).count


def _send(exchange: Exchange, target: str, rows: Sequence[tuple[int, SentRow]]) -> None:
    """Raises Unavailable where the server stays too busy, ServerError where it refuses a row."""
    content = lines(bulk(rows))
    refused: Any = None
    for attempt in range(_TRIES):
        if attempt:
            time.sleep(retries.pause(attempt))
        reply = exchange.send("POST", f"/{target}/_bulk", content, ROWS)
        outcome = _decoded(exchange, reply, _Outcome)
        items = [item for row in outcome.items for item in row.values() if item.status >= 300]
        refused = next((i for i in items if i.status not in retries.AGAIN), None)
        if refused is not None:
            raise ServerError(f"{_reason(exchange, refused)}", refused.status)
        if not items:
            return
        refused = items[0]
    raise Unavailable(f"{_reason(exchange, refused)}; run this again later", refused.status)


def _reason(exchange: Exchange, item: _Item) -> str:
    error = item.error if isinstance(item.error, dict) else {}
    return f"{exchange.address.server}: {error.get('type', '')}: {error.get('reason', '')}"


def _finish(exchange: Exchange, target: str, passages: int) -> None:
    """Have the name stand for this version and delete the others, at once."""
    where = exchange.address
    count = _count(exchange, target)
    if count != passages:
        exchange.send("DELETE", f"/{target}")
        raise DataError(
            f"{where.server} has {count:,} of {passages:,} passages, and they were deleted; "
            "run this again"
        )
    there = versions(exchange, f"{where.name}-*")
    old = {i for i, meta in there.items() if _is_ours(i, where.name, meta)} - {target}
    body = msgspec.json.encode(replacement(where.name, target, sorted(old)))
    exchange.send("POST", "/_aliases", body)


def _decoded(exchange: Exchange, reply: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(reply, type=kind)
    except msgspec.MsgspecError as error:
        server = exchange.address.server
        raise ServerError(f"{server} does not answer as OpenSearch does ({error})", 0) from error


__all__ = ["AT_ONCE", "Uploaded", "about_of", "upload"]
