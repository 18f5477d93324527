"""An index on a server, open: what is known of the collection, and passages for a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from ...client.client_error import ServerError
from ...errors import DataError, ModelError
from ...language.embedder import Vectors
from .address import Address, read_address
from .bodies import META, lines, searches
from .exchange import ROWS, Exchange, Refusal, reason_of
from .few_passages import FORMAT, About, FewPassages
from .passage_row import UPLOAD, PassageRow

NOT_THERE = "index_not_found_exception"


class _Hit(msgspec.Struct):
    id: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{1,9}\Z")] = msgspec.field(name="_id")
    source: PassageRow = msgspec.field(name="_source")


class _Hits(msgspec.Struct):
    hits: list[_Hit]


class _Bucket(msgspec.Struct):
    doc_count: int


class _Listed(msgspec.Struct):
    buckets: dict[str, _Bucket]


class _Whole(msgspec.Struct):
    listed: _Listed


class _Aggregations(msgspec.Struct):
    whole: _Whole


class _Response(msgspec.Struct):
    """Of one of several searches: what it has, or why it has nothing."""

    hits: _Hits | None = None
    aggregations: _Aggregations | None = None
    error: Any = None
    status: int = 200


class _Responses(msgspec.Struct):
    responses: list[_Response]


class ServedIndex:
    """Gives passages. Safe to share between threads."""

    def __init__(self, address: str) -> None:
        """Open it: one request.

        Raises SettingsError for what is no address; DataError where there is no such index,
        ModelError where it is of another version; ServerError, or Unavailable, as Exchange does.
        """
        self.address = read_address(address)
        self._exchange = Exchange(self.address)
        self._current = _current(self._exchange, self.address)

    def none(self) -> FewPassages:
        """No passage, with what is known of the whole collection."""
        return FewPassages(str(self.address), self._current[1], [], {})

    def passages(self, terms: Sequence[str], vector: Vectors | None) -> FewPassages:
        """Those that words and meaning choose for a question: one request. Raises as opening."""
        try:
            return self._asked(terms, vector)
        except Refusal as error:
            if error.kind != NOT_THERE:
                raise
        # A newer version took its place meanwhile.
        before, self._current = self._current, _current(self._exchange, self.address)
        if self._current[1].embedder_digest != before[1].embedder_digest:
            raise ModelError(f"{self.address} has other vectors by now; open it again")
        return self._asked(terms, vector)

    def _asked(self, terms: Sequence[str], vector: Vectors | None) -> FewPassages:
        index, about = self._current
        content = lines(searches(terms, vector))
        reply = self._exchange.send("POST", f"/{index}/_msearch", content, ROWS)
        rows: dict[int, PassageRow] = {}
        frequencies: dict[str, int] = {}
        for response in _responses(reply, self.address):
            rows |= {int(hit.id): hit.source for hit in response.hits.hits} if response.hits else {}
            if response.aggregations is not None:
                buckets = response.aggregations.whole.listed.buckets
                for number, term in enumerate(dict.fromkeys(terms)):
                    frequencies[term] = min(buckets[str(number)].doc_count, about.passages)
        in_order = [rows[number] for number in sorted(rows)]
        return FewPassages(str(self.address), about, in_order, frequencies)


def _responses(reply: bytes, address: Address) -> list[_Response]:
    """Raises Refusal where one of the searches failed."""
    try:
        responses = msgspec.json.decode(reply, type=_Responses).responses
    except msgspec.ValidationError as error:
        raise ModelError(f"{address} has rows of another kind ({error}); {UPLOAD}") from error
    except msgspec.DecodeError as error:
        raise _no_opensearch(address) from error
    for response in responses:
        if response.error is not None or response.hits is None:
            kind, reason = reason_of({"error": response.error})
            raise Refusal(f"{address.server}: {kind}: {reason}", response.status, kind)
    return responses


def _current(exchange: Exchange, address: Address) -> tuple[str, About]:
    """The index that the name stands for now."""
    there = versions(exchange, address.name)
    if len(there) != 1:
        raise DataError(
            f"no index {address.name} at {address.server}: it gets there by 'mondegreen answers "
            f"upload INDEX --to {address}'"
        )
    ((index, meta),) = there.items()
    return index, read_about(meta, address)


def versions(exchange: Exchange, name: str) -> dict[str, Any]:
    """The indices that a name or a pattern stands for, with what of ours their mappings keep: None
    of another's index."""
    try:
        reply = exchange.get(f"/{name}/_mapping")
    except Refusal as error:
        if error.kind == NOT_THERE:
            return {}
        raise
    try:
        rows = msgspec.json.decode(reply, type=dict[str, dict[str, Any]])
        return {i: row["mappings"].get("_meta", {}).get(META) for i, row in rows.items()}
    except (msgspec.MsgspecError, KeyError, AttributeError) as error:
        raise _no_opensearch(exchange.address) from error


def _no_opensearch(address: Address) -> ServerError:
    return ServerError(f"{address.server} does not answer as OpenSearch does", 0)


def read_about(meta: Mapping[str, Any] | None, address: Address) -> About:
    """What the mapping keeps. Raises ModelError for an index of another version, or another's."""
    if not isinstance(meta, dict):
        raise ModelError(f"{address} is an index of something else; name another")
    if meta.get("format") != FORMAT:
        raise ModelError(
            f"{address} has format {meta.get('format')!r}, this version reads {FORMAT}; {UPLOAD}"
        )
    try:
        return msgspec.convert(meta, About)
    except msgspec.ValidationError as error:
        raise ModelError(f"{address} is damaged ({error}); {UPLOAD}") from error


__all__ = ["NOT_THERE", "ServedIndex", "read_about", "versions"]
