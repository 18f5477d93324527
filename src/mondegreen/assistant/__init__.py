"""What is done and said with a meaning, offline."""

from .assistant import Assistant
from .handlers.handler import Handler, Outcome, Request
from .store import Reminder, Store, StoreError

__all__ = ["Assistant", "Handler", "Outcome", "Reminder", "Request", "Store", "StoreError"]
