"""Five hundred damaged descriptions of folders that ship: ModelError, or a model that works."""

from __future__ import annotations

import hashlib
import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from mondegreen.audio import voice_activity
from mondegreen.engines.grammar.confidence import EVIDENCE, Evidence, load_calibration
from mondegreen.engines.grammar.second_opinion import OPINION, Opinion
from mondegreen.errors import ModelError
from mondegreen.language.static_words import StaticWords
from mondegreen.nasality.scales import Scales
from mondegreen.speech import moonshine
from mondegreen.speech.ear import Ear
from mondegreen.speech.moonshine import DECODER, ENCODER, PIECES
from mondegreen.speech.phone_folder import (
    CONFUSIONS,
    NETWORK,
    PHONOTACTICS,
    TUNED,
    load_phone_distance,
    load_phonotactics,
)
from mondegreen.speech.phone_reader import PhoneReader
from mondegreen.speech.transcriber import Transcriber
from mondegreen.speech.word_pieces import word_pieces
from mondegreen.voices import kokoro
from mondegreen.weights.folder import DESCRIPTION, shipped

NOISE = np.random.default_rng(0).normal(0, 0.1, 8_000).astype(np.float32)
STRANGE: list[Any] = [
    None, True, False, 0, -1, 1, 2**70, 1e30, -1e30, 5e-324, "", "x", "0" * 64, [], {}, [[]],
    {"x": 1}, [None], "\u0000", "phones.onnx",
]  # fmt: skip


def places(node: Any) -> Iterator[tuple[Any, Any]]:
    """Every value below `node`, as what holds it and its key there."""
    for key, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
        yield node, key
        if isinstance(value, dict | list):
            yield from places(value)


