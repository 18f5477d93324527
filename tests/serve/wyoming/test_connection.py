from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from wyoming.asr import Transcribe, Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.info import Describe
from wyoming.intent import Recognize
from wyoming.ping import Ping

from mondegreen.audio.samples import Samples, resample
from mondegreen.errors import SettingsError
from mondegreen.serve.config import read_serve_settings
from mondegreen.serve.log import finish
from mondegreen.serve.service import Service
from mondegreen.serve.wyoming import serve_wyoming
from mondegreen.types import Understanding

COMMAND = "turn on the kitchen light"
SILENCE = bytes(2 * 16_000)


def test_what_it_can_do_is_said_before_the_engine_is_loaded(on_loop: Any, connect: Any) -> None:
    settings = read_serve_settings(None, {"workers": 1}, {})

    async def begin() -> tuple[Service, Any]:
        service = Service(settings)  # and it is never started
        return service, await serve_wyoming(service, "tcp://127.0.0.1:0", settings)

    service, server = on_loop(begin())
    with connect(server.port) as client:
        kind, data = client.ask(Describe())
    on_loop(server.close())
    on_loop(service.close())
    assert kind == "info"
    (asr,) = data["asr"]
    assert asr["supports_transcript_streaming"]
    assert not asr["requires_external_vad"]
    assert asr["installed"]
    assert asr["models"][0]["languages"] == ["en"]
    assert data["handle"]
    assert not data["intent"]


def test_a_command_comes_back_as_its_sentence_and_is_acted_on(
    client: Any, pcm: Callable[[str], bytes]
) -> None:
    text = client.hear(pcm("play rhapsody in blue") + SILENCE)
    assert text == "play Rhapsody in Blue"
    kind, data = client.ask(Transcript(text, {"conversation_id": "7"}))
    assert kind == "handled"
    assert data == {"text": "Playing 'Rhapsody in Blue'.", "context": {"conversation_id": "7"}}


def test_a_meaning_survives_the_detour_through_text(client: Any, service: Service) -> None:
    """Words that the grammar has not come back within a minute as what was heard."""
    service.remember(Understanding("understood", "PlayMusic", transcript="xylophone zither"))
    kind, data = client.ask(Recognize("Xylophone zither."))
    assert (kind, data["name"]) == ("intent", "PlayMusic")
    assert client.ask(Recognize("zither xylophone"))[0] == "not-recognized"


def test_a_text_is_recognized_without_being_acted_on(client: Any) -> None:
    kind, data = client.ask(Recognize("set a timer for ten minutes"))
    assert kind == "intent"
    assert data["name"] == "SetTimer"
    assert data["entities"] == [{"name": "duration", "value": 600}]
    assert client.ask(Transcript("how much time is left"))[1]["text"] == "No timer is set."


@pytest.mark.parametrize("text", ["colourless green ideas", "", " ", "\x00", "…", "x" * 1_900])
def test_what_means_nothing_is_said_to_mean_nothing(client: Any, text: str) -> None:
    kind, data = client.ask(Recognize(text))
    assert (kind, data["text"]) == ("not-recognized", "Sorry, I did not understand.")
    assert client.ask(Transcript(text))[0] == "not-handled"


def test_silence_and_other_words_have_no_text(client: Any, pcm: Callable[[str], bytes]) -> None:
    assert client.hear(SILENCE * 2) == ""
    assert client.hear(pcm("colourless green ideas sleep furiously") + SILENCE) == ""
    client.send(Transcribe(), AudioStart(16_000, 2, 1), AudioStop())
    assert client.transcript() == ""


@pytest.mark.parametrize("sensitivity", ["default", "relaxed", "aggressive", "novel"])
def test_the_end_of_a_command_is_found_without_the_clients_help(
    client: Any, pcm: Callable[[str], bytes], sensitivity: str
) -> None:
    client.send(Transcribe(vad_sensitivity=sensitivity))
    client.speak(pcm(COMMAND) + 2 * SILENCE)
    assert client.transcript() == COMMAND
    client.send(AudioChunk(16_000, 2, 1, SILENCE), AudioStop())  # it has not noticed yet
    assert client.ask(Ping("still there"))[1] == {"text": "still there"}


