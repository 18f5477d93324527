"""Every body that is sent, against the types that the OpenSearch project publishes.

Its client for TypeScript, 3.9.0, declares the bodies of all requests and replies, generated from
the specification of the API. Bodies as literals are checked by the compiler, to which a name that
the type does not have is an error; that it is one is tested for each name that is sent. Which
engines, spaces and kinds of vectors and which analyzers there are is not declared, so not checked.

`make test` installs both where npm is there, into `.opensearch-types`.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from mondegreen import answers
from mondegreen.answers.opensearch.upload import upload
from mondegreen.answers.stored import StoredIndex

ROOT = Path(__file__).parents[3]
MODULES = ROOT / ".opensearch-types" / "node_modules"
pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="needs node"),
    pytest.mark.skipif(not MODULES.is_dir(), reason="needs npm: make .opensearch-types"),
]
HEAD = """
import type * as Common from '@opensearch-project/opensearch/api/_types/_common'
import type * as Bulk from '@opensearch-project/opensearch/api/_types/_core.bulk'
import type * as Msearch from '@opensearch-project/opensearch/api/_types/_core.msearch'
import type * as Aliases from '@opensearch-project/opensearch/api/_types/indices.update_aliases'
import type * as Mapping from '@opensearch-project/opensearch/api/_types/_common.mapping'
import type * as Indices from '@opensearch-project/opensearch/api/_types/indices._common'
// Settings may have any name, for plugins'; here only those that are declared.
type Known<T> = { [K in keyof T as string extends K ? never : K]: T[K] }
type Settings = { index: Known<Indices.IndexSettings> }
type Creation = { settings: Settings, mappings: Mapping.TypeMapping }
type Replacement = { actions: Aliases.Action[] }
type Mappings = Record<string, { mappings: Mapping.TypeMapping }>
"""
TYPES = {
    "creation": "Creation", "head of a row": "Bulk.OperationContainer",
    "head of a search": "Msearch.MultisearchHeader", "search": "Msearch.MultisearchBody",
    "replacement": "Replacement",
    "reply to rows": "Bulk.BulkResponse", "reply to searches": "Msearch.MultiSearchResult",
    "reply about mappings": "Mappings", "reply to others": "Common.AcknowledgedResponseBase",
    "refusal": "Common.ErrorResponseBase",
}  # fmt: skip
FREE = frozenset({"properties", "match", "term", "aggregations", "_meta"})
"""Below these stand names of our own."""
CLOSED = frozenset({"type", "dynamic", "search_type"})
"""Fields whose values are declared."""


@pytest.fixture
def bodies(stand_in: Any, index: StoredIndex) -> list[tuple[str, Any]]:
    """What goes over the line for an upload and a question, each with its kind: a key of TYPES."""
    address = f"{stand_in.url}/pages"
    upload(index, address)
    stand_in.indices["pages-1-0123456789abcdef"] = stand_in.indices[f"pages-1-{index.version}"]
    stand_in.aliases.clear()
    upload(index, address)
    answers.open(address).ask("what town was called lutisha parisi orum")
    rows: list[tuple[str, Any]] = []
    for method, path, body, reply in stand_in.exchanged:
        lines = [json.loads(line) for line in body.splitlines()]
        if path.endswith("_bulk"):
            rows += [("head of a row", lines[0]), ("reply to rows", reply)]
        elif path.endswith("_msearch"):
            rows += [("head of a search", line) for line in lines[::2]]
            rows += [("search", line) for line in lines[1::2]] + [("reply to searches", reply)]
        elif path.endswith("_aliases"):
            rows += [("replacement", lines[0]), ("reply to others", reply)]
        elif method == "PUT":
            rows.append(("creation", lines[0]))
        if path.endswith("_mapping") and "error" not in reply:
            rows.append(("reply about mappings", reply))
        elif "error" in reply:
            rows.append(("refusal", reply))
    assert {kind for kind, _ in rows} == TYPES.keys()
    return rows


def _compiled(folder: Path, lines: list[str]) -> list[str]:
    """What the compiler says of the lines, each with the number of one from 0."""
    head = HEAD.strip().splitlines()
    (folder / "bodies.ts").write_text("\n".join([*head, *lines]) + "\n", encoding="utf-8")
    (folder / "node_modules").symlink_to(MODULES)
    (folder / "tsconfig.json").write_text(json.dumps({
        "compilerOptions": {
            "strict": True, "noEmit": True, "skipLibCheck": True, "types": [],
            "module": "commonjs", "moduleResolution": "node", "target": "es2022",
        },
        "files": ["bodies.ts"],
    }))  # fmt: skip
    compiler = MODULES / "typescript" / "bin" / "tsc"
    done = subprocess.run(
        ["node", compiler, "--pretty", "false", "-p", folder],
        capture_output=True, text=True, check=False, cwd=folder,
    )  # fmt: skip
    assert done.returncode in (0, 1, 2), done.stderr
    return [
        f"{lines[int(row.split('(')[1].split(',')[0]) - 1 - len(head)][:300]}\n  {row}"
        for row in done.stdout.splitlines()
        if row.startswith("bodies.ts(")
    ] or ([done.stdout] if done.returncode else [])


def _declared(number: int, kind: str, body: Any) -> str:
    return f"export const body{number}: {TYPES[kind]} = {json.dumps(body)}"


def test_every_body_is_of_its_published_type(bodies: list[tuple[str, Any]], tmp_path: Path) -> None:
    lines = [_declared(number, *row) for number, row in enumerate(bodies)]
    assert _compiled(tmp_path, lines) == []


def test_each_name_that_is_sent_is_checked(bodies: list[tuple[str, Any]], tmp_path: Path) -> None:
    """The compiler refuses every body with one name, or one value of few, misspelt."""
    lines, names = [], set()
    for kind, body in bodies:
        if kind.startswith("reply") or kind == "refusal":
            continue
        for name, misspelt in _misspelt(body):
            lines += [f"// @ts-expect-error {kind}: {name}", _declared(len(lines), kind, misspelt)]
            names.add(f"{kind}: {name}")
    assert len(names) > 50
    assert {"creation: dimension", "search: k", "search: size", "replacement: alias"} <= names
    assert _compiled(tmp_path, lines) == []


def _misspelt(body: Any) -> Iterator[tuple[str, Any]]:
    """The body with each of its names misspelt in turn, and each value of CLOSED."""
    for path in _paths(body):
        wrong = deepcopy(body)
        inside = wrong
        for step in path[:-1]:
            inside = inside[step]
        value = inside.pop(path[-1])
        yield path[-1], _with(wrong, inside, f"{path[-1]}x", value)
        if path[-1] in CLOSED and isinstance(value, str):
            inside.pop(f"{path[-1]}x")
            yield f"{path[-1]} {value}", _with(wrong, inside, path[-1], f"{value}x")


def _with(whole: Any, inside: Any, name: str, value: Any) -> Any:
    inside[name] = value
    return deepcopy(whole)


def _paths(value: Any, before: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where each name stands that is not of our own."""
    if isinstance(value, list):
        for number, some in enumerate(value):
            yield from _paths(some, (*before, number))
    if not isinstance(value, dict):
        return
    last = before[-1] if before else ""
    free = last in FREE or before[-2:] in (("query", "knn"), ("filters", "filters"))
    for name, some in value.items():
        if not free:
            yield (*before, name)
        if last != "_meta":
            yield from _paths(some, (*before, name))
