"""Groups that become one as soon as a member of each turns out to be the same (union-find)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

Member = TypeVar("Member", bound=Any)
"""Hashable, and ordered: the least member of a group stands for it."""


class Groups(Generic[Member]):
    """Disjoint groups; every member is in one, at first in one of its own."""

    def __init__(self) -> None:
        self._above: dict[Member, Member] = {}

    def __iter__(self) -> Iterator[Member]:
        """All members that were asked for or joined."""
        return iter(self._above)

    def leader(self, member: Member) -> Member:
        """The least member of the group that `member` is in, whatever the order of joining."""
        while self._above.setdefault(member, member) != member:
            # Every second step is cut out on the way, so that the next search is shorter.
            self._above[member] = member = self._above[self._above[member]]
        return member

    def join(self, members: Iterable[Member]) -> None:
        """Make one group of those that these are in."""
        leaders = {self.leader(member) for member in members}
        for leader in leaders:
            self._above[leader] = min(leaders)


__all__ = ["Groups"]