def test_a_decision_goes_out_while_the_speaker_may_still_go_on(
    client: Any, connect: Any, server: Any, pcm: Callable[[str], bytes]
) -> None:
    """No pause of 0.8 s follows, which is what the end of speech takes."""
    command = "turn off all lights in the office"
    spoken = pcm(command).rstrip(b"\0") + SILENCE[: 2 * 9_600]
    client.send(Transcribe(), AudioStart(16_000, 2, 1))
    answered = "pong"
    with connect(server.port) as other:
        for number, begin in enumerate(range(0, len(spoken), 3_200)):
            client.send(AudioChunk(16_000, 2, 1, spoken[begin : begin + 3_200]), Ping())
            answered = client.next().type
            if answered != "pong":
                break
            # A text that is new goes to the one worker, which has then done all before it.
            other.ask(Recognize(f"set a timer for {number + 1} hours"))
    if answered == "pong":
        answered = client.next().type
    assert answered == "transcript-start"
    assert client.next().data["text"] == command


def test_nothing_said_for_long_ends_the_turn(client: Any) -> None:
    client.send(Transcribe())
    client.speak(SILENCE * 11)
    assert client.transcript() == ""


def test_a_cough_is_not_the_command(client: Any, say: Callable[..., Samples]) -> None:
    spoken = np.concatenate([say("uh"), np.zeros(20_000, np.float32), say(COMMAND)])
    client.send(Transcribe())
    client.speak(np.asarray(spoken * 32767, "<i2").tobytes() + 2 * SILENCE)
    assert client.transcript() == COMMAND


@pytest.mark.parametrize(
    ("rate", "width", "channels"),
    [(8_000, 2, 1), (16_000, 1, 1), (22_050, 3, 1), (44_100, 2, 2), (48_000, 4, 2)],
)
def test_sound_may_have_any_format(
    client: Any, say: Callable[..., Samples], rate: int, width: int, channels: int
) -> None:
    samples = resample(np.concatenate([say(COMMAND), np.zeros(16_000, np.float32)]), 16_000, rate)
    frames = np.repeat(samples[:, None], channels, axis=1).astype(np.float64)
    if width == 1:
        pcm = (np.clip(frames, -1, 1) * 127 + 128).astype(np.uint8).tobytes()
    else:
        whole = (np.clip(frames, -1, 1) * (2**31 - 1)).astype("<i4")
        pcm = whole.view(np.uint8).reshape(-1, 4)[:, 4 - width :].tobytes()
    assert client.hear(pcm, rate=rate, width=width, channels=channels) == COMMAND


@pytest.mark.parametrize(
    "form", [{"rate": 0}, {"rate": 10**9}, {"width": 5}, {"channels": 99}, {"channels": -1}]
)
def test_sound_of_no_possible_format_is_refused(client: Any, form: dict[str, int]) -> None:
    form = {"rate": 16_000, "width": 2, "channels": 1, **form}
    client.send(Transcribe(), AudioChunk(**form, audio=bytes(2_000)))
    event = client.next()
    assert event.type == "error"
    assert event.data["code"] in ("bad-audio", "bad-message")
    assert client.next() is None


def test_many_clients_are_served_at_the_same_time(
    server: Any, connect: Any, pcm: Callable[[str], bytes]
) -> None:
    texts = [COMMAND, "play rhapsody in blue", "what time is it"]
    clients = [connect(server.port) for _ in range(6)]
    for number, client in enumerate(clients):
        client.send(Transcribe())
        client.speak(pcm(texts[number % 3]) + SILENCE)
    for client in clients:
        client.send(AudioStop())
    transcripts = [client.transcript() for client in clients]
    for client in clients:
        client.__exit__()
    assert transcripts == [COMMAND, "play Rhapsody in Blue", "what time is it"] * 2


