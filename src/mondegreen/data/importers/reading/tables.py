"""Parquet and Arrow files as rows, for the data sets of Hugging Face; needs the extra `parquet`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from ....errors import DataError, MissingExtra

EXTRA = "parquet"
_BATCH = 1_000
"""Rows in memory at a time: with recordings embedded in them they are a few hundred MB."""


def table_rows(path: Path) -> Iterator[dict[str, Any]]:
    """The rows of a Parquet file, or of an Arrow file that `datasets` wrote.

    Numbers of a class label become its name, as the file's own schema states it. Raises
    MissingExtra without pyarrow, DataError for a file of another kind.
    """
    arrow = _module("pyarrow", path)
    try:
        schema, batches = _opened(path)
        names = _class_names(schema.metadata or {})
        for batch in batches:
            for row in batch.to_pylist():
                for column, labels in names.items():
                    row[column] = _named(row.get(column), labels)
                yield row
    except (arrow.ArrowException, OSError) as error:
        raise DataError(f"{path} cannot be read: {error}; download it again") from error


def _module(name: str, path: Path) -> Any:
    try:
        return import_module(name)
    except ImportError as error:
        raise MissingExtra(f"{path}: reading Parquet and Arrow files", EXTRA) from error


def _opened(path: Path) -> tuple[Any, Iterator[Any]]:
    if path.suffix == ".parquet":
        file = _module("pyarrow.parquet", path).ParquetFile(path)
        return file.schema_arrow, file.iter_batches(batch_size=_BATCH)
    # `datasets` writes the streaming form of Arrow's files, whatever their ending promises.
    stream = _module("pyarrow.ipc", path).open_stream(
        _module("pyarrow", path).memory_map(str(path))
    )
    return stream.schema, (batch for batch in stream)


def _class_names(metadata: dict[bytes, bytes]) -> dict[str, list[str]]:
    """Columns that `datasets` says are class labels, with the labels in order."""
    try:
        features = json.loads(metadata.get(b"huggingface", b"{}"))["info"]["features"]
    except (ValueError, RecursionError, KeyError, TypeError):
        return {}  # written by another program
    return {
        column: feature["names"]
        for column, feature in features.items()
        if isinstance(feature, dict) and feature.get("_type") == "ClassLabel"
    }


def _named(value: Any, labels: list[str]) -> Any:
    if isinstance(value, int) and 0 <= value < len(labels):
        return labels[value]
    return None if value == -1 else value  # -1 is "no label", as in hidden test sets


__all__ = ["EXTRA", "table_rows"]
