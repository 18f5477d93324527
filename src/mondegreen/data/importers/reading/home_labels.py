"""Labels of the home-assistant family: NLU-Evaluation-Data, SLURP and MASSIVE share them.

Liu et al. 2019 drew them up; SLURP (Bastianelli et al. 2020) kept 60 of their 68 intents and has 55
kinds of slots; MASSIVE (FitzGerald et al. 2022) translated SLURP.
"""

from __future__ import annotations

_SCENARIOS = {
    "alarm": "query remove set",
    "audio": "volume_down volume_mute volume_other volume_up",
    "calendar": "query remove set",
    "cooking": "query recipe",
    "datetime": "convert query",
    "email": "addcontact query querycontact sendemail",
    "general": "greet joke quirky",
    "iot": (
        "cleaning coffee hue_lightchange hue_lightdim hue_lightoff hue_lighton hue_lightup "
        "wemo_off wemo_on"
    ),
    "lists": "createoradd query remove",
    "music": "dislikeness likeness query settings",
    "news": "query",
    "play": "audiobook game music podcasts radio",
    "qa": "currency definition factoid maths stock",
    "recommendation": "events locations movies",
    "social": "post query",
    "takeaway": "order query",
    "transport": "query taxi ticket traffic",
    "weather": "query",
}
INTENTS = frozenset(
    f"{name}_{part}" for name, parts in _SCENARIOS.items() for part in parts.split()
)
"""The 60 of SLURP and MASSIVE, as scenario_intent."""
_REACTIONS = (
    "affirm",
    "commandstop",
    "confirm",
    "dontcare",
    "explain",
    "negate",
    "praise",
    "repeat",
)
DIALOGUE_INTENTS = frozenset(f"general_{part}" for part in _REACTIONS)
"""The eight more of NLU-Evaluation-Data: reactions to what an assistant said before."""
_SLOTS = (
    "alarm_type app_name artist_name audiobook_author audiobook_name business_name business_type "
    "change_amount coffee_type color_type cooking_type currency_name date definition_word "
    "device_type drink_type email_address email_folder event_name food_type game_name game_type "
    "general_frequency house_place ingredient joke_type list_name meal_type media_type movie_name "
    "movie_type music_album music_descriptor music_genre news_topic order_type person "
    "personal_info place_name player_setting playlist_name podcast_descriptor podcast_name "
    "radio_name relation song_name sport_type time time_zone timeofday transport_agency "
    "transport_descriptor transport_name transport_type weather_descriptor"
)
SLOTS = frozenset(_SLOTS.split())
"""The 55 kinds of slots of SLURP and MASSIVE."""

__all__ = ["DIALOGUE_INTENTS", "INTENTS", "SLOTS"]
