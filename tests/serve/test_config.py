"""Settings of the server: file, environment and command line, each over the one before."""

from __future__ import annotations

from pathlib import Path

import pytest

from mondegreen.errors import SettingsError
from mondegreen.serve.config import (
    Address,
    engine_settings,
    http_address,
    read_serve_settings,
    read_tokens,
)

TOKEN = "correct-horse-battery"


def test_environment_goes_over_the_file_and_options_over_both(tmp_path: Path) -> None:
    file = tmp_path / "serve.toml"
    file.write_text('engine = "a.yaml"\nworkers = 3\n[limits]\nstreams = 5\nwaiting = 9\n')
    environment = {
        "MONDEGREEN_SERVE_WORKERS": "4",
        "MONDEGREEN_SERVE_LIMITS_STREAMS": "6",
        "MONDEGREEN_SERVE_ORIGINS": "https://a.example,https://b.example",
        "HOME": "/",
    }
    settings = read_serve_settings(file, {"engine": "b.yaml"}, environment)
    assert (settings.engine, settings.workers) == ("b.yaml", 4)
    assert (settings.limits.streams, settings.limits.waiting) == (6, 9)
    assert settings.origins == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"MONDEGREEN_SERVE_WORKER": "4"}, "did you mean 'MONDEGREEN_SERVE_WORKERS'"),
        ({"MONDEGREEN_SERVE_WORKERS": "many"}, 'workers: found "many", expected a whole number'),
        ({"MONDEGREEN_SERVE_LIMITS_BODY": "0"}, "limits.body: found 0"),
        ({"MONDEGREEN_SERVE_HTTP": "8080"}, "expected HOST:PORT"),
        ({"MONDEGREEN_SERVE_HTTP": "0.0.0.0:8080"}, "expected a --token-file"),
        ({"MONDEGREEN_SERVE_HTTP": "off"}, "nothing to serve"),
        ({"MONDEGREEN_SERVE_ROOT_PATH": "app/"}, "expected /PATH"),
        ({"MONDEGREEN_SERVE_ORIGINS": "*"}, "expected https://HOST"),
        (
            {"MONDEGREEN_SERVE_REFUSE_BELOW": "-0.5"},
            "refuse_below is -0.5; expected",
        ),
        ({"MONDEGREEN_SERVE_REFUSE_BELOW": "2"}, "refuse_below: found 2"),
    ],
)
def test_what_makes_no_sense_is_said(environment: dict[str, str], message: str) -> None:
    with pytest.raises(SettingsError) as caught:
        read_serve_settings(None, {}, environment)
    assert message in str(caught.value)


def test_addresses() -> None:
    local = read_serve_settings(None, {"http": "[::1]:80"}, {})
    assert http_address(local) == Address("::1", 80)
    assert str(http_address(local)) == "[::1]:80"
    assert http_address(read_serve_settings(None, {"http": "off", "wyoming": "x"}, {})) is None


def test_tokens_are_lines_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"# kitchen\n{TOKEN}\n\n")
    open_to_all = {"http": "0.0.0.0:80", "token_file": str(file)}
    settings = read_serve_settings(None, open_to_all, {})
    assert read_tokens(settings) == (TOKEN.encode(),)
    file.write_text("# kitchen\nshort\n")
    with pytest.raises(SettingsError, match=r"tokens:2: found a token of 5 characters"):
        read_tokens(settings)
    file.write_text("# none\n")
    with pytest.raises(SettingsError, match="found no token"):
        read_tokens(settings)


def test_the_engine_is_told_only_what_was_given() -> None:
    assert engine_settings(read_serve_settings(None, {}, {})) == {}
    options = {"lists": "mine.yaml", "refuse_below": 0.0, "home": "home.yaml"}
    settings = read_serve_settings(None, options, {})
    assert engine_settings(settings) == options
    assert engine_settings(settings, "") == {"lists": "mine.yaml", "refuse_below": 0.0}