def test_nothing_that_was_said_is_in_the_log(
    client: Any, pcm: Callable[[str], bytes], capfd: pytest.CaptureFixture[str]
) -> None:
    client.hear(pcm(COMMAND) + SILENCE)
    client.ask(Transcript(COMMAND))
    finish()
    log = capfd.readouterr().err
    assert "wyoming asr: understood" in log
    assert "wyoming handle: understood" in log
    assert "kitchen" not in log


def test_without_acting_texts_become_intents(on_loop: Any, service: Service, connect: Any) -> None:
    service_settings = service.settings
    service.settings = replace(service_settings, act=False)
    try:
        server = on_loop(serve_wyoming(service, "tcp://127.0.0.1:0", service.settings))
        with connect(server.port) as client:
            kind, data = client.ask(Describe())
            assert (bool(data["intent"]), bool(data["handle"])) == (True, False)
            kind, data = client.ask(Transcript("play rhapsody in blue"))
        on_loop(server.close())
    finally:
        service.settings = service_settings
    assert (kind, data["name"], data["text"]) == ("intent", "PlayMusic", "Done.")
    assert data["entities"] == [{"name": "title", "value": "Rhapsody in Blue"}]


def test_words_that_mean_nothing_come_back_where_that_is_wanted(
    on_loop: Any, service: Service, connect: Any, pcm: Callable[[str], bytes]
) -> None:
    service_settings = service.settings
    service.settings = replace(service_settings, wyoming_words=True)
    try:
        server = on_loop(serve_wyoming(service, "tcp://127.0.0.1:0", service.settings))
        with connect(server.port) as client:
            words = client.hear(pcm("how many people live in the city of paris") + SILENCE)
            nothing = client.hear(SILENCE * 2)
        on_loop(server.close())
    finally:
        service.settings = service_settings
    assert "paris" in words.casefold()
    assert nothing == ""


def test_names_that_a_client_sends_are_understood(
    on_loop: Any, service: Service, connect: Any, pcm: Callable[[str], bytes]
) -> None:
    service_settings = service.settings
    service.settings = replace(service_settings, wyoming_names="title")
    try:
        server = on_loop(serve_wyoming(service, "tcp://127.0.0.1:0", service.settings))
        with connect(server.port) as client:
            client.send(Transcribe(transcript_names=["Zanzibar Umbrella", "Rhapsody in Blue"]))
            client.speak(pcm("play zanzibar umbrella") + 2 * SILENCE)
            transcript = client.transcript()
        on_loop(server.close())
    finally:
        service.settings = service_settings
    assert transcript == "play Zanzibar Umbrella"


def test_the_server_ends_with_nothing_left(on_loop: Any, service: Service, connect: Any) -> None:
    server = on_loop(serve_wyoming(service, "tcp://127.0.0.1:0", service.settings))
    with connect(server.port) as client:
        client.ask(Ping())
        on_loop(server.close())
        assert client.next() is None
    with pytest.raises(OSError, match="refused"):
        connect(server.port)


def test_a_socket_file_serves_as_well(on_loop: Any, service: Service, tmp_path: Any) -> None:
    path = tmp_path / "wyoming.sock"

    async def ask() -> bytes:
        server = await serve_wyoming(service, f"unix://{path}", service.settings)
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b'{"type": "ping"}\n')
        line = await reader.readline()
        writer.close()
        await server.close()
        return line

    assert b'"pong"' in on_loop(ask())
    assert not path.exists()


def test_a_file_that_is_no_socket_and_one_in_use_stay(
    on_loop: Any, service: Service, tmp_path: Any
) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("dear reader")
    with pytest.raises(SettingsError, match="is no socket"):
        on_loop(serve_wyoming(service, f"unix://{letter}", service.settings))
    assert letter.read_text() == "dear reader"
    place = f"unix://{tmp_path / 'socket'}"
    first = on_loop(serve_wyoming(service, place, service.settings))
    with pytest.raises(OSError, match="in use"):
        on_loop(serve_wyoming(service, place, service.settings))
    on_loop(first.close())
    with socket.socket(socket.AF_UNIX) as left:
        left.bind(str(tmp_path / "socket"))  # as a server that was killed leaves it
    on_loop(on_loop(serve_wyoming(service, place, service.settings)).close())
