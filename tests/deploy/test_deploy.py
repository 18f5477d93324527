"""The units in `deploy/`: parsed, linted where the linter is at hand, and true to the settings."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from mondegreen.serve.config import read_serve_settings
from mondegreen.serve.service import Service
from mondegreen.serve.wyoming.server import place_of, serve_wyoming
from mondegreen.version import __version__

DEPLOY = Path("deploy")
UNIT = DEPLOY / "systemd" / "mondegreen.service"
DOCKERFILE = DEPLOY / "docker" / "Dockerfile"
ADD_ON = DEPLOY / "home-assistant-add-on" / "mondegreen"
SERVICES = ADD_ON / "rootfs" / "etc" / "s6-overlay" / "s6-rc.d"
SCRIPTS = [SERVICES / "mondegreen" / "run", SERVICES / "mondegreen" / "finish",
           SERVICES / "discovery" / "run"]  # fmt: skip


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    """A program's end; the test is skipped where it is not installed."""
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(command, capture_output=True, text=True, check=False)


def variables(text: str) -> dict[str, str]:
    """The settings of the server that a file puts into the environment."""
    pairs = re.findall(r"\b(MONDEGREEN_SERVE_\w+)=(\S*)", text)
    return {name: value.strip('"') for name, value in pairs}


def test_the_unit_is_one_that_systemd_takes(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    text = UNIT.read_text()
    unit.write_text(text.replace("/opt/mondegreen/bin/mondegreen", sys.executable))
    verified = run("systemd-analyze", "verify", unit)
    assert (verified.returncode, verified.stderr) == (0, "")


def test_the_unit_stops_no_sooner_than_the_server_does() -> None:
    stop = re.search(r"TimeoutStopSec=(\d+)", UNIT.read_text())
    assert stop is not None
    assert int(stop[1]) > read_serve_settings(None, {}, {}).limits.drain


def test_the_units_settings_are_settings() -> None:
    text = UNIT.read_text().replace("%S", "/var/lib")
    settings = read_serve_settings(DEPLOY / "systemd" / "serve.toml", {}, variables(text))
    assert place_of(settings.wyoming).port == 10_300
    assert settings.store == "/var/lib/mondegreen/assistant.sqlite"


def test_the_images_settings_are_settings() -> None:
    environment = variables(re.sub(r"(?m)^#.*$", "", DOCKERFILE.read_text()))
    settings = read_serve_settings(None, {}, environment)
    assert settings.wyoming == "tcp://0.0.0.0:10300"
    assert not settings.announce


def test_the_image_runs_as_nobody_in_particular_and_says_how_it_is() -> None:
    lines = DOCKERFILE.read_text().splitlines()
    last_stage = lines[max(i for i, line in enumerate(lines) if line.startswith("FROM")) :]
    assert "USER 10300" in last_stage
    assert any(line.startswith("HEALTHCHECK") for line in last_stage)
    assert 'ENTRYPOINT ["mondegreen", "serve"]' in last_stage
    for line in lines:
        if line.startswith("COPY") and "--from" not in line:
            assert all(Path(name).exists() for name in line.split()[1:-1]), line


async def exit_code_of_health_check(*, served: bool) -> int | None:
    """How the image's health check ends on a server that is there, or has ended."""
    settings = read_serve_settings(None, {"workers": 1}, {})
    service = Service(settings)
    server = await serve_wyoming(service, "tcp://127.0.0.1:0", settings)
    text = DOCKERFILE.read_text().replace("10300), 4", f"{server.port}), 4")
    if not served:
        await server.close()
    check = re.search(r"HEALTHCHECK.*?CMD (\[.*?\])$", text, re.DOTALL | re.MULTILINE)
    assert check is not None
    process = await asyncio.create_subprocess_exec(
        sys.executable, *json.loads(check[1])[1:], stderr=subprocess.DEVNULL
    )
    code = await process.wait()
    await server.close()
    await service.close()
    return code


def test_the_health_check_tells_a_server_from_none() -> None:
    assert asyncio.run(exit_code_of_health_check(served=True)) == 0
    assert asyncio.run(exit_code_of_health_check(served=False)) == 1


@pytest.mark.parametrize("path", [DOCKERFILE, ADD_ON / "Dockerfile"])
def test_the_dockerfiles_have_no_fault_that_hadolint_knows(path: Path) -> None:
    linted = run("hadolint", path)
    assert linted.returncode == 0, linted.stdout


def all_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(text, str) for text in value)


