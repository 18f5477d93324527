"""Shopping and to-do lists."""

from __future__ import annotations

from collections.abc import Mapping

from .. import wording
from .handler import Handler, Outcome, Request


def adder(name: str, slot: str) -> Handler:
    """Puts what the slot holds on the list of that name."""

    def add(request: Request) -> Outcome:
        items = request.texts(slot)
        if not items:
            return Outcome("What should I add?")
        request.store.add_items(name, items)
        return Outcome()

    return add


def remover(name: str, slot: str, done: str) -> Handler:
    """Takes what the slot holds off the list; `done` is the reply, with {items} in it."""

    def remove(request: Request) -> Outcome:
        items = request.texts(slot)
        if not items:
            return Outcome("Which one?")
        listing = wording.listing(items)
        if not request.store.remove_items(name, items):
            return Outcome(f"I did not find '{listing}' on your {name} list.")
        return Outcome(done.format(items=listing))

    return remove


def clearer(name: str) -> Handler:
    """Empties the list of that name."""

    def clear(request: Request) -> Outcome:
        count = request.store.remove_items(name)
        if not count:
            return Outcome(f"Your {name} list was empty already.")
        return Outcome(f"Took {count} {'item' if count == 1 else 'items'} off your {name} list.")

    return clear


def teller(name: str, slot: str) -> Handler:
    """Says what is on the list of that name, or whether what the slot holds is."""

    def tell(request: Request) -> Outcome:
        items = request.store.items(name)
        wanted = request.text(slot)
        if wanted:
            there = wanted.casefold() in map(str.casefold, items)
            answer = f"Yes, '{wanted}' is" if there else f"No, '{wanted}' is not"
            return Outcome(f"{answer} on your {name} list.")
        if not items:
            return Outcome(f"Your {name} list is empty.")
        return Outcome(f"On your {name} list: {wording.listing(items)}.")

    return tell


HANDLERS: Mapping[str, Handler] = {
    "AddToShoppingList": adder("shopping", "item"),
    "RemoveFromShoppingList": remover("shopping", "item", "Removed {items}."),
    "ClearShoppingList": clearer("shopping"),
    "QueryShoppingList": teller("shopping", "item"),
    "AddToDo": adder("to-do", "task"),
    "CompleteToDo": remover("to-do", "task", "Done: {items}."),
    "QueryToDo": teller("to-do", "task"),
}
