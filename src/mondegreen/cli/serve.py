"""`mondegreen serve`: a server for many, over HTTP, WebSocket, Wyoming and a page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .shared.options import HomeFile, Lists, RefuseBelow


def serve(
    engine: Annotated[
        str | None,
        typer.Argument(help="A grammar file, a model folder, or a grammar that ships (starter)."),
    ] = None,
    home: HomeFile = None,
    lists: Lists = None,
    refuse_below: RefuseBelow = None,
    hass_url: Annotated[
        str | None,
        typer.Option(help="ws://HOST:8123 of your Home Assistant: its names, as they change."),
    ] = None,
    hass_token_file: Annotated[
        Path | None, typer.Option(help="A long-lived access token of that Home Assistant.")
    ] = None,
    index: Annotated[
        str | None,
        typer.Option(help="What 'mondegreen index' made, or its address; answers questions."),
    ] = None,
    http: Annotated[
        str | None, typer.Option(help="HOST:PORT of page, HTTP and WebSocket, or off.")
    ] = None,
    wyoming: Annotated[
        str | None, typer.Option(help="tcp://HOST:PORT for Home Assistant, or off.")
    ] = None,
    token_file: Annotated[
        Path | None, typer.Option(help="A token on each line; needed beyond this machine.")
    ] = None,
    ray: Annotated[
        str | None, typer.Option(help="Serve from replicas on Ray: local, auto, or an address.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="serve.toml; MONDEGREEN_SERVE_… variables go over it.")
    ] = None,
    log_text: Annotated[
        bool | None, typer.Option("--log-text/--no-log-text", help="Write what is said to the log.")
    ] = None,
    show: Annotated[
        bool, typer.Option("--show-config", help="Print all settings as TOML and stop.")
    ] = False,
) -> None:
    """Listen to many: HTTP, WebSocket and a page on 127.0.0.1:8080, Wyoming where asked.

    SIGTERM ends it once what runs is done, after ten seconds at most.
    """
    from ..serve.config import read_serve_settings
    from ..settings import to_toml

    options = {
        "engine": engine, "http": http, "wyoming": wyoming, "log_text": log_text,
        "ray": ray, "hass_url": hass_url,
        "hass_token_file": None if hass_token_file is None else str(hass_token_file),
        "home": None if home is None else str(home),
        "lists": None if lists is None else str(lists),
        "refuse_below": refuse_below,
        "index": index,
        "token_file": None if token_file is None else str(token_file),
    }  # fmt: skip
    options_set = {name: value for name, value in options.items() if value is not None}
    settings = read_serve_settings(config, options_set)
    if show:
        print(to_toml(settings), end="")
        return
    if settings.ray:
        from ..serve.on_ray import run_on_ray

        run_on_ray(settings)
        return
    from ..serve.run import run

    run(settings)