def nudged(value: Any, rng: Random) -> Any:
    """Something a little, or very, different from `value`."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return rng.choice(STRANGE)
    if isinstance(value, str):
        return value[:-1] + rng.choice("0af_. é")
    return rng.choice([value + 1, value * -1, value * 1e30, value + 0.001, value / 3, str(value)])


def damaged(text: str, rng: Random) -> str:
    """The JSON `text` with one thing wrong, or nearly so."""
    whole = json.loads(text)
    if rng.random() < 0.25:
        cut = rng.randrange(len(text))
        return rng.choice([
            text[:cut], text[:cut] + rng.choice('",:{}[]x9 é') + text[cut:],
            text[:cut] + text[cut + 1 :], text.replace(".", "e", 1), text + text,
            text.replace("-", "NaN", 1), text[:-2] + ', "more": ' + "[" * 100_000,
            "[" * 100_000 + "]" * 100_000, text[:cut] + '{"a":' * 50_000,
        ])  # fmt: skip
    holder, key = rng.choice(list(places(whole)))
    change = rng.randrange(5)
    if change == 0:
        del holder[key]
    elif change == 1:
        holder[key] = rng.choice(STRANGE)
    elif change == 2:
        holder[key] = nudged(holder[key], rng)
    elif isinstance(holder, dict):
        holder[f"{key}{rng.choice('sx_')}"] = holder[key]
    else:
        holder.insert(rng.randrange(len(holder) + 1), holder[key])
    return json.dumps(whole, ensure_ascii=rng.random() < 0.5)


def check_reader(folder: Path) -> None:
    reader = PhoneReader.load(folder)  # which costs a tenth of what the encoder does
    assert reader.log_prior.shape == (42,)
    assert np.exp(reader.log_prior).sum() == pytest.approx(1.0, abs=0.02)
    hearing = Ear.load(folder).listen(NOISE)
    np.testing.assert_allclose(np.exp(hearing.log_posteriors).sum(axis=1), 1.0, atol=1e-3)
    assert np.isfinite(load_phone_distance(folder).costs).all()


def check_words(folder: Path) -> None:
    vectors = StaticWords(folder).embed(["turn on the light", "zorblattify", ""])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-3)


def check_styles(folder: Path) -> None:
    del folder
    kokoro.speakers.cache_clear()
    there = kokoro.speakers()
    for name in there.names:
        style = there.style(name, 30)
        assert style.shape == (256,)
        assert np.isfinite(style).all()


def check_detector(folder: Path) -> None:
    del folder
    voice_activity._network.cache_clear()
    assert 0.0 <= voice_activity.speech_probability(NOISE) <= 1.0


def check_confidence(folder: Path) -> None:
    calibration = load_calibration(folder)
    for number in (-0.5, -50.0):
        evidence = Evidence(**dict.fromkeys(EVIDENCE, number))
        opinion = Opinion(**dict.fromkeys(OPINION, number))
        assert 0.0 <= calibration.probability(evidence, None) <= 1.0
        assert 0.0 <= calibration.probability(evidence, opinion) <= 1.0
        assert calibration.balance.shares([-9, -8], [-2, -4], 0.5).sum() == pytest.approx(1.0)
    assert 0.0 <= calibration.threshold <= 1.0


def check_scales(folder: Path) -> None:
    scales = Scales.load(folder)
    for value in (-1.0, 0.0, 2.0):
        assert np.isfinite(scales.index(np.full(3, value)))
    assert scales.about.nasals[0] > scales.about.nasals[1]
    assert min(*scales.about.sentence_sd, *scales.about.dose_sd) > 0.0


def is_refused(check: Callable[[Path], None], folder: Path) -> bool:
    """Whether the folder is refused, which takes one line that says where; nothing else is raised.

    What is loaded has to work.
    """
    try:
        check(folder)
    except ModelError as error:
        message = str(error)
    else:
        return False
    assert "\n" not in message
    assert str(folder) in message or "encoder" in message
    return True


CHECKS: list[tuple[str, Callable[[Path], None], int]] = [
    ("phones", check_reader, 200),
    ("static_words", check_words, 75),
    ("kokoro", check_styles, 75),
    ("silero", check_detector, 75),
    ("confidence", check_confidence, 75),
    ("nasality", check_scales, 75),
]


@pytest.mark.parametrize(("name", "check", "count"), CHECKS, ids=[name for name, _, _ in CHECKS])
def test_a_damaged_description_is_refused_or_does_no_harm(
    name: str,
    check: Callable[[Path], None],
    count: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = Path(shutil.copytree(shipped(name), tmp_path / name))
    for module in (kokoro, voice_activity):
        monkeypatch.setattr(module, "shipped", lambda name: tmp_path / name)
    text = (folder / DESCRIPTION).read_text(encoding="utf-8")
    refused = 0
    try:
        check(folder)
        for seed in range(count):
            (folder / DESCRIPTION).write_text(damaged(text, Random(seed)), encoding="utf-8")
            refused += is_refused(check, folder)
    finally:
        kokoro.speakers.cache_clear()
        voice_activity._network.cache_clear()
    assert refused > 0.7 * count


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda prior: prior[:-1], "log_prior has 41 numbers, not 42"),
        (lambda prior: [*prior, -5.0], "log_prior has 43 numbers, not 42"),
        (lambda prior: [None, *prior[1:]], "got `null`"),
        (lambda prior: [1e30, *prior[1:]], "not from -20 to 0"),
        (lambda prior: [*prior[:-1], -1e30], "not from -20 to 0"),
        (lambda prior: [-0.9, *prior[1:]], r"sum to 0\.\d+, not 1"),
        (lambda _: 1.0, "Expected `array`"),
        (lambda _: [0.0] * 42, "sum to 42, not 1"),
    ],
)
def test_a_prior_that_is_none_is_refused(
    tmp_path: Path, change: Callable[[list[float]], Any], message: str
) -> None:
    about = json.loads((shipped("phones") / DESCRIPTION).read_text(encoding="utf-8"))
    about["log_prior"] = change(about["log_prior"])
    (tmp_path / DESCRIPTION).write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(ModelError, match=message):  # before it misses the files, none of which is
        PhoneReader.load(tmp_path)  # there


def with_file(folder: Path, name: str, data: bytes) -> None:
    """Put a file into `folder` and into its description: an honest one of a wrong thing."""
    (folder / name).write_bytes(data)
    about = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    about["files"][name] = hashlib.sha256(data).hexdigest()
    if name == TUNED:
        about["encoder"]["digest"] = about["files"][name]
    (folder / DESCRIPTION).write_text(json.dumps(about), encoding="utf-8")


def bytes_of(name: str) -> bytes:
    return (shipped(name.split("/", maxsplit=1)[0]) / name.split("/")[1]).read_bytes()


@pytest.fixture
def reader(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped("phones"), tmp_path / "reader"))


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        (NETWORK, b"", r"phones\.onnx cannot be opened"),
        (NETWORK, b"junk" * 99, r"phones\.onnx cannot be opened"),
        (NETWORK, bytes_of("phones/phones.onnx")[:-9], r"phones\.onnx cannot be opened"),
        (
            NETWORK,
            bytes_of("silero/silero.onnx"),
            r"phones\.onnx has the inputs .*, expected frames",
        ),
        (TUNED, b"junk" * 99, r"encoder\.onnx cannot be opened"),
        (TUNED, bytes_of("phones/phones.onnx"), r"encoder\.onnx has the inputs .*expected samples"),
        (PHONOTACTICS, b"junk", r"phonotactics\.npz does not do"),
        (PHONOTACTICS, bytes_of("kokoro/styles.npz"), "it holds no orders"),
        (CONFUSIONS, b"{}", "missing required field `counts`"),
        (CONFUSIONS, b'{"counts": ' + b"[" * 100_000, r"confusions\.json cannot be read"),
    ],
)
def test_other_files_under_their_right_hash_are_refused(
    reader: Path, name: str, data: bytes, message: str
) -> None:
    with_file(reader, name, data)
    with pytest.raises(ModelError, match=message):
        load_everything(reader)


def load_everything(reader: Path) -> Ear:
    load_phonotactics(reader)
    load_phone_distance(reader)
    return Ear.load(reader)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        (DECODER, b"junk" * 99, r"decoder_model_merged\.ort cannot be opened"),
        (DECODER, bytes_of("moonshine/encoder_model.ort"), "has the inputs"),
        (PIECES, b"\x80", "holds 1 pieces, expected 32768"),
        (
            ENCODER,
            bytes_of("moonshine/decoder_model_merged.ort"),
            r"encoder_model\.ort has the inputs",
        ),
    ],
)
def test_another_transcriber_under_its_right_hash_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, data: bytes, message: str
) -> None:
    folder = Path(shutil.copytree(shipped("moonshine"), tmp_path / "moonshine"))
    with_file(folder, name, data)
    monkeypatch.setattr(moonshine, "shipped", lambda name: tmp_path / name)
    word_pieces.cache_clear()
    try:
        with pytest.raises(ModelError, match=message):
            Transcriber.load()
    finally:
        word_pieces.cache_clear()


def test_networks_that_give_no_numbers_are_refused(reader: Path) -> None:
    onnx = pytest.importorskip("onnx")
    for name, message in ((TUNED, "gives no frame"), (NETWORK, "gives no log-probabilities")):
        model = onnx.load(shipped("phones") / name)
        for tensor in model.graph.initializer:
            if tensor.data_type == onnx.TensorProto.FLOAT:
                nothing = np.full(tuple(tensor.dims), np.nan, np.float32)
                tensor.CopyFrom(onnx.numpy_helper.from_array(nothing, tensor.name))
        with_file(reader, name, model.SerializeToString())
        with pytest.raises(ModelError, match=message):
            Ear.load(reader)
        with_file(reader, name, bytes_of(f"phones/{name}"))
    assert len(load_everything(reader).listen(NOISE).log_posteriors) > 10


def test_an_encoder_for_other_frames_is_refused(reader: Path) -> None:
    ear = Ear.load(reader)
    with pytest.raises(ModelError, match=r"takes frames of 512 numbers, and .* gives 288"):
        replace(ear.reader, frame_size=512).check(ear.encoder)


@pytest.mark.parametrize(
    ("name", "message"),
    [("nobody", "'nobody', which is not installed"), ("transformers:x/y", "matching regex")],
)
def test_a_folder_names_an_encoder_and_no_more(reader: Path, name: str, message: str) -> None:
    about = json.loads((reader / DESCRIPTION).read_text(encoding="utf-8"))
    about["encoder"]["name"] = name
    (reader / DESCRIPTION).write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(ModelError, match=message):
        Ear.load(reader)


@pytest.mark.parametrize(
    ("array", "change", "message"),
    [
        ("words", lambda a: a[:-2], "it lists 12999 words, expected 13000"),
        ("words", lambda a: a.astype(np.int64), "words is int64"),
        ("vectors", lambda a: a[:-1], r"expected int8 \(13000, 80\)"),
        ("vectors", lambda a: a.astype(np.float32), "vectors is float32"),
        ("scales", lambda a: a * np.float32(np.nan), "not finite"),
        ("scales", lambda a: a * np.float32(1e9), "none between"),
        ("bias", lambda a: a * 0, "none between"),
        ("bias", lambda a: a[:, None], r"bias is float32 \(80, 1\)"),
    ],
)
def test_word_vectors_that_are_none_are_refused(
    tmp_path: Path, array: str, change: Callable[[np.ndarray], np.ndarray], message: str
) -> None:
    folder = Path(shutil.copytree(shipped("static_words"), tmp_path / "words"))
    with np.load(folder / "vectors.npz") as stored:
        arrays = dict(stored)
    packed = io.BytesIO()
    np.savez(packed, **{**arrays, array: change(arrays[array])})
    with_file(folder, "vectors.npz", packed.getvalue())
    with pytest.raises(ModelError, match=message):
        StaticWords(folder)


@pytest.mark.parametrize(
    ("array", "change", "message"),
    [
        ("styles", lambda a: a[:-1], r"expected float16 \(54, 8, 256\)"),
        ("styles", lambda a: a * np.float16(np.inf), "not finite"),
        ("lengths", lambda a: a[::-1], "do not ascend"),
        ("lengths", lambda a: a - 5, "do not ascend"),
        ("lengths", lambda a: a[:1], "do not ascend"),
    ],
)
def test_styles_that_are_none_are_refused(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    array: str,
    change: Callable[[np.ndarray], np.ndarray],
    message: str,
) -> None:
    folder = Path(shutil.copytree(shipped("kokoro"), tmp_path / "kokoro"))
    monkeypatch.setattr(kokoro, "shipped", lambda _: folder)
    with np.load(folder / kokoro.STYLES) as stored:
        arrays = dict(stored)
    packed = io.BytesIO()
    np.savez(packed, **{**arrays, array: change(arrays[array])})
    with_file(folder, kokoro.STYLES, packed.getvalue())
    kokoro.speakers.cache_clear()
    with pytest.raises(ModelError, match=message):
        kokoro.speakers()


def test_no_number_is_not_json(tmp_path: Path) -> None:
    text = (shipped("phones") / DESCRIPTION).read_text(encoding="utf-8")
    (tmp_path / DESCRIPTION).write_text(
        re.sub(r"-\d+\.\d+", "NaN", text, count=1), encoding="utf-8"
    )
    with pytest.raises(ModelError, match="JSON is malformed"):
        PhoneReader.load(tmp_path)
