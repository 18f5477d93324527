"""What Home Assistant does with the server, in its own harness; `test_home_assistant.py` runs it.

Nothing of mondegreen can be imported here.
"""

from __future__ import annotations

import os
import wave
from collections.abc import AsyncIterator
from typing import Any

import pytest
from homeassistant.components import conversation, stt
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.config_entries import SOURCE_USER
from homeassistant.core import Context, HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers.intent import IntentResponseType
from homeassistant.setup import async_setup_component

PORT, SOUND = int(os.environ["MONDEGREEN_PORT"]), os.environ["MONDEGREEN_SOUND"]
STT, AGENT, LAMP = "stt.mondegreen", "conversation.mondegreen", "light.kitchen_light"

pytestmark = pytest.mark.usefixtures("socket_enabled", "expected_lingering_timers")


@pytest.fixture
def expected_lingering_timers() -> bool:
    return True


@pytest.fixture
async def hass_with_mondegreen(hass: HomeAssistant) -> HomeAssistant:
    """Home Assistant to which somebody added our server, by host and port."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})
    flows = hass.config_entries.flow
    form = await flows.async_init("wyoming", context={"source": SOURCE_USER})
    assert form["type"] is FlowResultType.FORM
    entry = await flows.async_configure(form["flow_id"], {"host": "127.0.0.1", "port": PORT})
    assert entry["type"] is FlowResultType.CREATE_ENTRY, entry
    assert entry["title"] == "mondegreen"
    await hass.async_block_till_done()
    assert {STT, AGENT} <= set(hass.states.async_entity_ids())
    return hass


async def recognised_text(hass: HomeAssistant) -> str:
    """What Home Assistant's speech to text has of the recording."""
    engine = stt.async_get_speech_to_text_engine(hass, STT)
    assert engine is not None

    async def chunks() -> AsyncIterator[bytes]:
        with wave.open(SOUND) as file:
            while chunk := file.readframes(1_024):
                yield chunk

    metadata = stt.SpeechMetadata(
        language="en",
        format=stt.AudioFormats.WAV,
        codec=stt.AudioCodecs.PCM,
        bit_rate=stt.AudioBitRates.BITRATE_16,
        sample_rate=stt.AudioSampleRates.SAMPLERATE_16000,
        channel=stt.AudioChannels.CHANNEL_MONO,
    )
    result = await engine.internal_async_process_audio_stream(metadata, chunks())
    assert result.result is stt.SpeechResultState.SUCCESS
    return result.text or ""


async def converse(hass: HomeAssistant, text: str, agent: str) -> Any:
    """The answer of a conversation agent."""
    answer = await conversation.async_converse(
        hass, text, None, Context(), language="en", agent_id=agent
    )
    await hass.async_block_till_done()
    return answer.response


async def test_a_command_is_heard_and_answered(hass_with_mondegreen: HomeAssistant) -> None:
    text = await recognised_text(hass_with_mondegreen)
    assert text == "play Rhapsody in Blue"
    response = await converse(hass_with_mondegreen, text, AGENT)
    assert response.response_type is IntentResponseType.ACTION_DONE
    assert response.speech["plain"]["speech"] == "Playing 'Rhapsody in Blue'."
    response = await converse(hass_with_mondegreen, "colourless green ideas", AGENT)
    assert response.response_type is IntentResponseType.ERROR


@pytest.mark.parametrize("agent", [AGENT, "conversation.home_assistant"])
async def test_a_lamp_is_switched(hass_with_mondegreen: HomeAssistant, agent: str) -> None:
    hass = hass_with_mondegreen
    assert await async_setup_component(hass, "intent", {})
    lamp = {"friendly_name": "Kitchen Light", "turn_on": [], "turn_off": [], "set_level": []}
    lights = {"platform": "template", "lights": {"kitchen_light": lamp}}
    assert await async_setup_component(hass, "light", {"light": lights})
    await hass.async_block_till_done()
    async_expose_entity(hass, "conversation", LAMP, True)
    assert hass.states.get(LAMP).state != "on"
    text = await recognised_text(hass)
    assert text == "turn on the Kitchen Light"
    response = await converse(hass, text, agent)
    assert response.response_type is IntentResponseType.ACTION_DONE, response.as_dict()
    assert response.speech["plain"]["speech"]
    assert hass.states.get(LAMP).state == "on"
