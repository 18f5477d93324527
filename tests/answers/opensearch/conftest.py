"""Something that speaks the protocol: it keeps rows, answers questions, and refuses when told.

It is no OpenSearch: it knows just the requests that are sent, and whether a body means to the real
one what it means here is checked by `test_published_types` and by nothing else.
"""

from __future__ import annotations

import gzip
import json
import math
import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import numpy as np
import pytest

from mondegreen.client import retries

SHARDS = {"total": 1, "successful": 1, "skipped": 0, "failed": 0}


@dataclass
class StandIn:
    """What the server has, what it was asked, and what it is to answer out of turn."""

    indices: dict[str, dict[str, Any]] = field(default_factory=dict)
    rows: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    requests: list[tuple[str, str, bytes, str]] = field(default_factory=list)
    """Method, path, body and the Authorization header."""
    exchanged: list[tuple[str, str, bytes, Any]] = field(default_factory=list)
    """Method, path, body and reply, of those that were answered."""
    out_of_turn: list[tuple[str, int, dict[str, str], bytes]] = field(default_factory=list)
    """For the first request whose path has a text: status, headers and body."""
    url: str = ""

    def answer_once(self, inside: str, status: int, body: Any, **headers: str) -> None:
        """The next request whose path has `inside` is answered so."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.out_of_turn.append((inside, status, headers, content))

    def paths(self, inside: str = "") -> list[str]:
        """What was asked for."""
        return [f"{method} {path}" for method, path, _, _ in self.requests if inside in path]

    def answer(self, method: str, path: str, body: bytes) -> tuple[int, Any]:
        """Status and document."""
        parts = path.strip("/").split("/")
        if parts == ["_aliases"]:
            return self._alias(json.loads(body))
        index, verb = self.aliases.get(parts[0], parts[0]), (parts[1:] or [""])[0]
        if method == "PUT":
            return self._create(index, json.loads(body))
        if index not in self.indices and verb != "_msearch" and "*" not in index:
            return refusal(404, "index_not_found_exception", f"no such index [{index}]")
        if method == "DELETE":
            del self.indices[index], self.rows[index]
            return 200, {"acknowledged": True}
        return getattr(self, verb)(index, body)  # type: ignore[no-any-return]

    def _alias(self, body: Any) -> tuple[int, Any]:
        for action in body["actions"]:
            if "add" in action:
                self.aliases[action["add"]["alias"]] = action["add"]["index"]
            else:
                del self.indices[action["remove_index"]["index"]]
        return 200, {"acknowledged": True}

    def _create(self, index: str, body: Any) -> tuple[int, Any]:
        if index in self.indices:
            return refusal(400, "resource_already_exists_exception", f"index [{index}]")
        self.indices[index], self.rows[index] = body, {}
        return 200, {"acknowledged": True, "shards_acknowledged": True, "index": index}

    def _mapping(self, index: str, _: bytes) -> tuple[int, Any]:
        some = re.compile(index.replace("*", ".*"))
        names = [name for name in self.indices if some.fullmatch(name)]
        return 200, {name: {"mappings": self.indices[name]["mappings"]} for name in names}

    def _refresh(self, index: str, _: bytes) -> tuple[int, Any]:
        del index
        return 200, {"_shards": SHARDS}

    def _count(self, index: str, _: bytes) -> tuple[int, Any]:
        return 200, {"count": len(self.rows[index]), "_shards": SHARDS}

    def _bulk(self, index: str, body: bytes) -> tuple[int, Any]:
        parsed = [json.loads(line) for line in body.splitlines()]
        fields = self.indices[index]["mappings"]["properties"]
        items = []
        for head, row in zip(parsed[::2], parsed[1::2], strict=True):
            assert row.keys() <= fields.keys()  # the mapping is strict
            number = head["index"]["_id"]
            self.rows[index][number] = row
            items.append({"index": {"_index": index, "_id": number, "status": 201}})
        return 200, {"took": 1, "errors": False, "items": items}

    def _msearch(self, index: str, body: bytes) -> tuple[int, Any]:
        parsed = [json.loads(line) for line in body.splitlines()]
        if index not in self.indices:
            status, document = refusal(404, "index_not_found_exception", f"no index [{index}]")
            return 200, {"took": 1, "responses": [{**document, "status": status}] * 2}
        responses = [self._search(index, search) for search in parsed[1::2]]
        return 200, {"took": 1, "responses": responses}

    def _search(self, index: str, search: Any) -> dict[str, Any]:
        ((kind, query),) = search["query"].items()
        score = self._by_words if kind == "match" else self._by_meaning
        ((name, asked),) = query.items()
        scores = score(index, name, asked)
        best = sorted(scores, key=lambda number: (-scores[number], number))
        hits = [
            {
                "_index": index, "_id": n, "_score": scores[n],
                "_source": {f: self.rows[index][n][f] for f in search["_source"]},
            }
            for n in best[: search["size"]]
        ]  # fmt: skip
        answer: dict[str, Any] = {
            "took": 1, "timed_out": False, "_shards": SHARDS, "status": 200,
            "hits": {"max_score": max(scores.values(), default=None), "hits": hits},
        }  # fmt: skip
        if "aggregations" in search:
            asked = search["aggregations"]["whole"]["aggregations"]["listed"]["filters"]["filters"]
            buckets = {n: {"doc_count": self._frequency(index, f)} for n, f in asked.items()}
            whole = {"doc_count": len(self.rows[index]), "listed": {"buckets": buckets}}
            answer["aggregations"] = {"whole": whole}
        return answer

    def _frequency(self, index: str, wanted: Any) -> int:
        ((name, value),) = wanted["term"].items()
        return sum(value["value"] in row[name].split() for row in self.rows[index].values())

    def _by_words(self, index: str, name: str, asked: Any) -> dict[str, float]:
        rows = {n: Counter(row[name].split()) for n, row in self.rows[index].items()}
        bm25 = self.indices[index]["settings"]["index"]["similarity"]["bm25"]
        mean = sum(counts.total() for counts in rows.values()) / len(rows)
        scores: Counter[str] = Counter()
        for term in asked["query"].split():
            having = sum(term in counts for counts in rows.values())
            idf = math.log1p((len(rows) - having + 0.5) / (having + 0.5))
            for n, counts in rows.items():
                long = 1 - bm25["b"] + bm25["b"] * counts.total() / mean
                if counts[term]:
                    scores[n] += idf * counts[term] / (counts[term] + bm25["k1"] * long)
        return dict(scores)

    def _by_meaning(self, index: str, name: str, asked: Any) -> dict[str, float]:
        assert self.indices[index]["mappings"]["properties"][name]["data_type"] == "byte"
        vector = np.array(asked["vector"], float)
        assert vector.any()
        assert np.abs(vector).max() <= 128
        rows = {n: np.array(row[name], float) for n, row in self.rows[index].items() if name in row}
        long = np.linalg.norm
        near = {n: (1 + row @ vector / long(row) / long(vector)) / 2 for n, row in rows.items()}
        return dict(sorted(near.items(), key=lambda pair: -pair[1])[: asked["k"]])


def refusal(status: int, kind: str, reason: str) -> tuple[int, Any]:
    """As OpenSearch says that a request is wrong."""
    cause = {"type": kind, "reason": reason}
    return status, {"error": {**cause, "root_cause": [cause]}, "status": status}


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Iterator[StandIn]:
    """A server that runs, at `stand_in.url`."""
    monkeypatch.setattr(retries, "pause", lambda *_: 0.0)
    state = StandIn()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = self.command, self.path, body, self.headers.get("Authorization", "")
            state.requests.append(asked)
            turn = next((row for row in state.out_of_turn if row[0] in self.path), None)
            if turn is not None:
                state.out_of_turn.remove(turn)
                _, status, headers, content = turn
            else:
                status, document = state.answer(self.command, self.path, body)
                state.exchanged.append((self.command, self.path, body, document))
                headers, content = {}, json.dumps(document).encode()
                if "gzip" in self.headers.get("Accept-Encoding", ""):
                    headers, content = {"Content-Encoding": "gzip"}, gzip.compress(content, 1)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name.replace("_", "-"), value)
            if "Content_Length" not in headers:
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PUT = do_DELETE = _answer  # noqa: N815  (names that are called)

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever)
    serving.start()
    state.url = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    serving.join()
    server.server_close()
