"""The Wyoming protocol, which Home Assistant speaks: sound to text, text to intents and replies."""

from .server import WyomingServer, serve_wyoming

__all__ = ["WyomingServer", "serve_wyoming"]
