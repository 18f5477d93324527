"""What is sent to the server: an index, its rows, a question, and a new version for an old one.

Every body is checked by a test against the types that the OpenSearch project publishes
(tests/answers/opensearch/test_published_types.py).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from ...language.embedder import Vectors
from ...language.minilm import SIZE
from ..lexical import K1, B
from ..vectors import to_bytes
from .few_passages import About
from .passage_row import PassageRow, SentRow, as_words

NEAREST = 200
"""Passages that words and meaning choose each, as in a folder. With 50, 100 and 200 the answer is
the folder's for 97.4, 99.3 and 100 % of 153 heard questions over 15,880 passages, for 0.6, 1.2 and
2.3 MB a question."""
META = "mondegreen"
"""Under which the mapping keeps About."""
TERMS, VECTOR = "terms", "vector"
_SHARD = 1_000_000
"""Passages of a shard: 9 GB of rows, where OpenSearch advises 10 to 50."""
_SIMILARITY = "bm25"
_STORED: Mapping[str, Any] = {"index": False, "doc_values": False}
Body = dict[str, Any]


def creation(about: About) -> Body:
    """Of the index of one version: its fields, and BM25 as a folder reckons it."""
    fields: Body = {
        "text": {"type": "text", "index": False},
        "title": {"type": "keyword", **_STORED}, "section": {"type": "keyword", **_STORED},
        "path": {"type": "keyword", **_STORED}, "link": {"type": "keyword", **_STORED},
        "ends": {"type": "integer", **_STORED}, "frequencies": {"type": "integer", **_STORED},
        "readings": {"type": "binary"}, "vectors": {"type": "binary"},
        # Our own stems: the server only cuts at spaces.
        TERMS: {"type": "text", "analyzer": "whitespace", "similarity": _SIMILARITY},
    }  # fmt: skip
    index: Body = {
        "number_of_shards": -(-about.passages // _SHARD),
        "similarity": {_SIMILARITY: {"type": "BM25", "k1": K1, "b": B, "discount_overlaps": True}},
    }
    if about.embedder:
        index["knn"] = True
        # Bytes take a quarter of the memory of floats; Lucene has them from OpenSearch 2.9 on.
        method = {"name": "hnsw", "engine": "lucene", "space_type": "cosinesimil"}
        fields[VECTOR] = {
            "type": "knn_vector", "dimension": SIZE, "data_type": "byte", "method": method
        }  # fmt: skip
    meta = {META: msgspec.to_builtins(about)}
    mappings = {"_meta": meta, "dynamic": "strict", "properties": fields}
    return {"settings": {"index": index}, "mappings": mappings}


def bulk(rows: Iterable[tuple[int, SentRow]]) -> list[Any]:
    """Rows by number, each behind the line that says where it goes: the same one each time."""
    return [line for n, row in rows for line in ({"index": {"_id": str(n)}}, row)]


def searches(terms: Sequence[str], vector: Vectors | None) -> list[Body]:
    """The two searches of a question, each behind its head: by words, which also counts how many
    passages have each term, and by meaning."""
    distinct = list(Counter(terms))
    listed = {str(n): {"term": {TERMS: {"value": as_words([t])}}} for n, t in enumerate(distinct)}
    # What shards count by themselves would be rare in one and common in another.
    bodies = [
        {"allow_partial_search_results": False, "search_type": "dfs_query_then_fetch"},
        _search({"match": {TERMS: {"query": as_words(terms)}}})
        | {
            "aggregations": {
                "whole": {
                    "global": {},
                    "aggregations": {"listed": {"filters": {"filters": listed}}},
                }
            }
        },
    ]
    if vector is not None:
        numbers = np.frombuffer(to_bytes(vector), np.int8).tolist()
        near = {VECTOR: {"vector": numbers, "k": NEAREST}}
        bodies += [{"allow_partial_search_results": False}, _search({"knn": near})]
    return bodies


def _search(query: Body) -> Body:
    fields = list(PassageRow.__struct_fields__)
    return {"query": query, "size": NEAREST, "track_total_hits": False, "_source": fields}


def replacement(name: str, new: str, old: Iterable[str]) -> Body:
    """Of one version by another, at once: the name stands for the new one, and the old are gone."""
    add = {"add": {"index": new, "alias": name}}
    return {"actions": [add, *({"remove_index": {"index": index}} for index in old)]}


def lines(objects: Iterable[Any]) -> bytes:
    """Objects of JSON, one a line."""
    return b"".join(msgspec.json.encode(value) + b"\n" for value in objects)


__all__ = [
    "META", "NEAREST", "Body", "bulk", "creation", "lines", "replacement", "searches",
]  # fmt: skip
