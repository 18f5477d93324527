"""An ONNX network that holds its matrices in 8 bits and turns them into floats, made to multiply
in 8 bits.

What comes to a product is brought to 8 bits as it comes (`DynamicQuantizeLinear`), and the sums
are exact. Of the file only the nodes about those products change. It is read as protobuf's wire
format, by hand: the package onnx has 18 MB and is needed for nothing else where networks run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ..errors import ModelError

_GRAPH = 7
"""Field of a model."""
_NODE, _INITIALIZER = 1, 5
"""Fields of a graph."""
_INPUT, _OUTPUT, _KIND, _ATTRIBUTE = 1, 2, 4, 5
"""Fields of a node."""
_DATA_TYPE, _TENSOR_NAME = 2, 8
"""Fields of a tensor."""
_FLOAT, _INT8 = 1, 3
"""Types of its numbers."""
_INT_ATTRIBUTE = b"\x0a\x02to\x18\x01\xa0\x01\x02"
"""The attribute to=FLOAT, of type INT, as bytes."""
_VARINT, _EIGHT, _BYTES, _FOUR = 0, 1, 2, 5
"""Kinds of fields."""
Field = tuple[int, bytes, bytes]
"""Number, content and the bytes of the whole field."""


@dataclass(frozen=True)
class _Node:
    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


def with_eight_bit_products(network: bytes, name: str) -> bytes:
    """The ONNX file `network`, its products with matrices of 8 bits computed in 8 bits.

    `name` is what messages call it. Raises ModelError when it is no ONNX file, or none of its
    products is of that kind: a matrix of 8 bits, cast to floats, times its scales.
    """
    try:
        fields = list(_fields(network))
        changed = b"".join(
            _field(_GRAPH, _changed_graph(content)) if number == _GRAPH else whole
            for number, content, whole in fields
        )
    except (IndexError, UnicodeDecodeError) as error:
        raise ModelError(f"{name} is no ONNX network; reinstall the package it is from") from error
    if changed == network:
        raise ModelError(f"{name} has no products with matrices of 8 bits; expected some")
    return changed


def _changed_graph(graph: bytes) -> bytes:
    fields = list(_fields(graph))
    matrices = {n for number, content, _ in fields if number == _INITIALIZER
                for n in _eight_bit_name(content)}  # fmt: skip
    makers = {output: node for number, content, _ in fields if number == _NODE
              for node in [_node(content)] for output in node.outputs}  # fmt: skip
    brought: set[str] = set()
    parts = []
    for number, content, whole in fields:
        node = _node(content) if number == _NODE else None
        stored = _stored(node, makers, matrices) if node is not None else None
        if node is None or stored is None:
            parts.append(whole)
        else:
            parts += _product(node, *stored, brought)
    return b"".join(parts)


def _stored(node: _Node, makers: Mapping[str, _Node], matrices: set[str]) -> tuple[str, str] | None:
    """The 8-bit matrix of a product and its scales, by name; None for any other node."""
    if node.kind != "MatMul":
        return None
    scaled = makers.get(node.inputs[1])
    if scaled is None or scaled.kind != "Mul":
        return None
    cast = makers.get(scaled.inputs[0])
    if cast is None or cast.kind != "Cast" or cast.inputs[0] not in matrices:
        return None
    return cast.inputs[0], scaled.inputs[1]


def _product(node: _Node, matrix: str, scales: str, brought: set[str]) -> Iterator[bytes]:
    """The nodes of a product in 8 bits; `brought` are the inputs that others brought there."""
    given, result = node.inputs[0], node.outputs[0]
    small, scale, zero = (f"{given}/8-bit/{part}" for part in ("values", "scale", "zero"))
    sums, floats, both = (f"{result}/8-bit/{part}" for part in ("sums", "floats", "scales"))
    if given not in brought:
        brought.add(given)
        yield _new_node("DynamicQuantizeLinear", [given], [small, scale, zero])
    yield _new_node("MatMulInteger", [small, matrix, zero], [sums])
    yield _new_node("Cast", [sums], [floats], _INT_ATTRIBUTE)
    yield _new_node("Mul", [scale, scales], [both])
    yield _new_node("Mul", [floats, both], [result])


def _new_node(
    kind: str, inputs: Sequence[str], outputs: Sequence[str], attribute: bytes = b""
) -> bytes:
    parts = [_field(_INPUT, text.encode()) for text in inputs]
    parts += [_field(_OUTPUT, text.encode()) for text in outputs]
    parts.append(_field(_KIND, kind.encode()))
    if attribute:
        parts.append(_field(_ATTRIBUTE, attribute))
    return _field(_NODE, b"".join(parts))


def _node(content: bytes) -> _Node:
    texts: dict[int, list[str]] = {_INPUT: [], _OUTPUT: [], _KIND: [""]}
    for number, text, _ in _fields(content):
        if number in texts:
            texts[number].append(text.decode())
    return _Node(texts[_KIND][-1], tuple(texts[_INPUT]), tuple(texts[_OUTPUT]))


def _eight_bit_name(tensor: bytes) -> list[str]:
    """The name of a tensor of 8 bits; of another none."""
    kind, name = 0, ""
    for number, content, _ in _fields(tensor):
        if number == _DATA_TYPE:
            kind = content[0]
        elif number == _TENSOR_NAME:
            name = content.decode()
    return [name] if kind == _INT8 else []


def _fields(message: bytes) -> Iterator[Field]:
    """The fields of a message of protobuf. Raises IndexError for one that is none."""
    place = 0
    while place < len(message):
        start = place
        key, place = _varint(message, place)
        kind = key & 7
        begin = place
        if kind == _BYTES:
            size, begin = _varint(message, place)
            place = begin + size
        elif kind == _VARINT:
            _, place = _varint(message, place)
        elif kind in (_EIGHT, _FOUR):
            place += 8 if kind == _EIGHT else 4
        else:
            raise IndexError(kind)
        if place > len(message):
            raise IndexError(place)
        yield key >> 3, message[begin:place], message[start:place]


def _varint(message: bytes, place: int) -> tuple[int, int]:
    """A number of 7 bits a byte, and the place behind it."""
    value = shift = 0
    while True:
        byte = message[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place


def _field(number: int, content: bytes) -> bytes:
    return _number(number << 3 | _BYTES) + _number(len(content)) + content


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)


__all__ = ["with_eight_bit_products"]
