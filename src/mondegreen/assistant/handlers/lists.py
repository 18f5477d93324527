"""Shopping and to-do lists."""

from __future__ import annotations

from collections.abc import Mapping

from .. import wording
from .handler import Handler, Outcome, Request


def adder(name: str, slot: str, details: str = "") -> Handler:
    """Puts what the slot holds on the list of that name, with the details in a slot of their own:
    "call the doctor next monday"."""

    def add(request: Request) -> Outcome:
        items = request.texts(slot)
        if not items:
            return Outcome("What should I add?")
        more = request.text(details)
        if more:
            items = (*items[:-1], f"{items[-1]} {more}")
        request.store.add_items(name, items)
        return Outcome()

    return add


def remover(name: str, slot: str, done: str, *, detailed: bool = False) -> Handler:
    """Takes what the slot holds off the list, and, where items are `detailed`, what begins with it;
    `done` is the reply, with {items} in it."""

    def remove(request: Request) -> Outcome:
        items = request.texts(slot)
        if not items:
            return Outcome("Which one?")
        listing = wording.listing(items)
        if detailed:
            beginnings = tuple(f"{item} ".casefold() for item in items)
            listed = request.store.items(name)
            items = tuple(i for i in listed if f"{i} ".casefold().startswith(beginnings))
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
    "AddToDo": adder("to-do", "task", "details"),
    "CompleteToDo": remover("to-do", "task", "Done: {items}.", detailed=True),
    "QueryToDo": teller("to-do", "task"),
}