OPTION = re.compile(
    r"(bool|email|url|port|str(\(\d*,\d*\))?|password(\(\d*,\d*\))?|int(\(-?\d*,-?\d*\))?"
    r"|float(\(-?[\d.]*,-?[\d.]*\))?|match\(.*\)|list\(.+\)|device(\(.*\))?)\??"
)
"""What the supervisor knows of an option's kind; behind a question mark it may be left out."""
CONFIG: dict[str, Callable[[Any], bool]] = {
    "name": lambda value: isinstance(value, str),
    "version": lambda value: isinstance(value, str),
    "slug": lambda value: re.fullmatch(r"[-_.A-Za-z0-9]+", value) is not None,
    "description": lambda value: isinstance(value, str),
    "arch": lambda value: set(value) <= {"amd64", "aarch64"},
    "startup": lambda value: value in {"initialize", "system", "services", "application", "once"},
    "init": lambda value: isinstance(value, bool),
    "homeassistant_api": lambda value: isinstance(value, bool),
    "discovery": all_texts,
    "backup_exclude": all_texts,
    "ports": lambda value: all(
        re.fullmatch(r"\d+(/tcp|/udp)?", port) and (number is None or 0 < number < 65_536)
        for port, number in value.items()
    ),
    "ports_description": lambda value: all_texts(list(value.values())),
    "options": lambda value: isinstance(value, dict),
    "schema": lambda value: all(OPTION.fullmatch(kind) for kind in value.values()),
}
"""Of the keys that its developers' documentation has those that we use, and what each takes."""
NEEDED = {"name", "version", "slug", "description", "arch"}


def fits(value: object, kind: str) -> bool:
    """Whether an option may have a value, of the kinds that we use."""
    if kind.startswith("list("):
        return value in kind[5:-1].split("|")
    return kind == "bool" and isinstance(value, bool)


def test_the_add_on_is_one_that_home_assistant_takes() -> None:
    config = yaml.safe_load((ADD_ON / "config.yaml").read_text())
    assert NEEDED <= config.keys() <= CONFIG.keys()
    for key, value in config.items():
        assert CONFIG[key](value), key
    assert config["version"] == __version__
    assert config["discovery"] == ["wyoming"]
    assert config["options"].keys() == config["schema"].keys()
    for name, value in config["options"].items():
        assert fits(value, config["schema"][name]), name
    assert config["ports"].keys() == config["ports_description"].keys()
    build = yaml.safe_load((ADD_ON / "build.yaml").read_text())
    assert build.keys() <= {"build_from", "args", "labels"}
    assert set(build["build_from"]) == set(config["arch"])
    names = yaml.safe_load((ADD_ON / "translations" / "en.yaml").read_text())
    assert names["configuration"].keys() == config["options"].keys()
    assert names["network"].keys() == config["ports"].keys()
    repository = yaml.safe_load((ADD_ON.parent / "repository.yaml").read_text())
    assert {"name"} <= repository.keys() <= {"name", "url", "maintainer"}


def test_the_add_on_may_ask_home_assistant_for_names() -> None:
    config = yaml.safe_load((ADD_ON / "config.yaml").read_text())
    script = (SERVICES / "mondegreen" / "run").read_text()
    settings = read_serve_settings(None, {}, variables(re.sub(r".*\$.*", "", script)))
    assert config["homeassistant_api"]
    assert settings.hass_url == "ws://supervisor/core/websocket"
    assert f'${{SUPERVISOR_TOKEN}}" > {settings.hass_token_file}' in script


def test_the_add_on_asks_for_options_that_it_has() -> None:
    config = yaml.safe_load((ADD_ON / "config.yaml").read_text())
    script = (SERVICES / "mondegreen" / "run").read_text()
    options = set(re.findall(r"bashio::config(?:\.\w+)? (\w+)", script))
    assert options == set(config["options"])
    settings = {name: value for name, value in variables(script).items() if "$" not in value}
    assert read_serve_settings(None, {}, settings).wyoming == "tcp://0.0.0.0:10300"


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_the_add_ons_scripts_are_shell(path: Path) -> None:
    assert path.stat().st_mode & 0o111
    parsed = run("bash", "-n", path)
    assert (parsed.returncode, parsed.stderr) == (0, "")
    linted = run("shellcheck", path)
    assert linted.returncode == 0, linted.stdout


def test_every_service_of_the_add_on_is_started() -> None:
    started = {path.name for path in (SERVICES / "user" / "contents.d").iterdir()}
    assert started == {"mondegreen", "discovery"}
    for name in started:
        kind = (SERVICES / name / "type").read_text().strip()
        assert kind in ("longrun", "oneshot")
        if kind == "oneshot":
            assert (SERVICES / name / "up").read_text().strip().endswith(f"{name}/run")
