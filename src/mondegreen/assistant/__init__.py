"""What is done and said with a meaning, offline."""

from .assistant import Assistant
from .handlers.handler import Handler, Outcome, Request
from .session import Session, Tally, UtteranceResult
from .store import Reminder, Store, StoreError

__all__ = [
    "Assistant", "Handler", "Outcome", "Reminder", "Request", "Session", "Store", "StoreError",
    "Tally", "UtteranceResult",
]  # fmt: skip
